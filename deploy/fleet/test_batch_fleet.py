#!/usr/bin/env python3
"""The array job of batch.yaml under a small emulation of AWS Batch: its variables, its attempts and its rules for exit codes.

    python3 deploy/fleet/test_batch_fleet.py --bayplan target/release/bayplan

Needs nothing but Python. Each child of the array is started with `AWS_BATCH_JOB_ARRAY_INDEX` and its attempt's number, some are ended while
they run, by SIGKILL (137, as a container that is out of memory) or by SIGTERM (as Spot ends one), one finds no store at first. What Batch does
next is read from the stack's own `RetryStrategy`. In the end every result is there once, with the bytes of a run that nothing happened to, and a
job that cannot work is not tried again. What only AWS has is not emulated: queues, roles, containers, S3.
"""

import argparse
import json
import os
import pathlib
import random
import re
import signal
import subprocess
import tempfile
import time

STACK = pathlib.Path(__file__).parent / "batch.yaml"


def retry_strategy():
    """Attempts, and the rules in their order, as the stack has them."""
    text = STACK.read_text(encoding="utf-8")
    strategy = text[text.index("RetryStrategy:") : text.index("ContainerProperties:")]
    attempts = int(re.search(r"Attempts: (\d+)", strategy).group(1))
    rules = re.findall(r"\{(OnExitCode|OnReason): \"([^\"]+)\", Action: (RETRY|EXIT)\}", strategy)
    assert rules and 1 <= attempts <= 10 and len(rules) <= 5, "what Batch takes: 1 to 10 attempts, 5 rules"
    return attempts, rules


def check_stacks():
    """What the stacks say of a unit's memory and of the Region, beside what a container has."""
    text = STACK.read_text(encoding="utf-8")
    container = int(re.search(r"Type: MEMORY, Value: \"(\d+)\"", text).group(1))
    unit = int(re.search(r"- --unit-memory\n\s+- \"(\d+)\"", text).group(1))
    assert unit + 128 <= container and "- --jobs\n          - \"1\"" in text, (unit, container)
    states = (STACK.parent / "step-functions.yaml").read_text(encoding="utf-8")
    command = re.search(r"States.Array\((.*)\)", states).group(1)
    for words in ("'--region', '${Region}'", f"'--unit-memory', '{unit}'", "'--jobs', '1'"):
        assert words in command, (words, command)


def action(rules, code):
    """What Batch does after an exit code, or none: the first rule that matches, else another attempt."""
    for kind, pattern, then in rules:
        if kind == "OnExitCode" and code is None:
            continue
        matched = str(code) if kind == "OnExitCode" else "Your Spot Task was interrupted."
        if re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), matched):
            return then
    return "RETRY"


def child(program, words, index, attempt, end=None, after=0.0):
    """Runs a child of the array, and ends it with a signal after some seconds; its exit code as a container's."""
    environment = {
        **os.environ,
        "AWS_BATCH_JOB_ARRAY_INDEX": str(index),
        "AWS_BATCH_JOB_ATTEMPT": str(attempt),
        "AWS_BATCH_JOB_ID": f"7a0b:{index}",
        "AWS_BATCH_JQ_NAME": "fleet",
    }
    process = subprocess.Popen([program, "fleet", "run", *words], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment, text=True)
    if end is not None:
        time.sleep(after)
        process.send_signal(end)
    _, said = process.communicate()
    code = process.returncode
    return (128 - code if code < 0 else code), said


def run_array(program, words, size, strategy, faults):
    """Runs all children, each until Batch lets it be; attempts and last exit code of each."""
    most, rules = strategy
    ended = []
    for index in range(size):
        for attempt in range(1, most + 1):
            end, after, store = faults(index, attempt)
            used = [*words[:2], store, *words[3:]] if store else words
            code, said = child(program, used, index, attempt, end, after)
            if code == 0 or action(rules, code) == "EXIT":
                break
        ended.append((attempt, code, said))
    return ended


def results(folder):
    """Names and bytes."""
    return {file.name: file.read_bytes() for file in pathlib.Path(folder, "results").iterdir()}


def main():
    """The test."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bayplan", required=True)
    parser.add_argument("--clusters", type=int, default=40)
    parser.add_argument("--size", type=int, default=6)
    arguments = parser.parse_args()
    program = os.path.abspath(arguments.bayplan)
    strategy = retry_strategy()
    check_stacks()
    after = {code: action(strategy[1], code) for code in (None, 1, 2, 20, 30, 101, 130, 137, 143)}
    ends = {code for code, then in after.items() if then == "EXIT"}
    assert ends == {1, 2, 20, 101}, after
    draw = random.Random(23)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "in").mkdir()
        for at in range(arguments.clusters):
            services = [
                {"serviceName": f"s{n}", "desiredCount": draw.randint(1, 20), "cpu": draw.choice([256, 512, 1024]), "memory": draw.choice([512, 2048])}
                for n in range(draw.randint(3, 10))
            ]
            cluster = {"version": 1, "cluster": f"c{at}", "region": "us-east-1", "services": services}
            (folder / "in" / f"{at:03}.json").write_text(json.dumps(cluster), encoding="utf-8")
        manifest = str(folder / "fleet.jsonl")
        list_words = ["list", str(folder / "in"), "--output", manifest, "--", "--ideal", "--work-limit", "20000"]
        subprocess.run([program, "fleet", *list_words], check=True)
        subprocess.run([program, "fleet", "run", manifest, "--out", str(folder / "alone")], check=True, stdout=subprocess.DEVNULL)

        def faults(index, attempt):
            if index == 0 and attempt == 1:
                # A place that is a file: the store refuses, as a bucket that is not there does.
                return None, 0.0, str(folder / "fleet.jsonl")
            if index in (1, 2) and attempt <= 2:
                return signal.SIGKILL, draw.uniform(0.1, 0.6), None
            if index == 3 and attempt <= 2:
                return signal.SIGTERM, draw.uniform(0.1, 0.6), None
            return None, 0.0, None

        words = [manifest, "--out", str(folder / "array"), "--array", str(arguments.size), "--jobs", "1"]
        ended = run_array(program, words, arguments.size, strategy, faults)
        assert all(code == 0 for _, code, _ in ended), ended
        assert results(folder / "array") == results(folder / "alone"), "the results differ"
        assert ended[0][0] == 2, "the store refused once"

        # A mistake in the job is none that another attempt mends.
        broken = [str(folder / "in" / "000.json"), "--out", str(folder / "other"), "--array", "2"]
        nothing = run_array(program, broken, 2, strategy, lambda index, attempt: (None, 0.0, None))
        assert [(attempts, code) for attempts, code, _ in nothing] == [(1, 20), (1, 20)], nothing
        small, said = child(program, [manifest, "--out", str(folder / "other"), "--array", "2"], 2, 1)
        assert small == 2 and "AWS_BATCH_JOB_ARRAY_INDEX" in said, (small, said)
        assert action(strategy[1], 2) == "EXIT"
        attempts = [attempt for attempt, _, _ in ended]
        print(f"{arguments.clusters} clusters in an array of {arguments.size}: attempts {attempts}, "
              f"{len(results(folder / 'array'))} results, the bytes of a run alone")


if __name__ == "__main__":
    main()

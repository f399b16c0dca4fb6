#!/usr/bin/env python3
"""A fleet through Dask with its own scheduler and two workers on loopback, one of them killed in the middle, held to one run without it.

    python3 deploy/fleet/test_dask_fleet.py --bayplan target/release/bayplan [--units 40]

Needs `pip install dask distributed`. Among the units are one whose file is broken, one that cannot be read, one that is there twice.
"""

import argparse
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import threading
import time

from dask.distributed import Client

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import dask_fleet  # noqa: E402


def cluster(at):
    """A small cluster."""
    services = [
        {"serviceName": f"s{n}", "desiredCount": 2 + (at * 7 + n * 3) % 20, "cpu": 128 * (1 + n % 4), "memory": 256 * (1 + (at + n) % 6)}
        for n in range(3 + at % 5)
    ]
    return {"version": 1, "cluster": f"c{at}", "region": "us-east-1", "services": services}


def bayplan(program, *words, code=0):
    """Runs the program."""
    ended = subprocess.run([program, "fleet", *words], capture_output=True, text=True, check=False)
    assert ended.returncode == code, (words, ended.returncode, ended.stderr)
    return ended.stdout


def results(folder):
    """Names and bytes."""
    return {file.name: file.read_bytes() for file in pathlib.Path(folder, "results").iterdir()}


def peak_mib(pid):
    """The most memory that a process used."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) // 1024
    return 0


def main():
    """The test."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bayplan", required=True)
    parser.add_argument("--units", type=int, default=40)
    arguments = parser.parse_args()
    program = os.path.abspath(arguments.bayplan)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        inputs = folder / "in"
        inputs.mkdir()
        for at in range(arguments.units):
            (inputs / f"{at:05}.json").write_text(json.dumps(cluster(at)), encoding="utf-8")
        (inputs / "broken.json").write_text("{\"version\": 1, \"services\": 3}", encoding="utf-8")
        (inputs / "twice.json").write_text(json.dumps(cluster(0)), encoding="utf-8")
        (inputs / "gone.json").write_text(json.dumps(cluster(1)), encoding="utf-8")
        manifest = str(folder / "fleet.jsonl")
        bayplan(program, "list", str(inputs), "--output", manifest, "--", "--ideal", "--work-limit", "20000")
        (inputs / "gone.json").unlink()

        began = time.monotonic()
        bayplan(program, "run", manifest, "--out", str(folder / "alone"), "--jobs", "2")
        alone = time.monotonic() - began

        # The scheduler and each worker are processes by Dask's own commands, so that one can be killed.
        environment = {**os.environ, "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1000"}
        ready = folder / "scheduler.json"

        def start(*words):
            return subprocess.Popen(
                [sys.executable, "-m", "distributed.cli." + words[0], *words[1:], "--scheduler-file", str(ready)],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment, start_new_session=True,
            )

        def worker():
            return start("dask_worker", "--nthreads", "1", "--no-nanny", "--no-dashboard", "--host", "127.0.0.1")

        processes = [start("dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard"), worker(), worker()]
        try:
            client = Client(scheduler_file=str(ready), timeout="60s")
            client.wait_for_workers(2, timeout=60)
            out = str(folder / "dask")

            def kill():
                # In the middle: once some results are there.
                while len(list(pathlib.Path(out, "results").glob("*.json"))) < arguments.units // 3:
                    time.sleep(0.02)
                os.killpg(processes[1].pid, signal.SIGKILL)
                processes.append(worker())

            killer = threading.Thread(target=kill, daemon=True)
            killer.start()
            began = time.monotonic()
            found = dask_fleet.run(client, program, manifest, out, shards=8)
            through_dask = time.monotonic() - began
            killer.join(timeout=60)
            assert not killer.is_alive(), "no worker was killed"
            peak = {"driver": peak_mib(os.getpid()), "scheduler": peak_mib(processes[0].pid), "worker": peak_mib(processes[2].pid)}
            client.close()
        finally:
            for process in processes:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        assert found["pending"] == 0 and found["poisoned"] == 0, found
        assert results(out) == results(folder / "alone"), "the results differ"
        for which in ("alone", "dask"):
            bayplan(program, "gather", manifest, "--out", str(folder / which), "--to", str(folder / f"{which}.report"))
        for file in (folder / "alone.report").iterdir():
            assert file.read_bytes() == (folder / "dask.report" / file.name).read_bytes(), file.name
        left = [file for file in pathlib.Path(out).rglob(".*")]
        print(f"{found['units']} units, {len(results(out))} results, the same bytes; one worker killed; "
              f"alone {alone:.1f} s, through Dask {through_dask:.1f} s; peak MiB {peak}; temporary files left: {len(left)}")


if __name__ == "__main__":
    main()

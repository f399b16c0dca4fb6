#!/usr/bin/env python3
"""A fleet through Dask with a worker killed in the middle, and through shards that are killed, held to one run of one machine.

    python3 deploy/fleet/test_dask_fleet.py --bayplan target/release/bayplan
    python3 deploy/fleet/test_dask_fleet.py --bayplan target/release/bayplan --small 2000 --large 60 --kills 10 --folder long

With a folder what was done before it was stopped is not done again; times and CPU are then those of the last start.

Needs Linux and `pip install dask distributed`. Clusters are generated: small ones of 3 to 10 services (`--ideal`), large ones of 10 to 60,
both by counted work. Beside them are one that takes all its memory each time and is set aside, one that is there twice, one that cannot be
read, and one that is no cluster file. Every other result must be there once, with the bytes of a run without Dask and without kills, and
everything that is gathered too. Prints times, throughput and peaks of memory.
"""

import argparse
import contextlib
import json
import os
import pathlib
import random
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time

from dask.distributed import Client

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import dask_fleet  # noqa: E402

CPUS = [128, 256, 512, 1024, 2048]
MEMORIES = [256, 512, 1024, 2048, 4096, 7000]
# What a unit may take: plans need a twentieth of it, the poisoned cluster several times as much.
UNIT_MEMORY_MIB = 512
LIMITS = ("--unit-memory", str(UNIT_MEMORY_MIB))
SHARDS = 16


def cluster(at, services):
    """A cluster with a number of services between two."""
    draw = random.Random(at)
    listed = [
        {"serviceName": f"s{n}", "desiredCount": draw.randint(1, 20), "cpu": draw.choice(CPUS), "memory": draw.choice(MEMORIES)}
        for n in range(draw.randint(*services))
    ]
    return {"version": 1, "cluster": f"c{at}", "region": "us-east-1", "services": listed}


def write_clusters(folder, small, large):
    """Cluster files of both sizes, and those that are at fault."""
    for name, count, services in (("small", small, (3, 10)), ("large", large, (10, 60))):
        (folder / name).mkdir()
        for at in range(count):
            document = json.dumps(cluster(at if name == "small" else 1_000_000 + at, services))
            (folder / name / f"{name}-{at:05}.json").write_text(document, encoding="utf-8")
    (folder / "small" / "broken.json").write_text("{\"version\": 1, \"services\": 3}", encoding="utf-8")
    (folder / "small" / "twice.json").write_text(json.dumps(cluster(0, (3, 10))), encoding="utf-8")
    (folder / "small" / "gone.json").write_text(json.dumps(cluster(-1, (3, 10))), encoding="utf-8")
    poison = {**cluster(-2, (3, 10)), "notes": ["x"] * 6_000_000}
    (folder / "small" / "poison.json").write_text(json.dumps(poison), encoding="utf-8")


def bayplan(program, *words):
    """Runs the program."""
    ended = subprocess.run([program, "fleet", *words], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, (words, ended.returncode, ended.stderr)
    return ended.stdout


def results(folder):
    """Names and bytes."""
    return {file.name: file.read_bytes() for file in pathlib.Path(folder, "results").iterdir()}


def peak_mib(pid):
    """The most memory that a process used, in MiB."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) // 1024
    return 0


def forget_peak():
    """The most memory that this process used from now on: it wrote the cluster files before."""
    pathlib.Path("/proc/self/clear_refs").write_text("5", encoding="utf-8")


def peak_of(*command):
    """The most memory that a command was seen to use, in MiB. What the kernel tells at its end counts this process's own before it."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    most = 0
    while process.poll() is None:
        # It may end in between.
        with contextlib.suppress(OSError):
            if os.readlink(f"/proc/{process.pid}/exe") == os.path.realpath(command[0]):
                most = max(most, peak_mib(process.pid))
        time.sleep(0.01)
    return most


class Timed:
    """Seconds by the clock, and of CPU that children took."""

    def __enter__(self):
        self.began, self.cpu_before = time.monotonic(), self.cpu_now()
        return self

    def __exit__(self, *_):
        self.seconds = time.monotonic() - self.began
        self.cpu = self.cpu_now() - self.cpu_before

    @staticmethod
    def cpu_now():
        """Of children that have ended."""
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime


class Dask:
    """A scheduler and two workers by Dask's own commands, so that each is a process that can be killed."""

    def __init__(self, folder):
        self.ready = folder / "scheduler.json"
        self.environment = {**os.environ, "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1000"}
        self.processes = [self.start("dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")]
        self.worker()
        self.worker()

    def start(self, module, *words):
        """Starts a command of Dask's."""
        return subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.{module}", *words, "--scheduler-file", str(self.ready)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=self.environment, start_new_session=True,
        )

    def worker(self):
        """Starts a worker of one thread."""
        self.processes.append(self.start("dask_worker", "--nthreads", "1", "--no-nanny", "--no-dashboard", "--host", "127.0.0.1"))

    def replace_worker(self):
        """Kills the first worker and what it runs, and starts another."""
        os.killpg(self.processes[1].pid, signal.SIGKILL)
        self.worker()

    def end(self):
        """Ends what was started here."""
        for process in self.processes:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def through_dask(folder, program, manifest, out, middle):
    """Runs the fleet by Dask and kills a worker once so many results are there; how far it is, seconds, and peaks of memory."""
    dask = Dask(folder)
    try:
        client = Client(scheduler_file=str(dask.ready), timeout="120s")
        client.wait_for_workers(2, timeout=120)

        def kill():
            while not (out / "results").exists() or len(os.listdir(out / "results")) < middle:
                time.sleep(0.05)
            dask.replace_worker()

        killer = threading.Thread(target=kill, daemon=True)
        killer.start()
        forget_peak()
        began = time.monotonic()
        found = dask_fleet.run(client, program, manifest, str(out), SHARDS, flags=LIMITS)
        seconds = time.monotonic() - began
        killer.join(timeout=60)
        assert not killer.is_alive(), "no worker was killed"
        peaks = {"driver": peak_mib(os.getpid()), "scheduler": peak_mib(dask.processes[0].pid), "worker": peak_mib(dask.processes[2].pid)}
        client.close()
    finally:
        dask.end()
    return found, seconds, peaks


def through_kills(program, manifest, out, kills, expected):
    """Runs shards in turn, and kills each runner at a random moment of about the time that its shard takes, until so many were
    killed or all shards came to their end by themselves."""
    draw = random.Random(20261130)
    left, done = list(range(SHARDS)), 0
    while left and done < kills:
        shard = left.pop(0)
        words = ["run", manifest, "--out", str(out), "--shard", f"{shard}/{SHARDS}", "--jobs", "2", *LIMITS]
        runner = subprocess.Popen([program, "fleet", *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            runner.wait(timeout=draw.uniform(0.0, expected / SHARDS))
        except subprocess.TimeoutExpired:
            runner.kill()
            left.append(shard)
            done += 1
        runner.wait()
    for shard in range(SHARDS):
        bayplan(program, "run", manifest, "--out", str(out), "--shard", f"{shard}/{SHARDS}", "--jobs", "2", *LIMITS)
    return done


def same(folder, which, clean):
    """That results and everything gathered are those of the run that nothing happened to."""
    found, expected = results(folder / which), results(folder / clean)
    assert sorted(found) == sorted(expected), f"{which}: other results"
    differing = [name for name in expected if found[name] != expected[name]]
    assert not differing, f"{which}: other bytes in {differing[:5]}"
    for file in (folder / f"{clean}.report").iterdir():
        assert file.read_bytes() == (folder / f"{which}.report" / file.name).read_bytes(), f"{which}: {file.name}"
    left = [file for file in (folder / which).rglob(".*")]
    assert not left, f"{which}: temporary files are left: {left[:5]}"


def without_a_manifest(program, folder):
    """A mistyped manifest is a sentence, and no traceback after the scheduler was started."""
    driver = str(pathlib.Path(__file__).parent / "dask_fleet.py")
    words = ["nowhere.jsonl", "--out", str(folder / "nowhere"), "--bayplan", program]
    ended = subprocess.run([sys.executable, driver, *words], capture_output=True, text=True, check=False, timeout=120)
    assert ended.returncode == 1 and "nowhere.jsonl" in ended.stderr and "Traceback" not in ended.stderr, ended


def main():
    """The test."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bayplan", required=True)
    parser.add_argument("--small", type=int, default=60)
    parser.add_argument("--large", type=int, default=4)
    parser.add_argument("--kills", type=int, default=4)
    parser.add_argument("--folder", type=pathlib.Path, help="where everything is kept [default: a temporary folder]")
    arguments = parser.parse_args()
    program = os.path.abspath(arguments.bayplan)
    count = arguments.small + arguments.large
    with contextlib.nullcontext(arguments.folder) if arguments.folder else tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name).absolute()
        without_a_manifest(program, folder)
        manifest = str(folder / "fleet.jsonl")
        if not os.path.exists(manifest):
            folder.mkdir(exist_ok=True)
            write_clusters(folder, arguments.small, arguments.large)
            small = bayplan(program, "list", str(folder / "small"), "--", "--ideal", "--work-limit", "20000")
            large = bayplan(program, "list", str(folder / "large"), "--", "--work-limit", "300000")
            (folder / "small" / "gone.json").unlink()
            pathlib.Path(manifest).write_text(small + large, encoding="utf-8")

        with Timed() as alone:
            print(bayplan(program, "run", manifest, "--out", str(folder / "alone"), "--jobs", "1", *LIMITS).strip(), flush=True)
        found, seconds, peaks = through_dask(folder, program, manifest, folder / "dask", count // 2)
        print(f"Dask, two workers, one killed: {seconds:.0f} s; peaks in MiB: {peaks}", flush=True)
        killed = through_kills(program, manifest, folder / "kills", arguments.kills, min(alone.seconds, seconds))

        state = json.loads(bayplan(program, "status", manifest, "--out", str(folder / "dask"), "--format", "json"))
        assert found["pending"] == 0 and [unit["id"] for unit in state["poisonedUnits"]] == ["poison.json"], state
        for which in ("alone", "dask", "kills"):
            with Timed() as gathering:
                bayplan(program, "gather", manifest, "--out", str(folder / which), "--to", str(folder / f"{which}.report"))
        # Twice shares a result, poison has none; what cannot be read has one that says so.
        assert len(results(folder / "alone")) == count + 2, len(results(folder / "alone"))
        for which in ("dask", "kills"):
            same(folder, which, "alone")
        units = found["units"]
        print(f"{units} units, {count + 2} results, one set aside; the same bytes through Dask with a worker killed "
              f"and through {SHARDS} shards with {killed} kills")
        print(f"one process: {alone.seconds:.0f} s, {units / alone.seconds:.1f} units/s, {alone.cpu / units:.3f} CPU s a unit")
        print(f"Dask, two workers: {seconds:.0f} s, {units / seconds:.1f} units/s")
        gather = ("fleet", "gather", manifest, "--out", str(folder / "alone"), "--to", str(folder / "again"))
        run = ("fleet", "run", manifest, "--out", str(folder / "alone"))
        large = max(peak_of(program, "plan", str(file), "--work-limit", "300000") for file in sorted((folder / "large").iterdir())[:10])
        print(f"gather: {gathering.seconds:.1f} s; peaks in MiB: gather {peak_of(program, *gather)}, "
              f"a run that finds nothing to do {peak_of(program, *run)}, a large cluster's plan {large}")


if __name__ == "__main__":
    main()

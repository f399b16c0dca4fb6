#!/usr/bin/env python3
"""Runs a fleet by Dask: each task is one shard, `bayplan fleet run MANIFEST --out OUT --shard I/N --jobs 1`.

    dask_fleet.py MANIFEST --out OUT --scheduler tcp://…     on a cluster that is there
    dask_fleet.py MANIFEST --out OUT --workers 2             on workers of its own, on this machine
    dask_fleet.py MANIFEST --out OUT -- --unit-memory 2048   flags of `bayplan fleet run` after two dashes

Manifest, cluster files and OUT have to be where every worker sees them. Results are files, so a task returns its exit code alone, and a
shard that runs again after its worker was lost does only what is missing: Dask holds every task of a lost worker for suspect
(dask/distributed#5234), so its own count of failures is set out of the way and bayplan's attempts say which unit is at fault.
Ends with 0 when every unit has a result or is set aside, 1 otherwise.
"""

import argparse
import json
import subprocess
import sys

import dask
from dask.distributed import Client, LocalCluster, as_completed

# Exit codes of a shard that are worth another try: the store, a stop.
AGAIN = {30, 130, 137, 143, -9, -15}


def run_shard(bayplan, manifest, out, index, count, flags):
    """Runs one shard on a worker; its exit code and the end of what it said."""
    command = [bayplan, "fleet", "run", manifest, "--out", out, "--shard", f"{index}/{count}", "--jobs", "1", *flags]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    return ended.returncode, ended.stderr[-2000:]


# Scheduler and workers know nothing of this file: as one of `__main__`, whoever imports it, the function goes to them whole.
run_shard.__module__ = "__main__"


class NoStatus(Exception):
    """The program does not say how far the fleet is: no manifest, a wrong one, a store that refuses, no such program."""


def status(bayplan, manifest, out):
    """How far the fleet is, from the store alone."""
    command = [bayplan, "fleet", "status", manifest, "--out", out, "--format", "json"]
    try:
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        raise NoStatus(f"{bayplan} cannot be started: {error}; name the program with --bayplan") from error
    if ended.returncode != 0:
        raise NoStatus(ended.stderr.strip() or f"{bayplan} fleet status ended with {ended.returncode}")
    return json.loads(ended.stdout)


def run(client, bayplan, manifest, out, shards, tries=3, flags=()):
    """Runs all shards; what is left is said by the store."""
    def submit(index):
        # Not pure: the same shard is a new task when it is tried again. A lost worker's tasks run again by themselves.
        return client.submit(
            run_shard, bayplan, manifest, out, index, shards, list(flags), pure=False, retries=5, key=f"shard-{index}-{attempts[index]}"
        )

    attempts = dict.fromkeys(range(shards), 0)
    of_future = {submit(index): index for index in range(shards)}
    waiting = as_completed(list(of_future))
    for future in waiting:
        index = of_future.pop(future)
        code, said = (1, str(future.exception())) if future.status == "error" else future.result()
        if code == 0:
            continue
        print(f"shard {index}/{shards} ended with {code}: {said.strip()}", file=sys.stderr)
        attempts[index] += 1
        if attempts[index] < tries and (code in AGAIN or future.status == "error"):
            again = submit(index)
            of_future[again] = index
            waiting.add(again)
    return status(bayplan, manifest, out)


def main():
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("manifest")
    parser.add_argument("--out", required=True)
    parser.add_argument("--bayplan", default="bayplan", help="the program, where workers find it")
    parser.add_argument("--shards", type=int, default=0, help="tasks [default: four a worker's thread]")
    place = parser.add_mutually_exclusive_group()
    place.add_argument("--scheduler", help="address of a scheduler")
    place.add_argument("--workers", type=int, default=2, help="workers of one thread on this machine")
    words = sys.argv[1:]
    ours = words[: words.index("--")] if "--" in words else words
    flags = words[len(ours) + 1 :]
    arguments = parser.parse_args(ours)
    try:
        # Before anything is started: whoever mistypes a manifest is told so at once.
        status(arguments.bayplan, arguments.manifest, arguments.out)
    except NoStatus as error:
        print(error, file=sys.stderr)
        return 1
    dask.config.set({"distributed.scheduler.allowed-failures": 1000})
    cluster = None
    if not arguments.scheduler:
        cluster = LocalCluster(
            n_workers=arguments.workers, threads_per_worker=1, host="127.0.0.1", dashboard_address=None
        )
    client = Client(cluster or arguments.scheduler)
    try:
        threads = sum(client.nthreads().values())
        shards = arguments.shards or max(4 * threads, 1)
        found = run(client, arguments.bayplan, arguments.manifest, arguments.out, shards, flags=flags)
    except NoStatus as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        client.close()
        if cluster:
            cluster.close()
    print(f"{found['units']} units: {found['done']} with a result, {found['poisoned']} set aside, {found['pending']} to be done")
    return 0 if found["pending"] == 0 else 1


if __name__ == "__main__":
    sys.exit(main())

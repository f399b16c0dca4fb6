"""bayplan's command line as the notebooks use it: one function a command, tables as pandas data frames."""
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "data" / "examples"
# Exit codes that come with a result: done, changes proposed, infeasible with a plan for the rest, over budget.
WITH_RESULT = (0, 3, 10, 12)


def binary():
    """The binary: $BAYPLAN, else one built here, else the one on the PATH."""
    built = (ROOT / "target" / profile / "bayplan" for profile in ("release", "debug"))
    candidates = [os.environ.get("BAYPLAN"), *built, shutil.which("bayplan")]
    return next(str(path) for path in candidates if path and Path(path).exists())


def run(*arguments):
    """Standard output of a command that ended with a result."""
    command = [binary(), "--quiet", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True)
    if done.returncode not in WITH_RESULT:
        raise RuntimeError(f"{' '.join(command)}: exit code {done.returncode}\n{done.stderr.decode()}")
    return done.stdout


def plan(cluster, *flags):
    """The plan document; says first what has no place where it is one of a part of the tasks."""
    document = json.loads(run("plan", cluster, "--format", "json", *flags))
    if document["unplaced"]:
        left = ", ".join(f"{it['count']} of {it['serviceName']}" for it in document["unplaced"])
        print(f"infeasible, without a place: {left}; everything below is of the others only")
    return document


def report(cluster, *flags):
    """Every table of a report, by name, read from Parquet."""
    with tempfile.TemporaryDirectory() as folder:
        run("report", cluster, "--format", "parquet", "--output-dir", folder, *flags)
        return {path.stem: pd.read_parquet(path) for path in sorted(Path(folder).glob("*.parquet"))}


def pack(problem, *flags):
    """The solution of a bare packing problem."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "problem.json"
        path.write_text(json.dumps(problem))
        return json.loads(run("pack", path, "--format", "json", *flags))


def fleet(folder, *flags, gather=()):
    """Plans every cluster file of a folder: the tables by name, read from Parquet, and the text."""
    manifest = Path(folder) / ".fleet" / "fleet.jsonl"
    manifest.parent.mkdir(exist_ok=True)
    run("fleet", "list", folder, "--output", manifest, "--", *flags)
    return run_and_gather(manifest, manifest.parent / "out", gather)


def fleet_merged(folder, gather=()):
    """The same with pairs of clusters of one VPC planned as one; after `fleet`."""
    hidden = Path(folder) / ".fleet"
    run("fleet", "merge", hidden / "fleet.jsonl", "--out", hidden / "out", "--to", hidden / "merged")
    return run_and_gather(hidden / "merged" / "fleet.jsonl", hidden / "out", gather)


def run_and_gather(manifest, out, gather):
    """Runs a manifest and gathers it."""
    run("fleet", "run", manifest, "--out", out)
    with tempfile.TemporaryDirectory() as to:
        text = run("fleet", "gather", manifest, "--out", out, "--to", to, *gather).decode()
        return {path.stem: pd.read_parquet(path) for path in sorted(Path(to).glob("*.parquet"))}, text

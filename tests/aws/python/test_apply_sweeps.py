"""An apply of more than 25 steps that is killed, answered badly or not at all, at each of its calls, reads and the lock's among
them: it goes on to the same end, or back to the same beginning.

A few calls are tried where nothing else is asked for. BAYPLAN_SWEEP=1 tries all of them (hours), BAYPLAN_SWEEP=3/40 the
third of forty shares.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from applying import Files, begun_anew, locks, was_healthy
from conftest import StandIn
from program import BAYPLAN

pytestmark = pytest.mark.skipif(BAYPLAN is None, reason="BAYPLAN names no program")

CLUSTER = {"services": 12, "instances": 6, "tasks": 24, "groups": 2, "types": 4, "cluster": "dozen", "seed": 5}
SWEEP = os.environ.get("BAYPLAN_SWEEP")
# Points of a sweep where not all are asked for.
FEW = 3
FAULTS = ("throttle", "error", "reset", "truncated", "malformed", "slow", "lost")


class Whole:
    """A run that nothing happened to, and what was there before."""

    def __init__(self, aws: StandIn, folder: Path) -> None:
        self.aws, self.folder = aws, folder
        self.fresh()
        # Any plan will do: it need not be a good one.
        self.files = Files(aws, folder / "whole", "dozen", None, "--work-limit", "200000")
        self.before = self.files.state()
        aws.control("DELETE", "calls")
        done = self.files.apply()
        assert done.code == 0, done.err
        assert self.files.steps() >= 25, self.files.steps()
        self.calls = aws.control("GET", "calls?list=1")["calls"]
        was_healthy(aws)
        self.after = self.files.state()
        self.deployments = self.deployed()

    def fresh(self) -> None:
        begun_anew(self.aws, lambda: self.aws.control("POST", "generate", CLUSTER))

    def again(self, name: str) -> Files:
        self.fresh()
        return Files(self.aws, self.folder / name, "dozen", self.files)

    def deployed(self) -> dict[str, int]:
        """How often each service was deployed."""
        ecs = self.aws.client("ecs")
        names = [f"service-{number:03}" for number in range(CLUSTER["services"])]
        listed = {name: ecs.list_service_deployments(cluster="dozen", service=name) for name in names}
        return {name: len(answer["serviceDeployments"]) for name, answer in listed.items()}

    def ends_the_same(self, files: Files, at: object) -> None:
        assert files.state() == self.after, at
        assert self.deployed() == self.deployments, at
        assert locks(self.aws) == [], at
        was_healthy(self.aws)


@pytest.fixture(scope="module")
def whole(running: StandIn, tmp_path_factory: pytest.TempPathFactory) -> Whole:
    return Whole(running, tmp_path_factory.mktemp("sweep"))


def points(all_of_them: list[int]) -> list[int]:
    if SWEEP is None:
        stride = len(all_of_them) // FEW
        return all_of_them[stride // 2 :: stride][:FEW]
    share, of = (int(number) for number in SWEEP.split("/")) if "/" in SWEEP else (1, 1)
    return all_of_them[share - 1 :: of]


@pytest.mark.parametrize("how", ["--resume", "--rollback"])
def test_killed_at_any_call_it_goes_on_or_back(whole: Whole, how: str) -> None:
    aws, runs = whole.aws, 0
    for at in points(list(range(1, len(whole.calls) + 1))):
        for when in ("before", "after"):
            files = whole.again(f"{how}-{at}-{when}")
            aws.control("PUT", "halt", {"at": at, "when": when})
            process = files.start()
            reached = aws.control("GET", "halt?seconds=50")["reached"]
            process.kill()
            process.communicate()
            aws.control("DELETE", "halt")
            # Waits take a call more or less: the last numbers may not be there.
            assert reached or at > len(whole.calls) - 20, (at, when)
            runs += 1
            if not files.journal.exists():
                # Killed before anything was begun: the lock may be there, and its owner is the same.
                done = files.apply()
                assert done.code == 0, (at, when, done.err)
                whole.ends_the_same(files, (at, when))
                continue
            done = files.go_on(how)
            if how == "--rollback" and "would not come back" in done.err:
                done = files.go_on("--resume")
                assert (done.code, files.state()) == (0, whole.after), (at, when, done.err)
            elif how == "--rollback" and reached:
                assert (done.code, files.state()) == (0, whole.before), (at, when, done.err)
            else:
                assert done.code == 0, (at, when, done.err)
                whole.ends_the_same(files, (at, when))
            assert locks(aws) == []
            was_healthy(aws, may_wait=how == "--rollback")
    print(f"\n{how}: {runs} runs of {whole.files.steps()} steps and {len(whole.calls)} calls", file=sys.stderr)


@pytest.mark.parametrize("kind", FAULTS)
def test_a_fault_at_any_call_is_got_over(whole: Whole, kind: str) -> None:
    aws, runs = whole.aws, 0
    for at in points(list(range(1, len(whole.calls) + 1))):
        files = whole.again(f"{kind}-{at}")
        aws.control("PUT", "faults", {"rules": [{"kind": kind, "atCall": at}]})
        done = files.apply()
        aws.control("PUT", "faults", {"rules": []})
        assert done.code == 0, (kind, at, whole.calls[at - 1]["action"], done.err)
        whole.ends_the_same(files, (kind, at))
        runs += 1
    print(f"\n{kind}: {runs} runs of {len(whole.calls)} calls", file=sys.stderr)


def test_a_refusal_at_any_call_is_a_clear_end_from_which_it_goes_on(whole: Whole) -> None:
    aws = whole.aws
    for at in points(list(range(1, len(whole.calls) + 1))):
        action = whole.calls[at - 1]["action"]
        files = whole.again(f"refuse-{at}")
        aws.control("PUT", "faults", {"rules": [{"kind": "refuse", "atCall": at}]})
        done = files.apply()
        aws.control("PUT", "faults", {"rules": []})
        # What a snapshot can do without, and the lock's release, end nothing.
        assert done.code in (0, 30, 31, 32), (at, action, done.err)
        if done.code != 0:
            assert action.split(":")[1] in done.err, (at, action, done.err)
            done = files.go_on("--resume") if files.journal.exists() else files.apply()
        assert done.code == 0, (at, action, done.err)
        assert (files.state(), whole.deployed()) == (whole.after, whole.deployments), (at, action)
        was_healthy(aws)

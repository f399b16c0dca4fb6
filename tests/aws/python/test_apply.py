"""The real program changes a cluster of the stand-in: `bayplan apply --yes`, killed, resumed, taken back.

BAYPLAN names the program (`make test-aws` builds it); without it these tests are left out. BAYPLAN_KILL_SWEEP=1 kills at every call that
changes something, where otherwise it is one of them.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from applying import Files, locks, was_healthy
from conftest import StandIn
from program import BAYPLAN, environment, run

pytestmark = pytest.mark.skipif(BAYPLAN is None, reason="BAYPLAN names no program")

SWEEP = os.environ.get("BAYPLAN_KILL_SWEEP") == "1"
# Calls that change something, the lock's besides.
READS = ("Describe", "List", "Get")


@pytest.fixture
def moving(small: StandIn) -> StandIn:
    """The small cluster, whose time goes by quickly."""
    small.control("POST", "clock", {"speed": 600})
    return small


def test_a_plan_is_applied_and_the_next_finds_nothing(moving: StandIn, tmp_path: Path) -> None:
    files = Files(moving, tmp_path)
    done = files.apply()
    assert done.code == 0, done.err
    assert "steps are done" in done.out
    was_healthy(moving)
    assert locks(moving) == []
    after, plan = tmp_path / "after.json", tmp_path / "plan2.json"
    assert run(moving, "snapshot", "--cluster", "small", "--output", str(after)).code == 0
    assert run(moving, "plan", str(after), "--format", "json", "--output", str(plan)).code == 0
    again = run(moving, "apply", str(after), str(plan), "--detailed-exitcode")
    assert again.code == 0, again.out
    # The old files are stale by now, and what differs is said.
    stale = files.apply()
    assert stale.code == 31, stale.err
    assert "group small is gone" in stale.err


def test_without_leave_nothing_is_taken_away_and_a_prefix_goes_on(moving: StandIn, tmp_path: Path) -> None:
    files = Files(moving, tmp_path)
    before = files.state()
    first = files.apply("--max-steps", "3")
    assert first.code == 0, first.err
    assert "3 of 11 steps" in first.out
    refused = files.apply()
    assert refused.code == 31 and "--resume" in refused.err, refused.err
    status = run(moving, "apply", "--status", "--journal", str(files.journal))
    assert status.out.count("done") >= 3 and "to do" in status.out
    back = files.go_on("--rollback")
    assert back.code == 0, back.err
    assert files.state() == before
    over = run(moving, "apply", str(files.snapshot), str(files.plan), "--yes", "--allow-delete",
               "--journal", str(tmp_path / "other.journal"))  # fmt: skip
    assert over.code == 31 and "--max-instances-changed" in over.err, over.err
    assert locks(moving) == []


def test_what_is_gone_on_with_keeps_to_the_budget_of_the_beginning(moving: StandIn, tmp_path: Path) -> None:
    files = Files(moving, tmp_path)
    journal = ("--journal", str(tmp_path / "budget.journal"))
    words = ("apply", str(files.snapshot), str(files.plan), "--yes", "--allow-delete", "--detailed-exitcode")
    first = run(moving, *words, "--max-steps", "3", *journal)
    assert first.code == 3 and "3 of 11 steps" in first.out, first.err
    over = run(moving, "apply", "--resume", "--yes", *journal)
    assert over.code == 31 and "3 of today's instances are taken away, and 2 may be" in over.err, over.err
    done = run(moving, "apply", "--resume", "--yes", "--max-instances-changed", "3", *journal)
    assert done.code == 0 and "all of 11 steps" in done.out, done.err


def test_two_at_once(moving: StandIn, tmp_path: Path) -> None:
    files = Files(moving, tmp_path)
    moving.control("DELETE", "calls")
    moving.control("PUT", "halt", {"at": 16, "when": "after"})
    assert BAYPLAN is not None
    first = subprocess.Popen([BAYPLAN, *files.words()], env=environment(moving), stderr=subprocess.PIPE, text=True)
    assert moving.control("GET", "halt?seconds=30") == {"reached": True}
    same = files.apply()
    assert same.code == 31 and "another bayplan is at work" in same.err, same.err
    moving.control("DELETE", "halt")
    # Another machine has another journal: there the lock tells.
    other = run(moving, *[str(tmp_path / "o.journal") if word == str(files.journal) else word for word in files.words()])
    _, err = first.communicate(timeout=120)
    assert other.code == 31, other.err
    assert first.returncode == 0, err


def test_a_service_that_is_rolled_back_stops_the_run(moving: StandIn, tmp_path: Path) -> None:
    files = Files(moving, tmp_path)
    before = files.state()
    moving.control("POST", "fail", {"cluster": "small", "service": "web"})
    stopped = files.apply("--step-timeout", "6")
    assert stopped.code == 32, stopped.err
    assert "--rollback" in stopped.err
    moving.control("POST", "fail", {"cluster": "small", "service": "web", "fails": False})
    back = files.go_on("--rollback")
    assert back.code == 0, back.err
    assert files.state() == before


def changing(aws: StandIn) -> list[int]:
    """Numbers of the calls that change something."""
    made = aws.control("GET", "calls?list=1")["calls"]
    return [at for at, call in enumerate(made, 1) if not call["action"].split(":")[1].startswith(READS)]


@pytest.mark.parametrize("how", ["--resume", "--rollback"])
def test_killed_at_a_call_it_goes_on_or_back(aws: StandIn, tmp_path: Path, how: str) -> None:
    from conftest import SMALL

    def fresh(name: str) -> Files:
        aws.control("POST", "reset")
        aws.control("POST", "seed", SMALL)
        aws.control("POST", "clock", {"speed": 600})
        folder = tmp_path / name
        folder.mkdir()
        return Files(aws, folder)

    files = fresh("whole")
    before = files.state()
    aws.control("DELETE", "calls")
    whole = files.apply()
    assert whole.code == 0, whole.err
    calls, after = changing(aws), files.state()
    # One in the middle, or all of them but the lock's release, after which nothing is left to do.
    points = calls[:-1] if SWEEP else calls[len(calls) // 2 : len(calls) // 2 + 1]
    for at in points:
        for when in ("before", "after"):
            files = fresh(f"{at}-{when}")
            aws.control("DELETE", "calls")
            aws.control("PUT", "halt", {"at": at, "when": when})
            assert BAYPLAN is not None
            process = subprocess.Popen([BAYPLAN, *files.words()], env=environment(aws), stderr=subprocess.DEVNULL)
            reached = aws.control("GET", "halt?seconds=120")
            process.kill()
            process.wait(20)
            aws.control("DELETE", "halt")
            assert reached == {"reached": True}, (at, when)
            if not files.journal.exists():
                # Killed before anything was begun: the lock may be there, and its owner is the same.
                done = files.apply()
                assert (done.code, files.state()) == (0, after), (at, when, done.err)
                continue
            done = files.go_on(how)
            deleted = how == "--rollback" and "would not come back" in done.err
            if deleted:
                done = files.go_on("--resume")
            assert done.code == 0, (at, when, done.err)
            expected = before if how == "--rollback" and not deleted else after
            assert files.state() == expected, (at, when)
            assert locks(aws) == []
            was_healthy(aws, may_wait=how == "--rollback")
    print(f"\n{how}: {len(points)} calls, killed before and after each: {2 * len(points)} runs")

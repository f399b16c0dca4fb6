"""The real program changes a cluster of the stand-in: `bayplan apply --yes`, killed, resumed, taken back.

BAYPLAN names the program (`make test-aws` builds it); without it these tests are left out. BAYPLAN_KILL_SWEEP=1 kills at every call that
changes something, where otherwise it is one of them.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from conftest import StandIn
from program import BAYPLAN, Run, environment, run

pytestmark = pytest.mark.skipif(BAYPLAN is None, reason="BAYPLAN names no program")

# What every run is allowed: all three instances go.
ALLOWED = ("--allow-delete", "--max-instances-changed", "3")
SWEEP = os.environ.get("BAYPLAN_KILL_SWEEP") == "1"
# Calls that change something, the lock's besides.
READS = ("Describe", "List", "Get")


@pytest.fixture
def moving(small: StandIn) -> StandIn:
    """The small cluster, whose time goes by quickly."""
    small.control("POST", "clock", {"speed": 600})
    return small


class Files:
    """A snapshot, its plan and a journal."""

    def __init__(self, aws: StandIn, folder: Path) -> None:
        self.aws = aws
        self.snapshot, self.plan, self.journal = folder / "small.json", folder / "plan.json", folder / "small.journal"
        taken = run(aws, "snapshot", "--cluster", "small", "--output", str(self.snapshot))
        assert taken.code == 0, taken.err
        planned = run(aws, "plan", str(self.snapshot), "--format", "json", "--output", str(self.plan))
        assert planned.code == 0, planned.err

    def words(self, *more: str) -> list[str]:
        return ["apply", str(self.snapshot), str(self.plan), "--yes", "--journal", str(self.journal), *ALLOWED, *more]

    def apply(self, *more: str) -> Run:
        return run(self.aws, *self.words(*more))

    def go_on(self, how: str, *more: str) -> Run:
        return run(self.aws, "apply", how, "--yes", "--journal", str(self.journal), *more)

    def state(self) -> dict[str, Any]:
        """What the cluster is made of, without what moves by itself."""
        file = self.snapshot.with_name("now.json")
        taken = run(self.aws, "snapshot", "--cluster", "small", "--output", str(file))
        assert taken.code == 0, taken.err
        document = json.loads(file.read_text())
        kept = {
            "services": ("serviceName", "capacityProviderStrategy", "placementStrategy", "desiredCount"),
            "capacityProviders": ("name", "autoScalingGroupProvider"),
            "autoScalingGroups": (
                "AutoScalingGroupName", "MinSize", "MaxSize", "MixedInstancesPolicy", "LaunchTemplate",
                "VPCZoneIdentifier", "Tags",
            ),
            "clusters": ("capacityProviders", "defaultCapacityProviderStrategy"),
        }  # fmt: skip
        state = {part: [{key: row.get(key) for key in keys} for row in document[part]] for part, keys in kept.items()}
        for group in state["autoScalingGroups"]:
            group["Tags"] = sorted(tag["Key"] for tag in group["Tags"] or [])
        for provider in state["capacityProviders"]:
            # ARNs of groups have an identity in them that is new each time.
            arn = provider["autoScalingGroupProvider"]["autoScalingGroupArn"]
            provider["autoScalingGroupProvider"]["autoScalingGroupArn"] = arn.rsplit("/", 1)[-1]
        for cluster in state["clusters"]:
            cluster["capacityProviders"] = sorted(cluster["capacityProviders"])
        return state


def locks(aws: StandIn) -> list[str]:
    names = [row["LaunchTemplateName"] for row in aws.client("ec2").describe_launch_templates()["LaunchTemplates"]]
    return [name for name in names if name.startswith("bayplan-lock-")]


def was_healthy(aws: StandIn, may_wait: bool = False) -> None:
    """Never below its minimum; nor did a task wait, but on the way back, where managed scaling has to launch instances of the
    old group again."""
    service = aws.control("GET", "record")["services"]["small/web"]
    assert service["timesBelowMinimum"] == 0, service
    assert may_wait or service["timesWaiting"] == 0, service


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

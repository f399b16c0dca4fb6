"""The real program changes a cluster of the stand-in: `bayplan apply --yes`, killed, resumed, taken back.

BAYPLAN names the program (`make test-aws` builds it); without it these tests are left out. `test_apply_sweeps.py` kills it at every call.
"""

from __future__ import annotations

import copy
import subprocess
from pathlib import Path
from typing import Any

import pytest
from applying import Files, begun_anew, locks, was_healthy
from conftest import SMALL, StandIn
from program import BAYPLAN, environment, run

pytestmark = pytest.mark.skipif(BAYPLAN is None, reason="BAYPLAN names no program")


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


def test_services_side_by_side_are_played_so_and_no_more_are_gone_on_with(moving: StandIn, tmp_path: Path) -> None:
    files = Files(moving, tmp_path)
    shown = run(moving, "apply", str(files.snapshot), str(files.plan), "--allow-delete", "--parallel", "3")
    assert "one after another and with 3 services at a time, in 4 orders" in shown.out, shown.out + shown.err
    first = files.apply("--max-steps", "3", "--parallel", "2")
    assert first.code == 0, first.err
    more = files.go_on("--resume", "--parallel", "3")
    assert more.code == 31 and "begun with 2 services at a time" in more.err, more.err
    done = files.go_on("--resume", "--parallel", "2")
    assert done.code == 0, done.err
    was_healthy(moving)


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


@pytest.mark.parametrize("breaks", [False, True])
def test_a_service_that_does_not_come_up_stops_the_run(moving: StandIn, tmp_path: Path, breaks: bool) -> None:
    """With a breaker ECS takes the strategy back by itself, and leaves the placement."""
    breaker = {"deploymentCircuitBreaker": {"enable": breaks, "rollback": breaks}}
    moving.client("ecs").update_service(cluster="small", service="web", deploymentConfiguration=breaker)
    files = Files(moving, tmp_path)
    before = files.state()
    moving.control("POST", "fail", {"cluster": "small", "service": "web"})
    stopped = files.apply("--step-timeout", "60" if breaks else "6")
    assert stopped.code == 32, stopped.err
    assert "--rollback" in stopped.err
    assert ("ROLLBACK" in stopped.err) == breaks, stopped.err
    moving.control("POST", "fail", {"cluster": "small", "service": "web", "fails": False})
    back = files.go_on("--rollback")
    assert back.code == 0, back.err
    assert files.state() == before


def whole_group(aws: StandIn, name: str) -> dict[str, Any]:
    """A group without what a new one has of its own."""
    found = aws.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"][0]
    own = ("AutoScalingGroupARN", "CreatedTime", "DesiredCapacity", "Instances")
    return {key: value for key, value in found.items() if key not in own}


def test_what_was_deleted_is_made_anew_in_whole(aws: StandIn, tmp_path: Path) -> None:
    described = copy.deepcopy(SMALL)
    described["groups"][0] |= {
        "HealthCheckType": "EC2",
        "HealthCheckGracePeriod": 90,
        "DefaultCooldown": 120,
        "TerminationPolicies": ["OldestInstance"],
        "Tags": [{"Key": "owner", "Value": "team <a>", "PropagateAtLaunch": False}],
        "LifecycleHookSpecificationList": [
            {"LifecycleHookName": "bye", "LifecycleTransition": "autoscaling:EC2_INSTANCE_TERMINATING", "HeartbeatTimeout": 60}
        ],
    }
    described["capacityProviders"][0]["tags"] = [{"key": "owner", "value": "b"}]
    begun_anew(aws, lambda: aws.control("POST", "seed", described))
    files = Files(aws, tmp_path)
    before, group = files.state(), whole_group(aws, "small")
    done = files.apply()
    assert done.code == 0, done.err
    names = [row["AutoScalingGroupName"] for row in aws.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]]
    assert "small" not in names
    back = files.go_on("--rollback")
    assert back.code == 0, back.err
    assert (files.state(), whole_group(aws, "small")) == (before, group)
    hooks = aws.client("autoscaling").describe_lifecycle_hooks(AutoScalingGroupName="small")["LifecycleHooks"]
    assert [hook["LifecycleHookName"] for hook in hooks] == ["bye"]
    provider = aws.client("ecs").describe_capacity_providers(capacityProviders=["main"], include=["TAGS"])
    assert provider["capacityProviders"][0]["tags"] == [{"key": "owner", "value": "b"}]
    was_healthy(aws, may_wait=True)
    assert locks(aws) == []


def test_what_would_not_come_back_is_named_before_anything_is_done(moving: StandIn, tmp_path: Path) -> None:
    moving.client("autoscaling").put_scheduled_update_group_action(
        AutoScalingGroupName="small", ScheduledActionName="nightly", Recurrence="0 22 * * *", MinSize=0
    )
    moving.client("autoscaling").update_auto_scaling_group(
        AutoScalingGroupName="small",
        AvailabilityZoneImpairmentPolicy={"ZonalShiftEnabled": True, "ImpairedZoneHealthCheckBehavior": "IgnoreUnhealthy"},
    )
    files = Files(moving, tmp_path)
    before = files.state()
    # A call that may not be made before the deletion stops nothing.
    refusal = {"kind": "refuse", "action": "autoscaling:DescribeNotificationConfigurations", "times": 0}
    moving.control("PUT", "faults", {"rules": [refusal]})
    done = files.apply()
    moving.control("PUT", "faults", {"rules": []})
    assert done.code == 0, done.err
    after = files.state()
    refused = files.go_on("--rollback")
    assert refused.code == 31, refused.err
    for said in ("scheduled action nightly", "AvailabilityZoneImpairmentPolicy", "autoscaling:DescribeNotificationConfigurations", "--accept-losses"):
        assert said in refused.err, refused.err
    assert files.state() == after
    back = files.go_on("--rollback", "--accept-losses")
    assert back.code == 0, back.err
    assert files.state() == before
    assert locks(moving) == []

"""A plan around today's instances (`plan --max-moves`) is applied as the waves that it names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from applying import Files, begun_anew, locks, was_healthy
from conftest import StandIn
from program import BAYPLAN, run

pytestmark = pytest.mark.skipif(BAYPLAN is None, reason="BAYPLAN names no program")

TASKS = 40


def half_empty() -> dict[str, Any]:
    """Eight instances of a dear type, half of whose room is free."""
    return {
        "clusters": [{"clusterName": "shop"}],
        "taskDefinitions": [
            {"family": "api", "networkMode": "bridge", "requiresCompatibilities": ["EC2"],
             "containerDefinitions": [{"name": "app", "image": "app:1", "cpu": 512, "memory": 1024}]}
        ],
        "launchTemplates": [
            {"LaunchTemplateName": "shop", "LaunchTemplateData": {
                "ImageId": "ami-0123456789abcdef0", "InstanceType": "m5.2xlarge",
                "userDataText": "echo ECS_CLUSTER=shop >> /etc/ecs/ecs.config"}}
        ],
        "groups": [
            {"AutoScalingGroupName": "shop", "MinSize": 0, "MaxSize": 16, "DesiredCapacity": 8, "groupZones": 1,
             "NewInstancesProtectedFromScaleIn": True,
             "LaunchTemplate": {"LaunchTemplateName": "shop", "Version": "1"}}
        ],
        "capacityProviders": [
            {"name": "web", "autoScalingGroupProvider": {
                "autoScalingGroupArn": "shop",
                # Room to spare: managed scaling leaves the eight where they are.
                "managedScaling": {"status": "DISABLED"},
                "managedTerminationProtection": "DISABLED", "managedDraining": "ENABLED"}}
        ],
        "clusterCapacityProviders": [
            {"cluster": "shop", "capacityProviders": ["web"],
             "defaultCapacityProviderStrategy": [{"capacityProvider": "web", "weight": 1}]}
        ],
        "services": [
            {"cluster": "shop", "serviceName": "api", "taskDefinition": "api", "desiredCount": TASKS,
             "capacityProviderStrategy": [{"capacityProvider": "web", "weight": 1, "base": 0}],
             "placementStrategy": [{"type": "spread", "field": "instanceId"}]}
        ],
    }  # fmt: skip


def begun(aws: StandIn, folder: Path, *plan: str) -> Files:
    begun_anew(aws, lambda: aws.control("POST", "seed", half_empty()))
    return Files(aws, folder, "shop", None, *plan)


def drains(files: Files) -> list[str]:
    """What the journal says was drained, in order."""
    lists = [entry["drains"][1] for entry in files.entries() if isinstance(entry, dict) and "drains" in entry]
    return [arn.rsplit("/", 1)[-1] for arns in lists for arn in arns]


def named(plan: dict[str, Any]) -> list[str]:
    return [arn.rsplit("/", 1)[-1] for wave in plan["moves"]["waves"] for arn in wave["drains"]]


@pytest.mark.parametrize(
    "how",
    [
        ("--max-moves", "10"),
        ("--max-moves", "20", "--allowed-instance-types", "m5.2xlarge,m7a.large,m7a.xlarge"),
    ],
)
def test_waves_drain_what_the_plan_names_and_nothing_waits(aws: StandIn, tmp_path: Path, how: tuple[str, ...]) -> None:
    files = begun(aws, tmp_path, *how)
    plan = json.loads(files.plan.read_text())
    assert named(plan), plan["moves"]
    words = ("apply", str(files.snapshot), str(files.plan), "--allow-delete", "--format", "json")
    shown = json.loads(run(aws, *words, "--max-instances-changed", "9").out)
    waves = [step for step in shown["steps"] if step["wave"]]
    assert waves and all(step["tasksWaitingAfter"] == 0 for step in waves)
    done = files.apply()
    assert done.code == 0, done.err
    assert sorted(drains(files)) == sorted(named(plan))
    was_healthy(aws)
    assert locks(aws) == []
    aws.control("POST", "settle", {})
    after = run(aws, "apply", str(files.snapshot), str(files.plan), "--verify")
    assert after.code == 0, after.out
    again = Files(aws, tmp_path / "again", "shop", None, *how)
    nothing = run(aws, "apply", str(again.snapshot), str(again.plan), "--allow-delete", "--detailed-exitcode",
                  "--max-instances-changed", "9")  # fmt: skip
    assert json.loads(again.plan.read_text())["cost"]["usdPerHour"] <= plan["cost"]["usdPerHour"]
    assert nothing.code in (0, 3), nothing.err


def test_killed_in_a_wave_it_goes_on_to_the_same_end(aws: StandIn, tmp_path: Path) -> None:
    files = begun(aws, tmp_path / "whole", "--max-moves", "10")
    aws.control("DELETE", "calls")
    done = files.apply()
    assert done.code == 0, done.err
    calls = aws.control("GET", "calls?list=1")["calls"]
    after = files.state()
    changes = [at for at, call in enumerate(calls, 1) if call["action"] == "ecs:UpdateContainerInstancesState"]
    for when in ("before", "after"):
        begun_anew(aws, lambda: aws.control("POST", "seed", half_empty()))
        again = Files(aws, tmp_path / when, "shop", files)
        aws.control("PUT", "halt", {"at": changes[0], "when": when})
        process = again.start()
        aws.control("GET", "halt?seconds=50")
        process.kill()
        process.communicate()
        aws.control("DELETE", "halt")
        gone_on = again.go_on("--resume") if again.journal.exists() else again.apply()
        assert gone_on.code == 0, gone_on.err
        assert again.state() == after
        was_healthy(aws)


def hosts(aws: StandIn) -> int:
    """Container instances."""
    return len(aws.client("ecs").list_container_instances(cluster="shop")["containerInstanceArns"])


def test_where_ecs_sets_no_size_the_way_back_launches_what_waves_took_away(aws: StandIn, tmp_path: Path) -> None:
    files = begun(aws, tmp_path, "--max-moves", "10")
    before, there = files.state(), hosts(aws)
    done = files.apply()
    assert done.code == 0, done.err
    assert hosts(aws) < there
    back = files.go_on("--rollback")
    assert back.code == 0, back.err
    now = files.state()
    for group in now["autoScalingGroups"]:
        # ECS's tag does no harm where it stays.
        group["Tags"] = [tag for tag in group["Tags"] if tag[0] != "AmazonECSManaged"]
    assert {part: rows for part, rows in now.items() if rows != before[part]} == {}
    assert hosts(aws) == there
    was_healthy(aws, may_wait=True)
    assert locks(aws) == []

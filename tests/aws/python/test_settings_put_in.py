"""A plan's settings are put into the stand-in, as `export --format cli` writes them: then nothing differs."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from conftest import StandIn
from test_snapshot import BAYPLAN, run, snapshot

pytestmark = pytest.mark.skipif(BAYPLAN is None, reason="BAYPLAN names no program")


def subnets_of_groups(aws: StandIn, script: str) -> dict[str, str]:
    """The subnets that the script asks for, by group: one in each zone that it names."""
    by_zone = {row["AvailabilityZone"]: row["SubnetId"] for row in aws.client("ec2").describe_subnets()["Subnets"]}
    asked = {
        name: ",".join(by_zone[zone] for zone in zones.split())
        for name, zones in re.findall(r'"\$\{(SUBNET_IDS\w*):\?.*one in each of ([^}]*)\}"', script)
    }
    return {group: asked[name] for group, name in re.findall(r"^group '([^']+)' \"\$(\w+)\"", script, re.MULTILINE)}


def put_in(aws: StandIn, folder: Path) -> None:
    """Makes the requests of the files in their order."""
    ecs, groups, ec2 = aws.client("ecs"), aws.client("autoscaling"), aws.client("ec2")
    subnets = subnets_of_groups(aws, (folder / "apply.sh").read_text())

    def read(pattern: str) -> list[Any]:
        texts = [file.read_text() for file in sorted(folder.glob(pattern))]
        filled = [text.replace("@SECURITY_GROUP_IDS@", "sg-0123456789abcdef0") for text in texts]
        return [json.loads(text.replace("@INSTANCE_PROFILE@", "ecsInstanceRole")) for text in filled]

    for request in read("10-*.json"):
        ec2.create_launch_template(**request)
    for request in read("20-*-create.json"):
        zones = subnets[request["AutoScalingGroupName"]]
        groups.create_auto_scaling_group(**request, VPCZoneIdentifier=zones)
    for request in read("30-*-create.json"):
        part = request["autoScalingGroupProvider"]
        name = part["autoScalingGroupArn"].rsplit("/", 1)[-1]
        (group,) = groups.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"]
        part["autoScalingGroupArn"] = group["AutoScalingGroupARN"]
        ecs.create_capacity_provider(**request)
    # Old and new ones: AWS keeps a provider that tasks use, so that the old ones leave the list when the services have moved.
    for request in read("40-*.json"):
        ecs.put_cluster_capacity_providers(**request)
    aws.control("POST", "clock", {"advanceSeconds": 30})
    for request in read("50-*.json"):
        ecs.update_service(**request)
    aws.control("POST", "clock", {"advanceSeconds": 900})
    for request in read("60-*.json"):
        ecs.put_cluster_capacity_providers(**request)
    aws.control("POST", "clock", {"advanceSeconds": 30})


def test_nothing_differs_after_the_plans_settings(small: StandIn, tmp_path: Path) -> None:
    before, plan, after = tmp_path / "before.json", tmp_path / "plan.json", tmp_path / "after.json"
    assert snapshot(small, "small", before).code == 0
    assert run(small, "plan", str(before), "--format", "json", "--output", str(plan)).code == 0
    differs = run(small, "export", str(plan), "--diff", str(before), "--detailed-exitcode")
    assert differs.code == 3, differs.out + differs.err
    folder = tmp_path / "cli"
    done = run(small, "export", str(plan), "--cluster", str(before), "--format", "cli", "--output-dir", str(folder))
    assert done.code == 0, done.err
    put_in(small, folder)
    record = small.control("GET", "record")
    assert record["unsettledServices"] == []
    assert record["services"]["small/web"]["timesBelowMinimum"] == 0
    assert snapshot(small, "small", after).code == 0
    same = run(small, "export", str(plan), "--diff", str(after), "--detailed-exitcode")
    assert same.code == 0, same.out + same.err

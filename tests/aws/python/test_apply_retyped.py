"""A group that keeps its name and gets other types: instances of these come first, and those of the old ones go."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from applying import Files, begun_anew, locks, was_healthy
from conftest import StandIn
from program import BAYPLAN, run

pytestmark = pytest.mark.skipif(BAYPLAN is None, reason="BAYPLAN names no program")

TYPES = ("--allowed-instance-types", "c6a.xlarge")


def two_services() -> dict[str, Any]:
    """Four instances of a type that is too large, in two zones."""

    def definition(family: str, cpu: int) -> dict[str, Any]:
        container = {"name": "app", "image": "app:1", "cpu": cpu, "memory": 512}
        return {"family": family, "networkMode": "bridge", "requiresCompatibilities": ["EC2"], "containerDefinitions": [container]}

    def service(name: str, count: int) -> dict[str, Any]:
        return {
            "cluster": "prod", "serviceName": name, "taskDefinition": name, "desiredCount": count,
            "capacityProviderStrategy": [{"capacityProvider": "old", "weight": 1, "base": 0}],
            # Each instance has tasks: managed scaling leaves all of them where they are.
            "placementStrategy": [{"type": "spread", "field": "instanceId"}],
            "deploymentConfiguration": {"minimumHealthyPercent": 50, "maximumPercent": 200},
        }  # fmt: skip

    return {
        "clusters": [{"clusterName": "prod"}],
        "taskDefinitions": [definition("api", 1024), definition("web", 512)],
        "launchTemplates": [
            {"LaunchTemplateName": "nodes", "LaunchTemplateData": {
                "ImageId": "ami-0123456789abcdef0", "InstanceType": "m5.2xlarge",
                "userDataText": "echo ECS_CLUSTER=prod >> /etc/ecs/ecs.config"}}
        ],
        "groups": [
            {"AutoScalingGroupName": "old-asg", "MinSize": 0, "MaxSize": 6, "DesiredCapacity": 4, "groupZones": 2,
             "NewInstancesProtectedFromScaleIn": True, "LaunchTemplate": {"LaunchTemplateName": "nodes", "Version": "1"}}
        ],
        "capacityProviders": [
            {"name": "old", "autoScalingGroupProvider": {
                "autoScalingGroupArn": "old-asg", "managedScaling": {"status": "ENABLED", "targetCapacity": 100},
                "managedTerminationProtection": "ENABLED", "managedDraining": "ENABLED"}}
        ],
        "clusterCapacityProviders": [
            {"cluster": "prod", "capacityProviders": ["old"],
             "defaultCapacityProviderStrategy": [{"capacityProvider": "old", "weight": 1}]}
        ],
        "services": [service("api", 6), service("web", 4)],
    }  # fmt: skip


@pytest.fixture
def files(aws: StandIn, tmp_path: Path) -> Files:
    begun_anew(aws, lambda: aws.control("POST", "seed", two_services()))
    return Files(aws, tmp_path, "prod", None, *TYPES)


def kinds(aws: StandIn, cluster: str = "prod") -> list[str]:
    """Instance types of the container instances."""
    ecs = aws.client("ecs")
    arns = ecs.list_container_instances(cluster=cluster)["containerInstanceArns"]
    hosts = ecs.describe_container_instances(cluster=cluster, containerInstances=arns)["containerInstances"]
    found = [item["value"] for host in hosts for item in host["attributes"] if item["name"] == "ecs.instance-type"]
    return sorted(found)


def drained(files: Files) -> bool:
    return any(isinstance(entry, dict) and "drains" in entry for entry in files.entries())


def numbered(files: Files, text: str) -> int:
    """The number of the only step of which this is said."""
    shown = run(files.aws, "apply", str(files.snapshot), str(files.plan), "--allow-delete", "--max-instances-changed", "9")
    found = [line for line in shown.out.splitlines() if text in line]
    assert len(found) == 1, shown.out
    return int(found[0].split()[0])


def ended_well(files: Files) -> None:
    aws = files.aws
    assert kinds(aws) == ["c6a.xlarge", "c6a.xlarge"]
    was_healthy(aws)
    assert locks(aws) == []
    group = files.state()["autoScalingGroups"][0]
    assert (group["MinSize"], group["MaxSize"]) == (2, 2)


def test_the_new_ones_come_first_and_nothing_waits(files: Files) -> None:
    done = files.apply()
    assert done.code == 0, done.err
    ended_well(files)
    after = run(files.aws, "apply", str(files.snapshot), str(files.plan), "--verify")
    assert after.code == 0, after.out


def test_without_capacity_it_stops_before_anything_is_drained_and_says_what_aws_says(files: Files) -> None:
    aws, before = files.aws, files.state()
    aws.control("PUT", "capacity", {"shortOf": ["c6a.xlarge"]})
    stopped = files.apply("--step-timeout", "6")
    assert stopped.code == 32, stopped.err
    assert "4 of 6 instances of the group old-asg take tasks" in stopped.err, stopped.err
    assert "do not have sufficient c6a.xlarge capacity" in stopped.err, stopped.err
    assert not drained(files)
    back = files.go_on("--rollback")
    assert back.code == 0, back.err
    now = files.state()
    for group in now["autoScalingGroups"]:
        # ECS's tag does no harm where it stays.
        group["Tags"] = [tag for tag in group["Tags"] if tag[0] != "AmazonECSManaged"]
    assert now == before
    # What Auto Scaling was asked for comes as the old type, and managed scaling takes it away again.
    aws.control("POST", "clock", {"advanceSeconds": 7200})
    aws.control("POST", "settle", {})
    assert set(kinds(aws)) == {"m5.2xlarge"} and len(kinds(aws)) <= 4
    was_healthy(aws)


def test_once_there_is_capacity_it_goes_on(files: Files) -> None:
    files.aws.control("PUT", "capacity", {"shortOf": ["c6a.xlarge"]})
    stopped = files.apply("--step-timeout", "6")
    assert stopped.code == 32, stopped.err
    files.aws.control("PUT", "capacity", {"shortOf": []})
    done = files.go_on("--resume")
    assert done.code == 0, done.err
    ended_well(files)


def test_new_ones_that_managed_scaling_took_away_meanwhile_come_again(files: Files) -> None:
    """The run ends between the launch and the drain, and goes on the day after."""
    aws = files.aws
    least = numbered(files, "update group old-asg: minSize 6")
    first = files.apply("--max-steps", str(least))
    assert first.code == 0, first.err
    assert kinds(aws).count("c6a.xlarge") == 2
    aws.control("POST", "clock", {"advanceSeconds": 7200})
    aws.control("POST", "settle", {})
    assert kinds(aws).count("c6a.xlarge") < 2, kinds(aws)
    done = files.go_on("--resume")
    assert done.code == 0, done.err
    ended_well(files)


def test_an_instance_that_dies_between_two_steps_stops_nothing(files: Files) -> None:
    aws = files.aws
    least = numbered(files, "update group old-asg: minSize 6")
    first = files.apply("--max-steps", str(least))
    assert first.code == 0, first.err
    ecs = aws.client("ecs")
    arns = ecs.list_container_instances(cluster="prod")["containerInstanceArns"]
    hosts = ecs.describe_container_instances(cluster="prod", containerInstances=arns)["containerInstances"]
    old = [host["ec2InstanceId"] for host in hosts if {"name": "ecs.instance-type", "value": "m5.2xlarge"} in host["attributes"]]
    aws.client("autoscaling").terminate_instance_in_auto_scaling_group(
        InstanceId=old[0], ShouldDecrementDesiredCapacity=False
    )
    done = files.go_on("--resume")
    assert done.code == 0, done.err
    assert kinds(aws) == ["c6a.xlarge", "c6a.xlarge"]
    assert locks(aws) == []

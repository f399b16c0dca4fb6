"""The services of the media example as they may run today, on four groups of their own kinds: applied, and the next plan finds
nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from applying import Files, begun_anew, locks, was_healthy
from conftest import HERE, StandIn
from program import BAYPLAN, run

pytestmark = pytest.mark.skipif(BAYPLAN is None, reason="BAYPLAN names no program")

EXAMPLE = HERE.parents[2] / "data/examples/media-eu-west-1.yaml"
# Name, instance type, instances, image.
GROUPS = (
    ("general", "m5.2xlarge", 12, "ami-0ecs000000000x864"),
    ("compute", "c5.4xlarge", 7, "ami-0ecs000000000x864"),
    ("memory", "r6g.2xlarge", 4, "ami-0ecs000000000arm6"),
    ("gpu", "g4dn.xlarge", 2, "ami-0ecs000000000x864"),
)
OF_SERVICE = {"transcoder": "compute", "session-store": "memory", "subtitle-ml": "gpu"}
QUICKLY = ("--work-limit", "500000")


def today() -> dict[str, Any]:
    """The example's services with tasks on instances, each on the group that its owner may have chosen by hand."""
    read = yaml.safe_load(EXAMPLE.read_text())["services"]
    services = [it for it in read if it.get("launchType") != "FARGATE" and "desiredCount" in it]
    return {
        "clusters": [{"clusterName": "media"}],
        "launchTemplates": [
            {
                "LaunchTemplateName": f"media-{name}",
                "LaunchTemplateData": {
                    "ImageId": image,
                    "InstanceType": kind,
                    "userDataText": "echo ECS_CLUSTER=media >> /etc/ecs/ecs.config",
                },
            }
            for name, kind, _, image in GROUPS
        ],
        "groups": [
            {
                "AutoScalingGroupName": f"media-{name}",
                "MinSize": 0,
                "MaxSize": count * 2,
                "DesiredCapacity": count,
                "groupZones": 3,
                "NewInstancesProtectedFromScaleIn": True,
                "LaunchTemplate": {"LaunchTemplateName": f"media-{name}", "Version": "1"},
            }
            for name, _, count, _ in GROUPS
        ],
        "capacityProviders": [
            {
                "name": name,
                "autoScalingGroupProvider": {
                    "autoScalingGroupArn": f"media-{name}",
                    "managedScaling": {"status": "ENABLED", "targetCapacity": 100},
                    "managedTerminationProtection": "ENABLED",
                    "managedDraining": "ENABLED",
                },
            }
            for name, _, _, _ in GROUPS
        ],
        "clusterCapacityProviders": [
            {
                "cluster": "media",
                "capacityProviders": [name for name, _, _, _ in GROUPS],
                "defaultCapacityProviderStrategy": [{"capacityProvider": "general", "weight": 1}],
            }
        ],
        "taskDefinitions": [definition(service) for service in services],
        "services": [
            {
                "cluster": "media",
                "serviceName": service["serviceName"],
                "taskDefinition": service["serviceName"],
                "desiredCount": service["desiredCount"],
                "capacityProviderStrategy": [
                    {"capacityProvider": OF_SERVICE.get(service["serviceName"], "general"), "weight": 1, "base": 0}
                ],
                "placementStrategy": [{"type": "spread", "field": "attribute:ecs.availability-zone"}],
            }
            for service in services
        ],
    }


def definition(service: dict[str, Any]) -> dict[str, Any]:
    gigabytes = float(str(service["memory"]).split()[0])
    container = {"name": "app", "image": "app:1", "cpu": service["cpu"], "memory": int(gigabytes * 1024)}
    if "gpu" in service:
        container["resourceRequirements"] = [{"type": "GPU", "value": str(service["gpu"])}]
    is_arm = OF_SERVICE.get(service["serviceName"]) == "memory"
    return {
        "family": service["serviceName"],
        "networkMode": "bridge",
        "requiresCompatibilities": ["EC2"],
        "runtimePlatform": {"cpuArchitecture": "ARM64" if is_arm else "X86_64", "operatingSystemFamily": "LINUX"},
        "containerDefinitions": [container],
    }


def test_the_media_example_moves_and_the_next_plan_finds_nothing(aws: StandIn, tmp_path: Path) -> None:
    begun_anew(aws, lambda: aws.control("POST", "seed", today()), 300)
    files = Files(aws, tmp_path / "first", "media", None, *QUICKLY)
    done = files.apply()
    assert done.code == 0, done.err
    was_healthy(aws)
    assert aws.control("GET", "record")["unsettledServices"] == []
    assert locks(aws) == []
    again = Files(aws, tmp_path / "second", "media", None, *QUICKLY)
    words = ("apply", str(again.snapshot), str(again.plan), "--allow-delete", "--max-instances-changed", "100")
    nothing = run(aws, *words, "--detailed-exitcode")
    assert nothing.code == 0, nothing.out

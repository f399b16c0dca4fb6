"""A large cluster, described: services of many sizes on groups of many types."""

from __future__ import annotations

import random
from typing import Any

from . import catalogue

Json = dict[str, Any]

FAMILIES = ("m5", "c5", "r5", "m6i", "c6i", "r6i", "m7g", "c7g", "r7g", "m6g")
SIZES = ("xlarge", "2xlarge")
CPUS = (128, 256, 256, 512, 512, 1024)
MEMORY_PER_CPU = (1, 2, 2, 4)


def generated(
    services: int, instances: int, tasks: int, groups: int, types: int, cluster: str, region: str, seed: int
) -> Json:
    """A description for `seed`: the same arguments give the same one."""
    draw = random.Random(seed)
    names = [f"{family}.{size}" for size in SIZES for family in FAMILIES][:types]
    missing = [name for name in names if name not in catalogue.instance_types()]
    if len(names) < types or missing:
        raise ValueError(f"no {types} types to draw from")
    shares = _spread(instances, groups)
    of_group = [names[index::groups] or [names[index % len(names)]] for index in range(groups)]
    counts = _spread(tasks, services)
    return {
        "region": region,
        "clusters": [{"clusterName": cluster}],
        "launchTemplates": [_template(index, of_group[index][0], cluster) for index in range(groups)],
        "groups": [_group(index, of_group[index], shares[index]) for index in range(groups)],
        "capacityProviders": [_provider(index) for index in range(groups)],
        "clusterCapacityProviders": [
            {
                "cluster": cluster,
                "capacityProviders": [f"cp-{index:02}" for index in range(groups)] + ["FARGATE", "FARGATE_SPOT"],
                "defaultCapacityProviderStrategy": [{"capacityProvider": "cp-00", "weight": 1}],
            }
        ],
        "taskDefinitions": [_definition(index, draw, _arch(of_group[index % groups][0])) for index in range(services)],
        "services": [_service(index, counts[index], index % groups, cluster) for index in range(services)],
    }


def _spread(total: int, parts: int) -> list[int]:
    return [total // parts + (1 if index < total % parts else 0) for index in range(parts)]


def _arch(name: str) -> str:
    return catalogue.instance_types()[name].arch


def _template(index: int, name: str, cluster: str) -> Json:
    data = {
        "ImageId": "ami-0ecs000000000arm6" if _arch(name) == "arm64" else "ami-0ecs000000000x864",
        "InstanceType": name,
        "IamInstanceProfile": {"Name": "ecsInstanceRole"},
        "SecurityGroupIds": ["sg-0123456789abcdef0"],
        "userDataText": f"#!/bin/bash\necho ECS_CLUSTER={cluster} >> /etc/ecs/ecs.config\n",
    }
    return {"LaunchTemplateName": f"lt-{index:02}", "LaunchTemplateData": data}


def _group(index: int, names: list[str], count: int) -> Json:
    return {
        "AutoScalingGroupName": f"asg-{index:02}",
        "MinSize": 0,
        "MaxSize": count * 2,
        "DesiredCapacity": count,
        "groupZones": 3,
        "NewInstancesProtectedFromScaleIn": True,
        "MixedInstancesPolicy": {
            "LaunchTemplate": {
                "LaunchTemplateSpecification": {"LaunchTemplateName": f"lt-{index:02}", "Version": "1"},
                "Overrides": [{"InstanceType": name} for name in names],
            },
            "InstancesDistribution": {
                "OnDemandBaseCapacity": 0,
                "OnDemandPercentageAboveBaseCapacity": 50 if len(names) > 1 else 100,
                "OnDemandAllocationStrategy": "prioritized",
                "SpotAllocationStrategy": "diversified",
            },
        },
        "Tags": [{"Key": "AmazonECSManaged", "Value": "", "PropagateAtLaunch": True}],
    }


def _provider(index: int) -> Json:
    # Groups are named in place of ARNs, which a description cannot know; CreateCapacityProvider takes both.
    return {
        "name": f"cp-{index:02}",
        "autoScalingGroupProvider": {
            "autoScalingGroupArn": f"asg-{index:02}",
            "managedScaling": {"status": "ENABLED", "targetCapacity": 100},
            "managedTerminationProtection": "ENABLED",
            "managedDraining": "ENABLED",
        },
    }


def _definition(index: int, draw: random.Random, arch: str) -> Json:
    cpu = draw.choice(CPUS)
    memory = cpu * draw.choice(MEMORY_PER_CPU)
    return {
        "family": f"service-{index:03}",
        "networkMode": "bridge",
        "requiresCompatibilities": ["EC2"],
        "runtimePlatform": {
            "cpuArchitecture": "ARM64" if arch == "arm64" else "X86_64",
            "operatingSystemFamily": "LINUX",
        },
        "containerDefinitions": [
            {
                "name": "app",
                "image": "registry.example/app:1",
                "cpu": cpu,
                "memory": memory,
                "essential": True,
                "portMappings": [{"containerPort": 8080, "hostPort": 0}],
                "environment": [{"name": "DATABASE_URL", "value": "secret-in-the-environment"}],
                "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": f"service-{index:03}"}},
            }
        ],
    }


def _service(index: int, count: int, group: int, cluster: str) -> Json:
    spread = [{"type": "spread", "field": "attribute:ecs.availability-zone"}]
    return {
        "cluster": cluster,
        "serviceName": f"service-{index:03}",
        "taskDefinition": f"service-{index:03}",
        "desiredCount": count,
        "capacityProviderStrategy": [{"capacityProvider": f"cp-{group:02}", "weight": 1, "base": 0}],
        "placementStrategy": spread + [{"type": "binpack", "field": "memory"}] if index % 2 else spread,
        "deploymentConfiguration": {"maximumPercent": 200, "minimumHealthyPercent": 100},
    }

"""Fills a Region from a description: requests of the API in the order that AWS needs them, then time until all runs."""

from __future__ import annotations

import base64
from typing import Any

from .actions import ACTIONS
from .progress import until_quiet
from .refusal import Refusal
from .region import World

Json = dict[str, Any]

# The parts of a description in their order, and the action that each of their entries is a request of.
PARTS = (
    ("accountSettings", "ecs", "PutAccountSetting"),
    ("clusters", "ecs", "CreateCluster"),
    ("taskDefinitions", "ecs", "RegisterTaskDefinition"),
    ("launchTemplates", "ec2", "CreateLaunchTemplate"),
    ("groups", "autoscaling", "CreateAutoScalingGroup"),
    ("capacityProviders", "ecs", "CreateCapacityProvider"),
    ("clusterCapacityProviders", "ecs", "PutClusterCapacityProviders"),
    ("services", "ecs", "CreateService"),
    ("runTasks", "ecs", "RunTask"),
)


class SeedError(ValueError):
    """An entry that AWS would refuse."""


def seed(world: World, description: Json) -> Json:
    """Makes everything in a description. `groupZones` in a group means that many of the default subnets, in place of
    VPCZoneIdentifier; `userDataText` in a template's data is put into Base64."""
    region = world.region(description.get("region", "us-east-1"))
    known = {name for name, _, _ in PARTS} | {"region", "settle"}
    if unknown := set(description) - known:
        raise SeedError(f"unknown parts: {', '.join(sorted(unknown))}")
    made = {}
    for part, service, operation in PARTS:
        entries = description.get(part, [])
        if part in ("services", "runTasks") and entries:
            until_quiet(region, 600)
            region.clock.advance(120)
            until_quiet(region, 600)
        for number, entry in enumerate(entries):
            try:
                _check(service, operation, entry)
                ACTIONS[(service, operation)](region, _completed(region, part, entry))
            except Refusal as refusal:
                raise SeedError(f"{part}[{number}]: {refusal.code}: {refusal.message}") from refusal
        made[part] = len(entries)
    seconds = until_quiet(region, 3600) if description.get("settle", True) else 0.0
    return {"made": {name: count for name, count in made.items() if count}, "seconds": seconds} | counts(region)


def _check(service: str, operation: str, entry: Json) -> None:
    from .api_models import operation_model
    from .validation import validate
    from .wire import Call

    plain = {key: value for key, value in entry.items() if key != "groupZones"}
    if data := plain.get("LaunchTemplateData"):
        plain["LaunchTemplateData"] = {key: value for key, value in data.items() if key != "userDataText"}
    model = operation_model(service, operation)
    assert model is not None
    if unknown := set(plain) - set(model.input_shape.members):
        raise SeedError(f"{operation} has no members {', '.join(sorted(unknown))}")
    validate(Call(service, operation, "", "json", plain, model))


def _completed(region: Any, part: str, entry: Json) -> Json:
    entry = dict(entry)
    if part == "groups" and "groupZones" in entry:
        count = entry.pop("groupZones")
        entry["VPCZoneIdentifier"] = ",".join(list(region.subnets)[:count])
    if part == "launchTemplates" and "userDataText" in entry.get("LaunchTemplateData", {}):
        data = dict(entry["LaunchTemplateData"])
        data["UserData"] = base64.b64encode(data.pop("userDataText").encode()).decode()
        entry["LaunchTemplateData"] = data
    return entry


def counts(region: Any) -> Json:
    """What is there."""
    clusters = region.clusters.values()
    return {
        "services": sum(len(cluster.services) for cluster in clusters),
        "containerInstances": sum(len(cluster.hosts) for cluster in clusters),
        "runningTasks": sum(
            1 for cluster in clusters for task in cluster.tasks.values() if task.last_status == "RUNNING"
        ),
        "unsettledServices": sorted(
            service.name for cluster in clusters for service in cluster.services.values() if not service.settled
        ),
    }

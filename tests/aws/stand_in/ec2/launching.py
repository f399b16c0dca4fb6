"""How a group comes to its desired capacity: market, type and zone of each launch; which instance ends first.

Desired capacity is counted in weights. The part that is On-Demand is the base and the percentage above it, rounded up.
"""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

from .. import catalogue
from ..region import Region, Subnet
from .groups import Group, launch_data
from .instances import Instance, cluster_of, kind_of

Json = dict[str, Any]
# Seconds from the launch until the group counts an instance as in service.
LAUNCH_SECONDS = 40.0


def reconcile(region: Region, group: Group) -> None:
    """Launches or ends instances until the group has its desired capacity."""
    while "Launch" not in group.suspended and _capacity(group.instances(region)) < group.desired:
        if not _launch(region, group):
            break
    surplus = _capacity(group.instances(region)) - group.desired
    while surplus > 0 and "Terminate" not in group.suspended:
        victim = _victim(region, group, surplus)
        if victim is None:
            return
        terminate(region, victim, "a difference between desired and actual capacity shrinking the capacity")
        surplus -= victim.weight


def settle(region: Region) -> None:
    """Instances whose time has come are in service."""
    now = region.clock.seconds()
    for instance in region.instances.values():
        if instance.lifecycle == "Pending" and instance.in_service_at <= now:
            instance.lifecycle = "InService"


def terminate(region: Region, instance: Instance, cause: str) -> None:
    """Ends an instance; managed draining lets its tasks go first."""
    from ..ecs.managed import hold

    instance.protected = False
    group = region.groups.get(instance.group)
    if group is not None:
        note(region, group, f"Terminating EC2 instance: {instance.instance_id}", cause)
    if hold(region, instance):
        instance.lifecycle = "Terminating:Wait"
    else:
        finish(region, instance)


def finish(region: Region, instance: Instance) -> None:
    """An instance is gone, and what still ran on it."""
    from ..ecs.container_instances import lost

    instance.lifecycle = "Terminated"
    lost(region, instance)


def note(region: Region, group: Group, description: str, cause: str) -> Json:
    """Writes a scaling activity."""
    activity = {
        "ActivityId": region.identity("activity", 32),
        "AutoScalingGroupName": group.name,
        "Description": description,
        "Cause": cause,
        "StartTime": region.now(),
        "EndTime": region.now(),
        "StatusCode": "Successful",
        "Progress": 100,
        "Details": "{}",
    }
    group.activities.insert(0, activity)
    return activity


def _capacity(members: list[Instance]) -> int:
    return sum(instance.weight for instance in members)


def _launch(region: Region, group: Group) -> bool:
    """Whether there was capacity for it."""
    members = group.instances(region)
    subnet = _subnet(region, group, members)
    market, name, weight, specification = _offer(region, group, members, subnet)
    if name in region.short_of:
        _note_failure(region, group, name, subnet)
        return False
    template = launch_data(region, specification)
    now = region.clock.seconds()
    instance = Instance(
        instance_id=f"i-{region.identity('instance')}",
        group=group.name,
        kind=kind_of(name),
        subnet=subnet,
        market=market,
        template=template,
        launched=region.now(),
        in_service_at=now + LAUNCH_SECONDS,
        protected=bool(group.settings.get("NewInstancesProtectedFromScaleIn")),
        weight=weight,
        cluster=cluster_of(template["data"]),
        tags=[{"Key": tag["Key"], "Value": tag["Value"]} for tag in group.tags if tag.get("PropagateAtLaunch")],
    )
    region.instances[instance.instance_id] = instance
    note(
        region,
        group,
        f"Launching a new EC2 instance: {instance.instance_id}",
        "a difference between desired and actual capacity",
    )
    return True


def _note_failure(region: Region, group: Group, name: str, subnet: Subnet) -> None:
    """One activity stands for all attempts that follow each other."""
    said = (
        f"We currently do not have sufficient {name} capacity in the Availability Zone you requested ({subnet.zone}). "
        "Our system will be working on provisioning additional capacity. Launching EC2 instance failed."
    )
    if group.activities and group.activities[0].get("StatusMessage") == said:
        return
    activity = note(region, group, "Launching a new EC2 instance", "a difference between desired and actual capacity")
    activity |= {"StatusCode": "Failed", "StatusMessage": said}


def _subnet(region: Region, group: Group, members: list[Instance]) -> Subnet:
    """The zone with the fewest instances, the first subnet of it with the fewest."""
    zones: dict[str, int] = {}
    subnets: dict[str, int] = {}
    for instance in members:
        zones[instance.subnet.zone] = zones.get(instance.subnet.zone, 0) + 1
        subnets[instance.subnet.subnet_id] = subnets.get(instance.subnet.subnet_id, 0) + 1
    choices = group.subnets(region)
    return min(choices, key=lambda subnet: (zones.get(subnet.zone, 0), subnets.get(subnet.subnet_id, 0)))


def _offer(region: Region, group: Group, members: list[Instance], subnet: Subnet) -> tuple[str, str, int, Json]:
    """Market, type, weight and template of the next launch."""
    policy = group.settings.get("MixedInstancesPolicy")
    if policy is None:
        data = launch_data(region, group.settings["LaunchTemplate"])["data"]
        market = data.get("InstanceMarketOptions", {}).get("MarketType", "on-demand")
        return market, data["InstanceType"], 1, group.settings["LaunchTemplate"]
    specification = policy["LaunchTemplate"]["LaunchTemplateSpecification"]
    data = launch_data(region, specification)["data"]
    overrides = policy["LaunchTemplate"].get("Overrides") or [{"InstanceType": data["InstanceType"]}]
    market = _market(group, members)
    known = catalogue.zones_offering(region.name)
    offered = [o for o in overrides if subnet.zone_id in known.get(o["InstanceType"], [subnet.zone_id])] or overrides
    offered = [o for o in offered if o["InstanceType"] not in region.short_of] or offered
    override = _choose(region, group, market, offered, members)
    weight = int(override.get("WeightedCapacity", 1))
    return market, override["InstanceType"], weight, override.get("LaunchTemplateSpecification", specification)


def _market(group: Group, members: list[Instance]) -> str:
    distribution = group.distribution()
    base = distribution["OnDemandBaseCapacity"]
    above = max(group.desired - base, 0)
    wanted = min(base, group.desired) + math.ceil(above * distribution["OnDemandPercentageAboveBaseCapacity"] / 100)
    have = _capacity([instance for instance in members if instance.market == "on-demand"])
    return "on-demand" if have < wanted else "spot"


def _choose(region: Region, group: Group, market: str, offered: list[Json], members: list[Instance]) -> Json:
    distribution = group.distribution()
    strategy = distribution["OnDemandAllocationStrategy" if market == "on-demand" else "SpotAllocationStrategy"]
    if strategy in ("prioritized", "capacity-optimized", "capacity-optimized-prioritized"):
        return offered[0]
    if strategy == "diversified":
        return min(
            offered, key=lambda o: sum(1 for i in members if i.market == market and i.kind.name == o["InstanceType"])
        )
    return min(offered, key=lambda o: _unit_price(region, market, o))


def _unit_price(region: Region, market: str, override: Json) -> Decimal:
    name = override["InstanceType"]
    on_demand = catalogue.on_demand(region.name).get(name)
    price = on_demand if market == "on-demand" else catalogue.spot(region.name, name)
    if price is None:
        return Decimal("Infinity")
    return price / int(override.get("WeightedCapacity", 1))


def _victim(region: Region, group: Group, surplus: int) -> Instance | None:
    """The oldest unprotected instance of the zone with the most; none heavier than what is too much."""
    members = group.instances(region)
    zones: dict[str, int] = {}
    for instance in members:
        zones[instance.subnet.zone] = zones.get(instance.subnet.zone, 0) + 1
    free = [instance for instance in members if not instance.protected and instance.weight <= surplus]
    return min(free, key=lambda i: (-zones[i.subnet.zone], i.launched, i.instance_id), default=None)

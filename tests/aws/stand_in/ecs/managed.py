"""What capacity providers do by themselves: managed scaling out and in, termination protection, managed draining."""

from __future__ import annotations

import math

from ..ec2.groups import Group
from ..ec2.instances import Instance, kind_of
from ..ec2.launching import finish, reconcile
from ..region import Region
from .container_instances import drain
from .demand import RESERVED_PORTS, Demand
from .scheduler import waiting_demand
from .state import Cluster, ContainerInstance, Provider, provider_of

# An instance is empty for as long as CloudWatch's alarm takes, before scaling in looks at it.
SCALE_IN_SECONDS = 900.0


def settle(region: Region, cluster: Cluster) -> None:
    """One look at every provider of a cluster."""
    waiting = waiting_demand(region, cluster)
    for name in cluster.providers:
        provider = provider_of(region, cluster, name)
        group = _group(region, provider)
        if provider is None or group is None:
            continue
        hosts = [host for host in cluster.hosts.values() if host.provider == name]
        _drained(region, hosts)
        if provider.scaling.get("status") != "ENABLED":
            continue
        if waiting.get(name):
            _scale_out(region, group, provider, hosts, waiting[name])
        else:
            _scale_in(region, group, provider, hosts)


def _group(region: Region, provider: Provider | None) -> Group | None:
    if provider is None or provider.group_arn is None:
        return None
    return next((group for group in region.groups.values() if group.arn == provider.group_arn), None)


def _scale_out(
    region: Region, group: Group, provider: Provider, hosts: list[ContainerInstance], waiting: list[Demand]
) -> None:
    """As many instances as the waiting tasks need on the group's first type, unless some are on their way already."""
    registered = {host.instance.instance_id for host in hosts}
    if any(instance.instance_id not in registered for instance in group.instances(region)):
        return
    needed = _needed(region, group, waiting)
    step = min(max(needed, provider.scaling["minimumScalingStepSize"]), provider.scaling["maximumScalingStepSize"])
    group.desired = min(max(group.desired, 0) + step, group.settings["MaxSize"])
    reconcile(region, group)


def _needed(region: Region, group: Group, waiting: list[Demand]) -> int:
    """First fit of the waiting tasks on empty instances of the first type."""
    from ..ec2.groups import launch_data

    policy = group.settings.get("MixedInstancesPolicy")
    if policy:
        overrides = policy["LaunchTemplate"].get("Overrides", [])
        specification = policy["LaunchTemplate"]["LaunchTemplateSpecification"]
        name = (
            overrides[0].get("InstanceType")
            if overrides
            else launch_data(region, specification)["data"]["InstanceType"]
        )
    else:
        name = launch_data(region, group.settings["LaunchTemplate"])["data"]["InstanceType"]
    kind = kind_of(name)
    bins: list[list[int]] = []
    for wanted in waiting:
        free = next((b for b in bins if b[0] >= wanted.cpu and b[1] >= wanted.memory and b[2] >= wanted.enis), None)
        if free is None:
            free = [kind.vcpu * 1024, kind.registered_memory_mib, max(kind.max_enis - 1, 0)]
            bins.append(free)
        free[0] -= wanted.cpu
        free[1] -= wanted.memory
        free[2] -= wanted.enis
        if wanted.ports - RESERVED_PORTS:
            free[0] = -1
    return len(bins)


def _scale_in(region: Region, group: Group, provider: Provider, hosts: list[ContainerInstance]) -> None:
    """Empty instances go when they were empty for long, as far as the target capacity and the minimum let them."""
    now = region.clock.seconds()
    daemons = {s.name for cluster in region.clusters.values() for s in cluster.services.values() if s.daemon}
    busy = [host for host in hosts if any(task.service not in daemons for task in host.tasks.values())]
    empty = [host for host in hosts if host not in busy and host.instance.alive]
    for host in empty:
        if host.empty_since is None:
            host.empty_since = now
    kept = math.ceil(len(busy) * 100 / provider.scaling["targetCapacity"])
    surplus = min(
        len(hosts) - kept, group.desired - group.settings["MinSize"], provider.scaling["maximumScalingStepSize"]
    )
    protection = provider.row["autoScalingGroupProvider"].get("managedTerminationProtection") == "ENABLED"
    ready = [host for host in empty if host.empty_since is not None and now - host.empty_since >= SCALE_IN_SECONDS]
    chosen = ready[: max(surplus, 0)]
    if not chosen:
        return
    if protection:
        for host in chosen:
            host.instance.protected = False
    group.desired -= sum(host.instance.weight for host in chosen)
    reconcile(region, group)


def _drained(region: Region, hosts: list[ContainerInstance]) -> None:
    """Instances that wait at the lifecycle hook of managed draining end when their last task has."""
    for host in hosts:
        if host.instance.lifecycle == "Terminating:Wait" and not host.tasks:
            finish(region, host.instance)


def hold(region: Region, instance: Instance) -> bool:
    """Whether managed draining keeps an instance that the group ends: it drains first."""
    for cluster in region.clusters.values():
        for host in cluster.hosts.values():
            if host.instance is not instance or not host.tasks or host.provider is None:
                continue
            provider = provider_of(region, cluster, host.provider)
            if provider and provider.row.get("autoScalingGroupProvider", {}).get("managedDraining") == "ENABLED":
                drain(cluster, host)
                return True
    return False

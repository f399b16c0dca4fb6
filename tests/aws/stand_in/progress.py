"""What happened since the last look: instances came up, tasks started and stopped, deployments ended.

Worked off in steps of time, so that a clock that was moved by an hour shows what an hour brings.
"""

from __future__ import annotations

from .ec2 import launching
from .ecs import container_instances, managed, scheduler, tasks
from .region import Region

STEP_SECONDS = 5.0
# A longer time is worked off in this many larger steps.
MOST_STEPS = 720


def settle(region: Region) -> None:
    """Brings a Region to the present, if time for a step has passed or a call changed something since."""
    clock = region.clock
    now = clock.seconds()
    passed = now - region.settled_at
    if passed < STEP_SECONDS and not region.changed:
        return
    step = max(STEP_SECONDS, passed / MOST_STEPS)
    moment = region.settled_at
    try:
        while moment < now and not _quiet(region):
            moment = min(moment + step, now)
            clock.pin(moment)
            _step(region)
        if region.changed:
            clock.pin(now)
            _step(region)
    finally:
        clock.pin(None)
    region.settled_at = now
    region.changed = False


def _step(region: Region) -> None:
    launching.settle(region)
    container_instances.register(region)
    for cluster in region.clusters.values():
        tasks.settle(region, cluster)
        scheduler.settle(region, cluster)
        managed.settle(region, cluster)


def _quiet(region: Region) -> bool:
    """Nothing is under way that time alone would change."""
    if any(instance.lifecycle in ("Pending", "Terminating:Wait") for instance in region.instances.values()):
        return False
    registered = sum(len(cluster.hosts) for cluster in region.clusters.values())
    up = sum(1 for instance in region.instances.values() if instance.lifecycle == "InService")
    if registered < up and region.clusters:
        return False
    for cluster in region.clusters.values():
        if any(not service.settled and service.row["status"] != "INACTIVE" for service in cluster.services.values()):
            return False
        if any(task.last_status in ("PENDING", "DEACTIVATING") for task in cluster.tasks.values()):
            return False
        if any(not host.tasks for host in cluster.hosts.values()):
            return False
    return True


def until_quiet(region: Region, most_seconds: float) -> float:
    """Moves the clock forward until services and tasks are at rest; returns the seconds that took."""
    start = region.clock.seconds()
    region.changed = True
    settle(region)
    while not _at_rest(region) and region.clock.seconds() - start < most_seconds:
        region.clock.advance(STEP_SECONDS)
        settle(region)
    return region.clock.seconds() - start


def _at_rest(region: Region) -> bool:
    return all(
        all(service.settled for service in cluster.services.values())
        and not any(task.last_status in ("PENDING", "DEACTIVATING") for task in cluster.tasks.values())
        for cluster in region.clusters.values()
    )

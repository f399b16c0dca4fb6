"""The service scheduler: brings each service to its desired count, replacing tasks of older deployments and of
draining instances within minimumHealthyPercent and maximumPercent.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from ..region import Region
from . import deployments, task_definitions
from .demand import Demand, demand
from .placement import choose, fits, holds
from .state import FARGATE, Cluster, ContainerInstance, Service, Task, provider_of
from .tasks import start, stop

Json = dict[str, Any]
# Seconds between two looks at a service that is not settled.
TICK_SECONDS = 5.0


@dataclass
class Standing:
    """The tasks of a service by what they are: of the primary deployment on a usable instance, or to be replaced."""

    fresh: list[Task]
    stale: list[Task]

    @property
    def running(self) -> int:
        """Tasks that serve."""
        return sum(1 for task in self.fresh + self.stale if task.last_status == "RUNNING")


def settle(region: Region, cluster: Cluster) -> None:
    """Looks at every service whose time has come."""
    now = region.clock.seconds()
    due = [
        s for s in cluster.services.values() if not s.settled and s.next_tick <= now and s.row["status"] != "INACTIVE"
    ]
    if not due:
        return
    by_service: dict[str, list[Task]] = {service.name: [] for service in due}
    for task in cluster.tasks.values():
        if task.service in by_service and task.last_status != "STOPPED":
            by_service[task.service].append(task)
    for service in due:
        service.next_tick = now + TICK_SECONDS
        _tick(region, cluster, service, by_service[service.name])


def _tick(region: Region, cluster: Cluster, service: Service, tasks: list[Task]) -> None:
    if service.row["status"] == "DRAINING":
        if not tasks:
            service.row["status"] = "INACTIVE"
            service.deployments = []
        return
    if not service.deployments:
        service.settled = True
        return
    _fail(region, service, tasks)
    primary = service.primary.identity
    alive = [task for task in tasks if task.desired_status == "RUNNING"]
    standing = Standing(
        [task for task in alive if task.deployment == primary and not _draining(task)],
        [task for task in alive if task.deployment != primary or _draining(task)],
    )
    if service.daemon:
        _daemon(region, cluster, service, standing)
    else:
        _replica(region, cluster, service, standing)
    _after(region, service, standing, stopping=len(tasks) - len(alive))


def _draining(task: Task) -> bool:
    return task.host is not None and task.host.status == "DRAINING"


def _fail(region: Region, service: Service, tasks: list[Task]) -> None:
    """A service that was told to fail: tasks of its primary deployment stop before they run."""
    if not service.fails:
        return
    for task in tasks:
        if (
            task.deployment == service.primary.identity
            and task.last_status == "PENDING"
            and task.desired_status == "RUNNING"
        ):
            stop(region, task, "TaskFailedToStart", "CannotPullContainerError: the image is not there")
            deployments.task_failed(region, service)


def _replica(region: Region, cluster: Cluster, service: Service, standing: Standing) -> None:
    desired = service.row["desiredCount"]
    configuration = service.row["deploymentConfiguration"]
    lower = math.ceil(desired * configuration["minimumHealthyPercent"] / 100)
    upper = math.floor(desired * configuration["maximumPercent"] / 100)
    service.waiting = 0
    while len(standing.fresh) < desired and len(standing.fresh) + len(standing.stale) < max(
        upper, desired if not standing.stale else 0
    ):
        task = _place(region, cluster, service, standing.fresh + standing.stale)
        if task is None:
            service.waiting = desired - len(standing.fresh)
            # Not while the service comes up for the first time.
            service.ever_waited += service.steady_once
            deployments.say(
                region,
                service,
                f"(service {service.name}) was unable to place a task because no container instance met all of its requirements.",
            )
            break
        standing.fresh.append(task)
    _stop_surplus(region, service, standing, desired, lower)


def _stop_surplus(region: Region, service: Service, standing: Standing, desired: int, lower: int) -> None:
    """Tasks that are too many go first, then stale ones as far as the lower bound lets them."""
    for task in reversed(standing.fresh[desired:]):
        stop(
            region,
            task,
            "ServiceSchedulerInitiated",
            f"Scaling activity initiated by (deployment {service.primary.identity})",
        )
        standing.fresh.remove(task)
    healthy = standing.running
    for task in list(standing.stale):
        serving = task.last_status == "RUNNING"
        enough = len(standing.fresh) + len(standing.stale) > desired or service.row["desiredCount"] == 0
        if serving and healthy - 1 < lower and not (desired < healthy and enough):
            continue
        stop(
            region,
            task,
            "ServiceSchedulerInitiated",
            f"Scaling activity initiated by (deployment {service.primary.identity})",
        )
        standing.stale.remove(task)
        healthy -= int(serving)


def _daemon(region: Region, cluster: Cluster, service: Service, standing: Standing) -> None:
    """One task on each active instance that satisfies the constraints and has room."""
    definition = task_definitions.find(region, service.primary.settings["taskDefinition"])
    for task in list(standing.stale):
        stop(region, task, "ServiceSchedulerInitiated", "The daemon's task is replaced")
        standing.stale.remove(task)
    there = {task.host.arn for task in standing.fresh if task.host}
    expressions = [c["expression"] for c in service.row["placementConstraints"] if c["type"] == "memberOf"]
    wanted = demand(definition)
    eligible = [h for h in cluster.hosts.values() if h.status == "ACTIVE" and all(holds(e, h) for e in expressions)]
    for host in eligible:
        if host.arn not in there and fits(host, wanted):
            subnet = host.instance.subnet.subnet_id
            task = start(
                region, cluster, definition, host, subnet, host.provider, service.name, service.primary.identity
            )
            standing.fresh.append(task)
    service.row["desiredCount"] = len(eligible)


def _place(region: Region, cluster: Cluster, service: Service, others: list[Task]) -> Task | None:
    """The next task of the primary deployment, on the provider whose turn it is."""
    deployment = service.primary
    settings = deployment.settings
    definition = task_definitions.find(region, settings["taskDefinition"])
    own = [task for task in others if task.deployment == deployment.identity]
    provider = next_provider(settings.get("capacityProviderStrategy") or [], own)
    if provider in FARGATE or settings.get("launchType") == "FARGATE":
        subnets = settings.get("networkConfiguration", {}).get("awsvpcConfiguration", {}).get("subnets", [])
        subnet = min(subnets, key=lambda text: sum(1 for task in own if task.subnet == text), default="")
        return start(region, cluster, definition, None, subnet, provider, service.name, deployment.identity)
    host = choose(
        _hosts(region, cluster, provider), demand(definition), own, service.row | _constraints(service, definition)
    )
    if host is None:
        return None
    subnet = host.instance.subnet.subnet_id
    return start(region, cluster, definition, host, subnet, provider, service.name, deployment.identity)


def _constraints(service: Service, definition: Json) -> Json:
    """The service's constraints and those of the task definition."""
    return {"placementConstraints": [*service.row["placementConstraints"], *definition.get("placementConstraints", [])]}


def _hosts(region: Region, cluster: Cluster, provider: str | None) -> list[ContainerInstance]:
    if provider is None:
        return list(cluster.hosts.values())
    known = provider_of(region, cluster, provider)
    if known is None or known.group_arn is None:
        return []
    return [host for host in cluster.hosts.values() if host.provider == provider]


def next_provider(strategy: list[Json], own: list[Task]) -> str | None:
    """The base first, then the provider that is furthest below its weight."""
    if not strategy:
        return None
    count = {item["capacityProvider"]: 0 for item in strategy}
    for task in own:
        if task.provider in count:
            count[task.provider] += 1
    for item in strategy:
        if count[item["capacityProvider"]] < item.get("base", 0):
            return item["capacityProvider"]
    weighted = [item for item in strategy if item.get("weight", 0) > 0] or strategy[:1]
    return min(
        weighted,
        key=lambda item: (count[item["capacityProvider"]] - item.get("base", 0) + 1) / max(item.get("weight", 0), 1),
    )["capacityProvider"]


def _after(region: Region, service: Service, standing: Standing, stopping: int) -> None:
    """Records, and whether the service has come to rest."""
    desired = service.row["desiredCount"]
    up = sum(1 for task in standing.fresh if task.last_status == "RUNNING")
    deployments.progress(region, service, up, len(standing.fresh) - up)
    _keep_record(service, standing)
    if up != desired or standing.stale or len(standing.fresh) != desired:
        return
    deployments.complete(region, service)
    service.steady_once = True
    if stopping == 0:
        service.settled = True
        deployments.say(region, service, f"(service {service.name}) has reached a steady state.")


def _keep_record(service: Service, standing: Standing) -> None:
    """Whether the service ever went below its minimum after it was steady for the first time."""
    if not service.steady_once or service.daemon:
        return
    running = standing.running
    least = math.ceil(
        service.row["desiredCount"] * service.row["deploymentConfiguration"]["minimumHealthyPercent"] / 100
    )
    service.lowest_running = running if service.lowest_running is None else min(service.lowest_running, running)
    if running < least:
        service.below_minimum += 1


def waiting_demand(region: Region, cluster: Cluster) -> dict[str, list[Demand]]:
    """Demands of tasks that wait for room, by the provider whose turn it is."""
    found: dict[str, list[Demand]] = {}
    for service in cluster.services.values():
        if not service.waiting or service.row["status"] != "ACTIVE":
            continue
        settings = service.primary.settings
        own = [
            t
            for t in cluster.tasks.values()
            if t.deployment == service.primary.identity and t.desired_status == "RUNNING"
        ]
        provider = next_provider(settings.get("capacityProviderStrategy") or [], own)
        if provider is not None:
            definition = task_definitions.find(region, settings["taskDefinition"])
            found.setdefault(provider, []).extend([demand(definition)] * service.waiting)
    return found

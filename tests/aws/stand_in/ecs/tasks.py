"""Tasks: started, stopped, listed, described."""

from __future__ import annotations

from typing import Any

from ..actions import action
from ..paging import page
from ..refusal import invalid_parameter
from ..region import Region
from . import task_definitions
from .demand import demand
from .placement import choose, give_back, take
from .state import Cluster, ContainerInstance, Task, find_cluster, short

Json = dict[str, Any]
# Seconds from the placement to RUNNING, and from the stop to STOPPED.
START_SECONDS = 20.0
STOP_SECONDS = 10.0
# Stopped tasks are described for an hour.
KEEP_SECONDS = 3600.0


def start(
    region: Region,
    cluster: Cluster,
    definition: Json,
    host: ContainerInstance | None,
    subnet_id: str,
    provider: str | None,
    service: str | None = None,
    deployment: str | None = None,
    extra: Json | None = None,
) -> Task:
    """A task that is placed: on an instance, or on Fargate in a subnet."""
    subnet = region.subnets.get(subnet_id)
    fargate = host is None
    task = Task(
        arn=region.arn("ecs", f"task/{cluster.name}/{region.identity('task', 32)}"),
        definition=definition,
        service=service,
        deployment=deployment,
        launch_type="FARGATE" if fargate else "EC2",
        provider=provider,
        zone=host.instance.subnet.zone if host else (subnet.zone if subnet else f"{region.name}a"),
        subnet=subnet_id,
        host=host,
        created=region.now(),
        changes_at=region.clock.seconds() + START_SECONDS,
        extra=extra or {},
    )
    cluster.tasks[task.arn] = task
    if host is not None:
        take(host, task, demand(definition))
    return task


def stop(region: Region, task: Task, code: str, reason: str) -> None:
    """Asks a task to stop; it is gone after STOP_SECONDS."""
    if task.desired_status == "STOPPED":
        return
    task.desired_status = "STOPPED"
    task.stop_code, task.stopped_reason = code, reason
    task.changes_at = region.clock.seconds() + STOP_SECONDS
    if task.last_status == "RUNNING":
        task.last_status = "DEACTIVATING"


def stop_now(region: Region, cluster: Cluster, task: Task, code: str, reason: str) -> None:
    """A task whose instance is gone."""
    stop(region, task, code, reason)
    _stopped(region, task)
    if task.service in cluster.services:
        cluster.services[task.service].settled = False


def kill(region: Region, cluster: Cluster, task: Task, exit_code: int, reason: str | None) -> None:
    """An essential container of a task ends by itself, or by the kernel."""
    task.container_end = {"exitCode": exit_code} | ({"reason": reason} if reason else {})
    stop_now(region, cluster, task, "EssentialContainerExited", "Essential container in task exited")
    task.changes_at = region.clock.seconds()


def _stopped(region: Region, task: Task) -> None:
    task.last_status = "STOPPED"
    task.stopped = region.now()
    if task.host is not None:
        give_back(task.host, task, demand(task.definition))
        if not task.host.tasks:
            task.host.empty_since = region.clock.seconds()


def settle(region: Region, cluster: Cluster) -> None:
    """Tasks whose time has come are RUNNING or STOPPED; those stopped long ago are forgotten."""
    now = region.clock.seconds()
    old = []
    for task in cluster.tasks.values():
        if task.last_status == "RUNNING" or task.changes_at > now:
            continue
        if task.last_status == "STOPPED":
            if now - task.changes_at > KEEP_SECONDS:
                old.append(task.arn)
        elif task.desired_status == "STOPPED":
            _stopped(region, task)
        else:
            task.last_status = "RUNNING"
            task.started = region.now()
    for arn in old:
        del cluster.tasks[arn]


@action("ecs", "RunTask")
def run(region: Region, request: Json) -> Json:
    cluster = find_cluster(region, request.get("cluster"))
    definition = task_definitions.find(region, request["taskDefinition"])
    strategy = request.get("capacityProviderStrategy") or []
    provider = strategy[0]["capacityProvider"] if strategy else None
    subnets = request.get("networkConfiguration", {}).get("awsvpcConfiguration", {}).get("subnets", [])
    on_fargate = request.get("launchType") == "FARGATE" or provider in ("FARGATE", "FARGATE_SPOT")
    started, failures = [], []
    for _ in range(request.get("count", 1)):
        if on_fargate:
            if not subnets:
                raise invalid_parameter(
                    "Network Configuration must be provided when networkMode 'awsvpc' is specified."
                )
            started.append(start(region, cluster, definition, None, subnets[0], provider, extra=_extra(request)))
            continue
        hosts = [host for host in cluster.hosts.values() if provider in (None, host.provider)]
        host = choose(hosts, demand(definition), started, request)
        if host is None:
            failures.append(
                {
                    "arn": cluster.arn,
                    "reason": "RESOURCE:CPU" if hosts else "No Container Instances were found in your cluster.",
                }
            )
        else:
            subnet = host.instance.subnet.subnet_id
            started.append(start(region, cluster, definition, host, subnet, provider, extra=_extra(request)))
    return {"tasks": [describe_one(cluster, task) for task in started], "failures": failures}


def _extra(request: Json) -> Json:
    return {
        key: request[key]
        for key in ("group", "startedBy", "overrides", "tags", "enableExecuteCommand")
        if key in request
    }


@action("ecs", "StopTask")
def stop_task(region: Region, request: Json) -> Json:
    cluster = find_cluster(region, request.get("cluster"))
    task = find(cluster, request["task"])
    if task is None:
        raise invalid_parameter("The referenced task was not found.")
    stop(region, task, "UserInitiated", request.get("reason", "Task stopped by user"))
    if task.service in cluster.services:
        cluster.services[task.service].settled = False
    return {"task": describe_one(cluster, task)}


def find(cluster: Cluster, name_or_arn: str) -> Task | None:
    """A task by ARN or identity."""
    return cluster.tasks.get(name_or_arn) or next(
        (t for a, t in cluster.tasks.items() if short(a) == name_or_arn), None
    )


@action("ecs", "ListTasks")
def list_(region: Region, request: Json) -> Json:
    cluster = find_cluster(region, request.get("cluster"))
    service, host = request.get("serviceName"), request.get("containerInstance")
    desired, family = request.get("desiredStatus", "RUNNING"), request.get("family")
    launch_type, started_by = request.get("launchType"), request.get("startedBy")
    if service is not None and short(service) not in cluster.services:
        raise invalid_parameter(f"Service {service} not found.")
    arns = [
        arn
        for arn, task in cluster.tasks.items()
        if task.desired_status == desired
        and (service is None or task.service == short(service))
        and (host is None or (task.host is not None and short(task.host.arn) == short(host)))
        and family in (None, task.definition["family"])
        and launch_type in (None, task.launch_type)
        and started_by in (None, task.deployment, task.extra.get("startedBy"))
    ]
    question = [cluster.name, service, host, desired, family, launch_type, started_by]
    shown, token = page(arns, min(request.get("maxResults", 100), 100), request.get("nextToken"), question)
    return {"taskArns": shown} | ({"nextToken": token} if token else {})


@action("ecs", "DescribeTasks")
def describe(region: Region, request: Json) -> Json:
    cluster = find_cluster(region, request.get("cluster"))
    if not 0 < len(request["tasks"]) <= 100:
        raise invalid_parameter("Tasks must have 1 to 100 elements.")
    rows, failures = [], []
    for text in request["tasks"]:
        task = find(cluster, text)
        if task is None:
            failures.append({"arn": text, "reason": "MISSING"})
        else:
            rows.append(describe_one(cluster, task))
    return {"tasks": rows, "failures": failures}


def describe_one(cluster: Cluster, task: Task) -> Json:
    """As DescribeTasks gives it."""
    identity = short(task.arn)
    definition = task.definition
    row: Json = {
        "taskArn": task.arn,
        "clusterArn": cluster.arn,
        "taskDefinitionArn": definition["taskDefinitionArn"],
        "availabilityZone": task.zone,
        "launchType": task.launch_type,
        "lastStatus": task.last_status,
        "desiredStatus": task.desired_status,
        "connectivity": "CONNECTED",
        "cpu": str(demand(definition).cpu),
        "memory": str(demand(definition).memory),
        "createdAt": task.created,
        "group": f"service:{task.service}" if task.service else f"family:{definition['family']}",
        "healthStatus": "UNKNOWN",
        "overrides": {"containerOverrides": [{"name": c["name"]} for c in definition["containerDefinitions"]]},
        "attachments": [],
        "attributes": [],
        "tags": [],
        "version": 2,
        "containers": [
            {
                "containerArn": task.arn.replace(":task/", ":container/") + f"/{number}",
                "taskArn": task.arn,
                "name": container["name"],
                "image": container["image"],
                "lastStatus": "STOPPED" if task.last_status == "STOPPED" else task.last_status,
                "networkBindings": [],
                "networkInterfaces": [],
                "cpu": str(container.get("cpu", 0)),
            }
            | (task.container_end if number == 0 else {})
            for number, container in enumerate(definition["containerDefinitions"])
        ],
    }
    if definition.get("networkMode") == "awsvpc":
        details = [
            {"name": "subnetId", "value": task.subnet},
            {"name": "networkInterfaceId", "value": f"eni-{identity[:17]}"},
        ]
        row["attachments"] = [
            {"id": identity, "type": "ElasticNetworkInterface", "status": "ATTACHED", "details": details}
        ]
    optional = {
        "containerInstanceArn": task.host.arn if task.host else None,
        "capacityProviderName": task.provider,
        "startedBy": task.deployment,
        "startedAt": task.started,
        "stoppedAt": task.stopped,
        "stopCode": task.stop_code,
        "stoppedReason": task.stopped_reason,
        "platformVersion": "1.4.0" if task.launch_type == "FARGATE" else None,
        "platformFamily": "Linux" if task.launch_type == "FARGATE" else None,
    }
    return row | {key: value for key, value in optional.items() if value is not None} | task.extra

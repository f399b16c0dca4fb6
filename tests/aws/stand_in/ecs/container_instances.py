"""Container instances: registered when a group's instance is up, drained, lost."""

from __future__ import annotations

from typing import Any

from ..actions import action
from ..ec2.instances import Instance
from ..paging import page
from ..refusal import Refusal, invalid_parameter
from ..region import Region
from .clusters import provider_of_host
from .demand import RESERVED_PORTS
from .placement import holds
from .state import Cluster, ContainerInstance, find_cluster, short

Json = dict[str, Any]
# Seconds from an instance in service to its agent's registration.
REGISTER_SECONDS = 20.0


def register(region: Region) -> None:
    """Registers the instances whose agent has come up by now."""
    known = {host.instance.instance_id for cluster in region.clusters.values() for host in cluster.hosts.values()}
    now = region.clock.seconds()
    for instance in region.instances.values():
        if instance.instance_id in known or instance.lifecycle != "InService":
            continue
        if now < instance.in_service_at + REGISTER_SECONDS:
            continue
        cluster = _cluster(region, instance)
        if cluster is not None:
            _register(region, cluster, instance)


def _cluster(region: Region, instance: Instance) -> Cluster | None:
    """The cluster of its user data; a template without one belongs to the cluster whose provider has the group."""
    if instance.cluster is not None:
        return region.clusters.get(instance.cluster)
    for cluster in region.clusters.values():
        if provider_of_host(region, cluster, instance.group):
            return cluster
    return None


def _register(region: Region, cluster: Cluster, instance: Instance) -> None:
    kind = instance.kind
    arn = region.arn("ecs", f"container-instance/{cluster.name}/{region.identity('container-instance', 32)}")
    trunk = None
    if region.account_settings.get("awsvpcTrunking") == "enabled" and kind.branch_enis:
        trunk = kind.branch_enis
    host = ContainerInstance(
        arn=arn,
        instance=instance,
        registered=region.now(),
        cpu=kind.vcpu * 1024,
        memory=kind.registered_memory_mib,
        gpus=kind.gpus,
        trunk_enis=trunk,
        attributes=_attributes(instance, trunk is not None),
        provider=provider_of_host(region, cluster, instance.group),
        empty_since=region.clock.seconds(),
    )
    host.used_ports = set(RESERVED_PORTS)
    cluster.hosts[arn] = host
    for service in cluster.services.values():
        service.settled = service.settled and not service.waiting and not service.daemon


def _attributes(instance: Instance, trunked: bool) -> list[Json]:
    values = {
        "ecs.ami-id": instance.template["data"].get("ImageId", "ami-0ecs0000000000000"),
        "ecs.availability-zone": instance.subnet.zone,
        "ecs.cpu-architecture": instance.kind.arch,
        "ecs.instance-type": instance.kind.name,
        "ecs.os-family": "LINUX",
        "ecs.os-type": "linux",
        "ecs.subnet-id": instance.subnet.subnet_id,
    }
    flags = [
        "com.amazonaws.ecs.capability.docker-remote-api.1.44",
        "com.amazonaws.ecs.capability.logging-driver.awslogs",
        "com.amazonaws.ecs.capability.task-iam-role",
        "ecs.capability.task-eni",
    ]
    flags += ["ecs.awsvpc-trunk-id"] if trunked else []
    return [{"name": name, "value": value} for name, value in values.items()] + [{"name": name} for name in flags]


def lost(region: Region, instance: Instance) -> None:
    """An instance is gone: its tasks stop, its registration ends."""
    from .tasks import stop_now

    for cluster in region.clusters.values():
        for arn, host in list(cluster.hosts.items()):
            if host.instance is instance:
                for task in list(host.tasks.values()):
                    stop_now(
                        region,
                        cluster,
                        task,
                        "TerminationNotice",
                        f"Host EC2 (instance {instance.instance_id}) terminated.",
                    )
                del cluster.hosts[arn]


def _resources(cpu: int, memory: int, gpus: int, ports: set[tuple[str, int]]) -> list[Json]:
    def number(name: str, value: int) -> Json:
        return {"name": name, "type": "INTEGER", "doubleValue": 0.0, "longValue": 0, "integerValue": value}

    def strings(name: str, values: list[str]) -> Json:
        return {
            "name": name,
            "type": "STRINGSET",
            "doubleValue": 0.0,
            "longValue": 0,
            "integerValue": 0,
            "stringSetValue": values,
        }

    tcp = [str(port) for protocol, port in sorted(ports) if protocol == "tcp"]
    udp = [str(port) for protocol, port in sorted(ports) if protocol == "udp"]
    rows = [number("CPU", cpu), number("MEMORY", memory), strings("PORTS", tcp), strings("PORTS_UDP", udp)]
    return rows + ([strings("GPU", [f"GPU-{index}" for index in range(gpus)])] if gpus else [])


def describe_one(host: ContainerInstance) -> Json:
    """As DescribeContainerInstances gives it."""
    statuses = [task.last_status for task in host.tasks.values()]
    row: Json = {
        "containerInstanceArn": host.arn,
        "ec2InstanceId": host.instance.instance_id,
        "version": 3 + len(host.tasks),
        "versionInfo": {"agentVersion": "1.98.0", "agentHash": "0a1b2c3d", "dockerVersion": "DockerVersion: 25.0.8"},
        "registeredResources": _resources(host.cpu, host.memory, host.gpus, set(RESERVED_PORTS)),
        "remainingResources": _resources(
            host.cpu - host.used_cpu, host.memory - host.used_memory, host.gpus - host.used_gpus, host.used_ports
        ),
        "status": host.status,
        "agentConnected": host.connected,
        "runningTasksCount": statuses.count("RUNNING"),
        "pendingTasksCount": statuses.count("PENDING"),
        "attributes": host.attributes,
        "registeredAt": host.registered,
        "attachments": [],
        "tags": [],
    }
    if host.provider:
        row["capacityProviderName"] = host.provider
    return row


def find(cluster: Cluster, name_or_arn: str) -> ContainerInstance | None:
    """An instance by ARN or identity."""
    return cluster.hosts.get(name_or_arn) or next(
        (h for a, h in cluster.hosts.items() if short(a) == name_or_arn), None
    )


@action("ecs", "ListContainerInstances")
def list_(region: Region, request: Json) -> Json:
    cluster = find_cluster(region, request.get("cluster"))
    status, expression = request.get("status"), request.get("filter")
    arns = [
        arn
        for arn, host in cluster.hosts.items()
        if status in (None, host.status) and (not expression or holds(expression, host))
    ]
    question = [cluster.name, status, expression]
    shown, token = page(arns, min(request.get("maxResults", 100), 100), request.get("nextToken"), question)
    return {"containerInstanceArns": shown} | ({"nextToken": token} if token else {})


@action("ecs", "DescribeContainerInstances")
def describe(region: Region, request: Json) -> Json:
    cluster = find_cluster(region, request.get("cluster"))
    wanted = request["containerInstances"]
    if not 0 < len(wanted) <= 100:
        raise invalid_parameter("Container instances must have 1 to 100 elements.")
    rows, failures = [], []
    for text in wanted:
        host = find(cluster, text)
        if host is None:
            failures.append({"arn": text, "reason": "MISSING"})
        else:
            rows.append(describe_one(host))
    return {"containerInstances": rows, "failures": failures}


@action("ecs", "UpdateContainerInstancesState")
def update_state(region: Region, request: Json) -> Json:
    cluster = find_cluster(region, request.get("cluster"))
    wanted, status = request["containerInstances"], request["status"]
    if not 0 < len(wanted) <= 10:
        raise invalid_parameter("Container instances must have 1 to 10 elements.")
    if status not in ("ACTIVE", "DRAINING"):
        raise invalid_parameter("Container instances status should be one of [ACTIVE, DRAINING].")
    rows, failures = [], []
    for text in wanted:
        host = find(cluster, text)
        if host is None:
            failures.append({"arn": text, "reason": "MISSING"})
            continue
        host.status = status
        _wake(cluster, host)
        rows.append(describe_one(host))
    return {"containerInstances": rows, "failures": failures}


def drain(cluster: Cluster, host: ContainerInstance) -> None:
    """Sets an instance to DRAINING, as managed draining does."""
    host.status = "DRAINING"
    _wake(cluster, host)


def _wake(cluster: Cluster, host: ContainerInstance) -> None:
    """The scheduler looks again at the services with tasks there, and at those that wait for room."""
    names = {task.service for task in host.tasks.values()}
    for service in cluster.services.values():
        if service.name in names or service.waiting or service.daemon:
            service.settled = False


@action("ecs", "DeregisterContainerInstance")
def deregister(region: Region, request: Json) -> Json:
    from .tasks import stop_now

    cluster = find_cluster(region, request.get("cluster"))
    host = find(cluster, request["containerInstance"])
    if host is None:
        raise Refusal("InvalidParameterException", "The referenced container instance was not found.")
    if host.tasks and not request.get("force"):
        raise invalid_parameter("Found running tasks on the instance.")
    for task in list(host.tasks.values()):
        stop_now(
            region, cluster, task, "ServiceSchedulerInitiated", "Container instance deregistration forced by user."
        )
    del cluster.hosts[host.arn]
    return {"containerInstance": describe_one(host) | {"status": "INACTIVE"}}


@action("ecs", "ListAttributes")
def attributes(region: Region, request: Json) -> Json:
    cluster = find_cluster(region, request.get("cluster"))
    name, value = request.get("attributeName"), request.get("attributeValue")
    rows = [
        row | {"targetType": "container-instance", "targetId": host.arn}
        for host in cluster.hosts.values()
        for row in host.attributes
        if name in (None, row["name"]) and value in (None, row.get("value"))
    ]
    question = [cluster.name, name, value]
    shown, token = page(rows, min(request.get("maxResults", 100), 100), request.get("nextToken"), question)
    return {"attributes": shown} | ({"nextToken": token} if token else {})

"""Service deployments: begun by a change, ended by the scheduler, rolled back by the breaker or on request."""

from __future__ import annotations

import copy
from typing import Any

from ..actions import action
from ..paging import page
from ..refusal import Refusal, invalid_parameter
from ..region import Region
from .state import Cluster, Deployment, Service, Task, find_cluster, short

Json = dict[str, Any]
RUNNING = ("PENDING", "IN_PROGRESS", "STOP_REQUESTED", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS")
# What tasks start with; placement is read from the service at each placement.
OF_DEPLOYMENT = (
    "taskDefinition",
    "capacityProviderStrategy",
    "launchType",
    "networkConfiguration",
    "platformVersion",
    "platformFamily",
)


def begin(region: Region, cluster: Cluster, service: Service) -> Deployment:
    """A new primary deployment; the one before goes on until its tasks are replaced."""
    for record in service.records:
        if record["status"] in RUNNING:
            _end(region, record, "STOPPED", "A new deployment was started.")
    for deployment in service.deployments:
        deployment.status = "ACTIVE"
    record = _record(region, cluster, service)
    service.records.insert(0, record)
    return _primary(region, service, record)


def _primary(region: Region, service: Service, record: Json) -> Deployment:
    settings = {key: copy.deepcopy(service.row[key]) for key in OF_DEPLOYMENT if key in service.row}
    deployment = Deployment(
        f"ecs-svc/{int(region.identity('deployment', 15), 16)}", "PRIMARY", settings, region.now(), region.now(), record
    )
    service.deployments.insert(0, deployment)
    service.settled = False
    service.next_tick = region.clock.seconds()
    return deployment


def _record(region: Region, cluster: Cluster, service: Service) -> Json:
    identity = region.identity("service-deployment", 20)
    revision = region.arn("ecs", f"service-revision/{cluster.name}/{service.name}/{int(identity[:14], 16)}")
    service.revisions[revision] = {
        "serviceRevisionArn": revision,
        "serviceArn": service.arn,
        "clusterArn": cluster.arn,
        "taskDefinition": service.row["taskDefinition"],
        "createdAt": region.now(),
    }
    sources = [record["targetServiceRevision"] for record in service.records if record["status"] == "SUCCESSFUL"][:1]
    return {
        "serviceDeploymentArn": region.arn("ecs", f"service-deployment/{cluster.name}/{service.name}/{identity}"),
        "serviceArn": service.arn,
        "clusterArn": cluster.arn,
        "createdAt": region.now(),
        "startedAt": region.now(),
        "updatedAt": region.now(),
        "sourceServiceRevisions": sources,
        "targetServiceRevision": {
            "arn": revision,
            "requestedTaskCount": service.row["desiredCount"],
            "runningTaskCount": 0,
            "pendingTaskCount": 0,
        },
        "status": "PENDING",
        "deploymentConfiguration": service.row["deploymentConfiguration"],
        "deploymentCircuitBreaker": {"status": "MONITORING", "failureCount": 0, "threshold": threshold(service)},
    }


def threshold(service: Service) -> int:
    """Failures after which the breaker trips: half the desired count, 3 to 200."""
    return max(3, min(200, -(-service.row["desiredCount"] // 2)))


def progress(region: Region, service: Service, running: int, pending: int) -> None:
    """The scheduler has begun to work on the primary deployment."""
    record = service.primary.record
    if record is None or record["status"] not in RUNNING:
        return
    if record["status"] == "PENDING":
        record["status"] = "IN_PROGRESS"
    record["updatedAt"] = region.now()
    record["targetServiceRevision"] |= {"runningTaskCount": running, "pendingTaskCount": pending}


def complete(region: Region, service: Service) -> None:
    """All tasks are those of the primary deployment."""
    primary = service.primary
    service.deployments = [primary]
    if primary.completed:
        return
    primary.completed = True
    primary.updated = region.now()
    record = primary.record
    if record is not None and record["status"] in RUNNING:
        if record["status"] in ("ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS"):
            _end(region, record, "ROLLBACK_SUCCESSFUL", record.get("statusReason", ""))
        else:
            _end(region, record, "SUCCESSFUL", None)
    say(region, service, f"(service {service.name}) (deployment {primary.identity}) deployment completed.")


def say(region: Region, service: Service, message: str) -> None:
    """Writes an event unless it is the newest already."""
    if service.events and service.events[0]["message"] == message:
        return
    service.events.insert(0, {"id": region.identity("event", 32), "createdAt": region.now(), "message": message})
    del service.events[100:]


def _end(region: Region, record: Json, status: str, reason: str | None) -> None:
    record["status"] = status
    record["updatedAt"] = record["finishedAt"] = region.now()
    if status == "STOPPED":
        record["stoppedAt"] = region.now()
    if reason:
        record["statusReason"] = reason


def task_failed(region: Region, service: Service) -> None:
    """A task of the primary deployment did not come up: the breaker counts, and rolls back at its threshold."""
    primary = service.primary
    primary.failed += 1
    breaker = service.row["deploymentConfiguration"].get("deploymentCircuitBreaker", {})
    if primary.record is None or not breaker.get("enable"):
        return
    primary.record["deploymentCircuitBreaker"]["failureCount"] = primary.failed
    if primary.failed >= threshold(service) and primary.record["status"] in ("PENDING", "IN_PROGRESS"):
        primary.record["deploymentCircuitBreaker"]["status"] = "TRIGGERED"
        say(
            region,
            service,
            f"(service {service.name}) (deployment {primary.identity}) deployment failed: tasks failed to start.",
        )
        if breaker.get("rollback"):
            roll_back(
                region, service, "Service deployment rolled back because the circuit breaker threshold was exceeded."
            )
        else:
            _end(region, primary.record, "STOPPED", "The circuit breaker threshold was exceeded.")


def roll_back(region: Region, service: Service, reason: str) -> None:
    """Back to the last deployment that completed; without one the rollback fails."""
    record = service.primary.record
    assert record is not None
    back = next((d for d in service.deployments if d.status == "ACTIVE" and d.completed), None)
    if back is None:
        _end(region, record, "ROLLBACK_FAILED", reason)
        return
    record["status"], record["statusReason"] = "ROLLBACK_IN_PROGRESS", reason
    record["rollback"] = {"reason": reason, "startedAt": region.now()}
    for key in OF_DEPLOYMENT:
        service.row.pop(key, None)
    service.row |= copy.deepcopy(back.settings)
    for deployment in service.deployments:
        deployment.status = "ACTIVE"
    service.deployments.remove(back)
    back.status, back.record, back.completed = "PRIMARY", record, False
    service.deployments.insert(0, back)
    service.fails = False
    service.settled = False


def end_service(region: Region, cluster: Cluster, service: Service) -> None:
    """A deleted service: DRAINING while it has tasks, then INACTIVE."""
    from .tasks import stop

    service.row["status"] = "DRAINING"
    service.row["desiredCount"] = 0
    for task in cluster.tasks.values():
        if task.service == service.name:
            stop(region, task, "ServiceSchedulerInitiated", "Scaling activity initiated by the deletion of the service")
    service.settled = False
    service.next_tick = region.clock.seconds()


def describe_one(service: Service, deployment: Deployment, tasks: list[Task]) -> Json:
    """As DescribeServices lists it."""
    own = [task for task in tasks if task.deployment == deployment.identity]
    running = sum(1 for task in own if task.last_status == "RUNNING")
    pending = sum(1 for task in own if task.last_status == "PENDING" and task.desired_status == "RUNNING")
    primary = deployment.status == "PRIMARY"
    state = "COMPLETED" if deployment.completed else "IN_PROGRESS"
    if primary and deployment.record and deployment.record["status"] in ("STOPPED", "ROLLBACK_FAILED"):
        state = "FAILED"
    return deployment.settings | {
        "id": deployment.identity,
        "status": deployment.status,
        "desiredCount": service.row["desiredCount"] if primary else 0,
        "runningCount": running,
        "pendingCount": pending,
        "failedTasks": deployment.failed,
        "createdAt": deployment.created,
        "updatedAt": deployment.updated,
        "rolloutState": state,
        "rolloutStateReason": f"ECS deployment {deployment.identity} {state.lower().replace('_', ' ')}.",
    }


@action("ecs", "ListServiceDeployments")
def list_(region: Region, request: Json) -> Json:
    cluster = find_cluster(region, request.get("cluster") or _cluster_in(request["service"]))
    service = cluster.services.get(short(request["service"]))
    if service is None:
        raise Refusal("ServiceNotFoundException", "Service not found.")
    statuses, created = request.get("status"), request.get("createdAt", {})
    members = (
        "serviceDeploymentArn",
        "serviceArn",
        "clusterArn",
        "startedAt",
        "createdAt",
        "finishedAt",
        "status",
        "statusReason",
    )
    rows = []
    for record in service.records:
        seconds = record["createdAt"].timestamp()
        if statuses and record["status"] not in statuses:
            continue
        if not _seconds(created.get("after"), 0) <= seconds <= _seconds(created.get("before"), float("inf")):
            continue
        row = {key: record[key] for key in members if key in record}
        rows.append(row | {"targetServiceRevisionArn": record["targetServiceRevision"]["arn"]})
    question = [service.arn, statuses]
    shown, token = page(rows, min(request.get("maxResults", 20), 100), request.get("nextToken"), question)
    return {"serviceDeployments": shown} | ({"nextToken": token} if token else {})


def _seconds(value: Any, otherwise: float) -> float:
    if value is None:
        return otherwise
    return value.timestamp() if hasattr(value, "timestamp") else float(value)


def _cluster_in(arn: str) -> str | None:
    parts = arn.split("/")
    return parts[1] if arn.startswith("arn:") and len(parts) == 3 else None


@action("ecs", "DescribeServiceDeployments")
def describe(region: Region, request: Json) -> Json:
    arns = request["serviceDeploymentArns"]
    if not 0 < len(arns) <= 20:
        raise invalid_parameter("Service deployments must have 1 to 20 elements.")
    records = _all(region)
    rows = [records[arn][1] for arn in arns if arn in records]
    failures = [{"arn": arn, "reason": "MISSING"} for arn in arns if arn not in records]
    return {"serviceDeployments": rows, "failures": failures}


def _all(region: Region) -> dict[str, tuple[Service, Json]]:
    return {
        record["serviceDeploymentArn"]: (service, record)
        for cluster in region.clusters.values()
        for service in cluster.services.values()
        for record in service.records
    }


@action("ecs", "DescribeServiceRevisions")
def revisions(region: Region, request: Json) -> Json:
    arns = request["serviceRevisionArns"]
    if not 0 < len(arns) <= 20:
        raise invalid_parameter("Service revisions must have 1 to 20 elements.")
    known: dict[str, Json] = {}
    for cluster in region.clusters.values():
        for service in cluster.services.values():
            known |= service.revisions
    rows = [known[arn] for arn in arns if arn in known]
    return {"serviceRevisions": rows, "failures": [{"arn": arn, "reason": "MISSING"} for arn in arns if arn not in known]}


@action("ecs", "StopServiceDeployment")
def stop(region: Region, request: Json) -> Json:
    arn = request["serviceDeploymentArn"]
    known = _all(region).get(arn)
    if known is None:
        raise Refusal("ServiceDeploymentNotFoundException", "The service deployment was not found.")
    service, record = known
    if record["status"] not in ("PENDING", "IN_PROGRESS"):
        raise Refusal("ConflictException", f"The service deployment is {record['status']} and cannot be stopped.")
    if request.get("stopType", "ROLLBACK") != "ROLLBACK":
        raise invalid_parameter("Only the ROLLBACK stop type is supported.")
    roll_back(region, service, "Service deployment rolled back on request.")
    return {"serviceDeploymentArn": arn}

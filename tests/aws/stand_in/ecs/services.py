"""Services: created, updated, described, listed, deleted."""

from __future__ import annotations

import copy
import json
from typing import Any

from ..actions import action
from ..paging import page
from ..refusal import Refusal, invalid_parameter
from ..region import Region
from . import deployments, task_definitions
from .placement import check_placement
from .state import FARGATE, Cluster, Service, check_strategy, find_cluster, find_service, short

Json = dict[str, Any]

# Members of a request that the service keeps as they came.
KEPT = (
    "availabilityZoneRebalancing",
    "capacityProviderStrategy",
    "deploymentConfiguration",
    "deploymentController",
    "desiredCount",
    "enableECSManagedTags",
    "enableExecuteCommand",
    "healthCheckGracePeriodSeconds",
    "launchType",
    "loadBalancers",
    "networkConfiguration",
    "placementConstraints",
    "placementStrategy",
    "platformVersion",
    "propagateTags",
    "schedulingStrategy",
    "serviceConnectConfiguration",
    "serviceRegistries",
    "tags",
    "volumeConfigurations",
)
# A change of these is a new deployment.
DEPLOYING = (
    "taskDefinition",
    "networkConfiguration",
    "platformVersion",
    "volumeConfigurations",
    "serviceConnectConfiguration",
    "enableExecuteCommand",
    "loadBalancers",
    "serviceRegistries",
)
# What a service under CODE_DEPLOY may change.
CODE_DEPLOY = {
    "cluster",
    "service",
    "desiredCount",
    "deploymentConfiguration",
    "healthCheckGracePeriodSeconds",
    "placementConstraints",
    "placementStrategy",
    "enableECSManagedTags",
    "propagateTags",
}
MUST_FORCE = (
    "When switching from launch type to capacity provider strategy on an existing service, or making a change to a "
    "capacity provider strategy on a service that is already using one, you must force a new deployment."
)


@action("ecs", "CreateService")
def create(region: Region, request: Json) -> Json:
    cluster = find_cluster(region, request.get("cluster"))
    content = json.dumps({k: v for k, v in request.items() if k != "clientToken"}, sort_keys=True, default=str)
    token = request.get("clientToken")
    if token and (known := region.tokens.get(("CreateService", token))):
        if known[0] != content:
            raise invalid_parameter("The client token was used with other parameters.")
        return {"service": describe_one(cluster, cluster.services[known[1]["name"]])}
    name = request["serviceName"]
    if name in cluster.services and cluster.services[name].row["status"] == "ACTIVE":
        raise invalid_parameter("Creation of service was not idempotent.")
    row = _new_row(region, cluster, request)
    service = Service(name, region.arn("ecs", f"service/{cluster.name}/{name}"), row, region.now())
    cluster.services[name] = service
    if token:
        region.tokens[("CreateService", token)] = (content, {"name": name})
    if row["deploymentController"]["type"] == "ECS":
        deployments.begin(region, cluster, service)
    return {"service": describe_one(cluster, service)}


def _new_row(region: Region, cluster: Cluster, request: Json) -> Json:
    row: Json = {
        "loadBalancers": [],
        "serviceRegistries": [],
        "placementConstraints": [],
        "placementStrategy": [],
        "schedulingStrategy": "REPLICA",
        "enableECSManagedTags": False,
        "enableExecuteCommand": False,
        "propagateTags": "NONE",
        "deploymentController": {"type": "ECS"},
        "availabilityZoneRebalancing": "DISABLED",
    }
    row |= {key: copy.deepcopy(request[key]) for key in KEPT if key in request}
    row["status"] = "ACTIVE"
    controller = row["deploymentController"]["type"]
    if controller != "EXTERNAL":
        if "taskDefinition" not in request:
            raise invalid_parameter("TaskDefinition should not be null for this deployment controller.")
        row["taskDefinition"] = task_definitions.find(region, request["taskDefinition"])["taskDefinitionArn"]
    daemon = row["schedulingStrategy"] == "DAEMON"
    if daemon and row["placementStrategy"]:
        raise invalid_parameter("Placement strategies are not supported with the DAEMON scheduling strategy.")
    if not daemon and "desiredCount" not in row and controller != "EXTERNAL":
        raise invalid_parameter("DesiredCount is required for the REPLICA scheduling strategy.")
    row.setdefault("desiredCount", 0)
    _check_capacity(region, cluster, row, request)
    check_placement(row)
    row["deploymentConfiguration"] = _deployment_defaults(daemon) | row.get("deploymentConfiguration", {})
    _check_percentages(row["deploymentConfiguration"])
    return row


def _check_capacity(region: Region, cluster: Cluster, row: Json, request: Json) -> None:
    if request.get("launchType") and request.get("capacityProviderStrategy"):
        raise invalid_parameter(
            "Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again."
        )
    if not request.get("launchType") and not request.get("capacityProviderStrategy"):
        if cluster.default_strategy:
            row["capacityProviderStrategy"] = copy.deepcopy(cluster.default_strategy)
        else:
            row["launchType"] = "EC2"
    check_strategy(region, cluster, row.get("capacityProviderStrategy") or [])
    row["capacityProviderStrategy"] = filled(row.get("capacityProviderStrategy") or [])
    if not row["capacityProviderStrategy"]:
        del row["capacityProviderStrategy"]
    if on_fargate(row):
        if row["placementStrategy"] or row["placementConstraints"]:
            raise invalid_parameter("Placement strategies and constraints are not supported with FARGATE launch type.")
        row.setdefault("platformVersion", "LATEST")
        row["platformFamily"] = "Linux"


def filled(strategy: list[Json]) -> list[Json]:
    """A strategy with the zeros that AWS shows."""
    return [
        {"capacityProvider": item["capacityProvider"], "weight": item.get("weight", 0), "base": item.get("base", 0)}
        for item in strategy
    ]


def on_fargate(row: Json) -> bool:
    """Whether its tasks run on Fargate."""
    strategy = row.get("capacityProviderStrategy") or []
    return row.get("launchType") == "FARGATE" or any(item["capacityProvider"] in FARGATE for item in strategy)


def _deployment_defaults(daemon: bool) -> Json:
    return {
        "strategy": "ROLLING",
        "bakeTimeInMinutes": 0,
        "maximumPercent": 100 if daemon else 200,
        "minimumHealthyPercent": 0 if daemon else 100,
        "deploymentCircuitBreaker": {"enable": False, "rollback": False},
    }


def _check_percentages(configuration: Json) -> None:
    least, most = configuration["minimumHealthyPercent"], configuration["maximumPercent"]
    if not 0 <= least <= 100 or most < 100 and most <= least:
        raise invalid_parameter("minimumHealthyPercent and maximumPercent leave no task that could be replaced.")
    if least == most == 100:
        raise invalid_parameter(
            "Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments."
        )


@action("ecs", "UpdateService")
def update(region: Region, request: Json) -> Json:
    cluster = find_cluster(region, request.get("cluster"))
    service = find_service(cluster, request["service"])
    controller = service.row["deploymentController"]["type"]
    if controller == "CODE_DEPLOY" and set(request) - CODE_DEPLOY:
        raise invalid_parameter(
            "Unable to update task definition on services with a CODE_DEPLOY deployment controller. Use AWS CodeDeploy to trigger a new deployment."
        )
    forced = bool(request.get("forceNewDeployment"))
    row = copy.deepcopy(service.row)
    row |= {key: copy.deepcopy(request[key]) for key in KEPT if key in request}
    if "taskDefinition" in request:
        row["taskDefinition"] = task_definitions.find(region, request["taskDefinition"])["taskDefinitionArn"]
    if "capacityProviderStrategy" in request:
        _change_strategy(region, cluster, service, row, forced)
    check_placement(row)
    row["deploymentConfiguration"] = service.row["deploymentConfiguration"] | row["deploymentConfiguration"]
    _check_percentages(row["deploymentConfiguration"])
    changed = any(row.get(key) != service.row.get(key) for key in DEPLOYING)
    service.row = row
    service.settled = False
    service.next_tick = region.clock.seconds()
    if (forced or changed) and controller == "ECS":
        deployments.begin(region, cluster, service)
    return {"service": describe_one(cluster, service)}


def _change_strategy(region: Region, cluster: Cluster, service: Service, row: Json, forced: bool) -> None:
    strategy = filled(row["capacityProviderStrategy"] or [])
    old = service.row.get("capacityProviderStrategy", [])
    if strategy != old and not forced:
        raise invalid_parameter(MUST_FORCE)
    check_strategy(region, cluster, strategy)
    if strategy:
        row["capacityProviderStrategy"] = strategy
        row.pop("launchType", None)
    else:
        row.pop("capacityProviderStrategy", None)
        row["launchType"] = "FARGATE" if on_fargate(service.row) else "EC2"
    if on_fargate(row) and (row["placementStrategy"] or row["placementConstraints"]):
        raise invalid_parameter("Placement strategies and constraints are not supported with FARGATE launch type.")


@action("ecs", "DeleteService")
def delete(region: Region, request: Json) -> Json:
    cluster = find_cluster(region, request.get("cluster"))
    service = find_service(cluster, request["service"])
    if not request.get("force") and not service.daemon and service.row["desiredCount"] > 0:
        raise invalid_parameter("The service cannot be stopped while it is scaled above 0.")
    deployments.end_service(region, cluster, service)
    return {"service": describe_one(cluster, service)}


def describe_one(cluster: Cluster, service: Service, tags: bool = False) -> Json:
    """As DescribeServices gives it."""
    row = {
        key: value
        for key, value in service.row.items()
        if key not in ("tags", "serviceConnectConfiguration", "volumeConfigurations")
    }
    tasks = [task for task in cluster.tasks.values() if task.service == service.name]
    return described(cluster, service, row, tasks, tags)


def described(cluster: Cluster, service: Service, row: Json, tasks: list[Any], tags: bool) -> Json:
    """The same, from the service's tasks."""
    running = sum(1 for task in tasks if task.last_status == "RUNNING")
    pending = sum(1 for task in tasks if task.last_status == "PENDING" and task.desired_status == "RUNNING")
    row |= {
        "serviceArn": service.arn,
        "serviceName": service.name,
        "clusterArn": cluster.arn,
        "runningCount": running,
        "pendingCount": pending,
        "deployments": [deployments.describe_one(service, deployment, tasks) for deployment in service.deployments],
        "roleArn": "arn:aws:iam::123456789012:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS",
        "events": service.events[:100],
        "createdAt": service.created,
        "createdBy": "arn:aws:iam::123456789012:root",
    }
    if service.records:
        current = service.records[0]
        row["currentServiceDeployment"] = current["serviceDeploymentArn"]
        row["currentServiceRevisions"] = [
            {
                "arn": current["targetServiceRevision"]["arn"],
                "requestedTaskCount": row["desiredCount"],
                "runningTaskCount": running,
                "pendingTaskCount": pending,
            }
        ]
    if tags:
        row["tags"] = service.row.get("tags", [])
    return row


@action("ecs", "DescribeServices")
def describe(region: Region, request: Json) -> Json:
    cluster = find_cluster(region, request.get("cluster"))
    names = request["services"]
    if len(names) > 10:
        raise invalid_parameter("Services cannot have more than 10 elements.")
    if not names:
        raise invalid_parameter("Services cannot be empty.")
    tags = "TAGS" in request.get("include", [])
    rows, failures = [], []
    for name in names:
        service = cluster.services.get(short(name))
        if service is None:
            arn = name if name.startswith("arn:") else region.arn("ecs", f"service/{cluster.name}/{name}")
            failures.append({"arn": arn, "reason": "MISSING"})
        else:
            rows.append(describe_one(cluster, service, tags))
    return {"services": rows, "failures": failures}


@action("ecs", "ListServices")
def list_(region: Region, request: Json) -> Json:
    cluster = find_cluster(region, request.get("cluster"))
    launch_type, scheduling = request.get("launchType"), request.get("schedulingStrategy")
    managed = request.get("resourceManagementType")
    arns = [
        service.arn
        for service in cluster.services.values()
        if service.row["status"] != "INACTIVE"
        and launch_type in (None, service.row.get("launchType"))
        and scheduling in (None, service.row["schedulingStrategy"])
        and managed in (None, service.row.get("resourceManagementType", "CUSTOMER"))
    ]
    question = [cluster.name, launch_type, scheduling, managed]
    shown, token = page(arns, min(request.get("maxResults", 10), 100), request.get("nextToken"), question)
    return {"serviceArns": shown} | ({"nextToken": token} if token else {})


@action("ecs", "TagResource")
def tag(region: Region, request: Json) -> Json:
    holder = _tagged(region, request["resourceArn"])
    keys = {item["key"] for item in request["tags"]}
    holder["tags"] = [old for old in holder.get("tags", []) if old["key"] not in keys] + request["tags"]
    return {}


@action("ecs", "UntagResource")
def untag(region: Region, request: Json) -> Json:
    holder = _tagged(region, request["resourceArn"])
    holder["tags"] = [old for old in holder.get("tags", []) if old["key"] not in request["tagKeys"]]
    return {}


@action("ecs", "ListTagsForResource")
def tags_of(region: Region, request: Json) -> Json:
    return {"tags": _tagged(region, request["resourceArn"]).get("tags", [])}


def _tagged(region: Region, arn: str) -> Json:
    """The row that holds the tags of a cluster, service or provider."""
    for cluster in region.clusters.values():
        if cluster.arn == arn:
            return cluster.row
        for service in cluster.services.values():
            if service.arn == arn:
                return service.row
    for provider in region.providers.values():
        if provider.row["capacityProviderArn"] == arn:
            return provider.row
    raise Refusal("InvalidParameterException", "The specified resource was not found.")

"""Clusters and account settings."""

from __future__ import annotations

from typing import Any

from ..actions import action
from ..paging import page
from ..refusal import Refusal, invalid_parameter
from ..region import Region
from .state import Cluster, check_strategy, find_cluster, provider_of, short

Json = dict[str, Any]
# Seconds until the attachments of a changed provider list are ready.
ATTACH_SECONDS = 8.0
SETTINGS = {
    "awsvpcTrunking": "disabled",
    "containerInsights": "disabled",
    "containerInstanceLongArnFormat": "enabled",
    "defaultLogDriverMode": "non-blocking",
    "fargateFIPSMode": "disabled",
    "fargateTaskRetirementWaitPeriod": "7",
    "guardDutyActivate": "off",
    "serviceLongArnFormat": "enabled",
    "tagResourceAuthorization": "on",
    "taskLongArnFormat": "enabled",
}


@action("ecs", "CreateCluster")
def create(region: Region, request: Json) -> Json:
    name = request.get("clusterName", "default")
    if name in region.clusters and region.clusters[name].status == "ACTIVE":
        return {"cluster": describe_one(region.clusters[name], region)}
    row = {
        key: request[key] for key in ("tags", "settings", "configuration", "serviceConnectDefaults") if key in request
    }
    cluster = Cluster(name, region.arn("ecs", f"cluster/{name}"), row)
    _associate(
        region, cluster, request.get("capacityProviders", []), request.get("defaultCapacityProviderStrategy", [])
    )
    region.clusters[name] = cluster
    return {"cluster": describe_one(cluster, region)}


@action("ecs", "DeleteCluster")
def delete(region: Region, request: Json) -> Json:
    cluster = find_cluster(region, request["cluster"])
    if any(service.row["status"] == "ACTIVE" for service in cluster.services.values()):
        raise Refusal("ClusterContainsServicesException", "The Cluster cannot be deleted while Services are active.")
    if cluster.hosts:
        raise Refusal(
            "ClusterContainsContainerInstancesException",
            "The Cluster cannot be deleted while Container Instances are active or draining.",
        )
    cluster.status = "INACTIVE"
    return {"cluster": describe_one(cluster, region)}


def describe_one(cluster: Cluster, region: Region) -> Json:
    """As DescribeClusters gives a cluster, without what has to be asked for."""
    running = sum(1 for task in cluster.tasks.values() if task.last_status == "RUNNING")
    pending = sum(1 for task in cluster.tasks.values() if task.last_status == "PENDING")
    ready = region.clock.seconds() >= cluster.attachments_until
    return {
        "clusterArn": cluster.arn,
        "clusterName": cluster.name,
        "status": cluster.status,
        "registeredContainerInstancesCount": len(cluster.hosts),
        "runningTasksCount": running,
        "pendingTasksCount": pending,
        "activeServicesCount": sum(1 for service in cluster.services.values() if service.row["status"] == "ACTIVE"),
        "statistics": [],
        "tags": [],
        "settings": [],
        "capacityProviders": list(cluster.providers),
        "defaultCapacityProviderStrategy": cluster.default_strategy,
        "attachmentsStatus": "UPDATE_COMPLETE" if ready else "UPDATE_IN_PROGRESS",
    }


@action("ecs", "DescribeClusters")
def describe(region: Region, request: Json) -> Json:
    names = request.get("clusters") or ["default"]
    if len(names) > 100:
        raise invalid_parameter("Clusters cannot have more than 100 elements.")
    include = request.get("include", [])
    found, failures = [], []
    for name in names:
        cluster = region.clusters.get(short(name))
        if cluster is None:
            arn = name if name.startswith("arn:") else region.arn("ecs", f"cluster/{name}")
            failures.append({"arn": arn, "reason": "MISSING"})
            continue
        row = describe_one(cluster, region)
        for asked, member in (("TAGS", "tags"), ("SETTINGS", "settings"), ("CONFIGURATIONS", "configuration")):
            if asked in include and member in cluster.row:
                row[member] = cluster.row[member]
        found.append(row)
    return {"clusters": found, "failures": failures}


@action("ecs", "ListClusters")
def list_(region: Region, request: Json) -> Json:
    arns = [cluster.arn for cluster in region.clusters.values() if cluster.status == "ACTIVE"]
    shown, token = page(arns, request.get("maxResults", 100), request.get("nextToken"), "clusters")
    return {"clusterArns": shown} | ({"nextToken": token} if token else {})


@action("ecs", "PutClusterCapacityProviders")
def put_providers(region: Region, request: Json) -> Json:
    cluster = find_cluster(region, request["cluster"])
    if region.clock.seconds() < cluster.attachments_until:
        raise Refusal(
            "UpdateInProgressException",
            "The specified cluster is in a busy state. Cluster attachments are being updated. Wait and try again.",
        )
    wanted = [short(name) for name in request["capacityProviders"]]
    # Of Managed Instances one is made for its cluster and stays on the list whatever this call names.
    wanted_all = wanted + [name for name in cluster.providers if _is_managed(region, cluster, name)]
    for name in set(cluster.providers) - set(wanted_all):
        if user := user_of(cluster, name):
            raise Refusal(
                "ResourceInUseException", f"The specified capacity provider is in use and cannot be removed. {user}"
            )
    _associate(region, cluster, wanted, request["defaultCapacityProviderStrategy"])
    return {"cluster": describe_one(cluster, region)}


def user_of(cluster: Cluster, provider: str) -> str | None:
    """Who uses a provider: a service's strategy or a running task, in words."""
    for service in cluster.services.values():
        if service.row["status"] != "ACTIVE":
            continue
        strategies = [deployment.settings.get("capacityProviderStrategy") or [] for deployment in service.deployments]
        if any(item["capacityProvider"] == provider for strategy in strategies for item in strategy):
            return f"It is in the capacity provider strategy of service {service.name}."
    for task in cluster.tasks.values():
        if task.provider == provider and task.last_status != "STOPPED":
            return f"It is used by task {short(task.arn)}."
    return None


def _is_managed(region: Region, cluster: Cluster, name: str) -> bool:
    provider = provider_of(region, cluster, name)
    return provider is not None and provider.cluster is not None


def _associate(region: Region, cluster: Cluster, names: list[str], strategy: list[Json]) -> None:
    for name in names:
        provider = provider_of(region, cluster, name)
        if provider is None:
            raise invalid_parameter(
                f"The specified capacity provider '{name}' was not found. Specify a valid name or ARN and try again."
            )
        if provider.row["status"] != "ACTIVE":
            raise Refusal("ClientException", f"The specified capacity provider '{name}' is not in an ACTIVE state.")
        if provider.cluster:
            raise invalid_parameter(f"The capacity provider '{name}' belongs to its cluster and is not associated.")
    for item in strategy:
        if item["capacityProvider"] not in names:
            raise invalid_parameter(
                "The default capacity provider strategy may only contain capacity providers that are associated with the cluster."
            )
    managed = [name for name in cluster.providers if _is_managed(region, cluster, name)]
    names = names + managed
    old, cluster.providers = cluster.providers, names
    try:
        check_strategy(region, cluster, strategy)
    except Refusal:
        cluster.providers = old
        raise
    cluster.default_strategy = strategy
    if old != names:
        cluster.attachments_until = region.clock.seconds() + ATTACH_SECONDS
    for host in cluster.hosts.values():
        host.provider = provider_of_host(region, cluster, host.instance.group)


def provider_of_host(region: Region, cluster: Cluster, group: str) -> str | None:
    """The associated provider whose group launched an instance."""
    for name in cluster.providers:
        provider = provider_of(region, cluster, name)
        if provider and provider.group_arn and provider.group_arn.endswith(f"autoScalingGroupName/{group}"):
            return name
    return None


@action("ecs", "ListAccountSettings")
def settings(region: Region, request: Json) -> Json:
    name, effective = request.get("name"), request.get("effectiveSettings", False)
    values = (SETTINGS | region.account_settings) if effective else region.account_settings
    principal = request.get("principalArn", "arn:aws:iam::123456789012:root")
    rows = [
        {"name": key, "value": value, "principalArn": principal, "type": "user"}
        for key, value in sorted(values.items())
        if name in (None, key)
    ]
    shown, token = page(rows, min(request.get("maxResults", 10), 10), request.get("nextToken"), [name, effective])
    return {"settings": shown} | ({"nextToken": token} if token else {})


@action("ecs", "PutAccountSetting")
@action("ecs", "PutAccountSettingDefault")
def put_setting(region: Region, request: Json) -> Json:
    region.account_settings[request["name"]] = request["value"]
    row = {
        "name": request["name"],
        "value": request["value"],
        "principalArn": "arn:aws:iam::123456789012:root",
        "type": "user",
    }
    return {"setting": row}

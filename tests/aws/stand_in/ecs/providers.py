"""Capacity providers."""

from __future__ import annotations

from typing import Any

from ..actions import action
from ..paging import page
from ..refusal import Refusal, client, invalid_parameter
from ..region import Region
from .clusters import user_of
from .state import FARGATE, Provider, find_cluster, short

Json = dict[str, Any]
SCALING_DEFAULTS = {
    "status": "DISABLED",
    "targetCapacity": 100,
    "minimumScalingStepSize": 1,
    "maximumScalingStepSize": 10000,
    "instanceWarmupPeriod": 300,
}


def fargate(region: Region) -> None:
    """The two providers that every account has."""
    for name in FARGATE:
        row = {
            "capacityProviderArn": region.arn("ecs", f"capacity-provider/{name}"),
            "name": name,
            "status": "ACTIVE",
            "type": name,
            "tags": [],
        }
        region.providers[("", name)] = Provider(name, row)


@action("ecs", "CreateCapacityProvider")
def create(region: Region, request: Json) -> Json:
    name = request["name"]
    if name.lower().startswith(("aws", "ecs", "fargate")):
        raise invalid_parameter(
            "The specified capacity provider name is invalid. Names cannot be prefixed with 'aws', 'ecs' or 'fargate'."
        )
    existing = region.providers.get((request.get("cluster", ""), name))
    if existing is not None and existing.row["status"] != "INACTIVE":
        raise client(f"A capacity provider with the specified name '{name}' already exists.")
    row: Json = {
        "capacityProviderArn": region.arn("ecs", f"capacity-provider/{name}"),
        "name": name,
        "status": "ACTIVE",
        "updateStatus": "CREATE_COMPLETE",
        "tags": request.get("tags", []),
    }
    cluster = None
    if "managedInstancesProvider" in request:
        cluster = _managed_instances(region, request, row)
    elif "autoScalingGroupProvider" in request:
        row["autoScalingGroupProvider"] = _group_part(region, request["autoScalingGroupProvider"])
        row["type"] = "EC2_AUTOSCALING"
    else:
        raise invalid_parameter("A capacity provider needs autoScalingGroupProvider or managedInstancesProvider.")
    region.providers[(cluster or "", name)] = Provider(name, row, cluster)
    return {"capacityProvider": row}


def _managed_instances(region: Region, request: Json, row: Json) -> str:
    if not request.get("cluster"):
        raise invalid_parameter("A capacity provider of Managed Instances needs a cluster.")
    cluster = find_cluster(region, request["cluster"])
    row["managedInstancesProvider"] = request["managedInstancesProvider"]
    row["type"] = "MANAGED_INSTANCES"
    row["cluster"] = cluster.arn
    cluster.providers.append(request["name"])
    return cluster.name


def _group_part(region: Region, part: Json) -> Json:
    arn = part["autoScalingGroupArn"]
    group = next((g for g in region.groups.values() if arn in (g.arn, g.name)), None)
    if group is None:
        raise invalid_parameter(
            "The specified Auto Scaling group ARN is not valid or does not exist. Specify a valid Auto Scaling group and try again."
        )
    for provider in region.providers.values():
        if provider.group_arn == group.arn and provider.row["status"] == "ACTIVE":
            raise invalid_parameter(
                f"The specified Auto Scaling group is already used by capacity provider '{provider.name}'."
            )
    return _settings(region, {"autoScalingGroupArn": group.arn}, part, group.settings)


def _settings(region: Region, kept: Json, part: Json, group: Json) -> Json:
    scaling = SCALING_DEFAULTS | kept.get("managedScaling", {}) | part.get("managedScaling", {})
    if scaling["minimumScalingStepSize"] > scaling["maximumScalingStepSize"]:
        raise invalid_parameter("The minimum scaling step size must not be above the maximum.")
    protection = part.get("managedTerminationProtection", kept.get("managedTerminationProtection", "DISABLED"))
    if protection == "ENABLED":
        if scaling["status"] != "ENABLED":
            raise invalid_parameter(
                "The managed termination protection setting for the capacity provider is invalid. To enable managed termination protection, managed scaling must be enabled."
            )
        if not group.get("NewInstancesProtectedFromScaleIn"):
            raise invalid_parameter(
                "The managed termination protection setting for the capacity provider is invalid. To enable managed termination protection for a capacity provider, the Auto Scaling group must have instance protection from scale in enabled."
            )
    return {
        "autoScalingGroupArn": kept["autoScalingGroupArn"],
        "managedScaling": scaling,
        "managedTerminationProtection": protection,
        "managedDraining": part.get("managedDraining", kept.get("managedDraining", "ENABLED")),
    }


@action("ecs", "UpdateCapacityProvider")
def update(region: Region, request: Json) -> Json:
    provider = _named(region, request["name"], request.get("cluster"))
    if "autoScalingGroupProvider" in request:
        if provider.group_arn is None:
            raise invalid_parameter("The capacity provider has no Auto Scaling group.")
        group = next((g for g in region.groups.values() if g.arn == provider.group_arn), None)
        kept = provider.row["autoScalingGroupProvider"]
        settings = group.settings if group else {}
        provider.row["autoScalingGroupProvider"] = _settings(
            region, kept, request["autoScalingGroupProvider"], settings
        )
    if "managedInstancesProvider" in request:
        provider.row["managedInstancesProvider"] = request["managedInstancesProvider"]
    provider.row["updateStatus"] = "UPDATE_COMPLETE"
    return {"capacityProvider": provider.row}


def _named(region: Region, name: str, cluster: str | None) -> Provider:
    provider = region.providers.get(("", short(name))) or region.providers.get((short(cluster or ""), short(name)))
    if provider is None or provider.row["status"] == "INACTIVE":
        raise invalid_parameter(
            "The specified capacity provider does not exist. Specify a valid name or ARN and try again."
        )
    return provider


@action("ecs", "DeleteCapacityProvider")
def delete(region: Region, request: Json) -> Json:
    provider = _named(region, request["capacityProvider"], request.get("cluster"))
    if provider.name in FARGATE:
        raise invalid_parameter("The FARGATE and FARGATE_SPOT capacity providers are reserved and cannot be deleted.")
    for cluster in region.clusters.values():
        if user := user_of(cluster, provider.name):
            raise Refusal(
                "ResourceInUseException", f"The specified capacity provider is in use and cannot be removed. {user}"
            )
        if provider.name in cluster.providers and provider.cluster is None:
            raise Refusal(
                "ResourceInUseException",
                f"The specified capacity provider is in use and cannot be removed. It is associated with cluster {cluster.name}.",
            )
    provider.row["status"] = "INACTIVE"
    provider.row["updateStatus"] = "DELETE_COMPLETE"
    for cluster in region.clusters.values():
        if cluster.name == provider.cluster and provider.name in cluster.providers:
            cluster.providers.remove(provider.name)
    return {"capacityProvider": provider.row}


@action("ecs", "DescribeCapacityProviders")
def describe(region: Region, request: Json) -> Json:
    names, cluster_name = request.get("capacityProviders"), request.get("cluster")
    cluster = find_cluster(region, cluster_name) if cluster_name else None
    rows, failures = [], []
    visible = [p for p in region.providers.values() if p.cluster is None or (cluster and p.cluster == cluster.name)]
    if names:
        if len(names) > 100:
            raise invalid_parameter("Capacity providers cannot have more than 100 elements.")
        by_name = {provider.name: provider for provider in visible}
        for name in names:
            if short(name) in by_name:
                rows.append(by_name[short(name)].row)
            else:
                arn = region.arn("ecs", f"capacity-provider/{short(name)}")
                failures.append({"arn": arn, "reason": "MISSING"})
    else:
        rows = [
            p.row for p in visible if p.row["status"] != "INACTIVE" and (cluster is None or p.name in cluster.providers)
        ]
    tags = "TAGS" in request.get("include", [])
    shown, token = page(rows, request.get("maxResults", 100), request.get("nextToken"), [names, cluster_name])
    shown = [row if tags else {key: value for key, value in row.items() if key != "tags"} for row in shown]
    return {"capacityProviders": shown, "failures": failures} | ({"nextToken": token} if token else {})

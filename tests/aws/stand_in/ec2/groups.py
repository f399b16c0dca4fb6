"""Auto Scaling groups: what a group keeps, the checks that AWS makes of it, how it is described."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ..refusal import Refusal, validation
from ..region import Region, Subnet
from . import templates
from .instances import Instance, kind_of

Json = dict[str, Any]

ON_DEMAND_STRATEGIES = ("lowest-price", "prioritized")
SPOT_STRATEGIES = (
    "lowest-price",
    "diversified",
    "capacity-optimized",
    "capacity-optimized-prioritized",
    "price-capacity-optimized",
)
DISTRIBUTION_DEFAULTS = {
    "OnDemandAllocationStrategy": "prioritized",
    "OnDemandBaseCapacity": 0,
    "OnDemandPercentageAboveBaseCapacity": 100,
    "SpotAllocationStrategy": "lowest-price",
}
# Members of a create or update request that the group keeps as they came.
KEPT = (
    "LaunchTemplate",
    "MixedInstancesPolicy",
    "MinSize",
    "MaxSize",
    "DefaultCooldown",
    "HealthCheckType",
    "HealthCheckGracePeriod",
    "PlacementGroup",
    "VPCZoneIdentifier",
    "TerminationPolicies",
    "NewInstancesProtectedFromScaleIn",
    "ServiceLinkedRoleARN",
    "MaxInstanceLifetime",
    "CapacityRebalance",
    "Context",
    "DesiredCapacityType",
    "DefaultInstanceWarmup",
    "InstanceMaintenancePolicy",
    "AvailabilityZoneDistribution",
    "AvailabilityZoneImpairmentPolicy",
    "CapacityReservationSpecification",
    "InstanceLifecyclePolicy",
    "DeletionProtection",
)


@dataclass
class Group:
    """One group; `settings` are the members of KEPT."""

    name: str
    arn: str
    created: datetime
    settings: Json
    desired: int
    tags: list[Json] = field(default_factory=list)
    # Kept and told, and nothing waits for a hook or starts by itself.
    hooks: list[Json] = field(default_factory=list)
    scheduled: list[Json] = field(default_factory=list)
    suspended: dict[str, str] = field(default_factory=dict)
    activities: list[Json] = field(default_factory=list)

    def instances(self, region: Region) -> list[Instance]:
        """Those that the group counts, oldest first."""
        return [instance for instance in region.instances.values() if instance.group == self.name and instance.alive]

    def subnets(self, region: Region) -> list[Subnet]:
        """The group's subnets, in the order of the request."""
        return [region.subnets[text] for text in self.settings["VPCZoneIdentifier"].split(",")]

    def distribution(self) -> Json:
        """The instances distribution with AWS's defaults."""
        return DISTRIBUTION_DEFAULTS | self.settings.get("MixedInstancesPolicy", {}).get("InstancesDistribution", {})

    def describe(self, region: Region, members: list[Instance]) -> Json:
        """As DescribeAutoScalingGroups gives it."""
        row = {key: value for key, value in self.settings.items() if value is not None}
        if "MixedInstancesPolicy" in row:
            row["MixedInstancesPolicy"] = row["MixedInstancesPolicy"] | {"InstancesDistribution": self.distribution()}
        return row | {
            "AutoScalingGroupName": self.name,
            "AutoScalingGroupARN": self.arn,
            "DesiredCapacity": self.desired,
            "AvailabilityZones": sorted({subnet.zone for subnet in self.subnets(region)}),
            "CreatedTime": self.created,
            "LoadBalancerNames": [],
            "TargetGroupARNs": [],
            "EnabledMetrics": [],
            "TrafficSources": [],
            "Instances": [instance.in_group() for instance in members],
            "SuspendedProcesses": [
                {"ProcessName": name, "SuspensionReason": reason} for name, reason in sorted(self.suspended.items())
            ],
            "Tags": self.tags,
        }


def find(region: Region, name: str) -> Group:
    """The group of that name."""
    group = region.groups.get(name)
    if group is None:
        raise validation(f"AutoScalingGroup name not found - AutoScalingGroup '{name}' not found")
    return group


def defaults() -> Json:
    """What AWS fills in where a create request says nothing."""
    return {
        "DefaultCooldown": 300,
        "HealthCheckType": "EC2",
        "HealthCheckGracePeriod": 0,
        "TerminationPolicies": ["Default"],
        "NewInstancesProtectedFromScaleIn": False,
        "CapacityRebalance": False,
        "DeletionProtection": "none",
        "AvailabilityZoneDistribution": {"CapacityDistributionStrategy": "balanced-best-effort"},
        "CapacityReservationSpecification": {"CapacityReservationPreference": "default"},
    }


def check_sizes(settings: Json, desired: int) -> None:
    """Min, desired and max in this order."""
    least, most = settings["MinSize"], settings["MaxSize"]
    if least < 0 or most < 0:
        raise validation("Min and max group size must not be negative")
    if least > most:
        raise validation(f"Max bound, {most}, must be greater than or equal to min bound, {least}")
    if desired < least:
        raise validation(f"Desired capacity:{desired} must be above or equal to min size:{least}")
    if desired > most:
        raise validation(f"Desired capacity:{desired} must be below or equal to max size:{most}")


def check_sources(region: Region, settings: Json) -> None:
    """One source of instances, templates and types that exist, subnets that exist, strategies that AWS knows."""
    sources = [name for name in ("LaunchTemplate", "MixedInstancesPolicy") if settings.get(name)]
    if len(sources) != 1:
        raise validation(
            "Valid requests must contain either LaunchTemplate, LaunchConfigurationName, InstanceId or MixedInstancesPolicy parameter."
        )
    zones = settings.get("VPCZoneIdentifier")
    if not zones:
        raise validation("At least one Availability Zone or VPC Subnet is required.")
    for text in zones.split(","):
        if text not in region.subnets:
            raise validation(f"The subnet ID '{text}' does not exist")
    if sources == ["LaunchTemplate"]:
        data = launch_data(region, settings["LaunchTemplate"])["data"]
        if not data.get("InstanceType"):
            raise validation(
                "You must use a valid fully-formed launch template. The request must contain the parameter InstanceType"
            )
        kind_of(data["InstanceType"])
    else:
        _check_policy(region, settings["MixedInstancesPolicy"])


def _check_policy(region: Region, policy: Json) -> None:
    specification = policy.get("LaunchTemplate", {}).get("LaunchTemplateSpecification")
    if not specification:
        raise validation("Valid requests must contain a LaunchTemplateSpecification in MixedInstancesPolicy.")
    data = launch_data(region, specification)["data"]
    overrides = policy["LaunchTemplate"].get("Overrides", [])
    if not overrides:
        kind_of(data.get("InstanceType", ""))
    names = [override["InstanceType"] for override in overrides if "InstanceType" in override]
    for name in names:
        kind_of(name)
    if len(set(names)) < len(names):
        raise validation("Override instance types must be unique.")
    if len({"WeightedCapacity" in override for override in overrides}) > 1:
        raise validation("If you specify a weight for one override, you must specify a weight for all overrides.")
    for override in overrides:
        if "LaunchTemplateSpecification" in override:
            launch_data(region, override["LaunchTemplateSpecification"])
    distribution = policy.get("InstancesDistribution", {})
    if distribution.get("OnDemandAllocationStrategy", "prioritized") not in ON_DEMAND_STRATEGIES:
        raise validation("Invalid OnDemandAllocationStrategy. Valid values: " + ", ".join(ON_DEMAND_STRATEGIES))
    spot = distribution.get("SpotAllocationStrategy", "lowest-price")
    if spot not in SPOT_STRATEGIES:
        raise validation("Invalid SpotAllocationStrategy. Valid values: " + ", ".join(SPOT_STRATEGIES))
    if distribution.get("SpotInstancePools") is not None and spot != "lowest-price":
        raise validation("SpotInstancePools is only supported with the lowest-price Spot allocation strategy.")
    if not 0 <= distribution.get("OnDemandPercentageAboveBaseCapacity", 100) <= 100:
        raise validation("OnDemandPercentageAboveBaseCapacity must be between 0 and 100.")
    if distribution.get("OnDemandBaseCapacity", 0) < 0:
        raise validation("OnDemandBaseCapacity must not be negative.")


def launch_data(region: Region, specification: Json) -> Json:
    """The template's identity, the version as the group names it and the data behind it."""
    try:
        template = _template(region, specification)
        version = template.version(specification.get("Version"))
    except Refusal as refusal:
        raise validation(f"You must use a valid fully-formed launch template. {refusal.message}") from refusal
    return {
        "LaunchTemplateId": template.template_id,
        "LaunchTemplateName": template.name,
        "Version": str(version["VersionNumber"]),
        "data": version["LaunchTemplateData"],
    }


def completed(region: Region, settings: Json) -> Json:
    """The settings with both names of each template, as AWS describes them."""
    if settings.get("LaunchTemplate"):
        return settings | {"LaunchTemplate": _both_names(region, settings["LaunchTemplate"])}
    policy = settings["MixedInstancesPolicy"]
    inner = dict(policy["LaunchTemplate"])
    inner["LaunchTemplateSpecification"] = _both_names(region, inner["LaunchTemplateSpecification"])
    inner["Overrides"] = [
        override | {"LaunchTemplateSpecification": _both_names(region, override["LaunchTemplateSpecification"])}
        if "LaunchTemplateSpecification" in override
        else override
        for override in inner.get("Overrides", [])
    ]
    return settings | {"MixedInstancesPolicy": policy | {"LaunchTemplate": inner}}


def _template(region: Region, specification: Json) -> templates.Template:
    """The template of a specification, by its id where it has both, as a described group does."""
    if specification.get("LaunchTemplateId"):
        return templates.find(region, {"LaunchTemplateId": specification["LaunchTemplateId"]})
    return templates.find(region, specification)


def _both_names(region: Region, specification: Json) -> Json:
    template = _template(region, specification)
    both = {"LaunchTemplateId": template.template_id, "LaunchTemplateName": template.name}
    return both | ({"Version": specification["Version"]} if "Version" in specification else {})

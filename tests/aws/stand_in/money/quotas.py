"""Quotas: defaults as a large account has them, or what `PUT quotas` says."""

from __future__ import annotations

from typing import Any

from ..actions import action
from ..refusal import Refusal
from ..region import Region

Json = dict[str, Any]

# Name and default by service and code; the defaults are round figures far above what tests make.
QUOTAS = {
    ("ecs", "L-A24B7D58"): ("Capacity providers per cluster", 100),
    ("ec2", "L-1216C47A"): ("Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances", 100_000),
    ("ec2", "L-34B43A08"): ("All Standard (A, C, D, H, I, M, R, T, Z) Spot Instance Requests", 100_000),
    ("ec2", "L-DB2E81BA"): ("Running On-Demand G and VT instances", 10_000),
    ("ec2", "L-3819A6DF"): ("All G and VT Spot Instance Requests", 10_000),
    ("ec2", "L-417A185B"): ("Running On-Demand P instances", 10_000),
}
GROUPS = 500


@action("service-quotas", "GetServiceQuota")
def quota(region: Region, request: Json) -> Json:
    """The value that holds."""
    service, code = request["ServiceCode"], request["QuotaCode"]
    if (service, code) not in QUOTAS:
        raise Refusal("NoSuchResourceException", f"The quota {code} of {service} does not exist.")
    name, default = QUOTAS[(service, code)]
    value = region.quotas.get(code, default)
    return {"Quota": {"ServiceCode": service, "QuotaCode": code, "QuotaName": name, "Value": float(value)}}


@action("autoscaling", "DescribeAccountLimits")
def account_limits(region: Region, _request: Json) -> Json:
    """Groups that are there and that may be."""
    return {
        "MaxNumberOfAutoScalingGroups": int(region.quotas.get("groups", GROUPS)),
        "MaxNumberOfLaunchConfigurations": 200,
        "NumberOfAutoScalingGroups": len(region.groups),
        "NumberOfLaunchConfigurations": 0,
    }

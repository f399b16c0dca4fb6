"""Instance types and where they are offered (moto's copy of AWS's answers, in pages), and Spot prices."""

from __future__ import annotations

import fnmatch
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from moto.ec2.models import ec2_backends

from .. import catalogue
from ..actions import action
from ..paging import page
from ..refusal import Refusal
from ..region import ACCOUNT, Region
from .templates import bad_token

Json = dict[str, Any]
PLATFORM = "Linux/UNIX"
# A Spot price changes this often in the generated history.
SPOT_STEP = timedelta(hours=6)
# How far a zone's price lies from the advisor's mean, in percent, by the zone's place in the Region and the step.
WAVE = (0, 2, 4, 1, -3, -4, -1, 3)


@cache
def _types(region: str) -> list[Json]:
    return sorted(ec2_backends[ACCOUNT][region].describe_instance_types(), key=lambda row: row["InstanceType"])


def _matches(value: Any, patterns: list[str]) -> bool:
    values = value if isinstance(value, list) else [value]
    shown = ["true" if v is True else "false" if v is False else str(v) for v in values if v is not None]
    return any(fnmatch.fnmatchcase(text, pattern) for text in shown for pattern in patterns)


FILTERS = {
    "instance-type": ("InstanceType",),
    "current-generation": ("CurrentGeneration",),
    "bare-metal": ("BareMetal",),
    "burstable-performance-supported": ("BurstablePerformanceSupported",),
    "hypervisor": ("Hypervisor",),
    "processor-info.supported-architecture": ("ProcessorInfo", "SupportedArchitectures"),
    "supported-usage-class": ("SupportedUsageClasses",),
    "supported-virtualization-type": ("SupportedVirtualizationTypes",),
    "vcpu-info.default-vcpus": ("VCpuInfo", "DefaultVCpus"),
}


@action("ec2", "DescribeInstanceTypes")
def describe_types(region: Region, request: Json) -> Json:
    names = request.get("InstanceTypes")
    rows = _types(region.name)
    if names:
        if len(names) > 100:
            raise Refusal("InvalidParameterValue", "The number of instance types must not be above 100")
        if request.get("MaxResults"):
            raise Refusal("InvalidParameterCombination", "The parameter MaxResults cannot be used with InstanceTypes")
        known = {row["InstanceType"]: row for row in rows}
        missing = [name for name in names if name not in known]
        if missing:
            raise Refusal(
                "InvalidInstanceType", f"The following supplied instance types do not exist: [{', '.join(missing)}]"
            )
        rows = [known[name] for name in names]
    for part in request.get("Filters", []):
        if part["Name"] not in FILTERS:
            raise Refusal("InvalidParameterValue", f"The filter '{part['Name']}' is invalid")
        rows = [row for row in rows if _matches(_member(row, FILTERS[part["Name"]]), part["Values"])]
    limit = min(request.get("MaxResults", 100), 100)
    shown, token = page(rows, limit, request.get("NextToken"), request.get("Filters"), bad_token)
    return {"InstanceTypes": shown} | ({"NextToken": token} if token else {})


def _member(row: Json, path: tuple[str, ...]) -> Any:
    value: Any = row
    for name in path:
        value = (value or {}).get(name)
    return value


@action("ec2", "DescribeInstanceTypeOfferings")
def describe_offerings(region: Region, request: Json) -> Json:
    kind = request.get("LocationType", "region")
    rows = ec2_backends[ACCOUNT][region.name].describe_instance_type_offerings(kind, {})
    for part in request.get("Filters", []):
        member = {"location": "Location", "instance-type": "InstanceType"}.get(part["Name"])
        if member is None:
            raise Refusal("InvalidParameterValue", f"The filter '{part['Name']}' is invalid")
        rows = [row for row in rows if _matches(row[member], part["Values"])]
    limit = min(request.get("MaxResults", 1000), 1000)
    question = [kind, request.get("Filters")]
    shown, token = page(rows, limit, request.get("NextToken"), question, bad_token)
    return {"InstanceTypeOfferings": [row | {"LocationType": kind} for row in shown]} | (
        {"NextToken": token} if token else {}
    )


def _moment(value: Any) -> datetime:
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    return datetime.fromtimestamp(float(value), tz=UTC)


@action("ec2", "DescribeSpotPriceHistory")
def describe_spot(region: Region, request: Json) -> Json:
    end = _moment(request["EndTime"]) if "EndTime" in request else region.now()
    start = _moment(request["StartTime"]) if "StartTime" in request else end - timedelta(days=90)
    start = max(start, end - timedelta(days=90))
    filters = {part["Name"]: part["Values"] for part in request.get("Filters", [])}
    unknown = set(filters) - {"availability-zone", "availability-zone-id", "instance-type", "product-description"}
    if unknown:
        raise Refusal("InvalidParameterValue", f"The filter '{min(unknown)}' is invalid")
    platforms = request.get("ProductDescriptions") or filters.get("product-description") or [PLATFORM]
    names = request.get("InstanceTypes") or filters.get("instance-type")
    zone = request.get("AvailabilityZone")
    zones = [zone] if zone else filters.get("availability-zone")
    rows: list[Json] = []
    if any(fnmatch.fnmatchcase(PLATFORM, text) for text in platforms):
        rows = _history(region, names, zones, filters.get("availability-zone-id"), start, end)
    limit = min(request.get("MaxResults") or 1000, 1000)
    question = (
        [names, zones, platforms, str(start), str(end)]
        if "StartTime" in request and "EndTime" in request
        else [names, zones, platforms]
    )
    shown, token = page(rows, limit, request.get("NextToken") or None, question, bad_token)
    return {"SpotPriceHistory": shown, "NextToken": token or ""}


def _history(
    region: Region,
    names: list[str] | None,
    zones: list[str] | None,
    zone_ids: list[str] | None,
    start: datetime,
    end: datetime,
) -> list[Json]:
    """Newest first; the row before the start is in it too, because its price holds at the start."""
    seconds = SPOT_STEP.total_seconds()
    first, last = int(start.timestamp() // seconds), int(end.timestamp() // seconds)
    places = sorted({(s.zone, s.zone_id) for s in region.subnets.values()})
    offered = catalogue.zones_offering(region.name)
    rows = []
    for step in range(last, first - 1, -1):
        moment = datetime.fromtimestamp(step * seconds, tz=UTC)
        for number, (zone, zone_id) in enumerate(places):
            if (zones and zone not in zones) or (zone_ids and zone_id not in zone_ids):
                continue
            for name in names if names is not None else catalogue.instance_types():
                mean = catalogue.spot(region.name, name)
                if mean is None or zone_id not in offered.get(name, []):
                    continue
                price = mean * (100 + WAVE[(step + 3 * number) % len(WAVE)]) / 100
                rows.append(_row(name, zone, zone_id, price, moment))
    return rows


def _row(name: str, zone: str, zone_id: str, price: Decimal, moment: datetime) -> Json:
    return {
        "AvailabilityZone": zone,
        "AvailabilityZoneId": zone_id,
        "InstanceType": name,
        "ProductDescription": PLATFORM,
        "SpotPrice": f"{price:.6f}",
        "Timestamp": moment,
    }

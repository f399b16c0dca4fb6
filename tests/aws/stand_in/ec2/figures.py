"""Instance types and where they are offered (moto's copy of AWS's answers, in pages), and Spot prices."""

from __future__ import annotations

import fnmatch
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
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
# How far a zone's price lies from the advisor's mean, in percent, by the zone's place in the Region and the step.
WAVE = (0, 2, 4, 1, -3, -4, -1, 3)


@catalogue.by_extent
def _types(region: str) -> list[Json]:
    rows = ec2_backends[ACCOUNT][region].describe_instance_types()
    shown = (row for row in rows if catalogue.is_shown(region, row["InstanceType"]))
    return sorted(shown, key=lambda row: row["InstanceType"])


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
    rows = [row for row in rows if catalogue.is_shown(region.name, row["InstanceType"])]
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
    rows: Sequence[Json] = ()
    if any(fnmatch.fnmatchcase(PLATFORM, text) for text in platforms):
        rows = History(_pools(region, names, zones, filters.get("availability-zone-id")), start, end)
    limit = min(request.get("MaxResults") or 1000, 1000)
    question = (
        [names, zones, platforms, str(start), str(end)]
        if "StartTime" in request and "EndTime" in request
        else [names, zones, platforms]
    )
    shown, token = page(rows, limit, request.get("NextToken") or None, question, bad_token)
    return {"SpotPriceHistory": shown, "NextToken": token or ""}


@dataclass(frozen=True)
class Pool:
    """A type in a zone."""

    name: str
    zone: str
    zone_id: str
    number: int
    mean: Decimal


def _pools(
    region: Region, names: list[str] | None, zones: list[str] | None, zone_ids: list[str] | None
) -> tuple[Pool, ...]:
    places = tuple(sorted({(s.zone, s.zone_id) for s in region.subnets.values()}))
    wanted = [None if values is None else frozenset(values) for values in (names, zones or None, zone_ids or None)]
    return _known_pools(region.name, places, *wanted)


@catalogue.by_extent
def _known_pools(
    region: str,
    places: tuple[tuple[str, str], ...],
    names: frozenset[str] | None,
    zones: frozenset[str] | None,
    zone_ids: frozenset[str] | None,
) -> tuple[Pool, ...]:
    """A history is asked for in hundreds of pages: its pools are looked up once."""
    offered = catalogue.zones_offering(region)
    return tuple(
        Pool(name, zone, zone_id, number, mean)
        for number, (zone, zone_id) in enumerate(places)
        if (zones is None or zone in zones) and (zone_ids is None or zone_id in zone_ids)
        for name in catalogue.instance_types()
        if (names is None or name in names) and zone_id in offered.get(name, [])
        if (mean := catalogue.spot(region, name)) is not None
    )


class History(Sequence[Json]):
    """Newest first; the row before the start is in it too, because its price holds at the start. A row is made when
    its page is asked for."""

    def __init__(self, pools: tuple[Pool, ...], start: datetime, end: datetime) -> None:
        self._step = catalogue.EXTENT.spot_step.total_seconds()
        first = int(start.timestamp() // self._step)
        self._last = int(end.timestamp() // self._step)
        self._pools = pools
        self._rows = range(max(0, self._last - first + 1) * len(pools))

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, place: Any) -> Any:
        if isinstance(place, slice):
            return [self._row(number) for number in self._rows[place]]
        return self._row(self._rows[place])

    def _row(self, number: int) -> Json:
        back, which = divmod(number, len(self._pools))
        step, pool = self._last - back, self._pools[which]
        price = pool.mean * (100 + WAVE[(step + 3 * pool.number) % len(WAVE)]) / 100
        return {
            "AvailabilityZone": pool.zone,
            "AvailabilityZoneId": pool.zone_id,
            "InstanceType": pool.name,
            "ProductDescription": PLATFORM,
            "SpotPrice": f"{price:.6f}",
            "Timestamp": datetime.fromtimestamp(step * self._step, tz=UTC),
        }

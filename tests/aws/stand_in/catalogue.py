"""Figures of instance types from the project's own data directory: sizes, memory as registered, zones, prices."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import cache, cached_property
from pathlib import Path
from typing import Any

DATA = Path(__file__).resolve().parents[3] / "data"


@dataclass
class Extent:
    """How much of the figures is shown: a small part makes the same calls in fewer pages."""

    # All instance types where it is None.
    types: int | None = None
    # A Spot price changes this often in the generated history.
    spot_step: timedelta = timedelta(hours=6)


EXTENT = Extent()
_CACHES: list[Any] = []


def by_extent(function: Callable[..., Any]) -> Any:
    """Remembers what a function gives until another part of the figures is shown."""
    remembering = cache(function)
    _CACHES.append(remembering)
    return remembering


def show(types: int | None = None, spot_step_hours: float = 6) -> None:
    """Shows a part of the figures from now on; without arguments all of them."""
    EXTENT.types, EXTENT.spot_step = types, timedelta(hours=spot_step_hours)
    for remembering in _CACHES:
        remembering.cache_clear()


def rows(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file; none where it is not there."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@dataclass(frozen=True)
class InstanceType:
    """One instance type."""

    name: str
    vcpu: int
    memory_mib: int
    arch: str
    gpus: int
    hypervisor: str
    max_enis: int
    branch_enis: int

    @cached_property
    def registered_memory_mib(self) -> int:
        """What the agent registers: the last sample in registered_memory.csv, else by the project's fitted model."""
        sample = _samples().get(self.name)
        return sample if sample is not None else _modelled(self)

    @property
    def family(self) -> str:
        """What stands before the point."""
        return self.name.split(".")[0]


@cache
def instance_types() -> dict[str, InstanceType]:
    """All types of instance_types.csv by name."""
    return {
        row["instance_type"]: InstanceType(
            name=row["instance_type"],
            vcpu=int(row["vcpu"]),
            memory_mib=int(row["memory_mib"]),
            arch=row["arch"],
            gpus=int(row["gpu_count"] or 0),
            hypervisor=row["hypervisor"],
            max_enis=int(row["max_enis"] or 0),
            branch_enis=int(row["branch_enis"] or 0),
        )
        for row in rows(DATA / "instance_types.csv")
    }


@cache
def _samples() -> dict[str, int]:
    return {row["instance_type"]: int(row["registered_mib"]) for row in rows(DATA / "registered_memory.csv")}


@cache
def _model() -> dict[str, tuple[float, float, float]]:
    return {
        row["class"]: (float(row["percent"]), float(row["fixed_mib"]), float(row["per_vcpu_mib"]))
        for row in rows(DATA / "registered_memory_model.csv")
    }


def _modelled(kind: InstanceType) -> int:
    if kind.hypervisor == "xen":
        name = "xen_below_4_gib" if kind.memory_mib < 4096 else "xen"
    else:
        name = "nitro_t3" if kind.family == "t3" else "nitro"
    percent, fixed, per_vcpu = _model()[name]
    return int(kind.memory_mib * (1 - percent / 100) - fixed - per_vcpu * kind.vcpu)


@by_extent
def on_demand(region: str) -> dict[str, Decimal]:
    """USD an hour, Linux, shared tenancy; of the first types where only a part is shown."""
    prices = rows(DATA / "regions" / region / "on_demand_prices.csv")
    return {row["instance_type"]: Decimal(row["usd_per_hour"]) for row in prices[: EXTENT.types]}


def is_shown(region: str, name: str) -> bool:
    """Whether a type is in the part of the figures that is shown."""
    return EXTENT.types is None or name in on_demand(region)


@cache
def spot_saving(region: str) -> dict[str, int]:
    """Percent that Spot is cheaper than On-Demand."""
    return {
        row["instance_type"]: int(row["savings_pct"])
        for row in rows(DATA / "regions" / region / "spot_advisor.csv")
        if row["savings_pct"]
    }


@cache
def zones_offering(region: str) -> dict[str, list[str]]:
    """Zone ids in which a type is offered."""
    return {
        row["instance_type"]: row["az_ids"].split(";") for row in rows(DATA / "regions" / region / "zone_offerings.csv")
    }


def spot(region: str, name: str) -> Decimal | None:
    """USD an hour on Spot by the advisor's saving, or None where either figure is not known."""
    price, saving = on_demand(region).get(name), spot_saving(region).get(name)
    if price is None or saving is None:
        return None
    return price * (100 - saving) / 100

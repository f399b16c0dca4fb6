"""Data of metrics, and statistics of what falls into a period."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ..refusal import Refusal

Json = dict[str, Any]
Key = tuple[str, str, tuple[tuple[str, str], ...]]
PERCENTILE = re.compile(r"^p(\d{1,2}(?:\.\d{1,10})?|100)$")
PLAIN = ("SampleCount", "Average", "Sum", "Minimum", "Maximum")


@dataclass
class Datum:
    """Values of one moment: each with how often it came, or only their statistics."""

    at: float
    count: float
    total: float
    least: float
    most: float
    unit: str
    values: list[tuple[float, float]] | None = None


@dataclass
class Metrics:
    """All metrics of a Region."""

    data: dict[Key, list[Datum]] = field(default_factory=dict)

    def put(self, key: Key, datum: Datum) -> None:
        """Adds a datum."""
        self.data.setdefault(key, []).append(datum)

    def periods(self, key: Key, start: float, end: float, period: int, unit: str | None) -> list[tuple[float, list[Datum]]]:
        """What a metric has from `start` on and before `end`, by the starts of its periods, oldest first."""
        found: dict[float, list[Datum]] = {}
        for datum in self.data.get(key, []):
            if start <= datum.at < end and unit in (None, datum.unit):
                found.setdefault(datum.at // period * period, []).append(datum)
        return sorted(found.items())


def key_of(namespace: str, name: str, dimensions: list[Json] | None) -> Key:
    """A metric is its namespace, its name and all its dimensions."""
    return namespace, name, tuple(sorted((part["Name"], part["Value"]) for part in dimensions or []))


def seconds(value: Any) -> float:
    """Seconds since 1970 of a timestamp as the protocols give it."""
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()
    return float(value)


def is_statistic(name: str) -> bool:
    """Whether the stand-in can compute it."""
    return name in PLAIN or PERCENTILE.match(name) is not None


def statistic(name: str, data: list[Datum]) -> float | None:
    """A statistic of the data of one period; none where only single values would tell."""
    count = sum(datum.count for datum in data)
    match name:
        case "SampleCount":
            return count
        case "Sum":
            return sum(datum.total for datum in data)
        case "Average":
            return sum(datum.total for datum in data) / count if count else None
        case "Minimum":
            return min(datum.least for datum in data)
        case "Maximum":
            return max(datum.most for datum in data)
    found = PERCENTILE.match(name)
    if found is None:
        raise Refusal("ValidationError", f"the stand-in does not compute the statistic {name}")
    return percentile(float(found[1]), data)


def percentile(part: float, data: list[Datum]) -> float | None:
    """Between the two nearest values, by how near they are. CloudWatch has percentiles of single values, and of a
    statistic set only where all its values are the same."""
    values: list[tuple[float, float]] = []
    for datum in data:
        if datum.values is not None:
            values += datum.values
        elif datum.least == datum.most:
            values.append((datum.least, datum.count))
        else:
            return None
    values.sort()
    count = sum(times for _, times in values)
    if count <= 0:
        return None
    place = max(0.0, (count - 1) * part / 100)
    low, high = _at(values, math.floor(place)), _at(values, math.ceil(place))
    return low + (high - low) * (place - math.floor(place))


def _at(values: list[tuple[float, float]], place: float) -> float:
    passed = 0.0
    for value, times in values:
        passed += times
        if place < passed:
            return value
    return values[-1][0]

"""PutMetricData, GetMetricData, GetMetricStatistics, ListMetrics; metric expressions are refused."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from ..actions import action
from ..paging import page
from ..refusal import Refusal
from ..region import Region
from .data import Datum, Metrics, is_statistic, key_of, seconds, statistic

Json = dict[str, Any]
MOST_QUERIES = 500
MOST_DATA = 100_800
MOST_DATA_OF_STATISTICS = 1_440


def of(region: Region) -> Metrics:
    """The metrics of a Region."""
    if region.metrics is None:
        region.metrics = Metrics()
    return region.metrics


@action("cloudwatch", "PutMetricData")
def put(region: Region, request: Json) -> Json:
    for row in request.get("MetricData", []):
        of(region).put(key_of(request["Namespace"], row["MetricName"], row.get("Dimensions")), _datum(region, row))
    return {}


def _datum(region: Region, row: Json) -> Datum:
    at = seconds(row["Timestamp"]) if "Timestamp" in row else region.now().timestamp()
    unit = row.get("Unit", "None")
    if "StatisticValues" in row:
        told = row["StatisticValues"]
        return Datum(at, told["SampleCount"], told["Sum"], told["Minimum"], told["Maximum"], unit)
    values = row["Values"] if "Values" in row else [row["Value"]] if "Value" in row else []
    counts = row.get("Counts") or [1.0] * len(values)
    if not values or len(counts) != len(values):
        raise Refusal("InvalidParameterCombination", "A datum has a value, values with as many counts, or statistics")
    pairs = [(float(value), float(times)) for value, times in zip(values, counts, strict=True)]
    total = sum(value * times for value, times in pairs)
    least, most = min(value for value, _ in pairs), max(value for value, _ in pairs)
    return Datum(at, sum(counts), total, least, most, unit, pairs)


@action("cloudwatch", "GetMetricData")
def get(region: Region, request: Json) -> Json:
    queries = request["MetricDataQueries"]
    names = [query["Id"] for query in queries]
    if len(queries) > MOST_QUERIES:
        raise _invalid(f"The collection MetricDataQueries must not have a size greater than {MOST_QUERIES}.")
    if len(set(names)) != len(names):
        raise _invalid("The values for parameter id in MetricDataQueries are not unique.")
    start, end = _window(request)
    newest_first = request.get("ScanBy", "TimestampDescending") == "TimestampDescending"
    rows: list[tuple[Json, float, float]] = []
    for query in queries:
        found = _series(region, query, start, end)
        if query.get("ReturnData", True):
            rows += [(query, *pair) for pair in (reversed(found) if newest_first else found)]
    limit = min(request.get("MaxDatapoints") or MOST_DATA, MOST_DATA)
    question = {key: value for key, value in request.items() if key not in ("NextToken", "MaxDatapoints")}
    shown, token = page(rows, limit, request.get("NextToken"), question, _bad_token)
    own: dict[str, list[tuple[float, float]]] = {query["Id"]: [] for query in queries}
    for query, at, value in shown:
        own[query["Id"]].append((at, value))
    # Of pages only the last series of one may go on.
    cut = shown[-1][0]["Id"] if token is not None else None
    results = [_result(query, own[query["Id"]], cut) for query in queries if query.get("ReturnData", True)]
    return {"MetricDataResults": results, "Messages": []} | ({"NextToken": token} if token else {})


def _result(query: Json, own: list[tuple[float, float]], cut: str | None) -> Json:
    metric = query["MetricStat"]["Metric"]
    return {
        "Id": query["Id"],
        "Label": query.get("Label", metric["MetricName"]),
        "Timestamps": [datetime.fromtimestamp(at, tz=UTC) for at, _ in own],
        "Values": [value for _, value in own],
        "StatusCode": "PartialData" if query["Id"] == cut else "Complete",
    }


def _series(region: Region, query: Json, start: float, end: float) -> list[tuple[float, float]]:
    if "MetricStat" not in query:
        raise _invalid(f"{query['Id']}: the stand-in does not compute metric expressions")
    wanted = query["MetricStat"]
    metric = wanted["Metric"]
    key = key_of(metric["Namespace"], metric["MetricName"], metric.get("Dimensions"))
    return _values(region, key, (start, end), wanted["Period"], wanted["Stat"], wanted.get("Unit"))


def _values(
    region: Region, key: Any, window: tuple[float, float], period: int, name: str, unit: str | None
) -> list[tuple[float, float]]:
    if period not in (1, 5, 10, 30) and period % 60:
        raise _invalid("The parameter Period must be 1, 5, 10, 30, or a multiple of 60.")
    if not is_statistic(name):
        raise _invalid(f"the stand-in does not compute the statistic {name}")
    # A window begins with a period.
    start = window[0] // period * period
    found = of(region).periods(key, start, window[1], period, unit)
    values = ((at, statistic(name, data)) for at, data in found)
    return [(at, float(value)) for at, value in values if value is not None]


def _window(request: Json) -> tuple[float, float]:
    start, end = seconds(request["StartTime"]), seconds(request["EndTime"])
    if start >= end:
        raise _invalid("The parameter StartTime must be less than the parameter EndTime.")
    return start, end


@action("cloudwatch", "GetMetricStatistics")
def statistics(region: Region, request: Json) -> Json:
    key = key_of(request["Namespace"], request["MetricName"], request.get("Dimensions"))
    window, period, unit = _window(request), request["Period"], request.get("Unit")
    plain, percentiles = request.get("Statistics", []), request.get("ExtendedStatistics", [])
    if not plain and not percentiles:
        raise Refusal("MissingParameter", "Must specify either Statistics or ExtendedStatistics.")
    if (window[1] - window[0]) / period > MOST_DATA_OF_STATISTICS:
        raise Refusal(
            "InvalidParameterCombination",
            "You have requested more datapoints than the limit of 1,440. You may reduce the datapoints requested by "
            "increasing Period, or decreasing the time range.",
        )
    points: dict[float, Json] = {}
    for name in [*plain, *percentiles]:
        for at, value in _values(region, key, window, period, name, unit):
            point = points.setdefault(at, {"Timestamp": datetime.fromtimestamp(at, tz=UTC), "Unit": unit or "None"})
            if name in plain:
                point[name] = value
            else:
                point.setdefault("ExtendedStatistics", {})[name] = value
    return {"Label": request["MetricName"], "Datapoints": list(points.values())}


@action("cloudwatch", "ListMetrics")
def list_metrics(region: Region, request: Json) -> Json:
    wanted = request.get("Dimensions", [])
    rows = []
    for namespace, name, dimensions in sorted(of(region).data):
        if request.get("Namespace", namespace) != namespace or request.get("MetricName", name) != name:
            continue
        known = dict(dimensions)
        if all(part["Name"] in known and part.get("Value", known[part["Name"]]) == known[part["Name"]] for part in wanted):
            shown = [{"Name": key, "Value": value} for key, value in dimensions]
            rows.append({"Namespace": namespace, "MetricName": name, "Dimensions": shown})
    question = {key: value for key, value in request.items() if key != "NextToken"}
    shown_rows, token = page(rows, 500, request.get("NextToken"), question, _bad_token)
    return {"Metrics": shown_rows} | ({"NextToken": token} if token else {})


def _invalid(text: str) -> Refusal:
    return Refusal("ValidationError", text)


def _bad_token() -> Refusal:
    return Refusal("InvalidNextToken", "The token is invalid")

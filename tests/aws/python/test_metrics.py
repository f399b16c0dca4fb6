"""CloudWatch: by CBOR, which is all that the SDK for Rust speaks, and by the protocol of the SDK for Python."""

from __future__ import annotations

import http.client
from datetime import UTC, datetime, timedelta
from typing import Any

import cbor2
import pytest
from conftest import StandIn, refused

START = datetime(2026, 11, 1, tzinfo=UTC)
SERVICE = [{"Name": "ClusterName", "Value": "small"}, {"Name": "ServiceName", "Value": "web"}]


def put(aws: StandIn) -> None:
    """In each of four hours the values 10, 20 and 90, each a number of hours higher."""
    rows = [
        {
            "MetricName": "CPUUtilization",
            "Dimensions": SERVICE,
            "Timestamp": START + timedelta(hours=hour, minutes=5),
            "Values": [10.0 + hour, 20.0 + hour, 90.0 + hour],
            "Unit": "Percent",
        }
        for hour in range(4)
    ]
    aws.client("cloudwatch").put_metric_data(Namespace="AWS/ECS", MetricData=rows)


def query(stat: str, name: str = "q") -> dict[str, Any]:
    metric = {"Namespace": "AWS/ECS", "MetricName": "CPUUtilization", "Dimensions": SERVICE}
    return {"Id": name, "MetricStat": {"Metric": metric, "Period": 3600, "Stat": stat}}


def by_cbor(aws: StandIn, operation: str, body: Any) -> tuple[int, dict[str, str], Any]:
    """Asks as an SDK of the protocol rpc-v2-cbor does."""
    connection = http.client.HTTPConnection(aws.endpoint.removeprefix("http://"))
    scope = "Credential=test/20261129/us-east-1/monitoring/aws4_request"
    headers = {
        "Authorization": f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0",
        "Content-Type": "application/cbor",
        "Accept": "application/cbor",
        "smithy-protocol": "rpc-v2-cbor",
    }
    path = f"/service/GraniteServiceVersion20100801/operation/{operation}"
    connection.request("POST", path, cbor2.dumps(body, datetime_as_timestamp=True), headers)
    answer = connection.getresponse()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}, cbor2.loads(answer.read())


def window(**more: Any) -> dict[str, Any]:
    return {"StartTime": START, "EndTime": START + timedelta(hours=4)} | more


@pytest.mark.parametrize(
    ("stat", "first"),
    [("Average", 40.0), ("Sum", 120.0), ("Minimum", 10.0), ("Maximum", 90.0), ("SampleCount", 3.0), ("p95", 83.0),
     ("p50", 20.0), ("p100", 90.0)],
)  # fmt: skip
def test_statistics_by_cbor(aws: StandIn, stat: str, first: float) -> None:
    put(aws)
    status, headers, answer = by_cbor(
        aws, "GetMetricData", window(MetricDataQueries=[query(stat)], ScanBy="TimestampAscending")
    )
    assert status == 200 and headers["smithy-protocol"] == "rpc-v2-cbor"
    (result,) = answer["MetricDataResults"]
    assert result["StatusCode"] == "Complete"
    assert result["Timestamps"] == [START + timedelta(hours=hour) for hour in range(4)]
    step = {"Sum": 3.0, "SampleCount": 0.0}.get(stat, 1.0)
    assert result["Values"] == pytest.approx([first + step * hour for hour in range(4)])


def test_refusals_by_cbor_and_what_is_not_computed(aws: StandIn) -> None:
    put(aws)
    status, _, answer = by_cbor(aws, "GetMetricData", window(MetricDataQueries=[query("Average"), query("Sum")]))
    assert status == 400 and answer["__type"].endswith("ValidationError")
    status, _, answer = by_cbor(aws, "GetMetricData", {"MetricDataQueries": [query("Average")]})
    assert status == 400 and "StartTime" in answer["message"]
    watch = aws.client("cloudwatch")
    search = {"Id": "s", "Expression": "SEARCH('{AWS/ECS,ServiceName}', 'Average', 300)"}
    assert "expressions" in refused(
        lambda: watch.get_metric_data(**window(MetricDataQueries=[search])), "ValidationError"
    )


def test_pages_and_the_newest_first(aws: StandIn) -> None:
    put(aws)
    pages = (aws.client("cloudwatch").get_paginator("get_metric_data")).paginate(
        **window(MetricDataQueries=[query("Maximum", "a"), query("p50", "b")], MaxDatapoints=3)
    )
    values: dict[str, list[float]] = {"a": [], "b": []}
    for number, page in enumerate(pages):
        for result in page["MetricDataResults"]:
            values[result["Id"]] += result["Values"]
    assert number == 2
    assert values == {"a": [93.0, 92.0, 91.0, 90.0], "b": [23.0, 22.0, 21.0, 20.0]}


def test_statistics_of_a_metric_and_which_there_are(aws: StandIn) -> None:
    put(aws)
    watch = aws.client("cloudwatch")
    answer = watch.get_metric_statistics(
        Namespace="AWS/ECS", MetricName="CPUUtilization", Dimensions=SERVICE, Period=7200, ExtendedStatistics=["p95"],
        **window(),
    )  # fmt: skip
    assert [point["ExtendedStatistics"]["p95"] for point in answer["Datapoints"]] == [90.75, 92.75]
    (found,) = watch.list_metrics(Namespace="AWS/ECS", Dimensions=[{"Name": "ServiceName"}])["Metrics"]
    assert found["Dimensions"] == SERVICE
    assert watch.list_metrics(Dimensions=[{"Name": "ServiceName", "Value": "api"}])["Metrics"] == []

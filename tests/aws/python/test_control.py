"""Faults, token buckets, halts, canaries, the list of calls."""

from __future__ import annotations

import http.client
import json
import threading
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError
from conftest import StandIn, refused


def rules(aws: StandIn, *rows: dict[str, Any]) -> None:
    aws.control("PUT", "faults", {"rules": list(rows)})


@pytest.mark.parametrize(
    ("service", "operation", "action", "code"),
    [
        ("ecs", "list_clusters", "ecs:ListClusters", "ThrottlingException"),
        ("autoscaling", "describe_auto_scaling_groups", "autoscaling:DescribeAutoScalingGroups", "Throttling"),
        ("ec2", "describe_subnets", "ec2:DescribeSubnets", "RequestLimitExceeded"),
    ],
)
def test_throttled_once_then_through(aws: StandIn, service: str, operation: str, action: str, code: str) -> None:
    rules(aws, {"kind": "throttle", "action": action, "times": 1})
    call = getattr(aws.client(service), operation)
    refused(call, code)
    call()
    assert aws.control("GET", "calls")["counts"] == {action: 2}


def test_skip_and_call_number(aws: StandIn) -> None:
    ecs = aws.client("ecs")
    rules(aws, {"kind": "error", "action": "ecs:*", "skip": 1, "times": 2})
    ecs.list_clusters()
    for _ in range(2):
        refused(ecs.list_clusters, "ServerException")
    ecs.list_clusters()
    rules(aws, {"kind": "refuse", "atCall": 6})
    ecs.list_clusters()
    assert "ecs:ListClusters" in refused(ecs.list_clusters, "AccessDeniedException")


def test_broken_answers(small: StandIn) -> None:
    ecs = small.client("ecs")
    rules(small, {"kind": "reset"})
    with pytest.raises(ConnectionClosedError):
        ecs.list_clusters()
    # botocore reads over half a document, so that these are looked at as they come.
    rules(small, {"kind": "truncated"})
    with pytest.raises(http.client.IncompleteRead):
        small.raw("ListClusters", {})
    rules(small, {"kind": "malformed"})
    with pytest.raises(json.JSONDecodeError):
        json.loads(small.raw("ListClusters", {}))
    rules(small, {"kind": "slow", "seconds": 0.5})
    start = time.monotonic()
    ecs.list_clusters()
    assert time.monotonic() - start > 0.5


def test_lost_answer_took_effect_and_reset_did_not(aws: StandIn) -> None:
    ecs = aws.client("ecs")
    for kind, effect in (("lost", True), ("reset", False)):
        rules(aws, {"kind": kind, "action": "ecs:CreateCluster"})
        with pytest.raises(ConnectionClosedError):
            ecs.create_cluster(clusterName=kind)
        found = ecs.describe_clusters(clusters=[kind])["clusters"]
        assert bool(found) is effect


def test_buckets_of_the_table(small: StandIn) -> None:
    ecs = small.client("ecs")
    small.control("PUT", "buckets", {"factor": 0.1})
    passed = 0
    for _ in range(9):
        try:
            ecs.describe_services(cluster="small", services=["web"])
            passed += 1
        except ClientError as error:
            assert error.response["Error"]["Code"] == "ThrottlingException"
            break
    # A tenth of 100 calls at once is ten, which DescribeServices and ListServices share.
    assert passed == 9
    refusals = 0
    for _ in range(9):
        try:
            ecs.list_services(cluster="small")
        except ClientError:
            refusals += 1
    assert refusals >= 5
    ecs.list_tasks(cluster="small")
    assert small.control("GET", "calls")["throttledByBuckets"] == refusals


@pytest.mark.parametrize(("when", "there"), [("before", False), ("after", True)])
def test_halt_at_a_call(aws: StandIn, when: str, there: bool) -> None:
    ecs = aws.client("ecs")
    aws.control("PUT", "halt", {"at": 2, "when": when})
    ecs.list_clusters()
    thread = threading.Thread(target=lambda: ecs.create_cluster(clusterName="held"))
    thread.start()
    assert aws.control("GET", "halt?seconds=5") == {"reached": True}
    counts = aws.control("GET", "calls")["counts"]
    assert ("ecs:CreateCluster" in counts) is there
    aws.control("DELETE", "halt")
    thread.join(5)
    assert not thread.is_alive()


def test_waiting_for_a_halt_holds_nobody_back(aws: StandIn) -> None:
    ecs = aws.client("ecs")
    aws.control("PUT", "halt", {"at": 50, "when": "before"})
    said: list[Any] = []
    thread = threading.Thread(target=lambda: said.append(aws.control("GET", "halt?seconds=20")))
    start = time.monotonic()
    thread.start()
    for _ in range(3):
        ecs.list_clusters()
        aws.control("GET", "calls")
    # Taken back, it is not waited for any longer.
    aws.control("DELETE", "halt")
    thread.join(10)
    assert said == [{"reached": False}]
    assert time.monotonic() - start < 10


def test_canaries_in_every_protocol(small: StandIn) -> None:
    canary = small.control("PUT", "canary", {"on": True})["canary"]
    ecs, groups, ec2 = small.client("ecs"), small.client("autoscaling"), small.client("ec2")
    definition = ecs.describe_task_definition(taskDefinition="web:1")["taskDefinition"]
    container = definition["containerDefinitions"][0]
    assert container["environment"] == [{"name": canary, "value": canary}]
    assert container["dockerLabels"] == {canary: canary}
    assert container["entryPoint"] == [canary]
    assert container["image"] == "app:1" and container["cpu"] == 256
    task = ecs.describe_tasks(cluster="small", tasks=ecs.list_tasks(cluster="small")["taskArns"])["tasks"][0]
    assert task["tags"] == [{"key": canary, "value": canary}]
    group = groups.describe_auto_scaling_groups()["AutoScalingGroups"][0]
    assert group["Context"] == canary and group["AutoScalingGroupName"] == "small"
    version = ec2.describe_launch_template_versions(LaunchTemplateName="small")["LaunchTemplateVersions"][0]
    assert version["LaunchTemplateData"]["KeyName"] == canary
    # moto's own answers get them too.
    assert ec2.describe_subnets()["Subnets"][0]["OutpostArn"] == canary
    planted = small.control("GET", "canary")
    assert planted["members"] > 100
    assert "ecs:DescribeTaskDefinition.taskDefinition.containerDefinitions.environment.value" in planted["paths"]


def test_answers_are_of_the_model(small: StandIn) -> None:
    """Every member that own answers hold is one of the API model, of its type."""
    import botocore.session
    from botocore.validate import ParamValidator

    session = botocore.session.get_session()
    ecs = small.client("ecs")
    answers = {
        ("ecs", "DescribeClusters"): ecs.describe_clusters(clusters=["small"]),
        ("ecs", "DescribeServices"): ecs.describe_services(cluster="small", services=["web"]),
        ("ecs", "ListServiceDeployments"): ecs.list_service_deployments(cluster="small", service="web"),
        ("ecs", "DescribeCapacityProviders"): ecs.describe_capacity_providers(),
        ("ecs", "DescribeTaskDefinition"): ecs.describe_task_definition(taskDefinition="web"),
        ("ecs", "DescribeContainerInstances"): ecs.describe_container_instances(
            cluster="small", containerInstances=ecs.list_container_instances(cluster="small")["containerInstanceArns"]
        ),
        ("ecs", "DescribeTasks"): ecs.describe_tasks(
            cluster="small", tasks=ecs.list_tasks(cluster="small")["taskArns"]
        ),
        ("autoscaling", "DescribeAutoScalingGroups"): small.client("autoscaling").describe_auto_scaling_groups(),
        ("ec2", "DescribeInstances"): small.client("ec2").describe_instances(),
    }
    for (service, operation), answer in answers.items():
        answer.pop("ResponseMetadata")
        shape = session.get_service_model(service).operation_model(operation).output_shape
        report = ParamValidator().validate(answer, shape)
        assert not report.has_errors(), f"{operation}: {report.generate_report()}"


def test_members_that_the_model_lacks_are_not_sent(small: StandIn) -> None:
    import botocore.session

    row = json.loads(small.raw("DescribeServices", {"cluster": "small", "services": ["web"]}))["services"][0]
    shape = botocore.session.get_session().get_service_model("ecs").shape_for("Service")
    assert set(row) <= set(shape.members)


def test_a_reset_runs_the_clock_as_at_the_start(aws: StandIn) -> None:
    begun_at = aws.control("POST", "clock", {})["speed"]
    aws.control("POST", "clock", {"speed": 600})
    aws.control("POST", "reset")
    assert aws.control("POST", "clock", {})["speed"] == begun_at


def wanted(aws: StandIn) -> int:
    """Tasks that the service is to have."""
    found = aws.client("ecs").describe_services(cluster="small", services=["web"])
    return int(found["services"][0]["desiredCount"])


def test_a_branch_has_what_was_there_and_goes_its_own_way(small: StandIn) -> None:
    other = small.branch()
    both = (small, other)
    assert [aws.client("ecs").list_services(cluster="small")["serviceArns"] for aws in both] == [
        ["arn:aws:ecs:us-east-1:123456789012:service/small/web"]
    ] * 2
    other.client("ecs").update_service(cluster="small", service="web", desiredCount=2)
    other.control("POST", "settle", {})
    assert [wanted(aws) for aws in both] == [4, 2]
    other.end()


def test_a_halt_moves_on(small: StandIn) -> None:
    """One client that is held at one call after the other: what each leaves is kept."""
    small.control("DELETE", "calls")
    small.control("PUT", "halt", {"at": 1, "when": "before"})
    change = small.client("ecs").update_service
    thread = threading.Thread(target=lambda: change(cluster="small", service="web", desiredCount=2))
    thread.start()
    found = []
    for when in ("before", "after"):
        small.control("PUT", "halt", {"at": 1, "when": when})
        assert small.control("GET", "halt?seconds=20") == {"reached": True}
        kept = small.branch()
        found.append(wanted(kept))
        kept.end()
    small.control("DELETE", "halt")
    thread.join(20)
    assert found == [4, 2]

"""A seeded cluster is described as AWS would, in pages."""

from __future__ import annotations

from conftest import StandIn


def test_small_cluster_runs(small: StandIn) -> None:
    ecs = small.client("ecs")
    service = ecs.describe_services(cluster="small", services=["web"])["services"][0]
    assert (service["desiredCount"], service["runningCount"], service["pendingCount"]) == (4, 4, 0)
    assert [d["rolloutState"] for d in service["deployments"]] == ["COMPLETED"]
    assert service["capacityProviderStrategy"] == [{"capacityProvider": "main", "weight": 1, "base": 0}]
    assert service["placementStrategy"] == [{"type": "spread", "field": "attribute:ecs.availability-zone"}]
    arns = ecs.list_container_instances(cluster="small")["containerInstanceArns"]
    hosts = ecs.describe_container_instances(cluster="small", containerInstances=arns)["containerInstances"]
    assert len(hosts) == 3
    # Three of the four tasks stand in zones of their own.
    assert sorted(host["runningTasksCount"] for host in hosts) == [1, 1, 2]
    registered = {row["name"]: row.get("integerValue") for row in hosts[0]["registeredResources"]}
    # registered_memory.csv's last sample of m5.large, not moto's 7,482 for whatever type.
    assert registered["CPU"] == 2048
    assert 7_500 < registered["MEMORY"] < 8_192


def test_generated_cluster_in_pages(aws: StandIn) -> None:
    made = aws.control("POST", "generate", {"services": 25, "instances": 120, "tasks": 250, "groups": 3, "types": 6})
    assert (made["services"], made["containerInstances"], made["runningTasks"]) == (25, 120, 250)
    assert made["unsettledServices"] == []
    ecs = aws.client("ecs")
    first = ecs.list_services(cluster="large", maxResults=10)
    assert len(first["serviceArns"]) == 10 and first["nextToken"]
    pages = [len(page["taskArns"]) for page in ecs.get_paginator("list_tasks").paginate(cluster="large")]
    assert pages == [100, 100, 50]
    hosts = [
        len(p["containerInstanceArns"]) for p in ecs.get_paginator("list_container_instances").paginate(cluster="large")
    ]
    assert hosts == [100, 20]
    groups = aws.client("autoscaling").describe_auto_scaling_groups(MaxRecords=2)
    assert len(groups["AutoScalingGroups"]) == 2 and groups["NextToken"]
    kinds = {instance["InstanceType"] for group in groups["AutoScalingGroups"] for instance in group["Instances"]}
    assert kinds

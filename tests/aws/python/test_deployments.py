"""Deployments run and end, tasks move, instances drain, groups scale."""

from __future__ import annotations

from typing import Any

from conftest import StandIn, refused


def service(small: StandIn) -> dict[str, Any]:
    return small.client("ecs").describe_services(cluster="small", services=["web"])["services"][0]


def test_update_is_a_deployment_that_ends(small: StandIn) -> None:
    ecs = small.client("ecs")
    ecs.update_service(cluster="small", service="web", taskDefinition="web:2")
    row = service(small)
    assert [d["status"] for d in row["deployments"]] == ["PRIMARY", "ACTIVE"]
    assert row["deployments"][0]["rolloutState"] == "IN_PROGRESS"
    newest = ecs.list_service_deployments(cluster="small", service="web")["serviceDeployments"][0]
    assert newest["status"] in ("PENDING", "IN_PROGRESS")
    small.control("POST", "clock", {"advanceSeconds": 120})
    row = service(small)
    assert [(d["status"], d["rolloutState"], d["runningCount"]) for d in row["deployments"]] == [
        ("PRIMARY", "COMPLETED", 4)
    ]
    arn = newest["serviceDeploymentArn"]
    full = ecs.describe_service_deployments(serviceDeploymentArns=[arn])["serviceDeployments"][0]
    assert full["status"] == "SUCCESSFUL" and full["finishedAt"] > full["createdAt"]
    record = small.control("GET", "record")["services"]["small/web"]
    assert (record["lowestRunning"], record["timesBelowMinimum"]) == (4, 0)


def test_breaker_rolls_back(small: StandIn) -> None:
    ecs = small.client("ecs")
    breaker = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}
    ecs.update_service(cluster="small", service="web", deploymentConfiguration=breaker)
    small.control("POST", "fail", {"cluster": "small", "service": "web"})
    ecs.update_service(cluster="small", service="web", taskDefinition="web:2")
    small.control("POST", "clock", {"advanceSeconds": 300})
    newest = ecs.list_service_deployments(cluster="small", service="web")["serviceDeployments"][0]
    assert newest["status"] == "ROLLBACK_SUCCESSFUL"
    row = service(small)
    assert row["taskDefinition"].endswith("web:1") and row["runningCount"] == 4
    assert small.control("GET", "record")["services"]["small/web"]["timesBelowMinimum"] == 0


def test_stopped_deployment_rolls_back(small: StandIn) -> None:
    ecs = small.client("ecs")
    ecs.update_service(cluster="small", service="web", taskDefinition="web:2")
    arn = ecs.list_service_deployments(cluster="small", service="web")["serviceDeployments"][0]["serviceDeploymentArn"]
    ecs.stop_service_deployment(serviceDeploymentArn=arn)
    small.control("POST", "clock", {"advanceSeconds": 300})
    full = ecs.describe_service_deployments(serviceDeploymentArns=[arn])["serviceDeployments"][0]
    assert full["status"] == "ROLLBACK_SUCCESSFUL"
    refused(lambda: ecs.stop_service_deployment(serviceDeploymentArn=arn), "ConflictException")


def test_drained_instance_loses_its_tasks_and_they_run_elsewhere(small: StandIn) -> None:
    ecs = small.client("ecs")
    arns = ecs.list_container_instances(cluster="small")["containerInstanceArns"]
    ecs.update_container_instances_state(cluster="small", containerInstances=[arns[0]], status="DRAINING")
    small.control("POST", "clock", {"advanceSeconds": 120})
    assert ecs.list_tasks(cluster="small", containerInstance=arns[0])["taskArns"] == []
    assert service(small)["runningCount"] == 4
    assert ecs.list_container_instances(cluster="small", status="DRAINING")["containerInstanceArns"] == [arns[0]]
    many = {"cluster": "small", "containerInstances": arns * 4, "status": "DRAINING"}
    refused(lambda: ecs.update_container_instances_state(**many), "InvalidParameterException")
    assert small.control("GET", "record")["services"]["small/web"]["timesBelowMinimum"] == 0


def test_managed_scaling_out_and_in(small: StandIn) -> None:
    ecs, groups = small.client("ecs"), small.client("autoscaling")
    # Three m5.large hold 8 tasks of 256 CPU units each, and no more than 24.
    ecs.update_service(cluster="small", service="web", desiredCount=30)
    small.control("POST", "clock", {"advanceSeconds": 300})
    assert service(small)["runningCount"] == 30
    group = groups.describe_auto_scaling_groups()["AutoScalingGroups"][0]
    assert group["DesiredCapacity"] == len(group["Instances"]) == 4
    ecs.update_service(cluster="small", service="web", desiredCount=0)
    small.control("POST", "clock", {"advanceSeconds": 3600})
    group = groups.describe_auto_scaling_groups()["AutoScalingGroups"][0]
    assert group["DesiredCapacity"] == 0 and group["Instances"] == []
    assert ecs.list_container_instances(cluster="small")["containerInstanceArns"] == []


def test_protected_instances_stay(small: StandIn) -> None:
    groups = small.client("autoscaling")
    groups.set_desired_capacity(AutoScalingGroupName="small", DesiredCapacity=1)
    group = groups.describe_auto_scaling_groups()["AutoScalingGroups"][0]
    assert len(group["Instances"]) == 3
    ids = [row["InstanceId"] for row in group["Instances"]]
    groups.set_instance_protection(AutoScalingGroupName="small", InstanceIds=ids, ProtectedFromScaleIn=False)
    # Managed draining holds the two until their tasks have gone.
    states = sorted(
        i["LifecycleState"] for i in groups.describe_auto_scaling_groups()["AutoScalingGroups"][0]["Instances"]
    )
    assert states == ["InService", "Terminating:Wait", "Terminating:Wait"]
    small.control("POST", "clock", {"advanceSeconds": 300})
    assert len(groups.describe_auto_scaling_groups()["AutoScalingGroups"][0]["Instances"]) == 1
    assert service(small)["runningCount"] == 4


def test_terminate_below_the_minimum(small: StandIn) -> None:
    groups = small.client("autoscaling")
    groups.update_auto_scaling_group(AutoScalingGroupName="small", MinSize=3)
    some = groups.describe_auto_scaling_groups()["AutoScalingGroups"][0]["Instances"][0]["InstanceId"]
    request = {"InstanceId": some, "ShouldDecrementDesiredCapacity": True}
    refused(lambda: groups.terminate_instance_in_auto_scaling_group(**request), "ValidationError")


def test_fargate_runs_in_the_subnets(small: StandIn) -> None:
    ecs = small.client("ecs")
    ecs.register_task_definition(
        family="job",
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        containerDefinitions=[{"name": "app", "image": "app:1"}],
    )
    rows = small.client("ec2").describe_subnets()["Subnets"]
    chosen = [row["SubnetId"] for row in rows[:2]]
    ecs.create_service(
        cluster="small",
        serviceName="job",
        taskDefinition="job",
        desiredCount=2,
        capacityProviderStrategy=[{"capacityProvider": "FARGATE", "weight": 1}],
        networkConfiguration={"awsvpcConfiguration": {"subnets": chosen}},
    )
    small.control("POST", "settle")
    arns = ecs.list_tasks(cluster="small", serviceName="job")["taskArns"]
    tasks = ecs.describe_tasks(cluster="small", tasks=arns)["tasks"]
    assert {task["availabilityZone"] for task in tasks} == {row["AvailabilityZone"] for row in rows[:2]}
    assert all("containerInstanceArn" not in task for task in tasks)

"""What AWS refuses and moto accepts."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import SMALL, StandIn, refused

PROVIDER = SMALL["capacityProviders"][0]
GROUP = {
    "AutoScalingGroupName": "other",
    "MinSize": 0,
    "MaxSize": 3,
    "LaunchTemplate": {"LaunchTemplateName": "small", "Version": "1"},
}


def subnets(aws: StandIn) -> str:
    rows = aws.client("ec2").describe_subnets()["Subnets"]
    return ",".join(row["SubnetId"] for row in rows[:2])


def test_second_group_of_a_name(small: StandIn) -> None:
    groups = small.client("autoscaling")
    again = GROUP | {"AutoScalingGroupName": "small", "VPCZoneIdentifier": subnets(small)}
    refused(lambda: groups.create_auto_scaling_group(**again), "AlreadyExists")
    # The first is as it was.
    group = groups.describe_auto_scaling_groups(AutoScalingGroupNames=["small"])["AutoScalingGroups"][0]
    assert (group["MaxSize"], group["DesiredCapacity"], group["NewInstancesProtectedFromScaleIn"]) == (6, 3, True)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"MinSize": 9}, "Max bound, 3, must be greater than or equal to min bound, 9"),
        ({"DesiredCapacity": 4}, "must be below or equal to max size"),
        ({"VPCZoneIdentifier": "subnet-00000000"}, "does not exist"),
        ({"LaunchTemplate": {"LaunchTemplateName": "nope"}}, "does not exist"),
        ({"LaunchTemplate": {"LaunchTemplateName": "small", "Version": "7"}}, "version 7"),
    ],
)
def test_group_that_cannot_be(small: StandIn, change: dict[str, Any], words: str) -> None:
    groups = small.client("autoscaling")
    request = GROUP | {"VPCZoneIdentifier": subnets(small)} | change
    assert words in refused(lambda: groups.create_auto_scaling_group(**request), "ValidationError")


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        ({"Overrides": [{"InstanceType": "zz9.large"}]}, "zz9.large"),
        ({"Overrides": [{"InstanceType": "m5.large"}, {"InstanceType": "m5.large"}]}, "unique"),
        ({"distribution": {"SpotAllocationStrategy": "cheapest"}}, "SpotAllocationStrategy"),
        ({"distribution": {"OnDemandPercentageAboveBaseCapacity": 101}}, "between 0 and 100"),
    ],
)
def test_mixed_policy_that_cannot_be(small: StandIn, policy: dict[str, Any], words: str) -> None:
    groups = small.client("autoscaling")
    template: dict[str, Any] = {"LaunchTemplateSpecification": {"LaunchTemplateName": "small", "Version": "1"}}
    if "Overrides" in policy:
        template["Overrides"] = policy["Overrides"]
    request = {key: value for key, value in GROUP.items() if key != "LaunchTemplate"} | {
        "VPCZoneIdentifier": subnets(small),
        "MixedInstancesPolicy": {"LaunchTemplate": template, "InstancesDistribution": policy.get("distribution", {})},
    }
    assert words in refused(lambda: groups.create_auto_scaling_group(**request), "ValidationError")


def test_group_with_instances_is_not_deleted(small: StandIn) -> None:
    groups = small.client("autoscaling")
    refused(lambda: groups.delete_auto_scaling_group(AutoScalingGroupName="small"), "ResourceInUse")


def test_second_provider_of_a_name(small: StandIn) -> None:
    ecs = small.client("ecs")
    other = {"name": "main", "autoScalingGroupProvider": {"autoScalingGroupArn": "small"}}
    assert "already exists" in refused(lambda: ecs.create_capacity_provider(**other), "ClientException")
    row = ecs.describe_capacity_providers(capacityProviders=["main"])["capacityProviders"][0]
    assert row["autoScalingGroupProvider"]["managedScaling"]["status"] == "ENABLED"


@pytest.mark.parametrize(
    "change",
    [
        {"autoScalingGroupArn": "arn:nope"},
        {"managedScaling": {"status": "ENABLED", "targetCapacity": 900}},
        {"managedTerminationProtection": "ENABLED"},
    ],
)
def test_provider_that_cannot_be(small: StandIn, change: dict[str, Any]) -> None:
    small.client("autoscaling").create_auto_scaling_group(**GROUP | {"VPCZoneIdentifier": subnets(small)})
    ecs = small.client("ecs", validate=False)
    part = {"autoScalingGroupArn": "other"} | change
    refused(
        lambda: ecs.create_capacity_provider(name="second", autoScalingGroupProvider=part), "InvalidParameterException"
    )


def test_managed_draining_is_kept_by_an_update(small: StandIn) -> None:
    ecs = small.client("ecs")
    ecs.update_capacity_provider(name="main", autoScalingGroupProvider={"managedDraining": "DISABLED"})
    change = {"managedScaling": {"status": "ENABLED", "targetCapacity": 90}}
    ecs.update_capacity_provider(name="main", autoScalingGroupProvider=change)
    part = ecs.describe_capacity_providers(capacityProviders=["main"])["capacityProviders"][0][
        "autoScalingGroupProvider"
    ]
    assert (part["managedDraining"], part["managedScaling"]["targetCapacity"]) == ("DISABLED", 90)


def test_provider_in_use_stays(small: StandIn) -> None:
    ecs = small.client("ecs")
    put = {"cluster": "small", "capacityProviders": ["FARGATE"], "defaultCapacityProviderStrategy": []}
    assert "service web" in refused(lambda: ecs.put_cluster_capacity_providers(**put), "ResourceInUseException")
    refused(lambda: ecs.delete_capacity_provider(capacityProvider="main"), "ResourceInUseException")


def test_unknown_provider(small: StandIn) -> None:
    ecs = small.client("ecs")
    put = {"cluster": "small", "capacityProviders": ["main", "nope"], "defaultCapacityProviderStrategy": []}
    assert "nope" in refused(lambda: ecs.put_cluster_capacity_providers(**put), "InvalidParameterException")
    strategy = [{"capacityProvider": "nope", "weight": 1}]
    change = {"cluster": "small", "service": "web", "capacityProviderStrategy": strategy, "forceNewDeployment": True}
    assert "nope" in refused(lambda: ecs.update_service(**change), "InvalidParameterException")


def test_providers_change_one_after_another(small: StandIn) -> None:
    ecs = small.client("ecs")
    put = {"cluster": "small", "capacityProviders": ["main", "FARGATE", "FARGATE_SPOT"]}
    ecs.put_cluster_capacity_providers(**put, defaultCapacityProviderStrategy=[])
    state = ecs.describe_clusters(clusters=["small"])["clusters"][0]
    assert state["attachmentsStatus"] == "UPDATE_IN_PROGRESS"
    again = {**put, "defaultCapacityProviderStrategy": []}
    refused(lambda: ecs.put_cluster_capacity_providers(**again), "UpdateInProgressException")
    small.control("POST", "clock", {"advanceSeconds": 10})
    state = ecs.describe_clusters(clusters=["small"])["clusters"][0]
    assert state["attachmentsStatus"] == "UPDATE_COMPLETE"


def test_strategy_needs_a_forced_deployment(small: StandIn) -> None:
    ecs = small.client("ecs")
    change = {
        "cluster": "small",
        "service": "web",
        "capacityProviderStrategy": [{"capacityProvider": "main", "weight": 2}],
    }
    assert "you must force a new deployment" in refused(
        lambda: ecs.update_service(**change), "InvalidParameterException"
    )
    ecs.update_service(**change, forceNewDeployment=True)


def test_service_tokens(small: StandIn) -> None:
    ecs = small.client("ecs")
    request = {
        "cluster": "small",
        "serviceName": "second",
        "taskDefinition": "web:1",
        "desiredCount": 0,
        "clientToken": "a",
    }
    first = ecs.create_service(**request)["service"]
    assert ecs.create_service(**request)["service"]["serviceArn"] == first["serviceArn"]
    refused(lambda: ecs.create_service(**request | {"clientToken": "b"}), "InvalidParameterException")


def test_template_tokens_and_inheritance(small: StandIn) -> None:
    ec2 = small.client("ec2")
    request = {
        "LaunchTemplateName": "small",
        "SourceVersion": "1",
        "LaunchTemplateData": {"InstanceType": "m5.xlarge"},
        "ClientToken": "step-1",
    }
    first = ec2.create_launch_template_version(**request)["LaunchTemplateVersion"]
    assert first["VersionNumber"] == 2
    assert first["LaunchTemplateData"]["ImageId"] == "ami-0123456789abcdef0"
    assert first["LaunchTemplateData"]["InstanceType"] == "m5.xlarge"
    assert ec2.create_launch_template_version(**request)["LaunchTemplateVersion"]["VersionNumber"] == 2
    versions = ec2.describe_launch_template_versions(LaunchTemplateName="small")["LaunchTemplateVersions"]
    assert [row["VersionNumber"] for row in versions] == [2, 1]
    name = {"LaunchTemplateName": "small", "LaunchTemplateData": {"InstanceType": "m5.large"}}
    refused(lambda: ec2.create_launch_template(**name), "InvalidLaunchTemplateName.AlreadyExistsException")


def test_eleven_services(small: StandIn) -> None:
    ecs = small.client("ecs")
    refused(lambda: ecs.describe_services(cluster="small", services=["web"] * 11), "InvalidParameterException")


@pytest.mark.parametrize(
    ("service", "operation", "request_", "code"),
    [
        ("ecs", "list_services", {"cluster": 7}, "SerializationException"),
        (
            "ecs",
            "update_container_instances_state",
            {"containerInstances": ["x"], "status": "ASLEEP"},
            "InvalidParameterException",
        ),
        ("ecs", "describe_services", {"cluster": "small"}, "InvalidParameterException"),
        ("autoscaling", "set_desired_capacity", {"AutoScalingGroupName": "", "DesiredCapacity": 1}, "ValidationError"),
        ("autoscaling", "set_desired_capacity", {"AutoScalingGroupName": "small"}, "ValidationError"),
        ("ec2", "describe_launch_templates", {"MaxResults": 500}, "InvalidParameterValue"),
        ("pricing", "get_products", {"ServiceCode": "AmazonEC2", "MaxResults": 101}, "InvalidParameterException"),
    ],
)
def test_requests_against_the_model(
    small: StandIn, service: str, operation: str, request_: dict[str, Any], code: str
) -> None:
    client = small.client(service, validate=False)
    refused(lambda: getattr(client, operation)(**request_), code)


def test_unknown_action_of_a_service_is_said(small: StandIn) -> None:
    ecs = small.client("ecs")
    message = refused(
        lambda: ecs.list_daemons(clusterArn="arn:aws:ecs:us-east-1:123456789012:cluster/small"), "NotImplemented"
    )
    assert "ecs:ListDaemons" in message

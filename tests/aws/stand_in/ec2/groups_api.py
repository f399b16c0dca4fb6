"""Actions of EC2 Auto Scaling."""

from __future__ import annotations

from typing import Any

from ..actions import action
from ..paging import page
from ..refusal import Refusal, validation
from ..region import ACCOUNT, Region
from . import groups
from .groups import Group
from .instances import Instance
from .launching import reconcile, terminate

Json = dict[str, Any]


def bad_token() -> Refusal:
    """Auto Scaling's refusal of a token that it never gave."""
    return Refusal("InvalidNextToken", "The token is not valid")


@action("autoscaling", "CreateAutoScalingGroup")
def create(region: Region, request: Json) -> Json:
    name = request["AutoScalingGroupName"]
    if name in region.groups:
        raise Refusal(
            "AlreadyExists",
            f"AutoScalingGroup by this name already exists - A group with the name {name} already exists",
        )
    settings = groups.defaults() | {key: request[key] for key in groups.KEPT if key in request}
    desired = request.get("DesiredCapacity", request["MinSize"])
    groups.check_sizes(settings, desired)
    groups.check_sources(region, settings)
    identity = region.identity("group", 32)
    arn = f"arn:aws:autoscaling:{region.name}:{ACCOUNT}:autoScalingGroup:{identity}:autoScalingGroupName/{name}"
    group = Group(name, arn, region.now(), groups.completed(region, settings), desired)
    group.tags = [_tag(name, tag) for tag in request.get("Tags", [])]
    group.hooks = list(request.get("LifecycleHookSpecificationList", []))
    region.groups[name] = group
    reconcile(region, group)
    return {}


def _tag(group: str, tag: Json) -> Json:
    return {
        "ResourceId": group,
        "ResourceType": "auto-scaling-group",
        "Key": tag["Key"],
        "Value": tag.get("Value", ""),
        "PropagateAtLaunch": tag.get("PropagateAtLaunch", True),
    }


@action("autoscaling", "UpdateAutoScalingGroup")
def update(region: Region, request: Json) -> Json:
    group = groups.find(region, request["AutoScalingGroupName"])
    settings = dict(group.settings)
    changes = {key: request[key] for key in groups.KEPT if key in request}
    if changes.get("LaunchTemplate"):
        settings.pop("MixedInstancesPolicy", None)
    if changes.get("MixedInstancesPolicy"):
        settings.pop("LaunchTemplate", None)
    settings |= changes
    desired = request.get("DesiredCapacity", max(group.desired, settings["MinSize"]))
    if "DesiredCapacity" not in request:
        desired = min(desired, settings["MaxSize"])
    groups.check_sizes(settings, desired)
    groups.check_sources(region, settings)
    group.settings = groups.completed(region, settings)
    group.desired = desired
    reconcile(region, group)
    return {}


@action("autoscaling", "SetDesiredCapacity")
def set_desired(region: Region, request: Json) -> Json:
    group = groups.find(region, request["AutoScalingGroupName"])
    wanted, settings = request["DesiredCapacity"], group.settings
    if wanted > settings["MaxSize"]:
        raise validation(
            f"New SetDesiredCapacity value {wanted} is above max value {settings['MaxSize']} for the AutoScalingGroup."
        )
    if wanted < settings["MinSize"]:
        raise validation(
            f"New SetDesiredCapacity value {wanted} is below min value {settings['MinSize']} for the AutoScalingGroup."
        )
    group.desired = wanted
    reconcile(region, group)
    return {}


@action("autoscaling", "DeleteAutoScalingGroup")
def delete(region: Region, request: Json) -> Json:
    group = groups.find(region, request["AutoScalingGroupName"])
    members = [i for i in region.instances.values() if i.group == group.name and i.lifecycle != "Terminated"]
    force = bool(request.get("ForceDelete"))
    protection = group.settings.get("DeletionProtection", "none")
    if protection == "prevent-all-deletion" or (protection == "prevent-force-deletion" and force):
        raise validation(f"The group '{group.name}' has deletion protection: {protection}")
    if members and not force:
        raise Refusal(
            "ResourceInUse",
            "You cannot delete an AutoScalingGroup while there are instances or pending Spot instance request(s) still in the group.",
        )
    for instance in members:
        terminate(region, instance, "the group was deleted with force")
    del region.groups[group.name]
    return {}


@action("autoscaling", "DescribeAutoScalingGroups")
def describe(region: Region, request: Json) -> Json:
    names = request.get("AutoScalingGroupNames")
    found = [group for name, group in region.groups.items() if not names or name in names]
    for part in request.get("Filters", []):
        found = [group for group in found if _passes(group, part)]
    question = [names, request.get("Filters")]
    shown, token = page(found, min(request.get("MaxRecords", 50), 100), request.get("NextToken"), question, bad_token)
    members: dict[str, list[Instance]] = {}
    for instance in region.instances.values():
        if instance.lifecycle != "Terminated":
            members.setdefault(instance.group, []).append(instance)
    rows = [group.describe(region, members.get(group.name, [])) for group in shown]
    return {"AutoScalingGroups": rows} | ({"NextToken": token} if token else {})


def _passes(group: Group, part: Json) -> bool:
    name, values = part.get("Name", ""), part.get("Values", [])
    if name == "tag-key":
        return any(tag["Key"] in values for tag in group.tags)
    if name == "tag-value":
        return any(tag["Value"] in values for tag in group.tags)
    if name.startswith("tag:"):
        return any(tag["Key"] == name[4:] and tag["Value"] in values for tag in group.tags)
    raise validation(f"Filter type {name} is not correct. Allowed Filter types are: tag-key, tag-value, tag:<key>")


@action("autoscaling", "DescribeAutoScalingInstances")
def describe_instances(region: Region, request: Json) -> Json:
    wanted = request.get("InstanceIds")
    found = [i for i in region.instances.values() if i.alive and (not wanted or i.instance_id in wanted)]
    shown, token = page(found, min(request.get("MaxRecords", 50), 50), request.get("NextToken"), wanted, bad_token)
    rows = [i.in_group() | {"AutoScalingGroupName": i.group, "HealthStatus": "HEALTHY"} for i in shown]
    return {"AutoScalingInstances": rows} | ({"NextToken": token} if token else {})


@action("autoscaling", "SetInstanceProtection")
def set_protection(region: Region, request: Json) -> Json:
    group = groups.find(region, request["AutoScalingGroupName"])
    ids = request["InstanceIds"]
    if len(ids) > 50:
        raise validation("The number of instances is limited to 50")
    members = {instance.instance_id: instance for instance in group.instances(region)}
    for text in ids:
        if text not in members:
            raise validation(f"The instance {text} is not part of Auto Scaling group {group.name}.")
    for text in ids:
        members[text].protected = request["ProtectedFromScaleIn"]
    reconcile(region, group)
    return {}


@action("autoscaling", "TerminateInstanceInAutoScalingGroup")
def terminate_instance(region: Region, request: Json) -> Json:
    instance = region.instances.get(request["InstanceId"])
    if instance is None or not instance.alive:
        raise validation(f"Instance Id not found - No managed instance found for instance ID: {request['InstanceId']}")
    group = groups.find(region, instance.group)
    if request["ShouldDecrementDesiredCapacity"]:
        if group.desired - instance.weight < group.settings["MinSize"]:
            raise validation(
                f"Currently, desiredSize equals minSize ({group.settings['MinSize']}). Terminating instance without replacement will violate group's min size constraint. Either set shouldDecrementDesiredCapacity flag to false or lower group's min size."
            )
        group.desired -= instance.weight
    terminate(region, instance, "user request")
    reconcile(region, group)
    return {"Activity": group.activities[0]}


@action("autoscaling", "SuspendProcesses")
def suspend(region: Region, request: Json) -> Json:
    group = groups.find(region, request["AutoScalingGroupName"])
    for name in request.get("ScalingProcesses") or PROCESSES:
        if name not in PROCESSES:
            raise validation(f"The process type {name} is not valid")
        group.suspended[name] = f"User suspended at {region.now():%Y-%m-%dT%H:%M:%SZ}"
    return {}


@action("autoscaling", "ResumeProcesses")
def resume(region: Region, request: Json) -> Json:
    group = groups.find(region, request["AutoScalingGroupName"])
    for name in request.get("ScalingProcesses") or PROCESSES:
        group.suspended.pop(name, None)
    reconcile(region, group)
    return {}


PROCESSES = (
    "AddToLoadBalancer",
    "AlarmNotification",
    "AZRebalance",
    "HealthCheck",
    "InstanceRefresh",
    "Launch",
    "ReplaceUnhealthy",
    "ScheduledActions",
    "Terminate",
)


@action("autoscaling", "CreateOrUpdateTags")
def tag(region: Region, request: Json) -> Json:
    for tag_ in request["Tags"]:
        group = groups.find(region, tag_["ResourceId"])
        group.tags = [old for old in group.tags if old["Key"] != tag_["Key"]] + [_tag(group.name, tag_)]
    return {}


@action("autoscaling", "DeleteTags")
def untag(region: Region, request: Json) -> Json:
    for tag_ in request["Tags"]:
        group = groups.find(region, tag_["ResourceId"])
        group.tags = [old for old in group.tags if old["Key"] != tag_["Key"]]
    return {}


@action("autoscaling", "DescribeTags")
def describe_tags(region: Region, request: Json) -> Json:
    found = [tag_ for group in region.groups.values() for tag_ in group.tags]
    shown, token = page(found, min(request.get("MaxRecords", 50), 100), request.get("NextToken"), None, bad_token)
    return {"Tags": shown} | ({"NextToken": token} if token else {})


@action("autoscaling", "DescribeScalingActivities")
def describe_activities(region: Region, request: Json) -> Json:
    name = request.get("AutoScalingGroupName")
    chosen = [groups.find(region, name)] if name else list(region.groups.values())
    found = [activity for group in chosen for activity in group.activities]
    shown, token = page(found, min(request.get("MaxRecords", 100), 100), request.get("NextToken"), name, bad_token)
    return {"Activities": shown} | ({"NextToken": token} if token else {})


@action("autoscaling", "DescribeInstanceRefreshes")
def describe_refreshes(region: Region, request: Json) -> Json:
    groups.find(region, request["AutoScalingGroupName"])
    return {"InstanceRefreshes": []}


@action("autoscaling", "DescribeLaunchConfigurations")
def describe_configurations(_region: Region, _request: Json) -> Json:
    return {"LaunchConfigurations": []}


@action("autoscaling", "DescribePolicies")
def describe_policies(_region: Region, _request: Json) -> Json:
    return {"ScalingPolicies": []}


@action("autoscaling", "DescribeLifecycleHooks")
def describe_hooks(region: Region, request: Json) -> Json:
    group = groups.find(region, request["AutoScalingGroupName"])
    return {"LifecycleHooks": [hook | {"AutoScalingGroupName": group.name} for hook in group.hooks]}


@action("autoscaling", "PutScheduledUpdateGroupAction")
def schedule(region: Region, request: Json) -> Json:
    group = groups.find(region, request["AutoScalingGroupName"])
    group.scheduled = [old for old in group.scheduled if old["ScheduledActionName"] != request["ScheduledActionName"]]
    group.scheduled.append(request)
    return {}


@action("autoscaling", "DescribeScheduledActions")
def describe_scheduled(region: Region, request: Json) -> Json:
    name = request.get("AutoScalingGroupName")
    chosen = [groups.find(region, name)] if name else list(region.groups.values())
    return {"ScheduledUpdateGroupActions": [row for group in chosen for row in group.scheduled]}


@action("autoscaling", "DescribeNotificationConfigurations")
def describe_notifications(_region: Region, _request: Json) -> Json:
    return {"NotificationConfigurations": []}


@action("autoscaling", "DescribeWarmPool")
def describe_warm_pool(region: Region, request: Json) -> Json:
    groups.find(region, request["AutoScalingGroupName"])
    return {"Instances": []}

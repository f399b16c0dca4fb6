"""Instances that groups launched: what EC2 says of them."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ..actions import action
from ..catalogue import InstanceType, instance_types
from ..paging import page
from ..refusal import Refusal
from ..region import Region, Subnet
from .templates import bad_token

Json = dict[str, Any]
CLUSTER_OF_USER_DATA = re.compile(r"ECS_CLUSTER=[\"']?([A-Za-z0-9_-]+)")


@dataclass(eq=False)
class Instance:
    """One instance of a group."""

    instance_id: str
    group: str
    kind: InstanceType
    subnet: Subnet
    market: str
    template: Json
    launched: datetime
    in_service_at: float
    lifecycle: str = "Pending"
    protected: bool = False
    weight: int = 1
    cluster: str | None = None
    tags: list[Json] = field(default_factory=list)

    @property
    def alive(self) -> bool:
        """Whether the group counts it."""
        return self.lifecycle in ("Pending", "InService")

    def describe(self) -> Json:
        """As DescribeInstances gives it."""
        data = self.template["data"]
        running = self.lifecycle != "Terminated"
        row: Json = {
            "InstanceId": self.instance_id,
            "InstanceType": self.kind.name,
            "LaunchTime": self.launched,
            "State": {"Code": 16, "Name": "running"} if running else {"Code": 48, "Name": "terminated"},
            "Placement": {
                "AvailabilityZone": self.subnet.zone,
                "AvailabilityZoneId": self.subnet.zone_id,
                "Tenancy": "default",
                "GroupName": "",
            },
            "SubnetId": self.subnet.subnet_id,
            "Architecture": self.kind.arch,
            "Hypervisor": "nitro" if self.kind.hypervisor == "nitro" else "xen",
            "ImageId": data.get("ImageId", "ami-0ecs0000000000000"),
            "PrivateIpAddress": private_address(self.instance_id),
            "PrivateDnsName": f"ip-{private_address(self.instance_id).replace('.', '-')}.ec2.internal",
            "RootDeviceName": "/dev/xvda",
            "RootDeviceType": "ebs",
            "VirtualizationType": "hvm",
            "Tags": [*self.tags, {"Key": "aws:autoscaling:groupName", "Value": self.group}],
        }
        if self.market == "spot":
            row["InstanceLifecycle"] = "spot"
        if profile := data.get("IamInstanceProfile"):
            row["IamInstanceProfile"] = {"Arn": profile.get("Arn", profile.get("Name")), "Id": "AIPAEXAMPLE"}
        return row

    def in_group(self) -> Json:
        """As DescribeAutoScalingGroups lists it."""
        row: Json = {
            "InstanceId": self.instance_id,
            "InstanceType": self.kind.name,
            "AvailabilityZone": self.subnet.zone,
            "LifecycleState": self.lifecycle,
            "HealthStatus": "Healthy",
            "ProtectedFromScaleIn": self.protected,
            "LaunchTemplate": {key: value for key, value in self.template.items() if key != "data"},
        }
        if self.weight != 1:
            row["WeightedCapacity"] = str(self.weight)
        return row


def private_address(instance_id: str) -> str:
    """A private address that belongs to an instance id."""
    number = int(instance_id[-6:], 16)
    return f"172.31.{number >> 8 & 255}.{number & 255}"


def cluster_of(data: Json) -> str | None:
    """The cluster that user data names in ECS_CLUSTER, as the agent reads it."""
    text = data.get("UserData")
    if not text:
        return None
    try:
        script = base64.b64decode(text, validate=True).decode("utf-8", "replace")
    except ValueError:
        return None
    match = CLUSTER_OF_USER_DATA.search(script)
    return match.group(1) if match else None


def kind_of(name: str) -> InstanceType:
    """A type by name, refused as Auto Scaling refuses one that does not exist."""
    kind = instance_types().get(name)
    if kind is None:
        raise Refusal(
            "ValidationError",
            f"You must use a valid fully-formed launch template. The instance type '{name}' does not exist.",
        )
    return kind


@action("ec2", "DescribeInstances")
def describe(region: Region, request: Json) -> Json:
    wanted = request.get("InstanceIds")
    known = {key: row for key, row in region.instances.items() if key not in region.forgotten}
    missing = [text for text in wanted or [] if text not in known]
    if missing:
        ids = ", ".join(missing)
        plural = "s" if len(missing) > 1 else ""
        raise Refusal(
            "InvalidInstanceID.NotFound", f"The instance ID{plural} '{ids}' do{'' if plural else 'es'} not exist"
        )
    if wanted and request.get("MaxResults"):
        raise Refusal(
            "InvalidParameterCombination", "The parameter instancesSet cannot be used with the parameter maxResults"
        )
    found = [known[text] for text in wanted] if wanted else list(known.values())
    for part in request.get("Filters", []):
        found = [instance for instance in found if _passes(instance, part)]
    limit = request.get("MaxResults", 1000)
    question = [wanted, request.get("Filters")]
    shown, token = page(found, limit, request.get("NextToken"), question, bad_token)
    reservations = [
        {
            "ReservationId": f"r-{instance.instance_id[2:]}",
            "OwnerId": "123456789012",
            "Instances": [instance.describe()],
        }
        for instance in shown
    ]
    return {"Reservations": reservations} | ({"NextToken": token} if token else {})


def _passes(instance: Instance, part: Json) -> bool:
    name, values = part["Name"], part["Values"]
    row = instance.describe()
    if name.startswith("tag:"):
        return any(tag["Key"] == name[4:] and tag["Value"] in values for tag in row["Tags"])
    member = {
        "instance-id": row["InstanceId"],
        "instance-state-name": row["State"]["Name"],
        "instance-type": row["InstanceType"],
        "instance-lifecycle": row.get("InstanceLifecycle"),
        "availability-zone": row["Placement"]["AvailabilityZone"],
        "subnet-id": row["SubnetId"],
    }
    if name not in member:
        raise Refusal("InvalidParameterValue", f"The filter '{name}' is invalid")
    return member[name] in values

"""Plants a canary in every string member of an answer that may hold text.

The API model is walked: where an optional member is absent, it is put in, structures, lists and maps with one element
included; strings of an enumeration, timestamps and numbers cannot hold text. Members whose presence says what a thing
*is* stay as they are, because an answer with them would be of another cluster.
"""

from __future__ import annotations

from typing import Any

from botocore.model import Shape

from .wire import Call

Json = dict[str, Any]
CANARY = "CANARY-7f3a9c51-do-not-keep"

# By the name of the member, what its presence would change.
MEANING = {
    "NextToken": "another page",
    "nextToken": "another page",
    "failures": "an answer of failures",
    "managedInstancesProvider": "a provider of Managed Instances",
    "taskSets": "a service deployed by task sets",
    "cluster": "a provider that belongs to a cluster",
    "launchType": "a service without a strategy",
    "capacityProviderName": "an instance of another provider",
    "containerInstanceArn": "a task on an instance",
    "platformVersion": "a service on Fargate",
    "platformFamily": "a service on Fargate",
    "resourceManagementType": "a service of Express mode",
    "inferenceAccelerators": "a task that needs an accelerator",
    "resourceRequirements": "a container that needs a GPU",
    "ephemeralStorage": "a task with storage of its own",
    "fargateEphemeralStorage": "a task with storage of its own",
    "placementConstraints": "a constraint that no instance satisfies",
    "placementStrategy": "a strategy of placement",
    "capacityProviderStrategy": "another strategy",
    "defaultCapacityProviderStrategy": "another strategy",
    "capacityProviders": "another provider",
    "autoScalingGroupProvider": "a provider with a group",
    "portMappings": "a port that is taken",
    "stringSetValue": "a port that is taken",
    "runtimePlatform": "another operating system",
    "requiresCompatibilities": "other launch types",
    "cpu": "another size",
    "memory": "another size",
    "volumes": "a volume",
    "networkConfiguration": "another network",
    "networkMode": "another network",
    "proxyConfiguration": "a proxy",
    "LaunchConfigurationName": "a group with a launch configuration",
    "LaunchTemplate": "a group with one template",
    "LaunchTemplateSpecification": "an override with a template of its own",
    "MixedInstancesPolicy": "a group with a mixed policy",
    "InstanceRequirements": "types by their attributes",
    "InstanceMarketOptions": "instances on Spot",
    "CapacityReservationSpecification": "instances of a reservation",
    "WeightedCapacity": "weights",
    "Instances": "an instance of a group",
    "WarmPoolConfiguration": "a warm pool",
    "SuspendedProcesses": "a process that is suspended",
    "DeletionProtection": "protection",
    "DesiredCapacityType": "another unit of capacity",
    "InstanceLifecycle": "an instance on Spot",
    "containerInstances": "another instance",
    "clusters": "another cluster",
    "services": "another service",
    "tasks": "another task",
    "taskArns": "another task",
    "serviceArns": "another service",
    "containerInstanceArns": "another instance",
    "AutoScalingGroups": "another group",
    "AutoScalingInstances": "another instance",
    "LaunchTemplateVersions": "another version",
    "LaunchTemplates": "another template",
    "Reservations": "another instance",
    "Subnets": "another subnet",
    "AvailabilityZones": "another zone",
    "ScalableTargets": "another scaling target",
    "capacityProviderArn": "its identity",
    "status": "another state",
    "Status": "another state",
    "type": "another kind",
    "updateStatus": "another state",
    "attachmentsStatus": "another state",
    "deployments": "another deployment",
    "settings": "another setting",
    "containerDefinitions": "another container",
    "InstanceType": "another type",
    "SpotMaxPrice": "a bound of the Spot price",
    "DistributionSegments": "segments of a distribution",
    "attributes": "another attribute",
    "gpuDevices": "a GPU",
}


class Canaries:
    """Off until switched on; counts the members of the model into which it planted, and the texts that it met."""

    def __init__(self) -> None:
        self.on = False
        # A name of `MEANING` that is planted all the same.
        self.also: str | None = None
        self.planted: dict[str, int] = {}
        self.has_own: set[str] = set()
        self.enumerations: set[str] = set()
        self.meaning: set[str] = set()

    def switch(self, on: bool, also: str | None = None) -> None:
        """On or off, with new counts."""
        self.on, self.also = on, also
        self.planted.clear()
        for paths in (self.has_own, self.enumerations, self.meaning):
            paths.clear()

    def plant(self, call: Call, result: Json) -> Json:
        """A copy of an answer with canaries."""
        shape = call.model.output_shape if call.model else None
        if shape is None or not self.on:
            return result
        return self._structure(shape, result, call.action, ())

    def _stays(self, name: str, path: str) -> bool:
        """Whether a member that is absent stays so."""
        stays = name in MEANING and name != self.also
        if stays:
            self.meaning.add(path)
        return stays

    def _structure(self, shape: Any, value: Json, path: str, above: tuple[str, ...]) -> Json:
        out = dict(value)
        for name, member in shape.members.items():
            here = f"{path}.{name}"
            if out.get(name) is not None:
                out[name] = self._present(member, out[name], here, (*above, shape.name))
            elif not self._stays(name, here) and name not in shape.required_members:
                made = self._absent(member, here, (*above, shape.name))
                if made is not None:
                    out[name] = made
        return out

    def _present(self, shape: Shape, value: Any, path: str, above: tuple[str, ...]) -> Any:
        if shape.type_name == "structure":
            return self._structure(shape, value, path, above)
        if shape.type_name == "list" and value:
            return [self._present(shape.member, item, path, above) for item in value]  # type: ignore[attr-defined]
        if shape.type_name == "string":
            (self.enumerations if shape.metadata.get("enum") else self.has_own).add(path)
        if shape.type_name in ("list", "map") and not value and not self._stays(path.rsplit(".", 1)[-1], path):
            made = self._absent(shape, path, above)
            return value if made is None else made
        return value

    def _absent(self, shape: Shape, path: str, above: tuple[str, ...]) -> Any:
        """A value of the shape with canaries in it, or None where it can hold no text."""
        if shape.name in above:
            return None
        match shape.type_name:
            case "string":
                if shape.metadata.get("enum"):
                    self.enumerations.add(path)
                    return None
                return self._text(path)
            case "structure":
                made = {
                    name: part
                    for name, member in shape.members.items()  # type: ignore[attr-defined]
                    if not self._stays(name, f"{path}.{name}")
                    and (part := self._absent(member, f"{path}.{name}", (*above, shape.name))) is not None
                }
                return self._whole(shape, made)
            case "list":
                part = self._absent(shape.member, path, above)  # type: ignore[attr-defined]
                return None if part is None else [part]
            case "map":
                part = self._absent(shape.value, path, above)  # type: ignore[attr-defined]
                return None if part is None else {CANARY: part}
        return None

    def _whole(self, shape: Any, made: Json) -> Json | None:
        """A structure whose required members could all be made."""
        return made if made and all(name in made for name in shape.required_members) else None

    def _text(self, path: str) -> str:
        self.planted[path] = self.planted.get(path, 0) + 1
        return CANARY

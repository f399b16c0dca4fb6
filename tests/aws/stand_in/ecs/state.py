"""What ECS keeps: clusters with their services, container instances and tasks; capacity providers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ..refusal import Refusal, client, invalid_parameter
from ..region import Region

if TYPE_CHECKING:
    from ..ec2.instances import Instance

Json = dict[str, Any]
FARGATE = ("FARGATE", "FARGATE_SPOT")


@dataclass(eq=False)
class Provider:
    """A capacity provider; `row` is what DescribeCapacityProviders gives."""

    name: str
    row: Json
    cluster: str | None = None

    @property
    def group_arn(self) -> str | None:
        """The group behind it; Fargate's providers have none."""
        return self.row.get("autoScalingGroupProvider", {}).get("autoScalingGroupArn")

    @property
    def scaling(self) -> Json:
        """Its managed scaling."""
        return self.row.get("autoScalingGroupProvider", {}).get("managedScaling", {})


@dataclass(eq=False)
class Deployment:
    """One rollout of a service: the settings its tasks start with."""

    identity: str
    status: str
    settings: Json
    created: datetime
    updated: datetime
    record: Json | None = None
    failed: int = 0
    completed: bool = False


@dataclass(eq=False)
class Service:
    """A service; `row` holds the members of the API that it keeps as they came."""

    name: str
    arn: str
    row: Json
    created: datetime
    deployments: list[Deployment] = field(default_factory=list)
    records: list[Json] = field(default_factory=list)
    revisions: dict[str, Json] = field(default_factory=dict)
    events: list[Json] = field(default_factory=list)
    next_tick: float = 0.0
    settled: bool = False
    waiting: int = 0
    fails: bool = False
    steady_once: bool = False
    lowest_running: int | None = None
    below_minimum: int = 0
    ever_waited: int = 0

    @property
    def primary(self) -> Deployment:
        """The deployment that the service is going to."""
        return next(deployment for deployment in self.deployments if deployment.status == "PRIMARY")

    @property
    def daemon(self) -> bool:
        """Whether one task runs on each instance."""
        return self.row.get("schedulingStrategy") == "DAEMON"


@dataclass(eq=False)
class Task:
    """One task."""

    arn: str
    definition: Json
    service: str | None
    deployment: str | None
    launch_type: str
    provider: str | None
    zone: str
    subnet: str
    host: ContainerInstance | None
    created: datetime
    changes_at: float
    last_status: str = "PENDING"
    desired_status: str = "RUNNING"
    started: datetime | None = None
    stopped: datetime | None = None
    stop_code: str | None = None
    stopped_reason: str | None = None
    # How its first container ended, where it did by itself.
    container_end: Json = field(default_factory=dict)
    extra: Json = field(default_factory=dict)


@dataclass(eq=False)
class ContainerInstance:
    """A registered instance and what its tasks take."""

    arn: str
    instance: Instance
    registered: datetime
    cpu: int
    memory: int
    gpus: int
    trunk_enis: int | None
    attributes: list[Json]
    provider: str | None = None
    status: str = "ACTIVE"
    connected: bool = True
    tasks: dict[str, Task] = field(default_factory=dict)
    used_cpu: int = 0
    used_memory: int = 0
    used_gpus: int = 0
    used_enis: int = 0
    used_ports: set[tuple[str, int]] = field(default_factory=set)
    empty_since: float | None = None

    def attribute(self, name: str) -> str | None:
        """The value of an attribute."""
        return next((row.get("value") for row in self.attributes if row["name"] == name), None)


@dataclass(eq=False)
class Cluster:
    """One cluster."""

    name: str
    arn: str
    row: Json
    providers: list[str] = field(default_factory=list)
    default_strategy: list[Json] = field(default_factory=list)
    attachments_until: float = 0.0
    status: str = "ACTIVE"
    services: dict[str, Service] = field(default_factory=dict)
    hosts: dict[str, ContainerInstance] = field(default_factory=dict)
    tasks: dict[str, Task] = field(default_factory=dict)


def short(name_or_arn: str) -> str:
    """What stands behind the last slash."""
    return name_or_arn.rsplit("/", 1)[-1]


def find_cluster(region: Region, name_or_arn: str | None) -> Cluster:
    """The cluster that a request names; `default` where it names none."""
    cluster = region.clusters.get(short(name_or_arn or "default"))
    if cluster is None or cluster.status == "INACTIVE":
        raise Refusal("ClusterNotFoundException", "Cluster not found.")
    return cluster


def find_service(cluster: Cluster, name_or_arn: str) -> Service:
    """An active service of a cluster."""
    service = cluster.services.get(short(name_or_arn))
    if service is None:
        raise Refusal("ServiceNotFoundException", "Service not found.")
    if service.row["status"] != "ACTIVE":
        raise Refusal("ServiceNotActiveException", "Service was not ACTIVE.")
    return service


def provider_of(region: Region, cluster: Cluster, name: str) -> Provider | None:
    """A provider by name, as a cluster sees it."""
    return region.providers.get(("", name)) or region.providers.get((cluster.name, name))


def check_strategy(region: Region, cluster: Cluster, strategy: list[Json]) -> None:
    """Refuses a strategy that AWS refuses: providers unknown or not associated, kinds mixed, weights."""
    if len(strategy) > 20:
        raise invalid_parameter("A capacity provider strategy can contain a maximum of 20 capacity providers.")
    names = [item["capacityProvider"] for item in strategy]
    if len(set(names)) < len(names):
        raise invalid_parameter("The capacity provider strategy cannot contain duplicate capacity providers.")
    for name in names:
        if name not in cluster.providers:
            raise invalid_parameter(
                f"The specified capacity provider '{name}' was not found. Specify a valid name or ARN and try again."
            )
        provider = provider_of(region, cluster, name)
        if provider is None or provider.row["status"] != "ACTIVE":
            raise client(f"The capacity provider '{name}' is not in an ACTIVE state.")
    if names and len({name in FARGATE for name in names}) > 1:
        raise invalid_parameter(
            "The capacity provider strategy cannot contain a mix of capacity providers using Auto Scaling groups and Fargate capacity providers."
        )
    for item in strategy:
        if not 0 <= item.get("weight", 0) <= 1000 or not 0 <= item.get("base", 0) <= 100_000:
            raise invalid_parameter("A capacity provider weight is 0 to 1,000 and a base 0 to 100,000.")
    if names and not any(item.get("weight", 0) > 0 for item in strategy) and len(strategy) > 1:
        raise invalid_parameter(
            "A capacity provider strategy must contain at least one capacity provider with a weight greater than 0."
        )
    if sum(1 for item in strategy if item.get("base", 0) > 0) > 1:
        raise invalid_parameter(
            "Only one capacity provider in a capacity provider strategy can have a base value defined."
        )

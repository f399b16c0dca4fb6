"""State of one account in one Region, and the world of all of them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from moto.moto_api._internal import mock_random

from .clock import Clock

if TYPE_CHECKING:
    from .ec2.groups import Group
    from .ec2.instances import Instance
    from .ec2.templates import Template
    from .ecs.state import Cluster, Provider
    from .metrics.data import Metrics

ACCOUNT = "123456789012"


@dataclass
class Subnet:
    """What placement needs of a subnet."""

    subnet_id: str
    zone: str
    zone_id: str


@dataclass
class Region:
    """Everything that the package itself keeps for a Region."""

    name: str
    clock: Clock
    clusters: dict[str, Cluster] = field(default_factory=dict)
    providers: dict[tuple[str, str], Provider] = field(default_factory=dict)
    task_definitions: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    account_settings: dict[str, str] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    instances: dict[str, Instance] = field(default_factory=dict)
    # Instances that EC2 no longer knows, an hour after their end; ECS may still list them.
    forgotten: set[str] = field(default_factory=set)
    templates: dict[str, Template] = field(default_factory=dict)
    tokens: dict[tuple[str, str], tuple[str, dict[str, Any]]] = field(default_factory=dict)
    subnets: dict[str, Subnet] = field(default_factory=dict)
    # Quotas by code that are not AWS's defaults.
    quotas: dict[str, float] = field(default_factory=dict)
    # Instance types of which EC2 has none to launch.
    short_of: set[str] = field(default_factory=set)
    metrics: Metrics | None = None
    serial: int = 0
    settled_at: float = 0.0
    changed: bool = False

    def now(self) -> datetime:
        """The time that answers carry."""
        return self.clock.now()

    def identity(self, kind: str, length: int = 17) -> str:
        """A new hexadecimal identity: the same sequence of calls gives the same identities."""
        self.serial += 1
        return hashlib.sha256(f"{self.name}/{kind}/{self.serial}".encode()).hexdigest()[:length]

    def arn(self, service: str, resource: str) -> str:
        """The ARN of a resource of this Region."""
        return f"arn:aws:{service}:{self.name}:{ACCOUNT}:{resource}"


class World:
    """All Regions; one clock."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.regions: dict[str, Region] = {}
        mock_random.seed(0)

    def region(self, name: str) -> Region:
        """The Region of that name, with the default network that every account has."""
        if name not in self.regions:
            from .ec2.network import subnets
            from .ecs.providers import fargate

            region = Region(name, self.clock)
            region.subnets = subnets(name)
            region.settled_at = self.clock.seconds()
            fargate(region)
            self.regions[name] = region
        return self.regions[name]

    def forget(self) -> None:
        """Back to an account in which nothing was made."""
        self.regions.clear()
        mock_random.seed(0)

"""What a task takes of an instance, read from its task definition."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True)
class Demand:
    """CPU units, MiB, GPUs, network interfaces and fixed host ports of one task."""

    cpu: int
    memory: int
    gpus: int
    enis: int
    ports: frozenset[tuple[str, int]]


# Ports that the agent keeps for itself, as it registers them.
RESERVED_PORTS = frozenset(("tcp", port) for port in (22, 2375, 2376, 51678, 51679))

_known: dict[str, Demand] = {}


def demand(definition: Json) -> Demand:
    """The demand of a registered task definition (kept by ARN; revisions never change)."""
    arn = definition["taskDefinitionArn"]
    if arn not in _known:
        _known[arn] = _read(definition)
    return _known[arn]


def forget() -> None:
    """After a reset the same ARN may mean another definition."""
    _known.clear()


def _read(definition: Json) -> Demand:
    containers = definition["containerDefinitions"]
    cpu = int(definition["cpu"]) if definition.get("cpu") else sum(c.get("cpu", 0) for c in containers)
    if definition.get("memory"):
        memory = int(definition["memory"])
    else:
        memory = sum(c.get("memoryReservation") or c.get("memory", 0) for c in containers)
    gpus = sum(
        int(requirement.get("value") or 0)
        for container in containers
        for requirement in container.get("resourceRequirements", [])
        if requirement["type"] == "GPU"
    )
    return Demand(cpu, memory, gpus, int(definition.get("networkMode") == "awsvpc"), _ports(definition))


def _ports(definition: Json) -> frozenset[tuple[str, int]]:
    if definition.get("networkMode") == "awsvpc":
        return frozenset()
    host = definition.get("networkMode") == "host"
    found = set()
    for container in definition["containerDefinitions"]:
        for mapping in container.get("portMappings", []):
            port = mapping.get("containerPort", 0) if host else mapping.get("hostPort", 0)
            if port:
                found.add((mapping.get("protocol", "tcp"), port))
    return frozenset(found)

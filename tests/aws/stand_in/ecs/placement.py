"""Where a task goes: constraints first, then the strategies in their order, each breaking the ties of the one before."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

from ..refusal import invalid_parameter
from .demand import Demand
from .state import ContainerInstance, Task

Json = dict[str, Any]
TERM = re.compile(r"^\s*(?:attribute:)?([\w.:/-]+)\s*(==|!=|=~|!~|\bnot_in\b|!in\b|\bin\b)\s*(.+?)\s*$")


def fits(host: ContainerInstance, wanted: Demand) -> bool:
    """Whether the instance is active and has room."""
    if host.status != "ACTIVE" or not host.connected:
        return False
    if host.used_cpu + wanted.cpu > host.cpu or host.used_memory + wanted.memory > host.memory:
        return False
    if wanted.gpus and host.used_gpus + wanted.gpus > host.gpus:
        return False
    if wanted.enis and host.used_enis + wanted.enis > interfaces(host):
        return False
    return not (wanted.ports and wanted.ports & host.used_ports)


def interfaces(host: ContainerInstance) -> int:
    """Interfaces for tasks: one of the instance's own is its primary, unless trunking gives others."""
    return host.trunk_enis if host.trunk_enis is not None else max(host.instance.kind.max_enis - 1, 0)


def take(host: ContainerInstance, task: Task, wanted: Demand) -> None:
    """Puts a task on an instance."""
    host.tasks[task.arn] = task
    host.used_cpu += wanted.cpu
    host.used_memory += wanted.memory
    host.used_gpus += wanted.gpus
    host.used_enis += wanted.enis
    host.used_ports |= wanted.ports
    host.empty_since = None


def give_back(host: ContainerInstance, task: Task, wanted: Demand) -> None:
    """Takes a task off an instance."""
    if host.tasks.pop(task.arn, None) is None:
        return
    host.used_cpu -= wanted.cpu
    host.used_memory -= wanted.memory
    host.used_gpus -= wanted.gpus
    host.used_enis -= wanted.enis
    host.used_ports -= wanted.ports


def choose(
    hosts: Iterable[ContainerInstance], wanted: Demand, service_tasks: list[Task], settings: Json
) -> ContainerInstance | None:
    """The instance for the next task of a service, or None where nothing has room."""
    constraints = settings.get("placementConstraints") or []
    taken = {task.host.arn for task in service_tasks if task.host is not None}
    distinct = any(constraint["type"] == "distinctInstance" for constraint in constraints)
    expressions = [constraint["expression"] for constraint in constraints if constraint["type"] == "memberOf"]
    choices = [
        host
        for host in hosts
        if fits(host, wanted)
        and not (distinct and host.arn in taken)
        and all(holds(expression, host) for expression in expressions)
    ]
    strategies = settings.get("placementStrategy") or [{"type": "spread", "field": "attribute:ecs.availability-zone"}]
    for strategy in strategies:
        if len(choices) < 2:
            break
        choices = _best(choices, strategy, service_tasks)
    return min(choices, key=lambda host: host.arn, default=None)


def _best(choices: list[ContainerInstance], strategy: Json, service_tasks: list[Task]) -> list[ContainerInstance]:
    kind, name = strategy["type"], strategy.get("field", "")
    if kind == "random":
        return choices
    if kind == "binpack":
        left = {
            host.arn: host.cpu - host.used_cpu if name.lower() == "cpu" else host.memory - host.used_memory
            for host in choices
        }
    else:
        count = Counter(_value(task.host, name) for task in service_tasks if task.host is not None)
        left = {host.arn: count[_value(host, name)] for host in choices}
    least = min(left.values())
    return [host for host in choices if left[host.arn] == least]


def _value(host: ContainerInstance, name: str) -> str | None:
    if name in ("instanceId", "host"):
        return host.arn
    return host.attribute(name.removeprefix("attribute:"))


def check_placement(settings: Json) -> None:
    """Refuses placement that ECS refuses, and expressions that this stand-in cannot evaluate."""
    if len(settings.get("placementStrategy") or []) > 5:
        raise invalid_parameter("Placement strategy count exceeds the limit of 5.")
    for strategy in settings.get("placementStrategy") or []:
        name = strategy.get("field", "")
        if strategy["type"] == "binpack" and name.lower() not in ("cpu", "memory"):
            raise invalid_parameter(f"Invalid binpack field: {name}")
        if strategy["type"] == "spread" and not (name in ("instanceId", "host") or name.startswith("attribute:")):
            raise invalid_parameter(f"Invalid spread field: {name}")
    for constraint in settings.get("placementConstraints") or []:
        if constraint["type"] == "memberOf":
            for term in _terms(constraint.get("expression", "")):
                if not TERM.match(term):
                    raise invalid_parameter(f"Invalid cluster query expression: {term}")
        elif constraint.get("expression"):
            raise invalid_parameter("The distinctInstance constraint takes no expression.")


def _terms(expression: str) -> list[str]:
    return re.split(r"\s+(?:and|&&)\s+", expression)


def holds(expression: str, host: ContainerInstance) -> bool:
    """Whether an instance satisfies terms joined by `and`."""
    return all(_term(term, host) for term in _terms(expression))


def _term(term: str, host: ContainerInstance) -> bool:
    match = TERM.match(term)
    if match is None:
        return False
    name, operator, argument = match.groups()
    value = host.attribute(name)
    if operator in ("in", "!in", "not_in"):
        listed = [part.strip().strip("'\"") for part in argument.strip("[]").split(",")]
        return (value in listed) == (operator == "in")
    plain = argument.strip("'\"")
    if operator in ("=~", "!~"):
        found = value is not None and re.search(_glob(plain), value) is not None
        return found == (operator == "=~")
    return (value == plain) == (operator == "==")


def _glob(pattern: str) -> str:
    return "^" + re.sub(r"(?<!\.)\*", ".*", pattern) + "$"

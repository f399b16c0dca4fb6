"""The table of actions that this package answers itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .region import Region

Action = Callable[["Region", dict[str, Any]], dict[str, Any]]

ACTIONS: dict[tuple[str, str], Action] = {}

# Services whose state lives here alone: moto must not answer what is missing from the table.
OWN_SERVICES = ("ecs", "autoscaling", "cloudwatch", "pricing", "savingsplans", "service-quotas")


def action(service: str, operation: str) -> Callable[[Action], Action]:
    """Registers the function that answers an action."""

    def register(function: Action) -> Action:
        if (service, operation) in ACTIONS:
            raise ValueError(f"{service}:{operation} is answered twice")
        ACTIONS[(service, operation)] = function
        return function

    return register

"""Faults by action: throttling, server errors, broken connections, answers that are cut, garbled, late or lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .refusal import Refusal
from .wire import Call

KINDS = ("throttle", "error", "refuse", "reset", "lost", "truncated", "malformed", "slow")

# How each service says that it throttles.
THROTTLES = {
    "ec2": ("RequestLimitExceeded", 503),
    "autoscaling": ("Throttling", 400),
    "cloudwatch": ("Throttling", 400),
    "savingsplans": ("ThrottlingException", 429),
    "service-quotas": ("TooManyRequestsException", 400),
}
SERVER_ERRORS = {"ecs": "ServerException", "ec2": "InternalError", "autoscaling": "InternalFailure"}


@dataclass
class Rule:
    """Lets `skip` matching calls pass, then fails `times` of them (0: all that follow)."""

    kind: str
    action: str = "*"
    skip: int = 0
    times: int = 1
    seconds: float = 2.0
    code: str = "AccessDeniedException"
    status: int = 400
    at_call: int | None = None
    seen: int = 0
    fired: int = 0

    @staticmethod
    def read(row: dict[str, Any]) -> Rule:
        """A rule as the control interface takes it."""
        names = {"atCall": "at_call"}
        rule = Rule(**{names.get(key, key): value for key, value in row.items()})
        if rule.kind not in KINDS:
            raise ValueError(f"kind is one of {', '.join(KINDS)}")
        return rule

    def fires(self, action: str, number: int) -> bool:
        """Whether this call fails; counts it."""
        if self.action not in ("*", action) and not (
            self.action.endswith(":*") and action.startswith(self.action[:-1])
        ):
            return False
        if self.at_call is not None:
            return number == self.at_call
        self.seen += 1
        if self.seen <= self.skip or (self.times and self.fired >= self.times):
            return False
        self.fired += 1
        return True


class Faults:
    """The rules in force; the first that fires decides."""

    def __init__(self) -> None:
        self.rules: list[Rule] = []

    def of(self, action: str, number: int) -> Rule | None:
        """The rule that fires at the call of this number."""
        return next((rule for rule in self.rules if rule.fires(action, number)), None)


def throttled(call: Call) -> Refusal:
    """The service's refusal of a call too many."""
    code, status = THROTTLES.get(call.service, ("ThrottlingException", 400))
    return Refusal(code, "Rate exceeded", status)


def server_error(call: Call) -> Refusal:
    """The service's failure of its own."""
    return Refusal(
        SERVER_ERRORS.get(call.service, "InternalServerException"), "Service Unavailable. Please try again later.", 500
    )

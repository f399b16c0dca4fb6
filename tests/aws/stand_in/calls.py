"""What was called, in order, and how it ended."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from .wire import Call


@dataclass
class Made:
    """One call."""

    action: str
    status: int
    fault: str | None
    params: dict[str, Any]
    at: float


class CallLog:
    """All calls since the last reset."""

    def __init__(self) -> None:
        self.made: list[Made] = []

    def add(self, call: Call, status: int, fault: str | None, at: float) -> None:
        """Writes a call down."""
        self.made.append(Made(call.action, status, fault, call.params, at))

    def counts(self) -> dict[str, int]:
        """Number of calls by action."""
        return dict(sorted(Counter(made.action for made in self.made).items()))

    def listing(self, with_params: bool) -> list[dict[str, Any]]:
        """Every call in order."""
        rows = []
        for number, made in enumerate(self.made, start=1):
            row: dict[str, Any] = {"n": number, "action": made.action, "status": made.status, "at": made.at}
            if made.fault:
                row["fault"] = made.fault
            if with_params:
                row["params"] = made.params
            rows.append(row)
        return rows

    def clear(self) -> None:
        """Forgets all."""
        self.made.clear()

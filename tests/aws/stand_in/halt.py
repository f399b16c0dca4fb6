"""Stops at the n-th call, before it is looked at or after it took effect, so that a test can kill the client there."""

from __future__ import annotations

import threading

# A halt that nobody releases ends by itself.
MOST_SECONDS = 60.0


class Halt:
    """Counts calls; one number at most is a halt."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = 0
        self._at: int | None = None
        self._when = "before"
        self._released = threading.Event()
        self._reached = threading.Event()

    def set(self, at: int, when: str) -> None:
        """Halts at the call of this number, counted from the last reset of the count."""
        if when not in ("before", "after"):
            raise ValueError("when is before or after")
        self._at, self._when = at, when
        self._released.clear()
        self._reached.clear()

    def next(self) -> int:
        """The number of the next call."""
        with self._lock:
            self._count += 1
            return self._count

    def wait(self, number: int, when: str) -> None:
        """Waits here if this is the halt, and in every later call until it is released."""
        if self._at is None or when != self._when or number < self._at:
            return
        self._reached.set()
        self._released.wait(MOST_SECONDS)

    def reached(self, seconds: float) -> bool:
        """Whether the halt is reached within a time; at once no, when it is taken back meanwhile."""
        self._reached.wait(seconds)
        return self._reached.is_set() and self._at is not None

    def clear(self) -> None:
        """Releases whoever waits and counts from one again."""
        self._at = None
        self._count = 0
        self._released.set()
        self._reached.set()

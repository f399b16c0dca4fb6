"""Stops at the n-th call, before it is looked at or after it took effect, so that a test can kill the client there, or keep what is
there (`branch`) and let it go on to the next halt."""

from __future__ import annotations

import threading

# A halt that nobody releases ends by itself.
MOST_SECONDS = 300.0
WHEN = ("before", "after")


class Halt:
    """Counts calls; one point at most is a halt. Another one that is set meanwhile lets go whoever waits before it."""

    def __init__(self) -> None:
        self._turn = threading.Condition()
        self._count = 0
        self._at: tuple[int, int] | None = None
        # Where calls wait.
        self._waiting: list[tuple[int, int]] = []

    def set(self, at: int, when: str) -> None:
        """Halts at the call of this number, counted from the last reset of the count."""
        if when not in WHEN:
            raise ValueError("when is before or after")
        with self._turn:
            self._at = (at, WHEN.index(when))
            self._turn.notify_all()

    def next(self) -> int:
        """The number of the next call."""
        with self._turn:
            self._count += 1
            return self._count

    def wait(self, number: int, when: str) -> None:
        """Waits here if this is the halt or beyond it, until it is released."""
        point = (number, WHEN.index(when))
        with self._turn:
            self._waiting.append(point)
            self._turn.notify_all()
            self._turn.wait_for(lambda: not self._is_halted(point), MOST_SECONDS)
            self._waiting.remove(point)

    def _is_halted(self, point: tuple[int, int]) -> bool:
        return self._at is not None and point >= self._at

    def _is_reached(self) -> bool:
        return any(self._is_halted(point) for point in self._waiting)

    def reached(self, seconds: float) -> bool:
        """Whether the halt is reached within a time; at once no, when it is taken back meanwhile."""
        with self._turn:
            self._turn.wait_for(lambda: self._at is None or self._is_reached(), seconds)
            return self._is_reached()

    def clear(self) -> None:
        """Releases whoever waits and counts from one again."""
        with self._turn:
            self._at, self._count = None, 0
            self._turn.notify_all()

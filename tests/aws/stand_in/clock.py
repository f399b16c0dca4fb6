"""The stand-in's time: runs from the real clock, faster by a factor, and can be moved forward by a test."""

from __future__ import annotations

import time
from datetime import UTC, datetime


class Clock:
    """Seconds since 1970 as the stand-in sees them."""

    def __init__(self, speed: float = 1.0) -> None:
        self._begun_at = speed
        self._speed = speed
        self._real = time.time()
        self._shown = self._real
        self._pinned: float | None = None

    def seconds(self) -> float:
        """Now, in seconds."""
        if self._pinned is not None:
            return self._pinned
        return self._shown + (time.time() - self._real) * self._speed

    def now(self) -> datetime:
        """Now, as answers carry it (whole milliseconds)."""
        return moment(self.seconds())

    def pin(self, seconds: float | None) -> None:
        """Shows one moment, while what happened up to now is worked off in order; None lets time run again."""
        self._pinned = seconds

    def advance(self, seconds: float) -> None:
        """Moves forward at once."""
        if seconds < 0:
            raise ValueError("time runs forward only")
        self._shown += seconds

    @property
    def speed(self) -> float:
        """Seconds shown per real second."""
        return self._speed

    def run_at(self, speed: float) -> None:
        """Runs at another speed from now on; 0 stands still."""
        if speed < 0:
            raise ValueError("time runs forward only")
        self._shown = self.seconds()
        self._real = time.time()
        self._speed = speed

    def reset(self) -> None:
        """Runs as it did at the start; time that went by stays."""
        self.run_at(self._begun_at)


def moment(seconds: float) -> datetime:
    """A point in time as answers carry it."""
    return datetime.fromtimestamp(round(seconds, 3), tz=UTC)

"""Pages and their opaque tokens."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from .refusal import Refusal

T = TypeVar("T")


def page(
    items: Sequence[T],
    limit: int,
    token: str | None,
    question: Any = None,
    refusal: Callable[[], Refusal] = lambda: Refusal("InvalidParameterException", "Invalid token"),
) -> tuple[list[T], str | None]:
    """The page that `token` asks for, and the token of the next one. A token belongs to its question: one of another
    question, or one that was never given, is refused."""
    start = 0 if token is None else _start(token, question, refusal)
    end = start + limit
    return list(items[start:end]), _token(end, question) if end < len(items) else None


def _digest(question: Any) -> str:
    text = json.dumps(question, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _token(start: int, question: Any) -> str:
    return base64.urlsafe_b64encode(f"{start}:{_digest(question)}".encode()).decode().rstrip("=")


def _start(token: str, question: Any, refusal: Callable[[], Refusal]) -> int:
    try:
        text = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode()
        start, digest = text.split(":")
        if digest != _digest(question):
            raise ValueError
        return int(start)
    except (ValueError, UnicodeDecodeError):
        raise refusal() from None

"""Refusals as AWS makes them: a code, a sentence and an HTTP status, independent of the protocol."""

from __future__ import annotations


class Refusal(Exception):
    """An error answer; each protocol puts it into its own envelope."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


def invalid_parameter(message: str) -> Refusal:
    """ECS's refusal of a value that its API model allows."""
    return Refusal("InvalidParameterException", message)


def client(message: str) -> Refusal:
    """ECS's refusal of a state, such as a name that is not there."""
    return Refusal("ClientException", message)


def validation(message: str) -> Refusal:
    """The refusal of Auto Scaling and of most JSON services."""
    return Refusal("ValidationError", message)

"""Reads an answer of moto's back, as a client would, to plant canaries in it."""

from __future__ import annotations

from typing import Any

from botocore.parsers import ResponseParserError, create_parser

from .wire import Call, Response


def parse(call: Call, response: Response) -> dict[str, Any] | None:
    """The answer's members, or None where it cannot be read."""
    if call.model is None or call.protocol not in ("json", "query", "ec2", "rest-json"):
        return None
    parts = {
        "status_code": response.status,
        "headers": {name.lower(): value for name, value in response.headers.items()},
        "body": response.body,
    }
    try:
        result = create_parser(call.protocol).parse(parts, call.model.output_shape)
    except ResponseParserError:
        return None
    result.pop("ResponseMetadata", None)
    return result

"""Holds every request against the API model: required members, types, lengths, ranges, enumerations, patterns.

botocore's own validator knows the first two and the lower bounds; AWS refuses all of them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import Any

from botocore.model import Shape

from .refusal import Refusal
from .wire import Call

# The code with which a service refuses a value, and a member that is missing.
CODES = {
    "ecs": ("InvalidParameterException", "InvalidParameterException"),
    "ec2": ("InvalidParameterValue", "MissingParameter"),
    "autoscaling": ("ValidationError", "ValidationError"),
    "application-autoscaling": ("ValidationException", "ValidationException"),
    "cloudwatch": ("ValidationError", "ValidationError"),
    "pricing": ("InvalidParameterException", "InvalidParameterException"),
    "savingsplans": ("ValidationException", "ValidationException"),
    "service-quotas": ("IllegalArgumentException", "IllegalArgumentException"),
    "sts": ("ValidationError", "ValidationError"),
}

PYTHON_TYPES: dict[str, tuple[type, ...]] = {
    "structure": (dict,),
    "map": (dict,),
    "list": (list,),
    "string": (str,),
    "character": (str,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "boolean": (bool,),
    "timestamp": (datetime, int, float),
    "blob": (bytes, str),
}


class Fault(Exception):
    """What is wrong with one member; `missing` and `wrong_type` have codes of their own."""

    def __init__(self, kind: str, path: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind
        self.path = path
        self.text = text


def validate(call: Call) -> None:
    """Refuses a request that the API model does not allow, with all faults in the sentence."""
    shape = call.model.input_shape if call.model else None
    if shape is None:
        return
    faults = list(_faults(shape, call.params, ""))
    if not faults:
        return
    value_code, missing_code = CODES[call.service]
    kinds = {fault.kind for fault in faults}
    if "type" in kinds and call.protocol in ("json", "rest-json", "cbor"):
        code = "SerializationException"
    elif kinds == {"missing"}:
        code = missing_code
    else:
        code = value_code
    plural = "" if len(faults) == 1 else "s"
    sentences = "; ".join(fault.text for fault in faults)
    raise Refusal(code, f"{len(faults)} validation error{plural} detected: {sentences}")


def _faults(shape: Shape, value: Any, path: str) -> Iterator[Fault]:
    wanted = PYTHON_TYPES[shape.type_name]
    wrong_boolean = isinstance(value, bool) and shape.type_name != "boolean"
    if wrong_boolean or not isinstance(value, wanted):
        yield Fault("type", path, f"Value at '{path}' must be a {shape.type_name}, not {type(value).__name__}")
        return
    match shape.type_name:
        case "structure":
            yield from _structure(shape, value, path)
        case "list":
            yield from _bounds(shape, len(value), path, value, "length")
            for number, item in enumerate(value, start=1):
                yield from _faults(shape.member, item, f"{path}.{number}.member")  # type: ignore[attr-defined]
        case "map":
            yield from _bounds(shape, len(value), path, value, "length")
            for key, item in value.items():
                yield from _faults(shape.key, key, f"{path}.key")  # type: ignore[attr-defined]
                yield from _faults(shape.value, item, f"{path}.{key}")  # type: ignore[attr-defined]
        case "string" | "character":
            yield from _string(shape, value, path)
        case "integer" | "long" | "float" | "double":
            yield from _bounds(shape, value, path, value, "value")


def _structure(shape: Any, value: dict[str, Any], path: str) -> Iterator[Fault]:
    for name in shape.required_members:
        if value.get(name) is None:
            yield Fault("missing", f"{path}.{name}", f"Value null at '{_join(path, name)}': Member must not be null")
    for name, item in value.items():
        member = shape.members.get(name)
        if member is not None and item is not None:
            yield from _faults(member, item, _join(path, name))


def _string(shape: Shape, value: str, path: str) -> Iterator[Fault]:
    yield from _bounds(shape, len(value), path, value, "length")
    # EC2 has types that a model of last month does not name, and refuses unknown ones by a code of its own.
    allowed = None if shape.name == "InstanceType" else shape.metadata.get("enum")
    if allowed and value not in allowed:
        yield Fault(
            "value", path, _sentence(value, path, f"Member must satisfy enum value set: [{', '.join(allowed)}]")
        )
    pattern = _pattern(shape.metadata.get("pattern"))
    if pattern is not None and not pattern.fullmatch(value):
        yield Fault(
            "value", path, _sentence(value, path, f"Member must satisfy regular expression pattern: {pattern.pattern}")
        )


def _bounds(shape: Shape, size: float, path: str, value: Any, what: str) -> Iterator[Fault]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and size < least:
        yield Fault("value", path, _sentence(value, path, f"Member must have {what} greater than or equal to {least}"))
    if most is not None and size > most:
        yield Fault("value", path, _sentence(value, path, f"Member must have {what} less than or equal to {most}"))
    if isinstance(size, float) and not math.isfinite(size):
        yield Fault("value", path, _sentence(value, path, "Member must be a finite number"))


@cache
def _pattern(text: str | None) -> re.Pattern[str] | None:
    """A pattern of the model; those that Python cannot read (other dialects' classes) are passed over."""
    if not text:
        return None
    try:
        return re.compile(text.replace("\\p{L}", r"\w").replace("\\p{N}", r"\d").replace("\\p{Z}", r"\s"), re.DOTALL)
    except re.error:
        return None


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _sentence(value: Any, path: str, constraint: str) -> str:
    return f"Value '{value}' at '{path}' failed to satisfy constraint: {constraint}"

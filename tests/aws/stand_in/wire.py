"""Requests read from HTTP and answers put into the envelope of their protocol."""

from __future__ import annotations

import json
import re
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from xml.sax.saxutils import escape

import cbor2
from moto.core.model import OperationModel
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.serialize import SERIALIZERS, SerializationContext
from werkzeug.datastructures import Headers, MultiDict

from .api_models import BY_SIGNING_NAME, MODELLED, operation_model, service_model
from .refusal import Refusal

CBOR_PATH = re.compile(r"^/service/(?P<service>[^/]+)/operation/(?P<operation>[^/]+)$")


@dataclass
class Request:
    """One HTTP request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Response:
    """One HTTP answer."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Call:
    """A request as the service understands it."""

    service: str
    operation: str
    region: str
    protocol: str
    params: dict[str, Any] = field(default_factory=dict)
    model: OperationModel | None = None
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def action(self) -> str:
        """The action's name as IAM has it, such as `ecs:ListServices`."""
        prefix = {"cloudwatch": "cloudwatch", "service-quotas": "servicequotas"}.get(self.service, self.service)
        return f"{prefix}:{self.operation}"


def read(request: Request) -> Call:
    """The call in a request. Refuses what carries no signature and names that the service does not have."""
    service, region = _scope(request.headers.get("authorization", ""))
    if service not in MODELLED:
        return Call(service, "", region, "unknown")
    protocol, operation = _operation(service, request)
    call = Call(service, operation, region, protocol)
    call.model = operation_model(service, operation)
    if call.model is None:
        return call
    call.params = _params(request, call)
    return call


def _scope(authorization: str) -> tuple[str, str]:
    match = re.search(r"Credential=[^/]+/\d+/([^/]+)/([^/]+)/aws4_request", authorization)
    if match is None:
        raise Refusal("MissingAuthenticationToken", "Missing Authentication Token", 403)
    region, signing_name = match.groups()
    return BY_SIGNING_NAME.get(signing_name, signing_name), region


def _operation(service: str, request: Request) -> tuple[str, str]:
    if match := CBOR_PATH.match(urlsplit(request.path).path):
        return "cbor", match["operation"]
    if target := request.headers.get("x-amz-target"):
        return "json", target.rsplit(".", 1)[-1]
    protocol = str(service_model(service).protocol)
    if protocol in ("query", "ec2", "smithy-rpc-v2-cbor"):
        form = dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))
        return ("ec2" if protocol == "ec2" else "query"), form.get("Action", "")
    path = urlsplit(request.path).path
    for name in service_model(service).operation_names:
        http = operation_model(service, name).http  # type: ignore[union-attr]
        if http["method"] == request.method and http["requestUri"] == path:
            return "rest-json", name
    return "rest-json", ""


def _params(request: Request, call: Call) -> dict[str, Any]:
    assert call.model is not None
    if call.protocol == "cbor":
        return cbor2.loads(request.body) if request.body else {}
    parser = PROTOCOL_PARSERS[call.protocol](call.model)
    text = request.body.decode("utf-8")
    form = parse_qsl(text, keep_blank_values=True) if call.protocol in ("query", "ec2") else []
    url = urlsplit(request.path)
    try:
        return (
            parser.parse(
                {
                    "body": text,
                    "headers": Headers(list(request.headers.items())),
                    "method": request.method,
                    "url_params": {},
                    "url_path": url.path,
                    "values": MultiDict(form or parse_qsl(url.query)),
                }
            )
            or {}
        )
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise Refusal("SerializationException", f"the request could not be read: {error}") from error


def answer(call: Call, result: dict[str, Any]) -> Response:
    """An answer in the protocol of the call."""
    assert call.model is not None
    headers = {"x-amzn-RequestId": call.request_id}
    if call.protocol == "cbor":
        return Response(
            200,
            headers | {"Content-Type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"},
            cbor2.dumps(result, datetime_as_timestamp=True, default=None),
        )
    if call.protocol in ("json", "rest-json"):
        kind = "application/json" if call.protocol == "rest-json" else _json_type(call)
        return Response(200, headers | {"Content-Type": kind}, json.dumps(result, default=_json_value).encode())
    context = SerializationContext(request_id=call.request_id)
    done = SERIALIZERS[call.protocol](call.model, context=context).serialize(result)
    body = done["body"]
    return Response(
        done["status_code"],
        headers | {"Content-Type": "text/xml;charset=UTF-8"},
        body.encode() if isinstance(body, str) else body,
    )


def refuse(call: Call | None, refusal: Refusal) -> Response:
    """A refusal in the protocol of the call; JSON where there is no call yet."""
    request_id = call.request_id if call else str(uuid.uuid4())
    protocol = call.protocol if call else "json"
    headers = {"x-amzn-RequestId": request_id}
    if protocol == "cbor":
        body = cbor2.dumps({"__type": f"com.amazonaws.{call.service}#{refusal.code}", "message": refusal.message})  # type: ignore[union-attr]
        return Response(
            refusal.status, headers | {"Content-Type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}, body
        )
    if protocol in ("query", "ec2"):
        return Response(
            refusal.status, headers | {"Content-Type": "text/xml;charset=UTF-8"}, _xml(protocol, refusal, request_id)
        )
    body = json.dumps({"__type": refusal.code, "message": refusal.message}).encode()
    kind = _json_type(call) if call and protocol == "json" and call.model else "application/json"
    return Response(refusal.status, headers | {"Content-Type": kind, "x-amzn-ErrorType": refusal.code}, body)


def _xml(protocol: str, refusal: Refusal, request_id: str) -> bytes:
    error = f"<Code>{escape(refusal.code)}</Code><Message>{escape(refusal.message)}</Message>"
    if protocol == "ec2":
        text = f"<Response><Errors><Error>{error}</Error></Errors><RequestID>{request_id}</RequestID></Response>"
    else:
        fault = "Sender" if refusal.status < 500 else "Receiver"
        text = (
            f"<ErrorResponse><Error><Type>{fault}</Type>{error}</Error>"
            f"<RequestId>{request_id}</RequestId></ErrorResponse>"
        )
    return ('<?xml version="1.0" encoding="UTF-8"?>\n' + text).encode()


def _json_type(call: Call) -> str:
    version = service_model(call.service).metadata.get("jsonVersion", "1.1")
    return f"application/x-amz-json-{version}"


def _json_value(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.timestamp()
    raise TypeError(f"{type(value).__name__} has no JSON form")

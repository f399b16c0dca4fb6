"""The stand-in as a whole: one request in, one outcome out."""

from __future__ import annotations

import socket
import sys
import threading
import traceback
from dataclasses import dataclass

from . import catalogue, table  # noqa: F401  (registers every action)
from .actions import ACTIONS, OWN_SERVICES
from .api_models import service_model
from .buckets import Buckets
from .calls import CallLog
from .canary import Canaries
from .clock import Clock
from .faults import Faults, Rule, server_error, throttled
from .forward import Moto
from .halt import Halt
from .progress import settle
from .reading import parse
from .refusal import Refusal
from .region import World
from .validation import validate
from .wire import Call, Request, Response, answer, read, refuse


@dataclass
class Outcome:
    """An answer and what happens to it on its way."""

    response: Response
    delay: float = 0.0
    reset: bool = False
    truncated: bool = False


class StandIn:
    """State and the switches of the control interface. One request at a time changes it."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.world = World(clock)
        self.calls = CallLog()
        self.faults = Faults()
        self.buckets = Buckets()
        self.canaries = Canaries()
        self.halt = Halt()
        self.moto = Moto()
        self.port = 0
        # Where it listens.
        self.listener: socket.socket | None = None
        # Loads models while nobody asks yet.
        self.warming: threading.Thread | None = None
        self.lock = threading.RLock()

    def handle(self, request: Request) -> Outcome:
        """Answers a request of the control interface or of AWS."""
        from .control import control

        if request.path.startswith("/_stand-in/"):
            return Outcome(control(self, request))
        try:
            call = read(request)
        except Refusal as refusal:
            return Outcome(refuse(None, refusal))
        number = self.halt.next()
        self.halt.wait(number, "before")
        outcome = self._outcome(request, call, number)
        self.halt.wait(number, "after")
        return outcome

    def _outcome(self, request: Request, call: Call, number: int) -> Outcome:
        with self.lock:
            rule = self.faults.of(call.action, number)
            try:
                response = self._before(call, rule) or self._answer(request, call)
            except Refusal as refusal:
                response = refuse(call, refusal)
            except Exception:  # noqa: BLE001
                # A fault of the stand-in's own must be seen, and not be taken for one of AWS's.
                traceback.print_exc(file=sys.stderr)
                response = refuse(call, Refusal("StandInFailure", traceback.format_exc(limit=-3), 500))
            self.calls.add(call, response.status, rule.kind if rule else None, self.clock.seconds())
        return _after(response, rule)

    def _before(self, call: Call, rule: Rule | None) -> Response | None:
        """What refuses a call before it is looked at; a connection that is reset loses the request."""
        if rule is not None:
            match rule.kind:
                case "throttle":
                    raise throttled(call)
                case "error":
                    raise server_error(call)
                case "refuse":
                    raise Refusal(
                        rule.code,
                        f"User: arn:aws:iam::123456789012:user/test is not authorized to perform: {call.action}",
                        rule.status,
                    )
                case "reset":
                    return Response(500, {}, b"")
        if call.service == "ecs" and not self.buckets.allows(call.operation):
            raise throttled(call)
        return None

    def _answer(self, request: Request, call: Call) -> Response:
        if call.protocol == "unknown":
            return self.moto.ask(request, self.port)
        if call.model is None:
            code = "InvalidAction" if call.protocol in ("query", "ec2") else "UnknownOperationException"
            raise Refusal(
                code, f"The action {call.operation} is not valid for {service_model(call.service).service_name}."
            )
        validate(call)
        function = ACTIONS.get((call.service, call.operation))
        if function is not None:
            region = self.world.region(call.region)
            settle(region)
            region.changed = region.changed or not call.operation.startswith(("Describe", "List", "Get"))
            return answer(call, self.canaries.plant(call, function(region, call.params)))
        if call.service in OWN_SERVICES:
            raise Refusal("NotImplemented", f"the stand-in does not imitate {call.action}", 501)
        response = self.moto.ask(request, self.port)
        if self.canaries.on and response.status == 200 and (result := parse(call, response)) is not None:
            return answer(call, self.canaries.plant(call, result))
        return response

    def reset(self) -> None:
        """Back to an account in which nothing was made, and every switch off."""
        from moto.moto_api._internal.models import moto_api_backend

        from .ecs import demand

        with self.lock:
            moto_api_backend.reset()
            demand.forget()
            self.world.forget()
            self.calls.clear()
            self.faults.rules.clear()
            self.buckets.set(None)
            self.canaries.switch(False)
            self.halt.clear()
            self.clock.reset()
            catalogue.show()


def _after(response: Response, rule: Rule | None) -> Outcome:
    if rule is None:
        return Outcome(response)
    match rule.kind:
        case "reset" | "lost":
            return Outcome(response, reset=True)
        case "truncated":
            return Outcome(response, truncated=True)
        case "slow":
            return Outcome(response, delay=rule.seconds)
        case "malformed":
            garbled = Response(response.status, response.headers, b'{"services": [{"serviceArn": <')
            return Outcome(garbled)
    return Outcome(response)

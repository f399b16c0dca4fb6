"""The control interface under `/_stand-in/`: JSON in, JSON out."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from . import catalogue
from .branch import branch
from .ec2.launching import reconcile
from .ecs.tasks import kill
from .faults import Rule
from .generated import generated
from .progress import settle, until_quiet
from .seed import SeedError, counts, seed
from .wire import Request, Response

if TYPE_CHECKING:
    from .service import StandIn

Json = dict[str, Any]
GENERATED = {
    "services": 500,
    "instances": 1000,
    "tasks": 5000,
    "groups": 12,
    "types": 20,
    "cluster": "large",
    "region": "us-east-1",
    "seed": 1,
}


def control(stand_in: StandIn, request: Request) -> Response:
    """Answers one request; 400 with a sentence where it cannot be followed, 404 where there is no such thing."""
    url = urlsplit(request.path)
    function = ROUTES.get((request.method, url.path.removeprefix("/_stand-in/")))
    if function is None:
        known = ", ".join(f"{method} {name}" for method, name in sorted(ROUTES))
        return _json(404, {"error": f"no {request.method} {url.path}", "known": known})
    try:
        body = json.loads(request.body) if request.body else dict(parse_qsl(url.query))
        return _json(200, function(stand_in, body))
    except (ValueError, TypeError, KeyError, SeedError) as error:
        return _json(400, {"error": f"{type(error).__name__}: {error}"})


def _json(status: int, body: Any) -> Response:
    text = json.dumps(body, default=str).encode()
    return Response(status, {"Content-Type": "application/json"}, text)


def _reset(stand_in: StandIn, _body: Json) -> Json:
    stand_in.reset()
    return {}


def _seed(stand_in: StandIn, body: Json) -> Json:
    with stand_in.lock:
        return seed(stand_in.world, body)


def _generate(stand_in: StandIn, body: Json) -> Json:
    if unknown := set(body) - set(GENERATED):
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
    with stand_in.lock:
        return seed(stand_in.world, generated(**(GENERATED | body)))


def _calls(stand_in: StandIn, body: Json) -> Json:
    with stand_in.lock:
        answer: Json = {"total": len(stand_in.calls.made), "counts": stand_in.calls.counts()}
        answer["throttledByBuckets"] = stand_in.buckets.refused
        if body.get("list"):
            answer["calls"] = stand_in.calls.listing(bool(body.get("params")))
    return answer


def _forget_calls(stand_in: StandIn, _body: Json) -> Json:
    with stand_in.lock:
        stand_in.calls.clear()
        stand_in.halt.clear()
    return {}


def _set_faults(stand_in: StandIn, body: Json) -> Json:
    rules = [Rule.read(row) for row in body["rules"]]
    with stand_in.lock:
        stand_in.faults.rules = rules
    return {"rules": len(rules)}


def _fired(stand_in: StandIn, _body: Json) -> Json:
    return {"rules": [vars(rule) for rule in stand_in.faults.rules]}


def _buckets(stand_in: StandIn, body: Json) -> Json:
    with stand_in.lock:
        stand_in.buckets.set(body.get("factor"))
    return {"factor": stand_in.buckets.factor}


def _clock(stand_in: StandIn, body: Json) -> Json:
    with stand_in.lock:
        for region in stand_in.world.regions.values():
            settle(region)
        if "speed" in body:
            stand_in.clock.run_at(float(body["speed"]))
        if "advanceSeconds" in body:
            stand_in.clock.advance(float(body["advanceSeconds"]))
        for region in stand_in.world.regions.values():
            settle(region)
    return {"now": stand_in.clock.seconds(), "speed": stand_in.clock.speed}


def _settle(stand_in: StandIn, body: Json) -> Json:
    with stand_in.lock:
        region = stand_in.world.region(body.get("region", "us-east-1"))
        seconds = until_quiet(region, float(body.get("mostSeconds", 3600)))
        return {"seconds": seconds} | counts(region)


def _figures(stand_in: StandIn, body: Json) -> Json:
    with stand_in.lock:
        catalogue.show(body.get("types"), float(body.get("spotStepHours", 6)))
    return {"types": catalogue.EXTENT.types}


def _halt(stand_in: StandIn, body: Json) -> Json:
    stand_in.halt.set(int(body["at"]), body.get("when", "before"))
    return {}


def _halted(stand_in: StandIn, body: Json) -> Json:
    return {"reached": stand_in.halt.reached(float(body.get("seconds", 0)))}


def _release(stand_in: StandIn, _body: Json) -> Json:
    stand_in.halt.clear()
    return {}


def _branch(stand_in: StandIn, _body: Json) -> Json:
    return branch(stand_in)


def _canary(stand_in: StandIn, body: Json) -> Json:
    from .canary import CANARY, MEANING

    with stand_in.lock:
        canaries = stand_in.canaries
        if "on" in body:
            canaries.switch(bool(body["on"]), body.get("also"))
        planted = canaries.planted
        return {
            "canary": CANARY,
            "members": len(planted),
            "planted": sum(planted.values()),
            "paths": sorted(planted),
            "withTextOfTheirOwn": len(canaries.has_own - set(planted)),
            "enumerations": len(canaries.enumerations),
            "leftOut": sorted(canaries.meaning),
            "meaning": sorted(MEANING),
        }


def _record(stand_in: StandIn, body: Json) -> Json:
    """What the scheduler saw: the fewest running tasks of each service since it was steady, and waiting tasks."""
    with stand_in.lock:
        region = stand_in.world.region(body.get("region", "us-east-1"))
        settle(region)
        rows = {
            f"{cluster.name}/{service.name}": {
                "desired": service.row["desiredCount"],
                "lowestRunning": service.lowest_running,
                "timesBelowMinimum": service.below_minimum,
                "timesWaiting": service.ever_waited,
                "waiting": service.waiting,
                "settled": service.settled,
            }
            for cluster in region.clusters.values()
            for service in cluster.services.values()
        }
        return counts(region) | {"services": rows}


def _fail(stand_in: StandIn, body: Json) -> Json:
    """New tasks of a service fail to start, until it is told otherwise or rolled back."""
    with stand_in.lock:
        region = stand_in.world.region(body.get("region", "us-east-1"))
        service = region.clusters[body["cluster"]].services[body["service"]]
        service.fails = bool(body.get("fails", True))
    return {}


def _kill(stand_in: StandIn, body: Json) -> Json:
    """Running tasks of a service end as containers do that are killed: `exitCode`, and `reason` where ECS gives one."""
    with stand_in.lock:
        region = stand_in.world.region(body.get("region", "us-east-1"))
        settle(region)
        cluster = region.clusters[body["cluster"]]
        running = [
            task
            for task in cluster.tasks.values()
            if task.service == body["service"] and task.last_status == "RUNNING"
        ]
        for task in running[: int(body.get("tasks", 1))]:
            kill(region, cluster, task, int(body.get("exitCode", 137)), body.get("reason"))
        return {"killed": len(running[: int(body.get("tasks", 1))])}


def _quotas(stand_in: StandIn, body: Json) -> Json:
    """Quotas by code, in place of the defaults; `groups` stands for Auto Scaling's."""
    with stand_in.lock:
        region = stand_in.world.region(body.get("region", "us-east-1"))
        region.quotas = {code: float(value) for code, value in body["quotas"].items()}
    return {}


def _forget(stand_in: StandIn, body: Json) -> Json:
    """EC2 no longer knows an instance that ECS still lists."""
    with stand_in.lock:
        region = stand_in.world.region(body.get("region", "us-east-1"))
        if body["instance"] not in region.instances:
            raise ValueError(f"no instance {body['instance']}")
        region.forgotten.add(body["instance"])
    return {}


def _health(stand_in: StandIn, _body: Json) -> Json:
    return {"port": stand_in.port, "now": stand_in.clock.seconds()}


def _capacity(stand_in: StandIn, body: Json) -> Json:
    """Instance types of which EC2 has none to launch; groups that wait for one get it once it is back."""
    with stand_in.lock:
        region = stand_in.world.region(body.get("region", "us-east-1"))
        region.short_of = set(body["shortOf"])
        for group in region.groups.values():
            reconcile(region, group)
        region.changed = True
    return {}


ROUTES: dict[tuple[str, str], Callable[[StandIn, Json], Json]] = {
    ("GET", "health"): _health,
    ("POST", "reset"): _reset,
    ("POST", "seed"): _seed,
    ("POST", "generate"): _generate,
    ("GET", "calls"): _calls,
    ("DELETE", "calls"): _forget_calls,
    ("PUT", "faults"): _set_faults,
    ("GET", "faults"): _fired,
    ("PUT", "buckets"): _buckets,
    ("POST", "clock"): _clock,
    ("POST", "settle"): _settle,
    ("PUT", "figures"): _figures,
    ("PUT", "halt"): _halt,
    ("GET", "halt"): _halted,
    ("DELETE", "halt"): _release,
    ("POST", "branch"): _branch,
    ("PUT", "canary"): _canary,
    ("GET", "canary"): _canary,
    ("GET", "record"): _record,
    ("POST", "fail"): _fail,
    ("POST", "kill"): _kill,
    ("PUT", "quotas"): _quotas,
    ("PUT", "capacity"): _capacity,
    ("POST", "forget"): _forget,
}

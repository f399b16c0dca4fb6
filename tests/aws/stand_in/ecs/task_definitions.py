"""Task definitions: families with revisions."""

from __future__ import annotations

import copy
from typing import Any

from ..actions import action
from ..paging import page
from ..refusal import client, invalid_parameter
from ..region import Region
from .state import short

Json = dict[str, Any]


@action("ecs", "RegisterTaskDefinition")
def register(region: Region, request: Json) -> Json:
    family = request["family"]
    if not request["containerDefinitions"]:
        raise client("Container list cannot be empty.")
    _check(request)
    revisions = region.task_definitions.setdefault(family, [])
    revision = len(revisions) + 1
    row = {key: value for key, value in copy.deepcopy(request).items() if key != "tags"}
    wanted = request.get("requiresCompatibilities", [])
    row |= {
        "taskDefinitionArn": region.arn("ecs", f"task-definition/{family}:{revision}"),
        "revision": revision,
        "status": "ACTIVE",
        "volumes": request.get("volumes", []),
        "placementConstraints": request.get("placementConstraints", []),
        "compatibilities": sorted({"EC2", *wanted}),
        "registeredAt": region.now(),
        "registeredBy": "arn:aws:iam::123456789012:root",
    }
    for container in row["containerDefinitions"]:
        for member, value in (
            ("cpu", 0),
            ("essential", True),
            ("environment", []),
            ("portMappings", []),
            ("mountPoints", []),
            ("volumesFrom", []),
        ):
            container.setdefault(member, copy.copy(value))
        for mapping in container["portMappings"]:
            mapping.setdefault("protocol", "tcp")
            mapping.setdefault(
                "hostPort", mapping.get("containerPort", 0) if row.get("networkMode") in ("awsvpc", "host") else 0
            )
    stored = row | {"_tags": request.get("tags", [])}
    revisions.append(stored)
    return {"taskDefinition": public(stored), "tags": stored["_tags"]}


def _check(request: Json) -> None:
    names = [container.get("name") for container in request["containerDefinitions"]]
    if None in names or any(not container.get("image") for container in request["containerDefinitions"]):
        raise client("Container.name and Container.image should not be null or empty.")
    if len(set(names)) < len(names):
        raise client("Container names must be unique.")
    if "FARGATE" in request.get("requiresCompatibilities", []):
        if not request.get("cpu") or not request.get("memory"):
            raise client("Fargate requires that 'cpu' and 'memory' be defined at the task level.")
        if request.get("networkMode") != "awsvpc":
            raise client("Fargate only supports network mode ‘awsvpc’.")
    if not request.get("memory"):
        for container in request["containerDefinitions"]:
            if not container.get("memory") and not container.get("memoryReservation"):
                raise client(
                    f"Invalid setting for container '{container['name']}'. At least one of 'memory' or 'memoryReservation' must be specified."
                )


def public(stored: Json) -> Json:
    """The members of the API."""
    return {key: value for key, value in stored.items() if not key.startswith("_")}


def find(region: Region, text: str) -> Json:
    """A definition by ARN, `family:revision` or family (its latest active revision)."""
    name = short(text)
    family, _, revision = name.partition(":")
    revisions = region.task_definitions.get(family, [])
    if revision:
        for row in revisions:
            if str(row["revision"]) == revision:
                return row
    else:
        for row in reversed(revisions):
            if row["status"] == "ACTIVE":
                return row
    raise client("Unable to describe task definition.")


@action("ecs", "DescribeTaskDefinition")
def describe(region: Region, request: Json) -> Json:
    stored = find(region, request["taskDefinition"])
    answer: Json = {"taskDefinition": public(stored)}
    if "TAGS" in request.get("include", []):
        answer["tags"] = stored["_tags"]
    return answer


@action("ecs", "DeregisterTaskDefinition")
def deregister(region: Region, request: Json) -> Json:
    if ":" not in short(request["taskDefinition"]):
        raise invalid_parameter("The task definition's revision is missing.")
    stored = find(region, request["taskDefinition"])
    stored["status"] = "INACTIVE"
    stored["deregisteredAt"] = region.now()
    return {"taskDefinition": public(stored)}


@action("ecs", "ListTaskDefinitions")
def list_(region: Region, request: Json) -> Json:
    prefix, status = request.get("familyPrefix"), request.get("status", "ACTIVE")
    arns = [
        row["taskDefinitionArn"]
        for family, revisions in sorted(region.task_definitions.items())
        for row in revisions
        if row["status"] == status and prefix in (None, family)
    ]
    if request.get("sort") == "DESC":
        arns.reverse()
    question = [prefix, status, request.get("sort")]
    shown, token = page(arns, min(request.get("maxResults", 100), 100), request.get("nextToken"), question)
    return {"taskDefinitionArns": shown} | ({"nextToken": token} if token else {})

"""Proposed sizes put into a live cluster: a new revision each, once, whatever happens on the way."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from applying import QUICK, begun_anew, locks, was_healthy
from conftest import SMALL, StandIn
from program import BAYPLAN, Run, environment, run

pytestmark = pytest.mark.skipif(BAYPLAN is None, reason="BAYPLAN names no program")

WRITES = ("ecs:RegisterTaskDefinition", "ecs:UpdateService")


@pytest.fixture
def use(tmp_path: Path) -> Path:
    """Four weeks in which a task of 256 CPU units and 512 MiB used 90 and 120."""
    rows = [f"web,2026-03-{day:02}T{hour:02}:00:00Z,90,60,120,4" for day in range(1, 29) for hour in range(24)]
    file = tmp_path / "use.csv"
    file.write_text("\n".join(["service,timestamp,cpu_units_max,cpu_units_avg,memory_mib_max,tasks", *rows]))
    return file


def words(use: Path, *more: str) -> list[str]:
    quickly = ("--ideal", "--work-limit", "20000", "--format", "json")
    journal = ("--journal", str(use.with_name("sizes.journal")))
    return ["rightsize", "ecs:small", "--metrics", str(use), *quickly, "--apply", *journal, *more]


def begin(aws: StandIn) -> None:
    begun_anew(aws, lambda: aws.control("POST", "seed", SMALL))


def go_on(aws: StandIn, use: Path, how: str) -> Run:
    return run(aws, "apply", how, "--yes", "--journal", str(use.with_name("sizes.journal")), *QUICK)


def running(aws: StandIn) -> tuple[str, dict[str, Any], list[str]]:
    """Family and revision of what the service runs, its definition, and all revisions there are."""
    ecs = aws.client("ecs")
    service = ecs.describe_services(cluster="small", services=["web"])["services"][0]
    assert [it["rolloutState"] for it in service["deployments"]] == ["COMPLETED"], service["deployments"]
    answer = ecs.describe_task_definition(taskDefinition=service["taskDefinition"], include=["TAGS"])
    revisions = ecs.list_task_definitions(familyPrefix="web")["taskDefinitionArns"]
    name = service["taskDefinition"].rsplit("/", 1)[1]
    return name, answer, [arn.rsplit("/", 1)[1] for arn in revisions]


def test_the_steps_are_shown_and_nothing_is_asked_for_without_yes(small: StandIn, use: Path) -> None:
    small.control("DELETE", "calls")
    shown = run(small, *words(use))
    assert shown.code == 0, shown.err
    steps = json.loads(shown.out)["apply"]["steps"]
    assert len(steps) == 1 and "web" in steps[0]["step"] and steps[0]["restarts"] == 4, steps
    called = {call["action"] for call in small.control("GET", "calls?list=1")["calls"]}
    assert called and not called & set(WRITES), called


def test_sizes_are_rolled_out_once_and_can_be_taken_back(small: StandIn, use: Path) -> None:
    begin(small)
    before = running(small)
    done = run(small, *words(use, "--yes", *QUICK))
    assert done.code == 0, done.err
    proposed = json.loads(done.out[: done.out.rindex("}") + 1])["services"][0]
    name, answer, revisions = running(small)
    container = answer["taskDefinition"]["containerDefinitions"][0]
    assert name == "web:3" and revisions == ["web:1", "web:2", "web:3"]
    assert container["cpu"] == proposed["cpu"] and container["memory"] == proposed["memoryMib"] < 512
    was = before[1]["taskDefinition"]["containerDefinitions"][0]
    assert {**was, "cpu": 0, "memory": 0} == {**container, "cpu": 0, "memory": 0}
    assert {tag["key"] for tag in answer["tags"]} == {"bayplan:managed"}
    was_healthy(small)
    again = run(small, *words(use, "--yes", *QUICK))
    assert again.code == 0 and "nothing to do" in again.out, again
    back = go_on(small, use, "--rollback")
    assert back.code == 0, back.err
    assert running(small)[0] == before[0] and locks(small) == []
    was_healthy(small)


def test_killed_around_each_write_it_goes_on_with_one_new_revision_or_back(small: StandIn, use: Path) -> None:
    begin(small)
    small.control("DELETE", "calls")
    assert run(small, *words(use, "--yes", *QUICK)).code == 0
    calls = [call["action"] for call in small.control("GET", "calls?list=1")["calls"]]
    points = [at + 1 for at, action in enumerate(calls) if action in WRITES]
    assert len(points) == 2, calls
    for at in points:
        for when in ("before", "after"):
            for how in ("--resume", "--rollback"):
                begin(small)
                use.with_name("sizes.journal").unlink(missing_ok=True)
                small.control("PUT", "halt", {"at": at, "when": when})
                assert BAYPLAN is not None
                process = subprocess.Popen(
                    [BAYPLAN, *words(use, "--yes", *QUICK)],
                    env=environment(small),
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                )
                while not small.control("GET", "halt?seconds=1")["reached"]:
                    assert process.poll() is None, (at, when, how)
                process.kill()
                process.wait()
                small.control("DELETE", "halt")
                done = go_on(small, use, how)
                assert done.code == 0, (at, when, how, done.err)
                small.control("POST", "settle", {})
                name, _, revisions = running(small)
                assert name == ("web:3" if how == "--resume" else "web:1"), (at, when, how)
                assert len(revisions) <= 3 and locks(small) == [], (at, when, how, revisions)
                was_healthy(small)


def test_a_service_that_changed_meanwhile_is_left_alone(small: StandIn, use: Path, tmp_path: Path) -> None:
    begin(small)
    snapshot = tmp_path / "snapshot.json"
    assert run(small, "snapshot", "--cluster", "small", "--output", str(snapshot)).code == 0
    small.client("ecs").update_service(cluster="small", service="web", taskDefinition="web:2")
    small.control("POST", "settle", {})
    arguments = [str(snapshot) if word == "ecs:small" else word for word in words(use, "--yes", *QUICK)]
    refused = run(small, *arguments)
    assert refused.code == 31 and "web" in refused.err, refused
    assert running(small)[0] == "web:2" and locks(small) == []


def test_a_file_that_is_no_snapshot_is_refused(small: StandIn, use: Path, tmp_path: Path) -> None:
    file = tmp_path / "c.json"
    service = {"serviceName": "web", "desiredCount": 2, "cpu": 256, "memory": 512}
    file.write_text(json.dumps({"version": 1, "cluster": "c", "region": "us-east-1", "services": [service]}))
    refused = run(small, *[str(file) if word == "ecs:small" else word for word in words(use)])
    assert refused.code == 20 and "bayplan snapshot" in refused.err, refused

"""A migration of 60 services from 41 instances in three zones: applied without a task that waits, and the next plan finds nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from applying import Files, begun_anew, locks, was_healthy
from conftest import StandIn
from program import BAYPLAN, run

pytestmark = pytest.mark.skipif(BAYPLAN is None, reason="BAYPLAN names no program")

CLUSTER = {"services": 60, "instances": 40, "tasks": 240, "groups": 4, "types": 8, "cluster": "sixty", "seed": 3}
# Any plan will do: it need not be a good one.
QUICKLY = ("--work-limit", "500000")


def test_sixty_services_move_and_the_next_plan_finds_nothing(aws: StandIn, tmp_path: Path) -> None:
    begun_anew(aws, lambda: aws.control("POST", "generate", CLUSTER), 300)
    files = Files(aws, tmp_path / "first", "sixty", None, *QUICKLY)
    done = files.apply()
    assert done.code == 0, done.err
    assert files.steps() > 60
    was_healthy(aws)
    record = aws.control("GET", "record")
    assert (record["runningTasks"], record["unsettledServices"]) == (240, [])
    assert locks(aws) == []
    again = Files(aws, tmp_path / "second", "sixty", None, *QUICKLY)
    words = ("apply", str(again.snapshot), str(again.plan), "--allow-delete", "--max-instances-changed", "100")
    nothing = run(aws, *words, "--detailed-exitcode")
    assert nothing.code == 0, nothing.out
    assert "nothing to do" in nothing.out, nothing.out

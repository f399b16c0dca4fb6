"""`bayplan apply --verify`: the live cluster beside its plan; quotas as they stand when a run begins."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from applying import QUICK, Files, locks
from conftest import StandIn
from program import BAYPLAN, Run, run

pytestmark = pytest.mark.skipif(BAYPLAN is None, reason="BAYPLAN names no program")

READS = ("Describe", "List", "Get")


@pytest.fixture
def moving(small: StandIn) -> StandIn:
    """The small cluster, whose time goes by quickly."""
    small.control("POST", "clock", {"speed": 600})
    return small


def verified(files: Files, *more: str) -> tuple[Run, dict[str, Any]]:
    done = run(files.aws, "apply", str(files.snapshot), str(files.plan), "--verify", "--format", "json", *more)
    return done, json.loads(done.out) if done.out else {}


def codes(document: dict[str, Any]) -> set[str]:
    return {row["code"] for row in document["differences"]}


def test_before_an_apply_all_differs_and_after_it_nothing(moving: StandIn, tmp_path: Path) -> None:
    files = Files(moving, tmp_path)
    before, document = verified(files)
    assert before.code == 12, before.err
    assert {"setting", "instances"} <= codes(document), before.out
    assert files.apply().code == 0
    moving.control("POST", "settle", {})
    moving.control("DELETE", "calls")
    after, document = verified(files)
    assert after.code == 0 and document["agrees"] is True, after.out
    assert document["usdPerHour"]["planned"] == document["usdPerHour"]["live"]
    made = moving.control("GET", "calls")["counts"]
    assert all(action.split(":")[1].startswith(READS) for action in made), made
    text = run(moving, "apply", str(files.snapshot), str(files.plan), "--verify")
    assert text.code == 0 and "is as the plan says" in text.out, text.out


def test_what_somebody_changed_is_named(moving: StandIn, tmp_path: Path) -> None:
    files = Files(moving, tmp_path)
    # Nothing is deleted, so that the service can go back to where it was.
    words = ("apply", str(files.snapshot), str(files.plan), "--yes", "--journal", str(files.journal), *QUICK)
    assert run(moving, *words).code == 0
    moving.control("POST", "settle", {})
    plan = json.loads(files.plan.read_text())
    group = plan["capacityProviders"][0]["name"]
    moving.client("autoscaling").update_auto_scaling_group(AutoScalingGroupName=group, MaxSize=50)
    moving.client("ecs").update_service(
        cluster="small",
        service="web",
        forceNewDeployment=True,
        capacityProviderStrategy=[{"capacityProvider": "main", "weight": 1}],
    )
    moving.control("POST", "settle", {})
    done, document = verified(files)
    assert done.code == 12, done.err
    texts = " ".join(row["text"] for row in document["differences"])
    assert f"group {group}: maxSize 50" in texts and "service web: strategy" in texts, texts
    assert "tasks-of-provider" in codes(document), texts


def test_after_a_rollback_by_a_breaker_and_a_resume_all_is_as_planned(moving: StandIn, tmp_path: Path) -> None:
    breaker = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}
    moving.client("ecs").update_service(cluster="small", service="web", deploymentConfiguration=breaker)
    files = Files(moving, tmp_path)
    moving.control("POST", "fail", {"cluster": "small", "service": "web"})
    assert files.apply("--step-timeout", "60").code == 32
    moving.control("POST", "fail", {"cluster": "small", "service": "web", "fails": False})
    resumed = files.go_on("--resume")
    assert resumed.code == 0, resumed.err
    moving.control("POST", "settle", {})
    done, document = verified(files)
    assert done.code == 0 and document["agrees"] is True, done.out


def test_a_later_snapshot_stands_in_for_the_cluster(moving: StandIn, tmp_path: Path) -> None:
    files = Files(moving, tmp_path)
    assert files.apply().code == 0
    moving.control("POST", "settle", {})
    later = tmp_path / "later.json"
    assert run(moving, "snapshot", "--cluster", "small", "--output", str(later)).code == 0
    moving.control("DELETE", "calls")
    done, _ = verified(files, "--against", str(later))
    assert done.code == 0, done.out
    assert moving.control("GET", "calls")["total"] == 0


@pytest.mark.parametrize(
    ("quota", "said"),
    [
        ("groups", "Auto Scaling groups of the Region"),
        ("L-A24B7D58", "capacity providers of the cluster"),
        ("L-1216C47A", "On-Demand Standard"),
    ],
)
def test_a_quota_that_the_steps_would_pass_is_refused(moving: StandIn, tmp_path: Path, quota: str, said: str) -> None:
    files = Files(moving, tmp_path)
    before = files.state()
    moving.control("PUT", "quotas", {"quotas": {quota: 1}})
    refused = files.apply()
    assert refused.code == 31, refused.err
    assert said in refused.err and "the quota is 1" in refused.err, refused.err
    assert files.state() == before and locks(moving) == [] and not files.journal.exists()
    moving.control("PUT", "quotas", {"quotas": {}})
    assert files.apply().code == 0


def test_a_quota_that_cannot_be_read_is_said_and_stops_nothing(moving: StandIn, tmp_path: Path) -> None:
    files = Files(moving, tmp_path)
    rules = [{"kind": "refuse", "action": "servicequotas:GetServiceQuota", "times": 0}]
    moving.control("PUT", "faults", {"rules": rules})
    done = files.apply()
    assert done.code == 0, done.err
    assert "quota of capacity providers of the cluster is not known" in done.err, done.err

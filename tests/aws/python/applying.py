"""A snapshot, its plan and a journal: what the tests of `bayplan apply` have in common."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from conftest import StandIn
from program import BAYPLAN, Run, environment, run

# Looks often: the stand-in's time goes by quickly.
QUICK = ("--poll-interval", "0.2")


class Files:
    """A snapshot of a cluster, its plan and a journal, in a folder of their own."""

    def __init__(self, aws: StandIn, folder: Path, cluster: str = "small", like: Files | None = None, *plan: str) -> None:
        """`like` has the snapshot and the plan of the same cluster, seeded anew: its fingerprint is the same."""
        self.aws, self.cluster = aws, cluster
        folder.mkdir(exist_ok=True)
        self.snapshot, self.plan = folder / "snapshot.json", folder / "plan.json"
        self.journal = folder / "apply.journal"
        self.lock = folder / "apply.journal.lock"
        self.planned: tuple[str, ...] = plan
        if like is not None:
            shutil.copy(like.snapshot, self.snapshot)
            shutil.copy(like.plan, self.plan)
            return
        self.take(self.snapshot, self.plan)

    def take(self, snapshot: Path, plan: Path) -> None:
        taken = run(self.aws, "snapshot", "--cluster", self.cluster, "--output", str(snapshot))
        assert taken.code == 0, taken.err
        words = ("plan", str(snapshot), "--format", "json", "--output", str(plan), *self.planned)
        planned = run(self.aws, *words)
        assert planned.code == 0, planned.err

    def words(self, *more: str) -> list[str]:
        # What every run is allowed: all instances go.
        allowed = ("--allow-delete", "--max-instances-changed", "1000")
        journal = ("--journal", str(self.journal))
        return ["apply", str(self.snapshot), str(self.plan), "--yes", *journal, *allowed, *QUICK, *more]

    def apply(self, *more: str) -> Run:
        return run(self.aws, *self.words(*more))

    def start(self, *more: str) -> subprocess.Popen[str]:
        """An apply that is not waited for."""
        assert BAYPLAN is not None
        words = [BAYPLAN, *self.words(*more)]
        return subprocess.Popen(words, env=environment(self.aws), stderr=subprocess.PIPE, text=True)

    def go_on(self, how: str, *more: str) -> Run:
        return run(self.aws, "apply", how, "--yes", "--journal", str(self.journal), *QUICK, *more)

    def entries(self) -> list[Any]:
        """The journal's lines after the first."""
        return [json.loads(line) for line in self.journal.read_text().splitlines()[1:]]

    def steps(self) -> int:
        """Steps of the journal."""
        return len(json.loads(self.journal.read_text().splitlines()[0])["steps"])

    def state(self) -> dict[str, Any]:
        """What the cluster is made of as AWS describes it, without what moves by itself."""
        ecs, scaling = self.aws.client("ecs"), self.aws.client("autoscaling")
        cluster = ecs.describe_clusters(clusters=[self.cluster])["clusters"][0]
        names = sorted(arn.rsplit("/", 1)[-1] for arn in listed(ecs, self.cluster))
        services = [
            row
            for some in (names[start : start + 10] for start in range(0, len(names), 10))
            for row in ecs.describe_services(cluster=self.cluster, services=some)["services"]
        ]
        providers = ecs.describe_capacity_providers()["capacityProviders"]
        # ARNs of groups have an identity in them that is new each time.
        for provider in providers:
            of_group = provider.get("autoScalingGroupProvider", {})
            if "autoScalingGroupArn" in of_group:
                of_group["autoScalingGroupArn"] = of_group["autoScalingGroupArn"].rsplit("/", 1)[-1]
        groups = scaling.describe_auto_scaling_groups()["AutoScalingGroups"]
        for group in groups:
            group["Tags"] = sorted((tag["Key"], tag["Value"], tag["PropagateAtLaunch"]) for tag in group["Tags"])
        return {
            "services": only(
                services, "serviceName", "capacityProviderStrategy", "placementStrategy", "placementConstraints",
                "desiredCount", "taskDefinition", "launchType", "deploymentConfiguration",
            ),
            "capacityProviders": only(
                (row for row in providers if row["status"] != "INACTIVE"), "name", "status", "autoScalingGroupProvider"
            ),
            "autoScalingGroups": only(
                groups, "AutoScalingGroupName", "MinSize", "MaxSize", "MixedInstancesPolicy", "LaunchTemplate",
                "VPCZoneIdentifier", "NewInstancesProtectedFromScaleIn", "Tags",
            ),
            "cluster": (
                sorted(cluster["capacityProviders"]),
                # A base that is not given is 0.
                [{"base": 0, **item} for item in cluster["defaultCapacityProviderStrategy"]],
            ),
        }  # fmt: skip


def listed(ecs: Any, cluster: str) -> list[str]:
    """ARNs of all services."""
    pages = ecs.get_paginator("list_services").paginate(cluster=cluster)
    return [arn for page in pages for arn in page["serviceArns"]]


def only(rows: Iterable[dict[str, Any]], *keys: str) -> list[dict[str, Any]]:
    """Rows with these members, by the first."""
    return sorted(({key: row.get(key) for key in keys} for row in rows), key=lambda row: row[keys[0]])


def locks(aws: StandIn) -> list[str]:
    names = [row["LaunchTemplateName"] for row in aws.client("ec2").describe_launch_templates()["LaunchTemplates"]]
    return [name for name in names if name.startswith("bayplan-lock-")]


def was_healthy(aws: StandIn, may_wait: bool = False) -> None:
    """No service ever below its minimum; nor did a task wait, but on the way back, where managed scaling has to launch
    instances of the old group again."""
    for name, service in aws.control("GET", "record")["services"].items():
        assert service["timesBelowMinimum"] == 0, (name, service)
        assert may_wait or service["timesWaiting"] == 0, (name, service)
        assert service["waiting"] == 0, (name, service)


def begun_anew(aws: StandIn, seed: Callable[[], Any], speed: float = 600) -> None:
    """The same cluster again, whose time goes by quickly."""
    aws.control("POST", "reset")
    seed()
    aws.control("POST", "clock", {"speed": speed})
    aws.control("DELETE", "calls")

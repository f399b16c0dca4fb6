"""A snapshot, its plan and a journal: what the tests of `bayplan apply` have in common."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
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
        """What the cluster is made of, without what moves by itself."""
        file = self.snapshot.with_name("now.json")
        taken = run(self.aws, "snapshot", "--cluster", self.cluster, "--output", str(file))
        assert taken.code == 0, taken.err
        document = json.loads(file.read_text())
        kept = {
            "services": ("serviceName", "capacityProviderStrategy", "placementStrategy", "desiredCount"),
            "capacityProviders": ("name", "autoScalingGroupProvider"),
            "autoScalingGroups": (
                "AutoScalingGroupName", "MinSize", "MaxSize", "MixedInstancesPolicy", "LaunchTemplate",
                "VPCZoneIdentifier", "Tags",
            ),
            "clusters": ("capacityProviders", "defaultCapacityProviderStrategy"),
        }  # fmt: skip
        state = {part: [{key: row.get(key) for key in keys} for row in document[part]] for part, keys in kept.items()}
        for group in state["autoScalingGroups"]:
            group["Tags"] = sorted(tag["Key"] for tag in group["Tags"] or [])
        for provider in state["capacityProviders"]:
            # ARNs of groups have an identity in them that is new each time.
            arn = provider["autoScalingGroupProvider"]["autoScalingGroupArn"]
            provider["autoScalingGroupProvider"]["autoScalingGroupArn"] = arn.rsplit("/", 1)[-1]
        for cluster in state["clusters"]:
            cluster["capacityProviders"] = sorted(cluster["capacityProviders"])
        return state


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

"""What `bayplan apply` looks at before it goes on or takes anything away: whose cluster it is, who uses what goes, who holds the lock."""

from __future__ import annotations

import base64
import copy
import json
import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from applying import Files, begun_anew, locks, was_healthy
from conftest import SMALL, StandIn
from program import BAYPLAN, run

pytestmark = pytest.mark.skipif(BAYPLAN is None, reason="BAYPLAN names no program")

# Steps of the small cluster's plan before its drain.
MOVED = 6
TERMINATE = "autoscaling:TerminateInstanceInAutoScalingGroup"


@pytest.fixture
def moving(small: StandIn) -> StandIn:
    """The small cluster, whose time goes by quickly."""
    small.control("POST", "clock", {"speed": 600})
    return small


def counts(aws: StandIn) -> dict[str, int]:
    counted: dict[str, int] = aws.control("GET", "calls")["counts"]
    return counted


def test_a_provider_that_a_service_came_back_to_is_not_drained(moving: StandIn, tmp_path: Path) -> None:
    files = Files(moving, tmp_path)
    first = files.apply("--max-steps", str(MOVED))
    assert first.code == 0, first.err

    def moved(provider: str) -> None:
        strategy = [{"capacityProvider": provider, "weight": 1}]
        moving.client("ecs").update_service(
            cluster="small", service="web", capacityProviderStrategy=strategy, forceNewDeployment=True
        )
        moving.control("POST", "settle")

    web = next(row for row in files.state()["services"] if row["serviceName"] == "web")
    new = web["capacityProviderStrategy"][0]["capacityProvider"]
    # A pipeline does this.
    moved("main")
    moving.control("DELETE", "calls")
    stopped = files.go_on("--resume")
    assert stopped.code == 32 and "web" in stopped.err and "main" in stopped.err, stopped.err
    assert TERMINATE not in counts(moving), counts(moving)
    moved(new)
    done = files.go_on("--resume")
    assert done.code == 0, done.err
    was_healthy(moving)


def test_a_journal_goes_on_in_its_own_cluster_alone(moving: StandIn, tmp_path: Path) -> None:
    files = Files(moving, tmp_path)
    first = files.apply("--max-steps", "2")
    assert first.code == 0, first.err
    before = files.journal.read_text()
    head, rest = before.split("\n", 1)
    header = json.loads(head)
    # As the one of another account.
    header["identity"] = "0" * 64
    files.journal.write_text(json.dumps(header) + "\n" + rest)
    moving.control("DELETE", "calls")
    for how in ("--resume", "--rollback"):
        other = files.go_on(how)
        assert other.code == 31 and "not the one that the run was begun in" in other.err, other.err
        elsewhere = files.go_on(how, "--region", "eu-west-1")
        assert elsewhere.code == 31 and "not of eu-west-1" in elsewhere.err, elsewhere.err
    assert counts(moving) == {"ecs:DescribeClusters": 2}
    files.journal.write_text(before)
    back = files.go_on("--rollback")
    assert back.code == 0, back.err


def test_status_leaves_the_journal_as_it_is(moving: StandIn, tmp_path: Path) -> None:
    files = Files(moving, tmp_path)
    first = files.apply("--max-steps", "2")
    assert first.code == 0, first.err
    # A line that a run at work writes at the moment.
    with files.journal.open("a") as journal:
        journal.write('{"begins":')
    written = files.journal.read_bytes()
    files.journal.chmod(0o444)
    said = run(moving, "apply", "--status", "--journal", str(files.journal))
    assert said.code == 0 and "to do" in said.out, said.err
    assert files.journal.read_bytes() == written
    files.journal.chmod(0o644)
    done = files.go_on("--resume")
    assert done.code == 0, done.err


def test_two_of_one_name_and_folder_do_not_hold_one_lock(moving: StandIn, tmp_path: Path) -> None:
    files = Files(moving, tmp_path)
    moving.control("DELETE", "calls")
    moving.control("PUT", "halt", {"at": 40, "when": "after"})
    first = files.start()
    assert moving.control("GET", "halt?seconds=50") == {"reached": True}
    moving.control("DELETE", "halt")
    # The other machine has none of its files.
    os.kill(first.pid, signal.SIGSTOP)
    kept = [(path, path.with_name("of-first-" + path.name)) for path in tmp_path.glob("apply.journal*")]
    for path, aside in kept:
        path.rename(aside)
    second = files.apply()
    assert second.code == 31 and "holds the lock on the cluster until" in second.err, second.err
    for path in tmp_path.glob("apply.journal*"):
        path.unlink()
    for path, aside in kept:
        aside.rename(path)
    os.kill(first.pid, signal.SIGCONT)
    _, err = first.communicate(timeout=90)
    assert first.returncode == 0, err
    assert locks(moving) == []
    was_healthy(moving)


@pytest.mark.parametrize("listed", [False, True])
def test_a_group_with_members_of_another_cluster_is_not_retired(aws: StandIn, tmp_path: Path, listed: bool) -> None:
    seed = copy.deepcopy(SMALL)
    seed["clusters"].append({"clusterName": "other"})
    if listed:
        seed["clusterCapacityProviders"].append(
            {"cluster": "other", "capacityProviders": ["main"], "defaultCapacityProviderStrategy": []}
        )
    begun_anew(aws, lambda: aws.control("POST", "seed", seed))
    launch_one_for(aws, "other")
    ecs = aws.client("ecs")
    ecs.create_service(cluster="other", serviceName="theirs", taskDefinition="web:1", desiredCount=1, launchType="EC2")
    aws.control("POST", "settle")
    files = Files(aws, tmp_path)
    before = files.state()
    shown = run(aws, "apply", str(files.snapshot), str(files.plan), "--allow-delete")
    assert shown.code == 31 and "no container instances of the cluster" in shown.err, shown.err
    refused = files.apply()
    assert refused.code == 31 and "no container instances of the cluster" in refused.err, refused.err
    assert files.state() == before


def test_a_member_that_came_after_the_plan_is_not_terminated(moving: StandIn, tmp_path: Path) -> None:
    files = Files(moving, tmp_path)
    first = files.apply("--max-steps", str(MOVED))
    assert first.code == 0, first.err
    launch_one_for(moving, "elsewhere")
    group = moving.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=["small"])
    stopped = files.go_on("--resume")
    assert stopped.code == 32 and "no container instances of the cluster" in stopped.err, stopped.err
    named = [one["InstanceId"] for one in group["AutoScalingGroups"][0]["Instances"] if one["InstanceId"] in stopped.err]
    assert len(named) == 1, stopped.err
    # Its owner takes it elsewhere.
    moving.client("autoscaling").terminate_instance_in_auto_scaling_group(
        InstanceId=named[0], ShouldDecrementDesiredCapacity=True
    )
    done = files.go_on("--resume")
    assert done.code == 0, done.err


def launch_one_for(aws: StandIn, cluster: str, group: str = "small") -> str:
    """One more instance of a group, which registers with another cluster; its id."""
    scaling, ec2 = aws.client("autoscaling"), aws.client("ec2")
    data = {
        "ImageId": "ami-0123456789abcdef0",
        "InstanceType": "m5.large",
        "UserData": base64.b64encode(f"echo ECS_CLUSTER={cluster} >> /etc/ecs/ecs.config".encode()).decode(),
    }
    ec2.create_launch_template_version(LaunchTemplateName="small", LaunchTemplateData=data)
    def members() -> dict[str, Any]:
        found: dict[str, Any] = scaling.describe_auto_scaling_groups(AutoScalingGroupNames=[group])["AutoScalingGroups"][0]
        return found

    before = members()
    known = {one["InstanceId"] for one in before["Instances"]}
    set_to = {"LaunchTemplateName": "small", "Version": "2"}
    policy = before.get("MixedInstancesPolicy")
    if policy is None:
        launches: dict[str, Any] = {"LaunchTemplate": set_to}
        again: dict[str, Any] = {"LaunchTemplate": {"LaunchTemplateName": "small", "Version": "1"}}
    else:
        own = policy["LaunchTemplate"]
        # AWS takes an id or a name.
        own["LaunchTemplateSpecification"].pop("LaunchTemplateId", None)
        launches = {"MixedInstancesPolicy": {"LaunchTemplate": own | {"LaunchTemplateSpecification": set_to}}}
        again = {"MixedInstancesPolicy": {"LaunchTemplate": own}}
    scaling.update_auto_scaling_group(
        AutoScalingGroupName=group, **launches, DesiredCapacity=before["DesiredCapacity"] + 1
    )
    aws.control("POST", "settle")
    scaling.update_auto_scaling_group(AutoScalingGroupName=group, **again)
    (new,) = {one["InstanceId"] for one in members()["Instances"]} - known
    return str(new)


@pytest.mark.parametrize(("how", "done"), [("--resume", 3), ("--rollback", 9)])
def test_a_service_that_was_deleted_needs_nothing(moving: StandIn, tmp_path: Path, how: str, done: int) -> None:
    ecs = moving.client("ecs")
    strategy = [{"capacityProvider": "main", "weight": 1}]
    ecs.create_service(
        cluster="small", serviceName="zz", taskDefinition="web:2", desiredCount=2, capacityProviderStrategy=strategy
    )
    moving.control("POST", "settle")
    files = Files(moving, tmp_path)
    first = files.apply("--max-steps", str(done))
    assert first.code == 0, first.err
    ecs.delete_service(cluster="small", service="zz", force=True)
    moving.control("POST", "settle")
    ended = files.go_on(how)
    assert ended.code == 0 and "service zz is gone" in ended.err, ended.err


def test_ctrl_c_in_the_guard_begins_nothing(moving: StandIn, tmp_path: Path) -> None:
    files = Files(moving, tmp_path)
    moving.control("DELETE", "calls")
    moving.control("PUT", "halt", {"at": 5, "when": "after"})
    process = files.start()
    assert moving.control("GET", "halt?seconds=30") == {"reached": True}
    process.send_signal(signal.SIGINT)
    time.sleep(0.5)
    moving.control("DELETE", "halt")
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130 and "nothing was done" in err, err
    assert not files.journal.exists() and locks(moving) == []


def test_who_goes_on_after_the_last_step_gives_a_lock_back_that_was_left(moving: StandIn, tmp_path: Path) -> None:
    files = Files(moving, tmp_path)
    # As a kill between the last step and the lock's release leaves it.
    moving.control("PUT", "faults", {"rules": [{"kind": "refuse", "action": "ec2:DeleteLaunchTemplate", "times": 0}]})
    done = files.apply()
    assert done.code == 0 and "stays until its lease ends" in done.err, done.err
    assert locks(moving) == ["bayplan-lock-small"]
    moving.control("PUT", "faults", {"rules": []})
    # Of another run it stays.
    own = files.lock.read_bytes()
    files.lock.write_bytes(b"0" * 32)
    assert files.go_on("--resume").code == 0
    assert locks(moving) == ["bayplan-lock-small"]
    files.lock.write_bytes(own)
    again = files.go_on("--resume")
    assert again.code == 0 and "nothing to go on with" in again.out, (again.out, again.err)
    assert locks(moving) == []
    assert files.lock.read_bytes() == b""

"""What became of the cluster between two runs of one journal: what is left is held against it anew, and whose it is, too."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from applying import Files, begun_anew, locks, was_healthy
from conftest import SMALL, StandIn
from program import BAYPLAN, run
from test_apply_guards import TERMINATE, counts, launch_one_for
from test_apply_moves import half_empty
from test_apply_retyped import TYPES, two_services
from test_apply_sweeps import moved_off

pytestmark = pytest.mark.skipif(BAYPLAN is None, reason="BAYPLAN names no program")

# Steps of the small cluster's plan before its rollout, and before its drain.
ASSOCIATED = 5
MOVED = 6


@pytest.fixture
def moving(small: StandIn) -> StandIn:
    """The small cluster, whose time goes by quickly."""
    small.control("POST", "clock", {"speed": 600})
    return small


def service(files: Files, **changed: Any) -> None:
    """Somebody changes the service."""
    files.aws.client("ecs").update_service(cluster="small", service="web", **changed)
    files.aws.control("POST", "settle")


def service_made_anew(files: Files) -> None:
    """Somebody deletes the service and makes the same one again."""
    ecs = files.aws.client("ecs")
    (found,) = ecs.describe_services(cluster="small", services=["web"])["services"]
    ecs.delete_service(cluster="small", service="web", force=True)
    files.aws.control("POST", "settle")
    kept = (
        "serviceName",
        "taskDefinition",
        "desiredCount",
        "capacityProviderStrategy",
        "deploymentConfiguration",
        "placementStrategy",
        "placementConstraints",
        "networkConfiguration",
        "availabilityZoneRebalancing",
    )
    ecs.create_service(cluster="small", **{key: found[key] for key in kept if found.get(key)})
    files.aws.control("POST", "settle")
    (anew,) = ecs.describe_services(cluster="small", services=["web"])["services"]
    assert anew["createdAt"] != found["createdAt"]


def killed(files: Files, at: int) -> None:
    """An apply that dies at a call."""
    files.aws.control("DELETE", "calls")
    files.aws.control("PUT", "halt", {"at": at, "when": "after"})
    process = files.start()
    assert files.aws.control("GET", "halt?seconds=50") == {"reached": True}
    process.kill()
    process.communicate()
    files.aws.control("DELETE", "halt")


def test_what_is_left_is_played_again_from_what_runs_by_now(moving: StandIn, tmp_path: Path) -> None:
    files = Files(moving, tmp_path)
    killed(files, 40)
    assert {"begins": ASSOCIATED} not in files.entries() and {"done": 0} in files.entries()
    # More tasks than the planned groups may ever hold.
    service(files, desiredCount=20)
    before, journal = files.state(), files.journal.read_bytes()
    refused = files.go_on("--resume")
    assert refused.code == 31 and "tasks of web would wait for a place after it" in refused.err, refused.err
    assert "step 6 (roll out service web" in refused.err and "in 4 of 4 orders" in refused.err, refused.err
    assert files.state() == before and files.journal.read_bytes() == journal
    assert locks(moving) == []
    left = sum({"done": step} not in files.entries() for step in range(ASSOCIATED))
    assert f"--max-steps {left} to do the steps before it" in refused.err, refused.err
    up_to_it = files.go_on("--resume", "--max-steps", str(left))
    assert up_to_it.code == 0, up_to_it.err
    assert {"done": ASSOCIATED - 1} in files.entries() and {"begins": ASSOCIATED} not in files.entries()
    service(files, desiredCount=4)
    done = files.go_on("--resume")
    assert done.code == 0, done.err
    assert locks(moving) == []


FEW_MOVES = ("--max-moves", "20", "--allowed-instance-types", "m5.2xlarge,m7a.large,m7a.xlarge")


@pytest.mark.parametrize(
    ("seed", "cluster", "plan"),
    [
        (lambda: SMALL, "small", ()),
        (two_services, "prod", TYPES),
        # Waves with and without a rollout before them.
        (half_empty, "shop", FEW_MOVES),
        (moved_off, "shop", FEW_MOVES),
    ],
)
def test_from_every_step_the_rest_can_be_played(
    aws: StandIn, tmp_path: Path, seed: Callable[[], Any], cluster: str, plan: tuple[str, ...]
) -> None:
    begun_anew(aws, lambda: aws.control("POST", "seed", seed()))
    files = Files(aws, tmp_path, cluster, None, *plan)
    first = files.apply("--max-steps", "1")
    assert first.code == 0, first.err
    for _ in range(files.steps() - 1):
        one = files.go_on("--resume", "--max-steps", "1")
        assert one.code == 0 and "not played" not in one.err and "not offered" not in one.err, one.err
    assert files.entries()[-1] == {"ended": "complete"}
    was_healthy(aws)


@pytest.mark.parametrize("how", ["--resume", "--rollback"])
def test_a_cluster_that_was_made_anew_is_another_one(moving: StandIn, tmp_path: Path, how: str) -> None:
    files = Files(moving, tmp_path)
    first = files.apply("--max-steps", str(MOVED))
    assert first.code == 0, first.err
    # In the same account: its ARN is the same.
    begun_anew(moving, lambda: moving.control("POST", "seed", SMALL))
    before = files.state()
    other = files.go_on(how)
    assert other.code == 31 and "none is the one of when the run was begun" in other.err, other.err
    assert files.state() == before and locks(moving) == []
    assert counts(moving)["ecs:DescribeServices"] >= 1 and TERMINATE not in counts(moving)


@pytest.mark.parametrize("how", ["--resume", "--rollback"])
def test_a_cluster_whose_services_were_all_made_anew_is_the_one_of_then(
    moving: StandIn, tmp_path: Path, how: str
) -> None:
    files = Files(moving, tmp_path)
    first = files.apply("--max-steps", str(ASSOCIATED))
    assert first.code == 0, first.err
    # The run's own provider is in the cluster's list.
    service_made_anew(files)
    done = files.go_on(how)
    assert done.code == 0, done.err
    assert locks(moving) == []


def test_constraints_that_somebody_gave_a_service_stop_it(moving: StandIn, tmp_path: Path) -> None:
    files = Files(moving, tmp_path)
    first = files.apply("--max-steps", str(ASSOCIATED))
    assert first.code == 0, first.err
    service(files, placementConstraints=[{"type": "distinctInstance"}])
    # As the replica has no place for so many apart, it is not even offered.
    refused = files.go_on("--resume")
    assert refused.code == 31 and "would wait" in refused.err, refused.err
    service(files, placementConstraints=[{"type": "memberOf", "expression": "attribute:ecs.os-type == linux"}])
    stopped = files.go_on("--resume")
    assert stopped.code == 32 and "somebody else changed service web: constraints" in stopped.err, stopped.err
    compared = run(moving, "apply", str(files.snapshot), str(files.plan), "--verify")
    assert compared.code == 12 and "service web: " in compared.out and "memberOf" in compared.out, compared.out
    service(files, placementConstraints=[])
    done = files.go_on("--resume")
    assert done.code == 0, done.err
    after = run(moving, "apply", str(files.snapshot), str(files.plan), "--verify")
    assert after.code == 0, after.out


def test_a_snapshot_that_somebody_changed_is_not_applied(moving: StandIn, tmp_path: Path) -> None:
    files = Files(moving, tmp_path)
    document = json.loads(files.snapshot.read_text())
    document["services"][0]["placementConstraints"] = [{"type": "distinctInstance"}]
    files.snapshot.write_text(json.dumps(document))
    planned = run(moving, "plan", str(files.snapshot), "--format", "json", "--output", str(files.plan))
    assert planned.code == 0, planned.err
    refused = files.apply()
    assert refused.code == 31 and "service web: placementConstraints" in refused.err, refused.err
    assert "the snapshot's file was changed" in refused.err and not files.journal.exists()
    assert locks(moving) == []


def test_a_way_back_takes_no_member_that_the_cluster_does_not_know(moving: StandIn, tmp_path: Path) -> None:
    files = Files(moving, tmp_path)
    before = files.state()
    first = files.apply("--max-steps", str(ASSOCIATED))
    assert first.code == 0, first.err
    scaling = moving.client("autoscaling")
    scaling.update_auto_scaling_group(AutoScalingGroupName="bayplan-compute-a", MaxSize=5)
    stranger = launch_one_for(moving, "elsewhere", "bayplan-compute-a")
    moving.control("DELETE", "calls")
    stopped = files.go_on("--rollback", "--step-timeout", "2")
    assert stopped.code == 32 and stranger in stopped.err, stopped.err
    assert "no container instances of the cluster" in stopped.err, stopped.err
    scaling.terminate_instance_in_auto_scaling_group(InstanceId=stranger, ShouldDecrementDesiredCapacity=True)
    back = files.go_on("--rollback")
    assert back.code == 0, back.err
    assert files.state() == before
    was_healthy(moving, may_wait=True)


def test_a_cluster_of_a_long_name_is_changed_and_no_other(aws: StandIn, tmp_path: Path) -> None:
    name = "c" * 200
    text = json.dumps(SMALL)
    for one in ('"clusterName": "small"', '"cluster": "small"', "ECS_CLUSTER=small"):
        text = text.replace(one, one.replace("small", name))
    begun_anew(aws, lambda: aws.control("POST", "seed", json.loads(text)))
    files = Files(aws, tmp_path, name)
    done = files.apply()
    assert done.code == 0, done.err
    assert locks(aws) == []
    after = run(aws, "apply", str(files.snapshot), str(files.plan), "--verify")
    assert after.code == 0, after.out


def test_two_ways_back_end_as_one(aws: StandIn, tmp_path: Path) -> None:
    """The run ends between the launch and the drain, and there is no capacity any more the day after."""
    begun_anew(aws, lambda: aws.control("POST", "seed", two_services()))
    files = Files(aws, tmp_path, "prod", None, *TYPES)
    before = files.state()
    shown = run(aws, "apply", str(files.snapshot), str(files.plan), "--allow-delete", "--format", "json")
    steps = json.loads(shown.out)["steps"]
    drain = next(index for index, step in enumerate(steps) if "drain" in step["work"])
    first = files.apply("--max-steps", str(drain))
    assert first.code == 0, first.err
    ecs = aws.client("ecs")
    arns = ecs.list_container_instances(cluster="prod")["containerInstanceArns"]
    hosts = ecs.describe_container_instances(cluster="prod", containerInstances=arns)["containerInstances"]
    new = {"name": "ecs.instance-type", "value": "c6a.xlarge"}
    aws.control("PUT", "capacity", {"shortOf": ["c6a.xlarge"]})
    for host in (host for host in hosts if new in host["attributes"]):
        aws.client("autoscaling").terminate_instance_in_auto_scaling_group(
            InstanceId=host["ec2InstanceId"], ShouldDecrementDesiredCapacity=True
        )
    stopped = files.go_on("--resume", "--step-timeout", "6")
    assert stopped.code == 32 and "to take tasks before any is drained" in stopped.err, stopped.err
    aws.control("PUT", "capacity", {"shortOf": []})
    for _ in range(2):
        back = files.go_on("--rollback")
        assert back.code == 0, back.err
        now = files.state()
        for group in now["autoScalingGroups"]:
            # ECS's tag does no harm where it stays.
            group["Tags"] = [tag for tag in group["Tags"] if tag[0] != "AmazonECSManaged"]
        assert now == before


def test_a_count_that_a_scaler_raises_meanwhile_stays(moving: StandIn, tmp_path: Path) -> None:
    files = Files(moving, tmp_path)
    # A rollout of somebody else's is under way when it begins.
    moving.client("ecs").update_service(cluster="small", service="web", forceNewDeployment=True)
    first = files.apply("--max-steps", str(MOVED))
    assert first.code == 0, first.err
    service(files, desiredCount=6)
    done = files.go_on("--resume")
    assert done.code == 0, done.err
    assert [row["desiredCount"] for row in files.state()["services"]] == [6]
    assert moving.control("GET", "record")["services"]["small/web"]["timesWaiting"] == 0


def test_an_instance_that_ec2_forgot_stops_no_drain(moving: StandIn, tmp_path: Path) -> None:
    files = Files(moving, tmp_path)
    first = files.apply("--max-steps", str(MOVED))
    assert first.code == 0, first.err
    group = moving.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=["small"])
    one = group["AutoScalingGroups"][0]["Instances"][0]["InstanceId"]
    moving.control("POST", "forget", {"instance": one})
    done = files.go_on("--resume")
    assert done.code == 0, done.err


def with_a_job() -> dict[str, Any]:
    """The small cluster, and a task definition of no service."""
    seed = copy.deepcopy(SMALL)
    seed["taskDefinitions"].append(
        {"family": "cron", "containerDefinitions": [{"name": "app", "image": "app:1", "cpu": 256, "memory": 512}]}
    )
    return seed


def test_tasks_of_no_service_that_hold_a_drain_are_named(aws: StandIn, tmp_path: Path) -> None:
    begun_anew(aws, lambda: aws.control("POST", "seed", with_a_job()))
    aws.control("POST", "clock", {"speed": 600})
    files = Files(aws, tmp_path)
    first = files.apply("--max-steps", str(MOVED))
    assert first.code == 0, first.err
    ecs = aws.client("ecs")
    began = ecs.run_task(cluster="small", taskDefinition="cron", launchType="EC2", count=8)["tasks"]
    aws.control("POST", "settle")
    held = files.go_on("--resume", "--step-timeout", "4")
    assert held.code == 32, held.err
    assert re.search(r"[1-8] of them of no service \(on i-[^)]+\): ECS does not move these", held.err), held.err
    for task in began:
        ecs.stop_task(cluster="small", task=task["taskArn"])
    aws.control("POST", "settle")
    done = files.go_on("--resume")
    assert done.code == 0, done.err


def test_an_instance_with_a_task_of_no_service_is_not_taken_away(aws: StandIn, tmp_path: Path) -> None:
    begun_anew(aws, lambda: aws.control("POST", "seed", with_a_job()))
    ecs = aws.client("ecs")
    task = ecs.run_task(cluster="small", taskDefinition="cron", launchType="EC2", count=1)["tasks"][0]["taskArn"]
    aws.control("POST", "settle")
    files = Files(aws, tmp_path)
    refused = files.apply()
    assert refused.code == 31 and "1 tasks of family:cron run on it" in refused.err, refused.err
    assert ecs.describe_tasks(cluster="small", tasks=[task])["tasks"][0]["lastStatus"] == "RUNNING"

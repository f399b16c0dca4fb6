"""The real program against the stand-in: `bayplan snapshot` and what is done with its file.

BAYPLAN names the program (`make test-aws` builds it); without it these tests are left out.
"""

from __future__ import annotations

import json
import resource
from pathlib import Path
from typing import Any

import pytest
from conftest import StandIn
from program import BAYPLAN, Run, run

pytestmark = pytest.mark.skipif(BAYPLAN is None, reason="BAYPLAN names no program")

# What a snapshot cannot do without, and what it passes over with a sentence where permission is missing.
REQUIRED = (
    "ecs:DescribeClusters",
    "ecs:ListServices",
    "ecs:DescribeServices",
    "ecs:DescribeTaskDefinition",
    "ecs:DescribeCapacityProviders",
    "ecs:ListContainerInstances",
    "ecs:DescribeContainerInstances",
    "ecs:ListTasks",
    "ecs:DescribeTasks",
    "autoscaling:DescribeAutoScalingGroups",
    "ec2:DescribeLaunchTemplateVersions",
)
OPTIONAL = (
    "ec2:DescribeInstances",
    "ec2:DescribeSubnets",
    "ec2:DescribeAvailabilityZones",
    "application-autoscaling:DescribeScalableTargets",
    "ecs:ListAccountSettings",
)
# One service costs 5 pages, 50 batches, 500 definitions, ...: about 680 calls for the large cluster, and a tenth.
MOST_CALLS = 748


def snapshot(aws: StandIn, cluster: str, file: Path) -> Run:
    return run(aws, "-v", "snapshot", "--cluster", cluster, "--output", str(file))


def stable(file: Path) -> Any:
    """A snapshot without the time at which it was taken."""
    document = json.loads(file.read_text())
    document["snapshot"].pop("takenAt")
    return document


def test_small_cluster_plans_and_simulates(small: StandIn, tmp_path: Path) -> None:
    file, plan = tmp_path / "small.json", tmp_path / "plan.json"
    done = snapshot(small, "small", file)
    assert done.code == 0, done.err
    document = json.loads(file.read_text())
    assert [service["serviceName"] for service in document["services"]] == ["web"]
    assert len(document["containerInstances"]) == 3
    planned = run(small, "plan", str(file), "--format", "json", "--output", str(plan))
    assert planned.code == 0, planned.err
    for arguments in (["simulate", str(file)], ["simulate", str(file), str(plan)], ["check", str(file), str(plan)]):
        done = run(small, *arguments)
        assert done.code == 0, f"{arguments[0]}: {done.out}\n{done.err}"


def test_snapshot_of_the_same_state_is_the_same(small: StandIn, tmp_path: Path) -> None:
    for name in ("a.json", "b.json"):
        assert snapshot(small, "small", tmp_path / name).code == 0
    assert stable(tmp_path / "a.json") == stable(tmp_path / "b.json")


def test_large_cluster(aws: StandIn, tmp_path: Path) -> None:
    aws.control("POST", "generate", {})
    file = tmp_path / "large.json"
    done = snapshot(aws, "large", file)
    assert done.code == 0, done.err[-2000:]
    calls = aws.control("GET", "calls")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    print(f"\n{calls['total']} calls, {done.seconds:.1f} s, at most {peak} MiB")
    document = json.loads(file.read_text())
    sizes = {part: len(document[part]) for part in ("services", "taskDefinitions", "containerInstances")}
    assert sizes == {"services": 500, "taskDefinitions": 500, "containerInstances": 1000}
    assert calls["total"] <= MOST_CALLS
    assert calls["counts"]["ecs:DescribeTaskDefinition"] == 500
    plan = tmp_path / "plan.json"
    planned = run(aws, "plan", str(file), "--time-limit", "60", "--format", "json", "--output", str(plan))
    assert planned.code == 0, planned.err[-2000:]
    made = json.loads(plan.read_text())
    assert made["unplaced"] == [] and sum(service["desiredCount"] for service in made["services"]) == 5000
    assert made["snapshot"] == {key: document["snapshot"][key] for key in ("takenAt", "fingerprint")}
    played = run(aws, "simulate", str(file), "--time-limit", "60")
    assert played.code == 0, played.err[-2000:]
    cost = made["cost"]
    print(
        f"planned in {planned.seconds:.0f} s: {cost['usdPerHour']} USD/h, today {cost['currentUsdPerHour']}; "
        f"simulated in {played.seconds:.0f} s"
    )


def test_a_tenth_of_the_buckets_takes_longer_and_ends(aws: StandIn, tmp_path: Path) -> None:
    aws.control("POST", "generate", {"services": 24, "instances": 24, "tasks": 96, "groups": 3, "types": 6})
    full = snapshot(aws, "large", tmp_path / "full.json")
    aws.control("PUT", "buckets", {"factor": 0.1})
    slow = snapshot(aws, "large", tmp_path / "slow.json")
    assert (full.code, slow.code) == (0, 0), slow.err[-2000:]
    refused = aws.control("GET", "calls")["throttledByBuckets"]
    print(f"\n{full.seconds:.1f} s at the table, {slow.seconds:.1f} s at a tenth with {refused} refusals")
    assert refused > 0
    assert stable(tmp_path / "full.json") == stable(tmp_path / "slow.json")


@pytest.mark.parametrize("kind", ["throttle", "error", "reset", "truncated", "malformed", "slow"])
def test_one_fault_at_every_call(small: StandIn, tmp_path: Path, kind: str) -> None:
    """Recovered with the same file, or exit 30 that names the action, and no file."""
    sound = tmp_path / "sound.json"
    assert snapshot(small, "small", sound).code == 0
    number = small.control("GET", "calls")["total"]
    outcomes = {"recovered": 0, "refused": 0}
    for at in range(1, number + 1):
        small.control("DELETE", "calls")
        small.control("PUT", "faults", {"rules": [{"kind": kind, "atCall": at, "seconds": 0.3}]})
        file = tmp_path / f"{kind}-{at}.json"
        done = snapshot(small, "small", file)
        hit = small.control("GET", "calls?list=1")["calls"]
        (action,) = [call["action"] for call in hit if call.get("fault")]
        if done.code == 0:
            outcomes["recovered"] += 1
            if action in REQUIRED:
                assert stable(file) == stable(sound), f"{kind} at call {at}, {action}"
        else:
            outcomes["refused"] += 1
            assert done.code == 30, f"{kind} at call {at}, {action}: {done.code}\n{done.err}"
            assert action in done.err, f"{kind} at call {at}, {action}:\n{done.err}"
            assert list(tmp_path.glob(f"*{kind}-{at}*")) == []
    print(f"\n{kind}: {number} calls, {outcomes}")
    assert outcomes["refused"] == 0


@pytest.mark.parametrize("action", REQUIRED)
def test_required_permission_is_named(small: StandIn, tmp_path: Path, action: str) -> None:
    small.control("PUT", "faults", {"rules": [{"kind": "refuse", "action": action, "times": 0}]})
    done = snapshot(small, "small", tmp_path / "none.json")
    assert done.code == 30, done.err
    assert action in done.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("action", OPTIONAL)
def test_optional_permission_is_said_and_passed_over(small: StandIn, tmp_path: Path, action: str) -> None:
    small.control("PUT", "faults", {"rules": [{"kind": "refuse", "action": action, "times": 0}]})
    done = snapshot(small, "small", tmp_path / "small.json")
    assert done.code == 0, done.err
    assert action in done.err


def test_an_instance_that_ec2_no_longer_knows(small: StandIn, tmp_path: Path) -> None:
    ids = [host["ec2InstanceId"] for host in hosts(small)]
    small.control("POST", "forget", {"instance": ids[0]})
    with pytest.raises(small.client("ec2").exceptions.ClientError):
        small.client("ec2").describe_instances(InstanceIds=[ids[0]])
    file = tmp_path / "small.json"
    done = snapshot(small, "small", file)
    assert done.code == 0, done.err
    bought = {one["ec2InstanceId"]: one.get("purchaseOption") for one in json.loads(file.read_text())["containerInstances"]}
    assert bought == {ids[0]: None} | dict.fromkeys(ids[1:], "on-demand")
    assert run(small, "plan", str(file), "--time-limit", "20").code == 0


def test_a_subnet_that_is_gone(small: StandIn, tmp_path: Path) -> None:
    (group,) = small.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    subnets = group["VPCZoneIdentifier"].split(",")
    small.client("ec2").delete_subnet(SubnetId=subnets[0])
    file = tmp_path / "small.json"
    done = snapshot(small, "small", file)
    assert done.code == 0, done.err
    document = json.loads(file.read_text())
    assert {subnet["SubnetId"] for subnet in document["subnets"]} == set(subnets[1:])
    assert len(document["availabilityZones"]) == 3
    assert run(small, "plan", str(file), "--time-limit", "20").code == 0


def hosts(aws: StandIn) -> list[dict[str, Any]]:
    ecs = aws.client("ecs")
    arns = ecs.list_container_instances(cluster="small")["containerInstanceArns"]
    return ecs.describe_container_instances(cluster="small", containerInstances=arns)["containerInstances"]


def places(value: Any, text: str, path: str = "") -> set[str]:
    """The keys of a document under which a text stands; a key that holds it is named as well."""
    if isinstance(value, dict):
        inside = [places(item, text, f"{path}.{key}".lstrip(".")) for key, item in value.items()]
        return set().union(*inside) | {f"{path}.{key}" for key in value if text in key}
    if isinstance(value, list):
        return set().union(*(places(item, text, path) for item in value))
    return {path} if isinstance(value, str) and text in value else set()


def test_no_canary_gets_out(small: StandIn, tmp_path: Path) -> None:
    canary = small.control("PUT", "canary", {"on": True})["canary"]
    file = tmp_path / "small.json"
    done = snapshot(small, "small", file)
    planted = small.control("GET", "canary")
    print(
        f"\n{planted['members']} members of the API's shapes, {planted['planted']} canaries; {planted['withTextOfTheirOwn']} "
        f"members have texts of their own, {planted['enumerations']} are enumerations; exit {done.code}"
    )
    assert planted["members"] > 250
    assert canary not in done.out + done.err
    assert done.code == 0, done.err
    assert places(json.loads(file.read_text()), canary) == set()
    # Answers that are errors, and answers that cannot be read, are said without what was in them.
    for kind in ("malformed", "truncated", "refuse"):
        small.control("PUT", "faults", {"rules": [{"kind": kind, "action": "ecs:DescribeTaskDefinition", "times": 0}]})
        done = snapshot(small, "small", tmp_path / "broken.json")
        assert canary not in done.out + done.err


# What of them is in the file: names that planning needs, and words and sizes that AWS holds against a vocabulary or a form of its
# own, so that nothing else can stand there.
KEPT = {
    "DesiredCapacityType: autoScalingGroups.DesiredCapacityType",
    "LaunchConfigurationName: autoScalingGroups.LaunchConfigurationName",
    "MixedInstancesPolicy: autoScalingGroups.MixedInstancesPolicy.InstancesDistribution.OnDemandAllocationStrategy",
    "MixedInstancesPolicy: autoScalingGroups.MixedInstancesPolicy.InstancesDistribution.SpotAllocationStrategy",
    "Status: autoScalingGroups.Status",
    "SuspendedProcesses: autoScalingGroups.SuspendedProcesses.ProcessName",
    "WeightedCapacity: autoScalingGroups.Instances.WeightedCapacity",
    "cluster: capacityProviders.cluster",
    "networkConfiguration: services.networkConfiguration.awsvpcConfiguration.subnets",
    "platformFamily: services.platformFamily",
    "platformVersion: services.platformVersion",
    "portMappings: taskDefinitions.containerDefinitions.portMappings.containerPortRange",
    "volumes: services.deployments.volumeConfigurations.name",
    "volumes: taskDefinitions.volumes.name",
    # A size, a port, or a reason of AWS's in words that it has not: said with what it is.
    "cpu: notes",
    "failures: notes",
    "memory: notes",
    "stringSetValue: notes",
}
# Another page would not come to an end: what stands there is AWS's own.
TOKENS = {"NextToken", "nextToken"}


def test_no_canary_gets_out_of_members_that_change_what_a_thing_is(small: StandIn, tmp_path: Path) -> None:
    """The members that the test above leaves alone, one name after another: whatever becomes of the snapshot, no text but those of
    `KEPT` gets out."""
    told = small.control("PUT", "canary", {"on": True})
    canary, members = told["canary"], set()
    kept: set[str] = set()
    for name in sorted(set(told["meaning"]) - TOKENS):
        small.control("PUT", "canary", {"on": True, "also": name})
        file = tmp_path / f"{name}.json"
        done = snapshot(small, "small", file)
        planted = small.control("GET", "canary")
        members |= {path for path in planted["paths"] if f".{name}" in path}
        found = places(json.loads(file.read_text()), canary) if file.exists() else set()
        kept |= {f"{name}: {place}" for place in found}
        # What is said is what the notes say.
        assert canary not in done.out and ("notes" in found or canary not in done.err), f"{name}: {done.err}"
    print(f"\n{len(members)} more members, of {len(told['meaning'])} names")
    assert kept <= KEPT, kept - KEPT

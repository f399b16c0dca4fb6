"""An apply of more than 25 steps that is killed, answered badly or not at all, at each of its calls, reads and the lock's among
them: it goes on to the same end, or back to the same beginning.

What SIGKILL leaves at a call is the journal on disk and AWS: both are kept at each point of one run, the stand-in by forking, and
gone on with from there, so that no run plays again what another one has done. A few calls are tried where nothing else is asked
for, faults of every kind in two runs. BAYPLAN_SWEEP=1 tries all of them, BAYPLAN_SWEEP=3/40 the third of forty shares;
BAYPLAN_SWEEP_OF=retyped those of a group that gets other types, BAYPLAN_SWEEP_OF=waves those of waves after a rollout.
"""

from __future__ import annotations

import copy
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from applying import Files, begun_anew, listed, locks, was_healthy
from conftest import Branch, StandIn
from program import BAYPLAN, Run
from test_apply_moves import half_empty
from test_apply_retyped import TYPES, kinds, two_services

pytestmark = pytest.mark.skipif(BAYPLAN is None, reason="BAYPLAN names no program")

CLUSTER = {"services": 12, "instances": 6, "tasks": 24, "groups": 2, "types": 4, "cluster": "dozen", "seed": 5}
SWEEP = os.environ.get("BAYPLAN_SWEEP")
# Points of a sweep where not all are asked for.
FEW = 3
# Calls between two faults of a run.
APART = 12
# Calls that are refused one after another, each counted from where the run goes on: before the first step, and in two of them.
REFUSED_AT = (2, 40, 40)
# Points of a run of which what is there is kept at a time.
AT_A_TIME = 10
WAYS = ("--resume", "--rollback")
# In a sweep both, else by turns.
WHEN = ("before", "after")
FAULTS = ("throttle", "error", "reset", "truncated", "malformed", "slow", "lost")


@dataclass(frozen=True)
class Scene:
    """A cluster and its plan."""

    cluster: str
    seed: Callable[[StandIn], Any]
    # Flags of the plan.
    plan: tuple[str, ...]
    # So many steps at least.
    steps: int
    # Whether all that runs in the end is the plan's, and nothing is managed scaling's.
    has_hosts: bool
    # Seconds of the stand-in's time in one.
    speed: float


def moved_off() -> dict[str, Any]:
    """A strategy that no plan has, so that the group is replaced, and not given other types."""
    described = half_empty()
    described["services"][0]["capacityProviderStrategy"][0]["base"] = 1
    return described


SCENES = {
    # Any plan will do: it need not be a good one.
    "dozen": Scene("dozen", lambda aws: aws.control("POST", "generate", CLUSTER), ("--work-limit", "200000"), 25, False, 600),
    # Managed scaling takes away in a quarter of an hour what is empty: that is no time that a run takes from one call to the next.
    "retyped": Scene("prod", lambda aws: aws.control("POST", "seed", two_services()), TYPES, 8, True, 60),
    "waves": Scene(
        "shop",
        lambda aws: aws.control("POST", "seed", moved_off()),
        ("--max-moves", "40", "--allowed-instance-types", "m5.2xlarge,c6a.xlarge"),
        9,
        True,
        600,
    ),
}
SCENE = SCENES[os.environ.get("BAYPLAN_SWEEP_OF", "dozen")]


class Whole:
    """A run that nothing happened to, and what was there before."""

    def __init__(self, aws: StandIn, folder: Path) -> None:
        self.aws, self.folder = aws, folder
        self.fresh()
        self.files = Files(aws, folder / "whole", SCENE.cluster, None, *SCENE.plan)
        self.before = self.files.state()
        aws.control("DELETE", "calls")
        done = self.files.apply()
        assert done.code == 0, done.err
        assert self.files.steps() >= SCENE.steps, self.files.steps()
        self.calls = aws.control("GET", "calls?list=1")["calls"]
        was_healthy(aws)
        self.after = self.files.state()
        self.deployments = self.deployed(aws)
        self.hosts = kinds(aws, SCENE.cluster)

    def fresh(self) -> None:
        begun_anew(self.aws, lambda: SCENE.seed(self.aws), SCENE.speed)

    def again(self, name: str) -> Files:
        self.fresh()
        return Files(self.aws, self.folder / name, SCENE.cluster, self.files)

    def deployed(self, aws: StandIn) -> dict[str, int]:
        """How often each service was deployed."""
        ecs = aws.client("ecs")
        names = [arn.rsplit("/", 1)[-1] for arn in listed(ecs, SCENE.cluster)]
        answers = {name: ecs.list_service_deployments(cluster=SCENE.cluster, service=name) for name in names}
        return {name: len(answer["serviceDeployments"]) for name, answer in answers.items()}

    def ends_the_same(self, files: Files, at: object) -> None:
        assert files.state() == self.after, at
        assert self.deployed(files.aws) == self.deployments, at
        assert not SCENE.has_hosts or kinds(files.aws, SCENE.cluster) == self.hosts, at
        assert locks(files.aws) == [], at
        was_healthy(files.aws)

    def is_back(self, files: Files, at: object) -> None:
        assert untagged(files.state()) == untagged(self.before), at
        assert locks(files.aws) == [], at
        was_healthy(files.aws, may_wait=True)


def untagged(state: dict[str, Any]) -> dict[str, Any]:
    """Without ECS's tag, which does no harm where it stays."""
    groups = [
        group | {"Tags": [tag for tag in group["Tags"] if tag[0] != "AmazonECSManaged"]} for group in state["autoScalingGroups"]
    ]
    return state | {"autoScalingGroups": groups}


@pytest.fixture(scope="module")
def whole(running: StandIn, tmp_path_factory: pytest.TempPathFactory) -> Whole:
    return Whole(running, tmp_path_factory.mktemp("sweep"))


def points(all_of_them: list[int]) -> list[int]:
    if SWEEP is None:
        stride = len(all_of_them) // FEW
        return all_of_them[stride // 2 :: stride][:FEW]
    share, of = (int(number) for number in SWEEP.split("/")) if "/" in SWEEP else (1, 1)
    return all_of_them[share - 1 :: of]


@dataclass
class Kept:
    """What SIGKILL at a point would leave: the journal as it is on disk, and AWS."""

    at: int
    when: str
    # None where nothing was begun.
    journal: bytes | None
    # The file beside it that says whose the lock is.
    lock: bytes
    # By what is done from here.
    branches: dict[str, Branch]


def kept_on_the_way(files: Files, wanted: list[int]) -> list[Kept]:
    """One run that is held at each of these calls, before it is looked at and after it took effect, while what is there is kept."""
    aws, kept = files.aws, []
    first = True
    for index, at in enumerate(wanted):
        for when in WHEN if SWEEP is not None else WHEN[index % 2 :][:1]:
            aws.control("PUT", "halt", {"at": at, "when": when})
            if first:
                process, first = files.start(), False
            while not aws.control("GET", "halt?seconds=1")["reached"]:
                if process.poll() is not None:
                    break
            if process.poll() is not None:
                # Waits take a call more or less: the last numbers may not be there.
                continue
            journal = files.journal.read_bytes() if files.journal.exists() else None
            lock = files.lock.read_bytes() if files.lock.exists() else b""
            kept.append(Kept(at, when, journal, lock, {how: aws.branch() for how in WAYS}))
    aws.control("DELETE", "halt")
    _, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return kept


def gone_on_with(whole: Whole, files: Files, kept: Kept, how: str) -> None:
    """From one point on in one way."""
    aws, about = kept.branches[how], (kept.at, kept.when, how)
    on = copy.copy(files)
    on.aws = aws
    aws.control("POST", "clock", {"speed": SCENE.speed})
    files.lock.write_bytes(kept.lock)
    if kept.journal is None:
        # Killed before anything was begun: the lock may be there, and its owner is the same.
        files.journal.unlink(missing_ok=True)
        done = on.apply()
        assert done.code == 0, (about, done.err)
        whole.ends_the_same(on, about)
    else:
        files.journal.write_bytes(kept.journal)
        done = on.go_on(how)
        assert done.code == 0, (about, done.err)
        if how == "--resume":
            whole.ends_the_same(on, about)
        else:
            whole.is_back(on, about)
    aws.end()


def test_what_a_kill_at_any_call_leaves_goes_on_or_back(whole: Whole) -> None:
    runs, failures = 0, []
    wanted = points(list(range(1, len(whole.calls) + 1)))
    # Each branch takes memory.
    for some in (wanted[start : start + AT_A_TIME] for start in range(0, len(wanted), AT_A_TIME)):
        files = whole.again(f"kept-{some[0]}")
        for kept in kept_on_the_way(files, some):
            for how in WAYS:
                runs += 1
                try:
                    gone_on_with(whole, files, kept, how)
                except AssertionError as error:
                    failures.append(str(error)[:2000])
    print(f"\nkept at {len(wanted)} of {len(whole.calls)} calls: {runs} runs, {len(failures)} failures", file=sys.stderr)
    assert failures == []


def test_killed_it_goes_on_or_back(whole: Whole) -> None:
    """A real SIGKILL, in the middle of the run."""
    aws, at = whole.aws, len(whole.calls) // 2
    files = whole.again(f"killed-{at}")
    aws.control("PUT", "halt", {"at": at, "when": "after"})
    process = files.start()
    assert aws.control("GET", "halt?seconds=200") == {"reached": True}
    process.kill()
    process.communicate()
    kept = Kept(at, "after", files.journal.read_bytes(), files.lock.read_bytes(), {how: aws.branch() for how in WAYS})
    aws.control("DELETE", "halt")
    for how in WAYS:
        gone_on_with(whole, files, kept, how)


def apart(all_of_them: list[int]) -> list[list[int]]:
    """The points in runs, in each of which faults are far from each other: one is over before the next begins."""
    runs: list[list[int]] = []
    for at in all_of_them:
        room = next((run for run in runs if at - run[-1] >= APART), None)
        if room is None:
            runs.append([at])
        else:
            room.append(at)
    return runs


def got_over(whole: Whole, name: str, kinds: dict[int, str]) -> int:
    """A run with these faults by call, after which all is as after any other; how many of them fired."""
    aws, files = whole.aws, whole.again(name)
    aws.control("PUT", "faults", {"rules": [{"kind": kind, "atCall": at} for at, kind in kinds.items()]})
    done = files.apply()
    calls = aws.control("GET", "calls?list=1")["calls"]
    fired = [call["fault"] for call in calls if call.get("fault")]
    aws.control("PUT", "faults", {"rules": []})
    assert done.code == 0, (kinds, done.err)
    # Waits take a call more or less: the last numbers may not have come. The list has calls in the order of their answers, which is
    # another one where several are under way at once.
    came = [kind for at, kind in kinds.items() if at <= len(calls)]
    assert sorted(fired) == sorted(came), (kinds, fired, len(calls))
    whole.ends_the_same(files, kinds)
    return len(fired)


@pytest.mark.skipif(SWEEP is not None, reason="the sweep tries each kind at each call")
def test_faults_of_every_kind_are_got_over(whole: Whole) -> None:
    """Two runs, over whose calls the kinds are spread."""
    last = len(whole.calls) - APART
    for run in range(2):
        points_of_run = list(range(1 + run * APART // 2, last, APART))
        kinds = {at: FAULTS[(run * 3 + index) % len(FAULTS)] for index, at in enumerate(points_of_run)}
        assert set(kinds.values()) == set(FAULTS)
        # The last ones may not come: a run with slow answers and attempts made again looks less often while it waits.
        assert got_over(whole, f"faults-{run}", kinds) >= len(kinds) * 3 // 4


@pytest.mark.skipif(SWEEP is None, reason="BAYPLAN_SWEEP asks for it")
@pytest.mark.parametrize("kind", FAULTS)
def test_a_fault_at_any_call_is_got_over(whole: Whole, kind: str) -> None:
    runs, faults = 0, 0
    for some in apart(points(list(range(1, len(whole.calls) + 1)))):
        faults += got_over(whole, f"{kind}-{some[0]}", dict.fromkeys(some, kind))
        runs += 1
    print(f"\n{kind}: {faults} faults in {runs} runs of {len(whole.calls)} calls", file=sys.stderr)


def refused(whole: Whole, files: Files, at: int) -> bool:
    """Goes on with the run, one call of which is refused, to a clear end; whether that ended it."""
    aws = whole.aws
    aws.control("DELETE", "calls")
    aws.control("PUT", "faults", {"rules": [{"kind": "refuse", "atCall": at}]})
    done = on_or_from_the_start(files)
    # Waits take a call more or less: which call it was is known afterwards.
    action = next((call["action"] for call in aws.control("GET", "calls?list=1")["calls"] if call.get("fault")), None)
    aws.control("PUT", "faults", {"rules": []})
    # What a snapshot can do without, and the lock's release, end nothing.
    assert done.code in (0, 30, 31, 32), (at, action, done.err)
    if done.code == 0:
        return False
    assert action is not None and action.split(":")[1] in done.err, (at, action, done.err)
    return True


def on_or_from_the_start(files: Files) -> Run:
    return files.go_on("--resume") if files.journal.exists() else files.apply()


@pytest.mark.skipif(SWEEP is not None, reason="the sweep tries each call")
def test_refusals_are_clear_ends_from_which_it_goes_on(whole: Whole) -> None:
    """One run: what goes on is refused again, at a later call."""
    files = whole.again("refused")
    ended = [refused(whole, files, at) for at in REFUSED_AT]
    assert any(ended), ended
    done = on_or_from_the_start(files)
    assert done.code == 0, done.err
    whole.ends_the_same(files, ended)


@pytest.mark.skipif(SWEEP is None, reason="BAYPLAN_SWEEP asks for it")
def test_a_refusal_at_any_call_is_a_clear_end_from_which_it_goes_on(whole: Whole) -> None:
    for at in points(list(range(1, len(whole.calls) + 1))):
        files = whole.again(f"refuse-{at}")
        if refused(whole, files, at):
            done = on_or_from_the_start(files)
            assert done.code == 0, (at, done.err)
        whole.ends_the_same(files, at)

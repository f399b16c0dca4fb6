"""How `bayplan apply --yes` ends where it cannot go on: a lease that ran out, a journal of another plan, a full disk."""

from __future__ import annotations

import resource
import signal
import subprocess
import time
from pathlib import Path

import pytest
from applying import Files, begun_anew, locks, was_healthy
from conftest import SMALL, StandIn
from program import BAYPLAN, environment, run

pytestmark = pytest.mark.skipif(BAYPLAN is None, reason="BAYPLAN names no program")

LEASE = ("--lease", "5")
# In the middle of the steps.
MIDDLE = 40


@pytest.fixture
def moving(small: StandIn) -> StandIn:
    """The small cluster, whose time goes by quickly."""
    small.control("POST", "clock", {"speed": 600})
    return small


def halted(files: Files, *more: str) -> subprocess.Popen[str]:
    """An apply that waits for the answer of a call in the middle."""
    files.aws.control("DELETE", "calls")
    files.aws.control("PUT", "halt", {"at": MIDDLE, "when": "after"})
    process = files.start(*more)
    assert files.aws.control("GET", "halt?seconds=50") == {"reached": True}
    return process


def test_a_lease_that_ran_out(moving: StandIn, tmp_path: Path) -> None:
    files, other = Files(moving, tmp_path / "one"), Files(moving, tmp_path / "two")
    process = halted(files, *LEASE)
    process.kill()
    process.communicate()
    moving.control("DELETE", "halt")
    held = other.apply()
    assert held.code == 31 and "holds the lock on the cluster until" in held.err, held.err
    time.sleep(6)
    left = other.apply()
    assert left.code == 31 and "--take-lock" in left.err, left.err
    # The lock is had, and then the plan is stale: the first one is half done.
    taken = other.apply("--take-lock")
    assert taken.code == 31 and "not as it was" in taken.err, taken.err
    assert locks(moving) == []
    done = files.go_on("--resume")
    assert done.code == 0, done.err
    was_healthy(moving)


def test_who_lost_the_lock_asks_for_nothing_more(moving: StandIn, tmp_path: Path) -> None:
    files, other = Files(moving, tmp_path / "one"), Files(moving, tmp_path / "two")
    process = halted(files, *LEASE)
    process.send_signal(signal.SIGSTOP)
    moving.control("DELETE", "halt")
    time.sleep(6)
    taken = other.apply("--take-lock")
    assert taken.code == 31 and "not as it was" in taken.err, taken.err
    moving.control("DELETE", "calls")
    process.send_signal(signal.SIGCONT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 32, err
    assert "somebody else took the lock" in err, err
    changes = [
        call["action"]
        for call in moving.control("GET", "calls?list=1")["calls"]
        if not call["action"].split(":")[1].startswith(("Describe", "List", "Get"))
    ]
    assert set(changes) <= {"ec2:CreateLaunchTemplateVersion"}, changes
    done = files.go_on("--resume")
    assert done.code == 0, done.err


def test_a_lease_is_renewed_during_a_long_call(moving: StandIn, tmp_path: Path) -> None:
    files, other = Files(moving, tmp_path / "one"), Files(moving, tmp_path / "two")
    moving.control("DELETE", "calls")
    moving.control("PUT", "faults", {"rules": [{"kind": "slow", "atCall": MIDDLE, "seconds": 12}]})
    process = files.start(*LEASE)
    deadline = time.monotonic() + 50
    while moving.control("GET", "calls")["total"] < MIDDLE and time.monotonic() < deadline:
        time.sleep(0.1)
    time.sleep(7)
    held = other.apply("--take-lock")
    assert held.code == 31 and "holds the lock on the cluster until" in held.err, held.err
    _, err = process.communicate(timeout=90)
    assert process.returncode == 0, err
    assert moving.control("GET", "calls")["counts"]["ec2:CreateLaunchTemplateVersion"] >= 2
    assert locks(moving) == []


def test_a_journal_of_another_plan(moving: StandIn, tmp_path: Path) -> None:
    files = Files(moving, tmp_path / "one")
    first = files.apply("--max-steps", "3")
    assert first.code == 0, first.err
    another = Files(moving, tmp_path / "two", "small", None, "--allowed-instance-types", "r5.*")
    moving.control("DELETE", "calls")
    for how in ("--resume", "--rollback"):
        refused = run(moving, "apply", str(another.snapshot), str(another.plan), how, "--yes",
                      "--journal", str(files.journal))  # fmt: skip
        assert refused.code == 31 and "journal of another plan" in refused.err, refused.err
    assert moving.control("GET", "calls")["total"] == 0
    back = run(moving, "apply", str(files.snapshot), str(files.plan), "--rollback", "--yes",
               "--journal", str(files.journal))  # fmt: skip
    assert back.code == 0, back.err


def limited(files: Files, most: int) -> subprocess.CompletedProcess[str]:
    """An apply whose files end at so many bytes, as on a full disk."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    assert BAYPLAN is not None
    return subprocess.run(
        [BAYPLAN, *files.words()], env=environment(files.aws), capture_output=True, text=True, check=False,
        preexec_fn=limit, restore_signals=False,
    )  # fmt: skip


def test_a_full_disk_under_the_journal(moving: StandIn, tmp_path: Path) -> None:
    files = Files(moving, tmp_path / "one")
    before = files.state()
    # Not even the first line: nothing is begun.
    none = limited(files, 100)
    assert none.returncode == 2 and "apply.journal" in none.stderr, none.stderr
    assert not files.journal.exists() and files.state() == before
    assert locks(moving) == []
    # The first line and a few more: nothing is asked for that is not written down.
    begun = files.apply("--max-steps", "1")
    assert begun.code == 0, begun.err
    first_line = len(files.journal.read_bytes().splitlines(keepends=True)[0])
    assert files.go_on("--rollback").code == 0
    files.journal.unlink()
    full = limited(files, first_line + 60)
    assert full.returncode == 32 and "apply.journal" in full.stderr, full.stderr
    assert locks(moving) == []
    # With room again it goes on from the torn line.
    done = files.go_on("--resume")
    assert done.code == 0, done.err
    was_healthy(moving)


def test_ctrl_c_ends_after_the_present_call_and_twice_at_once(moving: StandIn, tmp_path: Path) -> None:
    for times in (1, 2):
        begun_anew(moving, lambda: moving.control("POST", "seed", SMALL))
        files = Files(moving, tmp_path / str(times))
        process = halted(files)
        process.send_signal(signal.SIGINT)
        time.sleep(1)
        if times == 2:
            # The call that it waits for is never answered.
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=20)
            moving.control("DELETE", "halt")
        else:
            moving.control("DELETE", "halt")
            _, err = process.communicate(timeout=60)
            assert "interrupted at step" in err and "--resume" in err, err
            assert files.entries()[-1] == {"ended": "interrupted"}
        assert process.returncode == 130, (times, err)
        assert (locks(moving) == []) == (times == 1)
        done = files.go_on("--resume")
        assert done.code == 0, done.err
        assert locks(moving) == []
        was_healthy(moving)


def test_a_scheduled_action_in_the_middle_of_a_run_stops_it(moving: StandIn, tmp_path: Path) -> None:
    files = Files(moving, tmp_path)
    first = files.apply("--max-steps", "3")
    assert first.code == 0, first.err
    group = next(row for row in files.state()["autoScalingGroups"] if row["AutoScalingGroupName"] == "small")
    moving.client("autoscaling").update_auto_scaling_group(AutoScalingGroupName="small", MinSize=2)
    stopped = files.go_on("--resume")
    assert stopped.code == 32, stopped.err
    assert "small" in stopped.err and "minSize" in stopped.err, stopped.err
    moving.client("autoscaling").update_auto_scaling_group(AutoScalingGroupName="small", MinSize=group["MinSize"])
    done = files.go_on("--resume")
    assert done.code == 0, done.err

"""How the real program comes by credentials, Region and endpoint, and what it says where one of them is amiss.

BAYPLAN names the program (`make test-aws` builds it); without it these tests are left out.
"""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest
from conftest import StandIn
from program import BAYPLAN, Run, environment, run

pytestmark = pytest.mark.skipif(BAYPLAN is None, reason="BAYPLAN names no program")

SECRET = "hunter2-of-the-process"
PROFILES = f"""
[profile sound]
aws_access_key_id = profile
aws_secret_access_key = profile
[profile broken]
credential_process = sh -c 'echo token={SECRET} >&2; exit 7'
[profile role]
role_arn = arn:aws:iam::123456789012:role/reader
source_profile = sound
"""


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """A home with profiles."""
    folder = tmp_path / "home" / ".aws"
    folder.mkdir(parents=True)
    (folder / "config").write_text(PROFILES)
    return {"HOME": str(tmp_path / "home")}


def snapshot(aws: StandIn, *arguments: str, variables: dict[str, str] | None = None) -> Run:
    return run(aws, "-v", "snapshot", "--cluster", "small", *arguments, variables=variables)


def calls(aws: StandIn) -> int:
    return aws.control("GET", "calls")["total"]


def test_a_profile_that_is_named_goes_before_keys_of_the_environment(small: StandIn, home: dict[str, str]) -> None:
    assert snapshot(small, "--profile", "sound", variables=home).code == 0
    # The environment's keys are sound; the profile's process is not.
    done = snapshot(small, "--profile", "broken", variables=home)
    assert done.code == 30, done.err
    assert snapshot(small, variables=home).code == 0


def test_what_a_credential_process_writes_is_not_shown(small: StandIn, home: dict[str, str]) -> None:
    done = snapshot(small, "--profile", "broken", variables=home)
    assert done.code == 30
    assert SECRET not in done.out + done.err
    assert "exit status: 7" in done.err


@pytest.mark.parametrize(
    "arguments",
    [["--role-arn", "arn:aws:iam::123456789012:role/reader"], ["--profile", "role"]],
)
def test_a_role_that_may_not_be_assumed(small: StandIn, home: dict[str, str], arguments: list[str]) -> None:
    assert snapshot(small, *arguments, variables=home).code == 0
    rule = {"kind": "refuse", "action": "sts:AssumeRole", "times": 0, "code": "AccessDenied", "status": 403}
    small.control("PUT", "faults", {"rules": [rule]})
    done = snapshot(small, *arguments, variables=home)
    assert done.code == 30, done.err
    assert "sts:AssumeRole is not allowed" in done.err and '"sts:AssumeRole"' in done.err
    assert "no AWS credentials" not in done.err and "123456789012" not in done.err


def heed_ctrl_c() -> None:
    """A shell's background jobs ignore Ctrl-C, and so does what they start."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.parametrize("url", ["nowhere", "ftp://host", "http://", "http://host:port"])
@pytest.mark.parametrize("command", ["snapshot", "refresh"])
def test_an_endpoint_that_is_none_is_refused_at_once(small: StandIn, tmp_path: Path, url: str, command: str) -> None:
    words = ["snapshot", "--cluster", "small"]
    if command == "refresh":
        words = ["catalogue", "refresh", "--dir", str(tmp_path / "prices")]
    for arguments, variables in (([*words, "--endpoint-url", url], {}), (words, {"AWS_ENDPOINT_URL": url})):
        done = run(small, *arguments, variables=variables)
        assert done.code == 2, done.err
        assert url in done.err and done.seconds < 3, done.err


@pytest.mark.parametrize("command", ["snapshot", "refresh"])
def test_an_endpoint_that_is_down_is_said_within_seconds(small: StandIn, tmp_path: Path, command: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        down = f"http://127.0.0.1:{free.getsockname()[1]}"
    words = ["snapshot", "--cluster", "small"]
    if command == "refresh":
        words = ["catalogue", "refresh", "--dir", str(tmp_path / "prices")]
    start = time.monotonic()
    assert BAYPLAN is not None
    process = subprocess.Popen(
        [BAYPLAN, *words],
        env=environment(small) | {"AWS_ENDPOINT_URL": down},
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=heed_ctrl_c,
    )
    assert process.stderr is not None
    line = process.stderr.readline()
    assert "trying again" in line and time.monotonic() - start < 4, line
    # Ctrl-C ends a refresh at once.
    process.send_signal(signal.SIGINT)
    assert process.wait(5) in (130, -signal.SIGINT)


def test_the_region_of_an_arn(small: StandIn) -> None:
    arn = "arn:aws:ecs:us-east-1:123456789012:cluster/small"
    before = calls(small)
    done = run(small, "snapshot", "--cluster", arn, "--region", "eu-west-1")
    assert done.code == 2 and "us-east-1" in done.err and "eu-west-1" in done.err, done.err
    assert calls(small) == before
    done = run(small, "-v", "snapshot", "--cluster", arn, variables={"AWS_REGION": "eu-west-1"})
    assert done.code == 0, done.err
    assert json.loads(done.out)["region"] == "us-east-1"
    assert "123456789012" not in done.out + done.err
    gone = run(small, "-v", "snapshot", "--cluster", arn.replace("small", "gone"))
    assert gone.code == 20 and "123456789012" not in gone.err, gone.err


def test_places_that_cannot_be_written_to_are_found_before_anything_is_read(small: StandIn, tmp_path: Path) -> None:
    before = calls(small)
    output = tmp_path / "none" / "small.json"
    done = snapshot(small, "--output", str(output))
    assert done.code == 2, done.err
    assert str(output) in done.err and ".bayplan-" not in done.err
    (tmp_path / "file").write_text("")
    directory = tmp_path / "file" / "prices"
    done = run(small, "catalogue", "refresh", "--dir", str(directory))
    assert done.code == 2, done.err
    assert str(directory) in done.err
    assert calls(small) == before


def test_names_with_line_breaks_are_one_line(small: StandIn) -> None:
    done = run(small, "snapshot", "--cluster", "no\nerror: forged")
    assert done.code != 0
    assert not any(line.startswith("error: forged") for line in done.err.splitlines()), done.err

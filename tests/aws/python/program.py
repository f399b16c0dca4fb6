"""Runs the real program, which BAYPLAN names, against the stand-in."""

from __future__ import annotations

import os
import subprocess
import time
from dataclasses import dataclass

from conftest import StandIn

BAYPLAN = os.environ.get("BAYPLAN")


@dataclass
class Run:
    """How a command ended."""

    code: int
    out: str
    err: str
    seconds: float


def environment(aws: StandIn) -> dict[str, str]:
    """What the program is told of AWS, and nothing of who runs the test."""
    return {
        "PATH": os.environ["PATH"],
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": aws.endpoint,
        "AWS_EC2_METADATA_DISABLED": "true",
        "HOME": "/nonexistent",
        "RUST_LOG": "trace",
    }


def run(aws: StandIn, *arguments: str, variables: dict[str, str] | None = None) -> Run:
    """Runs the program to its end, with further variables of its environment."""
    start = time.monotonic()
    assert BAYPLAN is not None
    done = subprocess.run(
        [BAYPLAN, *arguments], env=environment(aws) | (variables or {}), capture_output=True, text=True, check=False
    )
    return Run(done.returncode, done.stdout, done.stderr, time.monotonic() - start)

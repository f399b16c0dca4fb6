"""One stand-in for each process that runs tests, emptied before each test."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

HERE = Path(__file__).resolve().parent


class StandIn:
    """The control interface and clients."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint

    def control(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.endpoint}/_stand-in/{path}", data, method=method)
        try:
            with urllib.request.urlopen(request) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{method} {path}: {error.read().decode()}") from error

    def branch(self) -> Branch:
        """A second one with what is here now."""
        made = self.control("POST", "branch", {})
        return Branch(made["endpoint"], made["pid"])

    def raw(self, operation: str, body: Any) -> bytes:
        """The bytes with which an action of ECS is answered."""
        connection = http.client.HTTPConnection(self.endpoint.removeprefix("http://"))
        scope = "Credential=test/20261129/us-east-1/ecs/aws4_request"
        headers = {
            "Authorization": f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0",
            "X-Amz-Target": f"AmazonEC2ContainerServiceV20141113.{operation}",
            "Content-Type": "application/x-amz-json-1.1",
        }
        connection.request("POST", "/", json.dumps(body), headers)
        return connection.getresponse().read()

    def client(self, service: str, region: str = "us-east-1", validate: bool = True) -> Any:
        """A client that tries once."""
        return boto3.client(
            service,
            region_name=region,
            endpoint_url=self.endpoint,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries={"total_max_attempts": 1}, parameter_validation=validate),
        )


class Branch(StandIn):
    """A stand-in that was branched off another one; its time stands still until its speed is set."""

    def __init__(self, endpoint: str, pid: int) -> None:
        super().__init__(endpoint)
        self._pid = pid

    def end(self) -> None:
        os.kill(self._pid, signal.SIGKILL)


@pytest.fixture(scope="session")
def running() -> Iterator[StandIn]:
    process = subprocess.Popen(
        [sys.executable, "-m", "stand_in", "--until-stdin-closes", "--clock-speed", "0"],
        cwd=HERE.parent,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None and process.stdin is not None
    started = json.loads(process.stdout.readline())
    yield StandIn(started["endpoint"])
    process.stdin.close()
    process.wait(60)


@pytest.fixture
def aws(running: StandIn) -> StandIn:
    running.control("POST", "reset")
    return running


@pytest.fixture
def small(aws: StandIn) -> StandIn:
    """A cluster `small`: one group of three m5.large in three zones, one provider, one service of four tasks."""
    aws.control("POST", "seed", SMALL)
    return aws


SMALL = {
    "clusters": [{"clusterName": "small"}],
    "taskDefinitions": [
        {"family": "web", "containerDefinitions": [{"name": "app", "image": "app:1", "cpu": 256, "memory": 512}]},
        {"family": "web", "containerDefinitions": [{"name": "app", "image": "app:2", "cpu": 256, "memory": 512}]},
    ],
    "launchTemplates": [
        {
            "LaunchTemplateName": "small",
            "LaunchTemplateData": {
                "ImageId": "ami-0123456789abcdef0",
                "InstanceType": "m5.large",
                "userDataText": "echo ECS_CLUSTER=small >> /etc/ecs/ecs.config",
            },
        }
    ],
    "groups": [
        {
            "AutoScalingGroupName": "small",
            "MinSize": 0,
            "MaxSize": 6,
            "DesiredCapacity": 3,
            "groupZones": 3,
            "NewInstancesProtectedFromScaleIn": True,
            "LaunchTemplate": {"LaunchTemplateName": "small", "Version": "1"},
        }
    ],
    "capacityProviders": [
        {
            "name": "main",
            "autoScalingGroupProvider": {
                "autoScalingGroupArn": "small",
                "managedScaling": {"status": "ENABLED", "targetCapacity": 100},
                "managedTerminationProtection": "ENABLED",
                "managedDraining": "ENABLED",
            },
        }
    ],
    "clusterCapacityProviders": [
        {
            "cluster": "small",
            "capacityProviders": ["main", "FARGATE"],
            "defaultCapacityProviderStrategy": [{"capacityProvider": "main", "weight": 1}],
        }
    ],
    "services": [
        {
            "cluster": "small",
            "serviceName": "web",
            "taskDefinition": "web:1",
            "desiredCount": 4,
            "capacityProviderStrategy": [{"capacityProvider": "main", "weight": 1, "base": 0}],
            "placementStrategy": [{"type": "spread", "field": "attribute:ecs.availability-zone"}],
        }
    ],
}


def refused(call: Callable[[], Any], code: str) -> str:
    """The message with which a call is refused."""
    from botocore.exceptions import ClientError

    with pytest.raises(ClientError) as error:
        call()
    assert error.value.response["Error"]["Code"] == code
    return error.value.response["Error"]["Message"]

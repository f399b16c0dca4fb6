"""Fleets in a bucket: manifest, cluster files, attempts and results are objects, and S3 decides who wrote one first."""

from __future__ import annotations

import json
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import StandIn
from moto.server import ThreadedMotoServer
from program import BAYPLAN, Run, environment, run

pytestmark = pytest.mark.skipif(BAYPLAN is None, reason="BAYPLAN names no program")

QUICKLY = ("--", "plan", "--ideal", "--work-limit", "20000")


class Bucket:
    """A bucket `fleet` of moto's own S3, and the program told of it."""

    def __init__(self, port: int) -> None:
        self.here = StandIn(f"http://127.0.0.1:{port}")
        # What an earlier server of this process kept.
        urllib.request.urlopen(urllib.request.Request(f"{self.here.endpoint}/moto-api/reset", method="POST")).close()
        self.s3: Any = self.here.client("s3")
        self.s3.create_bucket(Bucket="fleet")

    def put(self, name: str, text: str) -> None:
        self.s3.put_object(Bucket="fleet", Key=name, Body=text.encode())

    def names(self, prefix: str) -> list[str]:
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket="fleet", Prefix=prefix)
        return [found["Key"] for page in pages for found in page.get("Contents", [])]

    def get(self, name: str) -> bytes:
        return self.s3.get_object(Bucket="fleet", Key=name)["Body"].read()

    def run(self, *arguments: str) -> Run:
        return run(self.here, *arguments)


@pytest.fixture
def bucket() -> Iterator[Bucket]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    yield Bucket(port)
    server.stop()


def cluster(name: str, tasks: int) -> str:
    service = {"serviceName": "web", "desiredCount": tasks, "cpu": 256, "memory": 512}
    return json.dumps({"version": 1, "cluster": name, "region": "us-east-1", "services": [service]})


def fill(bucket: Bucket, folder: Path) -> None:
    """The same five clusters as objects and as files, and what is none."""
    for number in range(5):
        text = cluster(f"c{number}", number + 1)
        bucket.put(f"clusters/eu/c{number}.json", text)
        (folder / "eu").mkdir(parents=True, exist_ok=True)
        (folder / "eu" / f"c{number}.json").write_text(text)
    bucket.put("clusters/notes.txt", "none")
    bucket.put("clusters/.hidden/c.json", "none")


def listed(bucket: Bucket, file: Path) -> list[dict[str, Any]]:
    made = bucket.run("fleet", "list", "s3://fleet/clusters/", "--output", str(file), *QUICKLY)
    assert (made.code, made.err) == (0, ""), made
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_a_fleet_in_a_bucket_gives_the_bytes_of_one_in_folders(bucket: Bucket, tmp_path: Path) -> None:
    folder = tmp_path / "clusters"
    fill(bucket, folder)
    units = listed(bucket, tmp_path / "fleet.jsonl")
    assert [unit["input"] for unit in units] == [f"s3://fleet/clusters/eu/c{n}.json" for n in range(5)]
    bucket.put("fleet.jsonl", (tmp_path / "fleet.jsonl").read_text())
    place = ("s3://fleet/fleet.jsonl", "--out", "s3://fleet/out")
    ended = bucket.run("fleet", "run", *place, "--jobs", "2")
    assert (ended.code, ended.err) == (0, ""), ended
    again = bucket.run("fleet", "run", *place)
    assert again.code == 0 and len(bucket.names("out/attempts/")) == 5, again
    status = json.loads(bucket.run("fleet", "status", *place, "--format", "json").out)
    assert (status["units"], status["done"]) == (5, 5), status
    gathered = bucket.run("fleet", "gather", *place, "--to", str(tmp_path / "there"))
    assert gathered.code == 0, gathered

    here = (str(tmp_path / "here.jsonl"), "--out", str(tmp_path / "out"))
    assert bucket.run("fleet", "list", str(folder), "--output", here[0], *QUICKLY).code == 0
    assert bucket.run("fleet", "run", *here).code == 0
    results = {path.name: path.read_bytes() for path in (tmp_path / "out" / "results").iterdir()}
    names = bucket.names("out/results/")
    assert {name.rsplit("/", 1)[1]: bucket.get(name) for name in names} == results
    assert bucket.run("fleet", "gather", *here, "--to", str(tmp_path / "too")).code == 0
    for name in ("fleet.txt", "services.parquet"):
        assert (tmp_path / "there" / name).read_bytes() == (tmp_path / "too" / name).read_bytes(), name


def test_an_object_that_is_another_or_gone_is_set_aside_and_tried_again_when_asked(
    bucket: Bucket, tmp_path: Path
) -> None:
    fill(bucket, tmp_path)
    manifest = tmp_path / "fleet.jsonl"
    listed(bucket, manifest)
    bucket.put("clusters/eu/c1.json", cluster("c1", 40))
    bucket.s3.delete_object(Bucket="fleet", Key="clusters/eu/c2.json")
    place = (str(manifest), "--out", "s3://fleet/out")
    ended = bucket.run("fleet", "run", *place)
    assert ended.code == 0 and "not the one that was listed" in ended.err and "not there any more" in ended.err, ended
    status = json.loads(bucket.run("fleet", "status", *place, "--format", "json").out)
    assert (status["done"], len(bucket.names("out/results/"))) == (3, 3), status
    bucket.put("clusters/eu/c1.json", cluster("c1", 2))
    bucket.put("clusters/eu/c2.json", cluster("c2", 3))
    assert bucket.run("fleet", "run", *place, "--retry-poisoned").code == 0
    assert len(bucket.names("out/results/")) == 5


def test_two_runners_and_a_killed_one_leave_each_result_once(bucket: Bucket, tmp_path: Path) -> None:
    fill(bucket, tmp_path)
    manifest = tmp_path / "fleet.jsonl"
    listed(bucket, manifest)
    assert BAYPLAN is not None
    command = [BAYPLAN, "fleet", "run", str(manifest), "--out", "s3://fleet/out", "--jobs", "1"]
    killed = subprocess.Popen(command, env=environment(bucket.here), stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    while not bucket.names("out/attempts/"):
        assert killed.poll() is None, "it ended before it began"
    killed.kill()
    killed.wait()
    two = [
        subprocess.Popen(command, env=environment(bucket.here), stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        for _ in range(2)
    ]
    assert [runner.wait() for runner in two] == [0, 0]
    assert len(bucket.names("out/results/")) == 5


def test_an_object_that_is_replaced_after_its_run_lends_nothing_to_a_merge(bucket: Bucket, tmp_path: Path) -> None:
    fill(bucket, tmp_path)
    manifest = tmp_path / "fleet.jsonl"
    listed(bucket, manifest)
    place = (str(manifest), "--out", "s3://fleet/out")
    assert bucket.run("fleet", "run", *place).code == 0
    bucket.put("clusters/eu/c1.json", cluster("c1", 400))
    pair = ("--to", str(tmp_path / "one"), "--pair", "eu/c0.json", "eu/c1.json")
    ended = bucket.run("fleet", "merge", *place, *pair)
    assert ended.code == 20 and "eu/c1.json" in ended.err and "its SHA-256 is another" in ended.err, ended
    gathered = bucket.run("fleet", "gather", *place, "--to", str(tmp_path / "report"))
    assert gathered.code == 0 and "eu/c1.json: left out of what is said across clusters" in gathered.err, gathered


def test_one_object_that_cannot_be_read_and_one_of_a_long_name_stop_nobody(bucket: Bucket, tmp_path: Path) -> None:
    fill(bucket, tmp_path)
    bucket.s3.put_object(Bucket="fleet", Key="clusters/eu/z.json", Body=cluster("z", 9).encode())
    bucket.put("clusters/" + "x" * 300 + ".json", cluster("long", 7))
    manifest = tmp_path / "fleet.jsonl"
    listed(bucket, manifest)
    # Archived after it was listed: S3 refuses to give it (InvalidObjectState).
    bucket.s3.put_object(Bucket="fleet", Key="clusters/eu/z.json", Body=cluster("z", 9).encode(), StorageClass="GLACIER")
    place = (str(manifest), "--out", "s3://fleet/out")
    ended = bucket.run("fleet", "run", *place, "--jobs", "1")
    assert ended.code == 0 and "its object cannot be read" in ended.err, ended
    status = json.loads(bucket.run("fleet", "status", *place, "--format", "json").out)
    assert (status["done"], status["poisoned"], status["pending"]) == (6, 1, 0), status


def test_an_object_without_a_hash_is_not_taken_for_the_one_of_before(bucket: Bucket, tmp_path: Path) -> None:
    bucket.put("a.json", cluster("a", 2))
    manifest = tmp_path / "fleet.jsonl"
    manifest.write_text(json.dumps({"id": "a", "input": "s3://fleet/a.json", "args": {"ideal": True}}))
    ended = bucket.run("fleet", "run", str(manifest), "--out", str(tmp_path / "out"))
    assert ended.code == 0, ended
    (result,) = (tmp_path / "out" / "results").iterdir()
    assert json.loads(result.read_text())["errors"][0]["code"] == "F1102"


def test_what_is_wrong_with_a_bucket_is_said(bucket: Bucket, tmp_path: Path) -> None:
    fill(bucket, tmp_path)
    manifest = tmp_path / "fleet.jsonl"
    listed(bucket, manifest)
    nowhere = bucket.run("fleet", "run", str(manifest), "--out", "s3://nowhere/out")
    assert nowhere.code == 30 and "NoSuchBucket" in nowhere.err, nowhere
    wrong = bucket.run("fleet", "run", str(manifest), "--out", "s3://No/out")
    assert wrong.code == 2 and "write it as s3://BUCKET/PREFIX" in wrong.err, wrong
    empty = bucket.run("fleet", "list", "s3://fleet/nothing/")
    assert empty.code == 20 and "holds no cluster file" in empty.err, empty


def test_results_of_right_sizing_go_to_a_bucket(bucket: Bucket, tmp_path: Path) -> None:
    (tmp_path / "c.json").write_text(cluster("shop", 2))
    rows = [f"web,2026-03-{day:02}T{hour:02}:00:00Z,90,60,200,2" for day in range(1, 29) for hour in range(24)]
    heading = "service,timestamp,cpu_units_max,cpu_units_avg,memory_mib_max,tasks"
    (tmp_path / "use.csv").write_text("\n".join([heading, *rows]))
    command = ("rightsize", str(tmp_path / "c.json"), "--metrics", str(tmp_path / "use.csv"), "--ideal")
    ended = bucket.run(*command, "--results", "s3://fleet/nightly/shop", "--format", "json")
    assert ended.code == 0, ended
    names = ["cluster.json", *(f"rightsize.{end}" for end in ("csv", "json", "md", "txt"))]
    assert bucket.names("nightly/") == [f"nightly/shop/{name}" for name in names]
    assert json.loads(bucket.get("nightly/shop/rightsize.json")) == json.loads(ended.out)
    nowhere = bucket.run(*command, "--results", "s3://nowhere/x")
    assert nowhere.code == 30 and nowhere.out == "" and "NoSuchBucket" in nowhere.err, nowhere


def test_live_clusters_are_read_first_and_one_that_cannot_be_is_said(small: StandIn, tmp_path: Path) -> None:
    accounts, snapshots = tmp_path / "accounts.jsonl", tmp_path / "snapshots"
    of = {"account": "111111111111", "region": "us-east-1"}
    lines = [json.dumps(of | {"cluster": name}) for name in ("small", "nowhere")]
    accounts.write_text("\n".join(lines))
    stale = snapshots / "111111111111/us-east-1/nowhere.json"
    stale.parent.mkdir(parents=True)
    stale.write_text(cluster("nowhere", 1))
    command = ("fleet", "list", "--accounts", str(accounts), "--snapshots", str(snapshots))
    ended = run(small, *command, "--output", str(tmp_path / "fleet.jsonl"), *QUICKLY)
    assert ended.code == 0 and "nowhere.json" in ended.err, ended
    place = (str(tmp_path / "fleet.jsonl"), "--out", str(tmp_path / "out"))
    assert run(small, "fleet", "run", *place).code == 0
    results = [json.loads(path.read_text()) for path in (tmp_path / "out" / "results").iterdir()]
    codes = {result["id"].rsplit("/", 1)[1]: result["exitCode"] for result in results}
    assert codes == {"small.json": 0, "nowhere.json": 20}
    assert stale.with_suffix(".json.stale").exists()
    assert "111111111111" not in (stale.parent / "small.json").read_text()


def test_right_sizings_of_live_clusters_are_given_their_region_and_role(small: StandIn, tmp_path: Path) -> None:
    accounts, snapshots = tmp_path / "accounts.jsonl", tmp_path / "snapshots"
    role = "arn:aws:iam::111111111111:role/reader"
    of = {"account": "111111111111", "region": "us-east-1", "cluster": "small"}
    accounts.write_text("\n".join([json.dumps(of | {"roleArn": role}), json.dumps(of | {"account": "222222222222"})]))
    command = ("fleet", "list", "--accounts", str(accounts), "--snapshots", str(snapshots), "--output", str(tmp_path / "fleet.jsonl"))
    asked = ("rightsize", "--metrics", "cloudwatch", "--metrics-until", "2026-03-01T00:00:00Z")
    ended = run(small, *command, "--", *asked)
    assert ended.code == 0, ended
    lines = [json.loads(line) for line in (tmp_path / "fleet.jsonl").read_text().splitlines()]
    flags = [line["args"]["flags"][4:] for line in lines]
    assert flags == [["--region=us-east-1", f"--role-arn={role}"], ["--region=us-east-1"]]
    place = (str(tmp_path / "fleet.jsonl"), "--out", str(tmp_path / "out"))
    assert run(small, "fleet", "run", *place).code == 0
    # The role is assumed by the unit too: CloudWatch is asked, and what it lacks is said of the cluster.
    results = [json.loads(path.read_text()) for path in (tmp_path / "out" / "results").iterdir()]
    assert len(results) == 2, results

"""The real program against the stand-in: `bayplan catalogue refresh`, and plans with the directory that it writes.

BAYPLAN names the program (`make test-aws` builds it); without it these tests are left out.
"""

from __future__ import annotations

import csv
import json
import subprocess
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from conftest import StandIn
from program import BAYPLAN, Run, environment, run
from test_figures import on_demand

pytestmark = pytest.mark.skipif(BAYPLAN is None, reason="BAYPLAN names no program")

# The file of each call; a file of several calls stands with each.
FILES = {
    "ec2:DescribeInstanceTypes": {"instance_types.csv"},
    "ec2:DescribeInstanceTypeOfferings": {"zone_offerings.csv"},
    "ec2:DescribeAvailabilityZones": {"zone_offerings.csv", "spot_prices.csv"},
    "ec2:DescribeSpotPriceHistory": {"spot_prices.csv"},
    "pricing:GetProducts": {
        "on_demand_prices.csv",
        "fargate_prices.csv",
        "other_prices.csv",
        "managed_instances_fees.csv",
    },
    "savingsplans:DescribeSavingsPlansOfferingRates": {"savings_plan_rates.csv"},
}
ALL_FILES = set().union(*FILES.values())
OPTIONAL = "savingsplans:DescribeSavingsPlansOfferingRates"
# Enough types for two pages of each call that has pages.
PART = {"types": 120, "spotStepHours": 360}


def refresh(aws: StandIn, directory: Path, *regions: str) -> Run:
    names = [argument for region in regions or ("eu-west-1",) for argument in ("--region", region)]
    return run(aws, "-v", "catalogue", "refresh", "--dir", str(directory), *names)


def contents(directory: Path) -> dict[str, str]:
    return {file.name: file.read_text() for file in directory.iterdir() if not file.name.startswith(".bayplan-")}


def table(directory: Path, name: str) -> list[dict[str, str]]:
    with (directory / name).open(newline="") as file:
        return list(csv.DictReader(file))


def dates(directory: Path) -> dict[str, tuple[str, str]]:
    return {row["kind"]: (row["as_of"], row["source"]) for row in table(directory, "as_of.csv")}


def planned(aws: StandIn, directory: Path, tmp_path: Path) -> dict[str, object]:
    """What a plan with the directory says of its prices."""
    file = tmp_path / "services.csv"
    file.write_text("service,cpu,memory_mib,desired_count\napi,512,1024,5\n")
    done = run(
        aws, "plan", str(file), "--region", "eu-west-1", "--format", "json", "--catalogue", str(directory),
        "--time-limit", "20",
    )  # fmt: skip
    assert done.code == 0, done.err
    assert "older than 30 days: On-Demand" not in done.err
    return json.loads(done.out)["catalogue"]


def test_all_of_a_region_with_a_month_of_spot_prices(aws: StandIn, tmp_path: Path) -> None:
    directory = tmp_path / "prices"
    done = refresh(aws, directory)
    assert done.code == 0, done.err
    calls = aws.control("GET", "calls")["counts"]
    print(f"\n{sum(calls.values())} calls, {done.seconds:.1f} s: {calls}")
    assert set(contents(directory)) == ALL_FILES | {"as_of.csv"}
    today = {datetime.now(UTC).date().isoformat(), (datetime.now(UTC) - timedelta(days=1)).date().isoformat()}
    assert {day for day, _ in dates(directory).values()} <= today
    assert {source for _, source in dates(directory).values()} == {"aws"}
    prices = {row["instance_type"]: Decimal(row["usd_per_hour"]) for row in table(directory, "on_demand_prices.csv")}
    assert prices == on_demand("eu-west-1")
    (spot,) = [
        row
        for row in table(directory, "spot_prices.csv")
        if (row["instance_type"], row["az"]) == ("m5.large", "euw1-az1")
    ]
    day, month = Decimal(spot["usd_per_hour"]), Decimal(spot["usd_per_hour_30_days"])
    # The stand-in's wave: the last day lies within 4 % of the mean, and the month is nearer to it.
    assert 0 < day < prices["m5.large"] and abs(day / month - 1) < Decimal("0.05")
    fees = {row["instance_type"]: Decimal(row["usd_per_hour"]) for row in table(directory, "managed_instances_fees.csv")}
    assert fees["m5.large"] == prices["m5.large"] * 12 / 100
    kinds = Counter((row["kind"], row["payment"]) for row in table(directory, "savings_plan_rates.csv"))
    assert len(kinds) == 6 and {kind for kind, _ in kinds} == {"compute", "ec2-instance"}
    said = planned(aws, directory, tmp_path)
    assert said["asOf"]["onDemand"] in today and said["asOf"]["spot"] in today


def test_the_second_region_is_laid_beside_the_first(aws: StandIn, tmp_path: Path) -> None:
    aws.control("PUT", "figures", PART)
    assert refresh(aws, tmp_path / "a", "eu-west-1").code == 0
    assert refresh(aws, tmp_path / "a", "us-east-1").code == 0
    assert refresh(aws, tmp_path / "b", "eu-west-1", "us-east-1").code == 0
    for name in ("on_demand_prices.csv", "zone_offerings.csv", "savings_plan_rates.csv"):
        assert table(tmp_path / "a", name) == table(tmp_path / "b", name)
        assert {row["region"] for row in table(tmp_path / "a", name)} == {"eu-west-1", "us-east-1"}


@pytest.mark.parametrize("action", sorted(FILES))
def test_what_is_refused_keeps_its_file_and_its_date(aws: StandIn, tmp_path: Path, action: str) -> None:
    aws.control("PUT", "figures", PART)
    directory = tmp_path / "prices"
    assert refresh(aws, directory).code == 0
    # Marks what stays: rows of before, a year old.
    before = contents(directory)
    day = next(iter(dates(directory).values()))[0]
    (directory / "as_of.csv").write_text(before["as_of.csv"].replace(day, "2025-11-29"))
    aws.control("PUT", "figures", PART | {"spotStepHours": 300})
    code = "AccessDeniedException" if action.startswith(("pricing", "savings")) else "UnauthorizedOperation"
    aws.control("PUT", "faults", {"rules": [{"kind": "refuse", "action": action, "times": 0, "code": code}]})
    done = refresh(aws, directory)
    assert done.code == (0 if action == OPTIONAL else 30), done.err
    assert f"{action} is not allowed" in done.err and '"Effect": "Allow"' in done.err
    assert "123456789012" not in done.err
    after = contents(directory)
    for name in FILES[action]:
        assert after[name] == before[name], name
    rows = table(directory, "as_of.csv")
    old = {row["kind"] for row in rows if row["as_of"] == "2025-11-29"}
    assert len(old) == len(FILES[action]), (old, rows)


@pytest.mark.parametrize("kind", ["throttle", "error", "reset", "truncated", "malformed", "slow"])
def test_one_fault_at_every_call(aws: StandIn, tmp_path: Path, kind: str) -> None:
    """Recovered with the same files, or exit 30 that names the action while the file of before stays."""
    aws.control("PUT", "figures", PART)
    directory = tmp_path / "prices"
    assert refresh(aws, directory).code == 0
    sound = contents(directory)
    number = aws.control("GET", "calls")["total"]
    outcomes: Counter[str] = Counter()
    for at in range(1, number + 1):
        aws.control("DELETE", "calls")
        aws.control("PUT", "faults", {"rules": [{"kind": kind, "atCall": at, "seconds": 0.3}]})
        done = refresh(aws, directory)
        hit = aws.control("GET", "calls?list=1")["calls"]
        (action,) = [call["action"] for call in hit if call.get("fault")]
        after = contents(directory)
        assert set(after) == set(sound)
        lost = {name for name in sound if len(after[name].splitlines()) != len(sound[name].splitlines())}
        assert lost == set(), f"{kind} at call {at}, {action}: rows of {lost} are gone"
        if done.code == 0:
            outcomes["recovered"] += 1
        else:
            outcomes["refused"] += 1
            assert done.code == 30, f"{kind} at call {at}, {action}: {done.code}\n{done.err}"
            assert action in done.err, f"{kind} at call {at}, {action}:\n{done.err}"
    print(f"\n{kind}: {number} calls, {dict(outcomes)}")
    assert outcomes["refused"] == 0


@pytest.mark.parametrize("kind", ["error", "reset", "truncated", "malformed"])
def test_a_fault_that_stays_leaves_the_file_of_before(aws: StandIn, tmp_path: Path, kind: str) -> None:
    aws.control("PUT", "figures", PART)
    directory = tmp_path / "prices"
    assert refresh(aws, directory).code == 0
    before = contents(directory)
    aws.control("PUT", "faults", {"rules": [{"kind": kind, "action": "pricing:GetProducts", "skip": 1, "times": 0}]})
    done = refresh(aws, directory)
    assert done.code == 30, done.err
    assert "pricing:GetProducts" in done.err
    after = contents(directory)
    for name in FILES["pricing:GetProducts"]:
        assert after[name] == before[name], name


def test_two_at_a_time_do_not_spoil_each_other(aws: StandIn, tmp_path: Path) -> None:
    """The second is told that the first is at work, and what the first writes is whole."""
    assert BAYPLAN is not None
    aws.control("PUT", "figures", PART)
    directory = tmp_path / "prices"
    aws.control("PUT", "halt", {"at": 2, "when": "before"})
    first = subprocess.Popen(
        [BAYPLAN, "catalogue", "refresh", "--dir", str(directory), "--region", "eu-west-1"],
        env=environment(aws),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert aws.control("GET", "halt?seconds=20") == {"reached": True}
    second = refresh(aws, directory, "us-east-1")
    assert second.code == 31, second.err
    assert str(directory) in second.err
    aws.control("DELETE", "halt")
    out, err = first.communicate(timeout=60)
    assert first.returncode == 0, err
    assert "on_demand_prices.csv" in out
    assert {row["region"] for row in table(directory, "on_demand_prices.csv")} == {"eu-west-1"}
    # The lock goes with its owner, however it ends.
    assert refresh(aws, directory, "us-east-1").code == 0
    assert {row["region"] for row in table(directory, "on_demand_prices.csv")} == {"eu-west-1", "us-east-1"}

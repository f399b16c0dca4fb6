"""Types, offerings, prices, Spot history, rates of Savings Plans: in pages, from the project's data."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from conftest import StandIn, refused

DATA = Path(__file__).resolve().parents[3] / "data"


def on_demand(region: str) -> dict[str, Decimal]:
    with (DATA / "regions" / region / "on_demand_prices.csv").open(newline="") as file:
        return {row["instance_type"]: Decimal(row["usd_per_hour"]) for row in csv.DictReader(file)}


def test_types_in_pages_of_a_hundred(aws: StandIn) -> None:
    ec2 = aws.client("ec2")
    pages = [len(page["InstanceTypes"]) for page in ec2.get_paginator("describe_instance_types").paginate()]
    assert set(pages[:-1]) == {100} and sum(pages) > 1_000
    refused(lambda: ec2.describe_instance_types(InstanceTypes=["zz9.large"]), "InvalidInstanceType")
    refused(lambda: ec2.describe_instance_types(NextToken="never-given"), "InvalidNextToken")


def test_offerings_by_zone_id(aws: StandIn) -> None:
    ec2 = aws.client("ec2")
    part = [{"Name": "instance-type", "Values": ["m5.large"]}]
    rows = ec2.describe_instance_type_offerings(LocationType="availability-zone-id", Filters=part)
    zones = {row["Location"] for row in rows["InstanceTypeOfferings"]}
    assert zones and all(zone.startswith("use1-az") for zone in zones)


def test_price_list(aws: StandIn) -> None:
    pricing = aws.client("pricing")
    wanted = {"regionCode": "eu-west-1", "operatingSystem": "Linux", "tenancy": "Shared", "capacitystatus": "Used"}
    filters = [{"Type": "TERM_MATCH", "Field": key, "Value": value} for key, value in wanted.items()]
    found = {}
    for page in pricing.get_paginator("get_products").paginate(ServiceCode="AmazonEC2", Filters=filters):
        assert len(page["PriceList"]) <= 100
        for text in page["PriceList"]:
            row = json.loads(text)
            (term,) = row["terms"]["OnDemand"].values()
            (dimension,) = term["priceDimensions"].values()
            found[row["product"]["attributes"]["instanceType"]] = Decimal(dimension["pricePerUnit"]["USD"])
    assert found == on_demand("eu-west-1")


def test_fargate_rates(aws: StandIn) -> None:
    filters = [{"Type": "TERM_MATCH", "Field": "regionCode", "Value": "us-east-1"}]
    usage = {}
    pages = aws.client("pricing").get_paginator("get_products").paginate(ServiceCode="AmazonECS", Filters=filters)
    for page in pages:
        for text in page["PriceList"]:
            row = json.loads(text)
            (term,) = row["terms"]["OnDemand"].values()
            (dimension,) = term["priceDimensions"].values()
            usage[row["product"]["attributes"]["usagetype"]] = Decimal(dimension["pricePerUnit"]["USD"])
    assert usage["Fargate-vCPU-Hours:perCPU"] == Decimal("0.04048")
    assert usage["SpotUsage-Fargate-ARM-GB-Hours"] == Decimal("0.00117338")
    assert usage["ECS-Managed-Instances:m5.large-management-hours"] == Decimal("0.01152")


def test_spot_history_of_a_month(aws: StandIn) -> None:
    ec2 = aws.client("ec2")
    end = datetime.now(UTC)
    rows = [
        row
        for page in ec2.get_paginator("describe_spot_price_history").paginate(
            InstanceTypes=["m5.large", "c5.large"],
            ProductDescriptions=["Linux/UNIX"],
            StartTime=end - timedelta(days=30),
            EndTime=end,
        )
        for row in page["SpotPriceHistory"]
    ]
    times = [row["Timestamp"] for row in rows]
    assert times == sorted(times, reverse=True)
    assert min(times) <= end - timedelta(days=30) < max(times) <= end
    prices = {Decimal(row["SpotPrice"]) for row in rows if row["InstanceType"] == "m5.large"}
    assert len(prices) > 3 and all(price < on_demand("us-east-1")["m5.large"] for price in prices)


def test_savings_plan_rates(aws: StandIn) -> None:
    plans = aws.client("savingsplans")
    request = {
        "savingsPlanTypes": ["Compute"],
        "filters": [{"name": "region", "values": ["us-east-1"]}, {"name": "instanceType", "values": ["m5.large"]}],
    }
    rows = plans.describe_savings_plans_offering_rates(**request)["searchResults"]
    assert len(rows) == 6
    assert all(Decimal(row["rate"]) < on_demand("us-east-1")["m5.large"] for row in rows)
    first = plans.describe_savings_plans_offering_rates(**request, maxResults=4)
    rest = plans.describe_savings_plans_offering_rates(**request, maxResults=4, nextToken=first["nextToken"])
    assert first["searchResults"] + rest["searchResults"] == rows

"""GetProducts: the price list of EC2, EBS and ECS, made from the project's figures in AWS's form."""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal
from typing import Any

from .. import catalogue
from ..actions import action
from ..paging import page
from ..refusal import Refusal
from ..region import Region

Json = dict[str, Any]

# Usage types begin with this in each Region; none in us-east-1.
PREFIX = {
    "us-east-1": "",
    "us-east-2": "USE2-",
    "us-west-2": "USW2-",
    "eu-west-1": "EUW1-",
    "eu-central-1": "EUC1-",
    "ap-northeast-1": "APN1-",
    "ap-northeast-2": "APN2-",
    "ap-southeast-1": "APS1-",
    "ap-southeast-2": "APS2-",
    "sa-east-1": "SAE1-",
}
# The fee of Managed Instances is this part of the On-Demand price; the project's data hold no fees of their own.
FEE = Decimal("0.12")


def _product(service: str, family: str, attributes: Json, unit: str, usd: Decimal, description: str) -> Json:
    sku = hashlib.sha256(json.dumps([service, attributes], sort_keys=True).encode()).hexdigest()[:16].upper()
    dimension = {
        "unit": unit,
        "beginRange": "0",
        "endRange": "Inf",
        "description": description,
        "appliesTo": [],
        "rateCode": f"{sku}.JRTCKXETXF.6YS6EN2CT7",
        "pricePerUnit": {"USD": f"{usd:.10f}"},
    }
    term = {
        "sku": sku,
        "offerTermCode": "JRTCKXETXF",
        "effectiveDate": "2026-11-01T00:00:00Z",
        "priceDimensions": {f"{sku}.JRTCKXETXF.6YS6EN2CT7": dimension},
        "termAttributes": {},
    }
    product = {"productFamily": family, "attributes": attributes | {"servicecode": service}, "sku": sku}
    return {
        "product": product,
        "serviceCode": service,
        "terms": {"OnDemand": {f"{sku}.JRTCKXETXF": term}},
        "version": "20261128000000",
        "publicationDate": "2026-11-28T00:00:00Z",
    }


def _instance(region: str, name: str, usd: Decimal, operating_system: str, tenancy: str) -> Json:
    kind = catalogue.instance_types()[name]
    box = {"Shared": "BoxUsage", "Dedicated": "DedicatedUsage"}[tenancy]
    attributes = {
        "capacitystatus": "Used",
        "currentGeneration": "Yes",
        "instanceType": name,
        "licenseModel": "No License required",
        "location": region,
        "locationType": "AWS Region",
        "marketoption": "OnDemand",
        "memory": f"{kind.memory_mib / 1024:g} GiB",
        "operatingSystem": operating_system,
        "operation": "RunInstances" if operating_system == "Linux" else "RunInstances:0002",
        "preInstalledSw": "NA",
        "regionCode": region,
        "tenancy": tenancy,
        "usagetype": f"{PREFIX[region]}{box}:{name}",
        "vcpu": str(kind.vcpu),
    }
    family = "Compute Instance (bare metal)" if ".metal" in name else "Compute Instance"
    text = f"${usd} per On Demand {operating_system} {name} Instance Hour"
    return _product("AmazonEC2", family, attributes, "Hrs", usd, text)


@catalogue.by_extent
def _ec2(region: str) -> list[Json]:
    rows = []
    for name, usd in sorted(catalogue.on_demand(region).items()):
        if name not in catalogue.instance_types():
            continue
        rows.append(_instance(region, name, usd, "Linux", "Shared"))
        rows.append(_instance(region, name, usd * 2, "Windows", "Shared"))
        rows.append(_instance(region, name, usd * Decimal("1.1"), "Linux", "Dedicated"))
    for row in catalogue.rows(catalogue.DATA / "other_prices.csv"):
        if row["item"] == "ebs_gp3_storage" and row["region"] == region:
            attributes = {
                "regionCode": region,
                "location": region,
                "locationType": "AWS Region",
                "usagetype": f"{PREFIX[region]}EBS:VolumeUsage.gp3",
                "volumeApiName": "gp3",
                "volumeType": "General Purpose",
            }
            rows.append(_product("AmazonEC2", "Storage", attributes, "GB-Mo", Decimal(row["usd"]), "gp3 storage"))
    return rows


@catalogue.by_extent
def _ecs(region: str) -> list[Json]:
    rows = []
    for row in catalogue.rows(catalogue.DATA / "fargate_prices.csv"):
        if row["region"] != region:
            continue
        part = (
            ("SpotUsage-" if row["market"] == "spot" else "") + "Fargate-" + ("ARM-" if row["arch"] == "arm64" else "")
        )
        rows.append(_usage(region, f"{part}vCPU-Hours:perCPU", row["usd_per_vcpu_hour"]))
        rows.append(_usage(region, f"{part}GB-Hours", row["usd_per_gb_hour"]))
    for row in catalogue.rows(catalogue.DATA / "other_prices.csv"):
        if row["item"] == "fargate_ephemeral_storage" and row["region"] == region:
            rows.append(_usage(region, "Fargate-EphemeralStorage-GB-Hours", row["usd"]))
    for name, usd in sorted(catalogue.on_demand(region).items()):
        rows.append(_usage(region, f"ECS-Managed-Instances:{name}-management-hours", str(usd * FEE)))
    return rows


def _usage(region: str, usage: str, usd: str) -> Json:
    attributes = {
        "regionCode": region,
        "location": region,
        "locationType": "AWS Region",
        "usagetype": PREFIX[region] + usage,
    }
    return _product("AmazonECS", "Compute", attributes, "hours", Decimal(usd), usage)


def _passes(row: Json, part: Json) -> bool:
    attributes = row["product"]["attributes"] | {
        "productFamily": row["product"]["productFamily"],
        "sku": row["product"]["sku"],
    }
    value = attributes.get(part["Field"])
    match part["Type"]:
        case "TERM_MATCH" | "EQUALS":
            return value is not None and value.lower() == part["Value"].lower()
        case "CONTAINS":
            return value is not None and part["Value"].lower() in value.lower()
        case "ANY_OF":
            return value in part["Value"].split(",")
        case _:
            return value not in part["Value"].split(",")


@action("pricing", "GetProducts")
def products(_region: Region, request: Json) -> Json:
    service, filters = request["ServiceCode"], request.get("Filters", [])
    if service not in ("AmazonEC2", "AmazonECS"):
        raise Refusal("NotFoundException", f"Service {service} not found")
    wanted = [part["Value"] for part in filters if part["Field"] in ("regionCode", "location")]
    regions = [name for name in PREFIX if not wanted or name in wanted]
    source = _ec2 if service == "AmazonEC2" else _ecs
    rows = [row for name in regions for row in source(name) if all(_passes(row, part) for part in filters)]
    limit = min(request.get("MaxResults", 100), 100)
    shown, token = page(rows, limit, request.get("NextToken"), [service, filters], _expired)
    answer: Json = {"FormatVersion": "aws_v1", "PriceList": [json.dumps(row) for row in shown]}
    return answer | ({"NextToken": token} if token else {})


def _expired() -> Refusal:
    return Refusal(
        "InvalidNextTokenException", "The pagination token is invalid. Try again without a pagination token."
    )

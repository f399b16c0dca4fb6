"""Savings Plans: rates as parts of the On-Demand price; the account owns none."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from .. import catalogue
from ..actions import action
from ..paging import page
from ..refusal import Refusal
from ..region import Region
from .price_list import PREFIX

Json = dict[str, Any]
YEAR = 31_536_000
# Part of the On-Demand price by plan, years and payment: round figures near AWS's, the same for every type.
PARTS = {
    ("Compute", 1, "No Upfront"): "0.80",
    ("Compute", 1, "Partial Upfront"): "0.77",
    ("Compute", 1, "All Upfront"): "0.75",
    ("Compute", 3, "No Upfront"): "0.60",
    ("Compute", 3, "Partial Upfront"): "0.56",
    ("Compute", 3, "All Upfront"): "0.54",
    ("EC2Instance", 1, "No Upfront"): "0.70",
    ("EC2Instance", 1, "Partial Upfront"): "0.66",
    ("EC2Instance", 1, "All Upfront"): "0.64",
    ("EC2Instance", 3, "No Upfront"): "0.47",
    ("EC2Instance", 3, "Partial Upfront"): "0.44",
    ("EC2Instance", 3, "All Upfront"): "0.42",
}


@catalogue.by_extent
def _rates(region: str, plan: str, years: int, payment: str) -> list[Json]:
    return list(_rows(region, plan, years, payment))


def _rows(region: str, plan: str, years: int, payment: str) -> Iterator[Json]:
    part = Decimal(PARTS[(plan, years, payment)])
    for name, usd in sorted(catalogue.on_demand(region).items()):
        properties = {
            "region": region,
            "instanceFamily": name.split(".")[0],
            "instanceType": name,
            "productDescription": "Linux/UNIX",
            "tenancy": "shared",
        }
        offering = {
            "offeringId": f"{plan}-{years}-{payment}".lower().replace(" ", "-"),
            "paymentOption": payment,
            "planType": plan,
            "durationSeconds": years * YEAR,
            "currency": "USD",
            "planDescription": f"{years} year {payment} {plan} Savings Plan",
        }
        yield {
            "savingsPlanOffering": offering,
            "rate": f"{usd * part:.7f}",
            "unit": "Hrs",
            "productType": "EC2",
            "serviceCode": "AmazonEC2",
            "usageType": f"{PREFIX.get(region, '')}BoxUsage:{name}",
            "operation": "RunInstances",
            "properties": [{"name": key, "value": value} for key, value in properties.items()],
        }


def _passes(row: Json, filters: list[Json]) -> bool:
    properties = {item["name"]: item["value"] for item in row["properties"]}
    return all(properties.get(part["name"]) in part.get("values", []) for part in filters)


@action("savingsplans", "DescribeSavingsPlansOfferingRates")
def offering_rates(_region: Region, request: Json) -> Json:
    filters = request.get("filters", [])
    regions = [value for part in filters if part["name"] == "region" for value in part.get("values", [])] or list(
        PREFIX
    )
    plans, payments = request.get("savingsPlanTypes"), request.get("savingsPlanPaymentOptions")
    services, products = request.get("serviceCodes"), request.get("products")
    rows: list[Json] = []
    if (not services or "AmazonEC2" in services) and (not products or "EC2" in products):
        for plan, years, payment in PARTS:
            if (not plans or plan in plans) and (not payments or payment in payments):
                rows += [row for name in regions for row in _rates(name, plan, years, payment) if _passes(row, filters)]
    question = {key: value for key, value in request.items() if key not in ("nextToken", "maxResults")}
    limit = request.get("maxResults") or 1000
    shown, token = page(rows, limit, request.get("nextToken") or None, question, _invalid)
    return {"searchResults": shown, "nextToken": token or ""}


def _invalid() -> Refusal:
    return Refusal("ValidationException", "nextToken is not valid")


@action("savingsplans", "DescribeSavingsPlans")
def owned(_region: Region, _request: Json) -> Json:
    return {"savingsPlans": []}

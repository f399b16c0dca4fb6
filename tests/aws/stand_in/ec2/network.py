"""Subnets and zones, which moto keeps."""

from __future__ import annotations

from moto.ec2.models import ec2_backends

from ..region import ACCOUNT, Subnet


def subnets(region: str) -> dict[str, Subnet]:
    """All subnets that moto has in a Region, by id."""
    return {
        subnet.id: Subnet(subnet.id, subnet.availability_zone, subnet.availability_zone_id)
        for zone in ec2_backends[ACCOUNT][region].subnets.values()
        for subnet in zone.values()
    }

"""botocore's models of the services, loaded once."""

from __future__ import annotations

from functools import cache
from threading import Lock

from moto.core.model import OperationModel, ServiceModel
from moto.core.utils import get_service_model

# Signing names that are not the name of botocore's model.
BY_SIGNING_NAME = {"monitoring": "cloudwatch", "servicequotas": "service-quotas"}

# Services whose requests are read and held against the model; others go to moto as they came.
MODELLED = (
    "ecs",
    "ec2",
    "autoscaling",
    "application-autoscaling",
    "cloudwatch",
    "pricing",
    "savingsplans",
    "service-quotas",
    "sts",
)

_loading = Lock()


@cache
def _load(service: str) -> ServiceModel:
    return get_service_model(service)


def service_model(service: str) -> ServiceModel:
    """The model of a service by botocore's name."""
    with _loading:
        return _load(service)


@cache
def operation_model(service: str, operation: str) -> OperationModel | None:
    """The model of one operation, or None where the service has none of that name."""
    model = service_model(service)
    if operation not in model.operation_names:
        return None
    return model.operation_model(operation)

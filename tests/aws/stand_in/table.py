"""Imports every module that registers actions."""

from .ec2 import figures, groups_api, instances, templates
from .ecs import clusters, container_instances, deployments, providers, services, task_definitions, tasks
from .metrics import api as metrics_api
from .money import price_list, quotas, savings_plans

__all__ = [
    "clusters",
    "container_instances",
    "deployments",
    "figures",
    "groups_api",
    "instances",
    "metrics_api",
    "price_list",
    "providers",
    "quotas",
    "savings_plans",
    "services",
    "task_definitions",
    "tasks",
    "templates",
]

"""ECS's token buckets, per account and Region: one bucket for all actions of a row, as its throttling table has them."""

from __future__ import annotations

import time
from collections.abc import Callable

# Row: burst, tokens a second, actions.
TABLE: dict[str, tuple[int, int, tuple[str, ...]]] = {
    "cluster modify": (
        20,
        1,
        ("CreateCluster", "DeleteCluster", "PutClusterCapacityProviders", "UpdateCluster", "UpdateClusterSettings"),
    ),
    "cluster read": (50, 20, ("DescribeClusters", "ListClusters")),
    "task definition read": (50, 20, ("DescribeTaskDefinition", "ListTaskDefinitions", "ListTaskDefinitionFamilies")),
    "task definition modify": (20, 1, ("RegisterTaskDefinition", "DeregisterTaskDefinition", "DeleteTaskDefinitions")),
    "capacity provider modify": (10, 1, ("CreateCapacityProvider", "UpdateCapacityProvider", "DeleteCapacityProvider")),
    "capacity provider read": (50, 20, ("DescribeCapacityProviders",)),
    "service modify": (50, 5, ("CreateService", "UpdateService", "DeleteService")),
    "service read": (100, 20, ("DescribeServices", "ListServices")),
    "service deployments": (50, 20, ("ListServiceDeployments", "DescribeServiceDeployments", "StopServiceDeployment")),
    "service revisions": (50, 20, ("DescribeServiceRevisions",)),
    "cluster resource read": (
        100,
        20,
        ("DescribeContainerInstances", "DescribeTasks", "ListTasks", "ListContainerInstances", "ListAttributes"),
    ),
    "cluster resource modify": (
        100,
        40,
        (
            "UpdateContainerInstancesState",
            "RunTask",
            "StopTask",
            "StartTask",
            "DeregisterContainerInstance",
            "PutAttributes",
        ),
    ),
    "account settings read": (50, 20, ("ListAccountSettings",)),
    "tags modify": (20, 10, ("TagResource", "UntagResource")),
    "tags read": (50, 20, ("ListTagsForResource",)),
}
ROW_OF = {action: row for row, (_, _, actions) in TABLE.items() for action in actions}


class Buckets:
    """Off until a factor is set: 1 is AWS's table, 0.1 a tenth of it. Time is real, not the stand-in's."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.factor: float | None = None
        self._tokens: dict[str, tuple[float, float]] = {}
        self.refused = 0

    def set(self, factor: float | None) -> None:
        """Fills every bucket, at this part of the table; None switches them off."""
        if factor is not None and factor <= 0:
            raise ValueError("a factor is above 0")
        self.factor = factor
        self._tokens.clear()
        self.refused = 0

    def allows(self, operation: str) -> bool:
        """Takes a token for an action of ECS, if there is one."""
        row = ROW_OF.get(operation)
        if self.factor is None or row is None:
            return True
        burst, rate, _ = TABLE[row]
        most = max(burst * self.factor, 1.0)
        now = self._clock()
        tokens, at = self._tokens.get(row, (most, now))
        tokens = min(most, tokens + (now - at) * rate * self.factor)
        allowed = tokens >= 1
        self._tokens[row] = (tokens - 1 if allowed else tokens, now)
        self.refused += int(not allowed)
        return allowed

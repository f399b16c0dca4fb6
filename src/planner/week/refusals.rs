//! What is not planned over a week: said, never ignored.

use crate::domain::cluster::Cluster;
use crate::domain::policy::{FargateUse, KeepInstances};
use crate::domain::service::Service;
use crate::planner::options::{DemandPattern, PlanOptions};

use super::elastic;

/// Settings that ask for something that a plan over a week does not do.
pub(super) fn refusals(cluster: &Cluster, options: &PlanOptions<'_>) -> Vec<&'static str> {
    let policy = &cluster.policy;
    let asked = [
        (policy.may_buy_burstable(), "burstable types"),
        (policy.keep_instances == KeepInstances::All, "keepInstances"),
        // Groups are designed for all hours together, Managed Instances packed for each apart: neither knows how many and which the other has.
        (
            policy.buys_managed_instances() && policy.min_instances > 0,
            "minInstances beside managedInstances",
        ),
        (
            policy.buys_managed_instances() && policy.max_instance_types.is_some(),
            "maxInstanceTypes beside managedInstances",
        ),
        (
            policy.spot_max_share_per_pool < rust_decimal::Decimal::ONE,
            "spotMaxSharePerPool",
        ),
        (
            cluster.services.iter().any(Service::is_external),
            "services of launch type EXTERNAL",
        ),
        (options.ideal, "--ideal"),
        (options.proof, "--proof"),
        (options.min_availability.is_some(), "--min-availability"),
        (options.moves.is_some(), "--max-moves and --moves"),
    ];
    let beside_moving = [
        (
            policy.survive_instance_loss || policy.survive_zone_loss,
            "surviveInstanceLoss and surviveZoneLoss beside --demand moving",
        ),
        (
            policy.keeps_room_for_rollouts(),
            "deploymentSurge true beside --demand moving",
        ),
        (
            !policy.deterministic_routing,
            "deterministicRouting false beside --demand moving",
        ),
        (
            policy.min_instances > 0 || policy.max_instance_types.is_some(),
            "minInstances and maxInstanceTypes beside --demand moving",
        ),
        (
            policy.buys_managed_instances(),
            "managedInstances beside --demand moving",
        ),
        (
            policy.fargate != FargateUse::Forbidden,
            "fargate beside --demand moving",
        ),
        (
            cluster.most_capacity_providers() < 2,
            "--demand moving with fewer than two capacity providers",
        ),
        (
            elastic::services(cluster).is_empty(),
            "--demand moving where no service has minCount or maxCount and the same number of tasks in every hour",
        ),
    ];
    let moves = options.demand == DemandPattern::Moving;
    (asked.into_iter())
        .chain(beside_moving.map(|(asked, name)| (asked && moves, name)))
        .filter(|(asked, _)| *asked)
        .map(|(_, name)| name)
        .collect()
}

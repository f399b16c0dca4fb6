//! What is not planned over a week: said, never ignored.

use crate::domain::cluster::Cluster;
use crate::domain::policy::KeepInstances;
use crate::domain::service::Service;
use crate::planner::options::{DemandPattern, PlanOptions};

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
        (options.demand == DemandPattern::Moving, "--demand moving"),
        (options.min_availability.is_some(), "--min-availability"),
        (options.moves.is_some(), "--max-moves and --moves"),
    ];
    (asked.into_iter())
        .filter(|(asked, _)| *asked)
        .map(|(_, name)| name)
        .collect()
}

//! `minInstances` and `maxInstances`: the number of instances in the cluster, and today's as they are.
//!
//! One limit and one floor over the bins of new instances, reduced by today's instances that stay; one limit for
//! each kind of today's instances. Instances registered from outside AWS are not counted: they cannot be bought.

use crate::domain::cluster::Cluster;
use crate::optimize::problem::BinLimit;
use crate::optimize::side_rows::BinFloor;

/// At most `maxInstances`, today's included, of which so many stay; `bins` are those of new instances.
pub fn limit(cluster: &Cluster, kept: u64, bins: Vec<usize>) -> BinLimit {
    BinLimit {
        bins,
        upper: cluster.policy.max_instances.saturating_sub(kept),
    }
}

/// At least `minInstances`, where today's that stay do not suffice and any can be bought.
pub fn floor(cluster: &Cluster, kept: u64, bins: Vec<usize>) -> Option<BinFloor> {
    let lower = cluster.policy.min_instances.saturating_sub(kept);
    (lower > 0 && !bins.is_empty()).then_some(BinFloor { bins, lower })
}

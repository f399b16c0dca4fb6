//! `minInstances` and `maxInstances`: the number of instances in the cluster, and today's as they are.
//!
//! One limit and one floor over the bins of new instances, reduced by today's instances that stay; one limit for
//! each kind of today's instances. Instances registered from outside AWS are not counted: they cannot be bought.

use crate::domain::cluster::Cluster;
use crate::formulate::offering::Offering;
use crate::optimize::problem::BinLimit;
use crate::optimize::side_rows::BinFloor;

/// Today's instances that stay and count.
fn kept(offerings: &[Offering]) -> u64 {
    (offerings
        .iter()
        .filter(|offering| !offering.purchase_option.is_external()))
    .filter_map(|offering| offering.existing.as_ref())
    .map(|existing| existing.count)
    .sum()
}

/// At most `maxInstances`, today's included; `bins` are those of new instances.
pub fn limit(cluster: &Cluster, offerings: &[Offering], bins: Vec<usize>) -> BinLimit {
    BinLimit {
        bins,
        upper: cluster.policy.max_instances.saturating_sub(kept(offerings)),
    }
}

/// At least `minInstances`, where today's do not suffice and any can be bought.
pub fn floor(cluster: &Cluster, offerings: &[Offering], bins: Vec<usize>) -> Option<BinFloor> {
    let lower = cluster.policy.min_instances.saturating_sub(kept(offerings));
    (lower > 0 && !bins.is_empty()).then_some(BinFloor { bins, lower })
}

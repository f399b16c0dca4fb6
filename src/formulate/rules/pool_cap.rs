//! `spotMaxSharePerPool`: at most so large a share of the cluster's tasks in one Spot pool.
//!
//! A pool is an instance type in a zone, whichever Auto Scaling group its instances belong to. Each pool is one
//! limit on copies over all items and the pool's bins, where it can bind at all.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::domain::cluster::Cluster;

use crate::formulate::offering::Offering;

/// Most tasks in one pool out of `tasks` in the cluster.
pub fn most_tasks(cluster: &Cluster, tasks: u64) -> u64 {
    let most = cluster.policy.spot_max_share_per_pool * Decimal::from(tasks);
    u64::try_from(most.floor()).unwrap_or(u64::MAX)
}

/// The bins of each pool: positions in `offerings` by type and zone.
pub fn pools<'a>(
    offerings: impl Iterator<Item = (usize, &'a Offering)>,
) -> BTreeMap<(&'a str, Option<&'a str>), Vec<usize>> {
    let mut pools: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for (bin, offering) in offerings {
        if offering.purchase_option.may_be_reclaimed() {
            let zone = offering.availability_zone.as_deref();
            pools
                .entry((offering.instance_type.as_str(), zone))
                .or_default()
                .push(bin);
        }
    }
    pools
}

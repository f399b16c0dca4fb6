//! `spotMaxSharePerPool`: at most so large a share of the cluster's tasks in one Spot pool.
//!
//! A pool is an instance type in a zone, whichever Auto Scaling group its instances belong to. Each pool is one
//! limit on copies over all items and the pool's bins, where it can bind at all.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::domain::cluster::Cluster;

/// Most tasks in one pool out of `tasks` in the cluster.
pub fn most_tasks(cluster: &Cluster, tasks: u64) -> u64 {
    let most = cluster.policy.spot_max_share_per_pool * Decimal::from(tasks);
    u64::try_from(most.floor()).unwrap_or(u64::MAX)
}

/// The Spot bins of each pool, out of bins with their type and zone.
pub fn pools<'a>(
    spot: impl Iterator<Item = (usize, (&'a str, Option<&'a str>))>,
) -> BTreeMap<(&'a str, Option<&'a str>), Vec<usize>> {
    let mut pools: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for (bin, pool) in spot {
        pools.entry(pool).or_default().push(bin);
    }
    pools
}

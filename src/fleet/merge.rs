//! Which clusters could be one: those of one VPC that are planned by the same rules.
//!
//! A subnet is of one VPC, so two clusters that name the same subnet, or the same VPC, are of one.

use std::collections::BTreeSet;

use crate::domain::cluster::{Cluster, Zone};
use crate::domain::money::UsdPerHour;
use crate::domain::policy::{KeepInstances, Policy};

use super::manifest::Unit;

/// Flags that belong to one cluster alone.
const OF_ONE: [&str; 5] = [
    "--warm-start",
    "--max-moves",
    "--moves",
    "--today-usd-per-month",
    "--keep-instances",
];

/// What decides whether a cluster can be put together with another.
#[derive(Debug, Clone)]
pub struct Mergeable {
    /// Place of the unit in its manifest.
    pub at: usize,
    /// The unit.
    pub unit: Unit,
    /// Subnets and VPCs that it names.
    pub network: BTreeSet<String>,
    /// What its plan costs above its bound; all of it where it has none.
    pub above_bound: UsdPerHour,
    pub(super) region: String,
    pub(super) zones: Vec<Zone>,
    pub(super) policy: Policy,
    /// Why it cannot be put together with any; none where it can.
    pub(super) why_not: Option<&'static str>,
}

impl Mergeable {
    /// Of a unit with a plan for every task, and its cluster.
    #[must_use]
    pub fn new(
        (at, unit): (usize, &Unit),
        cluster: &Cluster,
        network: BTreeSet<String>,
        above_bound: UsdPerHour,
    ) -> Self {
        let mut zones = cluster.zones.clone();
        zones.sort_by(|a, b| a.label().cmp(b.label()));
        Self {
            at,
            unit: unit.clone(),
            network,
            above_bound,
            region: cluster.region.clone(),
            zones,
            policy: cluster.policy.clone(),
            why_not: why_not(unit, cluster),
        }
    }
}

fn why_not(unit: &Unit, cluster: &Cluster) -> Option<&'static str> {
    let is_of_one = |word: &String| {
        let name = word.split_once('=').map_or(word.as_str(), |(name, _)| name);
        OF_ONE.contains(&name)
    };
    if cluster.is_kubernetes() {
        Some("it is of Kubernetes")
    } else if cluster.policy.keep_instances != KeepInstances::None {
        Some("its instances are kept")
    } else if !cluster.deployed.left_out.is_empty() {
        Some("it has services that cannot be planned")
    } else if unit.args.words.iter().any(is_of_one) {
        Some("its flags are of one cluster alone")
    } else {
        None
    }
}

/// Why two clusters of one VPC stay apart; none where they could be one.
#[must_use]
pub fn why_apart(first: &Mergeable, second: &Mergeable) -> Option<&'static str> {
    if let Some(why) = first.why_not.or(second.why_not) {
        return Some(why);
    }
    if first.region != second.region {
        Some("their Regions differ")
    } else if first.zones != second.zones {
        Some("their zones differ")
    } else if first.policy != second.policy {
        Some("their policies differ")
    } else if first.unit.args != second.unit.args {
        Some("they are planned by different commands or flags")
    } else {
        None
    }
}

/// The id of the unit that puts two together.
#[must_use]
pub fn id_of(first: &str, second: &str) -> String {
    format!("{first} + {second}")
}

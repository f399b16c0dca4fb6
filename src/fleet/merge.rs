//! Which clusters could be one: those of one VPC that are planned by the same rules.
//!
//! A subnet is of one VPC, so two clusters that name the same subnet, or the same VPC, are of one. Pairs are taken in the order of what
//! their plans cost above their bounds: of that alone a merge can save without a better plan of either.

use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap};

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
    region: String,
    zones: Vec<Zone>,
    policy: Policy,
    /// Why it cannot be put together with any; none where it can.
    why_not: Option<&'static str>,
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

/// Pairs of clusters, by their places in `clusters`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pairs {
    /// Those that could be one, the most above its bounds first; no more than were asked for.
    pub pairs: Vec<(usize, usize)>,
    /// How many there are.
    pub found: u64,
    /// Pairs that are of one VPC and stay apart, by reason.
    pub apart: BTreeMap<&'static str, u64>,
}

/// The best pairs of one VPC. Ten thousand clusters of one subnet are fifty million pairs, so only the best are held, and clusters that are
/// planned by the same rules are compared as classes.
#[must_use]
pub fn pairs_of_one_vpc(clusters: &[Mergeable], most: usize) -> Pairs {
    let mut of_id: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (place, cluster) in clusters.iter().enumerate() {
        for id in &cluster.network {
            of_id.entry(id).or_default().push(place);
        }
    }
    // Numbers in the order of the ids, for each cluster in falling order.
    let mut networks: Vec<Vec<usize>> = vec![Vec::new(); clusters.len()];
    for (number, places) in of_id.values().enumerate().rev() {
        for &place in places {
            networks[place].push(number);
        }
    }
    let classes = classes(clusters);
    let mut reasons: HashMap<(usize, usize), Option<&'static str>> = HashMap::new();
    let mut best: BinaryHeap<Reverse<Ranked>> = BinaryHeap::new();
    let mut found = Pairs::default();
    for (number, places) in of_id.values().enumerate() {
        for (nth, &first) in places.iter().enumerate() {
            for &second in &places[nth + 1..] {
                // A pair that has several ids in common is met at the first of them.
                if first_common(&networks[first], &networks[second]) != Some(number) {
                    continue;
                }
                let why = *reasons
                    .entry((classes[first], classes[second]))
                    .or_insert_with(|| why_apart(&clusters[first], &clusters[second]));
                if let Some(why) = why {
                    *found.apart.entry(why).or_default() += 1;
                    continue;
                }
                found.found += 1;
                let above = clusters[first].above_bound + clusters[second].above_bound;
                best.push(Reverse((above, Reverse((first, second)))));
                if best.len() > most {
                    best.pop();
                }
            }
        }
    }
    let ranked = best.into_sorted_vec().into_iter();
    found.pairs = ranked.map(|Reverse((_, Reverse(pair)))| pair).collect();
    found
}

/// A pair by what it costs above its bounds; of two that are alike the first is the better.
type Ranked = (UsdPerHour, Reverse<(usize, usize)>);

/// Clusters of the same class have the same reasons to stay apart from others.
fn classes(clusters: &[Mergeable]) -> Vec<usize> {
    let mut of_class: Vec<&Mergeable> = Vec::new();
    let is_same = |a: &Mergeable, b: &Mergeable| {
        a.why_not == b.why_not
            && a.region == b.region
            && a.zones == b.zones
            && a.policy == b.policy
            && a.unit.args == b.unit.args
    };
    (clusters.iter())
        .map(|cluster| {
            let known = of_class.iter().position(|of| is_same(of, cluster));
            known.unwrap_or_else(|| {
                of_class.push(cluster);
                of_class.len() - 1
            })
        })
        .collect()
}

/// The smallest number that is in both lists, which stand in falling order.
fn first_common(one: &[usize], other: &[usize]) -> Option<usize> {
    let (mut one, mut other) = (one.iter().rev().peekable(), other.iter().rev().peekable());
    loop {
        let (a, b) = (*one.peek()?, *other.peek()?);
        match a.cmp(b) {
            Ordering::Less => one.next(),
            Ordering::Greater => other.next(),
            Ordering::Equal => return Some(*a),
        };
    }
}

/// The id of the unit that puts two together.
#[must_use]
pub fn id_of(first: &str, second: &str) -> String {
    format!("{first} + {second}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::UnitArgs;
    use proptest::prelude::*;

    fn cluster(at: usize, ids: &BTreeSet<u8>, above: i64, region: u8) -> Mergeable {
        let unit = Unit {
            id: at.to_string(),
            input: String::new(),
            sha256: None,
            named: false,
            args: UnitArgs::default(),
            weight: 1,
            of: None,
        };
        Mergeable {
            at,
            unit,
            network: ids.iter().map(|id| format!("subnet-{id}")).collect(),
            above_bound: serde_json::from_str(&above.to_string()).expect("an amount"),
            region: region.to_string(),
            zones: Vec::new(),
            policy: Policy::default(),
            why_not: (above == 0).then_some("it is of Kubernetes"),
        }
    }

    proptest! {
        /// The best of all pairs that share an id, looked at one by one.
        #[test]
        fn the_best_pairs_are_those_of_all(
            all in prop::collection::vec((prop::collection::btree_set(0_u8..4, 0..3), 0_i64..5, 0_u8..2), 0..12),
            most in 0_usize..9,
        ) {
            let clusters: Vec<Mergeable> = (all.iter().enumerate())
                .map(|(at, (ids, above, region))| cluster(at, ids, *above, *region))
                .collect();
            let mut pairs = Vec::new();
            let mut apart: BTreeMap<&str, u64> = BTreeMap::new();
            for first in 0..clusters.len() {
                for second in first + 1..clusters.len() {
                    let (a, b) = (&clusters[first], &clusters[second]);
                    if a.network.is_disjoint(&b.network) {
                        continue;
                    }
                    match why_apart(a, b) {
                        None => pairs.push((Reverse(a.above_bound + b.above_bound), first, second)),
                        Some(why) => *apart.entry(why).or_default() += 1,
                    }
                }
            }
            pairs.sort();
            let found = pairs_of_one_vpc(&clusters, most);
            prop_assert_eq!(found.found, pairs.len() as u64);
            prop_assert_eq!(found.apart, apart);
            let best: Vec<_> = pairs.into_iter().take(most).map(|(_, a, b)| (a, b)).collect();
            prop_assert_eq!(found.pairs, best);
        }
    }
}

//! The best pairs of clusters of one VPC, in the order of what their plans cost above their bounds: of that alone a merge can save without
//! a better plan of either.
//!
//! Ten thousand clusters of one VPC are fifty million pairs. Clusters that share the same subnets and VPCs with others and are planned by
//! the same rules are one group: its pairs with another are counted by multiplication, and looked at, the best first, only as long as they
//! are among the best of all.

use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, BinaryHeap, HashMap};

use crate::domain::money::UsdPerHour;

use super::merge::{Mergeable, why_apart};

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

/// The best pairs of one VPC.
#[must_use]
pub fn pairs_of_one_vpc(clusters: &[Mergeable], most: usize) -> Pairs {
    let groups = groups(clusters);
    let mut of_id: BTreeMap<usize, Vec<&Group>> = BTreeMap::new();
    for group in &groups {
        for &number in &group.network {
            of_id.entry(number).or_default().push(group);
        }
    }
    let mut search = Search {
        clusters,
        reasons: HashMap::new(),
        best: Best::of(most),
        found: Pairs::default(),
    };
    for group in &groups {
        search.within(group);
    }
    for (number, groups) in of_id {
        for (nth, first) in groups.iter().enumerate() {
            for second in &groups[nth + 1..] {
                // Groups that have several ids in common are met at the first of them.
                if first_common(&first.network, &second.network) == Some(number) {
                    search.across(first, second);
                }
            }
        }
    }
    search.found.pairs = search.best.into_pairs();
    search.found
}

/// Clusters that share the same ids with others and are planned by the same rules.
struct Group {
    /// Numbers of the ids, rising.
    network: Vec<usize>,
    class: usize,
    /// Places of the clusters, the most above its bound first.
    members: Vec<usize>,
}

/// Every cluster that shares an id with another.
fn groups(clusters: &[Mergeable]) -> Vec<Group> {
    let mut of_id: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (place, cluster) in clusters.iter().enumerate() {
        for id in &cluster.network {
            of_id.entry(id).or_default().push(place);
        }
    }
    let mut networks: Vec<Vec<usize>> = vec![Vec::new(); clusters.len()];
    let shared = of_id.values().filter(|places| places.len() > 1);
    for (number, places) in shared.enumerate() {
        for &place in places {
            networks[place].push(number);
        }
    }
    let mut members: BTreeMap<(Vec<usize>, usize), Vec<usize>> = BTreeMap::new();
    let classes = classes(clusters);
    for (place, (network, class)) in networks.into_iter().zip(classes).enumerate() {
        if !network.is_empty() {
            members.entry((network, class)).or_default().push(place);
        }
    }
    (members.into_iter())
        .map(|((network, class), mut members)| {
            members.sort_by_key(|&place| (Reverse(clusters[place].above_bound), place));
            Group {
                network,
                class,
                members,
            }
        })
        .collect()
}

/// Clusters of the same class have the same reasons to stay apart from others.
fn classes(clusters: &[Mergeable]) -> Vec<usize> {
    // Flags may be a cluster's own: only those of one Region and the same flags are compared one by one.
    let mut alike: HashMap<_, Vec<(usize, &Mergeable)>> = HashMap::new();
    let mut count = 0;
    let is_same = |a: &Mergeable, b: &Mergeable| {
        a.why_not == b.why_not && a.zones == b.zones && a.policy == b.policy
    };
    (clusters.iter())
        .map(|cluster| {
            let known = alike.entry((&cluster.region, &cluster.unit.args));
            let known = known.or_default();
            let found = known.iter().find(|(_, of)| is_same(of, cluster));
            if let Some((class, _)) = found {
                return *class;
            }
            known.push((count, cluster));
            count += 1;
            count - 1
        })
        .collect()
}

/// A pair by what it costs above its bounds; of two that are alike the first is the better.
type Ranked = (UsdPerHour, Reverse<(usize, usize)>);

/// The best pairs so far.
struct Best {
    most: usize,
    heap: BinaryHeap<Reverse<Ranked>>,
}

impl Best {
    fn of(most: usize) -> Self {
        Self {
            most,
            heap: BinaryHeap::new(),
        }
    }

    /// Takes a pair that is among the best; whether it is.
    fn takes(&mut self, pair: Ranked) -> bool {
        if self.heap.len() >= self.most {
            if (self.heap.peek()).is_none_or(|Reverse(last)| pair <= *last) {
                return false;
            }
            self.heap.pop();
        }
        self.heap.push(Reverse(pair));
        true
    }

    fn into_pairs(self) -> Vec<(usize, usize)> {
        let ranked = self.heap.into_sorted_vec().into_iter();
        ranked.map(|Reverse((_, Reverse(pair)))| pair).collect()
    }
}

struct Search<'a> {
    clusters: &'a [Mergeable],
    reasons: HashMap<(usize, usize), Option<&'static str>>,
    best: Best,
    found: Pairs,
}

impl Search<'_> {
    fn within(&mut self, group: &Group) {
        let members = &group.members;
        let count = members.len() as u64;
        if count > 1 && self.may_be_one((group, group), count * (count - 1) / 2) {
            self.look(members, |nth| &members[nth + 1..]);
        }
    }

    fn across(&mut self, first: &Group, second: &Group) {
        let count = first.members.len() as u64 * second.members.len() as u64;
        if self.may_be_one((first, second), count) {
            self.look(&first.members, |_| &second.members);
        }
    }

    /// Whether clusters of two groups could be one; so many pairs are counted as such, or by the reason why not.
    fn may_be_one(&mut self, (first, second): (&Group, &Group), count: u64) -> bool {
        let clusters = self.clusters;
        let why = *(self.reasons.entry((first.class, second.class))).or_insert_with(|| {
            why_apart(&clusters[first.members[0]], &clusters[second.members[0]])
        });
        match why {
            Some(why) => *self.found.apart.entry(why).or_default() += count,
            None => self.found.found += count,
        }
        why.is_none()
    }

    /// Looks at pairs in falling order, of each cluster and from cluster to cluster: after one that is not among the best none is.
    fn look<'m>(&mut self, members: &[usize], others: impl Fn(usize) -> &'m [usize]) {
        for (nth, &one) in members.iter().enumerate() {
            let taken = (others(nth).iter()).take_while(|&&other| {
                let above = self.clusters[one].above_bound + self.clusters[other].above_bound;
                let pair = (one.min(other), one.max(other));
                self.best.takes((above, Reverse(pair)))
            });
            if taken.count() == 0 {
                return;
            }
        }
    }
}

/// The smallest number that is in both lists, which rise.
fn first_common(one: &[usize], other: &[usize]) -> Option<usize> {
    let (mut one, mut other) = (one.iter().peekable(), other.iter().peekable());
    loop {
        let (a, b) = (*one.peek()?, *other.peek()?);
        match a.cmp(b) {
            Ordering::Less => one.next(),
            Ordering::Greater => other.next(),
            Ordering::Equal => return Some(*a),
        };
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::domain::policy::Policy;
    use crate::fleet::{Unit, UnitArgs};
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
            all in prop::collection::vec((prop::collection::btree_set(0_u8..4, 0..3), 0_i64..5, 0_u8..2), 0..24),
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

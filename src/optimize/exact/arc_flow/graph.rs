//! The compressed arc-flow graph of one bin type.
//!
//! A path from source to sink is a pattern: arcs are copies of items, or nothing. States `(x, i, c)` are built
//! depth first: load `x`, item `i`, `c` copies of it taken. The load is *lifted* to the largest from which the
//! remaining items can do no more, so that states which differ by loads nobody can use are one; a node is then
//! labelled with the largest load from which all its paths still fit, and equal labels are one node.
//! Reference: F. Brandão & J. P. Pedroso, Bin packing and related problems: general arc-flow formulation with graph
//! compression, Computers & Operations Research 69, 2016, doi:10.1016/j.cor.2015.11.009.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::optimize::problem::Problem;

/// A load in every dimension.
type Load = Vec<u64>;

/// An arc between nodes; `None` takes nothing.
pub type Arc = (usize, usize, Option<usize>);

/// A graph.
#[derive(Debug)]
pub struct Graph {
    /// Number of nodes; the sink is the last.
    pub nodes: usize,
    /// Where paths begin.
    pub source: usize,
    /// Arcs, ascending.
    pub arcs: Vec<Arc>,
}

/// Capacities up to here have their reachable loads listed one by one.
const MOST_LISTED: u64 = 20_000;
/// States for each arc that is allowed.
const STATES_PER_ARC: usize = 8;
/// Deepest recursion: items and copies.
const DEEPEST: u64 = 3_000;

struct Builder<'a> {
    capacity: &'a [u64],
    /// Items in the order of the graph, with the copies that one bin can hold.
    items: &'a [(usize, u64)],
    problem: &'a Problem,
    /// Largest sum of remaining sizes up to each room, by dimension and item; `None` where it is not listed.
    reach: Vec<Vec<Option<Vec<u64>>>>,
    /// Sum of all remaining sizes, by item and dimension.
    total: Vec<Load>,
    states: HashMap<(Load, usize, u64), Load>,
    arcs: BTreeSet<(Load, Load, Option<usize>)>,
    most_arcs: usize,
}

/// The graph of a bin type; `None` where it has more arcs, or takes more states, than is worth it.
pub fn graph(problem: &Problem, bin: usize, most_arcs: usize) -> Option<Graph> {
    let capacity = &problem.bins()[bin].capacity;
    let mut items: Vec<(usize, u64)> = (0..problem.items().len())
        .map(|item| {
            (
                item,
                problem
                    .most_copies(bin, item)
                    .min(problem.items()[item].demand),
            )
        })
        .filter(|&(_, copies)| copies > 0)
        .collect();
    let share = |item: usize| -> f64 {
        let sizes = problem.items()[item].size.iter().zip(capacity);
        sizes
            .map(|(&size, &capacity)| size as f64 / capacity.max(1) as f64)
            .sum()
    };
    items.sort_by(|a, b| share(b.0).total_cmp(&share(a.0)).then(a.0.cmp(&b.0)));
    let depth: u64 = items.iter().map(|&(_, copies)| 1 + copies).sum();
    if items.is_empty() || depth > DEEPEST {
        return None;
    }
    let mut builder = Builder {
        capacity,
        items: &items,
        problem,
        reach: Vec::new(),
        total: Vec::new(),
        states: HashMap::new(),
        arcs: BTreeSet::new(),
        most_arcs,
    };
    builder.prepare();
    let source = builder.build(vec![0; capacity.len()], 0, 0)?;
    Some(builder.finish(&source))
}

impl Builder<'_> {
    fn size(&self, place: usize) -> &[u64] {
        &self.problem.items()[self.items[place].0].size
    }

    /// What the items from each place on can fill.
    fn prepare(&mut self) {
        let count = self.items.len();
        let dimensions = self.capacity.len();
        self.total = vec![vec![0; dimensions]; count + 1];
        for place in (0..count).rev() {
            let copies = self.items[place].1;
            for d in 0..dimensions {
                let more = self.size(place)[d].saturating_mul(copies);
                self.total[place][d] = self.total[place + 1][d].saturating_add(more);
            }
        }
        self.reach = (0..dimensions).map(|d| self.reachable(d)).collect();
    }

    /// By place, the largest sum that the items from there on have within each room.
    fn reachable(&self, d: usize) -> Vec<Option<Vec<u64>>> {
        let capacity = self.capacity[d];
        if capacity > MOST_LISTED || capacity * self.items.len() as u64 > 40_000_000 {
            return vec![None; self.items.len() + 1];
        }
        #[allow(clippy::cast_possible_truncation, reason = "at most MOST_LISTED")]
        let length = capacity as usize + 1;
        let mut sums = vec![false; length];
        sums[0] = true;
        let largest = |sums: &[bool]| -> Vec<u64> {
            let mut best = 0;
            (sums.iter().enumerate())
                .map(|(sum, &is_reached)| {
                    if is_reached {
                        best = sum as u64;
                    }
                    best
                })
                .collect()
        };
        let mut lists = vec![Some(largest(&sums))];
        for place in (0..self.items.len()).rev() {
            #[allow(clippy::cast_possible_truncation, reason = "the item fits the bin")]
            let size = self.size(place)[d] as usize;
            if size > 0 {
                for _ in 0..self.items[place].1.min(length as u64 / size as u64) {
                    for sum in (size..length).rev() {
                        sums[sum] |= sums[sum - size];
                    }
                }
            }
            lists.push(Some(largest(&sums)));
        }
        lists.reverse();
        lists
    }

    fn lifted(&self, load: &mut Load, place: usize) {
        for (d, x) in load.iter_mut().enumerate() {
            let room = self.capacity[d] - *x;
            #[allow(clippy::cast_possible_truncation, reason = "at most MOST_LISTED")]
            let fill = match &self.reach[d][place] {
                Some(list) => list[room as usize],
                None => room.min(self.total[place][d]),
            };
            *x = self.capacity[d] - fill;
        }
    }

    /// The label of a state's node; `None` where the graph grows too large.
    fn build(&mut self, mut load: Load, place: usize, taken: u64) -> Option<Load> {
        self.lifted(&mut load, place);
        if let Some(label) = self.states.get(&(load.clone(), place, taken)) {
            return Some(label.clone());
        }
        if self.states.len() >= self.most_arcs * STATES_PER_ARC || self.arcs.len() > self.most_arcs
        {
            return None;
        }
        let mut label = self.capacity.to_vec();
        if place < self.items.len() {
            let without = self.build(load.clone(), place + 1, 0)?;
            label.clone_from(&without);
            let (item, copies) = self.items[place];
            let next: Load = load
                .iter()
                .zip(self.size(place))
                .map(|(x, w)| x + w)
                .collect();
            let fits = next
                .iter()
                .zip(self.capacity)
                .all(|(x, capacity)| x <= capacity);
            if taken < copies && fits {
                let with = self.build(next, place, taken + 1)?;
                let size = self.problem.items()[item].size.clone();
                for ((x, y), w) in label.iter_mut().zip(&with).zip(&size) {
                    *x = (*x).min(y - w);
                }
                self.arcs.insert((label.clone(), with, Some(item)));
            }
            if label != without {
                self.arcs.insert((label.clone(), without, None));
            }
        }
        self.states.insert((load, place, taken), label.clone());
        Some(label)
    }

    fn finish(self, source: &Load) -> Graph {
        let mut labels: BTreeMap<&Load, usize> = BTreeMap::new();
        for (from, to, _) in &self.arcs {
            labels.insert(from, 0);
            labels.insert(to, 0);
        }
        labels.insert(source, 0);
        for (index, number) in labels.values_mut().enumerate() {
            *number = index;
        }
        let sink = labels.len();
        let mut arcs: Vec<Arc> = (self.arcs.iter())
            .map(|(from, to, item)| (labels[from], labels[to], *item))
            .collect();
        arcs.extend((0..sink).map(|node| (node, sink, None)));
        Graph {
            nodes: sink + 1,
            source: labels[source],
            arcs,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimize::problem::{BinType, ItemType};
    use proptest::prelude::*;

    /// The best value of a path, for profits of the items.
    fn longest(graph: &Graph, profits: &[u64]) -> u64 {
        let mut best: Vec<Option<u64>> = vec![None; graph.nodes];
        best[graph.source] = Some(0);
        // Labels ascend along arcs, and so do the numbers of nodes.
        for node in 0..graph.nodes {
            let Some(value) = best[node] else { continue };
            for &(_, to, item) in graph.arcs.iter().filter(|arc| arc.0 == node) {
                let with = value + item.map_or(0, |item| profits[item]);
                best[to] = best[to].max(Some(with));
            }
        }
        best[graph.nodes - 1].expect("a path to the sink")
    }

    proptest! {
        /// With every copy wanted, the longest path is the best unbounded filling.
        #[test]
        fn paths_are_the_fillings_of_the_bin(
            sizes in prop::collection::vec((1u64..9, 0u64..9, 1u64..20), 1..5),
            capacity in (5u64..20, 5u64..20),
        ) {
            let items = (sizes.iter())
                .map(|&(a, b, _)| ItemType { size: vec![a, b], demand: 30, max_per_bin: None })
                .collect();
            let bin = BinType {
                capacity: vec![capacity.0, capacity.1],
                cost: 1,
                admits: None,
                requires: None,
            };
            let problem = Problem::try_new(2, vec![bin], items, vec![]).expect("valid");
            let profits: Vec<u64> = sizes.iter().map(|size| size.2).collect();
            let mut table = vec![vec![0_u64; 21]; 21];
            for x in 0..=capacity.0 {
                for y in 0..=capacity.1 {
                    #[allow(clippy::cast_possible_truncation)]
                    let (p, q) = (x as usize, y as usize);
                    for &(a, b, profit) in &sizes {
                        if a <= x && b <= y {
                            #[allow(clippy::cast_possible_truncation)]
                            let with = table[p - a as usize][q - b as usize] + profit;
                            table[p][q] = table[p][q].max(with);
                        }
                    }
                }
            }
            #[allow(clippy::cast_possible_truncation)]
            let best = table[capacity.0 as usize][capacity.1 as usize];
            match graph(&problem, 0, 10_000) {
                Some(graph) => prop_assert_eq!(longest(&graph, &profits), best),
                None => prop_assert!(sizes.iter().all(|&(a, b, _)| a > capacity.0 || b > capacity.1)),
            }
        }
    }
}

//! The problem of a branch: copies that go together are one item, others are kept apart.
//!
//! Units are single copies of items. A branch is a list of decisions on pairs of units (Ryan & Foster 1981): both
//! in one bin, or never in the same. Together: the pair becomes one item of their sizes' sum. Apart: the pricing
//! search never puts both into a pattern.

use crate::optimize::pricing::walk::Conflicts;
use crate::optimize::problem::{ItemType, Problem};

/// A decision on two units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// The two units, the smaller first.
    pub pair: (usize, usize),
    /// One bin for both, or never.
    pub together: bool,
}

/// A column over units: its bin type and the units, ascending.
pub type UnitColumn = (usize, Vec<usize>);

/// The problem that a list of decisions leaves.
#[derive(Debug)]
pub struct Contracted {
    /// Items are groups of units that go together, each with demand 1.
    pub problem: Problem,
    /// Units of each item, ascending.
    pub members: Vec<Vec<usize>>,
    /// Item of each unit.
    of_unit: Vec<usize>,
    /// Items that are kept apart.
    pub conflicts: Conflicts,
}

impl Contracted {
    /// Contracts; `None` where the decisions contradict each other. `sizes` are those of the units.
    pub fn new(problem: &Problem, sizes: &[Vec<u64>], decisions: &[Decision]) -> Option<Self> {
        let mut root: Vec<usize> = (0..sizes.len()).collect();
        for decision in decisions.iter().filter(|decision| decision.together) {
            let (a, b) = (find(&root, decision.pair.0), find(&root, decision.pair.1));
            root[a.max(b)] = a.min(b);
        }
        let mut of_unit = vec![usize::MAX; sizes.len()];
        let mut members: Vec<Vec<usize>> = Vec::new();
        for unit in 0..sizes.len() {
            let first = find(&root, unit);
            if first == unit {
                of_unit[unit] = members.len();
                members.push(vec![unit]);
            } else {
                of_unit[unit] = of_unit[first];
                members[of_unit[first]].push(unit);
            }
        }
        let mut conflicts = Conflicts::new(members.len());
        for decision in decisions.iter().filter(|decision| !decision.together) {
            let (a, b) = (of_unit[decision.pair.0], of_unit[decision.pair.1]);
            if a == b {
                return None;
            }
            conflicts.add(a, b);
        }
        let items = (members.iter())
            .map(|units| ItemType {
                size: (0..problem.dimensions())
                    .map(|d| units.iter().map(|&unit| sizes[unit][d]).sum())
                    .collect(),
                demand: 1,
                max_per_bin: None,
            })
            .collect();
        let contracted = Problem::try_new(
            problem.dimensions(),
            problem.bins().to_vec(),
            items,
            problem.limits().to_vec(),
        );
        Some(Self {
            problem: contracted.ok()?,
            members,
            of_unit,
            conflicts,
        })
    }

    /// A column over units as items of this problem; `None` where the decisions forbid it.
    pub fn translate(&self, units: &[usize]) -> Option<Vec<(usize, u64)>> {
        let mut items: Vec<usize> = units.iter().map(|&unit| self.of_unit[unit]).collect();
        items.sort_unstable();
        items.dedup();
        let whole: usize = items.iter().map(|&item| self.members[item].len()).sum();
        let apart = (items.iter().enumerate())
            .any(|(place, &a)| items[place + 1..].iter().any(|&b| self.conflicts.has(a, b)));
        (whole == units.len() && !apart).then(|| items.into_iter().map(|item| (item, 1)).collect())
    }

    /// The units of a content of this problem, ascending.
    pub fn units(&self, content: &[(usize, u64)]) -> Vec<usize> {
        let mut units: Vec<usize> = (content.iter())
            .flat_map(|&(item, _)| self.members[item].iter().copied())
            .collect();
        units.sort_unstable();
        units
    }
}

fn find(root: &[usize], mut unit: usize) -> usize {
    while root[unit] != unit {
        unit = root[unit];
    }
    unit
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimize::problem::BinType;

    #[test]
    fn decisions_merge_and_keep_apart() {
        let bin = BinType {
            capacity: vec![10],
            cost: 1,
            admits: None,
            requires: None,
        };
        let problem = Problem::try_new(1, vec![bin], vec![], vec![]).expect("valid");
        let sizes: Vec<Vec<u64>> = (1..=4).map(|size| vec![size]).collect();
        let together = |a, b| Decision {
            pair: (a, b),
            together: true,
        };
        let apart = |a, b| Decision {
            pair: (a, b),
            together: false,
        };
        let branch = [together(1, 3), apart(0, 3)];
        let contracted = Contracted::new(&problem, &sizes, &branch).expect("consistent");
        assert_eq!(contracted.members, [vec![0], vec![1, 3], vec![2]]);
        assert_eq!(contracted.problem.items()[1].size, [6]);
        assert_eq!(contracted.translate(&[1, 2, 3]), Some(vec![(1, 1), (2, 1)]));
        assert_eq!(contracted.translate(&[1, 2]), None);
        assert_eq!(contracted.translate(&[0, 1, 3]), None);
        let contradiction = [together(0, 1), together(1, 2), apart(0, 2)];
        assert!(Contracted::new(&problem, &sizes, &contradiction).is_none());
    }
}

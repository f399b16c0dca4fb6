//! Groups of kinds of few classes.
//!
//! Groups are searched among all kinds first. Where these are of too many classes, the classes with which the same groups cost least
//! are chosen, one after the other and then changed one at a time (the k-median problem's greedy and interchange heuristics: Teitz and
//! Bart, Operations Research 16, 1968), and the groups are searched again among their kinds; those may call for other classes.

use std::collections::{BTreeMap, BTreeSet};

use super::Group;
use super::outside::cost;
use super::search::Search;
use crate::optimize::stop::Stop;

/// Rounds of choosing classes and searching.
const ROUNDS: u64 = 3;
/// A group that has none of the chosen kinds.
const NONE: i128 = i128::MAX >> 20;

impl Search<'_> {
    /// The cheapest groups found within the limit on classes.
    pub(super) fn of_few_classes(&mut self, limit: u64, stop: &dyn Stop) -> Option<Vec<Group>> {
        let Some(most) = self.problem.few.most_classes else {
            return self.found(limit, stop);
        };
        let all = self.kinds.clone();
        let mut groups = self.found(limit / (ROUNDS + 1), stop)?;
        if self.classes(&groups).len() <= most {
            return Some(self.shaken(groups, limit, stop));
        }
        let mut best: Option<Vec<Group>> = None;
        let mut tried = BTreeSet::new();
        for round in 1..=ROUNDS {
            let chosen = self.chosen(&groups, (most, &all));
            if !tried.insert(chosen.clone()) {
                break;
            }
            self.kinds = (all.iter().copied())
                .filter(|&kind| chosen.contains(&self.problem.few.kinds[kind].class))
                .collect();
            self.known.clear();
            let until = limit / (ROUNDS + 1) * (round + 1);
            let Some(found) = self.found(until, stop) else {
                break;
            };
            groups.clone_from(&found);
            if best.as_ref().is_none_or(|best| cost(&found) < cost(best)) {
                best = Some(found);
            }
        }
        best
    }

    fn classes(&self, groups: &[Group]) -> BTreeSet<usize> {
        (groups.iter().filter_map(|group| group.kind))
            .map(|kind| self.problem.few.kinds[kind].class)
            .collect()
    }

    /// At most so many classes with which these groups cost least.
    fn chosen(&mut self, groups: &[Group], (most, kinds): (usize, &[usize])) -> BTreeSet<usize> {
        let mut by_class: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for &kind in kinds {
            let class = self.problem.few.kinds[kind].class;
            by_class.entry(class).or_default().push(kind);
        }
        // What each group costs with the kinds of each class, or outside.
        let mut table: Vec<Vec<i128>> = Vec::new();
        for group in groups.iter().filter(|group| group.takes_slot()) {
            let outside = self.problem.all_outside(group);
            let outside = outside.map_or(NONE, |groups| cost(&groups));
            let row = (by_class.values())
                .map(|own| {
                    let found = self.problem.cheapest(&group.items, own, &mut self.steps);
                    found.map_or(NONE, |found| found.cost).min(outside)
                })
                .collect();
            table.push(row);
        }
        let places = chosen_columns(&table, by_class.len(), most);
        let names: Vec<usize> = by_class.into_keys().collect();
        places.into_iter().map(|place| names[place]).collect()
    }
}

/// At most so many columns with which the sum of the rows' least entries is small.
fn chosen_columns(table: &[Vec<i128>], columns: usize, most: usize) -> Vec<usize> {
    let sum = |chosen: &[usize]| -> i128 {
        let least = |row: &Vec<i128>| chosen.iter().map(|&at| row[at]).min().unwrap_or(NONE);
        table.iter().map(least).sum()
    };
    let mut chosen: Vec<usize> = Vec::new();
    while chosen.len() < most.min(columns) {
        let next = (0..columns)
            .filter(|at| !chosen.contains(at))
            .min_by_key(|&at| sum(&[&chosen[..], &[at]].concat()));
        chosen.extend(next);
    }
    loop {
        let now = sum(&chosen);
        let better = (0..chosen.len())
            .flat_map(|place| (0..columns).map(move |at| (place, at)))
            .filter(|(_, at)| !chosen.contains(at))
            .map(|(place, at)| {
                let mut other = chosen.clone();
                other[place] = at;
                (sum(&other), other)
            })
            .min();
        match better {
            Some((cost, other)) if cost < now => chosen = other,
            _ => return chosen,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_column_that_is_best_alone_gives_way_to_two_that_are_better_together() {
        let table = [vec![1, 9, 4], vec![9, 1, 4]];
        assert_eq!(chosen_columns(&table, 3, 1), [2]);
        let mut two = chosen_columns(&table, 3, 2);
        two.sort_unstable();
        assert_eq!(two, [0, 1]);
    }

    proptest! {
        #[test]
        fn columns_are_at_most_so_many_and_no_single_change_is_better(
            table in prop::collection::vec(prop::collection::vec(1_i128..50, 5), 1..6),
            most in 1_usize..4,
        ) {
            let chosen = chosen_columns(&table, 5, most);
            prop_assert!(chosen.len() <= most);
            let sum = |chosen: &[usize]| -> i128 {
                table.iter().map(|row| chosen.iter().map(|&at| row[at]).min().unwrap_or(NONE)).sum()
            };
            for place in 0..chosen.len() {
                for at in 0..5 {
                    let mut other = chosen.clone();
                    other[place] = at;
                    prop_assert!(sum(&other) >= sum(&chosen));
                }
            }
        }
    }
}

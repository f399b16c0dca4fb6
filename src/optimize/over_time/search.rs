//! Which items stand together: merging, then changing places, then shaking.
//!
//! Every number is whole and every choice among equals is the first, so that the same problem has the same groups.

use std::collections::HashMap;

use super::outside::{cost, slots};
use super::{Group, OverTime};
use crate::optimize::stop::{Counter, Stop};

/// Groups that are remembered, about a kilobyte each.
const MOST_KNOWN: usize = 30_000;

/// Groups for all items within the problem's number of slots; `None` where none were found. `limit` steps, each about one
/// look at an item of a pattern, are counted in `counted`; the merging is always carried to its end.
#[must_use]
pub fn search(
    problem: &OverTime<'_>,
    (limit, counted): (u64, &Counter),
    stop: &dyn Stop,
) -> Option<Vec<Group>> {
    let mut search = Search {
        problem,
        kinds: problem.kinds_worth_knowing(),
        known: HashMap::new(),
        steps: 0,
    };
    let groups = search.of_few_classes(limit, stop);
    counted.add(search.steps);
    let groups = groups?;
    within_limits(problem, &groups).then_some(groups)
}

/// Whether the limit on bins holds in every hour.
fn within_limits(problem: &OverTime<'_>, groups: &[Group]) -> bool {
    (0..problem.hours.len()).all(|class| {
        let bins: u64 = (groups.iter())
            .filter_map(|group| Some((group.kind?, group.units[class])))
            .map(|(kind, units)| problem.few.kinds[kind].bins * units)
            .sum();
        bins <= problem.few.most_bins
    })
}

/// What a search begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Start {
    /// Every item in a group where one holds it.
    Inside,
    /// Every item where it costs least by itself.
    Cheapest,
}

/// A step of merging.
enum Step {
    /// Another group joins.
    Join(usize, Group),
    /// The group's items go outside.
    Leave(Vec<Group>),
}

pub(super) struct Search<'a> {
    pub(super) problem: &'a OverTime<'a>,
    pub(super) kinds: Vec<usize>,
    /// The cheapest group of items looked at before; only ever asked for one of them.
    pub(super) known: HashMap<Vec<usize>, Option<Group>>,
    pub(super) steps: u64,
}

impl Search<'_> {
    pub(super) fn cheapest(&mut self, items: &[usize]) -> Option<Group> {
        if let Some(known) = self.known.get(items) {
            return known.clone();
        }
        if self.known.len() >= MOST_KNOWN {
            self.known.clear();
        }
        let found = (self.problem).cheapest(items, &self.kinds, &mut self.steps);
        self.known.insert(items.to_vec(), found.clone());
        found
    }

    /// The best of all starts, with places changed.
    pub(super) fn found(&mut self, limit: u64, stop: &dyn Stop) -> Option<Vec<Group>> {
        let groups = if self.problem.some_may_be_outside() {
            let mut best: Option<Vec<Group>> = None;
            for start in [Start::Inside, Start::Cheapest] {
                let groups = self.merged(start, stop);
                let until = self.steps + limit.saturating_sub(self.steps) / 3;
                let groups = groups.map(|groups| self.improved(groups, until, stop));
                best = (best.into_iter().chain(groups)).min_by_key(|groups| cost(groups));
            }
            best
        } else {
            let groups = self.merged(Start::Inside, stop);
            groups.map(|groups| self.improved(groups, limit, stop))
        };
        groups.map(|groups| self.shaken(groups, limit, stop))
    }

    /// Groups of one item each, merged two at a time until nothing is saved and there are few enough.
    fn merged(&mut self, start: Start, stop: &dyn Stop) -> Option<Vec<Group>> {
        let mut groups: Vec<Group> = (0..self.problem.few.items.len())
            .map(|item| self.alone(item, start))
            .collect::<Option<_>>()?;
        loop {
            if stop.should_stop() {
                return None;
            }
            let taken = slots(&groups);
            let too_many = taken > self.problem.few.slots;
            let mut best: Option<(i128, usize, Step)> = None;
            for a in 0..groups.len() {
                for b in a + 1..groups.len() {
                    let inside = [a, b].map(|place| groups[place].takes_slot());
                    // Of two, one that takes a slot is left.
                    let more_slots = inside == [false, false];
                    if (too_many && inside != [true, true])
                        || (more_slots && taken >= self.problem.few.slots)
                    {
                        continue;
                    }
                    let union = union(&groups[a].items, &groups[b].items);
                    let Some(both) = self.cheapest(&union) else {
                        continue;
                    };
                    let more = both.cost - groups[a].cost - groups[b].cost;
                    if best.as_ref().is_none_or(|(least, ..)| more < *least) {
                        best = Some((more, a, Step::Join(b, both)));
                    }
                }
            }
            for (a, group) in groups.iter().enumerate() {
                let may_leave = group.takes_slot() && (too_many || start == Start::Cheapest);
                let outside = self.problem.all_outside(group).filter(|_| may_leave);
                if let Some(outside) = outside {
                    let more = cost(&outside) - group.cost;
                    if best.as_ref().is_none_or(|(least, ..)| more < *least) {
                        best = Some((more, a, Step::Leave(outside)));
                    }
                }
            }
            match best {
                Some((more, a, Step::Join(b, both))) if too_many || more <= 0 => {
                    groups.remove(b);
                    groups[a] = both;
                }
                Some((more, a, Step::Leave(outside))) if too_many || more < 0 => {
                    groups.remove(a);
                    groups.extend(outside);
                }
                _ if too_many => return None,
                _ => return Some(groups),
            }
        }
    }

    /// An item by itself.
    fn alone(&mut self, item: usize, start: Start) -> Option<Group> {
        let (inside, outside) = (self.cheapest(&[item]), self.problem.outside(item));
        match start {
            Start::Inside => inside.or(outside),
            Start::Cheapest => (inside.into_iter().chain(outside)).min_by_key(|group| group.cost),
        }
    }

    /// Items change to other groups, or two change places, the move that saves most first.
    pub(super) fn improved(
        &mut self,
        mut groups: Vec<Group>,
        limit: u64,
        stop: &dyn Stop,
    ) -> Vec<Group> {
        loop {
            if self.steps >= limit || stop.should_stop() {
                return groups;
            }
            if let Some(better) = self
                .best_move(&groups)
                .or_else(|| self.first_swap(&groups, limit))
            {
                groups = better;
            } else {
                return groups;
            }
        }
    }

    fn best_move(&mut self, groups: &[Group]) -> Option<Vec<Group>> {
        let mut best: Option<(i128, Vec<Group>)> = None;
        for from in 0..groups.len() {
            for place in 0..groups[from].items.len() {
                let item = groups[from].items[place];
                let rest = without(&groups[from].items, item);
                let rest = if rest.is_empty() {
                    None
                } else {
                    let Some(rest) = self.cheapest(&rest) else {
                        continue;
                    };
                    Some(rest)
                };
                for (to, joined) in self.places(groups, (from, rest.is_some()), item) {
                    let before = groups[from].cost + to.map_or(0, |to| groups[to].cost);
                    let after = joined.cost + rest.as_ref().map_or(0, |rest| rest.cost);
                    let more = after - before;
                    if more < 0 && best.as_ref().is_none_or(|(least, _)| more < *least) {
                        best = Some((more, replaced(groups, (from, rest.clone()), (to, joined))));
                    }
                }
            }
        }
        best.map(|(_, groups)| groups)
    }

    /// Where an item of a group may go, of which something stays or nothing does: to another group, to one of its own, or outside.
    fn places(
        &mut self,
        groups: &[Group],
        (from, some_stay): (usize, bool),
        item: usize,
    ) -> Vec<(Option<usize>, Group)> {
        let leaves_slot = groups[from].takes_slot() && !some_stay;
        let left = self.problem.few.slots + usize::from(leaves_slot);
        let has_slot = slots(groups) < left;
        let mut places = Vec::new();
        for to in (0..groups.len()).filter(|&to| to != from) {
            if groups[to].takes_slot() || has_slot {
                let joined = self.cheapest(&union(&groups[to].items, &[item]));
                places.extend(joined.map(|joined| (Some(to), joined)));
            }
        }
        if has_slot && !leaves_slot {
            places.extend(self.cheapest(&[item]).map(|alone| (None, alone)));
        }
        if groups[from].takes_slot() {
            places.extend(self.problem.outside(item).map(|outside| (None, outside)));
        }
        places
    }

    /// A group with other items in its place, inside or outside as it is.
    fn instead(&mut self, group: &Group, items: &[usize]) -> Option<Group> {
        if group.takes_slot() {
            self.cheapest(items)
        } else {
            self.problem.outside(*items.first()?)
        }
    }

    fn first_swap(&mut self, groups: &[Group], limit: u64) -> Option<Vec<Group>> {
        for a in 0..groups.len() {
            for b in a + 1..groups.len() {
                if !groups[a].takes_slot() && !groups[b].takes_slot() {
                    continue;
                }
                for &x in &groups[a].items {
                    for &y in &groups[b].items {
                        if self.steps >= limit {
                            return None;
                        }
                        let with_y = union(&without(&groups[a].items, x), &[y]);
                        let with_x = union(&without(&groups[b].items, y), &[x]);
                        let Some(first) = self.instead(&groups[a], &with_y) else {
                            continue;
                        };
                        let before = groups[a].cost + groups[b].cost;
                        if first.cost >= before {
                            continue;
                        }
                        let Some(second) = self.instead(&groups[b], &with_x) else {
                            continue;
                        };
                        if first.cost + second.cost < before {
                            return Some(replaced(groups, (a, Some(first)), (Some(b), second)));
                        }
                    }
                }
            }
        }
        None
    }
}

/// The groups with one in another's place, or gone, and a second one in another's place, or new.
fn replaced(
    groups: &[Group],
    (from, rest): (usize, Option<Group>),
    (to, joined): (Option<usize>, Group),
) -> Vec<Group> {
    let mut replaced: Vec<Option<Group>> = groups.iter().cloned().map(Some).collect();
    replaced[from] = rest;
    match to {
        Some(to) => replaced[to] = Some(joined),
        None => replaced.push(Some(joined)),
    }
    replaced.into_iter().flatten().collect()
}

fn without(items: &[usize], item: usize) -> Vec<usize> {
    items
        .iter()
        .copied()
        .filter(|&other| other != item)
        .collect()
}

/// Both, ascending.
pub(super) fn union(a: &[usize], b: &[usize]) -> Vec<usize> {
    let mut union: Vec<usize> = a.iter().chain(b).copied().collect();
    union.sort_unstable();
    union
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimize::few_patterns::{FewPatterns, Item, Kind};
    use crate::optimize::stop::Never;
    use proptest::prelude::*;

    fn few(sizes: &[[u64; 2]], kinds: &[([u64; 2], i64)], slots: usize) -> FewPatterns {
        FewPatterns {
            kinds: (kinds.iter().enumerate())
                .map(|(class, (capacity, cost))| Kind {
                    capacity: capacity.to_vec(),
                    cost: *cost,
                    bins: 1,
                    covers: 1,
                    firm: true,
                    most: (sizes.iter())
                        .map(|size| (capacity[0] / size[0]).min(capacity[1] / size[1]))
                        .collect(),
                    class,
                    pool: None,
                })
                .collect(),
            items: (sizes.iter())
                .map(|size| Item {
                    size: size.to_vec(),
                    demand: 1,
                    firm: 0,
                    extra: 0,
                    whole: true,
                })
                .collect(),
            slots,
            most_bins: u64::MAX,
            most_classes: None,
            most_in_pool: u64::MAX,
            loses_a_bin: false,
        }
    }

    fn over_time(few: &FewPatterns, hours: Vec<u64>, demand: Vec<Vec<u64>>) -> OverTime<'_> {
        OverTime {
            few,
            most: demand.iter().map(|of| vec![u64::MAX; of.len()]).collect(),
            extra: Vec::new(),
            outside: Vec::new(),
            hours,
            demand,
        }
    }

    fn found(problem: &OverTime<'_>) -> Option<Vec<Group>> {
        search(problem, (u64::MAX, &Counter::new()), &Never)
    }

    #[test]
    fn who_works_by_day_and_who_works_by_night_stand_apart_where_that_is_cheaper() {
        // Two bins hold both together in every hour; apart, each has its bin only while it runs.
        let few = few(&[[4, 4], [4, 4]], &[([8, 8], 10)], 2);
        let problem = over_time(&few, vec![84, 84], vec![vec![4, 0], vec![0, 4]]);
        let groups = found(&problem).expect("groups");
        assert_eq!(groups.len(), 2);
        let cost: i128 = groups.iter().map(|group| group.cost).sum();
        assert_eq!(cost, 168 * 2 * 10);
        // With one group alone, they share.
        let one = FewPatterns {
            slots: 1,
            ..few.clone()
        };
        let problem = over_time(&one, vec![84, 84], vec![vec![4, 0], vec![0, 4]]);
        assert_eq!(found(&problem).expect("groups")[0].units, [4, 4]);
    }

    /// Every way to put items into groups, every kind and every pattern, one after the other.
    fn optimum(problem: &OverTime<'_>) -> Option<i128> {
        let items = problem.few.items.len();
        let mut best = None;
        for code in 0..problem.few.slots.pow(u32::try_from(items).expect("few")) {
            let of = |item: usize| {
                code / problem.few.slots.pow(u32::try_from(item).expect("few")) % problem.few.slots
            };
            let cost = (0..problem.few.slots)
                .map(|group| {
                    let own: Vec<usize> = (0..items).filter(|&item| of(item) == group).collect();
                    if own.is_empty() {
                        Some(0)
                    } else {
                        cheapest(problem, &own)
                    }
                })
                .sum::<Option<i128>>();
            best = match (best, cost) {
                (Some(best), Some(cost)) => Some(std::cmp::min::<i128>(best, cost)),
                (best, cost) => best.or(cost),
            };
        }
        best
    }

    fn cheapest(problem: &OverTime<'_>, items: &[usize]) -> Option<i128> {
        let of_kind = |kind: usize| {
            let capacity = &problem.few.kinds[kind].capacity;
            let mut patterns = vec![Vec::<u64>::new()];
            for _ in items {
                patterns = (patterns.into_iter())
                    .flat_map(|start| {
                        (1..=8).map(move |copies| [start.clone(), vec![copies]].concat())
                    })
                    .collect();
            }
            (patterns.into_iter())
                .filter(|pattern| {
                    (0..2).all(|d| {
                        let load: u64 = (items.iter().zip(pattern))
                            .map(|(&item, copies)| problem.few.items[item].size[d] * copies)
                            .sum();
                        load <= capacity[d]
                    })
                })
                .map(|pattern| {
                    let hours: u64 = (problem.demand.iter().zip(&problem.hours))
                        .map(|(demand, hours)| {
                            let units = items
                                .iter()
                                .zip(&pattern)
                                .map(|(&i, a)| demand[i].div_ceil(*a));
                            hours * units.max().unwrap_or(0)
                        })
                        .sum();
                    i128::from(hours) * i128::from(problem.few.kinds[kind].cost)
                })
                .min()
        };
        (0..problem.few.kinds.len()).filter_map(of_kind).min()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]
        #[test]
        fn groups_cost_no_less_than_the_best_and_seldom_more(
            sizes in prop::collection::vec([1_u64..4, 1_u64..4], 2..4),
            demand in prop::collection::vec(prop::collection::vec(0_u64..9, 3), 4),
        ) {
            let kinds = [([4, 4], 10), ([8, 4], 16), ([8, 9], 21)];
            let few = few(&sizes, &kinds, 2);
            let demand: Vec<Vec<u64>> = demand.iter().map(|of| of[..sizes.len()].to_vec()).collect();
            let problem = over_time(&few, vec![40, 8, 100, 20], demand);
            let found = found(&problem);
            let best = optimum(&problem);
            prop_assert_eq!(found.is_some(), best.is_some());
            if let (Some(groups), Some(best)) = (found, best) {
                let cost: i128 = groups.iter().map(|group| group.cost).sum();
                prop_assert!(cost >= best, "{} < {}", cost, best);
                prop_assert!(cost * 2 <= best * 3, "{} for {}", cost, best);
            }
        }
    }
}

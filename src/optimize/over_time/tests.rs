//! Every way to put items into groups or outside, with room for what may happen and few classes, one after the other.

use proptest::prelude::*;

use super::OverTime;
use super::search::search;
use crate::optimize::few_patterns::{FewPatterns, Item, Kind};
use crate::optimize::stop::{Counter, Never};

/// Largest demand, and largest number of copies in a bin.
const MOST: u64 = 6;

fn few(sizes: &[[u64; 2]], loses_a_bin: bool, most_classes: Option<usize>) -> FewPatterns {
    let kinds = [([5, 4], 10), ([8, 5], 16), ([9, 9], 21)];
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
        slots: 2,
        most_bins: u64::MAX,
        most_classes,
        most_in_pool: u64::MAX,
        loses_a_bin,
    }
}

/// Units with which a pattern holds what an hour asks for, by trying one number after the other.
fn units(
    problem: &OverTime<'_>,
    kind: &Kind,
    items: &[usize],
    copies: &[u64],
    class: usize,
) -> u64 {
    let load = |d: usize| -> u64 {
        let of = items.iter().zip(copies);
        of.map(|(&item, copies)| problem.few.items[item].size[d] * copies)
            .sum()
    };
    let holds = |units: u64| {
        (items.iter().zip(copies)).all(|(&item, &copies)| {
            let demand = problem.demand[class][item];
            let kept = u64::from(problem.few.loses_a_bin);
            let size = &problem.few.items[item].size;
            let beside = (0..2)
                .map(|d| (kind.capacity[d] - load(d)) / size[d])
                .min()
                .unwrap_or(0)
                .min(kind.most[item] - copies);
            let extra = problem.extra.get(class).map_or(0, |of| of[item]);
            demand <= units.saturating_sub(kept) * copies
                && (extra == 0 || demand + extra <= units * (copies + beside))
        })
    };
    (0..1_000)
        .find(|&units| holds(units))
        .expect("few units hold")
}

fn cheapest(problem: &OverTime<'_>, items: &[usize], classes: u32) -> Option<i128> {
    let mut patterns = vec![Vec::<u64>::new()];
    for _ in items {
        patterns = (patterns.into_iter())
            .flat_map(|start| (1..=MOST + 3).map(move |copies| [&start[..], &[copies]].concat()))
            .collect();
    }
    let allowed = |kind: &&Kind| classes >> kind.class & 1 == 1;
    let fits = |kind: &Kind, pattern: &[u64]| {
        let within = items
            .iter()
            .zip(pattern)
            .all(|(&item, copies)| *copies <= kind.most[item]);
        within
            && (0..2).all(|d| {
                let load: u64 = (items.iter().zip(pattern))
                    .map(|(&item, copies)| problem.few.items[item].size[d] * copies)
                    .sum();
                load <= kind.capacity[d]
            })
    };
    (problem.few.kinds.iter().filter(allowed))
        .flat_map(|kind| patterns.iter().map(move |pattern| (kind, pattern)))
        .filter(|(kind, pattern)| fits(kind, pattern))
        .map(|(kind, pattern)| {
            (problem.hours.iter().enumerate())
                .map(|(class, &hours)| {
                    let units = units(problem, kind, items, pattern, class);
                    i128::from(units) * i128::from(hours) * i128::from(kind.cost)
                })
                .sum()
        })
        .min()
}

/// The cheapest way: each item is in one of the slots or outside, and no more classes are used than may be.
fn optimum(problem: &OverTime<'_>) -> Option<i128> {
    let items = problem.few.items.len();
    let places = problem.few.slots + 1;
    let most = problem.few.most_classes.unwrap_or(usize::MAX);
    let sets = (0_u32..8).filter(|set| set.count_ones() as usize <= most);
    let mut best: Option<i128> = None;
    for set in sets {
        for code in 0..places.pow(u32::try_from(items).expect("few")) {
            let of = |item: usize| code / places.pow(u32::try_from(item).expect("few")) % places;
            let cost = (0..places)
                .map(|place| {
                    let own: Vec<usize> = (0..items).filter(|&item| of(item) == place).collect();
                    if own.is_empty() {
                        Some(0)
                    } else if place < problem.few.slots {
                        cheapest(problem, &own, set)
                    } else {
                        own.iter()
                            .map(|&item| problem.outside.get(item).copied().flatten())
                            .sum()
                    }
                })
                .sum::<Option<i128>>();
            best = best.into_iter().chain(cost).min();
        }
    }
    best
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]
    #[test]
    fn what_is_found_costs_no_less_than_the_best_and_seldom_more(
        sizes in prop::collection::vec([1_u64..4, 1_u64..4], 2..4),
        demand in prop::collection::vec(prop::collection::vec(0..=MOST, 3), 3),
        prices in prop::collection::vec(prop::option::of(2_i128..14), 3),
        loses_a_bin in any::<bool>(),
        most_classes in prop::option::of(1_usize..3),
        keeps_room in any::<bool>(),
    ) {
        let few = few(&sizes, loses_a_bin, most_classes);
        let hours = vec![40, 100, 28];
        let demand: Vec<Vec<u64>> = demand.iter().map(|of| of[..sizes.len()].to_vec()).collect();
        // An item outside costs so much for a copy and an hour.
        let outside = (prices[..sizes.len()].iter().enumerate())
            .map(|(item, price)| {
                let copies: i128 = (demand.iter().zip(&hours))
                    .map(|(of, hours)| i128::from(of[item]) * i128::from(*hours))
                    .sum();
                price.map(|price| price * copies)
            })
            .collect();
        let extra = if keeps_room { demand.clone() } else { Vec::new() };
        let problem = OverTime {
            few: &few,
            hours: vec![40, 100, 28],
            most: demand.iter().map(|of| vec![u64::MAX; of.len()]).collect(),
            extra,
            outside,
            demand,
        };
        let found = search(&problem, (u64::MAX, &Counter::new()), &Never);
        let best = optimum(&problem);
        prop_assert_eq!(found.is_some(), best.is_some());
        if let (Some(groups), Some(best)) = (found, best) {
            let cost: i128 = groups.iter().map(|group| group.cost).sum();
            prop_assert!(cost >= best, "{} < {}", cost, best);
            prop_assert!(cost * 2 <= best * 3, "{} for {}", cost, best);
            // What a group says it costs follows from its kind, pattern and hours.
            for group in &groups {
                let Some(kind) = group.kind else { continue };
                let kind = &few.kinds[kind];
                for (class, &found) in group.units.iter().enumerate() {
                    let least = units(&problem, kind, &group.items, &group.copies, class);
                    prop_assert_eq!(found, least);
                }
            }
            if let Some(most) = most_classes {
                let mut classes: Vec<usize> =
                    groups.iter().filter_map(|group| Some(few.kinds[group.kind?].class)).collect();
                classes.sort_unstable();
                classes.dedup();
                prop_assert!(classes.len() <= most);
            }
        }
    }
}

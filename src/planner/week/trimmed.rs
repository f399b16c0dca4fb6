//! Fewer tasks on the instances of a packing of more: those too many are taken out, and instances that are left without tasks go.
//!
//! A task is taken out in the zone that has the most of its service, so that zones stay as even as they are; there on the instance
//! with the fewest tasks, which empties it soonest.

use std::collections::BTreeMap;

use crate::formulate::model::PlanningInput;
use crate::planner::fleet::FleetRow;

/// Rows with no more than so many tasks of each service, by position.
pub(super) fn trimmed(
    input: PlanningInput<'_>,
    rows: &[FleetRow],
    counts: &[u64],
) -> Vec<FleetRow> {
    let zone = |offering: usize| input.offerings.usable[offering].zone;
    trimmed_over(rows, counts, &zone)
}

fn trimmed_over(
    rows: &[FleetRow],
    counts: &[u64],
    zone: &dyn Fn(usize) -> Option<usize>,
) -> Vec<FleetRow> {
    let held = |service: usize| -> u64 {
        (rows.iter())
            .map(|row| row.count * row.tasks.get(&service).copied().unwrap_or(0))
            .sum()
    };
    if (counts.iter().enumerate()).all(|(service, &count)| held(service) <= count) {
        return rows.to_vec();
    }
    let mut instances: Vec<(usize, BTreeMap<usize, u64>)> = (rows.iter())
        .flat_map(|row| (0..row.count).map(|_| (row.offering, row.tasks.clone())))
        .collect();
    for (service, &count) in counts.iter().enumerate() {
        for _ in count..held(service) {
            take_one(&mut instances, service, zone);
        }
    }
    let mut alike: BTreeMap<(usize, BTreeMap<usize, u64>), u64> = BTreeMap::new();
    for instance in instances {
        if !instance.1.is_empty() {
            *alike.entry(instance).or_default() += 1;
        }
    }
    (alike.into_iter())
        .map(|((offering, tasks), count)| FleetRow {
            offering,
            count,
            tasks,
            spare: BTreeMap::new(),
        })
        .collect()
}

fn take_one(
    instances: &mut [(usize, BTreeMap<usize, u64>)],
    service: usize,
    zone: &dyn Fn(usize) -> Option<usize>,
) {
    let mut by_zone: BTreeMap<Option<usize>, u64> = BTreeMap::new();
    for (offering, tasks) in &*instances {
        let here = tasks.get(&service).copied().unwrap_or(0);
        *by_zone.entry(zone(*offering)).or_default() += here;
    }
    let fullest = (by_zone.iter().max_by_key(|(_, tasks)| **tasks)).map(|(zone, _)| *zone);
    let from = (instances.iter_mut())
        .filter(|(offering, tasks)| {
            Some(zone(*offering)) == fullest && tasks.contains_key(&service)
        })
        .min_by_key(|(_, tasks)| tasks.values().sum::<u64>());
    if let Some((_, tasks)) = from {
        if let Some(each) = tasks.get_mut(&service) {
            *each -= 1;
        }
        tasks.retain(|_, each| *each > 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(offering: usize, count: u64, tasks: &[(usize, u64)]) -> FleetRow {
        FleetRow {
            offering,
            count,
            tasks: tasks.iter().copied().collect(),
            spare: BTreeMap::new(),
        }
    }

    #[test]
    fn zones_stay_even_and_the_emptiest_instances_go_first() {
        // Offerings are the zones. Six of one service, three of another.
        let rows = [
            row(0, 1, &[(0, 2), (1, 1)]),
            row(1, 1, &[(0, 2), (1, 1)]),
            row(2, 2, &[(0, 1)]),
            row(2, 1, &[(1, 1)]),
        ];
        let zone = |offering: usize| Some(offering);
        let fewer = trimmed_over(&rows, &[4, 3], &zone);
        let in_zone = |zone: usize, service: usize| -> u64 {
            (fewer.iter())
                .filter(|row| row.offering == zone)
                .map(|row| row.count * row.tasks.get(&service).copied().unwrap_or(0))
                .sum()
        };
        let counts: Vec<u64> = (0..3).map(|zone| in_zone(zone, 0)).collect();
        assert_eq!(counts.iter().sum::<u64>(), 4);
        assert!(
            counts.iter().all(|count| (1..=2).contains(count)),
            "{counts:?}"
        );
        assert_eq!((0..3).map(|zone| in_zone(zone, 1)).sum::<u64>(), 3);
        let all = trimmed_over(&rows, &[6, 3], &zone);
        assert_eq!(all, rows);
        assert_eq!(trimmed_over(&rows, &[0, 0], &zone), []);
    }
}

//! Growth to `maxCount`: who grows, and how many tasks have no place at its end.
//!
//! No more tasks are without a place than are added. And no fewer than the groups cannot hold: of a service at `maxCount` an empty
//! instance holds so many tasks and no more, so that beyond `maxSize` times that many have none, whatever the order and whoever else
//! grows. In between, where tasks crowd, is what the replays found.

use std::collections::BTreeSet;

use crate::check::facts::Facts;
use crate::check::rules::one_instance;
use crate::check::violation::Violation;
use crate::domain::plan::Assumption;
use crate::domain::service::Service;

use super::{violation, wrong_name};

pub(super) fn violations(facts: &Facts<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    for (index, said) in facts.plan.assumptions.iter().enumerate() {
        let Assumption::GrowthPlayed {
            alone_without_place,
            one_by_one_missing,
            missing,
            comes_back,
            lowers_percentages,
            ..
        } = said
        else {
            continue;
        };
        let growth = Growth::of(facts);
        let missing = [
            ("missing", Some(*missing)),
            ("oneByOneMissing", *one_by_one_missing),
        ];
        for (key, tasks) in missing {
            found.extend(tasks.and_then(|tasks| growth.against(index, key, tasks)));
        }
        if let Some(names) = alone_without_place {
            found.extend(growth.against_names(index, names));
        }
        if *comes_back && matches!(missing[0].1, Some(1..)) {
            let expected = "false: growth itself leaves tasks without a place";
            found.push(violation((index, "comesBack"), "true", expected));
        }
        if *lowers_percentages && !*comes_back {
            let expected = "false: the fleet does not come back with lower percentages either";
            found.push(violation((index, "lowersPercentages"), "true", expected));
        }
    }
    found
}

/// What growth of all services can come to.
struct Growth<'a> {
    /// Services that grow.
    names: BTreeSet<&'a str>,
    /// Those of which more tasks than the groups hold are wanted.
    too_many: BTreeSet<&'a str>,
    /// Tasks that are added.
    added: u64,
    /// Tasks that no fleet of these groups holds.
    beyond: u64,
}

impl<'a> Growth<'a> {
    fn of(facts: &Facts<'a>) -> Self {
        let mut growth = Self {
            names: BTreeSet::new(),
            too_many: BTreeSet::new(),
            added: 0,
            beyond: 0,
        };
        for service in facts.replicas() {
            let Some(most) = (service.max_count).filter(|&most| most > facts.planned(service))
            else {
                continue;
            };
            // Tasks that are elsewhere, or nowhere, take part in no replay.
            let there = (facts.rows_of(&service.name))
                .filter(|row| !row.machine.managed)
                .map(|row| row.tasks_of(&service.name))
                .fold(0, u128::saturating_add);
            let there = u64::try_from(there).unwrap_or(u64::MAX);
            // Where a service has no task, the plan does not say where its first one goes.
            if there == 0 {
                continue;
            }
            growth.names.insert(&service.name);
            growth.added = growth.added.saturating_add(most.saturating_sub(there));
            let is_whole = facts.planned(service) == there && is_on_groups_alone(facts, service);
            let beyond = most.saturating_sub(held(facts, service));
            if is_whole && beyond > 0 {
                growth.too_many.insert(&service.name);
                growth.beyond = growth.beyond.saturating_add(beyond);
            }
        }
        growth
    }

    fn against(&self, index: usize, key: &str, tasks: u64) -> Option<Violation> {
        let (least, most) = (self.beyond, self.added);
        (!(least..=most).contains(&tasks)).then(|| {
            let expected = format!(
                "{least} to {most}: {most} tasks are added, and the groups hold all but {least} of them at most (maxSize)"
            );
            violation((index, key), tasks.to_string(), expected)
        })
    }

    fn against_names(&self, index: usize, names: &[String]) -> Option<Violation> {
        let place = (index, "aloneWithoutPlace");
        if let Some(name) = wrong_name(names, &self.names) {
            let expected = "services with a maxCount beyond their count, each once";
            return Some(violation(place, format!("`{name}`"), expected));
        }
        let is_left_out = |name: &&&str| !names.iter().any(|said| said == *name);
        let missing = self.too_many.iter().find(is_left_out)?;
        let expected = format!("`{missing}` among them: the groups do not hold its maxCount");
        Some(violation(place, "another list", expected))
    }
}

/// Whether the service's strategy, where it has one, names groups alone.
fn is_on_groups_alone(facts: &Facts<'_>, service: &Service) -> bool {
    let is_group = |name: &str| facts.plan.groups().any(|group| group.name == name);
    (facts.listed(&service.name))
        .flat_map(|planned| &planned.capacity_provider_strategy)
        .all(|item| is_group(&item.capacity_provider))
}

/// Most tasks of the service that groups of their largest sizes, and instances outside groups, hold.
fn held(facts: &Facts<'_>, service: &Service) -> u64 {
    let on_each = |row: usize| {
        one_instance::further_beside_partners(facts, &facts.rows[row].machine, &[], service)
    };
    let of_group = |name: &str| {
        (0..facts.rows.len())
            .filter(|&row| facts.rows[row].planned.capacity_provider == name)
            .map(on_each)
            .max()
            .unwrap_or(0)
    };
    let in_groups = (facts.plan.groups()).map(|group| {
        let most = group.max_size.max(group.desired_capacity);
        most.saturating_mul(of_group(&group.name))
    });
    let is_outside = |row: &usize| facts.rows[*row].planned.capacity_provider.is_empty();
    let outside = (0..facts.rows.len())
        .filter(is_outside)
        .map(|row| on_each(row).saturating_mul(facts.rows[row].planned.count));
    in_groups.chain(outside).fold(0, u64::saturating_add)
}

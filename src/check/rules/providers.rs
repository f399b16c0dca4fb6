//! V22: every row belongs to a listed Auto Scaling group provider that covers its type, zone and purchase
//! option; a provider's desired capacity and cost are the sums of its rows, between its limits.
//!
//! An existing instance outside every capacity provider has an empty provider name.

use crate::check::facts::{Facts, Row};
use crate::check::money;
use crate::check::violation::{Rule, Violation};
use crate::domain::plan::{PlannedProvider, ProviderKind};

pub(super) fn violations(facts: &Facts<'_>) -> Vec<Violation> {
    let of_rows = facts.rows.iter().flat_map(|row| row_problems(facts, row));
    let of_providers = facts.plan.capacity_providers.iter().flat_map(|provider| {
        (repeated(facts, provider).into_iter())
            .chain(limits(provider))
            .chain(sums(facts, provider))
    });
    of_rows.chain(of_providers).collect()
}

/// What is wrong between a row and its provider.
fn row_problems(facts: &Facts<'_>, row: &Row<'_>) -> Vec<Violation> {
    let planned = row.planned;
    let name = &planned.capacity_provider;
    if planned.existing && name.is_empty() {
        return Vec::new();
    }
    let place = format!("{}.capacityProvider", row.place());
    let group = (facts.plan.capacity_providers.iter())
        .find(|p| p.name == *name && p.kind == ProviderKind::AutoScalingGroup);
    let Some(group) = group else {
        return vec![Violation::new(
            Rule::CapacityProviders,
            place,
            format!("`{name}`"),
            "an Auto Scaling group provider of the plan",
        )];
    };
    let zone_covered = (planned.availability_zone.as_ref())
        .is_none_or(|zone| group.availability_zones.contains(zone));
    let covered = [
        (
            group.instance_types.contains(&planned.instance_type),
            format!("instance type {}", planned.instance_type),
        ),
        (
            zone_covered,
            format!(
                "zone {}",
                planned.availability_zone.as_deref().unwrap_or_default()
            ),
        ),
        (
            group.purchase_option == Some(planned.purchase_option),
            format!("purchase option {}", planned.purchase_option),
        ),
    ];
    (covered.into_iter())
        .filter(|(holds, _)| !holds)
        .map(|(_, what)| {
            Violation::new(
                Rule::CapacityProviders,
                &place,
                format!("{what} outside provider {name}"),
                "a provider that covers the row",
            )
        })
        .collect()
}

/// A name that another provider has too.
fn repeated(facts: &Facts<'_>, provider: &PlannedProvider) -> Option<Violation> {
    let entries = (facts.plan.capacity_providers.iter())
        .filter(|other| other.name == provider.name)
        .count();
    (entries > 1).then(|| {
        Violation::new(
            Rule::CapacityProviders,
            place(provider, "name"),
            format!("{entries} providers of this name"),
            "names that differ",
        )
    })
}

/// A desired capacity outside the group's limits.
fn limits(provider: &PlannedProvider) -> Option<Violation> {
    let holds = (provider.min_size..=provider.max_size).contains(&provider.desired_capacity);
    (!holds).then(|| {
        Violation::new(
            Rule::CapacityProviders,
            place(provider, "desiredCapacity"),
            provider.desired_capacity.to_string(),
            format!("{} to {}", provider.min_size, provider.max_size),
        )
    })
}

/// A desired capacity or a cost that is not the sum of the rows.
fn sums(facts: &Facts<'_>, provider: &PlannedProvider) -> Vec<Violation> {
    let rows = || (facts.plan.instances.iter()).filter(|r| r.capacity_provider == provider.name);
    let tasks = (facts.plan.fargate_tasks.iter()).filter(|r| r.capacity_provider == provider.name);
    let instances = rows()
        .map(|row| u128::from(row.count))
        .fold(0, u128::saturating_add);
    let cost = money::total(
        rows()
            .map(|row| money::times(row.usd_per_hour, row.count))
            .chain(tasks.map(|row| money::times(row.usd_per_hour, row.count))),
    );
    let mut violations = Vec::new();
    if u128::from(provider.desired_capacity) != instances {
        violations.push(Violation::new(
            Rule::CapacityProviders,
            place(provider, "desiredCapacity"),
            provider.desired_capacity.to_string(),
            format!("{instances}, the sum of its rows"),
        ));
    }
    if cost != Some(provider.usd_per_hour) {
        violations.push(Violation::new(
            Rule::CapacityProviders,
            place(provider, "usdPerHour"),
            money::words(Some(provider.usd_per_hour)),
            format!("{}, the sum of its rows", money::words(cost)),
        ));
    }
    violations
}

fn place(provider: &PlannedProvider, field: &str) -> String {
    format!("capacityProviders[{}].{field}", provider.name)
}

//! V22: every row belongs to a listed provider, of an Auto Scaling group or of Managed Instances, that covers its type, zone and purchase
//! option; a provider's desired capacity and cost are the sums of its rows, between its limits. Fargate
//! tasks belong to `FARGATE` or `FARGATE_SPOT`, which have no types, zones or sizes.
//!
//! An existing instance outside every capacity provider has an empty provider name, an external one always.

use crate::check::facts::{Facts, InstanceRow};
use crate::check::fargate::{self, MARKETS};
use crate::check::money;
use crate::check::violation::{Problem, Rule, Violation};
use crate::domain::capacity::ProviderKind;
use crate::domain::plan::PlannedProvider;

pub(super) fn violations(facts: &Facts<'_>) -> Vec<Violation> {
    let of_rows = facts.rows.iter().flat_map(|row| row_problems(facts, row));
    let of_tasks = fargate_row_problems(facts);
    let of_providers = facts.plan.capacity_providers.iter().flat_map(|provider| {
        (repeated(facts, provider).into_iter())
            .chain(zone_twice(provider))
            .chain(type_twice(facts, provider))
            .chain(limits(provider))
            .chain(sums(facts, provider))
            .chain(not_as_fargate_is(provider))
    });
    of_rows.chain(of_tasks).chain(of_providers).collect()
}

/// Fargate tasks of a provider that is not Fargate's or not listed.
fn fargate_row_problems(facts: &Facts<'_>) -> Vec<Violation> {
    (facts.plan.fargate_tasks.iter().enumerate())
        .filter(|(_, row)| {
            let listed = fargate::market(&row.capacity_provider).is_some_and(|market| {
                (facts.plan.capacity_providers.iter())
                    .any(|p| p.name == market.provider && p.kind == market.kind)
            });
            !listed
        })
        .map(|(index, row)| {
            Violation::new(
                Rule::CapacityProviders,
                format!("fargateTasks[{index}].capacityProvider"),
                format!("`{}`", row.capacity_provider),
                "FARGATE or FARGATE_SPOT, listed among the providers of the plan",
            )
        })
        .collect()
}

/// A provider that has the name or the kind of Fargate's and is something else.
fn not_as_fargate_is(provider: &PlannedProvider) -> Option<Violation> {
    let of_kind = (MARKETS.into_iter()).find(|market| market.kind == provider.kind);
    let market = of_kind.or_else(|| fargate::market(&provider.name))?;
    let sizes = (
        provider.min_size,
        provider.desired_capacity,
        provider.max_size,
    );
    let holds = provider.name == market.provider
        && provider.kind == market.kind
        && provider.purchase_option == Some(market.capacity.in_documents())
        && provider.instance_types.is_empty()
        && provider.availability_zones.is_empty()
        && sizes == (0, 0, 0);
    let expected = format!(
        "the provider {} of its kind, {}, without instance types, zones and sizes",
        market.provider,
        market.capacity.in_documents()
    );
    (!holds).then(|| {
        Problem::new(format!("provider {}", provider.name), expected).at(
            Rule::CapacityProviders,
            format!("capacityProviders[{}]", provider.name),
        )
    })
}

/// What is wrong between a row and its provider.
fn row_problems(facts: &Facts<'_>, row: &InstanceRow<'_>) -> Vec<Violation> {
    let planned = row.planned;
    let name = &planned.capacity_provider;
    if planned.existing && name.is_empty() {
        return Vec::new();
    }
    let place = format!("{}.capacityProvider", row.place());
    if row.machine.external {
        let problem = Problem::new(format!("`{name}`"), "none for an external instance");
        return vec![problem.at(Rule::CapacityProviders, place)];
    }
    let kind = if row.machine.managed {
        ProviderKind::ManagedInstances
    } else {
        ProviderKind::AutoScalingGroup
    };
    let group = (facts.plan.capacity_providers.iter()).find(|p| p.name == *name && p.kind == kind);
    let Some(group) = group else {
        return vec![Violation::new(
            Rule::CapacityProviders,
            place,
            format!("`{name}`"),
            "a provider of the plan, of an Auto Scaling group or of Managed Instances",
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
            group.purchase_option == Some(planned.purchase_option.in_documents()),
            format!("purchase option {}", planned.purchase_option.in_documents()),
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

/// A zone that stands twice among the provider's.
fn zone_twice(provider: &PlannedProvider) -> Option<Violation> {
    let zones = &provider.availability_zones;
    let twice = (zones.iter().enumerate()).find(|(index, zone)| zones[..*index].contains(zone));
    twice.map(|(_, zone)| {
        Violation::new(
            Rule::CapacityProviders,
            place(provider, "availabilityZones"),
            format!("`{zone}` twice"),
            "zones that differ",
        )
    })
}

/// An instance type that stands twice where no rule of further types looks at them: in a group of today that stays, and among
/// Managed Instances.
fn type_twice(facts: &Facts<'_>, provider: &PlannedProvider) -> Option<Violation> {
    let is_elsewhere = provider.kind.is_group() && !facts.stays(provider);
    let types = &provider.instance_types;
    let twice = (types.iter().enumerate())
        .find(|(index, name)| types[..*index].contains(name))
        .filter(|_| !is_elsewhere);
    twice.map(|(_, name)| {
        Violation::new(
            Rule::CapacityProviders,
            place(provider, "instanceTypes"),
            format!("`{name}` twice"),
            "types that differ",
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

//! V50: a group names an instance type without an instance of it only where AWS may launch that type in place of the planned
//! one: the group is on Spot and certified; the type is sold and allowed there like any that is bought; it runs the same image;
//! in every zone of the group it has at least the planned type's vCPUs and memory, and one instance holds the certified tasks and its daemons by
//! every rule on one instance; it does not pass `maxInstanceTypes`. Groups of today that stay are as they are.
//!
//! That a type is in one Spot pool's limits is in [`routing`](super::routing).

use std::collections::BTreeSet;

use crate::catalogue::filter::policy_exclusions;
use crate::check::facts::{Facts, InstanceRow, Machine, Tasks, USUAL_PORTS, attributes};
use crate::check::violation::{Problem, Rule, Violation};
use crate::domain::attributes::Attributes;
use crate::domain::capacity::Capacity;
use crate::domain::instance_type::InstanceType;
use crate::domain::plan::{Certificate, PlannedProvider};

use super::{accelerators, daemons, one_instance, purchase_option};

pub(super) fn violations(facts: &Facts<'_>) -> Vec<Violation> {
    let groups = (facts.plan.groups()).filter(|group| !facts.stays(group));
    groups.flat_map(|group| of_group(facts, group)).collect()
}

fn of_group(facts: &Facts<'_>, group: &PlannedProvider) -> Vec<Violation> {
    let rows: Vec<&InstanceRow<'_>> = (facts.rows.iter())
        .filter(|row| row.planned.capacity_provider == group.name)
        .collect();
    let bought: BTreeSet<&str> = (rows.iter())
        .map(|row| row.planned.instance_type.as_str())
        .collect();
    let mut named = BTreeSet::new();
    let mut violations = Vec::new();
    for (index, name) in group.instance_types.iter().enumerate() {
        let problem = if !named.insert(name.as_str()) {
            Some(("named twice".to_owned(), "each type once".to_owned()))
        } else if bought.contains(name.as_str()) {
            None
        } else {
            against(facts, group, &rows, name)
        };
        violations.extend(problem.map(|(found, expected)| {
            let place = format!("capacityProviders[{}].instanceTypes[{index}]", group.name);
            Problem::new(format!("{name}, {found}"), expected).at(Rule::FurtherTypes, place)
        }));
    }
    violations
}

/// What is wrong with a type that no instance of the group has, and what would be right.
fn against(
    facts: &Facts<'_>,
    group: &PlannedProvider,
    rows: &[&InstanceRow<'_>],
    name: &str,
) -> Option<(String, String)> {
    let wrong = |found: &str, expected: &str| Some((found.to_owned(), expected.to_owned()));
    let on_spot = (group.purchase_option).is_some_and(Capacity::may_be_reclaimed);
    let (Some(certificate), true) = (&group.certificate, on_spot) else {
        return wrong(
            "of which the group has no instance",
            "types of its instances; others only in a certified group on Spot",
        );
    };
    if facts.cluster.policy.max_instance_types.is_some() {
        return wrong(
            "which the plan does not buy",
            "none beside those (maxInstanceTypes)",
        );
    }
    let Some(known) = facts.catalogue.instance_type(name) else {
        return wrong(
            "which the catalogue does not know",
            "a type of the catalogue",
        );
    };
    if !policy_exclusions(known, &facts.cluster.policy).is_empty()
        || !purchase_option::band_is_allowed(facts, name)
        || !known.spot_supported
    {
        return wrong(
            "which the policy or AWS does not sell on Spot",
            "a type that may be bought",
        );
    }
    (rows.iter()).find_map(|row| beside(facts, (row, certificate), known))
}

/// What is wrong with a type in place of that of a row.
fn beside(
    facts: &Facts<'_>,
    (row, certificate): (&InstanceRow<'_>, &Certificate),
    known: &InstanceType,
) -> Option<(String, String)> {
    let wrong = |found: &str, expected: &str| Some((found.to_owned(), expected.to_owned()));
    let planned = row.machine.instance_type?;
    let image = |of: &InstanceType| (of.architecture, of.gpus.get() > 0);
    if image(known) != image(planned) {
        return wrong(
            "which needs another image",
            "types of one architecture, with GPUs or without",
        );
    }
    let is_reserved = |of| accelerators::must_be_needed(facts, of);
    if is_reserved(known) && !is_reserved(planned) {
        return wrong(
            "which has accelerators",
            "types as the planned one (accelerators)",
        );
    }
    if !is_sold(facts, row, known) {
        return wrong(
            "which has no Spot price there",
            "a type sold on Spot in every zone of the group",
        );
    }
    let machine = Machine {
        instance_type: Some(known),
        registered: facts.registered_when_new(known, false),
        external: false,
        managed: false,
        reserved_ports: USUAL_PORTS,
        trunk: facts.cluster.policy.eni_trunking,
    };
    if known.vcpus < planned.vcpus || known.memory < planned.memory {
        return wrong(
            "which has less vCPUs or memory than the planned type",
            "types at least as large",
        );
    }
    let mut host = attributes::when_new(
        known,
        row.planned.availability_zone.as_deref(),
        machine.trunk,
    );
    for (name, value) in &row.planned.attributes {
        host.set(name, value.as_deref());
    }
    (!takes(facts, certificate, &machine, &host)).then(|| {
        (
            "which does not hold the certified tasks".to_owned(),
            "types that hold tasksPerInstance".to_owned(),
        )
    })
}

/// Whether the type has a Spot price where the row is.
fn is_sold(facts: &Facts<'_>, row: &InstanceRow<'_>, known: &InstanceType) -> bool {
    let zones = &facts.cluster.zones;
    let zone = row.zone.map(|zone| &zones[zone]);
    let offered = zone.is_none_or(|zone| {
        facts
            .catalogue
            .is_offered_in(&known.name, zone, zones.len())
    });
    let id = zone.and_then(|zone| zone.id.as_deref());
    offered && facts.catalogue.spot_price(&known.name, id).is_some()
}

/// Whether one instance takes the certified tasks beside its daemons, by every rule on one instance.
fn takes(
    facts: &Facts<'_>,
    certificate: &Certificate,
    machine: &Machine<'_>,
    host: &Attributes,
) -> bool {
    let pattern: Tasks<'_> = (certificate.tasks_per_instance.iter())
        .filter_map(|(name, &each)| Some((*facts.services.get(name.as_str())?, each)))
        .collect();
    let daemons = daemons::matching(facts, machine, host);
    let all = one_instance::together(&daemons, &pattern);
    (one_instance::TESTS.iter()).all(|test| test(facts, machine, &all).is_empty())
        && (pattern.iter()).all(|(service, _)| one_instance::admits(machine, host, service))
}

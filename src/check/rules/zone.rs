//! V06: new instances are in a zone of the cluster that has their type, or in none where the file names no
//! zones.

use crate::check::facts::{Facts, InstanceRow};
use crate::check::violation::{Rule, Violation};
use crate::domain::cluster::Zone;

pub(super) fn violations(facts: &Facts<'_>) -> Vec<Violation> {
    (facts.rows.iter())
        .filter(|row| !row.planned.existing)
        .filter_map(|row| {
            let expected = problem(facts, row)?;
            let found = row.planned.availability_zone.as_deref();
            Some(Violation::new(
                Rule::Zone,
                row.place(),
                found.unwrap_or("no zone"),
                expected,
            ))
        })
        .collect()
}

/// What should stand there instead of the row's zone, if it is wrong.
fn problem(facts: &Facts<'_>, row: &InstanceRow<'_>) -> Option<String> {
    let zones = &facts.cluster.zones;
    let Some(named) = &row.planned.availability_zone else {
        return (!zones.is_empty()).then(|| one_of(zones));
    };
    match zones.iter().find(|zone| zone.label() == named) {
        None if zones.is_empty() => Some("no zone, since the cluster file names none".to_owned()),
        None => Some(one_of(zones)),
        Some(zone) => {
            let name = &row.planned.instance_type;
            (!facts
                .catalogue
                .is_offered_in(name, zone, facts.cluster.zones.len()))
            .then(|| format!("a zone in which {name} is offered"))
        }
    }
}

fn one_of(zones: &[Zone]) -> String {
    let labels: Vec<&str> = zones.iter().map(Zone::label).collect();
    format!("one of {}", labels.join(", "))
}

//! V02: every service of the cluster is listed once in `services`, and no other name appears anywhere.

use crate::check::facts::Facts;
use crate::check::violation::{Rule, Violation};

pub(super) fn violations(facts: &Facts<'_>) -> Vec<Violation> {
    let mut violations = listed_once(facts);
    let named_elsewhere = (facts.rows.iter())
        .flat_map(|row| {
            (row.planned.tasks.keys()).map(|name| (format!("{}.tasks", row.place()), name))
        })
        .chain(named(&facts.plan.fargate_tasks, "fargateTasks", |tasks| {
            &tasks.service_name
        }))
        .chain(named(&facts.plan.unplaced, "unplaced", |unplaced| {
            &unplaced.service_name
        }))
        .chain(named(&facts.plan.services, "services", |service| {
            &service.service_name
        }));
    for (place, name) in named_elsewhere {
        if !facts.services.contains_key(name.as_str()) {
            violations.push(Violation::new(
                Rule::ServiceNames,
                place,
                format!("service `{name}`"),
                "services of the cluster only",
            ));
        }
    }
    violations
}

/// Services of the cluster that `services` does not list exactly once.
fn listed_once(facts: &Facts<'_>) -> Vec<Violation> {
    (facts.services.keys())
        .filter_map(|&name| {
            let listed = facts.listed(name).len();
            (listed != 1).then(|| {
                Violation::new(
                    Rule::ServiceNames,
                    format!("services[{name}]"),
                    format!("{listed} entries"),
                    "one entry for every service of the cluster",
                )
            })
        })
        .collect()
}

/// Each entry's place and the service it names.
fn named<'a, T>(
    entries: &'a [T],
    list: &'a str,
    name: fn(&'a T) -> &'a String,
) -> impl Iterator<Item = (String, &'a String)> {
    (entries.iter().enumerate())
        .map(move |(index, entry)| (format!("{list}[{index}]"), name(entry)))
}

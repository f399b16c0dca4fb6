//! V16: with `keepInstances: all` the existing rows are today's active instances, all of them and no
//! other; without it there is no existing row.

use crate::check::facts::{Facts, Row};
use crate::check::transport::{Leftover, assign};
use crate::check::violation::{Rule, Violation};
use crate::domain::policy::KeepInstances;

use super::placement;

pub(super) fn violations(facts: &Facts<'_>) -> Vec<Violation> {
    let existing: Vec<&Row<'_>> = facts.rows.iter().filter(|r| r.planned.existing).collect();
    match facts.cluster.policy.keep_instances {
        KeepInstances::None => existing
            .iter()
            .map(|row| {
                violation(
                    row,
                    "existing instances",
                    "new ones: keepInstances is `none`",
                )
            })
            .collect(),
        KeepInstances::All => kept(facts, &existing),
    }
}

/// Existing rows without a counterpart today, and today's instances without a row.
fn kept(facts: &Facts<'_>, existing: &[&Row<'_>]) -> Vec<Violation> {
    let supply: Vec<u64> = existing.iter().map(|row| row.planned.count).collect();
    let capacity: Vec<u64> = (facts.today.iter())
        .map(|class| class.ids.len() as u64)
        .collect();
    let allowed: Vec<Vec<usize>> = existing.iter().map(|row| candidates(facts, row)).collect();
    let Leftover { rows, classes } = assign(&supply, &capacity, &allowed);
    let invented = (existing.iter().zip(rows)).filter(|&(_, left)| left > 0);
    let missing = (facts.today.iter().zip(classes)).filter(|&(_, left)| left > 0);
    (invented.map(|(row, left)| {
        let found = format!(
            "{left} existing {} without a counterpart today",
            row.planned.instance_type
        );
        let expected =
            "today's active instances, by type, zone, registered resources and attributes";
        violation(row, &found, expected)
    }))
    .chain(missing.map(|(class, left)| {
        Violation::new(
            Rule::ExistingInstances,
            "instances",
            format!(
                "no row for {left} of today's {} {} ({})",
                class.ids.len(),
                class.instance_type,
                shortened(&class.ids)
            ),
            "a row for every active instance: keepInstances is `all`",
        )
    }))
    .collect()
}

/// Today's instances that the row may stand for: those on which its tasks may run. If they may run on
/// none, that is V12 to V15's finding, and the row is matched without regard to its tasks.
fn candidates(facts: &Facts<'_>, row: &Row<'_>) -> Vec<usize> {
    let suitable: Vec<usize> = (row.counterparts.iter())
        .copied()
        .filter(|&class| placement::problems(facts, row, &facts.today[class].attributes).is_empty())
        .collect();
    if suitable.is_empty() {
        row.counterparts.clone()
    } else {
        suitable
    }
}

/// The first few ids.
fn shortened(ids: &[String]) -> String {
    let shown = ids.iter().take(3).cloned().collect::<Vec<_>>().join(", ");
    if ids.len() > 3 {
        format!("{shown}, …")
    } else {
        shown
    }
}

fn violation(row: &Row<'_>, found: &str, expected: &str) -> Violation {
    Violation::new(Rule::ExistingInstances, row.place(), found, expected)
}

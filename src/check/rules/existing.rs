//! V16: the existing rows are today's active instances that stay, all of them and no other: every one with
//! `keepInstances: all`, every one that `moves.drained` does not name where the plan has `moves`, and external ones in any
//! case.

use crate::check::facts::{Facts, InstanceRow};
use crate::check::transport::{Leftover, assign};
use crate::check::violation::{Rule, Violation};
use crate::domain::policy::KeepInstances;

use super::{host_ports, placement};

pub(super) fn violations(facts: &Facts<'_>) -> Vec<Violation> {
    let keep = facts.cluster.policy.keep_instances;
    let (staying, leaving): (Vec<&InstanceRow<'_>>, Vec<&InstanceRow<'_>>) = (facts.rows.iter())
        .filter(|row| row.planned.existing)
        .partition(|row| {
            row.machine.external || keep == KeepInstances::All || facts.plan.moves.is_some()
        });
    let mut violations = kept(facts, &staying);
    violations.extend(leaving.into_iter().map(|row| {
        let expected = "new ones: keepInstances is `none`";
        violation(row, "existing instances", expected)
    }));
    violations
}

/// Existing rows without a counterpart today, and today's instances without a row.
fn kept(facts: &Facts<'_>, existing: &[&InstanceRow<'_>]) -> Vec<Violation> {
    let keep = facts.cluster.policy.keep_instances;
    let supply: Vec<u64> = existing.iter().map(|row| row.planned.count).collect();
    let capacity: Vec<u64> = (facts.today.iter())
        .map(|class| match &facts.plan.moves {
            Some(moves) if !class.machine.external => {
                let stays = |id: &&String| !moves.drained.contains(id);
                class.ids.iter().filter(stays).count() as u64
            }
            _ if class.stay(keep) => class.ids.len() as u64,
            _ => 0,
        })
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
        let expected = "today's active instances, by type, zone, purchase option, registered \
                        resources and attributes";
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
            if class.machine.external {
                "a row for every external instance"
            } else if facts.plan.moves.is_some() {
                "a row for every active instance that is not drained"
            } else {
                "a row for every active instance: keepInstances is `all`"
            },
        )
    }))
    .collect()
}

/// Today's instances that the row may stand for: those on which its tasks may run, and where there are any
/// such, those on which the tasks it keeps room for may run too. If its tasks may run on none, that is V12
/// to V15's finding, and the row is matched without regard to them.
fn candidates(facts: &Facts<'_>, row: &InstanceRow<'_>) -> Vec<usize> {
    let suitable: Vec<usize> = (row.counterparts.iter())
        .copied()
        .filter(|&class| {
            let today = &facts.today[class];
            placement::problems(facts, row, &today.attributes).is_empty()
                && host_ports::problems(facts, &today.machine, &row.tasks).is_empty()
        })
        .collect();
    if suitable.is_empty() {
        return row.counterparts.clone();
    }
    let with_spare: Vec<usize> = (suitable.iter())
        .copied()
        .filter(|&class| {
            let host = &facts.today[class].attributes;
            (row.spare.iter())
                .all(|(service, _)| placement::of_service(row, host, service).is_empty())
        })
        .collect();
    if with_spare.is_empty() {
        suitable
    } else {
        with_spare
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

fn violation(row: &InstanceRow<'_>, found: &str, expected: &str) -> Violation {
    Violation::new(Rule::ExistingInstances, row.place(), found, expected)
}

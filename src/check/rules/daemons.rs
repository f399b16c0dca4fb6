//! V15: a daemon runs once on every instance that matches its launch type, architecture and constraints,
//! and on no other.
//!
//! Daemons may be missing on an instance of today's, which cannot be chosen away: where those that match
//! do not fit it together, want the same host port or more volumes than can be attached; where nobody
//! knows its architecture; and where the policy plans for Fargate alone. A daemon's own test of
//! `task:group` is part of what it matches, by the tasks beside it.

use crate::check::facts::{Facts, InstanceRow, Machine, Tasks};
use crate::check::violation::{Rule, Violation};
use crate::domain::attributes::Attributes;
use crate::domain::policy::FargateUse;
use crate::domain::service::Service;

use super::{architecture, capacity, ebs_attachments, host_ports, one_instance, task_group};

/// Daemons that are missing, doubled or out of place on this host.
pub(super) fn problems(
    facts: &Facts<'_>,
    row: &InstanceRow<'_>,
    host: &Attributes,
) -> Vec<Violation> {
    let matching = matching(facts, &row.machine, host);
    let may_all_be_missing = row.planned.existing
        && (!run_together(facts, &row.machine, &matching)
            || architecture::of(&row.machine, host).is_none()
            || facts.cluster.policy.fargate == FargateUse::Only);
    (facts.daemons())
        .filter_map(|daemon| {
            let found = row.planned.tasks.get(&daemon.name).copied().unwrap_or(0);
            let matches = matching.iter().any(|(other, _)| other.name == daemon.name);
            let may_be_missing = may_all_be_missing || !task_group::all_hold(&row.tasks, daemon);
            let holds = match found {
                0 => !matches || may_be_missing,
                1 => matches,
                _ => false,
            };
            (!holds).then(|| {
                Violation::new(
                    Rule::Daemons,
                    row.place(),
                    format!("{found} tasks of the daemon {}", daemon.name),
                    if matches {
                        "one, since it matches these instances"
                    } else {
                        "none, since it does not match these instances"
                    },
                )
            })
        })
        .collect()
}

/// The daemons that ECS would start on such an instance, one task each.
pub(in crate::check) fn matching<'a>(
    facts: &Facts<'a>,
    machine: &Machine<'_>,
    host: &Attributes,
) -> Tasks<'a> {
    (facts.daemons())
        .filter(|daemon| one_instance::admits(machine, host, daemon))
        .map(|daemon| (daemon, 1))
        .collect()
}

/// Whether the daemons have room beside each other.
pub(in crate::check) fn run_together(
    facts: &Facts<'_>,
    machine: &Machine<'_>,
    daemons: &[(&Service, u64)],
) -> bool {
    capacity::fits(machine, daemons, &facts.cluster.policy)
        && host_ports::all_have_theirs(machine, daemons)
        && ebs_attachments::problems(facts, machine, daemons).is_empty()
}

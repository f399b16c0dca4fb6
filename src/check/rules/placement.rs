//! The rules that depend on which instance a row stands for: launch type (V12), architecture (V13),
//! `memberOf` (V14) and daemons (V15).
//!
//! A new row has one set of attributes. An existing row may stand for any of today's instances that agree
//! with it; the rules must hold on at least one of them.

use crate::check::facts::{Facts, Row};
use crate::check::violation::Violation;
use crate::domain::placement::Attributes;

use super::{architecture, daemons, launch_type, member_of};

pub(super) fn violations(facts: &Facts<'_>) -> Vec<Violation> {
    (facts.rows.iter())
        .flat_map(|row| {
            let mut problems: Vec<Vec<Violation>> = (row.hosts.iter())
                .map(|host| problems(facts, row, host))
                .collect();
            let best = (0..problems.len()).min_by_key(|&host| problems[host].len());
            best.map(|host| problems.swap_remove(host))
                .unwrap_or_default()
        })
        .collect()
}

/// What is wrong with the row's tasks if its instances have these attributes.
pub(super) fn problems(facts: &Facts<'_>, row: &Row<'_>, host: &Attributes) -> Vec<Violation> {
    let replicas = (row.tasks.iter())
        .filter(|(service, each)| *each > 0 && !service.is_daemon())
        .map(|&(service, _)| service);
    replicas
        .flat_map(|service| {
            (launch_type::problem(row, host, service).into_iter())
                .chain(architecture::problem(row, service))
                .chain(member_of::problems(row, host, service))
        })
        .chain(daemons::problems(facts, row, host))
        .collect()
}

//! The rules that depend on which instance a row stands for: launch type (V12), architecture (V13),
//! `memberOf` (V14) and daemons (V15).
//!
//! A new row has one set of attributes. An existing row may stand for any of today's instances that agree
//! with it; the rules must hold on at least one of them.

use crate::check::facts::{Facts, InstanceRow};
use crate::check::violation::Violation;
use crate::domain::attributes::Attributes;
use crate::domain::service::Service;

use super::{architecture, daemons, launch_type, member_of};

pub(super) fn violations(facts: &Facts<'_>) -> Vec<Violation> {
    (facts.rows.iter())
        .flat_map(|row| {
            (facts.hosts(row))
                .map(|host| problems(facts, row, host))
                .min_by_key(Vec::len)
                .unwrap_or_default()
        })
        .collect()
}

/// What is wrong with the row's tasks if its instances have these attributes.
pub(super) fn problems(
    facts: &Facts<'_>,
    row: &InstanceRow<'_>,
    host: &Attributes,
) -> Vec<Violation> {
    let replicas = (row.tasks.iter())
        .filter(|(service, each)| *each > 0 && !service.is_daemon())
        .map(|&(service, _)| service);
    replicas
        .flat_map(|service| of_service(row, host, service))
        .chain(daemons::problems(facts, row, host))
        .collect()
}

/// Why tasks of the service may not be on the row's instances if they have these attributes.
pub(super) fn of_service(
    row: &InstanceRow<'_>,
    host: &Attributes,
    service: &Service,
) -> Vec<Violation> {
    (launch_type::problem(row, service).into_iter())
        .chain(architecture::problem(row, host, service))
        .chain(member_of::problems(row, host, service))
        .collect()
}

/// The attribute sets under which the row's tasks may be there; where they may not be under any, that is
/// the finding of the rules above, and all are returned.
pub(super) fn suitable_hosts<'f>(
    facts: &'f Facts<'_>,
    row: &'f InstanceRow<'_>,
) -> Vec<&'f Attributes> {
    let suitable: Vec<&Attributes> = (facts.hosts(row))
        .filter(|host| problems(facts, row, host).is_empty())
        .collect();
    if suitable.is_empty() {
        facts.hosts(row).collect()
    } else {
        suitable
    }
}

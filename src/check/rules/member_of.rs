//! V14: every `memberOf` expression of a service and of its task definition holds on the instances that
//! run its tasks.

use crate::check::facts::InstanceRow;
use crate::check::violation::{Rule, Violation};
use crate::domain::attributes::Attributes;
use crate::domain::placement::PlacementConstraint;
use crate::domain::query::Expression;
use crate::domain::service::Service;

/// The expressions of the service that do not hold on this host.
pub(in crate::check) fn broken<'a>(
    host: &'a Attributes,
    service: &'a Service,
) -> impl Iterator<Item = &'a Expression> {
    (service.constraints()).filter_map(|constraint| match constraint {
        PlacementConstraint::MemberOf(expression) if !expression.evaluate(host) => Some(expression),
        PlacementConstraint::MemberOf(_)
        | PlacementConstraint::DistinctInstance
        | PlacementConstraint::TaskGroup(_) => None,
    })
}

/// Why the service may not run on this host.
pub(super) fn problems(
    row: &InstanceRow<'_>,
    host: &Attributes,
    service: &Service,
) -> Vec<Violation> {
    broken(host, service)
        .map(|expression| {
            Violation::new(
                Rule::MemberOf,
                row.place(),
                format!("tasks of {}", service.name),
                format!("only instances for which `{}` holds", expression.source()),
            )
        })
        .collect()
}

//! V11: a service with the constraint `distinctInstance` has at most one task on an instance.

use crate::check::facts::{Facts, Machine};
use crate::check::violation::{Problem, Rule, Violation};
use crate::domain::service::Service;

use super::one_instance;

pub(super) fn violations(facts: &Facts<'_>) -> Vec<Violation> {
    one_instance::of_rows(facts, Rule::DistinctInstance, problems)
}

/// The services that have several of the tasks although they may have one.
pub(super) fn problems(_: &Facts<'_>, _: &Machine<'_>, tasks: &[(&Service, u64)]) -> Vec<Problem> {
    (tasks.iter())
        .filter(|(service, each)| *each > 1 && service.is_distinct_instance())
        .map(|(service, each)| {
            Problem::new(
                format!("{each} tasks of {} on one instance", service.name),
                "at most 1, by its constraint distinctInstance",
            )
        })
        .collect()
}

/// Most further tasks of the service that the constraint allows.
pub(super) fn further(tasks: &[(&Service, u64)], service: &Service) -> u64 {
    if service.is_distinct_instance() {
        1_u64.saturating_sub(one_instance::tasks_of(tasks, service))
    } else {
        u64::MAX
    }
}

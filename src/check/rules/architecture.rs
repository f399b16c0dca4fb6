//! V13: tasks run on an architecture that they support.

use crate::check::facts::Row;
use crate::check::violation::{Rule, Violation};
use crate::domain::service::Service;

/// Whether the instance type of the row, where it is known, runs the service's tasks.
pub(super) fn supports(row: &Row<'_>, service: &Service) -> bool {
    (row.instance_type).is_none_or(|known| service.task.architectures.contains(&known.architecture))
}

/// Why the service may not run on this row, if so.
pub(super) fn problem(row: &Row<'_>, service: &Service) -> Option<Violation> {
    let known = row.instance_type?;
    (!supports(row, service)).then(|| {
        let supported: Vec<String> = (service.task.architectures.iter())
            .map(ToString::to_string)
            .collect();
        Violation::new(
            Rule::Architecture,
            row.place(),
            format!("tasks of {} on {}", service.name, known.architecture),
            supported.join(" or "),
        )
    })
}

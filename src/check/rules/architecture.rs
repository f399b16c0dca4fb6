//! V13: tasks run on an architecture that they support.

use crate::check::facts::{InstanceRow, Machine};
use crate::check::violation::{Rule, Violation};
use crate::domain::attributes::Attributes;
use crate::domain::instance_type::CpuArchitecture;
use crate::domain::service::Service;

/// The architecture of an instance: its type's where that is known, else what its attributes say.
pub(super) fn of(machine: &Machine<'_>, host: &Attributes) -> Option<CpuArchitecture> {
    match machine.instance_type {
        Some(known) => Some(known.architecture),
        None => host.get("ecs.cpu-architecture")??.parse().ok(),
    }
}

/// Whether an instance, where its architecture is known, runs the service's tasks.
pub(super) fn supports(machine: &Machine<'_>, host: &Attributes, service: &Service) -> bool {
    of(machine, host).is_none_or(|known| service.task.architectures.contains(&known))
}

/// Why the service may not run on this host, if so.
pub(super) fn problem(
    row: &InstanceRow<'_>,
    host: &Attributes,
    service: &Service,
) -> Option<Violation> {
    let known = of(&row.machine, host)?;
    (!supports(&row.machine, host, service)).then(|| {
        let supported: Vec<String> = (service.task.architectures.iter())
            .map(ToString::to_string)
            .collect();
        Violation::new(
            Rule::Architecture,
            row.place(),
            format!("tasks of {} on {known}", service.name),
            supported.join(" or "),
        )
    })
}

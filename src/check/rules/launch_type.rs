//! V12: tasks run on a launch type that they may use. Services of launch type EXTERNAL run on instances
//! registered from outside AWS and nowhere else; nothing else runs there, and nothing in `awsvpc` mode,
//! which such instances do not have.

use crate::check::facts::{InstanceRow, Machine};
use crate::check::violation::{Rule, Violation};
use crate::domain::service::Service;
use crate::domain::task::{LaunchType, NetworkMode};

use super::managed_instances;

/// Whether the service's tasks may run on such an instance.
pub(super) fn allows(machine: &Machine<'_>, service: &Service) -> bool {
    expected_instead(machine, service).is_none()
}

/// Why the service may not run on instances of this row, if so.
pub(super) fn problem(row: &InstanceRow<'_>, service: &Service) -> Option<Violation> {
    let expected = expected_instead(&row.machine, service)?;
    let launch_type = if row.machine.external {
        LaunchType::External
    } else if row.machine.managed {
        LaunchType::ManagedInstances
    } else {
        LaunchType::Ec2
    };
    Some(Violation::new(
        Rule::LaunchType,
        row.place(),
        format!("tasks of {} on launch type {launch_type}", service.name),
        expected,
    ))
}

/// What should be there instead of the service's tasks, if they may not be.
fn expected_instead(machine: &Machine<'_>, service: &Service) -> Option<&'static str> {
    // Daemons are there as managed daemons, which have definitions of their own.
    if machine.managed && !service.is_daemon() {
        return managed_instances::ineligible(service);
    }
    match (machine.external, service.is_external()) {
        (true, false) => Some("services of launch type EXTERNAL only"),
        (true, true) if service.task.network_mode == NetworkMode::Awsvpc => {
            Some("tasks in another network mode than awsvpc, which EXTERNAL instances do not have")
        }
        (false, true) => Some("tasks on EXTERNAL instances only, by its launch type"),
        (false, false) if !service.may_run_on(LaunchType::Ec2) => {
            Some("a launch type that the service and its task definition allow")
        }
        _ => None,
    }
}

//! V12: tasks run on a launch type that they may use. Container instances in EC2 are launch type EC2;
//! those registered from outside AWS carry the attribute `ecs.capability.external`.

use crate::check::facts::Row;
use crate::check::violation::{Rule, Violation};
use crate::domain::placement::Attributes;
use crate::domain::service::Service;
use crate::domain::task::LaunchType;

/// The launch type of an instance with these attributes.
pub(super) fn launch_type(host: &Attributes) -> LaunchType {
    match host.get("ecs.capability.external") {
        Some(_) => LaunchType::External,
        None => LaunchType::Ec2,
    }
}

/// Why the service may not run on this host, if so.
pub(super) fn problem(row: &Row<'_>, host: &Attributes, service: &Service) -> Option<Violation> {
    let launch_type = launch_type(host);
    (!service.may_run_on(launch_type)).then(|| {
        Violation::new(
            Rule::LaunchType,
            row.place(),
            format!("tasks of {} on launch type {launch_type}", service.name),
            "a launch type that the service and its task definition allow",
        )
    })
}

//! Launch types bind: a service that may not run on EC2 fits no container instance.

use crate::domain::service::Service;
use crate::domain::task::LaunchType;

use super::fit::Failed;

/// Fails when the service's launch type or its task's compatibilities leave EC2 out.
pub fn test(service: &Service) -> Option<Failed> {
    if service.may_run_on(LaunchType::Ec2) {
        return None;
    }
    let allowed = match service.launch_type {
        Some(bound) => vec![bound],
        None => service.task.requires_compatibilities.clone(),
    };
    Some(Failed::LaunchType(allowed))
}

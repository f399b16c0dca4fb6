//! Launch types bind: container instances in EC2 take services that may run on EC2, instances registered from
//! outside AWS take EXTERNAL services and no others.

use crate::domain::service::Service;
use crate::domain::task::LaunchType;

use crate::domain::plan::FailedTest as Failed;

/// Fails when the instance is of a kind that the service's launch type or its task's compatibilities leave
/// out.
pub fn test(service: &Service, external: bool) -> Option<Failed> {
    let runs = if external {
        service.is_external()
    } else {
        !service.is_external() && service.may_run_on(LaunchType::Ec2)
    };
    if runs {
        return None;
    }
    let allowed = match service.launch_type {
        Some(bound) => vec![bound],
        None if service.task.requires_compatibilities.is_empty() => vec![LaunchType::Ec2],
        None => service.task.requires_compatibilities.clone(),
    };
    Some(Failed::LaunchType { allowed })
}

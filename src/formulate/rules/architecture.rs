//! A task runs only on the CPU architectures it is built for.

use crate::domain::instance_type::CpuArchitecture;
use crate::domain::service::Service;

use crate::domain::plan::FailedTest as Failed;

/// Fails when the instance's architecture is not among the task's, or not known.
pub fn test(service: &Service, instance: Option<CpuArchitecture>) -> Option<Failed> {
    let task = &service.task.architectures;
    let runs = instance.is_some_and(|architecture| task.contains(&architecture));
    (!runs).then(|| Failed::Architecture {
        task: task.clone(),
        instance,
    })
}

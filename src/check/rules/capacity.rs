//! V09: the tasks on an instance, daemons included, and the amounts the policy reserves fit what it
//! registers, in each of the four resources.

use crate::check::facts::{Facts, Row};
use crate::check::violation::{Rule, Violation};
use crate::domain::policy::Policy;
use crate::domain::resources::Resource;
use crate::domain::service::Service;

pub(super) fn violations(facts: &Facts<'_>) -> Vec<Violation> {
    let mut violations = Vec::new();
    for row in &facts.rows {
        for (resource, needed) in overloads(row, &row.tasks, &facts.cluster.policy) {
            violations.push(Violation::new(
                Rule::Capacity,
                row.place(),
                format!("{needed} of {resource} in use or reserved"),
                format!("at most {}", row.registered.get(resource)),
            ));
        }
    }
    violations
}

/// Whether the tasks would fit an instance of the row.
pub(super) fn fits(row: &Row<'_>, tasks: &[(&Service, u64)], policy: &Policy) -> bool {
    overloads(row, tasks, policy).is_empty()
}

/// The resources of which the tasks and the reserve need more than an instance of the row has, with the
/// amount needed. An instance without tasks is never overloaded: the reserve displaces nothing.
fn overloads(row: &Row<'_>, tasks: &[(&Service, u64)], policy: &Policy) -> Vec<(Resource, u128)> {
    if tasks.iter().all(|&(_, each)| each == 0) {
        return Vec::new();
    }
    (Resource::ALL.into_iter())
        .map(|resource| {
            let used = (tasks.iter())
                .map(|(service, each)| {
                    let size = service.task.resources().get(resource);
                    u128::from(size).saturating_mul(u128::from(*each))
                })
                .fold(reserved(policy, resource), u128::saturating_add);
            (resource, used)
        })
        .filter(|&(resource, needed)| needed > u128::from(row.registered.get(resource)))
        .collect()
}

/// What the policy keeps free on every instance.
fn reserved(policy: &Policy, resource: Resource) -> u128 {
    match resource {
        Resource::Cpu => policy.reserved_cpu.get().into(),
        Resource::Memory => policy.reserved_memory.get().into(),
        Resource::Enis | Resource::Gpus => 0,
    }
}

//! V09: the tasks on an instance, daemons included, and the amounts the policy reserves fit what it
//! registers, in each of the four resources.

use crate::check::facts::{Facts, Machine};
use crate::check::violation::{Problem, Rule, Violation};
use crate::domain::policy::Policy;
use crate::domain::resources::Resource;
use crate::domain::service::Service;

use super::one_instance;

pub(super) fn violations(facts: &Facts<'_>) -> Vec<Violation> {
    one_instance::of_rows(facts, Rule::Capacity, problems)
}

/// The resources of which the tasks and the reserve need more than there is.
pub(super) fn problems(
    facts: &Facts<'_>,
    machine: &Machine<'_>,
    tasks: &[(&Service, u64)],
) -> Vec<Problem> {
    overloads(machine, tasks, &facts.cluster.policy)
        .into_iter()
        .map(|(resource, needed)| {
            Problem::new(
                format!("{needed} of {resource} in use or reserved"),
                format!("at most {}", machine.registered.get(resource)),
            )
        })
        .collect()
}

/// Whether the tasks would fit an instance.
pub(super) fn fits(machine: &Machine<'_>, tasks: &[(&Service, u64)], policy: &Policy) -> bool {
    overloads(machine, tasks, policy).is_empty()
}

/// Most further tasks of the service that the resources allow.
pub(super) fn further(
    machine: &Machine<'_>,
    tasks: &[(&Service, u64)],
    policy: &Policy,
    service: &Service,
) -> u64 {
    let size = service.task.resources();
    (Resource::ALL.into_iter())
        .map(|resource| {
            let needed = u128::from(size.get(resource));
            let offered = u128::from(machine.registered.get(resource));
            match offered.checked_sub(in_use(tasks, policy, resource)) {
                Some(left) => left.checked_div(needed).unwrap_or(u128::MAX),
                None => 0,
            }
        })
        .min()
        .map_or(0, |most| u64::try_from(most).unwrap_or(u64::MAX))
}

/// The resources of which the tasks and the reserve need more than an instance has, with the amount
/// needed. An instance without tasks is never overloaded: the reserve displaces nothing.
fn overloads(
    machine: &Machine<'_>,
    tasks: &[(&Service, u64)],
    policy: &Policy,
) -> Vec<(Resource, u128)> {
    if tasks.iter().all(|&(_, each)| each == 0) {
        return Vec::new();
    }
    (Resource::ALL.into_iter())
        .map(|resource| (resource, in_use(tasks, policy, resource)))
        .filter(|&(resource, needed)| needed > u128::from(machine.registered.get(resource)))
        .collect()
}

/// What the tasks take and the policy keeps free.
fn in_use(tasks: &[(&Service, u64)], policy: &Policy, resource: Resource) -> u128 {
    (tasks.iter())
        .map(|(service, each)| {
            let size = service.task.resources().get(resource);
            u128::from(size).saturating_mul(u128::from(*each))
        })
        .fold(reserved(policy, resource), u128::saturating_add)
}

/// What the policy keeps free on every instance.
fn reserved(policy: &Policy, resource: Resource) -> u128 {
    match resource {
        Resource::Cpu => policy.reserved_cpu.get().into(),
        Resource::Memory => policy.reserved_memory.get().into(),
        Resource::Enis | Resource::Gpus => 0,
    }
}

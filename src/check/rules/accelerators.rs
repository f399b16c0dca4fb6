//! V37: with `accelerators: needed` every new instance of a type with accelerators holds a task that asks for a GPU,
//! unless a pattern of `allowedInstanceTypes` that does not begin with a wildcard matches the type. A daemon's task
//! does not count; a place kept for the loss of a zone (`spare`) does. With `surviveInstanceLoss` an instance may be
//! empty, for what a lost one held; with `deploymentSurge: true` it may have room for one more such task, which a rollout
//! starts there. Accelerated are types with GPUs in the catalogue and AWS's families of accelerated
//! computing.

use crate::catalogue::glob;
use crate::check::facts::{Facts, InstanceRow};
use crate::check::violation::{Rule, Violation};
use crate::domain::instance_type::InstanceType;
use crate::domain::policy::AcceleratorUse;
use crate::domain::service::Service;

use super::one_instance;

pub(super) fn violations(facts: &Facts<'_>) -> Vec<Violation> {
    (facts.rows.iter())
        .filter(|row| !row.planned.existing && !needs_them(row))
        .filter(|row| !(facts.cluster.policy.survive_instance_loss && is_spare(row)))
        .filter(|row| !is_room_for_a_rollout(facts, row))
        .filter_map(|row| Some((row, row.machine.instance_type?)))
        .filter(|(_, known)| must_be_needed(facts, known))
        .map(|(row, known)| {
            Violation::new(
                Rule::Accelerators,
                row.place(),
                format!("{}, which has accelerators, without a task that needs one", known.name),
                "a task that asks for a GPU, accelerators included, or the type named in allowedInstanceTypes",
            )
        })
        .collect()
}

/// Whether instances of the type are for tasks that need an accelerator.
pub(in crate::check) fn must_be_needed(facts: &Facts<'_>, known: &InstanceType) -> bool {
    facts.cluster.policy.accelerators == AcceleratorUse::Needed
        && has_accelerators(known)
        && !is_named(facts, &known.name)
}

/// Whether a task of the service needs one.
pub(in crate::check) fn needs_one(service: &Service) -> bool {
    !service.is_daemon() && service.task.gpus.get() > 0
}

/// Whether a rollout may start a task there that needs an accelerator, where the plan keeps room for rollouts.
fn is_room_for_a_rollout(facts: &Facts<'_>, row: &InstanceRow<'_>) -> bool {
    facts.cluster.policy.keeps_room_for_rollouts()
        && (facts.replicas())
            .filter(|service| needs_one(service) && facts.planned(service) > 0)
            .filter(|service| one_instance::further(facts, &row.machine, &row.tasks, service) > 0)
            .any(|service| {
                facts
                    .hosts(row)
                    .any(|host| one_instance::admits(&row.machine, host, service))
            })
}

/// Whether the row's instances are empty but for daemons.
fn is_spare(row: &InstanceRow<'_>) -> bool {
    (row.tasks.iter()).all(|(service, each)| *each == 0 || service.is_daemon())
}

/// Whether a task on each instance of the row asks for a GPU, or a place that each keeps for the loss of a zone is one's.
fn needs_them(row: &InstanceRow<'_>) -> bool {
    (row.tasks.iter().chain(&row.spare)).any(|(service, each)| *each > 0 && needs_one(service))
}

fn is_named(facts: &Facts<'_>, name: &str) -> bool {
    let patterns = facts.cluster.policy.allowed_instance_types.iter().flatten();
    patterns
        .filter(|pattern| !pattern.trim().starts_with(['*', '?']))
        .any(|pattern| glob::matches(pattern, name))
}

fn has_accelerators(known: &InstanceType) -> bool {
    let letters: String = (known.name.chars())
        .take_while(char::is_ascii_alphabetic)
        .collect();
    let next = known.name[letters.len()..].chars().next();
    let family = matches!(
        letters.as_str(),
        "dl" | "f" | "g" | "gr" | "inf" | "p" | "trn" | "vt"
    ) && next.is_some_and(|c| c.is_ascii_digit());
    family || known.gpus.get() > 0 || !known.gpu_name.is_empty()
}

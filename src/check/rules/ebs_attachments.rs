//! V31: the volumes that ECS attaches for the tasks of an instance are within its attachments, of which
//! the root volume has one.
//!
//! Where the limit is shared, secondary network interfaces count too: one for each `awsvpc` task, or the
//! trunk alone with ENI trunking. A type of which the limit is not known takes no such task. An instance
//! without one is never refused.
//! Source: Amazon EC2 user guide, EBS volume limits; Amazon ECS developer guide, ENI trunking.

use crate::check::facts::{Facts, Machine};
use crate::check::violation::{Problem, Rule, Violation};
use crate::domain::instance_type::EbsLimit;
use crate::domain::resources::Resource;
use crate::domain::service::Service;

use super::one_instance;

pub(super) fn violations(facts: &Facts<'_>) -> Vec<Violation> {
    one_instance::of_rows(facts, Rule::EbsAttachments, problems)
}

/// More attachments in use than the instance has, if so.
pub(super) fn problems(
    _: &Facts<'_>,
    machine: &Machine<'_>,
    tasks: &[(&Service, u64)],
) -> Vec<Problem> {
    if !tasks.iter().any(|(s, each)| *each > 0 && has_volumes(s)) {
        return Vec::new();
    }
    let Some(limit) = limit(machine) else {
        return vec![Problem::new(
            "tasks with volumes of their own",
            "none: it is not known how many volumes can be attached",
        )];
    };
    let needed = (tasks.iter())
        .map(|(service, each)| limit.taken_by(service).saturating_mul((*each).into()))
        .fold(0, u128::saturating_add);
    if needed <= limit.most {
        return Vec::new();
    }
    vec![Problem::new(
        format!("{needed} attachments in use by tasks"),
        format!("at most {}", limit.most),
    )]
}

/// Most further tasks of the service that the attachments allow. Where an instance has tasks with volumes,
/// a task without any may be one too many as well: its interface counts.
pub(super) fn further(machine: &Machine<'_>, tasks: &[(&Service, u64)], service: &Service) -> u64 {
    let any_volumes = tasks.iter().any(|(s, each)| *each > 0 && has_volumes(s));
    if !has_volumes(service) && !any_volumes {
        return u64::MAX;
    }
    let Some(limit) = limit(machine) else {
        // Without volumes of its own it makes nothing worse.
        return if has_volumes(service) { 0 } else { u64::MAX };
    };
    let used = (tasks.iter())
        .map(|(other, each)| limit.taken_by(other).saturating_mul((*each).into()))
        .fold(0, u128::saturating_add);
    match (limit.taken_by(service), limit.most.checked_sub(used)) {
        (0, _) => u64::MAX,
        (_, None) => 0,
        (each, Some(left)) => u64::try_from(left / each).unwrap_or(u64::MAX),
    }
}

/// Volumes that an instance has room for in one task of the service, beside these tasks; `None` where its limit is not known.
pub(super) fn offered(
    machine: &Machine<'_>,
    tasks: &[(&Service, u64)],
    service: &Service,
) -> Option<u64> {
    let limit = limit(machine)?;
    let used = (tasks.iter())
        .map(|(other, each)| limit.taken_by(other).saturating_mul((*each).into()))
        .fold(0, u128::saturating_add);
    let own_interfaces = limit.taken_by(service) - u128::from(service.task.ebs_volumes);
    let left = limit
        .most
        .saturating_sub(used)
        .saturating_sub(own_interfaces);
    u64::try_from(left).ok()
}

fn has_volumes(service: &Service) -> bool {
    service.task.ebs_volumes > 0
}

/// What tasks may attach to one instance.
struct Limit {
    most: u128,
    /// Whether the network interface of a task takes an attachment.
    interfaces_count: bool,
}

impl Limit {
    fn taken_by(&self, service: &Service) -> u128 {
        let interfaces = if self.interfaces_count {
            service.task.resources().get(Resource::Enis)
        } else {
            0
        };
        u128::from(service.task.ebs_volumes) + u128::from(interfaces)
    }
}

/// The limit of a type, where it is known.
fn limit(machine: &Machine<'_>) -> Option<Limit> {
    let known = machine.instance_type?;
    let attachments = u128::from(known.ebs_attachments?);
    let shared = known.ebs_limit == Some(EbsLimit::Shared);
    let trunk = machine.trunk && known.branch_enis > 0;
    // The root volume has one, a trunk interface another.
    let taken = if shared && trunk { 2 } else { 1 };
    Some(Limit {
        most: attachments.saturating_sub(taken),
        interfaces_count: shared && !trunk,
    })
}

//! Why tasks that would fit somewhere have no place all the same.

use crate::domain::plan::{InTheWay, Reason, RoomFor};
use crate::domain::policy::{FargateUse, KeepInstances};
use crate::domain::service::Service;
use crate::formulate::model::PlanningInput;

/// What kept tasks of a service from the places that remained beside a fleet of so many instances, and what
/// would make more; that the work limit ended the search, where it `is_cut`, comes first.
pub(super) fn reasons(
    input: PlanningInput<'_>,
    service: &Service,
    instances: u64,
    is_cut: bool,
) -> Vec<Reason> {
    let policy = &input.cluster.policy;
    if service.is_external() {
        return vec![Reason::ExternalInstancesFull];
    }
    let mut room_for = Vec::new();
    if policy.survive_zone_loss {
        room_for.push(RoomFor::LostZone);
    }
    if policy.survive_instance_loss {
        room_for.push(RoomFor::LostInstance);
    }
    if policy.keeps_room_for_rollouts() {
        room_for.push(RoomFor::Deployments);
    }
    let others = in_the_way(input);
    // A zone's share of a fleet is rounded: it need not reach the limit for the limit to bind.
    let zones = input.cluster.zones.len() as u64;
    let most = policy.max_instances;
    if instances.saturating_add(zones) < most {
        let why = Reason::NoPacking {
            room_for,
            in_the_way: others,
        };
        return is_cut
            .then_some(Reason::WorkLimit)
            .into_iter()
            .chain([why])
            .collect();
    }
    let mut reasons: Vec<Reason> = is_cut.then_some(Reason::WorkLimit).into_iter().collect();
    reasons.push(Reason::NoPackingWithin {
        max_instances: most,
        room_for,
    });
    if !others.is_empty() {
        reasons.push(Reason::AlsoInTheWay { rules: others });
    }
    reasons
}

/// Rules beside `maxInstances` that take places away.
fn in_the_way(input: PlanningInput<'_>) -> Vec<InTheWay> {
    let policy = &input.cluster.policy;
    let mut others = Vec::new();
    if policy.max_instance_types.is_some() {
        others.push(InTheWay::MaxInstanceTypes);
    }
    if policy.spot_max_share_per_pool < rust_decimal::Decimal::ONE {
        others.push(InTheWay::SpotMaxSharePerPool);
    }
    if policy.fargate == FargateUse::Only || policy.keep_instances == KeepInstances::All {
        others.push(InTheWay::TodaysInstances);
    }
    if input.cluster.services.iter().any(|s| {
        crate::formulate::rules::task_group::rules(s)
            .next()
            .is_some()
    }) {
        others.push(InTheWay::TaskGroups);
    }
    others
}

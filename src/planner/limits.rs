//! Why tasks that would fit somewhere have no place all the same.

use crate::domain::policy::{FargateUse, KeepInstances};
use crate::domain::service::Service;
use crate::formulate::model::PlanningInput;

/// What kept tasks of a service from the places that remained beside a fleet of so many instances, and what
/// would make more.
pub(super) fn reasons(input: PlanningInput<'_>, service: &Service, instances: u64) -> Vec<String> {
    let policy = &input.cluster.policy;
    if service.is_external() {
        return vec![
            "the instances from outside AWS that the file shows are full; would unlock it: more of them"
                .to_owned(),
        ];
    }
    let mut asked = Vec::new();
    if policy.survive_zone_loss {
        asked.push("room for a lost zone");
    }
    if policy.survive_instance_loss {
        asked.push("room for a lost instance");
    }
    if policy.keeps_room_for_rollouts() {
        asked.push("room for deployments");
    }
    let what = if asked.is_empty() {
        "all tasks".to_owned()
    } else {
        format!("all tasks and {}", asked.join(" and "))
    };
    let others = in_the_way(input);
    // A zone's share of a fleet is rounded: it need not reach the limit for the limit to bind.
    let zones = input.cluster.zones.len() as u64;
    let most = policy.max_instances;
    if instances + zones < most && !others.is_empty() {
        let others = others.join(", ");
        return vec![format!(
            "no packing was found that fits {what}; would unlock it: larger instance types or less strict rules \
             (in the way may be {others})"
        )];
    }
    let mut reasons = vec![format!(
        "no packing was found that fits {what} on {most} instances; would unlock it: a larger \
         maxInstances or larger instance types"
    )];
    if !others.is_empty() {
        reasons.push(format!("also in the way may be {}", others.join(", ")));
    }
    reasons
}

/// Rules beside `maxInstances` that take places away.
fn in_the_way(input: PlanningInput<'_>) -> Vec<&'static str> {
    let policy = &input.cluster.policy;
    let mut others = Vec::new();
    if policy.max_instance_types.is_some() {
        others.push("maxInstanceTypes");
    }
    if policy.spot_max_share_per_pool < rust_decimal::Decimal::ONE {
        others.push("spotMaxSharePerPool");
    }
    if policy.fargate == FargateUse::Only || policy.keep_instances == KeepInstances::All {
        others.push("today's instances");
    }
    if input.cluster.services.iter().any(|s| {
        crate::formulate::rules::task_group::rules(s)
            .next()
            .is_some()
    }) {
        others.push("task:group constraints");
    }
    others
}

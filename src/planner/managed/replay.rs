//! Managed Instances under assumptions: AWS publishes neither which ones ECS starts nor how it fills them.
//!
//! The replica fills those of the packing as if they stood there and ECS placed tasks over zones first and then on the instance with
//! the least memory left that holds them. What has no place in some order of arrival would make ECS start another instance. No
//! certificate follows, and no figure of the plan rests on it: it says how far the packing is from what such rules fill.

use crate::domain::capacity::ProviderKind;
use crate::domain::placement::PlacementStrategy;
use crate::domain::plan::{Assumption, FleetPlan};
use crate::formulate::model::PlanningInput;
use crate::optimize::stop::Budget;
use crate::planner::replayed::{Passes, Replay};
use crate::simulate::cut::Cut;

/// Of the work of replays that is left, this part at most: they decide nothing.
const PART: (u32, u32) = (1, 6);

/// What the replays say; nothing where there are no Managed Instances, or no work for one order.
pub(in crate::planner) fn replayed(
    input: PlanningInput<'_>,
    plan: &FleetPlan,
    replays: Budget<'_>,
) -> Option<Assumption> {
    let there = plan.tasks_on_managed_instances();
    if there.is_empty() {
        return None;
    }
    let own = replays.share(PART.0, PART.1);
    if own.is_over() {
        return None;
    }
    let mut cluster = input.cluster.clone();
    // They have trunks whatever the account's setting is.
    cluster.policy.eni_trunking = true;
    for service in &mut cluster.services {
        if !service.is_daemon() && !there.contains_key(service.name.as_str()) {
            service.desired_count = 0;
            (service.min_count, service.max_count) = (None, None);
        }
    }
    let input = PlanningInput {
        cluster: &cluster,
        ..input
    };
    let as_groups = as_groups(plan, !cluster.zones.is_empty());
    let is_due = || own.is_stopped();
    let filling = Replay::new(input, &as_groups, Passes::Once, own).tally(Cut::once(&is_due));
    (filling.orders > 0).then_some(Assumption::ManagedInstancesReplayed { filling })
}

/// The Managed Instances of a plan alone, as groups that ECS fills over zones and then by memory.
fn as_groups(plan: &FleetPlan, has_zones: bool) -> FleetPlan {
    let mut of = plan.clone();
    of.instances.retain(|row| row.purchase_option.is_managed());
    for row in &mut of.instances {
        row.purchase_option = row.purchase_option.in_documents();
    }
    of.capacity_providers
        .retain(|provider| provider.kind.is_managed());
    for provider in &mut of.capacity_providers {
        provider.kind = ProviderKind::AutoScalingGroup;
    }
    of.fargate_tasks.clear();
    let zones = PlacementStrategy::Spread("attribute:ecs.availability-zone".to_owned());
    let memory = PlacementStrategy::Binpack("memory".to_owned());
    for service in &mut of.services {
        service.placement_strategy = (has_zones.then(|| zones.clone()).into_iter())
            .chain([memory.clone()])
            .collect();
    }
    of
}

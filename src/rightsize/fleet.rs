//! What the cluster costs with today's sizes and with the proposed ones: both planned the whole way, to the fleet that ECS can fill.
//!
//! A smaller task saves nothing until an instance goes. So the saving is the difference of two plans, each checked, and never a sum of parts.

use crate::catalogue::Catalogue;
use crate::domain::cluster::Cluster;
use crate::domain::money::UsdPerHour;
use crate::domain::plan::FleetPlan;
use crate::io::Resize;
use crate::optimize::listener::Silent;
use crate::optimize::stop::Stop;
use crate::planner::{self, PlanError, PlanOptions};

use super::proposal::Proposal;

/// One fleet.
#[derive(Debug, Clone, PartialEq)]
pub struct Fleet {
    /// Its bill.
    pub usd_per_hour: UsdPerHour,
    /// Tasks without a place.
    pub unplaced: u64,
    /// Container instances.
    pub instances: u64,
    /// Tasks on Fargate.
    pub fargate_tasks: u64,
}

impl Fleet {
    fn of(plan: &FleetPlan) -> Self {
        Self {
            usd_per_hour: plan.cost.usd_per_hour,
            unplaced: plan.unplaced.iter().map(|unplaced| unplaced.count).sum(),
            instances: plan.instances.iter().map(|row| row.count).sum(),
            fargate_tasks: plan.fargate_tasks.iter().map(|row| row.count).sum(),
        }
    }
}

/// The fleets of both.
#[derive(Debug, Clone, PartialEq)]
pub struct Fleets {
    /// With today's sizes.
    pub today: Fleet,
    /// With the proposed ones.
    pub planned: Fleet,
}

/// Changes of the proposals that change something.
#[must_use]
pub fn changed(proposals: &[Proposal]) -> Vec<Resize> {
    let of_count =
        |proposal: &Proposal, count: Option<u64>| count.filter(|_| proposal.counts.is_changed);
    (proposals.iter())
        .filter(|proposal| proposal.changes())
        .map(|proposal| {
            let (today, size) = (proposal.today, proposal.size);
            Resize {
                service: proposal.service.clone(),
                cpu: (size.cpu != today.cpu).then_some((today.cpu, size.cpu)),
                memory: (size.memory != today.memory).then_some((today.memory, size.memory)),
                min_count: of_count(proposal, proposal.counts.least),
                max_count: of_count(proposal, proposal.counts.most),
            }
        })
        .collect()
}

/// Plans the cluster as it is and with the proposals; the second begins with what the first found. Without a change there is one plan.
///
/// # Errors
/// When one of them has no plan.
pub fn plan_both(
    today: &Cluster,
    proposed: &Cluster,
    catalogue: &Catalogue,
    options: &PlanOptions<'_>,
    stop: &dyn Stop,
) -> Result<Fleets, PlanError> {
    let planned = planner::plan(today, catalogue, options, stop, &Silent)?;
    let of_today = Fleet::of(&planned.plan);
    let planned = if today.services == proposed.services {
        of_today.clone()
    } else {
        let warm = PlanOptions {
            warm_start: Some(&planned.plan),
            ..*options
        };
        Fleet::of(&planner::plan(proposed, catalogue, &warm, stop, &Silent)?.plan)
    };
    Ok(Fleets {
        today: of_today,
        planned,
    })
}

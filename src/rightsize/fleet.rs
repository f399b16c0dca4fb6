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
    /// Of a plan.
    #[must_use]
    pub fn of(plan: &FleetPlan) -> Self {
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
    /// Bill of what runs today, where the cluster file says what runs.
    pub running: Option<UsdPerHour>,
    /// The plan of the fleet with the proposed sizes.
    pub plan: FleetPlan,
    /// How it stands to the fleet that the history kept last; `None` where it kept none.
    pub last: Option<LastFleet>,
    /// The plan of the fleet with today's sizes.
    pub plan_of_today: FleetPlan,
}

/// The fleet that the history kept last, beside the one that was planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastFleet {
    /// Run that it is of.
    pub run: i64,
    /// Whether it stays.
    pub stays: bool,
    /// Instances that the new one has and it has not.
    pub started: u64,
    /// Instances that it has and the new one has not.
    pub stopped: u64,
    /// How far what runs is from it; `None` where the cluster file shows no container instances.
    pub drift: Option<Drift>,
}

/// What runs beside what was planned, by instance type and zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drift {
    /// Instances that were planned and do not run.
    pub missing: u64,
    /// Instances that run and were not planned.
    pub unplanned: u64,
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
                profile: (proposal.profile.as_ref()).map(|profile| profile.counts.clone()),
            }
        })
        .collect()
}

/// Plans a cluster with other proposals beside the same fleet of today, from a plan that is worth knowing.
///
/// # Errors
/// When there is no plan.
pub fn plan_from(
    today: &Fleets,
    proposed: &Cluster,
    catalogue: &Catalogue,
    options: &PlanOptions<'_>,
    stop: &dyn Stop,
) -> Result<Fleets, PlanError> {
    let planned = planner::plan(proposed, catalogue, options, stop, &Silent)?;
    Ok(Fleets {
        planned: Fleet::of(&planned.plan),
        plan: planned.plan.into_plan(),
        ..today.clone()
    })
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
    let of_today = planner::plan(today, catalogue, options, stop, &Silent)?;
    let today_fleet = Fleet::of(&of_today.plan);
    let running = of_today.plan.cost.current_usd_per_hour;
    let is_same = today.services == proposed.services && today.week == proposed.week;
    let of_today = of_today.plan.into_plan();
    let plan = if is_same {
        of_today.clone()
    } else {
        let warm = PlanOptions {
            warm_start: Some(&of_today),
            ..*options
        };
        planner::plan(proposed, catalogue, &warm, stop, &Silent)?
            .plan
            .into_plan()
    };
    Ok(Fleets {
        today: today_fleet,
        planned: Fleet::of(&plan),
        running,
        plan,
        last: None,
        plan_of_today: of_today,
    })
}

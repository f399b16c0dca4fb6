//! The fleet of today beside the plan: whether ECS fills it, and whether a change is worth it.

use rust_decimal::Decimal;
use thiserror::Error;

use crate::catalogue::Catalogue;
use crate::catalogue::offered::PriceError;
use crate::domain::capacity::Capacity;
use crate::domain::cluster::Cluster;
use crate::domain::money::UsdPerHour;
use crate::domain::plan::{Assumption, Filling, FleetPlan, Recommendation};
use crate::domain::service::Service;
use crate::domain::task::LaunchType;
use crate::domain::text::visible;
use crate::optimize::stop::Budget;
use crate::simulate::choices::TieBreak;
use crate::simulate::cut::Cut;
use crate::simulate::fleet::TodayError;
use crate::simulate::replay::{Outcome, replay_many};
use crate::simulate::setup::{SetupOptions, of_today_only};

use super::counted::{placements_left, spend_placements};
use super::replayed::filling;

/// Task placements replayed in all: the number of orders is this over the number of tasks.
const PLACEMENTS: u64 = 300_000;
/// Most orders.
const MOST_ORDERS: u64 = 20;

/// Why there is nothing of today to compare a plan with.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NoToday {
    /// Nobody asked.
    #[error("today's container instances were not looked at")]
    NotAsked,
    /// The file shows no active container instance.
    #[error("the file shows no active container instances")]
    NotShown,
    /// Instances that the catalogue does not know with a price.
    #[error("{}", list(.0))]
    NotKnown(Vec<TodayError>),
    /// Services that the snapshot left out stand on today's instances.
    #[error("the instances of today also hold {}, which the snapshot leaves out: what the others cost is not known, and no saving is claimed", .0.join(", "))]
    LeftOut(Vec<String>),
    /// Instances whose bill is not known.
    #[error("{}", list(.0))]
    Unpriced(Vec<PriceError>),
}

fn list(errors: &[impl ToString]) -> String {
    let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
    lines.join("; ")
}

/// What a replay on today's container instances says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Today {
    /// What AWS bills for the file's instances, those that drain included.
    pub usd_per_hour: UsdPerHour,
    /// Instances that take tasks.
    pub instances: u64,
    /// Instances that take none and are billed.
    pub draining: u64,
    /// What replays in many orders of arrival say.
    pub filling: Filling,
}

impl Today {
    /// Replays a cluster's tasks on its container instances, in as many orders as time and work allow.
    ///
    /// `bill` is what AWS bills for all of them.
    ///
    /// # Errors
    /// Where the file shows none, or some without a price.
    pub(super) fn new(
        cluster: &Cluster,
        catalogue: &Catalogue,
        bill: Result<Option<UsdPerHour>, Vec<PriceError>>,
        budget: Budget<'_>,
    ) -> Result<Self, NoToday> {
        let active = cluster
            .container_instances
            .iter()
            .filter(|instance| instance.active);
        let instances = active.count() as u64;
        let bill = bill.map_err(NoToday::Unpriced);
        if instances == 0 {
            // Those that drain are billed too, and may lack a price.
            return Err(bill.err().unwrap_or(NoToday::NotShown));
        }
        let left_out: Vec<String> = cluster.deployed.on_instances().map(visible).collect();
        if !left_out.is_empty() && cluster.deployed.bill.is_none() {
            return Err(NoToday::LeftOut(left_out));
        }
        let setup = of_today_only(cluster, catalogue, &SetupOptions::default())
            .map_err(NoToday::NotKnown)?;
        let bill = bill?;
        let billed = cluster.container_instances.iter();
        let draining = billed.filter(|instance| !instance.active && instance.is_billed());
        let tasks = setup.world.workload.tasks().max(1);
        let orders = (PLACEMENTS / tasks).clamp(1, MOST_ORDERS);
        let orders = orders.min(placements_left(budget) / tasks);
        let is_due = || budget.is_stopped();
        let cut = Cut::once(&is_due);
        let outcomes = replay_many(&setup.world, TieBreak::default(), 0, orders, cut);
        spend_placements(budget, outcomes.iter().map(Outcome::asked).sum());
        Ok(Self {
            usd_per_hour: bill.unwrap_or(UsdPerHour::ZERO),
            instances,
            draining: draining.count() as u64,
            filling: filling(&outcomes),
        })
    }

    /// Whether every task found a place in every order.
    #[must_use]
    pub const fn holds_all(&self) -> bool {
        self.filling.is_whole()
    }

    /// What the replay says, for the plan's assumptions.
    pub(super) fn assumptions(&self, cluster: &Cluster) -> Vec<Assumption> {
        let mut found = vec![Assumption::TodayFilled {
            instances: self.instances,
            filling: self.filling,
        }];
        if cluster.deployed.bill.is_some() {
            // What the given cost counts is not known.
            return found;
        }
        if self.draining > 0 {
            found.push(Assumption::TodayCountsDraining {
                instances: self.draining,
            });
        }
        if cluster
            .services
            .iter()
            .any(|service| runs_on_fargate(cluster, service))
        {
            found.push(Assumption::TodayWithoutFargate);
        }
        found
    }
}

/// Whether tasks of a service run on Fargate today: by its launch type, its strategy, or the cluster's where it has neither.
fn runs_on_fargate(cluster: &Cluster, service: &Service) -> bool {
    if let Some(launch_type) = service.launch_type {
        return launch_type == LaunchType::Fargate;
    }
    let own = &service.capacity_provider_strategy;
    let default = &cluster.deployed.default_strategy;
    let strategy = if own.is_empty() && service.exists {
        default
    } else {
        own
    };
    (strategy.iter()).any(|item| Capacity::of_fargate_provider(&item.capacity_provider).is_some())
}

/// Proposes no change where today's fleet holds every task and the plan saves less than this part of its cost.
pub fn apply_min_saving(plan: &mut FleetPlan, today: &Today, least: Decimal) {
    let (now, then) = (today.usd_per_hour, plan.cost.usd_per_hour);
    let saving = now.amount() - then.amount();
    if !today.holds_all() || !plan.is_of_all() || saving >= least * now.amount() {
        return;
    }
    plan.recommendation = Some(Recommendation::LeaveAlone {
        saving: UsdPerHour::new(saving),
        today: now,
        least,
    });
    plan.changes.clear();
}

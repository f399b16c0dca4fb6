//! A plan as a value: what is bought, what runs where, what it costs, and as data why.
//!
//! No file format and no finished English: the JSON document is the counterpart in `io`, words stand in `report`.
//! Money is USD per hour on the grid of 10⁻⁸; `gap` and `ideal_gap` are fractions.

mod changes;
mod commitment;
mod cost;
mod filling;
mod instances;
mod managed_hours;
mod moves;
mod notes;
mod obstacles;
mod provenance;
mod providers;
mod reasons;
mod refused;
mod rule_code;
mod services;
mod warnings;
mod without_place;

pub use changes::{Change, Lack, TaskSize, UnfitTaskSize};
pub use commitment::{CommitmentPart, OtherDemand, PlannedCommitment};
pub use cost::{OtherGroupCount, PeriodCost, PlanCost};
pub use filling::{Filling, NotRealised};
pub use instances::{PlannedInstances, Registered};
pub use managed_hours::ManagedHours;
pub use moves::{FrontierPoint, Launch, Moves, NotDrained, Wave, WhyNotDrained};
pub use notes::{
    Assumption, DayPart, Kept, LoweredShare, MemoryClass, MemoryClassModel, ResetOutcome,
    ResetPercentages, SpotShortage, TrunkingTried, UnpricedType, WeakPrice,
};
pub use obstacles::{
    ARCHITECTURE, DaemonsObstacle, Exclusion, FailedTest, FargateObstacle, MEMBER_OF,
    ManagedObstacle,
};
pub use provenance::{PlanAsOf, PlanCatalogue, SnapshotStamp};
pub use providers::{Certificate, GroupMode, ManagedScaling, PlannedProvider, ScheduledSize};
pub use reasons::{InTheWay, Reason, RoomFor, TestCount};
pub use refused::{ManagedScalingFault, RefusedSetting};
pub use rule_code::RuleCode;
pub use services::{PlannedFargateTasks, PlannedService, ScheduledCount, StrategyItem, Unplaced};
pub use warnings::{Recommendation, RolloutRemedy, Warning};
pub use without_place::WithoutPlace;

use std::collections::BTreeMap;

use crate::domain::money::UsdPerHour;

/// What is known about the plan's cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlanStatus {
    /// The ideal packing is proven cheapest.
    Optimal,
    /// Every task has a place; cheaper plans may exist within the gap.
    Feasible,
    /// Some tasks have no place under this policy; the rest is planned.
    Infeasible,
}

impl PlanStatus {
    /// The word of documents.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Optimal => "optimal",
            Self::Feasible => "feasible",
            Self::Infeasible => "infeasible",
        }
    }
}

/// A plan.
#[derive(Debug, Clone, PartialEq)]
pub struct FleetPlan {
    /// Cluster name.
    pub cluster: String,
    /// AWS Region.
    pub region: String,
    /// Optimal, feasible or infeasible.
    pub status: PlanStatus,
    /// The state of the live cluster that it was made from, where it was made from one.
    pub snapshot: Option<SnapshotStamp>,
    /// Where types and prices came from.
    pub catalogue: PlanCatalogue,
    /// The bill and its proof.
    pub cost: PlanCost,
    /// Providers of Auto Scaling groups, Managed Instances and Fargate.
    pub capacity_providers: Vec<PlannedProvider>,
    /// One entry per service.
    pub services: Vec<PlannedService>,
    /// Instances, identical ones together.
    pub instances: Vec<PlannedInstances>,
    /// Tasks on Fargate.
    pub fargate_tasks: Vec<PlannedFargateTasks>,
    /// What the plan would cost with other numbers of Auto Scaling groups, as shorter searches tell.
    pub other_group_counts: Vec<OtherGroupCount>,
    /// What it moves, where the plan was made around today's instances (`--max-moves`, `--moves`).
    pub moves: Option<Moves>,
    /// Commitments to AWS, bought and proposed, where there are any.
    pub commitment: Option<PlannedCommitment>,
    /// Over a week, what is packed on Managed Instances in its hours, every hour once; empty where nothing is.
    pub managed_hours: Vec<ManagedHours>,
    /// Tasks without a place, with the reasons.
    pub unplaced: Vec<Unplaced>,
    /// What differs from today; nothing where it is better left alone.
    pub changes: Vec<Change>,
    /// That today's fleet is better left alone (`--min-saving`).
    pub recommendation: Option<Recommendation>,
    /// What the figures rest on.
    pub assumptions: Vec<Assumption>,
    /// Quotas of ECS that the plan passes.
    pub warnings: Vec<Warning>,
}

impl FleetPlan {
    /// What today's fleet costs more than the plan; `None` where it is not known, and where tasks have no place or are left out: a plan of
    /// a part of the tasks saves nothing.
    #[must_use]
    pub fn saving_usd_per_hour(&self) -> Option<UsdPerHour> {
        let today = self.cost.current_usd_per_hour;
        today
            .filter(|_| self.is_of_all())
            .map(|today| today - self.cost.usd_per_hour)
    }

    /// Whether the plan is for all that today's fleet carries: every task has a place, and nothing was left out that today's cost pays for.
    #[must_use]
    pub fn is_of_all(&self) -> bool {
        self.unplaced.is_empty() && !self.leaves_out_what_runs()
    }

    /// Whether pods were left out that today's cost may pay for.
    #[must_use]
    pub fn leaves_out_what_runs(&self) -> bool {
        (self.warnings.iter()).any(|warning| {
            matches!(
                warning,
                Warning::LeftOut {
                    today_differs: true,
                    ..
                }
            )
        })
    }

    /// Percentages of services while a reset of the desired capacities goes on, where their own do not bring the fleet back; none
    /// where they do.
    #[must_use]
    pub fn reset_percentages(&self) -> &[ResetPercentages] {
        (self.assumptions.iter())
            .find_map(|said| match said {
                Assumption::ResetPercentages { services } => Some(services.as_slice()),
                _ => None,
            })
            .unwrap_or_default()
    }

    /// Whether the plan is of Kubernetes: its nodes say how many pods they take, or it has none and says so.
    #[must_use]
    pub fn is_of_nodes(&self) -> bool {
        let is_said = |it: &Assumption| matches!(it, Assumption::NodesOfKubernetes { .. });
        (self.instances.iter()).any(|row| row.registered.pods.is_some())
            || self.assumptions.iter().any(is_said)
    }

    /// Whether ECS's own scheduler fills the fleet in every order of arrival, by proof or in every order that was
    /// replayed; a best packing alone is not known to be filled, and that of Managed Instances never is. Fargate needs no
    /// filling.
    #[must_use]
    pub fn is_realised(&self) -> bool {
        !self.has_managed_instances() && self.groups().all(|group| group.mode.is_some())
    }

    /// Whether instances of it are Managed Instances.
    #[must_use]
    pub fn has_managed_instances(&self) -> bool {
        (self.capacity_providers.iter()).any(|provider| provider.kind.is_managed())
    }

    /// Tasks of each service that run on Managed Instances.
    #[must_use]
    pub fn tasks_on_managed_instances(&self) -> BTreeMap<&str, u64> {
        let mut tasks: BTreeMap<&str, u64> = BTreeMap::new();
        let managed = (self.instances.iter()).filter(|row| row.purchase_option.is_managed());
        for row in managed {
            for (service, each) in &row.tasks {
                *tasks.entry(service).or_default() += each * row.count;
            }
        }
        tasks
    }

    /// The providers that are Auto Scaling groups.
    pub fn groups(&self) -> impl Iterator<Item = &PlannedProvider> {
        (self.capacity_providers.iter()).filter(|provider| provider.kind.is_group())
    }
}

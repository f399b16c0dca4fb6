//! Services of the plan and where their tasks go.

use crate::domain::capacity::Capacity;
use crate::domain::money::UsdPerHour;
use crate::domain::placement::PlacementStrategy;

use super::reasons::Reason;

/// One item of a capacity provider strategy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StrategyItem {
    /// Provider name.
    pub capacity_provider: String,
    /// Tasks placed there first.
    pub base: u64,
    /// Relative share of the rest.
    pub weight: u64,
}

/// A service in the plan.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedService {
    /// Service name.
    pub service_name: String,
    /// Number of tasks planned for; for a daemon, the number of instances it runs on.
    pub desired_count: u64,
    /// Providers its tasks use.
    pub capacity_provider_strategy: Vec<StrategyItem>,
    /// Placement strategies.
    pub placement_strategy: Vec<PlacementStrategy>,
    /// Its share of the bill; the shares add up to it.
    pub usd_per_hour: UsdPerHour,
    /// Shadow price: what one more task adds at the margin, from the linear program's dual.
    pub marginal_usd_per_task_hour: Option<UsdPerHour>,
}

/// Tasks of one service on Fargate.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedFargateTasks {
    /// Service name.
    pub service_name: String,
    /// `FARGATE` or `FARGATE_SPOT`.
    pub capacity_provider: String,
    /// Number of tasks.
    pub count: u64,
    /// CPU units of the Fargate size.
    pub cpu: u64,
    /// Memory of the Fargate size.
    pub memory_mib: u64,
    /// Cost of one task.
    pub usd_per_hour: UsdPerHour,
    /// Numbers of tasks by hour of the week where they differ, the smallest first; empty for one number.
    pub schedule: Vec<ScheduledCount>,
}

/// Tasks in some hours of the week.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduledCount {
    /// Hours from Monday 00:00 UTC, ascending.
    pub hours: Vec<usize>,
    /// Number of tasks in them.
    pub count: u64,
}

impl PlannedFargateTasks {
    /// How it is bought. A name that is not one of Fargate's two, which the check reports, counts as Fargate.
    #[must_use]
    pub fn capacity(&self) -> Capacity {
        Capacity::of_fargate_provider(&self.capacity_provider).unwrap_or(Capacity::Fargate)
    }
}

/// Tasks that no allowed capacity can hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unplaced {
    /// Service name.
    pub service_name: String,
    /// Number of tasks.
    pub count: u64,
    /// Which tests excluded every offering, the nearest miss and what would unlock it.
    pub reasons: Vec<Reason>,
}

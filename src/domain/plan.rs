//! The plan document: version 1 of what `bayplan plan --format json` prints and other programs read.
//!
//! The types are the document: field names and units are promises. Money is USD per hour on the grid of
//! 10⁻⁸; `gap` and `idealGap` are fractions.

use indexmap::IndexMap;
use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Serialize};

use super::capacity::{Capacity, ProviderKind};
use super::money::UsdPerHour;

/// What is known about the plan's cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PlanStatus {
    /// The ideal packing is proven cheapest.
    Optimal,
    /// Every task has a place; cheaper plans may exist within the gap.
    Feasible,
    /// Some tasks have no place under this policy; the rest is planned.
    Infeasible,
}

/// A plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FleetPlan {
    /// Format version, 1.
    pub version: u32,
    /// Cluster name.
    pub cluster: String,
    /// AWS Region.
    pub region: String,
    /// Optimal, feasible or infeasible.
    pub status: PlanStatus,
    /// Where types and prices came from.
    pub catalogue: PlanCatalogue,
    /// The bill and its proof.
    pub cost: PlanCost,
    /// Auto Scaling group and Fargate providers.
    pub capacity_providers: Vec<PlannedProvider>,
    /// One entry per service.
    pub services: Vec<PlannedService>,
    /// Instances, identical ones together.
    pub instances: Vec<PlannedInstances>,
    /// Tasks on Fargate.
    #[serde(default)]
    pub fargate_tasks: Vec<PlannedFargateTasks>,
    /// What the plan would cost with other numbers of Auto Scaling groups, as shorter searches tell.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other_group_counts: Vec<OtherGroupCount>,
    /// Tasks without a place, with the reasons.
    pub unplaced: Vec<Unplaced>,
    /// What differs from today, in words; nothing where it is better left alone.
    pub changes: Vec<String>,
    /// That today's fleet is better left alone, in words (`--min-saving`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recommendation: Option<String>,
    /// What the figures rest on, in words.
    pub assumptions: Vec<String>,
    /// Quotas of ECS that the plan passes, in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// Where the catalogue came from and how old its figures are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlanCatalogue {
    /// `embedded`, `file` or `aws`.
    pub source: String,
    /// Dates by kind of figure.
    pub as_of: PlanAsOf,
}

/// Dates (ISO 8601) of each kind of price; `null` when a file that replaced them carries none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlanAsOf {
    /// On-Demand prices.
    pub on_demand: Option<String>,
    /// Spot savings or prices.
    pub spot: Option<String>,
    /// Fargate rates.
    pub fargate: Option<String>,
}

/// The bill, the ideal packing and the proven bound.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlanCost {
    /// The planned fleet.
    pub usd_per_hour: UsdPerHour,
    /// The planned fleet over 730 hours, to the cent.
    pub usd_per_month: f64,
    /// No plan under this policy costs less; `null` without proof.
    pub bound_usd_per_hour: Option<UsdPerHour>,
    /// (planned − bound) / planned.
    pub gap: Option<f64>,
    /// Best packing found.
    pub ideal_usd_per_hour: UsdPerHour,
    /// (ideal − bound) / ideal.
    pub ideal_gap: Option<f64>,
    /// Today's fleet, where the file shows it.
    pub current_usd_per_hour: Option<UsdPerHour>,
}

impl FleetPlan {
    /// Whether ECS's own scheduler fills the fleet in every order of arrival, by proof or in every order that was
    /// replayed; a best packing alone is not known to be filled. Fargate needs no filling.
    #[must_use]
    pub fn is_realised(&self) -> bool {
        self.groups().all(|group| group.mode.is_some())
    }

    /// The providers that are Auto Scaling groups.
    pub fn groups(&self) -> impl Iterator<Item = &PlannedProvider> {
        (self.capacity_providers.iter()).filter(|provider| provider.kind.is_group())
    }
}

impl PlanCost {
    /// Takes another fleet as the planned one. Cheaper than the best packing known, it is the best packing.
    pub fn set_realised(&mut self, total: UsdPerHour) {
        self.usd_per_hour = total;
        self.usd_per_month = total.usd_per_month().to_f64().unwrap_or(f64::NAN);
        self.ideal_usd_per_hour = self.ideal_usd_per_hour.min(total);
        let bound = self.bound_usd_per_hour;
        self.gap = bound.map(|bound| total.gap_to(bound));
        self.ideal_gap = bound.map(|bound| self.ideal_usd_per_hour.gap_to(bound));
    }
}

/// The cost of the whole plan with at most so many Auto Scaling groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OtherGroupCount {
    /// At most so many groups.
    pub groups: u64,
    /// What the plan would cost.
    pub usd_per_hour: UsdPerHour,
}

/// What a group is designed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GroupMode {
    /// Numbers of tasks that stay: tasks are spread, no instance is empty, the size is fixed.
    Steady,
    /// Numbers that move: tasks are packed, and managed scaling takes empty instances away.
    Elastic,
}

/// A capacity provider of the plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlannedProvider {
    /// Name.
    pub name: String,
    /// Kind.
    pub kind: ProviderKind,
    /// Instance types of its group.
    pub instance_types: Vec<String>,
    /// How its instances are bought.
    pub purchase_option: Option<Capacity>,
    /// Zones of its group.
    pub availability_zones: Vec<String>,
    /// Smallest size of the group.
    pub min_size: u64,
    /// Planned size of the group.
    pub desired_capacity: u64,
    /// Largest size of the group.
    pub max_size: u64,
    /// Managed scaling settings, in ECS's words.
    pub managed_scaling: serde_json::Map<String, serde_json::Value>,
    /// Cost of the whole group.
    pub usd_per_hour: UsdPerHour,
    /// What proves that its tasks find a place in every order of arrival; none for an ideal packing and for
    /// Fargate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<Certificate>,
    /// What the group is designed for; absent in an ideal packing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<GroupMode>,
}

/// Proof that every order of arrival fits a group of identical instances.
///
/// Tasks are placed by `spread(instanceId)`, each service has at most `instances × tasksPerInstance` tasks in the
/// group, and one instance holds `tasksPerInstance` of every service together. While a service has fewer tasks
/// than that, the instance with the fewest of them has room for one more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Certificate {
    /// Most tasks of each service on one instance.
    pub tasks_per_instance: IndexMap<String, u64>,
    /// Tasks of each service that its strategy sends to the group once all are there.
    #[serde(default)]
    pub tasks: IndexMap<String, u64>,
}

/// One item of a capacity provider strategy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StrategyItem {
    /// Provider name.
    pub capacity_provider: String,
    /// Tasks placed there first.
    pub base: u64,
    /// Relative share of the rest.
    pub weight: u64,
}

/// A service in the plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlannedService {
    /// Service name.
    pub service_name: String,
    /// Number of tasks planned for; for a daemon, the number of instances it runs on.
    pub desired_count: u64,
    /// Providers its tasks use.
    pub capacity_provider_strategy: Vec<StrategyItem>,
    /// Placement strategies, as the ECS API takes them.
    pub placement_strategy: Vec<serde_json::Value>,
    /// Its share of the bill; the shares add up to it.
    pub usd_per_hour: UsdPerHour,
    /// Shadow price: what one more task adds at the margin, from the linear program's dual.
    pub marginal_usd_per_task_hour: Option<UsdPerHour>,
}

/// What an instance registers with ECS, before daemons and reserved amounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Registered {
    /// CPU units.
    pub cpu: u64,
    /// Memory in MiB.
    pub memory_mib: u64,
    /// Network interfaces for `awsvpc` tasks.
    pub enis: u64,
    /// GPUs.
    pub gpus: u64,
}

/// `count` identical instances.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlannedInstances {
    /// Instance type.
    pub instance_type: String,
    /// On-Demand or Spot.
    pub purchase_option: Capacity,
    /// Zone; `null` when the cluster file names none.
    pub availability_zone: Option<String>,
    /// Capacity provider.
    pub capacity_provider: String,
    /// How many such instances.
    pub count: u64,
    /// Cost of one: price, root volume and fee.
    pub usd_per_hour: UsdPerHour,
    /// What one registers.
    pub registered: Registered,
    /// Tasks on each, by service, daemons included.
    pub tasks: IndexMap<String, u64>,
    /// Room kept on each for tasks beyond those that run there, by service: where the tasks of a lost zone
    /// go (`surviveZoneLoss`).
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub spare: IndexMap<String, u64>,
    /// Spot: share of instances interrupted in a month, as the Spot Instance Advisor gives it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interruption_band: Option<String>,
    /// Whether these run today and stay (`keepInstances: all`).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub existing: bool,
    /// Custom attributes these instances must register with.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub attributes: IndexMap<String, Option<String>>,
}

/// Tasks of one service on Fargate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
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
}

impl PlannedFargateTasks {
    /// How it is bought. A name that is not one of Fargate's two, which the check reports, counts as Fargate.
    #[must_use]
    pub fn capacity(&self) -> Capacity {
        Capacity::of_fargate_provider(&self.capacity_provider).unwrap_or(Capacity::Fargate)
    }
}

/// Tasks that no allowed capacity can hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Unplaced {
    /// Service name.
    pub service_name: String,
    /// Number of tasks.
    pub count: u64,
    /// Which tests excluded every offering, the nearest miss and what would unlock it.
    pub reasons: Vec<String>,
}

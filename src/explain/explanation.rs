//! The result: version 1 of what `bayplan explain --format json` prints.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde::{Serialize, Serializer};

use crate::domain::capacity::Capacity;
use crate::domain::money::UsdPerHour;
use crate::domain::plan::TrunkingTried;
use crate::sweep::fewer::{Fewer, Point};

use super::conflict::Conflict;

/// Everything that was asked.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// Format version, 1.
    pub version: u32,
    /// Cluster name.
    pub cluster: String,
    /// AWS Region.
    pub region: String,
    /// The bill; of the tasks that have a place.
    pub usd_per_hour: UsdPerHour,
    /// Tasks that the plan leaves without a place; left out where there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unplaced: Vec<LeftOut>,
    /// Each service's part of the bill; the parts add up to it.
    pub services: Vec<ServiceShare>,
    /// What is full on each instance type.
    pub bindings: Vec<Binding>,
    /// What ENI trunking would give, where the plan says so: its instances are full of network interfaces.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trunking: Option<TrunkingTried>,
    /// Types of the plan that were asked about.
    pub why_used: Vec<WhyUsed>,
    /// Other types that were asked about.
    pub why_not: Vec<WhyNot>,
    /// Smaller tasks that save something; `null` where none were looked for.
    pub nudges: Option<Vec<Nudge>>,
    /// Keys of the policy that cost something; `null` where they were not asked for.
    pub levers: Option<Levers>,
    /// What one type or one group fewer costs, where that was asked.
    pub curves: Vec<Curve>,
    /// Requirements of services without a place that conflict.
    pub conflicts: Vec<Conflict>,
    /// That a limit left something unanswered, in words.
    pub notes: Vec<String>,
}

/// Tasks of a service that the plan leaves without a place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LeftOut {
    /// Service name.
    pub service_name: String,
    /// Tasks.
    pub count: u64,
}

/// What there is less of, and what it costs.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Curve {
    /// Instance types or Auto Scaling groups.
    pub fewer: Fewer,
    /// From one to as many as the plan uses.
    pub points: Vec<Point>,
}

/// What a service costs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceShare {
    /// Service name.
    pub service_name: String,
    /// Tasks.
    pub tasks: u64,
    /// Its part of the bill.
    pub usd_per_hour: UsdPerHour,
    /// Shadow price: what one more task adds at the margin, from the linear program's dual.
    pub marginal_usd_per_task_hour: Option<UsdPerHour>,
}

/// What is full on the instances of a type.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Binding {
    /// Instance type.
    pub instance_type: String,
    /// On-Demand or Spot.
    #[serde(serialize_with = "purchase_word")]
    pub purchase_option: Capacity,
    /// Instances.
    pub count: u64,
    /// Part of each resource that is taken, daemons and reserved amounts included.
    pub used: BTreeMap<&'static str, f64>,
    /// The resource of which most is taken.
    pub binds: &'static str,
    /// Whether the policy leaves ENI trunking off, which would give `awsvpc` tasks more interfaces.
    #[serde(skip)]
    pub may_have_trunks: bool,
}

/// An attempt: the same cluster with one thing changed, planned again.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Tried {
    /// Best packing of the cluster as it is.
    pub base_usd_per_hour: UsdPerHour,
    /// Tasks that have no place in the cluster as it is.
    pub base_unplaced: u64,
    /// Tasks that have no place with the change.
    pub unplaced: u64,
    /// Best packing with the change; `null` where other tasks have a place than in the cluster as it is.
    pub usd_per_hour: Option<UsdPerHour>,
    /// Cost with the change less cost without.
    pub change_usd_per_hour: Option<UsdPerHour>,
    /// No plan with the change costs less: proven, or `null`.
    pub bound_usd_per_hour: Option<UsdPerHour>,
}

/// What a type of the plan is worth.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WhyUsed {
    /// Instance type.
    pub instance_type: String,
    /// Instances of it in the plan.
    pub count: u64,
    /// Planned again without it.
    pub without: Tried,
}

/// What keeps a type out.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WhyNot {
    /// Instance type.
    pub instance_type: String,
    /// Instances of it in the plan: then it is not kept out.
    pub count: u64,
    /// Why the policy, the Region or the price list leave it out.
    pub excluded: Vec<String>,
    /// Services of which a task fits.
    pub fits: Vec<String>,
    /// Services of which none does, and why.
    pub refuses: BTreeMap<String, String>,
    /// Each offering at the plan's shadow prices, the one nearest to entering first.
    pub candidates: Vec<Candidate>,
    /// Planned again with the type allowed, where the policy leaves it out.
    pub if_allowed: Option<Tried>,
    /// The highest price at which a plan with the type was found to be cheaper; `null` where none was.
    pub enters_at_usd_per_hour: Option<UsdPerHour>,
    /// Planned again at that price.
    pub at_that_price: Option<Tried>,
    /// Whether a limit ended the attempts before all prices were tried.
    pub stopped: bool,
}

/// An offering of a type that is not in the plan.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Candidate {
    /// On-Demand or Spot.
    #[serde(serialize_with = "purchase_word")]
    pub purchase_option: Capacity,
    /// Zone.
    pub availability_zone: Option<String>,
    /// What one costs: price, root volume and fee.
    pub usd_per_hour: UsdPerHour,
    /// What its best load of tasks is worth at the shadow prices: below this cost the linear program buys it.
    pub enters_below_usd_per_hour: UsdPerHour,
    /// Cost less worth.
    pub reduced_cost_usd_per_hour: UsdPerHour,
    /// That load.
    pub tasks: IndexMap<String, u64>,
}

/// A smaller task that saves something.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Nudge {
    /// Service name.
    pub service_name: String,
    /// `cpu` or `memory`.
    pub resource: &'static str,
    /// CPU units or MiB now.
    pub from: u64,
    /// CPU units or MiB that suffice.
    pub to: u64,
    /// Where it lets one more task fit.
    pub instance_type: String,
    /// Tasks of the service that would fit beside the others there.
    pub copies: u64,
    /// Planned again with the smaller task.
    pub tried: Tried,
}

/// What the policy's keys cost, each by itself, and what else the bill hangs on.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Levers {
    /// Those without which less is paid or more is placed.
    pub saving: Vec<Lever>,
    /// Those that were tried as well.
    pub without_effect: Vec<&'static str>,
    /// Fleets as they are, where the plan is one that ECS fills; `null` for a best packing.
    pub fleet: Option<FleetLevers>,
}

/// What a fleet that ECS fills hangs on beside the policy's keys.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FleetLevers {
    /// The cheapest fleet found for the cluster as it is.
    pub usd_per_hour: UsdPerHour,
    /// Rollouts by launches that `maxSize` allows; `null` where none needs a launch, or no fleet was found without launches.
    pub max_size: Option<MaxSizeLever>,
    /// Other numbers of groups and what each changes, as the plan has them.
    pub groups: Vec<GroupsLever>,
    /// Services on groups that name no `maxCount` above their planned count: `maxSize` has no room for their growth.
    pub services_without_max_count: u64,
}

/// What it saves that rollouts may launch instances.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MaxSizeLever {
    /// Services whose rollout launches instances.
    pub services: u64,
    /// The fleet with room for any one service's whole rollout at a time.
    pub room_kept_usd_per_hour: UsdPerHour,
    /// What launches save beside it.
    pub saving_usd_per_hour: UsdPerHour,
}

/// Another number of groups.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupsLever {
    /// Auto Scaling groups.
    pub groups: u64,
    /// Cost with so many less cost of the plan.
    pub change_usd_per_hour: UsdPerHour,
}

/// A key of the policy that costs something.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Lever {
    /// Its name.
    pub key: &'static str,
    /// What the policy has.
    pub value: String,
    /// Planned again with what asks for least.
    pub tried: Tried,
    /// What the fleet that ECS fills costs then; `null` where none is looked for or found: it costs no less than its best packing.
    pub fleet_usd_per_hour: Option<UsdPerHour>,
    /// That less the cost of the fleet as it is.
    pub fleet_change_usd_per_hour: Option<UsdPerHour>,
}

impl Lever {
    /// What is paid less or more: by fleets where there are any, else by best packings.
    #[must_use]
    pub fn change(&self) -> Option<UsdPerHour> {
        (self.fleet_change_usd_per_hour).or(self.tried.change_usd_per_hour)
    }
}

/// The word of documents, On-Demand or Spot.
#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands over the field"
)]
fn purchase_word<S: Serializer>(capacity: &Capacity, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&capacity.in_documents())
}

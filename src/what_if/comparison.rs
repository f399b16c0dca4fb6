//! The result: version 1 of what `bayplan what-if --format json` prints.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::{Serialize, Serializer};
use serde_json::json;

use crate::domain::capacity::Capacity;
use crate::domain::money::UsdPerHour;
use crate::domain::plan::{FleetPlan, PlanCost, PlanStatus, Unplaced};
use crate::io::plan_document::CostDocument;
use crate::optimize::lp::LpError;
use crate::planner::PlanError;

use super::premise::Premise;

/// The base and its scenarios.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Comparison {
    /// Format version, 1.
    pub version: u32,
    /// Cluster name.
    pub cluster: String,
    /// AWS Region of the base.
    pub region: String,
    /// Whether only best packings are compared, not fleets that ECS can fill.
    pub ideal: bool,
    /// The cluster as it is.
    pub base: ComparisonRow,
    /// One entry per scenario, in the order given.
    pub scenarios: Vec<ComparisonRow>,
    /// What an hour of the people who run instances costs, where that is known: what Managed Instances cost more can be
    /// said in their hours.
    #[serde(skip)]
    pub staff_usd_per_hour: Option<Decimal>,
    /// What the figures rest on; in words among a document's `assumptions`, by whoever has them.
    #[serde(skip)]
    pub premises: Vec<Premise>,
}

/// A planned cluster.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ComparisonRow {
    /// Name.
    pub name: String,
    /// What is changed, `PATH=VALUE` each.
    pub changes: Vec<String>,
    /// AWS Region.
    pub region: String,
    /// Status of the plan; `null` where there is none.
    #[serde(serialize_with = "status")]
    pub status: Option<PlanStatus>,
    /// The bill and its proof, as in a plan; for the tasks that have a place.
    #[serde(serialize_with = "cost")]
    pub cost: Option<PlanCost>,
    /// Cost less the base's; `null` unless both plans place every task.
    pub change_usd_per_hour: Option<UsdPerHour>,
    /// The same as a fraction of the base's cost.
    pub change: Option<f64>,
    /// Whether ECS's own scheduler fills the fleet in every order of arrival, by proof or in every order that was
    /// replayed; otherwise it is the best packing.
    pub realised: bool,
    /// Whether some of it runs on Managed Instances.
    #[serde(skip)]
    pub managed: bool,
    /// Instances.
    pub instances: u64,
    /// Tasks on Fargate.
    pub fargate_tasks: u64,
    /// Auto Scaling groups.
    pub groups: u64,
    /// Instances by type and purchase option (`m7g.large`, `m7g.large Spot`).
    pub instance_types: BTreeMap<String, u64>,
    /// Instances more (positive) or fewer than in the base, by type and purchase option.
    pub fleet_changes: BTreeMap<String, i64>,
    /// Tasks without a place, with the reasons.
    #[serde(serialize_with = "unplaced")]
    pub unplaced: Vec<Unplaced>,
    /// Why there is no plan.
    pub error: Option<String>,
    /// The kind of that.
    #[serde(skip)]
    pub no_plan: Option<NoPlan>,
    /// How the LP solver failed in the search, where it did: the plan is the best found by then.
    #[serde(skip)]
    pub solver_failed: Option<LpError>,
}

/// Why there is no plan, by what a caller can do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoPlan {
    /// A limit of time or work came first.
    Limit,
    /// The input does not allow one: no catalogue, no price, a number out of range.
    Input,
    /// A bug: the solver failed, or the plan does not pass its own check.
    Bug,
}

impl NoPlan {
    /// The kind of an error.
    pub(super) const fn of(error: &PlanError) -> Self {
        match error {
            PlanError::LimitWithoutPlan => Self::Limit,
            // No case asks for fewest moves: a file without what they need would be the cause.
            PlanError::Unpriced(_)
            | PlanError::Problem(_)
            | PlanError::Moves(_)
            | PlanError::OfEcs(_)
            | PlanError::Commitment(_)
            | PlanError::ManagedInstances(_)
            | PlanError::Week(_) => Self::Input,
            PlanError::Solver(_) | PlanError::Withheld(_) => Self::Bug,
        }
    }
}

#[expect(
    clippy::ref_option,
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands over the field"
)]
fn status<S: Serializer>(status: &Option<PlanStatus>, serializer: S) -> Result<S::Ok, S::Error> {
    status.map(PlanStatus::word).serialize(serializer)
}

#[expect(clippy::ref_option, reason = "serde hands over the field")]
fn cost<S: Serializer>(cost: &Option<PlanCost>, serializer: S) -> Result<S::Ok, S::Error> {
    cost.clone().map(CostDocument::from).serialize(serializer)
}

/// Services and counts; reasons are words, and whoever has them adds them.
fn unplaced<S: Serializer>(unplaced: &[Unplaced], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(
        (unplaced.iter())
            .map(|entry| json!({ "serviceName": entry.service_name, "count": entry.count })),
    )
}

impl ComparisonRow {
    /// A row of a plan.
    pub(super) fn of_plan(name: &str, changes: &[String], plan: &FleetPlan) -> Self {
        let mut instance_types = BTreeMap::new();
        for row in &plan.instances {
            *instance_types
                .entry(kind(&row.instance_type, row.purchase_option))
                .or_default() += row.count;
        }
        let groups = (plan.capacity_providers.iter()).filter(|provider| provider.kind.is_group());
        Self {
            region: plan.region.clone(),
            status: Some(plan.status),
            cost: Some(plan.cost.clone()),
            realised: plan.is_realised(),
            managed: plan.has_managed_instances(),
            instances: plan.instances.iter().map(|row| row.count).sum(),
            fargate_tasks: plan.fargate_tasks.iter().map(|row| row.count).sum(),
            groups: groups.count() as u64,
            instance_types,
            unplaced: plan.unplaced.clone(),
            ..Self::failed(name, changes, &plan.region, None)
        }
    }

    /// A row without a plan.
    pub(super) fn failed(
        name: &str,
        changes: &[String],
        region: &str,
        error: Option<(NoPlan, String)>,
    ) -> Self {
        let (no_plan, error) = error.unzip();
        Self {
            name: name.to_owned(),
            changes: changes.to_vec(),
            region: region.to_owned(),
            status: None,
            cost: None,
            change_usd_per_hour: None,
            change: None,
            realised: false,
            managed: false,
            instances: 0,
            fargate_tasks: 0,
            groups: 0,
            instance_types: BTreeMap::new(),
            fleet_changes: BTreeMap::new(),
            unplaced: Vec::new(),
            error,
            no_plan,
            solver_failed: None,
        }
    }

    /// Takes in tasks that the base has and the scenario never plans.
    pub(super) fn leave_out(&mut self, tasks: Vec<Unplaced>) {
        if self.status.is_some() && !tasks.is_empty() {
            self.status = Some(PlanStatus::Infeasible);
            self.unplaced.extend(tasks);
        }
    }

    /// Whether every task has a place.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.status
            .is_some_and(|status| status != PlanStatus::Infeasible)
    }

    /// What a whole plan costs.
    #[must_use]
    pub fn whole_cost(&self) -> Option<UsdPerHour> {
        (self.cost.as_ref())
            .filter(|_| self.is_whole())
            .map(|cost| cost.usd_per_hour)
    }

    /// Fills in what differs from the base.
    pub(super) fn compare_with(&mut self, base: &Self) {
        if self.status.is_none() {
            return;
        }
        let mut kinds: BTreeMap<String, i64> = BTreeMap::new();
        let signed = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        for (kind, &count) in &self.instance_types {
            *kinds.entry(kind.clone()).or_default() += signed(count);
        }
        for (kind, &count) in &base.instance_types {
            *kinds.entry(kind.clone()).or_default() -= signed(count);
        }
        kinds.retain(|_, change| *change != 0);
        self.fleet_changes = kinds;
        if let (Some(own), Some(other)) = (self.whole_cost(), base.whole_cost()) {
            let change = own - other;
            self.change_usd_per_hour = Some(change);
            self.change = (other != UsdPerHour::ZERO)
                .then(|| (change.amount() / other.amount()).to_f64())
                .flatten();
        }
    }
}

fn kind(instance_type: &str, option: Capacity) -> String {
    if option.may_be_reclaimed() {
        format!("{instance_type} Spot")
    } else {
        instance_type.to_owned()
    }
}

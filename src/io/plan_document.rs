//! The plan document: version 1 of what `bayplan plan --format json` prints and other programs read.
//!
//! The types are the document: keys, their order and units are promises. A [`FleetPlan`] is its counterpart in the
//! domain. Texts come from whoever has the words; `details` says the same as data, by codes that stay.

mod commitment;
mod details;
mod on_fargate;
mod parts;
mod words;

use std::collections::BTreeSet;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::codes;
use super::findings::{Finding, Severity};
use crate::domain::capacity::{Capacity, ProviderKind};
use crate::domain::money::UsdPerHour;
use crate::domain::placement::PlacementStrategy;
use crate::domain::plan::{
    Assumption, Certificate, Change, FleetPlan, GroupMode, ManagedHours, ManagedScaling,
    PlanStatus, PlannedInstances, PlannedProvider, PlannedService, Reason, Recommendation,
    ScheduledSize, Unplaced, Warning,
};
use crate::domain::week::{hours_of_text, hours_text};

pub use commitment::{CommitmentDocument, CommitmentPartDocument, OtherDemandDocument};
pub(super) use details::detail_codes;
pub use on_fargate::{CountDocument, FargateTasksDocument};
pub use parts::{
    AsOfDocument, CatalogueDocument, CostDocument, FrontierPointDocument, InstancesDocument,
    MovesDocument, OtherGroupCountDocument, PeriodDocument, RegisteredDocument, SnapshotDocument,
    StrategyItemDocument,
};

/// A plan as a document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlanDocument {
    /// Format version, 1.
    pub version: u32,
    /// Cluster name.
    pub cluster: String,
    /// AWS Region.
    pub region: String,
    /// Optimal, feasible or infeasible.
    #[serde(with = "words::StatusWord")]
    pub status: PlanStatus,
    /// The state of the live cluster that it was made from, where it was made from one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snapshot: Option<SnapshotDocument>,
    /// Where types and prices came from.
    pub catalogue: CatalogueDocument,
    /// The bill and its proof.
    pub cost: CostDocument,
    /// Auto Scaling group and Fargate providers.
    pub capacity_providers: Vec<ProviderDocument>,
    /// One entry per service.
    pub services: Vec<ServiceDocument>,
    /// Instances, identical ones together.
    pub instances: Vec<InstancesDocument>,
    /// Tasks on Fargate.
    #[serde(default)]
    pub fargate_tasks: Vec<FargateTasksDocument>,
    /// What the plan would cost with other numbers of Auto Scaling groups, as shorter searches tell.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other_group_counts: Vec<OtherGroupCountDocument>,
    /// What it moves, where the plan was made around today's instances.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moves: Option<MovesDocument>,
    /// Commitments to AWS, bought and proposed, where there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commitment: Option<CommitmentDocument>,
    /// Over a week, Managed Instances of its hours, every hour once; absent where there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub managed_hours: Vec<ManagedHoursDocument>,
    /// Tasks without a place, with the reasons.
    pub unplaced: Vec<UnplacedDocument>,
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
    /// The texts of changes, reasons and notes as data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<DetailsDocument>,
}

/// A capacity provider of the plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProviderDocument {
    /// Name.
    pub name: String,
    /// Kind.
    #[serde(with = "words::KindWord")]
    pub kind: ProviderKind,
    /// Instance types of its group.
    pub instance_types: Vec<String>,
    /// How its instances are bought.
    #[serde(default, with = "crate::io::purchase_option::optional")]
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
    pub managed_scaling: ManagedScalingDocument,
    /// Cost of the whole group.
    pub usd_per_hour: UsdPerHour,
    /// What proves that its tasks find a place in every order of arrival; none for an ideal packing and for
    /// Fargate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<CertificateDocument>,
    /// What the group is designed for; absent in an ideal packing.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "words::mode")]
    pub mode: Option<GroupMode>,
    /// Sizes of the group over the week, every hour once; absent where its size is the same in all hours.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub schedule: Vec<ScheduleDocument>,
}

/// The size of a group in some hours of the week.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ScheduleDocument {
    /// Hours from Monday 00:00 UTC as inclusive ranges, such as `8-19,32-43`.
    pub hours: String,
    /// Instances in them.
    pub desired_capacity: u64,
}

/// Managed Instances in some hours of the week.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ManagedHoursDocument {
    /// Hours from Monday 00:00 UTC as inclusive ranges, such as `8-19,32-43`.
    pub hours: String,
    /// Their Managed Instances, identical ones together.
    pub instances: Vec<InstancesDocument>,
}

/// Managed scaling, in ECS's words; a key that is absent is ECS's default.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ManagedScalingDocument {
    /// Whether ECS sizes the group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<ScalingStatus>,
    /// Share of the group's capacity to be used, in percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_capacity: Option<u64>,
    /// Fewest instances started or stopped at a time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum_scaling_step_size: Option<u64>,
    /// Most instances started or stopped at a time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maximum_scaling_step_size: Option<u64>,
    /// Seconds until a new instance counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance_warmup_period: Option<u64>,
}

/// Whether ECS sizes a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ScalingStatus {
    /// It does.
    Enabled,
    /// It does not.
    Disabled,
}

/// Proof that every order of arrival fits a group of identical instances.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CertificateDocument {
    /// Most tasks of each service on one instance.
    pub tasks_per_instance: IndexMap<String, u64>,
    /// Tasks of each service that its strategy sends to the group once all are there.
    #[serde(default)]
    pub tasks: IndexMap<String, u64>,
}

/// A service in the plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceDocument {
    /// Service name.
    pub service_name: String,
    /// Number of tasks planned for; for a daemon, the number of instances it runs on.
    pub desired_count: u64,
    /// Providers its tasks use.
    pub capacity_provider_strategy: Vec<StrategyItemDocument>,
    /// Placement strategies, as the ECS API takes them.
    pub placement_strategy: Vec<Value>,
    /// Its share of the bill; the shares add up to it.
    pub usd_per_hour: UsdPerHour,
    /// Shadow price: what one more task adds at the margin, from the linear program's dual.
    pub marginal_usd_per_task_hour: Option<UsdPerHour>,
}

/// Tasks that no allowed capacity can hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UnplacedDocument {
    /// Service name.
    pub service_name: String,
    /// Number of tasks.
    pub count: u64,
    /// Which tests excluded every offering, the nearest miss and what would unlock it.
    pub reasons: Vec<String>,
}

/// The texts of a plan as data, each of the same length and order as its texts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DetailsDocument {
    /// The version whose words the texts are.
    #[serde(
        rename = "bayplanVersion",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub bayplan_version: Option<String>,
    /// Of `changes`.
    pub changes: Vec<Value>,
    /// Of `unplaced[].reasons`, flattened.
    pub reasons: Vec<Value>,
    /// Of `assumptions`, then `warnings`.
    pub notes: Vec<Value>,
}

/// The version whose words this program's texts are.
pub const BAYPLAN_VERSION: &str = env!("CARGO_PKG_VERSION");

/// The words for what a plan says.
#[derive(Debug, Clone, Copy)]
pub struct Wording {
    /// Of a change.
    pub change: fn(&Change) -> String,
    /// Of a reason.
    pub reason: fn(&Reason) -> String,
    /// Of an assumption.
    pub assumption: fn(&Assumption) -> String,
    /// Of a warning.
    pub warning: fn(&Warning) -> String,
    /// Of a recommendation.
    pub recommendation: fn(&Recommendation) -> String,
}

impl PlanDocument {
    /// A plan as a document, with texts in the words given.
    #[must_use]
    pub fn new(plan: &FleetPlan, wording: &Wording) -> Self {
        let unplaced = |entry: &Unplaced| UnplacedDocument {
            service_name: entry.service_name.clone(),
            count: entry.count,
            reasons: entry.reasons.iter().map(wording.reason).collect(),
        };
        Self {
            version: 1,
            cluster: plan.cluster.clone(),
            region: plan.region.clone(),
            status: plan.status,
            snapshot: plan.snapshot.clone().map(Into::into),
            catalogue: plan.catalogue.clone().into(),
            cost: plan.cost.clone().into(),
            capacity_providers: plan.capacity_providers.iter().map(provider).collect(),
            services: plan.services.iter().map(service).collect(),
            instances: plan.instances.iter().cloned().map(Into::into).collect(),
            fargate_tasks: plan.fargate_tasks.iter().cloned().map(Into::into).collect(),
            other_group_counts: (plan.other_group_counts.iter().copied())
                .map(Into::into)
                .collect(),
            moves: plan.moves.clone().map(Into::into),
            commitment: plan.commitment.as_ref().map(Into::into),
            managed_hours: (plan.managed_hours.iter())
                .map(|entry| ManagedHoursDocument {
                    hours: hours_text(&entry.hours),
                    instances: entry.instances.iter().cloned().map(Into::into).collect(),
                })
                .collect(),
            unplaced: plan.unplaced.iter().map(unplaced).collect(),
            changes: plan.changes.iter().map(wording.change).collect(),
            recommendation: plan.recommendation.as_ref().map(wording.recommendation),
            assumptions: plan.assumptions.iter().map(wording.assumption).collect(),
            warnings: plan.warnings.iter().map(wording.warning).collect(),
            details: details::of_plan(plan),
        }
    }

    /// The rows, those of a provider of Managed Instances as instances that ECS runs: the document says it of the provider.
    fn planned_instances(&self) -> Vec<PlannedInstances> {
        let managed: BTreeSet<&str> = (self.capacity_providers.iter())
            .filter(|provider| provider.kind.is_managed())
            .map(|provider| provider.name.as_str())
            .collect();
        (self.instances.iter().cloned())
            .map(|row| {
                let mut row = PlannedInstances::from(row);
                if managed.contains(row.capacity_provider.as_str()) {
                    row.purchase_option = row.purchase_option.run_by_ecs();
                }
                row
            })
            .collect()
    }

    /// Managed Instances of the hours.
    fn planned_managed_hours(&self, wrong: &mut Vec<Finding>) -> Vec<ManagedHours> {
        let mut entries = Vec::new();
        for (index, entry) in self.managed_hours.iter().enumerate() {
            let Some(hours) = hours_of_text(&entry.hours) else {
                wrong.push(no_hours(format!("managedHours[{index}].hours")));
                continue;
            };
            let instances = (entry.instances.iter().cloned())
                .map(|row| {
                    let mut row = PlannedInstances::from(row);
                    row.purchase_option = row.purchase_option.run_by_ecs();
                    row
                })
                .collect();
            entries.push(ManagedHours { hours, instances });
        }
        entries
    }

    /// The plan that the document says. Where `details` are absent, or of a code that is not known, texts stay as they
    /// are given.
    ///
    /// # Errors
    /// Place and cause of each value that is not one of a plan.
    pub fn plan(&self) -> Result<FleetPlan, Vec<Finding>> {
        let mut wrong = Vec::new();
        if self.version != 1 {
            wrong.push(finding(
                codes::PLAN_FILE,
                "version".to_owned(),
                format!("plan version {} is not known; 1 is", self.version),
                "give a plan that `bayplan plan --format json` wrote",
            ));
        }
        let services = (self.services.iter())
            .map(|service| planned_service(service, &mut wrong))
            .collect();
        let capacity_providers = (self.capacity_providers.iter())
            .map(|provider| planned_provider(provider, &mut wrong))
            .collect();
        let fargate_tasks = (self.fargate_tasks.iter())
            .map(|row| row.planned(&mut wrong))
            .collect();
        let commitment = (self.commitment.as_ref()).map(|said| said.planned(&mut wrong));
        let managed_hours = self.planned_managed_hours(&mut wrong);
        let read = details::Read::new(self);
        if !wrong.is_empty() {
            return Err(wrong);
        }
        Ok(FleetPlan {
            cluster: self.cluster.clone(),
            region: self.region.clone(),
            status: self.status,
            snapshot: self.snapshot.clone().map(Into::into),
            catalogue: self.catalogue.clone().into(),
            cost: self.cost.clone().into(),
            capacity_providers,
            services,
            instances: self.planned_instances(),
            fargate_tasks,
            other_group_counts: (self.other_group_counts.iter().cloned())
                .map(Into::into)
                .collect(),
            moves: self.moves.clone().map(Into::into),
            commitment,
            managed_hours,
            unplaced: read.unplaced,
            changes: read.changes,
            recommendation: read.recommendation,
            assumptions: read.assumptions,
            warnings: read.warnings,
        })
    }
}

fn finding(code: &'static str, place: String, cause: String, remedy: &str) -> Finding {
    Finding {
        code,
        severity: Severity::Error,
        place,
        line: None,
        column: None,
        cause,
        remedy: remedy.to_owned(),
    }
}

fn no_hours(place: String) -> Finding {
    finding(
        codes::PLAN_FILE,
        place,
        "these are no hours of a week".to_owned(),
        "write hours 0 to 167 as inclusive ranges, such as `8-19,32-43`",
    )
}

fn provider(provider: &PlannedProvider) -> ProviderDocument {
    let scaling = provider.managed_scaling;
    ProviderDocument {
        name: provider.name.clone(),
        kind: provider.kind,
        instance_types: provider.instance_types.clone(),
        purchase_option: provider.purchase_option,
        availability_zones: provider.availability_zones.clone(),
        min_size: provider.min_size,
        desired_capacity: provider.desired_capacity,
        max_size: provider.max_size,
        managed_scaling: ManagedScalingDocument {
            status: scaling.enabled.map(|enabled| {
                if enabled {
                    ScalingStatus::Enabled
                } else {
                    ScalingStatus::Disabled
                }
            }),
            target_capacity: scaling.target_capacity,
            minimum_scaling_step_size: scaling.minimum_scaling_step_size,
            maximum_scaling_step_size: scaling.maximum_scaling_step_size,
            instance_warmup_period: scaling.instance_warmup_period_s,
        },
        usd_per_hour: provider.usd_per_hour,
        certificate: (provider.certificate.as_ref()).map(|certificate| CertificateDocument {
            tasks_per_instance: certificate.tasks_per_instance.clone(),
            tasks: certificate.tasks.clone(),
        }),
        mode: provider.mode,
        schedule: (provider.schedule.iter())
            .map(|size| ScheduleDocument {
                hours: hours_text(&size.hours),
                desired_capacity: size.desired_capacity,
            })
            .collect(),
    }
}

fn planned_provider(provider: &ProviderDocument, wrong: &mut Vec<Finding>) -> PlannedProvider {
    let scaling = &provider.managed_scaling;
    PlannedProvider {
        name: provider.name.clone(),
        kind: provider.kind,
        instance_types: provider.instance_types.clone(),
        purchase_option: provider.purchase_option,
        availability_zones: provider.availability_zones.clone(),
        min_size: provider.min_size,
        desired_capacity: provider.desired_capacity,
        max_size: provider.max_size,
        managed_scaling: ManagedScaling {
            enabled: scaling
                .status
                .map(|status| status == ScalingStatus::Enabled),
            target_capacity: scaling.target_capacity,
            minimum_scaling_step_size: scaling.minimum_scaling_step_size,
            maximum_scaling_step_size: scaling.maximum_scaling_step_size,
            instance_warmup_period_s: scaling.instance_warmup_period,
        },
        usd_per_hour: provider.usd_per_hour,
        certificate: (provider.certificate.as_ref()).map(|certificate| Certificate {
            tasks_per_instance: certificate.tasks_per_instance.clone(),
            tasks: certificate.tasks.clone(),
        }),
        mode: provider.mode,
        schedule: schedule(provider, wrong),
    }
}

fn schedule(provider: &ProviderDocument, wrong: &mut Vec<Finding>) -> Vec<ScheduledSize> {
    let mut sizes = Vec::new();
    for (index, size) in provider.schedule.iter().enumerate() {
        match hours_of_text(&size.hours) {
            Some(hours) => sizes.push(ScheduledSize {
                hours,
                desired_capacity: size.desired_capacity,
            }),
            None => wrong.push(no_hours(format!(
                "capacityProviders[{}].schedule[{index}].hours",
                provider.name
            ))),
        }
    }
    sizes
}

fn service(service: &PlannedService) -> ServiceDocument {
    ServiceDocument {
        service_name: service.service_name.clone(),
        desired_count: service.desired_count,
        capacity_provider_strategy: (service.capacity_provider_strategy.iter().cloned())
            .map(Into::into)
            .collect(),
        placement_strategy: (service.placement_strategy.iter())
            .map(placement_strategy)
            .collect(),
        usd_per_hour: service.usd_per_hour,
        marginal_usd_per_task_hour: service.marginal_usd_per_task_hour,
    }
}

fn planned_service(service: &ServiceDocument, wrong: &mut Vec<Finding>) -> PlannedService {
    let mut strategies = Vec::new();
    for (index, value) in service.placement_strategy.iter().enumerate() {
        match PlacementStrategy::from_api(value) {
            Some(strategy) => strategies.push(strategy),
            None => wrong.push(finding(
                codes::PLAN_STRATEGY,
                format!(
                    "services[{}].placementStrategy[{index}]",
                    service.service_name
                ),
                "this is no placement strategy".to_owned(),
                "use random, spread or binpack, as the ECS API writes them",
            )),
        }
    }
    PlannedService {
        service_name: service.service_name.clone(),
        desired_count: service.desired_count,
        capacity_provider_strategy: (service.capacity_provider_strategy.iter().cloned())
            .map(Into::into)
            .collect(),
        placement_strategy: strategies,
        usd_per_hour: service.usd_per_hour,
        marginal_usd_per_task_hour: service.marginal_usd_per_task_hour,
    }
}

/// A placement strategy as the ECS API takes it.
fn placement_strategy(strategy: &PlacementStrategy) -> Value {
    let object = |kind: &str, field: Option<&str>| {
        let mut object = Map::new();
        object.insert("type".to_owned(), json!(kind));
        if let Some(field) = field {
            object.insert("field".to_owned(), json!(field));
        }
        Value::Object(object)
    };
    match strategy {
        PlacementStrategy::Random => object("random", None),
        PlacementStrategy::Spread(field) => object("spread", Some(field)),
        PlacementStrategy::Binpack(field) => object("binpack", Some(field)),
    }
}

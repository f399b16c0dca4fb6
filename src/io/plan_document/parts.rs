//! Parts of the plan document that say what the domain says, field by field.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::domain::capacity::Capacity;
use crate::domain::money::UsdPerHour;
use crate::domain::plan::{
    FrontierPoint, Launch, Moves, NotDrained, OtherGroupCount, PeriodCost, PlanAsOf, PlanCatalogue,
    PlanCost, PlannedInstances, Registered, SnapshotStamp, StrategyItem, Wave, WhyNotDrained,
};

/// A part of the document and its counterpart in the domain.
macro_rules! counterpart {
    ($(#[$meta:meta])* $document:ident of $domain:ident {
        $($(#[$attribute:meta])* $field:ident: $type:ty,)*
    }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(rename_all = "camelCase")]
        pub struct $document { $($(#[$attribute])* pub $field: $type,)* }

        impl From<$domain> for $document {
            fn from(of: $domain) -> Self {
                Self { $($field: of.$field.into(),)* }
            }
        }

        impl From<$document> for $domain {
            fn from(of: $document) -> Self {
                Self { $($field: of.$field.into(),)* }
            }
        }
    };
}

counterpart! {
    /// Dates (ISO 8601) of each kind of price; `null` when a file that replaced them carries none.
    AsOfDocument of PlanAsOf {
        /// On-Demand prices.
        on_demand: Option<String>,
        /// Spot savings or prices.
        spot: Option<String>,
        /// Fargate rates.
        fargate: Option<String>,
    }
}

counterpart! {
    /// The state of a live cluster that a file was read from.
    SnapshotDocument of SnapshotStamp {
        /// When it was read, as RFC 3339.
        taken_at: String,
        /// Hash of all in it that matters to a plan.
        fingerprint: String,
    }
}

counterpart! {
    /// Where the catalogue came from and how old its figures are.
    CatalogueDocument of PlanCatalogue {
        /// `embedded`, `file` or `aws`.
        source: String,
        /// Dates by kind of figure.
        as_of: AsOfDocument,
    }
}

counterpart! {
    /// What the hours of a part of the week cost.
    PeriodDocument of PeriodCost {
        /// Its name, or its hours of the week as inclusive ranges.
        name: String,
        /// How many hours of a week it has.
        hours_per_week: u64,
        /// The fleet in one of them.
        usd_per_hour: UsdPerHour,
    }
}

/// The bill, the ideal packing and the proven bound.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CostDocument {
    /// The planned fleet; over a week, the mean of its hours.
    pub usd_per_hour: UsdPerHour,
    /// The planned fleet over 730 hours, to the cent.
    pub usd_per_month: f64,
    /// No plan under this policy costs less; `null` without proof.
    pub bound_usd_per_hour: Option<UsdPerHour>,
    /// The bound that a proof file carries; absent where none was written.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub proven_usd_per_hour: Option<UsdPerHour>,
    /// (planned − bound) / planned.
    pub gap: Option<f64>,
    /// Best packing found.
    pub ideal_usd_per_hour: UsdPerHour,
    /// (ideal − bound) / ideal.
    pub ideal_gap: Option<f64>,
    /// Today's fleet, where the file shows it.
    pub current_usd_per_hour: Option<UsdPerHour>,
    /// Where demand moves over the week, what its hours cost.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub periods: Vec<PeriodDocument>,
}

impl From<PlanCost> for CostDocument {
    fn from(of: PlanCost) -> Self {
        Self {
            usd_per_hour: of.usd_per_hour,
            usd_per_month: of.usd_per_month,
            bound_usd_per_hour: of.bound_usd_per_hour,
            proven_usd_per_hour: of.proven_usd_per_hour,
            gap: of.gap,
            ideal_usd_per_hour: of.ideal_usd_per_hour,
            ideal_gap: of.ideal_gap,
            current_usd_per_hour: of.current_usd_per_hour,
            periods: of.periods.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<CostDocument> for PlanCost {
    fn from(of: CostDocument) -> Self {
        Self {
            usd_per_hour: of.usd_per_hour,
            usd_per_month: of.usd_per_month,
            bound_usd_per_hour: of.bound_usd_per_hour,
            proven_usd_per_hour: of.proven_usd_per_hour,
            gap: of.gap,
            ideal_usd_per_hour: of.ideal_usd_per_hour,
            ideal_gap: of.ideal_gap,
            current_usd_per_hour: of.current_usd_per_hour,
            periods: of.periods.into_iter().map(Into::into).collect(),
        }
    }
}

counterpart! {
    /// The cost of the whole plan with at most so many Auto Scaling groups.
    OtherGroupCountDocument of OtherGroupCount {
        /// At most so many groups.
        groups: u64,
        /// What the plan would cost.
        usd_per_hour: UsdPerHour,
    }
}

counterpart! {
    /// One item of a capacity provider strategy.
    StrategyItemDocument of StrategyItem {
        /// Provider name.
        capacity_provider: String,
        /// Tasks placed there first.
        base: u64,
        /// Relative share of the rest.
        weight: u64,
    }
}

counterpart! {
    /// What an instance registers with ECS, before daemons and reserved amounts.
    RegisteredDocument of Registered {
        /// CPU units.
        cpu: u64,
        /// Memory in MiB.
        memory_mib: u64,
        /// Network interfaces for `awsvpc` tasks.
        enis: u64,
        /// GPUs.
        gpus: u64,
        /// Pods that a node of Kubernetes takes.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pods: Option<u64>,
    }
}

counterpart! {
    /// `count` identical instances.
    InstancesDocument of PlannedInstances {
        /// Instance type.
        instance_type: String,
        /// On-Demand or Spot.
        #[serde(with = "crate::io::purchase_option")]
        purchase_option: Capacity,
        /// Zone; `null` when the cluster file names none.
        availability_zone: Option<String>,
        /// Capacity provider.
        capacity_provider: String,
        /// How many such instances.
        count: u64,
        /// Cost of one: price, root volume and fee.
        usd_per_hour: UsdPerHour,
        /// What one registers.
        registered: RegisteredDocument,
        /// Tasks on each, by service, daemons included.
        tasks: IndexMap<String, u64>,
        /// Room kept on each for tasks beyond those that run there, by service: where the tasks of a lost zone
        /// go (`surviveZoneLoss`).
        #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
        spare: IndexMap<String, u64>,
        /// Spot: share of instances interrupted in a month, as the Spot Instance Advisor gives it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        interruption_band: Option<String>,
        /// Whether these run today and stay (`keepInstances: all`).
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        existing: bool,
        /// Custom attributes these instances must register with.
        #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
        attributes: IndexMap<String, Option<String>>,
    }
}

counterpart! {
    /// The best packing found that restarts at most so many tasks.
    FrontierPointDocument of FrontierPoint {
        /// Tasks restarted.
        restarts: u64,
        /// Cost of the best packing found.
        usd_per_hour: UsdPerHour,
        /// No packing that restarts at most so many costs less; `null` without proof.
        bound_usd_per_hour: Option<UsdPerHour>,
    }
}

/// What the plan moves from where it runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MovesDocument {
    /// Tasks that stop where they run and start elsewhere.
    pub restarts: u64,
    /// No plan of at most this cost restarts fewer; `null` without proof.
    pub bound_restarts: Option<u64>,
    /// Container instances of today that go.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub drained: Vec<String>,
    /// Cost against restarts, ascending (`--moves frontier`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub frontier: Vec<FrontierPointDocument>,
    /// The order in which it is done.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waves: Vec<WaveDocument>,
    /// Instances among `drained` that no wave drains.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_drained: Vec<NotDrainedDocument>,
}

/// A step: instances are launched, then others drained and terminated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WaveDocument {
    /// Instances that are launched first.
    pub launches: Vec<LaunchDocument>,
    /// Container instances that are drained then.
    pub drains: Vec<String>,
    /// Tasks that stop on them and start elsewhere.
    pub restarts: u64,
    /// Cost of all instances after the wave.
    pub usd_per_hour: UsdPerHour,
    /// Cost while both those launched and those drained are there.
    pub peak_usd_per_hour: UsdPerHour,
    /// Tasks that wait for a place after the wave.
    pub waiting: u64,
}

counterpart! {
    /// Instances of one kind that a wave launches.
    LaunchDocument of Launch {
        /// Capacity provider whose group launches them.
        capacity_provider: String,
        /// Instance type.
        instance_type: String,
        /// How they are bought.
        #[serde(with = "crate::io::purchase_option")]
        purchase_option: Capacity,
        /// Zone, where the cluster names any.
        availability_zone: Option<String>,
        /// How many.
        count: u64,
    }
}

counterpart! {
    /// An instance that the plan drains and no wave does.
    NotDrainedDocument of NotDrained {
        /// Container instance.
        instance: String,
        /// The service in the way.
        service_name: String,
        /// What is in the way: `no-place` or `no-surge`.
        #[serde(with = "super::words::WhyNotDrainedWord")]
        why: WhyNotDrained,
    }
}

impl From<Wave> for WaveDocument {
    fn from(of: Wave) -> Self {
        Self {
            launches: of.launches.into_iter().map(Into::into).collect(),
            drains: of.drains,
            restarts: of.restarts,
            usd_per_hour: of.usd_per_hour,
            peak_usd_per_hour: of.peak_usd_per_hour,
            waiting: of.waiting,
        }
    }
}

impl From<WaveDocument> for Wave {
    fn from(of: WaveDocument) -> Self {
        Self {
            launches: of.launches.into_iter().map(Into::into).collect(),
            drains: of.drains,
            restarts: of.restarts,
            usd_per_hour: of.usd_per_hour,
            peak_usd_per_hour: of.peak_usd_per_hour,
            waiting: of.waiting,
        }
    }
}

impl From<Moves> for MovesDocument {
    fn from(of: Moves) -> Self {
        Self {
            restarts: of.restarts,
            bound_restarts: of.bound_restarts,
            drained: of.drained,
            frontier: of.frontier.into_iter().map(Into::into).collect(),
            waves: of.waves.into_iter().map(Into::into).collect(),
            not_drained: of.not_drained.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<MovesDocument> for Moves {
    fn from(of: MovesDocument) -> Self {
        Self {
            restarts: of.restarts,
            bound_restarts: of.bound_restarts,
            drained: of.drained,
            frontier: of.frontier.into_iter().map(Into::into).collect(),
            waves: of.waves.into_iter().map(Into::into).collect(),
            not_drained: of.not_drained.into_iter().map(Into::into).collect(),
        }
    }
}

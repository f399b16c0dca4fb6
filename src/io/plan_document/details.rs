//! The texts of a plan as data: codes that stay, with what each text says in keys of its own.
//!
//! The types here mirror those of the domain, variant by variant; the compiler holds them together.

use rust_decimal::Decimal;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::domain::capacity::Capacity;
use crate::domain::instance_type::CpuArchitecture;
use crate::domain::interruption::InterruptionBand;
use crate::domain::plan::{
    Assumption, Change, DaemonsObstacle, Exclusion, FailedTest, FargateObstacle, Filling,
    FleetPlan, InTheWay, Kept, Lack, LoweredShare, MemoryClassModel, NotRealised, Reason,
    Recommendation, RolloutRemedy, RoomFor, StrategyItem, TaskSize, TestCount, UnfitTaskSize,
    Unplaced, Warning, WeakPrice,
};
use crate::domain::policy::MemoryOverhead;
use crate::domain::resources::Resource;
use crate::domain::task::{HostPort, LaunchType, Protocol, TaskFeature};

use super::{DetailsDocument, PlanDocument, StrategyItemDocument};

/// What a plan says, as data; `None` where it says nothing, or nothing beside its texts.
pub(super) fn of_plan(plan: &FleetPlan) -> Option<DetailsDocument> {
    let reasons = || plan.unplaced.iter().flat_map(|entry| &entry.reasons);
    let is_text_alone = (plan.changes.iter()).all(|it| matches!(it, Change::AsGiven { .. }))
        && reasons().all(|it| matches!(it, Reason::AsGiven { .. }))
        && (plan.assumptions.iter()).all(|it| matches!(it, Assumption::AsGiven { .. }))
        && (plan.warnings.iter()).all(|it| matches!(it, Warning::AsGiven { .. }));
    if is_text_alone {
        return None;
    }
    let assumptions = plan
        .assumptions
        .iter()
        .map(|it| value(&AssumptionValue(it.clone())));
    let warnings = plan
        .warnings
        .iter()
        .map(|it| value(&WarningValue(it.clone())));
    Some(DetailsDocument {
        changes: (plan.changes.iter())
            .map(|it| value(&ChangeValue(it.clone())))
            .collect(),
        reasons: reasons()
            .map(|it| value(&ReasonValue(it.clone())))
            .collect(),
        notes: assumptions.chain(warnings).collect(),
    })
}

fn value(of: &impl Serialize) -> Value {
    serde_json::to_value(of).expect("details have texts for keys and finite numbers")
}

/// What the texts of a document say.
pub(super) struct Read {
    pub changes: Vec<Change>,
    pub unplaced: Vec<Unplaced>,
    pub assumptions: Vec<Assumption>,
    pub warnings: Vec<Warning>,
    pub recommendation: Option<Recommendation>,
}

impl Read {
    pub fn new(document: &PlanDocument) -> Self {
        let details = document.details.as_ref();
        let mut changes = details.map_or(&[][..], |of| &of.changes).iter();
        let mut reasons = details.map_or(&[][..], |of| &of.reasons).iter();
        let mut notes = details.map_or(&[][..], |of| &of.notes).iter();
        Self {
            changes: (document.changes.iter())
                .map(|text| {
                    let text = || Change::AsGiven { text: text.clone() };
                    known(changes.next()).map_or_else(text, |ChangeValue(it)| it)
                })
                .collect(),
            unplaced: (document.unplaced.iter())
                .map(|entry| Unplaced {
                    service_name: entry.service_name.clone(),
                    count: entry.count,
                    reasons: (entry.reasons.iter())
                        .map(|text| {
                            let text = || Reason::AsGiven { text: text.clone() };
                            known(reasons.next()).map_or_else(text, |ReasonValue(it)| it)
                        })
                        .collect(),
                })
                .collect(),
            assumptions: (document.assumptions.iter())
                .map(|text| {
                    let text = || Assumption::AsGiven { text: text.clone() };
                    known(notes.next()).map_or_else(text, |AssumptionValue(it)| it)
                })
                .collect(),
            warnings: (document.warnings.iter())
                .map(|text| {
                    let text = || Warning::AsGiven { text: text.clone() };
                    known(notes.next()).map_or_else(text, |WarningValue(it)| it)
                })
                .collect(),
            recommendation: (document.recommendation.as_ref())
                .map(|text| Recommendation::AsGiven { text: text.clone() }),
        }
    }
}

/// A detail of a code that is known.
fn known<T: DeserializeOwned>(detail: Option<&Value>) -> Option<T> {
    T::deserialize(detail?).ok()
}

#[derive(Serialize, Deserialize)]
#[serde(
    remote = "Change",
    tag = "code",
    rename_all = "kebab-case",
    rename_all_fields = "camelCase"
)]
enum ChangeDocument {
    AddInstances {
        instance_type: String,
        purchase_option: Capacity,
        today: Option<u64>,
        planned: u64,
    },
    RemoveInstances {
        instance_type: String,
        purchase_option: Capacity,
        today: u64,
        planned: u64,
    },
    InstancesHoldPart {
        instances: u64,
        tasks: u64,
        placed: u64,
    },
    ServiceNeedsInstances {
        service_name: String,
        tasks: u64,
        #[serde(with = "LackDocument")]
        lack: Lack,
    },
    AddProvider {
        capacity_provider: String,
        instance_types: Vec<String>,
        desired_capacity: u64,
    },
    ChangeGroup {
        capacity_provider: String,
        instance_types: Vec<String>,
        desired_capacity: u64,
        types_today: Vec<String>,
        instances_today: u64,
    },
    RemoveProvider {
        capacity_provider: String,
        types_today: Vec<String>,
        instances_today: u64,
    },
    ChangeStrategy {
        service_name: String,
        #[serde(with = "strategy_items")]
        strategy: Vec<StrategyItem>,
        #[serde(with = "strategy_items")]
        today: Vec<StrategyItem>,
    },
    ChangeTaskDefinition {
        service_name: String,
        cpu: u64,
        memory_mib: u64,
        #[serde(with = "UnfitTaskSizeDocument")]
        why: UnfitTaskSize,
    },
    AsGiven {
        text: String,
    },
}

#[derive(Serialize, Deserialize)]
struct ChangeValue(#[serde(with = "ChangeDocument")] Change);

#[derive(Serialize, Deserialize)]
#[serde(
    remote = "Reason",
    tag = "code",
    rename_all = "kebab-case",
    rename_all_fields = "camelCase"
)]
enum ReasonDocument {
    TwoZonesNeeded,
    ZoneNeeded,
    NoExternalInstance,
    NoInstanceType,
    NoOffering {
        offerings: u64,
        #[serde(with = "test_counts")]
        excluded_by: Vec<TestCount>,
    },
    NearestMiss {
        instance_type: String,
        #[serde(with = "failed_tests")]
        failed: Vec<FailedTest>,
    },
    PolicyExcludes {
        instance_type: String,
        #[serde(with = "exclusions")]
        exclusions: Vec<Exclusion>,
        types: u64,
    },
    TaskMustChange {
        #[serde(with = "FailedTestDocument")]
        failed: FailedTest,
    },
    NoRoomBesideDaemons {
        offerings: u64,
        instance_type: String,
        #[serde(with = "DaemonsObstacleDocument")]
        obstacle: DaemonsObstacle,
    },
    FargateForbidden,
    NotOnFargate {
        #[serde(with = "fargate_obstacles")]
        obstacles: Vec<FargateObstacle>,
    },
    ExternalInstancesFull,
    NoPacking {
        #[serde(with = "rooms_for")]
        room_for: Vec<RoomFor>,
        #[serde(with = "hindrances")]
        in_the_way: Vec<InTheWay>,
    },
    NoPackingWithin {
        max_instances: u64,
        #[serde(with = "rooms_for")]
        room_for: Vec<RoomFor>,
    },
    AlsoInTheWay {
        #[serde(with = "hindrances")]
        rules: Vec<InTheWay>,
    },
    AsGiven {
        text: String,
    },
}

#[derive(Serialize, Deserialize)]
struct ReasonValue(#[serde(with = "ReasonDocument")] Reason);

#[derive(Serialize, Deserialize)]
#[serde(
    remote = "Assumption",
    tag = "code",
    rename_all = "kebab-case",
    rename_all_fields = "camelCase"
)]
enum AssumptionDocument {
    MemoryOverhead {
        #[serde(with = "MemoryOverheadDocument")]
        overhead: MemoryOverhead,
    },
    MemoryModel {
        sampled_types: u64,
        #[serde(with = "memory_classes")]
        classes: Vec<MemoryClassModel>,
    },
    RegisteredAsShown,
    NoRootVolume,
    RootVolume {
        gib: u64,
        usd_per_gib_month: Option<Decimal>,
        weak_basis: Option<String>,
    },
    WeakPrices {
        #[serde(with = "weak_prices")]
        prices: Vec<WeakPrice>,
    },
    InstancesStay,
    MoreThanMaxInstances {
        instances: u64,
        max_instances: u64,
    },
    NoZones,
    ZoneIdsUnknown {
        zones: Vec<String>,
        zones_in_all: u64,
    },
    SpotPricesOfFile,
    SpotPricesOfAdvisor,
    PoolShareNotEnforced,
    FargateSizes,
    WeakFargateRates {
        bases: Vec<String>,
    },
    SpareForLostZone,
    OneDeploymentAtATime,
    EniTrunkingOn,
    EniTrunkingOff,
    IdealAskedFor,
    IdealFilled {
        #[serde(with = "FillingDocument")]
        filling: Filling,
    },
    NotRealised {
        #[serde(with = "NotRealisedDocument")]
        why: NotRealised,
        #[serde(with = "FillingDocument")]
        filling: Filling,
    },
    FleetFilled {
        orders: u64,
        groups: u64,
        uncertified: u64,
    },
    TodayFilled {
        instances: u64,
        #[serde(with = "FillingDocument")]
        filling: Filling,
    },
    TodayCountsDraining {
        instances: u64,
    },
    TodayWithoutFargate,
    MinAvailability {
        least: f64,
        #[serde(with = "lowered_shares")]
        lowered: Vec<LoweredShare>,
        pool_share: Option<Decimal>,
        #[serde(with = "kept")]
        kept: Option<Kept>,
    },
    RolloutsNotPlayed,
    Rollouts {
        within: u64,
        launching: Vec<String>,
        comes_back: bool,
    },
    RolloutsLeaveFleetLarger {
        service_names: Vec<String>,
    },
    AsGiven {
        text: String,
    },
}

#[derive(Serialize, Deserialize)]
struct AssumptionValue(#[serde(with = "AssumptionDocument")] Assumption);

#[derive(Serialize, Deserialize)]
#[serde(
    remote = "Warning",
    tag = "code",
    rename_all = "kebab-case",
    rename_all_fields = "camelCase"
)]
enum WarningDocument {
    InstanceQuota {
        instances: u64,
        quota: u64,
    },
    TaskQuota {
        service_name: String,
        tasks: u64,
        quota: u64,
    },
    DiscoveryQuota {
        service_name: String,
        tasks: u64,
        quota: u64,
    },
    MoreGroupsThanAllowed {
        groups: u64,
        max_capacity_providers: u64,
    },
    MaxShareGivesWay {
        tasks: u64,
    },
    MaxShareGivesWayInReplays,
    NeverRollsOut {
        service_name: String,
        tasks: u64,
        fewest_healthy: u64,
        minimum_healthy_percent: u64,
        most_tasks: u64,
        maximum_percent: u64,
        #[serde(with = "RolloutRemedyDocument")]
        remedy: RolloutRemedy,
    },
    RolloutsDoNotEnd {
        minutes: u64,
        service_names: Vec<String>,
    },
    AsGiven {
        text: String,
    },
}

#[derive(Serialize, Deserialize)]
struct WarningValue(#[serde(with = "WarningDocument")] Warning);

/// Lists of a mirrored type.
macro_rules! list_of {
    ($name:ident, $type:ty, $mirror:literal) => {
        mod $name {
            use super::*;

            #[derive(Serialize, Deserialize)]
            struct One(#[serde(with = $mirror)] $type);

            pub fn serialize<S: Serializer>(
                items: &[$type],
                serializer: S,
            ) -> Result<S::Ok, S::Error> {
                serializer.collect_seq(items.iter().map(|item| One(item.clone())))
            }

            pub fn deserialize<'de, D: Deserializer<'de>>(
                deserializer: D,
            ) -> Result<Vec<$type>, D::Error> {
                let items = Vec::<One>::deserialize(deserializer)?;
                Ok(items.into_iter().map(|One(item)| item).collect())
            }
        }
    };
}

/// Values of a mirrored type that may be absent.
macro_rules! option_of {
    ($name:ident, $type:ty, $mirror:literal) => {
        mod $name {
            use super::*;

            #[derive(Serialize, Deserialize)]
            struct One(#[serde(with = $mirror)] $type);

            #[expect(clippy::ref_option, reason = "serde hands over the field")]
            pub fn serialize<S: Serializer>(
                item: &Option<$type>,
                serializer: S,
            ) -> Result<S::Ok, S::Error> {
                item.clone().map(One).serialize(serializer)
            }

            pub fn deserialize<'de, D: Deserializer<'de>>(
                deserializer: D,
            ) -> Result<Option<$type>, D::Error> {
                Ok(Option::<One>::deserialize(deserializer)?.map(|One(item)| item))
            }
        }
    };
}

list_of!(failed_tests, FailedTest, "FailedTestDocument");
list_of!(exclusions, Exclusion, "ExclusionDocument");
list_of!(
    fargate_obstacles,
    FargateObstacle,
    "FargateObstacleDocument"
);
list_of!(test_counts, TestCount, "TestCountDocument");
list_of!(rooms_for, RoomFor, "RoomForDocument");
list_of!(hindrances, InTheWay, "InTheWayDocument");
list_of!(memory_classes, MemoryClassModel, "MemoryClassModelDocument");
list_of!(weak_prices, WeakPrice, "WeakPriceDocument");
list_of!(lowered_shares, LoweredShare, "LoweredShareDocument");
list_of!(architectures, CpuArchitecture, "CpuArchitectureDocument");
option_of!(band, InterruptionBand, "InterruptionBandDocument");
list_of!(task_sizes, TaskSize, "TaskSizeDocument");
list_of!(task_features, TaskFeature, "TaskFeatureDocument");
option_of!(architecture, CpuArchitecture, "CpuArchitectureDocument");
option_of!(kept, Kept, "KeptDocument");

mod strategy_items {
    use super::{Deserialize, Deserializer, Serializer, StrategyItem, StrategyItemDocument};

    pub fn serialize<S: Serializer>(
        items: &[StrategyItem],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(items.iter().cloned().map(StrategyItemDocument::from))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<StrategyItem>, D::Error> {
        let items = Vec::<StrategyItemDocument>::deserialize(deserializer)?;
        Ok(items.into_iter().map(Into::into).collect())
    }
}

#[derive(Serialize, Deserialize)]
#[serde(
    remote = "Lack",
    tag = "kind",
    rename_all = "kebab-case",
    rename_all_fields = "camelCase"
)]
enum LackDocument {
    NoneFits {
        instance_type: String,
        #[serde(with = "FailedTestDocument")]
        failed: FailedTest,
    },
    OneEach {
        instance_type: String,
    },
    Resource {
        #[serde(with = "ResourceDocument")]
        resource: Resource,
        needed: u64,
        instance_type: String,
        left: u64,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(
    remote = "FailedTest",
    tag = "kind",
    rename_all = "kebab-case",
    rename_all_fields = "camelCase"
)]
enum FailedTestDocument {
    ReservedPort {
        #[serde(with = "HostPortDocument")]
        port: HostPort,
    },
    PortQuota {
        needed: u64,
        offered: u64,
    },
    LaunchType {
        allowed: Vec<LaunchType>,
    },
    Architecture {
        #[serde(with = "architectures")]
        task: Vec<CpuArchitecture>,
        #[serde(with = "architecture")]
        instance: Option<CpuArchitecture>,
    },
    MemberOf {
        expression: String,
        unknown: Vec<String>,
    },
    Resource {
        #[serde(with = "ResourceDocument")]
        resource: Resource,
        needed: u64,
        offered: u64,
    },
    HostPort {
        #[serde(with = "HostPortDocument")]
        port: HostPort,
    },
    Attachments {
        needed: u64,
        offered: Option<u64>,
    },
    TaskGroup {
        expression: String,
    },
    Accelerators,
    Daemons,
}

#[derive(Serialize, Deserialize)]
#[serde(
    remote = "Exclusion",
    tag = "kind",
    rename_all = "kebab-case",
    rename_all_fields = "camelCase"
)]
enum ExclusionDocument {
    NotAllowed,
    Excluded {
        pattern: String,
    },
    PreviousGeneration,
    BareMetal,
    NotBareMetal,
    Burstable,
    NotBurstable,
    HpcNotNamed,
    NoEcsImage,
    AcceleratorNotNeeded,
    TooFewVcpus {
        vcpus: u64,
        least: u64,
    },
    TooManyVcpus {
        vcpus: u64,
        most: u64,
    },
    NotInZone {
        zone: String,
    },
    NoSpot,
    Interruption {
        #[serde(with = "band")]
        band: Option<InterruptionBand>,
        #[serde(with = "InterruptionBandDocument")]
        most: InterruptionBand,
    },
    NoPrice {
        region: String,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(
    remote = "FargateObstacle",
    tag = "kind",
    rename_all = "kebab-case",
    rename_all_fields = "camelCase"
)]
enum FargateObstacleDocument {
    Forbidden,
    LaunchType,
    Compatibilities,
    Features {
        #[serde(with = "task_features")]
        features: Vec<TaskFeature>,
    },
    NetworkMode,
    Gpus,
    Constraints,
    Size,
    Rate,
    StoragePrice,
}

#[derive(Serialize, Deserialize)]
#[serde(
    remote = "DaemonsObstacle",
    tag = "kind",
    rename_all = "kebab-case",
    rename_all_fields = "camelCase"
)]
enum DaemonsObstacleDocument {
    PortReserved {
        daemon: String,
        #[serde(with = "HostPortDocument")]
        port: HostPort,
    },
    PortQuota {
        daemon: String,
    },
    Reserved,
    PortTaken {
        daemon: String,
        #[serde(with = "HostPortDocument")]
        port: HostPort,
    },
    Daemon {
        daemon: String,
    },
    Volumes {
        daemon: String,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(
    remote = "NotRealised",
    tag = "kind",
    rename_all = "kebab-case",
    rename_all_fields = "camelCase"
)]
enum NotRealisedDocument {
    InstancesStay,
    NoGroups,
    RoomNotReplayed,
    BreaksRule { rule: String },
    TooManyOnOne,
    NotFilled,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "RoomFor", rename_all = "kebab-case")]
enum RoomForDocument {
    LostZone,
    LostInstance,
    Deployments,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "InTheWay", rename_all = "kebab-case")]
enum InTheWayDocument {
    MaxInstanceTypes,
    SpotMaxSharePerPool,
    TodaysInstances,
    TaskGroups,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "TestCount", rename_all = "camelCase")]
struct TestCountDocument {
    rule: String,
    offerings: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "MemoryClassModel", rename_all = "camelCase")]
struct MemoryClassModelDocument {
    class: String,
    #[serde(with = "MemoryOverheadDocument")]
    overhead: MemoryOverhead,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "WeakPrice", rename_all = "camelCase")]
struct WeakPriceDocument {
    instance_type: String,
    basis: String,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Filling", rename_all = "camelCase")]
struct FillingDocument {
    orders: u64,
    whole: u64,
    most_unplaced: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "LoweredShare", rename_all = "camelCase")]
struct LoweredShareDocument {
    service_name: String,
    spot_max_share: Decimal,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Kept", rename_all = "camelCase")]
struct KeptDocument {
    probability: f64,
    trials: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "MemoryOverhead", rename_all = "camelCase")]
struct MemoryOverheadDocument {
    percent: Decimal,
    fixed_mib: Decimal,
    per_vcpu_mib: Decimal,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Resource", rename_all = "kebab-case")]
enum ResourceDocument {
    Cpu,
    Memory,
    Enis,
    Gpus,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Protocol", rename_all = "kebab-case")]
enum ProtocolDocument {
    Tcp,
    Udp,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "HostPort")]
struct HostPortDocument {
    port: u16,
    #[serde(with = "ProtocolDocument")]
    protocol: Protocol,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "CpuArchitecture")]
enum CpuArchitectureDocument {
    #[serde(rename = "X86_64")]
    X86_64,
    #[serde(rename = "ARM64")]
    Arm64,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "TaskFeature", rename_all = "kebab-case")]
enum TaskFeatureDocument {
    AddedCapability,
    Devices,
    DisableNetworking,
    DnsSearchDomains,
    DnsServers,
    DockerSecurityOptions,
    DockerVolume,
    ExtraHosts,
    FirelensConfigS3,
    HostPath,
    Hostname,
    IpcMode,
    Links,
    LogDriver,
    MaxSwap,
    PidMode,
    Privileged,
    SharedMemorySize,
    Swappiness,
    Tmpfs,
    WindowsVolume,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "InterruptionBand")]
enum InterruptionBandDocument {
    #[serde(rename = "<5%")]
    Below5,
    #[serde(rename = "5-10%")]
    From5To10,
    #[serde(rename = "10-15%")]
    From10To15,
    #[serde(rename = "15-20%")]
    From15To20,
    #[serde(rename = ">20%")]
    Above20,
}

#[derive(Serialize, Deserialize)]
#[serde(
    remote = "RolloutRemedy",
    tag = "kind",
    rename_all = "kebab-case",
    rename_all_fields = "camelCase"
)]
enum RolloutRemedyDocument {
    MaximumPercent { percent: u64 },
    MinimumHealthyPercent { percent: u64 },
}

#[derive(Serialize, Deserialize)]
#[serde(
    remote = "UnfitTaskSize",
    tag = "kind",
    rename_all = "kebab-case",
    rename_all_fields = "camelCase"
)]
enum UnfitTaskSizeDocument {
    Absent,
    CpuAbsent,
    MemoryAbsent,
    TooSmall {
        #[serde(with = "TaskSizeDocument")]
        size: TaskSize,
    },
    Refused {
        #[serde(with = "TaskSizeDocument")]
        size: TaskSize,
        #[serde(with = "task_sizes")]
        valid: Vec<TaskSize>,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "TaskSize", rename_all = "camelCase")]
struct TaskSizeDocument {
    cpu: u64,
    memory_mib: u64,
}

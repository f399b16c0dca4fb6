//! What several texts speak of, as data.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::domain::instance_type::CpuArchitecture;
use crate::domain::interruption::InterruptionBand;
use crate::domain::plan::{
    DayPart, Filling, InTheWay, Kept, LoweredShare, ManagedScalingFault, MemoryClass,
    MemoryClassModel, NotRealised, RefusedSetting, ResetOutcome, ResetPercentages, RolloutRemedy,
    RoomFor, RuleCode, SpotShortage, TaskSize, TestCount, UnfitTaskSize, UnpricedType, WeakPrice,
};
use crate::domain::policy::MemoryOverhead;
use crate::domain::quantity::MemoryMib;
use crate::domain::resources::Resource;
use crate::domain::task::{
    ContainerLimit, ContainerReservation, HostPort, Protocol, RoleNeed, TaskFeature,
};

use super::lists::{list_of, option_of};

#[derive(Serialize, Deserialize)]
#[serde(
    remote = "NotRealised",
    tag = "kind",
    rename_all = "kebab-case",
    rename_all_fields = "camelCase"
)]
pub(super) enum NotRealisedDocument {
    InstancesStay,
    NoGroups,
    RoomNotReplayed,
    RoutingNotReplayed,
    RoutingBesideToday,
    MovingBesideToday,
    TooDear,
    BreaksRule {
        #[serde(with = "rule_code")]
        rule: RuleCode,
    },
    TooManyOnOne,
    OutOfTime,
    OutOfWork,
    NotFilled,
}

mod rule_code {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    use super::RuleCode;

    pub fn serialize<S: Serializer>(code: &RuleCode, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(code.as_str())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<RuleCode, D::Error> {
        let code = String::deserialize(deserializer)?;
        RuleCode::try_new(&code).ok_or_else(|| D::Error::custom("not the code of a rule"))
    }
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "RefusedSetting", rename_all = "camelCase")]
pub(super) struct RefusedSettingDocument {
    capacity_provider: String,
    #[serde(with = "ManagedScalingFaultDocument")]
    fault: ManagedScalingFault,
}

#[derive(Serialize, Deserialize)]
#[serde(
    remote = "ManagedScalingFault",
    tag = "kind",
    rename_all = "kebab-case",
    rename_all_fields = "camelCase"
)]
enum ManagedScalingFaultDocument {
    TargetCapacity { value: u64 },
    MinimumStep { value: u64 },
    MaximumStep { value: u64 },
    StepsCrossed { minimum: u64, maximum: u64 },
    Warmup { value: u64 },
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "RoomFor", rename_all = "kebab-case")]
pub(super) enum RoomForDocument {
    LostZone,
    LostInstance,
    Deployments,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "InTheWay", rename_all = "kebab-case")]
pub(super) enum InTheWayDocument {
    MaxInstanceTypes,
    SpotMaxSharePerPool,
    TodaysInstances,
    TaskGroups,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "TestCount", rename_all = "camelCase")]
pub(super) struct TestCountDocument {
    rule: String,
    offerings: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "DayPart", rename_all = "kebab-case")]
pub(super) enum DayPartDocument {
    Growth,
    Fall,
    InstanceLoss,
    ZoneLoss,
    SpotReclaim,
    Reset,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "ResetOutcome", rename_all = "kebab-case")]
pub(super) enum ResetOutcomeDocument {
    NotPlayed,
    NotNeeded,
    ComesBack,
    ComesBackLowered,
    DoesNotComeBack,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "SpotShortage", rename_all = "camelCase")]
pub(super) struct SpotShortageDocument {
    instance_type: String,
    availability_zone: Option<String>,
    instances: u64,
    probability: f64,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "MemoryClass", rename_all = "kebab-case")]
pub(super) enum MemoryClassDocument {
    Nitro,
    NitroT3,
    Xen,
    #[serde(rename = "xen-below-4-gib")]
    XenBelow4Gib,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "MemoryClassModel", rename_all = "camelCase")]
pub(super) struct MemoryClassModelDocument {
    #[serde(with = "MemoryClassDocument")]
    class: MemoryClass,
    #[serde(with = "MemoryOverheadDocument")]
    overhead: MemoryOverhead,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "WeakPrice", rename_all = "camelCase")]
pub(super) struct WeakPriceDocument {
    instance_type: String,
    basis: String,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "UnpricedType", rename_all = "camelCase")]
pub(super) struct UnpricedTypeDocument {
    instance_type: String,
    instances: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Filling", rename_all = "camelCase")]
pub(super) struct FillingDocument {
    orders: u64,
    whole: u64,
    most_unplaced: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "LoweredShare", rename_all = "camelCase")]
pub(super) struct LoweredShareDocument {
    service_name: String,
    spot_max_share: Decimal,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "ResetPercentages", rename_all = "camelCase")]
pub(super) struct ResetPercentagesDocument {
    service_name: String,
    minimum_healthy_percent: u64,
    maximum_percent: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Kept", rename_all = "camelCase")]
pub(super) struct KeptDocument {
    probability: f64,
    trials: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "MemoryOverhead", rename_all = "camelCase")]
pub(super) struct MemoryOverheadDocument {
    percent: Decimal,
    fixed_mib: Decimal,
    per_vcpu_mib: Decimal,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Resource", rename_all = "kebab-case")]
pub(super) enum ResourceDocument {
    Cpu,
    Memory,
    Enis,
    Gpus,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Protocol", rename_all = "kebab-case")]
pub(super) enum ProtocolDocument {
    Tcp,
    Udp,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "HostPort")]
pub(super) struct HostPortDocument {
    port: u16,
    #[serde(with = "ProtocolDocument")]
    protocol: Protocol,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "CpuArchitecture")]
pub(super) enum CpuArchitectureDocument {
    #[serde(rename = "X86_64")]
    X86_64,
    #[serde(rename = "ARM64")]
    Arm64,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "TaskFeature", rename_all = "kebab-case")]
pub(super) enum TaskFeatureDocument {
    AddedCapability,
    Devices,
    DisableNetworking,
    DnsSearchDomains,
    DnsServers,
    DockerLabels,
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
    ProxyConfiguration,
    SharedMemorySize,
    StartTimeout,
    StopTimeout,
    Swappiness,
    WindowsVolume,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "RoleNeed", rename_all = "kebab-case")]
pub(super) enum RoleNeedDocument {
    Awslogs,
    EcrImage,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "ContainerLimit", rename_all = "camelCase")]
pub(super) struct ContainerLimitDocument {
    container: String,
    #[serde(rename = "memoryMib", with = "memory_mib")]
    memory: MemoryMib,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "ContainerReservation", rename_all = "camelCase")]
pub(super) struct ContainerReservationDocument {
    container: String,
    #[serde(rename = "reservedMib", with = "memory_mib")]
    reserved: MemoryMib,
    #[serde(rename = "limitMib", with = "memory_mib")]
    limit: MemoryMib,
}

mod memory_mib {
    use serde::{Deserialize, Deserializer, Serializer};

    use super::MemoryMib;

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
    pub fn serialize<S: Serializer>(memory: &MemoryMib, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(memory.get())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<MemoryMib, D::Error> {
        u64::deserialize(deserializer).map(MemoryMib::new)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "InterruptionBand")]
pub(super) enum InterruptionBandDocument {
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
pub(super) enum RolloutRemedyDocument {
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
pub(super) enum UnfitTaskSizeDocument {
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
pub(super) struct TaskSizeDocument {
    cpu: u64,
    memory_mib: u64,
}

list_of!(refused_settings, RefusedSetting, "RefusedSettingDocument");
list_of!(test_counts, TestCount, "TestCountDocument");
list_of!(rooms_for, RoomFor, "RoomForDocument");
list_of!(hindrances, InTheWay, "InTheWayDocument");
list_of!(day_parts, DayPart, "DayPartDocument");
list_of!(memory_classes, MemoryClassModel, "MemoryClassModelDocument");
list_of!(weak_prices, WeakPrice, "WeakPriceDocument");
list_of!(unpriced_types, UnpricedType, "UnpricedTypeDocument");
list_of!(
    reset_percentages,
    ResetPercentages,
    "ResetPercentagesDocument"
);
list_of!(lowered_shares, LoweredShare, "LoweredShareDocument");
list_of!(architectures, CpuArchitecture, "CpuArchitectureDocument");
option_of!(band, InterruptionBand, "InterruptionBandDocument");
list_of!(task_sizes, TaskSize, "TaskSizeDocument");
list_of!(role_needs, RoleNeed, "RoleNeedDocument");
list_of!(container_limits, ContainerLimit, "ContainerLimitDocument");
list_of!(
    container_reservations,
    ContainerReservation,
    "ContainerReservationDocument"
);
list_of!(task_features, TaskFeature, "TaskFeatureDocument");
option_of!(architecture, CpuArchitecture, "CpuArchitectureDocument");
option_of!(kept, Kept, "KeptDocument");

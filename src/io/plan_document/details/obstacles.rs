//! What keeps a task from an instance, an instance type or Fargate, as data.

use serde::{Deserialize, Serialize};

use crate::domain::instance_type::CpuArchitecture;
use crate::domain::interruption::InterruptionBand;
use crate::domain::plan::{
    DaemonsObstacle, Exclusion, FailedTest, FargateObstacle, Lack, ManagedObstacle,
};
use crate::domain::resources::Resource;
use crate::domain::task::{HostPort, LaunchType, TaskFeature};

use super::lists::list_of;
use super::parts::{
    HostPortDocument, InterruptionBandDocument, ResourceDocument, TaskFeatureDocument,
    architecture, architectures, band, task_features,
};

#[derive(Serialize, Deserialize)]
#[serde(
    remote = "Lack",
    tag = "kind",
    rename_all = "kebab-case",
    rename_all_fields = "camelCase"
)]
pub(super) enum LackDocument {
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
pub(super) enum FailedTestDocument {
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
    ManagedInstances {
        #[serde(with = "managed_obstacles")]
        obstacles: Vec<ManagedObstacle>,
    },
    Daemons,
}

#[derive(Serialize, Deserialize)]
#[serde(
    remote = "ManagedObstacle",
    tag = "kind",
    rename_all = "kebab-case",
    rename_all_fields = "camelCase"
)]
pub(super) enum ManagedObstacleDocument {
    LaunchType,
    NetworkMode,
    EphemeralStorage,
    Feature {
        #[serde(with = "TaskFeatureDocument")]
        feature: TaskFeature,
    },
}

list_of!(
    managed_obstacles,
    ManagedObstacle,
    "ManagedObstacleDocument"
);

#[derive(Serialize, Deserialize)]
#[serde(
    remote = "Exclusion",
    tag = "kind",
    rename_all = "kebab-case",
    rename_all_fields = "camelCase"
)]
pub(super) enum ExclusionDocument {
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
pub(super) enum FargateObstacleDocument {
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
pub(super) enum DaemonsObstacleDocument {
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

list_of!(failed_tests, FailedTest, "FailedTestDocument");
list_of!(exclusions, Exclusion, "ExclusionDocument");
list_of!(
    fargate_obstacles,
    FargateObstacle,
    "FargateObstacleDocument"
);

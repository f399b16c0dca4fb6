//! Changes as data.

use serde::{Deserialize, Serialize};

use crate::domain::capacity::Capacity;
use crate::domain::plan::{Change, Lack, StrategyItem, UnfitTaskSize};
use crate::domain::task::{ContainerLimit, ContainerReservation, RoleNeed};

use super::lists::strategy_items;
use super::obstacles::LackDocument;
use super::parts::{UnfitTaskSizeDocument, container_limits, container_reservations, role_needs};

#[derive(Serialize, Deserialize)]
#[serde(
    remote = "Change",
    tag = "code",
    rename_all = "kebab-case",
    rename_all_fields = "camelCase"
)]
pub(super) enum ChangeDocument {
    AddInstances {
        instance_type: String,
        #[serde(with = "crate::io::purchase_option")]
        purchase_option: Capacity,
        today: Option<u64>,
        planned: u64,
    },
    RemoveInstances {
        instance_type: String,
        #[serde(with = "crate::io::purchase_option")]
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
    ChangeGroupLimits {
        capacity_provider: String,
        min_size: u64,
        max_size: u64,
        min_size_today: u64,
        max_size_today: u64,
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
    AddExecutionRole {
        service_name: String,
        #[serde(with = "role_needs")]
        needs: Vec<RoleNeed>,
    },
    RequireManagedInstances {
        service_name: String,
    },
    AddLogStreamPrefix {
        service_name: String,
        containers: Vec<String>,
    },
    LowerContainers {
        service_name: String,
        #[serde(with = "container_limits")]
        limits: Vec<ContainerLimit>,
        containers_cpu: Option<u64>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reserved_mib: Option<u64>,
        #[serde(
            default,
            skip_serializing_if = "Vec::is_empty",
            with = "container_reservations"
        )]
        reservations: Vec<ContainerReservation>,
        cpu: u64,
        memory_mib: u64,
    },
    AsGiven {
        text: String,
    },
}

#[derive(Serialize, Deserialize)]
pub(super) struct ChangeValue(#[serde(with = "ChangeDocument")] pub(super) Change);

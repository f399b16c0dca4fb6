//! What is shown of one instance type.

use rust_decimal::prelude::ToPrimitive;
use serde::Serialize;

use crate::catalogue::{Catalogue, registered_memory};
use crate::domain::instance_type::InstanceType;
use crate::domain::money::UsdPerHour;

/// One instance type with its prices; absent values are `null`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CatalogueRow {
    pub instance_type: String,
    pub architecture: String,
    pub vcpus: u64,
    /// Nominal.
    pub memory_mib: u64,
    /// What the ECS agent registers.
    pub registered_memory_mib: u64,
    pub max_enis: u64,
    /// Tasks in `awsvpc` mode without trunking.
    pub task_enis: u64,
    /// The same with trunking, where the type has it.
    pub task_enis_with_trunking: u64,
    pub gpus: u64,
    pub gpu_name: Option<String>,
    pub current_generation: bool,
    pub burstable: bool,
    pub bare_metal: bool,
    pub on_demand_usd_per_hour: Option<UsdPerHour>,
    pub on_demand_basis: Option<String>,
    pub spot_saving_percent: Option<f64>,
    pub interruption_band: Option<String>,
    pub spot_usd_per_hour: Option<UsdPerHour>,
    /// `null` when nothing is known of the type's zones.
    pub zone_ids: Option<Vec<String>>,
}

impl CatalogueRow {
    pub fn new(instance_type: &InstanceType, catalogue: &Catalogue) -> Self {
        let name = instance_type.name.as_str();
        let price = catalogue.on_demand_price(name);
        let saving = catalogue.spot_saving(name);
        let spot = catalogue.spot_price(name, None);
        Self {
            instance_type: name.to_owned(),
            architecture: instance_type.architecture.to_string(),
            vcpus: instance_type.vcpus,
            memory_mib: instance_type.memory.get(),
            registered_memory_mib: registered_memory(instance_type, None).get(),
            max_enis: instance_type.max_enis,
            task_enis: instance_type.task_enis(false).get(),
            task_enis_with_trunking: instance_type.task_enis(true).get(),
            gpus: instance_type.gpus.get(),
            gpu_name: non_empty(&instance_type.gpu_name),
            current_generation: instance_type.current_generation,
            burstable: instance_type.burstable,
            bare_metal: instance_type.bare_metal,
            on_demand_usd_per_hour: price.map(|price| price.usd_per_hour),
            on_demand_basis: price.map(|price| price.basis.clone()),
            spot_saving_percent: saving.and_then(|saving| saving.percent.to_f64()),
            interruption_band: saving.and_then(|saving| non_empty(&saving.interruption_band)),
            spot_usd_per_hour: spot.map(|price| price.usd_per_hour.rounded()),
            zone_ids: catalogue.zone_ids(name).map(<[String]>::to_vec),
        }
    }
}

fn non_empty(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// The value, or nothing.
pub(super) fn or_nothing<T: ToString>(value: Option<&T>) -> String {
    value.map(T::to_string).unwrap_or_default()
}

/// The value, or `-`.
pub(super) fn or_dash<T: ToString>(value: Option<&T>) -> String {
    value.map_or_else(|| "-".to_owned(), T::to_string)
}

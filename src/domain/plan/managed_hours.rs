//! Managed Instances over a week: ECS starts and ends them as tasks come and go, so that each hour has those of its own.

use std::collections::BTreeSet;

use crate::domain::money::UsdPerHour;
use crate::domain::week::HOURS_PER_WEEK;

use super::{FleetPlan, PlannedInstances};

/// What is packed on Managed Instances in some hours of the week.
#[derive(Debug, Clone, PartialEq)]
pub struct ManagedHours {
    /// The hours, ascending, from Monday 00:00 UTC.
    pub hours: Vec<usize>,
    /// Their Managed Instances, identical ones together.
    pub instances: Vec<PlannedInstances>,
}

impl ManagedHours {
    /// How many they are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.instances.iter().map(|row| row.count).sum()
    }

    /// What they cost in one of the hours.
    #[must_use]
    pub fn usd_per_hour(&self) -> UsdPerHour {
        (self.instances.iter())
            .map(|row| row.usd_per_hour * row.count)
            .sum()
    }
}

impl FleetPlan {
    /// Managed Instances in each hour of the week, and what they cost then; nothing in hours that the plan leaves out, which the
    /// checker refuses.
    #[must_use]
    pub fn managed_by_hour(&self) -> Vec<(u64, UsdPerHour)> {
        let mut hours = vec![(0, UsdPerHour::ZERO); HOURS_PER_WEEK];
        for entry in &self.managed_hours {
            for &hour in &entry.hours {
                if let Some(place) = hours.get_mut(hour) {
                    *place = (entry.count(), entry.usd_per_hour());
                }
            }
        }
        hours
    }

    /// Services that a strategy sends to Managed Instances, whether they have tasks in the hour that the plan shows or not.
    #[must_use]
    pub fn services_of_managed_providers(&self) -> BTreeSet<&str> {
        let managed: BTreeSet<&str> = (self.capacity_providers.iter())
            .filter(|provider| provider.kind.is_managed())
            .map(|provider| provider.name.as_str())
            .collect();
        (self.services.iter())
            .filter(|service| {
                (service.capacity_provider_strategy.iter())
                    .any(|item| managed.contains(item.capacity_provider.as_str()))
            })
            .map(|service| service.service_name.as_str())
            .collect()
    }
}

//! What a plan over a week costs by the hour: its groups at their sizes, Managed Instances, and tasks on Fargate.

use rust_decimal::Decimal;

use super::money::UsdPerHour;
use super::plan::{FleetPlan, PlannedFargateTasks};
use super::week::HOURS_PER_WEEK;

impl PlannedFargateTasks {
    /// The number of tasks in each hour of the week, as [`PlannedProvider::sizes_by_hour`] has sizes.
    #[must_use]
    pub fn counts_by_hour(&self) -> Vec<u64> {
        let mut counts = vec![self.count; HOURS_PER_WEEK];
        for of in &self.schedule {
            for &hour in &of.hours {
                if let Some(place) = counts.get_mut(hour) {
                    *place = of.count;
                }
            }
        }
        counts
    }
}

impl FleetPlan {
    /// What tasks on Fargate cost in each hour of the week.
    #[must_use]
    pub fn fargate_usd_by_hour(&self) -> Vec<UsdPerHour> {
        let mut hours = vec![UsdPerHour::ZERO; HOURS_PER_WEEK];
        for row in &self.fargate_tasks {
            for (hour, count) in hours.iter_mut().zip(row.counts_by_hour()) {
                *hour += row.usd_per_hour * count;
            }
        }
        hours
    }

    /// What they cost in the mean of the week, rounded half-even to the cost grid.
    #[must_use]
    pub fn fargate_usd_of_week(&self) -> UsdPerHour {
        mean(self.fargate_usd_by_hour())
    }

    /// What Managed Instances cost in the mean of the week, rounded half-even to the cost grid.
    #[must_use]
    pub fn managed_usd_of_week(&self) -> UsdPerHour {
        mean(self.managed_by_hour().into_iter().map(|(_, usd)| usd))
    }

    /// What the fleet costs in each hour of the week: the groups at their sizes then, rounded half-even to the cost grid, Managed
    /// Instances, and tasks on Fargate.
    #[must_use]
    pub fn usd_by_hour(&self) -> Vec<UsdPerHour> {
        let managed = self.managed_by_hour().into_iter().map(|(_, usd)| usd);
        (self.groups_usd_by_hour().into_iter())
            .zip(managed.zip(self.fargate_usd_by_hour()))
            .map(|(groups, (managed, on_fargate))| groups + managed + on_fargate)
            .collect()
    }

    /// What the groups cost in each hour of the week, at their sizes then; rounded half-even to the cost grid.
    fn groups_usd_by_hour(&self) -> Vec<UsdPerHour> {
        let mut hours = vec![Decimal::ZERO; HOURS_PER_WEEK];
        for group in self.groups().filter(|group| group.desired_capacity > 0) {
            let all = group.usd_per_hour.amount();
            for (hour, size) in hours.iter_mut().zip(group.sizes_by_hour()) {
                // The whole before the part: sizes over zones are multiples of their number, and so are prices then.
                *hour += all * Decimal::from(size) / Decimal::from(group.desired_capacity);
            }
        }
        (hours.into_iter())
            .map(|hour| UsdPerHour::new(hour).rounded())
            .collect()
    }

    /// What the week would cost in the mean if each group had the largest of its sizes in every hour.
    #[must_use]
    pub fn usd_at_largest(&self) -> UsdPerHour {
        let largest = (self.groups())
            .filter(|group| group.desired_capacity > 0)
            .map(|group| {
                let size = group.sizes_by_hour().into_iter().max().unwrap_or(0);
                let all = group.usd_per_hour.amount() * Decimal::from(size);
                all / Decimal::from(group.desired_capacity)
            });
        UsdPerHour::new(largest.sum()).rounded()
            + self.managed_usd_of_week()
            + self.fargate_usd_of_week()
    }
}

/// The mean of the week's hours, rounded half-even to the cost grid.
fn mean(hours: impl IntoIterator<Item = UsdPerHour>) -> UsdPerHour {
    let all: UsdPerHour = hours.into_iter().sum();
    UsdPerHour::new(all.amount() / Decimal::from(HOURS_PER_WEEK)).rounded()
}

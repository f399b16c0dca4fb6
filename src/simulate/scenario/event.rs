//! What happens in a scenario. Its words stand in `report`.

use crate::domain::plan::SpotShortage;

/// What happens in a scenario.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// All tasks ask for a place, and no instance is there.
    AllTasksAsk,
    /// The desired count of every service falls.
    DesiredCountsFall {
        /// Percent that is left.
        keep_percent: u64,
    },
    /// Desired counts rise to `maxCount`, and fall back.
    DesiredCountsRise {
        /// Services that grow.
        services: u64,
        /// Tasks before.
        tasks: u64,
        /// Tasks that are wanted then.
        tasks_then: u64,
        /// Minute in which they fall back.
        falls_at: u64,
    },
    /// A service gets a new task definition.
    Deployment {
        /// The service.
        service_name: String,
        /// Its tasks.
        tasks: u64,
        /// Tasks that must stay healthy.
        fewest_healthy: u64,
        /// Tasks that may exist.
        most_tasks: u64,
    },
    /// A week goes by: counts change, groups follow their schedules.
    Week {
        /// The hour of the week, from Monday 00:00 UTC, in which it begins.
        begins_at: usize,
        /// Changes of services' counts.
        count_changes: u64,
        /// Changes of groups' sizes.
        size_changes: u64,
    },
    /// A zone is lost.
    ZoneLost {
        /// The zone.
        zone: String,
        /// Its instances.
        instances: u64,
        /// Minute in which it is there again; `None` where it stays lost.
        back_at: Option<u64>,
    },
    /// A Spot pool runs short.
    Shortage(SpotShortage),
    /// Each instance is lost once.
    EachInstanceLost {
        /// How many.
        instances: u64,
        /// Type of the worst.
        instance_type: String,
        /// Its zone, where known.
        availability_zone: Option<String>,
        /// Its tasks.
        tasks: u64,
        /// Tasks of all instances.
        of_tasks: u64,
    },
}

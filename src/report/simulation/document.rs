//! The result of a simulation, as JSON has it: version 1 of what `bayplan simulate --format json` prints.

use rust_decimal::Decimal;
use serde::Serialize;

use crate::domain::cluster::Cluster;
use crate::domain::money::UsdPerHour;
use crate::domain::schedule::Timing;

use crate::simulate::availability::{Availability, AvailabilityOptions, Deployment};
use crate::simulate::interval::Interval;
use crate::simulate::scenario::instance_loss::InstanceLosses;
use crate::simulate::scenario::reset::Reset;
use crate::simulate::scenario::{Played, Scenario};
use crate::simulate::summary::Summary;
use crate::simulate::trace::Minute;
use crate::simulate::week::PlayedWeek;

use super::events;

/// Everything that was found out.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SimulationReport {
    /// Format version, 1.
    pub version: u32,
    /// Cluster name.
    pub cluster: String,
    /// AWS Region.
    pub region: String,
    /// Where the fleet comes from: `plan`, `containerInstances` or `autoScalingGroups`.
    pub fleet: &'static str,
    /// Instances.
    pub instances: u64,
    /// Tasks placed on instances, daemons apart.
    pub tasks: u64,
    /// Tasks on Fargate, which always find a place.
    pub fargate_tasks: u64,
    /// Tasks that the plan itself leaves without a place; not replayed.
    pub unplaced_tasks: u64,
    /// The services of these tasks; left out where there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unplaced: Vec<LeftOut>,
    /// Cost of instances and Fargate tasks.
    pub usd_per_hour: UsdPerHour,
    /// Seed of all draws.
    pub seed: u64,
    /// One entry per placement strategy; none where there is no fleet to replay on.
    pub replays: Vec<ReplayReport>,
    /// The scenario that was played.
    pub scenario: Option<ScenarioReport>,
    /// How often services keep their minimum of healthy tasks.
    pub availability: Option<AvailabilityReport>,
    /// What the reader should know of the input.
    pub notes: Vec<String>,
    /// What the figures rest on.
    pub assumptions: Vec<String>,
}

/// Tasks of a service that the plan leaves without a place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LeftOut {
    /// Service name.
    pub service_name: String,
    /// Tasks.
    pub count: u64,
}

/// Replays under one placement strategy.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReplayReport {
    /// The strategy's name; `own` for what each service asks for itself.
    pub strategy: String,
    /// What the replays say together.
    #[serde(flatten)]
    pub summary: Summary,
}

/// A scenario.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ScenarioReport {
    /// Name.
    pub name: &'static str,
    /// What happened, in words.
    pub event: String,
    /// Minute of the event.
    pub event_minute: u64,
    /// Minutes replayed.
    pub minutes: u64,
    /// Minutes from the event until as many wanted tasks ran as before it, or all when there was no before; `null`
    /// when that did not come.
    pub minutes_to_settle: Option<u64>,
    /// Wanted tasks that did not run before the event.
    pub missing_tasks_before: u64,
    /// Tasks missing at the end.
    pub missing_tasks: u64,
    /// Most tasks missing at the end of a minute.
    pub most_missing_tasks: u64,
    /// Instances at the end.
    pub instances_at_end: u64,
    /// What was on each capacity provider's instances at the end, in the order of their groups.
    pub capacity_providers: Vec<OnProviderReport>,
    /// Most instances at a time.
    pub most_instances: u64,
    /// Cost over the trace.
    #[serde(serialize_with = "as_number")]
    pub usd: Decimal,
    /// Whether a deployment could neither start nor stop a task, to the end, with no instance on its way.
    pub deployment_stuck: bool,
    /// What the losses of single instances say together; the other figures are of the worst.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance_losses: Option<InstanceLosses>,
    /// How the week went.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub week: Option<WeekReport>,
    /// What came of the reset after it. `minutesToSettle` and what is missing are then of the time before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reset: Option<ResetReport>,
}

/// The planned sizes set again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ResetReport {
    /// Minute in which they are; in which the counts fall back, where they are not.
    pub minute: u64,
    /// Whether they are.
    pub sets_sizes: bool,
    /// Instances at the start.
    pub instances_before: u64,
    /// Instances at the end.
    pub instances_at_end: u64,
    /// Tasks that were missing at the end, beyond those before the event.
    pub missing_tasks: u64,
    /// Services that have lower percentages than their own while instances drain, as the plan says.
    pub services_with_lower_percentages: u64,
    /// Whether the fleet is no larger than at the start with every task running.
    pub comes_back: bool,
}

impl From<&Reset> for ResetReport {
    fn from(reset: &Reset) -> Self {
        Self {
            minute: reset.minute,
            sets_sizes: reset.sets_sizes,
            instances_before: reset.instances_before,
            instances_at_end: reset.instances_at_end,
            missing_tasks: reset.missing,
            services_with_lower_percentages: reset.lowered,
            comes_back: reset.comes_back(),
        }
    }
}

/// A week, played.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WeekReport {
    /// The hour of the week, from Monday 00:00 UTC, in which it begins.
    pub begins_at_hour: usize,
    /// Minutes before an hour at which groups grow.
    pub warm_up_minutes: u64,
    /// Minutes after an hour's begin at which groups shrink.
    pub drain_minutes: u64,
    /// Changes of services' counts.
    pub count_changes: u64,
    /// Changes of groups' sizes.
    pub size_changes: u64,
    /// The most minutes on end in which some task of one service had no place.
    pub longest_wait_minutes: u64,
    /// The most tasks without a place at the end of a minute.
    pub most_waiting_tasks: u64,
    /// Tasks without a place, summed over the minutes.
    pub waiting_task_minutes: u64,
    /// Mean bill, instances that start or drain included.
    pub usd_per_hour: UsdPerHour,
}

/// Instances of a capacity provider, and the tasks on them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OnProviderReport {
    /// Its name; `null` for instances outside every provider.
    pub capacity_provider: Option<String>,
    /// Instances.
    pub instances: u64,
    /// Tasks, daemons apart.
    pub tasks: u64,
}

/// Monte-Carlo availability.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AvailabilityReport {
    /// Trials.
    pub trials: u64,
    /// Length of the window.
    pub window_hours: u64,
    /// Confidence of the intervals.
    pub confidence: f64,
    /// Instances lost in a window, on average.
    pub mean_lost_instances: f64,
    /// Probability that every service keeps its minimum through the window.
    pub all_kept: Probability,
    /// By service, those with a task where capacity may be reclaimed.
    pub services: Vec<ServiceAvailabilityReport>,
}

/// A service's availability.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceAvailabilityReport {
    /// Name.
    pub service_name: String,
    /// Healthy tasks it has to keep.
    pub minimum_healthy: u64,
    /// Probability that it does, through the whole window.
    pub kept: Probability,
    /// Seconds below it in a window, on average.
    pub mean_seconds_below: f64,
    /// Fewest healthy tasks in any trial.
    pub fewest_healthy: u64,
}

/// A probability with its interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Probability {
    /// Share of trials.
    pub estimate: f64,
    /// Lower end.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
}

impl From<Interval> for Probability {
    fn from(interval: Interval) -> Self {
        Self {
            estimate: interval.estimate,
            lower: interval.lower,
            upper: interval.upper,
        }
    }
}

impl ScenarioReport {
    /// What a run came to.
    #[must_use]
    pub fn new(scenario: Scenario, played: &Played) -> Self {
        let run = &played.run;
        let last = run.trace.minutes.last();
        Self {
            name: scenario.name(),
            event: events::event(&played.event),
            event_minute: played.event_minute,
            minutes: run.trace.minutes.len() as u64,
            minutes_to_settle: run.settled.map(|at| at - played.event_minute),
            missing_tasks_before: run.missing_before,
            missing_tasks: run.missing,
            most_missing_tasks: run.most_missing,
            instances_at_end: last.map_or(0, Minute::instances),
            capacity_providers: (run.at_end.iter())
                .map(|on| OnProviderReport {
                    capacity_provider: on.capacity_provider.clone(),
                    instances: on.instances,
                    tasks: on.tasks,
                })
                .collect(),
            most_instances: run.most_instances,
            usd: run.usd,
            deployment_stuck: run.stuck,
            instance_losses: played.instance_losses.clone(),
            week: None,
            reset: played.reset.as_ref().map(ResetReport::from),
        }
    }
}

impl WeekReport {
    /// What a week came to.
    #[must_use]
    pub const fn new(week: &PlayedWeek, timing: Timing) -> Self {
        Self {
            begins_at_hour: week.begins_at,
            warm_up_minutes: timing.warm_up_minutes,
            drain_minutes: timing.drain_minutes,
            count_changes: week.count_changes,
            size_changes: week.size_changes,
            longest_wait_minutes: week.longest_wait_minutes,
            most_waiting_tasks: week.most_waiting,
            waiting_task_minutes: week.waiting_task_minutes,
            usd_per_hour: week.usd_per_hour,
        }
    }
}

impl AvailabilityReport {
    /// The services of a cluster that trials may take something from, daemons apart.
    #[must_use]
    pub fn new(
        cluster: &Cluster,
        deployment: &Deployment,
        found: &Availability,
        options: &AvailabilityOptions,
    ) -> Self {
        let services = (cluster.services.iter().zip(&found.services))
            .zip(&deployment.minimum_healthy)
            .zip(deployment.may_be_reclaimed())
            .filter(|(((service, _), _), may_be_reclaimed)| {
                *may_be_reclaimed && !service.is_daemon()
            })
            .map(|(of, _)| of);
        Self {
            trials: found.trials,
            window_hours: options.window_s / 3600,
            confidence: options.confidence,
            mean_lost_instances: found.mean_lost,
            all_kept: found.all_kept.into(),
            services: services
                .map(|((service, of), minimum)| ServiceAvailabilityReport {
                    service_name: service.name.clone(),
                    minimum_healthy: *minimum,
                    kept: of.kept.into(),
                    mean_seconds_below: of.mean_below_s,
                    fewest_healthy: of.fewest_healthy,
                })
                .collect(),
        }
    }
}

fn as_number<S: serde::Serializer>(usd: &Decimal, serializer: S) -> Result<S::Ok, S::Error> {
    use rust_decimal::prelude::ToPrimitive;
    serializer.serialize_f64(usd.to_f64().unwrap_or(f64::NAN))
}

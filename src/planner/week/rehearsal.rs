//! The week played by the replica, minute by minute: the certificates say that every hour's tasks fit, this says that the ways
//! from hour to hour leave no task waiting longer than a launch takes.
//!
//! Three weeks with other minutes each are played, as far as counted steps allow it; the plan says what came of them, or that
//! they were not played.

use rayon::prelude::*;

use crate::catalogue::Catalogue;
use crate::domain::cluster::Cluster;
use crate::domain::plan::{Assumption, FleetPlan};
use crate::domain::schedule::{MINUTES_PER_WEEK, Timing};
use crate::domain::week::HOURS_PER_WEEK;
use crate::optimize::stop::Stop;
use crate::simulate::engine::{EngineOptions, STEPS_PER_TASK};
use crate::simulate::week::{NoWeekPlayed, PlayedWeek, play};

/// Weeks that are played, each from its own seed.
pub(super) const WEEKS: u64 = 3;
/// Steps of all weeks that are played at all: some seconds.
const MOST_STEPS: u64 = 1_500_000_000;

/// Plays the week and says what came of it; the steps that it took.
pub(in crate::planner) fn rehearse(
    cluster: &Cluster,
    catalogue: &Catalogue,
    plan: &mut FleetPlan,
    stop: &dyn Stop,
) -> u64 {
    if stop.should_stop() || steps(cluster, plan) > MOST_STEPS {
        plan.assumptions.push(Assumption::WeekNotPlayed);
        return 0;
    }
    let timing = Timing::default();
    let launch_minutes = EngineOptions::default().launch_minutes;
    let played: Result<Vec<PlayedWeek>, NoWeekPlayed> = (0..WEEKS)
        .into_par_iter()
        .map(|seed| {
            let options = EngineOptions {
                seed,
                minutes: MINUTES_PER_WEEK,
                ..EngineOptions::default()
            };
            let is_over = || stop.should_stop();
            play(cluster, catalogue, plan, timing, (&options, &is_over))
        })
        .collect();
    let Some(weeks) = played
        .ok()
        .filter(|weeks| weeks.iter().all(|week| !week.run.is_cut))
    else {
        plan.assumptions.push(Assumption::WeekNotPlayed);
        return 0;
    };
    let most =
        |value: fn(&PlayedWeek) -> u64| -> u64 { weeks.iter().map(value).max().unwrap_or(0) };
    plan.assumptions.push(Assumption::WeekPlayed {
        weeks: WEEKS,
        size_changes: most(|week| week.size_changes),
        count_changes: most(|week| week.count_changes),
        longest_wait_minutes: most(|week| week.longest_wait_minutes),
        most_waiting: most(|week| week.most_waiting),
        tasks: (plan.services.iter())
            .map(|service| service.desired_count)
            .sum(),
        launch_minutes,
        warm_up_minutes: timing.warm_up_minutes,
        drain_minutes: timing.drain_minutes,
        usd_per_hour: (weeks.iter().map(|week| week.usd_per_hour))
            .max()
            .unwrap_or_default(),
    });
    weeks.iter().map(|week| week.run.steps).sum()
}

/// About the steps of all weeks: a look at every instance and service in each minute, and tasks that start.
fn steps(cluster: &Cluster, plan: &FleetPlan) -> u64 {
    let instances: u64 = plan.instances.iter().map(|row| row.count).sum();
    let services = cluster.services.len() as u64;
    let starts: u64 = (cluster.week.iter().flat_map(|week| week.counts.values()))
        .map(|counts| {
            (1..HOURS_PER_WEEK)
                .map(|hour| counts.at(hour).saturating_sub(counts.at(hour - 1)))
                .sum::<u64>()
        })
        .sum();
    let looks = MINUTES_PER_WEEK.saturating_mul(instances.saturating_add(services));
    // What stops looks at every instance.
    let each = STEPS_PER_TASK.saturating_add(instances);
    looks
        .saturating_add(starts.saturating_mul(each))
        .saturating_mul(WEEKS)
}

//! How often each service keeps its minimum of healthy tasks through a window, by Monte-Carlo.
//!
//! A trial plays the window once. Spot instances are reclaimed as in [`super::losses`]: the notice at `t`,
//! the end at `t + 120 s`. Zones are lost at a given rate, without notice. What is lost is replaced in the
//! same pool at `t + replacement` after the notice (or the loss), running the same tasks; replacement is a
//! single figure that covers launch, registration and start of the tasks, and capacity for it is assumed to
//! be there. Nothing else fails. A service is kept when its healthy tasks never fall below its minimum.
//!
//! Trials are independent, each with streams of its own, and are only counted and summed in whole seconds, so
//! the result is the same for any number of threads. Intervals are Clopper and Pearson's.

mod from_plan;
#[cfg(test)]
mod tests;
mod trial;

use std::ops::Range;

use rayon::prelude::*;

use self::trial::Layout;
use super::cut::Cut;
use super::interval::{Interval, clopper_pearson};
use super::losses::band::ReclaimRate;
use super::losses::{NOTICE_S, SpotModel};

/// Instances that are lost together: a type in a zone, in one way of buying.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pool {
    /// Dense index of its zone; `None` where unknown: no zone's loss takes it.
    pub zone: Option<usize>,
    /// How often an instance is reclaimed; `None` for On-Demand, which never is.
    pub reclaim: Option<ReclaimRate>,
}

/// Identical instances of a pool. A Fargate task is an instance with one task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostGroup {
    /// Position of the pool.
    pub pool: usize,
    /// How many there are.
    pub hosts: u64,
    /// Tasks on each: dense index of the service, and how many.
    pub tasks: Vec<(usize, u64)>,
}

/// What runs, and how much of it has to stay healthy.
#[derive(Debug, Clone, PartialEq)]
pub struct Deployment {
    /// Pools.
    pub pools: Vec<Pool>,
    /// Instances with their tasks.
    pub groups: Vec<HostGroup>,
    /// Healthy tasks each service has to keep, by dense index.
    pub minimum_healthy: Vec<u64>,
}

/// What is played, and how often.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AvailabilityOptions {
    /// Length of the window, in seconds.
    pub window_s: u64,
    /// From the notice, or the loss of a zone, until the replacement's tasks are healthy, in seconds.
    pub replacement_s: u64,
    /// How reclaims come together.
    pub model: SpotModel,
    /// Losses of each zone per year, on average. AWS publishes none, so the default is 0.
    pub zone_losses_per_year: f64,
    /// Trials.
    pub trials: u64,
    /// Seed.
    pub seed: u64,
    /// Confidence of the intervals, between 0 and 1.
    pub confidence: f64,
}

impl Default for AvailabilityOptions {
    /// A month, five minutes to replace, 10,000 trials, 95 %.
    fn default() -> Self {
        Self {
            window_s: 730 * 3600,
            replacement_s: 300,
            model: SpotModel::default(),
            zone_losses_per_year: 0.0,
            trials: 10_000,
            seed: 0,
            confidence: 0.95,
        }
    }
}

/// How a service fared over all trials.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ServiceAvailability {
    /// Probability that it keeps its minimum through the whole window.
    pub kept: Interval,
    /// Seconds below the minimum in a window, on average over trials.
    pub mean_below_s: f64,
    /// Fewest healthy tasks in any trial.
    pub fewest_healthy: u64,
}

/// How all services fared.
#[derive(Debug, Clone, PartialEq)]
pub struct Availability {
    /// Trials played.
    pub trials: u64,
    /// Each service, by dense index.
    pub services: Vec<ServiceAvailability>,
    /// Probability that every service keeps its minimum.
    pub all_kept: Interval,
    /// Instances lost in a window, on average.
    pub mean_lost: f64,
}

/// Trials between two looks at whether to end.
const TRIALS_OF_A_LOOK: u64 = 250;

impl Deployment {
    /// For every service, by dense index, whether a task of it runs where capacity may be reclaimed. Of the others no
    /// reclaim takes part: there is nothing to estimate.
    #[must_use]
    pub fn may_be_reclaimed(&self) -> Vec<bool> {
        let mut found = vec![false; self.minimum_healthy.len()];
        for group in &self.groups {
            if group.hosts > 0 && self.pools[group.pool].reclaim.is_some() {
                for &(service, count) in &group.tasks {
                    found[service] |= count > 0;
                }
            }
        }
        found
    }

    /// Steps of one trial: what it looks at once each.
    #[must_use]
    pub fn steps(&self) -> u64 {
        (self.pools.len() + self.groups.len() + self.minimum_healthy.len()) as u64
    }
}

/// Plays all trials.
///
/// # Panics
/// When an index names no pool or service, or the confidence is not between 0 and 1.
#[must_use]
pub fn availability(deployment: &Deployment, options: &AvailabilityOptions) -> Availability {
    availability_until(deployment, options, Cut::NEVER)
}

/// Plays trials until all are played or the cut is due, at least the first few: what came of them says how many they were.
///
/// # Panics
/// When an index names no pool or service, or the confidence is not between 0 and 1.
#[must_use]
pub fn availability_until(
    deployment: &Deployment,
    options: &AvailabilityOptions,
    cut: Cut<'_>,
) -> Availability {
    let layout = Layout::new(deployment);
    let mut tally = Tally::new(deployment.minimum_healthy.len());
    let mut played = 0;
    while played < options.trials && (played == 0 || !cut.is_due()) {
        let next = (played + TRIALS_OF_A_LOOK).min(options.trials);
        tally = tally.merged(&trials(deployment, &layout, options, played..next));
        played = next;
    }
    tally.summary(&AvailabilityOptions {
        trials: played,
        ..*options
    })
}

/// Some of the trials.
fn trials(
    deployment: &Deployment,
    layout: &Layout,
    options: &AvailabilityOptions,
    which: Range<u64>,
) -> Tally {
    let services = deployment.minimum_healthy.len();
    which
        .into_par_iter()
        .fold(
            || Tally::new(services),
            |mut tally, trial| {
                tally.add(&layout.play(options, trial));
                tally
            },
        )
        .reduce(|| Tally::new(services), |sum, other| sum.merged(&other))
}

/// One trial's outcome, by service.
struct Outcome {
    below_s: Vec<u64>,
    fell_below: Vec<bool>,
    fewest: Vec<u64>,
    lost: u64,
}

/// Sums of whole numbers over trials, which come out the same in any order.
struct Tally {
    kept: Vec<u64>,
    below_s: Vec<u64>,
    fewest: Vec<u64>,
    all_kept: u64,
    lost: u64,
}

impl Tally {
    fn new(services: usize) -> Self {
        Self {
            kept: vec![0; services],
            below_s: vec![0; services],
            fewest: vec![u64::MAX; services],
            all_kept: 0,
            lost: 0,
        }
    }

    fn add(&mut self, outcome: &Outcome) {
        for service in 0..self.kept.len() {
            self.kept[service] += u64::from(!outcome.fell_below[service]);
            self.below_s[service] += outcome.below_s[service];
            self.fewest[service] = self.fewest[service].min(outcome.fewest[service]);
        }
        self.all_kept += u64::from(!outcome.fell_below.contains(&true));
        self.lost += outcome.lost;
    }

    fn merged(mut self, other: &Self) -> Self {
        for service in 0..self.kept.len() {
            self.kept[service] += other.kept[service];
            self.below_s[service] += other.below_s[service];
            self.fewest[service] = self.fewest[service].min(other.fewest[service]);
        }
        self.all_kept += other.all_kept;
        self.lost += other.lost;
        self
    }

    fn summary(&self, options: &AvailabilityOptions) -> Availability {
        let trials = options.trials;
        let mean = |sum: u64| {
            if trials == 0 {
                0.0
            } else {
                sum as f64 / trials as f64
            }
        };
        let interval = |kept| clopper_pearson(kept, trials, options.confidence);
        let services = (0..self.kept.len()).map(|service| ServiceAvailability {
            kept: interval(self.kept[service]),
            mean_below_s: mean(self.below_s[service]),
            fewest_healthy: self.fewest[service],
        });
        Availability {
            trials,
            services: services.collect(),
            all_kept: interval(self.all_kept),
            mean_lost: mean(self.lost),
        }
    }
}

/// From the notice until the tasks are gone: 0 when the replacement is there before the end.
const fn outage(notice_s: u64, replacement_s: u64) -> Option<(u64, u64)> {
    if replacement_s > notice_s {
        Some((notice_s, replacement_s))
    } else {
        None
    }
}

/// The outage of a Spot instance, in seconds after its notice; `None` when the replacement is in time.
const fn spot_outage(replacement_s: u64) -> Option<(u64, u64)> {
    outage(NOTICE_S, replacement_s)
}

//! A week of a plan over a week, minute by minute: services change their counts, groups follow their schedules.
//!
//! The run begins in the hour that the plan shows, with its fleet full, and goes once around the week. Services do not change
//! their counts at the stroke of the hour, and scheduled actions come up to two minutes late (Amazon EC2 Auto Scaling user
//! guide, "Scheduled scaling"): every change of a count and of a size has a minute of its own, drawn from the seed. A count
//! rises no earlier than instances that were launched for it can have registered, and falls no later than they begin to go;
//! otherwise its minute is anywhere within half an hour of the hour, so that changes of one service stay in the order of
//! their hours.
//!
//! An action sets desired capacity and `minSize`, as the exported ones do, so that managed scaling takes nothing below it.
//! What goes is drained; tasks move within their services' limits. Tasks on Fargate always find a place: they are not played, and cost
//! what they cost in the mean of the week.
//!
//! Today's groups have no schedule that a cluster file would show: their week begins on Monday, and managed scaling alone makes them larger
//! and smaller ([`play_today`]).

use std::collections::BTreeSet;

use rand::RngExt as _;
use rust_decimal::Decimal;

use crate::catalogue::Catalogue;
use crate::domain::cluster::Cluster;
use crate::domain::money::UsdPerHour;
use crate::domain::plan::{FleetPlan, RefusedSetting};
use crate::domain::schedule::{MINUTES_PER_HOUR, MINUTES_PER_WEEK, Timing, changes};
use crate::domain::service::Service;
use crate::domain::week::HOURS_PER_WEEK;

use super::deployment::RolloutRule;
use super::deployment::shift::TrafficShift;
use super::engine::{
    EngineOptions, GroupPlan, IsOver, Run, ScenarioEvent, Script, groups_of_plan, run_until,
};
use super::fleet::fargate_tasks;
use super::random::stream;
use super::scenario::Played;
use super::scenario::event::Event;
use super::setup::{Setup, SetupOptions, on_fargate_today, with_plan};
use super::trace::Minute;

/// Names the streams of minutes.
const MINUTES: u64 = 0x7765_656b;
/// Most minutes that a scheduled action comes late.
const LATEST: u64 = 2;
/// Minutes before or after the hour within which a count changes.
const NEAR_THE_HOUR: u64 = 29;

/// What came of a week.
#[derive(Debug, Clone)]
pub struct PlayedWeek {
    /// Every minute and event, from the hour that the plan shows.
    pub run: Run,
    /// The hour of the week in which the run begins.
    pub begins_at: usize,
    /// The most minutes on end in which some task of one service had no place.
    pub longest_wait_minutes: u64,
    /// The most tasks without a place at the end of a minute.
    pub most_waiting: u64,
    /// Sum over the minutes of the tasks without a place.
    pub waiting_task_minutes: u64,
    /// Changes of groups' sizes.
    pub size_changes: u64,
    /// Changes of services' counts.
    pub count_changes: u64,
    /// Mean bill over the run, instances that drain or start included.
    pub usd_per_hour: UsdPerHour,
}

/// Why a week cannot be played.
#[derive(Debug, Clone, PartialEq)]
pub enum NoWeekPlayed {
    /// The cluster file has no demand over time.
    NoWeek,
    /// The plan shows no hour of the cluster's week.
    NoHourShown,
    /// Settings of managed scaling that ECS would refuse.
    SettingsRefused(Vec<RefusedSetting>),
}

/// Tasks of a service in an hour of the week, headroom included.
fn tasks(cluster: &Cluster, service: &Service, hour: usize) -> u64 {
    let week = cluster.week.as_ref();
    match week.and_then(|week| week.counts.get(&service.name)) {
        Some(counts) if !service.is_daemon() => cluster.policy.planned_count(counts.at(hour)),
        _ => cluster.planned_count(service),
    }
}

/// The first hour of the week whose numbers of tasks and sizes of groups a plan shows.
#[must_use]
pub fn shown_hour(cluster: &Cluster, plan: &FleetPlan) -> Option<usize> {
    cluster.week.as_ref()?;
    let sizes: Vec<(u64, Vec<u64>)> = (plan.groups())
        .map(|group| (group.desired_capacity, group.sizes_by_hour()))
        .collect();
    (0..HOURS_PER_WEEK).find(|&hour| {
        let counts = cluster.services.iter().all(|service| {
            let planned = (plan.services.iter()).find(|known| known.service_name == service.name);
            service.is_daemon()
                || planned.is_some_and(|known| known.desired_count == tasks(cluster, service, hour))
        });
        counts && (sizes.iter()).all(|(desired, sizes)| sizes[hour] == *desired)
    })
}

/// Plays a week of today's groups once: counts by the hour from Monday 00:00 UTC, sizes by managed scaling. `setup` is of the counts then.
/// What is on Fargate is not in the bill.
#[must_use]
pub fn play_today(
    cluster: &Cluster,
    setup: &Setup,
    groups: &[GroupPlan],
    begins_full: bool,
    timing: Timing,
    (options, is_over): (&EngineOptions, IsOver<'_>),
) -> PlayedWeek {
    let course = Course {
        cluster,
        on_fargate: &on_fargate_today(cluster),
        setup,
        begins_at: 0,
        timing,
        options,
    };
    let stage = Stage {
        groups,
        begins_full,
        beside_groups: setup.fargate_usd_per_hour,
    };
    course.played(&stage, Vec::new(), course.counts(&BTreeSet::new()), is_over)
}

/// Plays the plan's week once.
///
/// # Errors
/// When the cluster, or the plan, has none, or ECS would refuse the groups' settings.
pub fn play(
    cluster: &Cluster,
    catalogue: &Catalogue,
    plan: &FleetPlan,
    timing: Timing,
    (options, is_over): (&EngineOptions, IsOver<'_>),
) -> Result<PlayedWeek, NoWeekPlayed> {
    if cluster.week.is_none() {
        return Err(NoWeekPlayed::NoWeek);
    }
    let begins_at = shown_hour(cluster, plan).ok_or(NoWeekPlayed::NoHourShown)?;
    let hour = cluster.at_hour(begins_at);
    let choices = SetupOptions {
        choices: options.choices,
        ..SetupOptions::default()
    };
    let setup = with_plan(&hour, catalogue, plan, &choices);
    let groups = groups_of_plan(&setup.world, plan, &options.choices)
        .map_err(NoWeekPlayed::SettingsRefused)?;
    let on_fargate: BTreeSet<&str> = (plan.fargate_tasks.iter())
        .map(|row| row.service_name.as_str())
        .collect();
    let course = Course {
        cluster,
        on_fargate: &on_fargate,
        setup: &setup,
        begins_at,
        timing,
        options,
    };
    let stage = Stage {
        groups: &groups,
        begins_full: true,
        beside_groups: beside_groups(plan, &setup),
    };
    let counts = course.counts(&plan.services_of_managed_providers());
    Ok(course.played(&stage, course.sizes(plan, &groups), counts, is_over))
}

impl From<PlayedWeek> for Played {
    fn from(week: PlayedWeek) -> Self {
        Self {
            event: Event::Week {
                begins_at: week.begins_at,
                count_changes: week.count_changes,
                size_changes: week.size_changes,
            },
            event_minute: 0,
            instance_losses: None,
            reset: None,
            left_out: 0,
            steps: week.run.steps,
            run: week.run,
        }
    }
}

/// What needs no group, in the mean of the week: the shown hour's tasks on Fargate and Managed Instances make way for the mean of all
/// hours'.
fn beside_groups(plan: &FleetPlan, setup: &Setup) -> UsdPerHour {
    let (_, on_fargate) = fargate_tasks(plan);
    let all = setup.fargate_usd_per_hour - on_fargate + plan.fargate_usd_of_week();
    if plan.managed_hours.is_empty() {
        return all;
    }
    let managed = (plan.instances.iter()).filter(|row| row.purchase_option.is_managed());
    let shown: UsdPerHour = managed.map(|row| row.usd_per_hour * row.count).sum();
    all - shown + plan.managed_usd_of_week()
}

/// What a week is played on.
struct Stage<'a> {
    groups: &'a [GroupPlan],
    /// Whether all tasks have their places when it begins.
    begins_full: bool,
    /// What is paid beside the groups.
    beside_groups: UsdPerHour,
}

struct Course<'a> {
    cluster: &'a Cluster,
    /// Services whose tasks always find a place.
    on_fargate: &'a BTreeSet<&'a str>,
    setup: &'a Setup,
    begins_at: usize,
    timing: Timing,
    options: &'a EngineOptions,
}

impl Course<'_> {
    /// The minute of the run at a minute of the week.
    fn minute(&self, of_week: u64) -> u64 {
        let begin = self.begins_at as u64 * MINUTES_PER_HOUR;
        (of_week + MINUTES_PER_WEEK - begin) % MINUTES_PER_WEEK
    }

    /// Changes of the groups' sizes.
    fn sizes(&self, plan: &FleetPlan, groups: &[GroupPlan]) -> Vec<(u64, ScenarioEvent)> {
        let mut events = Vec::new();
        for (group, of) in groups.iter().enumerate() {
            let name = of
                .provider
                .map(|provider| &self.setup.world.providers[provider]);
            let planned = (plan.groups()).find(|known| Some(&known.name) == name);
            let Some(planned) = planned.filter(|known| !known.schedule.is_empty()) else {
                continue;
            };
            let mut random = stream(self.options.seed, &[MINUTES, 0, group as u64]);
            for change in changes(&planned.sizes_by_hour(), self.timing) {
                let late = random.random_range(0..=LATEST);
                let size = change.size;
                let event = ScenarioEvent::ScheduledSize { group, size };
                events.push((self.minute(change.minute + late), event));
            }
        }
        events
    }

    /// Runs the week with these changes of sizes and of counts.
    fn played(
        &self,
        stage: &Stage<'_>,
        sizes: Vec<(u64, ScenarioEvent)>,
        counts: Vec<(u64, ScenarioEvent)>,
        is_over: IsOver<'_>,
    ) -> PlayedWeek {
        let world = &self.setup.world;
        let (size_changes, count_changes) = (sizes.len() as u64, counts.len() as u64);
        let events: Vec<(u64, ScenarioEvent)> = counts.into_iter().chain(sizes).collect();
        let hour = self.cluster.at_hour(self.begins_at);
        let limits: Vec<RolloutRule> = (world.workload.classes.iter())
            .map(|class| {
                RolloutRule::of(
                    &hour.services[class.service],
                    self.options.choices.rollout_stops,
                    TrafficShift::default(),
                )
            })
            .collect();
        let script = Script {
            groups: stage.groups,
            begins_full: stage.begins_full,
            events: &events,
            reclaims: None,
            ends_when_settled: false,
            fargate: stage.beside_groups,
            limits: &limits,
        };
        let run = run_until(world, &script, self.options, is_over);
        let waits = Waits::of(&run.trace.minutes);
        let minutes = Decimal::from(run.trace.minutes.len().max(1));
        let usd_per_hour = UsdPerHour::new(run.usd * Decimal::from(MINUTES_PER_HOUR) / minutes);
        PlayedWeek {
            begins_at: self.begins_at,
            longest_wait_minutes: waits.longest,
            most_waiting: waits.most,
            waiting_task_minutes: waits.task_minutes,
            size_changes,
            count_changes,
            usd_per_hour: usd_per_hour.rounded(),
            run,
        }
    }

    /// Changes of the services' counts; those on Managed Instances are in no replay.
    fn counts(&self, on_managed: &BTreeSet<&str>) -> Vec<(u64, ScenarioEvent)> {
        let Timing {
            warm_up_minutes,
            drain_minutes,
        } = self.timing;
        let ready = LATEST + self.options.launch_minutes;
        let early = warm_up_minutes.saturating_sub(ready).min(NEAR_THE_HOUR);
        let late = drain_minutes.saturating_sub(1).min(NEAR_THE_HOUR);
        let mut events = Vec::new();
        for (class, of) in self.setup.world.workload.classes.iter().enumerate() {
            if of.daemon || on_managed.contains(of.name.as_str()) {
                continue;
            }
            let service = &self.cluster.services[of.service];
            if self.on_fargate.contains(service.name.as_str()) {
                continue;
            }
            let mut random = stream(self.options.seed, &[MINUTES, 1, class as u64]);
            for after in 1..=HOURS_PER_WEEK {
                let hour = (self.begins_at + after) % HOURS_PER_WEEK;
                let before = (hour + HOURS_PER_WEEK - 1) % HOURS_PER_WEEK;
                let count = tasks(self.cluster, service, hour);
                let rises = match count.cmp(&tasks(self.cluster, service, before)) {
                    std::cmp::Ordering::Greater => true,
                    std::cmp::Ordering::Less => false,
                    std::cmp::Ordering::Equal => continue,
                };
                let (most_before, most_after) = if rises {
                    (early, NEAR_THE_HOUR)
                } else {
                    (NEAR_THE_HOUR, late)
                };
                let at = after as u64 * MINUTES_PER_HOUR
                    + random.random_range(0..=most_before + most_after);
                let minute = at - most_before;
                if minute < MINUTES_PER_WEEK {
                    events.push((minute, ScenarioEvent::DesiredCount { class, count }));
                }
            }
        }
        events
    }
}

/// How long tasks had no place.
struct Waits {
    longest: u64,
    most: u64,
    task_minutes: u64,
}

impl Waits {
    fn of(minutes: &[Minute]) -> Self {
        let mut waits = Self {
            longest: 0,
            most: 0,
            task_minutes: 0,
        };
        let services = minutes.first().map_or(0, |first| first.services.len());
        let mut since = vec![0_u64; services];
        for minute in minutes {
            let mut all = 0;
            for (since, service) in since.iter_mut().zip(&minute.services) {
                let waiting = service.pending + service.provisioning;
                *since = if waiting > 0 { *since + 1 } else { 0 };
                waits.longest = waits.longest.max(*since);
                all += waiting;
            }
            waits.most = waits.most.max(all);
            waits.task_minutes += all;
        }
        waits
    }
}

#[cfg(test)]
mod tests;

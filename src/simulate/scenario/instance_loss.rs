//! Each instance of the fleet is lost once, by itself: what waits, for how long, and which loss is worst.
//!
//! Instances of one host that hold the same tasks are alike; one of each kind is lost. Its group launches another one in
//! its place, as far as it has one; managed scaling sees tasks that wait and may launch one more, which stays where tasks came to
//! it. So each loss is played to its end, and what the fleet is larger by then is said. The worst is the one whose loss leaves most tasks missing at a time, of equals that
//! which takes longest to settle, of equals that which carries most tasks, then the first.

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::Serialize;

use crate::domain::money::UsdPerHour;
use crate::simulate::engine::{
    EngineOptions, IsOver, Run, ScenarioEvent, Script, members_at_start, run_until,
};
use crate::simulate::world::World;

use super::event::Event;
use super::left_over::LeftOver;
use super::reset::{self, Reset};
use super::{EVENT_MINUTE, Played};

/// What the losses say together.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InstanceLosses {
    /// Instances, each lost once.
    pub instances: u64,
    /// Those whose loss leaves a task waiting.
    pub instances_with_waiting_tasks: u64,
    /// Those after whose loss tasks were missing to the end.
    pub instances_not_replaced: u64,
    /// The worst one's type.
    pub worst_instance_type: String,
    /// Its zone.
    pub worst_availability_zone: Option<String>,
    /// Tasks on it, daemons apart.
    pub worst_tasks: u64,
    /// The same as a part of all tasks on instances, 0 to 1.
    pub worst_share: f64,
    /// The largest part of one service's tasks on one instance, 0 to 1, of services with two tasks and more.
    pub largest_share_of_a_service: f64,
    /// Most tasks that waited at a time after any loss.
    pub most_waiting: u64,
    /// Minutes until the last of them ran, in the worst case; `null` where that did not come.
    pub longest_minutes: Option<u64>,
    /// Instances after whose loss the fleet is larger at the end than before.
    pub instances_leaving_more: u64,
    /// By so many instances at most.
    pub most_more: u64,
    /// What an hour of the fleet costs more then, at most.
    pub usd_per_hour_more: UsdPerHour,
    /// Of each kind of instances whose loss leaves more, the position of the first among all.
    #[serde(skip)]
    pub leaving_more: Vec<usize>,
}

/// Instances that are alike.
struct Alike {
    /// Position of the first among the members of all groups.
    number: usize,
    host: usize,
    tasks: Vec<(u32, u32)>,
    count: u64,
}

/// What follows a loss.
pub(super) struct WayBack {
    /// The reset; nothing where there is none.
    pub later: Vec<(u64, ScenarioEvent)>,
    /// Services that have other percentages than their own meanwhile.
    pub lowered: u64,
}

/// Loses each instance once; `None` for a fleet without instances.
pub(super) fn lose_each(
    world: &World,
    script: &Script<'_>,
    back: &WayBack,
    (options, is_over): (&EngineOptions, IsOver<'_>),
) -> Option<Played> {
    let mut kinds = kinds(world, script, options);
    let (mut runs, resets): (Vec<Run>, Vec<Option<Reset>>) = (kinds.par_iter())
        .map(|kind| {
            let number = kind.number;
            let events = [(EVENT_MINUTE, ScenarioEvent::InstanceLost { number })];
            let script = Script {
                events: &events,
                ..script.clone()
            };
            if back.later.is_empty() {
                return (run_until(world, &script, options, is_over), None);
            }
            reset::play(
                world,
                &script,
                &back.later,
                back.lowered,
                (options, is_over),
            )
        })
        .unzip();
    let steps = runs.iter().map(|run| run.steps).sum();
    let left_out = keep_whole(&mut kinds, &mut runs);
    let waiting = |run: &Run| run.most_missing.saturating_sub(run.missing_before);
    let minutes = |run: &Run| run.settled.map(|at| at - EVENT_MINUTE);
    let tasks = |kind: &Alike| kind.tasks.iter().map(|&(_, count)| u64::from(count)).sum();
    let resets_at = back.later.iter().map(|(at, _)| at - 1).min();
    let looked_at = resets_at.unwrap_or(u64::MAX).min(options.minutes);
    let more = |run: &Run| LeftOver::at(&run.trace, looked_at);
    let left_over = (runs.iter().map(more)).fold(LeftOver::default(), LeftOver::most);
    let badness = |at: usize| {
        let (run, kind) = (&runs[at], &kinds[at]);
        let tasks: u64 = tasks(kind);
        (waiting(run), minutes(run).unwrap_or(u64::MAX), tasks)
    };
    let worst = (0..kinds.len()).rev().max_by_key(|&at| badness(at))?;
    let instances = |which: &dyn Fn(&Run) -> bool| -> u64 {
        (runs.iter().zip(&kinds))
            .filter(|(run, _)| which(run))
            .map(|(_, kind)| kind.count)
            .sum()
    };
    let host = &world.hosts[kinds[worst].host].host;
    let on_worst: u64 = tasks(&kinds[worst]);
    let all: u64 = kinds.iter().map(|kind| tasks(kind) * kind.count).sum();
    let affected = (runs.iter()).filter(|run| waiting(run) > 0);
    let longest = affected
        .map(minutes)
        .try_fold(0, |most, own| own.map(|own| most.max(own)));
    let losses = InstanceLosses {
        instances: instances(&|_| true),
        instances_with_waiting_tasks: instances(&|run| waiting(run) > 0),
        instances_not_replaced: instances(&|run| run.settled.is_none()),
        worst_instance_type: host.instance_type.clone(),
        worst_availability_zone: host.availability_zone.clone(),
        worst_tasks: on_worst,
        worst_share: part(on_worst, all),
        largest_share_of_a_service: largest_share(world, &kinds),
        most_waiting: runs.iter().map(waiting).max().unwrap_or(0),
        longest_minutes: longest,
        instances_leaving_more: instances(&|run| more(run).instances > 0),
        most_more: left_over.instances,
        usd_per_hour_more: left_over.usd_per_hour,
        leaving_more: (runs.iter().zip(&kinds))
            .filter(|(run, _)| more(run).instances > 0)
            .map(|(_, kind)| kind.number)
            .collect(),
    };
    let event = Event::EachInstanceLost {
        instances: losses.instances,
        instance_type: host.instance_type.clone(),
        availability_zone: host.availability_zone.clone(),
        tasks: on_worst,
        of_tasks: all,
    };
    // After cut losses are left out the resets are no longer theirs.
    let of_all = || resets.iter().flatten();
    let reset = (of_all().find(|reset| !reset.comes_back()))
        .or_else(|| of_all().next())
        .filter(|_| left_out == 0)
        .copied();
    Some(Played {
        event,
        event_minute: EVENT_MINUTE,
        run: runs.into_iter().nth(worst)?,
        instance_losses: Some(losses),
        reset,
        left_out,
        steps,
    })
}

/// Leaves out the losses that were cut, as long as there is another; the number of their instances.
fn keep_whole(kinds: &mut Vec<Alike>, runs: &mut Vec<Run>) -> u64 {
    let whole = runs.iter().filter(|run| !run.is_cut).count();
    let of_cut = (kinds.iter().zip(runs.iter())).filter(|(_, run)| run.is_cut);
    let left_out = of_cut.map(|(kind, _)| kind.count).sum();
    if whole > 0 && left_out > 0 {
        let mut is_whole = runs
            .iter()
            .map(|run| !run.is_cut)
            .collect::<Vec<_>>()
            .into_iter();
        kinds.retain(|_| is_whole.next().unwrap_or(true));
        runs.retain(|run| !run.is_cut);
    }
    left_out
}

fn kinds(world: &World, script: &Script<'_>, options: &EngineOptions) -> Vec<Alike> {
    let mut positions: BTreeMap<(usize, Vec<(u32, u32)>), usize> = BTreeMap::new();
    let mut kinds: Vec<Alike> = Vec::new();
    for (number, (host, mut tasks)) in members_at_start(world, script, options)
        .into_iter()
        .enumerate()
    {
        tasks.sort_unstable();
        let next = kinds.len();
        let at = *positions.entry((host, tasks.clone())).or_insert(next);
        if at == next {
            kinds.push(Alike {
                number,
                host,
                tasks,
                count: 0,
            });
        }
        kinds[at].count += 1;
    }
    kinds
}

/// The largest part of a service's running tasks on one instance, of services with several.
fn largest_share(world: &World, kinds: &[Alike]) -> f64 {
    let mut totals = vec![0_u64; world.workload.classes.len()];
    let mut most = totals.clone();
    for kind in kinds {
        for &(class, count) in &kind.tasks {
            let class = class as usize;
            totals[class] += u64::from(count) * kind.count;
            most[class] = most[class].max(count.into());
        }
    }
    (most.into_iter().zip(totals))
        .filter(|(_, total)| *total > 1)
        .map(|(most, total)| part(most, total))
        .fold(0.0, f64::max)
}

fn part(of: u64, all: u64) -> f64 {
    if all == 0 {
        0.0
    } else {
        of as f64 / all as f64
    }
}

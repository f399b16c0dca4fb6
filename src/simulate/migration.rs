//! A migration from what runs to another fleet, in waves: launch, drain, terminate.
//!
//! A wave launches what its drains need, and then drains instances: each of their tasks gets a place elsewhere before it stops, as ECS
//! does it for services that may have more tasks than they want, and no instance of the wave takes one. Every wave ends with all tasks running, so that a
//! migration may end after any of them. Instances are tried in the order of what they save for a task restarted; one of
//! which some task would wait is left for a later wave, and where no wave takes it, it stays.
//!
//! Tasks on draining instances do not count for their capacity provider here, of which AWS says nothing. A wave takes the first order
//! of arrival alone; other orders are for replays of the whole fleet.

pub mod steps;

use std::cmp::Reverse;

use crate::domain::money::UsdPerHour;

use super::choices::TieBreak;
use super::providers::ProviderStrategy;
use super::scheduler::{Scheduler, Within};
use super::state::{InstanceId, State};
use super::ties::Draws;
use super::workload::ClassId;
use super::world::{HostId, World};

/// What a migration may do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Task {
    /// Hosts of instances that go, one entry for each instance: one that runs the tasks of its host.
    pub leaving: Vec<HostId>,
    /// Instances that may be launched, by host; the world counts none of them.
    pub launches: Vec<(HostId, u64)>,
    /// Services whose tasks ECS cannot replace: neither more nor fewer than they want are allowed.
    pub fixed: Vec<ClassId>,
    /// Most instances drained in one wave.
    pub most_drains: usize,
    /// How many are launched when one is needed.
    pub launching: Launching,
}

/// How many instances are launched when one is needed. Few at a time cost least meanwhile; but a group that is designed for
/// all its instances may be filled unevenly while some are missing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Launching {
    /// One.
    #[default]
    AsNeeded,
    /// All of its capacity provider.
    WholeGroup,
    /// All.
    Everything,
}

/// One wave.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wave {
    /// Instances launched, by host.
    pub launches: Vec<(HostId, u64)>,
    /// Instances drained, by position in [`Task::leaving`].
    pub drains: Vec<usize>,
    /// Tasks that stop on drained instances.
    pub restarts: u64,
    /// Tasks that find a place for the first time.
    pub started: u64,
    /// Tasks that wait at its end.
    pub waiting: u64,
}

/// Why an instance is not drained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refusal {
    /// A task of this service would find no place.
    NoPlace(ClassId),
    /// ECS cannot replace a task of this service.
    Fixed(ClassId),
}

/// What came of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Migration {
    /// Waves, in order.
    pub waves: Vec<Wave>,
    /// Instances that stay after all, by position in [`Task::leaving`], with the reason.
    pub refused: Vec<(usize, Refusal)>,
    /// Tasks that run neither before nor after.
    pub waiting: u64,
}

/// Rehearses a migration on a world with all that runs.
#[must_use]
pub fn rehearse(world: &World, task: &Task, seed: u64) -> Migration {
    let mut run = Run::new(world, task, seed);
    let mut left: Vec<usize> = (0..task.leaving.len()).collect();
    left.sort_by_key(|&index| (Reverse(run.worth(index)), index));
    let mut migration = Migration::default();
    let first = run.start_what_waits();
    if first != Wave::default() {
        migration.waves.push(first);
    }
    loop {
        migration.refused.clear();
        let Some(wave) = run.wave(&left, &mut migration.refused) else {
            break;
        };
        left.retain(|index| !wave.drains.contains(index));
        migration.waves.push(wave);
    }
    migration.refused.sort_unstable();
    let rest = run.launch_rest();
    if rest != Wave::default() {
        migration.waves.push(rest);
    }
    migration.waiting = run.waiting.iter().sum();
    migration
}

/// The cluster in the middle of a migration.
#[derive(Clone)]
struct Run<'w> {
    world: &'w World,
    task: &'w Task,
    state: State<'w>,
    scheduler: Scheduler,
    draws: Draws,
    /// Tasks by service and position in its strategy.
    assigned: Vec<Vec<u64>>,
    /// Tasks of each service that have no place yet.
    waiting: Vec<u64>,
    /// The instance of each that goes.
    instances: Vec<InstanceId>,
    /// Of each entry of the task's launches, how many are left.
    left: Vec<u64>,
    /// What the present wave has launched.
    launched: Vec<(HostId, u64)>,
    /// Tasks that the present wave has stopped; one that lands on an instance that goes later is stopped twice.
    restarts: u64,
}

impl<'w> Run<'w> {
    fn new(world: &'w World, task: &'w Task, seed: u64) -> Self {
        let state = State::new(world, seed);
        // The first instances of a host are those that go.
        let mut of_host: Vec<Vec<InstanceId>> = vec![Vec::new(); world.hosts.len()];
        for id in state.present() {
            of_host[state.host(id)].push(id);
        }
        for ids in &mut of_host {
            ids.reverse();
        }
        let instances = (task.leaving.iter())
            .map(|&host| of_host[host].pop().expect("as many are there as go"))
            .collect();
        Self {
            state,
            scheduler: Scheduler::default(),
            draws: Draws::new(TieBreak::default(), seed),
            assigned: world.running_by_item(),
            waiting: (world.workload.classes.iter())
                .map(|class| if class.daemon { 0 } else { class.count })
                .collect(),
            instances,
            left: task.launches.iter().map(|&(_, count)| count).collect(),
            launched: Vec::new(),
            restarts: 0,
            world,
            task,
        }
    }

    /// What draining an instance saves for each task restarted, on the cost grid; most for one without tasks.
    fn worth(&self, index: usize) -> i64 {
        let host = &self.world.hosts[self.task.leaving[index]];
        let tasks: u64 = host
            .running
            .iter()
            .map(|&(_, count)| u64::from(count))
            .sum();
        let saved = host.host.usd_per_hour.grid_units();
        i64::try_from(tasks)
            .ok()
            .and_then(|tasks| saved.checked_div(tasks))
            .unwrap_or(i64::MAX)
    }

    /// Tasks that do not run yet get places, and the instances that they need.
    fn start_what_waits(&mut self) -> Wave {
        let mut wave = Wave::default();
        for class in 0..self.waiting.len() {
            while self.waiting[class] > 0 && self.place(class) {
                self.waiting[class] -= 1;
                wave.started += 1;
            }
        }
        if wave.started > 0 {
            self.end_wave(&mut wave);
        }
        wave
    }

    /// The next wave: the first instances of a list that can be drained together, with those that cannot.
    fn wave(&mut self, left: &[usize], refused: &mut Vec<(usize, Refusal)>) -> Option<Wave> {
        let mut candidates = left.iter().copied();
        let mut chosen: Vec<usize> = candidates.by_ref().take(self.task.most_drains).collect();
        while !chosen.is_empty() {
            let mut attempt = self.clone();
            match attempt.drain_together(&chosen) {
                Ok(()) => {
                    let mut wave = Wave {
                        drains: chosen,
                        ..Wave::default()
                    };
                    attempt.end_wave(&mut wave);
                    *self = attempt;
                    return Some(wave);
                }
                Err((index, why)) => {
                    refused.push((index, why));
                    chosen.retain(|&other| other != index);
                    chosen.extend(candidates.by_ref().take(1));
                }
            }
        }
        None
    }

    /// Drains instances: none of them takes tasks any more, and every task gets its place before it stops.
    fn drain_together(&mut self, chosen: &[usize]) -> Result<(), (usize, Refusal)> {
        for &index in chosen {
            self.state.close(self.instances[index]);
        }
        for &index in chosen {
            self.drain(self.instances[index])
                .map_err(|why| (index, why))?;
        }
        Ok(())
    }

    fn drain(&mut self, id: InstanceId) -> Result<(), Refusal> {
        let mut tasks = self.state.classes_on(id).to_vec();
        tasks.sort_unstable();
        for (class, count) in tasks {
            let class = class as ClassId;
            if self.task.fixed.contains(&class) {
                return Err(Refusal::Fixed(class));
            }
            for _ in 0..count {
                self.leave_provider(class, id);
                if !self.place(class) {
                    return Err(Refusal::NoPlace(class));
                }
                self.state.stop(class, id);
                self.restarts += 1;
            }
        }
        self.state.remove_instance(id);
        Ok(())
    }

    /// A task that is to stop no longer counts for its provider.
    fn leave_provider(&mut self, class: ClassId, id: InstanceId) {
        let provider = self.world.cells[self.state.cell(id)].provider;
        let items = self.world.strategies[class]
            .as_ref()
            .map(ProviderStrategy::items);
        let at = items
            .zip(provider)
            .and_then(|(items, provider)| items.iter().position(|item| item.provider == provider));
        if let Some(at) = at {
            let count = &mut self.assigned[class][at];
            *count = count.saturating_sub(1);
        }
    }

    /// Starts a task where its strategy sends it; where there is no room, on an instance that is launched for it. One that finds no place
    /// counts for no provider: the next attempt is for the same one.
    fn place(&mut self, class: ClassId) -> bool {
        let strategy = self.world.strategies[class].as_ref();
        let before = self.assigned[class].clone();
        let Some(within) = Within::of_next(strategy, &mut self.assigned[class]) else {
            return true;
        };
        loop {
            let found = (self.scheduler).start(&mut self.state, class, within, &mut self.draws);
            if found.is_some() {
                return true;
            }
            if !self.launch_for(class, within) {
                self.assigned[class] = before;
                return false;
            }
        }
    }

    /// Launches an instance of which the service may use one; of several kinds that of which most are left.
    fn launch_for(&mut self, class: ClassId, within: Within) -> bool {
        let serves = |host: HostId| {
            let cell = self.world.hosts[host].cell;
            let is_within = match within {
                Within::Provider(provider) => self.world.cells[cell].provider == Some(provider),
                Within::Anywhere | Within::Zone(..) => true,
            };
            is_within && self.world.eligible[class].binary_search(&cell).is_ok()
        };
        let next = (self.task.launches.iter().enumerate())
            .filter(|&(entry, &(host, _))| self.left[entry] > 0 && serves(host))
            .max_by_key(|&(entry, _)| (self.left[entry], Reverse(entry)))
            .map(|(entry, _)| entry);
        let Some(entry) = next else {
            return false;
        };
        self.launch(entry);
        let provider = |entry: usize| {
            self.world.cells[self.world.hosts[self.task.launches[entry].0].cell].provider
        };
        let with_it: Vec<usize> = (0..self.left.len())
            .filter(|&other| match self.task.launching {
                Launching::AsNeeded => false,
                Launching::WholeGroup => provider(other) == provider(entry),
                Launching::Everything => true,
            })
            .collect();
        for other in with_it {
            while self.left[other] > 0 {
                self.launch(other);
            }
        }
        true
    }

    fn launch(&mut self, entry: usize) {
        let host = self.task.launches[entry].0;
        self.left[entry] -= 1;
        self.state.add_instance(host);
        match self.launched.iter_mut().find(|(known, _)| *known == host) {
            Some((_, count)) => *count += 1,
            None => self.launched.push((host, 1)),
        }
    }

    fn end_wave(&mut self, wave: &mut Wave) {
        wave.launches = std::mem::take(&mut self.launched);
        wave.launches.sort_unstable();
        wave.restarts = std::mem::take(&mut self.restarts);
        wave.waiting = self.waiting.iter().sum();
    }

    /// Instances of the fleet that no drain needed.
    fn launch_rest(&mut self) -> Wave {
        let mut wave = Wave::default();
        for entry in 0..self.left.len() {
            while self.left[entry] > 0 {
                self.launch(entry);
            }
        }
        if !self.launched.is_empty() {
            self.end_wave(&mut wave);
        }
        wave
    }
}

/// Cost of instances by host.
#[must_use]
pub fn cost(world: &World, instances: impl Iterator<Item = (HostId, u64)>) -> UsdPerHour {
    instances
        .map(|(host, count)| world.hosts[host].host.usd_per_hour * count)
        .sum()
}

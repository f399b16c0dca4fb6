//! Services of a run: what they want, what runs, what waits.

use std::collections::BTreeSet;

use crate::simulate::choices::{Choices, DrainingTasks, SpreadStops};
use crate::simulate::cut::Cut;
use crate::simulate::managed_scaling::requirement::{Requirement, WaitingGroup, group};
use crate::simulate::scale_in;
use crate::simulate::scheduler::{Scheduler, Within};
use crate::simulate::state::{InstanceId, State};
use crate::simulate::ties::Draws;
use crate::simulate::trace::{EventKind, ServiceTasks};
use crate::simulate::workload::ClassId;
use crate::simulate::world::World;

use super::group::vector;
use super::options::EngineOptions;
use super::recorder::Recorder;

/// What finds places and starts tasks.
pub(super) struct Placer<'a, 'w> {
    pub state: &'a mut State<'w>,
    pub scheduler: &'a mut Scheduler,
    pub draws: &'a mut Draws,
}

/// The minute of a placement, and whether it is to end early.
#[derive(Clone, Copy)]
pub(super) struct When<'a> {
    pub minute: u64,
    pub cut: Cut<'a>,
}

/// Tasks placed between two looks at whether a run is cut.
const TASKS_PER_LOOK: u64 = 64;

/// Steps that a task's way to a place counts as. A look at one instance counts as one: each minute at all of them, and
/// again for every task that is stopped.
pub const STEPS_PER_TASK: u64 = 100;

/// A task without a place.
#[derive(Debug, Clone, Copy)]
struct Waiting {
    class: ClassId,
    /// Position in the service's capacity provider strategy; `None` without one.
    item: Option<usize>,
    since: u64,
}

/// All services.
#[derive(Debug)]
pub(super) struct Services {
    pub desired: Vec<u64>,
    /// Tasks on instances.
    pub running: Vec<u64>,
    /// Tasks on Fargate by strategies of their own.
    on_fargate: Vec<u64>,
    /// Tasks by position in the strategy, waiting ones among them.
    assigned: Vec<Vec<u64>>,
    waiting: Vec<Waiting>,
    /// Order in which services ask.
    order: Vec<ClassId>,
    /// Which task stops under `spread(instanceId)`.
    pub spread_stops: SpreadStops,
    /// Whether tasks on instances that drain count for their provider.
    draining_tasks: DrainingTasks,
    /// Steps taken so far, see [`STEPS_PER_TASK`].
    pub steps: u64,
}

impl Services {
    pub fn new(world: &World, order: Vec<ClassId>, choices: &Choices) -> Self {
        let classes = world.workload.classes.len();
        Self {
            desired: world
                .workload
                .classes
                .iter()
                .map(|class| class.count)
                .collect(),
            running: vec![0; classes],
            on_fargate: vec![0; classes],
            assigned: (world.strategies.iter())
                .map(|strategy| vec![0; strategy.as_ref().map_or(0, |s| s.items().len())])
                .collect(),
            waiting: Vec::new(),
            order,
            spread_stops: choices.spread_stops,
            draining_tasks: choices.draining_tasks,
            steps: 0,
        }
    }

    /// Tasks of a service that wait.
    pub fn waiting_of(&self, class: ClassId) -> u64 {
        self.waiting
            .iter()
            .filter(|task| task.class == class)
            .count() as u64
    }

    /// Tasks that some service wants and has not.
    pub fn missing(&self) -> u64 {
        (0..self.desired.len())
            .map(|class| {
                self.desired[class].saturating_sub(self.running[class] + self.on_fargate[class])
            })
            .sum()
    }

    /// Tasks of an instance are gone with it or stopped on it.
    pub fn lost(
        &mut self,
        world: &World,
        state: &State<'_>,
        id: InstanceId,
        class: ClassId,
        count: u64,
    ) {
        self.running[class] -= count;
        if state.is_open(id) || self.draining_tasks == DrainingTasks::Counted {
            self.forget(world, state, id, class, count);
        }
    }

    /// No task is placed on the instance any more: its tasks still run, and count for its provider as the choice has it.
    pub fn drains(&mut self, world: &World, state: &State<'_>, id: InstanceId) {
        if self.draining_tasks == DrainingTasks::LeftOut {
            for &(class, count) in state.classes_on(id) {
                self.forget(world, state, id, class as ClassId, count.into());
            }
        }
    }

    /// Tasks of an instance no longer count for its provider.
    fn forget(
        &mut self,
        world: &World,
        state: &State<'_>,
        id: InstanceId,
        class: ClassId,
        count: u64,
    ) {
        let provider = world.cells[state.cell(id)].provider;
        if let Some(strategy) = &world.strategies[class] {
            let item = strategy
                .items()
                .iter()
                .position(|item| Some(item.provider) == provider);
            if let Some(item) = item {
                let assigned = &mut self.assigned[class][item];
                *assigned = assigned.saturating_sub(count);
            }
        }
    }

    /// Stops one running task where scale-in would.
    pub fn stop_one(
        &mut self,
        state: &mut State<'_>,
        class: ClassId,
        draws: &mut Draws,
        among: impl Fn(&State<'_>, InstanceId) -> bool,
    ) -> bool {
        let world = state.world();
        self.steps += u64::from(state.present_count());
        let may = |id| among(state, id);
        let found = scale_in::choose_among(state, class, self.spread_stops, may, draws);
        let Some(id) = found else { return false };
        state.stop(class, id);
        self.lost(world, state, id, class, 1);
        true
    }

    /// Brings every service down to its desired count and the replacements it needs beyond it: waiting tasks first, then running ones.
    pub fn stop_surplus(
        &mut self,
        state: &mut State<'_>,
        draws: &mut Draws,
        extra: &[u64],
        recorder: &mut Recorder,
    ) {
        for (class, more) in extra.iter().enumerate() {
            let have = self.running[class] + self.on_fargate[class] + self.waiting_of(class);
            let mut surplus = have.saturating_sub(self.desired[class] + more);
            let mut stopped = 0;
            while surplus > 0 {
                if let Some(last) = self.waiting.iter().rposition(|task| task.class == class) {
                    let task = self.waiting.remove(last);
                    self.unassign(task);
                } else if self.stop_one(state, class, draws, |_, _| true) {
                    stopped += 1;
                } else {
                    break;
                }
                surplus -= 1;
            }
            recorder.note(EventKind::TasksStopped, stopped, |event| {
                event.of_service(class)
            });
        }
    }

    fn unassign(&mut self, task: Waiting) {
        if let Some(item) = task.item {
            self.assigned[task.class][item] -= 1;
        }
    }

    /// Tasks that waited too long give up; services ask again, standalone tasks are lost.
    pub fn time_out(
        &mut self,
        world: &World,
        minute: u64,
        options: &EngineOptions,
        recorder: &mut Recorder,
    ) {
        let (gone, stay): (Vec<Waiting>, Vec<Waiting>) = (self.waiting.iter())
            .partition(|task| minute - task.since >= options.provisioning_minutes);
        self.waiting = stay;
        for class in 0..self.desired.len() {
            let count = gone.iter().filter(|task| task.class == class).count() as u64;
            recorder.note(EventKind::TasksTimedOut, count, |event| {
                event.of_service(class)
            });
        }
        for task in gone {
            self.unassign(task);
            self.desired[task.class] -= u64::from(world.workload.classes[task.class].standalone);
        }
    }

    /// Waiting tasks try again, then services ask for what is missing. `extra` tasks are wanted of each service
    /// beyond its count, as replacements of tasks that drain.
    pub fn place(
        &mut self,
        When { minute, cut }: When<'_>,
        mut placer: Placer<'_, '_>,
        extra: &[u64],
        options: &EngineOptions,
        recorder: &mut Recorder,
    ) {
        let mut started = vec![0; self.desired.len()];
        let mut full: BTreeSet<(ClassId, Option<usize>)> = BTreeSet::new();
        let tasks = std::mem::take(&mut self.waiting);
        for task in tasks {
            let lane = (task.class, task.item);
            if !full.contains(&lane) && self.try_place(task, &mut placer) {
                started[task.class] += 1;
            } else {
                full.insert(lane);
                self.waiting.push(task);
            }
        }
        let mut waiting: Vec<u64> = (0..self.desired.len())
            .map(|c| self.waiting_of(c))
            .collect();
        for class in self.order.clone() {
            let have = self.running[class] + self.on_fargate[class] + waiting[class];
            let mut missing = (self.desired[class] + extra[class]).saturating_sub(have);
            while missing > 0 {
                if missing.is_multiple_of(TASKS_PER_LOOK) && cut.is_due() {
                    return;
                }
                let item = placer.state.world().strategies[class]
                    .as_ref()
                    .map(|strategy| {
                        let next = strategy.next(&self.assigned[class]);
                        self.assigned[class][next] += 1;
                        next
                    });
                let task = Waiting {
                    class,
                    item,
                    since: minute,
                };
                if !full.contains(&(class, item)) && self.try_place(task, &mut placer) {
                    started[class] += 1;
                } else if (self.waiting.len() as u64) < options.provisioning_quota {
                    full.insert((class, item));
                    self.waiting.push(task);
                    waiting[class] += 1;
                } else {
                    self.unassign(task);
                    recorder.note(EventKind::TasksRefused, missing, |event| {
                        event.of_service(class)
                    });
                    break;
                }
                missing -= 1;
            }
        }
        for (class, count) in started.into_iter().enumerate() {
            recorder.note(EventKind::TasksStarted, count, |event| {
                event.of_service(class)
            });
        }
    }

    fn try_place(&mut self, task: Waiting, placer: &mut Placer<'_, '_>) -> bool {
        let within = match (task.item, &placer.state.world().strategies[task.class]) {
            (Some(item), Some(strategy)) => {
                let item = strategy.items()[item];
                if item.kind.is_fargate() {
                    self.on_fargate[task.class] += 1;
                    return true;
                }
                Within::Provider(item.provider)
            }
            _ => Within::Anywhere,
        };
        self.steps += STEPS_PER_TASK;
        let started = (placer.scheduler).start(placer.state, task.class, within, placer.draws);
        let found = started.is_some();
        self.running[task.class] += u64::from(found);
        found
    }

    /// What waits for a provider, grouped as managed scaling groups it.
    pub fn waiting_for(&self, world: &World, provider: usize) -> Vec<WaitingGroup> {
        let of_provider = (self.waiting.iter()).filter(|task| {
            let strategy = world.strategies[task.class].as_ref();
            let item = task.item.and_then(|item| Some(strategy?.items()[item]));
            item.is_some_and(|item| item.provider == provider)
        });
        group(of_provider.map(|task| (requirement(world, task.class), 1)))
    }

    /// The minute's record.
    pub fn record(&self, world: &World) -> Vec<ServiceTasks> {
        (0..self.desired.len())
            .filter(|&class| !world.workload.classes[class].daemon)
            .map(|class| {
                let waiting = self.waiting_of(class);
                let managed = world.strategies[class].is_some();
                ServiceTasks {
                    service: class,
                    running: self.running[class] + self.on_fargate[class],
                    pending: if managed { 0 } else { waiting },
                    provisioning: if managed { waiting } else { 0 },
                }
            })
            .collect()
    }
}

fn requirement(world: &World, class: ClassId) -> Requirement {
    let of = &world.workload.classes[class];
    Requirement {
        resources: vector(of.need),
        host_ports: of.host_ports.clone(),
        distinct_from: of.distinct.then_some(of.group as usize),
    }
}

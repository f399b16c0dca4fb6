//! A run, minute by minute.

use rust_decimal::Decimal;

use crate::domain::money::UsdPerHour;
use crate::simulate::cut::Cut;
use crate::simulate::deployment::{Rollout, RolloutRule};
use crate::simulate::losses::band::ReclaimRate;
use crate::simulate::losses::{SpotModel, SpotReclaims};
use crate::simulate::random::{Random, stream};
use crate::simulate::scheduler::Scheduler;
use crate::simulate::state::State;
use crate::simulate::ties::Draws;
use crate::simulate::trace::Trace;
use crate::simulate::workload::ClassId;
use crate::simulate::world::{HostId, World};

use super::group::{GroupPlan, Member, SimulatedGroup};
use super::options::EngineOptions;
use super::recorder::{Places, Recorder};
use super::scenario_events::{ScenarioEvent, spot_pools};
use super::services::{Placer, Services, When};

/// Names the stream of groups.
const GROUPS: u64 = 0x4772_6f75_7073;

/// Minutes that a run goes on after everything is settled.
const CALM_MINUTES: u64 = 5;

/// What a run begins with and what happens in it.
#[derive(Debug, Clone)]
pub struct Script<'a> {
    /// The groups.
    pub groups: &'a [GroupPlan],
    /// Whether the fleet is there and holds its tasks at the start; otherwise there is no instance.
    pub begins_full: bool,
    /// What happens, by minute.
    pub events: &'a [(u64, ScenarioEvent)],
    /// Spot reclaims by the advisor's bands, one rate per host of the world.
    pub reclaims: Option<(SpotModel, &'a [ReclaimRate])>,
    /// Whether the run ends soon after everything is settled.
    pub ends_when_settled: bool,
    /// Cost of Fargate tasks.
    pub fargate: UsdPerHour,
    /// Rolling limits of each service, for tasks that drain: the fewest and the most, by service.
    pub limits: &'a [RolloutRule],
}

/// What came of a run.
#[derive(Debug, Clone)]
pub struct Run {
    /// Every minute and event.
    pub trace: Trace,
    /// The first minute, from the last event on, from whose end on no more tasks were missing than before
    /// the first one.
    pub settled: Option<u64>,
    /// Tasks that were missing before the first event.
    pub missing_before: u64,
    /// Tasks that were missing at the end.
    pub missing: u64,
    /// The most tasks that were missing at the end of a minute.
    pub most_missing: u64,
    /// The most instances there were.
    pub most_instances: u64,
    /// USD over the trace.
    pub usd: Decimal,
    /// Whether a deployment could neither start nor stop a task, to the end, with no instance on its way.
    pub stuck: bool,
    /// Whether it was cut: what happens after the minutes of the trace is not known.
    pub is_cut: bool,
    /// What was on each capacity provider's instances at the end, in the groups' order.
    pub at_end: Vec<OnProvider>,
    /// Steps that it took, see [`STEPS_PER_TASK`](super::STEPS_PER_TASK).
    pub steps: u64,
}

/// What is on the instances of a capacity provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnProvider {
    /// The capacity provider; `None` for instances outside every provider.
    pub capacity_provider: Option<String>,
    /// Its instances, launched ones that have not registered among them.
    pub instances: u64,
    /// Tasks on them, daemons apart.
    pub tasks: u64,
}

/// Whether the caller has no more time for a run.
pub type IsOver<'a> = &'a (dyn Fn() -> bool + Sync);

/// Plays a script.
#[must_use]
pub fn run(world: &World, script: &Script<'_>, options: &EngineOptions) -> Run {
    run_cut(world, script, options, Cut::NEVER)
}

/// Plays a script, up to the minute in which the caller's time is over: what came of it is then that of a shorter run.
#[must_use]
pub fn run_until(
    world: &World,
    script: &Script<'_>,
    options: &EngineOptions,
    is_over: IsOver<'_>,
) -> Run {
    run_cut(world, script, options, Cut::once(is_over))
}

fn run_cut(world: &World, script: &Script<'_>, options: &EngineOptions, cut: Cut<'_>) -> Run {
    let places = Places::new(world);
    let mut empty = world.clone();
    for host in &mut empty.hosts {
        host.count = 0;
    }
    let mut engine = Engine::new(&empty, script, options, &places);
    engine.cut = cut;
    engine.fill(world);
    engine.play()
}

/// The instances that a script begins with, in the groups' order: the host of each and its tasks by service.
#[must_use]
pub fn members_at_start(
    world: &World,
    script: &Script<'_>,
    options: &EngineOptions,
) -> Vec<(HostId, Vec<(u32, u32)>)> {
    let places = Places::new(world);
    let mut empty = world.clone();
    for host in &mut empty.hosts {
        host.count = 0;
    }
    let mut engine = Engine::new(&empty, script, options, &places);
    engine.fill(world);
    let members = engine.groups.iter().flat_map(|group| &group.members);
    let tasks = |id| engine.state.classes_on(id).to_vec();
    members
        .map(|member| (member.host, member.id.map_or_else(Vec::new, tasks)))
        .collect()
}

/// The cluster while the script plays.
pub(super) struct Engine<'w> {
    pub(super) world: &'w World,
    pub(super) script: &'w Script<'w>,
    pub(super) options: &'w EngineOptions,
    pub(super) places: &'w Places,
    pub(super) state: State<'w>,
    pub(super) scheduler: Scheduler,
    pub(super) draws: Draws,
    pub(super) random: Random,
    pub(super) groups: Vec<SimulatedGroup>,
    pub(super) services: Services,
    pub(super) recorder: Recorder,
    pub(super) lost_zones: Vec<usize>,
    pub(super) rollouts: Vec<Deploying>,
    pub(super) reclaims: Option<(SpotReclaims, Vec<Vec<HostId>>)>,
    pub(super) minute: u64,
    /// Ends the run before its time.
    pub(super) cut: Cut<'w>,
}

/// A deployment under way, or over.
#[derive(Debug, Clone)]
pub(super) struct Deploying {
    pub old: ClassId,
    pub new: ClassId,
    pub rollout: Rollout,
    pub done: bool,
    /// Tasks of both revisions that ran when it was last looked at.
    pub running: (u64, u64),
    /// The first minute since they last changed in which it could neither start nor stop a task.
    pub stalled_at: Option<u64>,
}

impl<'w> Engine<'w> {
    fn new(
        world: &'w World,
        script: &'w Script<'w>,
        options: &'w EngineOptions,
        places: &'w Places,
    ) -> Self {
        let group = |plan: &GroupPlan| SimulatedGroup::new(plan, world, places, &options.choices);
        let order = (0..world.workload.classes.len())
            .filter(|&class| !world.workload.classes[class].daemon)
            .collect();
        let reclaims = script.reclaims.map(|(model, rates)| {
            let pools = spot_pools(world, places);
            let rates: Vec<ReclaimRate> = pools.iter().map(|pool| rates[pool[0]]).collect();
            (SpotReclaims::new(&rates, model, options.seed), pools)
        });
        Self {
            state: State::new(world, options.seed),
            scheduler: Scheduler::default(),
            draws: Draws::new(options.choices.tie_break, options.seed),
            random: stream(options.seed, &[GROUPS]),
            groups: script.groups.iter().map(group).collect(),
            services: Services::new(world, order, &options.choices),
            recorder: Recorder::new(places, script.fargate),
            lost_zones: Vec::new(),
            rollouts: Vec::new(),
            reclaims,
            minute: 0,
            cut: Cut::NEVER,
            world,
            script,
            options,
            places,
        }
    }

    /// The fleet's instances are there before the first minute, with the tasks that find a place; where the run
    /// begins empty, only those that no group replaces.
    fn fill(&mut self, full: &World) {
        let begins_full = self.script.begins_full;
        for group in &mut self.groups {
            if !begins_full && group.provider.is_some() {
                continue;
            }
            for &host in &group.hosts {
                for _ in 0..full.hosts[host].count {
                    group.members.push(Member {
                        host,
                        id: Some(self.state.add_instance(host)),
                        launched: 0,
                        was_there: true,
                        leaving: None,
                        reclaimed_at: None,
                    });
                }
            }
            group.desired = group.members.len() as u64;
        }
        if begins_full {
            self.ask(&vec![0; self.services.desired.len()]);
            self.recorder.trace.events.clear();
        }
    }

    fn play(mut self) -> Run {
        let last = self
            .script
            .events
            .iter()
            .map(|(at, _)| *at)
            .max()
            .unwrap_or(0);
        let first = self.script.events.iter().map(|(at, _)| *at).min();
        let (mut settled, mut most_missing, mut most_instances) = (None, 0, 0);
        let mut missing_before = 0;
        let mut is_cut = false;
        while self.minute < self.options.minutes {
            self.step();
            self.services.steps += u64::from(self.state.present_count());
            // A minute in which not every task that could start has started says nothing.
            is_cut = self.cut.is_due();
            if is_cut {
                let (minute, trace) = (self.minute, &mut self.recorder.trace);
                if trace.minutes.len() > 1 {
                    trace.minutes.pop();
                    trace.events.retain(|event| event.minute < minute);
                }
                break;
            }
            let missing = self.services.missing();
            most_missing = most_missing.max(missing);
            let there: usize = self.groups.iter().map(|group| group.members.len()).sum();
            most_instances = most_instances.max(there as u64);
            if first.is_some_and(|first| self.minute < first) {
                missing_before = missing;
                most_missing = 0;
            }
            let calm =
                missing <= missing_before && self.rollouts.iter().all(|rollout| rollout.done);
            if !calm {
                settled = None;
            } else if settled.is_none() && self.minute >= last {
                settled = Some(self.minute);
            }
            self.minute += 1;
            let done = settled.is_some_and(|at| self.minute > at + CALM_MINUTES);
            if self.script.ends_when_settled && done {
                break;
            }
        }
        let stuck = self.note_stuck();
        let at_end = self.on_providers();
        Run {
            settled,
            missing_before,
            missing: self.services.missing(),
            most_missing,
            most_instances,
            usd: self.recorder.usd(),
            trace: self.recorder.trace,
            stuck,
            is_cut,
            at_end,
            steps: self.services.steps,
        }
    }

    /// What is on each capacity provider's instances.
    fn on_providers(&self) -> Vec<OnProvider> {
        let tasks = |id| -> u64 {
            let classes = self.state.classes_on(id).iter();
            classes.map(|&(_, tasks)| u64::from(tasks)).sum()
        };
        (self.groups.iter())
            .map(|group| OnProvider {
                capacity_provider: group
                    .provider
                    .map(|provider| self.world.providers[provider].clone()),
                instances: group.members.len() as u64,
                tasks: (group.members.iter())
                    .filter_map(|member| member.id)
                    .map(tasks)
                    .sum(),
            })
            .collect()
    }

    fn step(&mut self) {
        let now: Vec<ScenarioEvent> = (self.script.events.iter())
            .filter(|(at, _)| *at == self.minute)
            .map(|(_, event)| event.clone())
            .collect();
        for event in now {
            self.apply_event(event);
        }
        self.reclaim_by_chance();
        self.instances_come_and_go();
        let extra = self.drain();
        self.services
            .stop_surplus(&mut self.state, &mut self.draws, &extra, &mut self.recorder);
        self.deploy();
        (self.services).time_out(self.world, self.minute, self.options, &mut self.recorder);
        self.ask(&extra);
        self.rebalance();
        let reservations = self.scale();
        self.launch_missing();
        let services = self.services.record(self.world);
        self.recorder.end_minute(
            self.world,
            self.places,
            &self.groups,
            &reservations,
            services,
        );
    }

    fn ask(&mut self, extra: &[u64]) {
        let placer = Placer {
            state: &mut self.state,
            scheduler: &mut self.scheduler,
            draws: &mut self.draws,
        };
        let when = When {
            minute: self.minute,
            cut: self.cut,
        };
        let options = self.options;
        (self.services).place(when, placer, extra, options, &mut self.recorder);
    }
}

//! A run, minute by minute.

use rust_decimal::Decimal;

use crate::domain::instance_type::PurchaseOption;
use crate::domain::money::UsdPerHour;
use crate::simulate::auto_scaling_group::draw::Market;
use crate::simulate::auto_scaling_group::{TerminationPolicy, launch, terminate};
use crate::simulate::deployment::{Phase, Progress, Rollout, RolloutRule};
use crate::simulate::losses::band::ReclaimRate;
use crate::simulate::losses::{SpotModel, SpotReclaims};
use crate::simulate::managed_scaling::calculate::calculate;
use crate::simulate::managed_scaling::draining::{Draining, Fate};
use crate::simulate::managed_scaling::reservation::GroupState;
use crate::simulate::managed_scaling::scaler::Decision;
use crate::simulate::random::{Random, stream, successes};
use crate::simulate::rebalance::rebalance;
use crate::simulate::scheduler::Scheduler;
use crate::simulate::state::State;
use crate::simulate::ties::Draws;
use crate::simulate::trace::{EventKind, Trace};
use crate::simulate::workload::ClassId;
use crate::simulate::world::{HostId, World};

use super::group::{Group, GroupPlan, Member};
use super::options::EngineOptions;
use super::recorder::{Places, Recorder};
use super::services::Services;

/// Names the streams of groups and of forced shortages.
const GROUPS: u64 = 0x4772_6f75_7073;
const SHORTAGE: u64 = 0x5368_6f72_7461;

/// Minutes that a run goes on after everything is settled.
const CALM_MINUTES: u64 = 5;

/// Something that a scenario lets happen.
#[derive(Debug, Clone)]
pub enum Happening {
    /// A service's desired count changes.
    DesiredCount {
        /// Service.
        class: ClassId,
        /// New count.
        count: u64,
    },
    /// All instances of a zone are gone, and none can be launched there.
    ZoneLost {
        /// The zone's name.
        zone: String,
    },
    /// A pool of Spot instances (type and zone) runs short.
    Shortage {
        /// A host of the pool.
        host: HostId,
        /// The part of its instances that get notice.
        part: f64,
    },
    /// A service's tasks are replaced by those of a second revision.
    Deployment {
        /// The revision that runs.
        old: ClassId,
        /// The new one.
        new: ClassId,
        /// How.
        rule: RolloutRule,
    },
}

/// What a run begins with and what happens in it.
#[derive(Debug, Clone)]
pub struct Script<'a> {
    /// The groups.
    pub groups: &'a [GroupPlan],
    /// Whether the fleet is there and holds its tasks at the start; otherwise there is no instance.
    pub begins_full: bool,
    /// What happens, by minute.
    pub happenings: &'a [(u64, Happening)],
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
    /// The first minute, from the last happening on, from whose end on no more tasks were missing than before
    /// the first one.
    pub settled: Option<u64>,
    /// Tasks that were missing before the first happening.
    pub missing_before: u64,
    /// Tasks that were missing at the end.
    pub missing: u64,
    /// The most tasks that were missing at the end of a minute.
    pub most_missing: u64,
    /// The most instances there were.
    pub most_instances: u64,
    /// USD over the trace.
    pub usd: Decimal,
    /// Whether a deployment could not go on.
    pub stuck: bool,
}

/// Plays a script.
#[must_use]
pub fn run(world: &World, script: &Script<'_>, options: &EngineOptions) -> Run {
    let places = Places::new(world);
    let mut empty = world.clone();
    for host in &mut empty.hosts {
        host.count = 0;
    }
    let mut engine = Engine::new(&empty, script, options, &places);
    engine.fill(world);
    engine.play()
}

struct Engine<'w> {
    world: &'w World,
    script: &'w Script<'w>,
    options: &'w EngineOptions,
    places: &'w Places,
    state: State<'w>,
    scheduler: Scheduler,
    draws: Draws,
    random: Random,
    groups: Vec<Group>,
    services: Services,
    recorder: Recorder,
    lost_zones: Vec<usize>,
    rollouts: Vec<(ClassId, ClassId, Rollout, bool)>,
    reclaims: Option<(SpotReclaims, Vec<Vec<HostId>>)>,
    minute: u64,
    stuck: bool,
}

impl<'w> Engine<'w> {
    fn new(
        world: &'w World,
        script: &'w Script<'w>,
        options: &'w EngineOptions,
        places: &'w Places,
    ) -> Self {
        let group = |plan: &GroupPlan| Group::new(plan, world, places, &options.choices);
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
            services: Services::new(world, order),
            recorder: Recorder::new(places, script.fargate),
            lost_zones: Vec::new(),
            rollouts: Vec::new(),
            reclaims,
            minute: 0,
            stuck: false,
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
            .happenings
            .iter()
            .map(|(at, _)| *at)
            .max()
            .unwrap_or(0);
        let first = self.script.happenings.iter().map(|(at, _)| *at).min();
        let (mut settled, mut most_missing, mut most_instances) = (None, 0, 0);
        let mut missing_before = 0;
        while self.minute < self.options.minutes {
            self.step();
            let missing = self.services.missing();
            most_missing = most_missing.max(missing);
            let there: usize = self.groups.iter().map(|group| group.members.len()).sum();
            most_instances = most_instances.max(there as u64);
            if first.is_some_and(|first| self.minute < first) {
                missing_before = missing;
                most_missing = 0;
            }
            let calm = missing <= missing_before && self.rollouts.iter().all(|rollout| rollout.3);
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
        Run {
            settled,
            missing_before,
            missing: self.services.missing(),
            most_missing,
            most_instances,
            usd: self.recorder.usd(),
            trace: self.recorder.trace,
            stuck: self.stuck,
        }
    }

    fn step(&mut self) {
        let now: Vec<Happening> = (self.script.happenings.iter())
            .filter(|(at, _)| *at == self.minute)
            .map(|(_, happening)| happening.clone())
            .collect();
        for happening in now {
            self.happen(happening);
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
        self.services.place(
            self.minute,
            &mut self.state,
            &mut self.scheduler,
            &mut self.draws,
            extra,
            self.options,
            &mut self.recorder,
        );
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::DesiredCount { class, count } => {
                self.services.desired[class] = count;
                let note = EventKind::DesiredCountChanged;
                self.recorder
                    .note(note, count, |event| event.of_service(class));
            }
            Happening::ZoneLost { zone } => {
                let zones = &self.places.names.zones;
                if let Some(zone) = zones.iter().position(|name| *name == zone) {
                    self.lose_zone(zone);
                }
            }
            Happening::Shortage { host, part } => self.shortage(host, part),
            Happening::Deployment { old, new, rule } => {
                let desired = self.services.desired[old];
                let rollout = Rollout::new(rule, desired);
                let kind = EventKind::DeploymentStarted;
                self.recorder
                    .note(kind, desired, |event| event.of_service(old));
                self.rollouts.push((old, new, rollout, false));
            }
        }
    }

    fn lose_zone(&mut self, zone: usize) {
        self.lost_zones.push(zone);
        let places = self.places;
        let mut gone: Vec<Member> = Vec::new();
        for group in &mut self.groups {
            let members = std::mem::take(&mut group.members);
            let (lost, stay): (Vec<Member>, Vec<Member>) =
                (members.into_iter()).partition(|member| places.zone_of[member.host] == zone);
            group.members = stay;
            gone.extend(lost);
        }
        let kind = EventKind::ZoneLost;
        let count = gone.len() as u64;
        self.recorder.note(kind, count, |event| event.in_zone(zone));
        for member in gone {
            self.remove(&member);
        }
    }

    /// The instance is gone, and its tasks with it.
    fn remove(&mut self, member: &Member) {
        let Some(id) = member.id else { return };
        let tasks: Vec<(u32, u32)> = self.state.classes_on(id).to_vec();
        for &(class, count) in &tasks {
            let class = class as ClassId;
            self.services
                .lost(self.world, &self.state, id, class, count.into());
        }
        self.state.remove_instance(id);
        for (class, count) in tasks {
            let kind = EventKind::TasksKilled;
            self.recorder
                .note(kind, count.into(), |event| event.of_service(class as usize));
        }
    }

    fn shortage(&mut self, host: HostId, part: f64) {
        let pool = self.pool_of(host);
        let members = self.live_members(&pool);
        let mut random = stream(self.options.seed, &[SHORTAGE, self.minute]);
        let hit = successes(&mut random, members.len() as u64, part);
        self.give_notice(hit.iter().map(|&at| members[at as usize]).collect(), host);
    }

    fn reclaim_by_chance(&mut self) {
        let Some((mut reclaims, pools)) = self.reclaims.take() else {
            return;
        };
        let live: Vec<Vec<(usize, usize)>> =
            pools.iter().map(|pool| self.live_members(pool)).collect();
        let counts: Vec<u64> = live.iter().map(|members| members.len() as u64).collect();
        for reclaim in reclaims.step(&counts, 60) {
            let member = live[reclaim.pool][reclaim.instance as usize];
            self.give_notice(vec![member], pools[reclaim.pool][0]);
        }
        self.reclaims = Some((reclaims, pools));
    }

    fn pool_of(&self, host: HostId) -> Vec<HostId> {
        let pools = spot_pools(self.world, self.places);
        pools
            .into_iter()
            .find(|pool| pool.contains(&host))
            .unwrap_or_default()
    }

    /// Instances of the hosts that no notice has reached yet, as positions of group and member.
    fn live_members(&self, pool: &[HostId]) -> Vec<(usize, usize)> {
        let mut found = Vec::new();
        for (position, group) in self.groups.iter().enumerate() {
            for (at, member) in group.members.iter().enumerate() {
                if pool.contains(&member.host) && member.reclaimed_at.is_none() {
                    found.push((position, at));
                }
            }
        }
        found
    }

    fn give_notice(&mut self, members: Vec<(usize, usize)>, host: HostId) {
        let (kind, zone) = (self.places.type_of[host], self.places.zone_of[host]);
        let mut count = 0;
        for (group, at) in members {
            let member = &mut self.groups[group].members[at];
            if member.reclaimed_at.is_some() {
                continue;
            }
            member.reclaimed_at = Some(self.minute + 2);
            count += 1;
            if let Some(id) = member.id {
                self.state.close(id);
            }
        }
        let note = EventKind::SpotNotice;
        self.recorder
            .note(note, count, |event| event.of_type(kind).in_zone(zone));
    }

    fn instances_come_and_go(&mut self) {
        for group in 0..self.groups.len() {
            let provider = self.groups[group].provider;
            let (mut registered, mut terminated, mut reclaimed) = (0, 0, 0);
            let mut at = 0;
            while at < self.groups[group].members.len() {
                let member = self.groups[group].members[at].clone();
                if member.reclaimed_at.is_some_and(|end| end <= self.minute) {
                    reclaimed += 1;
                } else if self.has_left(&member) {
                    terminated += 1;
                } else {
                    let ready = member.launched + self.options.launch_minutes <= self.minute;
                    if member.id.is_none() && ready && member.reclaimed_at.is_none() {
                        let id = self.state.add_instance(member.host);
                        self.groups[group].members[at].id = Some(id);
                        registered += 1;
                    }
                    at += 1;
                    continue;
                }
                self.groups[group].members.remove(at);
                self.remove(&member);
            }
            let mut note = |kind, count| {
                self.recorder.note(kind, count, |event| match provider {
                    Some(provider) => event.of_provider(provider),
                    None => event,
                });
            };
            note(EventKind::InstancesRegistered, registered);
            note(EventKind::InstancesTerminated, terminated);
            note(EventKind::SpotReclaimed, reclaimed);
        }
    }

    fn has_left(&self, member: &Member) -> bool {
        let Some(draining) = member.leaving else {
            return false;
        };
        let tasks = member.id.map_or(0, |id| u64::from(self.state.tasks_on(id)));
        let fate = draining.step(self.minute * 60, tasks, self.options.termination);
        matches!(fate, Fate::Gone { .. })
    }

    /// Replacements to ask for, and stops of tasks on instances that drain, within the services' limits.
    fn drain(&mut self) -> Vec<u64> {
        let classes = self.services.desired.len();
        let mut draining = vec![0; classes];
        for group in &self.groups {
            for id in group.members.iter().filter_map(|member| member.id) {
                if !self.state.is_open(id) {
                    for &(class, count) in self.state.classes_on(id) {
                        draining[class as usize] += u64::from(count);
                    }
                }
            }
        }
        (0..classes)
            .map(|class| self.drain_service(class, draining[class]))
            .collect()
    }

    fn drain_service(&mut self, class: ClassId, draining: u64) -> u64 {
        if draining == 0 {
            return 0;
        }
        let desired = self.services.desired[class];
        let rule = self.script.limits[class];
        let spare = self.services.running[class].saturating_sub(rule.fewest_healthy(desired));
        let mut stopped = 0;
        while stopped < spare.min(draining) {
            let on_closed = |state: &State<'_>, id| !state.is_open(id);
            if !(self.services).stop_one(&mut self.state, class, &mut self.draws, on_closed) {
                break;
            }
            stopped += 1;
        }
        let kind = EventKind::TasksStopped;
        self.recorder
            .note(kind, stopped, |event| event.of_service(class));
        // Tasks that drain count as running, but not towards the desired count.
        (draining - stopped).min(rule.most_tasks(desired).saturating_sub(desired))
    }

    fn deploy(&mut self) {
        for at in 0..self.rollouts.len() {
            let (old, new, mut rollout, done) = self.rollouts[at].clone();
            if done {
                continue;
            }
            let starting = self.services.waiting_of(new);
            let progress = Progress {
                old: self.services.running[old],
                new: self.services.running[new],
                starting,
                without_room: starting,
            };
            let stuck = rollout.is_stuck(&progress);
            let (orders, phase) = rollout.step(self.minute, &progress);
            self.services.desired[new] = progress.new + starting + orders.start;
            let mut stopped = 0;
            while stopped < orders.stop
                && (self.services).stop_one(&mut self.state, old, &mut self.draws, |_, _| true)
            {
                stopped += 1;
            }
            self.services.desired[old] = progress.old - stopped;
            let kind = EventKind::TasksStopped;
            self.recorder
                .note(kind, stopped, |event| event.of_service(old));
            if stuck && !self.stuck {
                self.stuck = true;
                let kind = EventKind::DeploymentStuck;
                self.recorder
                    .note(kind, progress.old, |event| event.of_service(old));
            }
            let done = phase == Phase::Done;
            if done {
                let kind = EventKind::DeploymentFinished;
                self.recorder
                    .note(kind, progress.new, |event| event.of_service(old));
            }
            self.rollouts[at] = (old, new, rollout, done);
        }
    }

    fn rebalance(&mut self) {
        if !self.options.zone_rebalancing {
            return;
        }
        for class in 0..self.services.desired.len() {
            if self.world.workload.classes[class].daemon || self.services.running[class] == 0 {
                continue;
            }
            let (state, scheduler) = (&mut self.state, &mut self.scheduler);
            let moves = rebalance(state, scheduler, class, u64::MAX, &mut self.draws).len() as u64;
            for kind in [EventKind::TasksStarted, EventKind::TasksStopped] {
                self.recorder
                    .note(kind, moves, |event| event.of_service(class));
            }
        }
    }

    /// Metric and desired capacity of every group.
    fn scale(&mut self) -> Vec<Option<Decimal>> {
        (0..self.groups.len())
            .map(|at| self.scale_group(at))
            .collect()
    }

    fn scale_group(&mut self, at: usize) -> Option<Decimal> {
        let group = &mut self.groups[at];
        let provider = group.provider?;
        let waiting = self.services.waiting_for(self.world, provider);
        let choices = &self.options.choices;
        let calculation = (!waiting.is_empty()).then(|| {
            calculate(
                &waiting,
                &group.offers,
                choices.combine,
                choices.type_sample,
            )
        });
        let (size, non_empty) = (group.size(), group.non_empty(&self.state));
        let warming_up = group.is_warming_up(self.minute);
        let seen = GroupState {
            instances: size,
            non_empty,
            waiting: calculation.as_ref(),
            several_types_or_zones: group.is_mixed(),
        };
        let step = group.scaler.as_mut()?.step(&seen, warming_up);
        let before = group.desired;
        match step.decision {
            Decision::ScaleOut { desired } => {
                group.desired = group.limits.clamp(desired).max(before);
                let more = group.desired - before;
                let kind = EventKind::ScaleOut;
                self.recorder
                    .note(kind, more, |event| event.of_provider(provider));
            }
            Decision::ScaleIn { desired } => {
                group.desired = group.limits.clamp(desired).min(before);
                let fewer = before - group.desired;
                let kind = EventKind::ScaleIn;
                self.recorder
                    .note(kind, fewer, |event| event.of_provider(provider));
                self.terminate_surplus(at);
            }
            Decision::AtTarget | Decision::WarmingUp | Decision::Low { .. } => {}
        }
        Some(step.reservation.percent())
    }

    fn terminate_surplus(&mut self, at: usize) {
        let group = &self.groups[at];
        let surplus = group.size().saturating_sub(group.desired);
        let may_take = |tasks| self.options.termination.may_take(tasks);
        let (positions, members) = group.for_scale_in(&self.state, self.places, may_take);
        let chosen = terminate(
            &group.mix,
            &members,
            self.places.names.zones.len(),
            surplus,
            TerminationPolicy::Default,
            &mut self.random,
        );
        let mut draining = 0;
        for position in chosen {
            let member = &mut self.groups[at].members[positions[position]];
            member.leaving = Some(Draining::new(self.minute * 60));
            draining += 1;
            if let Some(id) = member.id {
                self.state.close(id);
            }
        }
        let provider = self.groups[at].provider;
        self.recorder
            .note(EventKind::InstancesDraining, draining, |event| {
                provider.map_or(event, |provider| event.of_provider(provider))
            });
    }

    /// Groups launch what their desired capacity asks for, in zones that are there.
    fn launch_missing(&mut self) {
        for at in 0..self.groups.len() {
            let group = &self.groups[at];
            let Some(provider) = group.provider else {
                continue;
            };
            let missing = group.desired.saturating_sub(group.size());
            if missing == 0 {
                continue;
            }
            let open: Vec<usize> = (0..group.candidates.len())
                .filter(|&c| !self.lost_zones.contains(&group.candidates[c].zone))
                .collect();
            let candidates: Vec<_> = open.iter().map(|&c| group.candidates[c]).collect();
            let mut census = group.census(self.world, self.places);
            let market = Market {
                seed: self.options.seed,
                epoch: self.minute / 60,
            };
            let launches = launch(
                &group.mix,
                &candidates,
                &mut census,
                missing,
                &market,
                &mut self.random,
            );
            let count = launches.len() as u64;
            for chosen in launches {
                let host = self.groups[at].hosts[open[chosen]];
                self.groups[at].members.push(Member {
                    host,
                    id: None,
                    launched: self.minute,
                    leaving: None,
                    reclaimed_at: None,
                });
            }
            let note = [
                (EventKind::InstancesLaunched, count),
                (EventKind::LaunchFailed, missing - count),
            ];
            for (kind, count) in note {
                self.recorder
                    .note(kind, count, |event| event.of_provider(provider));
            }
        }
    }
}

/// Spot hosts by pool: instance type and zone.
fn spot_pools(world: &World, places: &Places) -> Vec<Vec<HostId>> {
    let mut pools: std::collections::BTreeMap<(usize, usize), Vec<HostId>> = Default::default();
    for (host, of) in world.hosts.iter().enumerate() {
        if of.host.purchase_option == PurchaseOption::Spot {
            let pool = (places.type_of[host], places.zone_of[host]);
            pools.entry(pool).or_default().push(host);
        }
    }
    pools.into_values().collect()
}

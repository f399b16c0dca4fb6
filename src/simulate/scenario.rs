//! Scenarios: what happens to a cluster in a run, and what comes of it.

pub mod event;
mod growth;
pub mod instance_loss;
pub mod left_over;
pub mod reset;

use thiserror::Error;

use crate::catalogue::Catalogue;
use crate::domain::cluster::Cluster;

use crate::domain::plan::{FleetPlan, ResetPercentages, SpotShortage};
use crate::domain::schedule::MINUTES_PER_WEEK;
use crate::domain::service::Service;

use super::deployment::RolloutRule;
use super::deployment::shift::TrafficShift;
use super::engine::{EngineOptions, GroupPlan, IsOver, Run, ScenarioEvent, Script, run_until};
use super::losses::SpotModel;
use super::losses::band::{InterruptionBand, ReclaimRate};
use super::setup::Setup;
use event::Event;
use instance_loss::{InstanceLosses, WayBack, lose_each};
use reset::Reset;

use super::world::{HostId, World};

/// Minute at which a scenario's event happens, so that the trace shows the state before it.
pub const EVENT_MINUTE: u64 = 5;

/// What happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scenario {
    /// A service is deployed anew.
    Deploy,
    /// A zone is lost.
    ZoneLoss,
    /// Each instance is lost once.
    InstanceLoss,
    /// A pool of Spot instances runs short; others are reclaimed as the advisor's bands say.
    SpotReclaim,
    /// All tasks ask for a place and no instance is there.
    ScaleOut,
    /// The desired count of every service falls, to a half unless said otherwise.
    ScaleIn,
    /// The desired counts rise to `maxCount`, fall back, and a reset follows.
    Growth,
    /// A week of a plan over a week, which is played from the plan.
    Week,
}

impl Scenario {
    /// The name, as the command line has it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Deploy => "deploy",
            Self::ZoneLoss => "zone-loss",
            Self::InstanceLoss => "instance-loss",
            Self::SpotReclaim => "spot-reclaim",
            Self::ScaleOut => "scale-out",
            Self::ScaleIn => "scale-in",
            Self::Growth => "growth",
            Self::Week => "week",
        }
    }

    /// Minutes to replay unless someone asks for others.
    #[must_use]
    pub const fn minutes(self) -> u64 {
        match self {
            Self::ScaleOut | Self::Deploy => 180,
            Self::Week => MINUTES_PER_WEEK,
            Self::Growth => reset::FALL_MINUTE + reset::GROWTH_MINUTES,
            Self::ZoneLoss | Self::InstanceLoss | Self::SpotReclaim | Self::ScaleIn => 60,
        }
    }
}

/// Why a scenario cannot be played with a fleet.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ScenarioError {
    /// Nothing to deploy.
    #[error("no service to deploy: none has tasks on instances")]
    NoService,
    /// A service that there is not, or not to deploy.
    #[error("`{0}` is no service with tasks on instances")]
    UnknownService(String),
    /// No zone.
    #[error(
        "no instance is in an Availability Zone; give `availabilityZones` in the cluster file and plan again"
    )]
    NoZone,
    /// No instance.
    #[error("the fleet has no instance")]
    NoInstance,
    /// A zone without instances.
    #[error("no instance is in the zone `{0}`")]
    UnknownZone(String),
    /// No week.
    #[error(
        "this is no plan over a week: give `profile` or `demand` in the cluster file and plan again"
    )]
    NoWeek,
    /// No Spot instance.
    #[error("the fleet has no Spot instance; plan with --purchase-options on-demand,spot")]
    NoSpot,
    /// Nothing grows.
    #[error("no service on instances names a `maxCount` above its count")]
    NoGrowth,
    /// A service that does not grow.
    #[error("`{0}` names no `maxCount` above its count")]
    DoesNotGrow(String),
}

impl ScenarioError {
    /// Whether the fleet merely has nothing of what the scenario is about.
    #[must_use]
    pub const fn is_nothing_to_play(&self) -> bool {
        match self {
            Self::NoService
            | Self::NoZone
            | Self::NoInstance
            | Self::NoSpot
            | Self::NoGrowth
            | Self::NoWeek => true,
            Self::UnknownService(_) | Self::UnknownZone(_) | Self::DoesNotGrow(_) => false,
        }
    }
}

/// What the scenario is about, where there is a choice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// Service to deploy, or the only one that grows.
    pub service: Option<String>,
    /// Zone to lose.
    pub zone: Option<String>,
    /// Percent of its tasks that each service keeps when it scales in; the count is rounded down.
    pub keep_percent: u64,
    /// Whether a Spot pool that runs short takes all its instances, and not each with the model's probability.
    pub whole_pool: bool,
    /// Whether the sizes are set again afterwards, as a scheduled action of the groups does: after growth, a rollout or a loss.
    pub resets: bool,
    /// Services that have other percentages than their own while the instances of a reset drain.
    pub lowered: Vec<ResetPercentages>,
}

impl Default for Subject {
    fn default() -> Self {
        Self {
            service: None,
            zone: None,
            keep_percent: 50,
            whole_pool: false,
            resets: false,
            lowered: Vec::new(),
        }
    }
}

/// A scenario's run, and what happened.
#[derive(Debug, Clone)]
pub struct Played {
    /// What happened.
    pub event: Event,
    /// Minute of the event.
    pub event_minute: u64,
    /// What came of it; of the worst of several runs.
    pub run: Run,
    /// What the losses of single instances say together.
    pub instance_losses: Option<InstanceLosses>,
    /// What came of the reset after it: what is missing, and for how long, is of the time before.
    pub reset: Option<Reset>,
    /// Instances whose loss was cut: the others are spoken of.
    pub left_out: u64,
    /// Steps of all runs, see [`STEPS_PER_TASK`](super::engine::STEPS_PER_TASK).
    pub steps: u64,
}

impl Played {
    /// Whether something of it was cut.
    #[must_use]
    pub const fn is_cut(&self) -> bool {
        self.run.is_cut || self.left_out > 0
    }
}

/// The service to deploy, by position: the one asked for, else the one with the most tasks.
///
/// # Errors
/// When there is none.
pub fn service_to_deploy(
    cluster: &Cluster,
    plan: Option<&FleetPlan>,
    subject: &Subject,
) -> Result<usize, ScenarioError> {
    let on_fargate = |service: &Service| {
        plan.is_some_and(|plan| {
            (plan.fargate_tasks.iter()).any(|row| row.service_name == service.name)
        })
    };
    let can = |service: &Service| {
        !service.is_daemon()
            && !service.is_standalone()
            && !on_fargate(service)
            && cluster.planned_count(service) > 0
    };
    let services = || {
        cluster
            .services
            .iter()
            .enumerate()
            .filter(|(_, service)| can(service))
    };
    match &subject.service {
        Some(name) => (services().find(|(_, service)| service.name == *name))
            .map(|(position, _)| position)
            .ok_or_else(|| ScenarioError::UnknownService(name.clone())),
        None => services()
            .rev()
            .max_by_key(|(_, service)| cluster.planned_count(service))
            .map(|(position, _)| position)
            .ok_or(ScenarioError::NoService),
    }
}

/// Plays a scenario.
///
/// # Errors
/// When the fleet has not what the scenario is about.
pub fn play(
    cluster: &Cluster,
    catalogue: &Catalogue,
    setup: &Setup,
    groups: &[GroupPlan],
    scenario: Scenario,
    subject: &Subject,
    options: &EngineOptions,
) -> Result<Played, ScenarioError> {
    let to_the_end: (&EngineOptions, IsOver<'_>) = (options, &|| false);
    play_until(
        cluster, catalogue, setup, groups, scenario, subject, to_the_end,
    )
}

/// Plays a scenario until the caller's time is over: what came of it says then that it was cut.
///
/// # Errors
/// When the fleet has not what the scenario is about.
pub fn play_until(
    cluster: &Cluster,
    catalogue: &Catalogue,
    setup: &Setup,
    groups: &[GroupPlan],
    scenario: Scenario,
    subject: &Subject,
    (options, is_over): (&EngineOptions, IsOver<'_>),
) -> Result<Played, ScenarioError> {
    let world = &setup.world;
    let own: Vec<RolloutRule> = (world.workload.classes.iter())
        .map(|class| rule(&cluster.services[class.service], options))
        .collect();
    let rates: Vec<ReclaimRate> = (world.hosts.iter())
        .map(|host| {
            let saving = catalogue.spot_saving(&host.host.instance_type);
            InterruptionBand::of(saving).rate(options.choices.band_reading)
        })
        .collect();
    let (event, events) = match scenario {
        // What is told of the losses of instances is of the worst of them, once all are played.
        Scenario::InstanceLoss | Scenario::ScaleOut => (Event::AllTasksAsk, Vec::new()),
        Scenario::ScaleIn => scale_in(world, subject.keep_percent),
        // Its counts and sizes are the cluster's and the plan's.
        Scenario::Week => return Err(ScenarioError::NoWeek),
        Scenario::Deploy => deploy(setup, &own)?,
        Scenario::Growth => growth::rise(cluster, world, subject.service.as_deref())?,
        Scenario::ZoneLoss => lose_zone(world, subject)?,
        Scenario::SpotReclaim => {
            let (shortage, events) = run_short(world, subject)?;
            (Event::Shortage(shortage), events)
        }
    };
    let events: Vec<(u64, ScenarioEvent)> = (events.into_iter())
        .map(|event| (EVENT_MINUTE, event))
        .collect();
    let later = reset::afterwards(world, groups, (scenario, &events), subject);
    let (limits, lowered) = if later.is_empty() {
        (own, 0)
    } else {
        reset::while_draining(cluster, world, own, &subject.lowered)
    };
    let script = Script {
        groups,
        begins_full: scenario != Scenario::ScaleOut,
        events: &events,
        reclaims: (scenario == Scenario::SpotReclaim)
            .then_some((SpotModel::default(), rates.as_slice())),
        ends_when_settled: matches!(scenario, Scenario::ScaleOut | Scenario::Deploy),
        fargate: setup.fargate_usd_per_hour,
        limits: &limits,
    };
    if scenario == Scenario::InstanceLoss {
        let back = WayBack { later, lowered };
        let limits = (options, is_over);
        return lose_each(world, &script, &back, limits).ok_or(ScenarioError::NoInstance);
    }
    let (run, reset) = if later.is_empty() {
        (run_until(world, &script, options, is_over), None)
    } else {
        reset::play(world, &script, &later, lowered, (options, is_over))
    };
    Ok(Played {
        instance_losses: None,
        reset,
        left_out: 0,
        event,
        event_minute: if events.is_empty() { 0 } else { EVENT_MINUTE },
        steps: run.steps,
        run,
    })
}

fn rule(service: &Service, options: &EngineOptions) -> RolloutRule {
    RolloutRule::of(
        service,
        options.choices.rollout_stops,
        TrafficShift::default(),
    )
}

fn scale_in(world: &World, keep_percent: u64) -> (Event, Vec<ScenarioEvent>) {
    let events = (world.workload.classes.iter().enumerate())
        .filter(|(_, class)| class.count > 0)
        .map(|(position, class)| ScenarioEvent::DesiredCount {
            class: position,
            count: class.count * keep_percent / 100,
        })
        .collect();
    (Event::DesiredCountsFall { keep_percent }, events)
}

fn deploy(
    setup: &Setup,
    limits: &[RolloutRule],
) -> Result<(Event, Vec<ScenarioEvent>), ScenarioError> {
    let (old, new) = setup.revisions.ok_or(ScenarioError::NoService)?;
    let class = &setup.world.workload.classes[old];
    if class.count == 0 {
        return Err(ScenarioError::UnknownService(class.name.clone()));
    }
    let rule = limits[old];
    let event = Event::Deployment {
        service_name: class.name.clone(),
        tasks: class.count,
        fewest_healthy: rule.fewest_healthy(class.count),
        most_tasks: rule.most_tasks(class.count),
    };
    Ok((event, vec![ScenarioEvent::Deployment { old, new, rule }]))
}

fn lose_zone(
    world: &World,
    subject: &Subject,
) -> Result<(Event, Vec<ScenarioEvent>), ScenarioError> {
    let mut zones: Vec<(u64, &str)> = Vec::new();
    for host in &world.hosts {
        let Some(name) = host.host.availability_zone.as_deref() else {
            continue;
        };
        match zones.iter_mut().find(|(_, known)| *known == name) {
            Some((count, _)) => *count += host.count,
            None => zones.push((host.count, name)),
        }
    }
    zones.retain(|(count, _)| *count > 0);
    // The largest; of equals the first by name.
    zones.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
    let (count, zone) = match &subject.zone {
        None => *zones.first().ok_or(ScenarioError::NoZone)?,
        Some(name) => *(zones.iter().find(|(_, known)| known == name))
            .ok_or_else(|| ScenarioError::UnknownZone(name.clone()))?,
    };
    let zone = zone.to_owned();
    let event = Event::ZoneLost {
        zone: zone.clone(),
        instances: count,
        back_at: subject.resets.then_some(reset::AFTER_LOSS),
    };
    Ok((event, vec![ScenarioEvent::ZoneLost { zone }]))
}

fn run_short(
    world: &World,
    subject: &Subject,
) -> Result<(SpotShortage, Vec<ScenarioEvent>), ScenarioError> {
    let pool = |host: HostId| {
        let of = &world.hosts[host].host;
        (of.instance_type.as_str(), of.availability_zone.as_deref())
    };
    let spot = || {
        (0..world.hosts.len()).filter(|&host| {
            let of = &world.hosts[host];
            of.host.purchase_option.may_be_reclaimed() && of.count > 0
        })
    };
    let of_pool = |host: HostId| spot().filter(move |&other| pool(other) == pool(host));
    let size = |host: HostId| -> u64 {
        let same = of_pool(host).map(|other| &world.hosts[other]);
        same.map(|of| of.count * u64::from(of.room[0])).sum()
    };
    // The largest by CPU: what is lost with a pool is its capacity, on however many instances.
    let host = spot()
        .rev()
        .max_by_key(|&host| size(host))
        .ok_or(ScenarioError::NoSpot)?;
    let part = if subject.whole_pool {
        1.0
    } else {
        SpotModel::default().part()
    };
    let (name, zone) = pool(host);
    let short = SpotShortage {
        instance_type: name.to_owned(),
        availability_zone: zone.map(str::to_owned),
        instances: of_pool(host).map(|other| world.hosts[other].count).sum(),
        probability: part,
    };
    Ok((short, vec![ScenarioEvent::Shortage { host, part }]))
}

//! The steps of a plan, played by the replica from what runs: whether some task would wait after one.
//!
//! Today's instances stand with their tasks beside what the plan's groups may have: the planned instances and as many more as their
//! largest size allows. Nothing is taken for granted of the order of arrival in which the plan was filled; what AWS leaves open is
//! played in several orders ([`steps`]).

use std::collections::{BTreeMap, BTreeSet};

use crate::catalogue::Catalogue;
use crate::domain::aws_names;
use crate::domain::cluster::Cluster;
use crate::domain::money::UsdPerHour;
use crate::domain::plan::{FleetPlan, PlannedInstances, WhyNotDrained};
use crate::domain::policy::KeepInstances;
use crate::formulate::offering::Offerings;
use crate::simulate::choices::RolloutStops;
use crate::simulate::deployment::RolloutRule;
use crate::simulate::deployment::shift::TrafficShift;
use crate::simulate::held::Running;
use crate::simulate::migration::{Refusal, Task, steps};
use crate::simulate::setup::{SetupOptions, with_plan};
use crate::simulate::workload::ClassId;
use crate::simulate::world::World;

use super::super::options::PlanError;
use super::today::shown;
use super::waves::{Kind, fixed, kinds, launches};

/// Orders that are played.
pub const ORDERS: u64 = 4;

/// A step, as far as tasks feel it; names are those that AWS has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlayedStep<'a> {
    /// Tasks that do not run get places, as of instances that drain already: ECS starts them whatever comes next.
    Start,
    /// Services are deployed with the planned strategy, side by side.
    Rollouts(Vec<&'a str>),
    /// The smallest size of a capacity provider's group grows.
    Launch {
        /// Capacity provider.
        provider: &'a str,
        /// Its smallest size.
        least: u64,
    },
    /// Instances of a capacity provider are drained: those that are named, else all, or those of other types and those beyond so many.
    Drain {
        /// Capacity provider.
        provider: &'a str,
        /// Types that stay; none where all go.
        types_that_stay: &'a [String],
        /// Most instances of those types that stay.
        most: u64,
        /// Container instances that go, where they are named.
        named: &'a [String],
    },
}

/// A step after which tasks would wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StuckStep {
    /// Its position among those that were given.
    pub position: usize,
    /// The service whose tasks would wait.
    pub service_name: String,
    /// How many would.
    pub waiting: u64,
    /// Why.
    pub why: WhyNotDrained,
    /// In how many of the orders.
    pub orders: u64,
}

/// Plays steps one after another, services by the limits of their own rollouts, in the first of [`ORDERS`] orders: the first step after
/// which tasks would wait in one of them, if any.
///
/// # Errors
/// Where instances of today have no price, or the file does not show what runs.
pub fn steps_played(
    (cluster, catalogue): (&Cluster, &Catalogue),
    plan: &FleetPlan,
    asked: &[PlayedStep<'_>],
    orders: u64,
) -> Result<Option<StuckStep>, PlanError> {
    let mut around = cluster.clone();
    around.policy.keep_instances = KeepInstances::All;
    let held = shown(cluster)?;
    let offerings = Offerings::holding(&around, catalogue, &held).map_err(PlanError::Unpriced)?;
    let today = kinds(&offerings.usable, &BTreeSet::new());
    let mut whole = plan.clone();
    whole.instances = beside(&today, plan);
    let mut world = with_plan(cluster, catalogue, &whole, &SetupOptions::default()).world;
    let running: Vec<Running<'_>> = today.iter().map(Kind::running).collect();
    let launches = launches(&mut world, &running);
    let hosts = world.run(&running);
    let mut leaving = Vec::new();
    let mut there = Vec::new();
    for (kind, hosts) in today.iter().zip(&hosts) {
        let mut ids = kind.ids.iter();
        for &(host, count) in hosts {
            for _ in 0..count {
                leaving.push(host);
                let id = ids.next().copied().unwrap_or_default();
                there.push(There { kind, id });
            }
        }
    }
    let task = Task {
        launches,
        leaving,
        fixed: fixed(cluster, &world),
        ..Task::default()
    };
    let least = least(plan, &world);
    let played = (asked.iter().enumerate())
        .filter_map(|(position, step)| Some((position, played(step, (cluster, &world), &there)?)));
    let (positions, played): (Vec<usize>, Vec<steps::Step>) = played.unzip();
    let stuck: Vec<steps::Stuck> = (0..orders)
        .filter_map(|order| steps::play(&world, &task, &least, &played, order).err())
        .collect();
    let first = stuck.iter().min_by_key(|stuck| stuck.step);
    Ok(first.map(|first| {
        let (class, why) = match first.why {
            Refusal::NoPlace(class) => (class, WhyNotDrained::NoPlace),
            Refusal::Fixed(class) => (class, WhyNotDrained::NoSurge),
        };
        StuckStep {
            position: positions[first.step],
            service_name: world.workload.classes[class].name.clone(),
            waiting: first.waiting,
            why,
            orders: stuck.iter().filter(|it| it.step == first.step).count() as u64,
        }
    }))
}

/// An instance of today.
struct There<'a> {
    kind: &'a Kind<'a>,
    /// Its container instance.
    id: &'a str,
}

/// Today's instances, and of the planned ones those that are not among them: as many as the groups may have at most.
fn beside(today: &[Kind<'_>], plan: &FleetPlan) -> Vec<PlannedInstances> {
    let mut rows: Vec<PlannedInstances> = today.iter().map(Kind::row).collect();
    let mut there: Vec<u64> = rows.iter().map(|row| row.count).collect();
    let mut more: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for provider in &plan.capacity_providers {
        let own = (plan.instances.iter()).filter(|row| row.capacity_provider == provider.name);
        let beyond = (provider.max_size).saturating_sub(own.clone().map(|row| row.count).sum());
        more.insert(&provider.name, (beyond, own.count() as u64));
    }
    for row in &plan.instances {
        let is_outside_aws = row.existing && row.usd_per_hour == UsdPerHour::ZERO;
        let mut count = row.count;
        if !is_outside_aws {
            for (known, there) in rows.iter().zip(&mut there) {
                if is_same(known, row) {
                    let shared = count.min(*there);
                    *there -= shared;
                    count -= shared;
                }
            }
        }
        if let Some((beyond, rows)) = more.get_mut(row.capacity_provider.as_str()) {
            let own = beyond.div_ceil((*rows).max(1));
            *beyond -= own;
            *rows -= 1;
            count += own;
        }
        if count > 0 {
            let existing = is_outside_aws;
            rows.push(PlannedInstances {
                count,
                existing,
                ..row.clone()
            });
            there.push(0);
        }
    }
    rows
}

/// Whether a planned row stands for instances like these.
fn is_same(today: &PlannedInstances, planned: &PlannedInstances) -> bool {
    let zones = [&today.availability_zone, &planned.availability_zone];
    today.instance_type == planned.instance_type
        && today.purchase_option == planned.purchase_option
        && today.capacity_provider == planned.capacity_provider
        && (zones[0] == zones[1] || zones.iter().any(|zone| zone.is_none()))
}

/// The smallest size of each provider that the world knows.
fn least(plan: &FleetPlan, world: &World) -> Vec<(usize, u64)> {
    (plan.capacity_providers.iter())
        .filter_map(|provider| {
            let known = (world.providers.iter()).position(|name| *name == provider.name)?;
            Some((known, provider.min_size))
        })
        .collect()
}

/// The step for the replica; `None` where no task feels it, as of services that have none.
fn played(
    step: &PlayedStep<'_>,
    (cluster, world): (&Cluster, &World),
    there: &[There<'_>],
) -> Option<steps::Step> {
    match step {
        PlayedStep::Start => Some(steps::Step::Start),
        PlayedStep::Rollouts(names) => {
            let rollout = |name: &&str| {
                let class = class_of(name, cluster, world)?;
                let service = &cluster.services[world.workload.classes[class].service];
                let (stops, shift) = (RolloutStops::default(), TrafficShift::default());
                Some((class, RolloutRule::of(service, stops, shift)))
            };
            let rollouts: Vec<_> = names.iter().filter_map(rollout).collect();
            (!rollouts.is_empty()).then_some(steps::Step::Rollouts(rollouts))
        }
        PlayedStep::Launch { provider, least } => {
            let mut known = world.providers.iter();
            let provider = known.position(|name| aws_names::provider(name) == *provider)?;
            let least = *least;
            Some(steps::Step::Launch { provider, least })
        }
        PlayedStep::Drain {
            provider,
            types_that_stay,
            most,
            named,
        } => {
            let is_own = |at: &usize| {
                let of = &there[*at].kind.existing.capacity_provider;
                aws_names::provider(of) == *provider
            };
            let own = (0..there.len()).filter(is_own);
            let (staying, going): (Vec<usize>, Vec<usize>) = if named.is_empty() {
                own.partition(|&at| {
                    let kind = &there[at].kind.offering.instance_type;
                    types_that_stay.is_empty() || types_that_stay.contains(kind)
                })
            } else {
                let is_named = |&at: &usize| named.iter().any(|named| named == there[at].id);
                (Vec::new(), own.filter(is_named).collect())
            };
            Some(steps::Step::Drain {
                going,
                staying,
                most: usize::try_from(*most).unwrap_or(usize::MAX),
            })
        }
    }
}

fn class_of(name: &str, cluster: &Cluster, world: &World) -> Option<ClassId> {
    (world.workload.classes.iter()).position(|class| {
        let service = &cluster.services[class.service];
        !class.daemon && !service.is_standalone() && aws_names::valid(&service.name) == name
    })
}

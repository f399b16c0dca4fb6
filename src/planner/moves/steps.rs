//! The steps of a plan that asks for no number of moves, played by the replica from what runs: whether some task would wait after one.
//!
//! Today's instances stand with their tasks beside what the plan's groups may have: the planned instances and as many more as their
//! largest size allows. Nothing is taken for granted of the order of arrival in which the plan was filled.

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

/// Seed of the order that is played.
const SEED: u64 = 0;

/// A step, as far as tasks feel it; names are those that AWS has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlayedStep<'a> {
    /// A service is deployed with the planned strategy.
    Rollout(&'a str),
    /// Instances of a capacity provider are drained: all, or those of other types and those beyond so many.
    Drain {
        /// Capacity provider.
        provider: &'a str,
        /// Types that stay; none where all go.
        types_that_stay: &'a [String],
        /// Most instances of those types that stay.
        most: u64,
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
}

/// Plays steps one after another, services by the limits of their own rollouts: the first after which tasks would wait, if any.
///
/// # Errors
/// Where instances of today have no price, or the file does not show what runs.
pub fn steps_played(
    (cluster, catalogue): (&Cluster, &Catalogue),
    plan: &FleetPlan,
    asked: &[PlayedStep<'_>],
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
    let mut of_kind = Vec::new();
    for (kind, hosts) in today.iter().zip(&hosts) {
        for &(host, count) in hosts {
            for _ in 0..count {
                leaving.push(host);
                of_kind.push(kind);
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
    let played = asked
        .iter()
        .map(|step| played(step, (cluster, &world), &of_kind));
    let played: Vec<(usize, steps::Step)> = (played.enumerate())
        .filter_map(|(position, step)| Some((position, step?)))
        .collect();
    let (positions, played): (Vec<usize>, Vec<steps::Step>) = played.into_iter().unzip();
    let stuck = steps::play(&world, &task, &least, &played, SEED).err();
    Ok(stuck.map(|stuck| {
        let (class, why) = match stuck.why {
            Refusal::NoPlace(class) => (class, WhyNotDrained::NoPlace),
            Refusal::Fixed(class) => (class, WhyNotDrained::NoSurge),
        };
        StuckStep {
            position: positions[stuck.step],
            service_name: world.workload.classes[class].name.clone(),
            waiting: stuck.waiting,
            why,
        }
    }))
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

/// The step for the replica; `None` for a service that has no tasks on it.
fn played(
    step: &PlayedStep<'_>,
    (cluster, world): (&Cluster, &World),
    of_kind: &[&Kind<'_>],
) -> Option<steps::Step> {
    match step {
        PlayedStep::Rollout(name) => {
            let class = class_of(name, cluster, world)?;
            let service = &cluster.services[world.workload.classes[class].service];
            let (stops, shift) = (RolloutStops::default(), TrafficShift::default());
            let rule = RolloutRule::of(service, stops, shift);
            Some(steps::Step::Rollout(class, rule))
        }
        PlayedStep::Drain {
            provider,
            types_that_stay,
            most,
        } => {
            let own = |index: &usize| {
                aws_names::provider(&of_kind[*index].existing.capacity_provider) == *provider
            };
            let stays = |index: &usize| {
                let kind = &of_kind[*index].offering.instance_type;
                types_that_stay.is_empty() || types_that_stay.contains(kind)
            };
            let (staying, going) = (0..of_kind.len()).filter(own).partition(stays);
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

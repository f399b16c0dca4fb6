//! The order in which a plan around today's instances is carried out, rehearsed by the replica from what runs.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalogue::Catalogue;
use crate::domain::cluster::Cluster;
use crate::domain::money::UsdPerHour;
use crate::domain::plan::{
    FleetPlan, Launch, NotDrained, PlannedInstances, Registered, Wave, WhyNotDrained,
};
use crate::domain::service::Service;
use crate::formulate::offering::{Existing, Offering};
use crate::simulate::held::Running;
use crate::simulate::migration::{self, Launching, Migration, Refusal, Task, rehearse};
use crate::simulate::setup::{SetupOptions, with_plan};
use crate::simulate::world::{HostId, World};

/// Most instances drained in one wave: ECS takes ten in a call.
const MOST_DRAINS: usize = 10;
/// Seed of the order that is played.
const SEED: u64 = 0;

/// Waves from today's fleet to a plan, and drains of the plan that none of them does.
pub(super) fn waves(
    (cluster, catalogue): (&Cluster, &Catalogue),
    today: &[Offering],
    staying: &BTreeSet<&str>,
    plan: &FleetPlan,
) -> (Vec<Wave>, Vec<NotDrained>) {
    let kinds = kinds(today, staying);
    let mut whole = plan.clone();
    (whole.instances).retain(|row| !row.existing || row.usd_per_hour == UsdPerHour::ZERO);
    whole.instances.extend(kinds.iter().map(Kind::row));
    let mut world = with_plan(cluster, catalogue, &whole, &SetupOptions::default()).world;
    let running: Vec<Running<'_>> = kinds.iter().map(Kind::running).collect();
    // New instances are not there yet.
    let launches = launches(&mut world, &running);
    let hosts = world.run(&running);
    let mut task = Task {
        launches,
        fixed: fixed(cluster, &world),
        most_drains: MOST_DRAINS,
        ..Task::default()
    };
    let mut names = Vec::new();
    let mut taken: BTreeMap<HostId, u64> = BTreeMap::new();
    for (kind, hosts) in kinds.iter().zip(&hosts).filter(|(kind, _)| kind.leaves) {
        let mut ids = kind.ids.iter();
        for &(host, count) in hosts {
            let used = taken.entry(host).or_default();
            let free = usize::try_from(count - *used).unwrap_or(usize::MAX);
            for id in ids.by_ref().take(free) {
                task.leaving.push(host);
                names.push(id.to_string());
                *used += 1;
            }
        }
    }
    let migration = rehearsed(&world, &mut task);
    (
        told(&world, &task, &names, &migration),
        not_drained(&world, &names, &migration),
    )
}

/// The migration that launches fewest at a time and yet drains all that goes; where none does, that which leaves fewest.
fn rehearsed(world: &World, task: &mut Task) -> Migration {
    let mut best: Option<(Launching, Migration)> = None;
    let ways = [
        Launching::AsNeeded,
        Launching::WholeGroup,
        Launching::Everything,
    ];
    for launching in ways {
        task.launching = launching;
        let migration = rehearse(world, task, SEED);
        let left = |migration: &Migration| migration.refused.len() as u64 + migration.waiting;
        if best
            .as_ref()
            .is_none_or(|(_, best)| left(&migration) < left(best))
        {
            let is_whole = left(&migration) == 0;
            best = Some((launching, migration));
            if is_whole {
                break;
            }
        }
    }
    let (launching, migration) = best.expect("one of the ways is the first");
    task.launching = launching;
    migration
}

/// Instances of today that differ in nothing, and all of which stay or go.
pub(super) struct Kind<'a> {
    pub(super) offering: &'a Offering,
    pub(super) existing: &'a Existing,
    pub(super) ids: Vec<&'a str>,
    leaves: bool,
}

pub(super) fn kinds<'a>(today: &'a [Offering], staying: &BTreeSet<&str>) -> Vec<Kind<'a>> {
    (today.iter())
        .filter(|offering| !offering.purchase_option.is_external())
        .filter_map(|offering| Some((offering, offering.existing.as_ref()?)))
        .flat_map(|(offering, existing)| {
            [true, false].map(|leaves| Kind {
                offering,
                existing,
                ids: (existing.ids.iter())
                    .map(String::as_str)
                    .filter(|id| staying.contains(id) != leaves)
                    .collect(),
                leaves,
            })
        })
        .filter(|kind| !kind.ids.is_empty())
        .collect()
}

impl Kind<'_> {
    fn count(&self) -> u64 {
        self.ids.len() as u64
    }

    /// As a row of a plan, without tasks.
    pub(super) fn row(&self) -> PlannedInstances {
        let registered = self.offering.registered;
        PlannedInstances {
            instance_type: self.offering.instance_type.clone(),
            purchase_option: self.offering.purchase_option.in_documents(),
            availability_zone: self.offering.availability_zone.clone(),
            capacity_provider: self.existing.capacity_provider.clone(),
            count: self.count(),
            usd_per_hour: self.offering.usd_per_hour,
            registered: Registered::of(&registered, false),
            tasks: indexmap::IndexMap::new(),
            spare: indexmap::IndexMap::new(),
            interruption_band: None,
            existing: true,
            attributes: indexmap::IndexMap::new(),
        }
    }

    pub(super) fn running(&self) -> Running<'_> {
        Running {
            instance_type: &self.offering.instance_type,
            availability_zone: self.offering.availability_zone.as_deref(),
            capacity_provider: &self.existing.capacity_provider,
            purchase_option: self.offering.purchase_option,
            count: self.count(),
            tasks: &self.existing.held,
        }
    }
}

/// Takes the new instances out of the world and answers how many of each host may be launched.
pub(super) fn launches(world: &mut World, today: &[Running<'_>]) -> Vec<(HostId, u64)> {
    let mut left: Vec<u64> = today.iter().map(|of| of.count).collect();
    let mut launches = Vec::new();
    for (host, of) in world.hosts.iter_mut().enumerate() {
        let mut there = 0;
        for (running, left) in today.iter().zip(&mut left) {
            if running.is(of) {
                let own = (*left).min(of.count - there);
                *left -= own;
                there += own;
            }
        }
        let new = of.count - there;
        of.count = there;
        if new > 0 && !of.host.purchase_option.is_external() {
            launches.push((host, new));
        }
    }
    launches
}

/// Services that ECS can neither give more tasks for a while nor leave with fewer.
pub(super) fn fixed(cluster: &Cluster, world: &World) -> Vec<usize> {
    let is_fixed = |service: &Service| {
        let wanted = cluster.planned_count(service);
        let percent = service
            .deployment
            .map_or(100, |limits| limits.minimum_healthy_percent);
        let least = (u128::from(wanted) * u128::from(percent)).div_ceil(100);
        !service.is_standalone()
            && service.deployment_surge(wanted) == 0
            && least >= u128::from(wanted)
    };
    (world.workload.classes.iter().enumerate())
        .filter(|(_, class)| !class.daemon && is_fixed(&cluster.services[class.service]))
        .map(|(class, _)| class)
        .collect()
}

fn told(world: &World, task: &Task, names: &[String], migration: &Migration) -> Vec<Wave> {
    let there = world
        .hosts
        .iter()
        .enumerate()
        .map(|(host, of)| (host, of.count));
    let mut bill = migration::cost(world, there);
    (migration.waves.iter())
        .map(|wave| {
            let peak = bill + migration::cost(world, wave.launches.iter().copied());
            let gone = wave.drains.iter().map(|&index| (task.leaving[index], 1));
            bill = peak - migration::cost(world, gone);
            let mut drains: Vec<String> = wave
                .drains
                .iter()
                .map(|&index| names[index].clone())
                .collect();
            drains.sort();
            Wave {
                launches: wave
                    .launches
                    .iter()
                    .map(|&launch| launched(world, launch))
                    .collect(),
                drains,
                restarts: wave.restarts,
                usd_per_hour: bill,
                peak_usd_per_hour: peak,
                waiting: wave.waiting,
            }
        })
        .collect()
}

fn launched(world: &World, (host, count): (HostId, u64)) -> Launch {
    let of = &world.hosts[host].host;
    Launch {
        capacity_provider: of.capacity_provider.clone().unwrap_or_default(),
        instance_type: of.instance_type.clone(),
        purchase_option: of.purchase_option,
        availability_zone: of.availability_zone.clone(),
        count,
    }
}

fn not_drained(world: &World, names: &[String], migration: &Migration) -> Vec<NotDrained> {
    (migration.refused.iter())
        .map(|&(index, refusal)| {
            let (class, why) = match refusal {
                Refusal::NoPlace(class) => (class, WhyNotDrained::NoPlace),
                Refusal::Fixed(class) => (class, WhyNotDrained::NoSurge),
            };
            NotDrained {
                instance: names[index].clone(),
                service_name: world.workload.classes[class].name.clone(),
                why,
            }
        })
        .collect()
}

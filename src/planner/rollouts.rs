//! `deploymentSurge: one`: every service can roll out, one at a time, on the realised fleet.
//!
//! For each service that ECS deploys, the replica plays its rollout on the full fleet with the service's own percentages.
//! Where one does not end, the groups that the service uses may grow: their `maxSize` rises by one instance a zone, then
//! two, four and so on, up to twice the group and as far as `maxInstances` allows, until it does. Where growth to `maxCount` or the
//! fall to `minCount` then changes a group's limits, all are played once more on the groups as they are in the end. A rollout that launched
//! instances is played once more with a scheduled reset of all desired capacities three hours after it, which drains the newest
//! instances ([`super::resets`]): what they cost until then is said, and the fleet must come back to its size with every task running, since spreading leaves no
//! instance empty for managed scaling to take. Where the time is over before every rollout is
//! played, or all of them together are more than [`MOST_STEPS`] or than what is left of the counted work, the plan says of
//! how many it speaks. A service whose percentages let ECS neither start nor stop a task can never roll out, on no fleet; it
//! is named with the smallest change that mends it.

mod services;
mod sizes;
mod stage;

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::catalogue::Catalogue;
use crate::domain::cluster::Cluster;
use crate::domain::plan::{Assumption, FleetPlan, Warning};
use crate::domain::policy::DeploymentSurge;
use crate::optimize::stop::Budget;
use crate::simulate::engine::STEPS_PER_TASK;
use crate::simulate::scenario::left_over::LeftOver;
use crate::simulate::scenario::reset::AFTER_ROLLOUT;

use super::counted::steps_left;
use super::ways_back::{Cut, Way};
use services::{is_looked_at, never};
use sizes::{Sizes, groups_of, grown};
use stage::{Played, Stage};

/// Steps of the rollouts that are played at all: some seconds. A large cluster's go on for hours.
const MOST_STEPS: u64 = 4_000_000_000;
/// Of the clock that is left, this part goes to the first look at every rollout.
const CLOCK_OF_FIRST: (u32, u32) = (1, 2);

/// Rollouts that were played.
pub(super) struct Rollouts {
    /// Services whose rollout was played, by position.
    played: Vec<usize>,
    /// Services that can roll out at all.
    able: usize,
    came: Came,
    /// Groups' limits that they were played with.
    limits: Limits,
    /// Where the plan says it.
    at: usize,
}

/// Smallest and largest sizes of groups, by name.
type Limits = BTreeMap<String, (u64, u64)>;

/// Looks at every rollout and lets groups grow where that is needed; nothing where none is played, and where the limits are
/// reached first the plan says so.
pub(super) fn look(
    cluster: &Cluster,
    catalogue: &Catalogue,
    plan: &mut FleetPlan,
    budget: Budget<'_>,
) -> Option<Rollouts> {
    if cluster.policy.deployment_surge == DeploymentSurge::Off {
        return None;
    }
    let looked_at =
        (0..cluster.services.len()).filter(|&position| is_looked_at(cluster, plan, position));
    let (able, unable): (Vec<usize>, Vec<usize>) =
        looked_at.partition(|&position| never(cluster, position).is_none());
    let warnings = unable
        .iter()
        .filter_map(|&position| never(cluster, position));
    plan.warnings.extend(warnings);
    let plays = cluster.policy.deployment_surge == DeploymentSurge::OneByOne;
    if able.is_empty() || !plays {
        return None;
    }
    let found = found(cluster, catalogue, plan, &able, budget);
    if found.is_none() {
        plan.assumptions.push(Assumption::RolloutsNotPlayed);
    }
    found
}

/// What comes of the rollouts of services that can roll out, on groups that grow where they must; `None` where the limits are
/// reached first.
fn found(
    cluster: &Cluster,
    catalogue: &Catalogue,
    plan: &mut FleetPlan,
    able: &[usize],
    budget: Budget<'_>,
) -> Option<Rollouts> {
    let (part, of) = CLOCK_OF_FIRST;
    let stage = |budget| Stage {
        cluster,
        catalogue,
        budget,
    };
    let few = affordable(cluster, plan, able, steps_left(budget).min(MOST_STEPS));
    let first = stage(budget.share_of_time(part, of)).play_all(plan, &able[..few], &Sizes::new());
    if first.is_empty() {
        return None;
    }
    let mut came = Came::of(&first);
    grow(&stage(budget), plan, &mut came).ok()?;
    came.launching.sort_unstable();
    Some(Rollouts {
        played: first.iter().map(|&(position, _)| position).collect(),
        able: able.len(),
        came,
        limits: limits(plan),
        at: plan.assumptions.len(),
    })
}

impl Rollouts {
    /// Plays them once more where the groups' limits are others than they were; whether what is known is of the plan's.
    #[must_use]
    pub fn on_final_sizes(
        &mut self,
        cluster: &Cluster,
        catalogue: &Catalogue,
        plan: &FleetPlan,
        budget: Budget<'_>,
    ) -> bool {
        let limits = limits(plan);
        if limits == self.limits {
            return true;
        }
        let stage = Stage {
            cluster,
            catalogue,
            budget,
        };
        let again = stage.play_all(plan, &self.played, &Sizes::new());
        self.came = Came::of(&again);
        self.limits = limits;
        again.len() == self.played.len()
    }

    /// Whether a reset after each rollout that launches brings the fleet back to its size, and what the fleet has more of until
    /// then, at most under any reading.
    pub fn come_back(
        &self,
        cluster: &Cluster,
        catalogue: &Catalogue,
        plan: &FleetPlan,
        budget: Budget<'_>,
        way: Way,
    ) -> Result<Vec<(bool, LeftOver)>, Cut> {
        if budget.is_over() {
            return Err(Cut);
        }
        let stage = Stage {
            cluster,
            catalogue,
            budget,
        };
        (self.came.launching.par_iter())
            .map(|&position| stage.comes_back(plan, position, way))
            .collect()
    }

    /// Says what came of them, and from which that launch the fleet comes back; `None` where the limits were reached first.
    pub fn say(
        &self,
        cluster: &Cluster,
        plan: &mut FleetPlan,
        way: Way,
        back: Option<(&[bool], LeftOver)>,
    ) {
        let Some((back, more)) = back else {
            plan.assumptions
                .insert(self.at, Assumption::RolloutsNotPlayed);
            return;
        };
        let Came { launching, stuck } = &self.came;
        let not_back: Vec<usize> = (launching.iter().zip(back))
            .filter(|(_, comes_back)| !**comes_back)
            .map(|(&position, _)| position)
            .collect();
        let mut said = vec![Assumption::Rollouts {
            within: (self.played.len() - launching.len() - stuck.len()) as u64,
            launching: names(cluster, launching),
            comes_back: not_back.is_empty(),
            lowers_percentages: way == Way::Lowered && not_back.len() < launching.len(),
            most_more: more.instances,
            usd_per_hour_more: more.usd_per_hour,
        }];
        if !not_back.is_empty() {
            said.push(Assumption::RolloutsLeaveFleetLarger {
                service_names: names(cluster, &not_back),
            });
        }
        if self.played.len() < self.able {
            said.push(Assumption::RolloutsPartlyPlayed {
                played: self.played.len() as u64,
                services: self.able as u64,
            });
        }
        plan.assumptions.splice(self.at..self.at, said);
        if !stuck.is_empty() {
            plan.warnings.push(Warning::RolloutsDoNotEnd {
                minutes: AFTER_ROLLOUT,
                service_names: names(cluster, stuck),
            });
        }
    }
}

fn limits(plan: &FleetPlan) -> Limits {
    (plan.groups())
        .map(|group| (group.name.clone(), (group.min_size, group.max_size)))
        .collect()
}

/// What became of rollouts that did not end within the fleet.
struct Came {
    /// Services whose rollout ends by launches.
    launching: Vec<usize>,
    /// Services whose rollout does not end.
    stuck: Vec<usize>,
}

impl Came {
    fn of(played: &[(usize, Played)]) -> Self {
        let that = |which: Played| {
            let services = played.iter().filter(move |(_, played)| *played == which);
            services.map(|&(position, _)| position).collect()
        };
        Self {
            launching: that(Played::ByLaunch),
            stuck: that(Played::Stuck),
        }
    }
}

/// Lets the groups of services whose rollouts do not end grow, further and further, until they do or cannot grow any more.
fn grow(stage: &Stage<'_>, plan: &mut FleetPlan, came: &mut Came) -> Result<(), Cut> {
    let mut sizes = Sizes::new();
    let mut more = 1;
    while !came.stuck.is_empty() {
        let Some(grown) = grown(stage.cluster, plan, &came.stuck, more) else {
            break;
        };
        let played = stage.play_all(plan, &came.stuck, &grown);
        // Those that were not played are not known to end, on groups of any size.
        if played.len() < came.stuck.len() {
            return Err(Cut);
        }
        let is_stuck = |position: usize| played.contains(&(position, Played::Stuck));
        let (still, mended): (Vec<usize>, Vec<usize>) =
            (came.stuck.drain(..)).partition(|&position| is_stuck(position));
        if !mended.is_empty() {
            let own = groups_of(stage.cluster, plan, &mended);
            sizes.extend(grown.into_iter().filter(|(name, _)| own.contains(name)));
            came.launching.extend(mended);
        }
        came.stuck = still;
        more *= 2;
    }
    for provider in &mut plan.capacity_providers {
        if let Some(&most) = sizes.get(&provider.name) {
            provider.max_size = provider.max_size.max(most);
        }
    }
    Ok(())
}

/// How many of the services, from the first on, are played within so many steps.
fn affordable(cluster: &Cluster, plan: &FleetPlan, services: &[usize], most: u64) -> usize {
    let count = |position: usize| cluster.planned_count(&cluster.services[position]);
    let tasks = (0..cluster.services.len())
        .map(count)
        .fold(0, u64::saturating_add);
    let instances = (plan.instances.iter())
        .map(|row| row.count)
        .fold(0, u64::saturating_add);
    let mut steps = 0_u64;
    (services.iter())
        .take_while(|&&position| {
            let stops = count(position).saturating_mul(instances);
            let own = tasks.saturating_mul(STEPS_PER_TASK).saturating_add(stops);
            steps = steps.saturating_add(own);
            steps <= most
        })
        .count()
}

fn names(cluster: &Cluster, services: &[usize]) -> Vec<String> {
    (services.iter())
        .map(|&position| cluster.services[position].name.clone())
        .collect()
}

//! `deploymentSurge: one`: every service can roll out, one at a time, on the realised fleet.
//!
//! For each service that ECS deploys, the replica plays its rollout on the full fleet with the service's own percentages.
//! Where one does not end, the groups that the service uses may grow: their `maxSize` rises by one instance a zone, then
//! two, four and so on, up to twice the group and as far as `maxInstances` allows, until it does. A rollout that launched
//! instances is played once more with a scheduled reset of all desired capacities three hours after it, which drains the newest
//! instances ([`super::ways_back`]): what they cost until then is said, and the fleet must come back to its size with every task running, since spreading leaves no
//! instance empty for managed scaling to take. Where the time is over before every rollout is
//! played, or all of them together are more than [`MOST_STEPS`] or than what is left of the counted work, the plan says of
//! how many it speaks. A service whose percentages let ECS neither start nor stop a task can never roll out, on no fleet; it
//! is named with the smallest change that mends it.

mod services;
mod sizes;
mod stage;

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
use super::ways_back::{self, Cut, Way};
use services::{is_looked_at, never};
use sizes::{Sizes, groups_of, grown};
use stage::{Played, Stage};

/// Steps of the rollouts that are played at all: some seconds. A large cluster's go on for hours.
const MOST_STEPS: u64 = 4_000_000_000;
/// Of the clock that is left, this part goes to the first look at every rollout.
const CLOCK_OF_FIRST: (u32, u32) = (1, 2);

/// Looks at every rollout, lets groups grow where that is needed, and says what was found.
pub(super) fn rehearse(
    cluster: &Cluster,
    catalogue: &Catalogue,
    plan: &mut FleetPlan,
    budget: Budget<'_>,
) {
    if cluster.policy.deployment_surge == DeploymentSurge::Off {
        return;
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
        return;
    }
    let (part, of) = CLOCK_OF_FIRST;
    let stage = |budget| Stage {
        cluster,
        catalogue,
        budget,
    };
    let few = affordable(cluster, plan, &able, steps_left(budget).min(MOST_STEPS));
    let first = stage(budget.share_of_time(part, of)).play_all(plan, &able[..few], &Sizes::new());
    if first.is_empty() {
        not_looked_at(plan);
        return;
    }
    let played = first.len();
    let stage = stage(budget);
    let mut came = Came::of(&first);
    let within = played - came.launching.len() - came.stuck.len();
    if grow(&stage, plan, &mut came).is_err() {
        not_looked_at(plan);
        return;
    }
    let Came {
        mut launching,
        stuck,
    } = came;
    launching.sort_unstable();
    if !launching.is_empty() && budget.is_over() {
        not_looked_at(plan);
        return;
    }
    let ways: Result<Vec<(Option<Way>, LeftOver)>, Cut> = (launching.par_iter())
        .map(|&position| stage.comes_back(plan, position))
        .collect();
    let Ok(ways) = ways else {
        not_looked_at(plan);
        return;
    };
    let not_back: Vec<usize> = (launching.iter().zip(&ways))
        .filter(|(_, (way, _))| way.is_none())
        .map(|(&position, _)| position)
        .collect();
    let lowers_percentages = ways.iter().any(|(way, _)| *way == Some(Way::Lowered));
    let more = (ways.iter().map(|&(_, more)| more)).fold(LeftOver::default(), LeftOver::most);
    plan.assumptions.push(Assumption::Rollouts {
        within: within as u64,
        launching: names(cluster, &launching),
        comes_back: not_back.is_empty(),
        lowers_percentages,
        most_more: more.instances,
        usd_per_hour_more: more.usd_per_hour,
    });
    say(cluster, plan, &stuck, &not_back);
    if lowers_percentages {
        ways_back::say(cluster, plan);
    }
    if played < able.len() {
        plan.assumptions.push(Assumption::RolloutsPartlyPlayed {
            played: played as u64,
            services: able.len() as u64,
        });
    }
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

fn not_looked_at(plan: &mut FleetPlan) {
    plan.assumptions.push(Assumption::RolloutsNotPlayed);
}

fn names(cluster: &Cluster, services: &[usize]) -> Vec<String> {
    (services.iter())
        .map(|&position| cluster.services[position].name.clone())
        .collect()
}

/// Which rollouts do not end, and which leave the fleet larger.
fn say(cluster: &Cluster, plan: &mut FleetPlan, stuck: &[usize], not_back: &[usize]) {
    if !stuck.is_empty() {
        plan.warnings.push(Warning::RolloutsDoNotEnd {
            minutes: AFTER_ROLLOUT,
            service_names: names(cluster, stuck),
        });
    }
    if !not_back.is_empty() {
        plan.assumptions.push(Assumption::RolloutsLeaveFleetLarger {
            service_names: names(cluster, not_back),
        });
    }
}

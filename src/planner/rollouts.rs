//! `deploymentSurge: one`: every service can roll out, one at a time, on the realised fleet.
//!
//! For each service that ECS deploys, the replica plays its rollout on the full fleet with the service's own percentages.
//! Where one does not end, the groups that the service uses may grow: their `maxSize` rises by one instance a zone, then
//! two, four and so on, up to twice the group and as far as `maxInstances` allows, until it does. A rollout that launched
//! instances is played once more with a scheduled reset of all desired capacities after it, which drains the newest
//! instances ([`super::ways_back`]): the fleet must come back to its size with every task running, since spreading leaves no
//! instance empty for managed scaling to take. Where the time is over before every rollout is
//! played, or all of them together are more than [`MOST_STEPS`] or than what is left of the counted work, the plan says of
//! how many it speaks. A service whose percentages let ECS neither start nor stop a task can never roll out, on no fleet; it
//! is named with the smallest change that mends it.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::catalogue::Catalogue;
use crate::domain::cluster::Cluster;
use crate::domain::plan::{Assumption, FleetPlan, RolloutRemedy, Warning};
use crate::domain::policy::DeploymentSurge;
use crate::optimize::stop::Budget;
use crate::simulate::auto_scaling_group::TerminationPolicy;
use crate::simulate::choices::Choices;
use crate::simulate::deployment::RolloutRule;
use crate::simulate::engine::{
    EngineOptions, STEPS_PER_TASK, ScenarioEvent, Script, groups_of_plan, run_until,
};
use crate::simulate::setup::{SetupOptions, with_plan};

use super::counted::{spend_steps, steps_left};
use super::ways_back::{self, Cut, Way, rule};

/// Minute at which a rollout begins.
const BEGINS: u64 = 5;
/// Minutes that a rollout may take, and minute of the reset after it.
const MOST_MINUTES: u64 = 180;
/// Minutes replayed where the fleet is to come back.
const WITH_RESET: u64 = 300;

/// Steps of the rollouts that are played at all: some seconds. A large cluster's go on for hours.
const MOST_STEPS: u64 = 4_000_000_000;
/// Of the clock that is left, this part goes to the first look at every rollout.
const CLOCK_OF_FIRST: (u32, u32) = (1, 2);

/// `maxSize` of groups, by name.
type Sizes = BTreeMap<String, u64>;

/// What a rollout came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Played {
    /// It ended on the instances that were there.
    Within,
    /// It ended on more of them.
    ByLaunch,
    /// It did not end.
    Stuck,
}

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
    let mut sizes = Sizes::new();
    let mut launching = Vec::new();
    let mut stuck = Vec::new();
    for (position, played) in first {
        match played {
            Played::Within => {}
            Played::ByLaunch => launching.push(position),
            Played::Stuck => stuck.push(position),
        }
    }
    let within = played - launching.len() - stuck.len();
    let mut more = 1;
    while !stuck.is_empty() {
        let Some(grown) = grown(cluster, plan, &stuck, more) else {
            break;
        };
        let played = stage.play_all(plan, &stuck, &grown);
        // Those that were not played are not known to end, on groups of any size.
        if played.len() < stuck.len() {
            not_looked_at(plan);
            return;
        }
        let ended = |position: usize| played.contains(&(position, Played::Stuck));
        let (still, mended): (Vec<usize>, Vec<usize>) =
            stuck.into_iter().partition(|&position| ended(position));
        if !mended.is_empty() {
            let own = groups_of(cluster, plan, &mended);
            sizes.extend(grown.into_iter().filter(|(name, _)| own.contains(name)));
            launching.extend(mended);
        }
        stuck = still;
        more *= 2;
    }
    for provider in &mut plan.capacity_providers {
        if let Some(&most) = sizes.get(&provider.name) {
            provider.max_size = provider.max_size.max(most);
        }
    }
    launching.sort_unstable();
    if !launching.is_empty() && budget.is_over() {
        not_looked_at(plan);
        return;
    }
    let ways: Result<Vec<Option<Way>>, Cut> = (launching.par_iter())
        .map(|&position| stage.comes_back(plan, position))
        .collect();
    let Ok(ways) = ways else {
        not_looked_at(plan);
        return;
    };
    let not_back: Vec<usize> = (launching.iter().zip(&ways))
        .filter(|(_, way)| way.is_none())
        .map(|(&position, _)| position)
        .collect();
    let lowers_percentages = ways.contains(&Some(Way::Lowered));
    plan.assumptions.push(Assumption::Rollouts {
        within: within as u64,
        launching: names(cluster, &launching),
        comes_back: not_back.is_empty(),
        lowers_percentages,
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

/// Whether the service's rollout is ECS's own and runs on instances of groups.
fn is_looked_at(cluster: &Cluster, plan: &FleetPlan, position: usize) -> bool {
    let service = &cluster.services[position];
    let has_group = |name: &str| {
        (plan.instances.iter()).any(|row| {
            row.tasks.get(name).is_some_and(|tasks| *tasks > 0) && !row.capacity_provider.is_empty()
        })
    };
    !service.is_daemon()
        && !service.is_standalone()
        && !service.is_external()
        && service.deployment_strategy.is_of_ecs()
        && has_group(&service.name)
}

/// Where the percentages let ECS neither start nor stop a task: the smallest change that mends it.
fn never(cluster: &Cluster, position: usize) -> Option<Warning> {
    let service = &cluster.services[position];
    let rule = rule(cluster, position);
    let RolloutRule::Rolling {
        minimum_healthy_percent: minimum,
        maximum_percent: maximum,
        ..
    } = rule
    else {
        return None;
    };
    let tasks = cluster.planned_count(service);
    let (fewest, most) = (rule.fewest_healthy(tasks), rule.most_tasks(tasks));
    if tasks == 0 || most > tasks || fewest < tasks {
        return None;
    }
    let higher = (100 * (tasks + 1)).div_ceil(tasks);
    let lower = 100 * (tasks - 1) / tasks;
    let remedy = if higher - u64::from(maximum) <= u64::from(minimum) - lower {
        RolloutRemedy::MaximumPercent { percent: higher }
    } else {
        RolloutRemedy::MinimumHealthyPercent { percent: lower }
    };
    Some(Warning::NeverRollsOut {
        service_name: service.name.clone(),
        tasks,
        fewest_healthy: fewest,
        minimum_healthy_percent: u64::from(minimum),
        most_tasks: most,
        maximum_percent: u64::from(maximum),
        remedy,
    })
}

/// Names of the groups that hold tasks of the services.
fn groups_of(cluster: &Cluster, plan: &FleetPlan, services: &[usize]) -> Vec<String> {
    let mut names: Vec<String> = (services.iter())
        .filter_map(|&position| {
            let name = &cluster.services[position].name;
            plan.services
                .iter()
                .find(|planned| planned.service_name == *name)
        })
        .flat_map(|planned| &planned.capacity_provider_strategy)
        .map(|item| item.capacity_provider.clone())
        .collect();
    names.sort();
    names.dedup();
    names
}

/// The groups of these services with `more` instances a zone, where that makes any of them larger than it was with
/// half as many; `None` where none can grow any more.
fn grown(cluster: &Cluster, plan: &FleetPlan, services: &[usize], more: u64) -> Option<Sizes> {
    let names = groups_of(cluster, plan, services);
    let instances: u64 = plan.instances.iter().map(|row| row.count).sum();
    let room = cluster.policy.max_instances.saturating_sub(instances);
    let size = |more: u64| {
        (plan.capacity_providers.iter())
            .filter(|provider| provider.desired_capacity > 0 && names.contains(&provider.name))
            .map(|provider| {
                let zones = (provider.availability_zones.len() as u64).max(1);
                let most = provider.desired_capacity.max(zones).min(room);
                let added = (more * zones).min(most);
                let size = provider.desired_capacity + added;
                (provider.name.clone(), size.max(provider.max_size))
            })
            .collect::<Sizes>()
    };
    let grown = size(more);
    (grown != size(more / 2)).then_some(grown)
}

struct Stage<'a> {
    cluster: &'a Cluster,
    catalogue: &'a Catalogue,
    budget: Budget<'a>,
}

impl Stage<'_> {
    /// The services' rollouts, those left out that the end of the time cuts; none where the work is used up before.
    fn play_all(
        &self,
        plan: &FleetPlan,
        services: &[usize],
        sizes: &Sizes,
    ) -> Vec<(usize, Played)> {
        if self.budget.is_over() {
            return Vec::new();
        }
        (services.par_iter())
            .filter_map(|&position| Some((position, self.play(plan, position, sizes)?)))
            .collect()
    }

    /// `None` where the end of the time cuts it.
    fn play(&self, plan: &FleetPlan, position: usize, sizes: &Sizes) -> Option<Played> {
        if self.budget.is_stopped() {
            return None;
        }
        let (run, before) = self.run(plan, position, sizes, None);
        match run {
            Some(run) if run.is_cut => None,
            Some(run) if run.settled.is_none() => Some(Played::Stuck),
            Some(run) if run.most_instances > before => Some(Played::ByLaunch),
            Some(_) => Some(Played::Within),
            None => Some(Played::Stuck),
        }
    }

    /// How a reset after the rollout brings the fleet back to its size, with every task running.
    fn comes_back(&self, plan: &FleetPlan, position: usize) -> Result<Option<Way>, Cut> {
        ways_back::first(|way, choices| self.is_back(plan, position, way, choices))
    }

    fn is_back(
        &self,
        plan: &FleetPlan,
        position: usize,
        way: Way,
        choices: Choices,
    ) -> Option<bool> {
        if self.budget.is_stopped() {
            return None;
        }
        let (run, before) = self.run(plan, position, &Sizes::new(), Some((way, choices)));
        let Some(run) = run else { return Some(false) };
        let last = run.trace.minutes.last();
        let is_back = run.missing <= run.missing_before
            && last.is_some_and(|last| last.instances() == before);
        (!run.is_cut).then_some(is_back)
    }

    /// The rollout of a service on the plan's full fleet, and the number of instances before it; no run where ECS would
    /// refuse the groups' settings.
    fn run(
        &self,
        plan: &FleetPlan,
        position: usize,
        sizes: &Sizes,
        reset: Option<(Way, Choices)>,
    ) -> (Option<crate::simulate::engine::Run>, u64) {
        let options = SetupOptions {
            revision_of: Some(position),
            ..SetupOptions::default()
        };
        let setup = with_plan(self.cluster, self.catalogue, plan, &options);
        let world = &setup.world;
        let (way, choices) = reset.unwrap_or((Way::AsTheyAre, Choices::default()));
        let groups = groups_of_plan(world, plan, &choices);
        let (Ok(mut groups), Some((old, new))) = (groups, setup.revisions) else {
            return (None, 0);
        };
        for group in &mut groups {
            let name = group.provider.map(|provider| &world.providers[provider]);
            if let Some(&most) = name.and_then(|name| sizes.get(name)) {
                group.limits.max_size = group.limits.max_size.max(most);
            }
        }
        let desired: Vec<u64> = (groups.iter())
            .map(|group| {
                group
                    .hosts
                    .iter()
                    .map(|&host| world.hosts[host].count)
                    .sum()
            })
            .collect();
        let limits = ways_back::limits(self.cluster, world, way);
        let rule = rule(self.cluster, position);
        let mut events = vec![(BEGINS, ScenarioEvent::Deployment { old, new, rule })];
        if reset.is_some() {
            let of = desired.clone();
            events.push((MOST_MINUTES, ScenarioEvent::DesiredCapacities { of }));
        }
        let is_due = || self.budget.is_stopped();
        let script = Script {
            groups: &groups,
            begins_full: true,
            events: &events,
            reclaims: None,
            ends_when_settled: reset.is_none(),
            fargate: setup.fargate_usd_per_hour,
            limits: &limits,
        };
        let engine = EngineOptions {
            termination_policy: TerminationPolicy::NewestInstance,
            minutes: if reset.is_some() {
                WITH_RESET
            } else {
                MOST_MINUTES
            },
            choices,
            ..EngineOptions::default()
        };
        let run = run_until(world, &script, &engine, &is_due);
        spend_steps(self.budget, run.steps);
        (Some(run), desired.iter().sum())
    }
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
            minutes: MOST_MINUTES,
            service_names: names(cluster, stuck),
        });
    }
    if !not_back.is_empty() {
        plan.assumptions.push(Assumption::RolloutsLeaveFleetLarger {
            service_names: names(cluster, not_back),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::{ImportOptions, read_cluster};

    fn remedy_of(count: u64, deployment: &str) -> Option<RolloutRemedy> {
        let text = format!(
            r#"{{"version": 1, "region": "us-east-1", "services": [{{"serviceName": "a", "desiredCount": {count},
                "cpu": 256, "memory": 512, "deploymentConfiguration": {deployment}}}]}}"#
        );
        let imported = read_cluster(&text, "c.json", &ImportOptions::default());
        match never(&imported.expect("a cluster").cluster, 0)? {
            Warning::NeverRollsOut { remedy, .. } => Some(remedy),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_service_that_can_never_roll_out_is_named_with_the_smallest_change() {
        let one = remedy_of(
            1,
            r#"{"minimumHealthyPercent": 100, "maximumPercent": 134}"#,
        );
        assert_eq!(one, Some(RolloutRemedy::MaximumPercent { percent: 200 }));
        let three = remedy_of(3, r#"{"minimumHealthyPercent": 70, "maximumPercent": 100}"#);
        assert_eq!(
            three,
            Some(RolloutRemedy::MinimumHealthyPercent { percent: 66 })
        );
        let four = remedy_of(
            4,
            r#"{"minimumHealthyPercent": 100, "maximumPercent": 120}"#,
        );
        assert_eq!(four, Some(RolloutRemedy::MaximumPercent { percent: 125 }));
    }

    #[test]
    fn who_may_start_or_stop_a_task_can_roll_out() {
        assert_eq!(
            remedy_of(1, r#"{"minimumHealthyPercent": 0, "maximumPercent": 100}"#),
            None
        );
        assert_eq!(
            remedy_of(3, r#"{"minimumHealthyPercent": 66, "maximumPercent": 100}"#),
            None
        );
        assert_eq!(
            remedy_of(
                3,
                r#"{"minimumHealthyPercent": 100, "maximumPercent": 134}"#
            ),
            None
        );
        assert_eq!(remedy_of(1, "{}"), None);
        let side_by_side =
            r#"{"strategy": "BLUE_GREEN", "minimumHealthyPercent": 100, "maximumPercent": 100}"#;
        assert_eq!(remedy_of(1, side_by_side), None);
    }
}

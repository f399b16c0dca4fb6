//! Playing rollouts.

use rayon::prelude::*;

use crate::catalogue::Catalogue;
use crate::domain::cluster::Cluster;
use crate::domain::plan::FleetPlan;
use crate::optimize::stop::Budget;
use crate::planner::counted::spend_steps;
use crate::planner::ways_back::{self, Cut, Way, rule};
use crate::simulate::auto_scaling_group::TerminationPolicy;
use crate::simulate::choices::Choices;
use crate::simulate::engine::{EngineOptions, ScenarioEvent, Script, groups_of_plan, run_until};
use crate::simulate::scenario::EVENT_MINUTE;
use crate::simulate::scenario::left_over::LeftOver;
use crate::simulate::scenario::reset::{self, AFTER_ROLLOUT, WITH_ROLLOUT};
use crate::simulate::setup::{SetupOptions, with_plan};

use super::sizes::Sizes;

/// What a rollout came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Played {
    /// It ended on the instances that were there.
    Within,
    /// It ended on more of them.
    ByLaunch,
    /// It did not end.
    Stuck,
}

/// A plan's cluster, and what playing it may cost.
pub struct Stage<'a> {
    pub cluster: &'a Cluster,
    pub catalogue: &'a Catalogue,
    pub budget: Budget<'a>,
}

impl Stage<'_> {
    /// The services' rollouts, those left out that the end of the time cuts; none where the work is used up before.
    pub fn play_all(
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
    pub fn play(&self, plan: &FleetPlan, position: usize, sizes: &Sizes) -> Option<Played> {
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

    /// Whether a reset after the rollout brings the fleet back to its size, with every task running, under every reading, and
    /// what the fleet has more of until then, at most under any.
    pub fn comes_back(
        &self,
        plan: &FleetPlan,
        position: usize,
        way: Way,
    ) -> Result<(bool, LeftOver), Cut> {
        let (mut comes_back, mut most) = (true, LeftOver::default());
        for choices in ways_back::readings() {
            let played = self.is_back(plan, position, way, choices);
            let (is_back, left_over) = played.ok_or(Cut)?;
            comes_back &= is_back;
            most = most.most(left_over);
        }
        Ok((comes_back, most))
    }

    fn is_back(
        &self,
        plan: &FleetPlan,
        position: usize,
        way: Way,
        choices: Choices,
    ) -> Option<(bool, LeftOver)> {
        if self.budget.is_stopped() {
            return None;
        }
        let (run, before) = self.run(plan, position, &Sizes::new(), Some((way, choices)));
        let Some(run) = run else {
            return Some((false, LeftOver::default()));
        };
        let left_over = LeftOver::at(&run.trace, AFTER_ROLLOUT - 1);
        let last = run.trace.minutes.last();
        let missing = run.missing.saturating_sub(run.missing_before);
        let is_back = last.is_some_and(|last| reset::is_back((before, last.instances()), missing));
        (!run.is_cut).then_some((is_back, left_over))
    }

    /// The rollout of a service on the plan's full fleet, and the number of instances before it; no run where ECS would
    /// refuse the groups' settings.
    fn run(
        &self,
        plan: &FleetPlan,
        position: usize,
        sizes: &Sizes,
        way_back: Option<(Way, Choices)>,
    ) -> (Option<crate::simulate::engine::Run>, u64) {
        let options = SetupOptions {
            revision_of: Some(position),
            ..SetupOptions::default()
        };
        let setup = with_plan(self.cluster, self.catalogue, plan, &options);
        let world = &setup.world;
        let (way, choices) = way_back.unwrap_or((Way::AsTheyAre, Choices::default()));
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
        let desired = reset::sizes(world, &groups);
        let limits = ways_back::limits(self.cluster, world, way);
        let rule = rule(self.cluster, position);
        let mut events = vec![(EVENT_MINUTE, ScenarioEvent::Deployment { old, new, rule })];
        if way_back.is_some() {
            let of = desired.clone();
            events.push((AFTER_ROLLOUT, ScenarioEvent::DesiredCapacities { of }));
        }
        let is_due = || self.budget.is_stopped();
        let script = Script {
            groups: &groups,
            begins_full: true,
            events: &events,
            reclaims: None,
            ends_when_settled: way_back.is_none(),
            fargate: setup.fargate_usd_per_hour,
            limits: &limits,
        };
        let engine = EngineOptions {
            termination_policy: TerminationPolicy::NewestInstance,
            minutes: if way_back.is_some() {
                WITH_ROLLOUT
            } else {
                AFTER_ROLLOUT
            },
            choices,
            ..EngineOptions::default()
        };
        let run = run_until(world, &script, &engine, &is_due);
        spend_steps(self.budget, run.steps);
        (Some(run), desired.iter().sum())
    }
}

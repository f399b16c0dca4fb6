//! What happens to the plan's full fleet from a list of events, with groups that let their newest instances go first.

use crate::domain::cluster::Cluster;
use crate::optimize::stop::Budget;
use crate::simulate::auto_scaling_group::TerminationPolicy;
use crate::simulate::choices::Choices;
use crate::simulate::engine::{EngineOptions, GroupPlan, Run, ScenarioEvent, Script, run_until};
use crate::simulate::setup::Setup;

use super::super::counted::spend_steps;
use super::super::ways_back::{self, Way};

/// A fleet, and what playing it may cost.
#[derive(Clone, Copy)]
pub(super) struct Course<'a> {
    pub cluster: &'a Cluster,
    pub budget: Budget<'a>,
    pub setup: &'a Setup,
    pub groups: &'a [GroupPlan],
}

impl Course<'_> {
    /// The run, up to the minute or until everything is settled; `None` where the time is over first.
    pub fn run(
        &self,
        events: &[(u64, ScenarioEvent)],
        (minutes, ends_when_settled): (u64, bool),
        (way, choices): (Way, Choices),
    ) -> Option<Run> {
        let world = &self.setup.world;
        let limits = ways_back::limits(self.cluster, world, way);
        let script = Script {
            groups: self.groups,
            begins_full: true,
            events,
            reclaims: None,
            ends_when_settled,
            fargate: self.setup.fargate_usd_per_hour,
            limits: &limits,
        };
        let engine = EngineOptions {
            termination_policy: TerminationPolicy::NewestInstance,
            minutes,
            choices,
            ..EngineOptions::default()
        };
        let played = run_until(world, &script, &engine, &|| self.budget.is_stopped());
        spend_steps(self.budget, played.steps);
        (!self.budget.is_stopped()).then_some(played)
    }
}

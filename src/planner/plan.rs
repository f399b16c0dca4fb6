//! The whole way on one page: what is offered, the packing, the fleet, the check.

use crate::catalogue::Catalogue;
use crate::check::certify;
use crate::diff;
use crate::domain::cluster::Cluster;
use crate::domain::plan::{Assumption, FleetPlan, Warning};
use crate::formulate::hosts::Hosts;
use crate::formulate::model::PlanningInput;
use crate::formulate::offering::Offerings;
use crate::formulate::rules::share_on_instance;
use crate::optimize::listener::{Listener, Progress};
use crate::optimize::stop::{Budget, Stop, WorkMeter};
use crate::simulate::choices::Choices;
use crate::simulate::engine::groups_of_plan;
use crate::simulate::setup::{SetupOptions, with_plan};

use super::assemble::{Assembly, assemble};
use super::assumptions;
use super::budget::{self, Allowance};
use super::fargate_definitions;
use super::options::{PlanError, PlanOptions, Planned};
use super::pack::{Packed, pack};
use super::realised;
use super::today::{NoToday, Today};
use super::{ordinary_day, rollouts};

/// Plans a cluster under the shares of Spot that its policy has: `min_availability` is not looked at here.
///
/// # Errors
/// As [`super::plan`].
pub(super) fn plan_once(
    cluster: &Cluster,
    catalogue: &Catalogue,
    options: &PlanOptions<'_>,
    stop: &dyn Stop,
    listener: &dyn Listener,
) -> Result<Planned, PlanError> {
    let offerings = Offerings::new(cluster, catalogue).map_err(PlanError::Unpriced)?;
    let hosts = Hosts::new(cluster, &offerings);
    let input = PlanningInput {
        cluster,
        catalogue,
        offerings: &offerings,
        hosts: &hosts,
    };
    let allowance = Allowance::new(cluster, options, stop);
    let work = WorkMeter::new(allowance.whole);
    let budget = Budget::new(stop, &work);
    let for_ideal = budget::of_ideal(budget, options.ideal);
    let without = share_on_instance::without_default(cluster);
    let mut packed = pack(input, options, (&allowance, for_ideal), &InUsd(listener))?;
    let mut input = input;
    let mut gave_way = None;
    let mut relaxed_failed = None;
    if let Some(without) = without.as_ref().filter(|_| unplaced(&packed) > 0) {
        let relaxed = PlanningInput {
            cluster: without,
            ..input
        };
        match pack(relaxed, options, (&allowance, for_ideal), &InUsd(listener)) {
            Ok(again) if unplaced(&again) < unplaced(&packed) => {
                gave_way = Some(unplaced(&packed) - unplaced(&again));
                (input, packed) = (relaxed, again);
            }
            Ok(_) => {}
            // The first answer stands, and whoever reads the notes knows that there was to be another.
            Err(error) => relaxed_failed = Some(error),
        }
    }
    let assembly = Assembly {
        input,
        packed: &packed,
    };
    let ideal = assemble(&assembly);
    let mut plan = if options.ideal {
        let mut plan = ideal;
        plan.assumptions.insert(0, Assumption::IdealAskedFor);
        plan
    } else {
        let mut plan = realised::plan(&assembly, ideal, options, (&allowance, budget));
        if plan
            .capacity_providers
            .iter()
            .any(|provider| provider.mode.is_some())
        {
            rehearse(cluster, catalogue, &mut plan, options.rehearses, stop);
        }
        plan
    };
    if let Some(tasks) = gave_way {
        plan.warnings.push(Warning::MaxShareGivesWay { tasks });
    }
    plan.changes
        .extend(diff::of_groups_and_strategies(cluster, &plan));
    let definitions = fargate_definitions::changes(cluster, catalogue, &plan);
    plan.changes.extend(definitions);
    let today = if options.rehearses {
        Today::new(cluster, catalogue, stop)
    } else {
        Err(NoToday::NotAsked)
    };
    if let Ok(today) = &today {
        plan.assumptions.extend(today.assumptions(cluster));
    }
    let plan = certify(cluster, catalogue, plan)?;
    let mut notes = assumptions::notes(input, &packed, work.spent());
    notes.extend(relaxed_failed.map(|error| {
        format!("no second packing without the default of maxShareOnInstance: {error}")
    }));
    Ok(Planned {
        plan,
        today,
        ending: packed.ending,
        columns: packed.columns,
        work: work.spent(),
        notes,
    })
}

/// Planned tasks that limits leave without a place.
fn unplaced(packed: &Packed) -> u64 {
    packed.unplaced.iter().sum()
}

/// Passes progress on with costs in USD per hour instead of the cost grid.
struct InUsd<'a>(&'a dyn Listener);

impl Listener for InUsd<'_> {
    fn progress(&self, progress: &Progress) {
        let usd = |cost: Option<f64>| cost.map(|cost| cost * 1e-8);
        self.0.progress(&Progress {
            master: usd(progress.master),
            bound: usd(progress.bound),
            incumbent: usd(progress.incumbent),
            ..*progress
        });
    }
}

/// Plays rollouts, and an ordinary day where that is asked for; says why not where ECS would refuse the groups' settings.
fn rehearse(
    cluster: &Cluster,
    catalogue: &Catalogue,
    plan: &mut FleetPlan,
    with_day: bool,
    stop: &dyn Stop,
) {
    let setup = with_plan(cluster, catalogue, plan, &SetupOptions::default());
    if let Err(reasons) = groups_of_plan(&setup.world, plan, &Choices::default()) {
        plan.warnings.push(Warning::SettingsRefused { reasons });
        return;
    }
    rollouts::rehearse(cluster, catalogue, plan, stop);
    if with_day {
        ordinary_day::rehearse(cluster, catalogue, plan, stop);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::{ImportOptions, read_cluster};
    use crate::optimize::listener::Silent;
    use crate::optimize::stop::Never;

    #[test]
    fn settings_that_ecs_would_refuse_are_said_where_the_day_cannot_be_played() {
        let text = r#"{"version": 1, "region": "us-east-1", "services": [
            {"serviceName": "a", "desiredCount": 2, "cpu": 512, "memory": 1024}],
            "policy": {"allowedInstanceTypes": ["m6i.large"]}}"#;
        let imported = read_cluster(text, "c.json", &ImportOptions::default());
        let cluster = imported.expect("a cluster").cluster;
        let catalogue = Catalogue::embedded("us-east-1").expect("known");
        let options = PlanOptions::default();
        let planned = plan_once(&cluster, &catalogue, &options, &Never, &Silent);
        let mut plan = planned.expect("a plan").plan.into_plan();
        plan.assumptions.clear();
        for provider in &mut plan.capacity_providers {
            provider.managed_scaling.target_capacity = Some(101);
        }
        rehearse(&cluster, &catalogue, &mut plan, true, &Never);
        assert_eq!(plan.assumptions, []);
        let refused = plan.warnings.iter().find_map(|warning| match warning {
            Warning::SettingsRefused { reasons } => Some(reasons),
            _ => None,
        });
        let reasons = refused.expect("a warning");
        assert!(
            reasons[0].contains(&plan.capacity_providers[0].name),
            "{reasons:?}"
        );
    }
}

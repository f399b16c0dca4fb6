//! The whole way on one page: what is offered, the packing, the fleet, the check.

use crate::catalogue::Catalogue;
use crate::catalogue::offered::bill_of_today;
use crate::check::certify;
use crate::diff;
use crate::domain::cluster::Cluster;
use crate::domain::held::Held;
use crate::domain::money::UsdPerHour;
use crate::domain::plan::{Assumption, FleetPlan, PlanStatus, Warning};
use crate::formulate::hosts::Hosts;
use crate::formulate::model::PlanningInput;
use crate::formulate::offering::Offerings;
use crate::formulate::rules::share_on_instance;
use crate::optimize::listener::{Listener, Progress};
use crate::optimize::stop::{Budget, Stop};
use crate::simulate::choices::Choices;
use crate::simulate::engine::groups_of_plan;
use crate::simulate::setup::{SetupOptions, with_plan};

use super::assemble::{Assembly, assemble};
use super::budget::{self, Allowance};
use super::counted::{Meters, Parts};
use super::fargate_definitions;
use super::options::{PlanError, PlanOptions, Planned, SearchNote};
use super::pack::{Packed, pack};
use super::proven::proven;
use super::realised;
use super::search_notes::search_notes;
use super::today::{NoToday, Today};
use super::ways_back::Way;
use super::without_spot::{self, WithoutSpot};
use super::{managed, ordinary_day, resets, rollouts};

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
    plan_holding(
        cluster,
        catalogue,
        (options, &Held::default()),
        stop,
        listener,
    )
}

/// The same where today's instances stay with the tasks that they hold.
///
/// # Errors
/// As [`super::plan`].
pub(super) fn plan_holding(
    cluster: &Cluster,
    catalogue: &Catalogue,
    (options, held): (&PlanOptions<'_>, &Held),
    stop: &dyn Stop,
    listener: &dyn Listener,
) -> Result<Planned, PlanError> {
    let offerings = Offerings::holding(cluster, catalogue, held).map_err(PlanError::Unpriced)?;
    let hosts = Hosts::new(cluster, &offerings);
    let input = PlanningInput {
        cluster,
        catalogue,
        offerings: &offerings,
        hosts: &hosts,
    };
    let parts = Parts::new(cluster, options, stop);
    let allowance = Allowance::new(options, parts.searches);
    let meters = Meters::new(Parts {
        searches: allowance.whole,
        ..parts
    });
    let budget = Budget::new(stop, &meters.searches);
    let replays = Budget::new(stop, &meters.replays);
    let rehearsals = Budget::new(stop, &meters.rehearsals);
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
    let settled = managed::settle(
        input,
        options,
        (&allowance, for_ideal),
        &packed,
        &InUsd(listener),
    )?;
    let hosts_in_ways;
    if let Some(settled) = settled {
        hosts_in_ways = settled.hosts;
        packed = settled.packed;
        input = PlanningInput {
            hosts: &hosts_in_ways,
            ..input
        };
    }
    // Where an instance has no price, the plan shows no bill, and `NoToday` says which to whoever asks about today.
    let bill = bill_of_today(cluster, catalogue);
    let assembly = Assembly {
        input,
        packed: &packed,
        today: bill.as_ref().ok().copied().flatten(),
    };
    let ideal = assemble(&assembly);
    let mut work_without_spot = 0;
    let mut plan = if options.ideal {
        let mut plan = ideal;
        plan.assumptions.insert(0, Assumption::IdealAskedFor);
        plan
    } else {
        let clock = without_spot::time_with_spot(cluster, stop);
        let budget = Budget::new(&clock, &meters.searches);
        let plan = realised::plan(&assembly, ideal, options, (&allowance, budget), replays);
        let second = WithoutSpot {
            assembly: &assembly,
            options,
            held,
            parts,
            stop,
        };
        let (mut plan, spent) = second.cheaper(plan);
        work_without_spot = spent;
        let filled = managed::replayed(input, &plan, replays);
        plan.assumptions.extend(filled);
        if plan
            .capacity_providers
            .iter()
            .any(|provider| provider.mode.is_some())
        {
            rehearse(cluster, catalogue, &mut plan, options.rehearses, rehearsals);
        }
        plan
    };
    if let Some(tasks) = gave_way {
        plan.warnings.push(Warning::MaxShareGivesWay { tasks });
    }
    if !cluster.is_kubernetes() {
        plan.changes
            .extend(diff::of_groups_and_strategies(cluster, &plan));
        let definitions = fargate_definitions::changes(cluster, catalogue, &plan);
        plan.changes.extend(definitions);
        let definitions = managed::definitions(cluster, &plan);
        plan.changes.extend(definitions);
    }
    let today = if options.rehearses {
        Today::new(cluster, catalogue, bill, rehearsals)
    } else {
        Err(NoToday::NotAsked)
    };
    if let Ok(today) = &today {
        plan.assumptions.extend(today.assumptions(cluster));
    }
    let given = cluster.deployed.bill;
    plan.assumptions
        .extend(given.map(|usd_per_hour| Assumption::TodayCostGiven { usd_per_hour }));
    let proof = (options.proof)
        .then(|| proven((cluster, catalogue), input, &packed, stop))
        .transpose()?;
    if let Some(Ok(proof)) = &proof {
        take_proven(&mut plan, proof.bound);
    }
    let plan = certify(cluster, catalogue, plan)?;
    let mut notes = search_notes(input, &packed, &meters);
    notes.extend(relaxed_failed.map(SearchNote::NoSecondPacking));
    Ok(Planned {
        plan,
        today,
        proof,
        ending: packed.ending,
        columns: packed.columns,
        work: meters.spent() + work_without_spot,
        notes,
    })
}

/// What a proof carries bounds the cost as well, where the search ended with less.
fn take_proven(plan: &mut FleetPlan, proven: UsdPerHour) {
    let cost = &mut plan.cost;
    cost.proven_usd_per_hour = Some(proven);
    cost.bound_usd_per_hour = cost.bound_usd_per_hour.max(Some(proven));
    cost.set_realised(cost.usd_per_hour);
    if cost.bound_usd_per_hour >= Some(cost.ideal_usd_per_hour) {
        plan.status = PlanStatus::Optimal;
    }
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
pub(super) fn rehearse(
    cluster: &Cluster,
    catalogue: &Catalogue,
    plan: &mut FleetPlan,
    with_day: bool,
    budget: Budget<'_>,
) {
    let setup = with_plan(cluster, catalogue, plan, &SetupOptions::default());
    if let Err(settings) = groups_of_plan(&setup.world, plan, &Choices::default()) {
        plan.warnings.push(Warning::SettingsRefused { settings });
        return;
    }
    let mut rollouts = rollouts::look(cluster, catalogue, plan, budget);
    let day = with_day.then(|| ordinary_day::play(cluster, catalogue, plan, budget));
    if let Some(known) = &mut rollouts
        && !known.on_final_sizes(cluster, catalogue, plan, budget)
    {
        known.say(cluster, plan, Way::AsTheyAre, None);
        rollouts = None;
    }
    resets::settle((cluster, catalogue), plan, (rollouts, day), budget);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::plan::{ManagedScalingFault, NotRealised, Reason, RefusedSetting};
    use crate::io::{ImportOptions, read_cluster};
    use crate::optimize::listener::Silent;
    use crate::optimize::lp::failing;
    use crate::optimize::stop::{Never, WorkMeter};

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
        let work = WorkMeter::new(1_000_000);
        rehearse(
            &cluster,
            &catalogue,
            &mut plan,
            true,
            Budget::new(&Never, &work),
        );
        assert_eq!(plan.assumptions, []);
        let refused = plan.warnings.iter().find_map(|warning| match warning {
            Warning::SettingsRefused { settings } => Some(settings),
            _ => None,
        });
        let refused = refused.expect("a warning");
        assert_eq!(
            refused[0],
            RefusedSetting {
                capacity_provider: plan.capacity_providers[0].name.clone(),
                fault: ManagedScalingFault::TargetCapacity { value: 101 },
            }
        );
    }

    #[test]
    fn room_for_rollouts_of_tasks_with_gpus_is_on_instances_with_gpus() {
        let text = r#"{"version": 1, "region": "us-east-1", "availabilityZones": ["us-east-1a", "us-east-1b", "us-east-1c"],
            "services": [
              {"serviceName": "a", "desiredCount": 4, "cpu": 1024, "memory": 4096},
              {"serviceName": "g", "desiredCount": 2, "cpu": 2048, "memory": 8192, "gpu": 1}],
            "policy": {"deploymentSurge": true}}"#;
        let imported = read_cluster(text, "c.json", &ImportOptions::default());
        let cluster = imported.expect("a cluster").cluster;
        let catalogue = Catalogue::embedded("us-east-1").expect("known");
        let options = PlanOptions {
            ideal: true,
            work_limit: Some(200_000),
            ..PlanOptions::default()
        };
        let planned = plan_once(&cluster, &catalogue, &options, &Never, &Silent);
        let plan = planned
            .expect("a plan that passes its check")
            .plan
            .into_plan();
        let with_gpus: u64 = (plan.instances.iter())
            .map(|row| row.registered.gpus * row.count)
            .sum();
        assert!(
            with_gpus >= 4,
            "{with_gpus} GPUs for two tasks and two more of a rollout"
        );
    }

    #[test]
    fn replays_and_rehearsals_are_counted_and_their_limits_hold() {
        let text = r#"{"version": 1, "region": "us-east-1", "services": [
            {"serviceName": "a", "desiredCount": 40, "cpu": 512, "memory": 1024}],
            "policy": {"allowedInstanceTypes": ["m6i.large"]}}"#;
        let imported = read_cluster(text, "c.json", &ImportOptions::default());
        let cluster = imported.expect("a cluster").cluster;
        let catalogue = Catalogue::embedded("us-east-1").expect("known");
        let planned = |options: &PlanOptions<'_>| {
            let planned = plan_once(&cluster, &catalogue, options, &Never, &Silent);
            planned.expect("a plan")
        };
        let ideal = planned(&PlanOptions {
            ideal: true,
            ..PlanOptions::default()
        });
        let quiet = planned(&PlanOptions {
            rehearses: false,
            ..PlanOptions::default()
        });
        // Two passes of 100 orders over 40 tasks, and one on the ideal packing.
        assert!(quiet.work >= ideal.work + 3_000, "{}", quiet.work);
        assert!(planned(&PlanOptions::default()).work > quiet.work);
        let nothing = planned(&PlanOptions {
            work_limit: Some(1),
            ..PlanOptions::default()
        });
        let why = nothing.plan.assumptions.iter().find_map(|said| match said {
            Assumption::NotRealised { why, filling } => Some((why.clone(), filling.orders)),
            _ => None,
        });
        assert_eq!(why, Some((NotRealised::OutOfWork, 0)));
    }

    #[test]
    fn a_replay_that_the_work_left_does_not_pay_for_is_not_begun() {
        let text = r#"{"version": 1, "region": "us-east-1", "services": [
            {"serviceName": "a", "desiredCount": 100000, "cpu": 256, "memory": 512}],
            "policy": {"maxInstances": 100000}}"#;
        let imported = read_cluster(text, "c.json", &ImportOptions::default());
        let cluster = imported.expect("a cluster").cluster;
        let catalogue = Catalogue::embedded("us-east-1").expect("known");
        for limit in [1_000, 20_000] {
            let options = PlanOptions {
                work_limit: Some(limit),
                ..PlanOptions::default()
            };
            let planned = plan_once(&cluster, &catalogue, &options, &Never, &Silent);
            let planned = planned.expect("a plan");
            // One replay is 25,000 units.
            assert!(planned.work < 25_000, "{} of {limit}", planned.work);
            let is_said = |said: &Assumption| matches!(said, Assumption::NotRealised { why, .. } if *why == NotRealised::OutOfWork);
            assert!(planned.plan.assumptions.iter().any(is_said), "{limit}");
        }
    }

    fn planned_of(text: &str, options: &PlanOptions<'_>) -> FleetPlan {
        let imported = read_cluster(text, "c.json", &ImportOptions::default());
        let cluster = imported.expect("a cluster").cluster;
        let catalogue = Catalogue::embedded("us-east-1").expect("known");
        let planned = plan_once(&cluster, &catalogue, options, &Never, &Silent);
        planned.expect("a plan").plan.into_plan()
    }

    #[test]
    fn tasks_without_a_place_where_the_work_ended_are_not_blamed_on_the_policy_alone() {
        let text = r#"{"version": 1, "region": "us-east-1", "services": [
            {"serviceName": "a", "desiredCount": 9, "cpu": 900, "memory": 1700},
            {"serviceName": "b", "desiredCount": 9, "cpu": 700, "memory": 2900}],
            "policy": {"maxInstances": 2, "allowedInstanceTypes": ["m6i.large", "c6i.large"]}}"#;
        let is_said = |options: &PlanOptions<'_>| {
            let plan = planned_of(text, options);
            assert!(!plan.unplaced.is_empty());
            (plan.unplaced.iter()).any(|entry| entry.reasons.contains(&Reason::WorkLimit))
        };
        let ideal = PlanOptions {
            ideal: true,
            ..PlanOptions::default()
        };
        assert!(!is_said(&ideal));
        assert!(is_said(&PlanOptions {
            work_limit: Some(1),
            ..ideal
        }));
    }

    #[test]
    fn groups_that_are_not_searched_beside_today_are_not_said_to_be_missing() {
        let text = r#"{"version": 1, "region": "us-east-1", "services": [
            {"serviceName": "a", "desiredCount": 9, "cpu": 512, "memory": 1024}],
            "containerInstances": [{"containerInstanceArn": "i", "instanceType": "m6i.large"}],
            "policy": {"keepInstances": "all", "allowedInstanceTypes": ["m6i.large"]}}"#;
        let options = PlanOptions {
            demand: super::super::options::DemandPattern::Moving,
            ..PlanOptions::default()
        };
        let plan = planned_of(text, &options);
        let why = plan.assumptions.iter().find_map(|said| match said {
            Assumption::NotRealised { why, .. } => Some(why.clone()),
            _ => None,
        });
        assert_eq!(why, Some(NotRealised::MovingBesideToday));
    }

    #[test]
    fn a_solver_that_fails_at_any_solve_leaves_a_plan_of_every_task() {
        let text = r#"{"version": 1, "region": "us-east-1", "availabilityZones": ["us-east-1a", "us-east-1b"],
            "services": [
                {"serviceName": "a", "desiredCount": 7, "cpu": 700, "memory": 1500, "networkMode": "bridge"},
                {"serviceName": "b", "desiredCount": 5, "cpu": 300, "memory": 2600, "networkMode": "bridge"}],
            "policy": {"allowedInstanceTypes": ["m6i.large", "m6i.xlarge", "c6i.large"], "deploymentSurge": true,
                "surviveZoneLoss": true}}"#;
        let imported = read_cluster(text, "c.json", &ImportOptions::default());
        let cluster = imported.expect("a cluster").cluster;
        let catalogue = Catalogue::embedded("us-east-1").expect("known");
        let options = PlanOptions {
            ideal: true,
            work_limit: Some(200_000),
            ..PlanOptions::default()
        };
        let one_thread = rayon::ThreadPoolBuilder::new().num_threads(1);
        let mut failed = 0;
        one_thread.build().expect("a thread").install(|| {
            for solves in [0, 1, 2, 3, 5, 8, 13, 21, 34] {
                let planned = failing::after(solves, || {
                    plan_once(&cluster, &catalogue, &options, &Never, &Silent)
                });
                let planned = planned.expect("a plan");
                assert!(planned.plan.unplaced.is_empty(), "{solves}");
                failed += u32::from(planned.ending.solver_failure().is_some());
            }
        });
        assert!(failed > 0, "the solver never failed");
    }
}

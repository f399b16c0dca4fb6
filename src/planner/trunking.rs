//! What ENI trunking would give, told where instances are full of network interfaces.
//!
//! Without a trunk an instance holds as many `awsvpc` tasks as it has interfaces, less one, so that small tasks fill large instances by
//! their interfaces alone. Where a part of the bill worth naming goes to such instances, the cluster is packed again with
//! `eniTrunking`, and what comes of it stands in the plan before anybody buys. The figures are those of a plan that passed its check,
//! with its own proven bound; where the limits leave no such plan the plan says that none was made.
//!
//! Of counted work the second packing gets [`PART`] of what it would have by default, and no more than a caller's limit has left. Where a
//! clock runs it gets a tenth of it, and up to a quarter of a short one.

use std::collections::HashMap;

use rust_decimal::Decimal;

use crate::catalogue::Catalogue;
use crate::check::certify;
use crate::domain::cluster::Cluster;
use crate::domain::money::UsdPerHour;
use crate::domain::plan::{Assumption, FleetPlan, PlannedInstances, Reason, TrunkingTried};
use crate::domain::quantity::EniCount;
use crate::domain::service::Service;
use crate::optimize::listener::Silent;
use crate::optimize::stop::{Share, Stop};

use super::budget::least_time;
use super::options::{PlanError, PlanOptions, Planned};
use super::plan::plan_once;
use super::work::default_work;

/// The second packing gets this part of its default work.
const PART: u64 = 4;
/// Where a clock runs, it has to leave this many times what a packing takes at least.
const LEAST_TIMES: u32 = 2;
/// Percent of the clock that are left to the second packing: at least, and at most where it takes that long.
const PERCENT_OF_CLOCK: (u32, u32) = (10, 25);
/// Percent of an instance's interfaces from which on they are full.
const FULL_PERCENT: u64 = 90;
/// Percent of the bill that has to go to instances full of interfaces.
const PERCENT_OF_BILL: u64 = 10;

/// Whether there may be something to tell: for whoever reads what a plan says.
pub(super) fn applies(cluster: &Cluster, options: &PlanOptions<'_>) -> bool {
    let policy = &cluster.policy;
    let takes_interfaces = |service: &Service| {
        service.task.resources().enis > EniCount::ZERO && cluster.planned_count(service) > 0
    };
    options.rehearses
        && options.moves.is_none()
        && options.min_availability.is_none()
        && !policy.eni_trunking
        && !policy.buys_managed_instances()
        && !cluster.is_kubernetes()
        && cluster.week.is_none()
        && cluster.services.iter().any(takes_interfaces)
}

/// The clock of the plan itself.
pub(super) fn time_of_plan<'a>(cluster: &Cluster, stop: &'a dyn Stop) -> Share<'a> {
    let (least, most) = PERCENT_OF_CLOCK;
    let needed = least_time(cluster) * (LEAST_TIMES + 1);
    let percent = (stop.remaining()).map_or(least, |left| {
        (least..most)
            .find(|&percent| left / 100 * percent >= needed)
            .unwrap_or(most)
    });
    Share::new(stop, 100 - percent, 100)
}

/// The plan, and what it would be with trunks where interfaces are what is full.
///
/// # Errors
/// Where the plan no longer passes its check.
pub(super) fn told(
    cluster: &Cluster,
    catalogue: &Catalogue,
    options: &PlanOptions<'_>,
    mut planned: Planned,
    stop: &dyn Stop,
) -> Result<Planned, PlanError> {
    if !buys_interfaces(cluster, &planned.plan) {
        return Ok(planned);
    }
    let Some(with_trunks) = with_trunks(cluster, catalogue, (options, planned.work), stop) else {
        let mut plan = planned.plan.into_plan();
        plan.assumptions.push(Assumption::TrunkingNotTried);
        planned.plan = certify(cluster, catalogue, plan)?;
        return Ok(planned);
    };
    planned.work += with_trunks.work;
    let mut plan = planned.plan.into_plan();
    tell(&mut plan, &with_trunks.plan);
    planned.plan = certify(cluster, catalogue, plan)?;
    Ok(planned)
}

/// Whether a part of the bill worth naming goes to instances whose interfaces are full, and fuller than anything else there.
fn buys_interfaces(cluster: &Cluster, plan: &FleetPlan) -> bool {
    let services: HashMap<&str, &Service> = (cluster.services.iter())
        .map(|service| (service.name.as_str(), service))
        .collect();
    let cost = |row: &PlannedInstances| row.usd_per_hour * row.count;
    let all: UsdPerHour = plan.instances.iter().map(cost).sum();
    let full: UsdPerHour = (plan.instances.iter())
        .filter(|row| is_full_of_interfaces(&services, row))
        .map(cost)
        .sum();
    full > UsdPerHour::ZERO
        && full.amount() * Decimal::from(100) >= all.amount() * Decimal::from(PERCENT_OF_BILL)
}

fn is_full_of_interfaces(services: &HashMap<&str, &Service>, row: &PlannedInstances) -> bool {
    let (mut cpu, mut memory, mut enis) = (0_u128, 0_u128, 0_u128);
    for (name, &tasks) in &row.tasks {
        if let Some(service) = services.get(name.as_str()) {
            let one = service.task.resources();
            cpu += u128::from(one.cpu.get()) * u128::from(tasks);
            memory += u128::from(one.memory.get()) * u128::from(tasks);
            enis += u128::from(one.enis.get()) * u128::from(tasks);
        }
    }
    let there = row.registered;
    let offered = u128::from(there.enis);
    let is_fuller = |taken: u128, of: u64| enis * u128::from(of) >= taken * offered;
    offered > 0
        && enis * 100 >= offered * u128::from(FULL_PERCENT)
        && is_fuller(cpu, there.cpu)
        && is_fuller(memory, there.memory_mib)
}

/// The best packing with trunks that the limits leave.
fn with_trunks(
    cluster: &Cluster,
    catalogue: &Catalogue,
    (options, spent): (&PlanOptions<'_>, u64),
    stop: &dyn Stop,
) -> Option<Planned> {
    let mut cluster = cluster.clone();
    cluster.policy.eni_trunking = true;
    let has_time = (stop.remaining()).is_none_or(|left| left > least_time(&cluster) * LEAST_TIMES);
    let usual = default_work(&cluster, true) / PART;
    let work_limit = match options.work_limit {
        Some(limit) => Some(limit.saturating_sub(spent).min(usual)),
        // The clock alone holds.
        None if stop.remaining().is_some() => None,
        None => Some(usual),
    };
    if stop.should_stop() || !has_time || work_limit == Some(0) {
        return None;
    }
    let options = PlanOptions {
        ideal: true,
        rehearses: false,
        work_limit,
        warm_start: None,
        columns: None,
        proof: false,
        ..*options
    };
    plan_once(&cluster, catalogue, &options, stop, &Silent).ok()
}

/// Writes into the plan what it would be with trunks, and for tasks without a place that they would have one.
fn tell(plan: &mut FleetPlan, with_trunks: &FleetPlan) {
    let instances = |plan: &FleetPlan| plan.instances.iter().map(|row| row.count).sum();
    let unplaced = |plan: &FleetPlan| plan.without_place().map_or(0, |without| without.tasks());
    let (before, after) = (unplaced(plan), unplaced(with_trunks));
    if after > before {
        // Its limits were too narrow to say anything.
        plan.assumptions.push(Assumption::TrunkingNotTried);
        return;
    }
    let tried = TrunkingTried {
        usd_per_hour: with_trunks.cost.ideal_usd_per_hour,
        bound_usd_per_hour: with_trunks.cost.bound_usd_per_hour,
        instances: instances(with_trunks),
        unplaced: after,
        without_usd_per_hour: plan.cost.ideal_usd_per_hour,
        without_bound_usd_per_hour: plan.cost.bound_usd_per_hour,
        without_instances: instances(plan),
        without_unplaced: before,
    };
    plan.assumptions.push(Assumption::TrunkingTried { tried });
    for left in &mut plan.unplaced {
        let still = (with_trunks.unplaced.iter())
            .find(|other| other.service_name == left.service_name)
            .map_or(0, |other| other.count);
        if still < left.count {
            let tasks = left.count - still;
            left.reasons.push(Reason::TrunkingGivesPlaces { tasks });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::{ImportOptions, read_cluster};
    use crate::optimize::stop::{Deadline, Never};
    use crate::planner;
    use std::time::{Duration, Instant};

    fn cluster(tasks: u64, policy: &str) -> Cluster {
        cluster_of(tasks, (128, 256), policy)
    }

    fn cluster_of(tasks: u64, (cpu, memory): (u64, u64), policy: &str) -> Cluster {
        let text = format!(
            r#"{{"version": 1, "region": "us-east-1", "policy": {{"allowedInstanceTypes": ["m6i.*"]{policy}}}, "services": [
                {{"serviceName": "small", "desiredCount": {tasks}, "cpu": {cpu}, "memory": {memory}, "networkMode": "awsvpc"}}]}}"#
        );
        let imported = read_cluster(&text, "c.json", &ImportOptions::default());
        imported.expect("a cluster").cluster
    }

    fn planned(cluster: &Cluster, options: &PlanOptions<'_>, stop: &dyn Stop) -> Planned {
        let catalogue = Catalogue::embedded("us-east-1").expect("known");
        planner::plan(cluster, &catalogue, options, stop, &Silent).expect("a plan")
    }

    fn tried(plan: &FleetPlan) -> Option<TrunkingTried> {
        (plan.assumptions.iter()).find_map(|said| match said {
            Assumption::TrunkingTried { tried } => Some(*tried),
            _ => None,
        })
    }

    const IDEAL: PlanOptions<'_> = PlanOptions {
        ideal: true,
        demand: planner::DemandPattern::Steady,
        min_availability: None,
        gap: 0.0,
        rehearses: true,
        work_limit: Some(400_000),
        seed: 0,
        warm_start: None,
        columns: None,
        proof: false,
        moves: None,
        max_schedule_changes: None,
        commit: None,
    };

    #[test]
    fn what_trunks_would_give_is_a_plan_with_them() {
        let planned_without = planned(&cluster(60, ""), &IDEAL, &Never);
        let told = tried(&planned_without.plan).expect("interfaces are full");
        let without = planned_without.plan.cost.ideal_usd_per_hour;
        assert_eq!(
            (
                told.without_usd_per_hour,
                told.unplaced,
                told.without_unplaced
            ),
            (without, 0, 0)
        );
        assert!(told.usd_per_hour < without && told.instances < told.without_instances);
        let with = planned(&cluster(60, r#", "eniTrunking": true"#), &IDEAL, &Never);
        assert_eq!(tried(&with.plan), None);
        // No plan with trunks costs less than the bound that is told, and none was found cheaper than what is.
        let bound = told.bound_usd_per_hour.expect("a bound");
        assert!(bound <= with.plan.cost.ideal_usd_per_hour);
        assert!(told.usd_per_hour >= with.plan.cost.bound_usd_per_hour.expect("a bound"));
    }

    #[test]
    fn tasks_without_a_place_are_told_that_trunks_would_give_them_one() {
        let narrow = cluster(60, r#", "maxInstances": 2, "maxVcpus": 8"#);
        let planned = planned(&narrow, &IDEAL, &Never);
        let left = planned.plan.unplaced.first().expect("too few interfaces");
        let gives = Reason::TrunkingGivesPlaces { tasks: left.count };
        assert!(left.reasons.contains(&gives), "{:?}", left.reasons);
        assert!(tried(&planned.plan).is_some());
    }

    #[test]
    fn nothing_is_told_where_other_resources_bind_or_only_the_cost_is_read() {
        let large = cluster_of(8, (2048, 4096), "");
        assert_eq!(tried(&planned(&large, &IDEAL, &Never).plan), None);
        let sweep = PlanOptions {
            rehearses: false,
            ..IDEAL
        };
        assert_eq!(tried(&planned(&cluster(60, ""), &sweep, &Never).plan), None);
        let clock = Deadline(Instant::now() + Duration::from_secs(20));
        let by_clock = PlanOptions {
            work_limit: None,
            gap: 0.5,
            ..IDEAL
        };
        assert!(tried(&planned(&cluster(60, ""), &by_clock, &clock).plan).is_some());
    }

    #[test]
    fn a_run_whose_limits_leave_no_second_packing_says_so() {
        let catalogue = Catalogue::embedded("us-east-1").expect("known");
        let once = PlanOptions {
            rehearses: false,
            ..IDEAL
        };
        let after = |cluster: &Cluster, options: &PlanOptions<'_>, stop: &dyn Stop| {
            let first = planned(cluster, &once, &Never);
            told(cluster, &catalogue, options, first, stop)
                .expect("a plan")
                .plan
        };
        let not_tried = |plan: &FleetPlan| plan.assumptions.contains(&Assumption::TrunkingNotTried);
        let interfaces = cluster(60, "");
        let over = Deadline(Instant::now());
        let no_work = PlanOptions {
            work_limit: Some(0),
            ..IDEAL
        };
        for plan in [
            after(&interfaces, &IDEAL, &over),
            after(&interfaces, &no_work, &Never),
        ] {
            assert!(not_tried(&plan) && tried(&plan).is_none());
        }
        let whole = after(&interfaces, &IDEAL, &Never);
        assert!(!not_tried(&whole) && tried(&whole).is_some());
        let large = cluster_of(8, (2048, 4096), "");
        assert!(
            !not_tried(&after(&large, &IDEAL, &over)),
            "interfaces are not full"
        );
    }

    #[test]
    fn interfaces_are_named_as_the_cause_where_a_packing_with_trunks_beats_every_one_without() {
        let all = planned(&cluster(60, ""), &IDEAL, &Never).plan;
        assert!(
            tried(&all)
                .expect("interfaces are full")
                .shows_that_interfaces_bind()
        );
        // Two tasks to an instance by the share: its interfaces are full, and trunks give nothing.
        let share = planned(
            &cluster(4, r#", "maxShareOnInstance": 0.5"#),
            &IDEAL,
            &Never,
        )
        .plan;
        let shown = tried(&share).is_some_and(|tried| tried.shows_that_interfaces_bind());
        assert!(!shown, "{:?}", share.assumptions);
    }

    #[test]
    fn the_whole_run_stays_within_a_callers_limit() {
        for limit in [50_000, 400_000] {
            let options = PlanOptions {
                work_limit: Some(limit),
                ..IDEAL
            };
            let planned = planned(&cluster(60, ""), &options, &Never);
            assert!(
                planned.work <= limit + limit / 10,
                "{} of {limit}",
                planned.work
            );
        }
    }
}

//! Trade-offs: the cluster planned again, one setting of the policy varied at a time.
//!
//! All curves but that of the groups are of the best packing, which takes a fraction of the work of a fleet that ECS can
//! fill. A plan under a stricter setting obeys the looser ones too, and the reported plan serves wherever the checker finds
//! that it obeys the setting: each point is the cheapest of these plans.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::catalogue::Catalogue;
use crate::check::{Rejected, check};
use crate::domain::capacity::Capacity;
use crate::domain::cluster::Cluster;
use crate::domain::money::UsdPerHour;
use crate::domain::plan::{Assumption, FleetPlan, NotRealised, PlanStatus};
use crate::domain::policy::{Policy, PurchaseOptions};
use crate::optimize::listener::Silent;
use crate::optimize::lp::LpError;
use crate::optimize::stop::Stop;
use crate::planner::{self, PlanError, PlanOptions};
use crate::simulate::availability::{AvailabilityOptions, Deployment, availability_until};
use crate::simulate::choices::Choices;
use crate::simulate::cut::Cut;

use super::{each_apart, from_the_strictest};

/// The setting of the policy that a curve varies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Varied {
    /// `spotMaxShare`, in percent of each service's tasks, with Spot allowed.
    SpotShare,
    /// `headroomPercent`, in percent.
    Headroom,
    /// `maxInstanceTypes`.
    InstanceTypes,
    /// `maxCapacityProviders`.
    Groups,
}

/// A trade-off: the same cluster planned under one setting after another.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// What is varied.
    pub varied: Varied,
    /// Whether it is of the best packing; else of the fleet that ECS can fill.
    pub of_ideal: bool,
    /// Points, by rising setting.
    pub points: Vec<CurvePoint>,
}

impl Curve {
    /// Whether the plan of some point was withheld, which is a bug.
    #[must_use]
    pub fn has_bug(&self) -> bool {
        (self.points.iter()).any(|point| matches!(point.outcome, Err(NoPoint::Withheld(_))))
    }
}

/// The cluster planned under one setting.
#[derive(Debug, Clone, PartialEq)]
pub struct CurvePoint {
    /// The setting, in the curve's unit.
    pub setting: f64,
    /// What came of it, or why nothing did.
    pub outcome: Result<CurveOutcome, NoPoint>,
}

/// Why a point of a curve has no figures.
#[derive(Debug, Clone, PartialEq)]
pub enum NoPoint {
    /// The time was over before it was planned.
    OutOfTime,
    /// There is no plan, and why.
    NoPlan(PlanError),
    /// The plan that was made does not pass its own check, which is a bug: no other plan stands in for it.
    Withheld(Box<Rejected>),
    /// So many tasks have no place.
    Unplaced {
        /// The tasks.
        tasks: u64,
    },
    /// No fleet that ECS fills, and why.
    NotRealised(NotRealised),
}

/// A plan in a few figures.
#[derive(Debug, Clone, PartialEq)]
pub struct CurveOutcome {
    /// Bill.
    pub usd_per_hour: UsdPerHour,
    /// No plan under this setting costs less; `None` without proof.
    pub bound_usd_per_hour: Option<UsdPerHour>,
    /// Instances.
    pub instances: u64,
    /// Tasks on Spot as a fraction of all.
    pub spot_share: f64,
    /// What losses of Spot capacity do to it, where that was simulated.
    pub robustness: Option<Robustness>,
    /// How the LP solver failed in the search, where it did: the plan is the best found by then.
    pub solver_failed: Option<LpError>,
}

/// How services fare when Spot capacity is taken back.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Robustness {
    /// Probability that every service keeps its minimum of healthy tasks through a month.
    pub all_kept: f64,
    /// Minutes in a month that a service is below its minimum: the mean over services.
    pub mean_minutes_below: f64,
    /// Instances lost in a month, on average.
    pub mean_lost_instances: f64,
}

/// Counted work of one point where the caller gives no limit, with the ideal packing alone and with groups: about a
/// second of one core with all around it. Either way the first round of the packing gets 400,000 units.
const WORK_OF_A_POINT: (u64, u64) = (500_000, 2_200_000);
/// Monte-Carlo trials of one point.
const TRIALS: u64 = 500;

/// What is planned again.
#[derive(Clone, Copy)]
pub struct CurveBase<'a> {
    /// The cluster.
    pub cluster: &'a Cluster,
    /// Its catalogue.
    pub catalogue: &'a Catalogue,
    /// Its plan, to begin with.
    pub plan: &'a FleetPlan,
    /// How it was planned. `min_availability` is left out: it takes dozens of plans for each point.
    pub options: PlanOptions<'a>,
    /// Tasks on Spot as a fraction of all, of a plan.
    pub spot_share: fn(&FleetPlan) -> f64,
    /// When to stop.
    pub stop: &'a dyn Stop,
}

/// A setting to vary.
struct Sweep {
    varied: Varied,
    values: &'static [u64],
    apply: fn(&mut Policy, u64),
    /// Whether losses of Spot capacity are played at each point.
    with_losses: bool,
    /// Whether the setting is about the best packing; else about the fleet that ECS can fill.
    of_ideal: bool,
    /// Whether a plan under a lower setting obeys a higher one too; else the other way round.
    rises: bool,
}

const SWEEPS: [Sweep; 4] = [
    Sweep {
        varied: Varied::SpotShare,
        values: &[0, 25, 50, 75, 100],
        apply: |policy, percent| {
            policy.purchase_options = PurchaseOptions {
                on_demand: true,
                spot: true,
            };
            policy.spot_max_share = Decimal::new(i64::try_from(percent).unwrap_or(100), 2);
        },
        with_losses: true,
        of_ideal: true,
        rises: true,
    },
    Sweep {
        varied: Varied::Headroom,
        values: &[0, 10, 20, 30, 50],
        apply: |policy, percent| policy.headroom_percent = Decimal::from(percent),
        with_losses: false,
        of_ideal: true,
        rises: false,
    },
    Sweep {
        varied: Varied::InstanceTypes,
        values: &[1, 2, 3, 4, 6],
        apply: |policy, most| policy.max_instance_types = Some(most),
        with_losses: false,
        of_ideal: true,
        rises: true,
    },
    Sweep {
        varied: Varied::Groups,
        values: &[1, 2, 3, 4, 6],
        apply: |policy, most| policy.max_capacity_providers = Some(most),
        with_losses: false,
        of_ideal: false,
        rises: true,
    },
];

/// All curves, point by point.
pub fn curves(base: &CurveBase<'_>) -> Vec<Curve> {
    let asked: Vec<&Sweep> = (SWEEPS.iter())
        .filter(|sweep| sweep.of_ideal || !(base.options.ideal || base.cluster.is_kubernetes()))
        .collect();
    let points: Vec<(&Sweep, u64)> = (asked.iter())
        .flat_map(|sweep| sweep.values.iter().map(|&value| (*sweep, value)))
        .collect();
    // A limit of the caller's is for all points together.
    let options = PlanOptions {
        work_limit: (base.options.work_limit).map(|limit| limit / (points.len() as u64).max(1)),
        ..base.options
    };
    let found = each_apart(
        &points,
        base.cluster,
        base.stop,
        |_, &(sweep, value), stop| {
            let of_point = CurveBase {
                options,
                stop,
                ..*base
            };
            CurvePoint {
                setting: value as f64,
                outcome: outcome(&of_point, sweep, value),
            }
        },
    );
    let mut found = found.into_iter();
    (asked.into_iter())
        .map(|sweep| Curve {
            varied: sweep.varied,
            of_ideal: sweep.of_ideal,
            points: cheapest_known(
                found.by_ref().take(sweep.values.len()).collect(),
                sweep.rises,
            ),
        })
        .collect()
}

/// Each point with the cheapest plan of those at least as strict.
fn cheapest_known(mut points: Vec<CurvePoint>, rises: bool) -> Vec<CurvePoint> {
    from_the_strictest(&mut points, rises, |point, stricter| {
        let Ok(stricter) = stricter.outcome.clone() else {
            return;
        };
        let bound = match &point.outcome {
            Err(NoPoint::Withheld(_)) => return,
            Ok(own) if own.usd_per_hour <= stricter.usd_per_hour => return,
            // The bound is the setting's own.
            Ok(own) => own.bound_usd_per_hour,
            Err(_) => None,
        };
        point.outcome = Ok(CurveOutcome {
            bound_usd_per_hour: bound,
            ..stricter
        });
    });
    points
}

fn outcome(base: &CurveBase<'_>, sweep: &Sweep, value: u64) -> Result<CurveOutcome, NoPoint> {
    if base.stop.should_stop() {
        return Err(NoPoint::OutOfTime);
    }
    let mut cluster = base.cluster.clone();
    (sweep.apply)(&mut cluster.policy, value);
    let own = planned_again(base, sweep, &cluster);
    if matches!(own, Err(NoPoint::Withheld(_))) {
        return own;
    }
    let reported = base.plan;
    let dearer = (own.as_ref()).map_or(true, |own| own.usd_per_hour > reported.cost.usd_per_hour);
    if !dearer || !serves(base, sweep, &cluster) {
        return own;
    }
    Ok(CurveOutcome {
        // The reported plan's bound is of another setting.
        bound_usd_per_hour: own.ok().and_then(|own| own.bound_usd_per_hour),
        ..figures(base, sweep, &cluster, reported)
    })
}

/// Whether the reported plan is one of those that a curve is of, and obeys the policy of a point.
fn serves(base: &CurveBase<'_>, sweep: &Sweep, cluster: &Cluster) -> bool {
    base.plan.status != PlanStatus::Infeasible
        && (sweep.of_ideal
            || base.plan.is_realised()
                && base.plan.groups().count() as u64 <= cluster.most_capacity_providers())
        && check(cluster, base.catalogue, base.plan).is_empty()
}

fn planned_again(
    base: &CurveBase<'_>,
    sweep: &Sweep,
    cluster: &Cluster,
) -> Result<CurveOutcome, NoPoint> {
    let options = PlanOptions {
        ideal: sweep.of_ideal,
        min_availability: None,
        rehearses: false,
        work_limit: Some(base.options.work_limit.unwrap_or_else(|| {
            let (of_ideal, of_groups) = WORK_OF_A_POINT;
            let searches = if sweep.of_ideal { of_ideal } else { of_groups };
            planner::work_with_searches(cluster, sweep.of_ideal, searches)
        })),
        warm_start: Some(base.plan),
        ..base.options
    };
    let planned =
        planner::plan(cluster, base.catalogue, &options, base.stop, &Silent).map_err(no_plan)?;
    let solver_failed = planned.ending.solver_failure().cloned();
    let plan = planned.plan;
    if plan.status == PlanStatus::Infeasible {
        let tasks = plan.unplaced.iter().map(|entry| entry.count).sum();
        return Err(NoPoint::Unplaced { tasks });
    }
    if !sweep.of_ideal && !plan.is_realised() {
        let why = plan.assumptions.iter().find_map(|said| match said {
            Assumption::NotRealised { why, .. } => Some(why.clone()),
            _ => None,
        });
        return Err(NoPoint::NotRealised(why.unwrap_or(NotRealised::NoGroups)));
    }
    Ok(CurveOutcome {
        solver_failed,
        ..figures(base, sweep, cluster, &plan)
    })
}

fn figures(
    base: &CurveBase<'_>,
    sweep: &Sweep,
    cluster: &Cluster,
    plan: &FleetPlan,
) -> CurveOutcome {
    CurveOutcome {
        usd_per_hour: plan.cost.usd_per_hour,
        bound_usd_per_hour: plan.cost.bound_usd_per_hour,
        instances: plan.instances.iter().map(|row| row.count).sum(),
        spot_share: (base.spot_share)(plan),
        // Where nothing is on Spot no trial would lose anything: there is nothing to estimate.
        robustness: (sweep.with_losses && is_on_spot(plan))
            .then(|| robustness(base, cluster, plan)),
        solver_failed: None,
    }
}

fn is_on_spot(plan: &FleetPlan) -> bool {
    let instances = (plan.instances.iter()).any(|row| row.purchase_option.may_be_reclaimed());
    let spot = |provider: &str| {
        Capacity::of_fargate_provider(provider).is_some_and(Capacity::may_be_reclaimed)
    };
    instances || (plan.fargate_tasks.iter()).any(|row| spot(&row.capacity_provider))
}

fn no_plan(error: PlanError) -> NoPoint {
    match error {
        PlanError::Withheld(rejected) => NoPoint::Withheld(rejected),
        other => NoPoint::NoPlan(other),
    }
}

fn robustness(base: &CurveBase<'_>, cluster: &Cluster, plan: &FleetPlan) -> Robustness {
    let reading = Choices::default().band_reading;
    let deployment = Deployment::of_plan(cluster, &plan.instances, &plan.fargate_tasks, reading);
    let options = AvailabilityOptions {
        trials: TRIALS,
        seed: base.options.seed,
        ..AvailabilityOptions::default()
    };
    let is_due = || base.stop.should_stop();
    let found = availability_until(&deployment, &options, Cut::once(&is_due));
    let minima =
        || (deployment.minimum_healthy.iter().zip(&found.services)).filter(|(n, _)| **n > 0);
    let services = minima().count().to_f64().unwrap_or(1.0).max(1.0);
    let seconds: f64 = minima().map(|(_, service)| service.mean_below_s).sum();
    Robustness {
        all_kept: found.all_kept.estimate,
        mean_minutes_below: seconds / services / 60.0,
        mean_lost_instances: found.mean_lost,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::{ImportOptions, read_cluster};
    use crate::optimize::stop::Never;

    fn point(setting: f64, cost: Option<&str>) -> CurvePoint {
        let outcome = cost.map(|cost| CurveOutcome {
            usd_per_hour: cost.parse().expect("an amount"),
            bound_usd_per_hour: Some("0.5".parse().expect("an amount")),
            instances: 1,
            spot_share: 0.0,
            robustness: None,
            solver_failed: None,
        });
        CurvePoint {
            setting,
            outcome: outcome.ok_or(NoPoint::OutOfTime),
        }
    }

    #[test]
    fn no_stricter_plan_hides_one_that_was_withheld() {
        let withheld = NoPoint::Withheld(Box::new(Rejected {
            plan: a_plan(),
            violations: Vec::new(),
        }));
        let mut points = vec![point(1.0, Some("3")), point(2.0, None)];
        points[1].outcome = Err(withheld.clone());
        let found = cheapest_known(points, true);
        assert_eq!(found[1].outcome, Err(withheld));
    }

    fn a_plan() -> FleetPlan {
        let file = r#"{"version": 1, "region": "us-east-1", "services": [
            {"serviceName": "a", "desiredCount": 1, "cpu": 256, "memory": 512}]}"#;
        let imported = read_cluster(file, "c.json", &ImportOptions::default());
        let cluster = imported.expect("a cluster").cluster;
        let catalogue = Catalogue::embedded("us-east-1").expect("known");
        let options = PlanOptions {
            ideal: true,
            ..PlanOptions::default()
        };
        let planned = planner::plan(&cluster, &catalogue, &options, &Never, &Silent);
        planned.expect("a plan").plan.into_plan()
    }

    fn costs(points: &[CurvePoint]) -> Vec<Option<String>> {
        (points.iter())
            .map(|point| Some(point.outcome.as_ref().ok()?.usd_per_hour.to_string()))
            .collect()
    }

    #[test]
    fn a_stricter_plan_serves_where_it_is_cheaper() {
        let points = vec![
            point(1.0, None),
            point(2.0, Some("3")),
            point(3.0, Some("4")),
            point(4.0, Some("2")),
        ];
        let some = |text: &str| Some(text.to_owned());
        let rising = cheapest_known(points.clone(), true);
        assert_eq!(costs(&rising), [None, some("3"), some("3"), some("2")]);
        let falling = cheapest_known(points, false);
        assert_eq!(
            costs(&falling),
            [some("2"), some("2"), some("2"), some("2")]
        );
        let settings: Vec<f64> = falling.iter().map(|point| point.setting).collect();
        assert_eq!(settings, [1.0, 2.0, 3.0, 4.0]);
    }
}

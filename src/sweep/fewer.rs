//! What one instance type or one Auto Scaling group fewer would cost.
//!
//! The cluster is planned with at most `k` of them for every `k` from what its plan uses down to one. A plan with at
//! most `k − 1` is one with at most `k` as well, so each point takes the cheapest plan with as many or fewer: the curve
//! never rises with `k`.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::catalogue::Catalogue;
use crate::domain::cluster::Cluster;
use crate::domain::money::UsdPerHour;
use crate::domain::plan::{FleetPlan, PlanStatus};
use crate::optimize::listener::Silent;
use crate::optimize::lp::LpError;
use crate::optimize::stop::Stop;

use crate::planner::{PlanError, PlanOptions, plan};

use super::{each_apart, from_the_strictest};

/// Most points of a curve.
const MOST_POINTS: u64 = 10;

/// What there is less and less of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Fewer {
    /// Distinct instance types: best packings with `maxInstanceTypes`.
    InstanceTypes,
    /// Auto Scaling groups: fleets that ECS can fill, with `maxCapacityProviders`.
    Groups,
}

/// The cheapest plan found with at most so many.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Point {
    /// At most so many.
    pub most: u64,
    /// What the plan costs; `null` where none places every task.
    pub usd_per_hour: Option<UsdPerHour>,
    /// No plan with at most so many costs less: proven, or `null`.
    pub bound_usd_per_hour: Option<UsdPerHour>,
    /// How the LP solver failed in the search, where it did: the plan is the best found by then.
    #[serde(skip)]
    pub solver_failed: Option<LpError>,
}

/// Points from one to as many as the plan uses (at most ten), ascending.
///
/// # Errors
/// When prices are missing or the solver fails.
pub fn curve(
    cluster: &Cluster,
    catalogue: &Catalogue,
    (known, fewer): (&FleetPlan, Fewer),
    options: &PlanOptions<'_>,
    stop: &dyn Stop,
) -> Result<Vec<Point>, PlanError> {
    let most = used(known, fewer).clamp(1, MOST_POINTS);
    let variants: Vec<u64> = (1..=most).collect();
    let points = each_apart(&variants, cluster, stop, |_, &most, stop| {
        point(cluster, catalogue, (most, fewer), options, stop)
    });
    let mut points: Vec<Point> = points.into_iter().collect::<Result<_, PlanError>>()?;
    from_the_strictest(&mut points, true, |point, stricter| {
        let known = [point.usd_per_hour, stricter.usd_per_hour];
        point.usd_per_hour = known.into_iter().flatten().min();
    });
    Ok(points)
}

/// How many a plan uses.
fn used(plan: &FleetPlan, fewer: Fewer) -> u64 {
    let count = match fewer {
        Fewer::InstanceTypes => {
            let types = plan.instances.iter().map(|row| row.instance_type.as_str());
            types.collect::<BTreeSet<_>>().len()
        }
        Fewer::Groups => (plan.capacity_providers.iter())
            .filter(|provider| provider.kind.is_group())
            .count(),
    };
    count as u64
}

/// A point without a plan.
const fn nothing(most: u64) -> Point {
    Point {
        most,
        usd_per_hour: None,
        bound_usd_per_hour: None,
        solver_failed: None,
    }
}

fn point(
    cluster: &Cluster,
    catalogue: &Catalogue,
    (most, fewer): (u64, Fewer),
    options: &PlanOptions<'_>,
    stop: &dyn Stop,
) -> Result<Point, PlanError> {
    let mut limited = cluster.clone();
    let policy = &mut limited.policy;
    match fewer {
        Fewer::InstanceTypes => {
            policy.max_instance_types =
                Some(policy.max_instance_types.map_or(most, |own| own.min(most)));
        }
        Fewer::Groups => {
            let own = cluster.most_capacity_providers();
            policy.max_capacity_providers = Some(own.min(most));
        }
    }
    if stop.should_stop() {
        return Ok(nothing(most));
    }
    let options = PlanOptions {
        ideal: fewer == Fewer::InstanceTypes,
        warm_start: None,
        rehearses: false,
        ..*options
    };
    let planned = match plan(&limited, catalogue, &options, stop, &Silent) {
        Ok(planned) => planned,
        Err(PlanError::LimitWithoutPlan) => return Ok(nothing(most)),
        Err(error) => return Err(error),
    };
    // The limit on types is the checker's to hold: today's types that stay count with it.
    let within = match fewer {
        Fewer::InstanceTypes => true,
        Fewer::Groups => planned.plan.is_realised() && used(&planned.plan, fewer) <= most,
    };
    let whole = within && planned.plan.status != PlanStatus::Infeasible;
    let cost = &planned.plan.cost;
    Ok(Point {
        most,
        usd_per_hour: whole.then_some(cost.usd_per_hour),
        bound_usd_per_hour: cost.bound_usd_per_hour.filter(|_| whole),
        solver_failed: planned.ending.solver_failure().cloned(),
    })
}

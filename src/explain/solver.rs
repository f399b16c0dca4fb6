//! Planning variants of one cluster with the same effort, so that their costs compare.

use std::cell::{Cell, RefCell};

use crate::catalogue::Catalogue;
use crate::domain::cluster::Cluster;
use crate::domain::money::UsdPerHour;
use crate::domain::plan::{FleetPlan, GroupMode, PlanStatus, PlannedProvider};
use crate::optimize::listener::Silent;
use crate::optimize::lp::LpError;
use crate::optimize::stop::{Share, Stop};
use crate::planner::{self, Columns, DemandPattern, PlanError, PlanOptions};

use super::explanation::Tried;

/// Best packings of variants of a cluster.
pub struct Solver<'a> {
    cluster: &'a Cluster,
    catalogue: &'a Catalogue,
    options: PlanOptions<'a>,
    stop: &'a dyn Stop,
    /// Searches still to come: each gets its part of the time that is left.
    expected: Cell<u32>,
    base: FleetPlan,
    columns: Columns,
    failure: RefCell<Option<LpError>>,
}

/// What came of a variant.
#[derive(Debug, Clone)]
pub struct Solved {
    /// Its plan, which passed its own check.
    pub plan: FleetPlan,
}

impl Solved {
    /// The cost where every task has a place.
    #[must_use]
    pub fn cost(&self) -> Option<UsdPerHour> {
        (self.plan.status != PlanStatus::Infeasible).then_some(self.plan.cost.ideal_usd_per_hour)
    }
}

impl<'a> Solver<'a> {
    /// Plans the cluster as it is, beginning with a plan of it.
    ///
    /// # Errors
    /// When there is no plan.
    pub fn try_new(
        cluster: &'a Cluster,
        catalogue: &'a Catalogue,
        known: &FleetPlan,
        options: PlanOptions<'a>,
        stop: &'a dyn Stop,
    ) -> Result<Self, PlanError> {
        Self::paced(cluster, catalogue, known, options, (stop, 0))
    }

    /// Like [`try_new`](Self::try_new), with time left for so many attempts.
    ///
    /// # Errors
    /// When there is no plan.
    pub fn paced(
        cluster: &'a Cluster,
        catalogue: &'a Catalogue,
        known: &FleetPlan,
        options: PlanOptions<'a>,
        (stop, attempts): (&'a dyn Stop, u32),
    ) -> Result<Self, PlanError> {
        let options = PlanOptions {
            rehearses: false,
            ideal: true,
            demand: demand_of(known),
            warm_start: None,
            columns: None,
            ..options
        };
        let expected = Cell::new(attempts.saturating_add(1).saturating_mul(2));
        let thorough = solved(cluster, catalogue, &options, &turn(stop, &expected))?;
        let warm = PlanOptions {
            warm_start: Some(known),
            ..options
        };
        let begun = solved(cluster, catalogue, &warm, &turn(stop, &expected))?;
        // A plan of the file may be better than what is found anew.
        let key = |plan: &FleetPlan| (plan.unplaced.len(), plan.cost.ideal_usd_per_hour);
        let failure = [&thorough.ending, &begun.ending]
            .into_iter()
            .find_map(|ending| ending.solver_failure().cloned());
        let base = if key(&begun.plan) < key(&thorough.plan) {
            begun.plan.into_plan()
        } else {
            thorough.plan.into_plan()
        };
        Ok(Self {
            cluster,
            catalogue,
            options,
            stop,
            expected,
            failure: RefCell::new(failure),
            base,
            columns: thorough.columns,
        })
    }

    /// The cluster as it is.
    #[must_use]
    pub const fn cluster(&self) -> &Cluster {
        self.cluster
    }

    /// Types and prices as they are.
    #[must_use]
    pub const fn catalogue(&self) -> &Catalogue {
        self.catalogue
    }

    /// The best packing of the cluster as it is.
    #[must_use]
    pub const fn base(&self) -> &FleetPlan {
        &self.base
    }

    /// How the LP solver failed in a search, where it did: what was said of it is of the best packing found by then.
    #[must_use]
    pub fn failure(&self) -> Option<LpError> {
        self.failure.borrow().clone()
    }

    /// Whether a limit is reached: what is planned now says nothing any more.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.stop.should_stop()
    }

    /// Plans a variant.
    ///
    /// # Errors
    /// When there is no plan.
    pub fn solve(&self, cluster: &Cluster, catalogue: &Catalogue) -> Result<Solved, PlanError> {
        let cold = PlanOptions {
            columns: Some(&self.columns),
            ..self.options
        };
        let first = solved(cluster, catalogue, &cold, &turn(self.stop, &self.expected))?;
        // The base's packing may still stand: a variant must not look dearer for want of luck.
        let warm = PlanOptions {
            warm_start: Some(&self.base),
            ..self.options
        };
        let second = solved(cluster, catalogue, &warm, &turn(self.stop, &self.expected))?;
        for ending in [&first.ending, &second.ending] {
            self.note_failure(ending.solver_failure());
        }
        let key = |plan: &FleetPlan| (plan.unplaced.len(), plan.cost.ideal_usd_per_hour);
        let plan = if key(&second.plan) < key(&first.plan) {
            second.plan.into_plan()
        } else {
            first.plan.into_plan()
        };
        Ok(Solved { plan })
    }

    /// What the fleet of a variant costs that ECS fills, planned with the same effort; `None` where none was found in which every
    /// task has a place.
    ///
    /// # Errors
    /// When prices are missing or the plan is refused.
    pub fn fleet(&self, cluster: &Cluster) -> Result<Option<UsdPerHour>, PlanError> {
        let options = PlanOptions {
            ideal: false,
            columns: Some(&self.columns),
            ..self.options
        };
        let stop = turn(self.stop, &self.expected);
        let planned = match solved(cluster, self.catalogue, &options, &stop) {
            Ok(planned) => planned,
            Err(PlanError::LimitWithoutPlan) => return Ok(None),
            Err(error) => return Err(error),
        };
        self.note_failure(planned.ending.solver_failure());
        let plan = planned.plan;
        let is_whole = plan.is_realised() && plan.status != PlanStatus::Infeasible;
        Ok(is_whole.then_some(plan.cost.usd_per_hour))
    }

    fn note_failure(&self, failure: Option<&LpError>) {
        if let Some(error) = failure {
            self.failure
                .borrow_mut()
                .get_or_insert_with(|| error.clone());
        }
    }

    /// Plans a variant and compares it with the base.
    ///
    /// # Errors
    /// When there is no plan.
    pub fn tried(
        &self,
        cluster: &Cluster,
        catalogue: &Catalogue,
    ) -> Result<(Tried, Solved), PlanError> {
        let solved = self.solve(cluster, catalogue)?;
        let base = self.base.cost.ideal_usd_per_hour;
        let places = |plan: &FleetPlan| -> Vec<(String, u64)> {
            let unplaced = plan.unplaced.iter();
            unplaced
                .map(|u| (u.service_name.clone(), u.count))
                .collect()
        };
        let (before, after) = (places(&self.base), places(&solved.plan));
        let total = |places: &[(String, u64)]| places.iter().map(|(_, count)| count).sum();
        // Costs compare where the same tasks have a place.
        let cost = (before == after).then_some(solved.plan.cost.ideal_usd_per_hour);
        let tried = Tried {
            base_usd_per_hour: base,
            base_unplaced: total(&before),
            unplaced: total(&after),
            usd_per_hour: cost,
            change_usd_per_hour: cost.map(|cost| cost - base),
            bound_usd_per_hour: cost.and(solved.plan.cost.bound_usd_per_hour),
        };
        Ok((tried, solved))
    }
}

/// What the groups of a plan were made for.
fn demand_of(plan: &FleetPlan) -> DemandPattern {
    let is_elastic = |group: &PlannedProvider| group.mode == Some(GroupMode::Elastic);
    // Beside groups that follow the hours, some packed ones are of services that scale by themselves.
    let follows = |group: &PlannedProvider| group.mode == Some(GroupMode::Scheduled);
    if plan.groups().any(is_elastic) && !plan.groups().any(follows) {
        DemandPattern::Moving
    } else {
        DemandPattern::Steady
    }
}

/// The next search's part of the time that is left.
fn turn<'a>(stop: &'a dyn Stop, expected: &Cell<u32>) -> Share<'a> {
    let left = expected.get().max(1);
    expected.set(left - 1);
    Share::new(stop, 1, left)
}

fn solved(
    cluster: &Cluster,
    catalogue: &Catalogue,
    options: &PlanOptions<'_>,
    stop: &dyn Stop,
) -> Result<planner::Planned, PlanError> {
    planner::plan(cluster, catalogue, options, stop, &Silent)
}

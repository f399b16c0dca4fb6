//! Planning variants of one cluster with the same effort, so that their costs compare.

use crate::catalogue::Catalogue;
use crate::domain::cluster::Cluster;
use crate::domain::money::UsdPerHour;
use crate::domain::plan::{Plan, PlanStatus};
use crate::optimize::listener::Silent;
use crate::optimize::stop::Stop;
use crate::planner::{self, Columns, PlanError, PlanOptions};

use super::explanation::Tried;

/// Best packings of variants of a cluster.
pub struct Solver<'a> {
    cluster: &'a Cluster,
    catalogue: &'a Catalogue,
    options: PlanOptions<'a>,
    stop: &'a dyn Stop,
    base: Plan,
    columns: Columns,
}

/// What came of a variant.
#[derive(Debug, Clone)]
pub struct Solved {
    /// Its plan, which passed its own check.
    pub plan: Plan,
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
        known: &Plan,
        options: PlanOptions<'a>,
        stop: &'a dyn Stop,
    ) -> Result<Self, PlanError> {
        let options = PlanOptions {
            ideal: true,
            warm_start: None,
            columns: None,
            ..options
        };
        let thorough = solved(cluster, catalogue, &options, stop)?;
        let warm = PlanOptions {
            warm_start: Some(known),
            ..options
        };
        let begun = solved(cluster, catalogue, &warm, stop)?;
        // A plan of the file may be better than what is found anew.
        let key = |plan: &Plan| (plan.unplaced.len(), plan.cost.ideal_usd_per_hour);
        let base = if key(&begun.plan) < key(&thorough.plan) {
            begun.plan
        } else {
            thorough.plan
        };
        Ok(Self {
            cluster,
            catalogue,
            options,
            stop,
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
    pub const fn base(&self) -> &Plan {
        &self.base
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
        let first = solved(cluster, catalogue, &cold, self.stop)?;
        // The base's packing may still stand: a variant must not look dearer for want of luck.
        let warm = PlanOptions {
            warm_start: Some(&self.base),
            ..self.options
        };
        let second = solved(cluster, catalogue, &warm, self.stop)?;
        let key = |plan: &Plan| (plan.unplaced.len(), plan.cost.ideal_usd_per_hour);
        let plan = if key(&second.plan) < key(&first.plan) {
            second.plan
        } else {
            first.plan
        };
        Ok(Solved { plan })
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
        let cost = solved.cost();
        let tried = Tried {
            base_usd_per_hour: base,
            usd_per_hour: cost,
            change_usd_per_hour: cost.map(|cost| cost - base),
            bound_usd_per_hour: cost.and(solved.plan.cost.bound_usd_per_hour),
        };
        Ok((tried, solved))
    }
}

fn solved(
    cluster: &Cluster,
    catalogue: &Catalogue,
    options: &PlanOptions<'_>,
    stop: &dyn Stop,
) -> Result<planner::Planned, PlanError> {
    let planned = planner::plan(cluster, catalogue, options, stop, &Silent)?;
    assert!(
        planned.violations.is_empty(),
        "a plan passes its own check: {:?}",
        planned.violations
    );
    Ok(planned)
}

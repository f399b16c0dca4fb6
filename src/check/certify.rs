//! Passing the check as a type.
//!
//! A [`CheckedPlan`] is made by [`certify`] alone, so that whoever is handed one need not ask whether the plan holds.

use std::fmt;
use std::ops::Deref;

use super::checker::check;
use super::violation::Violation;
use crate::catalogue::Catalogue;
use crate::domain::cluster::Cluster;
use crate::domain::plan::FleetPlan;

/// A plan in which the checker found nothing, for the cluster and the catalogue that it was checked with.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckedPlan(FleetPlan);

impl CheckedPlan {
    /// The plan alone, to be changed: the change is no longer checked.
    #[must_use]
    pub fn into_plan(self) -> FleetPlan {
        self.0
    }
}

impl Deref for CheckedPlan {
    type Target = FleetPlan;

    fn deref(&self) -> &FleetPlan {
        &self.0
    }
}

/// A plan that does not pass, with everything that is wrong.
#[derive(Debug, Clone, PartialEq)]
pub struct Rejected {
    /// The plan.
    pub plan: FleetPlan,
    /// What the checker found, in the order of the rules' codes; never empty.
    pub violations: Vec<Violation>,
}

/// One violation a line.
impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, violation) in self.violations.iter().enumerate() {
            let end = if index == 0 { "" } else { "\n" };
            write!(f, "{end}  {violation}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Rejected {}

/// Checks a plan and hands it back as one that passed.
///
/// # Errors
/// The plan with every violation ([`check`]).
pub fn certify(
    cluster: &Cluster,
    catalogue: &Catalogue,
    plan: FleetPlan,
) -> Result<CheckedPlan, Box<Rejected>> {
    let violations = check(cluster, catalogue, &plan);
    if violations.is_empty() {
        Ok(CheckedPlan(plan))
    } else {
        Err(Box::new(Rejected { plan, violations }))
    }
}

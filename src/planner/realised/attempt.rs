//! An attempt at a fleet that fills: what it has to go by, and what may come of it.

use crate::check::Rule;
use crate::domain::money::UsdPerHour;
use crate::domain::plan::{FleetPlan, NotRealised, RuleCode};
use crate::optimize::stop::Budget;
use crate::planner::assemble::Assembly;
use crate::planner::budget::Allowance;
use crate::planner::options::PlanOptions;
use crate::realise::groups::DesignedGroup;

use super::kept::Kept;
use super::search::Limits;

/// One cluster's way from the ideal packing to a fleet that fills.
pub(super) struct Attempt<'a> {
    pub assembly: &'a Assembly<'a>,
    pub ideal: &'a FleetPlan,
    /// Instances of today that stay.
    pub kept: Kept,
    pub seed: u64,
    pub allowance: &'a Allowance,
    /// Of the searches.
    pub budget: Budget<'a>,
    /// Of replays.
    pub replays: Budget<'a>,
}

/// Groups and the plan that shows them filled.
pub(super) struct Found {
    pub groups: Vec<DesignedGroup>,
    pub plan: FleetPlan,
    /// Other numbers of groups with what they cost, as far as this search tells.
    pub others: Vec<(u64, UsdPerHour)>,
}

/// Why groups are no fleet.
pub(super) enum Unfilled {
    /// As ECS fills them they break a rule.
    Breaks(Rule),
    /// They were not filled.
    Because(NotRealised),
}

impl From<NotRealised> for Unfilled {
    fn from(why: NotRealised) -> Self {
        Self::Because(why)
    }
}

impl From<Unfilled> for NotRealised {
    fn from(why: Unfilled) -> Self {
        match why {
            Unfilled::Breaks(rule) => Self::BreaksRule {
                rule: RuleCode::try_new(rule.code()).expect("rules have codes"),
            },
            Unfilled::Because(why) => why,
        }
    }
}

impl<'a> Attempt<'a> {
    /// An attempt that keeps no instance of today.
    pub(super) fn new(
        (assembly, ideal): (&'a Assembly<'a>, &'a FleetPlan),
        options: &PlanOptions<'_>,
        (allowance, budget): (&'a Allowance, Budget<'a>),
        replays: Budget<'a>,
    ) -> Self {
        Self {
            assembly,
            ideal,
            kept: Kept::default(),
            seed: options.seed,
            allowance,
            budget,
            replays,
        }
    }
}

impl Attempt<'_> {
    /// Whether weights may be relied on.
    pub(super) const fn routes_by_weights(&self) -> bool {
        self.assembly.input.cluster.policy.deterministic_routing
    }

    pub(super) fn limits(&self, work: u64) -> Limits<'_> {
        Limits {
            work,
            meter: self.budget.work,
            seed: self.seed,
        }
    }

    /// That no groups were found, unless time or work was over: nothing is known then of what a longer search would find.
    pub(super) fn unless_over(&self, why: NotRealised) -> NotRealised {
        if why != NotRealised::NoGroups {
            why
        } else if self.budget.stop.should_stop() {
            NotRealised::OutOfTime
        } else if self.budget.left() == 0 || self.replays.left() == 0 {
            NotRealised::OutOfWork
        } else {
            why
        }
    }
}

/// What was found; else why not, so that the reason of the last attempt is the one that is told.
pub(super) fn told(found: Result<Found, NotRealised>, failed: &mut NotRealised) -> Option<Found> {
    found.map_err(|why| *failed = why).ok()
}

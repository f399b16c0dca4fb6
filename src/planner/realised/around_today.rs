//! Fleets beside instances of today that stay.

use crate::domain::plan::{FleetPlan, NotRealised};
use crate::planner::options::DemandPattern;
use crate::planner::replayed::{Shares, placed_today};
use crate::simulate::cut::Cut;

use super::attempt::Attempt;
use super::kept::Kept;
use super::search::Basis;

impl Attempt<'_> {
    /// The cheapest fleet around instances of today that stay; of equal ones, that which changes less.
    pub(super) fn around_today(&self, demand: DemandPattern) -> Result<FleetPlan, NotRealised> {
        let is_due = || self.budget.stop.should_stop();
        let on_fargate = !self.assembly.packed.fleet.fargate.is_empty();
        let as_today = (!on_fargate)
            .then(|| placed_today(self.assembly.input, self.replays, Cut::once(&is_due)))
            .flatten()
            .and_then(|placed| Kept::as_today(self.assembly, &placed));
        let first = (as_today).map(|(kept, rest)| {
            let basis = Basis::new(self.assembly, rest).without_rows();
            self.around(kept, &basis, demand)
        });
        let mut failed = match demand {
            DemandPattern::Steady => NotRealised::InstancesStay,
            DemandPattern::Moving => NotRealised::MovingBesideToday,
        };
        let mut best: Option<FleetPlan> = None;
        match first {
            Some(Ok(plan)) => best = Some(plan),
            Some(Err(why)) => failed = why,
            None => {}
        }
        let is_ideal = |plan: &FleetPlan| plan.cost.usd_per_hour <= plan.cost.ideal_usd_per_hour;
        if !best.as_ref().is_some_and(is_ideal) {
            for keeps_strategies in [true, false] {
                let Some((kept, rest)) = Kept::as_packed(self.assembly, keeps_strategies) else {
                    break;
                };
                let basis = Basis::new(self.assembly, rest);
                match self.around(kept, &basis, demand) {
                    Ok(plan) => {
                        let is_cheaper = (best.as_ref())
                            .is_none_or(|best| plan.cost.usd_per_hour < best.cost.usd_per_hour);
                        best = if is_cheaper { Some(plan) } else { best };
                        break;
                    }
                    Err(why) => failed = why,
                }
            }
        }
        best.ok_or_else(|| {
            if self.budget.stop.should_stop() {
                NotRealised::OutOfTime
            } else {
                self.unless_over(failed)
            }
        })
    }

    /// A fleet for the tasks that do not stay, beside those that do.
    pub(super) fn around(
        &self,
        kept: Kept,
        basis: &Basis<'_>,
        demand: DemandPattern,
    ) -> Result<FleetPlan, NotRealised> {
        if kept.divides(basis.demand()) && !self.routes_by_weights() {
            return Err(NotRealised::RoutingBesideToday);
        }
        let around = Attempt { kept, ..*self };
        let found = match demand {
            _ if !basis.has_tasks() => around.filled(Vec::new(), Shares::Stated)?,
            DemandPattern::Steady => around.certified(basis)?,
            DemandPattern::Moving => return Err(NotRealised::MovingBesideToday),
        };
        Ok(found.plan)
    }
}

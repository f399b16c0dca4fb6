//! Fleets beside instances of today that stay.

use crate::domain::plan::{FleetPlan, NotRealised};
use crate::planner::options::DemandPattern;
use crate::planner::replayed::{Shares, placed_today};
use crate::simulate::cut::Cut;

use super::attempt::Attempt;
use super::kept::{Kept, TasksByProvider};
use super::patterns_of_today;
use super::search::Basis;
use super::worth;

impl Attempt<'_> {
    /// The cheapest fleet around instances of today that stay; of equal ones, that which changes less.
    pub(super) fn around_today(&self, demand: DemandPattern) -> Result<FleetPlan, NotRealised> {
        let is_due = || self.budget.stop.should_stop();
        let on_fargate = !self.assembly.packed.fleet.fargate.is_empty();
        let placed = (!on_fargate)
            .then(|| placed_today(self.assembly.input, self.replays, Cut::once(&is_due)))
            .flatten();
        let first = placed.and_then(|placed| {
            let all = self.as_today(&placed, demand)?;
            if all.is_ok() || is_due() {
                return Some(all);
            }
            // What one order left there is too much for another.
            let (input, packed) = (self.assembly.input, self.assembly.packed);
            let worth = worth::of_tasks(input, packed);
            let held = patterns_of_today::held(input, &packed.model, (&placed, worth.as_slice()));
            let fewer = (held != placed).then(|| self.as_today(&held, demand));
            fewer.flatten().or(Some(all))
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
                let basis = Basis::beside_today(self.assembly, rest);
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

    /// A fleet beside so many tasks on today's instances; `None` where no strategy sends them there.
    fn as_today(
        &self,
        placed: &TasksByProvider,
        demand: DemandPattern,
    ) -> Option<Result<FleetPlan, NotRealised>> {
        let (kept, rest) = Kept::as_today(self.assembly, placed)?;
        let basis = Basis::beside_today(self.assembly, rest).without_rows();
        Some(self.around(kept, &basis, demand))
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

//! Designs of groups, with certificates and by replays, the first that fills.

use crate::domain::plan::{FleetPlan, NotRealised, Warning};
use crate::optimize::stop::Share;
use crate::planner::options::DemandPattern;
use crate::planner::replayed::Shares;
use crate::realise::groups::DesignedGroup;

use super::attempt::{Attempt, Found, told};
use super::search::{Basis, Limits};

/// Groups without a certificate that cost more than this times the ideal packing are not taken.
const MOST_TIMES_IDEAL: u64 = 2;

/// The cheapest design of a search may have no weights, or break a rule once it is filled, where the next would do: then
/// it is made again with other draws. (What is added to the seed, part of the work.)
const AGAIN: [(u64, u64); 3] = [(0, 1), (1, 3), (2, 3)];

impl Attempt<'_> {
    /// Pattern groups. With zones there are two ways: services over several groups cost less, and may come out uneven.
    pub(super) fn certified(&self, basis: &Basis<'_>) -> Result<Found, NotRealised> {
        let most = self.assembly.input.cluster.most_capacity_providers();
        let mut failed = NotRealised::NoGroups;
        let rows =
            (basis.ideal_rows(most)).and_then(|groups| told(self.surviving(groups), &mut failed));
        let is_best = |found: &Found| {
            let cost = &found.plan.cost;
            (cost.bound_usd_per_hour).is_some_and(|bound| cost.usd_per_hour <= bound)
        };
        if rows.as_ref().is_some_and(is_best) {
            return rows.ok_or(NotRealised::NoGroups);
        }
        let found = match (self.zonal(basis, &mut failed), rows) {
            (Some(found), Some(rows))
                if rows.plan.cost.usd_per_hour <= found.plan.cost.usd_per_hour =>
            {
                Some(Found {
                    others: found.others,
                    ..rows
                })
            }
            (found, rows) => found.or(rows),
        };
        if let Some(found) = found {
            return Ok(found);
        }
        let zones = !self.assembly.input.cluster.zones.is_empty();
        // (whether services may be split, part of the time that is left)
        let ways: &[(bool, u32)] = if zones {
            &[(true, 3), (false, 3)]
        } else {
            &[(true, 1)]
        };
        let work = self.allowance.certified(self.budget.left());
        for &(may_split, part) in ways {
            let clock = Share::new(self.budget.stop, 1, part);
            // The rest is for the replays, and for what other numbers of groups would cost.
            let clock = Share::new(&clock, 8, 10);
            for (turn, part) in AGAIN {
                let limits = Limits {
                    seed: self.seed.wrapping_add(turn),
                    ..self.limits(work / ways.len() as u64 / part)
                };
                let Some(groups) = basis.certified(limits, may_split, &clock) else {
                    continue;
                };
                match self.surviving(groups) {
                    Ok(found) => return Ok(found),
                    Err(why) => failed = why,
                }
            }
        }
        Err(failed)
    }

    /// What costs a multiple of the ideal packing is no plan that anybody would follow.
    pub(super) fn followed(&self, found: Found) -> Result<Found, NotRealised> {
        if found.plan.cost.usd_per_hour <= self.ideal.cost.usd_per_hour * MOST_TIMES_IDEAL {
            Ok(found)
        } else {
            Err(NotRealised::TooDear)
        }
    }

    /// Groups of single zones beside groups over all zones, the cheapest that fill and obey every rule.
    pub(super) fn zonal(&self, basis: &Basis<'_>, failed: &mut NotRealised) -> Option<Found> {
        let clock = Share::new(self.budget.stop, 3, 4);
        let limits = self.limits(self.allowance.certified(self.budget.left()));
        let most = self.assembly.input.cluster.most_capacity_providers();
        let designs = basis.zonal(limits, most, &clock);
        let others = (designs.iter())
            .map(|(cost, groups)| (groups.len() as u64, *cost))
            .collect();
        (designs.into_iter().rev())
            .find_map(|(_, groups)| told(self.surviving(groups), failed))
            .and_then(|found| told(self.followed(found), failed))
            .map(|found| Found { others, ..found })
    }

    /// The plan of groups that replays show to be filled; where none are, why the last that were designed are not.
    pub(super) fn replayed(
        &self,
        basis: &Basis<'_>,
        demand: DemandPattern,
        known: Option<&[DesignedGroup]>,
    ) -> Result<FleetPlan, NotRealised> {
        (self.found_by_replays(basis, demand, known)).map(|found| found.plan)
    }

    /// Groups that replays show to be filled, with the plan.
    pub(super) fn found_by_replays(
        &self,
        basis: &Basis<'_>,
        demand: DemandPattern,
        known: Option<&[DesignedGroup]>,
    ) -> Result<Found, NotRealised> {
        let limits = self.limits(self.allowance.replayed(self.budget.left()));
        let designs = basis.replayed(limits, demand, known, (self.budget.stop, self.replays));
        let mut failed = NotRealised::NoGroups;
        let survives = self.assembly.input.cluster.policy.survive_instance_loss;
        let mut filled = |shares| {
            let mut found = (designs.iter())
                .filter_map(|groups| told(self.kept_safe(groups.clone(), shares), &mut failed));
            if survives {
                // Their order is that of what they cost before instances are added for one that may be lost.
                found.min_by_key(|found| found.plan.cost.usd_per_hour)
            } else {
                found.next()
            }
        };
        let found = filled(Shares::All).or_else(|| {
            let mut found = filled(Shares::Stated)?;
            found.plan.warnings.push(Warning::MaxShareGivesWayInReplays);
            Some(found)
        });
        self.followed(found.ok_or(failed)?)
    }
}

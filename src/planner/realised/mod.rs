//! From the ideal packing to the fleet that ECS's own scheduler fills.
//!
//! Groups are designed ([`crate::realise`]): pattern groups, which carry a certificate, and where those are not to be had
//! or cost much more than the ideal packing, groups that replays show to be filled. A design is written as a plan
//! without tasks; the replica of ECS then fills it in many orders of arrival. What it places in the first order with
//! seed 0 is what the plan shows, once every rule holds for it.

mod around_today;
mod attempt;
mod designs;
mod filled;
mod kept;
mod other_numbers;
mod patterns_of_today;
mod search;
mod worth;
mod write;

use crate::domain::plan::{Assumption, Filling, FleetPlan, NotRealised, Warning};
use crate::optimize::stop::Budget;
use crate::realise::groups::DesignedGroup;
use crate::simulate::cut::Cut;

use super::assemble::Assembly;
use super::budget::Allowance;
use super::options::{DemandPattern, PlanOptions};
use super::replayed::{Passes, Replay, Shares};
use attempt::{Attempt, Found};
use search::Basis;

/// Certified groups that cost at most this times the ideal packing need no rival.
const CLOSE_TO_IDEAL: (u64, u64) = (104, 100);
/// Of the clock that is left, and of the work of replays, this part at most goes to replays of the ideal packing, which
/// decide nothing.
const PART_OF_IDEAL_REPLAYS: (u32, u32) = (1, 6);
/// A certificate is worth this much: groups without one must cost less by more than that.
const WORTH_OF_CERTIFICATE: (u64, u64) = (97, 100);

/// The plan whose fleet ECS can fill, in place of the ideal packing; the ideal packing with the reason where no
/// such fleet was found.
pub(super) fn plan(
    assembly: &Assembly<'_>,
    ideal: FleetPlan,
    options: &PlanOptions<'_>,
    (allowance, budget): (&Allowance, Budget<'_>),
    replays: Budget<'_>,
) -> FleetPlan {
    // What ECS launches and fills by rules of its own is not for groups, and in no replay.
    if ideal.has_managed_instances() && ideal.groups().next().is_none() {
        return ideal;
    }
    let filling = how_ideal_is_filled(assembly, &ideal, replays);
    let found = fleet(assembly, &ideal, options, (allowance, budget), replays);
    let (mut plan, said) = match found {
        Ok(plan) => (plan, Assumption::IdealFilled { filling }),
        Err(why) => (
            left_as_it_is(assembly, ideal),
            Assumption::NotRealised { why, filling },
        ),
    };
    plan.assumptions.push(said);
    plan
}

/// The plan whose fleet ECS can fill, or why none was found.
pub(super) fn fleet(
    assembly: &Assembly<'_>,
    ideal: &FleetPlan,
    options: &PlanOptions<'_>,
    (allowance, budget): (&Allowance, Budget<'_>),
    replays: Budget<'_>,
) -> Result<FleetPlan, NotRealised> {
    let attempt = Attempt::new((assembly, ideal), options, (allowance, budget), replays);
    attempt.best(options.demand)
}

/// The plan of groups that are given, filled by the replica and obeying every rule.
pub(super) fn filled_with(
    assembly: &Assembly<'_>,
    ideal: &FleetPlan,
    (options, groups): (&PlanOptions<'_>, &[DesignedGroup]),
    (allowance, budget): (&Allowance, Budget<'_>),
    replays: Budget<'_>,
) -> Result<FleetPlan, NotRealised> {
    let filling = how_ideal_is_filled(assembly, ideal, replays);
    let attempt = Attempt::new((assembly, ideal), options, (allowance, budget), replays);
    let mut plan = attempt.filled(groups.to_vec(), Shares::All)?.plan;
    plan.assumptions.push(Assumption::IdealFilled { filling });
    Ok(plan)
}

/// Groups for services whose numbers of tasks move: packed, so that instances fall empty when tasks go, and filled in replays.
pub(super) fn packed_groups(
    assembly: &Assembly<'_>,
    ideal: &FleetPlan,
    options: &PlanOptions<'_>,
    (allowance, budget): (&Allowance, Budget<'_>),
    replays: Budget<'_>,
) -> Result<Vec<DesignedGroup>, NotRealised> {
    let attempt = Attempt::new((assembly, ideal), options, (allowance, budget), replays);
    if !attempt.routes_by_weights() {
        return Err(NotRealised::RoutingNotReplayed);
    }
    let basis = Basis::new(assembly, assembly.packed.demand.clone());
    let found = attempt.found_by_replays(&basis, DemandPattern::Moving, None);
    let found = found.map_err(|why| attempt.unless_over(why))?;
    Ok(found.groups)
}

/// In how many orders ECS finds every task a place on the ideal packing, as far as a part of the time and the work allows.
fn how_ideal_is_filled(assembly: &Assembly<'_>, ideal: &FleetPlan, replays: Budget<'_>) -> Filling {
    let (part, of) = PART_OF_IDEAL_REPLAYS;
    let own = replays.share(part, of);
    if own.is_over() {
        return Filling {
            orders: 0,
            whole: 0,
            most_unplaced: 0,
        };
    }
    let is_due = || own.is_stopped();
    Replay::new(assembly.input, ideal, Passes::Once, own).tally(Cut::once(&is_due))
}

/// The ideal packing as the plan, with a warning where it has more groups than the policy allows.
fn left_as_it_is(assembly: &Assembly<'_>, mut plan: FleetPlan) -> FleetPlan {
    let groups = (plan.capacity_providers.iter())
        .filter(|provider| provider.kind.is_group())
        .count();
    let most = assembly.input.cluster.most_capacity_providers();
    if groups as u64 > most {
        plan.warnings.push(Warning::MoreGroupsThanAllowed {
            groups: groups as u64,
            max_capacity_providers: most,
        });
    }
    plan
}

impl Attempt<'_> {
    /// The best fleet that ECS fills and that obeys every rule when filled.
    fn best(&self, demand: DemandPattern) -> Result<FleetPlan, NotRealised> {
        let stays = |offering: &crate::formulate::offering::Offering| {
            offering.existing.is_some() && !offering.purchase_option.is_external()
        };
        if self.budget.stop.should_stop() {
            return Err(NotRealised::OutOfTime);
        }
        if self.assembly.input.offerings.usable.iter().any(stays) {
            return self.around_today(demand);
        }
        let basis = Basis::new(self.assembly, self.assembly.packed.demand.clone());
        let certified = match demand {
            DemandPattern::Steady => self.certified(&basis),
            DemandPattern::Moving if basis.keeps_room() => Err(NotRealised::RoomNotReplayed),
            DemandPattern::Moving if !self.routes_by_weights() => {
                Err(NotRealised::RoutingNotReplayed)
            }
            DemandPattern::Moving => Err(NotRealised::NoGroups),
        };
        let needs_no_rival = |found: &Found| {
            let (times, of) = CLOSE_TO_IDEAL;
            self.assembly.input.cluster.zones.is_empty()
                || found.plan.cost.usd_per_hour * of <= found.plan.cost.ideal_usd_per_hour * times
        };
        match certified {
            Ok(found) if needs_no_rival(&found) => Ok(self.with_other_numbers(&basis, found)),
            Ok(found) => {
                let (times, of) = WORTH_OF_CERTIFICATE;
                let rival = self.replayed(&basis, demand, Some(&found.groups)).ok();
                let is_worth_it = |rival: &FleetPlan| {
                    rival.cost.usd_per_hour * of < found.plan.cost.usd_per_hour * times
                };
                match rival.filter(is_worth_it) {
                    Some(rival) => Ok(rival),
                    None => Ok(self.with_other_numbers(&basis, found)),
                }
            }
            Err(why) => (self.replayed(&basis, demand, None)).map_err(|of_replays| {
                // What was found and failed says more than that nothing was found.
                let why = if why == NotRealised::NoGroups {
                    of_replays
                } else {
                    why
                };
                self.unless_over(why)
            }),
        }
    }
}

//! From the ideal packing to the fleet that ECS's own scheduler fills.
//!
//! Groups are designed ([`crate::realise`]): pattern groups, which carry a certificate, and where those are not to be had
//! or cost much more than the ideal packing, groups that replays show to be filled. A design is written as a plan
//! without tasks; the replica of ECS then fills it in many orders of arrival. What it places in the first order with
//! seed 0 is what the plan shows, once every rule holds for it.

mod kept;
mod search;
mod write;

use crate::check::{Rule, check};
use crate::domain::money::UsdPerHour;
use crate::domain::plan::{
    Assumption, Filling, FleetPlan, NotRealised, OtherGroupCount, RuleCode, Warning,
};
use crate::domain::policy::MOST_CAPACITY_PROVIDERS;
use crate::formulate::model::PlanningInput;
use crate::optimize::stop::{Budget, Share};
use crate::realise::alike;
use crate::realise::groups::DesignedGroup;
use crate::realise::zonal;
use crate::simulate::cut::Cut;

use super::assemble::Assembly;
use super::budget::Allowance;
use super::group_names;
use super::options::{DemandPattern, PlanOptions};
use super::ordinary_day;
use super::replayed::{Passes, Replay, Shares, placed_today};
use kept::Kept;
use search::{Basis, Limits};
use write::Realised;

/// Certified groups that cost at most this times the ideal packing need no rival.
const CLOSE_TO_IDEAL: (u64, u64) = (104, 100);
/// Groups without a certificate that cost more than this times the ideal packing are not taken.
const MOST_TIMES_IDEAL: u64 = 2;
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
    let filling = how_ideal_is_filled(assembly, &ideal, replays);
    let attempt = Attempt {
        assembly,
        ideal: &ideal,
        kept: Kept::default(),
        seed: options.seed,
        allowance,
        budget,
        replays,
    };
    let (mut plan, said) = match attempt.best(options.demand) {
        Ok(plan) => (plan, Assumption::IdealFilled { filling }),
        Err(why) => (
            left_as_it_is(assembly, ideal),
            Assumption::NotRealised { why, filling },
        ),
    };
    plan.assumptions.push(said);
    plan
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

/// One cluster's way from the ideal packing to a fleet that fills.
struct Attempt<'a> {
    assembly: &'a Assembly<'a>,
    ideal: &'a FleetPlan,
    /// Instances of today that stay.
    kept: Kept,
    seed: u64,
    allowance: &'a Allowance,
    /// Of the searches.
    budget: Budget<'a>,
    /// Of replays.
    replays: Budget<'a>,
}

/// Groups and the plan that shows them filled.
struct Found {
    groups: Vec<DesignedGroup>,
    plan: FleetPlan,
    /// Other numbers of groups with what they cost, as far as this search tells.
    others: Vec<(u64, UsdPerHour)>,
}

/// Why groups are no fleet.
enum Unfilled {
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

    /// The cheapest fleet around instances of today that stay; of equal ones, that which changes less.
    fn around_today(&self, demand: DemandPattern) -> Result<FleetPlan, NotRealised> {
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

    /// That no groups were found, unless time or work was over: nothing is known then of what a longer search would find.
    fn unless_over(&self, why: NotRealised) -> NotRealised {
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

    /// A fleet for the tasks that do not stay, beside those that do.
    fn around(
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

    /// The plan, with what it would cost with other numbers of groups. Where a search for those comes upon a cheaper fleet
    /// that the policy allows as well, that one is the plan.
    fn with_other_numbers(&self, basis: &Basis<'_>, found: Found) -> FleetPlan {
        let limits = self.limits(self.allowance.other_numbers(self.budget.left()));
        let clock = Share::new(self.budget.stop, 3, 4);
        let is_zonal = zonal::applies(self.assembly.input);
        let designs: Vec<(u64, UsdPerHour, Vec<DesignedGroup>)> = if is_zonal {
            (basis
                .zonal(limits, MOST_CAPACITY_PROVIDERS, &clock)
                .into_iter())
            .map(|(cost, groups)| (groups.len() as u64, cost, groups))
            .collect()
        } else {
            basis.other_numbers(limits, &found.groups, &clock)
        };
        let than = basis.cost(&found.groups);
        let Found { others: known, .. } = found;
        let (groups, mut plan) = match self.cheaper(&designs, than) {
            Some(cheaper) if cheaper.plan.cost.usd_per_hour < found.plan.cost.usd_per_hour => {
                (cheaper.groups, cheaper.plan)
            }
            _ => (found.groups, found.plan),
        };
        let costs = designs.iter().map(|&(number, cost, _)| (number, cost));
        let own = basis.cost(&groups);
        let used = groups.len() as u64;
        let others = if is_zonal {
            basis.other_zonal_numbers((used, own), known.into_iter().chain(costs))
        } else {
            costs.filter(|&(number, _)| number != used).collect()
        };
        let elsewhere = plan.cost.usd_per_hour - own;
        plan.other_group_counts = (others.into_iter())
            .map(|(groups, cost)| OtherGroupCount {
                groups,
                // More may be used: these groups are allowed as well.
                usd_per_hour: elsewhere + if groups > used { cost.min(own) } else { cost },
            })
            .collect();
        plan
    }

    /// The cheapest of other designs that the policy allows and that fills.
    fn cheaper(
        &self,
        designs: &[(u64, UsdPerHour, Vec<DesignedGroup>)],
        than: UsdPerHour,
    ) -> Option<Found> {
        let most = self.assembly.input.cluster.most_capacity_providers();
        let mut cheaper: Vec<(UsdPerHour, &Vec<DesignedGroup>)> = (designs.iter())
            .filter(|(_, cost, groups)| *cost < than && groups.len() as u64 <= most)
            .map(|(_, cost, groups)| (*cost, groups))
            .collect();
        cheaper.sort_by_key(|(cost, groups)| (*cost, groups.len()));
        (cheaper.into_iter()).find_map(|(_, groups)| self.surviving(groups.clone()).ok())
    }

    /// Whether weights may be relied on.
    const fn routes_by_weights(&self) -> bool {
        self.assembly.input.cluster.policy.deterministic_routing
    }

    fn limits(&self, work: u64) -> Limits<'_> {
        Limits {
            work,
            meter: self.budget.work,
            seed: self.seed,
        }
    }

    /// Pattern groups. With zones there are two ways: services over several groups cost less, and may come out uneven.
    fn certified(&self, basis: &Basis<'_>) -> Result<Found, NotRealised> {
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
            let limits = self.limits(work / ways.len() as u64);
            let Some(groups) = basis.certified(limits, may_split, &clock) else {
                continue;
            };
            match self.surviving(groups) {
                Ok(found) => return Ok(found),
                Err(why) => failed = why,
            }
        }
        Err(failed)
    }

    /// What costs a multiple of the ideal packing is no plan that anybody would follow.
    fn followed(&self, found: Found) -> Result<Found, NotRealised> {
        if found.plan.cost.usd_per_hour <= self.ideal.cost.usd_per_hour * MOST_TIMES_IDEAL {
            Ok(found)
        } else {
            Err(NotRealised::TooDear)
        }
    }

    /// Groups of single zones beside groups over all zones, the cheapest that fill and obey every rule.
    fn zonal(&self, basis: &Basis<'_>, failed: &mut NotRealised) -> Option<Found> {
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

    /// The groups filled, as few as cost the same; with `surviveInstanceLoss`, where the loss of an instance leaves tasks without a place, with one
    /// instance more in each zone of as few groups as are needed.
    fn surviving(&self, groups: Vec<DesignedGroup>) -> Result<Found, NotRealised> {
        let fewer = alike::merged(&groups).map(|fewer| self.kept_safe(fewer));
        match fewer {
            Some(Ok(found)) => Ok(found),
            _ => self.kept_safe(groups),
        }
    }

    fn kept_safe(&self, groups: Vec<DesignedGroup>) -> Result<Found, NotRealised> {
        let found = self.filled(groups.clone(), Shares::All);
        if !matches!(found, Err(Unfilled::Breaks(Rule::InstanceLoss))) {
            return found.map_err(NotRealised::from);
        }
        let mut more = groups;
        for group in &mut more {
            group.counts.iter_mut().for_each(|count| *count += 1);
        }
        let mut found = self.filled(more.clone(), Shares::All)?;
        for group in 0..more.len() {
            let mut fewer = more.clone();
            fewer[group].counts.iter_mut().for_each(|count| *count -= 1);
            if let Ok(enough) = self.filled(fewer.clone(), Shares::All) {
                (more, found) = (fewer, enough);
            }
        }
        Ok(found)
    }

    /// Groups that replays show to be filled; where none are, why the last that were designed are not.
    fn replayed(
        &self,
        basis: &Basis<'_>,
        demand: DemandPattern,
        known: Option<&[DesignedGroup]>,
    ) -> Result<FleetPlan, NotRealised> {
        let limits = self.limits(self.allowance.replayed(self.budget.left()));
        let designs = basis.replayed(limits, demand, known, (self.budget.stop, self.replays));
        let mut failed = NotRealised::NoGroups;
        let mut filled = |groups: Vec<DesignedGroup>, shares| {
            let found = self.filled(groups, shares).map_err(NotRealised::from);
            told(found, &mut failed)
        };
        let keeping = (designs.iter()).find_map(|groups| filled(groups.clone(), Shares::All));
        let found = keeping.or_else(|| {
            let giving_way = |groups| filled(groups, Shares::Stated);
            let mut found = designs.into_iter().find_map(giving_way)?;
            found.plan.warnings.push(Warning::MaxShareGivesWayInReplays);
            Some(found)
        });
        let found = self.followed(found.ok_or(failed)?)?;
        Ok(found.plan)
    }

    /// The plan with the groups filled by the replica, if every order fills and the check finds nothing.
    fn filled(&self, groups: Vec<DesignedGroup>, shares: Shares) -> Result<Found, Unfilled> {
        let is_due = || self.budget.stop.should_stop();
        let cut = Cut::once(&is_due);
        if cut.is_due() {
            return Err(NotRealised::OutOfTime.into());
        }
        if self.replays.left() == 0 {
            return Err(NotRealised::OutOfWork.into());
        }
        let input = self.assembly.input;
        let names = group_names::names(input, &groups, &self.kept.groups());
        let named: Vec<(String, DesignedGroup)> =
            names.into_iter().zip(groups.iter().cloned()).collect();
        let draft = write::draft(self.assembly, self.ideal, (&named, &self.kept));
        let replay = Replay::new(input, &draft, Passes::Twice, self.replays);
        let orders = match replay.places_all(cut) {
            None => return Err(NotRealised::NotFilled.into()),
            Some(0) => return Err(NotRealised::OutOfTime.into()),
            Some(orders) => orders,
        };
        // Instances that stay are not changed, whatever shares they hold.
        if self.kept.groups().is_empty() && !replay.keeps_shares(input, shares, cut) {
            return Err(NotRealised::TooManyOnOne.into());
        }
        let mut rows = replay.filled(&draft, cut).ok_or(NotRealised::OutOfTime)?;
        write::keep_spare(input, &named, &mut rows);
        let plan = write::with(
            self.assembly,
            self.ideal.clone(),
            Realised {
                rows,
                groups: named,
                kept: &self.kept,
                orders,
            },
        );
        let PlanningInput {
            cluster, catalogue, ..
        } = input;
        // What a certificate does not prove is played.
        let is_proven =
            self.kept.groups().is_empty() && groups.iter().all(DesignedGroup::is_certified);
        let may_wait = cluster.policy.survive_instance_loss
            && !is_proven
            && !ordinary_day::outlives_each_instance(cluster, catalogue, &plan, self.budget);
        match check(cluster, catalogue, &plan).first() {
            None if may_wait => Err(Unfilled::Breaks(Rule::InstanceLoss)),
            None => Ok(Found {
                groups,
                plan,
                others: Vec::new(),
            }),
            Some(first) => Err(Unfilled::Breaks(first.rule)),
        }
    }
}

/// What was found; else why not, so that the reason of the last attempt is the one that is told.
fn told(found: Result<Found, NotRealised>, failed: &mut NotRealised) -> Option<Found> {
    found.map_err(|why| *failed = why).ok()
}

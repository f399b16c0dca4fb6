//! Sizes chosen together with the fleet.
//!
//! Every service g that the rules cut has a choice of sizes: today's, what the rules ask for, a tight one (`risk`), and on top of each the
//! room that the fleet has left over (`slack`). With x the fleet, z the choice and `r_g(z)` the share of hours above a size,
//!
//! ```text
//! minimise  cost(x)   subject to   x holds the sizes z,   Σ_g r_g(z_g) ≤ Σ_g r_g(what the rules ask for)
//! ```
//!
//! so that no more services are above their size in an hour than with the rules alone: a service that gets room pays for one that is tight,
//! where one more copy on an instance saves an instance.
//!
//! **Bound.** A fleet that holds some choice holds the smallest sizes of all services too, so that the proven bound of the cluster with all of
//! them tight bounds every choice, whatever its risk. Where the rules' own sizes come to it, nothing is left to choose.
//!
//! **Search.** The services in order of what they may save (their part of the bill · the part of CPU that goes) over the risk that they add; the
//! first 1, ½, ¼ and ⅛ of them tight, each planned the whole way; a cheaper fleet whose sizes, with the room given back, keep the sum of
//! risks is taken. A choice is only ever believed as a fleet that was planned, filled and checked.

use std::collections::BTreeSet;

use crate::domain::cluster::Cluster;
use crate::domain::money::UsdPerHour;
use crate::domain::plan::FleetPlan;
use crate::domain::quantity::{CpuUnits, MemoryMib};

use super::flag::Verdict;
use super::grid::{STEP, Size};
use super::proposal::Proposal;
use super::reason::Reason;
use super::slack::{Wish, given_back};

/// Times that the room that is given back is halved until ECS fills the fleet with it at the same bill.
const HALVINGS: u32 = 3;
/// Parts of the services that are made tight together, the first all of them.
const PARTS: [usize; 4] = [1, 2, 4, 8];

/// Proposals with the fleet that was planned for them.
pub trait Trial {
    /// The proposals.
    fn proposals(&self) -> &[Proposal];
    /// The cluster with their sizes.
    fn cluster(&self) -> &Cluster;
    /// The fleet.
    fn plan(&self) -> &FleetPlan;
}

/// How the choice of sizes ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Jointly {
    /// Bill of the fleet with the sizes that the rules ask for.
    pub alone_usd_per_hour: UsdPerHour,
    /// No choice of sizes costs less; `None` without proof.
    pub bound_usd_per_hour: Option<UsdPerHour>,
    /// Services with a tight size to choose.
    pub choices: u64,
    /// Services that are tight.
    pub tight: u64,
    /// Expected services above their CPU in an hour, at most: with the rules' sizes, of those that are cut.
    pub risk_allowed: f64,
    /// The same with the sizes chosen.
    pub risk: f64,
}

/// Plans proposals, beginning with a plan of nearly the same cluster.
pub(super) type Plan<'a, T, E> = dyn FnMut(Vec<Proposal>, &FleetPlan) -> Result<T, E> + 'a;

/// Gives back what the fleet has left over. Where it saves nothing against today's fleet at all, no size is cut; `today` is `None` where that
/// fleet leaves tasks without a place.
///
/// # Errors
/// When a plan fails.
pub fn with_slack<T: Trial, E>(
    first: T,
    today: Option<UsdPerHour>,
    plan: &mut Plan<'_, T, E>,
) -> Result<T, E> {
    if !is_whole(&first) {
        return Ok(first);
    }
    if today.is_some_and(|today| cost(&first) >= today) {
        return without_cuts(first, plan);
    }
    let sizes = room(&first);
    for halving in 0..HALVINGS {
        let mut proposals = first.proposals().to_vec();
        let changed = give(&mut proposals, &sizes, halving);
        if !changed {
            break;
        }
        let tried = plan(proposals, first.plan())?;
        if is_whole(&tried) && cost(&tried) <= cost(&first) {
            return Ok(tried);
        }
    }
    Ok(first)
}

/// Chooses sizes with the fleet, and gives back what that has left over.
///
/// # Errors
/// When a plan fails.
pub fn jointly<T: Trial, E>(
    first: T,
    today: Option<UsdPerHour>,
    plan: &mut Plan<'_, T, E>,
) -> Result<(T, Jointly), E> {
    let alone = cost(&first);
    let allowed = risk(first.proposals());
    let order = order(&first);
    let mut outcome = Jointly {
        alone_usd_per_hour: alone,
        // With something to choose, it is that of the smallest sizes, once they are planned.
        bound_usd_per_hour: (first.plan().cost.bound_usd_per_hour).filter(|_| order.is_empty()),
        choices: order.len() as u64,
        tight: 0,
        risk_allowed: allowed,
        risk: allowed,
    };
    let mut best = None;
    if is_whole(&first) {
        for part in PARTS {
            let chosen: BTreeSet<usize> = order[..order.len().div_ceil(part)]
                .iter()
                .copied()
                .collect();
            if chosen.is_empty() || (part > 1 && order.len() < part) {
                break;
            }
            let tried = plan(tightened(first.proposals(), &chosen), first.plan())?;
            if part == 1 {
                outcome.bound_usd_per_hour = tried.plan().cost.bound_usd_per_hour;
            }
            let least = best.as_ref().map_or(alone, cost);
            if is_whole(&tried) && cost(&tried) < least {
                let eased = with_slack(tried, today, plan)?;
                if risk(eased.proposals()) <= allowed {
                    best = Some(eased);
                }
            }
            let settled = |bound| best.as_ref().map_or(alone, cost) <= bound;
            if outcome.bound_usd_per_hour.is_some_and(settled) {
                break;
            }
        }
    }
    let best = match best {
        Some(best) => best,
        None => with_slack(first, today, plan)?,
    };
    outcome.risk = risk(best.proposals());
    outcome.tight = (best.proposals().iter())
        .filter(|proposal| is_tight(proposal))
        .count() as u64;
    Ok((best, outcome))
}

fn cost<T: Trial>(trial: &T) -> UsdPerHour {
    trial.plan().cost.usd_per_hour
}

fn is_whole<T: Trial>(trial: &T) -> bool {
    trial.plan().unplaced.is_empty()
}

/// The sum of the risks of services that are cut, whatever size they have.
fn risk(proposals: &[Proposal]) -> f64 {
    (proposals.iter())
        .filter_map(|proposal| Some(proposal.risk.as_ref()?.at(proposal.size.cpu)))
        .sum()
}

fn is_tight(proposal: &Proposal) -> bool {
    proposal.risk.is_some() && proposal.size.cpu < proposal.wanted.cpu
}

/// Services with a tight size, the most promising first.
fn order<T: Trial>(trial: &T) -> Vec<usize> {
    let on_fargate = on_fargate(trial.plan());
    let mut worth: Vec<(usize, f64)> = (trial.proposals().iter().enumerate())
        .filter(|(_, proposal)| !on_fargate.contains(proposal.service.as_str()))
        .filter_map(|(index, proposal)| {
            let of_service = proposal.risk.as_ref()?;
            let (now, tight) = (proposal.size.cpu, of_service.tight);
            if proposal.cpu != Verdict::Shrink || tight >= now {
                return None;
            }
            let planned = (trial.plan().services.iter())
                .find(|planned| planned.service_name == proposal.service)?;
            let part = 1.0 - tight.get() as f64 / now.get() as f64;
            let added = (of_service.at(tight) - of_service.at(now)).max(1e-6);
            Some((
                index,
                planned.usd_per_hour.grid_units() as f64 * part / added,
            ))
        })
        .collect();
    worth.sort_by(|one, other| other.1.total_cmp(&one.1).then(one.0.cmp(&other.0)));
    worth.into_iter().map(|(index, _)| index).collect()
}

fn on_fargate(plan: &FleetPlan) -> BTreeSet<&str> {
    (plan.fargate_tasks.iter())
        .map(|row| row.service_name.as_str())
        .collect()
}

fn tightened(proposals: &[Proposal], chosen: &BTreeSet<usize>) -> Vec<Proposal> {
    let mut proposals = proposals.to_vec();
    for &index in chosen {
        let proposal = &mut proposals[index];
        let Some(of_service) = &proposal.risk else {
            continue;
        };
        let cpu = (proposal.size.cpu.get(), of_service.tight.get());
        let reason = Reason::Tight {
            cpu,
            risk: of_service.at(of_service.tight),
        };
        let size = Size {
            cpu: of_service.tight,
            ..proposal.size
        };
        proposal.resize(size);
        proposal.reasons.push(reason);
    }
    proposals
}

/// The sizes that the fleet holds, by position among the proposals; only what is cut grows, and to today's size at most.
fn room<T: Trial>(trial: &T) -> Vec<(usize, Size)> {
    let on_fargate = on_fargate(trial.plan());
    let cut = |verdict: Verdict| verdict == Verdict::Shrink;
    let wishes: Vec<(usize, Wish<'_>)> = (trial.proposals().iter().enumerate())
        .filter(|(_, proposal)| cut(proposal.cpu) || cut(proposal.memory))
        .filter(|(_, proposal)| !on_fargate.contains(proposal.service.as_str()))
        .map(|(index, proposal)| {
            let (size, today) = (proposal.size, proposal.today);
            let most = Size {
                cpu: if cut(proposal.cpu) {
                    today.cpu
                } else {
                    size.cpu
                },
                memory: if cut(proposal.memory) {
                    today.memory
                } else {
                    size.memory
                },
            };
            let service = proposal.service.as_str();
            (
                index,
                Wish {
                    service,
                    size,
                    most,
                },
            )
        })
        .collect();
    let (positions, wishes): (Vec<usize>, Vec<Wish<'_>>) = wishes.into_iter().unzip();
    let sizes = given_back(trial.plan(), trial.cluster(), &wishes);
    positions.into_iter().zip(sizes).collect()
}

/// Resizes proposals to those sizes, or to a half, a quarter of the way; whether any is another one then.
fn give(proposals: &mut [Proposal], sizes: &[(usize, Size)], halving: u32) -> bool {
    let between = |from: u64, to: u64| {
        let more = to.saturating_sub(from);
        if halving == 0 {
            from + more
        } else {
            from + (more >> halving) / STEP * STEP
        }
    };
    let mut changed = false;
    for &(index, size) in sizes {
        let proposal = &mut proposals[index];
        let (now, before) = (proposal.size, proposal.wanted);
        let size = Size {
            cpu: CpuUnits::new(between(now.cpu.get(), size.cpu.get())),
            memory: MemoryMib::new(between(now.memory.get(), size.memory.get())),
        };
        if size == now {
            continue;
        }
        changed = true;
        proposal.resize(size);
        let (cpu, memory) = (before.cpu.get(), before.memory.get());
        // What was tight and has room after all is not tight.
        (proposal.reasons).retain(|reason| !matches!(reason, Reason::Tight { .. }));
        proposal.reasons.push(Reason::GivenBack {
            cpu: (cpu, size.cpu.get()),
            memory: (memory, size.memory.get()),
        });
    }
    changed
}

fn without_cuts<T: Trial, E>(first: T, plan: &mut Plan<'_, T, E>) -> Result<T, E> {
    let mut proposals = first.proposals().to_vec();
    let mut changed = false;
    for proposal in &mut proposals {
        let (size, today) = (proposal.size, proposal.today);
        let kept = Size {
            cpu: size.cpu.max(today.cpu),
            memory: size.memory.max(today.memory),
        };
        if kept != size {
            proposal.resize(kept);
            proposal.reasons.push(Reason::SavesNothing);
            changed = true;
        }
    }
    if !changed {
        return Ok(first);
    }
    let tried = plan(proposals, first.plan())?;
    Ok(if is_whole(&tried) && cost(&tried) <= cost(&first) {
        tried
    } else {
        first
    })
}

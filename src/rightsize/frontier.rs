//! Few changes: which of the cuts bring most of the saving.
//!
//! Keeping today's size is an option of every service, and a change costs attention. For k changes the k services are cut whose part of the
//! bill falls most between the fleet with today's sizes and the one with all cuts; what that costs is the fleet planned for them, filled and
//! checked, and never a sum of their parts: on instances a cut saves nothing until one goes. More changes never cost more, since the cheaper
//! choice of fewer is one of them. A number of cuts that leaves tasks without a place, where all of them leave none, is no choice: its bill is
//! of fewer tasks.
//!
//! **Bound.** Sizes of all cuts together are the smallest there are, so that their proven bound holds for every number of changes. For so many
//! of them the linear program says more in which every service has two sizes as items, of which one is packed, and at most k are cut
//! ([`bounds_of_choices`](crate::planner::bounds_of_choices)). What must grow grows in all of them and is no choice.

use crate::domain::cluster::Cluster;
use crate::domain::money::UsdPerHour;
use crate::domain::plan::FleetPlan;
use crate::planner::SizeOption;

use super::flag::Verdict;
use super::grid::Size;
use super::joint::{Plan, Trial};
use super::proposal::Proposal;

/// What so many changes bring.
#[derive(Debug, Clone, PartialEq)]
pub struct FrontierPoint {
    /// The services that are cut; the most promising first.
    pub services: Vec<String>,
    /// Bill of the fleet with these cuts.
    pub usd_per_hour: UsdPerHour,
    /// No fleet with so many cuts costs less, of whichever services; `None` without proof.
    pub bound_usd_per_hour: Option<UsdPerHour>,
}

/// The bounds of a cluster with several sizes of some services, for each number of cuts; `None` where nothing is proven.
pub type Bounds<'a> =
    dyn FnMut(&Cluster, &[Vec<SizeOption>], &[f64]) -> Vec<Option<UsdPerHour>> + 'a;

/// Cost against the number of cuts: none, 1, 2, 4, 8, …, and all of `all`, which was planned. `today` is the plan with today's sizes.
///
/// # Errors
/// When a plan fails.
pub fn frontier<T: Trial, E>(
    all: &T,
    today: &FleetPlan,
    plan: &mut Plan<'_, T, E>,
    bounds: &mut Bounds<'_>,
) -> Result<Vec<FrontierPoint>, E> {
    let order = order(all, today);
    let mut points: Vec<FrontierPoint> = Vec::new();
    let numbers = numbers(order.len());
    let mut of_numbers = vec![None; numbers.len()];
    for (index, &number) in numbers.iter().enumerate() {
        let chosen = &order[..number];
        let (usd_per_hour, is_whole) = if number == order.len() {
            (all.plan().cost.usd_per_hour, true)
        } else {
            let tried = plan(without(all.proposals(), &order[number..]), today)?;
            if number == 0 {
                let (both, choices) = both_sizes(tried.cluster(), all.cluster(), all.proposals());
                let most: Vec<f64> = numbers.iter().map(|&number| number as f64).collect();
                of_numbers = bounds(&both, &choices, &most);
            }
            let is_whole = tried.plan().unplaced.is_empty() || !all.plan().unplaced.is_empty();
            (tried.plan().cost.usd_per_hour, is_whole)
        };
        if !is_whole {
            continue;
        }
        if let Some(last) = points
            .last()
            .filter(|last| last.usd_per_hour <= usd_per_hour)
        {
            // As many changes for nothing more.
            debug_assert!(last.services.len() < number);
            continue;
        }
        points.push(FrontierPoint {
            services: (chosen.iter())
                .map(|&index| all.proposals()[index].service.clone())
                .collect(),
            usd_per_hour,
            bound_usd_per_hour: (all.plan().cost.bound_usd_per_hour).max(of_numbers[index]),
        });
    }
    Ok(points)
}

/// A cluster without cuts, with the services of the one with all of them that are cut beside their own; and the choice of each.
fn both_sizes(
    kept: &Cluster,
    cut: &Cluster,
    proposals: &[Proposal],
) -> (Cluster, Vec<Vec<SizeOption>>) {
    let mut both = kept.clone();
    let mut choices = Vec::new();
    for proposal in proposals.iter().filter(|proposal| is_cut(proposal)) {
        let of = |cluster: &Cluster| {
            (cluster.services.iter()).position(|service| service.name == proposal.service)
        };
        let (Some(own), Some(smaller)) = (of(kept), of(cut)) else {
            continue;
        };
        let mut smaller = cut.services[smaller].clone();
        if smaller.is_daemon() {
            // One runs on every instance: the smaller one takes no more of it.
            both.services[own] = smaller;
            continue;
        }
        smaller.name.push_str(" (cut)");
        let option = |service: usize, weight: f64| SizeOption { service, weight };
        choices.push(vec![option(own, 0.0), option(both.services.len(), 1.0)]);
        both.services.push(smaller);
    }
    (both, choices)
}

/// 0, 1, 2, 4, 8, … and all.
fn numbers(all: usize) -> Vec<usize> {
    let mut numbers = vec![0];
    let mut next = 1;
    while next < all {
        numbers.push(next);
        next *= 2;
    }
    if all > 0 {
        numbers.push(all);
    }
    numbers
}

fn is_cut(proposal: &Proposal) -> bool {
    proposal.cpu == Verdict::Shrink || proposal.memory == Verdict::Shrink
}

fn order<T: Trial>(all: &T, today: &FleetPlan) -> Vec<usize> {
    let part = |plan: &FleetPlan, service: &str| {
        let planned = plan.services.iter().find(|row| row.service_name == service);
        planned.map_or(0, |row| row.usd_per_hour.grid_units())
    };
    let mut falls: Vec<(usize, i64)> = (all.proposals().iter().enumerate())
        .filter(|(_, proposal)| is_cut(proposal))
        .map(|(index, proposal)| {
            let name = &proposal.service;
            (index, part(today, name) - part(all.plan(), name))
        })
        .collect();
    falls.sort_by_key(|&(index, fall)| (std::cmp::Reverse(fall), index));
    falls.into_iter().map(|(index, _)| index).collect()
}

fn without(proposals: &[Proposal], kept: &[usize]) -> Vec<Proposal> {
    let mut proposals = proposals.to_vec();
    for &index in kept {
        let proposal = &mut proposals[index];
        let (size, today) = (proposal.size, proposal.today);
        proposal.resize(Size {
            cpu: size.cpu.max(today.cpu),
            memory: size.memory.max(today.memory),
        });
    }
    proposals
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_double_up_to_all() {
        assert_eq!(numbers(0), [0]);
        assert_eq!(numbers(1), [0, 1]);
        assert_eq!(numbers(9), [0, 1, 2, 4, 8, 9]);
    }
}

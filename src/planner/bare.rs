//! A bare packing problem through the optimizer: the core with nothing in front of it.

use crate::check::check_packing;
use crate::domain::packing::{
    Grid, NoPackingReason, PackedBins, PackingProblem, PackingProof, PackingSolution, PackingStatus,
};
use crate::optimize::duals::Duals;
use crate::optimize::feasibility::{Feasibility, feasibility, is_short};
use crate::optimize::heuristics::{dot_product::dot_product, first_fit::first_fit};
use crate::optimize::listener::Listener;
use crate::optimize::outcome::{Ending, Outcome, Status};
use crate::optimize::pattern::Packing;
use crate::optimize::problem::{BinLimit, BinType, ItemType, Problem};
use crate::optimize::solve::{Options, Start, default_work_limit, solve};
use crate::optimize::stop::{Budget, Stop, Within, WorkMeter};

use crate::proof::NotProven;

use super::options::PlanError;
use super::proven_packing::proven;

/// What a caller may choose.
#[derive(Debug, Clone, Copy, Default)]
pub struct PackOptions {
    /// Stop when (cost − bound) / cost is at most this.
    pub gap: f64,
    /// Counted work; `None` = [`WORK_FACTOR`] times the planner's default.
    pub work_limit: Option<u64>,
    /// Seed of the random choices.
    pub seed: u64,
    /// Whether a proof of the bound is made.
    pub proof: bool,
}

/// A packing problem alone deserves more patience than a step of the planner.
pub const WORK_FACTOR: u64 = 10;

/// A solution and what the independent check has against it: nothing, unless there is a bug.
#[derive(Debug, Clone, PartialEq)]
pub struct Packed {
    /// The solution.
    pub solution: PackingSolution,
    /// Findings of the check.
    pub violations: Vec<String>,
    /// Counted work spent.
    pub work: u64,
    /// Why the search ended; `None` where it showed that there is no packing.
    pub ending: Option<Ending>,
    /// The proof of the bound, where one was asked for, or why there is none.
    pub proof: Option<Result<PackingProof, NotProven>>,
}

/// Solves a packing problem and checks the packing. Seconds are left at 0: clocks are the caller's.
///
/// # Errors
/// When the problem cannot be counted (the importer has said so before) or the LP solver fails.
pub fn pack(
    problem: &PackingProblem,
    options: &PackOptions,
    stop: &dyn Stop,
    listener: &dyn Listener,
) -> Result<Packed, PlanError> {
    let grid = Grid::try_new(problem).expect("the importer refuses numbers that cannot be counted");
    let bare = translate(problem, &grid)?;
    let mut solved = solved(problem, &grid, &bare, options, stop, listener)?;
    let at_bound = solved.at_bound.take();
    let proof = (options.proof)
        .then(|| {
            let found = (&solved.solution, at_bound);
            proven(problem, (&grid, &bare), found, stop)
        })
        .transpose()?;
    if let Some(Ok(proof)) = &proof {
        solved.solution.take_proven(proof.bound);
    }
    Ok(Packed {
        violations: check_packing(problem, &solved.solution),
        solution: solved.solution,
        work: solved.work,
        ending: solved.ending,
        proof,
    })
}

fn translate(problem: &PackingProblem, grid: &Grid) -> Result<Problem, PlanError> {
    let bins = (grid.capacities.iter().zip(&grid.costs))
        .map(|(capacity, &cost)| BinType {
            capacity: capacity.clone(),
            cost,
            admits: None,
            requires: None,
        })
        .collect();
    let items = (grid.sizes.iter().zip(&problem.items))
        .map(|(size, item)| ItemType {
            size: size.clone(),
            demand: item.demand,
            max_per_bin: None,
        })
        .collect();
    let limits = (problem.bins.iter().enumerate())
        .filter_map(|(index, bin)| {
            Some(BinLimit {
                bins: vec![index],
                upper: bin.limit?,
            })
        })
        .collect();
    Ok(Problem::try_new(problem.dims.len(), bins, items, limits)?)
}

fn solved(
    problem: &PackingProblem,
    grid: &Grid,
    bare: &Problem,
    options: &PackOptions,
    stop: &dyn Stop,
    listener: &dyn Listener,
) -> Result<Solved, PlanError> {
    if is_short(bare) {
        return Ok(Solved::none(infeasible(problem, bare), 0));
    }
    let limit = (options.work_limit)
        .unwrap_or_else(|| WORK_FACTOR * default_work_limit(bare.items().len()));
    // With a clock and no work limit, the clock alone holds.
    let limit = match stop.remaining() {
        Some(_) => options.work_limit.unwrap_or(u64::MAX),
        None => limit,
    };
    let work = WorkMeter::new(limit);
    let mut rest = limit;
    let mut start = Start::default();
    let is_tight = || {
        [dot_product(bare, stop), first_fit(bare, stop)]
            .iter()
            .all(|packing| packing.missing(bare).iter().any(|&copies| copies > 0))
    };
    if !bare.limits().is_empty() && is_tight() {
        let half = Budget::new(stop, &work).share(1, 2);
        let solve_options = Options {
            work_limit: Some(half.left()),
            seed: options.seed,
            ..Options::default()
        };
        let (found, spent) = feasibility(bare, &solve_options, &Within(half), listener)?;
        match found {
            Feasibility::Impossible => return Ok(Solved::none(infeasible(problem, bare), spent)),
            Feasibility::Packing(packing) => start.packings.push(packing),
            Feasibility::Unknown => {}
        }
        work.spend(spent);
        // What this half leaves over is not passed on; with a clock there are no halves.
        rest = if limit == u64::MAX {
            limit
        } else {
            limit - limit / 2
        };
    }
    let solve_options = Options {
        gap: options.gap,
        work_limit: Some(rest),
        seed: options.seed,
        start,
        ..Options::default()
    };
    let outcome = solve(bare, &solve_options, stop, listener)?;
    Ok(Solved {
        work: work.spent() + outcome.statistics.work,
        ending: Some(outcome.ending.clone()),
        at_bound: outcome.at_bound.clone(),
        solution: from_outcome(grid, outcome),
    })
}

/// A solution, and how it came about.
struct Solved {
    solution: PackingSolution,
    work: u64,
    ending: Option<Ending>,
    /// Duals at which the bound of the linear program was proven.
    at_bound: Option<Duals>,
}

impl Solved {
    /// That there is none.
    const fn none(solution: PackingSolution, work: u64) -> Self {
        Self {
            solution,
            work,
            ending: None,
            at_bound: None,
        }
    }
}

fn from_outcome(grid: &Grid, outcome: Outcome) -> PackingSolution {
    let status = match outcome.status {
        Status::Optimal => PackingStatus::Optimal,
        Status::Feasible => PackingStatus::Feasible,
        Status::Incomplete => PackingStatus::Unknown,
    };
    let is_packed = status != PackingStatus::Unknown;
    PackingSolution {
        status,
        cost: is_packed.then(|| grid.cost(outcome.cost)),
        bound: outcome.bound.map(|bound| grid.cost(bound)),
        proven: None,
        seconds: 0.0,
        patterns: if is_packed {
            patterns(outcome.packing)
        } else {
            Vec::new()
        },
        reasons: Vec::new(),
    }
}

fn patterns(mut packing: Packing) -> Vec<PackedBins> {
    packing.normalise();
    (packing.bins.into_iter())
        .map(|(pattern, count)| PackedBins {
            bin: pattern.bin,
            count,
            items: pattern.content,
        })
        .collect()
}

/// The answer that there is none, with the items that no bin can hold.
fn infeasible(problem: &PackingProblem, bare: &Problem) -> PackingSolution {
    let fits = |item: usize| {
        (0..problem.bins.len())
            .any(|bin| problem.bins[bin].limit != Some(0) && bare.fits(bin, item))
    };
    let mut reasons: Vec<NoPackingReason> = (problem.items.iter().enumerate())
        .filter(|&(index, item)| item.demand > 0 && !fits(index))
        .map(|(item, _)| NoPackingReason::FitsNoBin { item })
        .collect();
    if reasons.is_empty() {
        reasons.push(NoPackingReason::TooFewBins);
    }
    PackingSolution {
        status: PackingStatus::Infeasible,
        cost: None,
        bound: None,
        proven: None,
        seconds: 0.0,
        patterns: Vec::new(),
        reasons,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::packing::{BinKind, ItemKind};
    use crate::optimize::listener::Silent;
    use crate::optimize::stop::Never;
    use rust_decimal::Decimal;

    fn problem(limit: Option<u64>, demand: u64) -> PackingProblem {
        PackingProblem {
            name: "p".to_owned(),
            dims: vec!["d".to_owned()],
            bins: vec![BinKind {
                id: "b".to_owned(),
                capacity: vec![Decimal::from(10)],
                cost: Decimal::new(816, 4),
                limit,
            }],
            items: vec![ItemKind {
                id: "i".to_owned(),
                size: vec![Decimal::new(25, 1)],
                demand,
            }],
            best_known: None,
        }
    }

    fn packed(limit: Option<u64>, demand: u64) -> PackingSolution {
        let packed = pack(
            &problem(limit, demand),
            &PackOptions::default(),
            &Never,
            &Silent,
        );
        let packed = packed.expect("solved");
        assert_eq!(packed.violations, Vec::<String>::new());
        packed.solution
    }

    #[test]
    fn a_million_million_copies_are_counted_exactly() {
        let solution = packed(None, 1_000_000_000_001);
        assert_eq!(solution.status, PackingStatus::Optimal);
        assert_eq!(solution.bins(), 250_000_000_001);
        assert_eq!(solution.cost, Some(Decimal::new(204_000_000_000_816, 4)));
    }

    #[test]
    fn limits_that_leave_too_few_bins_are_infeasible() {
        let solution = packed(Some(2), 9);
        assert_eq!(solution.status, PackingStatus::Infeasible);
        assert_eq!(solution.reasons, [NoPackingReason::TooFewBins]);
        assert_eq!(packed(Some(3), 9).status, PackingStatus::Optimal);
        assert_eq!(packed(Some(0), 0).status, PackingStatus::Optimal);
    }
}

//! The linear relaxation alone: a proven bound, duals and patterns, without looking for a packing.

use super::column_generation::rounds::ColumnGeneration;
use super::duals::Duals;
use super::heuristics::dot_product::dot_product;
use super::integer::blocks::Blocks;
use super::lp::LpError;
use super::pattern::Pattern;
use super::problem::{Cost, Problem};
use super::reduce::reduce_bins;
use super::room::{Room, counts};
use super::stop::{Budget, Stop, Within, WorkMeter};

/// What the relaxation tells.
#[derive(Debug, Clone, Default)]
pub struct Relaxed {
    /// No packing costs less.
    pub bound: Option<Cost>,
    /// What a copy of each item is worth, on the cost grid.
    pub duals: Vec<f64>,
    /// The (non-positive) worth of one more copy under each limit on copies, on the cost grid.
    pub copy_duals: Vec<f64>,
    /// All duals at which the bound was proven, on the cost grid; `None` without a bound.
    pub at_bound: Option<Duals>,
    /// Patterns of the optimal solution, and those that nearly are.
    pub patterns: Vec<Pattern>,
    /// Work units spent.
    pub work: u64,
}

/// The master is taken as solved when its bound is so close.
const CONVERGED: f64 = 2e-5;

/// Patterns returned, for each item: those of the lowest reduced costs.
const PATTERNS_PER_ITEM: usize = 2;

/// Solves the relaxation, or as much of it as the limits allow, beginning at `duals` where they are known.
///
/// # Errors
/// When the LP solver fails.
pub fn relax(
    problem: &Problem,
    duals: Option<&[f64]>,
    work_limit: u64,
    stop: &dyn Stop,
) -> Result<Relaxed, LpError> {
    let reduction = reduce_bins(problem);
    let reduced = &reduction.problem;
    let demands: Vec<u64> = reduced.items().iter().map(|item| item.demand).collect();
    if demands.is_empty() || reduced.bins().is_empty() {
        return Ok(Relaxed {
            duals: vec![0.0; problem.items().len()],
            copy_duals: vec![0.0; problem.copy_limits().len()],
            ..Relaxed::default()
        });
    }
    let items = demands.len();
    let work = WorkMeter::new(work_limit);
    let budget = Budget::new(stop, &work);
    let start = dot_product(reduced, stop)
        .bins
        .into_iter()
        .map(|(pattern, _)| pattern);
    let mut generation = ColumnGeneration::try_new(reduced, demands, start)?;
    let known = duals.map(|duals| reduction.reduced_values(duals));
    let seed = seed_by_blocks(reduced, known.as_deref(), budget.share(1, 2))?;
    work.spend(seed.as_ref().map_or(0, |seed| seed.work));
    match (seed, known) {
        (Some(seed), _) => {
            for pattern in seed.patterns {
                generation.add(pattern)?;
            }
            generation.centre_at(&seed.duals, Some(&seed.copy_duals));
            generation.price_centre(budget)?;
        }
        (None, Some(known)) => {
            generation.centre_at(&known, None);
            generation.price_centre(budget)?;
        }
        (None, None) => generation.relaxed_start(budget.share(1, 3))?,
    }
    generation.run(CONVERGED, 3, budget)?;
    let values = generation.duals().unwrap_or_default();
    let duals = reduction.item_values(&values, problem.items().len());
    #[allow(clippy::cast_possible_truncation)]
    let bound = generation
        .bound()
        .map(|bound| (bound * (1.0 - 1e-10)).floor() as Cost);
    Ok(Relaxed {
        bound,
        duals: duals.into_iter().map(|dual| dual.unwrap_or(0.0)).collect(),
        copy_duals: reduction.original_limits(&generation.copy_duals(), problem),
        at_bound: (generation.at_bound()).map(|duals| reduction.original_duals(&duals, problem)),
        patterns: (generation.promising(PATTERNS_PER_ITEM * items).iter())
            .map(|pattern| reduction.unmerged(pattern))
            .collect(),
        work: work.spent(),
    })
}

/// Patterns and duals of the blocks of a problem, each relaxed by itself with every limit on copies used up;
/// `None` where there is only one block. Where it is cheapest to use the limits up, as with Spot, these are the
/// optimal duals; elsewhere they are a start.
///
/// An item is worth what it is worth in a block without limits, and a limit takes off what it is worth less in the
/// block that it counts.
fn seed_by_blocks(
    problem: &Problem,
    known: Option<&[f64]>,
    budget: Budget<'_>,
) -> Result<Option<Relaxed>, LpError> {
    let blocks = Blocks::new(problem);
    if blocks.count < 2 || problem.copy_limits().is_empty() {
        return Ok(None);
    }
    let demands: Vec<u64> = problem.items().iter().map(|item| item.demand).collect();
    let shares = blocks.filled(problem, &demands);
    let room = Room::new(problem);
    let mut seed = Relaxed {
        duals: vec![0.0; demands.len()],
        copy_duals: vec![0.0; problem.copy_limits().len()],
        ..Relaxed::default()
    };
    let mut relaxed = Vec::new();
    for (block, share) in shares.iter().enumerate() {
        let part = u32::try_from(blocks.count - block).unwrap_or(1);
        let budget = budget.share(1, part);
        let own = problem
            .settled(share, &room)
            .only_bins(&|bin| blocks.of_bin[bin] == block);
        // Known worths are those of blocks without limits.
        let limited = (0..demands.len())
            .any(|item| share[item] > 0 && blocks.is_limited(problem, block, item));
        let known = known.filter(|_| !limited);
        let own = relax(&own, known, budget.left(), &Within(budget))?;
        budget.work.spend(own.work);
        relaxed.push(own);
    }
    for (item, worth) in seed.duals.iter_mut().enumerate() {
        let limited = |block: usize| blocks.is_limited(problem, block, item);
        let of = |block: usize| (shares[block][item] > 0).then(|| relaxed[block].duals[item]);
        let free = (0..blocks.count)
            .filter(|&block| !limited(block))
            .find_map(of);
        let bound = (0..blocks.count)
            .filter(|&block| limited(block))
            .find_map(of);
        *worth = free.or(bound).unwrap_or(0.0);
        if let (Some(free), Some(bound)) = (free, bound) {
            let rows = (0..problem.copy_limits().len()).filter(|&row| counts(problem, row, item));
            for row in rows {
                seed.copy_duals[row] = (bound - free).min(0.0);
            }
        }
    }
    seed.patterns = relaxed.into_iter().flat_map(|own| own.patterns).collect();
    Ok(Some(seed))
}

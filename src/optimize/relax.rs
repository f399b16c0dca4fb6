//! The linear relaxation alone: a proven bound, duals and patterns, without looking for a packing.

use super::column_generation::rounds::ColumnGeneration;
use super::heuristics::dot_product::dot_product;
use super::lp::LpError;
use super::pattern::Pattern;
use super::problem::{Cost, Problem};
use super::reduce::reduce_bins;
use super::stop::{Budget, Stop, WorkMeter};

/// What the relaxation tells.
#[derive(Debug, Clone, Default)]
pub struct Relaxed {
    /// No packing costs less.
    pub bound: Option<Cost>,
    /// What a copy of each item is worth, on the cost grid.
    pub duals: Vec<f64>,
    /// Patterns found.
    pub patterns: Vec<Pattern>,
    /// Work units spent.
    pub work: u64,
}

/// The master is taken as solved when its bound is so close.
const CONVERGED: f64 = 1e-6;

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
            ..Relaxed::default()
        });
    }
    let work = WorkMeter::new(work_limit);
    let budget = Budget::new(stop, &work);
    let start = dot_product(reduced)
        .bins
        .into_iter()
        .map(|(pattern, _)| pattern);
    let mut generation = ColumnGeneration::try_new(reduced, demands, start)?;
    match duals {
        Some(duals) => generation.centre_at(&reduction.reduced_values(duals)),
        None => generation.relaxed_start(budget.share(1, 3))?,
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
        patterns: (generation.pool.patterns().iter())
            .map(|pattern| reduction.unmerged(pattern))
            .collect(),
        work: work.spent(),
    })
}

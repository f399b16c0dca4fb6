//! The proven lower bound.
//!
//! For any `π ≥ 0`, `μ ≤ 0`, `ω ≤ 0`, `ν ≥ 0` and `κ ≥ 0` with `U_o(π, ω) ≤ ĉ_o = c_o − Σ_{G∋o} μ_G − ν − Σ_{B∋o} κ_B` for every
//! bin type, `Σ_i π_i n_i + Σ_G μ_G L_G + Σ_r ω_r L_r + ν F + Σ_B κ_B F_B` bounds the cost of every packing from below (weak
//! duality of the master); a group counts as the smaller of what its copies are worth and its cost outside.
//! Pricing gives `U_o ≥ max_a Σ_i (π_i + Σ_{r∋(i,o)} ω_r) a_i`. Where `U_o` is too large, `π` and `ω` are scaled
//! down by `θ = min_o ĉ_o / U_o` (Farley 1990); types under a limit of their own may instead pay for their
//! largest excess through its multiplier. Empty bins cost something: `ν` and `κ` are lowered until every `ĉ_o ≥ 0`. Sums are computed here, not taken from the LP solver, and the result is
//! lowered by more than the rounding error they can have.
//!
//! Reference: A. A. Farley, A note on bounding a class of linear programming problems, including cutting
//! stock problems, Operations Research 38(5), 1990, doi:10.1287/opre.38.5.922.

use crate::optimize::duals::Duals;
use crate::optimize::pricing::contract::Answer;
use crate::optimize::problem::Problem;

/// Relative margin far above the rounding error of a few thousand additions of doubles.
pub const MARGIN: f64 = 1e-11;

/// Worth of all demands and limits at these duals, and the sum of the terms' sizes, for the margin.
pub fn worth(problem: &Problem, demands: &[u64], duals: &Duals, scale: f64) -> (f64, f64) {
    let mut terms: Vec<f64> = Vec::with_capacity(demands.len());
    for (item, (dual, &demand)) in duals.items.iter().zip(demands).enumerate() {
        if problem.group_of(item).is_none() {
            terms.push(dual * demand as f64);
        }
    }
    let mut counted = vec![false; problem.copy_limits().len()];
    for index in 0..problem.groups().len() {
        terms.push(group_worth(problem, index, demands, duals, scale));
        for &row in problem.copy_limits_of_group(index) {
            counted[row] = true;
        }
    }
    for (limit, dual) in problem.limits().iter().zip(&duals.limits) {
        terms.push(dual * limit.upper as f64);
    }
    for (row, (limit, dual)) in problem.copy_limits().iter().zip(&duals.copies).enumerate() {
        if !counted[row] {
            terms.push(dual * limit.upper as f64);
        }
    }
    if let Some(floor) = problem.floor() {
        terms.push(duals.floor * floor.lower as f64);
    }
    for (used, dual) in problem.used_bins().iter().zip(&duals.used) {
        terms.push(dual * used.lower as f64);
    }
    (
        terms.iter().sum(),
        terms.iter().map(|term| term.abs()).sum(),
    )
}

/// Worth of a group: the smaller of what its copies are worth, with the limits that count them alone, and its cost outside.
pub fn group_worth(
    problem: &Problem,
    index: usize,
    demands: &[u64],
    duals: &Duals,
    scale: f64,
) -> f64 {
    let group = &problem.groups()[index];
    let base: f64 = (group.items.iter())
        .map(|&item| duals.items[item] * demands[item] as f64)
        .sum();
    let mut cheapest: Vec<f64> = group.items.iter().map(|&item| duals.items[item]).collect();
    cheapest.sort_by(f64::total_cmp);
    let extra = usize::try_from(group.extra).unwrap_or(usize::MAX);
    let mut inside = base + cheapest.iter().take(extra).sum::<f64>();
    for &row in problem.copy_limits_of_group(index) {
        inside += duals.copies[row] * problem.copy_limits()[row].upper as f64;
    }
    let outside = group
        .outside
        .map_or(f64::INFINITY, |cost| cost as f64 * scale);
    inside.min(outside)
}

/// Bin type and bound of each answer; `None` where one of them proves nothing.
fn proven(answers: &[Answer]) -> Option<Vec<(usize, f64)>> {
    (answers.iter())
        .map(|answer| Some((answer.bin, answer.proof.bound()?)))
        .collect()
}

/// The Lagrangian bound at `duals`, given pricing's answer for every type that can hold something; minus infinity where
/// an answer proves nothing.
pub fn lagrangian(
    problem: &Problem,
    demands: &[u64],
    duals: &Duals,
    costs: &[f64],
    answers: &[Answer],
    scale: f64,
) -> f64 {
    let Some(bounds) = proven(answers) else {
        return f64::NEG_INFINITY;
    };
    let own_limit = own_limits(problem);
    let scaled = (bounds.iter().copied()).filter(|&(bin, _)| own_limit[bin].is_none());
    let theta = least_scale(costs, scaled);
    let (value, size) = worth(problem, demands, &duals.scaled(theta), scale);
    let mut excess = vec![0.0_f64; problem.limits().len()];
    for (bin, bound) in bounds {
        if let Some(limit) = own_limit[bin] {
            excess[limit] = excess[limit].max(theta * bound - costs[bin]);
        }
    }
    let paid: f64 = (excess.iter().zip(problem.limits()))
        .map(|(excess, limit)| excess * limit.upper as f64)
        .sum();
    value - paid - (size + paid) * MARGIN
}

/// Largest `θ ≤ 1` with `θ·U_o ≤ ĉ_o` for every type: duals scaled by it overprice no pattern. `None` where an answer
/// proves nothing.
pub fn scaling(costs: &[f64], answers: &[Answer]) -> Option<f64> {
    Some(least_scale(costs, proven(answers)?.into_iter()))
}

fn least_scale(costs: &[f64], bounds: impl Iterator<Item = (usize, f64)>) -> f64 {
    bounds
        .filter(|&(bin, bound)| bound > costs[bin])
        .map(|(bin, bound)| costs[bin] / bound)
        .fold(1.0_f64, f64::min)
        .max(0.0)
}

/// The limit of its own that a bin type is under, if any: one that counts it alone, or only bins that cost
/// nothing (which cannot be scaled to cost more than they are worth).
pub fn own_limits(problem: &Problem) -> Vec<Option<usize>> {
    let mut own: Vec<Option<usize>> = vec![None; problem.bins().len()];
    for (index, limit) in problem.limits().iter().enumerate() {
        let free = limit.bins.iter().all(|&bin| problem.bins()[bin].cost == 0);
        if limit.bins.len() > 1 && !free {
            continue;
        }
        for &bin in &limit.bins {
            let tighter = own[bin].is_none_or(|known| problem.limits()[known].upper > limit.upper);
            if tighter {
                own[bin] = Some(index);
            }
        }
    }
    own
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimize::pricing::contract::Proof;
    use crate::optimize::problem::{BinLimit, BinType, ItemType};

    fn answer(bin: usize, bound: f64) -> Answer {
        Answer {
            proof: Proof::Bounded(bound),
            ..Answer::nothing(bin)
        }
    }

    fn problem(limits: Vec<BinLimit>) -> Problem {
        let bin = BinType {
            capacity: vec![10],
            cost: 10,
            admits: None,
            requires: None,
        };
        let item = ItemType {
            size: vec![5],
            demand: 4,
            max_per_bin: None,
        };
        Problem::try_new(1, vec![bin], vec![item], limits).expect("valid")
    }

    #[test]
    fn duals_that_price_too_high_are_scaled_down() {
        let problem = problem(vec![]);
        let duals = Duals {
            items: vec![10.0],
            ..Duals::default()
        };
        // Two copies fit: worth 20 in a bin of cost 10, so duals are halved: 4 × 5 = 20.
        let bound = lagrangian(&problem, &[4], &duals, &[10.0], &[answer(0, 20.0)], 1.0);
        assert!(bound <= 20.0 && bound > 20.0 - 1e-6, "{bound}");
    }

    #[test]
    fn an_answer_that_proves_nothing_leaves_no_bound() {
        let problem = problem(vec![]);
        let duals = Duals {
            items: vec![1.0],
            ..Duals::default()
        };
        let answers = [Answer::nothing(0)];
        let bound = lagrangian(&problem, &[4], &duals, &[10.0], &answers, 1.0);
        assert!(bound.is_infinite() && bound < 0.0);
        assert_eq!(scaling(&[10.0], &answers), None);
    }

    #[test]
    fn a_limited_bin_pays_through_its_limit() {
        let problem = problem(vec![BinLimit {
            bins: vec![0],
            upper: 1,
        }]);
        let duals = Duals {
            items: vec![10.0],
            limits: vec![0.0],
            ..Duals::default()
        };
        // 40 − 1 · (20 − 10): the one bin saves at most ten.
        let bound = lagrangian(&problem, &[4], &duals, &[10.0], &[answer(0, 20.0)], 1.0);
        assert!(bound <= 30.0 && bound > 30.0 - 1e-6, "{bound}");
    }
}

//! The proven lower bound.
//!
//! For any `π ≥ 0` and `μ ≤ 0` with `U_o(π) ≤ c_o − Σ_{G∋o} μ_G` for every bin type,
//! `Σ_i π_i n_i + Σ_G μ_G L_G` bounds the cost of every packing from below (weak duality of the master).
//! Pricing gives `U_o(π) ≥ max_a π·a`. Where `U_o` is too large, `π` is scaled down by
//! `θ = min_o ĉ_o / U_o` (Farley 1990); a type with a limit of its own may instead pay for its excess
//! through its limit's multiplier. Sums are computed here, not taken from the LP solver, and the result is
//! lowered by more than the rounding error they can have.
//!
//! Reference: A. A. Farley, A note on bounding a class of linear programming problems, including cutting
//! stock problems, Operations Research 38(5), 1990, doi:10.1287/opre.38.5.922.

use crate::optimize::pricing::oracle::Answer;
use crate::optimize::problem::Problem;

/// Relative margin far above the rounding error of a few thousand additions of doubles.
const MARGIN: f64 = 1e-11;

/// Duals of the master: one per item, one per limit.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Duals {
    /// Per item, ≥ 0.
    pub items: Vec<f64>,
    /// Per limit, ≤ 0.
    pub limits: Vec<f64>,
}

impl Duals {
    /// `weight · self + (1 − weight) · other`.
    #[must_use]
    pub fn blend(&self, other: &Self, weight: f64) -> Self {
        let mix = |a: &[f64], b: &[f64]| {
            a.iter()
                .zip(b)
                .map(|(x, y)| weight * x + (1.0 - weight) * y)
                .collect()
        };
        Self {
            items: mix(&self.items, &other.items),
            limits: mix(&self.limits, &other.limits),
        }
    }
}

/// `ĉ_o = c_o − Σ_{G∋o} μ_G` for every bin type, in units of `scale` per grid unit.
pub fn reduced_bin_costs(problem: &Problem, duals: &Duals, scale: f64) -> Vec<f64> {
    let mut costs: Vec<f64> = problem
        .bins()
        .iter()
        .map(|bin| bin.cost as f64 * scale)
        .collect();
    for (limit, dual) in problem.limits().iter().zip(&duals.limits) {
        for &bin in &limit.bins {
            costs[bin] -= dual;
        }
    }
    costs
}

/// The Lagrangian bound at `duals`, given pricing's bound for every type that can hold something.
pub fn lagrangian(
    problem: &Problem,
    demands: &[u64],
    duals: &Duals,
    costs: &[f64],
    answers: &[Answer],
) -> f64 {
    let own_limit = own_limits(problem);
    let theta = answers
        .iter()
        .filter(|answer| own_limit[answer.bin].is_none() && answer.bound > costs[answer.bin])
        .map(|answer| costs[answer.bin] / answer.bound)
        .fold(1.0_f64, f64::min)
        .max(0.0);
    let value: f64 = duals
        .items
        .iter()
        .zip(demands)
        .map(|(dual, &demand)| dual * demand as f64)
        .sum::<f64>()
        * theta;
    let mut paid: f64 = problem
        .limits()
        .iter()
        .zip(&duals.limits)
        .map(|(limit, dual)| dual * limit.upper as f64)
        .sum();
    for answer in answers {
        if let Some(limit) = own_limit[answer.bin] {
            paid -= (theta * answer.bound - costs[answer.bin]).max(0.0) * limit as f64;
        }
    }
    let bound = value + paid;
    bound - (value.abs() + paid.abs()) * MARGIN
}

/// Largest `θ ≤ 1` with `θ·U_o ≤ ĉ_o` for every type: duals scaled by it overprice no pattern.
pub fn scaling(costs: &[f64], answers: &[Answer]) -> f64 {
    answers
        .iter()
        .filter(|answer| answer.bound > costs[answer.bin])
        .map(|answer| costs[answer.bin] / answer.bound)
        .fold(1.0_f64, f64::min)
        .max(0.0)
}

/// The smallest limit that counts one bin type alone.
fn own_limits(problem: &Problem) -> Vec<Option<u64>> {
    let mut own: Vec<Option<u64>> = vec![None; problem.bins().len()];
    for limit in problem.limits() {
        if let [bin] = limit.bins[..] {
            own[bin] = Some(own[bin].map_or(limit.upper, |upper| upper.min(limit.upper)));
        }
    }
    own
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimize::problem::{BinLimit, BinType, ItemType};

    fn answer(bin: usize, bound: f64) -> Answer {
        Answer {
            bin,
            bound,
            patterns: vec![],
            relaxed: None,
        }
    }

    fn problem(limits: Vec<BinLimit>) -> Problem {
        let bin = BinType {
            capacity: vec![10],
            cost: 10,
            admits: None,
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
            limits: vec![],
        };
        // Two copies fit: worth 20 in a bin of cost 10, so duals are halved: 4 × 5 = 20.
        let bound = lagrangian(&problem, &[4], &duals, &[10.0], &[answer(0, 20.0)]);
        assert!(bound <= 20.0 && bound > 20.0 - 1e-6, "{bound}");
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
        };
        // 40 − 1 · (20 − 10): the one bin saves at most ten.
        let bound = lagrangian(&problem, &[4], &duals, &[10.0], &[answer(0, 20.0)]);
        assert!(bound <= 30.0 && bound > 30.0 - 1e-6, "{bound}");
    }
}

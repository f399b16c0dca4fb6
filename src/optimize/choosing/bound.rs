//! The proven bound: a line in the weight that may be chosen.
//!
//! With `θ` as in [`column_generation::bound`](crate::optimize::column_generation::bound) and what an alternative's items and groups are worth at the
//! scaled duals, `v_o`, weak duality gives
//!
//! ```text
//! cost ≥ Σ_{of no alternative} v + Σ_choices min_{o∈c} (v_o + λ w_o) − λ W + (limits) − (what bins under limits of their own are worth too much)
//! ```
//! since of every choice some alternative is packed, and what is packed is worth no more than it costs. It holds for every `W` at once.

use super::Choosing;
use super::rows::Prices;
use crate::optimize::column_generation::bound::{MARGIN, group_worth, own_limits};
use crate::optimize::duals::{Duals, reduced_bin_costs};
use crate::optimize::pricing::contract::Answer;
use crate::optimize::problem::Cost;

/// No packing of so much weight costs less than `intercept − slope · W`, on the cost grid.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Line {
    /// Bound where no weight is chosen.
    pub intercept: f64,
    /// What a unit of weight may save; not negative.
    pub slope: f64,
}

impl Line {
    /// The bound for so much weight.
    pub fn at(&self, weight: f64) -> f64 {
        self.slope.mul_add(-weight, self.intercept)
    }
}

/// The best of the lines for so much weight, on the cost grid and never below nothing; `None` without a line.
pub fn bound_at(lines: &[Line], weight: f64) -> Option<Cost> {
    let best = lines
        .iter()
        .map(|line| line.at(weight))
        .max_by(f64::total_cmp)?;
    // Below 2⁵³, as every cost of a problem is; down, since weights need not be whole.
    #[allow(clippy::cast_possible_truncation)]
    best.is_finite().then(|| best.floor().max(0.0) as Cost)
}

/// The line of these prices, given pricing's answer for every bin type that can hold something; `None` where an answer proves nothing.
pub fn line(choosing: &Choosing, prices: &Prices, answers: &[Answer], scale: f64) -> Option<Line> {
    let problem = &choosing.problem;
    let costs = reduced_bin_costs(problem, &prices.duals, scale);
    let mut most = vec![0.0_f64; problem.bins().len()];
    for answer in answers {
        most[answer.bin] = answer.proof.bound()?;
    }
    let own = own_limits(problem);
    let theta = (0..most.len())
        .filter(|&bin| own[bin].is_none() && most[bin] > costs[bin])
        .map(|bin| costs[bin] / most[bin])
        .fold(1.0_f64, f64::min)
        .max(0.0);
    let mut of_limits = vec![0.0_f64; problem.limits().len()];
    for bin in 0..most.len() {
        if let Some(limit) = own[bin] {
            of_limits[limit] = of_limits[limit].max(theta.mul_add(most[bin], -costs[bin]));
        }
    }
    let paid = (of_limits.iter().zip(problem.limits()))
        .map(|(excess, limit)| excess * limit.upper as f64)
        .sum::<f64>();
    let (value, size) = worth(choosing, &prices.duals.scaled(theta), prices.weight, scale);
    Some(Line {
        intercept: (value - paid - (size + paid) * MARGIN) / scale,
        slope: prices.weight / scale,
    })
}

/// What is worth something whatever is chosen, with the least that every choice is worth; and the sum of the terms' sizes.
fn worth(choosing: &Choosing, duals: &Duals, lambda: f64, scale: f64) -> (f64, f64) {
    let problem = &choosing.problem;
    let demands: Vec<u64> = problem.items().iter().map(|item| item.demand).collect();
    let mut of = vec![0.0_f64; choosing.alternatives.len()];
    let mut sizes = 0.0;
    let mut fixed = 0.0;
    let mut add = |alternative: Option<usize>, term: f64| {
        sizes += term.abs();
        match alternative {
            Some(index) => of[index] += term,
            None => fixed += term,
        }
    };
    for (item, (dual, &demand)) in duals.items.iter().zip(&demands).enumerate() {
        if problem.group_of(item).is_none() {
            add(choosing.of_item[item], dual * demand as f64);
        }
    }
    let mut counted = vec![false; problem.copy_limits().len()];
    for (group, alternative) in choosing.of_group.iter().enumerate() {
        add(
            *alternative,
            group_worth(problem, group, &demands, duals, scale),
        );
        for &row in problem.copy_limits_of_group(group) {
            counted[row] = true;
        }
    }
    for (limit, dual) in problem.limits().iter().zip(&duals.limits) {
        add(None, dual * limit.upper as f64);
    }
    for (row, (limit, dual)) in problem.copy_limits().iter().zip(&duals.copies).enumerate() {
        if !counted[row] {
            add(None, dual * limit.upper as f64);
        }
    }
    if let Some(floor) = problem.floor() {
        add(None, duals.floor * floor.lower as f64);
    }
    let weighed = |&index: &usize| of[index] + lambda * choosing.alternatives[index].weight;
    let chosen: f64 = (choosing.choices.iter())
        .map(|choice| choice.iter().map(weighed).fold(f64::INFINITY, f64::min))
        .filter(|least| least.is_finite())
        .sum();
    let weights: f64 = (choosing.alternatives.iter()).map(|it| it.weight).sum();
    (fixed + chosen, sizes + lambda * weights)
}

//! The proven bound: a line in the number of copies moved.
//!
//! For any `π ≥ 0`, `μ, ω ≤ 0`, `ν, ρ ≥ 0`, with `ĉ_o = c_o − Σ_{G∋o} μ_G − ν` (of bins of today less `ρ B_i`), `U_o` no less than what
//! any pattern of `o` beside its content is worth, and `θ ≤ 1` with `θ U_o ≤ ĉ_o` for new bins, weak duality gives
//!
//! ```text
//! cost ≥ worth(θπ, μ, θω, ν) + ρ (Σ_i B_i m_i − N) − Σ_i m_i max(0, θ (π b_i + U_i) − ĉ_i)
//! ```
//! where `worth` is that of [`column_generation::bound`](crate::optimize::column_generation::bound). A class of today pays for its excess
//! through its number of bins, and new bins under a limit of their own through that.

use super::Keeping;
use super::rows::Prices;
use crate::optimize::column_generation::bound::{MARGIN, own_limits, worth};
use crate::optimize::duals::reduced_bin_costs;
use crate::optimize::pricing::contract::Answer;
use crate::optimize::problem::Cost;

/// No packing that moves at most `N` copies costs less than `intercept − slope · N`, on the cost grid.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Line {
    /// Bound where nothing moves.
    pub intercept: f64,
    /// What a move may save; not negative.
    pub slope: f64,
}

impl Line {
    /// The bound for packings that move at most so many copies.
    pub fn at(&self, moves: u64) -> f64 {
        self.slope.mul_add(-(moves as f64), self.intercept)
    }
}

/// The best of the lines for packings that move at most so many copies, rounded up to the grid and never below nothing; `None`
/// without a line.
pub fn bound_at(lines: &[Line], moves: u64) -> Option<Cost> {
    let best = lines
        .iter()
        .map(|line| line.at(moves))
        .max_by(f64::total_cmp)?;
    // Below 2⁵³, as every cost of a problem is.
    #[allow(clippy::cast_possible_truncation)]
    best.is_finite().then(|| best.ceil().max(0.0) as Cost)
}

/// Fewest copies that a packing of at most this cost moves, as far as the lines prove any.
pub fn least_moves(lines: &[Line], cost: Cost) -> u64 {
    // A hair less than what divides, so that rounding never proves a move too many.
    let needed = |line: &Line| {
        ((line.intercept - cost as f64) / line.slope
            - 1e-9 * (1.0 + line.intercept.abs() / line.slope))
            .ceil()
            .max(0.0)
    };
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    (lines.iter())
        .filter(|line| line.slope > 0.0)
        .map(|line| needed(line) as u64)
        .max()
        .unwrap_or(0)
}

/// `ĉ` of every bin, those of today less what their staying is worth.
pub fn reduced_costs(keeping: &Keeping, prices: &Prices, scale: f64) -> Vec<f64> {
    let mut costs = reduced_bin_costs(&keeping.beside, &prices.duals, scale);
    for (cost, class) in costs.iter_mut().zip(&keeping.class_of) {
        if let Some(class) = class {
            *cost -= prices.moves * keeping.classes[*class].copies() as f64;
        }
    }
    costs
}

/// What the content of a class is worth in one of its bins.
pub fn worth_of_content(keeping: &Keeping, prices: &Prices, bin: usize) -> f64 {
    let Some(class) = keeping.class_of[bin] else {
        return 0.0;
    };
    let content = keeping.classes[class].content.iter();
    let content = content.map(|&(item, copies)| (item, copies as f64));
    prices.duals.worth(&keeping.beside, bin, content)
}

/// The line of these prices, given pricing's answer for every bin type that can hold something more; `None` where an answer
/// proves nothing.
pub fn line(keeping: &Keeping, prices: &Prices, answers: &[Answer], scale: f64) -> Option<Line> {
    let problem = &keeping.beside;
    let costs = reduced_costs(keeping, prices, scale);
    let mut most = vec![0.0_f64; problem.bins().len()];
    for answer in answers {
        most[answer.bin] = answer.proof.bound()?;
    }
    let own = own_limits(problem);
    let is_new = |bin: &usize| keeping.class_of[*bin].is_none();
    let theta = (0..most.len())
        .filter(|bin| is_new(bin) && own[*bin].is_none() && most[*bin] > costs[*bin])
        .map(|bin| costs[bin] / most[bin])
        .fold(1.0_f64, f64::min)
        .max(0.0);
    let demands: Vec<u64> = problem.items().iter().map(|item| item.demand).collect();
    let (value, size) = worth(problem, &demands, &prices.duals.scaled(theta), scale);
    let of_classes = keeping.classes.iter().map(|class| {
        let excess = |&bin: &usize| {
            theta.mul_add(
                worth_of_content(keeping, prices, bin) + most[bin],
                -costs[bin],
            )
        };
        let excess = class.bins.iter().map(excess).fold(0.0_f64, f64::max);
        excess * class.count as f64
    });
    let mut of_limits = vec![0.0_f64; problem.limits().len()];
    for bin in (0..most.len()).filter(is_new) {
        if let Some(limit) = own[bin] {
            of_limits[limit] = of_limits[limit].max(theta.mul_add(most[bin], -costs[bin]));
        }
    }
    let of_limits =
        (of_limits.iter().zip(problem.limits())).map(|(excess, limit)| excess * limit.upper as f64);
    let paid: f64 = of_classes.chain(of_limits).sum();
    let stays = prices.moves * keeping.most_moves() as f64;
    let margin = (size + paid + stays) * MARGIN;
    Some(Line {
        intercept: (value + stays - paid - margin) / scale,
        slope: prices.moves / scale,
    })
}

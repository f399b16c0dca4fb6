//! The linear relaxation of the pricing problem, solved by a bounded dual simplex of our own.
//!
//! With `D` dimensions the basis is `D × D` (two to five in practice), so a solve takes microseconds.
//! The method starts dual feasible from any basis with duals `λ ≥ 0`: every nonbasic variable sits at
//! the bound its reduced profit `d_j = p_j − Σ_d λ_d w_jd` asks for. Leaving variables are those outside
//! their bounds; the ratio test steps over breakpoints by flipping bounds ("long step").
//!
//! Any `λ ≥ 0` gives the bound `Σ_d λ_d + Σ_j max(d_j l_j, d_j u_j)` on the integer optimum (weak
//! duality), so a solve that ends early still returns a valid bound.
//! Reference: Maros, Computational Techniques of the Simplex Method, 2003, chapter 10.

use super::knapsack::Knapsack;

const FEASIBLE: f64 = 1e-9;
const PIVOT: f64 = 1e-9;
/// A reduced profit this small, against profits of order one, has no sign.
const ZERO: f64 = 1e-13;
/// Rounding error of a sum, relative to the sum of its terms' sizes, with room.
const ROUNDING: f64 = 1e-12;
/// Extra margin on every bound: far above the rounding error of a sum of a few thousand doubles.
pub const BOUND_MARGIN: f64 = 1e-10;

/// How a solve ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The relaxation is solved.
    Optimal,
    /// Stopped by the pivot limit; the bound is valid, the point is not.
    PivotLimit,
    /// The lower bounds alone exceed the capacity.
    Infeasible,
}

/// A relaxation with changeable variable bounds; keeps its basis between solves.
#[derive(Debug, Clone)]
pub struct Relaxation<'a> {
    knapsack: &'a Knapsack,
    profits: Vec<f64>,
    /// Lower bounds by position.
    pub lower: Vec<f64>,
    /// Upper bounds by position.
    pub upper: Vec<f64>,
    /// Basic variable of each row: a position, or `n + d` for the slack of dimension `d`.
    basis: Vec<usize>,
    is_basic: Vec<bool>,
    /// Which bound a nonbasic position rests at. Its reduced profit says so; where that is zero, the last
    /// flip does, or equal ratios would send the method round in circles.
    at_upper: Vec<bool>,
    /// Inverse of the basis, row-major.
    inverse: Vec<f64>,
    /// Value of each basic variable.
    basic_values: Vec<f64>,
    /// Dual of each dimension.
    lambda: Vec<f64>,
    /// Reduced profit by position.
    pub reduced: Vec<f64>,
    /// Value by position after a solve that ended optimal.
    pub values: Vec<f64>,
    /// Pivots made so far, over all solves.
    pub pivots: u64,
    candidates: Vec<(f64, usize, f64)>,
}

impl<'a> Relaxation<'a> {
    /// The relaxation with the knapsack's own bounds.
    pub fn new(knapsack: &'a Knapsack, profits: Vec<f64>) -> Self {
        let n = knapsack.len();
        let d = knapsack.dimensions;
        let mut inverse = vec![0.0; d * d];
        for row in 0..d {
            inverse[row * d + row] = 1.0;
        }
        let mut is_basic = vec![false; n + d];
        is_basic[n..].fill(true);
        Self {
            knapsack,
            profits,
            lower: vec![0.0; n],
            upper: knapsack.upper.iter().map(|&u| u as f64).collect(),
            basis: (n..n + d).collect(),
            is_basic,
            at_upper: vec![false; n],
            inverse,
            basic_values: vec![0.0; d],
            lambda: vec![0.0; d],
            reduced: vec![0.0; n],
            values: vec![0.0; n],
            pivots: 0,
            candidates: Vec::new(),
        }
    }

    /// Dual of each dimension.
    pub fn multipliers(&self) -> &[f64] {
        &self.lambda
    }

    /// Profits by position.
    pub fn profits(&self) -> &[f64] {
        &self.profits
    }

    /// Solves from the last basis. Returns how it ended and a valid upper bound on the integer optimum
    /// within the present variable bounds (meaningless when infeasible).
    pub fn solve(&mut self) -> (Ending, f64) {
        let limit = 50 + 20 * self.knapsack.dimensions;
        for _ in 0..limit {
            self.price();
            self.place();
            let Some((row, shortfall)) = self.leaving() else {
                self.read_values();
                return (Ending::Optimal, self.bound());
            };
            self.pivots += 1;
            if !self.pivot(row, shortfall) {
                return (Ending::Infeasible, self.bound());
            }
        }
        self.price();
        (Ending::PivotLimit, self.bound())
    }

    /// Duals of the dimensions, `λ = p_B B⁻¹`, and reduced profits.
    fn price(&mut self) {
        let (n, d) = (self.knapsack.len(), self.knapsack.dimensions);
        for column in 0..d {
            let mut dual = 0.0;
            for (row, &basic) in self.basis.iter().enumerate() {
                if basic < n {
                    dual += self.profits[basic] * self.inverse[row * d + column];
                }
            }
            self.lambda[column] = dual.max(0.0);
        }
        for position in 0..n {
            let weight = &self.knapsack.weights[position * d..(position + 1) * d];
            let used: f64 = weight.iter().zip(&self.lambda).map(|(w, l)| w * l).sum();
            self.reduced[position] = self.profits[position] - used;
            if self.reduced[position].abs() > ZERO {
                self.at_upper[position] = self.reduced[position] > 0.0;
            }
        }
    }

    /// The bound a nonbasic position sits at.
    fn rest(&self, position: usize) -> f64 {
        if self.at_upper[position] {
            self.upper[position]
        } else {
            self.lower[position]
        }
    }

    /// Values of the basic variables, `x_B = B⁻¹ (1 − N x_N)`.
    fn place(&mut self) {
        let (n, d) = (self.knapsack.len(), self.knapsack.dimensions);
        let mut right = vec![1.0; d];
        for position in 0..n {
            if self.is_basic[position] {
                continue;
            }
            let value = self.rest(position);
            if value != 0.0 {
                for (r, w) in right.iter_mut().zip(self.knapsack.weight(position)) {
                    *r -= w * value;
                }
            }
        }
        for row in 0..d {
            self.basic_values[row] = (0..d).map(|k| self.inverse[row * d + k] * right[k]).sum();
        }
    }

    /// The row whose basic variable is farthest outside its bounds, and by how much: negative below.
    fn leaving(&self) -> Option<(usize, f64)> {
        let n = self.knapsack.len();
        let mut worst: Option<(usize, f64)> = None;
        for (row, &basic) in self.basis.iter().enumerate() {
            let value = self.basic_values[row];
            let (lower, upper) = if basic < n {
                (self.lower[basic], self.upper[basic])
            } else {
                (0.0, f64::INFINITY)
            };
            let outside = if value < lower - FEASIBLE {
                value - lower
            } else if value > upper + FEASIBLE {
                value - upper
            } else {
                continue;
            };
            if worst.is_none_or(|(_, w)| outside.abs() > w.abs()) {
                worst = Some((row, outside));
            }
        }
        worst
    }

    /// One long-step dual pivot; `false` when no variable can enter.
    fn pivot(&mut self, row: usize, outside: f64) -> bool {
        let (n, d) = (self.knapsack.len(), self.knapsack.dimensions);
        let rho: Vec<f64> = self.inverse[row * d..(row + 1) * d].to_vec();
        let below = outside < 0.0;
        self.candidates.clear();
        for position in 0..n {
            if self.is_basic[position] || self.upper[position] <= self.lower[position] {
                continue;
            }
            let weight = self.knapsack.weight(position);
            let alpha: f64 = rho.iter().zip(weight).map(|(r, w)| r * w).sum();
            let at_upper = self.at_upper[position];
            // x_row falls by alpha for each unit a nonbasic variable rises.
            let helps = if below == at_upper {
                alpha > PIVOT
            } else {
                alpha < -PIVOT
            };
            if helps {
                let ratio = self.reduced[position].abs() / alpha.abs();
                self.candidates.push((ratio, position, alpha.abs()));
            }
        }
        for (slack, &alpha) in rho.iter().enumerate() {
            // A slack rests at 0 and can only rise; its reduced profit is −λ.
            let helps = if below { alpha < -PIVOT } else { alpha > PIVOT };
            if !self.is_basic[n + slack] && helps {
                self.candidates
                    .push((self.lambda[slack] / alpha.abs(), n + slack, alpha.abs()));
            }
        }
        let Some(entering) = self.entering(outside.abs()) else {
            return false;
        };
        let leaving = self.basis[row];
        if leaving < n {
            self.at_upper[leaving] = !below;
        }
        self.exchange(row, entering);
        true
    }

    /// Steps over breakpoints while flipping bounds does not yet cover the shortfall.
    fn entering(&mut self, mut shortfall: f64) -> Option<usize> {
        let n = self.knapsack.len();
        self.candidates
            .sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        for index in 0..self.candidates.len() {
            let (_, variable, alpha) = self.candidates[index];
            if variable >= n {
                return Some(variable);
            }
            let range = self.upper[variable] - self.lower[variable];
            // Within tolerance: bounds that just suffice must not read as infeasible.
            if shortfall <= alpha * range + FEASIBLE {
                return Some(variable);
            }
            shortfall -= alpha * range;
            self.at_upper[variable] = !self.at_upper[variable];
        }
        None
    }

    /// Brings a variable into the basis in place of the one in `row`.
    fn exchange(&mut self, row: usize, entering: usize) {
        let (n, d) = (self.knapsack.len(), self.knapsack.dimensions);
        let column: Vec<f64> = (0..d)
            .map(|r| {
                if entering < n {
                    let weight = self.knapsack.weight(entering);
                    (0..d).map(|k| self.inverse[r * d + k] * weight[k]).sum()
                } else {
                    self.inverse[r * d + entering - n]
                }
            })
            .collect();
        let pivot = column[row];
        for k in 0..d {
            self.inverse[row * d + k] /= pivot;
        }
        for (r, &factor) in column.iter().enumerate().filter(|&(r, _)| r != row) {
            for k in 0..d {
                self.inverse[r * d + k] -= factor * self.inverse[row * d + k];
            }
        }
        self.is_basic[self.basis[row]] = false;
        self.is_basic[entering] = true;
        self.basis[row] = entering;
    }

    /// Σ λ + Σ max(d·l, d·u): valid for any λ ≥ 0.
    fn bound(&self) -> f64 {
        let mut bound: f64 = self.lambda.iter().sum();
        // Terms may cancel: rounding errors go with their sizes and not with their sum.
        let mut magnitude = bound;
        for (position, &reduced) in self.reduced.iter().enumerate() {
            let rest = if reduced > 0.0 {
                self.upper[position]
            } else {
                self.lower[position]
            };
            bound += reduced * rest;
            magnitude += (reduced * rest).abs();
        }
        bound + bound.abs() * BOUND_MARGIN + magnitude * ROUNDING
    }

    fn read_values(&mut self) {
        let n = self.knapsack.len();
        for position in 0..n {
            if !self.is_basic[position] {
                self.values[position] = self.rest(position);
            }
        }
        for (row, &basic) in self.basis.iter().enumerate() {
            if basic < n {
                self.values[basic] =
                    self.basic_values[row].clamp(self.lower[basic], self.upper[basic]);
            }
        }
    }

    /// Positions in the basis: the only ones that can be fractional.
    pub fn basic_positions(&self) -> impl Iterator<Item = usize> + '_ {
        let n = self.knapsack.len();
        self.basis.iter().copied().filter(move |&basic| basic < n)
    }

    /// Whether a position is in the basis.
    pub fn is_basic(&self, position: usize) -> bool {
        self.is_basic[position]
    }

    /// Value of the scaled resources one copy takes at the present duals.
    pub fn resource_value(&self, position: usize) -> f64 {
        self.profits[position] - self.reduced[position]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimize::problem::{BinType, ItemType, Problem};
    use crate::optimize::room::Room;

    fn knapsack(capacity: &[u64], items: &[(&[u64], u64)]) -> Knapsack {
        let items: Vec<ItemType> = items
            .iter()
            .map(|(size, demand)| ItemType {
                size: size.to_vec(),
                demand: *demand,
                max_per_bin: None,
            })
            .collect();
        let demands: Vec<u64> = items.iter().map(|i| i.demand).collect();
        let bin = BinType {
            capacity: capacity.to_vec(),
            cost: 1,
            admits: None,
            requires: None,
        };
        let problem = Problem::try_new(capacity.len(), vec![bin], items, vec![]).expect("valid");
        Knapsack::new(&problem, 0, &demands, &Room::new(&problem))
    }

    #[test]
    fn one_dimension_is_the_greedy_fraction() {
        let knapsack = knapsack(&[10], &[(&[6], 1), (&[5], 1), (&[4], 1)]);
        let mut relaxation = Relaxation::new(&knapsack, vec![12.0, 9.0, 4.0]);
        let (ending, bound) = relaxation.solve();
        assert_eq!(ending, Ending::Optimal);
        assert!((bound - (12.0 + 9.0 * 0.8)).abs() < 1e-6, "{bound}");
    }

    #[test]
    fn two_dimensions_reach_the_hand_solved_vertex() {
        // max 3x + 2y, x + y <= 4, x + 3y <= 6 scaled: optimum x = 4, y = 0 → 12.
        let knapsack = knapsack(&[4, 6], &[(&[1, 1], 9), (&[1, 3], 9)]);
        let mut relaxation = Relaxation::new(&knapsack, vec![3.0, 2.0]);
        let (ending, bound) = relaxation.solve();
        assert_eq!(ending, Ending::Optimal);
        assert!((bound - 12.0).abs() < 1e-6, "{bound}");
    }

    #[test]
    fn tightened_bounds_are_respected_after_a_warm_start() {
        let knapsack = knapsack(&[10], &[(&[6], 1), (&[5], 1), (&[4], 1)]);
        let mut relaxation = Relaxation::new(&knapsack, vec![12.0, 9.0, 4.0]);
        relaxation.solve();
        relaxation.upper[0] = 0.0;
        let (_, bound) = relaxation.solve();
        assert!((bound - 13.0).abs() < 1e-6, "{bound}");
        relaxation.upper[0] = 1.0;
        relaxation.lower[0] = 1.0;
        relaxation.lower[1] = 1.0;
        assert_eq!(relaxation.solve().0, Ending::Infeasible);
    }
}

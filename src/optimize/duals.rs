//! Duals of the master, and what bins cost and patterns are worth at them.

use super::problem::Problem;
use super::room::counts;

/// Duals of the master.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Duals {
    /// Per item, ≥ 0.
    pub items: Vec<f64>,
    /// Per limit on bins, ≤ 0.
    pub limits: Vec<f64>,
    /// Per limit on copies, ≤ 0.
    pub copies: Vec<f64>,
    /// Of the least number of bins, ≥ 0.
    pub floor: f64,
    /// Per least number of used bins, ≥ 0; those that are missing are 0.
    pub used: Vec<f64>,
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
            copies: mix(&self.copies, &other.copies),
            floor: weight * self.floor + (1.0 - weight) * other.floor,
            used: {
                let rows = self.used.len().max(other.used.len());
                let of = |used: &[f64], row: usize| used.get(row).copied().unwrap_or(0.0);
                (0..rows)
                    .map(|row| weight * of(&self.used, row) + (1.0 - weight) * of(&other.used, row))
                    .collect()
            },
        }
    }

    /// Item and copy duals times `theta`.
    #[must_use]
    pub fn scaled(&self, theta: f64) -> Self {
        Self {
            items: self.items.iter().map(|dual| dual * theta).collect(),
            copies: self.copies.iter().map(|dual| dual * theta).collect(),
            ..self.clone()
        }
    }

    /// The same with the duals of least numbers lowered until no bin has a negative reduced cost.
    #[must_use]
    pub fn with_safe_floor(mut self, problem: &Problem, scale: f64) -> Self {
        let floor = std::mem::take(&mut self.floor);
        let used = std::mem::take(&mut self.used);
        if floor > 0.0
            && let Some(row) = problem.floor()
        {
            self.floor = floor.min(self.cheapest(problem, &row.bins, scale));
        }
        for (row, dual) in problem.used_bins().iter().zip(used) {
            let safe = if dual > 0.0 {
                dual.min(self.cheapest(problem, &row.bins, scale))
            } else {
                0.0
            };
            self.used.push(safe);
        }
        self
    }

    /// Least reduced cost among these bins, at least 0.
    fn cheapest(&self, problem: &Problem, bins: &[usize], scale: f64) -> f64 {
        let costs = reduced_bin_costs(problem, self, scale);
        let least = bins.iter().map(|&bin| costs[bin]);
        least.fold(f64::INFINITY, f64::min).max(0.0)
    }

    /// What a content is worth in a bin: `Σ_i (π_i + Σ_{r∋(i,o)} ω_r) a_i`.
    pub fn worth(
        &self,
        problem: &Problem,
        bin: usize,
        content: impl Iterator<Item = (usize, f64)>,
    ) -> f64 {
        let rows = problem.copy_limits_of(bin);
        content
            .map(|(item, copies)| {
                let limits: f64 = (rows.iter())
                    .filter(|&&row| self.copies[row] < 0.0 && counts(problem, row, item))
                    .map(|&row| self.copies[row])
                    .sum();
                (self.items[item] + limits) * copies
            })
            .sum()
    }
}

/// `ĉ_o = c_o − Σ_{G∋o} μ_G − ν − Σ_{B∋o} κ_B` for every bin type, in units of `scale` per grid unit.
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
    if let Some(floor) = problem.floor() {
        for &bin in &floor.bins {
            costs[bin] -= duals.floor;
        }
    }
    for (used, dual) in problem.used_bins().iter().zip(&duals.used) {
        for &bin in &used.bins {
            costs[bin] -= dual;
        }
    }
    costs
}

//! The pricing problem of one bin type: a bounded multi-dimensional knapsack.
//!
//! ```text
//! maximise   Σ_j p_j x_j
//! subject to Σ_j w_jd x_j ≤ 1        for every dimension d that can bind
//!            0 ≤ x_j ≤ u_j, integer
//! ```
//! `p_j` are the duals of the demand rows. Sizes are divided by the capacity, so that every dimension has
//! capacity 1 and the linear algebra is well scaled. Only items that the bin admits, that fit and that
//! have demand take part; only dimensions that all items together could exceed are kept.

use crate::optimize::pattern::{Content, Pattern};
use crate::optimize::problem::Problem;

/// The data of one bin type's pricing problem; profits come with each call.
#[derive(Debug, Clone)]
pub struct Knapsack {
    /// Bin type.
    pub bin: usize,
    /// Item of the problem, by position here.
    pub items: Vec<usize>,
    /// Dimensions kept.
    pub dimensions: usize,
    /// Size over capacity, `dimensions` entries per position.
    pub weights: Vec<f64>,
    /// Sizes in base units, `dimensions` entries per position.
    sizes: Vec<u64>,
    /// Capacity in base units of the dimensions kept.
    capacity: Vec<u64>,
    /// Most copies, by position.
    pub upper: Vec<u64>,
}

impl Knapsack {
    /// The pricing problem of `bin` for these demands (residual demands in a dive).
    pub fn new(problem: &Problem, bin: usize, demands: &[u64]) -> Self {
        let mut items = Vec::new();
        let mut upper = Vec::new();
        for (item, &demand) in demands.iter().enumerate() {
            let most = problem.most_copies(bin, item).min(demand);
            if most > 0 {
                items.push(item);
                upper.push(most);
            }
        }
        let capacity = &problem.bins()[bin].capacity;
        let size = |item: usize, d: usize| problem.items()[item].size[d];
        let binding: Vec<usize> = (0..problem.dimensions())
            .filter(|&d| {
                let total: u128 = items
                    .iter()
                    .zip(&upper)
                    .map(|(&item, &u)| u128::from(size(item, d)) * u128::from(u))
                    .sum();
                total > u128::from(capacity[d])
            })
            .collect();
        let mut weights = Vec::with_capacity(items.len() * binding.len());
        let mut sizes = Vec::with_capacity(items.len() * binding.len());
        for &item in &items {
            for &d in &binding {
                sizes.push(size(item, d));
                weights.push(size(item, d) as f64 / capacity[d] as f64);
            }
        }
        Self {
            bin,
            items,
            dimensions: binding.len(),
            weights,
            sizes,
            capacity: binding.iter().map(|&d| capacity[d]).collect(),
            upper,
        }
    }

    /// Number of items that take part.
    pub const fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether no item takes part.
    pub const fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Scaled weights of one position.
    pub fn weight(&self, position: usize) -> &[f64] {
        &self.weights[position * self.dimensions..(position + 1) * self.dimensions]
    }

    /// Sizes of one position in base units.
    pub fn size(&self, position: usize) -> &[u64] {
        &self.sizes[position * self.dimensions..(position + 1) * self.dimensions]
    }

    /// Capacity in base units.
    pub fn capacity(&self) -> &[u64] {
        &self.capacity
    }

    /// Residual capacity under a content; `None` when it does not fit. Exact integers: the floating-point
    /// search proposes, this decides.
    pub fn residual(&self, content: &[u64]) -> Option<Vec<u64>> {
        let mut residual = self.capacity.clone();
        for (position, &copies) in content
            .iter()
            .enumerate()
            .filter(|(_, copies)| **copies > 0)
        {
            if copies > self.upper[position] {
                return None;
            }
            for (left, &size) in residual.iter_mut().zip(self.size(position)) {
                *left = left.checked_sub(size.checked_mul(copies)?)?;
            }
        }
        Some(residual)
    }

    /// A content by position as a pattern of the problem.
    pub fn pattern(&self, content: &[u64]) -> Pattern {
        let content: Content = content
            .iter()
            .enumerate()
            .filter(|(_, copies)| **copies > 0)
            .map(|(position, &copies)| (self.items[position], copies))
            .collect();
        Pattern {
            bin: self.bin,
            content,
        }
    }

    /// Value of a content.
    pub fn value(profits: &[f64], content: &[u64]) -> f64 {
        profits
            .iter()
            .zip(content)
            .map(|(p, &copies)| p * copies as f64)
            .sum()
    }

    /// Profits by position out of the duals by item.
    pub fn profits(&self, duals: &[f64]) -> Vec<f64> {
        self.items.iter().map(|&item| duals[item]).collect()
    }
}

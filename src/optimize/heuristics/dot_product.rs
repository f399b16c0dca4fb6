//! Dot-product greedy: the item whose demand points most in the direction of what is left of the bin.
//!
//! Reference: Panigrahy, Talwar, Uyeda, Wieder, Heuristics for vector bin packing, Microsoft Research, 2011.

use super::bin_by_bin::{Rule, Volumes, pack};
use crate::optimize::pattern::Packing;
use crate::optimize::problem::Problem;
use crate::optimize::stop::Stop;

struct Alignment;

impl Rule for Alignment {
    fn choose(&self, volumes: &Volumes<'_>, residual: &[u64], candidates: &[usize]) -> usize {
        let product = |item: usize| -> f64 {
            volumes.problem.items()[item]
                .size
                .iter()
                .zip(residual)
                .zip(&volumes.weights)
                .map(|((size, room), weight)| *size as f64 * weight * *room as f64 * weight)
                .sum()
        };
        *candidates
            .iter()
            .max_by(|&&a, &&b| product(a).total_cmp(&product(b)).then(b.cmp(&a)))
            .expect("there is a candidate")
    }
}

/// Packs by the dot-product rule.
pub fn dot_product(problem: &Problem, stop: &dyn Stop) -> Packing {
    pack(problem, &Alignment, stop)
}

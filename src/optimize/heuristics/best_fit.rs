//! Best fit: the item that leaves the least room in its fullest dimension.

use super::bin_by_bin::{Rule, Volumes, pack};
use crate::optimize::pattern::Packing;
use crate::optimize::problem::Problem;
use crate::optimize::stop::Stop;

struct Tightest;

impl Rule for Tightest {
    fn choose(&self, volumes: &Volumes<'_>, residual: &[u64], candidates: &[usize]) -> usize {
        let tightness = |item: usize| {
            let size = &volumes.problem.items()[item].size;
            size.iter()
                .zip(residual)
                .filter(|(size, _)| **size > 0)
                .map(|(size, room)| *size as f64 / *room as f64)
                .fold(0.0, f64::max)
        };
        *candidates
            .iter()
            .max_by(|&&a, &&b| tightness(a).total_cmp(&tightness(b)).then(b.cmp(&a)))
            .expect("there is a candidate")
    }
}

/// Packs by best fit.
pub fn best_fit(problem: &Problem, stop: &dyn Stop) -> Packing {
    pack(problem, &Tightest, stop)
}

//! First-fit decreasing: the largest item that still fits.

use super::bin_by_bin::{Rule, Volumes, pack, pack_into_few};
use crate::optimize::pattern::Packing;
use crate::optimize::problem::Problem;
use crate::optimize::stop::Stop;

struct Largest;

impl Rule for Largest {
    fn choose(&self, volumes: &Volumes<'_>, _: &[u64], candidates: &[usize]) -> usize {
        *candidates
            .iter()
            .max_by(|&&a, &&b| {
                volumes.volume[a]
                    .total_cmp(&volumes.volume[b])
                    .then(b.cmp(&a))
            })
            .expect("there is a candidate")
    }
}

/// Packs by first-fit decreasing.
pub fn first_fit(problem: &Problem, stop: &dyn Stop) -> Packing {
    pack(problem, &Largest, stop)
}

/// Packs by first-fit decreasing with a surcharge on every bin, where limits leave few of them.
pub fn first_fit_into_few(problem: &Problem, surcharge: f64, stop: &dyn Stop) -> Packing {
    pack_into_few(problem, &Largest, surcharge, stop)
}

//! The rest of a packing in time that grows with items × types: what a greedy rule ends with once it is stopped.
//!
//! Items come the largest first. Each goes into bins of its own, of the type that costs least for a copy; what does
//! not fill a bin goes into an open bin of that type that remainders share (next fit).

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::{Allowed, Volumes, copies_that_fit};
use crate::optimize::pattern::{Content, Packing, Pattern};
use crate::optimize::problem::Problem;
use crate::optimize::room::Room;

/// Types that are kept in mind for an item, the cheapest for a copy.
const TYPES: usize = 6;

/// A bin that remainders share.
struct Open {
    content: Content,
    left: Vec<u64>,
}

/// Packs what is left of the demand as far as the limits allow.
pub(super) fn pack_rest(
    volumes: &Volumes<'_>,
    surcharge: f64,
    (residual, room): (&mut [u64], &mut Room),
    packing: &mut Packing,
) {
    let problem = volumes.problem;
    let mut items: Vec<usize> = (0..residual.len())
        .filter(|&item| residual[item] > 0)
        .collect();
    items.sort_by(|&a, &b| {
        let (a_volume, b_volume) = (volumes.volume[a], volumes.volume[b]);
        b_volume.total_cmp(&a_volume).then(a.cmp(&b))
    });
    let types: Vec<Vec<usize>> = (items.par_iter())
        .map(|&item| cheapest_types(problem, item, residual[item], surcharge))
        .collect();
    let mut rest = Rest {
        problem,
        room,
        packing,
        open: BTreeMap::new(),
    };
    for (&item, types) in items.iter().zip(&types) {
        for &bin in types {
            if residual[item] == 0 {
                break;
            }
            residual[item] -= rest.alone(bin, item, residual[item]);
            residual[item] -= rest.shared(bin, item, residual[item]);
        }
    }
    for (bin, open) in std::mem::take(&mut rest.open) {
        rest.close(bin, open);
    }
}

/// The types that hold an item for the least cost of a copy.
fn cheapest_types(problem: &Problem, item: usize, demand: u64, surcharge: f64) -> Vec<usize> {
    let mut best: Vec<(f64, usize)> = Vec::with_capacity(TYPES + 1);
    for (bin, kind) in problem.bins().iter().enumerate() {
        if kind.requires.is_some_and(|required| required != item) {
            continue;
        }
        let cost = kind.cost as f64 + surcharge;
        // No copy of it costs less than this: most types are told by the cost alone.
        let least = cost / demand.max(1) as f64;
        if best.len() == TYPES && best[TYPES - 1].0 <= least {
            continue;
        }
        let copies = problem.most_copies(bin, item).min(demand);
        if copies > 0 {
            let each = cost / copies as f64;
            let place = best.partition_point(|(other, _)| *other <= each);
            best.insert(place, (each, bin));
            best.truncate(TYPES);
        }
    }
    best.into_iter().map(|(_, bin)| bin).collect()
}

struct Rest<'a> {
    problem: &'a Problem,
    room: &'a mut Room,
    packing: &'a mut Packing,
    /// By type.
    open: BTreeMap<usize, Open>,
}

impl Rest<'_> {
    /// Bins that the item fills alone, as many as its copies fill; the copies they hold.
    fn alone(&mut self, bin: usize, item: usize, copies: u64) -> u64 {
        let each = self.most(bin, item);
        let Some(wanted) = copies.checked_div(each).filter(|&bins| bins > 0) else {
            return 0;
        };
        let pattern = Pattern {
            bin,
            content: vec![(item, each)],
        };
        let times = wanted.min(self.room.times(self.problem, &pattern));
        if times > 0 {
            self.room.take(self.problem, &pattern, times);
            self.packing.push(pattern, times);
        }
        times * each
    }

    /// Copies in the open bin of the type, and in a new one; fewer than fill one.
    fn shared(&mut self, bin: usize, item: usize, copies: u64) -> u64 {
        let most = self.most(bin, item);
        let mut left = copies.min(most);
        let wanted = left;
        for _ in 0..2 {
            let capacity = &self.problem.bins()[bin].capacity;
            let open = self.open.entry(bin).or_insert_with(|| Open {
                content: Content::new(),
                left: capacity.clone(),
            });
            let put = copies_that_fit(self.problem, item, &open.left).min(left);
            if put > 0 {
                open.content.push((item, put));
                let size = &self.problem.items()[item].size;
                for (left, size) in open.left.iter_mut().zip(size) {
                    *left -= size * put;
                }
                left -= put;
            }
            if left == 0 {
                break;
            }
            if let Some(full) = self.open.remove(&bin) {
                self.close(bin, full);
            }
        }
        wanted - left
    }

    /// Most copies of the item alone in one more bin of the type.
    fn most(&self, bin: usize, item: usize) -> u64 {
        if self.room.bins(self.problem, bin) == 0 {
            return 0;
        }
        let allowed = Allowed::new(self.problem, bin, self.room).most(item);
        self.problem.most_copies(bin, item).min(allowed)
    }

    /// The bin as part of the packing, where the limits still allow it.
    fn close(&mut self, bin: usize, open: Open) {
        let mut content = open.content;
        content.sort_unstable();
        let content = self.room.trimmed(self.problem, bin, &content);
        let pattern = Pattern { bin, content };
        if !pattern.content.is_empty() && self.room.times(self.problem, &pattern) > 0 {
            self.room.take(self.problem, &pattern, 1);
            self.packing.push(pattern, 1);
        }
    }
}

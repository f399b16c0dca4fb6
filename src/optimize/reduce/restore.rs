//! The way between a problem and its reduction, for packings, patterns and values.

use crate::optimize::duals::Duals;
use crate::optimize::pattern::{Content, Packing, Pattern};
use crate::optimize::problem::Problem;
use std::collections::HashMap;

use super::Reduction;

impl Reduction {
    /// A packing of the reduced problem as one of the original: merged items are dealt out in order,
    /// equal bins a layer at a time.
    pub fn restore(&self, reduced: &Packing) -> Packing {
        let mut pools: Vec<Vec<(usize, u64)>> = self
            .members
            .iter()
            .map(|list| list.iter().rev().copied().collect())
            .collect();
        let mut packing = Packing {
            bins: Vec::new(),
            outside: reduced.outside.clone(),
        };
        for (pattern, count) in reduced.bins.iter().filter(|(p, _)| p.content.is_empty()) {
            let bin = self.bins[pattern.bin];
            let content = Content::new();
            packing.push(Pattern { bin, content }, *count);
        }
        let empties = packing.bins.split_off(0);
        for (pattern, count) in reduced.bins.iter().filter(|(p, _)| !p.content.is_empty()) {
            let mut left = *count;
            while left > 0 {
                let (content, times) = deal(&pattern.content, left, &mut pools);
                packing.push(
                    Pattern {
                        bin: self.bins[pattern.bin],
                        content,
                    },
                    times,
                );
                left -= times;
            }
        }
        packing.normalise();
        packing.bins.extend(empties);
        packing
    }

    /// A packing of the original problem as one of the reduced one; a bin of a dropped type becomes one
    /// of the type that made it superfluous.
    pub fn project(&self, original: &Packing) -> Packing {
        let items: HashMap<usize, usize> = self
            .members
            .iter()
            .enumerate()
            .flat_map(|(merged, list)| list.iter().map(move |&(item, _)| (item, merged)))
            .collect();
        let mut packing = Packing {
            bins: Vec::new(),
            outside: original.outside.clone(),
        };
        for (pattern, count) in &original.bins {
            let Some(bin) = self.stands_for[pattern.bin] else {
                continue;
            };
            let mut merged: Content = Vec::new();
            for &(item, copies) in &pattern.content {
                let Some(&item) = items.get(&item) else {
                    continue;
                };
                match merged.iter_mut().find(|(known, _)| *known == item) {
                    Some((_, total)) => *total += copies,
                    None => merged.push((item, copies)),
                }
            }
            merged.sort_unstable();
            packing.push(
                Pattern {
                    bin,
                    content: merged,
                },
                *count,
            );
        }
        packing.normalise();
        packing
    }

    /// One value per original item out of one per reduced item; `None` for items without demand.
    pub fn item_values(&self, values: &[f64], items: usize) -> Vec<Option<f64>> {
        let mut spread = vec![None; items];
        for (value, list) in values.iter().zip(&self.members) {
            for &(item, _) in list {
                spread[item] = Some(*value);
            }
        }
        spread
    }
}

impl Reduction {
    /// A pattern of the reduced problem in the original's words; merged items become their first member.
    pub fn unmerged(&self, pattern: &Pattern) -> Pattern {
        let mut content: Content = (pattern.content.iter())
            .map(|&(item, copies)| (self.members[item][0].0, copies))
            .collect();
        content.sort_unstable();
        Pattern {
            bin: self.bins[pattern.bin],
            content,
        }
    }

    /// Duals of the original problem out of those of the reduced one; 0 for what is not in it.
    pub fn original_duals(&self, duals: &Duals, original: &Problem) -> Duals {
        let items = self.item_values(&duals.items, original.items().len());
        let mut limits = vec![0.0; original.limits().len()];
        for (&limit, value) in self.limits.iter().zip(&duals.limits) {
            limits[limit] = *value;
        }
        Duals {
            items: items.into_iter().map(Option::unwrap_or_default).collect(),
            limits,
            copies: self.original_limits(&duals.copies, original),
            floor: duals.floor,
            used: duals.used.clone(),
        }
    }

    /// One value per original copy limit out of one per limit that is left; 0 for the others.
    pub fn original_limits(&self, values: &[f64], original: &Problem) -> Vec<f64> {
        let mut spread = vec![0.0; original.copy_limits().len()];
        for (&row, value) in self.copy_limits.iter().zip(values) {
            spread[row] = *value;
        }
        spread
    }

    /// One value per copy limit that is left out of one per original limit.
    pub fn reduced_limits(&self, values: &[f64]) -> Vec<f64> {
        self.copy_limits.iter().map(|&row| values[row]).collect()
    }

    /// One value per reduced item out of one per original item: the largest of its members'.
    pub fn reduced_values(&self, values: &[f64]) -> Vec<f64> {
        (self.members.iter())
            .map(|list| {
                list.iter()
                    .map(|&(item, _)| values[item])
                    .fold(0.0, f64::max)
            })
            .collect()
    }
}

/// Deals the content of as many equal bins as the next members allow.
fn deal(content: &Content, bins: u64, pools: &mut [Vec<(usize, u64)>]) -> (Content, u64) {
    let mut dealt: Content = Vec::new();
    let mut times = bins;
    for &(merged, copies) in content {
        let mut wanted = copies;
        for &(item, available) in pools[merged].iter().rev() {
            if wanted == 0 {
                break;
            }
            let taken = wanted.min(available);
            let Some(layer) = available.checked_div(taken) else {
                continue;
            };
            times = times.min(layer);
            dealt.push((item, taken));
            wanted -= taken;
        }
    }
    for &(item, taken) in &dealt {
        let pool = pools
            .iter_mut()
            .find_map(|pool| pool.iter_mut().find(|(member, _)| *member == item))
            .expect("a dealt item belongs to a pool");
        pool.1 -= taken * times;
    }
    for pool in pools.iter_mut() {
        while pool.last().is_some_and(|&(_, available)| available == 0) {
            pool.pop();
        }
    }
    dealt.sort_unstable();
    (dealt, times)
}

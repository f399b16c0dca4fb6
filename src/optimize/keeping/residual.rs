//! What is left to pack once it is settled which bins of today stay, and the packing of all of it.

use super::{Class, Keeping, room_beside};
use crate::optimize::listener::Silent;
use crate::optimize::lp::LpError;
use crate::optimize::outcome::{Outcome, Status};
use crate::optimize::pattern::{Content, Packing, Pattern};
use crate::optimize::problem::{BinLimit, Cost, Problem, ProblemError};
use crate::optimize::room::copies_counted;
use crate::optimize::side_rows::SideRows;
use crate::optimize::solve::{Options, Start, solve};
use crate::optimize::stop::Stop;

/// What is left to pack beside bins that stay.
#[derive(Debug)]
pub struct Residual {
    /// Bins of today at no cost and with the room beside what they hold, as many as stay; demands and limits less what they
    /// hold. Indices are those of the whole problem.
    pub problem: Problem,
    /// The classes, each with as many bins as stay.
    staying: Vec<Class>,
}

impl Residual {
    /// What is left where these bins stay, given by class; `None` where what they hold passes a limit or demand.
    ///
    /// # Errors
    /// When a number is beyond what the optimizer represents.
    pub fn try_new(whole: &Problem, staying: &[Class]) -> Result<Option<Self>, ProblemError> {
        let mut held = vec![0_u64; whole.items().len()];
        for class in staying {
            for &(item, copies) in &class.content {
                held[item] += copies * class.count;
            }
        }
        let Some(rows) = rows(whole, staying, &held) else {
            return Ok(None);
        };
        let items = (whole.items().iter().zip(&held))
            .map(|(item, &held)| {
                let mut item = item.clone();
                item.demand = item.demand.saturating_sub(held);
                item
            })
            .collect();
        let mut bins = whole.bins().to_vec();
        let mut limits = whole.limits().to_vec();
        for class in staying {
            for &bin in &class.bins {
                bins[bin] = room_beside(whole, bin, class, true);
                bins[bin].cost = 0;
            }
            limits.push(BinLimit {
                bins: class.bins.clone(),
                upper: class.count,
            });
        }
        let problem = Problem::try_new(whole.dimensions(), bins, items, limits)?;
        Ok(Some(Self {
            problem: problem.try_with_rows(rows)?,
            staying: staying.to_vec(),
        }))
    }

    /// The whole packing: every bin that stays, with what it holds and what is put beside it.
    ///
    /// # Panics
    /// When the packing uses more bins of a class than stay.
    #[must_use]
    pub fn joined(&self, packing: &Packing) -> Packing {
        let mut joined = Packing {
            bins: Vec::new(),
            outside: packing.outside.clone(),
        };
        let mut left: Vec<u64> = self.staying.iter().map(|class| class.count).collect();
        let class_of = |bin: usize| {
            (self.staying.iter()).position(|class| class.bins.binary_search(&bin).is_ok())
        };
        for (pattern, count) in &packing.bins {
            let Some(class) = class_of(pattern.bin) else {
                joined.push(pattern.clone(), *count);
                continue;
            };
            left[class] = (left[class].checked_sub(*count)).expect("no more are used than stay");
            let content = super::sum(&self.staying[class].content, &pattern.content);
            let bin = pattern.bin;
            joined.push(Pattern { bin, content }, *count);
        }
        for (class, left) in self.staying.iter().zip(left) {
            let alone = |&&bin: &&usize| {
                self.problem.bins()[bin].requires.is_none() || class.content.is_empty()
            };
            let bin = class.bins.iter().find(alone).or(class.bins.first());
            if let Some(&bin) = bin {
                let content = class.content.clone();
                joined.push(Pattern { bin, content }, left);
            }
        }
        joined.bins.sort();
        joined
    }
}

/// The side rows of what is left.
fn rows(whole: &Problem, staying: &[Class], held: &[u64]) -> Option<SideRows> {
    let mut rows = whole.rows().clone();
    for (index, limit) in rows.copy_limits.iter_mut().enumerate() {
        let counted: u64 = (staying.iter())
            .filter_map(|class| {
                let bin = class.bins.first()?;
                (whole.copy_limits_of(*bin).binary_search(&index).is_ok())
                    .then(|| copies_counted(whole, index, &class.content) * class.count)
            })
            .sum();
        limit.upper = limit.upper.checked_sub(counted)?;
    }
    for group in &mut rows.groups {
        let is_held = group.items.iter().any(|&item| held[item] > 0);
        if is_held {
            // All of it is served in the bins, or none.
            group.outside = None;
        }
        let demand = |item: usize| whole.items()[item].demand;
        let extras = group
            .items
            .iter()
            .filter(|&&item| held[item] > demand(item));
        group.extra = group.extra.checked_sub(extras.count() as u64)?;
        group.items.retain(|&item| held[item] <= demand(item));
        if group.extra > group.items.len() as u64 {
            return None;
        }
    }
    let in_group = |item: usize| {
        whole
            .group_of(item)
            .is_some_and(|g| whole.groups()[g].extra > 0)
    };
    let passes = |item: usize| held[item] > whole.items()[item].demand + u64::from(in_group(item));
    if (0..held.len()).any(passes) {
        return None;
    }
    if let Some(floor) = &mut rows.floor {
        let there: u64 = (staying.iter())
            .filter(|class| {
                class
                    .bins
                    .iter()
                    .any(|bin| floor.bins.binary_search(bin).is_ok())
            })
            .map(|class| class.count)
            .sum();
        floor.lower = floor.lower.saturating_sub(there);
    }
    Some(rows)
}

/// A whole packing and what it costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// How many bins of each class stay.
    pub kept: Vec<u64>,
    /// Copies moved.
    pub moves: u64,
    /// Cost of all bins, those that stay included, on the cost grid.
    pub cost: Cost,
    /// All bins.
    pub packing: Packing,
}

impl Keeping {
    /// The classes with so many bins each.
    #[must_use]
    pub fn staying(&self, kept: &[u64]) -> Vec<Class> {
        (self.classes.iter().zip(kept))
            .map(|(class, &count)| Class {
                count,
                ..class.clone()
            })
            .collect()
    }

    /// The best packing found where so many bins of each class stay, and the work that the search took; no packing where
    /// something has no place.
    ///
    /// # Errors
    /// When the LP solver fails.
    pub fn pack(
        &self,
        kept: &[u64],
        start: &[Pattern],
        work: u64,
        stop: &dyn Stop,
    ) -> Result<(Option<Found>, u64), LpError> {
        let staying = self.staying(kept);
        // The whole problem was counted: what is left of it can be as well.
        let Ok(Some(residual)) = Residual::try_new(&self.whole, &staying) else {
            return Ok((None, 1));
        };
        let new = |pattern: &&Pattern| self.class_of[pattern.bin].is_none();
        let options = Options {
            work_limit: Some(work),
            start: Start {
                patterns: start.iter().filter(new).cloned().collect(),
                ..Start::default()
            },
            ..Options::default()
        };
        let outcome = solve(&residual.problem, &options, stop, &Silent)?;
        let spent = outcome.statistics.work;
        Ok((self.found(kept, &staying, &residual, &outcome), spent))
    }

    fn found(
        &self,
        kept: &[u64],
        staying: &[Class],
        residual: &Residual,
        outcome: &Outcome,
    ) -> Option<Found> {
        if outcome.status == Status::Incomplete {
            return None;
        }
        let mut packing = outcome.packing.clone();
        if !packing.pad(&residual.problem) {
            return None;
        }
        let of_staying =
            |class: &Class| class.cost * Cost::try_from(class.count).unwrap_or(Cost::MAX);
        let cost = packing.cost(&residual.problem) + staying.iter().map(of_staying).sum::<Cost>();
        Some(Found {
            kept: kept.to_vec(),
            moves: self.moves(kept),
            cost,
            packing: residual.joined(&packing),
        })
    }
}

/// The classes whose bins the content does not fit are none that can stay.
#[must_use]
pub fn fits(whole: &Problem, bin: usize, content: &Content) -> bool {
    let held = Pattern {
        bin,
        content: content.clone(),
    };
    held.is_feasible(whole)
}

#[cfg(test)]
mod tests {
    use crate::optimize::keeping::with_bins;
    use crate::optimize::problem::Problem;
    use crate::optimize::problem::{BinType, ItemType};

    #[test]
    fn with_bins_keeps_rows() {
        let bin = BinType {
            capacity: vec![4],
            cost: 3,
            admits: None,
            requires: None,
        };
        let item = ItemType {
            size: vec![2],
            demand: 3,
            max_per_bin: None,
        };
        let problem = Problem::try_new(1, vec![bin.clone()], vec![item], vec![]).expect("valid");
        let again = with_bins(&problem, vec![bin]).expect("valid");
        assert_eq!(again, problem);
    }
}

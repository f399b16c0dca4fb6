//! Packing from what is there: bins that run already stay with their content, or go.
//!
//! Bins of today with the same content, cost and limits are a *class* `i` of `m_i` bins; each costs `c_i` while it
//! stays, and its content `b_i` stays in it. What else a bin that stays holds is a pattern `q` of the room beside `b_i`. A bin that goes
//! moves its content: `B_i` copies. With new bins `o` as in [`problem`](super::problem):
//!
//! ```text
//! minimise   Σ_p c_p x_p + Σ_i c_i Σ_q z_iq + (groups outside)
//! subject to Σ_p a_p x_p + Σ_i Σ_q (b_i + q) z_iq ≥ n         π ≥ 0    (with the groups of the problem)
//!            Σ_q z_iq ≤ m_i                                   paid below
//!            Σ_i B_i Σ_q z_iq ≥ Σ_i B_i m_i − N               ρ ≥ 0    (at most N copies moved)
//!            the limits, limits on copies and least number of bins of the problem
//! ```
//! * *Bound.* For any duals, `L(N) = worth(π, …) + ρ (Σ_i B_i m_i − N) − Σ_i m_i max(0, π b_i + U_i − ĉ_i + ρ B_i)` is below
//!   the cost of every packing that moves at most `N` copies ([`bound`]): a line in `N`. The largest of all lines found
//!   is convex, falls, and holds for every `N` at once: the lower hull of the frontier.
//! * *Found.* An integer program over the columns says how many bins of each class stay ([`choice`]). What is left then
//!   is an ordinary packing problem ([`residual`]), and the whole optimizer packs it.
//! * *Frontier.* The same for one `N` after another, the columns and lines of all of them together ([`frontier`]).

pub mod bound;
pub mod choice;
pub mod frontier;
pub mod generation;
pub mod residual;
pub mod rows;

#[cfg(test)]
mod tests;

use super::pattern::{Content, Pattern};
use super::problem::{BinType, Cost, Problem, ProblemError};

/// Bins of today that differ in nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Class {
    /// The bin types that stand for one of them, ascending: several where a bin may be settled in several ways.
    pub bins: Vec<usize>,
    /// How many there are.
    pub count: u64,
    /// Cost of one that stays, on the cost grid.
    pub cost: Cost,
    /// What each holds and keeps, ascending by item.
    pub content: Content,
}

impl Class {
    /// Copies that move when one goes.
    pub fn copies(&self) -> u64 {
        self.content.iter().map(|&(_, copies)| copies).sum()
    }
}

/// A problem with bins of today.
#[derive(Debug)]
pub struct Keeping {
    /// The problem as it is: full capacities, what stays at no cost.
    pub whole: Problem,
    /// The same with the room beside the contents that stay, at what the bins cost.
    pub beside: Problem,
    /// The classes.
    pub classes: Vec<Class>,
    /// The class of each bin type.
    pub class_of: Vec<Option<usize>>,
}

impl Keeping {
    /// Joins a problem and the classes among its bins.
    ///
    /// # Errors
    /// When a number is beyond what the optimizer represents.
    ///
    /// # Panics
    /// When a class's content does not fit one of its bins: whoever makes classes has looked.
    pub fn try_new(whole: Problem, classes: Vec<Class>) -> Result<Self, ProblemError> {
        let mut class_of = vec![None; whole.bins().len()];
        for (index, class) in classes.iter().enumerate() {
            for &bin in &class.bins {
                class_of[bin] = Some(index);
            }
        }
        let bins = (0..whole.bins().len())
            .map(|bin| match class_of[bin] {
                None => whole.bins()[bin].clone(),
                Some(class) => room_beside(&whole, bin, &classes[class], false),
            })
            .collect();
        let beside = with_bins(&whole, bins)?;
        Ok(Self {
            whole,
            beside,
            classes,
            class_of,
        })
    }

    /// Copies that stand in bins of today, and move at most.
    pub fn most_moves(&self) -> u64 {
        let of = |class: &Class| class.copies() * class.count;
        self.classes.iter().map(of).sum()
    }

    /// Copies that move when so many bins of each class stay.
    pub fn moves(&self, kept: &[u64]) -> u64 {
        let gone = |(class, kept): (&Class, &u64)| class.copies() * (class.count - kept);
        self.classes.iter().zip(kept).map(gone).sum()
    }

    /// What a bin of a pattern of [`Self::beside`] holds in all.
    pub fn full(&self, pattern: &Pattern) -> Pattern {
        let Some(class) = self.class_of[pattern.bin] else {
            return pattern.clone();
        };
        Pattern {
            bin: pattern.bin,
            content: sum(&self.classes[class].content, &pattern.content),
        }
    }
}

/// Two contents together.
pub fn sum(a: &Content, b: &Content) -> Content {
    let mut content = a.clone();
    for &(item, copies) in b {
        match content.binary_search_by_key(&item, |&(other, _)| other) {
            Ok(at) => content[at].1 += copies,
            Err(at) => content.insert(at, (item, copies)),
        }
    }
    content
}

/// The same problem with other bins in their place.
fn with_bins(problem: &Problem, bins: Vec<BinType>) -> Result<Problem, ProblemError> {
    Problem::try_new(
        problem.dimensions(),
        bins,
        problem.items().to_vec(),
        problem.limits().to_vec(),
    )?
    .try_with_rows(problem.rows().clone())
}

/// A bin of today as it is beside what it holds. An item of which it may hold no more is not admitted; where `is_strict`,
/// neither is one of which it holds some and may hold a number of copies only, which room alone does not tell.
fn room_beside(whole: &Problem, bin: usize, class: &Class, is_strict: bool) -> BinType {
    let held = Pattern {
        bin,
        content: class.content.clone(),
    };
    let of = &whole.bins()[bin];
    let capacity = (of.capacity.iter().zip(held.load(whole)))
        .map(|(capacity, load)| (capacity.checked_sub(load)).expect("what is held fits its bin"))
        .collect();
    let admits = (0..whole.items().len())
        .filter(|&item| whole.fits(bin, item))
        .filter(|&item| {
            let held = held.copies(item);
            let most = whole.items()[item].max_per_bin;
            held == 0 || most.is_none_or(|most| held < most && !is_strict)
        })
        .collect();
    BinType {
        capacity,
        cost: class.cost,
        admits: Some(admits),
        requires: of.requires.filter(|&item| held.copies(item) == 0),
    }
}

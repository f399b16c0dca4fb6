//! Packing with a choice: of the alternatives of each choice one is packed, and only so much weight may be chosen in all.
//!
//! An *alternative* `o` is a set of items with a weight `w_o`; its items are packed if it is chosen and need nothing else. Items of no alternative
//! are packed in any case. With bins, limits and groups as in [`problem`](super::problem):
//!
//! ```text
//! minimise   Σ_p c_p x_p + (groups outside)
//! subject to Σ_p a_ip x_p ≥ n_i z_o              i an item of o             π ≥ 0
//!            Σ_p a_ip x_p ≥ n_i                  i of no alternative        π ≥ 0
//!            Σ_{o∈c} z_o ≥ 1                     for every choice c
//!            Σ_o w_o z_o ≤ W                                                λ ≥ 0
//!            the limits, limits on copies and least number of bins of the problem;  0 ≤ z ≤ 1
//! ```
//! *Bound.* For any duals the Lagrangian is a line in `W` that lies below the cost of every packing of one alternative a choice whose weights
//! come to at most `W`, with `z` whole or not ([`bound`]). The largest of all lines found is convex and falls.

pub mod bound;
pub mod generation;
pub mod rows;

#[cfg(test)]
mod tests;

use super::problem::Problem;

/// One of a choice.
#[derive(Debug, Clone, PartialEq)]
pub struct Alternative {
    /// Its items, ascending; with an item all of its group.
    pub items: Vec<usize>,
    /// What choosing it counts; not negative.
    pub weight: f64,
}

/// A problem with choices.
#[derive(Debug)]
pub struct Choosing {
    /// The items of all alternatives, each with the demand that it has when it is chosen.
    pub problem: Problem,
    /// The alternatives, one choice after another.
    pub alternatives: Vec<Alternative>,
    /// Which alternatives each choice has.
    pub choices: Vec<Vec<usize>>,
    /// The alternative of each item.
    pub of_item: Vec<Option<usize>>,
    /// The alternative of each group.
    pub of_group: Vec<Option<usize>>,
}

impl Choosing {
    /// Joins a problem and the choices among its items; `None` where an item is of two alternatives or a group is divided.
    pub fn new(problem: Problem, choices: Vec<Vec<Alternative>>) -> Option<Self> {
        let mut of_item = vec![None; problem.items().len()];
        let mut alternatives = Vec::new();
        let mut members = Vec::new();
        for choice in choices {
            let first = alternatives.len();
            for alternative in choice {
                for &item in &alternative.items {
                    let of = of_item.get_mut(item)?;
                    if of.replace(alternatives.len()).is_some() {
                        return None;
                    }
                }
                alternatives.push(alternative);
            }
            members.push((first..alternatives.len()).collect());
        }
        let mut of_group = Vec::new();
        for group in problem.groups() {
            let of = group.items.first().and_then(|&item| of_item[item]);
            if group.items.iter().any(|&item| of_item[item] != of) {
                return None;
            }
            of_group.push(of);
        }
        Some(Self {
            problem,
            alternatives,
            choices: members,
            of_item,
            of_group,
        })
    }
}

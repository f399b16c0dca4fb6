//! Few patterns over time: groups of identical bins whose numbers follow the hours.
//!
//! ```text
//! choose    groups j = 1..K: items I_j (every item in one group), a kind of bin o_j, copies a_i of each item in every bin
//! minimise  Σ_t w_t Σ_j c_{o_j} n_jt + Σ_{i outside} f_i
//! so that   n_jt = max_{i ∈ I_j} ⌈d_it / (s_{o_j} · min(a_i, m_it))⌉      units of group j in hour class t
//!           Σ_{i ∈ I_j} a_i v_i ≤ C_{o_j},   a_i ≤ m_{o_j i};  kinds of at most T classes
//! ```
//! An item may stand outside every group at a price `f_i` of its own, where it has one. Where any one bin may be lost, the `b_o n_jt − 1`
//! others cover the demand; further copies `x_it`, of one item at a time, have room where `b_o n_jt (a_i + e_i) ≥ d_it + x_it` with
//! `e_i` more of the item beside a whole pattern.
//!
//! `w_t` are the hours of class `t`, `d_it` the demand, `m_it` the most copies on one bin in that class, `s_o` what a copy in
//! every bin of a unit covers. The pattern is the same in all hours and only the number of units changes, so that whatever
//! holds of a bin with its whole pattern holds in every hour.
//!
//! For given items and kind, the copies are the least with which `u` units hold every item's largest demand, `u` the fewest
//! that have room: larger patterns need fewer units, so that the room decides monotonically and `u` is found by halving.
//! What room is left then goes to the items whose hours ask for most units. Which items stand together is searched:
//! groups are merged two at a time, each time the two whose union saves most, and then items change places as long as that
//! saves ([`search`]), and some groups are taken apart and put together anew (`shake`). Items whose hours are alike end together, because units that one of them needs alone are paid
//! for in full.

mod classes;
mod outside;
mod pattern;
pub mod search;
mod shake;
#[cfg(test)]
mod tests;

use super::few_patterns::FewPatterns;

/// A problem over time.
#[derive(Debug, Clone)]
pub struct OverTime<'a> {
    /// Kinds and items. Their limits on slots hold; firm copies are all of an item that has some.
    pub few: &'a FewPatterns,
    /// Hours of each class.
    pub hours: Vec<u64>,
    /// Copies of each item to cover, by class.
    pub demand: Vec<Vec<u64>>,
    /// Most copies of each item on one bin, by class.
    pub most: Vec<Vec<u64>>,
    /// Copies beside the demand of each item that need room, one item at a time, by class; empty where none do.
    pub extra: Vec<Vec<u64>>,
    /// What all hours of each item cost outside every group, on the cost grid; `None` where it must be in one.
    pub outside: Vec<Option<i128>>,
}

/// A group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Its items, ascending.
    pub items: Vec<usize>,
    /// Position among the kinds; `None` for one item outside every group, which has no copies and no units.
    pub kind: Option<usize>,
    /// Copies of each of its items in every bin.
    pub copies: Vec<u64>,
    /// Units in each class of hours.
    pub units: Vec<u64>,
    /// What all hours cost together, on the cost grid.
    pub cost: i128,
}

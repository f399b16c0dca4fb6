//! Few patterns over time: groups of identical bins whose numbers follow the hours.
//!
//! ```text
//! choose    groups j = 1..K: items I_j (every item in one group), a kind of bin o_j, copies a_i of each item in every bin
//! minimise  Σ_t w_t Σ_j c_{o_j} n_jt
//! so that   n_jt = max_{i ∈ I_j} ⌈d_it / (s_{o_j} · min(a_i, m_it))⌉      units of group j in hour class t
//!           Σ_{i ∈ I_j} a_i v_i ≤ C_{o_j},   a_i ≤ m_{o_j i}
//! ```
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

mod pattern;
pub mod search;
mod shake;

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
}

/// A group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Its items, ascending.
    pub items: Vec<usize>,
    /// Position among the kinds.
    pub kind: usize,
    /// Copies of each of its items in every bin.
    pub copies: Vec<u64>,
    /// Units in each class of hours.
    pub units: Vec<u64>,
    /// What all hours cost together, on the cost grid.
    pub cost: i128,
}

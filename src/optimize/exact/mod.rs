//! Proof by branching, for problems whose bins hold few of many nearly distinct items.

mod contracted;
mod node;
pub mod tree;

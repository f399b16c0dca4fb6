//! Proof by branching and by flows: what column generation leaves open on small and medium problems.

pub mod arc_flow;
mod contracted;
pub mod counts;
mod node;
pub mod tree;

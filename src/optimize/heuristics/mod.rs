//! Greedy packings that choose among all bin types: quick incumbents, and the baselines we compare with.

pub mod best_fit;
pub mod bin_by_bin;
pub mod dot_product;
pub mod first_fit;

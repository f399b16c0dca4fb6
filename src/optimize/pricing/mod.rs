//! Pricing: the best pattern of a bin type for given duals, and a proven bound on its value.

pub mod branch_and_bound;
pub mod contract;
pub mod enumerate;
pub mod greedy;
pub mod knapsack;
pub mod oracle;
pub mod relaxation;
pub mod walk;

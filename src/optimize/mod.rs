//! The packing solver: pure operations research, no ECS.

pub mod column_generation;
pub mod heuristics;
pub mod integer;
pub mod listener;
pub mod lp;
pub mod outcome;
pub mod pattern;
pub mod pricing;
pub mod problem;
pub mod record;
pub mod reduce;
pub mod solve;
pub mod stop;

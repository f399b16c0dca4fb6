//! The packing solver: pure operations research, no ECS.

pub mod choosing;
pub mod column_generation;
pub mod duals;
pub mod even_patterns;
pub mod exact;
pub mod feasibility;
pub mod few_classes;
pub mod few_patterns;
pub mod heuristics;
pub mod integer;
pub mod keeping;
pub mod listener;
pub mod lp;
pub mod outcome;
pub mod over_time;
pub mod pattern;
pub mod pricing;
pub mod problem;
pub mod record;
pub mod reduce;
pub mod relax;
pub mod room;
pub mod side_rows;
pub mod solve;
pub mod stop;

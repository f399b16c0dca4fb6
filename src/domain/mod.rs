//! ECS nouns and their arithmetic. Knows no files, clocks, threads, solvers or SDK types.

pub mod attributes;
pub mod aws_names;
pub mod capacity;
pub mod cluster;
pub mod deployed;
pub mod held;
pub mod instance_type;
pub mod interruption;
pub mod money;
pub mod packing;
pub mod placement;
pub mod plan;
pub mod policy;
pub mod policy_keys;
pub mod proof;
pub mod quantity;
pub mod query;
pub mod resources;
pub mod schedule;
pub mod service;
pub mod settings;
pub mod stages;
pub mod task;
pub mod text;
pub mod week;
pub mod weights;

//! The ECS replica: how Amazon ECS would place tasks, scale groups and lose instances.

pub mod auto_scaling_group;
pub mod availability;
pub mod choices;
pub mod cost;
pub mod deployment;
pub mod interval;
pub mod losses;
pub mod managed_scaling;
pub mod providers;
pub mod random;
pub mod trace;
pub mod trace_picture;

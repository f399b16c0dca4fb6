//! The ECS replica: how Amazon ECS would place tasks, scale groups and lose instances.

pub mod choices;
pub mod managed_scaling;
pub mod providers;
pub mod random;

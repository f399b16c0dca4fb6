//! Translates ECS into the packing problem and back: one rule of ECS or of the policy per file.
//!
//! [`offering`] lists what can be bought or is kept, [`rules`] decides what fits where and what it takes,
//! [`model`] writes the problem down, [`diagnosis`] explains why a service fits nowhere.

pub mod diagnosis;
pub mod model;
pub mod offering;
pub mod price;
pub mod rules;

//! Translates ECS into the packing problem and back: one rule of ECS or of the policy per file.
//!
//! [`offering`] lists what can be bought or is kept, [`rules`] decides what fits where and what it takes,
//! [`hosts`] where each service could run, [`demand`] how many tasks and how much room, [`model`] writes the
//! problem down, [`diagnosis`] explains why a service fits nowhere.

pub mod demand;
pub mod diagnosis;
pub mod hosts;
pub mod model;
pub mod offering;
pub mod rules;

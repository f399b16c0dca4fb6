//! The planner from outside: its plans held to exhaustive searches, to the checker, to its own bounds and to the rules of ECS written anew.
//!
//! One program, since each further one is linked anew. A name alone runs a part of it: `cargo test --test planner brute_force`.

#[path = "../../benches/generator/mod.rs"]
mod generator;
#[path = "../support/mod.rs"]
mod support;

mod arrivals;
mod availability;
mod bounds;
mod brute_force;
mod checker_agrees;
mod cut;
mod explain;
mod generated;
mod managed_instances;
mod parsers;
mod proof;
mod properties;
mod realised;
mod room;
mod schema;
mod tiny_clusters;
mod what_if;
mod whole_checker;
mod whole_clusters;
mod whole_model;

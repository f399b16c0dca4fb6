//! The real binary, end to end: exit codes, streams, formats and flags are promises to scripts.

mod apply;
mod apply_moves;
mod capacity;
mod check;
mod commitments;
mod explain;
mod export;
mod fargate_definitions;
mod fleet;
mod help;
#[path = "../support/json_schema.rs"]
mod json_schema;
mod kubernetes;
mod managed_instances;
mod mcp;
mod moves;
mod pack;
mod part;
mod plan;
mod plan_texts;
mod price_age;
mod proof;
mod real_inputs;
mod report;
mod rightsize;
mod rules;
mod schema;
mod signals;
mod simulate;
mod support;
mod today;
mod unplaced;
mod warm_start;
mod week;
mod what_if;
mod whole;

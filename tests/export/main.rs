//! Exports read back by other people's parsers and compared with the plan, and checked by other people's validators.

mod cdk;
mod cli;
mod cloudformation;
mod deployed;
mod diff;
mod existing;
mod groups;
mod looks;
mod managed;
mod modules;
#[path = "../support/old_bash.rs"]
mod old_bash;
#[cfg(unix)]
mod pasted;
mod plans;
mod provider_schema;
mod resets;
#[cfg(unix)]
mod retyping;
mod schedules;
mod special_plans;
mod stages;
#[cfg(unix)]
mod stand_in;
mod terraform;
mod validators;

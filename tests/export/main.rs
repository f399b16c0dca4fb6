//! Exports read back by other people's parsers and compared with the plan, and checked by other people's validators.

mod cdk;
mod cli;
mod cloudformation;
mod deployed;
mod diff;
mod existing;
mod groups;
mod looks;
mod modules;
mod plans;
mod provider_schema;
mod resets;
mod schedules;
mod special_plans;
mod stages;
mod terraform;
mod validators;

//! Exports read back by other people's parsers and compared with the plan, and checked by other people's validators.

mod cli;
mod cloudformation;
mod deployed;
mod groups;
mod looks;
mod plans;
mod terraform;
mod validators;

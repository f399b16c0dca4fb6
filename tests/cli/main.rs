//! The real binary, end to end: exit codes, streams, formats and flags are promises to scripts.

mod check;
mod help;
mod plan;
mod rules;
mod signals;
mod support;

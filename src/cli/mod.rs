//! The command line: arguments in, a library call, a report out. One file per subcommand.
//!
//! Results go to stdout or `--output`; progress, warnings and errors go to stderr.

#[cfg(feature = "aws")]
pub mod acting;
pub mod apply;
pub mod args;
pub mod aws_args;
pub mod catalogue;
pub mod catalogue_ages;
mod catalogue_files;
pub mod check;
mod checked;
pub mod command;
pub mod completions;
pub mod diagnostics;
pub mod exit;
pub mod explain;
pub mod export;
pub mod fleet;
pub mod history;
pub mod input;
pub mod interrupt;
pub mod live;
pub mod man;
#[cfg(feature = "mcp")]
pub mod mcp;
mod objects;
pub mod output;
pub mod over_input;
mod pack;
pub mod plan;
pub mod policy_args;
pub mod progress;
pub mod report;
pub mod rightsize;
pub mod run;
pub mod schema;
mod settings;
pub mod simulate;
#[cfg(feature = "aws")]
pub mod snapshot;
pub mod switches;
pub mod what_if;

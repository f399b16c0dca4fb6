//! `bayplan mcp`: planning as tools of the Model Context Protocol over stdin and stdout, for assistants and agents.
//!
//! Every call is a command of this program in a process of its own, with a limit on memory and time, over files that the server writes
//! from the call's arguments. No tool takes the name of a file, none writes anything or calls AWS.

mod call;
mod lines;
mod server;
mod tools;

use std::num::NonZeroUsize;
use std::thread::available_parallelism;

use clap::Args;

use super::diagnostics::Diagnostics;
use super::exit::{Exit, Failure};
use super::interrupt;
use crate::fleet::{Child, Limits};

/// Arguments of `mcp`.
#[derive(Debug, Args)]
pub struct McpArgs {
    /// Address space of a call, in MiB
    #[arg(long, value_name = "MIB", default_value_t = 4096, value_parser = clap::value_parser!(u64).range(1..=1 << 40))]
    pub call_memory: u64,
    /// Seconds that a call may take; a search ends with its best result before
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub call_seconds: u64,
    /// Bytes that a call's arguments may have
    #[arg(long, value_name = "BYTES", default_value_t = 4 << 20)]
    pub most_bytes: u64,
    /// Calls at a time [default: one per core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub jobs: Option<u16>,
}

/// Serves until the client closes the connection.
///
/// # Errors
/// When this program does not find itself, or the client does not speak the protocol.
pub fn run(args: &McpArgs, diagnostics: Diagnostics) -> Result<Exit, Failure> {
    let program = std::env::current_exe().map_err(|error| {
        Failure::new(
            Exit::Usage,
            format!("this program does not find itself: {error}"),
        )
    })?;
    let cores = available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let child = Child {
        program,
        limits: Limits {
            memory_mib: args.call_memory,
            // Whatever a search ends with at its own limit has to be written, too.
            seconds: args.call_seconds + args.call_seconds / 4 + 5,
        },
    };
    let planner = server::Planner::new(
        child,
        call::Bounds {
            seconds: args.call_seconds,
            most_bytes: args.most_bytes,
        },
        args.jobs.map_or(cores.get(), usize::from),
    );
    diagnostics.note("serving tools over stdin and stdout");
    // A signal ends the server in order: documents of calls are taken away.
    let interrupt = interrupt::install_saying(diagnostics, "stopping: calls that run are given up");
    server::serve(planner, interrupt)
        .map(|()| {
            if interrupt.is_raised() {
                Exit::Interrupted
            } else {
                Exit::Done
            }
        })
        .map_err(|why| Failure::new(Exit::Usage, why))
}

//! From the process's arguments to its exit code.

use std::ffi::OsString;
use std::panic;
use std::process::ExitCode;
use std::time::Instant;

use clap::{CommandFactory as _, FromArgMatches as _};

use super::catalogue::{CatalogueCommand, LookUp};
use super::command::{Cli, Command};
use super::diagnostics::Diagnostics;
use super::exit::{Exit, Failure};
#[cfg(feature = "mcp")]
use super::mcp;
use super::output::Destination;
#[cfg(feature = "aws")]
use super::snapshot;
use super::{
    apply, catalogue, check, completions, explain, export, fleet, history, man, over_input, pack,
    plan, report, rightsize, schema, simulate, switches, what_if,
};

/// Runs the command that the process's arguments name.
pub fn main() -> ExitCode {
    let started = Instant::now();
    let (cli, over_an_input) = match parsed(std::env::args_os()) {
        Ok(parsed) => parsed,
        Err(error) => {
            // Help and version come this way too; a reader that closed the pipe is no failure.
            let _ = error.print();
            return if error.use_stderr() {
                Exit::Usage
            } else {
                Exit::Done
            }
            .into();
        }
    };
    anstream::ColorChoice::from(cli.global.color).write_global();
    let diagnostics = cli.diagnostics();
    if let Some(failure) = over_an_input {
        diagnostics.failure(&failure);
        return failure.exit.into();
    }
    // A broken invariant has printed its message by the time it arrives here; the exit code says "a bug".
    match panic::catch_unwind(|| dispatch(&cli, started)) {
        Ok(Ok(exit)) => exit.into(),
        Ok(Err(failure)) => {
            diagnostics.failure(&failure);
            failure.exit.into()
        }
        Err(_) => {
            diagnostics
                .error("this is a bug in bayplan; please report it with the input that shows it");
            Exit::Bug.into()
        }
    }
}

/// Runs one command inside a process that goes on, such as a test: failures come back, and a panic is the caller's.
///
/// # Errors
/// Why the command ends without a result.
pub fn within(arguments: impl IntoIterator<Item = OsString>) -> Result<Exit, Failure> {
    let started = Instant::now();
    let (cli, over_an_input) =
        parsed(arguments).map_err(|error| Failure::new(Exit::Usage, error.to_string()))?;
    over_an_input.map_or_else(|| dispatch(&cli, started), Err)
}

/// The command line, and why it is refused where its output would replace an input.
fn parsed(
    arguments: impl IntoIterator<Item = OsString>,
) -> Result<(Cli, Option<Failure>), clap::Error> {
    let mut command = Cli::command();
    let matches = command.try_get_matches_from_mut(switches::with_values(arguments))?;
    let cli = Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut command))?;
    Ok((cli, over_input::refusal(&matches)))
}

fn dispatch(cli: &Cli, started: Instant) -> Result<Exit, Failure> {
    let diagnostics = cli.diagnostics();
    if let Some(threads) = cli.global.threads {
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads.into())
            .build_global()
            .map_err(|error| Failure::new(Exit::Usage, format!("--threads {threads}: {error}")))?;
    }
    match &cli.command {
        Command::Plan(args) => plan::run(args, started, diagnostics),
        Command::Check(args) => check::run(args, diagnostics),
        Command::Simulate(args) => simulate::run(args, started, diagnostics),
        Command::Explain(args) => explain::run(args, started, diagnostics),
        Command::WhatIf(args) => what_if::run(args, started, diagnostics),
        Command::Rightsize(args) => rightsize::run(args, started, diagnostics),
        Command::Fleet(args) => fleet::run(args, diagnostics),
        Command::History(args) => history::run(args, diagnostics),
        Command::Pack(args) => pack::run(args, diagnostics),
        Command::Report(args) => report::run(args, started, diagnostics),
        Command::Export(args) => export::run(args, diagnostics),
        Command::Apply(args) => apply::run(args, diagnostics),
        #[cfg(feature = "aws")]
        Command::Snapshot(args) => snapshot::run(args, diagnostics),
        Command::Catalogue(args) => match &args.command {
            CatalogueCommand::LookUp(what) => look_up(what, diagnostics),
            #[cfg(feature = "aws")]
            CatalogueCommand::Refresh(args) => catalogue::refresh::run(args, diagnostics),
        },
        #[cfg(feature = "mcp")]
        Command::Mcp(args) => mcp::run(args, diagnostics),
        Command::Schema(args) => schema::run(args),
        Command::Completions(args) => completions::run(args, Cli::command()),
        Command::Man(args) => man::run(args, Cli::command()),
    }
}

fn look_up(what: &LookUp, diagnostics: Diagnostics) -> Result<Exit, Failure> {
    let (mut result, mut notes) = (Vec::new(), Vec::new());
    catalogue::run(what, &mut result, &mut notes)
        .map_err(|error| Failure::input(error.to_string()))?;
    for note in String::from_utf8_lossy(&notes).lines() {
        diagnostics.warning(note);
    }
    Destination::from_option(what.common().output.as_ref()).write(&result)?;
    Ok(Exit::Done)
}

//! `bayplan completions SHELL`.

use clap::Args;
use clap_complete::Shell;

use super::exit::{Exit, Failure};
use super::output::Destination;

/// Arguments of `completions`.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell to complete for
    #[arg(value_enum)]
    pub shell: Shell,
}

/// Prints the completion script of the whole command line.
///
/// # Errors
/// When stdout cannot be written.
pub fn run(args: &CompletionsArgs, mut command: clap::Command) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "bayplan", &mut script);
    Destination::Stdout.write(&script)?;
    Ok(Exit::Done)
}

//! `bayplan history list|show|export`, and the history of a right-sizing run.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};

use crate::history::{self, History, Run};
use crate::report::history::{csv, json, text};

use super::diagnostics::Diagnostics;
use super::exit::{Exit, Failure};
use super::output::Destination;

/// Arguments of `history`.
#[derive(Debug, Args)]
pub struct HistoryArgs {
    /// What to show.
    #[command(subcommand)]
    pub command: HistoryCommand,
}

/// What to show of a history.
#[derive(Debug, Subcommand)]
pub enum HistoryCommand {
    /// List the runs
    List(ShownArgs),
    /// Show one run, service by service
    Show {
        /// Number of the run, as `list` shows it
        #[arg(value_name = "RUN")]
        run: i64,
        /// Which history, and in which form.
        #[command(flatten)]
        shown: ShownArgs,
    },
    /// Print all runs with all that is kept of them
    Export(ShownArgs),
}

/// Which history, and in which form.
#[derive(Debug, Args)]
pub struct ShownArgs {
    /// The history: `sqlite:FILE`
    #[arg(long, value_name = "HISTORY", value_parser = place)]
    pub history: PathBuf,
    /// Form of the result [default: text; of export: json]
    #[arg(long, value_name = "FORMAT", help_heading = "Output")]
    pub format: Option<HistoryFormat>,
    /// Write the result to a file, whole or not at all
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub output: Option<PathBuf>,
}

/// Forms of a history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum HistoryFormat {
    /// For a terminal
    Text,
    /// A document for programs
    Json,
    /// One line a run and service
    Csv,
}

/// The file of a history.
pub(super) fn place(text: &str) -> Result<PathBuf, String> {
    match text.split_once(':') {
        Some(("sqlite", file)) if !file.is_empty() => Ok(PathBuf::from(file)),
        Some(("postgres" | "postgresql", _)) => {
            Err("this version keeps histories in SQLite only: write sqlite:FILE".to_owned())
        }
        _ => Err("write it as sqlite:FILE".to_owned()),
    }
}

/// Shows a history.
///
/// # Errors
/// When it cannot be read, or has no such run.
pub fn run(args: &HistoryArgs, diagnostics: Diagnostics) -> Result<Exit, Failure> {
    let (shown, one, default) = match &args.command {
        HistoryCommand::List(shown) => (shown, None, HistoryFormat::Text),
        HistoryCommand::Show { run, shown } => (shown, Some(*run), HistoryFormat::Text),
        HistoryCommand::Export(shown) => (shown, None, HistoryFormat::Json),
    };
    if !shown.history.exists() {
        let message = format!("there is no history {}", shown.history.display());
        return Err(Failure::input(message));
    }
    let history = open(&shown.history, diagnostics)?;
    let mut runs = history.runs().map_err(failure)?;
    if let Some(id) = one {
        runs.retain(|run| run.id == id);
        if runs.is_empty() {
            let message =
                format!("there is no run {id}; `bayplan history list` shows those there are");
            return Err(Failure::input(message));
        }
    }
    let destination = Destination::from_option(shown.output.as_ref());
    let is_list = matches!(args.command, HistoryCommand::List(_));
    let result = match shown.format.unwrap_or(default) {
        HistoryFormat::Text if is_list => text::list(&runs, destination.emphasis()),
        HistoryFormat::Text => text::show(&runs, destination.emphasis()),
        HistoryFormat::Json => json::render(&runs),
        HistoryFormat::Csv => csv::render(&runs),
    };
    destination.write(result.as_bytes())?;
    Ok(Exit::Done)
}

/// Opens a history, and says where a damaged one went.
pub(super) fn open(file: &Path, diagnostics: Diagnostics) -> Result<History, Failure> {
    let opened = history::open(file).map_err(failure)?;
    if let Some(aside) = opened.set_aside {
        diagnostics.warning(&format!(
            "{} is damaged: it is kept as {}, and a new history begins",
            file.display(),
            aside.display()
        ));
    }
    Ok(opened.history)
}

/// A history that cannot be used.
#[expect(clippy::needless_pass_by_value)] // It ends here.
pub(super) fn failure(error: history::HistoryError) -> Failure {
    Failure::input(error.to_string())
}

/// The size of a run's services by name, for the runs that follow.
pub(super) fn sizes(run: &Run) -> crate::rightsize::Earlier {
    use crate::domain::quantity::{CpuUnits, MemoryMib};
    use crate::rightsize::Size;
    let size = |cpu: u64, memory: u64| Size {
        cpu: CpuUnits::new(cpu),
        memory: MemoryMib::new(memory),
    };
    (run.services.iter())
        .map(|service| {
            let today = size(service.cpu_today, service.memory_mib_today);
            let wanted = size(service.cpu_wanted, service.memory_mib_wanted);
            (service.service.clone(), (today, wanted))
        })
        .collect()
}

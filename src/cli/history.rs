//! `bayplan history list|show|export`, and the history of a right-sizing run.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::history::{self, History, Place, Run, outcomes};
use crate::report::history::{Kept, csv, json, text};

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
    /// The history: `sqlite:FILE` or `postgres://USER@HOST/DATABASE`
    #[arg(
        long,
        value_name = "HISTORY",
        env = "BAYPLAN_HISTORY",
        hide_env_values = true
    )]
    pub history: Place,
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
    if let Place::Sqlite(file) = &shown.history
        && !file.exists()
    {
        let message = format!("there is no history {}", file.display());
        return Err(Failure::input(message));
    }
    let mut history = open(&shown.history, diagnostics)?;
    let mut runs = history.runs().map_err(failure)?;
    if let Some(id) = one {
        runs.retain(|run| run.id == id);
        if runs.is_empty() {
            let message =
                format!("there is no run {id}; `bayplan history list` shows those there are");
            return Err(Failure::input(message));
        }
    }
    let kept = kept(runs, &mut history)?;
    let destination = Destination::from_option(shown.output.as_ref());
    let is_list = matches!(args.command, HistoryCommand::List(_));
    let result = match shown.format.unwrap_or(default) {
        HistoryFormat::Text if is_list => text::list(&kept, destination.emphasis()),
        HistoryFormat::Text => text::show(&kept, destination.emphasis()),
        HistoryFormat::Json => json::render(&kept),
        HistoryFormat::Csv => csv::render(&kept.runs),
    };
    destination.write(result.as_bytes())?;
    Ok(Exit::Done)
}

/// The runs with what became of them, cluster by cluster.
fn kept(runs: Vec<Run>, history: &mut History) -> Result<Kept, Failure> {
    let names: BTreeSet<(String, String)> = (runs.iter())
        .map(|run| (run.cluster.clone(), run.region.clone()))
        .collect();
    let mut kept = Kept {
        runs,
        ..Kept::default()
    };
    for (cluster, region) in names {
        let all = (history.last_runs(&cluster, &region, usize::MAX)).map_err(failure)?;
        let changes = history.changes(&cluster, &region).map_err(failure)?;
        let in_order: Vec<Run> = all.into_iter().rev().collect();
        let shown = |run: i64| kept.runs.iter().any(|other| other.id == run);
        let outcomes = outcomes(&in_order, &changes);
        let (outcomes, changes): (Vec<_>, Vec<_>) = (
            (outcomes.into_iter())
                .filter(|one| shown(one.run))
                .collect(),
            (changes.into_iter())
                .filter(|one| shown(one.seen_by) || one.proposed_by.is_some_and(shown))
                .collect(),
        );
        kept.outcomes.extend(outcomes);
        kept.changes.extend(changes);
    }
    kept.outcomes.sort_by_key(|outcome| outcome.run);
    Ok(kept)
}

/// Opens a history, and says where a damaged one went.
pub(super) fn open(place: &Place, diagnostics: Diagnostics) -> Result<History, Failure> {
    let opened = history::open(place).map_err(failure)?;
    if let Some(aside) = opened.set_aside {
        diagnostics.warning(&format!(
            "{place} is damaged: it is kept as {}, and a new history begins",
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

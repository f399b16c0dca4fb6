//! `bayplan catalogue refresh`: today's types and prices from AWS into a directory.

use std::fmt::Write as _;
use std::io::{self, IsTerminal as _};
use std::path::PathBuf;
use std::process;
use std::time::Duration;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;

use crate::aws::connection::{Connection, block_on};
use crate::aws::pace::Pace;
use crate::aws::sdk::SdkCatalogue;
use crate::cli::aws_args::AwsArgs;
use crate::cli::diagnostics::Diagnostics;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::Destination;
use crate::cli::snapshot::{no_connection, still_trying};
use crate::domain::text::visible;
use crate::refresh::{Event, Outcome, PartFailure, RefreshError, clear_new_files, refresh};

/// How often the elapsed time is redrawn.
const REDRAW: Duration = Duration::from_millis(200);

const EXAMPLES: &str = "\
Examples:
  bayplan catalogue refresh --dir prices --region eu-west-1 --region us-east-1
  bayplan plan cluster.yaml --catalogue prices

Files are replaced one by one, each whole; what cannot be refreshed stays as it was, with its date. The permissions are in
data/iam/catalogue.json.";

/// Arguments of `catalogue refresh`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct RefreshArgs {
    /// Directory of the catalogue files, made where it is not there
    #[arg(
        long,
        value_name = "DIR",
        env = "BAYPLAN_CATALOGUE",
        help_heading = "Output"
    )]
    pub dir: PathBuf,
    /// AWS Region; may be given several times [default: that of the AWS configuration]
    #[arg(
        long,
        value_name = "REGION",
        value_delimiter = ',',
        value_parser = region,
        help_heading = "Input"
    )]
    pub region: Vec<String>,
    /// The connection.
    #[command(flatten)]
    pub aws: AwsArgs,
}

/// A Region's name becomes a part of host names.
fn region(text: &str) -> Result<String, String> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if !text.is_empty() && text.len() <= 40 && text.chars().all(fits) {
        Ok(text.to_owned())
    } else {
        Err("a Region is written like eu-west-1".to_owned())
    }
}

/// Refreshes the files of a directory and says what became of each.
///
/// # Errors
/// When there is no connection, or the directory cannot be used.
pub fn run(args: &RefreshArgs, diagnostics: Diagnostics) -> Result<Exit, Failure> {
    let first = args.region.first().map(String::as_str);
    let no_queue = |error: io::Error| Failure::new(Exit::AwsFailure, error.to_string());
    let options = args.aws.options(first);
    let connection = block_on(Connection::open(&options))
        .map_err(no_queue)?
        .map_err(|error| no_connection(&error))?;
    let mut regions: Vec<String> = Vec::new();
    for region in &args.region {
        if !regions.contains(region) {
            regions.push(region.clone());
        }
    }
    if regions.is_empty() {
        regions.push(connection.region().to_owned());
    }
    let bar = bar(diagnostics);
    let above = bar.clone();
    let pace = Pace::default().telling(move |error| {
        above.suspend(|| diagnostics.warning(&still_trying(error)));
    });
    let api = SdkCatalogue::new(connection, pace).map_err(no_queue)?;
    end_at_once(args.dir.clone(), diagnostics);
    let listener = |event: Event<'_>| match event {
        Event::Asks(kind, region) => {
            bar.set_message(format!("{region}: {}", kind.words()));
            diagnostics.note(&format!("{region}: asks for {}", kind.words()));
        }
        Event::Wrote(written) => {
            diagnostics.note(&format!("{} is written", written.kind.file_name()));
        }
    };
    let outcome = refresh(&api, &regions, &args.dir, Timestamp::now(), &listener);
    bar.finish_and_clear();
    let outcome = outcome.map_err(|error| not_begun(&error))?;
    Destination::Stdout.write(summary(&outcome).as_bytes())?;
    for note in &outcome.notes {
        diagnostics.warning(&visible(note));
    }
    for (failures, why) in grouped(&outcome.failures) {
        let what = named(&failures);
        let said = if failures.iter().any(|failure| failure.is_undated()) {
            format!("{what} are new, but plans will give them the day of before: {why}")
        } else {
            format!("{what} stay as they were: {why}")
        };
        if failures.iter().all(|failure| failure.is_passed_over()) {
            diagnostics.warning(&said);
        } else {
            diagnostics.error(&said);
        }
    }
    Ok(exit(&outcome))
}

/// Ctrl-C ends a refresh at once: files are whole at any moment, and what is being written is cleared.
fn end_at_once(directory: PathBuf, diagnostics: Diagnostics) {
    let handler = move || {
        clear_new_files(&directory);
        process::exit(Exit::Interrupted as i32);
    };
    if ctrlc::set_handler(handler).is_err() {
        diagnostics.note("cannot take over Ctrl-C");
    }
}

fn not_begun(error: &RefreshError) -> Failure {
    let exit = match error {
        RefreshError::AtWork { .. } => Exit::Refused,
        RefreshError::Directory { .. } => Exit::Usage,
        RefreshError::Dates { .. } => Exit::InvalidInput,
    };
    Failure::new(exit, error.to_string())
}

/// What AWS did not give weighs more than a file that cannot be read, and that more than a place that cannot be written to.
fn exit(outcome: &Outcome) -> Exit {
    let failed = || (outcome.failures.iter()).filter(|failure| !failure.is_passed_over());
    if failed().any(PartFailure::is_of_aws) {
        Exit::AwsFailure
    } else if failed().any(|failure| !failure.is_of_place()) {
        Exit::InvalidInput
    } else if failed().next().is_some() {
        Exit::Usage
    } else {
        Exit::Done
    }
}

fn bar(diagnostics: Diagnostics) -> ProgressBar {
    if diagnostics.quiet || diagnostics.verbose || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new_spinner();
    let style = ProgressStyle::with_template("{spinner} {elapsed_precise} {msg}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
    bar.enable_steady_tick(REDRAW);
    bar
}

/// A line for each file and Region.
fn summary(outcome: &Outcome) -> String {
    let mut text = String::new();
    for written in &outcome.written {
        for (region, rows, before) in &written.regions {
            let file = written.kind.file_name();
            let _ = writeln!(
                text,
                "{file:<28}  {region:<16}  {rows:>6} rows, {before} before"
            );
        }
    }
    text
}

/// Failures of one cause together: a permission that is missing is missing everywhere.
fn grouped(failures: &[PartFailure]) -> Vec<(Vec<&PartFailure>, String)> {
    let mut groups: Vec<(Vec<&PartFailure>, String)> = Vec::new();
    for failure in failures {
        let why = failure.why.to_string();
        match groups.iter_mut().find(|(_, known)| *known == why) {
            Some((group, _)) => group.push(failure),
            None => groups.push((vec![failure], why)),
        }
    }
    groups
}

fn named(failures: &[&PartFailure]) -> String {
    let name = |failure: &&PartFailure| match &failure.region {
        Some(region) => format!("{} of {region}", failure.kind.words()),
        None => failure.kind.words().to_owned(),
    };
    failures.iter().map(name).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::CatalogueKind;
    use crate::refresh::{ApiFailure, Why};

    fn failed(kind: CatalogueKind, region: &str, is_refused: bool) -> PartFailure {
        PartFailure {
            kind,
            region: Some(region.to_owned()),
            why: Why::Call(ApiFailure {
                message: "no".to_owned(),
                is_refused,
            }),
        }
    }

    fn outcome(failures: Vec<PartFailure>) -> Outcome {
        Outcome {
            failures,
            ..Outcome::default()
        }
    }

    #[test]
    fn only_what_a_plan_needs_is_a_failure() {
        let rates = |refused| failed(CatalogueKind::SavingsPlanRates, "eu-west-1", refused);
        let prices = failed(CatalogueKind::OnDemandPrices, "eu-west-1", true);
        assert_eq!(exit(&outcome(vec![])), Exit::Done);
        assert_eq!(exit(&outcome(vec![rates(true)])), Exit::Done);
        assert_eq!(exit(&outcome(vec![rates(false)])), Exit::AwsFailure);
        assert_eq!(exit(&outcome(vec![rates(true), prices])), Exit::AwsFailure);
        let unreadable = PartFailure {
            kind: CatalogueKind::OnDemandPrices,
            region: None,
            why: Why::OldFile("no CSV".to_owned()),
        };
        let unwritable = PartFailure {
            why: Why::Undated {
                path: "as_of.csv".into(),
                why: "the disk is full".to_owned(),
            },
            ..unreadable.clone()
        };
        assert_eq!(exit(&outcome(vec![unwritable.clone()])), Exit::Usage);
        assert_eq!(
            exit(&outcome(vec![unwritable, unreadable])),
            Exit::InvalidInput
        );
    }

    #[test]
    fn one_cause_is_said_once_for_all_that_it_keeps_back() {
        let failures = [
            failed(CatalogueKind::OnDemandPrices, "eu-west-1", true),
            failed(CatalogueKind::FargatePrices, "eu-west-1", true),
        ];
        let groups = grouped(&failures);
        assert_eq!(groups.len(), 1);
        assert_eq!(
            named(&groups[0].0),
            "On-Demand prices of eu-west-1, Fargate rates of eu-west-1"
        );
    }

    #[test]
    fn a_region_is_no_host_name_of_its_own() {
        assert!(region("eu-west-1").is_ok());
        for text in ["", "eu.west", "EU-WEST-1", "x/y", "a@b"] {
            assert!(region(text).is_err(), "{text}");
        }
    }
}

//! Files of a trace, each in the form that its extension names.

use std::path::{Path, PathBuf};

use crate::cli::exit::{Exit, Failure};
use crate::cli::output::Destination;
use crate::report::simulation::document::SimulationReport;
use crate::report::trace::{to_csv, to_json_lines};
use crate::report::trace_picture;
use crate::simulate::trace::Trace;

/// Characters that fit over a picture.
const LONGEST_TITLE: usize = 110;

/// Forms of a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    JsonLines,
    Csv,
    Picture,
}

fn form(file: &Path) -> Option<Form> {
    let extension = file.extension()?.to_str()?.to_ascii_lowercase();
    match extension.as_str() {
        "jsonl" | "ndjson" | "json" => Some(Form::JsonLines),
        "csv" => Some(Form::Csv),
        "svg" => Some(Form::Picture),
        _ => None,
    }
}

/// Refuses files whose extension names no form.
///
/// # Errors
/// The first such file.
pub fn check(files: &[PathBuf]) -> Result<(), Failure> {
    match files.iter().find(|file| form(file).is_none()) {
        None => Ok(()),
        Some(file) => Err(Failure::new(
            Exit::Usage,
            format!(
                "--trace {}: the file's name must end in .jsonl (JSON Lines), .csv (a table) or .svg (a picture)",
                file.display()
            ),
        )),
    }
}

/// Writes a trace into each file.
///
/// # Errors
/// When a file cannot be written.
pub fn write(files: &[PathBuf], report: &SimulationReport, trace: &Trace) -> Result<(), Failure> {
    for file in files {
        let text = match form(file) {
            Some(Form::JsonLines) => to_json_lines(trace),
            Some(Form::Csv) => to_csv(trace),
            Some(Form::Picture) => trace_picture::render(trace, &title(report)),
            None => continue,
        };
        Destination::File(file.clone()).write(text.as_bytes())?;
    }
    Ok(())
}

fn title(report: &SimulationReport) -> String {
    match &report.scenario {
        None => report.cluster.clone(),
        Some(scenario) => {
            let title = format!("{}: {}", report.cluster, scenario.event);
            if title.chars().count() <= LONGEST_TITLE {
                title
            } else {
                format!("{}: {}", report.cluster, scenario.name)
            }
        }
    }
}

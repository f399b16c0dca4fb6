//! The report in the form asked for, on stdout or in files.

use std::fs;
use std::path::Path;

use clap::ValueEnum as _;

use crate::cli::exit::{Exit, Failure};
use crate::cli::output::Destination;
use crate::report::cost::document::CostReport;
use crate::report::cost::table::Table;
use crate::report::cost::{csv, json, markdown, parquet};
use crate::report::html::page;
use crate::report::kubernetes::column;

use super::{ReportArgs, ReportFormat, TableArg};

/// Writes the report.
///
/// # Errors
/// When it cannot be written, or holds no such table.
pub fn write(args: &ReportArgs, report: &CostReport<'_>) -> Result<(), Failure> {
    let destination = Destination::from_option(args.output.as_ref());
    let words = report.words();
    let name = |of: &str| {
        if report.plan.is_of_nodes() {
            column(of)
        } else {
            of.to_owned()
        }
    };
    match args.format {
        ReportFormat::Html => {
            let page = page::render(report);
            let page = if report.plan.is_of_nodes() {
                words.page(&page)
            } else {
                page
            };
            destination.write(page.as_bytes())
        }
        ReportFormat::Json => {
            let text = json::render(report);
            let text = if report.plan.is_of_nodes() {
                words.sentences(&text)
            } else {
                text
            };
            destination.write(text.as_bytes())
        }
        ReportFormat::Markdown => {
            let text = markdown::render(report);
            let text = if report.plan.is_of_nodes() {
                words.text(&text)
            } else {
                text
            };
            destination.write(text.as_bytes())
        }
        ReportFormat::Csv => {
            write_tables(args, report, "csv", |t| csv::named(t, &name).into_bytes())
        }
        ReportFormat::Parquet => {
            write_tables(args, report, "parquet", |t| parquet::named(t, &name))
        }
    }
}

fn write_tables(
    args: &ReportArgs,
    report: &CostReport<'_>,
    extension: &str,
    render: impl Fn(&Table) -> Vec<u8>,
) -> Result<(), Failure> {
    if let Some(folder) = &args.output_dir {
        return write_folder(folder, report, extension, render);
    }
    let asked = args.table.unwrap_or(TableArg::Charges);
    let name = asked.to_possible_value().expect("no table is hidden");
    let table = report.table(name.get_name()).ok_or_else(|| {
        let known: Vec<&str> = report.all_tables().map(|table| table.name).collect();
        Failure::input(format!(
            "the report has no table {}; it has {}",
            name.get_name(),
            known.join(", ")
        ))
    })?;
    Destination::from_option(args.output.as_ref()).write(&render(table))
}

fn write_folder(
    folder: &Path,
    report: &CostReport<'_>,
    extension: &str,
    render: impl Fn(&Table) -> Vec<u8>,
) -> Result<(), Failure> {
    fs::create_dir_all(folder).map_err(|error| {
        Failure::new(
            Exit::Usage,
            format!("cannot make the folder {}: {error}", folder.display()),
        )
    })?;
    for table in report.all_tables() {
        let file = folder.join(format!("{}.{extension}", table.name));
        Destination::File(file).write(&render(table))?;
    }
    Ok(())
}

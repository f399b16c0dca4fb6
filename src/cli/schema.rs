//! `bayplan schema DOCUMENT`.

use clap::{Args, ValueEnum};

use super::exit::{Exit, Failure};
use super::output::Destination;
use crate::io::{SchemaOf, json_schema};

/// Arguments of `schema`.
#[derive(Debug, Args)]
pub struct SchemaArgs {
    /// The document
    #[arg(value_enum)]
    pub document: DocumentArg,
}

/// A document that has a schema.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum DocumentArg {
    /// The cluster file
    Cluster,
    /// The plan that `plan --format json` prints
    Plan,
    /// The scenario file of `what-if`
    Scenarios,
}

/// Prints the JSON Schema (draft 2020-12) of a document.
///
/// # Errors
/// When stdout cannot be written.
pub fn run(args: &SchemaArgs) -> Result<Exit, Failure> {
    let of = match args.document {
        DocumentArg::Cluster => SchemaOf::Cluster,
        DocumentArg::Plan => SchemaOf::Plan,
        DocumentArg::Scenarios => SchemaOf::Scenarios,
    };
    Destination::Stdout.write(json_schema(of).as_bytes())?;
    Ok(Exit::Done)
}

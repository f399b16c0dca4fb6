//! `bayplan catalogue`: look at instance types and prices, and bring new ones.

mod filter;
#[cfg(feature = "aws")]
pub mod refresh;
mod render;
mod row;
#[cfg(test)]
mod tests;

use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use thiserror::Error;

use super::catalogue_ages;
use super::catalogue_files::CatalogueFileArgs;
use crate::catalogue::{Catalogue, CatalogueError, CatalogueFiles};
use crate::domain::instance_type::InstanceType;

pub use filter::{ClassArg, FilterArgs, SortKey};
use render::Listing;
use row::CatalogueRow;

/// How many names a line of names holds before it is cut short.
const NAMES_ON_A_LINE: usize = 8;
/// How many similar names are suggested for one that is unknown.
const SUGGESTIONS: usize = 3;

const EXAMPLES: &str = "\
Examples:
  bayplan catalogue show m7g.large --region eu-west-1
  bayplan catalogue filter --architecture arm64 --min-memory-mib 16384 --sort-by price-per-gib --format csv";

/// Arguments of `catalogue`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct CatalogueArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: CatalogueCommand,
}

/// What to do with the catalogue.
#[derive(Debug, Subcommand)]
pub enum CatalogueCommand {
    /// Look at it.
    #[command(flatten)]
    LookUp(Box<LookUp>),
    /// Bring today's types and prices from AWS into a directory for `--catalogue`
    #[cfg(feature = "aws")]
    Refresh(Box<refresh::RefreshArgs>),
}

/// What to look at.
#[derive(Debug, Subcommand)]
pub enum LookUp {
    /// Every instance type, with or without a price
    List(ListArgs),
    /// All that is known of one instance type
    Show(ShowArgs),
    /// The types that a policy and further conditions let through; burstable and bare-metal types, HPC types and
    /// types without a current ECS image are left out unless asked for, as `plan` does
    Filter(Box<FilterArgs>),
}

/// Arguments of `catalogue list`.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// Order of the rows
    #[arg(
        long,
        value_name = "KEY",
        default_value = "name",
        help_heading = "Output"
    )]
    pub sort_by: SortKey,
    /// Region, files and form.
    #[command(flatten)]
    pub common: CatalogueCommonArgs,
}

/// Arguments of `catalogue show`.
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// Instance type such as m7g.large
    #[arg(value_name = "NAME")]
    pub name: String,
    /// Region, files and form.
    #[command(flatten)]
    pub common: CatalogueCommonArgs,
}

/// Region, files and form of the result.
#[derive(Debug, Args)]
pub struct CatalogueCommonArgs {
    /// AWS Region
    #[arg(
        long,
        value_name = "REGION",
        env = "AWS_REGION",
        default_value = "us-east-1",
        help_heading = "Input"
    )]
    pub region: String,
    /// Catalogue files.
    #[command(flatten)]
    pub files: CatalogueFileArgs,
    /// Form of the result
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "text",
        help_heading = "Output"
    )]
    pub format: CatalogueFormat,
    /// Write the result to a file, whole or not at all
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub output: Option<PathBuf>,
}

/// Forms of a list of instance types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CatalogueFormat {
    /// For a terminal
    Text,
    /// A document with a version field
    Json,
    /// One row a type
    Csv,
    /// A table for a pull request
    Markdown,
}

/// Why a catalogue command ends without a result.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CatalogueCommandError {
    /// The catalogue files cannot be used, or the Region has no prices.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    /// `show` names a type that is not there.
    #[error(
        "the catalogue has no instance type `{name}`{}",
        did_you_mean(suggestions)
    )]
    UnknownType {
        /// The name as given.
        name: String,
        /// Similar names.
        suggestions: Vec<String>,
    },
    /// The result cannot be written.
    #[error("the result cannot be written: {0}")]
    Write(#[from] io::Error),
}

fn did_you_mean(suggestions: &[String]) -> String {
    match suggestions {
        [] => String::new(),
        names => format!("; did you mean {}?", names.join(", ")),
    }
}

impl LookUp {
    /// Region, files and form, whatever the subcommand.
    pub fn common(&self) -> &CatalogueCommonArgs {
        match self {
            Self::List(args) => &args.common,
            Self::Show(args) => &args.common,
            Self::Filter(args) => &args.common,
        }
    }
}

/// Writes the result to `out` and what there is to say besides to `err`. Where `--output` names a file the
/// caller hands in an `out` that ends there.
///
/// # Errors
/// When the catalogue cannot be read, the type is unknown or the result cannot be written.
pub fn run(
    look_up: &LookUp,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<(), CatalogueCommandError> {
    let common = look_up.common();
    let files = CatalogueFiles::from(&common.files);
    let catalogue = Catalogue::load(&common.region, &files)?;
    for warning in catalogue_ages::remarks(&catalogue, catalogue_ages::today()).warnings {
        writeln!(err, "{warning}")?;
    }
    match look_up {
        LookUp::Show(args) => show(&args.name, &catalogue, common.format, out),
        LookUp::List(args) => {
            let types: Vec<&InstanceType> = catalogue.instance_types().iter().collect();
            let unpriced = unpriced_note(&types, &catalogue);
            let listing = listing(types, args.sort_by, &catalogue);
            write_listing(&listing, unpriced, Vec::new(), common.format, out, err)
        }
        LookUp::Filter(args) => {
            let found = filter::apply(args, &catalogue);
            let unpriced = unpriced_note(&found.matching, &catalogue);
            let mut kept = found.matching;
            if args.priced_only {
                kept.retain(|t| catalogue.on_demand_price(&t.name).is_some());
            }
            let listing = listing(kept, args.sort_by, &catalogue);
            write_listing(&listing, unpriced, found.notes, common.format, out, err)
        }
    }
}

fn listing<'a>(
    mut types: Vec<&InstanceType>,
    sort_by: SortKey,
    catalogue: &'a Catalogue,
) -> Listing<'a> {
    filter::sort(&mut types, sort_by, catalogue);
    let rows = types
        .into_iter()
        .map(|instance_type| CatalogueRow::new(instance_type, catalogue))
        .collect();
    Listing { catalogue, rows }
}

/// In text the notes follow the table, the one about prices last; in forms that programs read they go to
/// `err`.
fn write_listing(
    listing: &Listing<'_>,
    unpriced: Option<String>,
    mut notes: Vec<String>,
    format: CatalogueFormat,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<(), CatalogueCommandError> {
    notes.extend(unpriced);
    listing.write(format, out)?;
    for note in &notes {
        match format {
            CatalogueFormat::Text => writeln!(out, "{note}")?,
            _ => writeln!(err, "{note}")?,
        }
    }
    Ok(())
}

/// How many of the types have no price in the Region, and the first of their names.
fn unpriced_note(types: &[&InstanceType], catalogue: &Catalogue) -> Option<String> {
    let names: Vec<&str> = types
        .iter()
        .map(|t| t.name.as_str())
        .filter(|name| catalogue.on_demand_price(name).is_none())
        .collect();
    let verb = match names.len() {
        0 => return None,
        1 => "type has",
        _ => "types have",
    };
    let region = catalogue.region();
    Some(format!(
        "{} {verb} no price in {region}: {}",
        names.len(),
        shortened(&names)
    ))
}

fn shortened(names: &[&str]) -> String {
    let first = names.iter().take(NAMES_ON_A_LINE).copied();
    let line = first.collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(NAMES_ON_A_LINE) {
        0 => line,
        more => format!("{line} and {more} more"),
    }
}

fn show(
    name: &str,
    catalogue: &Catalogue,
    format: CatalogueFormat,
    out: &mut dyn Write,
) -> Result<(), CatalogueCommandError> {
    let Some(instance_type) = catalogue.instance_type(name.trim()) else {
        return Err(CatalogueCommandError::UnknownType {
            name: name.to_owned(),
            suggestions: similar(name, catalogue),
        });
    };
    let row = CatalogueRow::new(instance_type, catalogue);
    if format == CatalogueFormat::Text {
        render::write_details(&row, instance_type, catalogue, out)?;
    } else {
        let rows = vec![row];
        Listing { catalogue, rows }.write(format, out)?;
    }
    Ok(())
}

/// The names nearest to one that is unknown.
fn similar(name: &str, catalogue: &Catalogue) -> Vec<String> {
    let mut scored: Vec<(usize, &str)> = catalogue
        .instance_types()
        .iter()
        .map(|t| (strsim::damerau_levenshtein(name, &t.name), t.name.as_str()))
        .filter(|(distance, _)| *distance <= 2)
        .collect();
    scored.sort_unstable();
    let nearest = scored.into_iter().take(SUGGESTIONS);
    nearest.map(|(_, name)| name.to_owned()).collect()
}

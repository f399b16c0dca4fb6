//! `bayplan fleet list DIR`.

use std::path::Path;

use crate::fleet::{Asked, Listed, UnitArgs, list, write_manifest};

use super::ListArgs;
use super::lines::Lines;
use super::place::{clean, for_units};
use crate::cli::diagnostics::Diagnostics;
use crate::cli::exit::{Exit, Failure};
use crate::cli::input;
use crate::cli::objects::address;
use crate::cli::output::Destination;

/// Writes the manifest of a folder, a bucket, or live clusters.
pub(super) fn run(args: &ListArgs, diagnostics: Diagnostics) -> Result<Exit, Failure> {
    let asked = asked(args)?;
    let listed = match (&args.accounts, &args.folder) {
        (Some(file), _) => live(file, args, &asked, diagnostics)?,
        (None, Some(folder)) => match address(folder) {
            Some(address) => objects(address, args, &asked, diagnostics)?,
            None => list(folder, &asked).map_err(|error| {
                Failure::input(format!("cannot read {}: {error}", folder.display()))
            })?,
        },
        (None, None) => Listed::default(),
    };
    for file in &listed.unreadable {
        diagnostics.warning(&format!("{}: its unit's result will say so", clean(file)));
    }
    for what in &listed.left_out {
        diagnostics.warning(&format!("{}; left out", clean(what)));
    }
    for what in listed.same.said() {
        diagnostics.warning(&format!(
            "{}: sums over the fleet count each of them",
            clean(&what)
        ));
    }
    if listed.units.is_empty() {
        let place = args.folder.as_deref().unwrap_or(Path::new(""));
        let message = format!(
            "{} holds no cluster file (.json, .yaml, .yml, .csv)",
            place.display()
        );
        return Err(Failure::input(message));
    }
    for_units(&asked, listed.units.iter().map(|unit| unit.id.as_str()))?;
    let manifest = write_manifest(&listed.units);
    Destination::from_option(args.output.as_ref()).write(manifest.as_bytes())?;
    Ok(Exit::Done)
}

/// What the units do.
fn asked(args: &ListArgs) -> Result<Asked, Failure> {
    let lines = Lines::default();
    let all = UnitArgs::of_words(args.words.clone());
    lines.check(&all)?;
    let Some(file) = &args.options else {
        return Ok(Asked::from(all));
    };
    let text = input::read_text(file)?;
    Asked::with_options(all, &text, &input::display_name(file), &|args| {
        lines.why_not(args)
    })
    .map_err(|findings| Failure::findings(findings.to_string()))
}

#[cfg(feature = "aws")]
fn live(
    file: &Path,
    args: &ListArgs,
    asked: &Asked,
    diagnostics: Diagnostics,
) -> Result<Listed, Failure> {
    super::accounts::list(file, args, asked, diagnostics)
}

#[cfg(feature = "aws")]
fn objects(
    address: &str,
    args: &ListArgs,
    asked: &Asked,
    diagnostics: Diagnostics,
) -> Result<Listed, Failure> {
    super::bucket::list(address, &args.bucket, asked, diagnostics)
}

#[cfg(not(feature = "aws"))]
fn live(
    _file: &Path,
    _args: &ListArgs,
    _asked: &Asked,
    _diagnostics: Diagnostics,
) -> Result<Listed, Failure> {
    let message = "live clusters are read from AWS, and this build of bayplan has no AWS in it: build it with the cargo feature `aws`, or list a folder";
    Err(Failure::new(Exit::Usage, message))
}

#[cfg(not(feature = "aws"))]
fn objects(
    address: &str,
    _args: &ListArgs,
    _asked: &Asked,
    _diagnostics: Diagnostics,
) -> Result<Listed, Failure> {
    Err(crate::cli::objects::none(address))
}

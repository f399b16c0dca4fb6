//! `bayplan fleet list DIR`.

use std::path::Path;

use crate::fleet::{Listed, UnitArgs, list, write_manifest};

use super::ListArgs;
use super::place::{check_args, clean};
use crate::cli::diagnostics::Diagnostics;
use crate::cli::exit::{Exit, Failure};
use crate::cli::objects::address;
use crate::cli::output::Destination;

/// Writes the manifest of a folder, a bucket, or live clusters.
pub(super) fn run(args: &ListArgs, diagnostics: Diagnostics) -> Result<Exit, Failure> {
    let unit = UnitArgs::of_words(args.words.clone());
    check_args(&unit)?;
    let listed = match (&args.accounts, &args.folder) {
        (Some(file), _) => live(file, args, &unit, diagnostics)?,
        (None, Some(folder)) => match address(folder) {
            Some(address) => objects(address, args, &unit, diagnostics)?,
            None => list(folder, &unit).map_err(|error| {
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
    let manifest = write_manifest(&listed.units);
    Destination::from_option(args.output.as_ref()).write(manifest.as_bytes())?;
    Ok(Exit::Done)
}

#[cfg(feature = "aws")]
fn live(
    file: &Path,
    args: &ListArgs,
    unit: &UnitArgs,
    diagnostics: Diagnostics,
) -> Result<Listed, Failure> {
    super::accounts::list(file, args, unit, diagnostics)
}

#[cfg(feature = "aws")]
fn objects(
    address: &str,
    args: &ListArgs,
    unit: &UnitArgs,
    diagnostics: Diagnostics,
) -> Result<Listed, Failure> {
    super::bucket::list(address, &args.bucket, unit, diagnostics)
}

#[cfg(not(feature = "aws"))]
fn live(
    _file: &Path,
    _args: &ListArgs,
    _unit: &UnitArgs,
    _diagnostics: Diagnostics,
) -> Result<Listed, Failure> {
    let message = "live clusters are read from AWS, and this build of bayplan has no AWS in it: build it with the cargo feature `aws`, or list a folder";
    Err(Failure::new(Exit::Usage, message))
}

#[cfg(not(feature = "aws"))]
fn objects(
    address: &str,
    _args: &ListArgs,
    _unit: &UnitArgs,
    _diagnostics: Diagnostics,
) -> Result<Listed, Failure> {
    Err(crate::cli::objects::none(address))
}

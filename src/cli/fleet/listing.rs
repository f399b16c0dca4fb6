//! `bayplan fleet list DIR`.

use crate::fleet::{UnitArgs, list, write_manifest};

use super::ListArgs;
use super::place::{check_args, clean};
use crate::cli::diagnostics::Diagnostics;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::Destination;

/// Writes the manifest of a folder.
pub(super) fn run(args: &ListArgs, diagnostics: Diagnostics) -> Result<Exit, Failure> {
    let unit = UnitArgs::of_words(args.words.clone());
    check_args(&unit)?;
    let listed = list(&args.folder, &unit).map_err(|error| {
        Failure::input(format!("cannot read {}: {error}", args.folder.display()))
    })?;
    for file in &listed.unreadable {
        diagnostics.warning(&format!("{}: its unit's result will say so", clean(file)));
    }
    if listed.units.is_empty() {
        let message = format!(
            "{} holds no cluster file (.json, .yaml, .yml, .csv)",
            args.folder.display()
        );
        return Err(Failure::input(message));
    }
    let manifest = write_manifest(&listed.units);
    Destination::from_option(args.output.as_ref()).write(manifest.as_bytes())?;
    Ok(Exit::Done)
}

//! `bayplan fleet status` and `bayplan fleet gather`.

use std::fs;
use std::io;
use std::path::Path;

use crate::fleet::gather::{Gathered, Outcome, gather as gathered};
use crate::fleet::store::Store;
use crate::fleet::{State, Work, progress};
use crate::io::write_atomically;
use crate::report::fleet::{html, parquet, status as words, text};

use super::place::{as_listed, manifest, reading, refused, work};
use super::together::across;
use super::{GatherArgs, StatusArgs, StatusFormat};
use crate::cli::diagnostics::Diagnostics;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::Destination;

/// Says how far the units are.
pub(super) fn status(args: &StatusArgs, diagnostics: Diagnostics) -> Result<Exit, Failure> {
    let work = work(&args.place, manifest(&args.place, diagnostics)?, None);
    let store = reading(&args.place, diagnostics)?;
    let work = as_listed(work, store.as_ref())?;
    let status = seen(&work, store.as_ref())?;
    let result = match args.format {
        StatusFormat::Text => words::text(&status),
        StatusFormat::Json => words::json(&status),
    };
    Destination::from_option(args.output.as_ref()).write(result.as_bytes())?;
    Ok(Exit::Done)
}

fn seen(work: &Work, store: &dyn Store) -> Result<words::Status, Failure> {
    let progress = progress(work, store).map_err(|error| refused(&error))?;
    let mut set_aside = Vec::new();
    for (unit, state) in work.units.iter().zip(&progress.states) {
        if let State::Poisoned(attempts) = state {
            let attempts = attempts.said(store).map_err(|error| refused(&error))?;
            set_aside.push((unit.unit.id.clone(), unit.key.to_string(), attempts));
        }
    }
    Ok(words::Status {
        units: work.units.len(),
        done: progress.done(),
        pending: progress.pending(),
        set_aside,
    })
}

/// Puts all results together.
pub(super) fn gather(args: &GatherArgs, diagnostics: Diagnostics) -> Result<Exit, Failure> {
    let work = work(&args.place, manifest(&args.place, diagnostics)?, None);
    let store = reading(&args.place, diagnostics)?;
    let work = as_listed(work, store.as_ref())?;
    let units = gathered(&work, store.as_ref()).map_err(|error| refused(&error))?;
    some_result(&units, args)?;
    let across = across(&work, &units, args, diagnostics)?;
    // Two clusters as one are what could be, and no clusters of the fleet.
    let units: Vec<Gathered> = (units.into_iter().filter(|unit| unit.of.is_none())).collect();
    let unwritable = |name: &str, error: &io::Error| {
        let path = args.to.join(name);
        Failure::new(
            Exit::Usage,
            format!("cannot write {}: {error}", path.display()),
        )
    };
    fs::create_dir_all(&args.to).map_err(|error| unwritable("", &error))?;
    let summary = text::render(&units, &across);
    let mut files = parquet::render(&units, &across);
    files.push(("fleet.txt", summary.clone().into_bytes()));
    files.push(("fleet.html", html::render(&units, &across).into_bytes()));
    let written: Vec<&str> = files.iter().map(|(name, _)| *name).collect();
    for (name, bytes) in files {
        write_atomically(&args.to.join(name), &bytes).map_err(|error| unwritable(name, &error))?;
    }
    for name in parquet::FILES {
        if !written.contains(&name) {
            take_away(&args.to.join(name)).map_err(|error| unwritable(name, &error))?;
        }
    }
    Destination::Stdout.write(summary.as_bytes())?;
    Ok(Exit::Done)
}

/// A table of an earlier gathering, if it is there.
fn take_away(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Refuses to gather nothing: a mistyped folder would put an empty report in the place of a good one.
fn some_result(units: &[Gathered], args: &GatherArgs) -> Result<(), Failure> {
    if (units.iter()).any(|unit| unit.outcome != Outcome::Pending) {
        return Ok(());
    }
    Err(Failure::input(format!(
        "{} has a result of none of these units, and nothing is written: name the folder of `fleet run --out`, or run the fleet first",
        args.place.out.display()
    )))
}

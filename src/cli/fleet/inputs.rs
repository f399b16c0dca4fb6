//! Clusters and catalogues of units, as the units' own commands read them.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use clap::FromArgMatches as _;

use crate::catalogue::{Catalogue, CatalogueFiles};
use crate::cli::command::{Cli, Command};
use crate::cli::diagnostics::Diagnostics;
use crate::cli::exit::Failure;
use crate::cli::input;
use crate::cli::plan::PlanArgs;
use crate::domain::cluster::Cluster;
use crate::domain::text::first_names;
use crate::fleet::{UnitArgs, WorkUnit};
use crate::io::decode_text;

use super::PlaceArgs;
use super::lines::Lines;
use super::place::clean;

/// Units whose cluster files are fetched at a time.
pub(super) const PART: usize = 64;

/// What says how a unit's cluster is read.
#[derive(Default)]
pub(super) struct Inputs {
    /// Rates in place of those that units name.
    savings_plan_rates: Option<PathBuf>,
    lines: Lines,
    /// The command of the unit that was looked at last, as the next one often has the same; none where it is no plan.
    last: Option<(UnitArgs, Option<Box<PlanArgs>>)>,
    /// Catalogues, and by what files and Region each is known: units with other flags share them.
    catalogues: Vec<Catalogue>,
    known: HashMap<(CatalogueFiles, String), usize>,
}

impl Inputs {
    /// Nothing read yet.
    pub(super) fn with_rates(savings_plan_rates: Option<PathBuf>) -> Self {
        Self {
            savings_plan_rates,
            ..Self::default()
        }
    }

    /// The command of units with these arguments.
    pub(super) fn command(&mut self, args: &UnitArgs) -> Option<&PlanArgs> {
        if (self.last.as_ref()).is_none_or(|(known, _)| known != args) {
            let matches = self.lines.matches(args).ok();
            let cli = matches.and_then(|matches| Cli::from_arg_matches(&matches).ok());
            let command = cli.and_then(|cli| match cli.command {
                Command::Plan(args) => Some(args),
                _ => None,
            });
            self.last = Some((args.clone(), command));
        }
        self.last.as_ref()?.1.as_deref()
    }

    /// The cluster of a unit from the text of its file, as its plan had it; `None` where the unit is no plan or its file cannot be read.
    pub(super) fn cluster(&mut self, unit: &WorkUnit, text: &str) -> Option<Cluster> {
        let command = self.command(&unit.unit.args)?;
        let quiet = Diagnostics {
            quiet: true,
            ..Diagnostics::default()
        };
        input::cluster(text, &unit.path, &command.input, quiet).ok()
    }

    /// The catalogue of units with these arguments in a Region, and the number by which it is known.
    ///
    /// # Errors
    /// Where its files cannot be read.
    pub(super) fn catalogue(
        &mut self,
        args: &UnitArgs,
        region: &str,
    ) -> Result<(&Catalogue, usize), Failure> {
        let command = self.command(args);
        let mut files = command.map_or_else(CatalogueFiles::default, |command| {
            CatalogueFiles::from(&command.input.catalogue)
        });
        if let Some(rates) = &self.savings_plan_rates {
            files.savings_plan_rates = Some(rates.clone());
        }
        let key = (files, region.to_owned());
        if let Some(&number) = self.known.get(&key) {
            return Ok((&self.catalogues[number], number));
        }
        let catalogue =
            Catalogue::load(region, &key.0).map_err(|error| Failure::input(error.to_string()))?;
        let number = self.catalogues.len();
        self.catalogues.push(catalogue);
        self.known.insert(key, number);
        Ok((&self.catalogues[number], number))
    }
}

/// Cluster files that are left out, by why.
#[derive(Default)]
pub(super) struct Unread(BTreeMap<String, Vec<String>>);

impl Unread {
    /// One is.
    pub(super) fn add(&mut self, id: &str, why: &str) {
        self.0
            .entry(why.to_owned())
            .or_default()
            .push(id.to_owned());
    }

    /// Says which, once a reason.
    pub(super) fn say(&self, diagnostics: Diagnostics, what: &str) {
        for (why, ids) in &self.0 {
            diagnostics.warning(&format!(
                "{}: {what}: {}",
                clean(&first_names(ids)),
                clean(why)
            ));
        }
    }
}

/// The texts of the cluster files of some units, or why there is none. Only what a result came from is taken: a file or an object that is
/// another now would lend its sizes and its week to a plan that knows nothing of it.
pub(super) fn texts(
    units: &[&WorkUnit],
    args: &PlaceArgs,
    diagnostics: Diagnostics,
) -> Result<Vec<Result<String, String>>, Failure> {
    let mut all: Vec<Result<Vec<u8>, String>> = (units.iter())
        .map(|unit| {
            if unit.unit.is_object() {
                return Err("it is not fetched".to_owned());
            }
            std::fs::read(&unit.path).map_err(|error| error.to_string())
        })
        .collect();
    let objects: Vec<usize> = (0..units.len())
        .filter(|&at| units[at].unit.is_object())
        .collect();
    if !objects.is_empty() {
        let inputs: Vec<&str> = (objects.iter())
            .map(|&at| units[at].unit.input.as_str())
            .collect();
        let fetched = fetched(&inputs, args, diagnostics)?;
        for (at, bytes) in objects.into_iter().zip(fetched) {
            all[at] = bytes;
        }
    }
    let of_result = |(unit, bytes): (&&WorkUnit, Result<Vec<u8>, String>)| {
        let bytes = bytes?;
        if unit.is_of(&bytes) {
            decode_text(bytes)
        } else {
            Err("it is not what its result came from: its SHA-256 is another; put it back, or list and run again".to_owned())
        }
    };
    Ok(units.iter().zip(all).map(of_result).collect())
}

#[cfg(feature = "aws")]
fn fetched(
    inputs: &[&str],
    args: &PlaceArgs,
    diagnostics: Diagnostics,
) -> Result<Vec<Result<Vec<u8>, String>>, Failure> {
    super::bucket::fetched(inputs, &args.bucket, diagnostics)
}

/// No object can be fetched: its cluster is said to be left out.
#[cfg(not(feature = "aws"))]
#[expect(clippy::unnecessary_wraps, reason = "builds with AWS may fail here")]
fn fetched(
    inputs: &[&str],
    _args: &PlaceArgs,
    _diagnostics: Diagnostics,
) -> Result<Vec<Result<Vec<u8>, String>>, Failure> {
    let none = "this build of bayplan has no AWS in it".to_owned();
    Ok(vec![Err(none); inputs.len()])
}

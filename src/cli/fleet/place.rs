//! A manifest with its inputs, and where its results are kept.

use std::path::{Path, PathBuf};

use crate::catalogue::embedded_files;
use crate::fleet::store::{Folder, Store, StoreError};
use crate::fleet::{ALGORITHM, is_cluster_file, prepare, read_manifest, sha256_of};
use crate::fleet::{Asked, FleetError, Manifest, Program, Unit, Work};

use super::PlaceArgs;
use super::lines::Lines;
use crate::cli::diagnostics::Diagnostics;
use crate::cli::exit::{Exit, Failure};
use crate::cli::input;
use crate::cli::objects::address;

/// Reads the manifest.
pub(super) fn manifest(args: &PlaceArgs, diagnostics: Diagnostics) -> Result<Manifest, Failure> {
    let text = match address(&args.manifest) {
        Some(address) => object(address, args, diagnostics)?,
        None => input::read_text(&args.manifest)?,
    };
    let name = input::display_name(&args.manifest);
    let manifest =
        read_manifest(&text, &name).map_err(|findings| Failure::findings(findings.to_string()))?;
    if manifest.repeated > 0 {
        diagnostics.warning(&format!(
            "{name} has {} more than once: each is run once",
            if manifest.repeated == 1 {
                "a line".to_owned()
            } else {
                format!("{} lines", manifest.repeated)
            }
        ));
    }
    Ok(manifest)
}

/// Looks at the inputs of a manifest. Objects of buckets come below `spool` when they are fetched.
pub(super) fn work(args: &PlaceArgs, manifest: Manifest, spool: Option<&Path>) -> Work {
    let folder = args.manifest.parent().map(Path::to_owned);
    let locate = |unit: &Unit| {
        if unit.is_object() {
            spool.map_or_else(|| PathBuf::from(&unit.input), |spool| spooled(spool, unit))
        } else {
            locate(&unit.input, folder.as_deref())
        }
    };
    let lines = Lines::default();
    let named = |unit: &Unit| lines.files(&unit.args);
    prepare(manifest, &program(), &locate, &named)
}

/// Bytes of a spooled file's name before its ending: S3 takes longer names than a file may have.
const LONGEST_STEM: usize = 200;

/// Where a unit's object is put: in a folder of its own, under its own name, whose ending says what it is, and whose stem what its cluster is
/// called where the file does not say so.
fn spooled(spool: &Path, unit: &Unit) -> PathBuf {
    let name = unit.input.rsplit('/').next().unwrap_or_default();
    let (stem, ending) = match name.rsplit_once('.') {
        Some((stem, ending)) if is_cluster_file(&format!("x.{ending}")) => (stem, ending),
        _ => (name, ""),
    };
    let mut end = stem.len().min(LONGEST_STEM);
    while !stem.is_char_boundary(end) {
        end -= 1;
    }
    let stem = match &stem[..end] {
        "" | "." | ".." => "object",
        stem => stem,
    };
    let folder = spool.join(sha256_of(unit.id.as_bytes()));
    if ending.is_empty() {
        folder.join(stem)
    } else {
        folder.join(format!("{stem}.{ending}"))
    }
}

/// A relative input is one of the working folder; where it is not there, one beside the manifest.
fn locate(input: &str, folder: Option<&Path>) -> PathBuf {
    let path = PathBuf::from(input);
    if path.is_relative() && !path.exists() {
        let beside = folder.map(|folder| folder.join(&path));
        if let Some(beside) = beside.filter(|beside| beside.exists()) {
            return beside;
        }
    }
    path
}

/// This program, as far as it shapes results.
fn program() -> Program {
    let mut texts = String::new();
    for (name, text) in embedded_files() {
        texts.push_str(name);
        texts.push('\0');
        texts.push_str(text);
        texts.push('\0');
    }
    Program {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        algorithm: ALGORITHM,
        catalogue: sha256_of(texts.as_bytes()),
    }
}

/// The work as a store has it: results of files that are gone are those of what was listed.
pub(super) fn as_listed(work: Work, store: &dyn Store) -> Result<Work, Failure> {
    work.as_listed(store).map_err(|error| refused(&error))
}

/// Refuses options of units that are not there.
pub(super) fn for_units<'i>(
    asked: &Asked,
    ids: impl Iterator<Item = &'i str>,
) -> Result<(), Failure> {
    (asked.for_units(ids)).map_err(|findings| Failure::findings(findings.to_string()))
}

/// The store to read.
pub(super) fn reading(
    args: &PlaceArgs,
    diagnostics: Diagnostics,
) -> Result<Box<dyn Store>, Failure> {
    match address(&args.out) {
        Some(address) => bucket(address, args, diagnostics),
        None => Ok(Box::new(Folder::at(&args.out))),
    }
}

/// The store to write.
pub(super) fn writing(
    args: &PlaceArgs,
    diagnostics: Diagnostics,
) -> Result<Box<dyn Store>, Failure> {
    match address(&args.out) {
        Some(address) => bucket(address, args, diagnostics),
        None => Ok(Box::new(
            Folder::open(&args.out).map_err(|error| refused(&error))?,
        )),
    }
}

#[cfg(feature = "aws")]
fn object(address: &str, args: &PlaceArgs, diagnostics: Diagnostics) -> Result<String, Failure> {
    super::bucket::text(address, &args.bucket, diagnostics)
}

#[cfg(not(feature = "aws"))]
fn object(address: &str, _args: &PlaceArgs, _diagnostics: Diagnostics) -> Result<String, Failure> {
    Err(crate::cli::objects::none(address))
}

#[cfg(feature = "aws")]
fn bucket(
    address: &str,
    args: &PlaceArgs,
    diagnostics: Diagnostics,
) -> Result<Box<dyn Store>, Failure> {
    let bucket = super::bucket::Bucket::open(address, &args.bucket, diagnostics)?;
    Ok(Box::new(bucket))
}

#[cfg(not(feature = "aws"))]
fn bucket(
    address: &str,
    _args: &PlaceArgs,
    _diagnostics: Diagnostics,
) -> Result<Box<dyn Store>, Failure> {
    Err(crate::cli::objects::none(address))
}

/// A store that refused.
pub(super) fn refused(error: &StoreError) -> Failure {
    Failure::new(Exit::AwsFailure, error.to_string())
}

/// A run that ended early.
pub(super) fn failure(error: &FleetError) -> Failure {
    Failure::new(Exit::AwsFailure, error.to_string())
}

/// A text from outside on one line.
pub(super) fn clean(text: &str) -> String {
    crate::domain::text::visible_start(text, 500)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fetched_object_keeps_its_name_as_far_as_a_file_can_have_it() {
        let name = |input: &str| {
            let line = format!("{{\"id\":\"a\",\"input\":\"{input}\"}}");
            let manifest = read_manifest(&line, "m").expect("a manifest");
            let path = spooled(Path::new("spool"), &manifest.units[0]);
            let name = path.file_name().expect("a name");
            name.to_string_lossy().into_owned()
        };
        assert_eq!(name("s3://fleet/eu/shop.CSV"), "shop.CSV");
        assert_eq!(name("s3://fleet/eu/shop"), "shop");
        assert_eq!(name("s3://fleet/eu/.."), "object");
        let long = name(&format!("s3://fleet/{}.json", "ö".repeat(400)));
        assert_eq!(long, format!("{}.json", "ö".repeat(100)));
    }
}

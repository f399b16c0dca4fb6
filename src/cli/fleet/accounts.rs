//! `bayplan fleet list --accounts FILE`: a snapshot of every cluster, and a unit each. Snapshots come first, so that a unit is the same
//! however often it runs.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use rayon::ThreadPoolBuilder;
use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};

use super::place::{clean, for_units};
use super::{BucketArgs, ListArgs};
use crate::cli::aws_args::AwsArgs;
use crate::cli::diagnostics::Diagnostics;
use crate::cli::exit::{Exit, Failure};
use crate::cli::{input, snapshot};
use crate::fleet::{Asked, Listed, LiveCluster, read_accounts};
use crate::io::write_atomically;

/// Clusters that are read at a time: their answers take far longer than the work.
const AT_A_TIME: usize = 4;
/// The ending of a snapshot of an earlier run, where there is none of this one. It is no cluster file's.
const STALE: &str = "json.stale";

/// Reads the clusters of a file, and lists their snapshots.
pub(super) fn list(
    file: &Path,
    args: &ListArgs,
    asked: &Asked,
    diagnostics: Diagnostics,
) -> Result<Listed, Failure> {
    let text = input::read_text(file)?;
    let clusters = read_accounts(&text, &input::display_name(file))
        .map_err(|findings| Failure::findings(findings.to_string()))?;
    let ids: Vec<String> = clusters.iter().map(LiveCluster::file).collect();
    for_units(asked, ids.iter().map(String::as_str))?;
    let pool = ThreadPoolBuilder::new().num_threads(AT_A_TIME).build();
    let pool = pool.map_err(|error| Failure::new(Exit::Bug, error.to_string()))?;
    let taken: Vec<Result<String, Failure>> = pool.install(|| {
        (clusters.par_iter())
            .map(|cluster| take(cluster, &args.bucket, diagnostics))
            .collect()
    });
    let mut listed = Listed::default();
    for (cluster, text) in clusters.iter().zip(taken) {
        let path = args.snapshots.join(cluster.file());
        let bytes = match text {
            Ok(text) => {
                keep(&path, &text)?;
                Ok(text.into_bytes())
            }
            Err(failure) => {
                set_aside(&path)?;
                Err(clean(&failure.message))
            }
        };
        let unit = (asked.of(&cluster.file()).clone())
            .connected(&cluster.region, role_of(cluster, &args.bucket));
        listed.add(cluster.file(), path.display().to_string(), bytes, unit);
    }
    Ok(listed)
}

/// The role by which a cluster is read.
fn role_of<'a>(cluster: &'a LiveCluster, args: &'a BucketArgs) -> Option<&'a str> {
    let role = cluster.role_arn.as_ref().or(args.aws.role_arn.as_ref());
    role.map(String::as_str)
}

fn take(
    cluster: &LiveCluster,
    args: &BucketArgs,
    diagnostics: Diagnostics,
) -> Result<String, Failure> {
    let aws = AwsArgs {
        role_arn: role_of(cluster, args).map(str::to_owned),
        ..args.aws.clone()
    };
    let region = Some(cluster.region.as_str());
    let taken = snapshot::take(&cluster.cluster, region, &aws, false, diagnostics)?;
    for note in &taken.notes {
        diagnostics.note(&clean(&format!("{}: {note}", cluster.file())));
    }
    Ok(taken.text)
}

fn keep(path: &Path, text: &str) -> Result<(), Failure> {
    let folder = path.parent().unwrap_or(path);
    (fs::create_dir_all(folder))
        .and_then(|()| write_atomically(path, text.as_bytes()))
        .map_err(|error| {
            let message = format!("cannot write {}: {error}", path.display());
            Failure::new(Exit::Usage, message)
        })
}

/// A snapshot of another day must not be planned as if it were of today: it goes under another name.
fn set_aside(path: &Path) -> Result<(), Failure> {
    match fs::rename(path, path.with_extension(STALE)) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            let message = format!(
                "the snapshot of another day cannot be set aside: {}: {error}",
                path.display()
            );
            Err(Failure::new(Exit::Usage, message))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

//! An output that names one of the inputs is refused before anything is read: the input would be lost. So is one that cannot be
//! written: the work would be.
//!
//! Every flag and argument of the command that takes a file is looked at, so that a new one cannot be forgotten. Only
//! `--warm-start` may name the output: the plan of before is read whole, and the new one takes its place.

use std::fs;
use std::path::{Path, PathBuf};

use clap::ArgMatches;

use super::exit::{Exit, Failure};
use super::output::Destination;

/// The flag whose file is written.
const OUTPUT: &str = "output";
/// Flags that name a folder to write to, further files that are written, or a file that may be replaced.
const NO_INPUTS: [&str; 9] = [
    OUTPUT,
    "output_dir",
    "dir",
    "trace",
    "warm_start",
    "write_cluster",
    "out",
    "to",
    "snapshots",
];

/// Why the command line is refused, if it is.
pub fn refusal(matches: &ArgMatches) -> Option<Failure> {
    let of_command = matches.subcommand().and_then(|(_, inner)| refusal(inner));
    of_command.or_else(|| {
        let output = files(matches, OUTPUT).next()?;
        let input = (matches.ids())
            .map(clap::Id::as_str)
            .filter(|id| !NO_INPUTS.contains(id))
            .flat_map(|id| files(matches, id))
            .find(|input| is_same(input, output));
        let Some(input) = input else {
            return Destination::File(output.clone()).check().err();
        };
        Some(Failure::new(
            Exit::Usage,
            format!(
                "--output {} would replace the input {}: name another file",
                output.display(),
                input.display()
            ),
        ))
    })
}

/// The files of a flag; none of a flag that takes something else.
fn files<'m>(matches: &'m ArgMatches, id: &str) -> impl Iterator<Item = &'m PathBuf> {
    (matches.try_get_many::<PathBuf>(id).ok().flatten())
        .into_iter()
        .flatten()
}

/// Whether both names lead to one regular file. Devices and pipes are not replaced.
fn is_same(a: &Path, b: &Path) -> bool {
    let (Ok(of_a), Ok(of_b)) = (fs::metadata(a), fs::metadata(b)) else {
        return false;
    };
    if !of_a.is_file() || !of_b.is_file() {
        return false;
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        // A hard link is replaced alone, and would still be taken for the input.
        (of_a.dev(), of_a.ino()) == (of_b.dev(), of_b.ino())
    }
    #[cfg(not(unix))]
    {
        fs::canonicalize(a).ok() == fs::canonicalize(b).ok()
    }
}

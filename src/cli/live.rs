//! Where a cluster file is taken, `ecs:NAME` is the live cluster of that name.

use std::path::Path;

use super::aws_args::AwsArgs;
use super::diagnostics::Diagnostics;
use super::exit::{Exit, Failure};

/// What a live cluster's name begins with where a file is expected.
const SCHEME: &str = "ecs:";

/// The name of the live cluster that a file's name stands for.
pub fn cluster_name(file: &Path) -> Option<&str> {
    file.to_str()?.strip_prefix(SCHEME)
}

/// The live cluster as a cluster file, with notes of what is left out of it.
///
/// # Errors
/// When this build has no AWS, there is no connection, or the cluster cannot be read.
pub fn text(
    name: &str,
    region: Option<&str>,
    args: &AwsArgs,
    diagnostics: Diagnostics,
) -> Result<String, Failure> {
    if name.is_empty() {
        return Err(Failure::new(
            Exit::Usage,
            "`ecs:` names no cluster: write `ecs:NAME`",
        ));
    }
    read(name, region, args, diagnostics)
}

#[cfg(not(feature = "aws"))]
fn read(
    name: &str,
    _region: Option<&str>,
    _args: &AwsArgs,
    _diagnostics: Diagnostics,
) -> Result<String, Failure> {
    Err(Failure::new(
        Exit::Usage,
        format!(
            "`ecs:{name}` is a live cluster, and this build of bayplan has no AWS in it: build it with the cargo feature \
             `aws`, or give a cluster file"
        ),
    ))
}

#[cfg(feature = "aws")]
fn read(
    name: &str,
    region: Option<&str>,
    args: &AwsArgs,
    diagnostics: Diagnostics,
) -> Result<String, Failure> {
    // Its notes are in the text, and said by whoever reads that.
    let snapshot = super::snapshot::take(name, region, args, false, diagnostics)?;
    Ok(snapshot.text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_live_cluster_is_named_by_its_scheme() {
        assert_eq!(cluster_name(Path::new("ecs:prod")), Some("prod"));
        assert_eq!(cluster_name(Path::new("prod.json")), None);
        assert_eq!(cluster_name(Path::new("dir/ecs:prod")), None);
    }
}

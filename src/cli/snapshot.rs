//! `bayplan snapshot --cluster NAME`.

use std::path::PathBuf;
use std::time::Instant;

use clap::Args;

use crate::aws::connection::{ConnectError, Connection, block_on, now};
use crate::aws::pace::{MachineClock, Pace};
use crate::aws::reader::Reader;
use crate::aws::sdk::Sdk;
use crate::aws::snapshot::{Snapshot, SnapshotError, SnapshotOptions, snapshot};

use super::aws_args::AwsArgs;
use super::diagnostics::Diagnostics;
use super::exit::{Exit, Failure};
use super::output::Destination;
use crate::aws::accounts;
use crate::aws::cluster_arn;
use crate::aws::errors::CallError;
use crate::domain::text::visible;

/// Arguments of `snapshot`.
#[derive(Debug, Args)]
pub struct SnapshotArgs {
    /// The cluster's name or ARN
    #[arg(long, value_name = "NAME")]
    pub cluster: String,
    /// Write to a file, whole or not at all
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Cut ARNs down to the names at their ends; account numbers are never written
    #[arg(long)]
    pub redact_arns: bool,
    /// AWS Region; without it the profile's or `AWS_REGION`
    #[arg(long, value_name = "REGION", help_heading = "AWS", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub region: Option<String>,
    /// Connection.
    #[command(flatten)]
    pub aws: AwsArgs,
}

/// Reads a live cluster and writes a cluster file.
///
/// # Errors
/// When the cluster cannot be read, or the file cannot be written.
pub fn run(args: &SnapshotArgs, diagnostics: Diagnostics) -> Result<Exit, Failure> {
    let region = args.region.as_deref();
    let snapshot = take(
        &args.cluster,
        region,
        &args.aws,
        args.redact_arns,
        diagnostics,
    )?;
    for note in &snapshot.notes {
        diagnostics.warning(&visible(note));
    }
    let destination = Destination::from_option(args.output.as_ref());
    destination.write(snapshot.text.as_bytes())?;
    Ok(Exit::Done)
}

/// Reads a live cluster.
///
/// # Errors
/// When there is no connection, or the cluster cannot be read.
pub fn take(
    cluster: &str,
    region: Option<&str>,
    args: &AwsArgs,
    redact_arns: bool,
    diagnostics: Diagnostics,
) -> Result<Snapshot, Failure> {
    let started = Instant::now();
    let region = region_of(cluster, region)?;
    let reading = async {
        let connection = (Connection::open(&args.options(region)).await)
            .map_err(|error| no_connection(&error))?;
        let reader = Reader::new(Sdk::new(&connection), pace(diagnostics));
        let options = SnapshotOptions {
            cluster: cluster.to_owned(),
            region: connection.region().to_owned(),
            taken_at: now(),
            redact_arns,
        };
        Box::pin(snapshot(&reader, &options))
            .await
            .map_err(|error| no_snapshot(&error))
    };
    let failed = |error: std::io::Error| Failure::new(Exit::AwsFailure, error.to_string());
    let snapshot = block_on(reading).map_err(failed)??;
    let seconds = started.elapsed().as_secs_f64();
    let calls = snapshot.calls;
    diagnostics.note(&format!(
        "{}: {calls} calls to AWS in {seconds:.1} s",
        visible(&accounts::hidden(cluster))
    ));
    Ok(snapshot)
}

/// The Region asked: that of the flag, without one that of a cluster named by its ARN.
fn region_of<'a>(cluster: &'a str, flag: Option<&'a str>) -> Result<Option<&'a str>, Failure> {
    match (flag, cluster_arn::region(cluster)) {
        (Some(flag), Some(own)) if flag != own => Err(Failure::new(
            Exit::Usage,
            format!(
                "the cluster's ARN is of {}, and --region says {}: leave --region out, or give the cluster of that Region",
                visible(own),
                visible(flag)
            ),
        )),
        (flag, own) => Ok(flag.or(own)),
    }
}

/// The pace of a command's calls: what does not come through is said while it is tried again.
pub fn pace(diagnostics: Diagnostics) -> Pace<MachineClock> {
    Pace::default().telling(move |error| diagnostics.warning(&still_trying(error)))
}

/// What is said of a call that is tried again.
pub fn still_trying(error: &CallError) -> String {
    format!("{}: {}; trying again", error.action, error.cause.said())
}

/// The failure of a connection that there is not.
pub fn no_connection(error: &ConnectError) -> Failure {
    let exit = match error {
        ConnectError::NoRegion | ConnectError::NoProfile { .. } | ConnectError::Endpoint { .. } => {
            Exit::Usage
        }
        ConnectError::NoCredentials { .. }
        | ConnectError::SsoLogin { .. }
        | ConnectError::Slow { .. }
        | ConnectError::Role { .. } => Exit::AwsFailure,
    };
    Failure::new(exit, error.to_string())
}

fn no_snapshot(error: &SnapshotError) -> Failure {
    let exit = match error {
        SnapshotError::Call(_) => Exit::AwsFailure,
        SnapshotError::NoCluster { .. } | SnapshotError::Unreadable(_) => Exit::InvalidInput,
    };
    Failure::new(exit, error.to_string())
}

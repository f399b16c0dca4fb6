//! Where the metrics come from: files, or CloudWatch.

use std::path::{Path, PathBuf};

use crate::cli::diagnostics::Diagnostics;
use crate::cli::exit::{Exit, Failure};
use crate::cli::input;
use crate::domain::cluster::Cluster;
use crate::io::Findings;
use crate::rightsize::series::{Mapping, MetricFile, Metrics, read_mapping, read_metrics};

use super::RightsizeArgs;

/// What stands for CloudWatch where a file is expected.
const CLOUDWATCH: &str = "cloudwatch";

/// The series of all files, or those of CloudWatch.
pub(super) fn metrics(
    args: &RightsizeArgs,
    cluster: &Cluster,
    diagnostics: Diagnostics,
) -> Result<Metrics, Failure> {
    let asks = (args.metrics.iter()).any(|file| file.as_os_str() == CLOUDWATCH && !file.exists());
    if asks && args.metrics.len() > 1 {
        let message = "`--metrics cloudwatch` stands alone: its hours and those of a file would be counted twice";
        return Err(Failure::new(Exit::Usage, message));
    }
    if !asks && (args.keep_metrics.is_some() || args.metrics_until.is_some()) {
        let message = "--keep-metrics and --metrics-until go with `--metrics cloudwatch`";
        return Err(Failure::new(Exit::Usage, message));
    }
    if asks {
        let mapping = args.mapping.as_deref().map(mapping).transpose()?;
        let contents = [(CLOUDWATCH.to_owned(), live(args, cluster, diagnostics)?)];
        return read(&contents, mapping.as_ref(), diagnostics);
    }
    of_files(&args.metrics, args.mapping.as_deref(), diagnostics)
}

/// The series of files.
pub(in crate::cli) fn of_files(
    files: &[PathBuf],
    mapped_by: Option<&Path>,
    diagnostics: Diagnostics,
) -> Result<Metrics, Failure> {
    let mapping = mapped_by.map(mapping).transpose()?;
    let mut contents = Vec::new();
    for file in files {
        contents.push((input::display_name(file), input::read_bytes(file)?));
    }
    read(&contents, mapping.as_ref(), diagnostics)
}

fn read(
    contents: &[(String, Vec<u8>)],
    mapping: Option<&Mapping>,
    diagnostics: Diagnostics,
) -> Result<Metrics, Failure> {
    let files: Vec<MetricFile<'_>> = (contents.iter())
        .map(|(name, bytes)| MetricFile { name, bytes })
        .collect();
    let (metrics, warnings) = read_metrics(&files, mapping).map_err(|all| {
        let texts: Vec<String> = all.iter().map(Findings::to_string).collect();
        Failure::findings(texts.join("\n"))
    })?;
    for warning in warnings {
        diagnostics.finding(&warning);
    }
    Ok(metrics)
}

fn mapping(file: &Path) -> Result<Mapping, Failure> {
    let text = input::read_text(file)?;
    read_mapping(&text, &input::display_name(file))
        .map_err(|findings| Failure::findings(findings.to_string()))
}

#[cfg(not(feature = "aws"))]
fn live(_: &RightsizeArgs, _: &Cluster, _: Diagnostics) -> Result<Vec<u8>, Failure> {
    Err(Failure::new(
        Exit::Usage,
        "`--metrics cloudwatch` asks AWS, and this build of bayplan has no AWS in it: build it with the cargo feature `aws`, or give files",
    ))
}

#[cfg(feature = "aws")]
fn live(
    args: &RightsizeArgs,
    cluster: &Cluster,
    diagnostics: Diagnostics,
) -> Result<Vec<u8>, Failure> {
    use std::time::Instant;

    use crate::aws::connection::{Connection, block_on};
    use crate::aws::metrics::{MetricOptions, measure};
    use crate::aws::reader::Reader;
    use crate::aws::sdk::Sdk;
    use crate::cli::output::Destination;
    use crate::cli::snapshot::{no_connection, pace};
    use crate::domain::text::visible;

    /// What CloudWatch may still lack of the last minutes.
    const LATE: i64 = 300;
    let started = Instant::now();
    let until = (args.metrics_until).map_or_else(
        || jiff::Timestamp::now().as_second() - LATE,
        jiff::Timestamp::as_second,
    );
    let options = MetricOptions {
        cluster: cluster.name.clone(),
        services: (cluster.services.iter())
            .filter(|service| !service.is_standalone())
            .map(|service| service.name.clone())
            .collect(),
        until,
        days: args.metrics_days,
    };
    let reading = async {
        let options_of_aws = args.input.aws.options(Some(&cluster.region));
        let connection = Connection::open(&options_of_aws)
            .await
            .map_err(|error| no_connection(&error))?;
        let reader = Reader::new(Sdk::new(&connection), pace(diagnostics));
        Box::pin(measure(&reader, &options))
            .await
            .map_err(|error| Failure::new(Exit::AwsFailure, error.to_string()))
    };
    let failed = |error: std::io::Error| Failure::new(Exit::AwsFailure, error.to_string());
    let measured = block_on(reading).map_err(failed)??;
    for note in &measured.notes {
        diagnostics.warning(&visible(note));
    }
    diagnostics.note(&format!(
        "{}: {} calls to AWS in {:.1} s for {} days of use",
        visible(&cluster.name),
        measured.calls,
        started.elapsed().as_secs_f64(),
        args.metrics_days
    ));
    if let Some(file) = &args.keep_metrics {
        Destination::File(file.clone()).write(measured.csv.as_bytes())?;
    }
    Ok(measured.csv.into_bytes())
}

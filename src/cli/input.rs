//! From files and flags to a cluster and its catalogue.

use std::env;
use std::io::{self, Read as _};
use std::path::Path;

use serde_json::{Map, Value};

use crate::catalogue::{Catalogue, CatalogueFiles};
use crate::domain::cluster::Cluster;
use crate::domain::money::UsdPerHour;
use crate::domain::plan::FleetPlan;
use crate::domain::reading;
use crate::fleet::STANDS_ALONE;
use crate::io::{ImportOptions, decode_text, read_cluster, read_plan};

use super::args::InputArgs;
use super::aws_args::AwsArgs;
use super::catalogue_ages;
use super::diagnostics::Diagnostics;
use super::exit::Failure;
use super::live;

/// The importer's code for a cluster without a Region.
const NO_REGION: &str = "E1102";

/// The name that stands for stdin.
const STDIN: &str = "-";

/// Reads a cluster file with the flags laid over it, and the catalogue of its Region.
///
/// # Errors
/// Everything that is wrong with the cluster file and the flags, or with the catalogue files.
pub fn read(
    file: &Path,
    args: &InputArgs,
    diagnostics: Diagnostics,
) -> Result<(Cluster, Catalogue), Failure> {
    let (cluster, catalogue) = read_week(file, args, diagnostics)?;
    one_number(&cluster)?;
    Ok((cluster, catalogue))
}

/// Refuses documents of Kubernetes, for what the scheduler of ECS or its API is needed for.
///
/// # Errors
/// Where the cluster is of Kubernetes.
pub fn of_ecs(cluster: &Cluster, command: &str) -> Result<(), Failure> {
    if !cluster.is_kubernetes() {
        return Ok(());
    }
    Err(not_of_ecs(command))
}

/// That a command is for ECS, of a plan or a cluster of Kubernetes.
pub fn not_of_ecs(command: &str) -> Failure {
    Failure::input(format!(
        "`{command}` is for ECS, and this is of Kubernetes: `plan`, `check`, `explain`, `what-if` and `report` know its documents"
    ))
}

/// Refuses a cluster whose demand moves over the week, for whoever works with one number of tasks.
///
/// # Errors
/// Where it does.
pub fn one_number(cluster: &Cluster) -> Result<(), Failure> {
    if cluster.week.is_none() {
        return Ok(());
    }
    Err(Failure::input(
        "demand over a week (`profile`, `demand`): this command works with one number of tasks; leave the hours out of the file, or \
         work with `--at max`, with a maxCount for each such service"
            .to_owned(),
    ))
}

/// Refuses a cluster with commitments, for whoever works with list prices.
///
/// # Errors
/// Where it has some.
pub fn no_commitments(cluster: &Cluster) -> Result<(), Failure> {
    if cluster.commitments.bought.is_empty() {
        return Ok(());
    }
    Err(Failure::input(
        "`commitments` are not built yet for this command: `plan`, `check`, `what-if` and `report` know them; leave them out of the file"
            .to_owned(),
    ))
}

/// The same, where demand may move over the week.
///
/// # Errors
/// As [`read`].
pub fn read_week(
    file: &Path,
    args: &InputArgs,
    diagnostics: Diagnostics,
) -> Result<(Cluster, Catalogue), Failure> {
    let text = cluster_text(file, args.region.as_deref(), &args.aws, diagnostics)?;
    read_week_from(&text, file, args, diagnostics)
}

/// The text of a cluster file, or of the live cluster that `ecs:NAME` stands for.
///
/// # Errors
/// When the file or the cluster cannot be read.
pub fn cluster_text(
    file: &Path,
    region: Option<&str>,
    aws: &AwsArgs,
    diagnostics: Diagnostics,
) -> Result<String, Failure> {
    match live::cluster_name(file) {
        Some(name) => live::text(name, region, aws, diagnostics),
        None => read_text(file),
    }
}

/// Reads a cluster from a file's text with the flags laid over it, and the catalogue of its Region.
///
/// # Errors
/// As [`read`].
pub fn read_from(
    text: &str,
    file: &Path,
    args: &InputArgs,
    diagnostics: Diagnostics,
) -> Result<(Cluster, Catalogue), Failure> {
    let (cluster, catalogue) = read_week_from(text, file, args, diagnostics)?;
    one_number(&cluster)?;
    Ok((cluster, catalogue))
}

fn read_week_from(
    text: &str,
    file: &Path,
    args: &InputArgs,
    diagnostics: Diagnostics,
) -> Result<(Cluster, Catalogue), Failure> {
    let cluster = cluster(text, file, args, diagnostics)?;
    let files = CatalogueFiles::from(&args.catalogue);
    let catalogue = Catalogue::load(&cluster.region, &files)
        .map_err(|error| Failure::input(error.to_string()))?;
    let is_live = cluster.deployed.snapshot.is_some();
    catalogue_ages::say(&catalogue, is_live, diagnostics);
    Ok((cluster, catalogue))
}

/// Reads a plan.
///
/// # Errors
/// When the file cannot be read or is not a plan.
pub fn plan(file: &Path) -> Result<FleetPlan, Failure> {
    let text = read_text(file)?;
    let (_, plan) = read_plan(&text, &display_name(file))
        .map_err(|findings| Failure::findings(findings.to_string()))?;
    if !plan.cost.periods.is_empty() {
        return Err(Failure::input(
            "this is a plan over a week: nothing begins with one yet (`--warm-start`); leave it out",
        ));
    }
    Ok(plan)
}

/// Refuses a plan over a week, for whoever works with one number of tasks and groups of one size.
///
/// # Errors
/// Where it is one.
pub fn no_week(plan: &FleetPlan) -> Result<(), Failure> {
    if plan.cost.periods.is_empty() {
        return Ok(());
    }
    Err(Failure::input(
        "this is a plan over a week, with groups whose sizes follow a schedule: this command sets no scheduled actions and takes none; \
         `bayplan export` writes them"
            .to_owned(),
    ))
}

/// Reads a cluster from a file's text with the flags laid over it.
///
/// # Errors
/// Everything that is wrong with the file and the flags.
pub fn cluster(
    text: &str,
    file: &Path,
    args: &InputArgs,
    diagnostics: Diagnostics,
) -> Result<Cluster, Failure> {
    let name = display_name(file);
    let mut options = ImportOptions {
        region: args.region.clone(),
        columns: args.column.clone(),
        zones: args.availability_zones.clone(),
        today: args.today_usd_per_month.map(UsdPerHour::from_month),
        as_of: args.as_of.clone(),
        stands_alone: stands_alone(),
        policy_overrides: overrides(args),
    };
    let mut result = read_cluster(text, &name, &options);
    // The environment speaks last: only where neither the flag nor the file names a Region.
    if let (Err(findings), Some(region)) = (&result, environment_region())
        && findings
            .findings
            .iter()
            .any(|finding| finding.code == NO_REGION)
    {
        options.region = Some(region);
        result = read_cluster(text, &name, &options);
    }
    let imported = result.map_err(|findings| Failure::findings(findings.to_string()))?;
    for warning in &imported.warnings {
        diagnostics.finding(&warning.to_string());
    }
    Ok(imported.cluster)
}

/// The flags of the policy, in the words of a cluster file.
pub fn overrides(args: &InputArgs) -> Map<String, Value> {
    let mut overrides = args.policy.overrides();
    overrides.insert("at".to_owned(), Value::from(args.count.at.word()));
    overrides
}

/// The Region that the environment names.
pub fn environment_region() -> Option<String> {
    env::var("AWS_REGION")
        .ok()
        .filter(|region| !region.is_empty())
}

/// Whether no file is read that a cluster file names: in units of fleets and calls of `bayplan mcp`.
pub fn stands_alone() -> bool {
    env::var_os(STANDS_ALONE).is_some()
}

/// The text of a file, or of stdin for `-`.
///
/// # Errors
/// When it cannot be read or is not UTF-8.
pub fn read_text(file: &Path) -> Result<String, Failure> {
    let bytes = read_bytes(file)?;
    let name = display_name(file);
    decode_text(bytes).map_err(|why| Failure::input(format!("cannot read {name}: {why}")))
}

/// The bytes of a file, or of stdin for `-`.
///
/// # Errors
/// When it cannot be read.
pub fn read_bytes(file: &Path) -> Result<Vec<u8>, Failure> {
    let bytes = if is_stdin(file) {
        let mut bytes = Vec::new();
        (io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)).inspect_err(reading::note)
    } else {
        reading::read_file(file)
    };
    let name = display_name(file);
    bytes.map_err(|error| Failure::input(format!("cannot read {name}: {error}")))
}

/// Whether the name stands for stdin.
pub fn is_stdin(file: &Path) -> bool {
    file.as_os_str() == STDIN
}

/// The file's name in messages.
pub fn display_name(file: &Path) -> String {
    if is_stdin(file) {
        "stdin".to_owned()
    } else {
        file.display().to_string()
    }
}

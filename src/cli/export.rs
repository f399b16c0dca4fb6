//! `bayplan export PLAN`.

use std::fs;
use std::path::{Path, PathBuf};

use clap::builder::ArgPredicate;
use clap::{Args, ValueEnum};

use crate::catalogue::{Catalogue, CatalogueFiles};
use crate::domain::cluster::Cluster;
use crate::domain::schedule::Timing;
use crate::domain::settings::Settings;
use crate::export::{self, ExportedFile, TerraformStyle};

use super::args::InputArgs;
use super::catalogue_ages;
use super::checked::{ClusterDay, GivenPlan, OnFailure};
use super::diagnostics::Diagnostics;
use super::exit::{Exit, Failure};
use super::input;
use super::output::Destination;

const EXAMPLES: &str = "\
Examples:
  bayplan export plan.json --cluster cluster.yaml --format cli --output-dir deploy
  bayplan export plan.json --cluster cluster.yaml --format terraform --style modules --output ecs.tf
  bayplan export plan.json --diff cluster.yaml

Nothing is sent to AWS. With --cluster or --diff the export knows network modes, reserved memory and what exists,
and the plan is checked first.";

/// Arguments of `export`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ExportArgs {
    /// Plan as `bayplan plan --format json` prints it; `-` reads stdin
    #[arg(value_name = "PLAN")]
    pub plan: PathBuf,
    /// Format to write
    #[arg(
        long,
        value_name = "FORMAT",
        help_heading = "Output",
        required_unless_present = "diff",
        default_value_if("diff", ArgPredicate::IsPresent, "text")
    )]
    pub format: Option<ExportFormat>,
    /// How Terraform is written
    #[arg(
        long,
        value_name = "STYLE",
        help_heading = "Output",
        default_value = "resources"
    )]
    pub style: StyleArg,
    /// Write to a file, whole or not at all; for formats of one file
    #[arg(
        long,
        value_name = "FILE",
        help_heading = "Output",
        conflicts_with = "output_dir"
    )]
    pub output: Option<PathBuf>,
    /// Write into a folder, made if it is not there
    #[arg(long, value_name = "DIR", help_heading = "Output")]
    pub output_dir: Option<PathBuf>,
    /// Exit with 3 when something differs from today; with `--diff`
    #[arg(long, help_heading = "Output", requires = "diff")]
    pub detailed_exitcode: bool,
    /// Minutes before an hour at which a group of a plan over a week grows for it
    #[arg(
        long,
        value_name = "MINUTES",
        help_heading = "Schedules",
        default_value_t = Timing::default().warm_up_minutes
    )]
    pub warm_up_minutes: u64,
    /// Minutes after an hour's begin at which a group shrinks for it; together with the others at most 59
    #[arg(
        long,
        value_name = "MINUTES",
        help_heading = "Schedules",
        default_value_t = Timing::default().drain_minutes
    )]
    pub drain_minutes: u64,
    /// Cluster file the plan was made from
    #[arg(long, value_name = "CLUSTER", help_heading = "Input")]
    pub cluster: Option<PathBuf>,
    /// Cluster file to compare with: only what differs from today is exported, and said in words
    #[arg(
        long,
        value_name = "CLUSTER",
        help_heading = "Input",
        conflicts_with = "cluster"
    )]
    pub diff: Option<PathBuf>,
    /// How to read the cluster; the catalogue files hold for the plan's types too.
    #[command(flatten)]
    pub input: InputArgs,
}

/// Formats of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// What differs from today, in words; with `--diff`, and its default
    Text,
    /// Inputs of AWS CLI commands and the script that applies them; needs `--output-dir`
    Cli,
    /// CloudFormation template in JSON
    CloudformationJson,
    /// CloudFormation template in YAML, with the reason of each setting
    CloudformationYaml,
    /// Terraform resources in HCL, with the reason of each setting
    Terraform,
    /// Terraform resources in Terraform's JSON syntax (.tf.json)
    TerraformJson,
    /// AWS CDK construct in TypeScript, with the reason of each setting
    Cdk,
    /// The groups' and services' settings as one JSON document
    AsgJson,
    /// One group a row
    AsgCsv,
}

/// Styles of Terraform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum StyleArg {
    /// Resources of the AWS provider
    Resources,
    /// Inputs of terraform-aws-modules/ecs and terraform-aws-modules/autoscaling
    Modules,
}

impl From<StyleArg> for TerraformStyle {
    fn from(style: StyleArg) -> Self {
        match style {
            StyleArg::Resources => Self::Resources,
            StyleArg::Modules => Self::Modules,
        }
    }
}

/// Writes a plan's settings.
///
/// # Errors
/// When a file cannot be used, the plan cannot be exported, or the result cannot be written.
pub fn run(args: &ExportArgs, diagnostics: Diagnostics) -> Result<Exit, Failure> {
    let format = args.format.unwrap_or(ExportFormat::Text);
    usage(args, format)?;
    let Read {
        mut settings,
        cluster,
        without_place,
    } = settings(args, diagnostics)?;
    // The files are written all the same; whoever goes on by the exit code stops.
    let mut exit = if without_place.is_some() {
        Exit::Infeasible
    } else {
        Exit::Done
    };
    if let Some(cluster) = cluster.filter(|_| args.diff.is_some()) {
        let (only, differences) = export::differing(settings, &cluster);
        settings = only;
        let mut summary = export::summary(&differences);
        if let Some(without) = without_place.filter(|_| format == ExportFormat::Text) {
            summary = format!("Infeasible, {without}: this is of the others only.\n{summary}");
        }
        if args.detailed_exitcode && !differences.is_empty() && exit == Exit::Done {
            exit = Exit::ChangesProposed;
        }
        if format == ExportFormat::Text {
            let destination = Destination::from_option(args.output.as_ref());
            destination.write(summary.as_bytes())?;
            return Ok(exit);
        }
        diagnostics.finding(&summary);
        if differences.is_empty() {
            return Ok(exit);
        }
    }
    let standstills = export::standstills(&settings);
    if let Some(said) = &standstills {
        diagnostics.warning(said);
    }
    for note in (settings.notes.iter()).filter(|&note| Some(note) != standstills.as_ref()) {
        diagnostics.note(note);
    }
    let files = files(&settings, format, args.style.into());
    if let Some(folder) = &args.output_dir {
        write_folder(folder, &files)?;
    } else {
        let destination = Destination::from_option(args.output.as_ref());
        for file in &files {
            destination.write(file.text.as_bytes())?;
        }
    }
    Ok(exit)
}

/// Combinations of flags that cannot be.
fn usage(args: &ExportArgs, format: ExportFormat) -> Result<(), Failure> {
    let is_terraform = matches!(
        format,
        ExportFormat::Terraform | ExportFormat::TerraformJson
    );
    let compared = args.cluster.as_ref().or(args.diff.as_ref());
    let message = if format == ExportFormat::Cli && args.output_dir.is_none() {
        "--format cli writes several files: name a folder with --output-dir"
    } else if format == ExportFormat::Text && args.diff.is_none() {
        "--format text says what differs from today: name the cluster file with --diff"
    } else if format == ExportFormat::Text && args.output_dir.is_some() {
        "--format text writes one text: use --output"
    } else if args.style == StyleArg::Modules && !is_terraform {
        "--style modules is for --format terraform and terraform-json"
    } else if compared.is_some_and(|file| input::is_stdin(file)) && input::is_stdin(&args.plan) {
        "only one of PLAN and the cluster file can be stdin"
    } else {
        return Ok(());
    };
    Err(Failure::new(Exit::Usage, message))
}

/// The minutes around the hour, as the flags have them.
fn timing(args: &ExportArgs) -> Result<Timing, Failure> {
    let timing = Timing {
        warm_up_minutes: args.warm_up_minutes,
        drain_minutes: args.drain_minutes,
    };
    let together = timing.warm_up_minutes.saturating_add(timing.drain_minutes);
    if together > Timing::MOST_TOGETHER {
        let message = format!(
            "--warm-up-minutes and --drain-minutes are {together} together: give at most {}, so that a group's changes stay in \
             the order of their hours",
            Timing::MOST_TOGETHER
        );
        return Err(Failure::new(Exit::Usage, message));
    }
    Ok(timing)
}

fn files(settings: &Settings, format: ExportFormat, style: TerraformStyle) -> Vec<ExportedFile> {
    match format {
        ExportFormat::Text => Vec::new(),
        ExportFormat::Cli => export::cli(settings),
        ExportFormat::CloudformationJson => one(
            "bayplan.template.json",
            export::cloudformation_json(settings),
        ),
        ExportFormat::CloudformationYaml => one(
            "bayplan.template.yaml",
            export::cloudformation_yaml(settings),
        ),
        ExportFormat::Terraform => one("bayplan.tf", export::terraform_hcl(settings, style)),
        ExportFormat::TerraformJson => one(
            "bayplan.tf.json",
            export::terraform_json_text(settings, style),
        ),
        ExportFormat::Cdk => one("bayplan-capacity.ts", export::cdk(settings)),
        ExportFormat::AsgJson => one("groups.json", export::as_json(settings)),
        ExportFormat::AsgCsv => one("groups.csv", export::as_csv(settings)),
    }
}

fn one(name: &str, text: String) -> Vec<ExportedFile> {
    vec![ExportedFile {
        name: name.to_owned(),
        text,
        executable: false,
    }]
}

/// What was read.
struct Read {
    /// The plan's settings.
    settings: Settings,
    /// The cluster as it is today, where a file of it is given.
    cluster: Option<Cluster>,
    /// What the plan leaves without a place, in words.
    without_place: Option<String>,
}

/// The plan's settings, and the cluster as it is today where a file of it is given.
fn settings(args: &ExportArgs, diagnostics: Diagnostics) -> Result<Read, Failure> {
    let given = GivenPlan::read_week(&args.plan)?;
    let plan = &given.plan;
    if plan.is_of_nodes() {
        return Err(input::not_of_ecs("export"));
    }
    let (cluster, catalogue) = if let Some(file) = args.cluster.as_ref().or(args.diff.as_ref()) {
        let (cluster, catalogue) = input::read_week(file, &args.input, diagnostics)?;
        input::of_ecs(&cluster, "export")?;
        if (&cluster.name, &cluster.region) != (&plan.cluster, &plan.region) {
            return Err(Failure::input(format!(
                "the plan is for `{}` in {}, the cluster file for `{}` in {}: give the file that the plan was made from",
                plan.cluster, plan.region, cluster.name, cluster.region
            )));
        }
        // A difference is asked for again once the plan's settings are there.
        let day = if args.diff.is_some() {
            ClusterDay::Later
        } else {
            ClusterDay::OfThePlan
        };
        given.passes(&cluster, &catalogue, (day, OnFailure::Refuse), diagnostics)?;
        (Some(cluster), catalogue)
    } else {
        let files = CatalogueFiles::from(&args.input.catalogue);
        let catalogue = Catalogue::load(&plan.region, &files)
            .map_err(|error| Failure::input(error.to_string()))?;
        catalogue_ages::say(&catalogue, plan.snapshot.is_some(), diagnostics);
        given.say_without_place(diagnostics);
        (None, catalogue)
    };
    let timing = timing(args)?;
    let settings =
        super::settings::settings(plan, cluster.as_ref(), &catalogue, timing, diagnostics)?;
    Ok(Read {
        settings,
        cluster,
        without_place: plan.without_place().map(|without| without.to_string()),
    })
}

fn write_folder(folder: &Path, files: &[ExportedFile]) -> Result<(), Failure> {
    fs::create_dir_all(folder).map_err(|error| {
        Failure::new(
            Exit::Usage,
            format!("cannot make the folder {}: {error}", folder.display()),
        )
    })?;
    for file in files {
        let path = folder.join(&file.name);
        Destination::File(path.clone()).write(file.text.as_bytes())?;
        #[cfg(unix)]
        if file.executable {
            use std::os::unix::fs::PermissionsExt as _;
            let mut permissions = fs::metadata(&path)
                .map_err(|error| cannot_set_mode(&path, &error))?
                .permissions();
            permissions.set_mode(permissions.mode() | 0o111);
            fs::set_permissions(&path, permissions)
                .map_err(|error| cannot_set_mode(&path, &error))?;
        }
    }
    Ok(())
}

#[cfg(unix)]
fn cannot_set_mode(path: &Path, error: &std::io::Error) -> Failure {
    let message = format!("cannot make {} executable: {error}", path.display());
    Failure::new(Exit::Usage, message)
}

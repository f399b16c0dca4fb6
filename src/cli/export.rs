//! `bayplan export PLAN`.

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use crate::catalogue::{Catalogue, CatalogueFiles};
use crate::export::{self, ExportedFile, Facts, Settings, TypeFacts};

use super::args::InputArgs;
use super::diagnostics::Diagnostics;
use super::exit::{Exit, Failure};
use super::input;
use super::output::Destination;

const EXAMPLES: &str = "\
Examples:
  bayplan export plan.json --format cli --output-dir deploy
  bayplan export plan.json --cluster cluster.yaml --format asg-csv --output groups.csv

Nothing is sent to AWS. With --cluster the export knows network modes, reserved memory and which groups exist.";

/// Arguments of `export`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ExportArgs {
    /// Plan as `bayplan plan --format json` prints it; `-` reads stdin
    #[arg(value_name = "PLAN")]
    pub plan: PathBuf,
    /// Format to write
    #[arg(long, value_name = "FORMAT", help_heading = "Output")]
    pub format: ExportFormat,
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
    /// Cluster file the plan was made from
    #[arg(long, value_name = "CLUSTER", help_heading = "Input")]
    pub cluster: Option<PathBuf>,
    /// How to read the cluster; the catalogue files hold for the plan's types too.
    #[command(flatten)]
    pub input: InputArgs,
}

/// Formats of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
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
    /// The groups' and services' settings as one JSON document
    AsgJson,
    /// One group a row
    AsgCsv,
}

/// Writes a plan's settings.
///
/// # Errors
/// When a file cannot be used, the plan cannot be exported, or the result cannot be written.
pub fn run(args: &ExportArgs, diagnostics: Diagnostics) -> Result<Exit, Failure> {
    if args.format == ExportFormat::Cli && args.output_dir.is_none() {
        return Err(Failure::new(
            Exit::Usage,
            "--format cli writes several files: name a folder with --output-dir",
        ));
    }
    let settings = settings(args, diagnostics)?;
    let files = match args.format {
        ExportFormat::Cli => export::cli(&settings),
        ExportFormat::CloudformationJson => one(
            "bayplan.template.json",
            export::cloudformation_json(&settings),
        ),
        ExportFormat::CloudformationYaml => one(
            "bayplan.template.yaml",
            export::cloudformation_yaml(&settings),
        ),
        ExportFormat::Terraform => one("bayplan.tf", export::terraform_hcl(&settings)),
        ExportFormat::TerraformJson => {
            one("bayplan.tf.json", export::terraform_json_text(&settings))
        }
        ExportFormat::AsgJson => one("groups.json", export::as_json(&settings)),
        ExportFormat::AsgCsv => one("groups.csv", export::as_csv(&settings)),
    };
    for note in &settings.notes {
        diagnostics.note(note);
    }
    if let Some(folder) = &args.output_dir {
        write_folder(folder, &files)?;
    } else {
        let destination = Destination::from_option(args.output.as_ref());
        for file in &files {
            destination.write(file.text.as_bytes())?;
        }
    }
    Ok(Exit::Done)
}

fn one(name: &str, text: String) -> Vec<ExportedFile> {
    vec![ExportedFile {
        name: name.to_owned(),
        text,
        executable: false,
    }]
}

fn settings(args: &ExportArgs, diagnostics: Diagnostics) -> Result<Settings, Failure> {
    let plan = input::plan(&args.plan)?;
    let (cluster, catalogue) = if let Some(file) = &args.cluster {
        let (cluster, catalogue) = input::read(file, &args.input, diagnostics)?;
        if (&cluster.name, &cluster.region) != (&plan.cluster, &plan.region) {
            return Err(Failure::input(format!(
                "the plan is for `{}` in {}, the cluster file for `{}` in {}: give the file that the plan was made from",
                plan.cluster, plan.region, cluster.name, cluster.region
            )));
        }
        (Some(cluster), catalogue)
    } else {
        let files = CatalogueFiles::from(&args.input.catalogue);
        let catalogue = Catalogue::load(&plan.region, &files)
            .map_err(|error| Failure::input(error.to_string()))?;
        (None, catalogue)
    };
    let knows = |name: &str| catalogue.instance_type(name).map(TypeFacts::from);
    let mut facts = Facts::of_catalogue(&knows);
    if let Some(cluster) = &cluster {
        facts = facts.with_cluster(cluster);
    }
    export::settings(&plan, &facts).map_err(|findings| Failure::findings(findings.to_string()))
}

fn write_folder(folder: &Path, files: &[ExportedFile]) -> Result<(), Failure> {
    fs::create_dir_all(folder).map_err(|error| {
        Failure::input(format!(
            "cannot make the folder {}: {error}",
            folder.display()
        ))
    })?;
    for file in files {
        let path = folder.join(&file.name);
        Destination::File(path.clone()).write(file.text.as_bytes())?;
        #[cfg(unix)]
        if file.executable {
            use std::os::unix::fs::PermissionsExt as _;
            let mut permissions = fs::metadata(&path)
                .map_err(|error| Failure::input(format!("{}: {error}", path.display())))?
                .permissions();
            permissions.set_mode(permissions.mode() | 0o111);
            fs::set_permissions(&path, permissions)
                .map_err(|error| Failure::input(format!("{}: {error}", path.display())))?;
        }
    }
    Ok(())
}

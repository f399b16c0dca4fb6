//! Arguments of `bayplan apply`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::apply::sources::Given;
use crate::apply::state::TemplateVersion;
use crate::domain::money::UsdPerHour;
use crate::domain::settings::Image;

use super::super::args::InputArgs;

/// Arguments of `apply`.
#[derive(Debug, Args)]
pub struct ApplyArgs {
    /// Snapshot file that the plan was made from; `-` reads stdin
    #[cfg_attr(feature = "aws", arg(value_name = "CLUSTER", required_unless_present_any = ["resume", "rollback", "status"]))]
    #[cfg_attr(not(feature = "aws"), arg(value_name = "CLUSTER", required = true))]
    pub snapshot: Option<PathBuf>,
    /// Plan as `bayplan plan --format json` prints it; `-` reads stdin
    #[cfg_attr(feature = "aws", arg(value_name = "PLAN", required_unless_present_any = ["resume", "rollback", "status"]))]
    #[cfg_attr(not(feature = "aws"), arg(value_name = "PLAN", required = true))]
    pub plan: Option<PathBuf>,
    /// Name of the cluster, to be sure of it: another one is refused
    #[arg(long, value_name = "NAME")]
    pub cluster: Option<String>,
    /// Doing the steps.
    #[cfg(feature = "aws")]
    #[command(flatten)]
    pub acting: super::super::acting::ActingArgs,
    /// Comparing instead of doing.
    #[command(flatten)]
    pub verify: VerifyArgs,
    /// Where new groups come from.
    #[command(flatten)]
    pub sources: SourceArgs,
    /// How much may change.
    #[command(flatten)]
    pub budget: BudgetArgs,
    /// How to read the cluster; the policy and catalogue flags of the plan.
    #[command(flatten)]
    pub input: InputArgs,
    /// Form of the steps
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "text",
        help_heading = "Output"
    )]
    pub format: StepsFormat,
    /// Write the steps to a file, whole or not at all
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub output: Option<PathBuf>,
    /// Exit with 3 when there are steps
    #[arg(long, help_heading = "Output")]
    pub detailed_exitcode: bool,
}

impl ApplyArgs {
    /// Services that are deployed at a time.
    #[cfg(feature = "aws")]
    pub(super) fn at_a_time(&self) -> usize {
        self.acting.how.parallel.into()
    }

    /// Services that are deployed at a time.
    #[cfg(not(feature = "aws"))]
    #[allow(clippy::unused_self, reason = "builds that act have a flag for it")]
    pub(super) const fn at_a_time(&self) -> usize {
        1
    }
}

/// Where the launch templates and subnets of new groups come from.
#[derive(Debug, Args)]
#[command(next_help_heading = "New groups")]
pub struct SourceArgs {
    /// Launch template version by number, for all images or after `x86=`, `arm64=`, `gpu=` for one; may be given several
    /// times [default: of a group of today with the same image]
    #[arg(long, value_name = "[IMAGE=]NAME:VERSION", value_parser = template)]
    pub launch_template: Vec<(Option<Image>, TemplateVersion)>,
    /// Subnets that the snapshot shows [default: those of today's groups]
    #[arg(long, value_name = "SUBNETS", value_delimiter = ',')]
    pub subnets: Vec<String>,
}

impl SourceArgs {
    /// As the steps are made from it.
    pub(super) fn given(&self) -> Given {
        Given {
            templates: self.launch_template.iter().cloned().collect(),
            subnets: self.subnets.clone(),
        }
    }
}

/// Comparing.
#[derive(Debug, Args)]
#[command(next_help_heading = "Comparing")]
pub struct VerifyArgs {
    /// Compare the live cluster with the plan and change nothing; differences end with 12
    #[arg(long)]
    #[cfg_attr(feature = "aws", arg(conflicts_with_all = ["yes", "resume", "rollback", "status"]))]
    pub verify: bool,
    /// Compare this later snapshot in place of the live cluster
    #[arg(long, value_name = "FILE", requires = "verify")]
    pub against: Option<PathBuf>,
}

/// How much may change.
#[derive(Debug, Args)]
#[command(next_help_heading = "Budget")]
pub struct BudgetArgs {
    /// Also drain, terminate and delete what the plan has no use for
    #[arg(long)]
    pub allow_delete: bool,
    /// Only the first steps; the fleet holds every task after each
    #[arg(long, value_name = "N")]
    pub max_steps: Option<usize>,
    /// Instances of today that may be taken away [default: a fifth of them, at least 2]
    #[arg(long, value_name = "N")]
    pub max_instances_changed: Option<u64>,
    /// How far the bill may rise on the way [default: as far as it does]
    #[arg(long, value_name = "USD")]
    pub max_usd_per_hour_increase: Option<UsdPerHour>,
}

/// Forms of the steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum StepsFormat {
    /// For people
    Text,
    /// For programs
    Json,
    /// A picture of the bill, restarts and instances step after step
    Svg,
}

fn template(text: &str) -> Result<(Option<Image>, TemplateVersion), String> {
    const FORM: &str = "write it as NAME:VERSION, such as `ecs-nodes:7`";
    let images = [Image::X86, Image::Arm, Image::Gpu];
    let (image, rest) = match text.split_once('=') {
        Some((word, rest)) => {
            let image = images.into_iter().find(|image| image.word() == word);
            (
                Some(image.ok_or("the image is `x86`, `arm64` or `gpu`")?),
                rest,
            )
        }
        None => (None, text),
    };
    let (name, version) = rest.rsplit_once(':').ok_or(FORM)?;
    if name.is_empty() {
        return Err(FORM.to_owned());
    }
    // A name of a version may mean another one tomorrow.
    version.parse::<u64>().map_err(|_| {
        format!("`{version}` is not the number of a version: groups get numbers, never $Latest or $Default")
    })?;
    let version = TemplateVersion {
        template: name.to_owned(),
        version: version.to_owned(),
    };
    Ok((image, version))
}

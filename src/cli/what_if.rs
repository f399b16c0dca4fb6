//! `bayplan what-if CLUSTER`.

use std::path::PathBuf;
use std::time::Instant;

use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};

use rust_decimal::Decimal;

use crate::catalogue::{Catalogue, CatalogueFiles};
use crate::domain::policy::FargateUse;
use crate::io::{
    Change, ClusterDocument, Findings, ImportOptions, MOST_SCENARIOS, Scenario, expand,
    read_scenarios,
};
use crate::optimize::stop::{Either, Stop};
use crate::report::kubernetes::Words;
use crate::report::what_if::{csv, html, json, markdown, text};
use crate::what_if::presets::{self, Preset};
use crate::what_if::{
    Case, Catalogues, Comparison, NoPlan, Options, Rejected, base_case, compare, prepare,
};

use super::args::{CountArgs, SearchArgs, column, time_limit};
use super::aws_args::AwsArgs;
use super::catalogue_ages;
use super::catalogue_files::CatalogueFileArgs;
use super::diagnostics::Diagnostics;
use super::exit::{Exit, Failure};
use super::input;
use super::interrupt;
use super::output::Destination;
use super::policy_args::PolicyArgs;

/// Scenarios that cannot be planned, of which this many are said in full.
const SAID: usize = 20;

/// Arguments of `what-if`.
#[derive(Debug, Args)]
pub struct WhatIfArgs {
    /// Cluster file: JSON or YAML, or CSV with one service a row; `-` reads stdin
    #[arg(value_name = "CLUSTER")]
    pub cluster: PathBuf,
    /// Change of a scenario, as `api.desiredCount=40`; all flags together are one scenario, a range
    /// `10..200 step 10` makes several
    #[arg(long, value_name = "PATH=VALUE", help_heading = "Scenarios")]
    pub set: Vec<String>,
    /// Change of the policy in the scenario, as `spotMaxShare=0.5`
    #[arg(long, value_name = "KEY=VALUE", help_heading = "Scenarios")]
    pub policy: Vec<String>,
    /// Scenario file (JSON or YAML; docs/what-if.md)
    #[arg(long, value_name = "FILE", help_heading = "Scenarios")]
    pub scenarios: Vec<PathBuf>,
    /// Built-in sets of scenarios
    #[arg(
        long,
        value_name = "SET",
        value_delimiter = ',',
        help_heading = "Scenarios"
    )]
    pub preset: Vec<PresetArg>,
    /// Container (a name, or a pattern with `*`) or daemon of the preset `sidecar`; with `=CPU,MIB` the size of the daemon that a
    /// container becomes. May be given several times
    #[arg(long, value_name = "NAME", help_heading = "Scenarios", value_parser = sidecar)]
    pub sidecar: Vec<presets::Sidecar>,
    /// What an hour of the people who run instances costs: of scenarios with Managed Instances, how many hours a month
    /// their extra cost is
    #[arg(long, value_name = "USD", help_heading = "Scenarios", value_parser = staff_rate)]
    pub staff_usd_per_hour: Option<Decimal>,
    /// AWS Region of the scenario; of the base where its file names none
    #[arg(long, value_name = "REGION", help_heading = "Scenarios", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub region: Option<String>,
    /// Policy flags.
    #[command(flatten)]
    pub flags: PolicyArgs,
    /// A flat CSV's column by its heading there, such as `cpu="vCPU units"`; may be given several times
    #[arg(long, value_name = "COLUMN=HEADING", value_parser = column, help_heading = "Input")]
    pub column: Vec<(String, String)>,
    /// Change of the base and of every scenario
    #[arg(long, value_name = "PATH=VALUE", help_heading = "Input")]
    pub base: Vec<String>,
    /// Counts.
    #[command(flatten)]
    pub count: CountArgs,
    /// Catalogue files.
    #[command(flatten)]
    pub catalogue: CatalogueFileArgs,
    /// Connection to a live cluster.
    #[command(flatten)]
    pub aws: AwsArgs,
    /// When to stop.
    #[command(flatten)]
    pub limits: SearchArgs,
    /// Form of the result
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "text",
        help_heading = "Output"
    )]
    pub format: WhatIfFormat,
    /// Write the result to a file, whole or not at all
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub output: Option<PathBuf>,
}

/// Forms of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum WhatIfFormat {
    /// For a terminal
    Text,
    /// A document, version 1
    Json,
    /// One line per scenario, the base first
    Csv,
    /// For a pull request
    Markdown,
    /// One file for a browser, with the scenarios side by side
    Html,
}

/// Built-in sets.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum PresetArg {
    /// ARM64, or either architecture
    Graviton,
    /// 30, 50, 70 and 100 % of each service on Spot
    Spot,
    /// Fargate where cheaper, and everywhere
    Fargate,
    /// ECS Managed Instances where cheaper, for everything, and on Spot
    Managed,
    /// A container of the tasks as a daemon, and a daemon as a container of every task; with --sidecar those named
    Sidecar,
    /// Every Region with embedded prices
    Regions,
    /// Newer and newer C, M and R families
    Generations,
    /// Room for 0 to 50 % more tasks
    Headroom,
    /// One to three zones, with and without the loss of one
    Zones,
    /// Fewer and more Auto Scaling groups and instance types
    Groups,
}

impl From<PresetArg> for Preset {
    fn from(preset: PresetArg) -> Self {
        match preset {
            PresetArg::Graviton => Self::Graviton,
            PresetArg::Spot => Self::Spot,
            PresetArg::Fargate => Self::Fargate,
            PresetArg::Managed => Self::Managed,
            PresetArg::Sidecar => Self::Sidecar,
            PresetArg::Regions => Self::Regions,
            PresetArg::Generations => Self::Generations,
            PresetArg::Headroom => Self::Headroom,
            PresetArg::Zones => Self::Zones,
            PresetArg::Groups => Self::Groups,
        }
    }
}

/// Compares scenarios and prints the table.
///
/// # Errors
/// When an input cannot be used, or a plan does not pass its own check.
pub fn run(args: &WhatIfArgs, started: Instant, diagnostics: Diagnostics) -> Result<Exit, Failure> {
    let read_from_stdin = (std::iter::once(&args.cluster).chain(&args.scenarios))
        .filter(|file| input::is_stdin(file))
        .count();
    if read_from_stdin > 1 {
        let message = "only one of CLUSTER and --scenarios can be stdin";
        return Err(Failure::new(Exit::Usage, message));
    }
    let files = CatalogueFiles::from(&args.catalogue);
    let mut catalogues = Catalogues::new(&files);
    // `--region` is the scenario's.
    let text = input::cluster_text(&args.cluster, None, &args.aws, diagnostics)?;
    let name = input::display_name(&args.cluster);
    let document = document(&text, &name, args)?;
    let mut options = ImportOptions {
        region: None,
        columns: Vec::new(),
        zones: Vec::new(),
        today: None,
        as_of: None,
        stands_alone: input::stands_alone(),
        policy_overrides: [("at".to_owned(), args.count.at.word().into())]
            .into_iter()
            .collect(),
    };
    if document.text("region").is_none() {
        options.region = args.region.clone().or_else(input::environment_region);
    }
    let base = base_case(&document, &options, &mut catalogues).map_err(|wrong| findings(&wrong))?;
    let base_catalogue = match &base.catalogue {
        Ok(catalogue) => catalogue,
        Err(why) => return Err(Failure::input(why.clone())),
    };
    let scenarios = scenarios(args, &base, &document)?;
    let cases = prepare(&document, &base, &scenarios, &options, &mut catalogues)
        .map_err(|rejected| rejected_failure(&rejected))?;
    // Old figures of every kind matter where Regions are compared: some change, others do not.
    let several = (cases.iter()).any(|case| case.cluster.region != base.cluster.region);
    let is_live = base.cluster.deployed.snapshot.is_some();
    catalogue_ages::say(base_catalogue, is_live || several, diagnostics);
    if args.limits.ideal
        && args
            .preset
            .iter()
            .any(|preset| matches!(preset, PresetArg::Groups))
    {
        diagnostics.warning(
            "the number of groups makes no difference to best packings; leave --ideal out",
        );
    }
    warn(&base, &cases, diagnostics);
    let interrupt = interrupt::install(diagnostics);
    let limit = time_limit(args.limits.time_limit, started);
    let bar = bar(cases.len() + 1, diagnostics);
    let mut comparison = compare(
        &base,
        &cases,
        &Options {
            ideal: args.limits.ideal || base.cluster.is_kubernetes(),
            gap: args.limits.gap,
            work_limit: args.limits.work_limit,
            seed: args.limits.seed,
        },
        &Either(interrupt as &dyn Stop, limit.as_ref()),
        &|| bar.inc(1),
    );
    bar.finish_and_clear();
    comparison.staff_usd_per_hour = args.staff_usd_per_hour;
    let destination = Destination::from_option(args.output.as_ref());
    let result = match args.format {
        WhatIfFormat::Text => text::render(&comparison, destination.emphasis()),
        WhatIfFormat::Json => json::render(&comparison),
        WhatIfFormat::Csv => csv::render(&comparison),
        WhatIfFormat::Markdown => markdown::render(&comparison),
        WhatIfFormat::Html => html::render(&comparison),
    };
    let rows = std::iter::once(&comparison.base).chain(&comparison.scenarios);
    let words = Words::of_cluster(&base.cluster).and_names(rows.map(|row| row.name.as_str()));
    let result = match args.format {
        WhatIfFormat::Text | WhatIfFormat::Markdown if base.cluster.is_kubernetes() => {
            words.text(&result)
        }
        WhatIfFormat::Html if base.cluster.is_kubernetes() => words.page(&result),
        WhatIfFormat::Json if base.cluster.is_kubernetes() => words.sentences(&result),
        _ => result,
    };
    destination.write(result.as_bytes())?;
    Ok(exit(&comparison, interrupt.is_raised()))
}

/// A rate above nothing.
fn staff_rate(text: &str) -> Result<Decimal, String> {
    let rate: Option<Decimal> = text.trim().parse().ok();
    rate.filter(|rate| *rate > Decimal::ZERO && *rate <= Decimal::from(1_000_000))
        .ok_or_else(|| "write USD an hour, above 0".to_owned())
}

/// The file with what `--base` changes in it.
fn document(text: &str, name: &str, args: &WhatIfArgs) -> Result<ClusterDocument, Failure> {
    let document = ClusterDocument::parse_with_columns(text, name, &args.column)
        .map_err(|wrong| findings(&wrong))?;
    if args.base.is_empty() {
        return Ok(document);
    }
    let changes = match expand(&args.base, &[])
        .map_err(|wrong| findings(&wrong))?
        .as_slice()
    {
        [only] => only.changes.clone(),
        _ => return Err(Failure::new(Exit::Usage, "--base takes values, not ranges")),
    };
    document.with(&changes).map_err(|wrong| findings(&wrong))
}

/// Scenarios of flags, files and presets, in that order.
fn scenarios(
    args: &WhatIfArgs,
    base: &Case,
    document: &ClusterDocument,
) -> Result<Vec<Scenario>, Failure> {
    let file_has_region = document.text("region").is_some();
    let mut scenarios = Vec::new();
    let mut texts: Vec<String> = args
        .policy
        .iter()
        .map(|text| format!("policy.{text}"))
        .collect();
    texts.extend(args.set.iter().cloned());
    if let Some(region) = args.region.as_ref().filter(|_| file_has_region) {
        texts.push(format!("region={region}"));
    }
    let flags: Vec<Change> = (args.flags.overrides().iter())
        .map(|(key, value)| Change::of_policy(key, value))
        .collect();
    if !texts.is_empty() || !flags.is_empty() {
        scenarios.extend(expand(&texts, &flags).map_err(|wrong| findings(&wrong))?);
    }
    for file in &args.scenarios {
        let text = input::read_text(file)?;
        scenarios.extend(
            read_scenarios(&text, &input::display_name(file)).map_err(|wrong| findings(&wrong))?,
        );
    }
    if let Ok(catalogue) = &base.catalogue {
        for &preset in &args.preset {
            let of_ecs = match preset {
                PresetArg::Fargate => Some("fargate"),
                PresetArg::Managed => Some("managed"),
                PresetArg::Sidecar => Some("sidecar"),
                _ => None,
            };
            if let Some(name) = of_ecs.filter(|_| base.cluster.is_kubernetes()) {
                let message = format!(
                    "--preset {name} is for ECS: pods of documents of Kubernetes are planned on nodes of EC2"
                );
                return Err(Failure::new(Exit::Usage, message));
            }
            scenarios.extend(of_preset(args, preset, (base, document), catalogue)?);
        }
    }
    if scenarios.len() > MOST_SCENARIOS {
        let message = format!(
            "flags, files and presets make {} scenarios, more than {MOST_SCENARIOS}",
            scenarios.len()
        );
        return Err(Failure::new(Exit::Usage, message));
    }
    if scenarios.is_empty() {
        let message = "nothing to compare: give --set, --policy, a policy flag, --region, --scenarios or --preset";
        return Err(Failure::new(Exit::Usage, message));
    }
    Ok(scenarios)
}

/// The scenarios of a preset; of sidecars those that are named.
fn of_preset(
    args: &WhatIfArgs,
    preset: PresetArg,
    (base, document): (&Case, &ClusterDocument),
    catalogue: &Catalogue,
) -> Result<Vec<Scenario>, Failure> {
    if !matches!(preset, PresetArg::Sidecar) {
        return Ok(presets::scenarios(
            preset.into(),
            document,
            &base.cluster,
            catalogue,
        ));
    }
    if base.cluster.policy.fargate == FargateUse::Only {
        return Err(Failure::new(
            Exit::Usage,
            "--preset sidecar needs instances, and the policy has `fargate: only`: no daemon runs on Fargate",
        ));
    }
    let scenarios = presets::sidecars(document, &base.cluster, &args.sidecar);
    if scenarios.is_empty() {
        return Err(Failure::new(
            Exit::Usage,
            "--preset sidecar: no container stands beside others in two task definitions, and no service is a daemon; name \
             a container with --sidecar",
        ));
    }
    Ok(scenarios)
}

/// `NAME` or `NAME=CPU,MIB`.
fn sidecar(text: &str) -> Result<presets::Sidecar, String> {
    let wrong = || "write NAME, or NAME=CPU,MIB such as datadog=256,512".to_owned();
    let Some((name, size)) = text.split_once('=') else {
        return (!text.trim().is_empty())
            .then(|| (text.trim().to_owned(), None))
            .ok_or_else(wrong);
    };
    let (cpu, memory) = size.split_once(',').ok_or_else(wrong)?;
    let whole = |text: &str| text.trim().parse::<u64>().map_err(|_| wrong());
    let size = (whole(cpu)?, whole(memory)?);
    if name.trim().is_empty() || size.1 == 0 {
        return Err(wrong());
    }
    Ok((name.trim().to_owned(), Some(size)))
}

fn findings(findings: &Findings) -> Failure {
    Failure::findings(findings.to_string())
}

/// Scenarios of a sweep are wrong in the same way: enough of them are said, and how many there are.
fn rejected_failure(rejected: &[Rejected]) -> Failure {
    let mut texts: Vec<String> = (rejected.iter().take(SAID))
        .map(|rejected| format!("scenario `{}`:\n{}", rejected.name, rejected.findings))
        .collect();
    let more = rejected.len().saturating_sub(SAID);
    if more > 0 {
        let plural = if more == 1 { "" } else { "s" };
        texts.push(format!(
            "and {more} more scenario{plural} that cannot be read"
        ));
    }
    Failure::findings(texts.join("\n"))
}

/// Warnings of the base, then those that only scenarios have, each once.
fn warn(base: &Case, cases: &[Case], diagnostics: Diagnostics) {
    let mut said = Vec::new();
    for warning in base
        .warnings
        .iter()
        .chain(cases.iter().flat_map(|case| &case.warnings))
    {
        let text = warning.to_string();
        if !said.contains(&text) {
            diagnostics.finding(&text);
            said.push(text);
        }
    }
}

/// A bar on a terminal's stderr.
fn bar(plans: usize, diagnostics: Diagnostics) -> ProgressBar {
    use std::io::IsTerminal as _;
    if diagnostics.quiet || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style =
        ProgressStyle::with_template("{elapsed_precise} {bar:40} {pos}/{len} plans, {eta} left");
    let bar = ProgressBar::new(plans as u64);
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}

fn exit(comparison: &Comparison, interrupted: bool) -> Exit {
    if comparison.has_bug() {
        Exit::Bug
    } else if interrupted {
        Exit::Interrupted
    } else if let Some(no_plan) = comparison.base.no_plan {
        match no_plan {
            NoPlan::Limit => Exit::LimitWithoutPlan,
            NoPlan::Input => Exit::InvalidInput,
            NoPlan::Bug => Exit::Bug,
        }
    } else if comparison.base.is_whole() {
        Exit::Done
    } else {
        Exit::Infeasible
    }
}

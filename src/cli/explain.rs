//! `bayplan explain CLUSTER PLAN`.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Instant;

use clap::{Args, ValueEnum};

use crate::domain::plan::FleetPlan;
use crate::explain::{
    self, Curve, Explanation, PRICES, Solver, conflicts, lever_count, levers, nudges, why_not,
    why_used,
};
use crate::io::did_you_mean;
use crate::optimize::lp::LpError;
use crate::optimize::stop::{Either, Share, Stop};
use crate::planner::{PlanError, PlanOptions};
use crate::report::explain::{markdown, text};
use crate::report::kubernetes::Words;
use crate::report::wording::{TYPE_WORDING, not_in_plan, solver_failed};
use crate::simulate::week;
use crate::sweep::fewer::{Fewer, curve};

use super::args::{InputArgs, time_limit};
use super::checked::{ClusterDay, GivenPlan, OnFailure};
use super::diagnostics::Diagnostics;
use super::exit::{Exit, Failure};
use super::input;
use super::interrupt;
use super::output::Destination;
use super::plan::failure;

/// What an answer leaves open that was ended early.
fn cut_short(interrupted: bool) -> String {
    let why = if interrupted {
        "interrupted"
    } else {
        "the time limit was reached"
    };
    format!(
        "{why}: plans were not searched for with the same effort, so that small differences say nothing, and what is missing \
         here may exist"
    )
}

/// Of which hour an explanation of a plan over a week speaks.
const ONE_HOUR: &str = "the plan is over a week: the bill by service is the week's mean; what is full, and what other types or sizes \
     would cost, is of the hour that the plan shows, planned by itself";

/// Arguments of `explain`.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// Cluster file the plan is for; `-` reads stdin
    #[arg(value_name = "CLUSTER")]
    pub cluster: PathBuf,
    /// Plan as `bayplan plan --format json` prints it; `-` reads stdin
    #[arg(value_name = "PLAN")]
    pub plan: PathBuf,
    /// What the cluster would cost without a type of the plan
    #[arg(
        long,
        value_name = "TYPE",
        value_delimiter = ',',
        help_heading = "Questions"
    )]
    pub why: Vec<String>,
    /// What keeps a type out, and at which price it would enter
    #[arg(
        long,
        value_name = "TYPE",
        value_delimiter = ',',
        help_heading = "Questions"
    )]
    pub why_not: Vec<String>,
    /// Look for tasks that save money when a little smaller; each is planned again
    #[arg(long, help_heading = "Questions")]
    pub nudges: bool,
    /// What each key of the policy costs: the cluster planned again without it
    #[arg(long, help_heading = "Questions")]
    pub levers: bool,
    /// What one instance type and one Auto Scaling group fewer would cost, down to one
    #[arg(long, help_heading = "Questions")]
    pub curves: bool,
    /// Most sizes to try for --nudges
    #[arg(
        long,
        value_name = "N",
        default_value_t = 8,
        help_heading = "Questions"
    )]
    pub most_nudges: usize,
    /// How to read the cluster.
    #[command(flatten)]
    pub input: InputArgs,
    /// When to stop.
    #[command(flatten)]
    pub limits: ExplainLimitArgs,
    /// Form of the result
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "text",
        help_heading = "Output"
    )]
    pub format: ExplainFormat,
    /// Write the result to a file, whole or not at all
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub output: Option<PathBuf>,
}

/// When to stop.
#[derive(Debug, Args)]
#[command(next_help_heading = "Limits")]
pub struct ExplainLimitArgs {
    /// Seconds for the whole command; the result then depends on the machine [default: none]
    #[arg(long, value_name = "SECONDS", value_parser = super::args::seconds)]
    pub time_limit: Option<std::time::Duration>,
    /// Counted work of each plan, about microseconds of one core [default: by size]
    #[arg(long, value_name = "UNITS")]
    pub work_limit: Option<u64>,
    /// Seed of everything random in the search
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
}

/// Forms of an explanation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExplainFormat {
    /// For a terminal
    Text,
    /// A document, version 1
    Json,
    /// For a pull request
    Markdown,
}

/// Explains a plan.
///
/// # Errors
/// When an input cannot be used, a type is not known, or a variant has no plan.
pub fn run(
    args: &ExplainArgs,
    started: Instant,
    diagnostics: Diagnostics,
) -> Result<Exit, Failure> {
    if input::is_stdin(&args.cluster) && input::is_stdin(&args.plan) {
        let message = "only one of CLUSTER and PLAN can be stdin";
        return Err(Failure::new(Exit::Usage, message));
    }
    let (cluster, catalogue) = input::read_week(&args.cluster, &args.input, diagnostics)?;
    input::no_commitments(&cluster)?;
    let given = GivenPlan::read_week(&args.plan)?;
    // With other flags than the plan's, another cluster is explained.
    let how = (ClusterDay::OfThePlan, OnFailure::Warn);
    given.passes(&cluster, &catalogue, how, diagnostics)?;
    let plan = &given.plan;
    let shown = week::shown_hour(&cluster, plan);
    if cluster.week.is_some() && (shown.is_none() || args.curves) {
        let message = if args.curves {
            "--curves is not built for a plan over a week: plan with --max-capacity-providers N, or compare with bayplan what-if"
        } else {
            "the plan shows no hour of this cluster's week: plan again"
        };
        return Err(Failure::input(message));
    }
    // Variants are packings, and those are of one hour.
    let over_week = cluster.week.is_some();
    let cluster = shown.map_or_else(|| cluster.clone(), |hour| cluster.at_hour(hour));
    let knows = |name: &str| catalogue.instance_type(name).is_some();
    for name in args.why.iter().chain(&args.why_not) {
        if !knows(name) {
            let known = catalogue.instance_types().iter();
            let meant = did_you_mean(name, known.map(|known| known.name.as_str()));
            let message = format!(
                "the catalogue has no instance type `{name}`; {meant}`bayplan catalogue list` names them"
            );
            return Err(Failure::input(message));
        }
    }
    let interrupt = interrupt::install(diagnostics);
    let limit = time_limit(args.limits.time_limit, started);
    let stop = Either(interrupt as &dyn Stop, limit.as_ref());
    let mut explanation = explain::explain(&cluster, plan);
    if over_week {
        explanation.notes.push(ONE_HOUR.to_owned());
    }
    explanation.notes.extend(not_in_plan(plan));
    let answered = answer(args, (&cluster, &catalogue), plan, &stop, &mut explanation);
    answered.map_err(|error| failure(&error, interrupt.is_raised()))?;
    if stop.should_stop() {
        explanation.notes.push(cut_short(interrupt.is_raised()));
    }
    let destination = Destination::from_option(args.output.as_ref());
    let result = match args.format {
        ExplainFormat::Text => text::render(&explanation, destination.emphasis()),
        ExplainFormat::Markdown => markdown::render(&explanation),
        ExplainFormat::Json => {
            let mut json =
                serde_json::to_string_pretty(&explanation).expect("texts and finite numbers");
            json.push('\n');
            json
        }
    };
    let result = if cluster.is_kubernetes() {
        let words = Words::of_cluster(&cluster).and(Words::of_plan(plan));
        if matches!(args.format, ExplainFormat::Json) {
            words.sentences(&result)
        } else {
            words.text(&result)
        }
    } else {
        result
    };
    destination.write(result.as_bytes())?;
    Ok(if interrupt.is_raised() {
        Exit::Interrupted
    } else {
        Exit::Done
    })
}

/// Plans what the questions ask for.
fn answer(
    args: &ExplainArgs,
    (cluster, catalogue): (
        &crate::domain::cluster::Cluster,
        &crate::catalogue::Catalogue,
    ),
    plan: &FleetPlan,
    stop: &dyn Stop,
    explanation: &mut Explanation,
) -> Result<(), PlanError> {
    let options = PlanOptions {
        work_limit: args.limits.work_limit,
        seed: args.limits.seed,
        ..PlanOptions::default()
    };
    explanation.conflicts = conflicts(cluster, catalogue, plan, &options, stop)?;
    let mut failures: Vec<LpError> = (explanation.conflicts.iter())
        .filter_map(|conflict| conflict.solver_failed.clone())
        .collect();
    let asked = args.nudges || args.levers || !(args.why.is_empty() && args.why_not.is_empty());
    if args.curves {
        // Pools of nodes are what the user makes of a packing of Kubernetes.
        let asked_of = [(Fewer::InstanceTypes, 1), (Fewer::Groups, 0)];
        let asked_of = asked_of
            .into_iter()
            .filter(|(fewer, _)| !(cluster.is_kubernetes() && matches!(fewer, Fewer::Groups)));
        for (fewer, later) in asked_of {
            // Each question gets the same part of the time.
            let part = Share::new(stop, 1, 1 + later + u32::from(asked));
            let points = curve(cluster, catalogue, (plan, fewer), &options, &part)?;
            failures.extend(
                points
                    .iter()
                    .filter_map(|point| point.solver_failed.clone()),
            );
            explanation.curves.push(Curve { fewer, points });
        }
    }
    if !asked {
        explanation.notes.extend(said(&failures));
        return Ok(());
    }
    let nudged = if args.nudges { args.most_nudges } else { 0 };
    let levered = if args.levers {
        lever_count(cluster, plan)
    } else {
        0
    };
    let attempts = args.why.len() + PRICES * args.why_not.len() + nudged + levered;
    let attempts = u32::try_from(attempts).unwrap_or(u32::MAX);
    let solver = Solver::paced(cluster, catalogue, plan, options, (stop, attempts))?;
    for name in &args.why {
        explanation.why_used.push(why_used(&solver, plan, name)?);
    }
    for name in &args.why_not {
        explanation
            .why_not
            .push(why_not(&solver, plan, name, TYPE_WORDING)?);
    }
    if args.nudges {
        explanation.nudges = Some(nudges(&solver, args.most_nudges)?);
    }
    if args.levers {
        explanation.levers = Some(levers(&solver, plan)?);
    }
    failures.extend(solver.failure());
    explanation.notes.extend(said(&failures));
    Ok(())
}

/// Failures of the LP solver in words, each once.
fn said(failures: &[LpError]) -> BTreeSet<String> {
    failures.iter().map(solver_failed).collect()
}

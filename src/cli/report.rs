//! `bayplan report CLUSTER [PLAN…]`.

mod args;
mod files;
mod replica;

use std::path::Path;
use std::time::Instant;

use rust_decimal::Decimal;

use crate::billed::{Comparison, compare};
use crate::catalogue::Catalogue;
use crate::domain::cluster::Cluster;
use crate::domain::plan::{FleetPlan, PlanStatus};
use crate::domain::text::visible;
use crate::io::{did_you_mean, read_focus};
use crate::optimize::stop::{Either, Share, Stop};
use crate::planner::PlanOptions;
use crate::report::cost::document::{CostReport, Subject};
use crate::report::cost::findings::Replica;
use crate::report::cost::sizes::SizesFound;
use crate::report::cost::tags;
use crate::report::model::task_counts;
use crate::rightsize::series::Metrics;
use crate::rightsize::{Asking, Proposal, propose};
use crate::simulate::cut::Cut;
use crate::sweep::trade_offs::{Curve, CurveBase, curves};

use super::args::time_limit;
use super::checked::{ClusterDay, GivenPlan, OnFailure};
use super::diagnostics::Diagnostics;
use super::exit::{Exit, Failure};
use super::input;
use super::interrupt;
use super::plan;
use super::rightsize::{measured, say_doubtful_units, say_unknown};

pub use args::{ReportArgs, ReportFormat, TableArg};

/// Of the clock, these quarters go to the plan where trade-offs are to follow, and where none are: the rest is for the
/// replica's replays and scenarios.
const PLAN_PART: u32 = 2;
const PLAN_ALONE: u32 = 3;
const WHOLE: u32 = 4;
/// Tags that a message names.
const NAMED_TAGS: usize = 20;
/// Of the clock that the plan leaves, this part goes to the replica where trade-offs follow.
const REPLICA_PART: (u32, u32) = (1, 3);

/// Reports and writes the report.
///
/// # Errors
/// When a file cannot be used, a plan does not pass its check, or the report cannot be written.
pub fn run(args: &ReportArgs, started: Instant, diagnostics: Diagnostics) -> Result<Exit, Failure> {
    args.check()?;
    let interrupt = interrupt::install(diagnostics);
    let clock = time_limit(args.limits.time_limit, started);
    let stop = Either(interrupt, clock.as_ref());
    let read = (args.cluster.as_deref())
        .map(|file| input::read_week(file, &args.input, diagnostics))
        .transpose()?;
    if let Some((cluster, _)) = &read {
        known_tags(cluster, &args.group_by)?;
    }
    let earlier = (args.limits.warm_start.as_deref())
        .map(input::plan)
        .transpose()?;
    if let (Some(earlier), Some((cluster, _))) = (&earlier, &read) {
        plan::of_another_cluster(earlier, cluster, diagnostics);
    }
    let (plans, reported, pairs) = match &read {
        Some((cluster, catalogue)) if args.plan_files().is_empty() => {
            let share = if args.no_curves {
                PLAN_ALONE
            } else {
                PLAN_PART
            };
            let clock = Share::new(&stop, share, WHOLE);
            let options = PlanOptions {
                work_limit: of_plan(args),
                ..plan::options(&args.limits, earlier.as_ref())
            };
            let made = plan::make(
                cluster,
                catalogue,
                &options,
                &clock,
                interrupt,
                started,
                diagnostics,
            )?;
            (
                vec![("planned now".to_owned(), made.plan.into_plan())],
                0,
                Vec::new(),
            )
        }
        _ => read_plans(args, read.as_ref(), diagnostics)?,
    };
    let named: Vec<(&str, &FleetPlan)> = plans
        .iter()
        .map(|(name, plan)| (name.as_str(), plan))
        .collect();
    let plan = named[reported].1;
    let mut notes = Vec::new();
    let (mut replica, mut curves) = (Replica::default(), Vec::new());
    match &read {
        Some((cluster, catalogue)) => {
            let over_week = cluster.week.is_some();
            let shows_curves = !args.no_curves && args.format.shows_curves() && !over_week;
            if over_week && !args.no_curves && args.format.shows_curves() {
                notes.push(
                    "trade-off curves are not drawn over a week: each point would be a plan of every hour; bayplan what-if plans \
                     the variants that matter"
                        .to_owned(),
                );
            }
            if cluster.is_kubernetes() {
                notes.push("nothing is replayed: no scheduler of Kubernetes is built in".to_owned());
            }
            let (part, of) = if shows_curves { REPLICA_PART } else { (1, 1) };
            let clock = Share::new(&stop, part, of);
            let is_due = || clock.should_stop();
            let cut = Cut::once(&is_due);
            if !cluster.is_kubernetes() {
                replica = replica::watch(cluster, catalogue, plan, args.limits.seed, cut)
                    .map_err(Failure::input)?;
            }
            if shows_curves {
                let made_now = args.plan_files().is_empty();
                curves = trade_offs(args, cluster, catalogue, (plan, made_now), &stop);
                if args.limits.min_availability.is_some() {
                    notes.push("the trade-off curves are without the availability asked for".to_owned());
                }
            }
        }
        None => notes.push(
            "the plans are reported as they were given; bayplan check checks a plan against its cluster file".to_owned(),
        ),
    }
    let billed = match (&args.billed, &read) {
        (Some(file), Some((cluster, catalogue))) => {
            let found = of_bill(file, cluster, catalogue)?;
            notes.push(bill_note(&found, cluster));
            Some(found)
        }
        _ => None,
    };
    let (steps, refused) = match (&args.cluster, &read) {
        (Some(file), Some((cluster, catalogue))) => {
            super::apply::drawn(file, (cluster, catalogue), plan, diagnostics)?
        }
        _ => (None, None),
    };
    notes.extend(refused);
    let measured = (read.as_ref())
        .filter(|_| !args.metrics.is_empty())
        .map(|(cluster, catalogue)| of_tasks(args, cluster, catalogue, diagnostics))
        .transpose()?;
    let report = CostReport::new(Subject {
        plans: &named,
        reported,
        pairs: &pairs,
        cluster: read.as_ref().map(|(cluster, _)| cluster),
        replica: &replica,
        curves: &curves,
        budget: args.max_usd_per_month,
        group_by: &args.group_by,
        steps: steps.as_ref(),
        billed: billed.as_ref(),
        sizes: (measured.as_ref()).map(|(proposals, metrics)| SizesFound { proposals, metrics }),
        notes: &notes,
    });
    files::write(args, &report)?;
    if let Some(verdict) = report.budget().filter(|_| report.over_budget().is_some()) {
        diagnostics.warning(&format!("the plan is {verdict}"));
    }
    if let Some(increase) = too_dear(args, &report) {
        let percent = (increase * Decimal::ONE_HUNDRED).round_dp(2).normalize();
        diagnostics.warning(&format!("the plan is {percent} % dearer than the one before, more than --fail-on-increase allows"));
    }
    let exit = exit(args, &report, interrupt.is_raised());
    let has_bug = exit != Exit::Interrupted && curves.iter().any(Curve::has_bug);
    Ok(if has_bug { Exit::Bug } else { exit })
}

/// What right-sizing says of the metrics given, without a history.
fn of_tasks(
    args: &ReportArgs,
    cluster: &Cluster,
    catalogue: &Catalogue,
    diagnostics: Diagnostics,
) -> Result<(Vec<Proposal>, Metrics), Failure> {
    input::of_ecs(cluster, "report --metrics")?;
    let metrics = measured::of_files(&args.metrics, args.mapping.as_deref(), diagnostics)?;
    let known: Vec<&str> = (cluster.services.iter())
        .map(|service| service.name.as_str())
        .collect();
    say_unknown(&metrics, &known, diagnostics);
    say_doubtful_units(&metrics, cluster, diagnostics);
    let proposals = propose(cluster, catalogue, &metrics, Asking::default());
    Ok((proposals, metrics))
}

/// A bill against the model of today's fleet.
fn of_bill(file: &Path, cluster: &Cluster, catalogue: &Catalogue) -> Result<Comparison, Failure> {
    let bytes = input::read_bytes(file)?;
    let lines = read_focus(&bytes, &input::display_name(file))
        .map_err(|findings| Failure::findings(findings.to_string()))?;
    compare(&lines, cluster, catalogue).map_err(|errors| {
        let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
        Failure::input(errors.join("\n"))
    })
}

/// Which lines of a bill were taken.
fn bill_note(found: &Comparison, cluster: &Cluster) -> String {
    let chosen = if found.by_tag {
        "its lines with a tag that names the cluster"
    } else {
        "all its lines of the Region, since no tag names the cluster"
    };
    format!(
        "the bill spans {} hours; {chosen} are set against today's {} instances ({} lines left out)",
        found.hours.normalize(),
        cluster
            .container_instances
            .iter()
            .filter(|instance| instance.is_billed())
            .count(),
        found.left_out
    )
}

/// A tag that no service has would make a table of one row.
fn known_tags(cluster: &Cluster, asked: &[String]) -> Result<(), Failure> {
    let names = tags::names(cluster);
    let Some(unknown) = asked.iter().find(|tag| !names.contains(tag.as_str())) else {
        return Ok(());
    };
    let suggestion = did_you_mean(unknown, names.iter().copied());
    let known: Vec<&str> = names.into_iter().take(NAMED_TAGS).collect();
    let known = if known.is_empty() {
        "the file's services have no tags".to_owned()
    } else {
        format!("tags of the file are {}", known.join(", "))
    };
    Err(Failure::input(format!(
        "--group-by {}: no service of the file has that tag; {suggestion}{}",
        visible(unknown),
        visible(&known)
    )))
}

/// Of the caller's work limit, half goes to a plan that is made now where trade-offs follow, and the rest to those.
fn of_plan(args: &ReportArgs) -> Option<u64> {
    let part = if !args.no_curves && args.format.shows_curves() {
        2
    } else {
        1
    };
    args.limits.work_limit.map(|limit| limit / part)
}

fn trade_offs(
    args: &ReportArgs,
    cluster: &Cluster,
    catalogue: &Catalogue,
    (plan, made_now): (&FleetPlan, bool),
    stop: &(dyn Stop + Sync),
) -> Vec<Curve> {
    curves(&CurveBase {
        spot_share,
        cluster,
        catalogue,
        plan,
        options: PlanOptions {
            work_limit: (args.limits.work_limit)
                .map(|limit| limit - made_now.then(|| of_plan(args)).flatten().unwrap_or(0)),
            ..plan::options(&args.limits, None)
        },
        stop,
    })
}

fn exit(args: &ReportArgs, report: &CostReport<'_>, interrupted: bool) -> Exit {
    if interrupted {
        Exit::Interrupted
    } else if report.plan.status == PlanStatus::Infeasible {
        Exit::Infeasible
    } else if report.over_budget().is_some() || too_dear(args, report).is_some() {
        Exit::ViolationsFound
    } else if args.detailed_exitcode && changes_something(report) {
        Exit::ChangesProposed
    } else {
        Exit::Done
    }
}

/// How much dearer the plan is than the one before, where that is more than allowed. Repairing a plan that leaves tasks
/// without a place is no increase.
fn too_dear(args: &ReportArgs, report: &CostReport<'_>) -> Option<Decimal> {
    let most = args.fail_on_increase?;
    let comparison = report.comparisons.last()?;
    comparison.increase().filter(|increase| *increase > most)
}

/// Whether the plan differs from today, or the plans that are compared from each other.
fn changes_something(report: &CostReport<'_>) -> bool {
    if report.comparisons.is_empty() {
        return !report.plan.changes.is_empty();
    }
    (report.comparisons.iter()).any(|comparison| {
        !comparison.services.rows.is_empty() || !comparison.offerings.rows.is_empty()
    })
}

type Named = (Vec<(String, FleetPlan)>, usize, Vec<(usize, usize)>);

/// The plans of the command line, checked where the cluster is known; which is reported; which are compared.
fn read_plans(
    args: &ReportArgs,
    read: Option<&(Cluster, Catalogue)>,
    diagnostics: Diagnostics,
) -> Result<Named, Failure> {
    let mut plans = Vec::new();
    for file in args.plan_files() {
        let given = GivenPlan::read_week(file)?;
        if let Some((cluster, catalogue)) = read {
            let how = (ClusterDay::OfThePlan, OnFailure::Refuse);
            given.passes(cluster, catalogue, how, diagnostics)?;
        }
        plans.push((given.name, given.plan));
    }
    if args.compare.is_empty() {
        let pairs = (1..plans.len()).map(|other| (0, other)).collect();
        Ok((plans, 0, pairs))
    } else {
        Ok((plans, 1, vec![(0, 1)]))
    }
}

/// Tasks on Spot as a fraction of all.
fn spot_share(plan: &FleetPlan) -> f64 {
    let tasks = task_counts(plan);
    tasks.on_spot as f64 / (tasks.on_instances + tasks.on_fargate).max(1) as f64
}

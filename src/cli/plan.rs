//! `bayplan plan FILE`.

mod args;

use std::time::Instant;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::catalogue::Catalogue;
use crate::check::{CheckedPlan, certify};
use crate::domain::cluster::Cluster;
use crate::domain::plan::{FleetPlan, PlanStatus};
use crate::domain::policy::KeepInstances;
use crate::domain::proof::Proof;
use crate::explain::explain;
use crate::io::{plan_of_a_part, write_plan, write_proof};
use crate::optimize::outcome::Ending;
use crate::optimize::stop::{Either, Interrupt, Stop};
use crate::planner::{
    self, DemandPattern, NoMoves, NoToday, NoWeek, NotProven, PlanError, PlanOptions, Today,
    apply_min_saving,
};
use crate::report::cost::document::{budget_words, over_budget};
use crate::report::explain::text::short;
use crate::report::kubernetes::{Words, of_plan};
use crate::report::{csv, markdown, text, wording};

use super::args::{DemandArg, LimitArgs, time_limit};
use super::diagnostics::Diagnostics;
use super::exit::{Exit, Failure};
use super::input;
use super::interrupt;
use super::output::Destination;
use super::progress::{NotedProgress, TerminalProgress};

pub use args::{CommitArgs, PlanArgs, PlanFormat, PlanOutputArgs};

/// Plans a cluster and prints the plan.
///
/// # Errors
/// When the input cannot be used, a limit leaves no plan, or the plan does not pass its own check.
pub fn run(args: &PlanArgs, started: Instant, diagnostics: Diagnostics) -> Result<Exit, Failure> {
    let earlier = args.limits.warm_start.as_deref();
    if earlier.is_some_and(|plan| input::is_stdin(plan) && input::is_stdin(&args.file)) {
        return Err(Failure::new(
            Exit::Usage,
            "only one of FILE and --warm-start can be stdin",
        ));
    }
    let (cluster, catalogue) = input::read_week(&args.file, &args.input, diagnostics)?;
    let earlier = earlier.map(input::plan).transpose()?;
    if let Some(earlier) = &earlier {
        of_another_cluster(earlier, &cluster, diagnostics);
    }
    let interrupt = interrupt::install(diagnostics);
    let time_limit = time_limit(args.limits.time_limit, started);
    let stop = Either(interrupt, time_limit.as_ref());
    let options = PlanOptions {
        proof: args.output.proof.is_some(),
        moves: args.moves.asked(),
        commit: args.commit.asked(),
        ..options(&args.limits, earlier.as_ref())
    };
    if options.moves.is_some() && cluster.policy.keep_instances == KeepInstances::All {
        return Err(Failure::new(
            Exit::Usage,
            "--max-moves and --moves choose which of today's instances stay; leave keepInstances out",
        ));
    }
    if options.moves.is_some() && options.min_availability.is_some() {
        return Err(Failure::new(
            Exit::Usage,
            "--min-availability searches among fleets without regard to today; leave it out, or --max-moves and --moves",
        ));
    }
    let own_bound = options.moves.is_some() || options.min_availability.is_some();
    if options.proof && own_bound {
        return Err(Failure::new(
            Exit::Usage,
            "--proof proves what no plan under the policy costs less than; leave --max-moves, --moves and --min-availability out",
        ));
    }
    let proof_file = args.output.proof.clone().map(Destination::File);
    if let Some(file) = &proof_file {
        file.check()?;
    }
    let Made {
        mut plan,
        today,
        proof,
    } = make(
        &cluster,
        &catalogue,
        &options,
        &stop,
        interrupt,
        started,
        diagnostics,
    )?;
    match (&today, args.output.min_saving) {
        (Ok(today), Some(least)) => {
            let mut quieter = plan.into_plan();
            apply_min_saving(&mut quieter, today, least);
            plan = certify(&cluster, &catalogue, quieter)
                .map_err(|rejected| failure(&PlanError::from(rejected), false))?;
        }
        (Err(_), Some(_)) if cluster.is_kubernetes() => {
            diagnostics.warning(
                "--min-saving has nothing to compare with: no scheduler of Kubernetes is replayed, so that it is not known whether today's nodes hold every pod",
            );
        }
        (Err(why), Some(_)) => {
            diagnostics.warning(&format!("--min-saving has nothing to compare with: {why}"));
        }
        (Err(why @ (NoToday::NotKnown(_) | NoToday::Unpriced(_) | NoToday::LeftOut(_))), None) => {
            diagnostics.warning(&format!("what today costs is not shown: {why}"));
        }
        (Ok(_) | Err(NoToday::NotShown | NoToday::NotAsked), None) => {}
    }
    // What people read says it in its first line.
    if matches!(args.output.format, PlanFormat::Json | PlanFormat::Csv)
        && let Some(found) = plan_of_a_part(&plan, &input::display_name(&args.file))
    {
        diagnostics.finding(&of_plan(&plan, found.to_string()));
    }
    let destination = Destination::from_option(args.output.output.as_ref());
    let mut result = render(&plan, args.output.format, &destination);
    let is_prose = matches!(args.output.format, PlanFormat::Text | PlanFormat::Markdown);
    if args.output.format == PlanFormat::Text && cluster.week.is_none() && plan.commitment.is_none()
    {
        let explanation = explain(&cluster, &plan);
        result.push_str(&short(&explanation, destination.emphasis()));
    }
    if cluster.is_kubernetes() && is_prose {
        let words = Words::of_cluster(&cluster).and(Words::of_plan(&plan));
        result = words.text(&result);
    }
    if let Some(file) = &proof_file {
        write_the_proof(file, proof, diagnostics)?;
    }
    destination.write(result.as_bytes())?;
    let exit = exit(&plan, args.output.detailed_exitcode, interrupt.is_raised());
    let budget = args.output.max_usd_per_month;
    Ok(within_budget(exit, &plan, budget, diagnostics))
}

/// A plan with what is known beside it.
pub(super) struct Made {
    /// The plan.
    pub plan: CheckedPlan,
    /// Today's instances, or why there is nothing to compare with.
    pub today: Result<Today, NoToday>,
    /// The proof of its bound, where one was asked for.
    proof: Option<Result<Proof, NotProven>>,
}

/// Writes the proof, or says why there is none.
fn write_the_proof(
    file: &Destination,
    proof: Option<Result<Proof, NotProven>>,
    diagnostics: Diagnostics,
) -> Result<(), Failure> {
    match proof {
        Some(Ok(proof)) => file.write(write_proof(&proof).as_bytes()),
        Some(Err(why)) => {
            diagnostics.warning(&format!("no proof is written: {why}"));
            Ok(())
        }
        None => Ok(()),
    }
}

/// Plans, says on stderr what there is to say, and withholds a plan that does not pass its own check.
///
/// # Errors
/// When there is no plan, or it does not pass.
pub(super) fn make(
    cluster: &Cluster,
    catalogue: &Catalogue,
    options: &PlanOptions<'_>,
    stop: &dyn Stop,
    interrupt: &Interrupt,
    started: Instant,
    diagnostics: Diagnostics,
) -> Result<Made, Failure> {
    let progress = TerminalProgress::start(diagnostics);
    let listener = NotedProgress {
        diagnostics,
        terminal: &progress,
        started,
    };
    let planned = planner::plan(cluster, catalogue, options, stop, &listener);
    progress.finish();
    let planned = planned.map_err(|error| failure(&error, interrupt.is_raised()))?;
    for note in &planned.notes {
        diagnostics.note(&wording::search_note(note));
    }
    diagnostics.note(&format!("{} work units in the whole run", planned.work));
    let ending = planned.ending;
    let (today, plan) = (planned.today, planned.plan);
    if ending == Ending::Stopped && !interrupt.is_raised() {
        diagnostics.warning(&stopped_early(&plan));
    }
    if let Ending::SolverFailed(error) = &ending {
        diagnostics.warning(&format!(
            "{error}: this is the best plan found by then, and it is checked"
        ));
    }
    // The reader has told what it passed over.
    let told = plan
        .warnings
        .iter()
        .filter(|it| !cluster.passed_over.contains(it));
    for warning in told.map(wording::warning) {
        diagnostics.warning(&warning);
    }
    Ok(Made {
        plan,
        today,
        proof: planned.proof,
    })
}

/// Says that an earlier plan is of another cluster: what fits is used all the same.
pub(super) fn of_another_cluster(earlier: &FleetPlan, cluster: &Cluster, diagnostics: Diagnostics) {
    if (&earlier.cluster, &earlier.region) != (&cluster.name, &cluster.region) {
        diagnostics.warning(&format!(
            "the plan of --warm-start is for `{}` in {}, the cluster file for `{}` in {}: only rows and values of services of the same names help",
            earlier.cluster, earlier.region, cluster.name, cluster.region
        ));
    }
}

/// The exit code once a budget is looked at too: a plan that breaks it is a violation.
fn within_budget(
    exit: Exit,
    plan: &FleetPlan,
    budget: Option<Decimal>,
    diagnostics: Diagnostics,
) -> Exit {
    let Some(budget) = budget.filter(|budget| over_budget(plan, Some(*budget)).is_some()) else {
        return exit;
    };
    diagnostics.warning(&format!("the plan is {}", budget_words(plan, budget)));
    match exit {
        Exit::Done | Exit::ChangesProposed => Exit::ViolationsFound,
        graver => graver,
    }
}

pub(super) fn options<'a>(
    limits: &LimitArgs,
    warm_start: Option<&'a FleetPlan>,
) -> PlanOptions<'a> {
    PlanOptions {
        ideal: limits.ideal,
        demand: match limits.demand {
            DemandArg::Steady => DemandPattern::Steady,
            DemandArg::Moving => DemandPattern::Moving,
        },
        min_availability: limits.min_availability.and_then(|least| least.to_f64()),
        rehearses: true,
        gap: limits.gap,
        work_limit: limits.work_limit,
        seed: limits.seed,
        warm_start,
        columns: None,
        proof: false,
        moves: None,
        max_schedule_changes: limits.max_schedule_changes,
        commit: None,
    }
}

/// What a time limit left unproven.
fn stopped_early(plan: &FleetPlan) -> String {
    match plan.cost.ideal_gap {
        Some(gap) => format!(
            "the time limit ended the search at a proven gap of {:.2} %",
            gap * 100.0
        ),
        None => "the time limit ended the search before a bound was proven".to_owned(),
    }
}

pub(super) fn failure(error: &PlanError, interrupted: bool) -> Failure {
    let exit = match error {
        PlanError::LimitWithoutPlan if interrupted => {
            return Failure::new(Exit::Interrupted, "interrupted before there was a plan");
        }
        PlanError::LimitWithoutPlan
        | PlanError::Moves(NoMoves::None { .. } | NoMoves::BreaksRule | NoMoves::NoRoom)
        | PlanError::Week(NoWeek::NoGroups | NoWeek::NotFilled(_) | NoWeek::NotPacked(_)) => {
            Exit::LimitWithoutPlan
        }
        PlanError::Moves(NoMoves::Unplaced) | PlanError::Week(NoWeek::Unplaced) => Exit::Infeasible,
        PlanError::OfEcs(_) => Exit::Usage,
        PlanError::Week(_)
        | PlanError::Commitment(_)
        | PlanError::ManagedInstances(_)
        | PlanError::Moves(_)
        | PlanError::Unpriced(_)
        | PlanError::Problem(_) => Exit::InvalidInput,
        PlanError::Solver(_) | PlanError::Withheld(_) => Exit::Bug,
    };
    let why = match error {
        PlanError::Week(NoWeek::NotFilled(why) | NoWeek::NotPacked(why)) => {
            format!("\n{}", wording::not_realised(why))
        }
        _ => String::new(),
    };
    Failure::new(exit, format!("{error}{why}"))
}

fn render(plan: &FleetPlan, format: PlanFormat, destination: &Destination) -> String {
    match format {
        PlanFormat::Text => text::render(plan, destination.emphasis()),
        PlanFormat::Json => write_plan(&wording::document(plan)),
        PlanFormat::Csv => csv::render(plan),
        PlanFormat::Markdown => markdown::render(plan),
    }
}

fn exit(plan: &FleetPlan, detailed: bool, interrupted: bool) -> Exit {
    if interrupted {
        Exit::Interrupted
    } else if plan.status == PlanStatus::Infeasible {
        Exit::Infeasible
    } else if detailed && !plan.changes.is_empty() {
        Exit::ChangesProposed
    } else {
        Exit::Done
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::CatalogueFiles;
    use crate::domain::plan::Change;
    use crate::io::{ImportOptions, read_cluster};
    use crate::optimize::listener::Silent;
    use crate::optimize::stop::Never;

    const CLUSTER: &str = r#"{"version": 1, "cluster": "c", "region": "us-east-1",
        "services": [{"serviceName": "a", "desiredCount": 1, "cpu": 256, "memory": 512}]}"#;

    fn cluster_and_catalogue() -> (Cluster, Catalogue) {
        let imported = read_cluster(CLUSTER, "c.json", &ImportOptions::default());
        let catalogue = Catalogue::load("us-east-1", &CatalogueFiles::default());
        (
            imported.expect("a cluster").cluster,
            catalogue.expect("the embedded catalogue"),
        )
    }

    fn planned() -> CheckedPlan {
        let (cluster, catalogue) = cluster_and_catalogue();
        let options = PlanOptions::default();
        planner::plan(&cluster, &catalogue, &options, &Never, &Silent)
            .expect("a plan")
            .plan
    }

    #[test]
    fn a_plan_that_fails_its_check_is_withheld_as_a_bug() {
        let (cluster, catalogue) = cluster_and_catalogue();
        let mut plan = planned().into_plan();
        assert!(certify(&cluster, &catalogue, plan.clone()).is_ok());
        plan.instances[0].count += 1;
        let rejected = certify(&cluster, &catalogue, plan).expect_err("one instance too many");
        let failure = failure(&PlanError::from(rejected), false);
        assert_eq!(failure.exit, Exit::Bug);
        assert!(
            failure.message.contains("withheld\n  "),
            "{}",
            failure.message
        );
    }

    #[test]
    fn an_interrupt_outranks_infeasible_and_that_outranks_changes() {
        let mut plan = planned().into_plan();
        plan.changes = vec![Change::AsGiven {
            text: "add 1 m7i.large".to_owned(),
        }];
        assert_eq!(exit(&plan, false, false), Exit::Done);
        assert_eq!(exit(&plan, true, false), Exit::ChangesProposed);
        plan.status = PlanStatus::Infeasible;
        assert_eq!(exit(&plan, true, false), Exit::Infeasible);
        assert_eq!(exit(&plan, true, true), Exit::Interrupted);
        plan.status = PlanStatus::Optimal;
        plan.changes.clear();
        assert_eq!(exit(&plan, true, false), Exit::Done);
    }

    #[test]
    fn no_plan_within_the_limits_has_its_own_code() {
        let error = PlanError::LimitWithoutPlan;
        assert_eq!(failure(&error, false).exit, Exit::LimitWithoutPlan);
        assert_eq!(failure(&error, true).exit, Exit::Interrupted);
        assert_eq!(
            failure(&PlanError::Unpriced(Vec::new()), false).exit,
            Exit::InvalidInput
        );
    }
}

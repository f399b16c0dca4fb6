//! `bayplan apply CLUSTER PLAN`: the steps from a snapshot's cluster to a plan.

mod verify;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use crate::apply::budget::Budget;
use crate::apply::existing;
#[cfg(feature = "aws")]
use crate::apply::quotas::{Needs, Running};
use crate::apply::sources::{Given, Sources, known_groups};
use crate::apply::state::TemplateVersion;
use crate::apply::step::{Step, Work};
use crate::apply::steps::{Around, Bills, Refusal, with_refusals};
use crate::apply::today::Today;
use crate::catalogue::Catalogue;
use crate::catalogue::offered::bill_of_today;
#[cfg(feature = "aws")]
use crate::domain::capacity::Capacity;
use crate::domain::cluster::Cluster;
use crate::domain::money::UsdPerHour;
use crate::domain::plan::{FleetPlan, Moves, SnapshotStamp};
use crate::domain::schedule::Timing;
use crate::domain::settings::{Image, Settings};
use crate::domain::text::visible;
use crate::export::TypeFacts;
use crate::planner::waves_again;
use crate::report;
use crate::report::apply::Steps;
use crate::report::trace_picture;

use super::args::InputArgs;
use super::checked::{ClusterDay, GivenPlan, OnFailure};
use super::diagnostics::Diagnostics;
use super::exit::{Exit, Failure};
use super::input;
use super::output::Destination;
use verify::VerifyArgs;

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
    pub acting: super::acting::ActingArgs,
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

/// Shows the steps.
///
/// # Errors
/// When a file cannot be used, the plan does not pass, or something must not be touched.
pub fn run(args: &ApplyArgs, diagnostics: Diagnostics) -> Result<Exit, Failure> {
    #[cfg(feature = "aws")]
    if args.acting.is_of_journal() {
        let bounds = super::acting::Bounds {
            instances: args.budget.max_instances_changed,
            usd_per_hour: args.budget.max_usd_per_hour_increase,
            max_steps: args.budget.max_steps,
            detailed_exitcode: args.detailed_exitcode,
        };
        let plan = args.plan.as_deref().map(plan_text).transpose()?;
        let about = (args.cluster.as_deref(), plan.as_deref().map(str::as_bytes));
        return super::acting::go_on(&args.acting, about, bounds, &args.input.aws, diagnostics);
    }
    let (Some(snapshot), Some(plan)) = (&args.snapshot, &args.plan) else {
        return Err(Failure::new(Exit::Usage, "give CLUSTER and PLAN"));
    };
    if args.verify.verify {
        return verify::run(args, (snapshot, plan), diagnostics);
    }
    let way = way(args, (snapshot, plan), diagnostics)?;
    #[cfg(feature = "aws")]
    if args.acting.yes {
        return act(args, &way, diagnostics);
    }
    let shown = first(&way.steps, args);
    let is_ours = |group: &str| way.today.is_ours(group);
    let policy = existing::policy(shown, &way.settings.region, is_ours);
    let not_drained = (way.moves.as_ref()).map_or(&[][..], |moves| &moves.not_drained);
    let steps = Steps {
        cluster: &way.settings.cluster,
        region: &way.settings.region,
        steps: shown,
        not_allowed: way.not_allowed,
        bills: way.bills,
        policy: policy.as_ref(),
        not_drained,
        leaves_alone: way.leaves_alone,
    };
    let shown = match args.format {
        StepsFormat::Text => report::apply::text(&steps),
        StepsFormat::Json => format!("{:#}\n", report::apply::document(&steps)),
        StepsFormat::Svg => trace_picture::steps::render(&steps),
    };
    Destination::from_option(args.output.as_ref()).write(shown.as_bytes())?;
    for excess in &way.excess {
        diagnostics.warning(&format!("over the budget: {excess}"));
    }
    Ok(if args.detailed_exitcode && !way.steps.is_empty() {
        Exit::ChangesProposed
    } else {
        Exit::Done
    })
}

/// Does the steps.
#[cfg(feature = "aws")]
fn act(args: &ApplyArgs, way: &Way, diagnostics: Diagnostics) -> Result<Exit, Failure> {
    let work = super::acting::Work {
        cluster: &way.settings.cluster,
        region: &way.settings.region,
        plan: way.plan.as_bytes(),
        snapshot: &way.snapshot,
        fingerprint: &way.fingerprint,
        steps: &way.steps,
        excess: &way.excess,
        budget: (way.budget, way.bills.today),
        not_allowed: way.not_allowed,
        leaves_alone: way.leaves_alone,
        needs: &Needs::of(first(&way.steps, args), &way.running),
        detailed_exitcode: args.detailed_exitcode,
        max_steps: args.budget.max_steps,
        aws: &args.input.aws,
    };
    super::acting::act(&args.acting, &work, diagnostics)
}

/// As many steps as were asked for.
fn first<'a>(steps: &'a [Step], args: &ApplyArgs) -> &'a [Step] {
    let most = args.budget.max_steps.unwrap_or(usize::MAX);
    &steps[..steps.len().min(most)]
}

/// From a snapshot to a plan.
struct Way {
    /// The snapshot's text.
    #[cfg(feature = "aws")]
    snapshot: String,
    /// The plan's text.
    #[cfg(feature = "aws")]
    plan: String,
    /// The snapshot's fingerprint.
    #[cfg(feature = "aws")]
    fingerprint: String,
    /// What may change.
    #[cfg(feature = "aws")]
    budget: Budget,
    /// vCPUs of today and of the plan.
    #[cfg(feature = "aws")]
    running: Vec<Running>,
    settings: Settings,
    today: Today,
    bills: Bills,
    /// Those that are allowed.
    steps: Vec<Step>,
    /// Steps that take something away and are not allowed.
    not_allowed: usize,
    /// What goes beyond the budget, in words.
    excess: Vec<String>,
    /// What the plan moves, where it was made around today's instances.
    moves: Option<Moves>,
    /// Whether the plan leaves today's fleet alone.
    leaves_alone: bool,
}

/// Snapshot and plan as given, the plan checked.
struct Asked {
    /// The snapshot's text.
    text: String,
    /// The cluster of then.
    cluster: Cluster,
    /// The catalogue.
    catalogue: Catalogue,
    /// The plan.
    plan: FleetPlan,
}

/// Reads a snapshot and the plan that was made from it.
///
/// # Errors
/// Where one of them cannot be used, or the plan does not pass the check.
fn asked(
    args: &ApplyArgs,
    (snapshot, plan): (&PathBuf, &PathBuf),
    diagnostics: Diagnostics,
) -> Result<Asked, Failure> {
    let given = GivenPlan::read(plan)?;
    let text = input::cluster_text(
        snapshot,
        args.input.region.as_deref(),
        &args.input.aws,
        diagnostics,
    )?;
    let (cluster, catalogue) = input::read_from(&text, snapshot, &args.input, diagnostics)?;
    input::of_ecs(&cluster, "apply")?;
    of_the_snapshot(&given.plan, &cluster, args.cluster.as_deref())?;
    given.passes(
        &cluster,
        &catalogue,
        (ClusterDay::OfThePlan, OnFailure::Refuse),
        diagnostics,
    )?;
    if !given.plan.unplaced.is_empty() {
        let message = "the plan leaves tasks without a place: a fleet that cannot hold the services is not applied";
        return Err(Failure::new(Exit::Infeasible, message));
    }
    Ok(Asked {
        text,
        cluster,
        catalogue,
        plan: given.plan,
    })
}

/// A snapshot as states.
///
/// # Errors
/// Where it is not JSON.
fn today(text: &str, snapshot: &Path) -> Result<Today, Failure> {
    Today::read(text).map_err(|error| {
        Failure::input(format!(
            "{}: a snapshot is JSON, as `bayplan snapshot` writes it: {error}",
            input::display_name(snapshot)
        ))
    })
}

fn way(
    args: &ApplyArgs,
    (snapshot, plan): (&PathBuf, &PathBuf),
    diagnostics: Diagnostics,
) -> Result<Way, Failure> {
    let asked = asked(args, (snapshot, plan), diagnostics)?;
    let today = today(&asked.text, snapshot)?;
    let (cluster, catalogue) = (&asked.cluster, &asked.catalogue);
    let settings = super::settings::settings(
        &asked.plan,
        Some(cluster),
        catalogue,
        Timing::default(),
        diagnostics,
    )?;
    let bills = Bills {
        today: bill_of_today(cluster, catalogue).ok().flatten(),
        planned: asked.plan.cost.usd_per_hour,
    };
    played_again(&asked)?;
    let leaves_alone = asked.plan.recommendation.is_some();
    let all = if leaves_alone {
        Vec::new()
    } else {
        let (steps, refusals) = left(args, &settings, &asked, &today, bills);
        if !refusals.is_empty() {
            return Err(refused(&refusals));
        }
        steps
    };
    let instances = today.instance_count();
    let is_allowed = |step: &Step| args.budget.allow_delete || !step.retires;
    let (steps, left): (Vec<Step>, Vec<Step>) = all.into_iter().partition(is_allowed);
    holds_nothing_else(&today, &steps)?;
    let budget = Budget::new(
        instances,
        args.budget.max_instances_changed,
        args.budget.max_usd_per_hour_increase,
    );
    let excess = budget.excess(bills.today, first(&steps, args));
    Ok(Way {
        #[cfg(feature = "aws")]
        plan: plan_text(plan)?,
        #[cfg(feature = "aws")]
        fingerprint: (asked.plan.snapshot.as_ref())
            .map_or_else(String::new, |stamp| stamp.fingerprint.clone()),
        #[cfg(feature = "aws")]
        budget,
        #[cfg(feature = "aws")]
        running: running(&asked),
        settings,
        today,
        bills,
        steps,
        not_allowed: left.len(),
        excess: excess.iter().map(report::apply::excess).collect(),
        moves: asked.plan.moves,
        leaves_alone,
        #[cfg(feature = "aws")]
        snapshot: asked.text,
    })
}

/// Refuses waves that the replica of ECS does not play from this snapshot: instances go because the plan names them.
fn played_again(asked: &Asked) -> Result<(), Failure> {
    let Some(moves) = &asked.plan.moves else {
        return Ok(());
    };
    let (waves, not_drained) = waves_again(&asked.cluster, &asked.catalogue, &asked.plan)
        .map_err(|error| Failure::input(error.to_string()))?;
    if (&waves, &not_drained) == (&moves.waves, &moves.not_drained) {
        return Ok(());
    }
    Err(Failure::new(
        Exit::ViolationsFound,
        "the plan's waves are not those that the replica of ECS plays from this snapshot, nothing was done: plan again",
    ))
}

/// vCPUs of today's instances and of the plan's, by provider and kind.
#[cfg(feature = "aws")]
fn running(asked: &Asked) -> Vec<Running> {
    type Kind<'a> = (Option<&'a str>, &'a str, Capacity);
    let mut counts: BTreeMap<Kind<'_>, [u64; 2]> = BTreeMap::new();
    for it in asked
        .cluster
        .container_instances
        .iter()
        .filter(|it| it.is_billed())
    {
        let kind = (
            it.capacity_provider.as_deref(),
            it.instance_type.as_str(),
            it.capacity(),
        );
        counts.entry(kind).or_default()[0] += 1;
    }
    for row in &asked.plan.instances {
        let provider = Some(row.capacity_provider.as_str());
        let kind = (provider, row.instance_type.as_str(), row.purchase_option);
        counts.entry(kind).or_default()[1] += row.count;
    }
    let vcpus = |kind: &str| Some(asked.catalogue.instance_type(kind)?.vcpus);
    (counts.into_iter())
        .filter_map(|((provider, kind, capacity), [today, planned])| {
            let each = vcpus(kind)?;
            Some(Running {
                provider: provider.map(str::to_owned),
                instance_type: kind.to_owned(),
                capacity,
                today: today * each,
                planned: planned * each,
            })
        })
        .collect()
}

/// The plan's text again: what it is known by in a journal.
#[cfg(feature = "aws")]
fn plan_text(plan: &Path) -> Result<String, Failure> {
    if input::is_stdin(plan) {
        return Ok(String::new());
    }
    input::read_text(plan)
}

/// A plan goes into the cluster that it was made from and into no other.
fn of_the_snapshot(
    plan: &FleetPlan,
    cluster: &Cluster,
    confirmed: Option<&str>,
) -> Result<(), Failure> {
    if let Some(name) = confirmed.filter(|name| *name != cluster.name) {
        return Err(Failure::input(format!(
            "--cluster {name}: the snapshot is of `{}`",
            cluster.name
        )));
    }
    let of = |stamp: &SnapshotStamp| {
        format!(
            "{} ({})",
            stamp.taken_at,
            &stamp.fingerprint.chars().take(12).collect::<String>()
        )
    };
    match (&plan.snapshot, &cluster.deployed.snapshot) {
        (None, _) => Err(Failure::input(
            "the plan was not made from a snapshot: take one with `bayplan snapshot`, plan it, and give both",
        )),
        (_, None) => Err(Failure::input(
            "CLUSTER is no snapshot: give the file that `bayplan snapshot` wrote and the plan was made from",
        )),
        (Some(planned), Some(given)) if planned != given => Err(Failure::input(format!(
            "the plan was made from the snapshot of {}, and CLUSTER is that of {}: give the one that the plan was made from",
            of(planned),
            of(given)
        ))),
        (Some(_), Some(_)) => Ok(()),
    }
}

/// The steps from a state of the cluster to the plan, and what stands against them.
fn left(
    args: &ApplyArgs,
    settings: &Settings,
    asked: &Asked,
    today: &Today,
    bills: Bills,
) -> (Vec<Step>, Vec<Refusal>) {
    let given = Given {
        templates: args
            .sources
            .launch_template
            .iter()
            .cloned()
            .collect::<BTreeMap<_, _>>(),
        subnets: args.sources.subnets.clone(),
    };
    let image = |name: &str| {
        asked
            .catalogue
            .instance_type(name)
            .map(TypeFacts::from)?
            .image()
    };
    let known = known_groups(&asked.cluster.deployed, today, &image);
    let sources = Sources {
        given: &given,
        known: &known,
        today,
    };
    let fargate = asked.plan.fargate_tasks.iter();
    let moves = asked.plan.moves.as_ref();
    let around = Around {
        waves: moves.map_or(&[][..], |moves| &moves.waves),
        not_drained: moves.map_or(&[][..], |moves| &moves.not_drained),
        fargate: fargate.map(|row| row.usd_per_hour * row.count).sum(),
    };
    with_refusals(settings, &sources, today, (bills, around))
}

/// Instances with tasks that the plan knows nothing of are not taken away: those of services that were left out of the snapshot, and
/// those that no service runs.
fn holds_nothing_else(today: &Today, steps: &[Step]) -> Result<(), Failure> {
    let mut lines = Vec::new();
    for step in steps {
        if let Work::Drain(drain) = &step.work {
            for (group, tasks) in today.unplanned(drain) {
                let (of, group) = (visible(&drain.group), visible(group));
                let group = if group.is_empty() {
                    "no task group"
                } else {
                    &group
                };
                lines.push(format!("group {of}: {tasks} tasks of {group} run on it"));
            }
        }
    }
    if lines.is_empty() {
        return Ok(());
    }
    Err(Failure::new(
        Exit::Refused,
        format!(
            "nothing was done: instances are not taken away while tasks run on them that the plan has no place for\n  {}\nleave out --allow-delete, or plan them: services that were left out are named in the snapshot's `notes`, tasks of no service go under `standaloneTasks`",
            lines.join("\n  ")
        ),
    ))
}

/// All that stands against the plan; what must not be touched weighs more than what is missing.
fn refused(refusals: &[Refusal]) -> Failure {
    let mut lines: Vec<String> = refusals.iter().map(report::apply::refusal).collect();
    lines.dedup();
    let is_input =
        |refusal: &Refusal| matches!(refusal, Refusal::Missing(_) | Refusal::NotInSnapshot(_));
    let exit = if refusals.iter().all(is_input) {
        Exit::InvalidInput
    } else {
        Exit::Refused
    };
    Failure::new(exit, format!("nothing was done\n  {}", lines.join("\n  ")))
}

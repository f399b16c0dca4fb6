//! The way from a snapshot to a plan: its steps, and what stands against them.

#[cfg(feature = "aws")]
use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::apply::budget::Budget;
#[cfg(feature = "aws")]
use crate::apply::quotas::Running;
use crate::apply::sources::{Given, Sources, known_groups};
use crate::apply::step::{Step, Work};
use crate::apply::steps::{Around, Bills, Refusal, with_refusals};
use crate::apply::today::Today;
use crate::catalogue::offered::bill_of_today;
#[cfg(feature = "aws")]
use crate::domain::capacity::Capacity;
use crate::domain::plan::Moves;
use crate::domain::settings::Settings;
use crate::domain::text::visible;
use crate::export::TypeFacts;
use crate::planner::waves_again;
use crate::report;
use crate::report::apply::NotOffered;

use super::super::diagnostics::Diagnostics;
use super::super::exit::{Exit, Failure};
use super::super::settings;
use super::args::ApplyArgs;
use super::asked::{Asked, Planned, asked, today};
use super::played::play;

/// From a snapshot to a plan.
pub(super) struct Way {
    /// The snapshot's text.
    #[cfg(feature = "aws")]
    pub(super) snapshot: String,
    /// The plan's text.
    #[cfg(feature = "aws")]
    pub(super) plan: String,
    /// The snapshot's fingerprint.
    #[cfg(feature = "aws")]
    pub(super) fingerprint: String,
    /// What may change.
    #[cfg(feature = "aws")]
    pub(super) budget: Budget,
    /// vCPUs of today and of the plan.
    #[cfg(feature = "aws")]
    pub(super) running: Vec<Running>,
    pub(super) settings: Settings,
    pub(super) today: Today,
    pub(super) bills: Bills,
    /// Those that are allowed.
    pub(super) steps: Vec<Step>,
    /// Steps that take something away and are not allowed.
    pub(super) not_allowed: usize,
    /// What goes beyond the budget, in words.
    pub(super) excess: Vec<String>,
    /// What the plan moves, where it was made around today's instances.
    pub(super) moves: Option<Moves>,
    /// Steps that are left out, since tasks would wait.
    pub(super) not_offered: Option<NotOffered>,
    /// Whether the plan leaves today's fleet alone.
    pub(super) leaves_alone: bool,
}

/// As many steps as were asked for.
pub(super) fn first<'a>(steps: &'a [Step], args: &ApplyArgs) -> &'a [Step] {
    let most = args.budget.max_steps.unwrap_or(usize::MAX);
    &steps[..steps.len().min(most)]
}

pub(super) fn way(
    args: &ApplyArgs,
    (snapshot, plan): (&PathBuf, &PathBuf),
    diagnostics: Diagnostics,
) -> Result<Way, Failure> {
    let asked = asked(args, (snapshot, plan), diagnostics)?;
    let today = today(&asked.text, snapshot)?;
    let (cluster, catalogue) = (&asked.cluster, &asked.catalogue);
    let settings = settings::of_steps(&asked.plan, cluster, catalogue, diagnostics)?;
    let bills = Bills {
        today: bill_of_today(cluster, catalogue).ok().flatten(),
        planned: asked.plan.cost.usd_per_hour,
    };
    played_again(&asked)?;
    let leaves_alone = asked.plan.recommendation.is_some();
    let all = if leaves_alone {
        Vec::new()
    } else {
        let (steps, refusals) = left(
            &args.sources.given(),
            &settings,
            asked.planned(),
            &today,
            bills,
        );
        if !refusals.is_empty() {
            return Err(refused(&refusals));
        }
        steps
    };
    let instances = today.instance_count();
    let is_allowed = |step: &Step| args.budget.allow_delete || !step.retires;
    let (mut steps, left): (Vec<Step>, Vec<Step>) = all.into_iter().partition(is_allowed);
    holds_nothing_else(&today, &steps)?;
    let played = (asked.planned(), &settings);
    let not_offered = play(played, &mut steps, args.at_a_time(), diagnostics);
    let budget = Budget::new(
        instances,
        args.budget.max_instances_changed,
        args.budget.max_usd_per_hour_increase,
    );
    let excess = budget.excess(bills.today, first(&steps, args));
    Ok(Way {
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
        not_offered,
        leaves_alone,
        #[cfg(feature = "aws")]
        snapshot: asked.text,
        #[cfg(feature = "aws")]
        plan: asked.plan_text,
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

/// The steps from a state of the cluster to the plan, and what stands against them.
pub(super) fn left(
    given: &Given,
    settings: &Settings,
    planned: Planned<'_>,
    today: &Today,
    bills: Bills,
) -> (Vec<Step>, Vec<Refusal>) {
    let Planned {
        plan,
        cluster,
        catalogue,
    } = planned;
    let image = |name: &str| catalogue.instance_type(name).map(TypeFacts::from)?.image();
    let known = known_groups(&cluster.deployed, today, &image);
    let sources = Sources {
        given,
        known: &known,
        today,
    };
    let fargate = plan.fargate_tasks.iter();
    let moves = plan.moves.as_ref();
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

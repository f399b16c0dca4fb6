//! What is left of a run, held against the replica from what runs by now: the cluster may have changed since the steps were played.

use serde_json::Value;

use crate::apply::change::Reading;
use crate::apply::journal::Journal;
use crate::apply::rehearsal::Rehearsal;
use crate::apply::step::Work;
use crate::apply::today::Today;
use crate::catalogue::{Catalogue, CatalogueFiles};
use crate::domain::cluster::Cluster;
use crate::domain::plan::FleetPlan;
use crate::io::{ImportOptions, read_cluster, read_plan};
use crate::planner::{ORDERS, PlayedStep};
use crate::report;
use crate::report::apply::NotOffered;

use super::super::diagnostics::Diagnostics;
use super::super::exit::{Exit, Failure};
use super::super::{input, settings};
use super::args::ApplyArgs;
use super::asked::Planned;
use super::played::{Rest, not_played};

/// What the rest is played with.
struct Files {
    plan: FleetPlan,
    cluster: Cluster,
    catalogue: Catalogue,
}

/// Plays what is left; what cannot be played is gone on with as it is, and said, as at the beginning.
///
/// # Errors
/// Where a step of this run would leave tasks waiting.
pub(super) fn rehearse(
    args: &ApplyArgs,
    journal: &Journal,
    (kept, answers): (&Rehearsal, Value),
    diagnostics: Diagnostics,
) -> Result<(), Failure> {
    let text = kept.over(answers).to_string();
    let stuck = files(args, journal, (kept, &text))
        .and_then(|files| stuck(args, journal, (&files, &text), diagnostics));
    let stuck = match stuck {
        Ok(stuck) => stuck,
        Err(why) => {
            not_played(&why, diagnostics);
            None
        }
    };
    let Some(of) = stuck else {
        return Ok(());
    };
    let before = (0..of.number - 1).filter(|&step| !journal.is_done(step));
    let before = before.count();
    if args.budget.max_steps.is_some_and(|most| most <= before) {
        diagnostics.warning(&format!("not offered: {}", report::apply::not_offered(&of)));
        return Ok(());
    }
    Err(refused(&of, before))
}

/// Why nothing is done: so many steps come before the one that is not offered.
pub(super) fn refused(of: &NotOffered, before: usize) -> Failure {
    let mut ways = Vec::new();
    if of.at_a_time > 1 {
        ways.push("a smaller --parallel".to_owned());
    }
    if before > 0 {
        ways.push(format!("--max-steps {before} to do the steps before it"));
    }
    let ways = match ways.as_slice() {
        [] => "make room for them first, or plan again from a new snapshot".to_owned(),
        ways => format!("give {}", ways.join(", or ")),
    };
    let message = format!(
        "nothing was done, not offered: {}\n{ways}",
        report::apply::not_offered(of)
    );
    Failure::new(Exit::Refused, message)
}

fn files(
    args: &ApplyArgs,
    journal: &Journal,
    (kept, text): (&Rehearsal, &str),
) -> Result<Files, String> {
    let name = format!("ecs:{}", journal.header().cluster);
    let (_, plan) =
        read_plan(&kept.plan.to_string(), "the journal's plan").map_err(|it| it.to_string())?;
    let options = ImportOptions {
        policy_overrides: kept.flags.clone(),
        region: Some(journal.header().region.clone()),
        stands_alone: input::stands_alone(),
        ..ImportOptions::default()
    };
    let imported = read_cluster(text, &format!("{name}.json"), &options);
    let cluster = imported.map_err(|it| it.to_string())?.cluster;
    let files = CatalogueFiles::from(&args.input.catalogue);
    let catalogue = Catalogue::load(&cluster.region, &files).map_err(|it| it.to_string())?;
    Ok(Files {
        plan,
        cluster,
        catalogue,
    })
}

/// The first step of the rest after which tasks would wait.
fn stuck(
    args: &ApplyArgs,
    journal: &Journal,
    (files, text): (&Files, &str),
    diagnostics: Diagnostics,
) -> Result<Option<NotOffered>, String> {
    let states = Today::read(text).map_err(|it| it.to_string())?;
    let header = journal.header();
    // A deployment that was asked for is on its way, and its tasks are among those that run.
    let is_asked = |work: &Work| match work {
        Work::Change(change) if change.deploys() => {
            change.reading(states.state(&change.target)) == Reading::Done
        }
        _ => false,
    };
    let is_left = |step: usize| !journal.is_done(step) && !is_asked(&header.steps[step].work);
    let settings = settings::of_steps(&files.plan, &files.cluster, &files.catalogue, diagnostics);
    let settings = settings.map_err(|failure| failure.message)?;
    let rolls_out = |work: &Work| matches!(work, Work::Change(change) if change.deploys());
    let orders = if header.steps.iter().any(|step| rolls_out(&step.work)) {
        ORDERS
    } else {
        // Waves alone are played in the first order with the plan, and not in others.
        1
    };
    let left = Rest {
        steps: &header.steps,
        is_left: &is_left,
        begins: &[PlayedStep::Start],
        orders,
    };
    let planned = Planned {
        plan: &files.plan,
        cluster: &files.cluster,
        catalogue: &files.catalogue,
    };
    let mut ways = vec![1, args.at_a_time()];
    ways.dedup();
    let stuck = left.first_stuck((planned, &settings), &ways);
    stuck.map_err(|why| why.to_string())
}

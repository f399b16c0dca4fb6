//! `bayplan apply CLUSTER PLAN`: the steps from a snapshot's cluster to a plan.

mod args;
mod asked;
mod drawn;
mod played;
#[cfg(feature = "aws")]
mod rest;
mod verify;
mod way;

#[cfg(feature = "aws")]
use serde_json::Value;

use crate::apply::existing;
#[cfg(feature = "aws")]
use crate::apply::{journal::Journal, quotas::Needs, rehearsal::Rehearsal};
use crate::report;
use crate::report::apply::Steps;
use crate::report::trace_picture;

use super::diagnostics::Diagnostics;
use super::exit::{Exit, Failure};
#[cfg(feature = "aws")]
use super::input;
use super::output::Destination;
use args::StepsFormat;
#[cfg(feature = "aws")]
use way::Way;
use way::{first, way};

pub use args::ApplyArgs;
pub use drawn::drawn;

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
        let plan = args.plan.as_deref().map(input::read_text).transpose()?;
        let about = (
            args.cluster.as_deref(),
            args.input.region.as_deref(),
            plan.as_deref().map(str::as_bytes),
        );
        nothing_is_written(args, diagnostics);
        let rehearse = |journal: &Journal, kept: &Rehearsal, answers: Value| {
            rest::rehearse(args, journal, (kept, answers), diagnostics)
        };
        let by = (&args.input.aws, &rehearse as super::acting::Rehearse<'_>);
        return super::acting::go_on(&args.acting, about, bounds, by, diagnostics);
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
        nothing_is_written(args, diagnostics);
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
        not_offered: way.not_offered.as_ref(),
        leaves_alone: way.leaves_alone,
        at_a_time: args.at_a_time(),
        resets: way.settings.resets().count(),
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
    if let Some(of) = &way.not_offered {
        diagnostics.warning(&format!("not offered: {}", report::apply::not_offered(of)));
    }
    Ok(if args.detailed_exitcode && !way.steps.is_empty() {
        Exit::ChangesProposed
    } else {
        Exit::Done
    })
}

/// Says that what is done is written nowhere but in the journal.
#[cfg(feature = "aws")]
fn nothing_is_written(args: &ApplyArgs, diagnostics: Diagnostics) {
    if args.output.is_some() || args.format != StepsFormat::Text {
        diagnostics.warning(
            "--format and --output are for steps that are shown: with --yes and of a journal nothing is written so",
        );
    }
}

/// Does the steps.
#[cfg(feature = "aws")]
fn act(args: &ApplyArgs, way: &Way, diagnostics: Diagnostics) -> Result<Exit, Failure> {
    let asked = args.budget.max_steps.unwrap_or(usize::MAX);
    if let Some(of) = (way.not_offered.as_ref()).filter(|of| asked >= of.number) {
        return Err(rest::refused(of, way.steps.len()));
    }
    if let Some(resets) = report::apply::resets_not_set(way.settings.resets().count()) {
        diagnostics.warning(&resets);
    }
    let work = super::acting::Work {
        cluster: &way.settings.cluster,
        region: &way.settings.region,
        plan: way.plan.as_bytes(),
        snapshot: &way.snapshot,
        flags: Some(input::overrides(&args.input)),
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
    super::acting::act(&args.acting.how, &work, diagnostics)
}

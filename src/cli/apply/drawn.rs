//! The steps of a plan for its report, from the snapshot alone.

use std::path::Path;

use crate::apply::sources::Given;
use crate::apply::steps::Bills;
use crate::catalogue::Catalogue;
use crate::catalogue::offered::bill_of_today;
use crate::domain::cluster::Cluster;
use crate::domain::plan::FleetPlan;
use crate::domain::schedule::Timing;
use crate::report;
use crate::report::apply::Steps;
use crate::report::cost::steps::Migration;

use super::super::diagnostics::Diagnostics;
use super::super::exit::Failure;
use super::super::{input, settings};
use super::asked::{Planned, today};
use super::played::play;
use super::way::left;

/// The steps of `bayplan apply SNAPSHOT PLAN --allow-delete`, or why there are none, in words; neither where the plan was not made from
/// this snapshot, or leaves today's fleet alone.
///
/// # Errors
/// Where the snapshot or the plan cannot be used.
pub fn drawn(
    snapshot: &Path,
    (cluster, catalogue): (&Cluster, &Catalogue),
    plan: &FleetPlan,
    diagnostics: Diagnostics,
) -> Result<(Option<Migration>, Option<String>), Failure> {
    let is_of_it = plan.snapshot.is_some() && plan.snapshot == cluster.deployed.snapshot;
    // A snapshot that came from stdin or from AWS itself is not there a second time.
    let is_applied = is_of_it && plan.recommendation.is_none() && snapshot.is_file();
    // Managed Instances are not rehearsed.
    let has_managed = plan.has_managed_instances() || cluster.deployed.has_managed_instances();
    if !is_applied || has_managed || !plan.unplaced.is_empty() || cluster.week.is_some() {
        return Ok((None, None));
    }
    let states = today(&input::read_text(snapshot)?, snapshot)?;
    let timing = Timing::default();
    let settings = settings::settings(plan, Some(cluster), catalogue, timing, diagnostics)?;
    let bills = Bills {
        today: bill_of_today(cluster, catalogue).ok().flatten(),
        planned: plan.cost.usd_per_hour,
    };
    let planned = Planned {
        plan,
        cluster,
        catalogue,
    };
    let (mut steps, refusals) = left(&Given::default(), &settings, planned, &states, bills);
    if !refusals.is_empty() {
        let mut why: Vec<String> = refusals.iter().map(report::apply::refusal).collect();
        why.dedup();
        let note = format!(
            "bayplan apply refuses this plan as it is: {}",
            why.join("; ")
        );
        return Ok((None, Some(note)));
    }
    let not_offered = play((planned, &settings), &mut steps, 1, diagnostics);
    let not_drained = (plan.moves.as_ref()).map_or(&[][..], |moves| &moves.not_drained);
    let migration = Migration::of(&Steps {
        cluster: &settings.cluster,
        region: &settings.region,
        steps: &steps,
        not_allowed: 0,
        bills,
        policy: None,
        not_drained,
        not_offered: not_offered.as_ref(),
        leaves_alone: false,
        at_a_time: 1,
        resets: settings.resets().count(),
    });
    let note = not_offered.as_ref().map(|of| {
        format!(
            "bayplan apply does not offer {}",
            report::apply::not_offered(of)
        )
    });
    Ok((migration, note))
}

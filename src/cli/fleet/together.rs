//! What `bayplan fleet gather` says across clusters: of the results, and of the cluster files that they came from.

use crate::cli::diagnostics::Diagnostics;
use crate::cli::exit::Failure;
use crate::domain::plan::FleetPlan;
use crate::fleet::across::Across;
use crate::fleet::gather::{Gathered, Outcome};
use crate::fleet::merged::merged;
use crate::fleet::pooling::Pooling;
use crate::fleet::same::{Identity, Same};
use crate::fleet::sizes::Sizes;
use crate::fleet::{Work, WorkUnit};

use super::GatherArgs;
use super::inputs::{Inputs, PART, Unread, texts};
use super::place::clean;

/// Looks across the clusters. `units` stand in the order of `work`; those that put two clusters together are no clusters of the fleet.
pub(super) fn across(
    work: &Work,
    units: &[Gathered],
    args: &GatherArgs,
    diagnostics: Diagnostics,
) -> Result<Across, Failure> {
    let mut inputs = Inputs::with_rates(args.savings_plan_rates.clone());
    let mut sizes = Sizes::default();
    let mut pooling = args.commit.asked().map(Pooling::new);
    let planned: Vec<(&WorkUnit, &FleetPlan)> = (work.units.iter().zip(units))
        .filter_map(|(unit, found)| Some((unit, whole_plan(found)?)))
        .collect();
    let mut unread = Unread::default();
    let mut same = Same::default();
    for part in planned.chunks(PART) {
        let of_part: Vec<&WorkUnit> = part.iter().map(|(unit, _)| *unit).collect();
        let texts = texts(&of_part, &args.place, diagnostics)?;
        for ((unit, plan), text) in part.iter().zip(texts) {
            let text = match text {
                Ok(text) => text,
                Err(why) => {
                    unread.add(&unit.unit.id, &why);
                    continue;
                }
            };
            let sha256 = unit.sha256().unwrap_or_default();
            same.add(&unit.unit.id, sha256, Identity::of(text.as_bytes()));
            let Some(cluster) = inputs.cluster(unit, &text) else {
                unread.add(&unit.unit.id, "it cannot be read as its plan read it");
                continue;
            };
            sizes.add(&unit.unit.id, plan, &cluster);
            if let Some(pooling) = &mut pooling {
                let prices = inputs.catalogue(&unit.unit.args, &cluster.region)?;
                (pooling.add(&unit.unit.id, plan, &cluster, prices))
                    .map_err(|error| Failure::input(error.to_string()))?;
            }
        }
    }
    unread.say(diagnostics, "left out of what is said across clusters");
    for what in same.said() {
        diagnostics.warning(&format!("{}: the sums count each of them", clean(&what)));
    }
    Ok(Across {
        commitments: pooling.map(Pooling::finish),
        sizes: sizes.finish(),
        merges: merged(units),
    })
}

/// The plan of a cluster of the fleet that has a place for every task.
fn whole_plan(unit: &Gathered) -> Option<&FleetPlan> {
    match &unit.outcome {
        Outcome::Plan(plan) if unit.of.is_none() && plan.unplaced.is_empty() => Some(plan),
        _ => None,
    }
}

//! What `bayplan fleet gather` says across clusters: of the results, and of the cluster files that they came from.

use crate::cli::diagnostics::Diagnostics;
use crate::cli::exit::Failure;
use crate::domain::plan::FleetPlan;
use crate::fleet::across::Across;
use crate::fleet::gather::{Gathered, Outcome};
use crate::fleet::merged::merged;
use crate::fleet::pooling::Pooling;
use crate::fleet::sizes::Sizes;
use crate::fleet::{Work, WorkUnit};

use super::GatherArgs;
use super::inputs::{Inputs, PART, texts};

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
    let mut unread = 0_u64;
    for part in planned.chunks(PART) {
        let of_part: Vec<&WorkUnit> = part.iter().map(|(unit, _)| *unit).collect();
        let texts = texts(&of_part, &args.place, diagnostics)?;
        for ((unit, plan), text) in part.iter().zip(texts) {
            let cluster = text.and_then(|text| inputs.cluster(unit, &text));
            let Some(cluster) = cluster else {
                unread += 1;
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
    if unread > 0 {
        diagnostics.warning(&format!(
            "{unread} cluster files cannot be read: their clusters are left out of what is said across clusters"
        ));
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

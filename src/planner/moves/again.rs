//! The waves of a plan that was read from a file, played again from what runs: whoever carries them out need not believe the file.

use std::collections::BTreeSet;

use crate::catalogue::Catalogue;
use crate::domain::cluster::Cluster;
use crate::domain::plan::{FleetPlan, NotDrained, Wave};
use crate::domain::policy::KeepInstances;
use crate::formulate::hosts::Hosts;
use crate::formulate::offering::Offerings;

use super::super::options::PlanError;
use super::today::Today;
use super::waves;

/// The waves from today's fleet to a plan, and drains that none of them does; the same bytes as when the plan was made. Nothing of
/// a plan that moves nothing.
///
/// # Errors
/// Where instances of today have no price, or the file does not show what runs.
pub fn waves_again(
    cluster: &Cluster,
    catalogue: &Catalogue,
    plan: &FleetPlan,
) -> Result<(Vec<Wave>, Vec<NotDrained>), PlanError> {
    let Some(moves) = plan.moves.as_ref().filter(|_| plan.is_realised()) else {
        return Ok((Vec::new(), Vec::new()));
    };
    let mut around = cluster.clone();
    around.policy.keep_instances = KeepInstances::All;
    let offerings = Offerings::new(&around, catalogue).map_err(PlanError::Unpriced)?;
    let hosts = Hosts::new(&around, &offerings);
    let today = Today::read(&around, &offerings, &hosts)?;
    let offerings =
        Offerings::holding(&around, catalogue, &today.held).map_err(PlanError::Unpriced)?;
    let drained: BTreeSet<&str> = moves.drained.iter().map(String::as_str).collect();
    let staying: BTreeSet<&str> = (cluster.container_instances.iter())
        .filter(|instance| instance.active && !instance.is_external())
        .map(|instance| instance.id.as_str())
        .filter(|id| !drained.contains(id))
        .collect();
    Ok(waves::waves(
        (cluster, catalogue),
        &offerings.usable,
        &staying,
        plan,
    ))
}

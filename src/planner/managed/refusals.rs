//! What is not planned with Managed Instances: said, never ignored.

use crate::domain::cluster::Cluster;
use crate::domain::policy::{KeepInstances, ManagedInstancesUse};
use crate::planner::options::{PlanError, PlanOptions};

/// Refuses settings that ask for something that a plan with Managed Instances does not do.
///
/// # Errors
/// All of them.
pub(in crate::planner) fn refuse(
    cluster: &Cluster,
    options: &PlanOptions<'_>,
) -> Result<(), PlanError> {
    let policy = &cluster.policy;
    let today = (cluster.container_instances.iter())
        .any(|instance| instance.is_registered && instance.purchase_option.is_managed());
    let of_today = [
        (
            policy.keep_instances == KeepInstances::All,
            "keepInstances: all beside Managed Instances of today, which go with their tasks",
        ),
        (
            options.moves.is_some(),
            "--max-moves and --moves beside Managed Instances of today",
        ),
    ];
    let of_today = of_today.into_iter().filter(|_| today);
    let bought = policy.managed_instances != ManagedInstancesUse::Forbidden;
    let asked = [
        (policy.survive_zone_loss, "surviveZoneLoss"),
        (policy.survive_instance_loss, "surviveInstanceLoss"),
        (policy.keeps_room_for_rollouts(), "deploymentSurge: true"),
        (!cluster.commitments.bought.is_empty(), "commitments"),
        (options.commit.is_some(), "--commit"),
        (options.proof, "--proof"),
        (options.min_availability.is_some(), "--min-availability"),
        (options.moves.is_some(), "--max-moves and --moves"),
        (cluster.is_kubernetes(), "documents of Kubernetes"),
    ];
    let refused: Vec<&'static str> = (asked.into_iter().filter(|_| bought))
        .chain(of_today)
        .filter(|(asked, _)| *asked)
        .map(|(_, name)| name)
        .collect();
    if refused.is_empty() {
        Ok(())
    } else {
        Err(PlanError::ManagedInstances(refused))
    }
}

//! V34: with `deploymentSurge` there is room for the rollout of any one service at a time: all tasks stay
//! where they are and the further ones that its deployment starts have a place. Room kept for zone loss
//! counts as free: both do not happen at once. An existing row has room where one of today's instances
//! that it may stand for has.

use crate::check::facts::{Facts, InstanceRow};
use crate::check::violation::{Rule, Violation};
use crate::domain::attributes::Attributes;
use crate::domain::service::Service;

use super::{one_instance, placement};

pub(super) fn violations(facts: &Facts<'_>) -> Vec<Violation> {
    if !facts.cluster.policy.keeps_room_for_rollouts() {
        return Vec::new();
    }
    let rows: Vec<(&InstanceRow<'_>, Vec<&Attributes>)> = (facts.rows.iter())
        .map(|row| (row, placement::suitable_hosts(facts, row)))
        .collect();
    (facts.replicas())
        .filter(|service| facts.on_fargate(&service.name) == 0)
        .filter_map(|service| {
            let placed = facts.wanted(service);
            let surge = u128::from(service.deployment_surge(placed));
            let room = room(facts, &rows, service, surge);
            (room < surge).then(|| {
                Violation::new(
                    Rule::DeploymentSurge,
                    format!("services[{}]", service.name),
                    format!("room for {room} more tasks"),
                    format!("room for the {surge} more tasks of its deployment (deploymentSurge)"),
                )
            })
        })
        .collect()
}

/// Room for further tasks of the service; beyond `enough` it is not counted on.
fn room(
    facts: &Facts<'_>,
    rows: &[(&InstanceRow<'_>, Vec<&Attributes>)],
    service: &Service,
    enough: u128,
) -> u128 {
    let mut room: u128 = 0;
    for (row, hosts) in rows {
        if room >= enough {
            break;
        }
        let each = one_instance::further(facts, &row.machine, &row.tasks, service);
        let admits = |host: &&Attributes| one_instance::admits(&row.machine, host, service);
        if each > 0 && hosts.iter().any(admits) {
            room = room.saturating_add(row.on_all(each));
        }
    }
    room
}

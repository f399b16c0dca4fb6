//! Room for what may happen, in every hour: the loss of an instance or of a zone, and the rollout of one service.
//!
//! A group with a certificate holds the tasks that its other instances, or those of its other zones, have places for by the pattern; beside
//! whole patterns an instance has room for so many further tasks of one service. What an ordinary plan is held to with the tasks that it
//! shows (V33, V34, V40) is held here with those of each hour.

use crate::check::facts::{Facts, Tasks};
use crate::check::rules::one_instance;
use crate::check::violation::Violation;
use crate::domain::service::Service;
use crate::domain::week::HOURS_PER_WEEK;

use super::{Hours, SizedGroup, most_on_one, violation};

/// How many instances of a group hold all tasks.
struct Rest {
    instances: u64,
    words: &'static str,
}

impl Hours<'_> {
    /// That a service has its room in a group that has so many of its tasks on an instance.
    pub(super) fn has_room(
        &self,
        facts: &Facts<'_>,
        (service, group, each): (&Service, &SizedGroup<'_>, u64),
        violations: &mut Vec<Violation>,
    ) {
        let policy = &self.cluster.policy;
        let place = |hour: usize| {
            format!(
                "services[{}].capacityProviderStrategy, hour {hour}",
                service.name
            )
        };
        let short = (0..HOURS_PER_WEEK).find_map(|hour| {
            let size = group.sizes[hour];
            let tasks = self.tasks(service, hour);
            let most = most_on_one(self.cluster, service, tasks).min(each);
            let zone = Rest {
                instances: size / group.zones * (group.zones - 1),
                words: "of its other zones (surviveZoneLoss)",
            };
            let instance = Rest {
                instances: size.saturating_sub(1),
                words: "but one (surviveInstanceLoss)",
            };
            let asked = [
                policy.survive_zone_loss.then_some(zone),
                policy.survive_instance_loss.then_some(instance),
            ];
            (asked.into_iter().flatten())
                .find(|rest| tasks > rest.instances.saturating_mul(most))
                .map(|rest| (hour, tasks, rest))
        });
        if let Some((hour, tasks, rest)) = short {
            violations.push(violation(
                place(hour),
                format!("{tasks} tasks where {} instances remain", rest.instances),
                format!("room for all of them on the instances {}", rest.words),
            ));
        }
        if policy.keeps_room_for_rollouts() {
            let on_one = each.saturating_add(beside_pattern(facts, group, service));
            let short = (0..HOURS_PER_WEEK).find(|&hour| {
                let tasks = self.tasks(service, hour);
                let all = tasks.saturating_add(service.deployment_surge(tasks));
                all > group.sizes[hour].saturating_mul(on_one)
            });
            if let Some(hour) = short {
                let tasks = self.tasks(service, hour);
                violations.push(violation(
                    place(hour),
                    format!(
                        "{} instances with room for {on_one} of its tasks each",
                        group.sizes[hour]
                    ),
                    format!(
                        "room for {} more tasks beside its {tasks} (deploymentSurge)",
                        service.deployment_surge(tasks)
                    ),
                ));
            }
        }
    }
}

/// Further tasks of a service beside the whole pattern on an instance of the group, by the row that has least room.
fn beside_pattern(facts: &Facts<'_>, group: &SizedGroup<'_>, service: &Service) -> u64 {
    let pattern = group.group.certificate.iter();
    let pattern: Tasks<'_> = pattern
        .flat_map(|of| &of.tasks_per_instance)
        .filter_map(|(name, &each)| Some((*facts.services.get(name.as_str())?, each)))
        .collect();
    (facts.rows.iter())
        .filter(|row| row.planned.capacity_provider == group.group.name)
        .map(|row| {
            let daemons = (row.tasks.iter().copied()).filter(|(of, _)| of.is_daemon());
            let there: Tasks<'_> = pattern.iter().copied().chain(daemons).collect();
            one_instance::further(facts, &row.machine, &there, service)
        })
        .min()
        .unwrap_or(0)
}

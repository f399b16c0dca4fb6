//! Groups of mode `elastic` over a week: packed, of one size in the plan, for services with one number of tasks in every hour.
//!
//! Such a group has no certificate: that its tasks find their places is seen in its rows, which the rules are asked about in the hour that
//! the plan shows. They say the same of every other hour where its services have as many tasks then, and nothing where they have not.

use crate::check::violation::Violation;
use crate::domain::plan::{GroupMode, PlannedService};
use crate::domain::service::Service;
use crate::domain::week::HOURS_PER_WEEK;

use super::{Hours, violation};

impl Hours<'_> {
    /// Whether a service's tasks are in elastic groups, all of them.
    pub(super) fn is_packed(&self, planned: &PlannedService) -> bool {
        let strategy = &planned.capacity_provider_strategy;
        let is_elastic = |name: &str| {
            let group = self.groups.get(name).map(|sized| sized.group);
            group.is_some_and(|group| {
                group.mode == Some(GroupMode::Elastic) && group.certificate.is_none()
            })
        };
        !strategy.is_empty() && (strategy.iter()).all(|item| is_elastic(&item.capacity_provider))
    }

    /// That the service has one number of tasks, and that nothing is asked of its group in other hours that the shown one does not show: room
    /// that stands on other groups then may be gone with them.
    pub(super) fn hold_packed(
        &self,
        service: &Service,
        place: &str,
        violations: &mut Vec<Violation>,
    ) {
        let policy = &self.cluster.policy;
        if policy.survive_instance_loss
            || policy.survive_zone_loss
            || policy.keeps_room_for_rollouts()
        {
            violations.push(violation(
                place,
                "an elastic group, whose room is known in the hour shown alone",
                "a group that certifies the service's tasks, with the room that surviveInstanceLoss, surviveZoneLoss or deploymentSurge ask for in every hour",
            ));
        }
        let first = self.tasks(service, 0);
        let other = (1..HOURS_PER_WEEK).find(|&hour| self.tasks(service, hour) != first);
        if let Some(hour) = other {
            violations.push(violation(
                format!("{place}, hour {hour}"),
                format!(
                    "an elastic group, which is shown with one number of tasks, for {first} tasks and {}",
                    self.tasks(service, hour)
                ),
                "a group that certifies the service's tasks in every hour",
            ));
        }
    }
}

//! Services, one step each: another strategy is a full deployment.

use super::super::change::Change;
use super::super::obstacles::Use;
use super::super::state::{PlacementItem, ServiceState, State, Target};
use super::super::step::{Running, Work};
use super::{Builder, Refusal, entries};
use crate::domain::settings::ServiceSettings;

impl<R: Running> Builder<'_, R> {
    pub(super) fn services(&mut self) {
        let settings = self.settings;
        let moves = settings
            .stages
            .as_ref()
            .map_or(&[][..], |stages| &stages.moves);
        let place = |service: &ServiceSettings| {
            (moves.iter().position(|it| it.service == service.name)).unwrap_or(moves.len())
        };
        let mut services: Vec<&ServiceSettings> = settings.services.iter().collect();
        services.sort_by_key(|service| place(service));
        let mut bill = self.added();
        for service in services {
            let target = Target::Service(service.name.clone());
            let Some(State::Service(now)) = self.today.state(&target) else {
                self.refusals.push(Refusal::NotInSnapshot(target));
                continue;
            };
            // Fargate and Managed Instances take a service with none alone.
            let placement = if service.takes_placement() {
                placement(service)
            } else {
                Vec::new()
            };
            let then = ServiceState {
                strategy: entries(&service.strategy),
                placement,
                constraints: now.constraints.clone(),
            };
            if then == *now {
                continue;
            }
            self.touch(&target, Use::Change);
            if let Some(moved) = moves.iter().find(|it| it.service == service.name) {
                bill = moved.bill;
            } else if settings.stages.is_none() {
                bill = self.bills.today.map(|today| today.max(self.bills.planned));
            }
            let restarts = if then.strategy == now.strategy {
                0
            } else {
                service.desired_count
            };
            let (now, then) = (State::Service(now.clone()), State::Service(then));
            let change = Change::new(target, Some(now), Some(then));
            self.push(Work::Change(Box::new(change)), bill, restarts);
        }
    }
}

fn placement(service: &ServiceSettings) -> Vec<PlacementItem> {
    (service.placement.iter())
        .map(|item| PlacementItem {
            kind: item.kind.to_owned(),
            field: item.field.clone(),
        })
        .collect()
}

//! What the plan has no use for, and the sizes of groups that get smaller.

use super::super::state::{GroupState, State, Target};
use super::super::step::{Drain, Running, Step, Work};
use super::super::today::Use;
use super::{Builder, Refusal, entries};
use crate::domain::money::UsdPerHour;

impl<R: Running> Builder<'_, R> {
    pub(super) fn retirement(&mut self) {
        let Some(stages) = &self.settings.stages else {
            return;
        };
        let bill = stages.bills.map(|bills| bills.moved);
        for leaving in &stages.leaving {
            let Some(group) = &leaving.group else {
                continue;
            };
            if self.is_held(&leaving.name) {
                continue;
            }
            self.touch(&Target::Group(group.clone()), Use::Retire);
            self.resized(group, |now| GroupState { min_size: 0, ..now }, bill);
            self.drain((&leaving.name, group), Vec::new(), 0, bill);
        }
        let narrowed = self
            .settings
            .groups
            .iter()
            .filter_map(|group| Some((group, stages.narrowed(&group.group)?)))
            .filter(|(group, _)| !self.is_held(&group.name));
        let narrowed: Vec<_> = narrowed.collect();
        for (group, _) in narrowed {
            let types = group.instance_types.clone();
            self.drain((&group.name, &group.group), types, group.planned, bill);
        }
        self.without_leaving(bill);
        let bill = stages.bills.map(|bills| bills.retired);
        for leaving in &stages.leaving {
            let target = Target::Provider(leaving.name.clone());
            if leaving.group.is_none() || self.is_held(&leaving.name) {
                continue;
            }
            let now = self.left_by_steps(&target);
            self.retire(&target, now, None, bill);
        }
        for leaving in &stages.leaving {
            let Some(group) = leaving.group.as_ref() else {
                continue;
            };
            if self.is_held(&leaving.name) {
                continue;
            }
            self.resized(
                group,
                |now| GroupState {
                    min_size: 0,
                    max_size: 0,
                    ..now
                },
                bill,
            );
            let target = Target::Group(group.clone());
            let now = self.left_by_steps(&target);
            self.retire(&target, now, None, bill);
        }
        for group in self
            .settings
            .groups
            .iter()
            .filter(|it| stages.narrowed(&it.group).is_some())
        {
            if self.is_held(&group.name) {
                continue;
            }
            let (min_size, max_size) = (group.min_size, group.max_size);
            self.resized(
                &group.group,
                |now| GroupState {
                    min_size,
                    max_size,
                    ..now
                },
                bill,
            );
        }
    }

    fn resized(
        &mut self,
        group: &str,
        with: impl Fn(GroupState) -> GroupState,
        bill: Option<UsdPerHour>,
    ) {
        let target = Target::Group(group.to_owned());
        let Some(State::Group(now)) = self.left_by_steps(&target) else {
            self.refusals.push(Refusal::NotInSnapshot(target));
            return;
        };
        let then = Some(State::Group(with(now.clone())));
        self.retire(&target, Some(State::Group(now)), then, bill);
    }

    /// The cluster's list without the providers that go, and a default strategy that names none of them.
    fn without_leaving(&mut self, bill: Option<UsdPerHour>) {
        let Some((target, _)) = self.cluster() else {
            return;
        };
        let Some(State::Cluster(now)) = self.left_by_steps(&target) else {
            return;
        };
        let leaving = self.settings.leaving();
        let leaving: Vec<&str> = leaving.filter(|name| !self.is_held(name)).collect();
        let mut then = now.clone();
        then.providers
            .retain(|name| !leaving.contains(&name.as_str()));
        if (then.default_strategy.iter())
            .any(|item| leaving.contains(&item.capacity_provider.as_str()))
        {
            then.default_strategy = entries(&self.settings.default_strategy);
        }
        self.retire(
            &target,
            Some(State::Cluster(now)),
            Some(State::Cluster(then)),
            bill,
        );
    }

    fn drain(
        &mut self,
        (provider, group): (&str, &str),
        types_that_stay: Vec<String>,
        most: u64,
        bill: Option<UsdPerHour>,
    ) {
        let drain = Drain {
            provider: provider.to_owned(),
            group: group.to_owned(),
            types_that_stay,
            most,
            named: Vec::new(),
        };
        let instances = self.running.instances(&drain, &self.gone);
        if instances == 0 {
            return;
        }
        // Services have moved away from a provider that goes; what a group that stays holds is started anew.
        let restarts = if drain.most == 0 {
            0
        } else {
            self.running.tasks(&drain, &self.gone)
        };
        self.steps.push(Step {
            work: Work::Drain(drain),
            bill,
            restarts,
            instances,
            retires: true,
            wave: None,
        });
    }
}

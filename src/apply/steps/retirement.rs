//! What the plan has no use for, and the sizes of groups that get smaller.

use super::super::obstacles::Use;
use super::super::state::{GroupState, State, Target};
use super::super::step::{Drain, Running, Step, Work};
use super::waves::is_drain;
use super::{Builder, Refusal, entries};
use crate::domain::money::UsdPerHour;
use crate::domain::settings::GroupSettings;

/// A provider that goes, with its group.
type Leaving = (String, String);

impl<R: Running> Builder<'_, R> {
    pub(super) fn retirement(&mut self) {
        let settings = self.settings;
        let Some(stages) = &settings.stages else {
            return;
        };
        let bills = stages.bills;
        let (moved, retired) = (bills.map(|it| it.moved), bills.map(|it| it.retired));
        let leaving: Vec<Leaving> = (stages.leaving.iter())
            .filter_map(|it| Some((it.name.clone(), it.group.clone()?)))
            .filter(|(name, _)| !self.is_held(name))
            .collect();
        let narrowed: Vec<&GroupSettings> = (settings.groups.iter())
            .filter(|group| stages.narrowed(&group.group).is_some())
            .filter(|group| !self.is_held(&group.name))
            .collect();
        let before = self.steps.len();
        self.drains(&leaving, &narrowed, moved);
        // With the last instance that goes the bill is the planned one, unless some stay that the plan takes away.
        let emptied = if self.around.not_drained.is_empty() {
            retired
        } else {
            moved
        };
        let last = self.steps[before..].iter().rposition(is_drain);
        if let Some(last) = last {
            self.steps[before + last].bill = emptied;
        }
        self.without_leaving(emptied);
        self.deletions(&leaving, retired);
        for group in narrowed {
            let (min_size, max_size) = (group.min_size, group.max_size);
            let planned = |now: GroupState| GroupState {
                min_size,
                max_size,
                ..now
            };
            self.resized(&group.group, planned, retired);
        }
    }

    /// What goes is drained and terminated.
    fn drains(
        &mut self,
        leaving: &[Leaving],
        narrowed: &[&GroupSettings],
        bill: Option<UsdPerHour>,
    ) {
        for (name, group) in leaving {
            self.touch(&Target::Group(group.clone()), Use::Retire);
            self.resized(group, |now| GroupState { min_size: 0, ..now }, bill);
            self.drain((name, group), Vec::new(), 0, bill);
        }
        for group in narrowed {
            let types = group.instance_types.clone();
            self.drain((&group.name, &group.group), types, group.planned, bill);
        }
    }

    /// Providers, then their groups.
    fn deletions(&mut self, leaving: &[Leaving], bill: Option<UsdPerHour>) {
        for (name, _) in leaving {
            let target = Target::Provider(name.clone());
            let now = self.left_by_steps(&target);
            self.retire(&target, now, None, bill);
        }
        for (_, group) in leaving {
            let closed = |now: GroupState| GroupState {
                min_size: 0,
                max_size: 0,
                ..now
            };
            self.resized(group, closed, bill);
            let target = Target::Group(group.clone());
            let now = self.left_by_steps(&target);
            self.retire(&target, now, None, bill);
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
            waiting: None,
        });
    }
}

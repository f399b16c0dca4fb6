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
            self.drain(Drain::all(name, group), bill);
        }
        for group in narrowed {
            let drain = Drain {
                provider: group.name.clone(),
                group: group.group.clone(),
                types_that_stay: group.instance_types.clone(),
                most: group.planned,
                named: Vec::new(),
            };
            self.launched_first(group, &drain, bill);
            self.drain(drain, bill);
        }
    }

    /// Where a group of today gets other types, instances of these come before those of the old ones are drained: tasks of services
    /// that stay in the group have no place until then. The least size is the planned one again afterwards, since Auto Scaling takes
    /// no instance below it.
    fn launched_first(&mut self, group: &GroupSettings, drain: &Drain, bill: Option<UsdPerHour>) {
        let there = self.running.count(&group.name);
        let going = self.running.instances(drain, &self.gone);
        let missing = group.planned.saturating_sub(there.saturating_sub(going));
        if going == 0 || missing == 0 {
            return;
        }
        let least = there.saturating_add(missing);
        let larger = |now: GroupState| GroupState {
            min_size: now.min_size.max(least),
            max_size: now.max_size.max(least),
            ..now
        };
        let planned = |now: GroupState| GroupState {
            min_size: group.min_size,
            ..now
        };
        let before = self.steps.len();
        self.sized(&group.name, larger, true, bill);
        self.sized(&group.name, planned, false, bill);
        for step in &mut self.steps[before..] {
            step.retires = true;
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

    fn drain(&mut self, drain: Drain, bill: Option<UsdPerHour>) {
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

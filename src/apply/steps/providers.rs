//! Capacity providers, and the cluster's list of them.

use super::super::state::{ProviderState, State, Target};
use super::super::step::Running;
use super::{Builder, Refusal, entries};

impl<R: Running> Builder<'_, R> {
    pub(super) fn providers(&mut self) {
        let settings = self.settings;
        for group in settings.groups.iter().filter(|group| group.writes_provider) {
            let target = Target::Provider(group.name.clone());
            let scaling = group.scaling;
            let now = self.today.state(&target).cloned();
            let planned = ProviderState {
                group: group.group.clone(),
                scaling: scaling.enabled,
                target_capacity: scaling.target_capacity,
                minimum_step: scaling.minimum_step,
                maximum_step: scaling.maximum_step,
                warmup_seconds: scaling.warmup_seconds,
                termination_protection: match &now {
                    Some(State::Provider(now)) if group.existing.all_stay => {
                        now.termination_protection
                    }
                    _ => group.is_protected(),
                },
                draining: true,
            };
            if let Some(State::Provider(now)) = &now
                && now.group != planned.group
            {
                self.refusals.push(Refusal::OtherGroup {
                    provider: group.name.clone(),
                    today: now.group.clone(),
                    planned: planned.group.clone(),
                });
            }
            let bill = self.added();
            self.change(&target, now, Some(State::Provider(planned)), bill);
        }
    }

    pub(super) fn association(&mut self) {
        let Some((target, now)) = self.cluster() else {
            let target = Target::Cluster(self.settings.cluster.clone());
            self.refusals.push(Refusal::NotInSnapshot(target));
            return;
        };
        let mut then = now.clone();
        then.providers
            .extend(self.settings.providers().into_iter().map(str::to_owned));
        if then.default_strategy.is_empty() {
            then.default_strategy = entries(&self.settings.default_strategy);
        }
        let bill = self.added();
        self.change(
            &target,
            Some(State::Cluster(now)),
            Some(State::Cluster(then)),
            bill,
        );
    }
}

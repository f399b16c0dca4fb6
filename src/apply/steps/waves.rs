//! Waves of a plan around today's instances: what they drain is launched for first, and instances go by name.
//!
//! A wave's instances are launched by a larger smallest size of their group, since the desired capacity is managed scaling's. A smallest size
//! above what a drain leaves would keep Auto Scaling from terminating, and is lowered first; planned sizes come back after the
//! last wave. Source: Amazon EC2 Auto Scaling API reference, `UpdateAutoScalingGroup`, `TerminateInstanceInAutoScalingGroup`.

use std::collections::BTreeMap;

use super::super::change::Change;
use super::super::obstacles::Use;
use super::super::state::{GroupState, State, Target};
use super::super::step::{Drain, OfWave, Running, Step, Work};
use super::{Builder, Refusal};
use crate::domain::aws_names;
use crate::domain::money::UsdPerHour;
use crate::domain::plan::Wave;

/// Instances by provider, as the waves leave them.
type There = BTreeMap<String, u64>;

impl<R: Running> Builder<'_, R> {
    pub(super) fn waves(&mut self) {
        let waves = self.around.waves;
        // Instances that no drain needs are managed scaling's to launch.
        let Some(last) = waves.iter().rposition(|wave| !wave.drains.is_empty()) else {
            return;
        };
        let mut there = There::new();
        for (index, wave) in waves[..=last].iter().enumerate() {
            let of = OfWave {
                number: index + 1,
                waiting: wave.waiting,
            };
            let before = self.steps.len();
            self.launch(wave, &mut there);
            self.drain_wave(wave, &mut there);
            for step in &mut self.steps[before..] {
                (step.wave, step.retires) = (Some(of), true);
            }
        }
        self.planned_sizes(there.keys());
    }

    /// Whether a provider has instances that go by the plan and that no wave takes away: it stays, and so does its group.
    pub(super) fn is_held(&self, provider: &str) -> bool {
        let mut left = self.around.not_drained.iter();
        left.any(|it| self.running.provider_of(&it.instance) == Some(provider))
    }

    fn launch(&mut self, wave: &Wave, there: &mut There) {
        let mut launched = There::new();
        for launch in &wave.launches {
            let provider = aws_names::provider(&launch.capacity_provider);
            *launched.entry(provider).or_default() += launch.count;
        }
        let bill = Some(wave.peak_usd_per_hour + self.around.fargate);
        for (provider, count) in launched {
            let now = self.there(there, &provider);
            *now += count;
            let least = *now;
            let larger = |now: GroupState| GroupState {
                min_size: now.min_size.max(least),
                max_size: now.max_size.max(least),
                ..now
            };
            self.sized(&provider, larger, true, bill);
        }
    }

    fn drain_wave(&mut self, wave: &Wave, there: &mut There) {
        let mut by_provider: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for arn in &wave.drains {
            match self.running.provider_of(arn) {
                Some("") => self.refusals.push(Refusal::WithoutProvider(arn.clone())),
                // What is not there any more, or drains already, is not the wave's to take away.
                None => {}
                Some(provider) => {
                    let named = by_provider.entry(provider.to_owned()).or_default();
                    named.push(arn.clone());
                }
            }
        }
        let first = self.steps.len();
        let peak = wave.peak_usd_per_hour + self.around.fargate;
        for (provider, named) in by_provider {
            let left = self.there(there, &provider);
            *left = left.saturating_sub(named.len() as u64);
            let most = *left;
            let smaller = |now: GroupState| GroupState {
                min_size: now.min_size.min(most),
                ..now
            };
            self.sized(&provider, smaller, false, Some(peak));
            if let Some(group) = self.group_of(&provider) {
                self.touch(&Target::Group(group.clone()), Use::Change);
                self.named_drain(&provider, &group, named, peak);
            }
        }
        self.as_played(first, wave);
    }

    fn named_drain(&mut self, provider: &str, group: &str, named: Vec<String>, bill: UsdPerHour) {
        let drain = Drain {
            named,
            ..Drain::all(provider, group)
        };
        let instances = self.running.instances(&drain, &self.gone);
        let restarts = self.running.tasks(&drain, &self.gone);
        self.gone.extend(drain.named.iter().cloned());
        self.steps.push(Step {
            work: Work::Drain(drain),
            bill: Some(bill),
            restarts,
            instances,
            retires: true,
            wave: None,
            waiting: None,
        });
    }

    /// The last of a wave's drains has the wave's bill, and all of them together its restarts: tasks that came from an earlier wave
    /// are among them.
    fn as_played(&mut self, first: usize, wave: &Wave) {
        let drains = (first..self.steps.len()).filter(|&step| is_drain(&self.steps[step]));
        let drains: Vec<usize> = drains.collect();
        let Some((&last, others)) = drains.split_last() else {
            return;
        };
        let others: u64 = others.iter().map(|&step| self.steps[step].restarts).sum();
        self.steps[last].bill = Some(wave.usd_per_hour + self.around.fargate);
        self.steps[last].restarts = wave.restarts.saturating_sub(others);
    }

    /// Planned sizes of the groups that the waves changed and that stay.
    fn planned_sizes<'a>(&mut self, providers: impl Iterator<Item = &'a String>) {
        let settings = self.settings;
        let bill = self.steps.last().and_then(|step| step.bill);
        for provider in providers {
            let planned = settings.groups.iter().find(|group| group.name == *provider);
            if let Some(planned) = planned {
                let (min_size, max_size) = (planned.min_size, settings.max_size_at_first(planned));
                let sized = |now: GroupState| GroupState {
                    min_size,
                    max_size,
                    ..now
                };
                let before = self.steps.len();
                self.sized(provider, sized, false, bill);
                for step in &mut self.steps[before..] {
                    step.retires = true;
                }
            }
        }
    }

    fn there<'t>(&self, there: &'t mut There, provider: &str) -> &'t mut u64 {
        let today = || self.running.count(provider);
        there.entry(provider.to_owned()).or_insert_with(today)
    }

    fn group_of(&self, provider: &str) -> Option<String> {
        let target = Target::Provider(provider.to_owned());
        match self.left_by_steps(&target) {
            Some(State::Provider(state)) => Some(state.group),
            _ => None,
        }
    }

    /// A change of a group's sizes; with `fills` it is waited for the instances of the least size, also where an earlier step has set it:
    /// that one did not wait.
    pub(super) fn sized(
        &mut self,
        provider: &str,
        with: impl Fn(GroupState) -> GroupState,
        fills: bool,
        bill: Option<UsdPerHour>,
    ) {
        let group = self.group_of(provider);
        let target = group.map_or_else(|| Target::Provider(provider.to_owned()), Target::Group);
        let Some(State::Group(now)) = self.left_by_steps(&target) else {
            self.refusals.push(Refusal::NotInSnapshot(target));
            return;
        };
        let then = with(now.clone());
        if then != now || fills {
            let (now, then) = (Some(State::Group(now)), Some(State::Group(then)));
            let change = Change {
                fills,
                ..Change::new(target, now, then)
            };
            self.push(Work::Change(Box::new(change)), bill, 0);
        }
    }
}

pub(super) const fn is_drain(step: &Step) -> bool {
    matches!(step.work, Work::Drain(_))
}

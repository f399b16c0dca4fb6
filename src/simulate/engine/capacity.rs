//! What groups do: instances register and leave, managed scaling resizes, launches and terminations follow.

use rust_decimal::Decimal;

use crate::simulate::auto_scaling_group::draw::Market;
use crate::simulate::auto_scaling_group::{launch, terminate};
use crate::simulate::managed_scaling::calculate::calculate;
use crate::simulate::managed_scaling::draining::{Draining, Fate, Termination};
use crate::simulate::managed_scaling::reservation::GroupState;
use crate::simulate::managed_scaling::scaler::Decision;
use crate::simulate::trace::EventKind;

use super::group::Member;
use super::run::Engine;

impl Engine<'_> {
    pub(super) fn instances_come_and_go(&mut self) {
        for group in 0..self.groups.len() {
            let provider = self.groups[group].provider;
            let (mut registered, mut terminated, mut reclaimed) = (0, 0, 0);
            let mut at = 0;
            while at < self.groups[group].members.len() {
                let member = self.groups[group].members[at].clone();
                if member.reclaimed_at.is_some_and(|end| end <= self.minute) {
                    reclaimed += 1;
                } else if self.has_left(group, &member) {
                    terminated += 1;
                } else {
                    let ready = member.launched + self.options.launch_minutes <= self.minute;
                    if member.id.is_none() && ready && member.reclaimed_at.is_none() {
                        let id = self.state.add_instance(member.host);
                        self.groups[group].members[at].id = Some(id);
                        registered += 1;
                    }
                    at += 1;
                    continue;
                }
                self.groups[group].members.remove(at);
                self.remove(&member);
            }
            let mut note = |kind, count| {
                self.recorder.note(kind, count, |event| match provider {
                    Some(provider) => event.of_provider(provider),
                    None => event,
                });
            };
            note(EventKind::InstancesRegistered, registered);
            note(EventKind::InstancesTerminated, terminated);
            note(EventKind::SpotReclaimed, reclaimed);
        }
    }

    pub(super) fn has_left(&self, group: usize, member: &Member) -> bool {
        let Some(draining) = member.leaving else {
            return false;
        };
        let tasks = member.id.map_or(0, |id| u64::from(self.state.tasks_on(id)));
        let fate = draining.step(self.minute * 60, tasks, self.termination_of(group));
        matches!(fate, Fate::Gone { .. })
    }

    /// How a group lets instances go: as its provider says, and protected where the options ask for it.
    fn termination_of(&self, group: usize) -> Termination {
        let options = self.options.termination;
        let own = self.groups[group].termination.unwrap_or(options);
        Termination {
            protection: own.protection || options.protection,
            ..own
        }
    }

    /// Metric and desired capacity of every group.
    pub(super) fn scale(&mut self) -> Vec<Option<Decimal>> {
        (0..self.groups.len())
            .map(|at| self.scale_group(at))
            .collect()
    }

    pub(super) fn scale_group(&mut self, at: usize) -> Option<Decimal> {
        let group = &mut self.groups[at];
        let provider = group.provider?;
        let waiting = self.services.waiting_for(self.world, provider);
        let choices = &self.options.choices;
        let calculation = (!waiting.is_empty()).then(|| {
            calculate(
                &waiting,
                &group.offers,
                choices.combine,
                choices.type_sample,
            )
        });
        let (size, non_empty) = (group.size(), group.non_empty(&self.state));
        let warming_up = group.is_warming_up(self.minute);
        let seen = GroupState {
            instances: size,
            non_empty,
            waiting: calculation.as_ref(),
            several_types_or_zones: group.is_mixed(),
        };
        let step = group.scaler.as_mut()?.step(&seen, warming_up);
        let before = group.desired;
        match step.decision {
            Decision::ScaleOut { desired } => {
                group.desired = group.limits.clamp(desired).max(before);
                let more = group.desired - before;
                let kind = EventKind::ScaleOut;
                self.recorder
                    .note(kind, more, |event| event.of_provider(provider));
            }
            Decision::ScaleIn { desired } => {
                group.desired = group.limits.clamp(desired).min(before);
                let fewer = before - group.desired;
                let kind = EventKind::ScaleIn;
                self.recorder
                    .note(kind, fewer, |event| event.of_provider(provider));
                self.terminate_surplus(at);
            }
            Decision::AtTarget | Decision::WarmingUp | Decision::Low { .. } => {}
        }
        Some(step.reservation.percent())
    }

    pub(super) fn terminate_surplus(&mut self, at: usize) {
        let group = &self.groups[at];
        let surplus = group.size().saturating_sub(group.desired);
        let termination = self.termination_of(at);
        let may_take = |tasks| termination.may_take(tasks);
        let (positions, members) = group.for_scale_in(&self.state, self.places, may_take);
        let chosen = terminate(
            &group.mix,
            &members,
            self.places.names.zones.len(),
            surplus,
            self.options.termination_policy,
            &mut self.random,
        );
        let mut draining = 0;
        for position in chosen {
            let member = &mut self.groups[at].members[positions[position]];
            member.leaving = Some(Draining::new(self.minute * 60));
            draining += 1;
            if let Some(id) = member.id {
                self.close(id);
            }
        }
        let provider = self.groups[at].provider;
        self.recorder
            .note(EventKind::InstancesDraining, draining, |event| {
                provider.map_or(event, |provider| event.of_provider(provider))
            });
    }

    /// Groups launch what their desired capacity asks for, in zones that are there.
    pub(super) fn launch_missing(&mut self) {
        for at in 0..self.groups.len() {
            let group = &self.groups[at];
            let Some(provider) = group.provider else {
                continue;
            };
            let missing = group.desired.saturating_sub(group.size());
            if missing == 0 {
                continue;
            }
            let open: Vec<usize> = (0..group.candidates.len())
                .filter(|&c| !self.lost_zones.contains(&group.candidates[c].zone))
                .collect();
            let candidates: Vec<_> = open.iter().map(|&c| group.candidates[c]).collect();
            let mut census = group.census(self.world, self.places);
            let market = Market {
                seed: self.options.seed,
                epoch: self.minute / 60,
            };
            let launches = launch(
                &group.mix,
                &candidates,
                &mut census,
                missing,
                &market,
                &mut self.random,
            );
            let count = launches.len() as u64;
            for chosen in launches {
                let host = self.groups[at].hosts[open[chosen]];
                self.groups[at].members.push(Member {
                    host,
                    id: None,
                    launched: self.minute,
                    was_there: false,
                    leaving: None,
                    reclaimed_at: None,
                });
            }
            let note = [
                (EventKind::InstancesLaunched, count),
                (EventKind::LaunchFailed, missing - count),
            ];
            for (kind, count) in note {
                self.recorder
                    .note(kind, count, |event| event.of_provider(provider));
            }
        }
    }
}

//! What services do to keep their tasks: moving off instances that drain, deployments, zone rebalancing.

use crate::simulate::deployment::{Phase, Progress};
use crate::simulate::rebalance::rebalance;
use crate::simulate::state::{InstanceId, State};
use crate::simulate::trace::{Event, EventKind};
use crate::simulate::workload::ClassId;

use super::group::SimulatedGroup;
use super::run::{Deploying, Engine};

impl Engine<'_> {
    /// Replacements to ask for, and stops of tasks on instances that drain, within the services' limits.
    pub(super) fn drain(&mut self) -> Vec<u64> {
        let classes = self.services.desired.len();
        let mut draining = vec![0; classes];
        for group in &self.groups {
            for id in group.members.iter().filter_map(|member| member.id) {
                if !self.state.is_open(id) {
                    for &(class, count) in self.state.classes_on(id) {
                        draining[class as usize] += u64::from(count);
                    }
                }
            }
        }
        (0..classes)
            .map(|class| self.drain_service(class, draining[class]))
            .collect()
    }

    /// No task is placed on the instance any more.
    pub(super) fn close(&mut self, id: InstanceId) {
        if self.state.is_open(id) {
            self.services.drains(self.world, &self.state, id);
            self.state.close(id);
        }
    }

    pub(super) fn drain_service(&mut self, class: ClassId, draining: u64) -> u64 {
        if draining == 0 {
            return 0;
        }
        let desired = self.services.desired[class];
        let rule = self.script.limits[class];
        let spare = self.services.running[class].saturating_sub(rule.fewest_healthy(desired));
        let mut stopped = 0;
        while stopped < spare.min(draining) {
            let on_closed = |state: &State<'_>, id| !state.is_open(id);
            if !(self.services).stop_one(&mut self.state, class, &mut self.draws, on_closed) {
                break;
            }
            stopped += 1;
        }
        let kind = EventKind::TasksStopped;
        self.recorder
            .note(kind, stopped, |event| event.of_service(class));
        // Tasks that drain count as running, but not towards the desired count.
        (draining - stopped).min(rule.most_tasks(desired).saturating_sub(desired))
    }

    pub(super) fn deploy(&mut self) {
        for at in 0..self.rollouts.len() {
            let Deploying {
                old,
                new,
                mut rollout,
                done,
                running,
                mut stalled_at,
            } = self.rollouts[at].clone();
            if done {
                continue;
            }
            let starting = self.services.waiting_of(new);
            let progress = Progress {
                old: self.services.running[old],
                new: self.services.running[new],
                starting,
                without_room: starting,
            };
            if running != (progress.old, progress.new) {
                stalled_at = None;
            }
            if rollout.is_stuck(&progress) {
                stalled_at = stalled_at.or(Some(self.minute));
            }
            let (orders, phase) = rollout.step(self.minute, &progress);
            self.services.desired[new] = progress.new + starting + orders.start;
            let mut stopped = 0;
            while stopped < orders.stop
                && (self.services).stop_one(&mut self.state, old, &mut self.draws, |_, _| true)
            {
                stopped += 1;
            }
            self.services.desired[old] = progress.old - stopped;
            let kind = EventKind::TasksStopped;
            self.recorder
                .note(kind, stopped, |event| event.of_service(old));
            let done = phase == Phase::Done;
            if done {
                let kind = EventKind::DeploymentFinished;
                self.recorder
                    .note(kind, progress.new, |event| event.of_service(old));
            }
            self.rollouts[at] = Deploying {
                old,
                new,
                rollout,
                done,
                running: (progress.old, progress.new),
                stalled_at,
            };
        }
    }

    /// Deployments that could neither start nor stop a task, to the end of the run, and wait for no launch: an event each,
    /// in the minute from which on nothing moved. A rollout that waits for an instance and then goes on was never stuck.
    pub(super) fn note_stuck(&mut self) -> bool {
        let is_launched = |group: &SimulatedGroup| group.members.iter().any(|m| m.id.is_none());
        if self.groups.iter().any(is_launched) {
            return false;
        }
        let stuck: Vec<(u64, ClassId, u64)> = (self.rollouts.iter())
            .filter(|rollout| !rollout.done)
            .filter_map(|rollout| Some((rollout.stalled_at?, rollout.old, rollout.running.0)))
            .collect();
        for &(minute, class, tasks) in &stuck {
            let event = Event::new(minute, EventKind::DeploymentStuck, tasks).of_service(class);
            let events = &mut self.recorder.trace.events;
            let at = events.partition_point(|known| known.minute <= minute);
            events.insert(at, event);
        }
        !stuck.is_empty()
    }

    pub(super) fn rebalance(&mut self) {
        if !self.options.zone_rebalancing {
            return;
        }
        for class in 0..self.services.desired.len() {
            if self.world.workload.classes[class].daemon || self.services.running[class] == 0 {
                continue;
            }
            let (state, scheduler) = (&mut self.state, &mut self.scheduler);
            let moves = rebalance(state, scheduler, class, u64::MAX, &mut self.draws).len() as u64;
            for kind in [EventKind::TasksStarted, EventKind::TasksStopped] {
                self.recorder
                    .note(kind, moves, |event| event.of_service(class));
            }
        }
    }
}

//! A plan that is carried out service by service, played from what runs: rollouts, then drains of what is left over.
//!
//! A rollout starts new tasks as far as its service may have more, each where the planned strategy sends it, and stops old ones as far
//! as so many must run ([`RolloutRule`]); it ends once no old one is left. Instances are launched as tasks ask for them, as far
//! as their groups may grow; those of a group's smallest size are there from the beginning. A service's new tasks count for
//! its strategy alone, as each deployment has a strategy of its own in the API. One order is played, of one rollout at a time.

use std::cmp::Reverse;

use super::super::deployment::RolloutRule;
use super::super::state::InstanceId;
use super::super::workload::ClassId;
use super::super::world::World;
use super::{Refusal, Run, Task};

/// One step, as far as tasks feel it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A service gets the planned strategy, by a deployment.
    Rollout(ClassId, RolloutRule),
    /// Instances of a group are drained.
    Drain {
        /// Those that go in any case, by position in [`Task::leaving`].
        going: Vec<usize>,
        /// Those of which the first so many stay: of the fullest zones the emptiest go.
        staying: Vec<usize>,
        /// How many of them stay.
        most: usize,
    },
}

/// A step after which tasks would wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stuck {
    /// Its position.
    pub step: usize,
    /// Tasks that would wait: new ones of a rollout, or those of instances that are drained.
    pub waiting: u64,
    /// Whose, and why.
    pub why: Refusal,
}

/// Plays the steps one after another on a world with all that runs; `least` is the smallest size of each capacity provider.
///
/// # Errors
/// The first step after which tasks would wait.
pub fn play(
    world: &World,
    task: &Task,
    least: &[(usize, u64)],
    steps: &[Step],
    seed: u64,
) -> Result<(), Stuck> {
    let mut run = Run::new(world, task, seed);
    for &(provider, size) in least {
        run.launch_least(provider, size);
    }
    for (position, step) in steps.iter().enumerate() {
        let played = match step {
            Step::Rollout(class, rule) => run.roll_out(*class, rule),
            Step::Drain {
                going,
                staying,
                most,
            } => {
                let mut chosen = going.clone();
                chosen.extend(run.beyond(staying.clone(), *most));
                run.drain_all(&chosen)
            }
        };
        played.map_err(|(waiting, why)| Stuck {
            step: position,
            waiting,
            why,
        })?;
    }
    Ok(())
}

/// Tasks that would wait, and why.
type Waits = (u64, Refusal);

impl Run<'_> {
    /// Launches instances until a provider has so many.
    fn launch_least(&mut self, provider: usize, size: u64) {
        let of = |run: &Self, host: usize| run.world.cells[run.world.hosts[host].cell].provider;
        let there = self.state.present();
        let there = there.filter(|&id| of(self, self.state.host(id)) == Some(provider));
        let mut there = there.count() as u64;
        while there < size {
            let next = (0..self.left.len())
                .filter(|&entry| {
                    self.left[entry] > 0 && of(self, self.task.launches[entry].0) == Some(provider)
                })
                .max_by_key(|&entry| (self.left[entry], Reverse(entry)));
            let Some(entry) = next else {
                return;
            };
            self.launch(entry);
            there += 1;
        }
    }

    fn roll_out(&mut self, class: ClassId, rule: &RolloutRule) -> Result<(), Waits> {
        let mut old: Vec<(InstanceId, u32)> = (self.state.present())
            .filter_map(|id| {
                let tasks = self.state.classes_on(id).iter();
                let own = tasks.filter(|(other, _)| *other as ClassId == class);
                Some((id, own.map(|(_, count)| *count).sum())).filter(|(_, count)| *count > 0)
            })
            .collect();
        let mut left: u64 = old.iter().map(|(_, count)| u64::from(*count)).sum();
        let wanted = left + self.waiting[class];
        let (most, fewest) = (rule.most_tasks(wanted), rule.fewest_healthy(wanted));
        self.assigned[class].fill(0);
        let mut new = 0;
        loop {
            let before = (left, new);
            let mut has_room = true;
            while has_room && new < wanted && left + new < most {
                has_room = self.place(class);
                new += u64::from(has_room);
            }
            let is_shown = new == wanted || matches!(rule, RolloutRule::Rolling { .. });
            while is_shown && left > 0 && (new == wanted || left + new > fewest) {
                let (id, count) = old.last_mut().expect("as many as are left");
                self.state.stop(class, *id);
                *count -= 1;
                left -= 1;
                if *count == 0 {
                    old.pop();
                }
            }
            if left == 0 && new == wanted {
                self.waiting[class] = 0;
                return Ok(());
            }
            if before == (left, new) {
                let why = if has_room {
                    Refusal::Fixed(class)
                } else {
                    Refusal::NoPlace(class)
                };
                return Err((wanted - new, why));
            }
        }
    }

    /// Which instances go so that so many stay: of the zone with the most the one with the fewest tasks.
    fn beyond(&self, mut staying: Vec<usize>, most: usize) -> Vec<usize> {
        let zone = |index: usize| {
            let host = self.state.host(self.instances[index]);
            self.world.hosts[host].host.availability_zone.as_deref()
        };
        let mut going = Vec::new();
        while staying.len() > most {
            let in_zone = |of| staying.iter().filter(|&&other| zone(other) == of).count();
            let next = (0..staying.len()).min_by_key(|&at| {
                let index = staying[at];
                let tasks = self.state.tasks_on(self.instances[index]);
                (Reverse(in_zone(zone(index))), tasks, at)
            });
            going.push(staying.remove(next.unwrap_or_default()));
        }
        going
    }

    fn drain_all(&mut self, chosen: &[usize]) -> Result<(), Waits> {
        for &index in chosen {
            self.state.close(self.instances[index]);
        }
        for (at, &index) in chosen.iter().enumerate() {
            self.drain(self.instances[index]).map_err(|why| {
                let (Refusal::NoPlace(class) | Refusal::Fixed(class)) = why;
                let rest = chosen[at..].iter().map(|&index| self.instances[index]);
                let own = |id| {
                    let tasks = self.state.classes_on(id).iter();
                    let own = tasks.filter(|(other, _)| *other as ClassId == class);
                    own.map(|(_, count)| u64::from(*count)).sum::<u64>()
                };
                (rest.map(own).sum(), why)
            })?;
        }
        Ok(())
    }
}

//! A plan that is carried out service by service, played from what runs: rollouts, launches and drains.
//!
//! A rollout starts new tasks as far as its service may have more, each where the planned strategy sends it, and stops old ones as far
//! as so many must run ([`RolloutRule`]); it ends once no old one is left. Rollouts that go side by side take turns, a task each. Instances
//! are launched as tasks ask for them, as far as their groups may grow; those of a group's smallest size are there from the
//! beginning. A service's new tasks count for its strategy alone, as each deployment has a strategy of its own in the API.
//!
//! AWS does not say which of equal instances takes a task, which old tasks stop first, nor whether they stop as soon as they may or
//! once a new one needs it ([`RolloutStops`](super::super::choices::RolloutStops)). Each order has its own draws of the first; in order 0
//! the youngest instances lose their old tasks first, in others they are drawn; in odd ones old tasks stop one by one as new ones need it.

use std::cmp::Reverse;

use rand::RngExt as _;

use super::super::deployment::RolloutRule;
use super::super::random::{Random, stream};
use super::super::state::InstanceId;
use super::super::workload::ClassId;
use super::super::world::World;
use super::{Refusal, Run, Task};

/// One step, as far as tasks feel it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Tasks that do not run get a place, where there is one.
    Start,
    /// Services get the planned strategy, each by a deployment, side by side.
    Rollouts(Vec<(ClassId, RolloutRule)>),
    /// A capacity provider has so many instances at least.
    Launch {
        /// Position of the provider.
        provider: usize,
        /// Its smallest size from here on.
        least: u64,
    },
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

/// The purpose of the draws of old tasks.
const OLD: u64 = 0x006f_6c64;

/// Plays the steps one after another on a world with all that runs, in one order of many; `least` is the smallest size of each
/// capacity provider.
///
/// # Errors
/// The first step after which tasks would wait.
pub fn play(
    world: &World,
    task: &Task,
    least: &[(usize, u64)],
    steps: &[Step],
    order: u64,
) -> Result<(), Stuck> {
    let mut run = Run::new(world, task, order);
    let mut stops = Stops {
        drawn: (order > 0).then(|| stream(order, &[OLD])),
        one_by_one: order % 2 == 1,
    };
    for &(provider, size) in least {
        run.launch_least(provider, size);
    }
    for (position, step) in steps.iter().enumerate() {
        let played = match step {
            Step::Start => {
                run.start_what_waits();
                Ok(())
            }
            Step::Rollouts(all) => run.roll_out(all, &mut stops),
            Step::Launch { provider, least } => {
                run.launch_least(*provider, *least);
                Ok(())
            }
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

    /// Rollouts side by side: each in turn starts a new task or stops an old one, until all are done or none can do anything.
    fn roll_out(&mut self, all: &[(ClassId, RolloutRule)], stops: &mut Stops) -> Result<(), Waits> {
        let mut rollouts: Vec<Rollout<'_>> = (all.iter())
            .map(|(class, rule)| self.begin(*class, rule))
            .collect();
        loop {
            let mut moves = false;
            for rollout in &mut rollouts {
                moves |= self.turn(rollout, stops);
            }
            rollouts.retain(|rollout| !rollout.is_done());
            let Some(first) = rollouts.first() else {
                return Ok(());
            };
            if !moves {
                return Err((first.wanted - first.new, first.why));
            }
        }
    }

    fn begin<'r>(&mut self, class: ClassId, rule: &'r RolloutRule) -> Rollout<'r> {
        let old: Vec<(InstanceId, u32)> = (self.state.present())
            .filter_map(|id| {
                let tasks = self.state.classes_on(id).iter();
                let own = tasks.filter(|(other, _)| *other as ClassId == class);
                Some((id, own.map(|(_, count)| *count).sum())).filter(|(_, count)| *count > 0)
            })
            .collect();
        let left: u64 = old.iter().map(|(_, count)| u64::from(*count)).sum();
        let wanted = left + std::mem::take(&mut self.waiting[class]);
        self.assigned[class].fill(0);
        Rollout {
            class,
            rule,
            old,
            left,
            new: 0,
            wanted,
            most: rule.most_tasks(wanted),
            fewest: rule.fewest_healthy(wanted),
            is_stopping: false,
            why: Refusal::Fixed(class),
        }
    }

    /// Starts a task or stops one, whether it can.
    fn turn(&mut self, rollout: &mut Rollout<'_>, stops: &mut Stops) -> bool {
        // What it was at first, then the other.
        for _ in 0..2 {
            if rollout.is_stopping {
                if rollout.may_stop() {
                    let id = stops.next(&mut rollout.old);
                    self.state.stop(rollout.class, id);
                    rollout.left -= 1;
                    rollout.is_stopping = !stops.one_by_one;
                    return true;
                }
            } else if rollout.may_start() {
                if self.place(rollout.class) {
                    rollout.new += 1;
                    return true;
                }
                rollout.why = Refusal::NoPlace(rollout.class);
            } else {
                rollout.why = Refusal::Fixed(rollout.class);
            }
            rollout.is_stopping = !rollout.is_stopping;
        }
        false
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

/// A deployment under way.
struct Rollout<'r> {
    class: ClassId,
    rule: &'r RolloutRule,
    /// Instances with old tasks, and how many.
    old: Vec<(InstanceId, u32)>,
    /// Old tasks.
    left: u64,
    /// New tasks that run.
    new: u64,
    wanted: u64,
    most: u64,
    fewest: u64,
    /// Whether it is stopping old tasks, as far as it may.
    is_stopping: bool,
    /// Why it last started none.
    why: Refusal,
}

impl Rollout<'_> {
    const fn is_done(&self) -> bool {
        self.left == 0 && self.new == self.wanted
    }

    const fn may_start(&self) -> bool {
        self.new < self.wanted && self.left + self.new < self.most
    }

    const fn may_stop(&self) -> bool {
        let is_shown = self.new == self.wanted || matches!(self.rule, RolloutRule::Rolling { .. });
        is_shown && self.left > 0 && (self.new == self.wanted || self.left + self.new > self.fewest)
    }
}

/// How old tasks stop in an order.
struct Stops {
    /// Draws of the instance that loses one; `None`: the last.
    drawn: Option<Random>,
    /// Whether new tasks are tried after each, or all stop that may.
    one_by_one: bool,
}

impl Stops {
    /// The instance that loses an old task. There is one.
    fn next(&mut self, old: &mut Vec<(InstanceId, u32)>) -> InstanceId {
        let last = old.len() - 1;
        let at = (self.drawn.as_mut()).map_or(last, |random| random.random_range(0..=last));
        let (id, count) = &mut old[at];
        let id = *id;
        *count -= 1;
        if *count == 0 {
            old.swap_remove(at);
        }
        id
    }
}

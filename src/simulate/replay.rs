//! Replays: all tasks of a cluster placed one after the other on a fleet that stays as it is.
//!
//! A [`Replayer`] keeps its state between replays, so that one after the other allocates next to nothing;
//! a [`World`] is shared by the replayers of all threads. Order `k` of seed `s` is the same whatever the
//! number of threads.

use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;

use super::choices::TieBreak;
use super::cut::Cut;
use super::orders::{Arrival, write_order};
use super::random::mix;
use super::scheduler::{Scheduler, Within};
use super::state::State;
use super::ties::Draws;
use super::workload::{ClassId, Room};
use super::world::World;

/// When a replay ends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Until {
    /// All tasks have asked for a place.
    #[default]
    AllTasks,
    /// A task finds none.
    FirstFailure,
}

/// Tasks placed between two looks at whether a replay is cut.
const TASKS_PER_LOOK: usize = 64;

/// What came of one arrival order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Whether the replay was cut before its last task: the counts are of the tasks before.
    pub is_cut: bool,
    /// Tasks that found no place, over all services.
    pub pending: u64,
    /// The same by service.
    pub pending_of: Vec<u64>,
    /// Position in the order of the first task that found no place.
    pub first_failure: Option<usize>,
    /// Tasks that found a place.
    pub placed: u64,
    /// Instances with at least one task besides daemons.
    pub used_instances: u64,
    /// CPU units and MiB that the placed tasks take.
    pub taken: [u64; 2],
}

impl Outcome {
    /// Tasks that asked for a place.
    #[must_use]
    pub const fn asked(&self) -> u64 {
        self.placed + self.pending
    }
}

/// Places tasks in one arrival order after another.
#[derive(Debug, Clone)]
pub struct Replayer<'w> {
    state: State<'w>,
    scheduler: Scheduler,
    rule: TieBreak,
    order: Vec<u32>,
    pending: Vec<u64>,
    /// Tasks by service and position in its capacity provider strategy, waiting ones among them.
    assigned: Vec<Vec<u64>>,
    /// The same before the first task asks for a place.
    running: Vec<Vec<u64>>,
    cut: Cut<'w>,
}

impl<'w> Replayer<'w> {
    /// A replayer of a world.
    #[must_use]
    pub fn new(world: &'w World, rule: TieBreak) -> Self {
        Self {
            state: State::new(world, 0),
            scheduler: Scheduler::default(),
            rule,
            order: Vec::new(),
            pending: vec![0; world.workload.classes.len()],
            assigned: world.running_by_item(),
            running: world.running_by_item(),
            cut: Cut::NEVER,
        }
    }

    /// The same, whose replays end once they are cut.
    #[must_use]
    pub fn until(self, cut: Cut<'w>) -> Self {
        Self { cut, ..self }
    }

    /// Replays order `number` of a seed.
    pub fn replay(&mut self, arrival: Arrival, seed: u64, number: u64, until: Until) -> Outcome {
        let seed = order_seed(seed, number);
        let mut order = std::mem::take(&mut self.order);
        write_order(&self.state.world().workload, arrival, seed, &mut order);
        let outcome = self.replay_order(&order, seed, until);
        self.order = order;
        outcome
    }

    /// Replays a given order; `seed` breaks ties.
    pub fn replay_order(&mut self, order: &[u32], seed: u64, until: Until) -> Outcome {
        self.state.reset(seed);
        let mut draws = Draws::new(self.rule, seed);
        let mut outcome = Outcome::default();
        self.pending.fill(0);
        self.assigned.clone_from(&self.running);
        for (position, &class) in order.iter().enumerate() {
            let class = class as ClassId;
            if position % TASKS_PER_LOOK == 0 && self.cut.is_due() {
                outcome.is_cut = true;
                break;
            }
            if self.place(class, &mut draws) {
                let need: Room = self.state.world().workload.classes[class].need;
                outcome.placed += 1;
                outcome.taken[0] += u64::from(need[0]);
                outcome.taken[1] += u64::from(need[1]);
                continue;
            }
            outcome.pending += 1;
            self.pending[class] += 1;
            outcome.first_failure = outcome.first_failure.or(Some(position));
            if until == Until::FirstFailure {
                break;
            }
        }
        outcome.pending_of.clone_from(&self.pending);
        outcome.used_instances = self.state.used_count() as u64;
        outcome
    }

    /// Whether a task of the service finds a place, on the provider whose turn it is.
    fn place(&mut self, class: ClassId, draws: &mut Draws) -> bool {
        let world = self.state.world();
        let strategy = world.strategies[class].as_ref();
        let Some(within) = Within::of_next(strategy, &mut self.assigned[class]) else {
            return true;
        };
        let found = (self.scheduler).start(&mut self.state, class, within, draws);
        found.is_some()
    }

    /// The cluster as the last replay left it.
    #[must_use]
    pub fn state(&self) -> &State<'w> {
        &self.state
    }
}

/// Seed of order `number`.
const fn order_seed(seed: u64, number: u64) -> u64 {
    mix(mix(seed.wrapping_add(1)) ^ number)
}

/// Replays orders `0..orders` in parallel, half of them service by service; outcomes in the order's number. Orders that
/// are cut are left out.
#[must_use]
pub fn replay_many(
    world: &World,
    rule: TieBreak,
    seed: u64,
    orders: u64,
    cut: Cut<'_>,
) -> Vec<Outcome> {
    (0..orders)
        .into_par_iter()
        .map_init(
            || Replayer::new(world, rule).until(cut),
            |replayer, number| {
                replayer.replay(Arrival::of_order(number), seed, number, Until::AllTasks)
            },
        )
        .filter(|outcome| !outcome.is_cut)
        .collect()
}

/// The first of the orders `0..orders` that ends in a state that is not accepted, every task placed or not; `None` where
/// all end in accepted ones. Orders that are cut say nothing.
#[must_use]
pub fn first_order_not_ending_in(
    world: &World,
    rule: TieBreak,
    seed: u64,
    orders: u64,
    cut: Cut<'_>,
    accepted: impl Fn(&State<'_>) -> bool + Sync,
) -> Option<u64> {
    (0..orders)
        .into_par_iter()
        .map_init(
            || Replayer::new(world, rule).until(cut),
            |replayer, number| {
                let arrival = Arrival::of_order(number);
                let outcome = replayer.replay(arrival, seed, number, Until::AllTasks);
                (!outcome.is_cut && !accepted(replayer.state())).then_some(number)
            },
        )
        .find_first(Option::is_some)
        .flatten()
}

/// Whether every task finds a place in each of the orders `0..orders`; ends at the first that fails, as far
/// as the threads allow: the smallest number of an order that fails, with its outcome, is returned.
#[must_use]
pub fn first_failing_order(
    world: &World,
    rule: TieBreak,
    seed: u64,
    orders: u64,
) -> Option<(u64, Outcome)> {
    match fill(world, rule, seed, orders, Cut::NEVER) {
        Fill::Fails { order, outcome } => Some((order, outcome)),
        Fill::Whole { .. } => None,
    }
}

/// What came of orders in which every task is to find a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fill {
    /// Some task finds none: the smallest number of an order that fails, as far as it was looked for.
    Fails {
        /// Number of the order.
        order: u64,
        /// What came of it.
        outcome: Outcome,
    },
    /// Every task found one in the orders that were played to their end.
    Whole {
        /// How many: fewer than were asked for, none even, where they were cut.
        orders: u64,
    },
}

impl Fill {
    /// Tasks of a world of so many that asked for a place: in all orders before the one that fails, and in that one. What
    /// other threads played beyond it is not counted, so that the number does not depend on theirs.
    #[must_use]
    pub const fn asked(&self, tasks: u64) -> u64 {
        match self {
            Self::Fails { order, outcome } => {
                order.saturating_mul(tasks).saturating_add(outcome.asked())
            }
            Self::Whole { orders } => orders.saturating_mul(tasks),
        }
    }
}

/// Replays orders `0..orders` up to the first task without a place, or until they are cut.
#[must_use]
pub fn fill(world: &World, rule: TieBreak, seed: u64, orders: u64, cut: Cut<'_>) -> Fill {
    let played = AtomicU64::new(0);
    (0..orders)
        .into_par_iter()
        .map_init(
            || Replayer::new(world, rule).until(cut),
            |replayer, number| {
                let arrival = Arrival::of_order(number);
                let outcome = replayer.replay(arrival, seed, number, Until::FirstFailure);
                let fails = outcome.first_failure.is_some();
                if !fails && !outcome.is_cut {
                    played.fetch_add(1, Ordering::Relaxed);
                }
                fails.then_some((number, outcome))
            },
        )
        .find_first(Option::is_some)
        .flatten()
        .map_or_else(
            || Fill::Whole {
                orders: played.load(Ordering::Relaxed),
            },
            |(order, outcome)| Fill::Fails { order, outcome },
        )
}

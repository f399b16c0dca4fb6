//! What many replays say together.

use serde::Serialize;

use super::orders::Arrival;
use super::replay::Outcome;
use super::world::World;

/// Orders of one kind, or all of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Tally {
    /// Arrival orders replayed.
    pub orders: u64,
    /// Those in which every task found a place.
    pub complete_orders: u64,
    /// The same as a fraction; `None` where no task was replayed.
    pub complete_fraction: Option<f64>,
    /// Most tasks without a place in any order.
    pub worst_pending: u64,
    /// Tasks without a place, on average.
    pub mean_pending: f64,
    /// The same as a fraction of all tasks.
    pub mean_pending_fraction: f64,
}

/// A service of which tasks found no place.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PendingService {
    /// Its name.
    pub service_name: String,
    /// Orders in which a task of it found no place.
    pub orders: u64,
    /// Most such tasks in any order.
    pub worst_pending: u64,
    /// Such tasks on average.
    pub mean_pending: f64,
}

/// All replays of a fleet under one placement strategy.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// All orders.
    pub all: Tally,
    /// Orders in which the tasks of a service arrive together.
    pub service_by_service: Tally,
    /// Orders in which the tasks of all services are mixed.
    pub shuffled: Tally,
    /// Share of the instances' CPU that tasks take, reserved amounts and daemons apart; 0 to 1, mean.
    pub cpu_utilisation: f64,
    /// The same of memory.
    pub memory_utilisation: f64,
    /// Fewest instances with a task in any order.
    pub fewest_used_instances: u64,
    /// Most.
    pub most_used_instances: u64,
    /// Services of which tasks found no place, the most pending first.
    pub pending_services: Vec<PendingService>,
}

impl Summary {
    /// Sums up the outcomes of orders `0..`, in their order.
    #[must_use]
    pub fn new(world: &World, outcomes: &[Outcome]) -> Self {
        let of = |arrival: Arrival| {
            let numbered = (0..).zip(outcomes);
            let own = numbered.filter(|(number, _)| Arrival::of_order(*number) == arrival);
            tally(world, own.map(|(_, outcome)| outcome))
        };
        let used = || outcomes.iter().map(|outcome| outcome.used_instances);
        Self {
            all: tally(world, outcomes.iter()),
            service_by_service: of(Arrival::ServiceByService),
            shuffled: of(Arrival::Shuffled),
            cpu_utilisation: utilisation(world, outcomes, 0),
            memory_utilisation: utilisation(world, outcomes, 1),
            fewest_used_instances: used().min().unwrap_or(0),
            most_used_instances: used().max().unwrap_or(0),
            pending_services: pending_services(world, outcomes),
        }
    }
}

fn tally<'a>(world: &World, outcomes: impl Iterator<Item = &'a Outcome>) -> Tally {
    let mut tally = Tally::default();
    let mut pending = 0;
    for outcome in outcomes {
        tally.orders += 1;
        tally.complete_orders += u64::from(outcome.pending == 0);
        tally.worst_pending = tally.worst_pending.max(outcome.pending);
        pending += outcome.pending;
    }
    let tasks = world.workload.tasks() * tally.orders;
    tally.complete_fraction = (tasks > 0).then(|| ratio(tally.complete_orders, tally.orders, 1.0));
    tally.mean_pending = ratio(pending, tally.orders, 0.0);
    tally.mean_pending_fraction = ratio(pending, tasks, 0.0);
    tally
}

/// What is taken of what empty instances offer to tasks, over all orders.
fn utilisation(world: &World, outcomes: &[Outcome], resource: usize) -> f64 {
    let offered: u64 = (world.hosts.iter())
        .map(|host| u64::from(host.room[resource]) * host.count)
        .sum();
    let taken: u64 = outcomes.iter().map(|outcome| outcome.taken[resource]).sum();
    ratio(taken, offered * outcomes.len() as u64, 0.0)
}

fn pending_services(world: &World, outcomes: &[Outcome]) -> Vec<PendingService> {
    let mut services: Vec<PendingService> = (world.workload.classes.iter().enumerate())
        .map(|(class, of)| {
            let pending = || outcomes.iter().map(|outcome| outcome.pending_of[class]);
            PendingService {
                service_name: of.name.clone(),
                orders: pending().filter(|count| *count > 0).count() as u64,
                worst_pending: pending().max().unwrap_or(0),
                mean_pending: ratio(pending().sum(), outcomes.len() as u64, 0.0),
            }
        })
        .filter(|service| service.orders > 0)
        .collect();
    services.sort_by(|a, b| b.mean_pending.total_cmp(&a.mean_pending));
    services
}

fn ratio(part: u64, whole: u64, of_nothing: f64) -> f64 {
    if whole == 0 {
        of_nothing
    } else {
        part as f64 / whole as f64
    }
}

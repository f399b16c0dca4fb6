//! The replica of ECS fills a fleet: in many orders of arrival to see that every task finds a place, and in the
//! first order with seed 0 for the plan to show.

use std::collections::BTreeMap;

use super::held;
use crate::domain::plan::{Filling, FleetPlan, PlannedInstances};
use crate::formulate::model::PlanningInput;
use crate::formulate::rules::share_on_instance;
use crate::optimize::stop::Budget;
use crate::simulate::choices::TieBreak;
use crate::simulate::cut::Cut;
use crate::simulate::orders::Arrival;
use crate::simulate::replay::{
    Fill, Outcome, Replayer, Until, fill, first_order_not_ending_in, replay_many,
};
use crate::simulate::setup::{Setup, SetupOptions, of_today_only, with_plan};
use crate::simulate::state::State;
use crate::simulate::world::World;

use super::counted::{placements_left, spend_placements};

/// Task placements replayed in all: the number of orders is this over the number of tasks.
const PLACEMENTS: u64 = 2_000_000;
/// Most orders.
const MOST_ORDERS: u64 = 100;
/// Seed of the orders, and of the one that the plan shows.
const SEED: u64 = 0;

/// Whose shares on one instance count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shares {
    /// Those that the policy or a service states, and the default.
    All,
    /// Stated ones.
    Stated,
}

/// A fleet with the strategies that send tasks to it, ready to be filled.
pub(super) struct Replay<'a> {
    setup: Setup,
    /// Tasks that ask for a place in each order.
    tasks: u64,
    /// Orders of arrival to replay.
    orders: u64,
    /// Time, and what is counted.
    budget: Budget<'a>,
}

/// How often the orders of a fleet are replayed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Passes {
    /// For every task's place, and nothing hangs on it: no order where the work is used up.
    Once,
    /// For every task's place, then for its shares, and the first order once more for what the plan shows: no order where
    /// the work left does not pay for all three.
    Twice,
}

impl<'a> Replay<'a> {
    /// The fleet and strategies of a plan, in as many orders as the budget has work for.
    pub fn new(
        input: PlanningInput<'_>,
        plan: &FleetPlan,
        passes: Passes,
        budget: Budget<'a>,
    ) -> Self {
        let options = SetupOptions::default();
        let mut setup = with_plan(input.cluster, input.catalogue, plan, &options);
        setup.world.run(&held::running(input));
        let tasks = setup.world.workload.tasks().max(1);
        let usual = (PLACEMENTS / tasks).clamp(1, MOST_ORDERS);
        let affordable = placements_left(budget) / tasks;
        let orders = match passes {
            Passes::Once => usual.min(affordable),
            Passes::Twice => usual.min(affordable.saturating_sub(1) / 2),
        };
        Self {
            setup,
            tasks,
            orders,
            budget,
        }
    }

    /// Whether the work left pays for one order at least.
    pub const fn is_affordable(&self) -> bool {
        self.orders > 0
    }

    /// Whether every task finds a place in every order that is not cut: the number of those.
    pub fn places_all(&self, cut: Cut<'_>) -> Option<u64> {
        let rule = TieBreak::default();
        let found = fill(&self.setup.world, rule, SEED, self.orders, cut);
        spend_placements(self.budget, found.asked(self.tasks));
        match found {
            Fill::Whole { orders } => Some(orders),
            Fill::Fails { .. } => None,
        }
    }

    /// Whether no instance holds more than its share of a service's tasks in any order that is not cut.
    pub fn keeps_shares(&self, input: PlanningInput<'_>, shares: Shares, cut: Cut<'_>) -> bool {
        let most: BTreeMap<usize, u64> = (input.cluster.services.iter().enumerate())
            .filter(|(_, service)| {
                shares == Shares::All || share_on_instance::is_stated(input.cluster, service)
            })
            .filter_map(|(position, service)| {
                Some((
                    position,
                    share_on_instance::most_tasks(input.cluster, service)?,
                ))
            })
            .collect();
        let classes = &self.setup.world.workload.classes;
        let kept = |state: &State<'_>| {
            state.present().all(|id| {
                state.classes_on(id).iter().all(|&(class, count)| {
                    let most = most.get(&classes[class as usize].service);
                    most.is_none_or(|&most| u64::from(count) <= most)
                })
            })
        };
        if most.is_empty() {
            return true;
        }
        let rule = TieBreak::default();
        let world = &self.setup.world;
        let broken = first_order_not_ending_in(world, rule, SEED, self.orders, cut, kept);
        let played = broken.map_or(self.orders, |order| order + 1);
        spend_placements(self.budget, played.saturating_mul(self.tasks));
        broken.is_none()
    }

    /// What the orders say that are not cut.
    pub fn tally(&self, cut: Cut<'_>) -> Filling {
        let rule = TieBreak::default();
        let outcomes = replay_many(&self.setup.world, rule, SEED, self.orders, cut);
        spend_placements(self.budget, outcomes.iter().map(Outcome::asked).sum());
        filling(&outcomes)
    }

    /// The plan's instances with the tasks placed on each in the first order, identical ones together; `None` where
    /// it is cut. The plan is the one the replay was made from; only its daemons are on the instances.
    pub fn filled(&self, plan: &FleetPlan, cut: Cut<'_>) -> Option<Vec<PlannedInstances>> {
        let mut replayer = Replayer::new(&self.setup.world, TieBreak::default()).until(cut);
        let outcome = replayer.replay(Arrival::of_order(0), SEED, 0, Until::AllTasks);
        spend_placements(self.budget, outcome.asked());
        (!outcome.is_cut).then(|| filled_rows(plan, &self.setup.world, replayer.state()))
    }
}

/// The tasks of each service that ECS places on the cluster's own instances in the first order, by capacity provider; empty
/// names for instances outside every provider. Nothing where there is no such fleet, the work left does not pay for the replay, or
/// it is cut.
pub(super) fn placed_today(
    input: PlanningInput<'_>,
    budget: Budget<'_>,
    cut: Cut<'_>,
) -> Option<BTreeMap<usize, BTreeMap<String, u64>>> {
    let options = SetupOptions::default();
    let mut setup = of_today_only(input.cluster, input.catalogue, &options).ok()?;
    setup.world.run(&held::running(input));
    if placements_left(budget) < setup.world.workload.tasks() {
        return None;
    }
    let mut replayer = Replayer::new(&setup.world, TieBreak::default()).until(cut);
    let outcome = replayer.replay(Arrival::of_order(0), SEED, 0, Until::AllTasks);
    spend_placements(budget, outcome.asked());
    if outcome.is_cut {
        return None;
    }
    let state = replayer.state();
    let mut placed: BTreeMap<usize, BTreeMap<String, u64>> = BTreeMap::new();
    for id in state.present() {
        let host = &setup.world.hosts[state.host(id)].host;
        let provider = host.capacity_provider.clone().unwrap_or_default();
        for &(class, count) in state.classes_on(id) {
            let service = setup.world.workload.classes[class as usize].service;
            let by_provider = placed.entry(service).or_default();
            *by_provider.entry(provider.clone()).or_default() += u64::from(count);
        }
    }
    Some(placed)
}

/// What outcomes of orders say of a fleet.
pub(super) fn filling(outcomes: &[Outcome]) -> Filling {
    let whole = outcomes.iter().filter(|outcome| outcome.pending == 0);
    let worst = outcomes.iter().map(|outcome| outcome.pending).max();
    Filling {
        orders: outcomes.len() as u64,
        whole: whole.count() as u64,
        most_unplaced: worst.unwrap_or(0),
    }
}

fn filled_rows(plan: &FleetPlan, world: &World, state: &State<'_>) -> Vec<PlannedInstances> {
    let mut places: BTreeMap<(&str, Option<&str>, &str), usize> = BTreeMap::new();
    for (index, row) in plan.instances.iter().enumerate() {
        let zone = row.availability_zone.as_deref();
        places.insert((&row.capacity_provider, zone, &row.instance_type), index);
    }
    let mut rows: BTreeMap<(usize, Vec<(String, u64)>), u64> = BTreeMap::new();
    for id in state.present() {
        let host = &world.hosts[state.host(id)].host;
        let provider = host.capacity_provider.as_deref().unwrap_or_default();
        let key = (
            provider,
            host.availability_zone.as_deref(),
            host.instance_type.as_str(),
        );
        let Some(&place) = places.get(&key) else {
            continue;
        };
        let placed = (state.classes_on(id).iter()).map(|&(class, count)| {
            let name = &world.workload.classes[class as usize].name;
            (name.clone(), u64::from(count))
        });
        let daemons = plan.instances[place].tasks.iter();
        let mut tasks: Vec<(String, u64)> = placed
            .chain(daemons.map(|(name, count)| (name.clone(), *count)))
            .collect();
        tasks.sort();
        *rows.entry((place, tasks)).or_default() += 1;
    }
    (rows.into_iter())
        .map(|((place, tasks), count)| PlannedInstances {
            count,
            tasks: tasks.into_iter().collect(),
            ..plan.instances[place].clone()
        })
        .collect()
}

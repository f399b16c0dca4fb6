//! Zone rebalancing of a service (`availabilityZoneRebalancing`).
//!
//! Documented: when the tasks of a service are uneven over zones, ECS starts a task in the zone with the fewest
//! and then stops one in the zone with the most; it balances counts only and never consolidates. Assumed:
//! zones count in which an instance that takes tasks may run the service; what stops goes by the order of
//! scale-in within its zone.

use std::collections::BTreeMap;

use super::choices::SpreadStops;
use super::scheduler::{Scheduler, Within};
use super::state::{InstanceId, State};
use super::strategy::ZONE_INDEX;
use super::ties::Draws;
use super::workload::ClassId;
use super::{scale_in, world::World};

/// A task that was started in one place and then stopped in another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Move {
    /// Where the task that stopped ran.
    pub from: InstanceId,
    /// Where its replacement runs.
    pub to: InstanceId,
}

/// Moves tasks of a service, at most `most`, until no two zones differ by more than one or no place is found.
pub fn rebalance(
    state: &mut State<'_>,
    scheduler: &mut Scheduler,
    class: ClassId,
    most: u64,
    draws: &mut Draws,
) -> Vec<Move> {
    let world = state.world();
    let providers = providers(world, class);
    let mut moves = Vec::new();
    while (moves.len() as u64) < most {
        let counts = counts(state, class);
        let fewest = counts.iter().min_by_key(|(_, count)| **count);
        let largest = counts.values().max().copied().unwrap_or(0);
        let Some((&zone, &count)) = fewest else { break };
        if largest <= count + 1 {
            break;
        }
        let started = providers.iter().find_map(|&provider| {
            scheduler.start(state, class, Within::Zone(zone, provider), draws)
        });
        let Some(to) = started else { break };
        let fullest = |id: InstanceId| counts.get(&zone_of(state, id)) == Some(&largest);
        let Some(from) =
            scale_in::choose_among(state, class, SpreadStops::default(), fullest, draws)
        else {
            state.stop(class, to);
            break;
        };
        state.stop(class, from);
        moves.push(Move { from, to });
    }
    moves
}

/// Providers that a replacement may use, in the order of the service's strategy.
fn providers(world: &World, class: ClassId) -> Vec<Option<usize>> {
    match &world.strategies[class] {
        None => vec![None],
        Some(strategy) => (strategy.items().iter())
            .filter(|item| item.weight > 0)
            .map(|item| Some(item.provider))
            .collect(),
    }
}

/// Tasks of the service in each zone that has an instance it may use.
fn counts(state: &State<'_>, class: ClassId) -> BTreeMap<u32, u64> {
    let world = state.world();
    let mut counts = BTreeMap::new();
    for id in state.present() {
        let may_run = world.eligible[class].contains(&state.cell(id));
        if may_run && state.is_open(id) {
            counts.entry(zone_of(state, id)).or_insert(0);
        }
        let own = state
            .classes_on(id)
            .iter()
            .find(|(own, _)| *own as usize == class);
        if let Some((_, tasks)) = own {
            *counts.entry(zone_of(state, id)).or_insert(0) += u64::from(*tasks);
        }
    }
    counts
}

fn zone_of(state: &State<'_>, id: InstanceId) -> u32 {
    state.world().cells[state.cell(id)].values[ZONE_INDEX]
}

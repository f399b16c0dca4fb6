//! Which task of a service stops when its count goes down.
//!
//! Documented (developer guide, "Amazon ECS service task placement"): with `spread` the balance over zones is
//! kept and within a zone the task is chosen at random; with `binpack` the task goes whose instance would
//! have the most of the resource left; without a strategy it goes from the zone, then from the instance,
//! with the most tasks of the service. Assumed: several strategies take effect in this order, spread first,
//! then each binpack in turn.

use std::cmp::Reverse;

use super::state::{InstanceId, State};
use super::strategy::{Key, ZONE_ATTRIBUTE};
use super::ties::Draws;
use super::workload::ClassId;

/// The instance on which a task of the service stops next; `None` when none runs.
pub fn choose(state: &State<'_>, class: ClassId, draws: &mut Draws) -> Option<InstanceId> {
    let of = &state.world().workload.classes[class];
    let hosts: Vec<InstanceId> = (state.present())
        .filter(|&id| {
            state
                .classes_on(id)
                .iter()
                .any(|(own, _)| *own as usize == class)
        })
        .collect();
    let place = draws.place(state.keys());
    (hosts.into_iter())
        .max_by_key(|&id| {
            let rank = rank(state, class, id);
            (rank, Reverse(state.key(id).wrapping_sub(place)))
        })
        .inspect(|_| debug_assert!(!of.daemon, "daemons stop with their instance"))
}

/// The larger, the sooner a task there stops.
fn rank(state: &State<'_>, class: ClassId, id: InstanceId) -> Vec<u32> {
    let world = state.world();
    let of = &world.workload.classes[class];
    let zone = (world.workload.spread_attributes.iter()).position(|name| name == ZONE_ATTRIBUTE);
    let in_zone = || zone.map(|zone| state.rank(of, Key::Attribute(zone), id));
    if of.strategy.is_default {
        return in_zone()
            .into_iter()
            .chain([state.rank(of, Key::Instance, id)])
            .collect();
    }
    let spreads =
        (of.strategy.keys.iter()).any(|key| matches!(key, Key::Attribute(_) | Key::Instance));
    let balance = if spreads { in_zone() } else { None };
    let left = of.strategy.keys.iter().filter_map(|key| match key {
        Key::Packed(_) => Some(state.rank(of, *key, id)),
        Key::Attribute(_) | Key::Instance => None,
    });
    balance.into_iter().chain(left).collect()
}

//! Which task of a service stops when its count goes down.
//!
//! Documented (developer guide, "Amazon ECS service task placement"): with `spread` the balance over zones is
//! kept and within a zone the task is chosen at random; with `binpack` the task goes whose instance would
//! have the most of the resource left; without a strategy it goes from the zone, then from the instance,
//! with the most tasks of the service. Assumed: several strategies take effect in this order, spread first,
//! then each binpack in turn; what `spread(instanceId)` asks for, on which AWS's texts disagree, is a choice
//! ([`SpreadStops`]).

use std::cmp::Reverse;

use super::choices::SpreadStops;
use super::state::{InstanceId, State};
use super::strategy::{Key, ZONE_INDEX};
use super::ties::Draws;
use super::workload::ClassId;

/// The instance on which a task of the service stops next; `None` when none runs.
pub fn choose(state: &State<'_>, class: ClassId, draws: &mut Draws) -> Option<InstanceId> {
    choose_among(state, class, SpreadStops::default(), |_| true, draws)
}

/// The same among the instances that `may` accepts.
pub fn choose_among(
    state: &State<'_>,
    class: ClassId,
    rule: SpreadStops,
    may: impl Fn(InstanceId) -> bool,
    draws: &mut Draws,
) -> Option<InstanceId> {
    let place = draws.place(state.keys());
    (state.present())
        .filter(|&id| {
            may(id)
                && state
                    .classes_on(id)
                    .iter()
                    .any(|(own, _)| *own as usize == class)
        })
        .max_by_key(|&id| {
            let distance = state.key(id).wrapping_sub(place);
            (rank(state, class, rule, id), Reverse(distance))
        })
}

/// The larger, the sooner a task there stops.
fn rank(state: &State<'_>, class: ClassId, rule: SpreadStops, id: InstanceId) -> Vec<u32> {
    let of = &state.world().workload.classes[class];
    let in_zone = || state.rank(of, Key::Attribute(ZONE_INDEX), id);
    if of.strategy.is_default {
        return vec![in_zone(), state.rank(of, Key::Instance, id)];
    }
    let spreads =
        (of.strategy.keys.iter()).any(|key| matches!(key, Key::Attribute(_) | Key::Instance));
    let balance = spreads.then(in_zone);
    let by_instance =
        rule == SpreadStops::FullestInstance && of.strategy.keys.contains(&Key::Instance);
    let on_instance = by_instance.then(|| state.rank(of, Key::Instance, id));
    let left = of.strategy.keys.iter().filter_map(|key| match key {
        Key::Packed(_) => Some(state.rank(of, *key, id)),
        Key::Attribute(_) | Key::Instance => None,
    });
    (balance.into_iter().chain(on_instance))
        .chain(left)
        .collect()
}

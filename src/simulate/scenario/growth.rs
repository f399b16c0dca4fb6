//! Growth: the desired counts of services rise to `maxCount`. How they fall back is the [reset](super::reset)'s.

use crate::domain::cluster::Cluster;
use crate::simulate::engine::ScenarioEvent;
use crate::simulate::world::World;

use super::ScenarioError;
use super::event::Event;
use super::reset::FALL_MINUTE;

/// Classes of replicas whose service names a larger count than the planned one, with that count.
fn growing<'a>(cluster: &'a Cluster, world: &'a World) -> impl Iterator<Item = (usize, u64)> + 'a {
    (world.workload.classes.iter().enumerate())
        .filter(|(_, class)| !class.daemon && class.count > 0)
        .filter_map(|(position, class)| {
            let service = &cluster.services[class.service];
            let most = service.max_count.filter(|_| !service.is_standalone())?;
            (most > cluster.planned_count(service)).then_some((position, most))
        })
}

/// The rise of the counts, of one service alone where it is named.
pub(super) fn rise(
    cluster: &Cluster,
    world: &World,
    alone: Option<&str>,
) -> Result<(Event, Vec<ScenarioEvent>), ScenarioError> {
    let classes = &world.workload.classes;
    let named = |class: usize| alone.is_none_or(|name| classes[class].name == name);
    let counts: Vec<(usize, u64)> = growing(cluster, world)
        .filter(|&(class, _)| named(class))
        .collect();
    if counts.is_empty() {
        let is_there = |class: usize| !classes[class].daemon && classes[class].count > 0;
        return Err(match alone {
            None => ScenarioError::NoGrowth,
            Some(name) if (0..classes.len()).any(|class| named(class) && is_there(class)) => {
                ScenarioError::DoesNotGrow(name.to_owned())
            }
            Some(name) => ScenarioError::UnknownService(name.to_owned()),
        });
    }
    let tasks = (classes.iter().filter(|class| !class.daemon))
        .map(|class| class.count)
        .sum();
    let more = counts
        .iter()
        .map(|&(class, most)| most.saturating_sub(classes[class].count));
    let event = Event::DesiredCountsRise {
        services: counts.len() as u64,
        tasks,
        tasks_then: tasks + more.sum::<u64>(),
        falls_at: FALL_MINUTE,
    };
    let events = (counts.into_iter())
        .map(|(class, count)| ScenarioEvent::DesiredCount { class, count })
        .collect();
    Ok((event, events))
}

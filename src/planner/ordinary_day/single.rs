//! Growth of single services, each alone, and of all one task after another, as scaling by steps does it.
//!
//! What all at once have a place for does not say it: tasks that come one by one are spread over the instances that are there, and
//! launches follow each other. The groups are as growth of all at once has made them.

use rayon::prelude::*;

use crate::simulate::choices::Choices;
use crate::simulate::engine::{Run, ScenarioEvent};
use crate::simulate::scenario::EVENT_MINUTE;
use crate::simulate::scenario::reset::{FALL_MINUTE, GROWTH_MINUTES};

use super::super::ways_back::Way;
use super::course::Course;
use super::waiting_at_end;

/// Minutes over which growth one task after another goes on at most.
const ONE_BY_ONE_MINUTES: u64 = 600;
/// Minutes between two tasks where that leaves time enough: longer than a launch takes.
const BETWEEN_TASKS: u64 = 3;

/// Growth of single services and of single tasks.
pub(super) struct Single<'a>(pub Course<'a>);

impl Single<'_> {
    fn run(&self, events: &[(u64, ScenarioEvent)], minutes: u64) -> Option<Run> {
        let own = (Way::AsTheyAre, Choices::default());
        self.0.run(events, (minutes, true), own)
    }

    /// Services whose own growth leaves a task without a place.
    pub fn alone(&self, changes: &[ScenarioEvent]) -> Option<Vec<String>> {
        let classes = &self.0.setup.world.workload.classes;
        let missing: Option<Vec<(usize, u64)>> = (changes.par_iter())
            .map(|change| {
                let ScenarioEvent::DesiredCount { class, .. } = change else {
                    return Some((0, 0));
                };
                let run = self.run(&[(EVENT_MINUTE, change.clone())], FALL_MINUTE)?;
                Some((*class, waiting_at_end(&run)))
            })
            .collect();
        let missing = missing?.into_iter().filter(|&(_, tasks)| tasks > 0);
        Some(
            missing
                .map(|(class, _)| classes[class].name.clone())
                .collect(),
        )
    }

    /// Tasks without a place at the end where the services take turns to grow by one.
    pub fn one_by_one(&self, changes: &[ScenarioEvent]) -> Option<u64> {
        let classes = &self.0.setup.world.workload.classes;
        let mut rising: Vec<(usize, u64, u64)> = (changes.iter())
            .filter_map(|change| match *change {
                ScenarioEvent::DesiredCount { class, count } => {
                    Some((class, classes[class].count, count))
                }
                _ => None,
            })
            .collect();
        rising.retain(|&(_, count, most)| count < most);
        let mut steps = Vec::new();
        while !rising.is_empty() {
            for (class, count, _) in &mut rising {
                *count += 1;
                let (class, count) = (*class, *count);
                steps.push(ScenarioEvent::DesiredCount { class, count });
            }
            rising.retain(|&(_, count, most)| count < most);
        }
        let all = (steps.len() as u64).max(1);
        let whole = ONE_BY_ONE_MINUTES.min(all * BETWEEN_TASKS);
        let at = |step: u64| EVENT_MINUTE + step * whole / all;
        let events: Vec<(u64, ScenarioEvent)> = (0..).map(at).zip(steps).collect();
        let run = self.run(&events, EVENT_MINUTE + whole + GROWTH_MINUTES)?;
        Some(waiting_at_end(&run))
    }
}

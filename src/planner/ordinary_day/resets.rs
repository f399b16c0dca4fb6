//! Whether a scheduled reset brings the fleet back to its size after a loss or growth, with every task running.
//!
//! A lost instance is replaced by its group, and managed scaling may launch others for tasks that wait; so may a Spot pool that
//! ran short, and a zone that is there again after an hour: what comes to more than the planned size stays until the desired
//! capacities are set to it. A loss after
//! which the fleet has its size needs no reset, nor does a zone's after which no task waits.

use rayon::prelude::*;

use crate::domain::plan::ResetOutcome;
use crate::simulate::choices::Choices;
use crate::simulate::engine::ScenarioEvent;
use crate::simulate::scenario::EVENT_MINUTE;
use crate::simulate::scenario::reset::{
    AFTER_LOSS, AFTER_ZONE_LOSS, RESET_MINUTES, is_back, sizes,
};

use super::super::ways_back::{CameBack, Cut, Way, readings, under_every_reading};
use super::course::Course;
use super::{Line, Stage, waiting_at_end};

/// Events with their minutes, a reset among them, and the minutes of all.
pub(super) type Story = (Vec<(u64, ScenarioEvent)>, u64);

/// What is lost, each by itself.
#[derive(Debug, Default)]
pub(super) struct Lost {
    /// Instances after whose loss the fleet is larger, by their positions.
    pub instances: Vec<usize>,
    /// Zones, by name.
    pub zones: Vec<String>,
    /// The Spot pool, by one of its hosts.
    pub pool: Option<usize>,
}

impl Lost {
    /// Each loss of the line, and the reset after it.
    pub fn events(&self, line: Line, stage: &Stage<'_>) -> Vec<Story> {
        let lost = |event| vec![(EVENT_MINUTE, event)];
        let (losses, reset_at): (Vec<Vec<(u64, ScenarioEvent)>>, u64) = match line {
            Line::Growth => (Vec::new(), AFTER_LOSS),
            Line::Instances => {
                let instance = |&number: &usize| lost(ScenarioEvent::InstanceLost { number });
                (self.instances.iter().map(instance).collect(), AFTER_LOSS)
            }
            Line::Zones => {
                let zone = |zone: &String| {
                    let (lost, back) = (zone.clone(), zone.clone());
                    vec![
                        (EVENT_MINUTE, ScenarioEvent::ZoneLost { zone: lost }),
                        (AFTER_LOSS, ScenarioEvent::ZoneBack { zone: back }),
                    ]
                };
                (self.zones.iter().map(zone).collect(), AFTER_ZONE_LOSS)
            }
            Line::Pool => {
                let pool = |&host: &usize| lost(ScenarioEvent::Shortage { host, part: 1.0 });
                (self.pool.iter().map(pool).collect(), AFTER_LOSS)
            }
        };
        let of = sizes(&stage.setup.world, stage.groups);
        let reset = ScenarioEvent::DesiredCapacities { of };
        (losses.into_iter())
            .map(|mut events| {
                events.push((reset_at, reset.clone()));
                (events, reset_at + RESET_MINUTES)
            })
            .collect()
    }
}

/// What the reset comes to after all of the events, of the worst.
pub(super) fn outcome(events: &[bool], way: Way) -> ResetOutcome {
    match way {
        _ if events.is_empty() => ResetOutcome::NotNeeded,
        _ if events.contains(&false) => ResetOutcome::DoesNotComeBack,
        Way::AsTheyAre => ResetOutcome::ComesBack,
        Way::Lowered => ResetOutcome::ComesBackLowered,
    }
}

impl Stage<'_> {
    /// Whether the fleet comes back in each of the stories, under every reading.
    pub fn after_each(&self, stories: &[Story], way: Way) -> CameBack {
        let runs = (stories.len() as u64).saturating_mul(readings().count() as u64);
        if !stories.is_empty() && self.is_beyond(runs.saturating_mul(self.tasks())) {
            return Err(Cut);
        }
        (stories.par_iter())
            .map(|story| under_every_reading(|choices| self.is_back(story, way, choices)))
            .collect()
    }

    /// Whether the fleet is no larger at the end and every task runs; `None` where the time is over.
    fn is_back(&self, (events, minutes): &Story, way: Way, choices: Choices) -> Option<bool> {
        if self.budget.is_stopped() {
            return None;
        }
        let before: u64 = sizes(&self.setup.world, self.groups).iter().sum();
        let course = Course {
            cluster: self.cluster,
            budget: self.budget,
            setup: self.setup,
            groups: self.groups,
        };
        let run = course.run(events, (*minutes, false), (way, choices))?;
        let last = run.trace.minutes.last();
        Some(last.is_some_and(|last| is_back((before, last.instances()), waiting_at_end(&run))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_event_that_is_not_come_back_from_is_what_is_said_of_all() {
        assert_eq!(outcome(&[], Way::Lowered), ResetOutcome::NotNeeded);
        assert_eq!(outcome(&[true], Way::AsTheyAre), ResetOutcome::ComesBack);
        assert_eq!(
            outcome(&[true, true], Way::Lowered),
            ResetOutcome::ComesBackLowered
        );
        assert_eq!(
            outcome(&[true, false], Way::Lowered),
            ResetOutcome::DoesNotComeBack
        );
    }
}

//! Whether a scheduled reset brings the fleet back to its size after a loss, with every task running.
//!
//! A lost instance is replaced by its group, and managed scaling may launch others for tasks that wait; so may a Spot pool that
//! ran short, and a zone that is there again after an hour: what comes to more than the planned size stays until the desired
//! capacities are set to it. Each way back is played under both readings of tasks that drain, with the services' own
//! percentages and then with lower ones ([`ways_back`]). A loss after
//! which the fleet has its size needs none, nor does a zone's after which no task waits.

use crate::domain::plan::{Assumption, FleetPlan, ResetOutcome};
use crate::simulate::choices::Choices;
use crate::simulate::engine::ScenarioEvent;
use crate::simulate::scenario::EVENT_MINUTE;
use crate::simulate::scenario::reset::{AFTER_LOSS, AFTER_ZONE_LOSS, RESET_MINUTES, sizes};

use super::super::ways_back::{self, Way};
use super::course::Course;
use super::{Cut, Stage, waiting_at_end};

/// Most runs of one way back: two ways under two readings.
const RUNS: u64 = 4;

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
    fn events(&self) -> [Vec<Vec<(u64, ScenarioEvent)>>; 3] {
        let instance =
            |&number: &usize| vec![(EVENT_MINUTE, ScenarioEvent::InstanceLost { number })];
        let zone = |zone: &String| {
            let (lost, back) = (zone.clone(), zone.clone());
            vec![
                (EVENT_MINUTE, ScenarioEvent::ZoneLost { zone: lost }),
                (AFTER_LOSS, ScenarioEvent::ZoneBack { zone: back }),
            ]
        };
        let pool =
            |&host: &usize| vec![(EVENT_MINUTE, ScenarioEvent::Shortage { host, part: 1.0 })];
        [
            self.instances.iter().map(instance).collect(),
            self.zones.iter().map(zone).collect(),
            self.pool.iter().map(pool).collect(),
        ]
    }
}

/// Plays the ways back and notes what they come to beside what was said of the losses; whether all of them were played.
pub(super) fn play(stage: &Stage<'_>, lost: &Lost, plan: &mut FleetPlan) -> bool {
    let [instances, zones, pool] = lost.events();
    let resets = [
        (instances, AFTER_LOSS),
        (zones, AFTER_ZONE_LOSS),
        (pool, AFTER_LOSS),
    ];
    let mut is_whole = true;
    let outcomes = resets.map(|(losses, at)| {
        let outcome = stage.after_each(&losses, at);
        is_whole &= outcome.is_ok();
        outcome.unwrap_or(ResetOutcome::NotPlayed)
    });
    for said in &mut plan.assumptions {
        match said {
            Assumption::InstanceLossPlayed { reset, .. } => *reset = outcomes[0],
            Assumption::ZoneLossPlayed { reset, .. } => *reset = outcomes[1],
            Assumption::SpotReclaimPlayed { reset, .. } => *reset = outcomes[2],
            _ => {}
        }
    }
    if outcomes.contains(&ResetOutcome::ComesBackLowered) {
        ways_back::say(stage.cluster, plan);
    }
    is_whole
}

impl Stage<'_> {
    /// What the reset comes to after each of the losses: the worst of them.
    fn after_each(
        &self,
        losses: &[Vec<(u64, ScenarioEvent)>],
        reset_at: u64,
    ) -> Result<ResetOutcome, Cut> {
        if losses.is_empty() {
            return Ok(ResetOutcome::NotNeeded);
        }
        let runs = (losses.len() as u64).saturating_mul(RUNS);
        if self.is_beyond(runs.saturating_mul(self.tasks())) {
            return Err(Cut);
        }
        let mut worst = ResetOutcome::NotNeeded;
        for events in losses {
            let way = ways_back::first(|way, choices| self.is_back(events, reset_at, way, choices));
            match way.map_err(|_| Cut)? {
                None => return Ok(ResetOutcome::DoesNotComeBack),
                Some(Way::Lowered) => worst = ResetOutcome::ComesBackLowered,
                Some(Way::AsTheyAre) if worst == ResetOutcome::NotNeeded => {
                    worst = ResetOutcome::ComesBack;
                }
                Some(Way::AsTheyAre) => {}
            }
        }
        Ok(worst)
    }

    /// Whether the fleet has its size at the end and every task runs; `None` where the limits are reached.
    fn is_back(
        &self,
        events: &[(u64, ScenarioEvent)],
        reset_at: u64,
        way: Way,
        choices: Choices,
    ) -> Option<bool> {
        if self.budget.is_over() {
            return None;
        }
        let world = &self.setup.world;
        let planned = sizes(world, self.groups);
        let before: u64 = planned.iter().sum();
        let reset = ScenarioEvent::DesiredCapacities { of: planned };
        let events: Vec<(u64, ScenarioEvent)> =
            events.iter().cloned().chain([(reset_at, reset)]).collect();
        let course = Course {
            cluster: self.cluster,
            budget: self.budget,
            setup: self.setup,
            groups: self.groups,
        };
        let run = course.run(&events, (reset_at + RESET_MINUTES, false), (way, choices))?;
        let last = run.trace.minutes.last();
        let has_its_size = last.is_some_and(|last| last.instances() == before);
        Some(has_its_size && waiting_at_end(&run) == 0)
    }
}

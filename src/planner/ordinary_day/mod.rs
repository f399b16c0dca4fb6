//! An ordinary day on the realised fleet, played by the replica: one instance dies, a zone is lost, demand grows to
//! `maxCount` and comes back, a Spot pool runs short; and what a scheduled reset comes to after each ([`super::resets`]).
//!
//! What a part of the day costs is counted in tasks that are placed anew at the start of its runs, `runs × tasks`; one that
//! comes to more than [`MOST_PLACED`], or than what is left of the counted work, is not played, and the plan says so. The time
//! limit is asked between runs.

mod course;
mod growth;
mod resets;
mod single;

use crate::catalogue::Catalogue;
use crate::domain::capacity::Capacity;
use crate::domain::cluster::Cluster;
use crate::domain::plan::{Assumption, DayPart, FleetPlan, ResetOutcome, SpotShortage};
use crate::optimize::stop::Budget;
use crate::simulate::choices::Choices;
use crate::simulate::engine::{EngineOptions, GroupPlan, IsOver, Run, groups_of_plan};
use crate::simulate::scenario::event::Event;
use crate::simulate::scenario::left_over::LeftOver;
use crate::simulate::scenario::{EVENT_MINUTE, Played, Scenario, Subject, play_until};
use crate::simulate::setup::{Setup, SetupOptions, with_plan};

use super::counted::{placements_left, spend_steps};
use super::ways_back::{CameBack, Cut, Way};
use resets::Lost;

/// Most tasks that one part of the day may place, over all its runs.
const MOST_PLACED: u64 = 500_000;

/// What a reset brings the fleet back from, in the order in which that is played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    Growth,
    Instances,
    Zones,
    Pool,
}

impl Line {
    pub const ALL: [Self; 4] = [Self::Growth, Self::Instances, Self::Zones, Self::Pool];
}

/// What was played of a day and is to be reset.
pub(super) struct Day {
    /// Whether growth, with a place for every task, is to be come back from.
    grows: bool,
    lost: Lost,
    not_played: Vec<DayPart>,
}

/// Plays the day without its resets, lets groups have the sizes that growth turned out to need, and says what was found.
pub(super) fn play(
    cluster: &Cluster,
    catalogue: &Catalogue,
    plan: &mut FleetPlan,
    budget: Budget<'_>,
) -> Day {
    let mut day = Day {
        grows: false,
        lost: Lost::default(),
        not_played: Vec::new(),
    };
    day.grows = growth::play(cluster, catalogue, plan, budget, &mut day.not_played);
    let setup = with_plan(cluster, catalogue, plan, &SetupOptions::default());
    let Ok(groups) = groups_of_plan(&setup.world, plan, &Choices::default()) else {
        return day;
    };
    let stage = Stage {
        cluster,
        catalogue,
        setup: &setup,
        groups: &groups,
        budget,
    };
    let said = [
        (DayPart::InstanceLoss, stage.instance_loss(&mut day.lost)),
        (DayPart::ZoneLoss, stage.zone_loss(&mut day.lost)),
        (DayPart::SpotReclaim, stage.spot_reclaim(&mut day.lost)),
    ];
    for (what, said) in said {
        match said {
            Ok(said) => plan.assumptions.extend(said),
            Err(Cut) => day.not_played.push(what),
        }
    }
    day
}

impl Day {
    /// Whether a reset after each event of the line brings the fleet back to its size with every task running, under every reading.
    pub fn come_back(
        &self,
        cluster: &Cluster,
        catalogue: &Catalogue,
        plan: &FleetPlan,
        budget: Budget<'_>,
        (line, way): (Line, Way),
    ) -> CameBack {
        let setup = with_plan(cluster, catalogue, plan, &SetupOptions::default());
        let Ok(groups) = groups_of_plan(&setup.world, plan, &Choices::default()) else {
            return Err(Cut);
        };
        let stage = Stage {
            cluster,
            catalogue,
            setup: &setup,
            groups: &groups,
            budget,
        };
        match line {
            Line::Growth if self.grows => {
                let events = growth::there_and_back(&stage);
                stage.after_each(&[events], way)
            }
            _ => stage.after_each(&self.lost.events(line, &stage), way),
        }
    }

    /// Says beside what was played what a reset comes to after it; and last what was not played.
    pub fn say(mut self, plan: &mut FleetPlan, way: Way, came: &[(Line, CameBack)]) {
        for (line, came) in came {
            self.say_of(plan, *line, way, came);
        }
        if !self.not_played.is_empty() {
            let what = self.not_played;
            plan.assumptions.push(Assumption::NotPlayed { what });
        }
    }

    fn say_of(&mut self, plan: &mut FleetPlan, line: Line, way: Way, came: &CameBack) {
        let came = match came {
            Ok(events) => resets::outcome(events, way),
            Err(Cut) if line == Line::Growth => {
                // What growth comes to is said with its way back, or not at all.
                (plan.assumptions).retain(|said| !matches!(said, Assumption::GrowthPlayed { .. }));
                self.not_played.insert(0, DayPart::Growth);
                return;
            }
            Err(Cut) => {
                if !self.not_played.contains(&DayPart::Reset) {
                    self.not_played.push(DayPart::Reset);
                }
                ResetOutcome::NotPlayed
            }
        };
        let is_back = matches!(
            came,
            ResetOutcome::ComesBack | ResetOutcome::ComesBackLowered
        );
        for said in &mut plan.assumptions {
            match (line, said) {
                (
                    Line::Growth,
                    Assumption::GrowthPlayed {
                        comes_back,
                        lowers_percentages,
                        ..
                    },
                ) => {
                    *comes_back = is_back;
                    *lowers_percentages = came == ResetOutcome::ComesBackLowered;
                }
                (Line::Instances, Assumption::InstanceLossPlayed { reset, .. })
                | (Line::Zones, Assumption::ZoneLossPlayed { reset, .. })
                | (Line::Pool, Assumption::SpotReclaimPlayed { reset, .. }) => *reset = came,
                _ => {}
            }
        }
    }
}

/// Whether no task waits after the loss of any one instance, each lost by itself; false too where that is not played.
pub(super) fn outlives_each_instance(
    cluster: &Cluster,
    catalogue: &Catalogue,
    plan: &FleetPlan,
    budget: Budget<'_>,
) -> bool {
    let setup = with_plan(cluster, catalogue, plan, &SetupOptions::default());
    let Ok(groups) = groups_of_plan(&setup.world, plan, &Choices::default()) else {
        return false;
    };
    let stage = Stage {
        cluster,
        catalogue,
        setup: &setup,
        groups: &groups,
        budget,
    };
    matches!(
        stage.instance_loss(&mut Lost::default()),
        Ok(Some(Assumption::InstanceLossPlayed {
            instances_with_waiting_tasks: 0,
            ..
        }))
    )
}

struct Stage<'a> {
    cluster: &'a Cluster,
    catalogue: &'a Catalogue,
    setup: &'a Setup,
    groups: &'a [GroupPlan],
    budget: Budget<'a>,
}

impl Stage<'_> {
    /// What came of a scenario; nothing where the fleet has not what it is about.
    fn play(&self, scenario: Scenario, subject: &Subject) -> Result<Option<Played>, Cut> {
        let options = EngineOptions {
            minutes: scenario.minutes(),
            ..EngineOptions::default()
        };
        let Self {
            cluster,
            catalogue,
            setup,
            groups,
            budget,
        } = self;
        let limits: (&EngineOptions, IsOver<'_>) = (&options, &|| budget.is_stopped());
        let played = play_until(cluster, catalogue, setup, groups, scenario, subject, limits);
        if let Ok(played) = &played {
            spend_steps(*budget, played.steps);
        }
        if budget.is_stopped() {
            return Err(Cut);
        }
        Ok(played.ok())
    }

    /// Whether the limits leave no room for runs that place so many tasks.
    fn is_beyond(&self, placed: u64) -> bool {
        self.budget.is_over() || placed > MOST_PLACED.min(placements_left(self.budget))
    }

    fn tasks(&self) -> u64 {
        self.setup.world.workload.tasks()
    }

    fn instance_loss(&self, lost: &mut Lost) -> Result<Option<Assumption>, Cut> {
        let hosts = &self.setup.world.hosts;
        let instances: u64 = hosts.iter().map(|host| host.count).sum();
        if self.is_beyond(instances.saturating_mul(self.tasks())) {
            return Err(Cut);
        }
        let played = self.play(Scenario::InstanceLoss, &Subject::default())?;
        let losses = played.and_then(|played| played.instance_losses);
        if let Some(losses) = &losses {
            lost.instances.clone_from(&losses.leaving_more);
        }
        Ok(losses.map(|losses| Assumption::InstanceLossPlayed {
            instances: losses.instances,
            instances_with_waiting_tasks: losses.instances_with_waiting_tasks,
            worst_instance_type: losses.worst_instance_type,
            worst_tasks: losses.worst_tasks,
            tasks: self.tasks(),
            most_waiting: losses.most_waiting,
            longest_minutes: losses.longest_minutes,
            larger_after: losses.instances_leaving_more,
            most_more: losses.most_more,
            usd_per_hour_more: losses.usd_per_hour_more,
            reset: ResetOutcome::NotPlayed,
        }))
    }

    fn zone_loss(&self, all_lost: &mut Lost) -> Result<Option<Assumption>, Cut> {
        // The zone after whose loss most tasks wait at the end; at the worst moment more may wait after another's.
        let mut worst: Option<(u64, u64, &str)> = None;
        let (mut lost, mut most_waiting_of_any) = (0, 0);
        let mut names = Vec::new();
        let zones = &self.cluster.zones;
        if zones.is_empty() {
            return Ok(None);
        }
        if self.is_beyond((zones.len() as u64).saturating_mul(self.tasks())) {
            return Err(Cut);
        }
        for zone in zones {
            if self.budget.is_over() {
                return Err(Cut);
            }
            let subject = Subject {
                zone: Some(zone.label().to_owned()),
                ..Subject::default()
            };
            // A zone without instances has nothing to lose.
            let Some(played) = self.play(Scenario::ZoneLoss, &subject)? else {
                continue;
            };
            lost += 1;
            let (at_end, most) = (waiting_at_end(&played.run), most_waiting(&played.run));
            most_waiting_of_any = most.max(most_waiting_of_any);
            // Where no task waits nothing is launched for it.
            if most > 0 {
                names.push(zone.label().to_owned());
            }
            let is_worse = |(known_at_end, known, _)| (at_end, most) > (known_at_end, known);
            if worst.is_none_or(is_worse) {
                worst = Some((at_end, most, zone.label()));
            }
        }
        all_lost.zones = names;
        Ok(worst.map(|(at_end, _, zone)| Assumption::ZoneLossPlayed {
            zones: lost,
            worst_zone: zone.to_owned(),
            tasks: self.tasks(),
            most_waiting: most_waiting_of_any,
            waiting_at_end: at_end,
            minutes: Scenario::ZoneLoss.minutes() - EVENT_MINUTE,
            reset: ResetOutcome::NotPlayed,
        }))
    }

    fn spot_reclaim(&self, lost: &mut Lost) -> Result<Option<Assumption>, Cut> {
        let mut options = (self.setup.world.hosts.iter()).map(|host| host.host.purchase_option);
        if !options.any(Capacity::may_be_reclaimed) {
            return Ok(None);
        }
        if self.is_beyond(self.tasks()) {
            return Err(Cut);
        }
        // Whether a coin spares an instance is no answer to what its loss would mean.
        let subject = Subject {
            whole_pool: true,
            ..Subject::default()
        };
        let played = self.play(Scenario::SpotReclaim, &subject)?;
        let more = played.as_ref().map_or_else(LeftOver::default, |played| {
            LeftOver::at(&played.run.trace, Scenario::SpotReclaim.minutes())
        });
        if let Some(Event::Shortage(pool)) = played.as_ref().map(|played| &played.event)
            && more.instances > 0
        {
            lost.pool = self.host_of(pool);
        }
        Ok(played.and_then(|played| match played.event {
            Event::Shortage(event) => Some(Assumption::SpotReclaimPlayed {
                most_more: more.instances,
                usd_per_hour_more: more.usd_per_hour,
                reset: ResetOutcome::NotPlayed,
                event,
                tasks: self.tasks(),
                most_waiting: most_waiting(&played.run),
                waiting_at_end: waiting_at_end(&played.run),
                minutes: Scenario::SpotReclaim.minutes() - EVENT_MINUTE,
            }),
            _ => None,
        }))
    }
}

impl Stage<'_> {
    /// An instance row of the pool.
    fn host_of(&self, pool: &SpotShortage) -> Option<usize> {
        self.setup.world.hosts.iter().position(|host| {
            let of = &host.host;
            of.purchase_option.may_be_reclaimed()
                && of.instance_type == pool.instance_type
                && of.availability_zone == pool.availability_zone
        })
    }
}

fn most_waiting(run: &Run) -> u64 {
    run.most_missing.saturating_sub(run.missing_before)
}

fn waiting_at_end(run: &Run) -> u64 {
    run.missing.saturating_sub(run.missing_before)
}

#[cfg(test)]
mod tests;

//! The scheduled reset after everything that leaves the fleet larger: one schedule, and one setting of it for all.
//!
//! Exports set every group's desired capacity back once a day, and lower percentages of services before that or do not. Rollouts,
//! growth and losses are therefore reset in one way, which is looked for once all of them were played and the groups have their
//! sizes ([`ways_back`]); what the plan says of each is what comes of it in that way.

use std::cell::Cell;

use crate::catalogue::Catalogue;
use crate::domain::cluster::Cluster;
use crate::domain::plan::{Assumption, FleetPlan};
use crate::optimize::stop::Budget;
use crate::simulate::scenario::left_over::LeftOver;

use super::ordinary_day::{Day, Line};
use super::rollouts::Rollouts;
use super::ways_back::{self, CameBack, Way};

/// Plays the resets and says what they come to.
pub(super) fn settle(
    (cluster, catalogue): (&Cluster, &Catalogue),
    plan: &mut FleetPlan,
    (rollouts, day): (Option<Rollouts>, Option<Day>),
    budget: Budget<'_>,
) {
    let events = Events {
        cluster,
        catalogue,
        plan,
        rollouts: rollouts.as_ref(),
        day: day.as_ref(),
        budget,
        more: Cell::default(),
    };
    let lines = 1 + Line::ALL.len();
    let ways = ways_back::of_plan(cluster, plan);
    let (way, came) = ways_back::one_for_all(lines, ways, |line, way| events.play(line, way));
    let more = events.more.get();
    if let Some(day) = day {
        let of_day: Vec<(Line, CameBack)> =
            (Line::ALL.into_iter().zip(came[1..].iter().cloned())).collect();
        day.say(plan, way, &of_day);
    }
    if let Some(rollouts) = rollouts {
        let back = came[0].as_ref().ok().map(|back| (back.as_slice(), more));
        rollouts.say(cluster, plan, way, back);
    }
    // Where the time was over before any of them came to an end, no line needs them.
    let is_said = (came.iter()).any(|line| line.as_ref().is_ok_and(|events| !events.is_empty()));
    if way == Way::Lowered && is_said {
        let services = ways_back::percentages(cluster, plan);
        plan.assumptions
            .push(Assumption::ResetPercentages { services });
    }
}

struct Events<'a> {
    cluster: &'a Cluster,
    catalogue: &'a Catalogue,
    plan: &'a FleetPlan,
    rollouts: Option<&'a Rollouts>,
    day: Option<&'a Day>,
    budget: Budget<'a>,
    /// What rollouts leave until the reset, at most.
    more: Cell<LeftOver>,
}

impl Events<'_> {
    fn play(&self, line: usize, way: Way) -> CameBack {
        let (cluster, catalogue, plan) = (self.cluster, self.catalogue, self.plan);
        match (line.checked_sub(1), self.rollouts, self.day) {
            (None, Some(rollouts), _) => {
                let came = rollouts.come_back(cluster, catalogue, plan, self.budget, way)?;
                let more = came.iter().map(|&(_, more)| more);
                self.more.set(more.fold(self.more.get(), LeftOver::most));
                Ok(came.into_iter().map(|(is_back, _)| is_back).collect())
            }
            (Some(of_day), _, Some(day)) => {
                let which = (Line::ALL[of_day], way);
                day.come_back(cluster, catalogue, plan, self.budget, which)
            }
            _ => Ok(Vec::new()),
        }
    }
}

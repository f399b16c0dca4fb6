//! The steps of a plan, held against the replica: a step after which tasks would wait is not offered.
//!
//! Services are played one after another, and so many side by side as are deployed at a time. Waves of a plan that rolls nothing out have
//! been played with the plan; where services move before them, they are played after that again.

use std::fmt::Display;
use std::ops::Range;

use crate::apply::state::{State, Target};
use crate::apply::step::{Step, Work, batches};
use crate::domain::settings::Settings;
use crate::planner::{ORDERS, PlanError, PlayedStep, steps_played};
use crate::report::apply::{NotOffered, said};

use super::super::diagnostics::Diagnostics;
use super::asked::Planned;

/// Plays the steps, leaves out those from the first on after which tasks would wait, and writes beside the others that none does.
/// What cannot be played is offered as it is, and said.
pub(super) fn play(
    (planned, settings): (Planned<'_>, &Settings),
    steps: &mut Vec<Step>,
    at_a_time: usize,
    diagnostics: Diagnostics,
) -> Option<NotOffered> {
    let rolls_out = steps.iter().any(|step| rolled_out(&step.work).is_some());
    let is_felt = rolls_out || steps.iter().any(|step| matches!(step.work, Work::Drain(_)));
    let is_played = planned.plan.moves.is_some() && !rolls_out;
    if is_played || !is_felt {
        return None;
    }
    let mut ways = vec![1, at_a_time];
    ways.dedup();
    let all = Rest {
        steps,
        is_left: &|_| true,
        begins: &[],
        orders: ORDERS,
    };
    let first = match all.first_stuck((planned, settings), &ways) {
        Ok(first) => first,
        Err(why) => {
            not_played(&why, diagnostics);
            return None;
        }
    };
    if let Some(of) = &first {
        steps.truncate(of.number - 1);
    }
    for step in steps {
        step.waiting = Some(0);
    }
    first
}

/// Says why the replica played nothing.
pub(super) fn not_played(why: &dyn Display, diagnostics: Diagnostics) {
    diagnostics.warning(&format!(
        "whether tasks would wait after a step was not played: {why}"
    ));
}

/// Steps of which some are left to do.
pub(super) struct Rest<'a> {
    pub(super) steps: &'a [Step],
    /// Whether a step, by index, is left.
    pub(super) is_left: &'a dyn Fn(usize) -> bool,
    /// What comes about before them.
    pub(super) begins: &'a [PlayedStep<'a>],
    /// Orders that are played.
    pub(super) orders: u64,
}

impl Rest<'_> {
    /// The first step after which tasks would wait, services deployed in any of these numbers at a time.
    pub(super) fn first_stuck(
        &self,
        (planned, settings): (Planned<'_>, &Settings),
        at_a_time: &[usize],
    ) -> Result<Option<NotOffered>, PlanError> {
        let stuck: Result<Vec<Option<NotOffered>>, PlanError> = (at_a_time.iter())
            .map(|&at_a_time| self.stuck((planned, settings), at_a_time))
            .collect();
        Ok(stuck?.into_iter().flatten().min_by_key(|of| of.number))
    }

    /// The first step after which tasks would wait with so many services at a time.
    fn stuck(
        &self,
        (planned, settings): (Planned<'_>, &Settings),
        at_a_time: usize,
    ) -> Result<Option<NotOffered>, PlanError> {
        let of_replica = |batch: Range<usize>| {
            let left: Vec<usize> = batch.filter(|&step| (self.is_left)(step)).collect();
            let steps: Vec<&Step> = left.iter().map(|&step| &self.steps[step]).collect();
            Some((*left.first()?, asked(&steps, settings)?))
        };
        let left = batches(self.steps, at_a_time)
            .into_iter()
            .filter_map(of_replica);
        let (firsts, left): (Vec<usize>, Vec<PlayedStep<'_>>) = left.unzip();
        let mut played = self.begins.to_vec();
        played.extend(left);
        let cluster = (planned.cluster, planned.catalogue);
        let stuck = steps_played(cluster, planned.plan, &played, self.orders)?;
        Ok(stuck.map(|stuck| {
            // What begins leaves nothing waiting that did not wait before.
            let index = firsts[stuck.position - self.begins.len()];
            let left_out = (index..self.steps.len()).filter(|&step| (self.is_left)(step));
            NotOffered {
                number: index + 1,
                step: said(&self.steps[index].work),
                left_out: left_out.count(),
                service_name: stuck.service_name,
                waiting: stuck.waiting,
                why: stuck.why,
                orders: stuck.orders,
                played: self.orders,
                at_a_time,
            }
        }))
    }
}

/// The service that a step deploys with another strategy.
fn rolled_out(work: &Work) -> Option<&str> {
    match work {
        Work::Change(change) if change.deploys() => Some(change.target.name()),
        _ => None,
    }
}

/// Steps that are done side by side as the replica plays them; `None` for what no task feels.
fn asked<'a>(steps: &[&'a Step], settings: &'a Settings) -> Option<PlayedStep<'a>> {
    let services: Vec<&str> = steps
        .iter()
        .filter_map(|step| rolled_out(&step.work))
        .collect();
    if !services.is_empty() {
        return Some(PlayedStep::Rollouts(services));
    }
    match &steps.first()?.work {
        Work::Change(change) => match (&change.target, &change.leaves) {
            (Target::Group(name), Some(State::Group(then))) if change.fills => {
                let group = settings.groups.iter().find(|group| group.group == *name)?;
                Some(PlayedStep::Launch {
                    provider: &group.name,
                    least: then.min_size,
                })
            }
            _ => None,
        },
        Work::Drain(drain) => Some(PlayedStep::Drain {
            provider: &drain.provider,
            types_that_stay: &drain.types_that_stay,
            most: drain.most,
            named: &drain.named,
        }),
    }
}

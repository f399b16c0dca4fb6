//! The steps of a plan, held against the replica: a step after which tasks would wait is not offered.
//!
//! Services are played one after another, and so many side by side as are deployed at a time. Waves of a plan that rolls nothing out have
//! been played with the plan; where services move before them, they are played after that again.

use std::ops::Range;

use crate::apply::state::{State, Target};
use crate::apply::step::{Step, Work, batches};
use crate::domain::settings::Settings;
use crate::planner::{PlanError, PlayedStep, steps_played};
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
    let stuck: Result<Vec<Option<NotOffered>>, PlanError> = (ways.into_iter())
        .map(|at_a_time| stuck((planned, settings), steps, at_a_time))
        .collect();
    let first = match stuck {
        Ok(stuck) => stuck.into_iter().flatten().min_by_key(|of| of.number),
        Err(why) => {
            diagnostics.warning(&format!(
                "whether tasks would wait after a step was not played: {why}"
            ));
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

/// The first step after which tasks would wait with so many services at a time.
fn stuck(
    (planned, settings): (Planned<'_>, &Settings),
    steps: &[Step],
    at_a_time: usize,
) -> Result<Option<NotOffered>, PlanError> {
    let of_replica = |batch: Range<usize>| {
        let first = batch.start;
        Some((first, asked(&steps[batch], settings)?))
    };
    let played = batches(steps, at_a_time).into_iter().filter_map(of_replica);
    let (firsts, played): (Vec<usize>, Vec<PlayedStep<'_>>) = played.unzip();
    let cluster = (planned.cluster, planned.catalogue);
    let stuck = steps_played(cluster, planned.plan, &played)?;
    Ok(stuck.map(|stuck| {
        let index = firsts[stuck.position];
        NotOffered {
            number: index + 1,
            step: said(&steps[index].work),
            left_out: steps.len() - index,
            service_name: stuck.service_name,
            waiting: stuck.waiting,
            why: stuck.why,
            orders: stuck.orders,
            at_a_time,
        }
    }))
}

/// The service that a step deploys with another strategy; another placement alone deploys nothing.
fn rolled_out(work: &Work) -> Option<&str> {
    let Work::Change(change) = work else {
        return None;
    };
    match (&change.expects, &change.leaves) {
        (Some(State::Service(now)), Some(State::Service(then)))
            if now.strategy != then.strategy =>
        {
            Some(change.target.name())
        }
        _ => None,
    }
}

/// Steps that are done side by side as the replica plays them; `None` for what no task feels.
fn asked<'a>(steps: &'a [Step], settings: &'a Settings) -> Option<PlayedStep<'a>> {
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

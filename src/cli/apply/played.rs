//! The steps of a plan that moves service by service, held against the replica: a step after which tasks would wait is not offered.

use crate::apply::state::State;
use crate::apply::step::{Step, Work};
use crate::planner::{PlayedStep, steps_played};
use crate::report::apply::{NotOffered, said};

use super::super::diagnostics::Diagnostics;
use super::asked::Planned;

/// Plays the steps, leaves out those from the first on after which tasks would wait, and writes beside the others that none does.
/// What cannot be played is offered as it is, and said. Waves have been played with the plan.
pub(super) fn play(
    planned: Planned<'_>,
    steps: &mut Vec<Step>,
    diagnostics: Diagnostics,
) -> Option<NotOffered> {
    let asked: Vec<(usize, PlayedStep<'_>)> = (steps.iter().enumerate())
        .filter_map(|(index, step)| Some((index, asked(&step.work)?)))
        .collect();
    if planned.plan.moves.is_some() || asked.is_empty() {
        return None;
    }
    let (numbers, of_replica): (Vec<usize>, Vec<PlayedStep<'_>>) = asked.into_iter().unzip();
    let cluster = (planned.cluster, planned.catalogue);
    let stuck = match steps_played(cluster, planned.plan, &of_replica) {
        Ok(stuck) => stuck,
        Err(why) => {
            diagnostics.warning(&format!(
                "whether tasks would wait after a step was not played: {why}"
            ));
            return None;
        }
    };
    let not_offered = stuck.map(|stuck| {
        let first = numbers[stuck.position];
        NotOffered {
            number: first + 1,
            step: said(&steps[first].work),
            left_out: steps.len() - first,
            service_name: stuck.service_name,
            waiting: stuck.waiting,
            why: stuck.why,
        }
    });
    if let Some(of) = &not_offered {
        steps.truncate(of.number - 1);
    }
    for step in steps {
        step.waiting = Some(0);
    }
    not_offered
}

/// The step as the replica plays it; `None` for one that no task feels.
fn asked(work: &Work) -> Option<PlayedStep<'_>> {
    match work {
        Work::Change(change) => match (&change.expects, &change.leaves) {
            (Some(State::Service(now)), Some(State::Service(then)))
                if now.strategy != then.strategy =>
            {
                Some(PlayedStep::Rollout(change.target.name()))
            }
            _ => None,
        },
        Work::Drain(drain) => drain.named.is_empty().then_some(PlayedStep::Drain {
            provider: &drain.provider,
            types_that_stay: &drain.types_that_stay,
            most: drain.most,
        }),
    }
}

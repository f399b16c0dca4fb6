//! What growth and a week come to.

use super::{costs_no_less, first_untrue, on_instances};
use crate::check::facts::Facts;
use crate::check::violation::Problem;
use crate::domain::plan::Assumption;

pub(super) fn growth(facts: &Facts<'_>, said: &Assumption) -> Option<Problem> {
    let Assumption::GrowthPlayed {
        services,
        alone_without_place,
        one_by_one_missing,
        tasks,
        missing,
        longest_minutes,
        instances,
        most_instances,
        comes_back,
        lowers_percentages,
    } = said
    else {
        return None;
    };
    let before: u64 = (facts.rows.iter())
        .filter(|row| !row.machine.managed)
        .map(|row| row.planned.count)
        .fold(0, u64::saturating_add);
    let found = format!(
        "{services} services grow to {tasks} tasks, of which {missing} have no place, on {most_instances} instances from {instances}"
    );
    first_untrue(
        &found,
        [
            (
                *tasks == grown_tasks(facts),
                "the tasks of all services at maxCount",
            ),
            (*instances == before, "the plan's instances before"),
            (
                most_instances >= instances && missing <= tasks,
                "no fewer instances than before, and no more tasks without a place than there are",
            ),
            (
                *missing == 0 || (longest_minutes.is_none() && !comes_back),
                "neither an end nor a way back where tasks have no place",
            ),
            (
                *comes_back || !lowers_percentages,
                "lower percentages for a reset that brings the fleet back alone",
            ),
            (
                (alone_without_place.iter().flatten())
                    .all(|name| facts.services.contains_key(name.as_str()))
                    && one_by_one_missing.is_none_or(|missing| missing <= *tasks),
                "services of the cluster, and no more tasks without a place than there are",
            ),
        ],
    )
}

pub(super) fn week(facts: &Facts<'_>, said: &Assumption) -> Option<Problem> {
    let Assumption::WeekPlayed {
        longest_wait_minutes,
        most_waiting,
        tasks,
        usd_per_hour,
        ..
    } = said
    else {
        return None;
    };
    let shown = (facts.plan.services.iter())
        .map(|service| service.desired_count)
        .fold(0, u64::saturating_add);
    let found = format!(
        "at most {most_waiting} of {tasks} tasks without a place, for {longest_wait_minutes} minutes at the longest"
    );
    first_untrue(
        &found,
        [
            (*tasks == shown, "the tasks of the hour that the plan shows"),
            (
                (*most_waiting == 0) == (*longest_wait_minutes == 0),
                "minutes without a place where a task waits, and none where none does",
            ),
            costs_no_less(*usd_per_hour),
        ],
    )
}

/// Tasks of all services on instances with each that has some there at the largest count that it names beyond the planned one.
fn grown_tasks(facts: &Facts<'_>) -> u64 {
    let grown = (facts.replicas()).map(|service| {
        let planned = facts.planned(service);
        let there = on_instances(facts, &service.name, planned);
        let largest = (service.max_count).filter(|most| there > 0 && *most > planned);
        largest.unwrap_or(there)
    });
    grown.fold(0, u64::saturating_add)
}

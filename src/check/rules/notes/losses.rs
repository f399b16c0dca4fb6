//! What the loss of an instance, of a zone or of a Spot pool comes to.

use super::{Claim, costs_no_less, first_untrue, is_all};
use crate::check::facts::Facts;
use crate::check::violation::Problem;
use crate::domain::plan::Assumption;

/// Minutes after an event for which the replica goes on: an hour from the start of the run, of which five pass before.
const MINUTES_AFTER: u64 = 55;

pub(super) fn instance_loss(facts: &Facts<'_>, said: &Assumption) -> Option<Problem> {
    let Assumption::InstanceLossPlayed {
        instances,
        instances_with_waiting_tasks,
        worst_instance_type,
        worst_tasks,
        tasks,
        most_waiting,
        longest_minutes,
        larger_after,
        most_more,
        usd_per_hour_more,
        ..
    } = said
    else {
        return None;
    };
    let of_plan: u128 = (facts.rows.iter())
        .map(|row| u128::from(row.planned.count))
        .sum();
    let has_worst =
        (facts.rows.iter()).any(|row| row.planned.instance_type == *worst_instance_type);
    let found = format!(
        "{instances_with_waiting_tasks} of {instances} instances after whose loss tasks wait, {larger_after} after whose loss the fleet \
         is larger; at most {most_waiting} of {tasks} tasks wait, at most {most_more} instances and {usd_per_hour_more} USD/h are more"
    );
    first_untrue(
        &found,
        [
            (
                u128::from(*instances) <= of_plan,
                "no more instances than the plan has",
            ),
            (
                instances_with_waiting_tasks <= instances && larger_after <= instances,
                "no more of them than instances",
            ),
            (
                (*instances_with_waiting_tasks == 0) == (*most_waiting == 0),
                "tasks that wait after losses that leave some waiting, and after no others",
            ),
            (
                *most_waiting > 0 || *longest_minutes == Some(0),
                "no minute until the last task runs where none waits",
            ),
            (
                longest_minutes.is_none_or(|minutes| minutes <= MINUTES_AFTER),
                "no more minutes than were played",
            ),
            (
                is_all(facts, *tasks),
                "as many tasks as the plan has on instances",
            ),
            (
                most_waiting <= tasks && worst_tasks <= tasks,
                "no more tasks than there are",
            ),
            (has_worst, "a worst instance of a type that the plan has"),
            (
                (*larger_after == 0) == (*most_more == 0),
                "more instances after losses that leave the fleet larger, and after no others",
            ),
            costs_no_less(*usd_per_hour_more),
        ],
    )
}

pub(super) fn zone_loss(facts: &Facts<'_>, said: &Assumption) -> Option<Problem> {
    let Assumption::ZoneLossPlayed {
        zones,
        worst_zone,
        tasks,
        most_waiting,
        waiting_at_end,
        minutes,
        ..
    } = said
    else {
        return None;
    };
    let known = &facts.cluster.zones;
    let found = format!(
        "{zones} zones, the worst {worst_zone}; at most {most_waiting} of {tasks} tasks wait, {waiting_at_end} after {minutes} minutes"
    );
    first_untrue(
        &found,
        [
            (
                *zones <= known.len() as u64 && known.iter().any(|zone| zone.label() == worst_zone),
                "zones of the cluster",
            ),
            waiting(facts, (*most_waiting, *waiting_at_end, *tasks)),
            (*minutes == MINUTES_AFTER, "the minutes that are played"),
        ],
    )
}

pub(super) fn spot_reclaim(facts: &Facts<'_>, said: &Assumption) -> Option<Problem> {
    let Assumption::SpotReclaimPlayed {
        event,
        tasks,
        most_waiting,
        waiting_at_end,
        minutes,
        most_more,
        usd_per_hour_more,
        ..
    } = said
    else {
        return None;
    };
    let in_pool: u128 = (facts.rows.iter())
        .filter(|row| {
            row.planned.purchase_option.may_be_reclaimed()
                && row.planned.instance_type == event.instance_type
                && row.planned.availability_zone == event.availability_zone
        })
        .map(|row| u128::from(row.planned.count))
        .sum();
    let found = format!(
        "{} Spot instances of {} lost; at most {most_waiting} of {tasks} tasks wait, {waiting_at_end} after {minutes} minutes; \
         {most_more} instances and {usd_per_hour_more} USD/h more",
        event.instances, event.instance_type
    );
    first_untrue(
        &found,
        [
            (
                (1..=in_pool).contains(&event.instances.into()),
                "instances of the plan in one Spot pool",
            ),
            (
                event.probability > 0.0 && event.probability <= 1.0,
                "a probability of notice",
            ),
            waiting(facts, (*most_waiting, *waiting_at_end, *tasks)),
            (*minutes == MINUTES_AFTER, "the minutes that are played"),
            costs_no_less(*usd_per_hour_more),
        ],
    )
}

/// Whether the tasks that wait at the worst moment and at the end are possible.
fn waiting(facts: &Facts<'_>, (most, at_end, tasks): (u64, u64, u64)) -> Claim {
    (
        is_all(facts, tasks) && most <= tasks && at_end <= most,
        "no more tasks that wait than there are, and at the end no more than before",
    )
}

//! An ordinary day as the replica played it, in words.

use crate::domain::plan::{Assumption, DayPart, FleetPlan, Warning};
use crate::report::simulation::events::shortage;
use crate::report::words::counted;

/// A line of the first screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// At most seven letters.
    pub label: &'static str,
    /// What was seen.
    pub text: String,
    /// Tasks that wait at the worst moment, of all; for rollouts, services whose rollout does not end, of all. `None`
    /// where nothing was played.
    pub part: Option<(u64, u64)>,
}

/// The lines of the first screen: that ECS does not fill the fleet, rollouts, one dead instance, one lost zone, growth, Spot.
#[must_use]
pub fn lines(plan: &FleetPlan) -> Vec<Line> {
    let mut lines: Vec<(u8, Line)> = (plan.assumptions.iter())
        .filter_map(|said| {
            let (rank, label) = place(said)?;
            let (text, part) = match said {
                Assumption::Rollouts {
                    within,
                    launching,
                    lowers_percentages,
                    ..
                } => rollouts(plan, *within, launching.len() as u64, *lowers_percentages),
                other => (super::assumption(other), part(other)),
            };
            Some((rank, Line { label, text, part }))
        })
        .collect();
    lines.sort_by_key(|&(rank, _)| rank);
    lines.into_iter().map(|(_, line)| line).collect()
}

/// Tasks that wait at the worst moment, of all.
const fn part(said: &Assumption) -> Option<(u64, u64)> {
    match said {
        Assumption::InstanceLossPlayed {
            most_waiting,
            tasks,
            ..
        }
        | Assumption::ZoneLossPlayed {
            most_waiting,
            tasks,
            ..
        }
        | Assumption::SpotReclaimPlayed {
            most_waiting,
            tasks,
            ..
        }
        | Assumption::WeekPlayed {
            most_waiting,
            tasks,
            ..
        } => Some((*most_waiting, *tasks)),
        Assumption::GrowthPlayed { missing, tasks, .. } => Some((*missing, *tasks)),
        _ => None,
    }
}

/// Whether the first screen says it.
#[must_use]
pub const fn is_on_first_screen(said: &Assumption) -> bool {
    place(said).is_some()
}

/// Rank and label of what belongs on the first screen.
const fn place(said: &Assumption) -> Option<(u8, &'static str)> {
    match said {
        Assumption::NotRealised { .. } => Some((0, "Groups")),
        Assumption::Rollouts { .. } | Assumption::RolloutsNotPlayed => Some((1, "Rollout")),
        Assumption::InstanceLossPlayed { .. } => Some((2, "Failure")),
        Assumption::ZoneLossPlayed { .. } => Some((3, "Zone")),
        Assumption::GrowthPlayed { .. } | Assumption::NoGrowthNamed => Some((4, "Growth")),
        Assumption::SpotReclaimPlayed { .. } => Some((5, "Reclaim")),
        Assumption::WeekPlayed { .. } | Assumption::WeekNotPlayed => Some((6, "Week")),
        Assumption::NotPlayed { .. } => Some((7, "Unknown")),
        _ => None,
    }
}

/// What rollouts come to, those of the warnings included.
fn rollouts(
    plan: &FleetPlan,
    within: u64,
    launching: u64,
    lowers_percentages: bool,
) -> (String, Option<(u64, u64)>) {
    let unable = (plan.warnings.iter())
        .filter(|warning| matches!(warning, Warning::NeverRollsOut { .. }))
        .count() as u64;
    let stuck = (plan.warnings.iter())
        .map(|warning| match warning {
            Warning::RolloutsDoNotEnd { service_names, .. } => service_names.len() as u64,
            _ => 0,
        })
        .sum::<u64>();
    let mut ways = Vec::new();
    if within > 0 {
        ways.push(format!("{within} within the fleet"));
    }
    if launching > 0 {
        ways.push(format!("{launching} by launches that maxSize allows"));
    }
    if stuck > 0 {
        ways.push(format!("{stuck} not to their end (see warnings)"));
    }
    if unable > 0 {
        ways.push(format!(
            "{unable} never, by their percentages (see warnings)"
        ));
    }
    let larger = plan.assumptions.iter().find_map(|said| match said {
        Assumption::RolloutsLeaveFleetLarger { service_names } => Some(service_names.len()),
        _ => None,
    });
    let back = match (launching, larger) {
        (0, _) => String::new(),
        (_, None) => reset(lowers_percentages).to_owned(),
        (_, Some(larger)) => {
            format!("; after {larger} of them no reset brings the fleet back to its size")
        }
    };
    let all = within + launching + stuck + unable;
    let rolls_out = match (all, within + launching) {
        (1, 1) => "1 service rolls out".to_owned(),
        (all, able) if all == able => format!("{all} services roll out"),
        (all, able) => format!("{able} of {} roll out", counted(all, "service")),
    };
    (
        format!("{rolls_out}, one at a time: {}{back}", ways.join(", ")),
        Some((stuck + unable, all)),
    )
}

/// What a play came to.
pub(super) fn played(said: &Assumption) -> String {
    match said {
        Assumption::InstanceLossPlayed {
            instances,
            instances_with_waiting_tasks,
            worst_instance_type,
            worst_tasks,
            tasks,
            most_waiting,
            longest_minutes,
            larger_after,
            most_more,
        } => {
            let waits = if *instances_with_waiting_tasks == 0 {
                "no task waits".to_owned()
            } else {
                let until = longest_minutes.map_or_else(
                    || "some to the end of the hour".to_owned(),
                    |minutes| format!("all run again after {}", counted(minutes, "minute")),
                );
                format!(
                    "after {instances_with_waiting_tasks} of them tasks wait, at most {most_waiting} of {tasks}; {until}"
                )
            };
            format!(
                "any one of {} dies: {waits}{}; the worst, {worst_instance_type}, carries {}",
                counted(*instances, "instance"),
                left_over(*larger_after, *most_more),
                counted(*worst_tasks, "task"),
            )
        }
        Assumption::ZoneLossPlayed {
            zones,
            worst_zone,
            tasks,
            most_waiting,
            waiting_at_end,
            minutes,
        } => format!(
            "any one of {} is lost: {} (worst: {worst_zone})",
            counted(*zones, "zone"),
            waiting(*most_waiting, *waiting_at_end, *tasks, *minutes),
        ),
        Assumption::GrowthPlayed {
            services,
            tasks: _,
            missing,
            longest_minutes,
            instances,
            most_instances,
            comes_back,
            lowers_percentages,
        } => growth(
            *services,
            (*missing, *longest_minutes),
            (*instances, *most_instances),
            comes_back.then_some(*lowers_percentages),
        ),
        Assumption::NoGrowthNamed => {
            "growth was not played: no service names a maxCount above its planned count".to_owned()
        }
        Assumption::FallPlayed { services, fits } => {
            let fall = format!("the fall of {} to minCount", counted(*services, "service"));
            if *fits {
                format!(
                    "{fall}: every task has a place on groups of minSize, as the replica plays it"
                )
            } else {
                format!(
                    "{fall} leaves tasks without a place on smaller groups, as the replica plays it: minSize is the planned size"
                )
            }
        }
        Assumption::SpotReclaimPlayed {
            event,
            tasks,
            most_waiting,
            waiting_at_end,
            minutes,
        } => format!(
            "{}: {}",
            shortage(event),
            waiting(*most_waiting, *waiting_at_end, *tasks, *minutes)
        ),
        Assumption::NotPlayed { what } => format!(
            "{} not played within the limits of work and time: nothing is known of it",
            (what.iter().copied().map(part_of_day).collect::<Vec<_>>()).join(", ")
        ),
        other => super::assumption(other),
    }
}

/// What the fleet is larger by after the losses of some instances.
fn left_over(after: u64, most: u64) -> String {
    if after == 0 {
        return String::new();
    }
    let up_to = if most == 1 { "" } else { "up to " };
    format!(
        "; after {after} the fleet stays {up_to}{} larger until its sizes are reset",
        counted(most, "instance")
    )
}

/// The reset that brings a fleet back to its size, with its own percentages or lower ones.
const fn reset(lowers_percentages: bool) -> &'static str {
    if lowers_percentages {
        "; a scheduled reset afterwards, with lower percentages meanwhile, brings the fleet back to its size"
    } else {
        "; a scheduled reset afterwards brings the fleet back to its size"
    }
}

const fn part_of_day(part: DayPart) -> &'static str {
    match part {
        DayPart::Growth => "growth to maxCount",
        DayPart::Fall => "the fall to minCount",
        DayPart::InstanceLoss => "the loss of an instance",
        DayPart::ZoneLoss => "the loss of a zone",
        DayPart::SpotReclaim => "a Spot reclaim",
    }
}

fn waiting(most: u64, at_end: u64, tasks: u64, minutes: u64) -> String {
    match (most, at_end) {
        (0, _) => "no task waits".to_owned(),
        (most, 0) => format!("at most {most} of {tasks} tasks wait, none after {minutes} minutes"),
        (most, at_end) => {
            format!("at most {most} of {tasks} tasks wait, {at_end} still after {minutes} minutes")
        }
    }
}

fn growth(
    services: u64,
    (missing, minutes): (u64, Option<u64>),
    (before, most): (u64, u64),
    back: Option<bool>,
) -> String {
    let grown = format!("{} to maxCount", counted(services, "service"));
    if missing > 0 {
        return format!(
            "{grown}: {} no place, on {most} instances from {before} (maxSize, maxInstances)",
            if missing == 1 {
                "1 task has".to_owned()
            } else {
                format!("{missing} tasks have")
            }
        );
    }
    let after = minutes.map_or_else(String::new, |minutes| {
        format!(" after {}", counted(minutes, "minute"))
    });
    let back = back.map_or(
        "; afterwards no reset brings the fleet back to its size with every task running",
        reset,
    );
    format!(
        "{grown}: every task has a place{after}, on at most {most} instances from {before}{back}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lost(larger_after: u64, most_more: u64) -> String {
        played(&Assumption::InstanceLossPlayed {
            instances: 4,
            instances_with_waiting_tasks: 3,
            worst_instance_type: "m6i.large".to_owned(),
            worst_tasks: 5,
            tasks: 12,
            most_waiting: 5,
            longest_minutes: Some(2),
            larger_after,
            most_more,
        })
    }

    #[test]
    fn what_a_fleet_is_larger_by_after_a_loss_is_said() {
        assert!(!lost(0, 0).contains("larger"));
        assert_eq!(
            lost(3, 1),
            "any one of 4 instances dies: after 3 of them tasks wait, at most 5 of 12; all run again after 2 minutes; after 3 the \
             fleet stays 1 instance larger until its sizes are reset; the worst, m6i.large, carries 5 tasks"
        );
        assert!(lost(2, 2).contains("after 2 the fleet stays up to 2 instances larger"));
    }
}

//! An ordinary day as the replica played it, in words.

use crate::domain::money::UsdPerHour;
use crate::domain::plan::{Assumption, DayPart, FleetPlan, ResetOutcome, Warning};
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
                    most_more,
                    usd_per_hour_more,
                    ..
                } => rollouts(
                    plan,
                    (*within, launching.len() as u64),
                    (*most_more, *usd_per_hour_more),
                    *lowers_percentages,
                ),
                other if is_of_day(other) => (told(other, Digits::Few), part(other)),
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
    (within, launching): (u64, u64),
    more: (u64, UsdPerHour),
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
    let back = match (launching, larger, more.0) {
        (0, _, _) => String::new(),
        (_, None, 0) => reset(lowers_percentages),
        (_, None, _) => format!(
            "; {} until {}",
            running_on(more),
            daily_reset(lowers_percentages)
        ),
        (_, Some(larger), 0) => {
            format!(
                "; after {larger} of them a scheduled reset does not bring the fleet back to its size"
            )
        }
        (_, Some(larger), _) => format!(
            "; {}, and after {larger} of them a scheduled reset does not bring the fleet back to its size",
            running_on(more)
        ),
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

/// How amounts are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Digits {
    /// Four decimals, as everywhere on a screen and in a report.
    Few,
    /// All: the text of a plan document, by which its figure is held.
    All,
}

impl Digits {
    fn of(self, usd: UsdPerHour) -> String {
        match self {
            Self::Few => format!("{usd:.4}"),
            Self::All => usd.to_string(),
        }
    }
}

/// Whether [`told`] has words of its own for it, with an amount in them.
const fn is_of_day(said: &Assumption) -> bool {
    matches!(
        said,
        Assumption::InstanceLossPlayed { .. } | Assumption::SpotReclaimPlayed { .. }
    )
}

/// What a play came to, as the plan document has it.
pub(super) fn played(said: &Assumption) -> String {
    told(said, Digits::All)
}

fn told(said: &Assumption, digits: Digits) -> String {
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
            usd_per_hour_more,
            reset,
        } => {
            let is_one = *instances == 1;
            let waits = if *instances_with_waiting_tasks == 0 {
                "no task waits".to_owned()
            } else {
                let until = longest_minutes.map_or_else(
                    || "some to the end of the hour".to_owned(),
                    |minutes| format!("all run again after {}", counted(minutes, "minute")),
                );
                let after = if is_one {
                    String::new()
                } else {
                    format!("after {instances_with_waiting_tasks} of them ")
                };
                format!("{after}tasks wait, at most {most_waiting} of {tasks}; {until}")
            };
            let who = if is_one {
                "the fleet stays".to_owned()
            } else {
                format!("after {larger_after} the fleet stays")
            };
            let larger = left_over(&who, (*most_more, &digits.of(*usd_per_hour_more)), *reset);
            let carried = counted(*worst_tasks, "task");
            if is_one {
                format!("the only instance, {worst_instance_type}, dies: {waits}{larger}; it carries {carried}")
            } else {
                format!(
                    "any one of {instances} instances dies: {waits}{larger}; the worst, {worst_instance_type}, carries {carried}"
                )
            }
        }
        Assumption::ZoneLossPlayed {
            zones,
            worst_zone,
            tasks,
            most_waiting,
            waiting_at_end,
            minutes,
            reset,
        } => {
            let waits = waiting(*most_waiting, *waiting_at_end, *tasks, *minutes);
            let back = once_the_zone_is_back(*reset);
            if *zones == 1 {
                format!("the only zone with instances, {worst_zone}, is lost: {waits}{back}")
            } else {
                format!("any one of {zones} zones is lost: {waits} (worst: {worst_zone}){back}")
            }
        }
        Assumption::GrowthPlayed {
            services,
            alone_without_place,
            one_by_one_missing,
            tasks: _,
            missing,
            longest_minutes,
            instances,
            most_instances,
            comes_back,
            lowers_percentages,
        } => {
            let together = growth(
                *services,
                (*missing, *longest_minutes),
                (*instances, *most_instances),
                comes_back.then_some(*lowers_percentages),
            );
            let single = single(alone_without_place.as_deref(), *one_by_one_missing);
            format!("{together}{single}")
        }
        Assumption::NoGrowthNamed => {
            "growth was not played: no service with tasks on groups names a maxCount above its planned count".to_owned()
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
            most_more,
            usd_per_hour_more,
            reset,
        } => format!(
            "{}: {}{}",
            shortage(event),
            waiting(*most_waiting, *waiting_at_end, *tasks, *minutes),
            left_over(
                "the fleet stays",
                (*most_more, &digits.of(*usd_per_hour_more)),
                *reset
            )
        ),
        Assumption::NotPlayed { what } => format!(
            "{} not played within the limits of work and time: nothing is known of it",
            (what.iter().copied().map(part_of_day).collect::<Vec<_>>()).join(", ")
        ),
        other => super::assumption(other),
    }
}

/// Instances beyond the plan's that run on, and what they cost.
fn running_on((instances, usd): (u64, UsdPerHour)) -> String {
    let (up_to, run) = if instances == 1 {
        ("", "runs")
    } else {
        ("up to ", "run")
    };
    format!(
        "{up_to}{} more, {usd:.4} USD per hour, {run} on",
        counted(instances, "instance")
    )
}

/// What the fleet is larger by after a loss, and until when; `who` stays so.
fn left_over(who: &str, (most, usd): (u64, &str), reset: ResetOutcome) -> String {
    if most == 0 {
        // As many instances, some of them dearer.
        let is_dearer = usd.chars().any(|digit| matches!(digit, '1'..='9'));
        let text = format!("; the fleet then costs up to {usd} USD per hour more");
        return if is_dearer { text } else { String::new() };
    }
    let up_to = if most == 1 { "" } else { "up to " };
    let until = match reset {
        ResetOutcome::ComesBack => format!(" until {}", daily_reset(false)),
        ResetOutcome::ComesBackLowered => format!(" until {}", daily_reset(true)),
        ResetOutcome::DoesNotComeBack => {
            ", and a scheduled reset does not bring it back to its size with every task running"
                .to_owned()
        }
        ResetOutcome::NotPlayed | ResetOutcome::NotNeeded => {
            " until its sizes are reset".to_owned()
        }
    };
    format!(
        "; {who} {up_to}{} larger ({usd} USD per hour){until}",
        counted(most, "instance")
    )
}

/// What comes of a zone's loss once the zone is there again.
fn once_the_zone_is_back(reset: ResetOutcome) -> String {
    match reset {
        ResetOutcome::NotPlayed | ResetOutcome::NotNeeded => String::new(),
        ResetOutcome::ComesBack => {
            "; once the zone is back, a scheduled reset brings the fleet to its size and every task runs".to_owned()
        }
        ResetOutcome::ComesBackLowered => {
            "; once the zone is back, a scheduled reset, with lower percentages meanwhile, brings the fleet to its size and every \
             task runs"
                .to_owned()
        }
        ResetOutcome::DoesNotComeBack => {
            "; once the zone is back, a scheduled reset does not bring the fleet to its size with every task running".to_owned()
        }
    }
}

/// The reset that ends what runs on; exports carry it out daily unless told otherwise.
fn daily_reset(lowers_percentages: bool) -> String {
    let meanwhile = if lowers_percentages {
        ", with lower percentages meanwhile,"
    } else {
        ""
    };
    format!("a scheduled reset (daily by default){meanwhile} brings the fleet back to its size")
}

/// The reset that brings a fleet back to its size, with its own percentages or lower ones.
fn reset(lowers_percentages: bool) -> String {
    let meanwhile = if lowers_percentages {
        ", with lower percentages meanwhile,"
    } else {
        ""
    };
    format!("; a scheduled reset afterwards{meanwhile} brings the fleet back to its size")
}

const fn part_of_day(part: DayPart) -> &'static str {
    match part {
        DayPart::Growth => "growth to maxCount",
        DayPart::Fall => "the fall to minCount",
        DayPart::InstanceLoss => "the loss of an instance",
        DayPart::ZoneLoss => "the loss of a zone",
        DayPart::SpotReclaim => "a Spot reclaim",
        DayPart::Reset => "the way back after a loss",
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

/// Growth of each service alone, and task by task: only what leaves something without a place, or was not played.
fn single(alone: Option<&[String]>, one_by_one: Option<u64>) -> String {
    let alone = match alone {
        None => {
            "; growth of each alone was not played within the limits of work and time".to_owned()
        }
        Some(names) if !names.is_empty() => format!(
            "; of those that grow alone {} {} tasks without a place",
            names.join(", "),
            if names.len() == 1 { "leaves" } else { "leave" }
        ),
        _ => String::new(),
    };
    let one_by_one = match one_by_one {
        Some(tasks) if tasks > 0 => format!(
            "; one task after another {} no place",
            if tasks == 1 {
                "1 task has".to_owned()
            } else {
                format!("{tasks} tasks have")
            }
        ),
        None => "; growth one task after another was not played within the limits of work and time"
            .to_owned(),
        Some(_) => String::new(),
    };
    format!("{alone}{one_by_one}")
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
    let back = back.map_or_else(
        || {
            "; afterwards a scheduled reset does not bring the fleet back to its size with every task running"
                .to_owned()
        },
        reset,
    );
    format!(
        "{grown}: every task has a place{after}, on at most {most} instances from {before}{back}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::plan::SpotShortage;

    fn lost(larger_after: u64, most_more: u64, usd: &str, reset: ResetOutcome) -> String {
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
            usd_per_hour_more: usd.parse().expect("an amount"),
            reset,
        })
    }

    #[test]
    fn what_a_fleet_is_larger_by_after_a_loss_is_said_with_its_bill_and_its_end() {
        assert!(!lost(0, 0, "0", ResetOutcome::NotNeeded).contains("larger"));
        assert_eq!(
            lost(3, 1, "0.096", ResetOutcome::ComesBack),
            "any one of 4 instances dies: after 3 of them tasks wait, at most 5 of 12; all run again after 2 minutes; after 3 the \
             fleet stays 1 instance larger (0.096 USD per hour) until a scheduled reset (daily by default) brings the fleet back \
             to its size; the worst, m6i.large, carries 5 tasks"
        );
        let two = |reset| lost(2, 2, "0.2", reset);
        assert!(
            two(ResetOutcome::ComesBackLowered)
                .contains("up to 2 instances larger (0.2 USD per hour) until")
        );
        assert!(two(ResetOutcome::ComesBackLowered).contains("with lower percentages meanwhile"));
        assert!(
            two(ResetOutcome::DoesNotComeBack).contains(
                "larger (0.2 USD per hour), and a scheduled reset does not bring it back"
            )
        );
        assert!(two(ResetOutcome::NotPlayed).contains("until its sizes are reset"));
    }

    #[test]
    fn a_screen_has_four_decimals_and_a_document_all() {
        let said = Assumption::SpotReclaimPlayed {
            event: SpotShortage {
                instance_type: "m6i.large".to_owned(),
                availability_zone: None,
                instances: 3,
                probability: 1.0,
            },
            tasks: 12,
            most_waiting: 0,
            waiting_at_end: 0,
            minutes: 55,
            most_more: 1,
            usd_per_hour_more: "0.08928767".parse().expect("an amount"),
            reset: ResetOutcome::ComesBack,
        };
        assert!(told(&said, Digits::Few).contains("1 instance larger (0.0893 USD per hour) until"));
        assert!(
            told(&said, Digits::All).contains("1 instance larger (0.08928767 USD per hour) until")
        );
        assert_eq!(played(&said), told(&said, Digits::All));
    }

    #[test]
    fn one_instance_and_one_zone_are_not_said_to_be_any_of_several() {
        let instance = played(&Assumption::InstanceLossPlayed {
            instances: 1,
            instances_with_waiting_tasks: 1,
            worst_instance_type: "m6i.large".to_owned(),
            worst_tasks: 3,
            tasks: 3,
            most_waiting: 3,
            longest_minutes: Some(2),
            larger_after: 1,
            most_more: 1,
            usd_per_hour_more: "0.096".parse().expect("an amount"),
            reset: ResetOutcome::NotPlayed,
        });
        assert_eq!(
            instance,
            "the only instance, m6i.large, dies: tasks wait, at most 3 of 3; all run again after 2 minutes; the fleet stays \
             1 instance larger (0.096 USD per hour) until its sizes are reset; it carries 3 tasks"
        );
        let zone = played(&Assumption::ZoneLossPlayed {
            zones: 1,
            worst_zone: "us-east-1a".to_owned(),
            tasks: 3,
            most_waiting: 3,
            waiting_at_end: 3,
            minutes: 55,
            reset: ResetOutcome::NotNeeded,
        });
        assert_eq!(
            zone,
            "the only zone with instances, us-east-1a, is lost: at most 3 of 3 tasks wait, 3 still after 55 minutes"
        );
    }

    #[test]
    fn growth_alone_and_task_by_task_is_said_where_something_has_no_place() {
        let names = ["api".to_owned(), "web".to_owned()];
        assert_eq!(single(Some(&[]), Some(0)), "");
        let unknown = single(None, None);
        assert!(
            unknown.contains("growth of each alone was not played")
                && unknown.contains("one task after another was not played"),
            "{unknown}"
        );
        assert_eq!(
            single(Some(&names), Some(1)),
            "; of those that grow alone api, web leave tasks without a place; one task after another 1 task has no place"
        );
    }

    #[test]
    fn what_a_spot_reclaim_and_a_lost_zone_leave_is_said() {
        let event = SpotShortage {
            instance_type: "m6i.large".to_owned(),
            availability_zone: Some("us-east-1a".to_owned()),
            instances: 3,
            probability: 1.0,
        };
        let reclaim = |most_more, reset| {
            played(&Assumption::SpotReclaimPlayed {
                event: event.clone(),
                tasks: 12,
                most_waiting: 0,
                waiting_at_end: 0,
                minutes: 55,
                most_more,
                usd_per_hour_more: "0.07".parse().expect("an amount"),
                reset,
            })
        };
        assert!(
            reclaim(0, ResetOutcome::NotNeeded)
                .ends_with("no task waits; the fleet then costs up to 0.07 USD per hour more")
        );
        assert!(reclaim(1, ResetOutcome::ComesBack).contains("no task waits; the fleet stays 1 instance larger (0.07 USD per hour) until a scheduled reset"));
        let zone = |reset| {
            played(&Assumption::ZoneLossPlayed {
                zones: 3,
                worst_zone: "us-east-1b".to_owned(),
                tasks: 12,
                most_waiting: 4,
                waiting_at_end: 4,
                minutes: 55,
                reset,
            })
        };
        assert!(zone(ResetOutcome::NotPlayed).ends_with("(worst: us-east-1b)"));
        assert!(
            zone(ResetOutcome::ComesBack)
                .ends_with("a scheduled reset brings the fleet to its size and every task runs")
        );
        assert!(zone(ResetOutcome::DoesNotComeBack).contains("a scheduled reset does not bring"));
    }
}

//! What a plan around today's instances moves: restarts, cost against restarts, waves.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::domain::plan::{FleetPlan, FrontierPoint, WhyNotDrained};

use super::{count, counted};

/// What the plan moves.
pub fn moves(plan: &FleetPlan) -> Option<String> {
    let moves = plan.moves.as_ref()?;
    let drained = counted(moves.drained.len() as u64, "instance");
    let proof = match moves.bound_restarts {
        Some(bound) if bound == moves.restarts => {
            "no plan of this cost restarts fewer: proven".to_owned()
        }
        Some(bound) => format!("no plan of this cost restarts fewer than {}", count(bound)),
        None => "no proof that so many must".to_owned(),
    };
    let text = format!(
        "{} restart because {drained} of today {} drained; {proof}",
        counted(moves.restarts, "task"),
        if moves.drained.len() == 1 {
            "is"
        } else {
            "are"
        },
    );
    Some(match most_of_the_saving(&moves.frontier) {
        Some((few, all)) => format!(
            "{text}; {} of {} bring 80 % of the saving",
            count(few),
            counted(all, "restart")
        ),
        None => text,
    })
}

/// Fewest restarts of a frontier that bring four fifths of what all of them save, and those of all.
fn most_of_the_saving(frontier: &[FrontierPoint]) -> Option<(u64, u64)> {
    let (first, last) = (frontier.first()?, frontier.last()?);
    let whole = first.usd_per_hour - last.usd_per_hour;
    let saved = |point: &&FrontierPoint| (first.usd_per_hour - point.usd_per_hour) * 5 >= whole * 4;
    let enough = frontier.iter().find(saved)?;
    (frontier.len() > 1).then_some((enough.restarts, last.restarts))
}

/// Columns of [`frontier`].
pub const FRONTIER: [&str; 4] = ["Restarts", "USD/h", "No less than", "Of the saving"];

/// Cost against restarts, a point a row.
pub fn frontier(plan: &FleetPlan) -> Vec<[String; 4]> {
    let points = plan.moves.as_ref().map_or(&[][..], |moves| &moves.frontier);
    let (Some(first), Some(last)) = (points.first(), points.last()) else {
        return Vec::new();
    };
    let whole = (first.usd_per_hour - last.usd_per_hour).amount();
    (points.iter())
        .map(|point| {
            let saved = (first.usd_per_hour - point.usd_per_hour).amount();
            let part = saved
                .checked_div(whole)
                .map(|part| part * Decimal::ONE_HUNDRED);
            [
                count(point.restarts),
                format!("{:.4}", point.usd_per_hour),
                (point.bound_usd_per_hour)
                    .map_or_else(|| "no proof".to_owned(), |bound| format!("{bound:.4}")),
                part.map_or_else(|| "-".to_owned(), |part| format!("{part:.0} %")),
            ]
        })
        .collect()
}

/// Columns of [`waves`].
pub const WAVES: [&str; 7] = [
    "Wave",
    "Launch",
    "Drain",
    "Restarts",
    "USD/h after",
    "USD/h peak",
    "Waiting",
];

/// The order in which a plan around today's instances is carried out, a wave a row.
pub fn waves(plan: &FleetPlan) -> Vec<[String; 7]> {
    let waves = plan.moves.as_ref().map_or(&[][..], |moves| &moves.waves);
    (waves.iter().enumerate())
        .map(|(index, wave)| {
            let mut launched: BTreeMap<&str, u64> = BTreeMap::new();
            for launch in &wave.launches {
                *launched.entry(&launch.instance_type).or_default() += launch.count;
            }
            let launched: Vec<String> = (launched.iter())
                .map(|(name, number)| format!("{} {name}", count(*number)))
                .collect();
            [
                count(index as u64 + 1),
                if launched.is_empty() {
                    "-".to_owned()
                } else {
                    launched.join(", ")
                },
                count(wave.drains.len() as u64),
                count(wave.restarts),
                format!("{:.4}", wave.usd_per_hour),
                format!("{:.4}", wave.peak_usd_per_hour),
                count(wave.waiting),
            ]
        })
        .collect()
}

/// Drains of a plan that are not offered, with the reason.
pub fn not_drained(plan: &FleetPlan) -> Vec<String> {
    let refused = plan
        .moves
        .as_ref()
        .map_or(&[][..], |moves| &moves.not_drained);
    (refused.iter())
        .map(|refused| match refused.why {
            WhyNotDrained::NoPlace => format!(
                "{} stays after all: a task of {} would wait for a place",
                refused.instance, refused.service_name
            ),
            WhyNotDrained::NoSurge => format!(
                "{} stays after all: {} allows neither more nor fewer tasks than it wants \
                 (minimumHealthyPercent and maximumPercent), so that ECS never moves one",
                refused.instance, refused.service_name
            ),
        })
        .collect()
}

//! An ordinary day as bars: what part of the tasks waits at the worst moment.

use serde::Serialize;

use crate::domain::plan::FleetPlan;
use crate::domain::text::visible_start;
use crate::report::{wording, words};

/// What may happen on a day.
#[derive(Serialize)]
pub(super) struct DayEvent {
    name: &'static str,
    /// Width of the bar, in percent.
    percent: String,
    /// How many of how many; empty where nothing was played.
    part: String,
    text: String,
}

/// The day's events, as far as the plan knows of them.
pub(super) fn day(plan: &FleetPlan) -> Vec<DayEvent> {
    (wording::ordinary_day(plan).into_iter())
        .map(|line| DayEvent {
            name: line.label,
            percent: line.part.map_or_else(|| "0".to_owned(), percent),
            part: line.part.map_or_else(String::new, |(part, all)| {
                format!("{} of {}", words::count(part), words::count(all))
            }),
            text: visible_start(&line.text, 2_000),
        })
        .collect()
}

fn percent((part, all): (u64, u64)) -> String {
    if all == 0 {
        return "0".to_owned();
    }
    format!("{:.2}", (part as f64 / all as f64).clamp(0.0, 1.0) * 100.0)
}

#[cfg(test)]
mod tests {
    use super::percent;

    #[test]
    fn bars_are_parts_of_all_and_nothing_of_nothing_has_no_width() {
        assert_eq!(percent((10, 65)), "15.38");
        assert_eq!(percent((0, 65)), "0.00");
        assert_eq!(percent((0, 0)), "0");
    }
}

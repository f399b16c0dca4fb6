//! The steps of an apply as a picture: above the bill after each, below tasks restarted and instances taken away in each.

use rust_decimal::prelude::ToPrimitive;

use super::panel::{Frame, Series};
use super::scale::{Scale, round_step};
use super::svg::{Anchor, Drawing};
use super::{
    BETWEEN, HEADING_GAP, INSTANCES_HEIGHT, LEFT, RIGHT, STYLE, TASKS_HEIGHT, TIME_AXIS, WIDTH,
};
use crate::domain::money::UsdPerHour;
use crate::report::apply::Steps;

/// Where the upper panel begins, beneath title and heading.
const TOP: f64 = 72.0;
/// Labels of the axis of steps, at most about.
const LABELS: f64 = 24.0;
/// Part of a step's width that a bar takes.
const BAR: f64 = 0.38;

/// Draws the steps.
#[must_use]
pub fn render(steps: &Steps<'_>) -> String {
    let title = format!("Steps of {} in {}", steps.cluster, steps.region);
    let (below, bottom) = (
        TOP + TASKS_HEIGHT + BETWEEN,
        TOP + TASKS_HEIGHT + BETWEEN + INSTANCES_HEIGHT,
    );
    let mut drawing = Drawing::new(WIDTH, bottom + TIME_AXIS, STYLE, &title, &about(steps));
    drawing.text((LEFT, 26.0), Anchor::Start, "bp-text bp-title", &title);
    if steps.steps.is_empty() {
        drawing.text((LEFT, TOP), Anchor::Start, "bp-soft", "No step is left.");
        return drawing.finish();
    }
    // A step's place is from its number to the next; before the first is today.
    let axis = Scale::new((0.0, steps.steps.len() as f64 + 1.0), (LEFT, RIGHT));
    bills(&mut drawing, steps, &axis);
    counts(&mut drawing, steps, &axis, below);
    let every = round_step(axis.end(), LABELS);
    for number in 1..=steps.steps.len() {
        if (number as f64 % every).abs() < f64::EPSILON {
            let at = (axis.at(number as f64 + 0.5), bottom + 18.0);
            drawing.text(at, Anchor::Middle, "bp-soft", &number.to_string());
        }
    }
    drawing.text(
        (f64::midpoint(LEFT, RIGHT), bottom + 38.0),
        Anchor::Middle,
        "bp-soft",
        "step",
    );
    drawing.finish()
}

fn month(bill: UsdPerHour) -> f64 {
    bill.usd_per_month().to_f64().unwrap_or(0.0)
}

/// The bill after each step, at most, and the plan's.
fn bills(drawing: &mut Drawing, steps: &Steps<'_>, axis: &Scale) {
    let after = steps.steps.iter().map(|step| step.bill);
    let all: Option<Vec<f64>> = std::iter::once(steps.bills.today)
        .chain(after)
        .map(|bill| bill.map(month))
        .collect();
    let Some(all) = all else {
        let text = "USD per month: not known, since today's instances are not all priced";
        drawing.text((LEFT, TOP), Anchor::Start, "bp-soft", text);
        return;
    };
    let planned = month(steps.bills.planned);
    let places = all.into_iter().enumerate();
    let line = Series::new(
        places.map(|(at, bill)| (at as f64, bill)).collect(),
        axis.end(),
    );
    let goal = Series::new(vec![(0.0, planned)], axis.end());
    let frame = Frame::new(
        drawing,
        axis,
        TOP,
        TASKS_HEIGHT,
        line.largest().max(planned),
    );
    let legend = [
        ("bp-instances", "per month after the step, at most"),
        ("bp-desired", "planned"),
    ];
    frame.heading(drawing, TOP - HEADING_GAP, "USD", &legend);
    frame.left_axis(drawing);
    frame.line(drawing, &line, frame.values(), "bp-instances");
    frame.line(drawing, &goal, frame.values(), "bp-desired");
}

/// Tasks restarted and instances taken away, side by side.
fn counts(drawing: &mut Drawing, steps: &Steps<'_>, axis: &Scale, top: f64) {
    let rows = steps.steps.iter();
    let largest = rows.map(|step| step.restarts.max(step.instances)).max();
    let largest = largest.unwrap_or_default() as f64;
    let frame = Frame::new(drawing, axis, top, INSTANCES_HEIGHT, largest);
    let legend = [
        ("bp-running", "tasks restarted"),
        ("bp-pending", "instances taken away"),
    ];
    frame.heading(drawing, top - HEADING_GAP, "In the step", &legend);
    frame.left_axis(drawing);
    let width = (axis.at(1.0) - axis.at(0.0)) * BAR;
    for (index, step) in steps.steps.iter().enumerate() {
        let middle = axis.at(index as f64 + 1.5);
        let bars = [
            (middle - width, step.restarts, "bp-running"),
            (middle, step.instances, "bp-pending"),
        ];
        for (x, count, class) in bars.into_iter().filter(|(_, count, _)| *count > 0) {
            let y = frame.values().at(count as f64);
            drawing.rect((x, y), (width, top + INSTANCES_HEIGHT - y), class);
        }
    }
}

/// What the picture shows, in words.
#[must_use]
pub fn about(steps: &Steps<'_>) -> String {
    format!(
        "{} steps: the bill after each, tasks that they restart and instances of today that they take away.",
        steps.steps.len()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apply::step::{Drain, OfWave, Step, Work};
    use crate::apply::steps::Bills;

    fn step(bill: &str, restarts: u64, instances: u64) -> Step {
        Step {
            work: Work::Drain(Drain::all("p", "g")),
            bill: bill.parse().ok(),
            restarts,
            instances,
            retires: true,
            wave: Some(OfWave {
                number: 1,
                waiting: 0,
            }),
            waiting: None,
        }
    }

    fn drawn(steps: &[Step]) -> String {
        render(&Steps {
            cluster: "a<b",
            region: "us-east-1",
            steps,
            not_allowed: 0,
            bills: Bills {
                today: "1.0".parse().ok(),
                planned: "0.5".parse().expect("an amount"),
            },
            policy: None,
            not_drained: &[],
            not_offered: None,
            leaves_alone: false,
            at_a_time: 1,
            resets: 0,
        })
    }

    #[test]
    fn each_step_that_takes_something_has_its_bars_and_names_are_escaped() {
        let text = drawn(&[step("1.5", 0, 0), step("0.5", 4, 1)]);
        let bars = |class: &str| text.matches(&format!("<rect class=\"{class}\"")).count();
        // The legend has one of each.
        assert_eq!((bars("bp-running"), bars("bp-pending")), (2, 2));
        assert!(text.contains("a&lt;b") && !text.contains("a<b"));
        assert_eq!(text.matches("<path class=\"bp-instances\"").count(), 1);
    }

    #[test]
    fn a_bill_that_is_not_known_is_not_drawn() {
        let text = drawn(&[step("?", 1, 1)]);
        assert!(text.contains("not known") && !text.contains("<path class=\"bp-instances\""));
        assert!(drawn(&[]).contains("No step is left."));
    }
}

//! A trace as a picture: one inline SVG without scripts, fonts or links, for light and dark pages.
//!
//! Above, tasks as stacked areas; below, instances as a step line with their desired capacity and, on the right
//! axis, `CapacityProviderReservation`. Numbered marks run through both and are explained beneath. A value holds
//! from its minute to the next, so everything is drawn in steps.

mod marks;
mod panel;
mod scale;
pub mod steps;
mod svg;
#[cfg(test)]
mod tests;

use self::marks::Mark;
use self::panel::{Frame, Series};
use self::scale::{Scale, minute_ticks};
use self::svg::{Anchor, Drawing};
use crate::simulate::trace::{Minute, Trace};

/// Width of the picture; all lengths are user units, pixels at natural size.
const WIDTH: f64 = 960.0;
/// Left and right edge of both panels.
const LEFT: f64 = 64.0;
const RIGHT: f64 = WIDTH - 64.0;
/// Heights of the panels.
const TASKS_HEIGHT: f64 = 200.0;
const INSTANCES_HEIGHT: f64 = 170.0;
/// Where the rows of marks begin, beneath the title and the first heading, and the height of one.
const MARKS_TOP: f64 = 68.0;
const MARK_ROW: f64 = 18.0;
/// From the last marks to the tasks panel.
const MARKS_GAP: f64 = 6.0;
/// Between the panels, with the second's heading.
const BETWEEN: f64 = 42.0;
/// Where a heading's text stands above what it heads.
const HEADING_GAP: f64 = 12.0;
/// Room for the time axis.
const TIME_AXIS: f64 = 44.0;
/// Height of a line of the list of marks.
const LINE: f64 = 17.0;
/// Letters that fit half the width; with a longer line the list has one column.
const COLUMN_LETTERS: usize = 66;
/// The right axis ends here at the latest: a few instances with many tasks waiting reach thousands.
const MOST_PERCENT: f64 = 400.0;

/// Colours and strokes, light first.
const STYLE: &str = "
.bp{font:12px system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif}
.bp-page{fill:#fff}.bp-text{fill:#22262b}.bp-soft{fill:#5c6670}.bp-title{font-size:15px;font-weight:600}
.bp-head{font-weight:600}.bp-grid{stroke:#dde1e6;stroke-width:1}.bp-axis{stroke:#8a939d;stroke-width:1}
.bp-running,.bp-pending,.bp-provisioning{shape-rendering:crispEdges}
.bp-running{fill:#3f7fce}.bp-pending{fill:#f0ab3c}.bp-provisioning{fill:#cf4f3c}
.bp-instances,.bp-desired{fill:none;stroke:#22262b}.bp-instances{stroke-width:2}
.bp-desired{stroke-width:1.25;stroke-dasharray:5 4;opacity:.75}
.bp-reservation{fill:none;stroke:#0a8f6c;stroke-width:1.75}.bp-right{fill:#087a5c}
.bp-mark{stroke:#5c6670;stroke-width:1;stroke-dasharray:2 3}.bp-disc{fill:#4a535c}.bp-number{fill:#fff;font-size:10px;font-weight:600}
@media(prefers-color-scheme:dark){
.bp-page{fill:#15181c}.bp-text{fill:#e8ebee}.bp-soft{fill:#a4adb6}.bp-grid{stroke:#2c3238}.bp-axis{stroke:#6c757e}
.bp-running{fill:#5a9aec}.bp-pending{fill:#f2b75a}.bp-provisioning{fill:#e56a57}
.bp-instances,.bp-desired{stroke:#e8ebee}.bp-reservation{stroke:#3fd0a6}.bp-right{fill:#3fd0a6}
.bp-mark{stroke:#a4adb6}.bp-disc{fill:#c3cad1}.bp-number{fill:#15181c}}
";

/// Draws `trace` under a title. A trace without minutes gives a picture that says so.
#[must_use]
pub fn render(trace: &Trace, title: &str) -> String {
    let Some(last) = trace.minutes.last() else {
        return empty(title);
    };
    let first = trace.minutes[0].minute;
    let time = Scale::new((first as f64, (last.minute + 1) as f64), (LEFT, RIGHT));
    let (marks, left_out) = marks::of(trace, &time);
    let texts = list(&marks, left_out);
    let layout = Layout::new(&marks, &texts);
    let mut drawing = Drawing::new(WIDTH, layout.height, STYLE, title, &describe(trace));
    drawing.text((LEFT, 26.0), Anchor::Start, "bp-text bp-title", title);
    draw_tasks(&mut drawing, trace, &time, layout.tasks_top);
    draw_instances(&mut drawing, trace, &time, layout.instances_top);
    draw_time_axis(&mut drawing, &time, &layout);
    draw_marks(&mut drawing, &marks, &layout);
    draw_list(&mut drawing, &texts, &layout);
    drawing.finish()
}

fn empty(title: &str) -> String {
    let mut drawing = Drawing::new(WIDTH, 80.0, STYLE, title, "The trace has no minute.");
    drawing.text((LEFT, 26.0), Anchor::Start, "bp-text bp-title", title);
    drawing.text(
        (LEFT, 54.0),
        Anchor::Start,
        "bp-soft",
        "The trace has no minute.",
    );
    drawing.finish()
}

/// Where things are, from top to bottom.
struct Layout {
    tasks_top: f64,
    instances_top: f64,
    bottom: f64,
    list_top: f64,
    /// Lines of the list in one column.
    lines: usize,
    height: f64,
}

impl Layout {
    fn new(marks: &[Mark], texts: &[String]) -> Self {
        let rows = marks.iter().map(|mark| mark.row + 1).max().unwrap_or(0);
        let tasks_top = MARKS_TOP + rows as f64 * MARK_ROW + MARKS_GAP;
        let instances_top = tasks_top + TASKS_HEIGHT + BETWEEN;
        let bottom = instances_top + INSTANCES_HEIGHT;
        let list_top = bottom + TIME_AXIS + 12.0;
        let longest = texts.iter().map(|text| text.chars().count()).max();
        let columns = if longest.unwrap_or(0) <= COLUMN_LETTERS {
            2
        } else {
            1
        };
        let lines = texts.len().div_ceil(columns);
        Self {
            tasks_top,
            instances_top,
            bottom,
            list_top,
            lines,
            height: list_top + lines as f64 * LINE,
        }
    }
}

/// The picture in a sentence, for those who do not see it.
fn describe(trace: &Trace) -> String {
    let most = |value: fn(&Minute) -> u64| trace.minutes.iter().map(value).max().unwrap_or(0);
    let last = trace.minutes.last();
    let cost = last.map_or_else(String::new, |minute| {
        format!("; {} USD in all", minute.cost_usd.round_dp(2))
    });
    format!(
        "{} minutes; at most {} tasks running, {} pending, {} provisioning and {} instances{cost}.",
        trace.minutes.len(),
        most(Minute::running),
        most(Minute::pending),
        most(Minute::provisioning),
        most(Minute::instances),
    )
}

fn series(trace: &Trace, value: impl Fn(&Minute) -> f64) -> Series {
    let steps = trace
        .minutes
        .iter()
        .map(|minute| (minute.minute as f64, value(minute)));
    let end = trace
        .minutes
        .last()
        .map_or(0.0, |minute| (minute.minute + 1) as f64);
    Series::new(steps.collect(), end)
}

fn draw_tasks(drawing: &mut Drawing, trace: &Trace, time: &Scale, top: f64) {
    let nothing = series(trace, |_| 0.0);
    let running = series(trace, |minute| minute.running() as f64);
    let pending = series(trace, |minute| (minute.running() + minute.pending()) as f64);
    let all = series(trace, |minute| {
        (minute.running() + minute.pending() + minute.provisioning()) as f64
    });
    let frame = Frame::new(drawing, time, top, TASKS_HEIGHT, all.largest());
    frame.heading(
        drawing,
        MARKS_TOP - HEADING_GAP,
        "Tasks",
        &[
            ("bp-running", "running"),
            ("bp-pending", "pending"),
            ("bp-provisioning", "provisioning (waiting for capacity)"),
        ],
    );
    frame.left_axis(drawing);
    frame.area(drawing, &nothing, &running, "bp-running");
    frame.area(drawing, &running, &pending, "bp-pending");
    frame.area(drawing, &pending, &all, "bp-provisioning");
    frame.border(drawing);
}

fn draw_instances(drawing: &mut Drawing, trace: &Trace, time: &Scale, top: f64) {
    let instances = series(trace, |minute| minute.instances() as f64);
    let desired = series(trace, |minute| minute.desired() as f64);
    let largest = instances.largest().max(desired.largest());
    let frame = Frame::new(drawing, time, top, INSTANCES_HEIGHT, largest);
    let reserved = reservation(trace);
    let cut = reserved
        .as_ref()
        .is_some_and(|series| series.largest() > MOST_PERCENT);
    let mut legend = vec![("bp-instances", "instances")];
    if trace
        .minutes
        .iter()
        .any(|minute| !minute.providers.is_empty())
    {
        legend.push(("bp-desired", "desired capacity"));
    }
    if reserved.is_some() {
        legend.push((
            "bp-reservation",
            if cut {
                "highest CapacityProviderReservation, % (right; cut off at 400)"
            } else {
                "highest CapacityProviderReservation, % (right)"
            },
        ));
    }
    frame.heading(drawing, top - HEADING_GAP, "Instances", &legend);
    frame.left_axis(drawing);
    if let Some(reserved) = &reserved {
        let percent = frame.right_axis(drawing, reserved.largest().clamp(100.0, MOST_PERCENT));
        frame.line(drawing, reserved, &percent, "bp-reservation");
    }
    if legend.len() > 1 {
        frame.line(drawing, &desired, frame.values(), "bp-desired");
    }
    frame.line(drawing, &instances, frame.values(), "bp-instances");
    frame.border(drawing);
}

/// The highest reservation over providers; `None` when no provider has one. A minute without one repeats the
/// minute before.
fn reservation(trace: &Trace) -> Option<Series> {
    use rust_decimal::prelude::ToPrimitive;
    let highest = |minute: &Minute| {
        let known = minute
            .providers
            .iter()
            .filter_map(|provider| provider.reservation_percent);
        known.max().and_then(|percent| percent.to_f64())
    };
    let mut latest = trace.minutes.iter().find_map(highest)?;
    let steps = trace.minutes.iter().map(|minute| {
        latest = highest(minute).unwrap_or(latest);
        (minute.minute as f64, latest)
    });
    let steps = steps.collect();
    let end = trace
        .minutes
        .last()
        .map_or(0.0, |minute| (minute.minute + 1) as f64);
    Some(Series::new(steps, end))
}

fn draw_time_axis(drawing: &mut Drawing, time: &Scale, layout: &Layout) {
    let (ticks, unit, minutes_per_unit) = minute_ticks(time);
    for tick in ticks {
        let x = time.at(tick);
        drawing.line((x, layout.bottom), (x, layout.bottom + 5.0), "bp-axis");
        let label = svg::number(tick / minutes_per_unit);
        drawing.text((x, layout.bottom + 18.0), Anchor::Middle, "bp-soft", &label);
    }
    let label = format!("Time ({unit})");
    let middle = f64::midpoint(LEFT, RIGHT);
    drawing.text(
        (middle, layout.bottom + 36.0),
        Anchor::Middle,
        "bp-text",
        &label,
    );
}

fn draw_marks(drawing: &mut Drawing, marks: &[Mark], layout: &Layout) {
    for (position, mark) in marks.iter().enumerate() {
        let y = MARKS_TOP + mark.row as f64 * MARK_ROW + MARK_ROW / 2.0;
        let number = (position + 1).to_string();
        let tasks_bottom = layout.tasks_top + TASKS_HEIGHT;
        drawing.line((mark.x, y + 8.0), (mark.x, tasks_bottom), "bp-mark");
        drawing.line(
            (mark.x, layout.instances_top),
            (mark.x, layout.bottom),
            "bp-mark",
        );
        drawing.disc((mark.x, y), 8.0, "bp-disc");
        drawing.text((mark.x, y + 3.5), Anchor::Middle, "bp-number", &number);
    }
}

/// What the marks mean, in their order.
fn list(marks: &[Mark], left_out: usize) -> Vec<String> {
    let mut texts: Vec<String> = (marks.iter().enumerate())
        .map(|(position, mark)| format!("{} · {}", position + 1, mark.text))
        .collect();
    if left_out > 0 {
        texts.push(format!("and {left_out} more in the trace"));
    }
    texts
}

fn draw_list(drawing: &mut Drawing, texts: &[String], layout: &Layout) {
    let middle = f64::midpoint(LEFT, RIGHT);
    for (position, text) in texts.iter().enumerate() {
        let x = if position < layout.lines {
            LEFT
        } else {
            middle
        };
        let y = layout.list_top + (position % layout.lines) as f64 * LINE;
        drawing.text((x, y), Anchor::Start, "bp-soft", text);
    }
}

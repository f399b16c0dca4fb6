//! One panel: its frame, axes, step lines and stacked areas.

use super::scale::{Scale, multiples, round_step};
use super::svg::{Anchor, Drawing, number};

/// A value over time, constant from each step to the next.
pub(super) struct Series {
    /// Time and value; repeated values are left out.
    steps: Vec<(f64, f64)>,
    end: f64,
}

impl Series {
    pub(super) fn new(mut steps: Vec<(f64, f64)>, end: f64) -> Self {
        steps.dedup_by(|later, earlier| (later.1 - earlier.1).abs() < f64::EPSILON);
        Self { steps, end }
    }

    pub(super) fn largest(&self) -> f64 {
        self.steps.iter().map(|step| step.1).fold(0.0, f64::max)
    }

    /// Corners of the step line, from left to right.
    fn corners(&self) -> Vec<(f64, f64)> {
        let mut corners = Vec::with_capacity(2 * self.steps.len());
        for (position, &(start, value)) in self.steps.iter().enumerate() {
            let until = self.steps.get(position + 1).map_or(self.end, |next| next.0);
            corners.push((start, value));
            corners.push((until, value));
        }
        corners
    }
}

/// A panel with its scales.
pub(super) struct Frame {
    time: Scale,
    values: Scale,
    top: f64,
    bottom: f64,
    step: f64,
}

impl Frame {
    /// A panel with room for `largest`, its grid drawn.
    pub(super) fn new(
        drawing: &mut Drawing,
        time: &Scale,
        top: f64,
        height: f64,
        largest: f64,
    ) -> Self {
        let step = round_step(largest.max(1.0), 5.0);
        let end = (largest.max(1.0) / step).ceil() * step;
        let bottom = top + height;
        let frame = Self {
            time: *time,
            values: Scale::new((0.0, end), (bottom, top)),
            top,
            bottom,
            step,
        };
        let (left, right) = time.lengths();
        for tick in multiples(0.0, end, step) {
            let y = frame.values.at(tick);
            drawing.line((left, y), (right, y), "bp-grid");
        }
        frame
    }

    /// The left axis's scale.
    pub(super) const fn values(&self) -> &Scale {
        &self.values
    }

    /// What the panel shows, and a legend behind it, on the line `y`.
    pub(super) fn heading(
        &self,
        drawing: &mut Drawing,
        y: f64,
        title: &str,
        legend: &[(&str, &str)],
    ) {
        let mut x = self.time.lengths().0;
        drawing.text((x, y), Anchor::Start, "bp-text bp-head", title);
        x += 84.0;
        for (class, label) in legend {
            let is_line = matches!(*class, "bp-instances" | "bp-desired" | "bp-reservation");
            if is_line {
                drawing.line((x, y - 4.0), (x + 20.0, y - 4.0), class);
            } else {
                drawing.rect((x + 6.0, y - 10.0), (12.0, 12.0), class);
            }
            drawing.text((x + 26.0, y), Anchor::Start, "bp-soft", label);
            // Letters of 12 px are about 6.2 wide.
            x += 26.0 + 6.2 * label.chars().count() as f64 + 22.0;
        }
    }

    /// Labels of the left axis.
    pub(super) fn left_axis(&self, drawing: &mut Drawing) {
        let left = self.time.lengths().0;
        for tick in multiples(0.0, self.values.end(), self.step) {
            let y = self.values.at(tick) + 4.0;
            drawing.text((left - 8.0, y), Anchor::End, "bp-soft", &thousands(tick));
        }
    }

    /// Labels of a right axis in percent, up to `largest`; answers its scale.
    pub(super) fn right_axis(&self, drawing: &mut Drawing, largest: f64) -> Scale {
        let step = round_step(largest, 4.0).max(25.0);
        let end = (largest / step).ceil() * step;
        let scale = Scale::new((0.0, end), (self.bottom, self.top));
        let right = self.time.lengths().1;
        for tick in multiples(0.0, end, step) {
            let label = format!("{} %", number(tick));
            drawing.text(
                (right + 8.0, scale.at(tick) + 4.0),
                Anchor::Start,
                "bp-right",
                &label,
            );
        }
        scale
    }

    /// A step line.
    pub(super) fn line(&self, drawing: &mut Drawing, series: &Series, scale: &Scale, class: &str) {
        let path = self.path(&series.corners(), scale);
        drawing.path(&format!("M{path}"), class);
    }

    /// The area between two step lines; nothing where they are the same.
    pub(super) fn area(&self, drawing: &mut Drawing, lower: &Series, upper: &Series, class: &str) {
        let there = self.path(&upper.corners(), &self.values);
        let mut corners = lower.corners();
        corners.reverse();
        let back = self.path(&corners, &self.values);
        if lower.steps != upper.steps {
            drawing.path(&format!("M{there}L{back}Z"), class);
        }
    }

    fn path(&self, corners: &[(f64, f64)], scale: &Scale) -> String {
        let points = corners.iter().map(|&(time, value)| {
            format!("{} {}", number(self.time.at(time)), number(scale.at(value)))
        });
        points.collect::<Vec<_>>().join("L")
    }

    /// The axes' lines, over what was drawn.
    pub(super) fn border(&self, drawing: &mut Drawing) {
        let (left, right) = self.time.lengths();
        drawing.line((left, self.bottom), (right, self.bottom), "bp-axis");
        drawing.line((left, self.top), (left, self.bottom), "bp-axis");
    }
}

/// A whole number with thin spaces between thousands.
fn thousands(value: f64) -> String {
    let digits = number(value);
    let mut grouped = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            grouped.push('\u{2009}');
        }
        grouped.push(digit);
    }
    grouped
}

//! Trade-off curves as small charts: geometry only; the template draws it as inline SVG.

mod over_time;
mod sizes;

use rust_decimal::prelude::ToPrimitive;
use serde::Serialize;

use crate::domain::money::UsdPerHour;
use crate::report::wording::{curve_setting, curve_title, no_point, solver_failed};
use crate::report::words;
use crate::sweep::trade_offs::{Curve, CurveOutcome, CurvePoint};

pub(super) use over_time::{moves, week};
pub(super) use sizes::sizes;

/// Size of a chart in user units, pixels at natural size.
const WIDTH: f64 = 360.0;
const HEIGHT: f64 = 220.0;
/// Edges of the plot.
const LEFT: f64 = 58.0;
const RIGHT: f64 = WIDTH - 18.0;
const TOP: f64 = 26.0;
const BOTTOM: f64 = HEIGHT - 44.0;
/// Lines across a chart, about.
const GRID_LINES: f64 = 4.0;

/// A curve with its charts.
#[derive(Serialize)]
pub(super) struct Curves {
    title: String,
    charts: Vec<Chart>,
    notes: Vec<String>,
}

#[derive(Serialize)]
struct Chart {
    width: f64,
    height: f64,
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
    middle: f64,
    title: String,
    about: String,
    x_title: &'static str,
    x_ticks: Vec<Tick>,
    y_ticks: Vec<Tick>,
    lines: Vec<Line>,
}

#[derive(Serialize)]
struct Tick {
    at: String,
    text: String,
}

#[derive(Serialize)]
struct Line {
    class: &'static str,
    name: &'static str,
    points: Vec<Point>,
    path: String,
}

#[derive(Serialize)]
struct Point {
    x: String,
    y: String,
    label_y: String,
    /// Where the label begins: labels at the edges stay inside.
    anchor: &'static str,
    text: String,
}

/// A line before it is scaled.
struct Series {
    class: &'static str,
    name: &'static str,
    points: Vec<(f64, f64)>,
}

/// Every curve.
pub(super) fn curves(curves: &[Curve]) -> Vec<Curves> {
    curves.iter().map(draw).collect()
}

fn draw(curve: &Curve) -> Curves {
    let found = || {
        let outcome = |point: &CurvePoint| point.outcome.clone().ok().map(|o| (point.setting, o));
        curve.points.iter().filter_map(outcome)
    };
    let month = |rate: UsdPerHour| rate.usd_per_month().to_f64().unwrap_or(0.0);
    let cost = found().map(|(x, o)| (x, month(o.usd_per_hour))).collect();
    let bound = |(x, o): (f64, CurveOutcome)| Some((x, month(o.bound_usd_per_hour?)));
    let bounds = found().filter_map(bound).collect();
    let below = |(x, o): (f64, CurveOutcome)| Some((x, o.robustness?.mean_minutes_below));
    let below: Vec<(f64, f64)> = found().filter_map(below).collect();
    let mut charts = Vec::new();
    let line = |class, name, points| Series {
        class,
        name,
        points,
    };
    let bill = vec![
        line("bound", "proven bound", bounds),
        line("cost", "planned", cost),
    ];
    let title = if curve.of_ideal {
        "USD per month, best packing"
    } else {
        "USD per month, fleet that ECS can fill"
    };
    charts.extend(chart(curve, title, bill));
    if !below.is_empty() {
        let title = "Minutes a month below minimum, mean of services";
        charts.extend(chart(curve, title, vec![line("risk", "minutes", below)]));
    }
    let notes = (curve.points.iter())
        .filter_map(|point| {
            let why = match &point.outcome {
                Ok(found) => solver_failed(found.solver_failed.as_ref()?),
                Err(why) => no_point(why),
            };
            let (setting, at) = (curve_setting(curve.varied), tidy(point.setting));
            Some(format!("{setting} {at}: {why}"))
        })
        .collect();
    Curves {
        title: curve_title(curve.varied).to_owned(),
        charts,
        notes,
    }
}

/// A number without needless decimals.
fn tidy(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn chart(curve: &Curve, title: &str, series: Vec<Series>) -> Option<Chart> {
    let xs: Vec<f64> = curve.points.iter().map(|point| point.setting).collect();
    chart_over(&xs, curve_setting(curve.varied), title, series)
}

/// Lines over values that rise from left to right.
fn chart_over(
    xs: &[f64],
    x_title: &'static str,
    title: &str,
    series: Vec<Series>,
) -> Option<Chart> {
    let ys = || {
        series
            .iter()
            .flat_map(|line| line.points.iter().map(|p| p.1))
    };
    let (low, high) = (ys().fold(f64::MAX, f64::min), ys().fold(f64::MIN, f64::max));
    if low > high {
        return None;
    }
    let step = round_step((high - low).max(high.abs() * 0.02).max(1e-6));
    let (low, high) = ((low / step).floor() * step, (high / step).ceil() * step);
    let high = if high > low { high } else { low + step };
    let (first, last) = (*xs.first()?, *xs.last()?);
    let x_at = |x: f64| LEFT + (x - first) / (last - first).max(1e-9) * (RIGHT - LEFT);
    let y_at = |y: f64| BOTTOM - (y - low) / (high - low) * (BOTTOM - TOP);
    let mut y_ticks = Vec::new();
    let mut y = low;
    while y <= high + step / 2.0 {
        y_ticks.push(Tick {
            at: place(y_at(y)),
            text: words::grouped(&tidy(y)),
        });
        y += step;
    }
    let about = about(x_title, title, &series);
    let lines = (series.into_iter())
        .filter(|line| !line.points.is_empty())
        .map(|line| scaled(&line, x_at, y_at))
        .collect();
    Some(Chart {
        width: WIDTH,
        height: HEIGHT,
        left: LEFT,
        right: RIGHT,
        top: TOP,
        bottom: BOTTOM,
        middle: f64::midpoint(LEFT, RIGHT),
        title: title.to_owned(),
        about,
        x_title,
        x_ticks: (xs.iter())
            .map(|&x| Tick {
                at: place(x_at(x)),
                text: tidy(x),
            })
            .collect(),
        y_ticks,
        lines,
    })
}

fn place(length: f64) -> String {
    format!("{length:.1}")
}

fn scaled(line: &Series, x_at: impl Fn(f64) -> f64, y_at: impl Fn(f64) -> f64) -> Line {
    let last = line.points.len().saturating_sub(1);
    let points: Vec<Point> = (line.points.iter().enumerate())
        .map(|(number, &(x, y))| Point {
            x: place(x_at(x)),
            y: place(y_at(y)),
            label_y: place(y_at(y) - 9.0),
            anchor: match number {
                0 => "start",
                number if number == last => "end",
                _ => "middle",
            },
            text: label(y),
        })
        .collect();
    let path: Vec<String> = points.iter().map(|p| format!("{},{}", p.x, p.y)).collect();
    Line {
        class: line.class,
        name: line.name,
        points,
        path: path.join(" "),
    }
}

/// A value in a few figures.
fn label(value: f64) -> String {
    if value.abs() < 10.0 {
        tidy(value)
    } else {
        words::grouped(&format!("{value:.0}"))
    }
}

/// The chart in words, for those who do not see it.
fn about(x_title: &str, title: &str, series: &[Series]) -> String {
    let lines: Vec<String> = (series.iter().filter(|line| !line.points.is_empty()))
        .map(|line| {
            let points: Vec<String> = (line.points.iter())
                .map(|(x, y)| format!("{} at {}", label(*y), tidy(*x)))
                .collect();
            format!("{}: {}", line.name, points.join(", "))
        })
        .collect();
    format!("{title} by {x_title}. {}", lines.join(". "))
}

/// A step of 1, 2 or 5 times a power of ten that cuts a span into a few parts.
fn round_step(span: f64) -> f64 {
    let rough = span / GRID_LINES;
    let power = 10_f64.powf(rough.log10().floor());
    let factor = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .find(|f| power * f >= rough);
    power * factor.unwrap_or(10.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_round() {
        assert!((round_step(900.0) - 500.0).abs() < 1e-9);
        assert!((round_step(0.07) - 0.02).abs() < 1e-9);
        assert_eq!(tidy(2.50), "2.5");
        assert_eq!(tidy(100.0), "100");
    }
}

//! Trade-off curves as small charts: geometry only; the template draws it as inline SVG.

use rust_decimal::prelude::ToPrimitive;
use serde::Serialize;

use crate::domain::money::UsdPerHour;
use crate::domain::plan::FleetPlan;
use crate::domain::text::visible_start;
use crate::report::cost::SHOWN;
use crate::report::cost::sizes::SizesFound;
use crate::report::cost::week::{self, DAYS};
use crate::report::wording::{curve_setting, curve_title, no_point, solver_failed};
use crate::report::words;
use crate::rightsize::{DayOfUse, Proposal, days_of_use};
use crate::sweep::trade_offs::{Curve, CurveOutcome, CurvePoint};

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

/// A plan around today's fleet: cost against restarts, and the bill wave after wave.
pub(super) fn moves(plan: &FleetPlan) -> Option<Curves> {
    let moves = plan.moves.as_ref()?;
    let month = |rate: UsdPerHour| rate.usd_per_month().to_f64().unwrap_or(0.0);
    let line = |class, name, points| Series {
        class,
        name,
        points,
    };
    #[allow(clippy::cast_precision_loss, reason = "a place on a picture")]
    let at = |restarts: u64| restarts as f64;
    let restarts: Vec<f64> = moves
        .frontier
        .iter()
        .map(|point| at(point.restarts))
        .collect();
    let points = || {
        moves
            .frontier
            .iter()
            .map(|point| (at(point.restarts), point))
    };
    let cost = points()
        .map(|(x, point)| (x, month(point.usd_per_hour)))
        .collect();
    let bound = points().filter_map(|(x, point)| Some((x, month(point.bound_usd_per_hour?))));
    let against = vec![
        line("bound", "proven bound", bound.collect()),
        line("cost", "best packing found", cost),
    ];
    let waves = || (1_u64..).map(at).zip(&moves.waves);
    let numbers: Vec<f64> = waves().map(|(number, _)| number).collect();
    let after = waves().map(|(number, wave)| (number, month(wave.usd_per_hour)));
    let peak = waves().map(|(number, wave)| (number, month(wave.peak_usd_per_hour)));
    let order = vec![
        line("risk", "while it lasts", peak.collect()),
        line("cost", "after it", after.collect()),
    ];
    let charts: Vec<Chart> = [
        chart_over(
            &restarts,
            "tasks restarted",
            "USD per month, best packing",
            against,
        ),
        chart_over(&numbers, "wave", "USD per month, instances", order),
    ]
    .into_iter()
    .flatten()
    .collect();
    (!charts.is_empty()).then(|| Curves {
        title: "Cost against restarts, and the bill wave after wave".to_owned(),
        charts,
        notes: (words::not_drained(plan).iter())
            .map(|note| visible_start(note, 500))
            .collect(),
    })
}

/// The bill by the hour of a plan over a week, and its mean.
pub(super) fn week(plan: &FleetPlan) -> Option<Curves> {
    if plan.cost.periods.is_empty() {
        return None;
    }
    let usd = |rate: UsdPerHour| rate.amount().to_f64().unwrap_or(0.0);
    let hours: Vec<f64> = (plan.groups_usd_by_hour().into_iter()).map(usd).collect();
    #[allow(clippy::cast_precision_loss, reason = "a place on a picture")]
    let at = |hour: usize| hour as f64;
    let end = hours.len();
    // An hour's bill holds from its begin to its end.
    let steps =
        (hours.iter().enumerate()).flat_map(|(hour, &usd)| [(at(hour), usd), (at(hour + 1), usd)]);
    let mean = usd(plan.cost.usd_per_hour);
    let series = vec![
        Series {
            class: "bound",
            name: "mean",
            points: vec![(0.0, mean), (at(end), mean)],
        },
        Series {
            class: "hours",
            name: "bill of the hour",
            points: steps.collect(),
        },
    ];
    let edges = [0.0, at(end)];
    let chart = chart_over(
        &edges,
        "day, UTC",
        "USD per hour by hour of the week",
        series,
    )?;
    let width = (RIGHT - LEFT) / at(DAYS.len());
    let facts = week::facts(plan);
    let chart = Chart {
        about: format!("USD per hour by hour of the week. {}", facts.join(". ")),
        x_ticks: (DAYS.iter().enumerate())
            .map(|(day, name)| Tick {
                at: place(LEFT + width * (at(day) + 0.5)),
                text: (*name).to_owned(),
            })
            .collect(),
        ..chart
    };
    Some(Curves {
        title: "The week".to_owned(),
        charts: vec![chart],
        notes: facts,
    })
}

/// Most services whose use is drawn.
const MOST_DRAWN: usize = 60;

/// What the tasks of each service used at most, day by day, against their size today and as proposed; those first whose size changes.
/// Further services are in the table alone, which the second value counts.
pub(super) fn sizes(found: SizesFound<'_>) -> (Vec<Curves>, usize) {
    let mut drawn: Vec<&Proposal> = found.proposals.iter().collect();
    drawn.sort_by_key(|proposal| !proposal.changes());
    let mut curves: Vec<Curves> = (drawn.into_iter())
        .filter_map(|proposal| of_service(proposal, &days_of_use(found.metrics, &proposal.service)))
        .collect();
    let more = curves.len().saturating_sub(MOST_DRAWN);
    curves.truncate(MOST_DRAWN);
    (curves, more)
}

fn of_service(proposal: &Proposal, days: &[DayOfUse]) -> Option<Curves> {
    let (today, size) = (proposal.today, proposal.size);
    let charts: Vec<Chart> = [
        of_use(
            "CPU units of the busiest task, largest hour of the day",
            days.iter().filter_map(|day| Some((day.ago, day.cpu?))),
            (today.cpu.get(), size.cpu.get()),
        ),
        of_use(
            "MiB of the fullest task, largest of the day",
            days.iter().filter_map(|day| Some((day.ago, day.memory?))),
            (today.memory.get(), size.memory.get()),
        ),
    ]
    .into_iter()
    .flatten()
    .collect();
    (!charts.is_empty()).then(|| Curves {
        title: visible_start(&proposal.service, SHOWN),
        charts,
        notes: (proposal.reasons.iter())
            .map(|reason| visible_start(&reason.to_string(), 500))
            .collect(),
    })
}

fn of_use(
    title: &'static str,
    days: impl Iterator<Item = (i64, f64)>,
    (today, size): (u64, u64),
) -> Option<Chart> {
    #[allow(clippy::cast_precision_loss, reason = "a place on a picture")]
    let (at, of_size) = (|ago: i64| -ago as f64, |size: u64| size as f64);
    let points: Vec<(f64, f64)> = days.map(|(ago, value)| (at(ago), value)).collect();
    let (first, last) = (points.first()?.0, 0.0);
    let first = if first < last { first } else { -1.0 };
    let most = points.iter().map(|point| point.1).fold(0.0, f64::max);
    let about = format!(
        "{title}: at most {} in the days from {} before the last one; today's size {today}, proposed {size}",
        label(most),
        tidy(-first)
    );
    let line = |class, name, points| Series {
        class,
        name,
        points,
    };
    let across = |size: u64| vec![(first, of_size(size)), (last, of_size(size))];
    let series = vec![
        line("hours", "used", points),
        line("bound", "today's size", across(today)),
        line("cost", "proposed size", across(size)),
        // The axis begins at nothing.
        line("axis", "", vec![(first, 0.0)]),
    ];
    let chart = chart_over(
        &[first, first / 2.0, last],
        "days before the last one",
        title,
        series,
    )?;
    let lines = (chart.lines.into_iter())
        .filter(|line| !line.name.is_empty())
        .collect();
    let x_ticks = (chart.x_ticks.into_iter())
        .map(|tick| Tick {
            text: tick.text.trim_start_matches('-').to_owned(),
            ..tick
        })
        .collect();
    Some(Chart {
        about,
        x_ticks,
        lines,
        ..chart
    })
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
    use crate::domain::plan::{FrontierPoint, Moves, Wave};

    #[test]
    fn a_plan_around_today_has_its_frontier_and_its_waves() {
        let mut plan = crate::report::sample::plan();
        assert!(moves(&plan).is_none());
        let usd = |cents: i64| UsdPerHour::from_grid_units(cents * 1_000_000);
        let point = |restarts, cents, bound: Option<i64>| FrontierPoint {
            restarts,
            usd_per_hour: usd(cents),
            bound_usd_per_hour: bound.map(usd),
        };
        let wave = |after, peak| Wave {
            usd_per_hour: usd(after),
            peak_usd_per_hour: usd(peak),
            ..Wave::default()
        };
        plan.moves = Some(Moves {
            frontier: vec![point(0, 300, Some(300)), point(10, 200, None)],
            waves: vec![wave(250, 320)],
            ..Moves::default()
        });
        let drawn = moves(&plan).expect("there is something");
        assert_eq!(drawn.charts.len(), 2);
        let lines: Vec<usize> = (drawn.charts[0].lines.iter())
            .map(|line| line.points.len())
            .collect();
        assert_eq!(lines, [1, 2]);
        assert!(
            drawn.charts[1].about.contains("while it lasts: 2,336 at 1"),
            "{}",
            drawn.charts[1].about
        );
    }

    #[test]
    fn steps_are_round() {
        assert!((round_step(900.0) - 500.0).abs() < 1e-9);
        assert!((round_step(0.07) - 0.02).abs() < 1e-9);
        assert_eq!(tidy(2.50), "2.5");
        assert_eq!(tidy(100.0), "100");
    }
}

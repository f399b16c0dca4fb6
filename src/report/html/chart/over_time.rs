//! What changes over time: a plan around today's fleet, wave after wave, and one over a week, hour by hour.

use rust_decimal::prelude::ToPrimitive;

use crate::domain::money::UsdPerHour;
use crate::domain::plan::FleetPlan;
use crate::domain::text::visible_start;
use crate::report::cost::week::{self, DAYS};
use crate::report::words;

use super::{Chart, Curves, LEFT, RIGHT, Series, Tick, chart_over, place};

/// A plan around today's fleet: cost against restarts, and the bill wave after wave.
pub fn moves(plan: &FleetPlan) -> Option<Curves> {
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
pub fn week(plan: &FleetPlan) -> Option<Curves> {
    if plan.cost.periods.is_empty() {
        return None;
    }
    let usd = |rate: UsdPerHour| rate.amount().to_f64().unwrap_or(0.0);
    let hours: Vec<f64> = (plan.usd_by_hour().into_iter()).map(usd).collect();
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
}

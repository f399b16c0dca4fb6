//! What tasks used day by day, against their sizes.

use crate::domain::text::visible_start;
use crate::report::cost::SHOWN;
use crate::report::cost::sizes::SizesFound;
use crate::rightsize::{DayOfUse, Proposal, days_of_use};

use super::{Chart, Curves, Series, Tick, chart_over, label, tidy};

/// Most services whose use is drawn.
const MOST_DRAWN: usize = 60;

/// What the tasks of each service used at most, day by day, against their size today and as proposed; those first whose size changes.
/// Further services are in the table alone, which the second value counts.
pub fn sizes(found: SizesFound<'_>) -> (Vec<Curves>, usize) {
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

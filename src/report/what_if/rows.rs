//! What the text and the markdown table have in common.

use std::fmt::Write as _;

use crate::domain::money::UsdPerHour;
use crate::domain::plan::Unplaced;
use crate::report::wording;
use crate::report::words::{cents, counted, percent_rounded_up};
use crate::what_if::{Comparison, ComparisonRow};

use super::premises::premise;

/// Headings of the table.
pub const HEADINGS: [&str; 9] = [
    "Scenario",
    "USD/month",
    "Change",
    "Change %",
    "Bound",
    "Gap",
    "Instances",
    "Types",
    "What changes in the fleet",
];
/// Columns that hold numbers.
pub const NUMBERS: [usize; 7] = [1, 2, 3, 4, 5, 6, 7];

/// Fleet changes that a cell names before it says how many more there are.
const NAMED: usize = 3;

/// The first sentence.
pub fn headline(comparison: &Comparison) -> String {
    let count = counted(comparison.scenarios.len() as u64, "scenario");
    let cheapest = (comparison.scenarios.iter())
        .filter_map(|row| Some((row.whole_cost()?, row)))
        .min_by_key(|(cost, _)| *cost);
    let base = comparison.base.whole_cost();
    match (cheapest, base) {
        (Some((cost, row)), Some(base)) if cost < base => format!(
            "{count}; the cheapest is {}: {} USD per month, {} less than the base",
            row.name,
            month(cost),
            percent(base.gap_to(cost)),
        ),
        (Some(_), Some(base)) => format!(
            "{count}, none cheaper than the base: {} USD per month",
            month(base)
        ),
        (Some((cost, row)), None) => format!(
            "{count}; the base cannot be planned whole; the cheapest scenario is {}: {} USD per month",
            row.name,
            month(cost)
        ),
        (None, _) => format!("{count}, none of which can be planned whole"),
    }
}

/// What each scenario with Managed Instances costs more than a base without them, or than the first scenario without them where the
/// base has some, whatever ECS chooses: its bound less that fleet, and the hours of staff that it is worth.
pub fn managed(comparison: &Comparison) -> Vec<String> {
    let own = if comparison.base.managed {
        let mut scenarios = comparison.scenarios.iter();
        scenarios.find(|row| !row.managed && row.whole_cost().is_some())
    } else {
        Some(&comparison.base)
    };
    let Some((own, cost_of_own)) = own.and_then(|own| Some((own, own.whole_cost()?))) else {
        return Vec::new();
    };
    let against = if comparison.base.managed {
        format!("`{}`", own.name)
    } else {
        "the base".to_owned()
    };
    (comparison.scenarios.iter())
        .filter(|row| row.managed && row.is_whole())
        .filter_map(|row| {
            let bound = row.cost.as_ref()?.bound_usd_per_hour?;
            let name = &row.name;
            if bound <= cost_of_own {
                return Some(format!(
                    "{name}: not proven dearer than {against}; the packing found changes the bill by {} USD a month",
                    row.change_usd_per_hour.map_or_else(String::new, signed_month)
                ));
            }
            let more = bound - cost_of_own;
            let mut line = format!(
                "{name}: at least {} USD a month more than {against}, whatever ECS chooses (its bound against {against}'s fleet)",
                month(more)
            );
            if let Some(rate) = comparison.staff_usd_per_hour {
                let hours = more.usd_per_month() / rate;
                let _ = write!(
                    line,
                    ": worth it where running {against}'s instances takes more than {:.1} hours a month at {rate} USD",
                    hours.round_dp(1)
                );
            }
            Some(line)
        })
        .collect()
}

/// What is proven of each scenario that moves a container between tasks and a daemon: bounds and fleets of both sides.
pub fn sidecars(comparison: &Comparison) -> Vec<String> {
    let base = &comparison.base;
    let sides = |row: &ComparisonRow| {
        let bound = row.cost.as_ref().and_then(|cost| cost.bound_usd_per_hour);
        row.whole_cost().zip(bound)
    };
    let Some((base_cost, base_bound)) = sides(base) else {
        return Vec::new();
    };
    (comparison.scenarios.iter())
        .filter(|row| (row.changes.iter()).any(|change| change.starts_with("sidecars.")))
        .filter_map(|row| {
            let (cost, bound) = sides(row)?;
            let name = &row.name;
            Some(if cost < base_bound {
                format!(
                    "{name}: saves at least {} USD a month against any fleet of the base (its fleet against the base's bound), and at \
                     most {} against the base's fleet",
                    month(base_bound - cost),
                    month(base_cost - bound)
                )
            } else if bound > base_cost {
                format!(
                    "{name}: costs at least {} USD a month more than the base's fleet (its bound), and at most {} more than any",
                    month(bound - base_cost),
                    month(cost - base_bound)
                )
            } else {
                format!(
                    "{name}: neither proven cheaper nor dearer; it saves at most {} USD a month, and costs at most {} more",
                    month(base_cost - bound),
                    month(cost - base_bound)
                )
            })
        })
        .collect()
}

/// One line of the table.
pub fn cells(row: &ComparisonRow, ideal: bool) -> Vec<String> {
    let dash = || "-".to_owned();
    let Some(cost) = &row.cost else {
        let mut cells = vec![row.name.clone(), "no plan".to_owned()];
        cells.extend((0..7).map(|_| dash()));
        return cells;
    };
    let star = if row.realised || ideal { "" } else { "*" };
    let bill = if row.is_whole() {
        format!("{}{star}", month(cost.usd_per_hour))
    } else {
        "infeasible".to_owned()
    };
    vec![
        row.name.clone(),
        bill,
        row.change_usd_per_hour.map_or_else(dash, signed_month),
        row.change.map_or_else(dash, signed_percent),
        (cost.bound_usd_per_hour.filter(|_| row.is_whole())).map_or_else(dash, month),
        cost.gap
            .filter(|_| row.is_whole())
            .map_or_else(dash, percent_rounded_up),
        row.instances.to_string(),
        row.instance_types.len().to_string(),
        fleet_changes(row),
    ]
}

fn fleet_changes(row: &ComparisonRow) -> String {
    let mut changes: Vec<(&String, i64)> = row.fleet_changes.iter().map(|(k, n)| (k, *n)).collect();
    changes
        .sort_by_key(|(kind, change)| (std::cmp::Reverse(change.unsigned_abs()), (*kind).clone()));
    let mut named: Vec<String> = (changes.iter().take(NAMED))
        .map(|(kind, change)| format!("{change:+} {kind}"))
        .collect();
    if changes.len() > NAMED {
        let more = (changes.len() - NAMED) as u64;
        named.push(format!("and {}", counted(more, "more type")));
    }
    if named.is_empty() {
        "-".to_owned()
    } else {
        named.join(", ")
    }
}

/// Why rows have no cost, a line each.
pub fn reasons(comparison: &Comparison) -> Vec<String> {
    (std::iter::once(&comparison.base).chain(&comparison.scenarios))
        .filter_map(|row| {
            let why = row.error.clone().or_else(|| unplaced(row))?;
            Some(format!("{}: {why}", row.name))
        })
        .collect()
}

/// Tasks without a place, the services with most of them with their reasons.
fn unplaced(row: &ComparisonRow) -> Option<String> {
    let tasks: u64 = row.unplaced.iter().map(|unplaced| unplaced.count).sum();
    let mut services: Vec<&Unplaced> = row.unplaced.iter().collect();
    services.sort_by_key(|unplaced| std::cmp::Reverse(unplaced.count));
    let named: Vec<String> = (services.iter().take(NAMED))
        .map(|unplaced| {
            let why = wording::reasons(unplaced).join("; ");
            format!("{} of {} ({why})", unplaced.count, unplaced.service_name)
        })
        .collect();
    let more = services.len().saturating_sub(NAMED) as u64;
    let rest = if more > 0 {
        format!(", and those of {}", counted(more, "more service"))
    } else {
        String::new()
    };
    (tasks > 0).then(|| {
        let tasks = counted(tasks, "task");
        format!("{tasks} without a place: {}{rest}", named.join(", "))
    })
}

/// What the scenarios change, where their names do not say it.
pub fn changes(comparison: &Comparison) -> Vec<String> {
    (comparison.scenarios.iter())
        .filter(|row| row.changes.join(", ") != row.name)
        .map(|row| format!("{}: {}", row.name, row.changes.join(", ")))
        .collect()
}

/// What the figures rest on.
pub fn caveats(comparison: &Comparison) -> Vec<String> {
    let mut lines: Vec<String> = comparison.premises.iter().map(premise).collect();
    let rows = || std::iter::once(&comparison.base).chain(&comparison.scenarios);
    if !comparison.ideal && rows().any(|row| row.cost.is_some() && row.is_whole() && !row.realised)
    {
        lines.push("* the best packing; no groups that ECS fills in every order of arrival stand behind it".to_owned());
    }
    lines
}

fn month(amount: UsdPerHour) -> String {
    crate::report::words::group_thousands(&format!("{:.2}", amount.usd_per_month()))
}

fn signed_month(change: UsdPerHour) -> String {
    use rust_decimal::prelude::ToPrimitive;
    let amount = change.usd_per_month().to_f64().unwrap_or(f64::NAN);
    let sign = if amount > 0.0 {
        "+"
    } else if amount < 0.0 {
        "-"
    } else {
        ""
    };
    format!("{sign}{}", cents(amount.abs()))
}

fn signed_percent(fraction: f64) -> String {
    let percent = fraction * 100.0;
    if percent.abs() < 0.005 {
        "0.00 %".to_owned()
    } else {
        format!("{percent:+.2} %")
    }
}

fn percent(fraction: f64) -> String {
    format!("{:.2} %", fraction * 100.0)
}

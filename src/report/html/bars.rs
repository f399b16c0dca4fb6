//! Breakdowns of the bill as bars.

use serde::Serialize;

use crate::domain::text::visible_start;
use crate::report::cost::SHOWN;
use crate::report::cost::document::CostReport;
use crate::report::cost::table::{Cell, EFFECTIVE_COST, SHARE_OF_BILL, Table};
use crate::report::words;

/// Bars of one breakdown; the rest is one bar.
const MOST_BARS: usize = 12;

/// One breakdown.
#[derive(Serialize)]
pub(super) struct Breakdown {
    title: &'static str,
    table: &'static str,
    key: &'static str,
    bars: Vec<Bar>,
}

#[derive(Serialize)]
struct Bar {
    name: String,
    usd: String,
    share: String,
    percent: String,
}

/// The breakdowns in the order in which people ask for them.
pub(super) fn breakdowns(report: &CostReport<'_>) -> Vec<Breakdown> {
    [
        "services",
        "cost_by_tag",
        "cost_by_capacity_provider",
        "cost_by_purchase_option",
        "cost_by_zone",
        "cost_by_instance_type",
    ]
    .into_iter()
    .filter_map(|name| report.table(name))
    .filter(|table| !table.rows.is_empty())
    .map(breakdown)
    .collect()
}

fn breakdown(table: &Table) -> Breakdown {
    let cost = column(table, EFFECTIVE_COST.name);
    let share = column(table, SHARE_OF_BILL.name);
    let largest = (table.rows.iter())
        .filter_map(|row| row[share].number())
        .fold(0.0, f64::max);
    let bar = |name: String, usd: &Cell, part: f64| Bar {
        name,
        usd: usd.shown(EFFECTIVE_COST.kind),
        share: Cell::from(part).shown(SHARE_OF_BILL.kind),
        percent: if largest > 0.0 {
            format!("{:.2}", (part / largest).clamp(0.0, 1.0) * 100.0)
        } else {
            "0".to_owned()
        },
    };
    let mut bars: Vec<Bar> = (table.rows.iter().take(MOST_BARS))
        .map(|row| {
            let name = visible_start(&row[0].shown(table.columns[0].kind), SHOWN);
            bar(name, &row[cost], row[share].number().unwrap_or(0.0))
        })
        .collect();
    let rest = &table.rows[bars.len()..];
    if !rest.is_empty() {
        let usd = (rest.iter())
            .filter_map(|row| match &row[cost] {
                Cell::Decimal(amount) => Some(*amount),
                _ => None,
            })
            .sum();
        let part = rest.iter().filter_map(|row| row[share].number()).sum();
        let name = format!("{} others", words::count(rest.len() as u64));
        bars.push(bar(name, &Cell::Decimal(usd), part));
    }
    Breakdown {
        title: table.title,
        table: table.name,
        key: table.columns[0].title,
        bars,
    }
}

fn column(table: &Table, name: &str) -> usize {
    (table.columns.iter())
        .position(|column| column.name == name)
        .expect("every breakdown has a cost and a share")
}

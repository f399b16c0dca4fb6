//! The comparison for spreadsheets: one line per row, the base first.

use ::csv::Writer;

use crate::io::csv_cell::text_cell;
use crate::what_if::{Comparison, ComparisonRow};

/// Headings, in order.
pub const COLUMNS: [&str; 17] = [
    "scenario",
    "region",
    "status",
    "usd_per_hour",
    "usd_per_month",
    "change_usd_per_hour",
    "change",
    "bound_usd_per_hour",
    "gap",
    "ideal_usd_per_hour",
    "realised",
    "instances",
    "groups",
    "instance_types",
    "changes",
    "unplaced_tasks",
    "error",
];

/// The whole table; what is not known is an empty cell.
#[must_use]
pub fn render(comparison: &Comparison) -> String {
    let mut writer = Writer::from_writer(Vec::new());
    let mut write = |record: [String; 17]| {
        (writer.write_record(record))
            .expect("as many cells a record as headings, written to memory");
    };
    write(COLUMNS.map(str::to_owned));
    for row in std::iter::once(&comparison.base).chain(&comparison.scenarios) {
        write(record(row));
    }
    let bytes = writer.into_inner().expect("flushing to memory");
    String::from_utf8(bytes).expect("cells are UTF-8")
}

fn record(row: &ComparisonRow) -> [String; 17] {
    let cost = row.cost.as_ref();
    let text = |value: Option<String>| value.unwrap_or_default();
    let status = row.status.map(|status| status.word().to_owned());
    let types: Vec<String> = (row.instance_types.iter())
        .map(|(kind, count)| format!("{kind}={count}"))
        .collect();
    [
        text_cell(&row.name),
        text_cell(&row.region),
        text(status),
        text(cost.map(|cost| cost.usd_per_hour.to_string())),
        text(cost.map(|cost| cost.usd_per_hour.usd_per_month().to_string())),
        text(row.change_usd_per_hour.map(|change| change.to_string())),
        text(row.change.map(|change| change.to_string())),
        text(
            cost.and_then(|cost| cost.bound_usd_per_hour)
                .map(|bound| bound.to_string()),
        ),
        text(cost.and_then(|cost| cost.gap).map(|gap| gap.to_string())),
        text(cost.map(|cost| cost.ideal_usd_per_hour.to_string())),
        row.realised.to_string(),
        row.instances.to_string(),
        row.groups.to_string(),
        text_cell(&types.join(";")),
        text_cell(&row.changes.join(";")),
        row.unplaced
            .iter()
            .map(|unplaced| unplaced.count)
            .sum::<u64>()
            .to_string(),
        text_cell(row.error.as_deref().unwrap_or_default()),
    ]
}

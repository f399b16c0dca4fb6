//! The report as a JSON document, version 1: every table as a list of objects.

use serde_json::{Map, Value, json};

use crate::io::plan_document::PlanDocument;
use crate::report::wording;

use super::comparison::Comparison;
use super::document::CostReport;
use super::table::{Cell, Table};

/// The document.
#[must_use]
pub fn render(report: &CostReport<'_>) -> String {
    let plan = report.plan;
    let tables: Map<String, Value> = (report.tables.iter())
        .map(|table| (table.name.to_owned(), rows(table)))
        .collect();
    let PlanDocument {
        catalogue,
        cost,
        unplaced,
        warnings,
        ..
    } = wording::document(plan);
    let document = json!({
        "version": 1,
        "cluster": plan.cluster,
        "region": plan.region,
        "plan": report.subject.plans[report.subject.reported].0,
        "status": plan.status.word(),
        "catalogue": catalogue,
        "cost": cost,
        "budget": report.subject.budget.map(|budget| json!({
            "usdPerMonth": number(&Cell::Decimal(budget)),
            "overUsdPerMonth": report.over_budget().map(|over| number(&Cell::Decimal(over))),
        })),
        "tables": tables,
        "comparisons": report.comparisons.iter().map(comparison).collect::<Vec<_>>(),
        "unplaced": unplaced,
        "warnings": warnings,
        "notes": report.subject.notes,
        "assumptions": report.assumptions,
    });
    format!("{document:#}\n")
}

fn comparison(comparison: &Comparison) -> Value {
    json!({
        "before": comparison.before,
        "after": comparison.after,
        "usdPerHourBefore": comparison.before_usd_per_hour,
        "usdPerHourAfter": comparison.after_usd_per_hour,
        "cost_change": rows(&comparison.causes),
        "changes_by_service": rows(&comparison.services),
        "changes_by_offering": rows(&comparison.offerings),
        "notes": comparison.notes,
    })
}

fn rows(table: &Table) -> Value {
    let objects = table.rows.iter().map(|row| {
        let cells = table.columns.iter().zip(row);
        let object: Map<String, Value> = cells
            .map(|(column, cell)| (column.name.to_owned(), value(cell)))
            .collect();
        Value::Object(object)
    });
    Value::Array(objects.collect())
}

fn value(cell: &Cell) -> Value {
    match cell {
        Cell::Empty => Value::Null,
        Cell::Text(text) => Value::from(text.as_str()),
        Cell::Integer(count) => Value::from(*count),
        Cell::Decimal(_) | Cell::Number(_) => number(cell),
    }
}

fn number(cell: &Cell) -> Value {
    cell.number().map_or(Value::Null, Value::from)
}

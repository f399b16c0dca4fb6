//! What was billed against the model, as a table.

use rust_decimal::Decimal;

use crate::billed::{Compared, Comparison, Subject};

use super::table::{Cell, Column, Kind, Table, column, text};

const COLUMNS: &[Column] = &[
    text("ServiceName", "AWS service"),
    text("x_What", "What"),
    text("x_PurchaseOption", "Purchase option"),
    column("ConsumedQuantity", "Hours billed", Kind::Decimal(1)),
    column("x_ModelHours", "Hours of the model", Kind::Decimal(1)),
    column("EffectiveCost", "Billed, USD", Kind::Decimal(2)),
    column("x_ModelCost", "Model, USD", Kind::Decimal(2)),
    column("x_Difference", "Difference", Kind::Decimal(2)),
    column("x_OfHours", "Of hours", Kind::Decimal(2)),
    column("x_OfCommitments", "Of commitments", Kind::Decimal(2)),
    column("x_OfPrices", "Of prices", Kind::Decimal(2)),
    column("x_NotModelled", "Not in the model", Kind::Decimal(2)),
    text("x_Why", "Why"),
];

/// One type, volume, service or unused commitment a row, and their sum.
#[must_use]
pub fn table(comparison: &Comparison) -> Table {
    let rows = comparison.rows.iter().map(row);
    Table {
        name: "billed",
        title: "Billed against the model",
        about: "What was billed in the hours of the bill against today's fleet in all of them; the parts of a difference add up to it.",
        columns: COLUMNS,
        rows: rows.chain([sum(&comparison.rows)]).collect(),
    }
}

fn row(row: &Compared) -> Vec<Cell> {
    let (service, what, purchase) = match &row.subject {
        Subject::Instances {
            instance_type,
            spot,
        } => (
            "Amazon Elastic Compute Cloud",
            instance_type.as_str(),
            if *spot { "spot" } else { "on-demand" },
        ),
        Subject::Volumes => ("Amazon Elastic Block Store", "gp3 storage", ""),
        Subject::UnusedCommitments => ("", "commitments that were not used", ""),
        Subject::Other { service, usage } => (service.as_str(), usage.as_str(), ""),
    };
    vec![
        service.into(),
        what.into(),
        purchase.into(),
        decimal(row.billed_hours),
        decimal(row.model_hours),
        Cell::Decimal(row.billed),
        Cell::Decimal(row.model),
        Cell::Decimal(row.billed - row.model),
        Cell::Decimal(row.of_hours),
        Cell::Decimal(row.of_commitments),
        Cell::Decimal(row.of_prices),
        Cell::Decimal(row.not_modelled),
        why(row).into(),
    ]
}

fn decimal(value: Option<Decimal>) -> Cell {
    value.map_or(Cell::Empty, Cell::Decimal)
}

/// The largest part of a difference in words.
fn why(row: &Compared) -> &'static str {
    let cent = Decimal::new(1, 2);
    let parts = [
        (row.of_hours, of_hours(row)),
        (
            row.of_commitments,
            "commitments: paid at their rates, or not used",
        ),
        (
            row.of_prices,
            "the bill's price is another than the catalogue's",
        ),
        (row.not_modelled, "not part of the model of a fleet"),
    ];
    let largest = parts.into_iter().max_by_key(|(part, _)| part.abs());
    match largest {
        Some((part, why)) if part.abs() >= cent => why,
        _ => "as the model says",
    }
}

fn of_hours(row: &Compared) -> &'static str {
    match &row.subject {
        Subject::Volumes => "more or less storage than a root volume for each instance of the file",
        _ if row.model_hours == Some(Decimal::ZERO) => "billed, and no such instance in the file",
        _ if row.of_hours.is_sign_negative() => {
            "fewer hours billed than today's instances would have run"
        }
        _ => "more hours billed than today's instances would have run",
    }
}

fn sum(rows: &[Compared]) -> Vec<Cell> {
    let all = |of: fn(&Compared) -> Decimal| Cell::Decimal(rows.iter().map(of).sum());
    vec![
        "all".into(),
        Cell::Empty,
        Cell::Empty,
        Cell::Empty,
        Cell::Empty,
        all(|row| row.billed),
        all(|row| row.model),
        all(|row| row.billed - row.model),
        all(|row| row.of_hours),
        all(|row| row.of_commitments),
        all(|row| row.of_prices),
        all(|row| row.not_modelled),
        Cell::Empty,
    ]
}

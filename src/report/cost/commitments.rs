//! Commitments as a table.

use crate::domain::commitment::CommitmentKind;
use crate::domain::plan::PlannedCommitment;

use super::table::{Cell, Column, Kind, Table, USD_PER_HOUR, column, fraction, integer, text};

const COLUMNS: &[Column] = &[
    text("CommitmentDiscountCategory", "Commitment"),
    text("CommitmentDiscountType", "Kind"),
    text("x_Of", "Family or type"),
    integer("x_TermYears", "Years"),
    text("x_Payment", "Payment"),
    text("CommitmentDiscountStatus", "State"),
    text("x_Rates", "Rates"),
    USD_PER_HOUR,
    column(
        "x_CoveredUsdPerHour",
        "Covers, at list price",
        Kind::Decimal(4),
    ),
    fraction("x_Utilisation", "Used"),
    fraction("x_Coverage", "Covered of all"),
];

/// One commitment a row, and all of them together.
#[must_use]
pub fn table(said: &PlannedCommitment) -> Table {
    let rows = said.parts.iter().map(|part| {
        vec![
            Cell::from(
                if part.kind == CommitmentKind::Reserved || part.kind.is_capacity() {
                    "Usage"
                } else {
                    "Spend"
                },
            ),
            part.kind.word().into(),
            part.instance_type
                .as_deref()
                .or(part.family.as_deref())
                .into(),
            part.terms.map(|terms| terms.years).into(),
            part.terms.map(|terms| terms.payment.word()).into(),
            (if part.proposed { "proposed" } else { "bought" }).into(),
            (if part.estimated { "estimated" } else { "given" }).into(),
            part.usd_per_hour.into(),
            part.covered_usd_per_hour.into(),
            part.utilisation.into(),
            Cell::Empty,
        ]
    });
    let covered = said.usd_per_hour - said.adjustment_usd_per_hour;
    let all = vec![
        Cell::Empty,
        "all".into(),
        Cell::Empty,
        Cell::Empty,
        Cell::Empty,
        Cell::Empty,
        Cell::Empty,
        said.usd_per_hour.into(),
        covered.into(),
        said.utilisation.into(),
        said.coverage.into(),
    ];
    Table {
        name: "commitments",
        title: "Commitments",
        about: "One commitment a row, bought or proposed, and all of them: coverage is of what could be covered, at list price.",
        columns: COLUMNS,
        rows: rows.chain([all]).collect(),
    }
}

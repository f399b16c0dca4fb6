//! What is seen of clusters together: tables, and what the text says of them.

use std::fmt::Write as _;

use crate::domain::money::UsdPerHour;
use crate::fleet::across::Across;
use crate::fleet::merged::Merged;
use crate::fleet::pooling::{Commitment, Commitments};
use crate::fleet::sizes::{SameService, SizeOfOne};
use crate::report::cost::table::{
    Cell, Column, EFFECTIVE_COST, Kind, Table, column, fraction, integer, per_month, text,
};
use crate::report::words::{count, counted};

use super::totals::month;

const COMMITMENTS: &[Column] = &[
    text("x_UnitId", "Unit"),
    text("RegionId", "Region"),
    text("x_Kind", "Savings Plan"),
    text("x_Family", "Family"),
    integer("x_TermYears", "Years"),
    text("x_Payment", "Payment"),
    text("x_Rates", "Rates"),
    EFFECTIVE_COST,
    column(
        "x_CoveredListCost",
        "Covers at list price, USD per month",
        Kind::Decimal(2),
    ),
    fraction("x_Utilisation", "Used"),
];

const SIZES: &[Column] = &[
    text("x_Service", "Service"),
    text("x_SameBy", "Same by"),
    text("x_UnitId", "Unit"),
    text("x_Cluster", "Cluster"),
    text("RegionId", "Region"),
    text("x_EcsServiceName", "ECS service"),
    integer("x_Cpu", "CPU units"),
    integer("x_MemoryMib", "MiB"),
    integer("x_Tasks", "Tasks"),
    EFFECTIVE_COST,
    column(
        "x_CpuOfSmallest",
        "CPU, times the smallest",
        Kind::Number(2),
    ),
    column(
        "x_MemoryOfSmallest",
        "Memory, times the smallest",
        Kind::Number(2),
    ),
];

const MERGES: &[Column] = &[
    text("x_UnitId", "Unit"),
    text("x_FirstUnitId", "One"),
    text("x_SecondUnitId", "Other"),
    column("x_ApartCost", "Apart, USD per month", Kind::Decimal(2)),
    column(
        "x_TogetherCost",
        "Together, USD per month",
        Kind::Decimal(2),
    ),
    column(
        "x_BoundCost",
        "Together at least, USD per month",
        Kind::Decimal(2),
    ),
    column("x_SavingCost", "Saving, USD per month", Kind::Decimal(2)),
    column(
        "x_MostSavingCost",
        "Saving proven at most, USD per month",
        Kind::Decimal(2),
    ),
    column(
        "x_LeastSavingCost",
        "Saving against any plans of both, USD per month",
        Kind::Decimal(2),
    ),
    text("x_Reason", "Why there is none"),
    text("x_ResultKey", "Result"),
];

/// The tables that have rows.
pub(super) fn tables(across: &Across) -> Vec<Table> {
    let all = [merges(across), commitments(across), sizes(across)];
    all.into_iter()
        .filter(|table| !table.rows.is_empty())
        .collect()
}

fn commitments(across: &Across) -> Table {
    let rows = across
        .commitments
        .as_ref()
        .map_or(&[][..], |found| &found.rows);
    Table {
        name: "commitments",
        title: "Commitments",
        about: "a Savings Plan for one cluster, or, without a unit, for all of them together",
        columns: COMMITMENTS,
        rows: rows.iter().map(commitment).collect(),
    }
}

fn commitment(row: &Commitment) -> Vec<Cell> {
    let rates = if row.estimated { "estimated" } else { "given" };
    vec![
        row.unit.as_deref().unwrap_or_default().into(),
        row.region.as_deref().unwrap_or_default().into(),
        row.kind.word().into(),
        row.family.as_deref().unwrap_or_default().into(),
        row.terms.map(|terms| terms.years).into(),
        row.terms.map_or("", |terms| terms.payment.word()).into(),
        rates.into(),
        per_month(row.usd_per_hour),
        per_month(row.covered_usd_per_hour),
        row.utilisation.into(),
    ]
}

fn sizes(across: &Across) -> Table {
    Table {
        name: "sizes",
        title: "Same service, other sizes",
        about: "a service in one cluster that has another size in another",
        columns: SIZES,
        rows: (across.sizes.iter())
            .flat_map(|same| same.sizes.iter().map(|size| size_of_one(same, size)))
            .collect(),
    }
}

fn size_of_one(same: &SameService, size: &SizeOfOne) -> Vec<Cell> {
    vec![
        same.name.as_str().into(),
        same.by.word().into(),
        size.unit.as_str().into(),
        size.cluster.as_str().into(),
        size.region.as_str().into(),
        size.service.as_str().into(),
        size.cpu.into(),
        size.memory_mib.into(),
        size.tasks.into(),
        per_month(size.usd_per_hour),
        times(size.cpu, same.cpu().0),
        times(size.memory_mib, same.memory_mib().0),
    ]
}

/// How many times one amount is another; nothing where that is 0.
fn times(amount: u64, of: u64) -> Cell {
    if of == 0 {
        return Cell::Empty;
    }
    (amount as f64 / of as f64).into()
}

fn merges(across: &Across) -> Table {
    Table {
        name: "merges",
        title: "Two clusters as one",
        about: "two clusters of one VPC, planned as one",
        columns: MERGES,
        rows: across.merges.iter().map(merge).collect(),
    }
}

fn merge(row: &Merged) -> Vec<Cell> {
    let month = |rate: Option<UsdPerHour>| rate.map_or(Cell::Empty, per_month);
    vec![
        row.unit.as_str().into(),
        row.of[0].as_str().into(),
        row.of[1].as_str().into(),
        month(row.apart),
        month(row.together),
        month(row.bound_together),
        month(row.saving()),
        month(row.most_saving()),
        month(row.least_saving()),
        row.why_not.as_str().into(),
        row.key.as_str().into(),
    ]
}

/// What commitments for all clusters do beside those for each: name, amount, remark.
pub(super) fn facts(across: &Across) -> Vec<(&'static str, String, String)> {
    let Some(found) = &across.commitments else {
        return Vec::new();
    };
    let of = counted(found.clusters, "cluster");
    let own = format!(
        "USD per month for {of}, each for itself: {} less than list price",
        month(found.own_saving)
    );
    let pooled = format!(
        "USD per month for all together: {} less than list price, no amounts of these plans more than {}",
        month(found.pooled_saving),
        month(found.most_saving)
    );
    vec![
        ("Commitments apart", month(found.own), own),
        ("Commitments pooled", month(found.pooled), pooled),
        (
            "Pooling saves",
            month(found.pooled_saving - found.own_saving),
            remark(found),
        ),
    ]
}

fn remark(found: &Commitments) -> String {
    let mut remark = format!(
        "USD per month of {} that can be committed to, at list price",
        month(found.eligible)
    );
    if found.rows.iter().any(|row| row.estimated) {
        remark.push_str("; rates without a file are estimates");
    }
    if !found.unknown_hours.is_empty() {
        let of = counted(found.unknown_hours.len() as u64, "cluster");
        let _ = write!(
            remark,
            "; {of} left out: parts of the week without their hours"
        );
    }
    remark
}

/// A pair in a sentence.
pub(super) fn merge_in_words(row: &Merged) -> String {
    let [first, second] = &row.of;
    let Some(saving) = row.saving() else {
        return format!("{first} and {second}: {}", row.why_not);
    };
    let mut words = if saving > UsdPerHour::ZERO {
        format!("merge {first} and {second}: saves {}", month(saving))
    } else {
        format!(
            "{first} and {second}: no plan was found that saves; the one found costs {} more",
            month(UsdPerHour::ZERO - saving)
        )
    };
    if let Some(most) = row.most_saving() {
        let _ = write!(
            words,
            ", proven at most {}",
            month(most.max(UsdPerHour::ZERO))
        );
    }
    if let Some(least) = row.least_saving() {
        let _ = write!(words, ", and {} against any plans of the two", month(least));
    }
    words
}

/// A service of several sizes in a sentence.
pub(super) fn sizes_in_words(same: &SameService) -> String {
    let range = |(least, most): (u64, u64), unit: &str| {
        if least == most {
            format!("{} {unit}", count(least))
        } else {
            format!("{} to {} {unit}", count(least), count(most))
        }
    };
    let mut units: Vec<&str> = same.sizes.iter().map(|size| size.unit.as_str()).collect();
    units.dedup();
    format!(
        "{}: {}, {} in {}, {} USD per month",
        same.name,
        range(same.cpu(), "CPU units"),
        range(same.memory_mib(), "MiB"),
        counted(units.len() as u64, "cluster"),
        month(same.usd_per_hour())
    )
}

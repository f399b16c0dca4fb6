//! Savings Plans rates from their table.

use super::finding::{self, CatalogueFinding};
use super::price::UNSTATED_BASIS;
use super::table::{Column, Source, Table, TableRow};
pub use crate::domain::commitment::UpfrontPayment;
use crate::domain::money::UsdPerHour;

/// Longest term of a Savings Plan that a file may name, in years.
const LONGEST_TERM_YEARS: u64 = 10;

/// What may be covered by a Savings Plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SavingsPlanKind {
    /// Any instance in any Region, and Fargate.
    Compute,
    /// Instances of one family in one Region.
    Ec2Instance,
}

impl SavingsPlanKind {
    /// Its word in files.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Compute => "compute",
            Self::Ec2Instance => "ec2-instance",
        }
    }
}

/// What an hour of a type costs under a Savings Plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavingsPlanRate {
    /// Instance type.
    pub instance_type: String,
    /// What is bought.
    pub kind: SavingsPlanKind,
    /// Years it binds.
    pub term_years: u64,
    /// How it is paid.
    pub payment: UpfrontPayment,
    /// USD per hour, effective: payments in advance spread over the term.
    pub usd_per_hour: UsdPerHour,
    /// How it is known.
    pub basis: String,
}

/// Reads the rates of `region`.
pub(super) fn read(
    source: Source<'_>,
    region: &str,
) -> (Vec<SavingsPlanRate>, Vec<CatalogueFinding>) {
    let mut table = Table::new(source);
    let region_column = table.required("region");
    let name_column = table.required("instance_type");
    let kind_column = table.required("kind");
    let term_column = table.required("term_years");
    let payment_column = table.required("payment");
    let usd_column = table.required("usd_per_hour");
    let basis_column = table.optional("basis");
    let mut rates = Vec::new();
    let mut known = std::collections::BTreeSet::new();
    while let Some(mut row) = table.next_row() {
        if row.filled(region_column) != Some(region) {
            continue;
        }
        let name = row.filled(name_column);
        let kind = kind(&mut row, kind_column);
        let term_years = term(&mut row, term_column);
        let payment = payment(&mut row, payment_column);
        let usd_per_hour = row.usd(usd_column);
        let (Some(name), Some(kind), Some(term_years), Some(payment), Some(usd_per_hour)) =
            (name, kind, term_years, payment, usd_per_hour)
        else {
            continue;
        };
        if !known.insert((name.to_owned(), kind, term_years, payment)) {
            let what = format!(
                "`{name}`, {}, {term_years} years, {}, in {region}",
                kind.word(),
                payment.word()
            );
            row.duplicate(name_column, &what);
            continue;
        }
        let basis = match row.text(basis_column) {
            "" => UNSTATED_BASIS,
            basis => basis,
        };
        rates.push(SavingsPlanRate {
            instance_type: name.to_owned(),
            kind,
            term_years,
            payment,
            usd_per_hour,
            basis: basis.to_owned(),
        });
    }
    (rates, table.into_findings())
}

fn kind(row: &mut TableRow<'_>, column: Column) -> Option<SavingsPlanKind> {
    let text = row.filled(column)?;
    let kinds = [SavingsPlanKind::Compute, SavingsPlanKind::Ec2Instance];
    let found = kinds.into_iter().find(|kind| kind.word() == text);
    if found.is_none() {
        let cause = format!("`{text}` is not a kind of Savings Plan");
        let remedy = "write compute or ec2-instance";
        row.report(finding::VALUE, column, &cause, remedy);
    }
    found
}

fn payment(row: &mut TableRow<'_>, column: Column) -> Option<UpfrontPayment> {
    let text = row.filled(column)?;
    let ways = [
        UpfrontPayment::None,
        UpfrontPayment::Partial,
        UpfrontPayment::All,
    ];
    let found = ways.into_iter().find(|way| way.word() == text);
    if found.is_none() {
        let cause = format!("`{text}` is not a way of paying");
        let remedy = "write no-upfront, partial-upfront or all-upfront";
        row.report(finding::VALUE, column, &cause, remedy);
    }
    found
}

fn term(row: &mut TableRow<'_>, column: Column) -> Option<u64> {
    let years = row.count(column, 1)?;
    if years > LONGEST_TERM_YEARS {
        let cause = format!("{years} years is no term of a Savings Plan");
        row.report(finding::RANGE, column, &cause, "give years, such as 1 or 3");
        return None;
    }
    Some(years)
}

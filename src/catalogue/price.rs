//! Prices with the basis they rest on.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::finding::CatalogueFinding;
use super::table::{Source, Table};
use crate::domain::money::UsdPerHour;

/// Basis of a price whose file names none.
pub(super) const UNSTATED_BASIS: &str = "file";

/// Whether a basis is too weak to stand without a word in the plan: `unverified` (from memory),
/// `derived…` (computed from other prices) and `metal_equal_size` (the price of a virtual size taken for
/// the bare-metal one). `observed…`, `published…` and `secondary` were seen somewhere, `file` is the user's.
pub fn is_weak_basis(basis: &str) -> bool {
    basis == "unverified" || basis.starts_with("derived") || basis == "metal_equal_size"
}

/// A price per hour and how it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Price {
    /// USD per hour.
    pub usd_per_hour: UsdPerHour,
    /// How it is known: `observed_2026-07`, `derived_ratio`, `unverified` … (`data/README.md`).
    pub basis: String,
}

impl Price {
    /// Whether the basis is too weak to stand without a word ([`is_weak_basis`]).
    pub fn is_weak(&self) -> bool {
        is_weak_basis(&self.basis)
    }
}

/// A price of something other than compute, per its own unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherPrice {
    /// USD per unit.
    pub usd: Decimal,
    /// The unit, such as `gb_month`.
    pub unit: String,
    /// How it is known.
    pub basis: String,
}

impl OtherPrice {
    /// Whether the basis is too weak to stand without a word ([`is_weak_basis`]).
    pub fn is_weak(&self) -> bool {
        is_weak_basis(&self.basis)
    }
}

fn basis_or_unstated(text: &str) -> String {
    if text.is_empty() {
        UNSTATED_BASIS
    } else {
        text
    }
    .to_owned()
}

/// Reads On-Demand prices of `region`, by instance type; every Region that has a row goes to `regions`.
pub(super) fn read_on_demand(
    source: Source<'_>,
    region: &str,
    regions: &mut BTreeSet<String>,
) -> (BTreeMap<String, Price>, Vec<CatalogueFinding>) {
    let mut table = Table::new(source);
    let region_column = table.region_column();
    let name_column = table.required("instance_type");
    let usd_column = table.required("usd_per_hour");
    let basis_column = table.optional("basis");
    let mut prices = BTreeMap::new();
    while let Some(mut row) = table.next_row() {
        if source.region.is_none() {
            let Some(of) = row.filled(region_column) else {
                continue;
            };
            if !regions.contains(of) {
                regions.insert(of.to_owned());
            }
            if of != region {
                continue;
            }
        }
        let name = row.filled(name_column);
        let usd_per_hour = row.usd(usd_column);
        let (Some(name), Some(usd_per_hour)) = (name, usd_per_hour) else {
            continue;
        };
        let basis = basis_or_unstated(row.text(basis_column));
        let price = Price {
            usd_per_hour,
            basis,
        };
        if prices.insert(name.to_owned(), price).is_some() {
            row.duplicate(name_column, &format!("`{name}` in {region}"));
        }
    }
    (prices, table.into_findings())
}

/// Reads the other prices of `region`, by item.
pub(super) fn read_other(
    source: Source<'_>,
    region: &str,
) -> (BTreeMap<String, OtherPrice>, Vec<CatalogueFinding>) {
    let mut table = Table::new(source);
    let item_column = table.required("item");
    let region_column = table.required("region");
    let unit_column = table.required("unit");
    let usd_column = table.required("usd");
    let basis_column = table.optional("basis");
    let mut prices = BTreeMap::new();
    while let Some(mut row) = table.next_row() {
        match row.filled(region_column) {
            Some(of) if of == region => {}
            _ => continue,
        }
        let item = row.filled(item_column);
        let unit = row.filled(unit_column);
        let usd = row.usd(usd_column);
        let (Some(item), Some(unit), Some(usd)) = (item, unit, usd) else {
            continue;
        };
        let price = OtherPrice {
            usd: usd.amount(),
            unit: unit.to_owned(),
            basis: basis_or_unstated(row.text(basis_column)),
        };
        if prices.insert(item.to_owned(), price).is_some() {
            row.duplicate(item_column, &format!("`{item}` in {region}"));
        }
    }
    (prices, table.into_findings())
}

//! The tables as Parquet files, one a table.

use crate::fleet::across::Across;
use crate::fleet::gather::Gathered;
use crate::report::cost::parquet;

use super::{across as together, tables};

/// Names of files and their bytes.
#[must_use]
pub fn render(units: &[Gathered], across: &Across) -> Vec<(&'static str, Vec<u8>)> {
    let mut all = tables::all(units);
    all.extend(together::tables(across));
    (all.iter())
        .map(|table| {
            let name = match table.name {
                "clusters" => "clusters.parquet",
                "instances" => "instances.parquet",
                "services" => "services.parquet",
                "scenarios" => "scenarios.parquet",
                "commitments" => "commitments.parquet",
                "merges" => "merges.parquet",
                "sizes" => "sizes.parquet",
                _ => "failures.parquet",
            };
            (name, parquet::render(table))
        })
        .collect()
}

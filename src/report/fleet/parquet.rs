//! The tables as Parquet files, one a table.

use crate::fleet::gather::Gathered;
use crate::report::cost::parquet;

use super::tables;

/// Names of files and their bytes.
#[must_use]
pub fn render(units: &[Gathered]) -> Vec<(&'static str, Vec<u8>)> {
    (tables::all(units).iter())
        .map(|table| {
            let name = match table.name {
                "clusters" => "clusters.parquet",
                "instances" => "instances.parquet",
                "services" => "services.parquet",
                "scenarios" => "scenarios.parquet",
                _ => "failures.parquet",
            };
            (name, parquet::render(table))
        })
        .collect()
}

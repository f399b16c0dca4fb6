//! The tables as Parquet files, one a table.

use crate::fleet::across::Across;
use crate::fleet::gather::Gathered;
use crate::report::cost::parquet;

use super::{across as together, tables};

/// All files that there may be. What an earlier gathering wrote and this one does not is of other results.
pub const FILES: [&str; 10] = [
    "clusters.parquet",
    "instances.parquet",
    "services.parquet",
    "failures.parquet",
    "scenarios.parquet",
    "scenario-totals.parquet",
    "verdicts.parquet",
    "commitments.parquet",
    "merges.parquet",
    "sizes.parquet",
];

/// Names of files and their bytes.
///
/// # Panics
/// Never: every table has its file, which a test looks at.
#[must_use]
pub fn render(units: &[Gathered], across: &Across) -> Vec<(&'static str, Vec<u8>)> {
    let mut all = tables::all(units);
    all.extend(together::tables(across));
    (all.iter())
        .map(|table| {
            let file = FILES
                .into_iter()
                .find(|file| file.strip_suffix(".parquet") == Some(table.name));
            let file = file.expect("every table has its file");
            (file, parquet::render(table))
        })
        .collect()
}

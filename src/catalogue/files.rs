//! The CSV files that replace embedded figures.

use std::path::{Path, PathBuf};

use super::finding::{self, CatalogueFinding};

/// CSV files, each replacing the embedded figures of its kind. Headings as in `data/`, with a `region`
/// column beside the others wherever figures differ by Region; further columns and any order are accepted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CatalogueFiles {
    /// `instance_type,vcpu,memory_mib,arch,max_enis` and more.
    pub instance_types: Option<PathBuf>,
    /// `region,instance_type,usd_per_hour,basis`.
    pub on_demand_prices: Option<PathBuf>,
    /// `region,az,instance_type,usd_per_hour`.
    pub spot_prices: Option<PathBuf>,
    /// `region,instance_type,savings_pct,interruption_band`.
    pub spot_advisor: Option<PathBuf>,
    /// `region,instance_type,az_ids`.
    pub zone_offerings: Option<PathBuf>,
    /// `region,arch,market,usd_per_vcpu_hour,usd_per_gb_hour,basis`.
    pub fargate_prices: Option<PathBuf>,
    /// `cpu_units,memory_mib`.
    pub fargate_sizes: Option<PathBuf>,
    /// `item,region,unit,usd,basis`.
    pub other_prices: Option<PathBuf>,
}

impl CatalogueFiles {
    /// Whether any file was given.
    pub fn is_any(&self) -> bool {
        *self != Self::default()
    }
}

/// Content of a file that goes by `name`, or what keeps it from being read.
pub(super) fn read(path: &Path, name: &str) -> Result<String, Box<CatalogueFinding>> {
    let failed = |cause: String, remedy: &str| {
        Box::new(CatalogueFinding {
            code: finding::UNREADABLE,
            file: name.to_owned(),
            line: None,
            column: None,
            cause,
            remedy: remedy.to_owned(),
        })
    };
    let bytes = std::fs::read(path)
        .map_err(|error| failed(error.to_string(), "name a CSV file that can be read"))?;
    String::from_utf8(bytes)
        .map_err(|_| failed("it is not UTF-8 text".to_owned(), "save it as UTF-8"))
}

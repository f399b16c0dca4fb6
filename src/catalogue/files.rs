//! The CSV files that replace embedded figures.

use std::path::{Path, PathBuf};

use super::finding::{self, CatalogueFinding};
use super::kind::CatalogueKind;

/// The file of a catalogue directory that says of which day its figures are.
pub const AS_OF_FILE: &str = "as_of.csv";

/// CSV files, each replacing the embedded figures of its kind. Headings as in `data/`, with a `region`
/// column beside the others wherever figures differ by Region; further columns and any order are accepted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct CatalogueFiles {
    /// A directory of such files, named by kind, with `as_of.csv`. What it lacks, or lacks for a Region, stays
    /// embedded; the single files below go before it.
    pub directory: Option<PathBuf>,
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
    /// `region,instance_type,usd_per_hour,basis`.
    pub managed_instances_fees: Option<PathBuf>,
    /// `region,instance_type,kind,term_years,payment,usd_per_hour,basis`.
    pub savings_plan_rates: Option<PathBuf>,
    /// `service,instance_type_glob,discount` of a private agreement, laid over the prices.
    pub rate_card: Option<PathBuf>,
}

impl CatalogueFiles {
    /// The file given for a kind by itself.
    fn single(&self, kind: CatalogueKind) -> Option<&PathBuf> {
        match kind {
            CatalogueKind::InstanceTypes => self.instance_types.as_ref(),
            CatalogueKind::OnDemandPrices => self.on_demand_prices.as_ref(),
            CatalogueKind::SpotPrices => self.spot_prices.as_ref(),
            CatalogueKind::SpotAdvisor => self.spot_advisor.as_ref(),
            CatalogueKind::ZoneOfferings => self.zone_offerings.as_ref(),
            CatalogueKind::FargatePrices => self.fargate_prices.as_ref(),
            CatalogueKind::FargateSizes => self.fargate_sizes.as_ref(),
            CatalogueKind::OtherPrices => self.other_prices.as_ref(),
            CatalogueKind::SavingsPlanRates => self.savings_plan_rates.as_ref(),
            CatalogueKind::ManagedInstancesFees => self.managed_instances_fees.as_ref(),
        }
    }

    /// Where the figures of a kind are read.
    pub(super) fn place(&self, kind: CatalogueKind) -> Place {
        if let Some(path) = self.single(kind) {
            return Place::File(path.clone());
        }
        match &self.directory {
            Some(directory) => match in_directory(directory, kind.file_name()) {
                Some(path) => Place::Directory(path),
                None => Place::Embedded,
            },
            None => Place::Embedded,
        }
    }
}

/// Where the figures of a kind are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// Embedded.
    Embedded,
    /// A file that was named by itself.
    File(PathBuf),
    /// A file of the catalogue directory.
    Directory(PathBuf),
}

/// The path of a file of the directory, unless it is known not to be there.
pub(super) fn in_directory(directory: &Path, name: &str) -> Option<PathBuf> {
    let path = directory.join(name);
    (!matches!(path.try_exists(), Ok(false))).then_some(path)
}

/// What keeps a directory from being read.
pub(super) fn check_directory(directory: &Path) -> Option<CatalogueFinding> {
    let (cause, remedy) = match std::fs::metadata(directory) {
        Ok(found) if found.is_dir() => return None,
        Ok(_) => (
            "it is not a directory".to_owned(),
            "name the directory of the CSV files; a single file has a flag of its own",
        ),
        Err(error) => (
            error.to_string(),
            "name a directory that `bayplan catalogue refresh` wrote, or one with CSV files named as there",
        ),
    };
    Some(CatalogueFinding {
        code: finding::UNREADABLE,
        file: directory.display().to_string(),
        line: None,
        column: None,
        cause,
        remedy: remedy.to_owned(),
    })
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
    let bytes = crate::domain::reading::read_file(path)
        .map_err(|error| failed(error.to_string(), "name a CSV file that can be read"))?;
    String::from_utf8(bytes)
        .map_err(|_| failed("it is not UTF-8 text".to_owned(), "save it as UTF-8"))
}

//! From a document and scenarios to clusters with their catalogues.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::catalogue::{Catalogue, CatalogueFiles};
use crate::domain::cluster::Cluster;
use crate::io::{Change, ClusterDocument, Finding, Findings, ImportOptions, Scenario};

/// A cluster to plan.
#[derive(Debug, Clone)]
pub struct Case {
    /// Name in the table.
    pub name: String,
    /// What is changed, `PATH=VALUE` each.
    pub changes: Vec<String>,
    /// The cluster, changes laid over it.
    pub cluster: Cluster,
    /// Types and prices of its Region, or why there are none.
    pub catalogue: Result<Arc<Catalogue>, String>,
    /// What the importer says about it.
    pub warnings: Vec<Finding>,
}

/// A scenario that is no valid cluster.
#[derive(Debug, Clone)]
pub struct Rejected {
    /// Its name.
    pub name: String,
    /// What is wrong.
    pub findings: Findings,
}

/// Catalogues by Region, each read once.
#[derive(Debug)]
pub struct Catalogues<'a> {
    files: &'a CatalogueFiles,
    known: BTreeMap<String, Result<Arc<Catalogue>, String>>,
}

impl<'a> Catalogues<'a> {
    /// None read yet.
    #[must_use]
    pub fn new(files: &'a CatalogueFiles) -> Self {
        Self {
            files,
            known: BTreeMap::new(),
        }
    }

    /// The catalogue of a Region, or what is wrong with it.
    ///
    /// # Errors
    /// When the files cannot be used, or nothing has a price in the Region.
    pub fn get(&mut self, region: &str) -> Result<Arc<Catalogue>, String> {
        let files = self.files;
        (self.known.entry(region.to_owned()))
            .or_insert_with(|| match Catalogue::load(region, files) {
                Ok(catalogue) => Ok(Arc::new(catalogue)),
                Err(error) => Err(error.to_string()),
            })
            .clone()
    }
}

/// The cluster as it is.
///
/// # Errors
/// Everything that is wrong with the file.
pub fn base_case(
    document: &ClusterDocument,
    options: &ImportOptions,
    catalogues: &mut Catalogues<'_>,
) -> Result<Case, Findings> {
    let imported = document.import(options)?;
    Ok(Case {
        name: "base".to_owned(),
        changes: Vec::new(),
        catalogue: catalogues.get(&imported.cluster.region),
        cluster: imported.cluster,
        warnings: imported.warnings,
    })
}

/// The clusters of all scenarios.
///
/// # Errors
/// Every scenario whose changes lead nowhere or to a file that is not valid.
pub fn prepare(
    document: &ClusterDocument,
    base: &Case,
    scenarios: &[Scenario],
    options: &ImportOptions,
    catalogues: &mut Catalogues<'_>,
) -> Result<Vec<Case>, Vec<Rejected>> {
    let mut cases = Vec::new();
    let mut rejected = Vec::new();
    for scenario in scenarios {
        match case(document, base, scenario, options, catalogues) {
            Ok(case) => cases.push(case),
            Err(findings) => rejected.push(Rejected {
                name: scenario.name.clone(),
                findings,
            }),
        }
    }
    if rejected.is_empty() {
        Ok(cases)
    } else {
        Err(rejected)
    }
}

fn case(
    document: &ClusterDocument,
    base: &Case,
    scenario: &Scenario,
    options: &ImportOptions,
    catalogues: &mut Catalogues<'_>,
) -> Result<Case, Findings> {
    let mut changes: Vec<Change> = scenario.changes.clone();
    let changed = document.with(&changes)?;
    let mut options = options.clone();
    // A Region that a scenario names wins over a flag's.
    if changes.iter().any(|change| change.is_of("region")) {
        options.region = None;
    }
    let region = changed.text("region").map(str::to_owned);
    let mut imported = None;
    if let Some(region) = region.filter(|region| *region != base.cluster.region)
        && !(changes.iter()).any(|change| change.is_of("availabilityZones"))
        && !base.cluster.zones.is_empty()
    {
        let zones = zones_of(&catalogues.get(&region), base.cluster.zones.len());
        changes.push(zones);
        imported = Some(document.with(&changes)?.import(&options)?);
    }
    let imported = match imported {
        Some(imported) => imported,
        None => changed.import(&options)?,
    };
    Ok(Case {
        name: scenario.name.clone(),
        changes: changes.iter().map(Change::label).collect(),
        catalogue: catalogues.get(&imported.cluster.region),
        cluster: imported.cluster,
        warnings: imported.warnings,
    })
}

/// As many zones of another Region as the base has, by id.
fn zones_of(catalogue: &Result<Arc<Catalogue>, String>, count: usize) -> Change {
    let ids = match catalogue {
        Ok(catalogue) => catalogue.all_zone_ids(),
        Err(_) => Vec::new(),
    };
    let ids = ids.into_iter().take(count).collect::<Vec<_>>().join(", ");
    Change::try_new("availabilityZones", &format!("[{ids}]")).expect("a path of one key")
}

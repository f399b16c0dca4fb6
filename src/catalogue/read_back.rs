//! One file by itself, read as a catalogue reads it: for whoever writes such files.

use std::collections::{BTreeMap, BTreeSet};

use super::as_of::FiguresDates;
use super::finding::CatalogueFinding;
use super::kind::CatalogueKind;
use super::table::Source;
use super::{
    CatalogueError, embedded, fargate, files::AS_OF_FILE, price, savings_plans, spot, types, zones,
};

/// How many figures of a Region a file of a kind holds, by the reader that catalogues use. A type or item counts once,
/// a pool by its type.
///
/// # Errors
/// Everything that is wrong in it.
pub fn read_back(kind: CatalogueKind, text: &str, region: &str) -> Result<usize, CatalogueError> {
    let source = Source {
        name: kind.file_name(),
        text,
        region: None,
    };
    let (count, findings) = match kind {
        CatalogueKind::InstanceTypes => counted(types::read(source), Vec::len),
        CatalogueKind::OnDemandPrices | CatalogueKind::ManagedInstancesFees => counted(
            price::read_on_demand(source, region, &mut BTreeSet::new()),
            BTreeMap::len,
        ),
        CatalogueKind::SpotPrices => counted(spot::read_prices(source, region), BTreeMap::len),
        CatalogueKind::SpotAdvisor => counted(spot::read_advisor(source, region), BTreeMap::len),
        CatalogueKind::ZoneOfferings => counted(zones::read(source, region), BTreeMap::len),
        CatalogueKind::FargatePrices => counted(fargate::read_rates(source, region), Vec::len),
        CatalogueKind::FargateSizes => counted(fargate::read_sizes(source), Vec::len),
        CatalogueKind::OtherPrices => counted(price::read_other(source, region), BTreeMap::len),
        CatalogueKind::SavingsPlanRates => counted(savings_plans::read(source, region), Vec::len),
    };
    if findings.is_empty() {
        Ok(count)
    } else {
        Err(CatalogueError { findings })
    }
}

fn counted<T>(
    read: (T, Vec<CatalogueFinding>),
    count: impl Fn(&T) -> usize,
) -> (usize, Vec<CatalogueFinding>) {
    (count(&read.0), read.1)
}

/// The days in the text of an `as_of.csv`.
///
/// # Errors
/// Everything that is wrong in it.
pub fn read_dates(text: &str) -> Result<FiguresDates, CatalogueError> {
    let (dates, findings) = FiguresDates::read(Source {
        name: AS_OF_FILE,
        text,
        region: None,
    });
    if findings.is_empty() {
        Ok(dates)
    } else {
        Err(CatalogueError { findings })
    }
}

/// The days of the embedded figures.
pub fn embedded_dates() -> FiguresDates {
    FiguresDates::read(embedded::AS_OF).0
}

/// The text of the embedded file of a kind that is one file for all Regions.
pub const fn embedded_text(kind: CatalogueKind) -> Option<&'static str> {
    match kind {
        CatalogueKind::InstanceTypes => Some(embedded::INSTANCE_TYPES.text),
        CatalogueKind::FargatePrices => Some(embedded::FARGATE_PRICES.text),
        CatalogueKind::FargateSizes => Some(embedded::FARGATE_SIZES.text),
        CatalogueKind::OtherPrices => Some(embedded::OTHER_PRICES.text),
        _ => None,
    }
}

/// Every embedded file, by name, for whoever has to know whether any of them is another one.
pub fn embedded_files() -> Vec<(&'static str, &'static str)> {
    let common = [
        embedded::INSTANCE_TYPES,
        embedded::FARGATE_PRICES,
        embedded::FARGATE_SIZES,
        embedded::OTHER_PRICES,
        embedded::REGISTERED_MEMORY,
        embedded::REGISTERED_MEMORY_MODEL,
        embedded::AS_OF,
    ];
    let prices = embedded::PRICED_REGIONS.iter();
    let prices = prices.map(|region| embedded::on_demand_prices(region));
    let regional = (embedded::REGIONS.iter()).flat_map(|region| {
        [
            embedded::spot_advisor(region),
            embedded::zone_offerings(region),
        ]
    });
    (common.into_iter().chain(prices).chain(regional))
        .map(|source| (source.name, source.text))
        .collect()
}

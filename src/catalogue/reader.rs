//! Embedded figures and files put together into one Region's catalogue.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::files::{self, CatalogueFiles};
use super::finding::{self, CatalogueError, CatalogueFinding};
use super::region::{Catalogue, CatalogueParts};
use super::table::{Source, Table};
use super::{embedded, fargate, price, spot, types, zones};
use crate::domain::plan::PlanAsOf;

/// Reads what `files` replace from the files and the rest from the embedded figures.
pub(super) fn load(region: &str, files: &CatalogueFiles) -> Result<Catalogue, CatalogueError> {
    let mut findings = Vec::new();
    let mut priced_regions = BTreeSet::new();
    let mut kind = |path: &Option<PathBuf>, embedded: Source<'_>, read: &mut ReadKind<'_>| {
        findings.extend(read_kind(path.as_ref(), embedded, read));
    };
    let mut parts = CatalogueParts {
        region: region.to_owned(),
        from_files: files.is_any(),
        as_of: as_of(region, files),
        ..CatalogueParts::default()
    };
    let embedded_types = embedded::INSTANCE_TYPES;
    kind(&files.instance_types, embedded_types, &mut |source| {
        keep(&mut parts.instance_types, types::read(source))
    });
    let embedded_prices = embedded::on_demand_prices(region);
    kind(&files.on_demand_prices, embedded_prices, &mut |source| {
        let read = price::read_on_demand(source, region, &mut priced_regions);
        keep(&mut parts.on_demand_prices, read)
    });
    let no_spot_prices = Source {
        name: "",
        text: "region,az,instance_type,usd_per_hour\n",
        region: None,
    };
    kind(&files.spot_prices, no_spot_prices, &mut |source| {
        keep(&mut parts.spot_prices, spot::read_prices(source, region))
    });
    let embedded_advisor = embedded::spot_advisor(region);
    kind(&files.spot_advisor, embedded_advisor, &mut |source| {
        keep(&mut parts.spot_savings, spot::read_advisor(source, region))
    });
    let embedded_zones = embedded::zone_offerings(region);
    kind(&files.zone_offerings, embedded_zones, &mut |source| {
        keep(&mut parts.zone_ids, zones::read(source, region))
    });
    let embedded_rates = embedded::FARGATE_PRICES;
    kind(&files.fargate_prices, embedded_rates, &mut |source| {
        keep(
            &mut parts.fargate_rates,
            fargate::read_rates(source, region),
        )
    });
    let embedded_sizes = embedded::FARGATE_SIZES;
    kind(&files.fargate_sizes, embedded_sizes, &mut |source| {
        keep(&mut parts.fargate_sizes, fargate::read_sizes(source))
    });
    let embedded_other = embedded::OTHER_PRICES;
    kind(&files.other_prices, embedded_other, &mut |source| {
        keep(&mut parts.other_prices, price::read_other(source, region))
    });

    if findings.is_empty() && !has_any_price(&parts) {
        findings.push(no_prices(region, files, priced_regions));
    }
    if findings.is_empty() {
        Ok(Catalogue::from_parts(parts))
    } else {
        Err(CatalogueError { findings })
    }
}

type ReadKind<'a> = dyn FnMut(Source<'_>) -> Vec<CatalogueFinding> + 'a;

/// Stores what was read and hands on what was wrong.
fn keep<T>(place: &mut T, read: (T, Vec<CatalogueFinding>)) -> Vec<CatalogueFinding> {
    *place = read.0;
    read.1
}

fn read_kind(
    path: Option<&PathBuf>,
    embedded: Source<'_>,
    read: &mut ReadKind<'_>,
) -> Vec<CatalogueFinding> {
    let Some(path) = path else {
        return read(embedded);
    };
    let name = path.display().to_string();
    match files::read(path, &name) {
        Err(finding) => vec![*finding],
        Ok(text) => read(Source {
            name: &name,
            text: &text,
            region: None,
        }),
    }
}

/// Fargate rates count: a Region without EC2 prices can still hold a cluster on Fargate.
fn has_any_price(parts: &CatalogueParts) -> bool {
    !(parts.on_demand_prices.is_empty()
        && parts.spot_prices.is_empty()
        && parts.fargate_rates.is_empty())
}

fn no_prices(region: &str, files: &CatalogueFiles, in_file: BTreeSet<String>) -> CatalogueFinding {
    let (file, priced) = match &files.on_demand_prices {
        Some(path) => (path.display().to_string(), in_file.into_iter().collect()),
        None => (
            "embedded catalogue".to_owned(),
            embedded::REGIONS.map(str::to_owned).to_vec(),
        ),
    };
    CatalogueFinding {
        code: finding::NO_PRICES,
        file,
        line: None,
        column: None,
        cause: format!("nothing has a price in Region `{region}`"),
        remedy: format!(
            "choose a Region with prices ({}) or give prices of this one",
            priced.join(", ")
        ),
    }
}

/// Dates of the embedded figures that stay in use.
fn as_of(region: &str, files: &CatalogueFiles) -> PlanAsOf {
    let mut table = Table::new(embedded::AS_OF);
    let kind_column = table.required("kind");
    let region_column = table.required("region");
    let date_column = table.required("as_of");
    let mut dates = PlanAsOf {
        on_demand: None,
        spot: None,
        fargate: None,
    };
    while let Some(row) = table.next_row() {
        let of = row.text(region_column);
        let replaced = match row.text(kind_column) {
            "on_demand" => files.on_demand_prices.is_some(),
            "spot" => files.spot_prices.is_some() || files.spot_advisor.is_some(),
            _ => files.fargate_prices.is_some(),
        };
        if replaced || !(of.is_empty() || of == region) {
            continue;
        }
        let date = Some(row.text(date_column).to_owned());
        match row.text(kind_column) {
            "on_demand" => dates.on_demand = date,
            "spot" => dates.spot = date,
            _ => dates.fargate = date,
        }
    }
    dates
}

//! Embedded figures and files put together into one Region's catalogue.

use std::collections::{BTreeMap, BTreeSet};

use super::as_of::FiguresDates;
use super::files::{self, AS_OF_FILE, CatalogueFiles, Place};
use super::finding::{self, CatalogueError, CatalogueFinding};
use super::kind::CatalogueKind;
use super::origin::{FiguresFrom, FiguresUsed};
use super::region::{Catalogue, CatalogueParts};
use super::table::Source;
use super::{embedded, fargate, origin, price, rate_card, savings_plans, spot, types, zones};

/// Reads what `files` replace from the files and the rest from the embedded figures.
pub(super) fn load(region: &str, files: &CatalogueFiles) -> Result<Catalogue, CatalogueError> {
    let mut priced_regions = BTreeSet::new();
    let mut usable = files.clone();
    let no_directory = (files.directory.as_deref()).and_then(files::check_directory);
    if no_directory.is_some() {
        usable.directory = None;
    }
    let files = &usable;
    let mut reader = Reader::new(region, files);
    reader.findings.extend(no_directory);
    let mut parts = CatalogueParts {
        region: region.to_owned(),
        instance_types: reader.kind(
            CatalogueKind::InstanceTypes,
            embedded::INSTANCE_TYPES,
            types::read,
        ),
        on_demand_prices: reader.kind(
            CatalogueKind::OnDemandPrices,
            embedded::on_demand_prices(region),
            |source| price::read_on_demand(source, region, &mut priced_regions),
        ),
        spot_prices: reader.kind(
            CatalogueKind::SpotPrices,
            nothing("region,az,instance_type,usd_per_hour\n"),
            |source| spot::read_prices(source, region),
        ),
        spot_savings: reader.kind(
            CatalogueKind::SpotAdvisor,
            embedded::spot_advisor(region),
            |source| spot::read_advisor(source, region),
        ),
        zone_ids: reader.kind(
            CatalogueKind::ZoneOfferings,
            embedded::zone_offerings(region),
            |source| zones::read(source, region),
        ),
        fargate_rates: reader.kind(
            CatalogueKind::FargatePrices,
            embedded::FARGATE_PRICES,
            |source| fargate::read_rates(source, region),
        ),
        fargate_sizes: reader.kind(
            CatalogueKind::FargateSizes,
            embedded::FARGATE_SIZES,
            fargate::read_sizes,
        ),
        other_prices: reader.kind(
            CatalogueKind::OtherPrices,
            embedded::OTHER_PRICES,
            |source| price::read_other(source, region),
        ),
        managed_instances_fees: reader.kind(
            CatalogueKind::ManagedInstancesFees,
            nothing("region,instance_type,usd_per_hour,basis\n"),
            |source| price::read_on_demand(source, region, &mut BTreeSet::new()),
        ),
        savings_plan_rates: reader.kind(
            CatalogueKind::SavingsPlanRates,
            nothing("region,instance_type,kind,term_years,payment,usd_per_hour\n"),
            |source| savings_plans::read(source, region),
        ),
        ..CatalogueParts::default()
    };
    let card = (files.rate_card.as_deref()).map(|path| read_file(path, &mut rate_card::read));
    let (used, mut findings) = reader.finish();
    parts.from_files = used.iter().any(|used| used.from != FiguresFrom::Embedded);
    parts.from_files |= card.is_some();
    if let Some((card, wrong)) = card {
        parts.public_prices = Some(parts.on_demand_prices.clone());
        rate_card::apply(&card, &mut parts.on_demand_prices, &mut parts.fargate_rates);
        findings.extend(wrong);
    }
    parts.as_of = origin::dates_in_plans(&used);
    parts.used = used;
    if findings.is_empty() && !has_any_price(&parts) {
        findings.push(no_prices(region, files, priced_regions));
    }
    if findings.is_empty() {
        Ok(Catalogue::from_parts(parts))
    } else {
        Err(CatalogueError { findings })
    }
}

/// Embedded figures of a kind of which there are none.
const fn nothing(headings: &'static str) -> Source<'static> {
    Source {
        name: "",
        text: headings,
        region: None,
    }
}

/// Reads kind after kind, and keeps what was wrong and where each came from.
struct Reader<'a> {
    region: &'a str,
    files: &'a CatalogueFiles,
    /// Days of the directory's figures.
    dated: FiguresDates,
    embedded: FiguresDates,
    findings: Vec<CatalogueFinding>,
    used: Vec<FiguresUsed>,
}

impl<'a> Reader<'a> {
    fn new(region: &'a str, files: &'a CatalogueFiles) -> Self {
        let (embedded, findings) = FiguresDates::read(embedded::AS_OF);
        let mut reader = Self {
            region,
            files,
            dated: FiguresDates::default(),
            embedded,
            findings,
            used: Vec::new(),
        };
        if let Some(directory) = &files.directory
            && let Some(path) = files::in_directory(directory, AS_OF_FILE)
        {
            let (dated, findings) = read_file(&path, FiguresDates::read);
            reader.dated = dated;
            reader.findings.extend(findings);
        }
        reader
    }

    /// The figures of a kind. A file of the directory without a row of the Region leaves the embedded ones.
    fn kind<T: Rows + Default>(
        &mut self,
        kind: CatalogueKind,
        embedded: Source<'_>,
        mut read: impl FnMut(Source<'_>) -> (T, Vec<CatalogueFinding>),
    ) -> T {
        let place = self.files.place(kind);
        if let Place::File(path) | Place::Directory(path) = &place {
            let (figures, findings) = read_file(path, &mut read);
            let is_file = matches!(place, Place::File(_));
            let is_used = is_file || figures.has_rows() || !findings.is_empty();
            if is_file
                && kind == CatalogueKind::ManagedInstancesFees
                && !figures.has_rows()
                && findings.is_empty()
            {
                self.findings.push(no_fees(self.region, path));
            }
            self.findings.extend(findings);
            if is_used {
                self.note(
                    kind,
                    if is_file {
                        FiguresFrom::File
                    } else {
                        FiguresFrom::Directory
                    },
                );
                return figures;
            }
        }
        let (figures, findings) = read(embedded);
        self.findings.extend(findings);
        if figures.has_rows() {
            self.note(kind, FiguresFrom::Embedded);
        }
        figures
    }

    fn note(&mut self, kind: CatalogueKind, from: FiguresFrom) {
        let dated = match from {
            FiguresFrom::Embedded => self.embedded.of(kind, self.region),
            FiguresFrom::Directory => self.dated.of(kind, self.region),
            FiguresFrom::File => None,
        };
        self.used.push(FiguresUsed {
            kind,
            from,
            as_of: dated.map(|dated| dated.as_of),
            source: dated.map_or_else(String::new, |dated| dated.source.clone()),
            stands_in: from == FiguresFrom::Embedded && self.files.directory.is_some(),
        });
    }

    fn finish(self) -> (Vec<FiguresUsed>, Vec<CatalogueFinding>) {
        (self.used, self.findings)
    }
}

fn read_file<T: Default>(
    path: &std::path::Path,
    mut read: impl FnMut(Source<'_>) -> (T, Vec<CatalogueFinding>),
) -> (T, Vec<CatalogueFinding>) {
    let name = path.display().to_string();
    match files::read(path, &name) {
        Err(finding) => (T::default(), vec![*finding]),
        Ok(text) => read(Source {
            name: &name,
            text: &text,
            region: None,
        }),
    }
}

/// Figures that know whether there are any.
trait Rows {
    fn has_rows(&self) -> bool;
}

impl<T> Rows for Vec<T> {
    fn has_rows(&self) -> bool {
        !self.is_empty()
    }
}

impl<K, V> Rows for BTreeMap<K, V> {
    fn has_rows(&self) -> bool {
        !self.is_empty()
    }
}

/// Fargate rates count: a Region without EC2 prices can still hold a cluster on Fargate.
fn has_any_price(parts: &CatalogueParts) -> bool {
    !(parts.on_demand_prices.is_empty()
        && parts.spot_prices.is_empty()
        && parts.fargate_rates.is_empty())
}

/// The Regions named are those of the file; a directory's do not hide the embedded ones.
/// A file of fees that says nothing of the Region: the rule's fees are not what was asked for.
fn no_fees(region: &str, path: &std::path::Path) -> CatalogueFinding {
    CatalogueFinding {
        code: finding::NO_PRICES,
        file: path.display().to_string(),
        line: None,
        column: Some("region".to_owned()),
        cause: format!("no row has a fee of ECS Managed Instances in Region `{region}`"),
        remedy: format!(
            "add the rows of `{region}`, or leave the file out: fees are then shares of the On-Demand prices"
        ),
    }
}

fn no_prices(
    region: &str,
    files: &CatalogueFiles,
    mut in_file: BTreeSet<String>,
) -> CatalogueFinding {
    let place = files.place(CatalogueKind::OnDemandPrices);
    if !matches!(place, Place::File(_)) {
        in_file.extend(embedded::PRICED_REGIONS.map(str::to_owned));
    }
    let file = match place {
        Place::File(path) | Place::Directory(path) => path.display().to_string(),
        Place::Embedded => "embedded catalogue".to_owned(),
    };
    let priced: Vec<String> = in_file.into_iter().collect();
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

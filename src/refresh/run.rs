//! A refresh: kind after kind, every Region of it, then the file and its date.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::api::{AskError, CatalogueApi, LeftOut};
use super::ecs_prices::EcsPrices;
use super::lock::DirectoryLock;
use super::new_file::{self, write};
use super::outcome::{Event, Outcome, PartFailure, RefreshError, Why, Written};
use super::sheet::{Row, STORAGE, Sheet, keeps_unanswered};
use super::zones::Zones;
use super::{ecs_prices, instance_types, on_demand, price_list, savings_plans, spot, zones};
use crate::catalogue::{
    AS_OF_FILE, CatalogueError, CatalogueKind, FROM_AWS, FiguresDate, FiguresDates, embedded_dates,
    embedded_text, read_back, read_dates,
};

/// The kinds, cheap ones first: a refresh that is ended early has them.
pub const KINDS: [CatalogueKind; 8] = [
    CatalogueKind::InstanceTypes,
    CatalogueKind::ZoneOfferings,
    CatalogueKind::OnDemandPrices,
    CatalogueKind::FargatePrices,
    CatalogueKind::OtherPrices,
    CatalogueKind::ManagedInstancesFees,
    CatalogueKind::SpotPrices,
    CatalogueKind::SavingsPlanRates,
];

/// Rows of a Region below which fewer are taken as they come.
const FEW_ROWS: usize = 20;

/// Asks for every kind in every Region and replaces the files of `directory`.
///
/// # Errors
/// When the directory cannot be made, another refresh is at work in it, or its dates cannot be read. What fails later is in the
/// outcome.
pub fn refresh(
    api: &dyn CatalogueApi,
    regions: &[String],
    directory: &Path,
    now: Timestamp,
    listener: &dyn Fn(Event<'_>),
) -> Result<Outcome, RefreshError> {
    let path = || directory.to_owned();
    let unusable = |source| RefreshError::Directory {
        path: path(),
        source,
    };
    fs::create_dir_all(directory).map_err(unusable)?;
    let lock = DirectoryLock::take(directory).map_err(unusable)?;
    let Some(_lock) = lock else {
        return Err(RefreshError::AtWork { path: path() });
    };
    new_file::clear(directory);
    let dates = read_old_dates(directory)?;
    let mut refresh = Refresh {
        api,
        directory,
        now,
        listener,
        dates,
        zones: BTreeMap::new(),
        ecs: BTreeMap::new(),
        outcome: Outcome::default(),
    };
    for kind in KINDS {
        refresh.kind(kind, regions);
    }
    Ok(refresh.outcome)
}

fn read_old_dates(directory: &Path) -> Result<FiguresDates, RefreshError> {
    let path = directory.join(AS_OF_FILE);
    let failed = |why: String| RefreshError::Dates {
        path: path.clone(),
        why,
    };
    match fs::read_to_string(&path) {
        Ok(text) => read_dates(&text).map_err(|error| failed(error.to_string())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(FiguresDates::default()),
        Err(error) => Err(failed(error.to_string())),
    }
}

struct Refresh<'a> {
    api: &'a dyn CatalogueApi,
    directory: &'a Path,
    now: Timestamp,
    listener: &'a dyn Fn(Event<'_>),
    dates: FiguresDates,
    /// Answers that several kinds need, by Region. What failed is asked again.
    zones: BTreeMap<String, Zones>,
    ecs: BTreeMap<String, EcsPrices>,
    outcome: Outcome,
}

impl Refresh<'_> {
    /// Refreshes one kind; what fails in one Region leaves its rows as they are.
    fn kind(&mut self, kind: CatalogueKind, regions: &[String]) {
        let mut answered = Vec::new();
        for region in regions {
            (self.listener)(Event::Asks(kind, region));
            let mut left_out = LeftOut::default();
            let asked = self.ask(kind, region, &mut left_out);
            self.left_out(&left_out, region, kind.words());
            match asked {
                Ok(rows) if rows.is_empty() => self.failed(kind, Some(region), Why::Nothing),
                Ok(rows) => match self.readable(kind, region, rows) {
                    Ok(rows) => answered.push((region.clone(), rows)),
                    Err(why) => self.failed(kind, Some(region), why),
                },
                Err(AskError::Failed(failure)) => {
                    self.failed(kind, Some(region), Why::Call(failure));
                }
                Err(AskError::Unusable(why)) => self.failed(kind, Some(region), Why::Answer(why)),
            }
        }
        let answered = self.not_fewer(kind, answered);
        if answered.is_empty() {
            return;
        }
        match self.replace(kind, answered) {
            Ok(written) => {
                (self.listener)(Event::Wrote(&written));
                self.outcome.written.push(written);
                if let Err(why) = self.write_dates() {
                    self.failed(kind, None, why);
                }
            }
            Err(why) => self.failed(kind, None, why),
        }
    }

    /// The answers that do not lose most of what is there: a list that AWS cut short is no list of few prices. Few rows may
    /// well become fewer.
    fn not_fewer(
        &mut self,
        kind: CatalogueKind,
        answered: Vec<(String, Vec<Row>)>,
    ) -> Vec<(String, Vec<Row>)> {
        let path = self.directory.join(kind.file_name());
        let Ok(old) = old_sheet(kind, &path, &self.dates) else {
            return answered;
        };
        let (kept, fewer): (Vec<_>, Vec<_>) = answered.into_iter().partition(|(region, rows)| {
            let before = old.count(region);
            keeps_unanswered(kind) || before < FEW_ROWS || 2 * rows.len() >= before
        });
        for (region, rows) in fewer {
            let (now, before) = (rows.len(), old.count(&region));
            self.failed(kind, Some(&region), Why::Fewer { now, before });
        }
        kept
    }

    /// Says what was left out, where something was.
    fn left_out(&mut self, left_out: &LeftOut, region: &str, what: &str) {
        self.outcome.notes.extend(left_out.note(region, what));
    }

    /// The rows that read back as plans read them: one that does not is left out, and where none does there is no answer.
    fn readable(
        &mut self,
        kind: CatalogueKind,
        region: &str,
        rows: Vec<Row>,
    ) -> Result<Vec<Row>, Why> {
        let reads = |rows: Vec<Row>| {
            let mut sheet = Sheet::new(kind);
            sheet.lay_over(region, rows, self.today());
            let text = sheet
                .text()
                .map_err(|error| Why::Answer(error.to_string()))?;
            read_back(kind, &text, region).map_err(Why::ReadBack)
        };
        let Err(why) = reads(rows.clone()) else {
            return Ok(rows);
        };
        let mut left_out = LeftOut::default();
        let mut readable = Vec::new();
        for row in rows {
            match reads(vec![row.clone()]) {
                Ok(_) => readable.push(row),
                Err(Why::ReadBack(error)) => left_out.add(first_cause(&error)),
                Err(other) => return Err(other),
            }
        }
        if readable.is_empty() {
            return Err(why);
        }
        self.left_out(&left_out, region, kind.words());
        Ok(readable)
    }

    fn today(&self) -> Date {
        self.now.to_zoned(TimeZone::UTC).date()
    }

    fn failed(&mut self, kind: CatalogueKind, region: Option<&String>, why: Why) {
        self.outcome.failures.push(PartFailure {
            kind,
            region: region.cloned(),
            why,
        });
    }

    fn ask(
        &mut self,
        kind: CatalogueKind,
        region: &str,
        left_out: &mut LeftOut,
    ) -> Result<Vec<Row>, AskError> {
        let (api, now) = (self.api, self.now);
        match kind {
            CatalogueKind::InstanceTypes => instance_types::fetch(api, region, left_out),
            CatalogueKind::ZoneOfferings => {
                let zones = self.zones(region)?;
                zones::fetch_offerings(api, region, &zones, left_out)
            }
            CatalogueKind::OnDemandPrices => {
                let (rows, notes) = on_demand::fetch(api, region, now, left_out)?;
                self.outcome.notes.extend(notes);
                Ok(rows)
            }
            CatalogueKind::SpotPrices => {
                let zones = self.zones(region)?;
                spot::fetch(api, region, &zones, now, left_out)
            }
            CatalogueKind::FargatePrices => {
                let rows = self.ecs(region)?.fargate(region, now);
                if !rows.is_empty() && !rows.iter().any(|row| row[2] == "spot") {
                    self.outcome.notes.push(format!(
                        "{region}: the price list has no rates of Fargate Spot; those of before stay"
                    ));
                }
                Ok(rows)
            }
            CatalogueKind::OtherPrices => self.storage(region, left_out),
            CatalogueKind::ManagedInstancesFees => {
                Ok(self.ecs(region)?.managed_instances_fees(region, now))
            }
            CatalogueKind::SavingsPlanRates => savings_plans::fetch(api, region, left_out),
            CatalogueKind::SpotAdvisor | CatalogueKind::FargateSizes => Ok(Vec::new()),
        }
    }

    fn zones(&mut self, region: &str) -> Result<Zones, AskError> {
        if let Some(known) = self.zones.get(region) {
            return Ok(known.clone());
        }
        let mut left_out = LeftOut::default();
        let zones = zones::fetch(self.api, region, &mut left_out)?;
        self.left_out(&left_out, region, "zones");
        self.zones.insert(region.to_owned(), zones.clone());
        Ok(zones)
    }

    fn ecs(&mut self, region: &str) -> Result<EcsPrices, AskError> {
        if let Some(known) = self.ecs.get(region) {
            return Ok(known.clone());
        }
        let mut left_out = LeftOut::default();
        let prices = ecs_prices::fetch(self.api, region, &mut left_out)?;
        self.left_out(&left_out, region, "prices of ECS");
        let several = price_list::ambiguous(region, "prices of ECS", &prices.several);
        self.outcome.notes.extend(several);
        self.ecs.insert(region.to_owned(), prices.clone());
        Ok(prices)
    }

    /// Storage: gp3, which every instance pays for its root volume, and Fargate's beyond what is free.
    fn storage(&mut self, region: &str, left_out: &mut LeftOut) -> Result<Vec<Row>, AskError> {
        let gp3 = on_demand::fetch_gp3(self.api, region, left_out)?;
        let ephemeral = self.ecs(region)?.ephemeral_storage();
        let row = |item: &str, unit: &str, usd: rust_decimal::Decimal| {
            let usd = usd.to_string();
            let basis = price_list::basis(self.now);
            vec![
                item.to_owned(),
                region.to_owned(),
                unit.to_owned(),
                usd,
                basis,
            ]
        };
        let gp3 = gp3.map(|usd| row(STORAGE[0], "gb_month", usd));
        let ephemeral = ephemeral.map(|usd| row(STORAGE[1], "gb_hour_over_20gb", usd));
        Ok(gp3.into_iter().chain(ephemeral).collect())
    }

    /// Lays the answers over the old file, reads the result back and replaces the file. What its day is stands in `dates` then.
    fn replace(
        &mut self,
        kind: CatalogueKind,
        answered: Vec<(String, Vec<Row>)>,
    ) -> Result<Written, Why> {
        let path = self.directory.join(kind.file_name());
        let unwritable = |why: String| Why::Write {
            path: path.clone(),
            why,
        };
        let mut sheet = old_sheet(kind, &path, &self.dates)?;
        let mut regions = Vec::new();
        for (region, rows) in answered {
            if let Some(text) = embedded_text(kind) {
                let embedded = Sheet::read(kind, text, &embedded_dates()).map_err(Why::OldFile)?;
                sheet.fill_in(embedded.only(&region));
            }
            let before = sheet.count(&region);
            sheet.lay_over(&region, rows, self.today());
            regions.push((region.clone(), sheet.count(&region), before));
        }
        let text = (sheet.text()).map_err(|error| unwritable(error.to_string()))?;
        for region in sheet.regions() {
            read_back(kind, &text, &region).map_err(Why::ReadBack)?;
        }
        write(&path, text.as_bytes()).map_err(|error| unwritable(error.to_string()))?;
        for (region, ..) in &regions {
            match sheet.day_of(region, self.today()) {
                Some(as_of) => self.dates.set(FiguresDate {
                    kind,
                    region: region.clone(),
                    as_of,
                    source: FROM_AWS.to_owned(),
                }),
                None => self.dates.forget(kind, region),
            }
        }
        Ok(Written { kind, regions })
    }

    /// Writes the days of all kinds.
    fn write_dates(&self) -> Result<(), Why> {
        let path = self.directory.join(AS_OF_FILE);
        let undated = |why: String| Why::Undated {
            path: path.clone(),
            why,
        };
        let text = (self.dates.text()).map_err(|error| undated(error.to_string()))?;
        write(&path, text.as_bytes()).map_err(|error| undated(error.to_string()))
    }
}

fn first_cause(error: &CatalogueError) -> String {
    let first = error.findings.first();
    first.map_or_else(String::new, |finding| finding.cause.clone())
}

fn old_sheet(kind: CatalogueKind, path: &Path, dates: &FiguresDates) -> Result<Sheet, Why> {
    match fs::read_to_string(path) {
        Ok(text) => Sheet::read(kind, &text, dates).map_err(Why::OldFile),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Sheet::new(kind)),
        Err(error) => Err(Why::OldFile(error.to_string())),
    }
}

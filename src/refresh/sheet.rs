//! Rows of a catalogue file: what was read from the old one, what is new, and the text of both together.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::catalogue::{CatalogueKind, FiguresDates};

use super::{ecs_prices, instance_types, on_demand, savings_plans, spot, zones};

/// Cells in the order of the kind's headings, of an answer without the day.
pub(super) type Row = Vec<String>;

/// The column of the day on which a row was read, in files whose rows may stay while others are read anew. It is the last.
pub(super) const AS_OF: &str = "as_of";

/// Headings of the file of other prices.
pub(super) const OTHER_HEADINGS: [&str; 6] = ["item", "region", "unit", "usd", "basis", AS_OF];

/// The other prices that a refresh asks for.
pub(super) const STORAGE: [&str; 2] = ["ebs_gp3_storage", "fargate_ephemeral_storage"];

/// Headings of a kind's file, as a refresh writes it.
pub(super) const fn headings(kind: CatalogueKind) -> &'static [&'static str] {
    match kind {
        CatalogueKind::InstanceTypes => &instance_types::HEADINGS,
        CatalogueKind::OnDemandPrices | CatalogueKind::ManagedInstancesFees => &on_demand::HEADINGS,
        CatalogueKind::SpotPrices => &spot::HEADINGS,
        CatalogueKind::ZoneOfferings => &zones::HEADINGS,
        CatalogueKind::FargatePrices => &ecs_prices::FARGATE_HEADINGS,
        CatalogueKind::OtherPrices => &OTHER_HEADINGS,
        CatalogueKind::SavingsPlanRates => &savings_plans::HEADINGS,
        CatalogueKind::SpotAdvisor => &[
            "region",
            "instance_type",
            "savings_pct",
            "interruption_band",
        ],
        CatalogueKind::FargateSizes => &["cpu_units", "memory_mib"],
    }
}

/// What tells rows apart.
const fn key_headings(kind: CatalogueKind) -> &'static [&'static str] {
    match kind {
        CatalogueKind::InstanceTypes => &["instance_type"],
        CatalogueKind::SpotPrices => &["region", "instance_type", "az"],
        CatalogueKind::FargatePrices => &["region", "arch", "market"],
        CatalogueKind::OtherPrices => &["region", "item"],
        CatalogueKind::SavingsPlanRates => {
            &["region", "instance_type", "kind", "term_years", "payment"]
        }
        _ => &["region", "instance_type"],
    }
}

/// Whether a row of before stays where the answer has none of its key: an answer about one Region does not list all
/// types, and the price list does not have all rates and items. Elsewhere a row that is no longer answered is gone.
pub(super) const fn keeps_unanswered(kind: CatalogueKind) -> bool {
    matches!(
        kind,
        CatalogueKind::InstanceTypes | CatalogueKind::FargatePrices | CatalogueKind::OtherPrices
    )
}

/// The rows of a file of a kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sheet {
    kind: CatalogueKind,
    rows: BTreeMap<Vec<Natural>, Row>,
}

impl Sheet {
    /// No rows.
    pub const fn new(kind: CatalogueKind) -> Self {
        Self {
            kind,
            rows: BTreeMap::new(),
        }
    }

    /// Reads a file; columns that a refresh does not write are left behind. A row that does not say its day has that of `dates`.
    pub fn read(kind: CatalogueKind, text: &str, dates: &FiguresDates) -> Result<Self, String> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let found: Vec<String> = (reader.headers().map_err(|error| error.to_string())?.iter())
            .map(|heading| heading.trim().to_owned())
            .collect();
        let columns: Vec<Option<usize>> = (headings(kind).iter())
            .map(|heading| found.iter().position(|name| name == heading))
            .collect();
        for key in key_headings(kind) {
            if !found.iter().any(|name| name == key) {
                return Err(format!("it has no column `{key}`"));
            }
        }
        let mut sheet = Self::new(kind);
        for record in reader.records() {
            let record = record.map_err(|error| error.to_string())?;
            let cell = |column: &Option<usize>| {
                let text = column.and_then(|at| record.get(at)).unwrap_or_default();
                text.trim().to_owned()
            };
            let mut row: Row = columns.iter().map(cell).collect();
            sheet.date(&mut row, dates)?;
            sheet.put(row);
        }
        Ok(sheet)
    }

    /// Dates a row that does not say its day, where the kind's rows have one.
    fn date(&self, row: &mut Row, dates: &FiguresDates) -> Result<(), String> {
        if !keeps_unanswered(self.kind) {
            return Ok(());
        }
        let said = self.cell(row, AS_OF);
        if !said.is_empty() {
            let day: Option<Date> = said.parse().ok();
            return match day {
                Some(_) => Ok(()),
                None => Err(format!("`{said}` in the column `{AS_OF}` is not a day")),
            };
        }
        // A type's row is of no Region: it was read with one of those that are dated.
        let known = match self.kind {
            CatalogueKind::InstanceTypes => {
                let rows = dates.0.iter().filter(|date| date.kind == self.kind);
                rows.map(|date| date.as_of).min()
            }
            kind => (dates.of(kind, self.cell(row, "region"))).map(|date| date.as_of),
        };
        if let (Some(day), Some(cell)) = (known, row.last_mut()) {
            *cell = day.to_string();
        }
        Ok(())
    }

    /// Of which day a Region's figures are after an answer of the day `answered`: of its oldest row, of those that are asked
    /// for; none where that row's day is not known.
    pub fn day_of(&self, region: &str, answered: Date) -> Option<Date> {
        let counts = |row: &&Row| match self.kind {
            CatalogueKind::FargatePrices => self.is_of(row, region),
            CatalogueKind::OtherPrices => {
                self.is_of(row, region) && STORAGE.contains(&self.cell(row, "item"))
            }
            // A type that stays is one that the Region does not have.
            _ => false,
        };
        let mut rows = self.rows.values().filter(counts);
        rows.try_fold(answered, |oldest, row| {
            let day: Date = self.cell(row, AS_OF).parse().ok()?;
            Some(oldest.min(day))
        })
    }

    fn put(&mut self, row: Row) {
        let key = (key_headings(self.kind).iter())
            .map(|heading| Natural::of(self.cell(&row, heading)))
            .collect();
        self.rows.insert(key, row);
    }

    fn cell<'r>(&self, row: &'r Row, heading: &str) -> &'r str {
        let at = headings(self.kind).iter().position(|name| *name == heading);
        at.and_then(|at| row.get(at)).map_or("", String::as_str)
    }

    /// Rows of a Region; all rows of a kind that is the same everywhere.
    pub fn count(&self, region: &str) -> usize {
        self.rows
            .values()
            .filter(|row| self.is_of(row, region))
            .count()
    }

    fn is_of(&self, row: &Row, region: &str) -> bool {
        self.kind == CatalogueKind::InstanceTypes || self.cell(row, "region") == region
    }

    /// The Regions that have rows.
    pub fn regions(&self) -> Vec<String> {
        let mut regions: Vec<String> = (self.rows.values())
            .map(|row| self.cell(row, "region").to_owned())
            .collect();
        regions.sort();
        regions.dedup();
        regions
    }

    /// The rows of a Region alone.
    #[must_use]
    pub fn only(mut self, region: &str) -> Self {
        let kind = self.kind;
        let keep = |row: &Row| Self::new(kind).is_of(row, region);
        self.rows.retain(|_, row| keep(row));
        self
    }

    /// Adds rows that are not there yet.
    pub fn fill_in(&mut self, other: Self) {
        for (key, row) in other.rows {
            self.rows.entry(key).or_insert(row);
        }
    }

    /// Lays what was answered about a Region on a day over the rows.
    pub fn lay_over(&mut self, region: &str, answered: Vec<Row>, day: Date) {
        if !keeps_unanswered(self.kind) {
            let kind = self.kind;
            let is_of = |row: &Row| Self::new(kind).is_of(row, region);
            self.rows.retain(|_, row| !is_of(row));
        }
        for mut row in answered {
            if keeps_unanswered(self.kind) {
                row.push(day.to_string());
            }
            if self.kind == CatalogueKind::InstanceTypes {
                self.keep_known(&mut row);
            }
            self.put(row);
        }
    }

    /// What the API does not say of a type stays as it was.
    fn keep_known(&self, row: &mut Row) {
        let key = vec![Natural::of(self.cell(row, "instance_type"))];
        let Some(known) = self.rows.get(&key) else {
            return;
        };
        for (at, heading) in headings(self.kind).iter().enumerate() {
            if instance_types::KEPT.contains(heading) {
                row[at].clone_from(&known[at]);
            }
        }
    }

    /// The file's text.
    pub fn text(&self) -> Result<String, csv::Error> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(headings(self.kind))?;
        for row in self.rows.values() {
            writer.write_record(row)?;
        }
        let bytes = writer
            .into_inner()
            .map_err(csv::IntoInnerError::into_error)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

/// A text in the order that people expect: `m5.2xlarge` before `m5.12xlarge`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Natural(Vec<(Option<u128>, String)>, String);

impl Natural {
    fn of(text: &str) -> Self {
        let mut parts: Vec<(Option<u128>, String)> = Vec::new();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let is_number = first.is_ascii_digit();
            let end = rest
                .find(|c: char| c.is_ascii_digit() != is_number)
                .unwrap_or(rest.len());
            let (part, after) = rest.split_at(end);
            parts.push((part.parse().ok().filter(|_| is_number), part.to_owned()));
            rest = after;
        }
        Self(parts, text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIND: CatalogueKind = CatalogueKind::OnDemandPrices;

    fn today() -> Date {
        "2026-11-29".parse().expect("a day")
    }

    fn read(kind: CatalogueKind, text: &str) -> Result<Sheet, String> {
        Sheet::read(kind, text, &FiguresDates::default())
    }

    fn row(cells: &[&str]) -> Row {
        cells.iter().map(|cell| (*cell).to_owned()).collect()
    }

    #[test]
    fn an_answer_replaces_its_region_and_leaves_the_others() {
        let old = "instance_type,region,note,usd_per_hour,basis\n\
                   m5.12xlarge,us-east-1,x,2.3,old\nm5.large,eu-west-1,x,0.1,old\ngone.large,us-east-1,x,1,old\n";
        let mut sheet = read(KIND, old).expect("a file");
        assert_eq!(
            (sheet.count("us-east-1"), sheet.regions()),
            (2, vec!["eu-west-1".to_owned(), "us-east-1".to_owned()])
        );
        sheet.lay_over(
            "us-east-1",
            vec![
                row(&["us-east-1", "m5.12xlarge", "2.304", "new"]),
                row(&["us-east-1", "m5.2xlarge", "0.384", "new"]),
            ],
            today(),
        );
        assert_eq!(
            sheet.text().expect("text"),
            "region,instance_type,usd_per_hour,basis\neu-west-1,m5.large,0.1,old\n\
             us-east-1,m5.2xlarge,0.384,new\nus-east-1,m5.12xlarge,2.304,new\n"
        );
    }

    #[test]
    fn a_file_of_another_kind_is_no_old_file() {
        let why = read(KIND, "a,b\n1,2\n").expect_err("another file");
        assert_eq!(why, "it has no column `region`");
        assert!(read(KIND, "region,instance_type\nx\n").is_err());
    }

    #[test]
    fn types_keep_what_the_api_does_not_say() {
        let kind = CatalogueKind::InstanceTypes;
        let old = "instance_type,vcpu,memory_mib,arch,max_enis,branch_enis,branch_basis,ecs_image\n\
                   m5.large,1,8000,x86_64,2,10,ecs_doc,al2023\nelsewhere.large,2,8192,arm64,3,7,derived,none\n";
        let mut sheet = read(kind, old).expect("a file");
        let mut answered = vec![String::new(); headings(kind).len() - 1];
        for (at, cell) in ["m5.large", "2", "8192", "x86_64", "3", "0", "none"]
            .iter()
            .enumerate()
        {
            (*cell).clone_into(&mut answered[at]);
        }
        sheet.lay_over("us-east-1", vec![answered], today());
        let text = sheet.text().expect("text");
        assert!(
            text.contains("m5.large,2,8192,x86_64,3,10,ecs_doc,"),
            "{text}"
        );
        assert!(
            text.contains("elsewhere.large,2,8192,arm64,3,7,derived,"),
            "{text}"
        );
    }

    #[test]
    fn a_row_that_stays_keeps_its_day_and_the_region_is_as_old_as_its_oldest() {
        let kind = CatalogueKind::FargatePrices;
        let old = "region,arch,market,usd_per_vcpu_hour,usd_per_gb_hour,basis,as_of\n\
                   a,arm64,on_demand,1,1,x,2026-10-01\na,arm64,spot,1,1,x,2026-09-01\nb,arm64,spot,1,1,x,\n";
        let mut sheet = read(kind, old).expect("a file");
        let answer = |region: &str| vec![row(&[region, "arm64", "on_demand", "2", "2", "y"])];
        sheet.lay_over("a", answer("a"), today());
        sheet.lay_over("b", answer("b"), today());
        let day = |region: &str| sheet.day_of(region, today()).map(|day| day.to_string());
        assert_eq!(day("a").as_deref(), Some("2026-09-01"));
        assert_eq!(day("b"), None);
        assert_eq!(day("c").as_deref(), Some("2026-11-29"));
        let text = sheet.text().expect("text");
        assert!(
            text.contains("a,arm64,on_demand,2,2,y,2026-11-29\na,arm64,spot,1,1,x,2026-09-01\n"),
            "{text}"
        );
        let dates = FiguresDates(vec![crate::catalogue::FiguresDate {
            kind,
            region: "b".to_owned(),
            as_of: "2026-08-01".parse().expect("a day"),
            source: String::new(),
        }]);
        let sheet = Sheet::read(kind, old, &dates).expect("a file");
        let day = sheet.day_of("b", today()).map(|day| day.to_string());
        assert_eq!(day.as_deref(), Some("2026-08-01"));
        let why = read(kind, &old.replace("2026-09-01", "lately")).expect_err("no day");
        assert_eq!(why, "`lately` in the column `as_of` is not a day");
    }
}

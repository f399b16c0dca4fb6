//! `as_of.csv`: of which day each kind of figures is, by Region, and where it was read.

use jiff::civil::Date;

use super::finding::{self, CatalogueFinding};
use super::kind::CatalogueKind;
use super::table::{Column, Source, Table, TableRow};

/// The day of one kind of figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FiguresDate {
    /// The kind.
    pub kind: CatalogueKind,
    /// The Region; empty where the day holds for all Regions that have no row of their own.
    pub region: String,
    /// The day, in UTC.
    pub as_of: Date,
    /// Where the figures were read, such as `aws`; may be empty.
    pub source: String,
}

/// The days of a catalogue's figures.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FiguresDates(pub Vec<FiguresDate>);

impl FiguresDates {
    /// The day of a kind in a Region. Spot savings without a row of their own have the day of Spot.
    pub fn of(&self, kind: CatalogueKind, region: &str) -> Option<&FiguresDate> {
        let own = |kind: CatalogueKind| {
            let rows = || self.0.iter().filter(move |row| row.kind == kind);
            (rows().find(|row| row.region == region))
                .or_else(|| rows().find(|row| row.region.is_empty()))
        };
        own(kind).or_else(|| match kind {
            CatalogueKind::SpotAdvisor => own(CatalogueKind::SpotPrices),
            _ => None,
        })
    }

    /// Sets the day of a kind in a Region.
    pub fn set(&mut self, date: FiguresDate) {
        self.0
            .retain(|row| (row.kind, &row.region) != (date.kind, &date.region));
        self.0.push(date);
        self.0
            .sort_by(|a, b| (a.kind, &a.region).cmp(&(b.kind, &b.region)));
    }

    /// Forgets the day of a kind in a Region.
    pub fn forget(&mut self, kind: CatalogueKind, region: &str) {
        self.0
            .retain(|row| row.kind != kind || row.region != region);
    }

    /// The file's text.
    ///
    /// # Errors
    /// Never for what was read or is a Region's name: those of writing CSV to memory.
    pub fn text(&self) -> Result<String, csv::Error> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(["kind", "region", "as_of", "source"])?;
        for row in &self.0 {
            let day = row.as_of.to_string();
            writer.write_record([row.kind.key(), &row.region, &day, &row.source])?;
        }
        let bytes = writer
            .into_inner()
            .map_err(csv::IntoInnerError::into_error)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Reads the file.
    pub(super) fn read(source: Source<'_>) -> (Self, Vec<CatalogueFinding>) {
        let mut table = Table::new(source);
        let kind_column = table.required("kind");
        let region_column = table.required("region");
        let date_column = table.required("as_of");
        let source_column = table.optional("source");
        let mut dates: Vec<FiguresDate> = Vec::new();
        while let Some(mut row) = table.next_row() {
            let kind = kind(&mut row, kind_column);
            let as_of = day(&mut row, date_column);
            let (Some(kind), Some(as_of)) = (kind, as_of) else {
                continue;
            };
            let region = row.text(region_column);
            if (dates.iter()).any(|known| known.kind == kind && known.region == region) {
                row.duplicate(kind_column, &format!("`{}` in `{region}`", kind.key()));
                continue;
            }
            dates.push(FiguresDate {
                kind,
                region: region.to_owned(),
                as_of,
                source: row.text(source_column).to_owned(),
            });
        }
        (Self(dates), table.into_findings())
    }
}

fn kind(row: &mut TableRow<'_>, column: Column) -> Option<CatalogueKind> {
    let text = row.filled(column)?;
    let kind = CatalogueKind::from_key(text);
    if kind.is_none() {
        let words = CatalogueKind::ALL.map(CatalogueKind::key).join(", ");
        let cause = format!("`{text}` is not a kind of figures");
        let remedy = format!("write one of {words}");
        row.report(finding::VALUE, column, &cause, &remedy);
    }
    kind
}

/// A day as ISO 8601 writes it and nothing besides.
fn day(row: &mut TableRow<'_>, column: Column) -> Option<Date> {
    let text = row.filled(column)?;
    let day: Option<Date> = text.parse().ok();
    let day = day.filter(|day| day.to_string() == text);
    if day.is_none() {
        let cause = format!("`{text}` is not a day");
        row.report(
            finding::VALUE,
            column,
            &cause,
            "write it as YYYY-MM-DD, such as 2026-07-20",
        );
    }
    day
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (FiguresDates, Vec<String>) {
        let source = Source {
            name: "as_of.csv",
            text,
            region: None,
        };
        let (dates, findings) = FiguresDates::read(source);
        (dates, findings.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn a_row_of_the_region_goes_before_the_one_of_all() {
        let (dates, findings) = read(
            "kind,region,as_of\nspot,,2026-01-01\nspot,us-east-1,2026-02-02\non_demand,eu-west-1,2026-03-03\n",
        );
        assert_eq!(findings, Vec::<String>::new());
        let day = |kind, region| dates.of(kind, region).map(|row| row.as_of.to_string());
        let spot = CatalogueKind::SpotPrices;
        assert_eq!(day(spot, "us-east-1").as_deref(), Some("2026-02-02"));
        assert_eq!(day(spot, "eu-west-1").as_deref(), Some("2026-01-01"));
        let savings = CatalogueKind::SpotAdvisor;
        assert_eq!(day(savings, "us-east-1").as_deref(), Some("2026-02-02"));
        assert_eq!(day(CatalogueKind::OnDemandPrices, "us-east-1"), None);
    }

    #[test]
    fn what_is_no_day_no_kind_or_said_twice_is_located() {
        let (dates, findings) = read(
            "kind,region,as_of\nspot,,yesterday\nprices,,2026-02-03\nspot,,2026-02-30\n\
             fargate,,2026-01-01\nfargate,,2026-01-02\nfargate,x,20260102\n",
        );
        assert_eq!(dates.0.len(), 1);
        insta::assert_snapshot!(findings.join("\n"));
    }
}

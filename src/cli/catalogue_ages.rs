//! How old the catalogue's figures are, said on stderr: results never depend on the clock.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::catalogue::{Catalogue, FiguresFrom, FiguresUsed, OLD_AFTER_DAYS};

use super::diagnostics::Diagnostics;

/// What there is to say of the ages of figures.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Remarks {
    /// What shapes the result and can be helped.
    pub warnings: Vec<String>,
    /// What is so in any case.
    pub notes: Vec<String>,
}

/// Says what stands in for what a catalogue directory lacks, and what is older than 30 days: prices as a warning. Whoever plans a
/// live cluster can have figures of today: for them other old embedded ones are a warning too.
pub fn say(catalogue: &Catalogue, is_live: bool, diagnostics: Diagnostics) {
    let mut remarks = remarks(catalogue, today());
    if is_live {
        remarks.warnings.append(&mut remarks.notes);
    }
    for warning in &remarks.warnings {
        diagnostics.warning(warning);
    }
    for note in &remarks.notes {
        diagnostics.note(note);
    }
}

/// The day by the clock, in UTC.
pub fn today() -> Date {
    Timestamp::now().to_zoned(TimeZone::UTC).date()
}

/// The remarks on a day. A bill at old prices may not be the one that comes: a warning, of embedded prices and of a directory's.
/// Other embedded figures, such as sizes of types, change little and are told in notes.
pub fn remarks(catalogue: &Catalogue, today: Date) -> Remarks {
    let mut remarks = Remarks::default();
    let figures = || catalogue.figures_used().iter();
    let region = catalogue.region();
    let (refreshed, other): (Vec<_>, Vec<_>) =
        (figures().filter(|used| used.stands_in)).partition(|used| used.kind.is_refreshed());
    let stand_in = |kinds: &[&FiguresUsed]| {
        (!kinds.is_empty()).then(|| {
            format!(
                "the catalogue directory has nothing of {region} for these, embedded figures stand in: {}",
                named(kinds)
            )
        })
    };
    remarks.warnings.extend(stand_in(&refreshed));
    remarks.notes.extend(stand_in(&other));
    let old: Vec<&FiguresUsed> = figures()
        .filter(|used| !used.stands_in && used.is_old(today))
        .collect();
    let (embedded, shaping): (Vec<_>, Vec<_>) = (old.into_iter())
        .partition(|used| used.from == FiguresFrom::Embedded && !used.kind.is_price());
    let age = |kinds: &[&FiguresUsed]| {
        (!kinds.is_empty()).then(|| {
            format!(
                "older than {OLD_AFTER_DAYS} days: {}; `bayplan catalogue refresh` brings new ones",
                named(kinds)
            )
        })
    };
    remarks.warnings.extend(age(&shaping));
    remarks.notes.extend(age(&embedded));
    remarks
}

fn named(kinds: &[&FiguresUsed]) -> String {
    let name = |used: &&FiguresUsed| match used.as_of {
        Some(day) => format!("{} of {day}", used.kind.words()),
        None => format!("{} of several years", used.kind.words()),
    };
    kinds.iter().map(name).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::CatalogueFiles;

    fn on(day: &str) -> Date {
        day.parse().expect("a day")
    }

    fn in_folder(files: &[(&str, &str)], day: &str) -> Remarks {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).expect("written");
        }
        let files = CatalogueFiles {
            directory: Some(folder.path().to_owned()),
            ..CatalogueFiles::default()
        };
        remarks(
            &Catalogue::load("us-east-1", &files).expect("a catalogue"),
            on(day),
        )
    }

    #[test]
    fn embedded_prices_are_called_old_in_a_warning_and_other_figures_in_a_note() {
        let catalogue = Catalogue::embedded("us-east-1").expect("embedded");
        let found = remarks(&catalogue, on("2026-12-01"));
        assert_eq!(
            found.warnings,
            [
                "older than 30 days: On-Demand prices of 2026-07-20, Spot savings of 2025-06-28, Fargate rates of 2026-03-31; \
                 `bayplan catalogue refresh` brings new ones"
            ]
        );
        assert_eq!(
            found.notes,
            [
                "older than 30 days: instance types of 2026-10-27, zones of the types of 2026-10-27; `bayplan catalogue \
                 refresh` brings new ones"
            ]
        );
        let that_month = remarks(&catalogue, on("2025-07-20"));
        assert_eq!((that_month.warnings, that_month.notes), (vec![], vec![]));
    }

    #[test]
    fn figures_of_a_directory_are_old_on_the_thirty_first_day() {
        let files = [
            (
                "on_demand_prices.csv",
                "region,instance_type,usd_per_hour\nus-east-1,m5.large,0.1\n",
            ),
            (
                "as_of.csv",
                "kind,region,as_of,source\non_demand,us-east-1,2026-11-01,aws\n",
            ),
        ];
        let old = |remarks: &Remarks| {
            remarks
                .warnings
                .iter()
                .any(|line| line.contains("older than 30 days: On-Demand prices of 2026-11-01"))
        };
        assert!(!old(&in_folder(&files, "2026-12-01")));
        assert!(old(&in_folder(&files, "2026-12-02")));
    }

    #[test]
    fn what_a_directory_lacks_is_named_with_the_day_of_what_stands_in() {
        let elsewhere = "region,instance_type,usd_per_hour\neu-west-1,m5.large,0.1\n";
        let remarks = in_folder(&[("on_demand_prices.csv", elsewhere)], "2026-12-01");
        insta::assert_snapshot!(remarks.warnings.join("\n"));
        assert!(
            remarks
                .notes
                .iter()
                .any(|note| note.contains("Spot savings of 2025-06-28"))
        );
    }
}

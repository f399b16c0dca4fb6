//! Where the figures of each kind came from, and how old they are.

use jiff::civil::Date;

use super::kind::CatalogueKind;
use crate::domain::plan::PlanAsOf;

/// Word of `as_of.csv` for figures that were read from AWS's own API.
pub const FROM_AWS: &str = "aws";

/// Days after which figures are called old.
pub const OLD_AFTER_DAYS: i32 = 30;

/// Where figures were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FiguresFrom {
    /// Embedded in the program.
    Embedded,
    /// A file that was named by itself; it says nothing of its day.
    File,
    /// A file of the catalogue directory.
    Directory,
}

/// The figures of one kind that a catalogue holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FiguresUsed {
    /// The kind.
    pub kind: CatalogueKind,
    /// Where they were read.
    pub from: FiguresFrom,
    /// Of which day they are, where that is known.
    pub as_of: Option<Date>,
    /// Where they were gathered, such as `aws`, where that is known.
    pub source: String,
    /// Whether they are embedded figures in place of what the catalogue directory lacks.
    pub stands_in: bool,
}

impl FiguresUsed {
    /// Whether they are older than [`OLD_AFTER_DAYS`] on the day `today`.
    pub fn is_old(&self, today: Date) -> bool {
        let age = |day: Date| (today - day).get_days();
        self.as_of.is_some_and(|day| age(day) > OLD_AFTER_DAYS)
    }
}

/// The dates that plans state. Spot has the day of the prices, without any that of the savings.
pub(super) fn dates_in_plans(used: &[FiguresUsed]) -> PlanAsOf {
    let find = |kind| used.iter().find(|used| used.kind == kind);
    let day = |used: Option<&FiguresUsed>| Some(used?.as_of?.to_string());
    let spot = find(CatalogueKind::SpotPrices).or_else(|| find(CatalogueKind::SpotAdvisor));
    PlanAsOf {
        on_demand: day(find(CatalogueKind::OnDemandPrices)),
        spot: day(spot),
        fargate: day(find(CatalogueKind::FargatePrices)),
    }
}

/// `embedded`, `aws` where every file in use came from AWS's API by way of a directory, else `file`.
pub(super) fn source(used: &[FiguresUsed], from_files: bool) -> &'static str {
    if !from_files {
        return "embedded";
    }
    let mut files = used
        .iter()
        .filter(|used| used.from != FiguresFrom::Embedded)
        .peekable();
    let all_of_aws = files.peek().is_some()
        && files.all(|used| used.from == FiguresFrom::Directory && used.source == FROM_AWS);
    if all_of_aws { "aws" } else { "file" }
}

//! The fleet as a page for a browser: one file with everything inside, no script, nothing loaded.

use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior, Value};
use rust_decimal::prelude::ToPrimitive as _;
use serde::Serialize;

use crate::domain::money::UsdPerHour;
use crate::domain::text::visible_start;
use crate::fleet::across::Across;
use crate::fleet::gather::Gathered;
use crate::report::cost::SHOWN;
use crate::report::cost::table::Table;
use crate::report::words::count;

use super::totals::{Worth, month, totals, worth};
use super::{across as together, compared, tables};

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("../html/templates/style.css");
/// Clusters that are shown by what they save.
const MOST_WORTH: usize = 50;
/// Rows of a table that are shown; the Parquet files have all of them.
const MOST_ROWS: usize = 1_000;
/// Characters of a cell.
const LONGEST: usize = 2_000;

#[derive(Serialize)]
struct Content {
    style: &'static str,
    version: &'static str,
    counts: String,
    facts: Vec<Fact>,
    bars: Vec<Bar>,
    not_shown: String,
    tables: Vec<View>,
}

#[derive(Serialize)]
struct Fact {
    name: &'static str,
    amount: String,
    remark: String,
}

/// A cluster: what is planned, what is proven, and what it costs today.
#[derive(Serialize)]
struct Bar {
    name: String,
    region: String,
    today: String,
    planned: String,
    bound: String,
    saving: String,
    /// Length of the saving beside the largest one, in percent.
    percent: String,
}

#[derive(Serialize)]
struct View {
    id: &'static str,
    title: &'static str,
    about: &'static str,
    left_out: String,
    headings: Vec<Cell>,
    rows: Vec<Vec<Cell>>,
}

#[derive(Serialize)]
struct Cell {
    text: String,
    number: bool,
}

/// The file.
///
/// # Panics
/// Never: the template is part of the program and every name in it is given.
#[must_use]
pub fn render(units: &[Gathered], across: &Across) -> String {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    (environment.add_template("page.html", PAGE)).expect("the embedded template parses");
    let page = (environment.get_template("page.html")).expect("it was added");
    page.render(content(units, across))
        .unwrap_or_else(|error| panic!("the embedded template renders: {error:#}"))
}

fn content(units: &[Gathered], across: &Across) -> Value {
    let totals = totals(units);
    let worth = worth(units);
    let most = worth.first().map_or(UsdPerHour::ZERO, |row| row.saving);
    let facts = (totals.facts().into_iter().chain(together::facts(across)))
        .map(|(name, amount, remark)| Fact {
            name,
            amount,
            remark,
        })
        .collect();
    let not_shown = worth.len().saturating_sub(MOST_WORTH);
    Value::from(Serde(Content {
        style: STYLE,
        version: env!("CARGO_PKG_VERSION"),
        counts: totals.counts(),
        facts,
        bars: worth
            .iter()
            .take(MOST_WORTH)
            .map(|row| bar(row, most))
            .collect(),
        not_shown: if not_shown > 0 {
            count(not_shown as u64)
        } else {
            String::new()
        },
        tables: compared::tables(units)
            .into_iter()
            .chain(together::tables(across))
            .chain([tables::failures(units), tables::clusters(units)])
            .filter(|table| !table.rows.is_empty())
            .map(|table| view(&table))
            .collect(),
    }))
}

fn bar(row: &Worth<'_>, most: UsdPerHour) -> Bar {
    let cost = &row.plan.cost;
    let part = (row.saving.amount() / most.amount())
        .to_f64()
        .unwrap_or(0.0);
    Bar {
        name: visible_start(&row.unit.id, SHOWN),
        region: visible_start(&row.plan.region, SHOWN),
        today: month(row.today),
        planned: month(cost.usd_per_hour),
        bound: cost
            .bound_usd_per_hour
            .map_or_else(|| "-".to_owned(), month),
        saving: month(row.saving),
        percent: format!("{:.2}", part.clamp(0.0, 1.0) * 100.0),
    }
}

fn view(table: &Table) -> View {
    let is_number = |at: usize| {
        use crate::report::cost::table::Kind;
        table.columns[at].kind != Kind::Text
    };
    let cell = |at: usize, text: &str| Cell {
        text: visible_start(text, LONGEST),
        number: is_number(at),
    };
    let left_out = table.rows.len().saturating_sub(MOST_ROWS);
    View {
        id: table.name,
        title: table.title,
        about: table.about,
        left_out: if left_out > 0 {
            count(left_out as u64)
        } else {
            String::new()
        },
        headings: (table.columns.iter().enumerate())
            .map(|(at, column)| cell(at, column.title))
            .collect(),
        rows: (table.rows.iter().take(MOST_ROWS))
            .map(|row| {
                (row.iter().enumerate())
                    .map(|(at, value)| cell(at, &value.shown(table.columns[at].kind)))
                    .collect()
            })
            .collect(),
    }
}

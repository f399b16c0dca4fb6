//! The comparison as a page for a browser: one file with everything inside, no script, nothing loaded.

use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior, Value};
use rust_decimal::prelude::ToPrimitive as _;
use serde::Serialize;

use crate::domain::text::visible_start;
use crate::report::cost::SHOWN;
use crate::what_if::{Comparison, ComparisonRow};

use super::rows;

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("../html/templates/style.css");
/// Characters of a line of a list.
const LONGEST_LINE: usize = 2_000;

#[derive(Serialize)]
struct Content<'a> {
    style: &'a str,
    version: &'a str,
    cluster: String,
    region: &'a str,
    headline: String,
    headings: Vec<Cell>,
    rows: Vec<Row>,
    lists: [List; 3],
}

#[derive(Serialize)]
struct Row {
    name: String,
    bill: String,
    /// Length of the bar, as a part of the dearest scenario's; none where the bill is not of every task.
    percent: Option<String>,
    cells: Vec<Cell>,
}

#[derive(Serialize)]
struct Cell {
    text: String,
    number: bool,
}

#[derive(Serialize)]
struct List {
    title: &'static str,
    items: Vec<String>,
}

/// The file.
///
/// # Panics
/// Never: the template is part of the program and every name in it is given.
#[must_use]
pub fn render(comparison: &Comparison) -> String {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    (environment.add_template("page.html", PAGE)).expect("the embedded template parses");
    let page = (environment.get_template("page.html")).expect("it was added");
    page.render(content(comparison))
        .unwrap_or_else(|error| panic!("the embedded template renders: {error:#}"))
}

fn content(comparison: &Comparison) -> Value {
    let all = || std::iter::once(&comparison.base).chain(&comparison.scenarios);
    let cost = |row: &ComparisonRow| row.whole_cost()?.amount().to_f64();
    let dearest = all().filter_map(cost).fold(0.0, f64::max);
    let percent = |row: &ComparisonRow| {
        let cost = cost(row).filter(|_| dearest > 0.0)?;
        Some(format!("{:.2}", (cost / dearest).clamp(0.0, 1.0) * 100.0))
    };
    let list = |title, items: Vec<String>| List {
        title,
        items: (items.iter())
            .map(|item| visible_start(item, LONGEST_LINE))
            .collect(),
    };
    let headings: Vec<String> = rows::HEADINGS.map(str::to_owned).into();
    Value::from(Serde(Content {
        style: STYLE,
        version: env!("CARGO_PKG_VERSION"),
        cluster: visible_start(&comparison.cluster, SHOWN),
        region: &comparison.region,
        headline: visible_start(&rows::headline(comparison), LONGEST_LINE),
        headings: cells(headings),
        rows: all()
            .map(|row| {
                let texts = rows::cells(row, comparison.ideal);
                Row {
                    name: visible_start(&row.name, SHOWN),
                    bill: texts[1].clone(),
                    percent: percent(row),
                    cells: cells(texts),
                }
            })
            .collect(),
        lists: [
            list("Without a plan for every task", rows::reasons(comparison)),
            list("What each changes", rows::changes(comparison)),
            list("What this rests on", rows::caveats(comparison)),
        ],
    }))
}

fn cells(texts: Vec<String>) -> Vec<Cell> {
    (texts.into_iter().enumerate())
        .map(|(at, text)| Cell {
            text: visible_start(&text, LONGEST_LINE),
            number: rows::NUMBERS.contains(&at),
        })
        .collect()
}

//! Solutions of packing problems as JSON.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;
use serde_json::{Map, Number, Value, json};

use crate::domain::packing::{PackedBins, PackingProblem, PackingSolution};

/// The solution as indented JSON with a line feed at its end:
/// `{"name","status","cost","bound","gap","seconds","patterns":[{"bin","count","items":{"id":n}}]}`.
#[must_use]
pub fn packing_solution_json(problem: &PackingProblem, solution: &PackingSolution) -> String {
    let mut document = summary(problem, solution);
    document.insert("patterns".to_owned(), patterns(problem, solution));
    printed(&Value::Object(document))
}

/// A list with one object an instance: the solution, the size of the instance and the best known value.
#[must_use]
pub fn packing_rows_json(rows: &[(PackingProblem, PackingSolution)]) -> String {
    let rows: Vec<Value> = (rows.iter())
        .map(|(problem, solution)| {
            let mut row = summary(problem, solution);
            let known = problem.best_known.and_then(|known| known.value);
            row.insert("dims".to_owned(), Value::from(problem.dims.len()));
            row.insert("items".to_owned(), Value::from(problem.items.len()));
            row.insert("bins".to_owned(), Value::from(problem.bins.len()));
            row.insert("bestKnown".to_owned(), number(known));
            row.insert("patterns".to_owned(), patterns(problem, solution));
            Value::Object(row)
        })
        .collect();
    printed(&Value::from(rows))
}

fn patterns(problem: &PackingProblem, solution: &PackingSolution) -> Value {
    let pattern = |packed: &PackedBins| {
        let items: Map<String, Value> = (packed.items.iter())
            .map(|&(item, copies)| (problem.items[item].id.clone(), Value::from(copies)))
            .collect();
        json!({"bin": problem.bins[packed.bin].id, "count": packed.count, "items": items})
    };
    solution.patterns.iter().map(pattern).collect()
}

fn summary(problem: &PackingProblem, solution: &PackingSolution) -> Map<String, Value> {
    let seconds = (solution.seconds * 1e3).round() / 1e3;
    // What a proof file carries is there where one was written.
    let proven = solution
        .proven
        .map(|proven| ("provenBound", number(Some(proven))));
    [
        ("name", Value::from(problem.name.as_str())),
        ("status", Value::from(solution.status.word())),
        ("cost", number(solution.cost)),
        ("bound", number(solution.bound)),
        ("gap", json!(solution.gap())),
        ("seconds", json!(seconds)),
    ]
    .into_iter()
    .chain(proven)
    .map(|(key, value)| (key.to_owned(), value))
    .collect()
}

/// Whole numbers as such; others as the nearest double, whose shortest text is the decimal itself up to 15
/// digits.
fn number(value: Option<Decimal>) -> Value {
    let Some(value) = value else {
        return Value::Null;
    };
    let whole = value.normalize();
    if whole.scale() == 0
        && let Some(whole) = whole.to_i64()
    {
        return Value::from(whole);
    }
    let double = value.to_f64().and_then(Number::from_f64);
    double.map_or(Value::Null, Value::Number)
}

fn printed(value: &Value) -> String {
    let mut text = serde_json::to_string_pretty(value).expect("keys are texts, numbers are finite");
    text.push('\n');
    text
}

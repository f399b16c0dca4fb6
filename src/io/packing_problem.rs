//! Packing problems (JSON, `.vbp`, `.mvp`) to the domain's [`PackingProblem`], with everything wrong in them.

use std::collections::BTreeSet;
use std::path::Path;

use rust_decimal::Decimal;

use super::codes;
use super::cursor::{Cursor, Log};
use super::document::{DocumentError, Value};
use super::findings::{Finding, Findings, Severity};
use super::json;
use crate::domain::packing::{BestKnown, BinKind, Grid, ItemKind, PackingProblem, Quantity};

mod vbp;

/// Largest number of a packing problem: far beyond use, and far from the end of a decimal.
const LARGEST: i128 = 10_i128.pow(27);
/// Largest count: what a double counts exactly.
const LARGEST_COUNT: u64 = 1 << 53;

// Published instances carry remarks of their own at the top: unknown keys are passed over there. A misspelt
// `limit` must not be.
const BIN_KEYS: &[&str] = &["id", "capacity", "cost", "limit"];
const ITEM_KEYS: &[&str] = &["id", "size", "demand"];

/// Whether a file of a folder is taken for a packing problem, by its extension.
#[must_use]
pub fn is_packing_file(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| ["json", "vbp", "mvp"].contains(&extension))
}

/// Reads a packing problem. The format follows the file name's extension, else the text itself: JSON begins
/// with a bracket, anything else is read as `.vbp`.
///
/// # Errors
/// Everything that is wrong with the file, together.
pub fn read_packing_problem(text: &str, file_name: &str) -> Result<PackingProblem, Findings> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let path = Path::new(file_name);
    let stem = path.file_stem().map_or_else(
        || file_name.to_owned(),
        |stem| stem.to_string_lossy().into_owned(),
    );
    let mut log = Log::default();
    let extension = path.extension().and_then(|extension| extension.to_str());
    let problem = match extension {
        Some("mvp") => vbp::read_mvp(text, &stem, &mut log),
        Some("vbp") => vbp::read_vbp(text, &stem, &mut log),
        Some("json") => read_json(text, &stem, &mut log),
        _ if text.trim_start().starts_with(['{', '[']) => read_json(text, &stem, &mut log),
        _ => vbp::read_vbp(text, &stem, &mut log),
    };
    if let Some(problem) = problem.filter(|_| !log.has_errors()) {
        report_uncountable(&problem, &mut log);
        if !log.has_errors() {
            return Ok(problem);
        }
    }
    Err(Findings::new(file_name, log.findings))
}

fn read_json(text: &str, stem: &str, log: &mut Log) -> Option<PackingProblem> {
    let root = match json::parse(text) {
        Ok(root) => root,
        Err(error) => {
            log.push(syntax(error));
            return None;
        }
    };
    root.report_duplicate_keys("", log);
    let root = Cursor::new(&root, "");
    let looks_right = ["dims", "bins", "items"]
        .iter()
        .any(|key| root.get(key).is_some());
    if !root.is_object() || !looks_right {
        root.error(
            log,
            codes::NOT_A_PACKING_PROBLEM,
            "this is not a packing problem",
            "write an object with `dims`, `bins` and `items`",
        );
        return None;
    }
    let name = root.get("name").and_then(|name| name.name(log));
    let dims = dims(&root, log);
    let bins = required_list(&root, "bins", log);
    let bins: Vec<BinKind> = (bins.iter())
        .filter_map(|bin| read_bin(bin, &dims, log))
        .collect();
    report_duplicates(&root, "bins", log);
    let items = required_list(&root, "items", log);
    let items: Vec<ItemKind> = (items.iter())
        .filter_map(|item| read_item(item, &dims, log))
        .collect();
    report_duplicates(&root, "items", log);
    Some(PackingProblem {
        name: name.unwrap_or(stem).to_owned(),
        dims,
        bins,
        items,
        best_known: root.get("best_known").map(|known| best_known(&known)),
    })
}

fn syntax(error: DocumentError) -> Finding {
    Finding {
        code: error.code,
        severity: Severity::Error,
        place: "(the whole file)".to_owned(),
        line: Some(error.position.line),
        column: Some(error.position.column),
        cause: error.cause,
        remedy: error.remedy,
    }
}

fn required_list<'a>(root: &Cursor<'a>, key: &str, log: &mut Log) -> Vec<Cursor<'a>> {
    let remedy = format!("write `{key}` as a list; it may be empty");
    (root.require(log, key, &remedy)).map_or_else(Vec::new, |list| list.items(log))
}

fn dims(root: &Cursor<'_>, log: &mut Log) -> Vec<String> {
    let Some(list) = root.require(
        log,
        "dims",
        "name the dimensions, such as [\"cpu\", \"memory\"]",
    ) else {
        return Vec::new();
    };
    let items = list.items(log);
    if items.is_empty() && matches!(list.node.value, Value::List(_)) {
        let remedy = "name at least one dimension";
        list.error(log, codes::OUT_OF_RANGE, "`dims` is empty", remedy);
    }
    let mut seen = BTreeSet::new();
    (items.iter())
        .filter_map(|item| {
            let name = item.name(log)?;
            if !seen.insert(name) {
                let cause = format!("the dimension `{name}` is named twice");
                item.error(
                    log,
                    codes::DUPLICATE_ID,
                    cause,
                    "give each dimension a name of its own",
                );
            }
            Some(name.to_owned())
        })
        .collect()
}

fn read_bin(bin: &Cursor<'_>, dims: &[String], log: &mut Log) -> Option<BinKind> {
    bin.entries(log)?;
    bin.report_unknown_keys(log, &[BIN_KEYS], "a bin");
    let id = bin
        .require(log, "id", "give the bin an id")
        .and_then(|id| id.name(log));
    let capacity = vector(bin, "capacity", dims, log);
    let cost = (bin.require(log, "cost", "give the cost of one bin"))
        .and_then(|cost| cost.decimal(log, Decimal::ZERO..=largest()));
    let limit = match bin.get("limit") {
        None => None,
        Some(limit) => Some(limit.whole(log, 0..=LARGEST_COUNT)?),
    };
    Some(BinKind {
        id: id?.to_owned(),
        capacity: capacity?,
        cost: cost?,
        limit,
    })
}

fn read_item(item: &Cursor<'_>, dims: &[String], log: &mut Log) -> Option<ItemKind> {
    item.entries(log)?;
    item.report_unknown_keys(log, &[ITEM_KEYS], "an item");
    let id = item
        .require(log, "id", "give the item an id")
        .and_then(|id| id.name(log));
    let size = vector(item, "size", dims, log);
    let demand = (item.require(log, "demand", "give the number of copies to pack"))
        .and_then(|demand| demand.whole(log, 0..=LARGEST_COUNT));
    Some(ItemKind {
        id: id?.to_owned(),
        size: size?,
        demand: demand?,
    })
}

fn largest() -> Decimal {
    Decimal::from_i128_with_scale(LARGEST, 0)
}

/// A vector with one number per dimension, none negative.
fn vector(parent: &Cursor<'_>, key: &str, dims: &[String], log: &mut Log) -> Option<Vec<Decimal>> {
    let remedy = format!("write `{key}` as a list of one number per dimension");
    let list = parent.require(log, key, &remedy)?;
    let entries = list.items(log);
    if !matches!(list.node.value, Value::List(_)) {
        return None;
    }
    let numbers: Vec<Option<Decimal>> = (entries.iter())
        .map(|entry| entry.decimal(log, Decimal::ZERO..=largest()))
        .collect();
    if entries.len() != dims.len() && !dims.is_empty() {
        let cause = format!(
            "`{key}` has {} entries, and there are {} dimensions",
            entries.len(),
            dims.len()
        );
        list.error(log, codes::VECTOR_LENGTH, cause, remedy);
        return None;
    }
    numbers.into_iter().collect()
}

/// Ids given twice among the objects of a list.
fn report_duplicates(root: &Cursor<'_>, key: &str, log: &mut Log) {
    let Some(list) = root
        .get(key)
        .filter(|list| matches!(list.node.value, Value::List(_)))
    else {
        return;
    };
    let mut seen = BTreeSet::new();
    for entry in list.items(log) {
        let Some(id) = entry.get("id") else { continue };
        let (Value::Text(text) | Value::Number(text)) = &id.node.value else {
            continue;
        };
        if !seen.insert(text) {
            let cause = format!("the id `{text}` is given twice in `{key}`");
            id.error(
                log,
                codes::DUPLICATE_ID,
                cause,
                "give each an id of its own",
            );
        }
    }
}

/// What the file says of the best known value. Whatever it holds is accepted: nothing depends on it.
fn best_known(known: &Cursor<'_>) -> BestKnown {
    let mut unheard = Log::default();
    let mut number = |cursor: Option<Cursor<'_>>| {
        cursor.and_then(|cursor| cursor.decimal(&mut unheard, -largest()..=largest()))
    };
    if !known.is_object() {
        return BestKnown {
            value: number(Some(known.clone())),
            is_optimal: false,
        };
    }
    let says_optimal = known
        .get("status")
        .is_some_and(|status| matches!(&status.node.value, Value::Text(text) if text == "optimal"));
    let optimal = number(known.get("optimal"));
    let value = optimal
        .or_else(|| number(known.get("value")))
        .or_else(|| number(known.get("ub")));
    BestKnown {
        value,
        is_optimal: optimal.is_some() || says_optimal,
    }
}

/// Numbers that the optimizer cannot count.
fn report_uncountable(problem: &PackingProblem, log: &mut Log) {
    for error in Grid::try_new(problem).err().into_iter().flatten() {
        let place = match error.quantity {
            Quantity::Dimension(d) => format!("dims[{d}]"),
            Quantity::Costs => "bins[].cost".to_owned(),
            Quantity::Demands => "items[].demand".to_owned(),
        };
        log.push(Finding {
            code: codes::NOT_COUNTABLE,
            severity: Severity::Error,
            place,
            line: None,
            column: None,
            cause: error.to_string(),
            remedy: "use a coarser unit, so that whole numbers below 2^53 hold them".to_owned(),
        });
    }
}

#[cfg(test)]
mod tests;

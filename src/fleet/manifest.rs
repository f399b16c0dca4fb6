//! The manifest: JSON Lines, one unit a line.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::io::{Finding, Findings, did_you_mean};

use super::args::UnitArgs;
use super::codes::{self, error};

/// Keys of a line.
const KEYS: [&str; 7] = ["id", "input", "sha256", "named", "args", "weight", "of"];
/// Findings of one manifest that are said.
const MOST_FINDINGS: usize = 100;
/// How a live cluster is named.
const LIVE: &str = "ecs:";
/// How an object of a bucket is named.
const OBJECT: &str = "s3://";

/// One cluster file in, one result out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// Its name, unique in the manifest.
    pub id: String,
    /// The cluster file.
    pub input: String,
    /// SHA-256 of its bytes when it was listed, as lower-case hex; `None` where it could not be read.
    pub sha256: Option<String>,
    /// Whether it says itself what its cluster is called; else that is the file's name, which then shapes the result.
    pub named: bool,
    /// What is done with it.
    pub args: UnitArgs,
    /// How much work it is beside the others, for shards of equal work.
    pub weight: u64,
    /// Ids of the two units whose clusters its cluster file puts together, where it is such a one.
    pub of: Option<[String; 2]>,
}

impl Unit {
    /// Whether its cluster file is an object of a bucket. It is fetched when its turn comes, and is the one that was listed or none.
    #[must_use]
    pub fn is_object(&self) -> bool {
        self.input.starts_with(OBJECT)
    }
}

/// Units in the order of their ids.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Manifest {
    /// The units.
    pub units: Vec<Unit>,
    /// Lines that say a unit again.
    pub repeated: usize,
}

/// Reads a manifest. A line that is there twice counts once.
///
/// # Errors
/// Everything that is wrong with it.
pub fn read_manifest(text: &str, file: &str) -> Result<Manifest, Findings> {
    let mut findings = Vec::new();
    let mut units: BTreeMap<String, (usize, Unit)> = BTreeMap::new();
    let mut repeated = 0;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for (index, line) in text.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let number = index + 1;
        let unit = match unit(line, number) {
            Ok(unit) => unit,
            Err(wrong) => {
                findings.extend(wrong);
                continue;
            }
        };
        match units.get(&unit.id) {
            None => {
                units.insert(unit.id.clone(), (number, unit));
            }
            Some((_, first)) if *first == unit => repeated += 1,
            Some((first, _)) => {
                let cause = format!(
                    "unit `{}` of line {first} has the same id, and is another",
                    short(&unit.id)
                );
                let remedy = "give each unit an id of its own";
                findings.push(error(codes::ID_TWICE, "id", Some(number), cause, remedy));
            }
        }
    }
    if units.is_empty() && findings.is_empty() {
        let remedy = "write it with `bayplan fleet list DIR`";
        findings.push(error(
            codes::LINE,
            "(the whole file)",
            None,
            "it has no unit",
            remedy,
        ));
    }
    if findings.is_empty() {
        let units = units.into_values().map(|(_, unit)| unit).collect();
        return Ok(Manifest { units, repeated });
    }
    findings.truncate(MOST_FINDINGS);
    Err(Findings::new(file, findings))
}

/// The units as a manifest, in the order of their ids.
#[must_use]
pub fn write_manifest(units: &[Unit]) -> String {
    let mut sorted: Vec<&Unit> = units.iter().collect();
    sorted.sort_by(|a, b| a.id.cmp(&b.id));
    let mut text = String::new();
    for unit in sorted {
        let mut line = json!({
            "id": unit.id,
            "input": unit.input,
            "sha256": unit.sha256,
            "args": unit.args.to_json(),
            "weight": unit.weight,
        });
        if unit.named {
            line["named"] = json!(true);
        }
        if let Some(of) = &unit.of {
            line["of"] = json!(of);
        }
        text.push_str(&line.to_string());
        text.push('\n');
    }
    text
}

fn unit(line: &str, number: usize) -> Result<Unit, Vec<Finding>> {
    let wrong = |place: &str, cause: String| {
        let remedy =
            "write {\"id\", \"input\", \"sha256\", \"args\"}, as `bayplan fleet list` does";
        error(codes::LINE, place, Some(number), cause, remedy)
    };
    let document: Map<String, Value> =
        serde_json::from_str(line).map_err(|why| vec![wrong("(the whole line)", said(&why))])?;
    let mut findings: Vec<Finding> = (document.keys())
        .filter(|key| !KEYS.contains(&key.as_str()))
        .map(|key| {
            let meant = did_you_mean(key, KEYS.iter().copied());
            let cause = format!("`{}` is no key of a unit; {meant}", short(key));
            wrong(&short(key), cause.trim_end_matches([' ', ';']).to_owned())
        })
        .collect();
    let mut text = |key: &str| match document.get(key) {
        Some(Value::String(text)) if !text.is_empty() && !text.contains('\0') => text.clone(),
        Some(_) => {
            findings.push(wrong(key, "it is no text, or an empty one".to_owned()));
            String::new()
        }
        None => {
            findings.push(wrong(key, "it is missing".to_owned()));
            String::new()
        }
    };
    let (id, input) = (text("id"), text("input"));
    if input.starts_with(LIVE) {
        let cause = "a live cluster is another one tomorrow, and its unit's result with it";
        let remedy = "take snapshots: `bayplan fleet list --accounts FILE`, or `bayplan snapshot` into a folder, and list that";
        findings.push(error(codes::INPUT, "input", Some(number), cause, remedy));
    }
    let sha256 = sha256(document.get("sha256"))
        .map_err(|cause| findings.push(wrong("sha256", cause)))
        .unwrap_or_default();
    let weight = match document.get("weight") {
        None | Some(Value::Null) => 1,
        Some(value) => value.as_u64().unwrap_or_else(|| {
            findings.push(wrong("weight", "it is no whole number".to_owned()));
            1
        }),
    };
    let named = match document.get("named") {
        None | Some(Value::Null) => false,
        Some(value) => value.as_bool().unwrap_or_else(|| {
            findings.push(wrong("named", "it is neither true nor false".to_owned()));
            false
        }),
    };
    let of = of(document.get("of"))
        .map_err(|cause| findings.push(wrong("of", cause)))
        .unwrap_or_default();
    match UnitArgs::read(document.get("args"), number) {
        Ok(args) if findings.is_empty() => Ok(Unit {
            id,
            input,
            sha256,
            named,
            args,
            weight: weight.max(1),
            of,
        }),
        Ok(_) => Err(findings),
        Err(wrong) => {
            findings.extend(wrong);
            Err(findings)
        }
    }
}

fn sha256(value: Option<&Value>) -> Result<Option<String>, String> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text))
            if text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) =>
        {
            Ok(Some(text.to_ascii_lowercase()))
        }
        Some(_) => Err("it is neither null nor 64 hexadecimal digits".to_owned()),
    }
}

/// The ids of two units.
fn of(value: Option<&Value>) -> Result<Option<[String; 2]>, String> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(value) => (serde_json::from_value(value.clone()).map(Some))
            .map_err(|_| "it is not a list of the ids of two units".to_owned()),
    }
}

/// What serde says, without its own place: the line is known, and its column is that of the line.
fn said(why: &serde_json::Error) -> String {
    let text = why.to_string();
    let cause = text.split(" at line ").next().unwrap_or(&text);
    format!("it is no JSON object: {cause} in column {}", why.column())
}

fn short(text: &str) -> String {
    crate::domain::text::visible_start(text, 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHA: &str = "E3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn units_come_in_the_order_of_their_ids_and_a_repeated_line_counts_once() {
        let text = format!(
            "{{\"id\":\"b\",\"input\":\"b.json\",\"sha256\":\"{SHA}\",\"args\":{{}}}}\n\n\
             {{\"id\":\"a\",\"input\":\"a.json\",\"sha256\":null,\"args\":{{}},\"weight\":7}}\n\
             {{\"id\":\"b\",\"input\":\"b.json\",\"sha256\":\"{SHA}\",\"args\":{{}}}}\n"
        );
        let manifest = read_manifest(&text, "m").expect("a manifest");
        let ids: Vec<&str> = manifest.units.iter().map(|unit| unit.id.as_str()).collect();
        assert_eq!((ids, manifest.repeated), (vec!["a", "b"], 1));
        assert_eq!(manifest.units[0].weight, 7);
        assert_eq!(
            manifest.units[1].sha256.as_deref(),
            Some(SHA.to_ascii_lowercase().as_str())
        );
        let written = write_manifest(&manifest.units);
        let again = read_manifest(&written, "m").expect("a manifest");
        assert_eq!(again.units, manifest.units);
    }

    #[test]
    fn everything_wrong_is_said_at_once_with_its_line() {
        let text = "{\"id\":\"a\",\"input\":\"a.json\",\"args\":{}}\n\
                    {\"id\":\"a\",\"input\":\"b.json\",\"args\":{}}\n\
                    [1]\n\
                    {\"id\":\"\",\"inputs\":\"b.json\",\"sha256\":\"12\",\"weight\":-1,\"args\":{\"timeLimit\":3}}\n\
                    {\"id\":\"live\",\"input\":\"ecs:prod\"}\n";
        let findings = read_manifest(text, "m").expect_err("findings").findings;
        let seen: Vec<(&str, Option<usize>, &str)> = (findings.iter())
            .map(|finding| (finding.code, finding.line, finding.place.as_str()))
            .collect();
        assert_eq!(
            seen,
            [
                ("F1002", Some(2), "id"),
                ("F1001", Some(3), "(the whole line)"),
                ("F1001", Some(4), "inputs"),
                ("F1001", Some(4), "id"),
                ("F1001", Some(4), "input"),
                ("F1001", Some(4), "sha256"),
                ("F1001", Some(4), "weight"),
                ("F1004", Some(4), "args"),
                ("F1005", Some(5), "input"),
            ]
        );
    }

    #[test]
    fn an_empty_manifest_is_none() {
        assert!(read_manifest("\n", "m").is_err());
    }
}

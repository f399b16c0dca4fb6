//! Metrics as Prometheus answers them: the JSON of `/api/v1/query_range`.
//!
//! An answer does not say what was asked. So which column it is, is taken from what stands beside it: a key `query`; the key of an
//! object of answers, a query or a column; the name of the series' metric, where a query is a selector of it; the file's name before its
//! extension, where that is a column; the mapping itself, where it has one query only.

use std::path::Path;

use serde_json::{Map, Value};

use super::cells::{Column, number, short};
use super::codes::{self, error};
use super::gathered::Gathered;
use super::mapping::Mapping;
use crate::io::Finding;

/// Reads an answer, a list of answers, or an object of them; what is wrong comes back.
pub(super) fn read(
    text: &str,
    file: &str,
    mapping: Option<&Mapping>,
    gathered: &mut Gathered,
) -> Vec<Finding> {
    let whole = "(the whole file)";
    let document: Value = match serde_json::from_str(text) {
        Ok(document) => document,
        Err(why) => {
            let remedy = "save the answer of /api/v1/query_range as it is";
            return vec![error(
                codes::FORM,
                whole,
                Some(why.line()),
                why.to_string(),
                remedy,
            )];
        }
    };
    let Some(mapping) = mapping else {
        let cause = "this is JSON, and nothing says which columns its series are";
        let remedy = "give --mapping FILE: JSON from column to {query, serviceLabel}";
        return vec![error(codes::MAPPING, whole, None, cause, remedy)];
    };
    let stem = Path::new(file)
        .file_stem()
        .map_or_else(String::new, |s| s.to_string_lossy().into_owned());
    let mut reader = Reader {
        mapping,
        by_file: mapping.column(&stem),
        gathered,
        findings: Vec::new(),
    };
    reader.document(&document);
    reader.findings
}

struct Reader<'a> {
    mapping: &'a Mapping,
    by_file: Option<Column>,
    gathered: &'a mut Gathered,
    findings: Vec<Finding>,
}

impl Reader<'_> {
    fn document(&mut self, document: &Value) {
        match document {
            Value::Array(answers) => {
                for (index, answer) in answers.iter().enumerate() {
                    self.answer(answer, &format!("[{index}]"), None);
                }
            }
            Value::Object(object) if !is_answer(object) => {
                for (key, answer) in object {
                    let Some(column) = self.mapping.column(key) else {
                        self.wrong(
                            &short(key),
                            "the mapping has neither this query nor this column",
                        );
                        continue;
                    };
                    self.answer(answer, &short(key), Some(column));
                }
            }
            answer => self.answer(answer, "(the whole file)", None),
        }
    }

    fn wrong(&mut self, place: &str, cause: impl Into<String>) {
        let remedy = "save the answer of /api/v1/query_range as it is, with its query beside it as `query`, or under its column's name";
        self.findings
            .push(error(codes::FORM, place, None, cause, remedy));
    }

    fn answer(&mut self, answer: &Value, place: &str, column: Option<Column>) {
        if answer["status"] == "error" {
            self.wrong(place, "Prometheus answered with an error");
            return;
        }
        let data = answer.get("data").unwrap_or(answer);
        if data.get("resultType").is_some_and(|kind| kind != "matrix") {
            self.wrong(
                place,
                "this is no answer of a range: resultType is not `matrix`",
            );
            return;
        }
        let Some(series) = data.get("result").and_then(Value::as_array) else {
            self.wrong(place, "there is no data.result");
            return;
        };
        let by_query = (answer.get("query").and_then(Value::as_str))
            .and_then(|query| self.mapping.column(query));
        for (index, one) in series.iter().enumerate() {
            let place = format!("{place} result[{index}]");
            let by_name =
                (one["metric"]["__name__"].as_str()).and_then(|name| self.mapping.of_metric(name));
            let only = (self.mapping.queries.len() == 1)
                .then(|| self.mapping.queries.keys().next().copied())
                .flatten();
            match column.or(by_query).or(by_name).or(self.by_file).or(only) {
                Some(column) => self.series(one, column, &place),
                None => self.wrong(
                    &place,
                    "nothing says which query of the mapping this is the answer to",
                ),
            }
        }
    }

    fn series(&mut self, series: &Value, column: Column, place: &str) {
        let Some(label) = self
            .mapping
            .queries
            .get(&column)
            .map(|query| query.service_label.clone())
        else {
            return;
        };
        let Some(service) = series["metric"][&label].as_str().map(str::to_owned) else {
            self.wrong(
                place,
                format!("the series has no label `{}`", short(&label)),
            );
            return;
        };
        let Some(values) = series["values"].as_array() else {
            self.wrong(place, "the series has no values");
            return;
        };
        for (index, pair) in values.iter().enumerate() {
            let at = pair[0].as_f64().filter(|at| at.is_finite());
            let value = (pair[1].as_str()).map(|text| match text {
                // What Prometheus divides by nothing is no measurement.
                "+Inf" | "-Inf" => Ok(None),
                text => number(text, column),
            });
            let (Some(at), Some(value)) = (at, value) else {
                self.wrong(
                    place,
                    format!("values[{index}] is no pair of a time and a text"),
                );
                return;
            };
            match value {
                #[expect(clippy::cast_possible_truncation)] // Seconds since 1970.
                Ok(Some(value)) => self
                    .gathered
                    .value(&service, at.floor() as i64, column, value),
                Ok(None) => {}
                Err(why) => {
                    let remedy = "the query must give a number of at least 0 in the column's unit";
                    let place = format!("{place}.values[{index}]");
                    self.findings
                        .push(error(codes::VALUE, &place, None, why, remedy));
                }
            }
        }
    }
}

fn is_answer(object: &Map<String, Value>) -> bool {
    object.contains_key("data") || object.contains_key("result") || object.contains_key("status")
}

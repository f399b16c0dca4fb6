//! Which query of Prometheus gives which column: a JSON object from column to `{query, serviceLabel}`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::cells::{COLUMNS, Column, short};
use super::codes::{self, error};
use crate::io::{Findings, did_you_mean};

/// The query of a column, and the label that names the service.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Query {
    /// The query as it was asked.
    pub query: String,
    /// Label of its series that holds the service's name.
    pub service_label: String,
}

/// Queries by column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    pub(super) queries: BTreeMap<Column, Query>,
}

impl Mapping {
    /// The column that a query gives, or that has this name.
    pub(super) fn column(&self, query_or_name: &str) -> Option<Column> {
        let of_query = self
            .queries
            .iter()
            .find(|(_, query)| query.query == query_or_name);
        of_query.map(|(column, _)| *column).or_else(|| {
            Column::of_heading(query_or_name).filter(|column| self.queries.contains_key(column))
        })
    }

    /// The only column that the series of this metric name can be: a query is a selector of it.
    pub(super) fn of_metric(&self, name: &str) -> Option<Column> {
        let mut found = (self.queries.iter())
            .filter(|(_, query)| {
                let rest = query.query.strip_prefix(name);
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['{', '[']))
            })
            .map(|(column, _)| *column);
        let first = found.next();
        first.filter(|_| found.next().is_none())
    }
}

/// Reads a mapping.
///
/// # Errors
/// Everything that is wrong with it.
pub fn read_mapping(text: &str, file: &str) -> Result<Mapping, Findings> {
    let wrong = |place: &str, line: Option<usize>, cause: String| {
        let remedy =
            "write {\"cpu_units_max\": {\"query\": \"…\", \"serviceLabel\": \"service\"}, …}";
        error(codes::MAPPING, place, line, cause, remedy)
    };
    let document: BTreeMap<String, serde_json::Value> = match serde_json::from_str(text) {
        Ok(document) => document,
        Err(why) => {
            let finding = wrong("(the whole file)", Some(why.line()), why.to_string());
            return Err(Findings::new(file, vec![finding]));
        }
    };
    let mut findings = Vec::new();
    let mut queries = BTreeMap::new();
    for (name, value) in document {
        let column = Column::of_heading(&name)
            .filter(|column| !matches!(column, Column::Service | Column::Timestamp));
        let Some(column) = column else {
            let known = COLUMNS[2..].iter().map(|(name, _)| *name);
            let cause = format!(
                "`{}` is no column that a query gives; {}",
                short(&name),
                did_you_mean(&name, known).trim_end()
            );
            findings.push(wrong(&short(&name), None, cause));
            continue;
        };
        match serde_json::from_value::<Query>(value) {
            Ok(query) => {
                queries.insert(column, query);
            }
            Err(why) => findings.push(wrong(&name, None, why.to_string())),
        }
    }
    if !queries.contains_key(&Column::CpuMax)
        && !queries.contains_key(&Column::MemoryMax)
        && findings.is_empty()
    {
        let cause = "neither `cpu_units_max` nor `memory_mib_max` has a query".to_owned();
        findings.push(wrong("(the whole file)", None, cause));
    }
    if findings.is_empty() {
        Ok(Mapping { queries })
    } else {
        Err(Findings::new(file, findings))
    }
}

//! A document as a tree with positions, whatever format it was written in.

use std::collections::BTreeSet;

use super::codes;
use super::cursor::Log;
use super::findings::{Finding, Severity};

/// Deepest nesting of lists and objects that is read; real files stay below 15.
pub(super) const MAX_DEPTH: usize = 128;

/// Line and column, both from 1; columns count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Position {
    pub line: usize,
    pub column: usize,
}

/// A value and where it stands; values that come from flags stand nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Node {
    pub position: Option<Position>,
    pub value: Value,
}

/// A value. Numbers keep their text, so that decimals stay exact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Number(String),
    Text(String),
    List(Vec<Node>),
    Object(Vec<Entry>),
}

/// One key of an object with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub key: String,
    /// The key as the file writes it, where that differs (CSV headings).
    pub shown: Option<&'static str>,
    pub position: Option<Position>,
    pub node: Node,
}

impl Value {
    /// The text of a text, and the digits of a number.
    pub(super) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Number(text) => Some(text),
            _ => None,
        }
    }

    /// The kind in words, for messages; never the value itself.
    pub(super) const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "true or false",
            Self::Number(_) => "a number",
            Self::Text(_) => "text",
            Self::List(_) => "a list",
            Self::Object(_) => "an object",
        }
    }
}

impl Node {
    /// A value given on the command line.
    pub(super) fn from_flag(value: &serde_json::Value) -> Self {
        let value = match value {
            serde_json::Value::Null => Value::Null,
            serde_json::Value::Bool(flag) => Value::Bool(*flag),
            serde_json::Value::Number(number) => Value::Number(number.to_string()),
            serde_json::Value::String(text) => Value::Text(text.clone()),
            serde_json::Value::Array(items) => {
                Value::List(items.iter().map(Self::from_flag).collect())
            }
            serde_json::Value::Object(entries) => Value::Object(
                entries
                    .iter()
                    .map(|(key, value)| Entry {
                        key: key.clone(),
                        shown: None,
                        position: None,
                        node: Self::from_flag(value),
                    })
                    .collect(),
            ),
        };
        Self {
            position: None,
            value,
        }
    }

    /// The value alone, as if it came from a flag.
    pub(super) fn without_positions(&self) -> Self {
        let value = match &self.value {
            Value::List(items) => Value::List(items.iter().map(Self::without_positions).collect()),
            Value::Object(entries) => Value::Object(
                (entries.iter())
                    .map(|entry| Entry {
                        position: None,
                        node: entry.node.without_positions(),
                        ..entry.clone()
                    })
                    .collect(),
            ),
            other => other.clone(),
        };
        Self {
            position: None,
            value,
        }
    }

    /// Reports every key that an object holds twice.
    pub(super) fn report_duplicate_keys(&self, path: &str, log: &mut Log) {
        match &self.value {
            Value::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    item.report_duplicate_keys(&format!("{path}[{index}]"), log);
                }
            }
            Value::Object(entries) => {
                let mut seen = BTreeSet::new();
                for entry in entries {
                    let place = joined(path, &entry.key);
                    if !seen.insert(&entry.key) {
                        log.push(Finding {
                            code: codes::DUPLICATE_KEY,
                            severity: Severity::Error,
                            place: place.clone(),
                            line: entry.position.map(|p| p.line),
                            column: entry.position.map(|p| p.column),
                            cause: format!("the key `{}` is given twice in one object", entry.key),
                            remedy: "keep one of them".to_owned(),
                        });
                    }
                    entry.node.report_duplicate_keys(&place, log);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => {}
        }
    }
}

/// The path of a key of the object at `path`.
pub(super) fn joined(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}

/// Why a text is not a document at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DocumentError {
    pub code: &'static str,
    pub position: Position,
    pub cause: String,
    pub remedy: String,
}

impl From<DocumentError> for Finding {
    fn from(error: DocumentError) -> Self {
        Self {
            code: error.code,
            severity: Severity::Error,
            place: "(the whole file)".to_owned(),
            line: Some(error.position.line),
            column: Some(error.position.column),
            cause: error.cause,
            remedy: error.remedy,
        }
    }
}

impl DocumentError {
    /// The finding about the whole file.
    pub(super) fn finding(self) -> Finding {
        Finding {
            code: self.code,
            severity: Severity::Error,
            place: "(the whole file)".to_owned(),
            line: Some(self.position.line),
            column: Some(self.position.column),
            cause: self.cause,
            remedy: self.remedy,
        }
    }

    pub(super) fn too_deep(position: Position) -> Self {
        Self {
            code: codes::TOO_DEEP,
            position,
            cause: format!("lists and objects are nested more than {MAX_DEPTH} levels deep"),
            remedy: "a cluster file needs fewer than 20 levels; look for a stray bracket"
                .to_owned(),
        }
    }
}

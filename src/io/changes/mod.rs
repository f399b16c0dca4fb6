//! A cluster file with changes laid over it: what `--set PATH=VALUE` and scenario files say.
//!
//! Changes are applied to the document before it is imported, so that a changed cluster passes the same importer
//! as a file written that way. The size of a service that refers to a task definition (`api.memory`) is the one
//! exception: it is laid over the imported task, since a file has no place for it.

mod apply;
mod containers;
mod found;
mod network;
mod path;
mod resized;
mod sidecar;
mod sizes;
mod sweep;
mod union;

use std::path::Path as FilePath;

use super::cluster_file::{self, Format, ImportOptions, Imported};
use super::codes;
use super::cursor::{Cursor, Log};
use super::document::{Entry, Node, Value};
use super::findings::{Finding, Findings, Severity};
use super::{flat_csv, json, kubernetes, yaml};

pub use sidecar::{SidecarMove, sidecar_change};

use path::Path;
use sizes::SizeChange;

pub use resized::Resize;
pub(super) use sweep::Sweep;
pub use union::{Described, union};

const DEFINITIONS: &str = "taskDefinitions";
const DEFINITION: &str = "taskDefinition";

/// A place in a cluster file and the value it gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    path: Path,
    value: Node,
    /// The value as a person wrote it.
    shown: String,
}

impl Change {
    /// A change from its two texts; the value is read as YAML reads it (`40`, `[ARM64]`, `only`).
    ///
    /// # Errors
    /// When the path is malformed.
    pub fn try_new(path: &str, value: &str) -> Result<Self, Box<Finding>> {
        Ok(Self {
            path: Path::parse(path)?,
            value: value_of(value),
            shown: value.trim().to_owned(),
        })
    }

    /// A change of a key of the policy.
    #[must_use]
    pub fn of_policy(key: &str, value: &serde_json::Value) -> Self {
        Self {
            path: Path::of_policy(key),
            value: Node::from_flag(value),
            shown: match value {
                serde_json::Value::String(text) => text.clone(),
                other => other.to_string(),
            },
        }
    }

    /// A change from a node of a scenario file.
    pub(super) fn of_node(path: &str, node: &Node) -> Result<Self, Box<Finding>> {
        Ok(Self {
            path: Path::parse(path)?,
            value: node.without_positions(),
            shown: shown(node),
        })
    }

    /// `PATH=VALUE` as given, the value's text in one line.
    #[must_use]
    pub fn label(&self) -> String {
        format!("{}={}", self.path, self.shown)
    }

    /// Whether it moves a container between tasks and a daemon, for which a file has no place.
    #[must_use]
    pub fn is_of_sidecars(&self) -> bool {
        matches!(&self.path.steps[0], path::Step::Name(name) if name == sidecar::SECTION)
    }

    /// Whether the change is to this place and no part of it.
    #[must_use]
    pub fn is_of(&self, path: &str) -> bool {
        self.path.to_string() == path
    }
}

/// A value as YAML reads it; what is no YAML is text.
fn value_of(text: &str) -> Node {
    let node = yaml::parse(text).unwrap_or(Node {
        position: None,
        value: Value::Text(text.trim().to_owned()),
    });
    node.without_positions()
}

/// A value in the form that a flag gives it.
fn shown(node: &Node) -> String {
    match &node.value {
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(text) | Value::Text(text) => text.clone(),
        Value::List(items) => {
            let items: Vec<String> = items.iter().map(shown).collect();
            format!("[{}]", items.join(","))
        }
        Value::Object(entries) => {
            let entries: Vec<String> = (entries.iter())
                .map(|entry| format!("{}: {}", entry.key, shown(&entry.node)))
                .collect();
            format!("{{{}}}", entries.join(", "))
        }
    }
}

/// A cluster file's document, ready to be changed and imported many times.
#[derive(Debug, Clone)]
pub struct ClusterDocument {
    file: String,
    stem: String,
    root: Node,
    sizes: Vec<SizeChange>,
}

impl ClusterDocument {
    /// Parses a cluster file (JSON, YAML or flat CSV) without importing it.
    ///
    /// # Errors
    /// When the text is not of its format.
    pub fn parse(text: &str, file_name: &str) -> Result<Self, Findings> {
        Self::parse_with_columns(text, file_name, &[])
    }

    /// The same; of a flat CSV with columns by their headings there, as [`ImportOptions::columns`] has them.
    ///
    /// # Errors
    /// When the text is not of its format, or a column is not there.
    pub fn parse_with_columns(
        text: &str,
        file_name: &str,
        columns: &[(String, String)],
    ) -> Result<Self, Findings> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut log = Log::default();
        let root = match Format::of(text, file_name) {
            Format::Csv => flat_csv::read(text, columns, &mut log).map(of_rows),
            Format::Json => parsed(json::parse(text), &mut log),
            Format::Yaml => parsed(yaml::parse(text), &mut log),
        };
        let failed = log.has_errors();
        match root {
            Some(root) if !failed => Ok(Self {
                file: file_name.to_owned(),
                stem: FilePath::new(file_name).file_stem().map_or_else(
                    || file_name.to_owned(),
                    |stem| stem.to_string_lossy().into_owned(),
                ),
                root: kubernetes::with_settings_on_top(root),
                sizes: Vec::new(),
            }),
            _ => Err(Findings::new(file_name, log.findings)),
        }
    }

    /// The document with changes laid over it, one after another.
    ///
    /// # Errors
    /// Every path that leads nowhere, with a suggestion where one is near.
    pub fn with(&self, changes: &[Change]) -> Result<Self, Findings> {
        let mut changed = self.clone();
        let mut findings = Vec::new();
        for change in changes {
            let done = if change.is_of_sidecars() {
                sidecar::apply(&mut changed.root, change).map(|()| Vec::new())
            } else {
                apply::apply(&mut changed.root, change)
            };
            match done {
                Ok(sizes) => changed.sizes.extend(sizes),
                Err(finding) => findings.push(*finding),
            }
        }
        if findings.is_empty() {
            Ok(changed)
        } else {
            Err(Findings::new(&self.file, findings))
        }
    }

    /// The cluster that the document describes.
    ///
    /// # Errors
    /// Everything that is wrong with it, together.
    pub fn import(&self, options: &ImportOptions) -> Result<Imported, Findings> {
        let root = self.root.clone();
        cluster_file::read_document(
            root,
            &self.file,
            self.stem.clone(),
            options,
            |cluster, log| {
                for size in &self.sizes {
                    size.apply(cluster, log);
                }
            },
        )
    }

    /// Text of a field of the top level, if it is there.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<&str> {
        match &Cursor::new(&self.root, "").get(key)?.node.value {
            Value::Text(text) | Value::Number(text) => Some(text),
            _ => None,
        }
    }

    /// Names of containers that stand beside others in at least so many task definitions for instances, in the file's order.
    #[must_use]
    pub fn sidecars(&self, least: usize) -> Vec<String> {
        sidecar::of_several(&self.root, least)
    }

    /// Names of the services that run on every instance.
    #[must_use]
    pub fn daemons(&self) -> Vec<String> {
        sidecar::daemons(&self.root)
    }

    /// Number of entries of a list of the top level; 0 where there is none.
    #[must_use]
    pub fn length(&self, key: &str) -> usize {
        match Cursor::new(&self.root, "")
            .get(key)
            .map(|list| &list.node.value)
        {
            Some(Value::List(items)) => items.len(),
            _ => 0,
        }
    }
}

fn parsed(document: Result<Node, super::document::DocumentError>, log: &mut Log) -> Option<Node> {
    match document {
        Ok(node) => Some(node),
        Err(error) => {
            log.push(error.finding());
            None
        }
    }
}

/// The rows of a flat CSV as a cluster file.
fn of_rows(rows: Node) -> Node {
    let entry = |key: &str, value: Value| Entry {
        key: key.to_owned(),
        shown: None,
        position: None,
        node: Node {
            position: None,
            value,
        },
    };
    Node {
        position: None,
        value: Value::Object(vec![
            entry("version", Value::Number("1".to_owned())),
            Entry {
                node: rows,
                ..entry("services", Value::Null)
            },
        ]),
    }
}

/// An error about a change, which stands in no file.
fn finding(code: &'static str, place: String, cause: String, remedy: String) -> Finding {
    Finding {
        code,
        severity: Severity::Error,
        place,
        line: None,
        column: None,
        cause,
        remedy,
    }
}

/// A text that is not `PATH=VALUE`.
pub(super) fn malformed(text: &str, cause: impl Into<String>) -> Finding {
    finding(
        codes::CHANGE,
        text.to_owned(),
        cause.into(),
        "write PATH=VALUE, as in `api.desiredCount=40` or `services.*.architectures=[ARM64]`"
            .to_owned(),
    )
}

#[cfg(test)]
mod resized_tests;
#[cfg(test)]
mod tests;

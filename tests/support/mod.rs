//! What the integration tests share: tiny random clusters, an exhaustive solver for them, and the one
//! place where they call the importer and the planner.

// Each test file uses a part of it.
#![allow(dead_code)]

pub mod document;
pub mod exhaustive;
pub mod json_schema;
pub mod tiny;

use bayplan::domain::cluster::Cluster;
use bayplan::io::{ImportOptions, read_cluster};
use serde_json::Value;

/// The cluster of a file that must be accepted.
pub fn imported(file: &Value) -> Cluster {
    match read_cluster(&file.to_string(), "tiny.json", &ImportOptions::default()) {
        Ok(imported) => imported.cluster,
        Err(findings) => panic!("a generated file must be valid: {findings:?}\n{file:#}"),
    }
}

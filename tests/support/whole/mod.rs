//! What the tests of the whole model share: a tiny catalogue, random clusters in which every rule takes
//! part, and an exhaustive solver for them.

// Each test file uses a part of it.
#![allow(dead_code)]

pub mod catalogue;
pub mod clusters;
pub mod document;
pub mod exhaustive;
pub mod rules;

use bayplan::domain::cluster::Cluster;
use bayplan::io::{ImportOptions, read_cluster};
use serde_json::Value;

/// Number of random clusters.
pub const CLUSTERS: u64 = 520;

/// The cluster of a file that must be accepted.
pub fn imported(file: &Value) -> Cluster {
    match read_cluster(&file.to_string(), "whole.json", &ImportOptions::default()) {
        Ok(imported) => imported.cluster,
        Err(findings) => panic!("a generated file must be valid: {findings:?}\n{file:#}"),
    }
}

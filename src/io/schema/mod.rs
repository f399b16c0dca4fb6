//! JSON Schemas (draft 2020-12) of the documents that people and programs write or read.
//!
//! They say what an editor can help with and a program can rely on: keys, types, words and bounds. What takes
//! several places of a file to see (contradictions, references that lead nowhere) only the importer finds. A
//! document that the importer accepts is valid by its schema; sections in the AWS APIs' words accept further fields.

mod cluster;
mod parts;
mod plan;
mod policy;
mod scenarios;

use serde_json::{Value, json};

/// A document that has a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SchemaOf {
    /// The cluster file.
    Cluster,
    /// The plan that `plan --format json` prints.
    Plan,
    /// The scenario file of `what-if`.
    Scenarios,
}

/// The schema of a document, as indented JSON with a line feed at its end.
#[must_use]
pub fn json_schema(of: SchemaOf) -> String {
    let (title, mut schema) = match of {
        SchemaOf::Cluster => ("bayplan cluster file", cluster::schema()),
        SchemaOf::Plan => ("bayplan plan", plan::schema()),
        SchemaOf::Scenarios => ("bayplan scenario file", scenarios::schema()),
    };
    let head = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
    });
    let mut all = head;
    if let (Value::Object(all), Value::Object(rest)) = (&mut all, &mut schema) {
        all.append(rest);
    }
    let mut text = serde_json::to_string_pretty(&all).expect("texts and numbers");
    text.push('\n');
    text
}

//! What the importer's readers accept, as schemas.

use serde_json::{Value, json};

/// A number from 0 that may stand as text too, as shells and CSV write it.
pub(super) fn decimal(most: u64) -> Value {
    json!({"type": ["number", "string", "null"], "minimum": 0, "maximum": most,
           "pattern": r"^[+-]?[0-9]*\.?[0-9]+([eE][+-]?[0-9]+)?$"})
}

/// A whole number that may stand as text too.
pub(super) fn whole(least: u64, most: u64) -> Value {
    json!({"type": ["integer", "string", "null"], "minimum": least, "maximum": most,
           "pattern": r"^\+?[0-9]+(\.0*)?$"})
}

/// CPU or memory: a number, or a text with a unit.
pub(super) fn quantity() -> Value {
    json!({"type": ["number", "string", "null"], "minimum": 0, "pattern": "[0-9]"})
}

/// A text; YAML may read a number of it.
pub(super) fn text() -> Value {
    json!({"type": ["string", "number", "null"]})
}

/// One of some words.
pub(super) fn words(words: &[&str]) -> Value {
    let mut all: Vec<Value> = words.iter().map(|word| json!(word)).collect();
    all.push(Value::Null);
    json!({"enum": all})
}

/// An object of the AWS APIs, which AWS adds fields to.
pub(super) fn aws(description: &str, properties: &Value) -> Value {
    json!({"description": description, "type": "object", "properties": properties})
}

/// A section: a list, the reply of `describe-*` around it, or a list of such replies.
pub(super) fn section(description: &str, item: &str) -> Value {
    let item = json!({"$ref": format!("#/$defs/{item}")});
    json!({"description": description, "type": ["array", "object", "null"], "items": item})
}

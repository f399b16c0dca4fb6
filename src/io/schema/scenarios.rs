//! The scenario file.

use serde_json::{Value, json};

/// The whole file.
pub(super) fn schema() -> Value {
    json!({
        "type": "object",
        "required": ["scenarios"],
        "properties": {
            "version": {"description": "Version of the form of this file.", "const": 1},
            "scenarios": {"type": "array", "items": {"$ref": "#/$defs/scenario"}},
        },
        "additionalProperties": false,
        "$defs": {
            "scenario": {
                "description": "Changes that are made together; ranges and lists make several scenarios of one.",
                "type": "object",
                "properties": {
                    "name": {"type": ["string", "number"]},
                    "set": {"$ref": "#/$defs/set"},
                    "each": {
                        "description": "A list of values for each path: one scenario for each combination.",
                        "type": "object",
                        "additionalProperties": {"type": "array", "minItems": 1},
                    },
                    "cross": {
                        "description": "Lists of alternatives: one scenario for each combination.",
                        "type": "array",
                        "items": {
                            "type": "array",
                            "minItems": 1,
                            "items": {"$ref": "#/$defs/alternative"},
                        },
                    },
                },
                "additionalProperties": false,
                "anyOf": [{"required": ["set"]}, {"required": ["each"]}, {"required": ["cross"]}],
            },
            "alternative": {
                "type": "object",
                "properties": {
                    "name": {"type": ["string", "number"]},
                    "set": {"$ref": "#/$defs/set"},
                },
                "additionalProperties": false,
            },
            "set": {
                "description": "Paths and values: an object, or a list of PATH=VALUE.",
                "type": ["object", "array"],
                "items": {"type": "string", "pattern": "="},
            },
        },
    })
}

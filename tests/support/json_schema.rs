//! A validator for the keywords that the published schemas use; any other keyword is a panic.

use regex::Regex;
use serde_json::Value;

/// Where a document is not what a schema says, as `place: keyword`.
pub fn faults(schema: &Value, document: &Value) -> Vec<String> {
    let mut found = Vec::new();
    check(schema, schema, document, "", &mut found);
    found
}

fn is_type(name: &str, value: &Value) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("no type of JSON Schema: {other}"),
    }
}

fn joined(place: &str, key: &str) -> String {
    if place.is_empty() {
        key.to_owned()
    } else {
        format!("{place}.{key}")
    }
}

fn check(root: &Value, schema: &Value, value: &Value, place: &str, found: &mut Vec<String>) {
    let rules = schema.as_object().expect("a schema is an object here");
    let fault = |keyword: &str, holds: bool, found: &mut Vec<String>| {
        if !holds {
            found.push(format!("{place}: {keyword}"));
        }
    };
    for (keyword, rule) in rules {
        match keyword.as_str() {
            "$schema" | "$defs" | "title" | "description" => {}
            "$ref" => {
                let path = rule.as_str().and_then(|text| text.strip_prefix('#'));
                let target = root
                    .pointer(path.expect("a reference inside"))
                    .expect("a definition");
                check(root, target, value, place, found);
            }
            "type" => {
                let names = rule
                    .as_array()
                    .cloned()
                    .unwrap_or_else(|| vec![rule.clone()]);
                let holds = names
                    .iter()
                    .any(|name| is_type(name.as_str().expect("a name"), value));
                fault(keyword, holds, found);
            }
            "const" => fault(keyword, value == rule, found),
            "enum" => fault(
                keyword,
                rule.as_array().expect("a list").contains(value),
                found,
            ),
            "minimum" => fault(
                keyword,
                value
                    .as_f64()
                    .is_none_or(|n| n >= rule.as_f64().expect("a number")),
                found,
            ),
            "maximum" => fault(
                keyword,
                value
                    .as_f64()
                    .is_none_or(|n| n <= rule.as_f64().expect("a number")),
                found,
            ),
            "minLength" => fault(
                keyword,
                value
                    .as_str()
                    .is_none_or(|text| text.len() as u64 >= rule.as_u64().expect("a number")),
                found,
            ),
            "minItems" => fault(
                keyword,
                value
                    .as_array()
                    .is_none_or(|items| items.len() as u64 >= rule.as_u64().expect("a number")),
                found,
            ),
            "pattern" => {
                let pattern = Regex::new(rule.as_str().expect("a text")).expect("a pattern");
                fault(
                    keyword,
                    value.as_str().is_none_or(|text| pattern.is_match(text)),
                    found,
                );
            }
            "required" => {
                let Some(object) = value.as_object() else {
                    continue;
                };
                for key in rule.as_array().expect("a list") {
                    let key = key.as_str().expect("a key");
                    if !object.contains_key(key) {
                        found.push(format!("{}: {keyword}", joined(place, key)));
                    }
                }
            }
            "properties" => {
                for (key, rule) in rule.as_object().expect("schemas") {
                    if let Some(own) = value.get(key) {
                        check(root, rule, own, &joined(place, key), found);
                    }
                }
            }
            "additionalProperties" => {
                let known = rules.get("properties").and_then(Value::as_object);
                for (key, own) in value.as_object().into_iter().flatten() {
                    if known.is_some_and(|known| known.contains_key(key)) {
                        continue;
                    }
                    if rule == &Value::Bool(false) {
                        found.push(format!("{}: {keyword}", joined(place, key)));
                    } else {
                        check(root, rule, own, &joined(place, key), found);
                    }
                }
            }
            "items" => {
                for (index, own) in value.as_array().into_iter().flatten().enumerate() {
                    check(root, rule, own, &format!("{place}[{index}]"), found);
                }
            }
            "anyOf" => {
                let holds = rule.as_array().expect("schemas").iter().any(|rule| {
                    let mut faults = Vec::new();
                    check(root, rule, value, place, &mut faults);
                    faults.is_empty()
                });
                fault(keyword, holds, found);
            }
            other => panic!("the schemas use no keyword {other}"),
        }
    }
}

//! Every change of one field of a document.

use std::fmt;

use serde_json::{Map, Value, json};

/// One field forged.
pub struct Forgery {
    path: Vec<Step>,
    /// `None` deletes.
    value: Option<Value>,
}

#[derive(Clone)]
enum Step {
    Key(String),
    Index(usize),
}

impl Forgery {
    /// The document with the field forged.
    pub fn made_in(&self, honest: &Value) -> Value {
        let mut forged = honest.clone();
        let (last, before) = self.path.split_last().expect("a field");
        let mut node = &mut forged;
        for step in before {
            node = match step {
                Step::Key(key) => &mut node[key],
                Step::Index(index) => &mut node[index],
            };
        }
        match (last, &self.value) {
            (Step::Key(key), Some(value)) => node[key] = value.clone(),
            (Step::Index(index), Some(value)) => node[index] = value.clone(),
            (Step::Key(key), None) => {
                node.as_object_mut().expect("an object").shift_remove(key);
            }
            (Step::Index(index), None) => {
                node.as_array_mut().expect("a list").remove(*index);
            }
        }
        forged
    }

    /// The field without its indices: `services[].usdPerHour`.
    pub fn field(&self) -> String {
        written(&self.path, |_| String::new())
    }
}

impl fmt::Display for Forgery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = written(&self.path, |index| index.to_string());
        match &self.value {
            Some(value) => write!(f, "{place} = {value}"),
            None => write!(f, "{place} deleted"),
        }
    }
}

fn written(path: &[Step], index: impl Fn(usize) -> String) -> String {
    let mut text = String::new();
    for step in path {
        match step {
            Step::Key(key) if text.is_empty() => text.push_str(key),
            Step::Key(key) => {
                text.push('.');
                text.push_str(key);
            }
            Step::Index(at) => {
                text.push('[');
                text.push_str(&index(*at));
                text.push(']');
            }
        }
    }
    text
}

/// Every forgery of a document.
pub fn of(honest: &Value) -> Vec<Forgery> {
    let mut found = Vec::new();
    walk(honest, &mut Vec::new(), &mut found);
    found
}

fn walk(node: &Value, path: &mut Vec<Step>, found: &mut Vec<Forgery>) {
    if !path.is_empty() {
        let values = others(node).into_iter().map(Some);
        found.extend(values.chain([None]).map(|value| Forgery {
            path: path.clone(),
            value,
        }));
    }
    let steps: Vec<(Step, &Value)> = match node {
        Value::Object(object) => (object.iter())
            .map(|(key, value)| (Step::Key(key.clone()), value))
            .collect(),
        Value::Array(list) => (list.iter().enumerate())
            .map(|(index, value)| (Step::Index(index), value))
            .collect(),
        _ => Vec::new(),
    };
    for (step, value) in steps {
        path.push(step);
        walk(value, path, found);
        path.pop();
    }
}

/// Values in place of one: others of its type, and one of another type.
fn others(value: &Value) -> Vec<Value> {
    match value {
        Value::Null => vec![json!(1), json!("x")],
        Value::Bool(value) => vec![json!(!value), json!("x")],
        Value::Number(number) => {
            if let Some(whole) = number.as_u64() {
                let less = whole.checked_sub(1).map(|less| json!(less));
                let others = [
                    json!(whole + 1),
                    json!(1_u64 << 62),
                    json!("x"),
                    Value::Null,
                ];
                less.into_iter().chain(others).collect()
            } else {
                let number = number.as_f64().expect("a finite number");
                let others = [number * 1.5 + 0.01, number * 0.5, number + 1e-6, -number];
                let swaps = [json!("x"), Value::Null];
                others
                    .map(|other| json!(other))
                    .into_iter()
                    .chain(swaps)
                    .collect()
            }
        }
        Value::String(text) => {
            let longer = format!("{text}x");
            vec![json!(longer), json!(""), json!(7), Value::Null]
        }
        Value::Array(list) => {
            let mut others = vec![json!({}), json!("x"), json!([])];
            if let Some(last) = list.last() {
                let twice = list.iter().chain([last]).cloned().collect();
                others.push(Value::Array(twice));
            }
            others
        }
        Value::Object(_) => vec![
            json!([]),
            json!("x"),
            Value::Object(Map::new()),
            Value::Null,
        ],
    }
}

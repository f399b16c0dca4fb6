//! Terraform's JSON syntax.

use serde_json::{Map, Value as Json};

use super::language::{Block, Item, Value, has_template};
use super::native;

/// Blocks in Terraform's JSON syntax. Blocks of one kind and with the same labels become a list.
pub(super) fn terraform_json(blocks: &[Block]) -> Json {
    let mut document = Map::new();
    for block in blocks {
        place(&mut document, block);
    }
    Json::Object(document)
}

fn place(parent: &mut Map<String, Json>, block: &Block) {
    let mut at = parent;
    let mut key = block.kind;
    for label in &block.labels {
        let inner = at
            .entry(key.to_owned())
            .or_insert_with(|| Json::Object(Map::new()));
        at = inner
            .as_object_mut()
            .expect("labelled blocks share no key with others");
        key = label;
    }
    let body = body(&block.items);
    match at.get_mut(key) {
        Some(Json::Array(list)) => list.push(body),
        // `import` and nested blocks may be there several times; resources may not.
        _ if block.labels.is_empty() => {
            at.insert(key.to_owned(), Json::Array(vec![body]));
        }
        _ => {
            at.insert(key.to_owned(), body);
        }
    }
}

fn body(items: &[Item]) -> Json {
    let mut body = Map::new();
    for item in items {
        match item {
            Item::Attribute { name, value, .. } => {
                body.insert(name.clone(), json_value(value));
            }
            Item::Block(block) => place(&mut body, block),
            Item::Gap => {}
        }
    }
    Json::Object(body)
}

fn json_value(value: &Value) -> Json {
    match value {
        Value::Text(text) => Json::from(json_text(text)),
        Value::Number(number) => Json::from(*number),
        Value::Flag(flag) => Json::from(*flag),
        Value::Code(code) => Json::from(format!("${{{code}}}")),
        Value::Name(name) => Json::from(name.as_str()),
        Value::Staged(..) => Json::from(format!("${{{}}}", native::expression(value))),
        Value::List(items) => items.iter().map(json_value).collect(),
        Value::Map(items) => body(items),
    }
}

/// JSON strings are templates for Terraform: where a text would hold one, each dollar and percent sign becomes a template of
/// its own that gives that sign.
fn json_text(text: &str) -> String {
    if !has_template(text) {
        return text.to_owned();
    }
    text.chars().fold(String::new(), |mut escaped, c| {
        match c {
            '$' => escaped.push_str("${\"$\"}"),
            '%' => escaped.push_str("${\"%\"}"),
            _ => escaped.push(c),
        }
        escaped
    })
}

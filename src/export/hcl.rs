//! Terraform's language: blocks with attributes, written as `terraform fmt` would, or as its JSON form.
//!
//! Only [`Value::Code`] and [`Value::Name`] are written as they are, and they never hold text of a plan.

use std::fmt::Write as _;

use serde_json::{Map, Value as Json};

use super::tree::comment;

/// An attribute's value.
#[derive(Debug, Clone)]
pub(super) enum Value {
    Text(String),
    Number(u64),
    Flag(bool),
    /// An expression such as `var.subnets`.
    Code(String),
    /// What the JSON form writes as plain text: an attribute's name, a type, a resource's address.
    Name(String),
    List(Vec<Value>),
}

/// A part of a block.
#[derive(Debug, Clone)]
pub(super) enum Item {
    Attribute {
        name: String,
        value: Value,
        reason: Option<String>,
    },
    Block(Block),
}

/// A block such as `resource "aws_autoscaling_group" "web" { … }`.
#[derive(Debug, Clone)]
pub(super) struct Block {
    pub kind: &'static str,
    pub labels: Vec<String>,
    pub reason: Option<String>,
    pub items: Vec<Item>,
}

impl Block {
    pub(super) fn new<const N: usize>(
        kind: &'static str,
        labels: [&str; N],
        items: Vec<Item>,
    ) -> Self {
        Self {
            kind,
            labels: labels.map(str::to_owned).into(),
            reason: None,
            items,
        }
    }

    pub(super) fn because(mut self, reason: impl Into<String>) -> Self {
        self.reason = Some(reason.into());
        self
    }
}

impl From<Block> for Item {
    fn from(block: Block) -> Self {
        Self::Block(block)
    }
}

impl Item {
    /// With the reason, where the format has comments.
    pub(super) fn because(self, why: impl Into<String>) -> Self {
        match self {
            Self::Attribute { name, value, .. } => Self::Attribute {
                name,
                value,
                reason: Some(why.into()),
            },
            Self::Block(block) => Self::Block(block.because(why)),
        }
    }
}

/// An attribute.
pub(super) fn set(name: &str, value: impl Into<Value>) -> Item {
    Item::Attribute {
        name: name.to_owned(),
        value: value.into(),
        reason: None,
    }
}

/// An expression.
pub(super) fn code(text: impl Into<String>) -> Value {
    Value::Code(text.into())
}

/// A name.
pub(super) fn name(text: impl Into<String>) -> Value {
    Value::Name(text.into())
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

/// Blocks in Terraform's own syntax.
pub(super) fn hcl(blocks: &[Block]) -> String {
    let mut text = String::new();
    for (index, block) in blocks.iter().enumerate() {
        if index > 0 {
            text.push('\n');
        }
        write_block(&mut text, block, 0);
    }
    text
}

fn write_block(text: &mut String, block: &Block, indent: usize) {
    if let Some(reason) = &block.reason {
        text.push_str(&comment(reason, "#", indent));
    }
    let _ = write!(text, "{:indent$}{}", "", block.kind);
    for label in &block.labels {
        let _ = write!(text, " {}", quoted(label));
    }
    text.push_str(" {\n");
    let mut previous: Option<&Item> = None;
    for (index, item) in block.items.iter().enumerate() {
        let is_block = |item: &Item| matches!(item, Item::Block(_));
        if previous.is_some_and(|previous| is_block(previous) || is_block(item)) {
            text.push('\n');
        }
        match item {
            Item::Block(inner) => write_block(text, inner, indent + 2),
            Item::Attribute {
                name,
                value,
                reason,
            } => {
                if let Some(reason) = reason {
                    text.push_str(&comment(reason, "#", indent + 2));
                }
                let width = aligned_width(&block.items, index);
                let pad = indent + 2;
                let _ = write!(text, "{:pad$}{name:width$} = ", "");
                write_value(text, value);
                text.push('\n');
            }
        }
        previous = Some(item);
    }
    let _ = writeln!(text, "{:indent$}}}", "");
}

/// `terraform fmt` lines up the equals signs of attributes on consecutive lines; a comment and a block
/// end the run.
fn aligned_width(items: &[Item], index: usize) -> usize {
    let single = |at: usize| match &items[at] {
        Item::Attribute { name, .. } => Some(name.len()),
        Item::Block(_) => None,
    };
    let Some(own) = single(index) else { return 0 };
    let commented = |at: usize| {
        matches!(
            &items[at],
            Item::Attribute {
                reason: Some(_),
                ..
            }
        )
    };
    let mut width = own;
    let mut at = index;
    while at > 0 && !commented(at) && single(at - 1).is_some() {
        at -= 1;
        width = width.max(single(at).unwrap_or(0));
    }
    let mut at = index + 1;
    while at < items.len() && !commented(at) && single(at).is_some() {
        width = width.max(single(at).unwrap_or(0));
        at += 1;
    }
    width
}

fn write_value(text: &mut String, value: &Value) {
    match value {
        Value::Text(plain) => text.push_str(&quoted(plain)),
        Value::Number(number) => {
            let _ = write!(text, "{number}");
        }
        Value::Flag(flag) => {
            let _ = write!(text, "{flag}");
        }
        Value::Code(code) | Value::Name(code) => text.push_str(code),
        Value::List(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push_str(", ");
                }
                write_value(text, item);
            }
            text.push(']');
        }
    }
}

/// Whether Terraform would read a template in the text.
fn has_template(text: &str) -> bool {
    text.contains("${") || text.contains("%{")
}

/// A quoted template without sequences: where the text has some, every dollar and percent sign is written as a character's
/// number, so that none can meet a brace. Source: HCL native syntax, string literals and template sequences.
pub(super) fn quoted(text: &str) -> String {
    let template = has_template(text);
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                quoted.push('\\');
                quoted.push(c);
            }
            '$' | '%' if template => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(c));
            }
            ' '..='~' => quoted.push(c),
            '\n' => quoted.push_str("\\n"),
            _ if u32::from(c) > 0xffff => {
                let _ = write!(quoted, "\\U{:08x}", u32::from(c));
            }
            _ => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(c));
            }
        }
    }
    quoted.push('"');
    quoted
}

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
        _ if block.labels.is_empty() && key != "locals" => {
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
        Value::List(items) => items.iter().map(json_value).collect(),
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

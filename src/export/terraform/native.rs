//! Terraform's native syntax, written as `terraform fmt` would.

use std::fmt::Write as _;

use super::super::tree::comment;
use super::language::{Block, Item, Value, has_template};

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
    write_items(text, &block.items, indent + 2);
    let _ = writeln!(text, "{:indent$}}}", "");
}

/// The lines of a block's or an object's items.
fn write_items(text: &mut String, items: &[Item], indent: usize) {
    let mut previous: Option<&Item> = None;
    for (index, item) in items.iter().enumerate() {
        let is_block = |item: &Item| matches!(item, Item::Block(_));
        if previous.is_some_and(|previous| is_block(previous) || is_block(item)) {
            text.push('\n');
        }
        match item {
            Item::Block(inner) => write_block(text, inner, indent),
            Item::Gap => text.push('\n'),
            Item::Attribute {
                name,
                value,
                reason,
            } => {
                if let Some(reason) = reason {
                    text.push_str(&comment(reason, "#", indent));
                }
                let width = aligned_width(items, index, indent);
                let _ = write!(text, "{:indent$}{:width$} = ", "", key(name));
                text.push_str(&written(value, indent, name));
                text.push('\n');
            }
        }
        previous = Some(item);
    }
}

/// Longest line that a list may make.
const LONGEST: usize = 120;

/// A key of an object that is not an identifier is quoted.
fn key(name: &str) -> String {
    let plain = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && (name.chars()).all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if plain { name.to_owned() } else { quoted(name) }
}

/// `terraform fmt` lines up the equals signs of attributes on consecutive lines; a comment, a block and a value of several
/// lines end the run.
fn aligned_width(items: &[Item], index: usize, indent: usize) -> usize {
    let single = |at: usize| match &items[at] {
        Item::Attribute { name, value, .. } => {
            (!written(value, indent, name).contains('\n')).then(|| key(name).len())
        }
        Item::Block(_) | Item::Gap => None,
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

/// A value that begins behind `name = ` at `indent`.
fn written(value: &Value, indent: usize, name: &str) -> String {
    match value {
        Value::Text(plain) => quoted(plain),
        Value::Number(number) => number.to_string(),
        Value::Flag(flag) => flag.to_string(),
        Value::Code(code) | Value::Name(code) => code.clone(),
        Value::List(items) => list(items, indent, name),
        Value::Staged(items, at_first) => format!(
            "concat({}, var.stage == \"move\" ? {} : [])",
            list(items, indent, name),
            list(at_first, indent, name)
        ),
        Value::Map(items) if items.is_empty() => "{}".to_owned(),
        Value::Map(items) => {
            let mut text = "{\n".to_owned();
            write_items(&mut text, items, indent + 2);
            let _ = write!(text, "{:indent$}}}", "");
            text
        }
    }
}

/// The expression of a value, as it stands in a template of the JSON form.
pub(super) fn expression(value: &Value) -> String {
    written(value, 0, "")
}

/// A list on one line, or with an item a line where that would be long.
fn list(items: &[Value], indent: usize, name: &str) -> String {
    let parts: Vec<String> = (items.iter())
        .map(|item| written(item, indent + 2, name))
        .collect();
    let length: usize = parts.iter().map(|part| part.len() + 2).sum();
    let is_long = indent + name.len() + 3 + length > LONGEST;
    if !is_long && !parts.iter().any(|part| part.contains('\n')) {
        return format!("[{}]", parts.join(", "));
    }
    let lines = parts.iter().fold(String::new(), |mut lines, part| {
        let _ = writeln!(lines, "{:pad$}{part},", "", pad = indent + 2);
        lines
    });
    format!("[\n{lines}{:indent$}]", "")
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

#[cfg(test)]
mod tests {
    use super::super::language::set;
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_text_comes_back(text in any::<String>(), other in any::<String>()) {
            let items = vec![
                set("text", text.as_str()).because(other.as_str()),
                set("map", vec![set(&other, text.as_str()), set("zz", 1_u64)]),
            ];
            let written = hcl(&[Block::new("locals", [], items)]);
            let read: serde_json::Value = hcl::from_str(&written)
                .map_err(|error| TestCaseError::fail(format!("{error}\n{written}")))?;
            prop_assert_eq!(read["locals"]["text"].as_str(), Some(text.as_str()));
            if other != "zz" {
                prop_assert_eq!(read["locals"]["map"][&other].as_str(), Some(text.as_str()));
            }
        }
    }
}

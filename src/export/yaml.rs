//! A document as YAML: block style, every text in double quotes and in ASCII, reasons as comments.

use std::fmt::Write as _;

use super::tree::{Entry, Tree, comment};

/// The document of a map at the top.
pub(super) fn yaml(entries: &[Entry]) -> String {
    let mut text = String::new();
    map(&mut text, entries, 0, false);
    text
}

/// `continues`: the first key stands behind a list's dash.
fn map(text: &mut String, entries: &[Entry], indent: usize, continues: bool) {
    for (index, entry) in entries.iter().enumerate() {
        let in_line = continues && index == 0;
        // A comment cannot stand between a dash and its key.
        if let Some(reason) = entry.reason.as_ref().filter(|_| !in_line) {
            text.push_str(&comment(reason, "#", indent));
        }
        let pad = if in_line { 0 } else { indent };
        let _ = write!(text, "{:pad$}{}:", "", key(&entry.key));
        value(text, &entry.value, indent);
    }
}

fn value(text: &mut String, tree: &Tree, indent: usize) {
    match tree {
        Tree::List(items) if items.is_empty() => text.push_str(" []\n"),
        Tree::Map(entries) if entries.is_empty() => text.push_str(" {}\n"),
        Tree::Map(entries) => {
            text.push('\n');
            map(text, entries, indent + 2, false);
        }
        Tree::List(items) => {
            text.push('\n');
            list(text, items, indent + 2);
        }
        scalar => {
            let _ = writeln!(text, " {}", written(scalar));
        }
    }
}

fn list(text: &mut String, items: &[Tree], indent: usize) {
    for item in items {
        let _ = write!(text, "{:indent$}-", "");
        match item {
            Tree::Map(entries) if !entries.is_empty() => {
                text.push(' ');
                map(text, entries, indent + 2, true);
            }
            other => value(text, other, indent),
        }
    }
}

fn written(scalar: &Tree) -> String {
    match scalar {
        Tree::Number(number) => number.to_string(),
        Tree::Flag(flag) => flag.to_string(),
        Tree::Text(text) => quoted(text),
        Tree::List(_) | Tree::Map(_) => String::new(),
    }
}

fn key(key: &str) -> String {
    let plain = key.starts_with(|c: char| c.is_ascii_alphabetic())
        && key.chars().all(|c| c.is_ascii_alphanumeric() || c == ':')
        && !key.ends_with(':')
        && !matches!(
            key,
            "y" | "n" | "yes" | "no" | "on" | "off" | "true" | "false" | "null"
        );
    if plain { key.to_owned() } else { quoted(key) }
}

/// A double-quoted scalar. Source: YAML 1.2.2, section 5.7, escaped characters.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                quoted.push('\\');
                quoted.push(c);
            }
            '\n' => quoted.push_str("\\n"),
            ' '..='~' => quoted.push(c),
            _ => {
                let _ = write!(quoted, "\\U{:08x}", u32::from(c));
            }
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::super::tree::{entry, json, list as listed};
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_text_comes_back(text in any::<String>(), other in any::<String>()) {
            let document = vec![
                entry("Key", text.as_str()).because(other.as_str()),
                entry("List", listed([Tree::from([entry("A", other.as_str()), entry("Fn::B", 1_u64)])])),
                entry("Map", vec![entry("on", true), entry("Empty", listed(Vec::<Tree>::new()))]),
            ];
            let written = yaml(&document);
            let read: serde_json::Value = serde_saphyr::from_str(&written)
                .map_err(|error| TestCaseError::fail(format!("{error}\n{written}")))?;
            prop_assert_eq!(read, json(&Tree::Map(document)));
        }
    }
}

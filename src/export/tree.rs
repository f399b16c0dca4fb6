//! A document with the reason of each setting, before it is written in some format.
//!
//! The writers ([`json`] and [`super::yaml`]) escape every text.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use crate::domain::text::visible;

/// A value of the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Tree {
    Text(String),
    Number(u64),
    Flag(bool),
    List(Vec<Tree>),
    Map(Vec<Entry>),
}

/// A key with its value and why it is so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub key: String,
    pub reason: Option<String>,
    pub value: Tree,
}

impl Entry {
    /// With the reason, where the format has comments.
    pub(super) fn because(mut self, reason: impl Into<String>) -> Self {
        self.reason = Some(reason.into());
        self
    }
}

/// A key and its value.
pub(super) fn entry(key: impl Into<String>, value: impl Into<Tree>) -> Entry {
    Entry {
        key: key.into(),
        reason: None,
        value: value.into(),
    }
}

impl From<&str> for Tree {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Tree {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<u64> for Tree {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

impl From<bool> for Tree {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl From<Vec<Entry>> for Tree {
    fn from(entries: Vec<Entry>) -> Self {
        Self::Map(entries)
    }
}

impl<const N: usize> From<[Entry; N]> for Tree {
    fn from(entries: [Entry; N]) -> Self {
        Self::Map(entries.into())
    }
}

impl From<Vec<Tree>> for Tree {
    fn from(items: Vec<Tree>) -> Self {
        Self::List(items)
    }
}

/// A list of anything.
pub(super) fn list<T: Into<Tree>>(items: impl IntoIterator<Item = T>) -> Tree {
    Tree::List(items.into_iter().map(Into::into).collect())
}

/// The document as JSON, which has no comments.
pub(super) fn json(tree: &Tree) -> Value {
    match tree {
        Tree::Text(text) => Value::from(text.as_str()),
        Tree::Number(number) => Value::from(*number),
        Tree::Flag(flag) => Value::from(*flag),
        Tree::List(items) => Value::Array(items.iter().map(json).collect()),
        Tree::Map(entries) => {
            let pairs = entries
                .iter()
                .map(|entry| (entry.key.clone(), json(&entry.value)));
            Value::Object(pairs.collect::<Map<_, _>>())
        }
    }
}

/// JSON with two spaces a level and a line feed at its end.
pub(super) fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}

/// A reason as lines of a comment. No line break or control character of a name survives, so that a comment ends where it
/// should.
pub(super) fn comment(text: &str, mark: &str, indent: usize) -> String {
    let clean = visible(text);
    let width = 100_usize.saturating_sub(indent).max(40);
    let mut lines = vec![String::new()];
    for word in clean.split(' ').filter(|word| !word.is_empty()) {
        let line = lines.last_mut().expect("there is always a line");
        if line.is_empty() {
            line.push_str(word);
        } else if line.chars().count() + 1 + word.chars().count() <= width {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    let pad = " ".repeat(indent);
    lines.iter().fold(String::new(), |mut text, line| {
        let _ = writeln!(text, "{pad}{mark} {line}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_stays_a_comment() {
        for break_ in ['\n', '\r', '\u{85}', '\u{2028}', '\u{0b}'] {
            let text = comment(&format!("a{break_}rm -rf"), "#", 2);
            assert_eq!(text, format!("  # a⟨U+{:04X}⟩rm -rf\n", u32::from(break_)));
        }
    }

    #[test]
    fn long_reasons_are_wrapped() {
        let text = comment(&"word ".repeat(60), "//", 4);
        assert!(text.lines().count() > 2 && text.lines().all(|line| line.starts_with("    // ")));
    }
}

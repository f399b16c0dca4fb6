//! Walking a document: typed access to fields that records what is wrong and goes on.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::ops::RangeInclusive;

use rust_decimal::Decimal;

use crate::domain::text::visible_start;

use super::codes;
use super::document::{Entry, Node, Value, joined};
use super::findings::{Finding, Severity};
use super::suggest::did_you_mean;

/// Collects findings.
#[derive(Debug, Default)]
pub(super) struct Log {
    pub findings: Vec<Finding>,
    /// Usually reserved ports that some instance of the file leaves free: tasks may ask for them.
    pub freed_ports: BTreeSet<u16>,
    /// Cells of a CSV that are read as another text than the file has, by their place: what is said of one quotes the file.
    pub cells: BTreeMap<String, Cell>,
}

/// A cell of a CSV whose number is in another form than the file has it in.
#[derive(Debug)]
pub(super) struct Cell {
    /// What is read.
    pub read: String,
    /// What the file has.
    pub written: String,
}

impl Log {
    pub(super) fn push(&mut self, mut finding: Finding) {
        if let Some(cell) = self.cells.get(&finding.place) {
            let quoted = |text: &str| format!("`{text}`");
            let cause = &finding.cause;
            finding.cause = cause.replace(&quoted(&cell.read), &quoted(&cell.written));
        }
        finding.place = visible_start(&finding.place, LONGEST_QUOTE);
        finding.cause = visible_start(&finding.cause, LONGEST_QUOTE);
        self.findings.push(finding);
    }

    /// Forgets findings that say the same of the same place again.
    pub(super) fn forget_repeats(&mut self) {
        let mut said = BTreeSet::new();
        (self.findings).retain(|it| {
            said.insert((
                it.code,
                it.place.clone(),
                it.line,
                it.column,
                it.cause.clone(),
            ))
        });
    }

    pub(super) fn has_errors(&self) -> bool {
        self.findings
            .iter()
            .any(|finding| finding.severity == Severity::Error)
    }
}

/// Longest text of the input that a finding repeats, in characters.
const LONGEST_QUOTE: usize = 600;

/// A value of the document and the path that leads to it.
#[derive(Debug, Clone)]
pub(super) struct Cursor<'a> {
    pub node: &'a Node,
    pub path: String,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(node: &'a Node, path: impl Into<String>) -> Self {
        Self {
            node,
            path: path.into(),
        }
    }

    /// Records an error at this place.
    pub(super) fn error(
        &self,
        log: &mut Log,
        code: &'static str,
        cause: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.finding(log, Severity::Error, code, cause.into(), remedy.into());
    }

    /// Records a warning at this place.
    pub(super) fn warning(
        &self,
        log: &mut Log,
        code: &'static str,
        cause: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.finding(log, Severity::Warning, code, cause.into(), remedy.into());
    }

    fn finding(
        &self,
        log: &mut Log,
        severity: Severity,
        code: &'static str,
        cause: String,
        remedy: String,
    ) {
        log.push(Finding {
            code,
            severity,
            place: if self.path.is_empty() {
                "(the whole file)".to_owned()
            } else {
                self.path.clone()
            },
            line: self.node.position.map(|p| p.line),
            column: self.node.position.map(|p| p.column),
            cause,
            remedy,
        });
    }

    /// Records that the value has the wrong type.
    pub(super) fn wrong_type(&self, log: &mut Log, expected: &str) {
        self.error(
            log,
            codes::WRONG_TYPE,
            format!("expected {expected}, found {}", self.node.value.kind()),
            format!("write {expected}"),
        );
    }

    pub(super) fn is_object(&self) -> bool {
        matches!(self.node.value, Value::Object(_))
    }

    /// The entries of the object; anything else is a finding.
    pub(super) fn entries(&self, log: &mut Log) -> Option<&'a [Entry]> {
        if let Value::Object(entries) = &self.node.value {
            return Some(entries);
        }
        self.wrong_type(log, "an object");
        None
    }

    /// The field of that key, unless it is absent or null.
    pub(super) fn get(&self, key: &str) -> Option<Self> {
        let Value::Object(entries) = &self.node.value else {
            return None;
        };
        let entry = entries.iter().find(|entry| entry.key == key)?;
        if entry.node.value == Value::Null {
            return None;
        }
        Some(Self::new(
            &entry.node,
            joined(&self.path, entry.shown.unwrap_or(key)),
        ))
    }

    /// The field of that key; its absence is a finding.
    pub(super) fn require(&self, log: &mut Log, key: &str, remedy: &str) -> Option<Self> {
        let found = self.get(key);
        if found.is_none() {
            self.error(
                log,
                codes::MISSING_FIELD,
                format!("`{key}` is missing"),
                remedy,
            );
        }
        found
    }

    /// The items of the list; anything else is a finding.
    pub(super) fn items(&self, log: &mut Log) -> Vec<Self> {
        let Value::List(items) = &self.node.value else {
            self.wrong_type(log, "a list");
            return Vec::new();
        };
        items
            .iter()
            .enumerate()
            .map(|(index, item)| Self::new(item, format!("{}[{index}]", self.path)))
            .collect()
    }

    /// The items of the list under that key; none when it is absent.
    pub(super) fn list(&self, log: &mut Log, key: &str) -> Vec<Self> {
        self.get(key)
            .map(|list| list.items(log))
            .unwrap_or_default()
    }

    /// Text; numbers count as their digits, since YAML writes names of digits without quotes.
    pub(super) fn text(&self, log: &mut Log) -> Option<&'a str> {
        match &self.node.value {
            Value::Text(text) | Value::Number(text) => Some(text),
            _ => {
                self.wrong_type(log, "text");
                None
            }
        }
    }

    /// Text that is not empty and can be printed on one line.
    pub(super) fn name(&self, log: &mut Log) -> Option<&'a str> {
        let text = self.text(log)?;
        let (cause, remedy) = if text.trim().is_empty() {
            ("the text is empty", "give it a name, or leave the key out")
        } else if text.chars().any(char::is_control) {
            (
                "the text holds control characters",
                "write it without tabs, line feeds and escapes",
            )
        } else {
            return Some(text);
        };
        self.error(log, codes::OUT_OF_RANGE, cause, remedy);
        None
    }

    pub(super) fn boolean(&self, log: &mut Log) -> Option<bool> {
        if let Value::Bool(flag) = self.node.value {
            return Some(flag);
        }
        self.wrong_type(log, "true or false");
        None
    }

    /// An exact decimal number within a range.
    pub(super) fn decimal(&self, log: &mut Log, range: RangeInclusive<Decimal>) -> Option<Decimal> {
        let (Value::Number(text) | Value::Text(text)) = &self.node.value else {
            self.wrong_type(log, "a number");
            return None;
        };
        let Some(number) = exact_decimal(text) else {
            self.error(
                log,
                codes::WRONG_TYPE,
                format!("`{text}` is not a number"),
                format!("write a number {}", range_text(&range)),
            );
            return None;
        };
        self.within(log, number, &range).then_some(number)
    }

    /// A whole number within a range.
    pub(super) fn whole(&self, log: &mut Log, range: RangeInclusive<u64>) -> Option<u64> {
        let range = Decimal::from(*range.start())..=Decimal::from(*range.end());
        let (Value::Number(text) | Value::Text(text)) = &self.node.value else {
            self.wrong_type(log, "a whole number");
            return None;
        };
        let Some(number) = exact_decimal(text).filter(|n| n.fract().is_zero()) else {
            self.error(
                log,
                codes::WRONG_TYPE,
                format!("`{text}` is not a whole number"),
                format!("write a whole number {}", range_text(&range)),
            );
            return None;
        };
        if !self.within(log, number, &range) {
            return None;
        }
        u64::try_from(number).ok()
    }

    fn within(&self, log: &mut Log, number: Decimal, range: &RangeInclusive<Decimal>) -> bool {
        let inside = range.contains(&number);
        if !inside {
            self.error(
                log,
                codes::OUT_OF_RANGE,
                format!("{number} is out of range"),
                format!("write a number {}", range_text(range)),
            );
        }
        inside
    }

    /// One of a few words.
    pub(super) fn choice<T: Copy>(&self, log: &mut Log, choices: &[(&str, T)]) -> Option<T> {
        self.choice_beside(log, choices, &[])
    }

    /// The same of a field that takes values of another type too, which are named where it is none of them.
    pub(super) fn choice_beside<T: Copy>(
        &self,
        log: &mut Log,
        choices: &[(&str, T)],
        beside: &[&str],
    ) -> Option<T> {
        let text = self.text(log)?;
        if let Some((_, value)) = choices.iter().find(|(word, _)| *word == text) {
            return Some(*value);
        }
        let words = choices.iter().map(|(word, _)| *word);
        let words: Vec<_> = beside.iter().copied().chain(words).collect();
        self.error(
            log,
            codes::UNKNOWN_VALUE,
            format!("`{text}` is not known here"),
            format!(
                "{}use one of {}",
                did_you_mean(text, words.iter().copied()),
                quoted_list(&words)
            ),
        );
        None
    }

    /// What a parser of the domain makes of the text.
    pub(super) fn parsed<T, E: Display>(
        &self,
        log: &mut Log,
        code: &'static str,
        remedy: &str,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Option<T> {
        match parse(self.text(log)?) {
            Ok(value) => Some(value),
            Err(error) => {
                self.error(log, code, error.to_string(), remedy);
                None
            }
        }
    }

    /// Reports keys of the object that are in none of the lists.
    pub(super) fn report_unknown_keys(&self, log: &mut Log, known: &[&[&str]], what: &str) {
        let Value::Object(entries) = &self.node.value else {
            return;
        };
        let is_known = |key: &str| known.iter().any(|list| list.contains(&key));
        let all: Vec<_> = known.iter().flat_map(|list| list.iter().copied()).collect();
        for entry in entries.iter().filter(|entry| !is_known(&entry.key)) {
            self.report_unknown_key(log, entry, &all, what);
        }
    }

    /// Reports one key of the object as unknown.
    pub(super) fn report_unknown_key(
        &self,
        log: &mut Log,
        entry: &Entry,
        known: &[&str],
        what: &str,
    ) {
        let suggestion = did_you_mean(&entry.key, known.iter().copied());
        log.push(Finding {
            code: codes::UNKNOWN_KEY,
            severity: Severity::Error,
            place: joined(&self.path, &entry.key),
            line: entry.position.map(|p| p.line),
            column: entry.position.map(|p| p.column),
            cause: format!("`{}` is not a key of {what}", entry.key),
            remedy: format!("{suggestion}correct or remove the key"),
        });
    }
}

/// The decimal that a text writes, unless digits would be lost.
pub(super) fn exact_decimal(text: &str) -> Option<Decimal> {
    let text = text.trim();
    let text = text.strip_prefix('+').unwrap_or(text);
    if text.contains(['e', 'E']) {
        return Decimal::from_scientific(text).ok();
    }
    if !text.bytes().any(|b| b.is_ascii_digit()) || text.contains('_') {
        return None;
    }
    Decimal::from_str_exact(text).ok()
}

fn range_text(range: &RangeInclusive<Decimal>) -> String {
    format!("from {} to {}", range.start(), range.end())
}

/// `a`, `b` or `c`.
pub(super) fn quoted_list(words: &[&str]) -> String {
    let quoted: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => quoted.concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_finding_repeats_is_safe_for_a_terminal() {
        assert_eq!(visible_start("a\u{1b}[2Jb", LONGEST_QUOTE), "a⟨U+001B⟩[2Jb");
        assert_eq!(
            visible_start(&"x".repeat(5000), LONGEST_QUOTE)
                .chars()
                .count(),
            601
        );
    }

    #[test]
    fn decimals_are_exact_and_never_rounded_silently() {
        assert_eq!(exact_decimal("0.1"), Some(Decimal::new(1, 1)));
        assert_eq!(exact_decimal("1e-3"), Some(Decimal::new(1, 3)));
        assert_eq!(exact_decimal("+2"), Some(Decimal::from(2)));
        for text in [
            "",
            "x",
            "1e400",
            "1_0",
            "0.12345678901234567890123456789012345",
            "99999999999999999999999999999999",
        ] {
            assert_eq!(exact_decimal(text), None, "{text}");
        }
    }
}

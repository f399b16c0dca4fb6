//! Syntax tree to canonical text; parsing the text gives the same tree.

use std::fmt;

use super::lexer::is_word_character;
use super::parser::CONNECTIVES;
use super::syntax::{Comparison, Condition, Operator, Pattern, Test};

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::And(parts) => joined(f, parts, " and ", |part| {
                matches!(part, Self::And(_) | Self::Or(_))
            }),
            Self::Or(parts) => joined(f, parts, " or ", |part| matches!(part, Self::Or(_))),
            Self::Not(inner) if matches!(**inner, Self::Not(_)) => write!(f, "not {inner}"),
            Self::Not(inner) => write!(f, "not({inner})"),
            Self::Test(test) => test.fmt(f),
        }
    }
}

fn joined(
    f: &mut fmt::Formatter<'_>,
    parts: &[Condition],
    connective: &str,
    in_parentheses: impl Fn(&Condition) -> bool,
) -> fmt::Result {
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            f.write_str(connective)?;
        }
        if in_parentheses(part) {
            write!(f, "({part})")?;
        } else {
            write!(f, "{part}")?;
        }
    }
    Ok(())
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.subject)?;
        match &self.comparison {
            Comparison::Exists => f.write_str("exists"),
            Comparison::NotExists => f.write_str("not_exists"),
            Comparison::Value(operator, value) => write!(f, "{operator} {}", value_text(value)),
            Comparison::In(values) => write!(f, "in {}", list_text(values)),
            Comparison::NotIn(values) => write!(f, "not_in {}", list_text(values)),
            Comparison::Matches(pattern) => write!(f, "=~ {pattern}"),
            Comparison::NotMatches(pattern) => write!(f, "!~ {pattern}"),
        }
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Equals => "==",
            Self::NotEquals => "!=",
            Self::GreaterThan => ">",
            Self::GreaterThanEqual => ">=",
            Self::LessThan => "<",
            Self::LessThanEqual => "<=",
        })
    }
}

impl fmt::Display for Pattern {
    /// Bare where no rule about the end of a bare pattern can touch it, else quoted.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.text();
        if !text.is_empty() && text.chars().all(is_word_character) {
            f.write_str(text)
        } else {
            f.write_str(&quoted(text))
        }
    }
}

fn value_text(value: &str) -> String {
    let bare =
        !value.is_empty() && value.chars().all(is_word_character) && !CONNECTIVES.contains(&value);
    if bare {
        value.to_owned()
    } else {
        quoted(value)
    }
}

fn list_text(values: &[String]) -> String {
    let values: Vec<_> = values.iter().map(|value| value_text(value)).collect();
    format!("[{}]", values.join(", "))
}

/// In double quotes unless the value holds one; no parsed value holds both kinds.
fn quoted(value: &str) -> String {
    let quote = if value.contains('"') { '\'' } else { '"' };
    format!("{quote}{value}{quote}")
}

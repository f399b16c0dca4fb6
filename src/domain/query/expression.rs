//! A parsed expression and what can be asked about it.

use std::fmt;

use thiserror::Error;

use super::syntax::{Condition, Subject};
use super::{evaluate, parser};
use crate::domain::attributes::Attributes;

/// Why a text is not an expression.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{message} at character {position}")]
pub struct QueryError {
    /// Zero-based offset in characters.
    pub position: usize,
    /// What is wrong and what was expected.
    pub message: String,
}

/// A parsed expression. Two expressions are equal when their syntax trees are, however they were written.
#[derive(Debug, Clone)]
pub struct Expression {
    source: String,
    condition: Condition,
}

impl Expression {
    /// Parses an expression.
    ///
    /// # Errors
    /// The first place at which the text stops being an expression.
    ///
    /// ```
    /// use bayplan::domain::query::Expression;
    ///
    /// let burstable = Expression::parse("attribute:ecs.instance-type =~ t3.*").expect("an expression");
    /// assert_eq!(burstable.attribute_names(), ["ecs.instance-type"]);
    /// ```
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        Ok(Self {
            condition: parser::parse(text)?,
            source: text.to_owned(),
        })
    }

    /// The expression of a syntax tree, with its canonical text as source.
    pub(super) fn of(condition: Condition) -> Self {
        Self {
            source: condition.to_string(),
            condition,
        }
    }

    /// A syntax tree with words of its own as source: rules that were not written in this language.
    #[must_use]
    pub const fn described(source: String, condition: Condition) -> Self {
        Self { source, condition }
    }

    /// The text as given.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The syntax tree.
    #[must_use]
    pub const fn condition(&self) -> &Condition {
        &self.condition
    }

    /// Whether a container instance with these attributes satisfies the expression.
    ///
    /// A test on an attribute that is missing, or that has no value, is false whatever its operator,
    /// `!=`, `not_in` and `not_matches` included: ECS selects with `attribute:x != y` only instances that
    /// have `x` (aws/containers-roadmap issue 486). Only `exists` and `not_exists` see the attribute
    /// itself; `not(…)` turns a false test into a true one. Tests on other subjects are false: an
    /// instance that is not yet bought has none of them, and the importer refuses such expressions.
    #[must_use]
    pub fn evaluate(&self, attributes: &Attributes) -> bool {
        evaluate::holds(&self.condition, attributes)
    }

    /// Attribute names that the expression reads, sorted, without repeats.
    #[must_use]
    pub fn attribute_names(&self) -> Vec<&str> {
        let mut names = Vec::new();
        self.condition.for_each_test(&mut |test| {
            if let Subject::Attribute(name) = &test.subject {
                names.push(name.as_str());
            }
        });
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Whether it reads `task:group`.
    #[must_use]
    pub fn reads_task_group(&self) -> bool {
        self.other_subjects().contains(&&Subject::TaskGroup)
    }

    /// Subjects other than attributes that it reads, sorted, without repeats.
    #[must_use]
    pub fn other_subjects(&self) -> Vec<&Subject> {
        let mut subjects = Vec::new();
        self.condition.for_each_test(&mut |test| {
            if !matches!(test.subject, Subject::Attribute(_)) {
                subjects.push(&test.subject);
            }
        });
        subjects.sort_unstable();
        subjects.dedup();
        subjects
    }
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.condition == other.condition
    }
}

impl Eq for Expression {}

/// The canonical text: words for connectives, symbols for comparisons, quotes only where they are needed.
impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.condition.fmt(f)
    }
}

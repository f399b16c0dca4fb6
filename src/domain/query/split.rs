//! An expression taken apart at its top-level `and`s: what it asks of the instance's attributes, and what
//! of the tasks on the instance (`task:group`).

use super::expression::Expression;
use super::syntax::{Comparison, Condition, Operator, Subject};

/// One of the parts that must all hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Conjunct {
    /// Does not read `task:group`.
    Instance(Expression),
    /// A test of `task:group` against a list of groups.
    TaskGroup {
        /// The groups; sorted, never empty.
        groups: Vec<String>,
        /// A task of one of them is on the instance; else none is.
        together: bool,
        /// The part in canonical text.
        source: String,
    },
    /// Reads `task:group` in a way that is no affinity and no conflict; in canonical text.
    Other(String),
}

impl Expression {
    /// The parts that its top-level `and`s join. An expression that does not read `task:group` is one part,
    /// with its text as written.
    #[must_use]
    pub fn conjuncts(&self) -> Vec<Conjunct> {
        if !self.reads_task_group() {
            return vec![Conjunct::Instance(self.clone())];
        }
        let mut parts = Vec::new();
        flatten(self.condition(), &mut parts);
        parts.into_iter().map(conjunct).collect()
    }
}

fn flatten<'a>(condition: &'a Condition, parts: &mut Vec<&'a Condition>) {
    if let Condition::And(inner) = condition {
        for part in inner {
            flatten(part, parts);
        }
    } else {
        parts.push(condition);
    }
}

fn conjunct(condition: &Condition) -> Conjunct {
    let part = Expression::of(condition.clone());
    if !part.reads_task_group() {
        return Conjunct::Instance(part);
    }
    match groups(condition) {
        Some((mut groups, together)) => {
            groups.sort_unstable();
            groups.dedup();
            Conjunct::TaskGroup {
                groups,
                together,
                source: part.to_string(),
            }
        }
        None => Conjunct::Other(part.to_string()),
    }
}

/// The groups of a test on `task:group`, and whether one of them or none of them must be there.
fn groups(condition: &Condition) -> Option<(Vec<String>, bool)> {
    let test = match condition {
        Condition::Not(inner) => {
            return groups(inner).map(|(groups, together)| (groups, !together));
        }
        Condition::Test(test) if test.subject == Subject::TaskGroup => test,
        Condition::Test(_) | Condition::And(_) | Condition::Or(_) => return None,
    };
    match &test.comparison {
        Comparison::Value(Operator::Equals, group) => Some((vec![group.clone()], true)),
        Comparison::Value(Operator::NotEquals, group) => Some((vec![group.clone()], false)),
        Comparison::In(groups) => Some((groups.clone(), true)),
        Comparison::NotIn(groups) => Some((groups.clone(), false)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each part in one line: `+` together, `-` not together, `?` unsupported.
    fn parts(text: &str) -> Vec<String> {
        let expression = Expression::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        let shown = expression.conjuncts().into_iter().map(|part| match part {
            Conjunct::Instance(part) => part.source().to_owned(),
            Conjunct::TaskGroup {
                groups, together, ..
            } => format!("{} {}", if together { "+" } else { "-" }, groups.join(" ")),
            Conjunct::Other(text) => format!("? {text}"),
        });
        shown.collect()
    }

    #[test]
    fn an_expression_on_attributes_alone_stays_whole_and_as_written() {
        for text in [
            "attribute:a==b  and attribute:c exists",
            "attribute:a == b || attribute:c == d",
        ] {
            assert_eq!(parts(text), [text]);
        }
    }

    #[test]
    fn every_way_to_ask_for_a_group_or_against_it_is_understood() {
        for (text, expected) in [
            ("task:group == service:web", "+ service:web"),
            ("task:group in [b, a, b]", "+ a b"),
            ("task:group != a", "- a"),
            ("task:group not_in {b, a}", "- a b"),
            ("not(task:group == a)", "- a"),
            ("!(task:group in [a, b])", "- a b"),
            ("not(not(task:group == a))", "+ a"),
            ("not(task:group != a)", "+ a"),
        ] {
            assert_eq!(parts(text), [expected], "{text}");
        }
    }

    #[test]
    fn parts_joined_by_and_are_taken_apart_however_they_are_nested() {
        assert_eq!(
            parts(
                "attribute:a==b and (task:group != x and (attribute:c == d or attribute:e exists)) and task:group == y"
            ),
            [
                "attribute:a == b",
                "- x",
                "attribute:c == d or attribute:e exists",
                "+ y"
            ]
        );
    }

    #[test]
    fn any_other_use_of_task_group_is_named() {
        for text in [
            "task:group =~ web.*",
            "task:group exists",
            "task:group > a",
            "task:group == a or task:group == b",
            "task:group == a or attribute:b == c",
            "not(task:group == a and attribute:b == c)",
        ] {
            assert_eq!(parts(text), [format!("? {text}")]);
        }
    }
}

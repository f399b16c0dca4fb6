//! Whether the attributes of a container instance satisfy a condition.

use std::cmp::Ordering;

use rust_decimal::Decimal;

use super::syntax::{Comparison, Condition, Operator, Subject, Test};
use crate::domain::attributes::Attributes;

/// Whether the condition holds; missing attributes as documented at [`super::Expression::evaluate`].
pub(super) fn holds(condition: &Condition, attributes: &Attributes) -> bool {
    match condition {
        Condition::And(parts) => parts.iter().all(|part| holds(part, attributes)),
        Condition::Or(parts) => parts.iter().any(|part| holds(part, attributes)),
        Condition::Not(inner) => !holds(inner, attributes),
        Condition::Test(test) => passes(test, attributes),
    }
}

fn passes(test: &Test, attributes: &Attributes) -> bool {
    let Subject::Attribute(name) = &test.subject else {
        return false;
    };
    let found = attributes.get(name);
    match &test.comparison {
        Comparison::Exists => found.is_some(),
        Comparison::NotExists => found.is_none(),
        comparison => found
            .flatten()
            .is_some_and(|value| compares(comparison, value)),
    }
}

fn compares(comparison: &Comparison, value: &str) -> bool {
    match comparison {
        Comparison::Exists => true,
        Comparison::NotExists => false,
        Comparison::Value(operator, argument) => ordered(*operator, value, argument),
        Comparison::In(list) => list.iter().any(|item| item == value),
        Comparison::NotIn(list) => list.iter().all(|item| item != value),
        Comparison::Matches(pattern) => pattern.matches(value),
        Comparison::NotMatches(pattern) => !pattern.matches(value),
    }
}

fn ordered(operator: Operator, value: &str, argument: &str) -> bool {
    match operator {
        Operator::Equals => value == argument,
        Operator::NotEquals => value != argument,
        Operator::GreaterThan => order(value, argument) == Ordering::Greater,
        Operator::GreaterThanEqual => order(value, argument) != Ordering::Less,
        Operator::LessThan => order(value, argument) == Ordering::Less,
        Operator::LessThanEqual => order(value, argument) != Ordering::Greater,
    }
}

fn order(value: &str, argument: &str) -> Ordering {
    match (value.parse::<Decimal>(), argument.parse::<Decimal>()) {
        (Ok(left), Ok(right)) => left.cmp(&right),
        _ => value.cmp(argument),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Expression;
    use crate::domain::attributes::Attributes;

    fn instance() -> Attributes {
        let mut attributes = Attributes::default();
        attributes.set("ecs.instance-type", Some("t2.medium"));
        attributes.set("ecs.availability-zone", Some("us-east-1c"));
        attributes.set("rank", Some("10"));
        attributes.set("ecs.capability.docker-plugin.local", None);
        attributes
    }

    fn holds(text: &str) -> bool {
        Expression::parse(text)
            .unwrap_or_else(|error| panic!("{text}: {error}"))
            .evaluate(&instance())
    }

    #[test]
    fn every_operator_and_its_opposite_decide_a_present_value() {
        for (yes, no) in [
            ("rank == 10", "rank != 10"),
            ("rank > 9", "rank > 10"),
            ("rank >= 10", "rank >= 11"),
            ("rank < 11", "rank < 9"),
            ("rank <= 10", "rank <= 9"),
            ("rank in [9, 10]", "rank !in {9, 10}"),
            ("rank not_in [9]", "rank in {9}"),
            ("rank =~ 1.", "rank =~ 1"),
            ("rank !~ 1", "rank !~ 1."),
            ("rank exists", "rank !exists"),
            ("nothing not_exists", "nothing exists"),
        ] {
            assert!(holds(&format!("attribute:{yes}")), "{yes}");
            assert!(!holds(&format!("attribute:{no}")), "{no}");
        }
    }

    #[test]
    fn a_missing_attribute_fails_every_comparison_even_the_negative_ones() {
        for test in [
            "== a", "!= a", "in [a]", "!in [a]", "=~ .*", "!~ a", "> 0", "<= zzz",
        ] {
            assert!(!holds(&format!("attribute:nothing {test}")), "{test}");
            let valueless = format!("attribute:ecs.capability.docker-plugin.local {test}");
            assert!(!holds(&valueless), "{test}");
        }
        assert!(holds("not(attribute:nothing == a)"));
        assert!(holds("attribute:ecs.capability.docker-plugin.local exists"));
    }

    #[test]
    fn patterns_match_the_whole_value_and_connectives_have_the_usual_precedence() {
        assert!(holds("attribute:ecs.instance-type =~ t2.*"));
        assert!(!holds("attribute:ecs.instance-type =~ t2"));
        assert!(!holds("attribute:ecs.instance-type =~ t|t2.medium2"));
        assert!(holds("attribute:ecs.instance-type =~ t2|t2.medium"));
        assert!(holds(
            "attribute:rank exists or attribute:rank exists and attribute:nothing exists"
        ));
        assert!(!holds(
            "(attribute:rank exists or attribute:rank exists) and attribute:nothing exists"
        ));
        assert!(holds(
            "!attribute:nothing exists && attribute:rank == 10 || attribute:nothing exists"
        ));
    }

    #[test]
    fn values_that_are_not_both_numbers_compare_as_text() {
        assert!(holds("attribute:rank > 9.5"));
        assert!(holds("attribute:rank < 9a"));
    }
}

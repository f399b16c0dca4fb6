//! `nodeSelector` and required node affinity, as expressions on the labels of a node.
//!
//! Source: Kubernetes documentation, "Assigning Pods to Nodes". Terms are alternatives, what stands in a term holds
//! together; `NotIn` and `DoesNotExist` hold for a node without the label; `Gt` and `Lt` compare whole numbers.

use crate::domain::query::{Comparison, Condition, Expression, Operator, Pattern, Subject, Test};
use crate::io::cursor::{Cursor, Log};

use super::notes::Notes;
use super::selector::{Requirement, labels};

/// The expressions that a node must satisfy.
pub(super) fn expressions(
    spec: &Cursor<'_>,
    name: &str,
    notes: &mut Notes,
    log: &mut Log,
) -> Vec<Expression> {
    let mut found: Vec<Expression> = (labels(Some(spec.clone()), "nodeSelector").into_iter())
        .map(|(key, value)| {
            let source = format!("nodeSelector {key}={value}");
            Expression::described(source, is_in(&key, &[value]))
        })
        .collect();
    let affinity = spec.get("affinity").and_then(|it| it.get("nodeAffinity"));
    let Some(affinity) = affinity else {
        return found;
    };
    let preferred = affinity.list(log, "preferredDuringSchedulingIgnoredDuringExecution");
    notes.preferred(name, preferred.len());
    let required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution");
    if let Some(required) = required {
        found.extend(of_terms(&required, name, notes, log));
    }
    found
}

fn of_terms(
    required: &Cursor<'_>,
    name: &str,
    notes: &mut Notes,
    log: &mut Log,
) -> Option<Expression> {
    let mut terms = Vec::new();
    let mut words = Vec::new();
    for term in required.list(log, "nodeSelectorTerms") {
        let read: Vec<Requirement> = (term.list(log, "matchExpressions").iter())
            .filter_map(|item| Requirement::read(item, log))
            .collect();
        if !term.list(log, "matchFields").is_empty() {
            notes.not_modelled(
                name,
                "required node affinity to nodes by name (matchFields)",
            );
            // Any node may be the one that is meant.
            return None;
        }
        if read.is_empty() {
            // A term of nothing matches no node.
            continue;
        }
        words.push(read.iter().map(in_words).collect::<Vec<_>>().join(" and "));
        terms.push(all_of(read.iter().map(condition).collect()));
    }
    let source = format!("required node affinity {}", words.join(", or "));
    Some(Expression::described(source, any_of(terms)))
}

fn in_words(requirement: &Requirement) -> String {
    let Requirement {
        key,
        operator,
        values,
    } = requirement;
    match values.as_slice() {
        [] => format!("{key} {operator}"),
        values => format!("{key} {operator} ({})", values.join(", ")),
    }
}

fn condition(requirement: &Requirement) -> Condition {
    let Requirement {
        key,
        operator,
        values,
    } = requirement;
    match operator.as_str() {
        "In" => is_in(key, values),
        "NotIn" => Condition::Not(Box::new(is_in(key, values))),
        "Exists" => test(key, Comparison::Exists),
        "DoesNotExist" => test(key, Comparison::NotExists),
        "Gt" => compared(key, Operator::GreaterThan, values),
        _ => compared(key, Operator::LessThan, values),
    }
}

fn is_in(key: &str, values: &[String]) -> Condition {
    test(key, Comparison::In(values.to_vec()))
}

/// Whole numbers on both sides, or nothing matches.
fn compared(key: &str, operator: Operator, values: &[String]) -> Condition {
    let whole = Pattern::parse("[+-]?[0-9]{1,18}").ok();
    match (values, whole) {
        ([value], Some(whole)) if whole.matches(value) => all_of(vec![
            test(key, Comparison::Matches(whole)),
            test(key, Comparison::Value(operator, value.clone())),
        ]),
        _ => never(),
    }
}

fn test(key: &str, comparison: Comparison) -> Condition {
    Condition::Test(Test {
        subject: Subject::Attribute(key.to_owned()),
        comparison,
    })
}

fn all_of(mut parts: Vec<Condition>) -> Condition {
    match parts.len() {
        1 => parts.remove(0),
        _ => Condition::And(parts),
    }
}

fn any_of(mut parts: Vec<Condition>) -> Condition {
    match parts.len() {
        0 => never(),
        1 => parts.remove(0),
        _ => Condition::Or(parts),
    }
}

/// What holds for no node: every node has this label.
fn never() -> Condition {
    test("kubernetes.io/os", Comparison::NotExists)
}

/// The zones that a volume can be reached from.
pub(super) fn in_zones(zones: &[String], claim: &str) -> Expression {
    let source = format!("the volume of claim {claim} is in {}", zones.join(", "));
    Expression::described(source, is_in("topology.kubernetes.io/zone", zones))
}

/// That a node has not a taint.
pub(super) fn without_taint(taint: &crate::domain::kubernetes::Taint) -> Expression {
    let source = format!("no taint {taint}, which the pod does not tolerate");
    Expression::described(source, test(&taint.attribute(), Comparison::NotExists))
}

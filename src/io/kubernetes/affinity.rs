//! `nodeSelector` and required node affinity, as expressions on the labels of a node.
//!
//! Source: Kubernetes documentation, "Assigning Pods to Nodes". Terms are alternatives, what stands in a term holds
//! together; `NotIn` and `DoesNotExist` hold for a node without the label; `Gt` and `Lt` compare whole numbers. A label
//! that nodes have and nobody can tell of a new one is not looked at: a workload may then use any node, and a daemon, whose
//! pods take room, is on none.

use std::collections::BTreeSet;

use crate::domain::node_labels::is_untold;
use crate::domain::query::{Comparison, Condition, Expression, Operator, Pattern, Subject, Test};
use crate::io::cursor::{Cursor, Log};

use super::notes::Notes;
use super::selector::Requirement;

/// Whose nodes are chosen.
#[derive(Debug, Clone, Copy)]
pub(super) struct Chooser<'w, 'a> {
    /// Spec of the pods.
    pub spec: &'w Cursor<'a>,
    /// Labels of `nodeSelector`, with those that admission adds.
    pub selector: &'w BTreeSet<(String, String)>,
    pub name: &'w str,
    pub is_daemon: bool,
}

/// The expressions that a node must satisfy.
pub(super) fn expressions(
    chooser: Chooser<'_, '_>,
    notes: &mut Notes,
    log: &mut Log,
) -> Vec<Expression> {
    let Chooser {
        spec,
        selector,
        name,
        is_daemon,
    } = chooser;
    let mut found = Vec::new();
    for (key, value) in selector.clone() {
        let source = format!("nodeSelector {key}={value}");
        if !is_untold(&key) {
            found.push(Expression::described(source, is_in(&key, &[value])));
            continue;
        }
        untold(&key, name, notes);
        if is_daemon {
            found.push(Expression::described(source, never()));
        }
    }
    let affinity = spec.get("affinity").and_then(|it| it.get("nodeAffinity"));
    let Some(affinity) = affinity else {
        return found;
    };
    let preferred = affinity.list(log, "preferredDuringSchedulingIgnoredDuringExecution");
    notes.preferred(name, preferred.len());
    let required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution");
    if let Some(required) = required {
        found.extend(of_terms(&required, chooser, notes, log));
    }
    found
}

fn untold(key: &str, name: &str, notes: &mut Notes) {
    let what = format!("the label {key}, which no document tells of a new node");
    notes.not_modelled(name, &what);
}

/// The alternatives; `None` where one of them is any node.
fn of_terms(
    required: &Cursor<'_>,
    Chooser {
        name, is_daemon, ..
    }: Chooser<'_, '_>,
    notes: &mut Notes,
    log: &mut Log,
) -> Option<Expression> {
    let mut terms = Vec::new();
    let mut words = Vec::new();
    for term in required.list(log, "nodeSelectorTerms") {
        let read: Vec<Requirement> = (term.list(log, "matchExpressions").iter())
            .filter_map(|item| Requirement::read(item, log))
            .collect();
        let by_name = !term.list(log, "matchFields").is_empty();
        if by_name {
            notes.not_modelled(
                name,
                "required node affinity to nodes by name (matchFields)",
            );
        }
        if read.is_empty() && !by_name {
            // A term of nothing matches no node.
            continue;
        }
        let all = read.len();
        let (dark, read): (Vec<_>, Vec<_>) = read.into_iter().partition(|it| is_untold(&it.key));
        for requirement in &dark {
            untold(&requirement.key, name, notes);
        }
        if is_daemon && (by_name || read.len() < all) {
            continue;
        }
        if read.is_empty() {
            // Any node may be the one that is meant.
            return None;
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

/// Every zone but these.
pub(super) fn not_in_zones(zones: &[String], source: String) -> Expression {
    let there = is_in("topology.kubernetes.io/zone", zones);
    Expression::described(source, Condition::Not(Box::new(there)))
}

/// That a node has not a taint.
pub(super) fn without_taint(taint: &crate::domain::kubernetes::Taint) -> Expression {
    let source = format!("no taint {taint}, which the pod does not tolerate");
    Expression::described(source, test(&taint.attribute(), Comparison::NotExists))
}

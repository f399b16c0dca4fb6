//! `nodeSelector` and required node affinity, as expressions on the labels of a node.
//!
//! Source: Kubernetes documentation, "Assigning Pods to Nodes". Terms are alternatives, what stands in a term holds
//! together; `NotIn` and `DoesNotExist` hold for a node without the label; `Gt` and `Lt` compare whole numbers. A label
//! that nodes have and nobody can tell of a new one is not looked at: a workload may then use any node, and a daemon, whose
//! pods take room, is on none, unless it keeps away from such nodes. Capacity reservations are billed as On-Demand nodes are: pods that
//! ask for one may use those. Labels that only nodes of one provider have (Karpenter, managed node groups) rule no node out by `NotIn` and
//! `DoesNotExist`: a new node of another provider satisfies these. The packing keeps to a `NotIn` that some way of buying satisfies.

use std::collections::BTreeSet;

use crate::domain::node_labels::{
    CAPACITY, CAPACITY_OF_GROUPS, RESERVED, is_of_provider, is_untold,
};
use crate::domain::policy::PurchaseOptions;
use crate::domain::query::{Comparison, Condition, Expression, Operator, Pattern, Subject, Test};
use crate::io::cursor::{Cursor, Log};

use super::notes::Notes;
use super::selector::{Requirement, Unsure};

/// Whose nodes are chosen.
#[derive(Debug, Clone, Copy)]
pub(super) struct Chooser<'w, 'a> {
    /// Spec of the pods.
    pub spec: &'w Cursor<'a>,
    /// Labels of `nodeSelector`, with those that admission adds.
    pub selector: &'w BTreeSet<(String, String)>,
    pub name: &'w str,
    pub is_daemon: bool,
    /// Labels that are not looked at beside those that no document tells.
    pub unsure: &'w Unsure,
    /// The ways of buying, where the rules are those of the packing alone; `None` where the bound obeys them too.
    pub packing: Option<PurchaseOptions>,
}

const UNTOLD: &str = "which no document tells of a new node";
const UNSURE: &str = "which some nodes of a pool have and others have not, or with another value";
const OF_PROVIDER: &str =
    "which new nodes of another provider (Karpenter, EKS Auto Mode, managed node groups) have not";

impl Chooser<'_, '_> {
    /// Why a new node that satisfies the requirement cannot be told from others; `None` where it can.
    fn why_dark(&self, requirement: &Requirement) -> Option<&'static str> {
        if is_untold(&requirement.key) {
            return Some(UNTOLD);
        }
        if is_of_provider(&requirement.key) && is_negative(requirement) {
            // A daemon takes room: the packing has it on nodes of every provider.
            let keeps = |ways| !self.is_daemon && some_way_satisfies(requirement, ways);
            return (!self.packing.is_some_and(keeps)).then_some(OF_PROVIDER);
        }
        let values = self.unsure.get(&requirement.key)?;
        let is_dark = match requirement.operator.as_str() {
            "In" => requirement.values.iter().any(|it| values.contains(it)),
            // A node without the label satisfies these.
            "NotIn" | "DoesNotExist" => false,
            _ => true,
        };
        is_dark.then_some(UNSURE)
    }

    /// Says that a requirement is not looked at.
    fn tell(&self, requirement: &Requirement, why: &str, notes: &mut Notes) {
        notes.not_modelled(self.name, &format!("the label {}, {why}", requirement.key));
    }
}

/// Whether a node without the label satisfies it.
fn is_negative(requirement: &Requirement) -> bool {
    ["NotIn", "DoesNotExist"].contains(&requirement.operator.as_str())
}

/// Whether some way of buying satisfies a `NotIn` on a label that a new node has. What types there are is not known here.
fn some_way_satisfies(requirement: &Requirement, ways: PurchaseOptions) -> bool {
    let (on_demand, spot) = match requirement.key.as_str() {
        CAPACITY => (ON_DEMAND, "spot"),
        CAPACITY_OF_GROUPS => ("ON_DEMAND", "SPOT"),
        _ => return requirement.operator == "NotIn",
    };
    let leaves = |value: &str| !requirement.values.iter().any(|it| it == value);
    requirement.operator == "NotIn"
        && (ways.on_demand && leaves(on_demand) || ways.spot && leaves(spot))
}

/// The capacity type of Karpenter whose price reservations have.
const ON_DEMAND: &str = "on-demand";

/// Values of a rule on the way of buying, with On-Demand nodes for capacity reservations.
fn with_reservations(requirement: &mut Requirement, name: &str, notes: &mut Notes) {
    let Requirement {
        key,
        operator,
        values,
    } = requirement;
    let names = |word: &str| values.iter().any(|it| it == word);
    if key == CAPACITY && operator == "In" && names(RESERVED) && !names(ON_DEMAND) {
        notes.not_modelled(
            name,
            "capacity reservations (karpenter.sh/capacity-type: reserved), planned as On-Demand nodes, whose price they have",
        );
        values.push(ON_DEMAND.to_owned());
    }
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
        ..
    } = chooser;
    let mut found = Vec::new();
    for (key, value) in selector.clone() {
        let source = format!("nodeSelector {key}={value}");
        let mut requirement = Requirement {
            key,
            operator: "In".to_owned(),
            values: vec![value],
        };
        if let Some(why) = chooser.why_dark(&requirement) {
            chooser.tell(&requirement, why, notes);
            if is_daemon {
                found.push(Expression::described(source, never()));
            }
            continue;
        }
        with_reservations(&mut requirement, name, notes);
        found.push(Expression::described(source, condition(&requirement)));
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

/// Says that a new node may have a label or not.
pub(super) fn tell_of_unsure(key: &str, name: &str, notes: &mut Notes) {
    notes.not_modelled(name, &format!("the label {key}, {UNSURE}"));
}

/// Says that a new node of another provider has not a label that a daemon asks for.
pub(super) fn tell_of_provider(key: &str, name: &str, notes: &mut Notes) {
    notes.not_modelled(name, &format!("the label {key}, {OF_PROVIDER}"));
}

/// The alternatives; `None` where one of them is any node.
fn of_terms(
    required: &Cursor<'_>,
    chooser: Chooser<'_, '_>,
    notes: &mut Notes,
    log: &mut Log,
) -> Option<Expression> {
    let Chooser {
        name, is_daemon, ..
    } = chooser;
    let mut terms = Vec::new();
    let mut words = Vec::new();
    for term in required.list(log, "nodeSelectorTerms") {
        let read = |key: &str, log: &mut Log| -> Vec<Requirement> {
            let items = term.list(log, key);
            (items.iter())
                .filter_map(|item| Requirement::read(item, log))
                .collect()
        };
        let by_name = read("matchFields", log);
        let read = read("matchExpressions", log);
        if !by_name.is_empty() {
            notes.not_modelled(
                name,
                "required node affinity to nodes by name (matchFields)",
            );
        }
        if read.is_empty() && by_name.is_empty() {
            // A term of nothing matches no node.
            continue;
        }
        let (dark, mut read): (Vec<_>, Vec<_>) =
            (read.into_iter()).partition(|it| chooser.why_dark(it).is_some());
        for requirement in &dark {
            let why = chooser.why_dark(requirement).unwrap_or_default();
            chooser.tell(requirement, why, notes);
        }
        // A daemon that keeps away from some nodes is on all others.
        if is_daemon && !dark.iter().chain(&by_name).all(is_negative) {
            continue;
        }
        for requirement in &mut read {
            with_reservations(requirement, name, notes);
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

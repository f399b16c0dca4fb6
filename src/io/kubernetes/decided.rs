//! What the rules of a workload say where only some labels of a node are known: the zones that they leave it, and the kinds of node.
//!
//! Kleene's logic of three values: what a label of another kind says (an architecture, a pool) is open, and a node is ruled out only
//! where the rules are false whatever that label says.

use std::collections::BTreeSet;

use crate::domain::attributes::Attributes;
use crate::domain::cluster::Zone;
use crate::domain::node_labels::{SYSTEM, ZONE, ZONE_ID, is_derived};
use crate::domain::query::{Comparison, Condition, Expression, Subject, Test};

use super::nodes::COMPUTE;

/// What is known of a label of a node.
enum Known<'a> {
    Open,
    Absent,
    Value(&'a str),
}

/// How many of the zones a pod with these rules may stand in.
pub(super) fn zones(rules: &[&Expression], zones: &[Zone]) -> u64 {
    let is_open = |zone: &&Zone| {
        let of_zone = |label: &str| {
            let value = if ZONE.contains(&label) {
                zone.name.as_deref()
            } else if label == ZONE_ID {
                zone.id.as_deref()
            } else {
                None
            };
            value.map_or(Known::Open, Known::Value)
        };
        may_hold(rules, &of_zone)
    };
    zones.iter().filter(is_open).count() as u64
}

/// Pods that their rules keep from every Linux node of EC2, and have on other nodes: which.
pub(super) fn on_other_nodes(rules: &[&Expression]) -> Option<&'static str> {
    let may = |system: &'static str, compute: Option<&'static str>| {
        let of_node = |label: &str| {
            if SYSTEM.contains(&label) {
                Known::Value(system)
            } else if label == COMPUTE {
                compute.map_or(Known::Absent, Known::Value)
            } else {
                Known::Open
            }
        };
        may_hold(rules, &of_node)
    };
    let of_ec2 = [None, Some("ec2"), Some("auto")];
    if of_ec2.iter().any(|compute| may("linux", *compute)) {
        return None;
    }
    if of_ec2.iter().any(|compute| may("windows", *compute)) {
        return Some("pods of Windows");
    }
    if may("linux", Some("hybrid")) {
        return Some("pods of hybrid nodes, which stand outside AWS");
    }
    may("linux", Some("fargate")).then_some("pods of Fargate, or on nodes that are left out")
}

/// Whether a new node of a pool may satisfy the rules: it has what all nodes of the pool have, beside what its type and its place say.
pub(super) fn may_hold_in_pool(rules: &[&Expression], pool: &Attributes) -> bool {
    let of_node = |label: &str| match pool.get(label) {
        Some(value) => Known::Value(value.unwrap_or_default()),
        None if is_derived(label) => Known::Open,
        None => Known::Absent,
    };
    may_hold(rules, &of_node)
}

/// Whether some node may satisfy all of the rules: for no label do they exclude every value that it may have, or that it has none. Labels are
/// looked at one by one.
pub(super) fn may_hold_together(rules: &[&Expression]) -> bool {
    let labels: BTreeSet<&str> = rules.iter().flat_map(|it| it.attribute_names()).collect();
    labels.into_iter().all(|label| {
        let mut values = BTreeSet::from([ANOTHER]);
        if !(rules.iter()).all(|rule| gather(rule.condition(), label, &mut values)) {
            return true;
        }
        let may = |value: Option<&str>| {
            let of_node = |own: &str| match value {
                _ if own != label => Known::Open,
                Some(value) => Known::Value(value),
                None => Known::Absent,
            };
            may_hold(rules, &of_node)
        };
        may(None) || values.iter().any(|value| may(Some(value)))
    })
}

/// A value that no rule names.
const ANOTHER: &str = "\u{0}";

/// Values that a condition names for a label; whether it asks for no others, as by comparing numbers.
fn gather<'c>(condition: &'c Condition, label: &str, found: &mut BTreeSet<&'c str>) -> bool {
    match condition {
        Condition::And(parts) | Condition::Or(parts) => {
            parts.iter().all(|part| gather(part, label, found))
        }
        Condition::Not(inner) => gather(inner, label, found),
        Condition::Test(test) => {
            if !matches!(&test.subject, Subject::Attribute(name) if name == label) {
                return true;
            }
            match &test.comparison {
                Comparison::In(values) | Comparison::NotIn(values) => {
                    found.extend(values.iter().map(String::as_str));
                    true
                }
                Comparison::Exists | Comparison::NotExists => true,
                Comparison::Value(..) | Comparison::Matches(_) | Comparison::NotMatches(_) => false,
            }
        }
    }
}

fn may_hold<'k>(rules: &[&Expression], known: &dyn Fn(&str) -> Known<'k>) -> bool {
    (rules.iter()).all(|rule| decided(rule.condition(), known) != Some(false))
}

/// Whether a condition holds; `None` where labels decide it that are open.
fn decided<'k>(condition: &Condition, known: &dyn Fn(&str) -> Known<'k>) -> Option<bool> {
    let not = |it: bool| !it;
    match condition {
        Condition::And(parts) => all(parts.iter().map(|part| decided(part, known))),
        Condition::Or(parts) => {
            all(parts.iter().map(|part| decided(part, known).map(not))).map(not)
        }
        Condition::Not(inner) => decided(inner, known).map(not),
        Condition::Test(test) => tested(test, known),
    }
}

fn all(parts: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut so_far = Some(true);
    for part in parts {
        match part {
            Some(false) => return Some(false),
            Some(true) => {}
            None => so_far = None,
        }
    }
    so_far
}

fn tested<'k>(test: &Test, known: &dyn Fn(&str) -> Known<'k>) -> Option<bool> {
    let Subject::Attribute(name) = &test.subject else {
        return None;
    };
    let mut own = Attributes::default();
    match known(name) {
        Known::Open => return None,
        Known::Absent => {}
        Known::Value(value) => own.set(name, Some(value)),
    }
    let alone = Expression::described(String::new(), Condition::Test(test.clone()));
    Some(alone.evaluate(&own))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(text: &str) -> Expression {
        Expression::parse(text).unwrap_or_else(|it| panic!("{text}: {it}"))
    }

    #[test]
    fn labels_of_zones_decide_and_others_leave_open() {
        let all = ["us-east-1a", "us-east-1b", "us-east-1c"].map(|name| Zone {
            name: Some(name.to_owned()),
            id: None,
        });
        let zone = "attribute:topology.kubernetes.io/zone";
        for (text, left) in [
            (format!("{zone} in [us-east-1a, us-east-1b]"), 2),
            (format!("not({zone} == us-east-1a)"), 2),
            (
                format!("{zone} == us-east-1a and attribute:kubernetes.io/arch == arm64"),
                1,
            ),
            (
                format!("{zone} == us-east-1a or attribute:kubernetes.io/arch == arm64"),
                3,
            ),
            (format!("{zone} == eu-west-1a"), 0),
            ("attribute:kubernetes.io/arch == arm64".to_owned(), 3),
            (
                "attribute:topology.k8s.aws/zone-id == use1-az1".to_owned(),
                3,
            ),
        ] {
            assert_eq!(zones(&[&rule(&text)], &all), left, "{text}");
        }
    }

    #[test]
    fn rules_that_exclude_each_other_by_a_label_hold_on_no_node_together() {
        let arch = "attribute:kubernetes.io/arch";
        let team = "attribute:team";
        for (one, other, may) in [
            (format!("{arch} == amd64"), format!("{arch} == arm64"), true),
            (
                format!("{arch} in [amd64]"),
                format!("{arch} in [arm64]"),
                false,
            ),
            (
                format!("{arch} in [amd64]"),
                format!("{arch} in [arm64, amd64]"),
                true,
            ),
            (
                format!("{arch} in [amd64]"),
                format!("not({arch} in [amd64])"),
                false,
            ),
            (
                format!("{team} in [a]"),
                format!("not({team} in [b])"),
                true,
            ),
            (format!("{team} exists"), format!("{team} !exists"), false),
            (
                format!("{team} exists"),
                format!("not({team} in [a])"),
                true,
            ),
            (format!("{team} in [a]"), format!("{arch} in [arm64]"), true),
            (format!("{team} > 3"), format!("{team} < 2"), true),
        ] {
            let rules = [rule(&one), rule(&other)];
            let rules: Vec<&Expression> = rules.iter().collect();
            assert_eq!(may_hold_together(&rules), may, "{one}, {other}");
        }
    }

    #[test]
    fn pods_that_linux_nodes_of_ec2_never_take_are_told_by_their_rules() {
        let os = "attribute:kubernetes.io/os";
        let compute = "attribute:eks.amazonaws.com/compute-type";
        for (text, which) in [
            (format!("{os} in [windows]"), Some("pods of Windows")),
            (format!("{os} in [windows, linux]"), None),
            (format!("not({os} == linux)"), Some("pods of Windows")),
            (
                format!("{compute} == hybrid"),
                Some("pods of hybrid nodes, which stand outside AWS"),
            ),
            (format!("not({compute} == hybrid)"), None),
            (format!("{compute} == auto"), None),
            (format!("{compute} !exists"), None),
            (
                format!("{compute} == fargate"),
                Some("pods of Fargate, or on nodes that are left out"),
            ),
            ("attribute:team == red".to_owned(), None),
            (format!("{os} == plan9"), None),
        ] {
            assert_eq!(on_other_nodes(&[&rule(&text)]), which, "{text}");
        }
    }
}

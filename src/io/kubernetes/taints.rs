//! Taints and tolerations.
//!
//! Source: Kubernetes documentation, "Taints and Tolerations". A toleration without a key tolerates every key, one without
//! an effect every effect; `Equal`, the default, compares values, `Gt` and `Lt` ask for a taint whose whole number is larger
//! or smaller than their own (KEP-5471).

use std::collections::BTreeSet;

use crate::domain::kubernetes::{Taint, TaintEffect};
use crate::domain::query::Expression;
use crate::io::cursor::{Cursor, Log};

use super::affinity::without_taint;

/// Beginnings of keys of taints that come and go by themselves, or before a node is ready.
const OF_STATE: [&str; 6] = [
    "node.kubernetes.io/",
    "node.cloudprovider.kubernetes.io/",
    "karpenter.sh/",
    "DeletionCandidateOfClusterAutoscaler",
    "ToBeDeletedByClusterAutoscaler",
    "ebs.csi.aws.com/agent-not-ready",
];

/// Whether the taint says something of a node's state and nothing of its pool.
pub(super) fn is_of_state(key: &str) -> bool {
    OF_STATE.iter().any(|start| key.starts_with(start)) || key.ends_with("/agent-not-ready")
}

/// All taints that a node of a plan may have.
pub(super) fn known(of_policy: &[Taint], of_nodes: &BTreeSet<Taint>) -> BTreeSet<Taint> {
    (of_policy.iter().cloned())
        .chain(of_nodes.iter().cloned())
        .collect()
}

/// A taint of a node; `None` for those that are no rule.
pub(super) fn taint(at: &Cursor<'_>, log: &mut Log) -> Option<Taint> {
    let text =
        |key: &str, log: &mut Log| at.get(key).and_then(|it| it.text(log)).unwrap_or_default();
    let effect = match text("effect", log) {
        "NoSchedule" => TaintEffect::NoSchedule,
        "NoExecute" => TaintEffect::NoExecute,
        _ => return None,
    };
    let key = text("key", log).to_owned();
    (!key.is_empty() && !is_of_state(&key)).then(|| Taint {
        key,
        value: text("value", log).to_owned(),
        effect,
    })
}

/// Which values of a taint a toleration covers.
#[derive(Debug)]
enum Values<'a> {
    All,
    Equal(&'a str),
    Above(Option<i64>),
    Below(Option<i64>),
}

impl Values<'_> {
    fn cover(&self, value: &str) -> bool {
        let whole = || value.parse::<i64>().ok();
        match *self {
            Self::All => true,
            Self::Equal(own) => own == value,
            Self::Above(own) => whole().is_some_and(|value| own.is_some_and(|own| value > own)),
            Self::Below(own) => whole().is_some_and(|value| own.is_some_and(|own| value < own)),
        }
    }
}

#[derive(Debug)]
struct Toleration<'a> {
    key: Option<&'a str>,
    values: Values<'a>,
    effect: Option<&'a str>,
}

impl Toleration<'_> {
    fn tolerates(&self, taint: &Taint) -> bool {
        let effect = match taint.effect {
            TaintEffect::NoSchedule => "NoSchedule",
            TaintEffect::NoExecute => "NoExecute",
        };
        self.effect.is_none_or(|own| own == effect)
            && self.key.is_none_or(|own| own == taint.key)
            && self.values.cover(&taint.value)
    }
}

/// One expression for each taint that a pod does not tolerate.
pub(super) fn expressions(
    spec: &Cursor<'_>,
    known: &BTreeSet<Taint>,
    log: &mut Log,
) -> Vec<Expression> {
    let items = spec.list(log, "tolerations");
    let mut tolerations = Vec::new();
    for item in &items {
        let text = |key: &str| item.get(key).and_then(|it| it.node.value.as_text());
        let value = text("value").unwrap_or_default();
        let values = match text("operator") {
            Some("Exists") => Values::All,
            Some("Gt") => Values::Above(value.parse().ok()),
            Some("Lt") => Values::Below(value.parse().ok()),
            _ => Values::Equal(value),
        };
        let key = text("key").filter(|key| !key.is_empty());
        if key.is_none() && !matches!(values, Values::All) {
            // Without a key only `Exists` is a toleration.
            continue;
        }
        tolerations.push(Toleration {
            key,
            values,
            effect: text("effect").filter(|effect| !effect.is_empty()),
        });
    }
    (known.iter())
        .filter(|taint| !tolerations.iter().any(|it| it.tolerates(taint)))
        .map(without_taint)
        .collect()
}

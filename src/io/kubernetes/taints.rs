//! Taints and tolerations.
//!
//! Source: Kubernetes documentation, "Taints and Tolerations". A toleration without a key tolerates every key, one without
//! an effect every effect; `Equal`, the default, compares values.

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

#[derive(Debug)]
struct Toleration<'a> {
    key: Option<&'a str>,
    value: Option<&'a str>,
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
            && self.value.is_none_or(|own| own == taint.value)
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
        let exists = text("operator") == Some("Exists");
        let key = text("key").filter(|key| !key.is_empty());
        if key.is_none() && !exists {
            // Without a key only `Exists` is a toleration.
            continue;
        }
        tolerations.push(Toleration {
            key,
            value: (!exists).then(|| text("value").unwrap_or_default()),
            effect: text("effect").filter(|effect| !effect.is_empty()),
        });
    }
    (known.iter())
        .filter(|taint| !tolerations.iter().any(|it| it.tolerates(taint)))
        .map(without_taint)
        .collect()
}

//! Taints and tolerations.
//!
//! Source: Kubernetes documentation, "Taints and Tolerations". A toleration without a key tolerates every key, one without
//! an effect every effect; `Equal`, the default, compares values, `Gt` and `Lt` ask for a taint whose whole number is larger
//! or smaller than their own (KEP-5471). Admission adds tolerations: `ExtendedResourceToleration`, which EKS runs, one for each
//! extended resource that containers name.

use std::collections::BTreeSet;

use crate::domain::kubernetes::{Taint, TaintEffect};
use crate::domain::query::Expression;
use crate::io::cursor::{Cursor, Log};

use super::affinity::without_taint;
use super::request::extended;
use super::runtime_class::RuntimeClass;
use super::workload::Workload;

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

impl<'a> Toleration<'a> {
    /// `None` for one without a key that does not ask for every key: only `Exists` is a toleration then.
    fn read(item: &'a Cursor<'_>) -> Option<Self> {
        let text = |key: &str| item.get(key).and_then(|it| it.node.value.as_text());
        let value = text("value").unwrap_or_default();
        let values = match text("operator") {
            Some("Exists") => Values::All,
            Some("Gt") => Values::Above(value.parse().ok()),
            Some("Lt") => Values::Below(value.parse().ok()),
            _ => Values::Equal(value),
        };
        let key = text("key").filter(|key| !key.is_empty());
        (key.is_some() || matches!(values, Values::All)).then(|| Self {
            key,
            values,
            effect: text("effect").filter(|effect| !effect.is_empty()),
        })
    }

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

/// Taints that nodes must not have, as expressions: for packing and bound, and those that are for the packing alone.
#[derive(Debug, Default)]
pub(super) struct Untolerated {
    pub everywhere: Vec<Expression>,
    /// Of which admission may see to it that the pods tolerate them: some running pods do, or their runtime class is not in the file.
    pub in_packing: Vec<Expression>,
}

/// Taints that the pods of a workload do not tolerate. Beside the tolerations of its template are those that admission adds: of a
/// runtime class, for each extended resource that a container names, and whatever the running pods show. (What is added to
/// pods of daemons is for taints of a node's state, which are no rules here.)
pub(super) fn untolerated(
    workload: &Workload<'_>,
    known: &BTreeSet<Taint>,
    log: &mut Log,
) -> Untolerated {
    let mut found = Untolerated::default();
    let of_class = (workload.runtime_class.as_ref()).and_then(RuntimeClass::scheduling);
    let items = [Some(workload.spec.clone()), of_class]
        .into_iter()
        .flatten();
    let items: Vec<Cursor<'_>> = items.flat_map(|at| at.list(log, "tolerations")).collect();
    let own: Vec<Toleration<'_>> = items.iter().filter_map(Toleration::read).collect();
    let devices = extended(&workload.spec);
    let tolerates = |taint: &&Taint| {
        let is_of_device = taint.effect == TaintEffect::NoSchedule && devices.contains(&taint.key);
        is_of_device || own.iter().any(|it| it.tolerates(taint))
    };
    for taint in known.iter().filter(|taint| !tolerates(taint)) {
        let pods = if workload.is_daemon {
            [].as_slice()
        } else {
            workload.pods.as_slice()
        };
        let by_pods = pods.iter().filter(|pod| pod_tolerates(pod, taint)).count();
        if by_pods > 0 && by_pods == pods.len() {
            continue;
        }
        if by_pods > 0 || (workload.has_unknown_class() && !workload.is_daemon) {
            found.in_packing.push(without_taint(taint));
        } else {
            found.everywhere.push(without_taint(taint));
        }
    }
    found
}

fn pod_tolerates(pod: &Cursor<'_>, taint: &Taint) -> bool {
    let items = pod
        .get("spec")
        .map(|it| it.list(&mut Log::default(), "tolerations"));
    let items = items.unwrap_or_default();
    (items.iter())
        .filter_map(Toleration::read)
        .any(|it| it.tolerates(taint))
}

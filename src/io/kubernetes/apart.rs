//! Required anti-affinity between pods.
//!
//! On the host name: a workload that is among those it keeps away from has one pod on a node; from the others it stays
//! away, and they from it, since Kubernetes holds the rule both ways. On the zone: a workload that keeps away from itself
//! has at most one pod in a zone. Pod affinity, other keys, and zones of other workloads are not modelled.
//! Source: Kubernetes documentation, "Inter-pod affinity and anti-affinity".

use std::collections::BTreeSet;

use crate::domain::node_labels::{HOSTNAME, ZONE};
use crate::domain::placement::TaskGroupRule;
use crate::io::cursor::{Cursor, Log};

use super::notes::Notes;
use super::selector::{Labels, Selector};
use super::workload::Workload;

pub(super) const ZONES: [&str; 3] = ZONE;
/// The label that every namespace has: its name.
const NAME_OF_NAMESPACE: &str = "kubernetes.io/metadata.name";

/// How pods of a workload stand to each other and to others.
#[derive(Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent rules of Kubernetes, not one state"
)]
pub(super) struct Apart {
    /// One pod on a node, at most.
    pub one_a_node: bool,
    /// The same, where Kubernetes asks for less.
    pub one_a_node_in_packing: bool,
    /// One pod in a zone, at most.
    pub one_a_zone: bool,
    /// Even over the zones.
    pub even: bool,
    /// Workloads that no node shares with it.
    pub conflicts: Vec<TaskGroupRule>,
}

impl Apart {
    /// Spreads a workload, unless its volumes have done so.
    pub(super) fn even_over_zones(&mut self, workload: &Workload<'_>, notes: &mut Notes) {
        if workload.is_part() {
            notes.not_modelled(
                &workload.name,
                "spread over zones of pods that their volumes hold in a zone",
            );
        } else {
            self.even = true;
        }
    }
}

/// Adds what the affinities of a workload ask for.
pub(super) fn add(
    apart: &mut Apart,
    workload: &Workload<'_>,
    all: &[Workload<'_>],
    notes: &mut Notes,
    log: &mut Log,
) {
    const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
    const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";
    let affinity = workload.spec.get("affinity");
    let of = |key: &str| affinity.as_ref().and_then(|it| it.get(key));
    for affinity in [of("podAffinity"), of("podAntiAffinity")]
        .into_iter()
        .flatten()
    {
        notes.preferred(&workload.name, affinity.list(log, PREFERRED).len());
    }
    let together = of("podAffinity")
        .map(|it| it.list(log, REQUIRED))
        .unwrap_or_default();
    if !together.is_empty() {
        notes.not_modelled(&workload.name, "required affinity between pods");
    }
    let terms = of("podAntiAffinity")
        .map(|it| it.list(log, REQUIRED))
        .unwrap_or_default();
    for term in terms {
        add_term(apart, &term, workload, all, notes, log);
    }
}

fn add_term(
    apart: &mut Apart,
    term: &Cursor<'_>,
    workload: &Workload<'_>,
    all: &[Workload<'_>],
    notes: &mut Notes,
    log: &mut Log,
) {
    if term.get("labelSelector").is_none() {
        // Without a selector no pod is meant.
        return;
    }
    let Selected {
        surely: selected,
        why_not_all,
    } = selected(term, workload, all, log);
    if let Some(why) = why_not_all {
        notes.not_modelled(&workload.name, why);
    }
    let is_own = |other: &&Workload<'_>| other.origin == workload.origin;
    let itself = selected.iter().any(is_own);
    let mut others: Vec<String> = (selected.iter())
        .filter(|other| !is_own(other))
        .map(|other| format!("service:{}", other.name))
        .collect();
    others.sort();
    others.dedup();
    let key = term
        .get("topologyKey")
        .and_then(|it| it.node.value.as_text().map(str::to_owned));
    let key = key.unwrap_or_default();
    if key == HOSTNAME {
        apart.one_a_node |= itself;
        if !others.is_empty() {
            let names = others.iter().map(|it| it.trim_start_matches("service:"));
            let source = format!(
                "required anti-affinity to {}",
                names.collect::<Vec<_>>().join(", ")
            );
            apart.conflicts.push(TaskGroupRule {
                groups: others,
                together: false,
                source,
            });
        }
    } else if ZONES.contains(&key.as_str()) {
        apart.one_a_zone |= itself;
        if !others.is_empty() {
            notes.not_modelled(&workload.name, "anti-affinity to other workloads by zone");
        }
    } else {
        notes.not_modelled(
            &workload.name,
            "anti-affinity by other keys than zone and host name",
        );
    }
}

/// Workloads that a term is about.
struct Selected<'w, 'a> {
    surely: Vec<&'w Workload<'a>>,
    /// Why there may be more.
    why_not_all: Option<&'static str>,
}

/// Workloads that a term is about, as far as the file can say it.
fn selected<'w, 'a>(
    term: &Cursor<'_>,
    workload: &Workload<'_>,
    all: &'w [Workload<'a>],
    log: &mut Log,
) -> Selected<'w, 'a> {
    let nothing = |why| Selected {
        surely: Vec::new(),
        why_not_all: Some(why),
    };
    let narrowed = ["matchLabelKeys", "mismatchLabelKeys"];
    if narrowed.iter().any(|key| !term.list(log, key).is_empty()) {
        return nothing("anti-affinity narrowed by matchLabelKeys or mismatchLabelKeys");
    }
    let Some(selector) = term.get("labelSelector") else {
        return nothing("anti-affinity without a selector");
    };
    let selector = Selector::read(&selector, log);
    let names: Vec<String> = (term.list(log, "namespaces").iter())
        .filter_map(|it| it.text(log).map(str::to_owned))
        .collect();
    let of_namespaces = term
        .get("namespaceSelector")
        .map(|it| Selector::read(&it, log));
    if of_namespaces
        .as_ref()
        .is_some_and(|it| it.asks_beside(NAME_OF_NAMESPACE))
    {
        return nothing("anti-affinity to namespaces by labels");
    }
    let is_meant = |namespace: &String| {
        let mut labels = Labels::new();
        labels.insert(NAME_OF_NAMESPACE.to_owned(), namespace.clone());
        let by_labels = (of_namespaces.as_ref())
            .is_some_and(|it| it.selects(&labels, &BTreeSet::new()) == Some(true));
        let own = names.is_empty() && of_namespaces.is_none() && *namespace == workload.namespace;
        own || by_labels || names.contains(namespace)
    };
    let mut found = Selected {
        surely: Vec::new(),
        why_not_all: None,
    };
    for other in all.iter().filter(|other| is_meant(&other.namespace)) {
        match selector.selects(&other.labels, &other.added) {
            Some(true) => found.surely.push(other),
            Some(false) => {}
            None => {
                found.why_not_all =
                    Some("anti-affinity by labels that pods get beside those of their template");
            }
        }
    }
    found
}

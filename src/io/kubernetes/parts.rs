//! Parts of one workload, whose replicas' volumes are in different zones: what its rules ask between them.
//!
//! Pods of two parts can meet only where some zone is open to both, as with replicas that have no volume yet. There one pod
//! a node is one of all parts. One pod a zone: a zone in which the volumes of a part hold a pod is closed to the others; of
//! parts with several zones each only the number is known, and so many fewer are planned of those that come behind.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use crate::domain::placement::TaskGroupRule;
use crate::domain::policy::Policy;
use crate::domain::query::Expression;

use super::affinity;
use super::apart::Apart;
use super::workload::Workload;

/// Zones that the volumes of a part leave it; `None` where they leave it all.
fn zones<'w>(part: &'w Workload<'_>) -> Option<BTreeSet<&'w str>> {
    let mut lists = part.volumes.iter().map(|it| {
        let zones = it.zones.iter().map(String::as_str);
        zones.collect::<BTreeSet<_>>()
    });
    let first = lists.next()?;
    Some(lists.fold(first, |left, zones| {
        left.intersection(&zones).copied().collect()
    }))
}

/// Whether some zone is open to both.
fn can_meet(one: &Workload<'_>, other: &Workload<'_>) -> bool {
    match (zones(one), zones(other)) {
        (Some(one), Some(other)) => !one.is_disjoint(&other),
        _ => true,
    }
}

/// Other parts of the same workload that pods of this one can meet.
fn met<'w, 'a>(part: &Workload<'_>, all: &'w [Workload<'a>]) -> Vec<&'w Workload<'a>> {
    (all.iter())
        .filter(|other| other.origin == part.origin && other.name != part.name)
        .filter(|other| can_meet(part, other))
        .collect()
}

/// Holds one pod a node of all parts together, and keeps parts from each other's nodes where a share of the whole limits how many of its
/// pods a node holds. Gives the task groups of the others where that is for the packing alone.
pub(super) fn one_a_node(
    apart: &mut Apart,
    part: &Workload<'_>,
    all: &[Workload<'_>],
    policy: &Policy,
) -> Vec<String> {
    let is_shared = part.whole.is_some()
        && (policy.max_share_on_instance).is_some_and(|share| share < Decimal::ONE);
    if !apart.one_a_node && !apart.one_a_node_in_packing && !is_shared {
        return Vec::new();
    }
    let others = met(part, all);
    if others.is_empty() {
        return Vec::new();
    }
    let names: Vec<&str> = others.iter().map(|it| it.name.as_str()).collect();
    let rule = if apart.one_a_node {
        "required anti-affinity"
    } else if apart.one_a_node_in_packing {
        "topology spread over kubernetes.io/hostname"
    } else {
        "maxShareOnInstance, held by keeping"
    };
    let mut groups: Vec<String> = names.iter().map(|it| format!("service:{it}")).collect();
    groups.sort();
    apart.conflicts.push(TaskGroupRule {
        groups: groups.clone(),
        together: false,
        source: format!("{rule} to replicas of its own, {}", names.join(", ")),
    });
    if apart.one_a_node { Vec::new() } else { groups }
}

/// One pod a zone of all parts together: the zones that are closed to this one, and how many more of the others it has to leave.
pub(super) fn one_a_zone(
    part: &Workload<'_>,
    all: &[Workload<'_>],
    policy: &Policy,
) -> (Option<Expression>, u64) {
    let order = |it: &Workload<'_>| {
        (
            zones(it).map_or(usize::MAX, |zones| zones.len()),
            it.name.clone(),
        )
    };
    let before: Vec<&Workload<'_>> = (met(part, all).into_iter())
        .filter(|other| other.planned(policy) > 0 && order(other) < order(part))
        .collect();
    let mut closed = BTreeSet::new();
    let mut names = Vec::new();
    for other in &before {
        if let Some(zones) = zones(other).filter(|it| it.len() == 1) {
            closed.extend(zones.into_iter().map(str::to_owned));
            names.push(other.name.as_str());
        }
    }
    // The others take no more zones than are open to them, one by one and together.
    let mut open = BTreeSet::new();
    let mut left_to_others: u64 = 0;
    for other in &before {
        let own = zones(other).unwrap_or_default();
        let own: BTreeSet<&str> = (own.into_iter())
            .filter(|it| !closed.contains(*it))
            .collect();
        left_to_others += other.planned(policy).min(own.len() as u64);
        open.extend(own);
    }
    let left_to_others = left_to_others.min(open.len() as u64);
    if closed.is_empty() {
        return (None, left_to_others);
    }
    let closed: Vec<String> = closed.into_iter().collect();
    let source = format!(
        "required anti-affinity on the zone to replicas of its own, {}, whose volumes are in {}",
        names.join(", "),
        closed.join(", ")
    );
    (
        Some(affinity::not_in_zones(&closed, source)),
        left_to_others,
    )
}

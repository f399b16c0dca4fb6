//! What a pod asks for, by Kubernetes' own rule.
//!
//! ```text
//! running  Σ containers + Σ sidecars                     sidecar: an init container with restartPolicy Always
//! starting max over init containers of its own + Σ sidecars before it; of a sidecar, with itself
//! pod      max(running, starting), or the CPU, memory and huge pages that the pod itself asks for (`spec.resources`),
//!          + overhead
//! ```
//! each resource by itself. A container that names a limit and no request asks for its limit; a pod that names a limit and
//! no request asks for its limit only where none of its containers asks for the resource.
//! Source: Kubernetes documentation, "Sidecar Containers", "Init Containers", "Pod Overhead", "Resource Management for
//! Pods and Containers"; `k8s.io/component-helpers/resource`; `defaultPodRequests` of `k8s.io/kubernetes/pkg/apis/core/v1`.

use std::collections::{BTreeMap, BTreeSet};

use crate::io::cursor::{Cursor, Log};
use crate::io::document::Value;

use super::quantity;

/// GPUs.
pub(super) const GPU: &str = "nvidia.com/gpu";
const CPU: &str = "cpu";
const MEMORY: &str = "memory";
const HUGE_PAGES: &str = "hugepages-";

/// Amounts by resource: thousandths of a vCPU, bytes, whole things.
pub(super) type Amounts = BTreeMap<String, u64>;

/// What one pod asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct PodRequest {
    pub millis: u64,
    pub bytes: u64,
    pub gpus: u64,
    /// Other resources that it asks for, by name.
    pub others: Vec<String>,
}

/// Reads it from a pod. One whose last resize no node can grant asks for what it has, as the scheduler counts it.
pub(super) fn of_pod(pod: &Cursor<'_>, log: &mut Log) -> Option<PodRequest> {
    let status = pod.get("status").filter(|_| has_infeasible_resize(pod));
    Some(requested(&pod.get("spec")?, status.as_ref(), None, log))
}

/// Whether the kubelet has found that a pod's resize has no room on its node, and will have none. Source: Kubernetes documentation, "Resize CPU
/// and Memory Resources assigned to Containers"; the second is how it was said before version 1.33.
pub(super) fn has_infeasible_resize(pod: &Cursor<'_>) -> bool {
    const INFEASIBLE: &str = "Infeasible";
    let Some(status) = pod.get("status") else {
        return false;
    };
    let has = |at: &Cursor<'_>, key: &str, word: &str| {
        at.get(key)
            .is_some_and(|it| it.node.value.as_text() == Some(word))
    };
    let conditions = status.list(&mut Log::default(), "conditions");
    let is_pending = conditions.iter().any(|it| {
        has(it, "type", "PodResizePending")
            && has(it, "status", "True")
            && has(it, "reason", INFEASIBLE)
    });
    is_pending || has(&status, "resize", INFEASIBLE)
}

/// Reads it from a template whose pods get an overhead from their runtime class, unless the template states its own.
pub(super) fn of_spec(
    spec: &Cursor<'_>,
    of_class: Option<Cursor<'_>>,
    log: &mut Log,
) -> PodRequest {
    requested(spec, None, of_class, log)
}

/// What the spec asks for, or what containers have where a status says it.
fn requested(
    spec: &Cursor<'_>,
    status: Option<&Cursor<'_>>,
    of_class: Option<Cursor<'_>>,
    log: &mut Log,
) -> PodRequest {
    let had = |key: &str, log: &mut Log| status.map(|it| it.list(log, key)).unwrap_or_default();
    let mut running = Amounts::new();
    let have = had("containerStatuses", log);
    for container in spec.list(log, "containers") {
        add(&mut running, &of_container(&container, &have, log));
    }
    let mut starting = Amounts::new();
    let mut sidecars = Amounts::new();
    let have = had("initContainerStatuses", log);
    for container in spec.list(log, "initContainers") {
        let own = of_container(&container, &have, log);
        let is_sidecar = is_sidecar(&container);
        let mut moment = sidecars.clone();
        add(&mut moment, &own);
        if is_sidecar {
            sidecars = moment.clone();
        }
        raise(&mut starting, &moment);
    }
    add(&mut running, &sidecars);
    raise(&mut running, &starting);
    if let Some(resources) = spec.get("resources").filter(|_| status.is_none()) {
        in_place_of_sum(&mut running, &resources, log);
    }
    if let Some(overhead) = spec.get("overhead").or(of_class) {
        add(&mut running, &amounts(&overhead, log));
    }
    let of = |name: &str| running.get(name).copied().unwrap_or(0);
    PodRequest {
        millis: of(CPU),
        bytes: of(MEMORY),
        gpus: of(GPU),
        others: (running.iter())
            .filter(|(name, amount)| **amount > 0 && ![CPU, MEMORY, GPU].contains(&name.as_str()))
            .map(|(name, _)| name.clone())
            .collect(),
    }
}

/// What is stated for the pod stands in place of the sum of its containers; a limit alone where there is no sum.
fn in_place_of_sum(sum: &mut Amounts, resources: &Cursor<'_>, log: &mut Log) {
    let mut stated = |key: &str| {
        let mut own = (resources.get(key)).map_or_else(Amounts::new, |it| amounts(&it, log));
        own.retain(|name, _| {
            [CPU, MEMORY].contains(&name.as_str()) || name.starts_with(HUGE_PAGES)
        });
        own
    };
    for (name, limit) in stated("limits") {
        sum.entry(name).or_insert(limit);
    }
    sum.extend(stated("requests"));
}

/// Whether an init container keeps running beside the others.
pub(super) fn is_sidecar(container: &Cursor<'_>) -> bool {
    let policy = container.get("restartPolicy");
    policy.is_some_and(|it| matches!(&it.node.value, Value::Text(text) if text == "Always"))
}

fn of_container(container: &Cursor<'_>, have: &[Cursor<'_>], log: &mut Log) -> Amounts {
    let name = |at: &Cursor<'_>| at.get("name").map(|it| it.node.without_positions());
    let status = have.iter().find(|it| name(it) == name(container));
    if let Some(has) = status.and_then(|it| allocated(it, log)) {
        return has;
    }
    match container.get("resources") {
        Some(resources) => requests(&resources, log),
        None => Amounts::new(),
    }
}

/// The larger of what a container was given and what it runs with; `None` where its status says neither.
fn allocated(status: &Cursor<'_>, log: &mut Log) -> Option<Amounts> {
    let given = status.get("allocatedResources");
    let with = status.get("resources").and_then(|it| it.get("requests"));
    let both = [given, with].into_iter().flatten();
    both.map(|it| amounts(&it, log)).reduce(|mut most, other| {
        raise(&mut most, &other);
        most
    })
}

/// Requests, with limits where there is no request.
fn requests(resources: &Cursor<'_>, log: &mut Log) -> Amounts {
    let mut own = Amounts::new();
    for key in ["limits", "requests"] {
        if let Some(stated) = resources.get(key) {
            own.extend(amounts(&stated, log));
        }
    }
    own
}

fn amounts(at: &Cursor<'_>, log: &mut Log) -> Amounts {
    let mut amounts = Amounts::new();
    for entry in at.entries(log).unwrap_or_default() {
        let Some(field) = at.get(&entry.key) else {
            continue;
        };
        let amount = match entry.key.as_str() {
            CPU => quantity::millis(&field, log),
            _ => quantity::whole(&field, log),
        };
        if let Some(amount) = amount {
            amounts.insert(entry.key.clone(), amount);
        }
    }
    amounts
}

fn add(sum: &mut Amounts, other: &Amounts) {
    for (name, amount) in other {
        let own = sum.entry(name.clone()).or_default();
        *own = own.saturating_add(*amount);
    }
}

fn raise(most: &mut Amounts, other: &Amounts) {
    for (name, amount) in other {
        let own = most.entry(name.clone()).or_default();
        *own = (*own).max(*amount);
    }
}

/// Names of extended resources that the containers of a pod name: those of devices, `nvidia.com/gpu` among them.
pub(super) fn extended(spec: &Cursor<'_>) -> BTreeSet<String> {
    let mut unheard = Log::default();
    let mut found = BTreeSet::new();
    for container in ["containers", "initContainers"]
        .iter()
        .flat_map(|key| spec.list(&mut unheard, key))
        .collect::<Vec<_>>()
    {
        for key in ["limits", "requests"] {
            let stated = container.get("resources").and_then(|it| it.get(key));
            let names = stated.and_then(|it| it.entries(&mut unheard));
            let names = names.unwrap_or_default().iter().map(|it| it.key.clone());
            found.extend(names.filter(|it| {
                it.contains('/') && !it.contains("kubernetes.io/") && !it.starts_with("requests.")
            }));
        }
    }
    found
}

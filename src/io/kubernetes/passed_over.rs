//! Objects of kinds that are not read and that pods come from: said, where the file shows no pod of theirs.
//!
//! A custom resource becomes pods through its controller (`Rollout`, `Kafka`, `Prometheus`), a `CronJob` at its hours, a `ScaledJob` of
//! KEDA as its queue asks. Where
//! the workloads that they made are in the file, those count; where not, their pods are missing in every cost.

use std::collections::BTreeSet;

use crate::io::cursor::Cursor;
use crate::io::document::Value;

use super::jobs;
use super::known_kinds::{self, is_under};
use super::notes::Notes;
use super::objects::{Object, Objects};
use super::owners::Line;
use super::running::Key;
use super::selector::labels;

/// How deep in a spec it is looked for.
const DEPTH: u8 = 4;
/// Keys of a number of pods.
const COUNTS: [&str; 2] = ["replicas", "instances"];
/// Kinds that scale or describe what other objects stand for.
const OF_OTHERS: [&str; 4] = [
    "CustomResourceDefinition",
    "HorizontalPodAutoscaler",
    "ScaledObject",
    "Scale",
];

/// When a kind starts Jobs, where it does.
fn starts_jobs(kind: &str) -> Option<&'static str> {
    match kind {
        "CronJob" | "CronWorkflow" => Some("at its hours"),
        "ScaledJob" => Some("as its queue asks"),
        _ => None,
    }
}

/// Whether KEDA starts no Jobs of an object for now.
fn is_paused(object: &Object<'_>) -> bool {
    let notes = labels(object.at.get("metadata"), "annotations");
    notes
        .get("autoscaling.keda.sh/paused")
        .is_some_and(|it| it == "true")
}

/// Says which stand for pods that are not counted.
pub(super) fn tell(objects: &Objects<'_>, notes: &mut Notes) {
    let all = owners(objects, |_| true);
    // What starts Jobs has others where these have ended; what else has ended is over.
    let running = owners(objects, |it| !jobs::is_over(it));
    let today = objects.today_without_pods();
    for object in objects.passed_over() {
        if is_of_nodes(object) {
            tell_of_nodes(object, notes);
            continue;
        }
        let when = starts_jobs(&object.kind);
        let owners = if when.is_some() { &running } else { &all };
        if !stands_for_pods(object)
            || owners.contains(&object.key())
            || is_labelled(object, objects)
        {
            continue;
        }
        let kind = &object.kind;
        let why = match when {
            Some(when) if all.contains(&object.key()) => {
                format!("pods that a {kind} starts {when}, of which none runs now")
            }
            Some(when) => format!("pods that a {kind} starts {when}, of which none is in the file"),
            None => format!(
                "pods of the kind {kind}, which is not read and whose workloads are not in the file"
            ),
        };
        notes.left_out(&object.full_name(), &why, today);
    }
}

/// Owners of workloads, and theirs.
fn owners(objects: &Objects<'_>, counts: impl Fn(&Object<'_>) -> bool) -> BTreeSet<Key> {
    let mut found = BTreeSet::new();
    for object in objects.workloads().filter(|it| counts(it)) {
        let line = Line::of(object, objects);
        if let Some(name) = &line.by_name {
            let of_name = objects
                .passed_over()
                .filter(|it| it.name == *name && it.namespace == object.namespace);
            found.extend(of_name.map(Object::key));
        }
        found.extend(line.owners);
    }
    found
}

/// Whether a workload names the object in a label of its kind's own group, as operators mark what they made: `strimzi.io/cluster` of a
/// Kafka, `serving.knative.dev/service` of a Service of Knative.
fn is_labelled(object: &Object<'_>, objects: &Objects<'_>) -> bool {
    let Some(group) = group(object) else {
        return false;
    };
    let is_of_group = |key: &str| {
        let domain = key.split_once('/').map(|(domain, _)| domain);
        domain.is_some_and(|domain| is_under(group, domain))
    };
    (objects.workloads())
        .filter(|workload| workload.namespace == object.namespace)
        .any(|workload| {
            let own = labels(workload.at.get("metadata"), "labels");
            own.iter()
                .any(|(key, value)| *value == object.name && is_of_group(key))
        })
}

/// The group of the API that an object's kind is of; none of Kubernetes' core.
fn group<'o>(object: &'o Object<'_>) -> Option<&'o str> {
    let version = object.at.get("apiVersion")?.node.value.as_text()?;
    Some(version.split_once('/')?.0)
}

/// Groups of the API whose objects are nodes, and whose `replicas` count these.
const OF_NODES: [&str; 6] = [
    "karpenter.sh",
    "karpenter.k8s.aws",
    "eks.amazonaws.com",
    "eks.aws.crossplane.io",
    "cluster.x-k8s.io",
    "machine.openshift.io",
];

fn is_of_nodes(object: &Object<'_>) -> bool {
    group(object).is_some_and(|group| OF_NODES.iter().any(|known| is_under(group, known)))
}

/// A node pool of Karpenter with `replicas` keeps so many nodes whatever pods ask for.
fn tell_of_nodes(object: &Object<'_>, notes: &mut Notes) {
    let replicas = object.at.get("spec").and_then(|spec| spec.get("replicas"));
    let is_static =
        replicas.is_some_and(|it| matches!(&it.node.value, Value::Number(number) if number != "0"));
    if object.kind == "NodePool" && is_static {
        notes.not_modelled(
            &object.name,
            "nodes that a static NodePool keeps whatever pods ask for (`spec.replicas`)",
        );
    }
}

/// Whether a controller makes pods of the object.
pub(super) fn stands_for_pods(object: &Object<'_>) -> bool {
    if is_of_nodes(object) {
        return false;
    }
    let Some(spec) = object.at.get("spec") else {
        return false;
    };
    let is_true = |key: &str| {
        spec.get(key)
            .is_some_and(|it| it.node.value == Value::Bool(true))
    };
    if starts_jobs(&object.kind).is_some() {
        return !is_true("suspend") && !is_paused(object);
    }
    if OF_OTHERS.contains(&object.kind.as_str()) {
        return false;
    }
    if let Some(has_pods) = known_kinds::has_pods(object, group(object)) {
        return has_pods;
    }
    let pod = spec.get("template").and_then(|it| it.get("spec"));
    let has_template = pod.is_some_and(|it| it.get("containers").is_some());
    let replicas = spec.get("replicas");
    let is_off =
        replicas.is_some_and(|it| matches!(&it.node.value, Value::Number(number) if number == "0"));
    (has_template && !is_off) || has_pods(&spec, DEPTH)
}

/// Whether a number of pods above 0, or a template of pods, stands in it.
fn has_pods(at: &Cursor<'_>, depth: u8) -> bool {
    let below = |node| depth > 0 && has_pods(&Cursor::new(node, ""), depth - 1);
    match &at.node.value {
        Value::Object(entries) => entries.iter().any(|entry| match &entry.node.value {
            Value::Number(number) => COUNTS.contains(&entry.key.as_str()) && number != "0",
            Value::Object(_) if entry.key == "podTemplate" => true,
            _ => below(&entry.node),
        }),
        Value::List(items) => items.iter().any(below),
        _ => false,
    }
}

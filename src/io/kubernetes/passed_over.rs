//! Objects of kinds that are not read and that pods come from: said, where the file shows no pod of theirs.
//!
//! A custom resource becomes pods through its controller (`Rollout`, `Kafka`, `Prometheus`), a `CronJob` at its hours. Where
//! the workloads that they made are in the file, those count; where not, their pods are missing in every cost.

use std::collections::BTreeSet;

use crate::io::cursor::{Cursor, Log};
use crate::io::document::Value;

use super::notes::Notes;
use super::objects::{Object, Objects};

/// How deep in a spec it is looked for.
const DEPTH: u8 = 4;
/// Keys of a number of pods.
const COUNTS: [&str; 2] = ["replicas", "instances"];
/// Kinds that scale or describe what other objects stand for.
const OF_OTHERS: [&str; 5] = [
    "CustomResourceDefinition",
    "HorizontalPodAutoscaler",
    "ScaledObject",
    "ScaledJob",
    "Scale",
];

/// Says which stand for pods that are not counted.
pub(super) fn tell(objects: &Objects<'_>, notes: &mut Notes, log: &mut Log) {
    let owners: BTreeSet<(String, String, String)> = (objects.workloads())
        .filter_map(|it| {
            let owner = it.owner(log)?;
            Some((owner.kind, it.namespace.clone(), owner.name))
        })
        .collect();
    for object in objects.passed_over() {
        if owners.contains(&object.key()) || !stands_for_pods(object) {
            continue;
        }
        let why = match object.kind.as_str() {
            "CronJob" => {
                "pods that a CronJob starts at its hours, of which none is in the file".to_owned()
            }
            kind => format!(
                "pods of the kind {kind}, which is not read and whose workloads are not in the file"
            ),
        };
        notes.left_out(&object.full_name(), &why);
    }
}

/// Whether a controller makes pods of the object.
pub(super) fn stands_for_pods(object: &Object<'_>) -> bool {
    let Some(spec) = object.at.get("spec") else {
        return false;
    };
    let is_true = |key: &str| {
        spec.get(key)
            .is_some_and(|it| it.node.value == Value::Bool(true))
    };
    if object.kind == "CronJob" {
        return !is_true("suspend");
    }
    if OF_OTHERS.contains(&object.kind.as_str()) {
        return false;
    }
    let pod = spec.get("template").and_then(|it| it.get("spec"));
    let has_template = pod.is_some_and(|it| it.get("containers").is_some());
    has_template || has_pods(&spec, DEPTH)
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

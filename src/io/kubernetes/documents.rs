//! What a document is before it is an object: its kind with its group, a section of ECS, a template that is not rendered.

use crate::io::codes;
use crate::io::cursor::{Cursor, Log};

/// Sections of a cluster file of ECS.
const OF_ECS: [&str; 8] = [
    "services",
    "taskDefinitions",
    "standaloneTasks",
    "tasks",
    "containerInstances",
    "autoScalingGroups",
    "capacityProviders",
    "launchTemplates",
];

/// What is said of a template of Helm, and what to give in its place.
pub(super) const TEMPLATE_OF_HELM: (&str, &str) = (
    "this is a template of Helm, and no document of Kubernetes before it is rendered",
    "give what `helm template RELEASE CHART` prints",
);

/// Kinds of Kubernetes' own whose names others take too: Knative has a `Service`, Volcano a `Job`, Longhorn a `Node`.
const OF_KUBERNETES: [&str; 13] = [
    "Deployment",
    "StatefulSet",
    "DaemonSet",
    "ReplicaSet",
    "ReplicationController",
    "Job",
    "CronJob",
    "Pod",
    "Node",
    "Service",
    "HorizontalPodAutoscaler",
    "PersistentVolumeClaim",
    "PersistentVolume",
];
/// Groups of the API in which these are Kubernetes' own, or have the same spec (`OpenKruise`'s stateful and daemon sets).
const GROUPS: [&str; 5] = [
    "apps",
    "batch",
    "extensions",
    "autoscaling",
    "apps.kruise.io",
];

/// Whether a kind is one of Kubernetes' own.
pub(super) fn is_of_kubernetes(kind: &str) -> bool {
    OF_KUBERNETES.contains(&kind)
}

/// The kind, with its group behind it as `kubectl` writes it where another group took a name of Kubernetes' own.
pub(super) fn full_kind(kind: String, at: &Cursor<'_>) -> String {
    let version = at.get("apiVersion");
    let version = version.and_then(|it| it.node.value.as_text());
    match version.and_then(|version| version.split_once('/')) {
        Some((group, _)) if OF_KUBERNETES.contains(&kind.as_str()) && !GROUPS.contains(&group) => {
            format!("{kind}.{group}")
        }
        _ => kind,
    }
}

/// Whether sections of a cluster file of ECS stand in a document.
pub(super) fn is_of_ecs(at: &Cursor<'_>) -> bool {
    OF_ECS.iter().any(|section| at.get(section).is_some())
}

pub(super) fn tell_of_ecs(at: &Cursor<'_>, log: &mut Log) {
    at.error(
        log,
        codes::NOT_A_CLUSTER_FILE,
        "sections of a cluster file of ECS stand beside documents of Kubernetes",
        "give each of the two clusters a file of its own",
    );
}

/// Quoted braces are YAML, and a template of Helm all the same.
pub(super) fn tell_of_template(field: &Cursor<'_>, log: &mut Log) {
    let is_template = |text: &str| text.contains("{{");
    if field.node.value.as_text().is_some_and(is_template) {
        let (cause, remedy) = TEMPLATE_OF_HELM;
        field.error(log, codes::NOT_A_CLUSTER_FILE, cause, remedy);
    }
}

//! Documents that people give in place of a cluster file, told for what they are with what to do: errors about each key of
//! another format would help nobody.

use super::codes;
use super::cursor::{Cursor, Log};
use super::document::Value;

/// Whether the document is a cluster file at all; other things people try get advice.
pub(super) fn is_cluster_file(root: &Cursor<'_>, log: &mut Log) -> bool {
    let (cause, remedy) = if root.is_object() {
        let Some((kind, remedy)) = other_kind(root) else {
            return true;
        };
        (format!("this is {kind}, not a cluster file"), remedy)
    } else {
        (
            format!(
                "a cluster file is an object, this is {}",
                root.node.value.kind()
            ),
            "begin with `\"version\": 1` and `services`; answers of AWS stand under the names of their lists",
        )
    };
    root.error(log, codes::NOT_A_CLUSTER_FILE, cause, remedy);
    false
}

/// What a document is that is no cluster file, and what to do with it.
fn other_kind(root: &Cursor<'_>) -> Option<(&'static str, &'static str)> {
    let has = |key: &str| root.get(key).is_some();
    let is_object = |key: &str| root.get(key).is_some_and(|field| field.is_object());
    if has("status") && is_object("cost") {
        return Some((
            "a plan",
            "give the cluster file that the plan was made from",
        ));
    }
    if has("terraform_version") || has("format_version") {
        return Some((
            "a state or a plan of Terraform",
            "write the cluster as it runs with `bayplan snapshot --cluster NAME`, or paste what `aws ecs describe-services` prints",
        ));
    }
    if !has("services") && (has("AWSTemplateFormatVersion") || is_object("Resources")) {
        return Some((
            "a template of CloudFormation",
            "write the cluster as it runs with `bayplan snapshot --cluster NAME`, or paste what `aws ecs describe-services` prints",
        ));
    }
    if is_compose_file(root) {
        return Some((
            "a file of Docker Compose",
            "give each service its `cpu`, `memory` and `desiredCount` in a list: \"services\": [{\"serviceName\": ..., \"cpu\": \
             ..., \"memory\": ..., \"desiredCount\": ...}]",
        ));
    }
    if !has("services") && !has("version") && holds_names_alone(root) {
        return Some((
            "an answer of a List call, which holds names alone",
            "paste what `aws ecs describe-services` and `describe-task-definition` print of them, or write the cluster as it runs \
             with `bayplan snapshot --cluster NAME`",
        ));
    }
    let is_definition = has("containerDefinitions") || has("taskDefinition");
    (is_definition && !has("services") && !has("version")).then_some((
        "a task definition",
        "put it into the list `taskDefinitions` of a cluster file, and add the service that \
         runs it: {\"version\": 1, \"taskDefinitions\": [...], \"services\": [{\"serviceName\": \
         ..., \"desiredCount\": ..., \"taskDefinition\": ...}]}",
    ))
}

/// Whether a list of ARNs stands at the top, as in answers of `ListServices`, `ListTasks` and their like.
fn holds_names_alone(root: &Cursor<'_>) -> bool {
    let Value::Object(entries) = &root.node.value else {
        return false;
    };
    (entries.iter()).any(|entry| entry.key.ends_with("Arns"))
}

/// Whether `services` are named and not listed, with images or what they are built from.
fn is_compose_file(root: &Cursor<'_>) -> bool {
    let Some(services) = root.get("services") else {
        return false;
    };
    let Value::Object(entries) = &services.node.value else {
        return false;
    };
    (entries.iter()).any(|entry| match &entry.node.value {
        Value::Object(keys) => (keys.iter()).any(|key| key.key == "image" || key.key == "build"),
        _ => false,
    })
}

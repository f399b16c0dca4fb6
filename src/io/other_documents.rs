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
    } else if let Some((kind, remedy)) = other_list(root) {
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
    if has("services") || is_object("service") {
        return None;
    }
    if let Some((_, kind, remedy)) =
        (OF_DEPLOYMENT.iter()).find(|(keys, ..)| keys.iter().all(|key| has(key)))
    {
        return Some((*kind, *remedy));
    }
    if has("version") {
        return None;
    }
    let is_definition = has("containerDefinitions") || is_object("taskDefinition");
    if is_definition {
        return Some((
            "a task definition",
            "put it into the list `taskDefinitions` of a cluster file, and add the service that \
             runs it: {\"version\": 1, \"taskDefinitions\": [...], \"services\": [{\"serviceName\": \
             ..., \"desiredCount\": ..., \"taskDefinition\": ...}]}",
        ));
    }
    // Inputs of CreateService, UpdateService and RunTask name their definition.
    match (has("taskDefinition"), has("serviceName") || has("service")) {
        (true, true) => Some((
            "one service",
            "put it into the list `services` of a cluster file, and the task definition that it names into `taskDefinitions`",
        )),
        (true, false) => Some((
            "the input of a task run by itself",
            "put it into the list `standaloneTasks` of a cluster file, and the task definition that it names into \
             `taskDefinitions`",
        )),
        (false, _) => None,
    }
}

/// Where definitions stand in a cluster file.
const DEFINITIONS: &str = "give the list the name `taskDefinitions` in a cluster file, and add the services that run them: {\"version\": 1, \
                           \"taskDefinitions\": [...], \"services\": [{\"serviceName\": ..., \"desiredCount\": ..., \"taskDefinition\": ...}]}";
/// How a size comes into a cluster file that another document has in words of its own.
const SIZES: &str = "give each service its `cpu`, `memory` and `desiredCount` in a list: \"services\": [{\"serviceName\": ..., \"cpu\": \
                     ..., \"memory\": ..., \"desiredCount\": ...}]";
/// Where what runs is had from.
const AS_IT_RUNS: &str = "write the cluster as it runs with `bayplan snapshot --cluster NAME`, or paste what `aws ecs describe-services` and \
                          `describe-task-definition` print";

/// Files of tools that deploy to ECS or beside it, by keys that they have together: what they are, and what to do.
const OF_DEPLOYMENT: &[(&[&str], &str, &str)] = &[
    (
        &["AWSEBDockerrunVersion"],
        "a Dockerrun file of Elastic Beanstalk",
        SIZES,
    ),
    (
        &["Resources", "version"],
        "an AppSpec file of CodeDeploy",
        AS_IT_RUNS,
    ),
    (
        &["task_definition", "version"],
        "a file of parameters of the ECS CLI",
        SIZES,
    ),
    (
        &["service_definition", "task_definition"],
        "a configuration of ecspresso",
        AS_IT_RUNS,
    ),
    (&["name", "type", "image"], "a manifest of Copilot", SIZES),
    (
        &["jobDefinitionName"],
        "a job definition of AWS Batch",
        SIZES,
    ),
    (
        &["LaunchTemplateData"],
        "a launch template",
        "put it into the list `launchTemplates` of a cluster file",
    ),
    (&["Job"], "a job of Nomad", SIZES),
    (
        &["replicaCount", "image"],
        "a file of values of Helm",
        "render the chart with `helm template`, and give what it prints",
    ),
    (
        &["provider", "functions"],
        "a file of the Serverless Framework",
        SIZES,
    ),
];

/// What a list is that is no cluster file, by its first entry.
fn other_list(root: &Cursor<'_>) -> Option<(&'static str, &'static str)> {
    let Value::List(items) = &root.node.value else {
        return None;
    };
    let Value::Object(entries) = &items.first()?.value else {
        return None;
    };
    let has = |key: &str| entries.iter().any(|entry| entry.key == key);
    if has("imageUri") {
        return Some(("a list of images that CodePipeline deploys", AS_IT_RUNS));
    }
    if has("containerDefinitions") {
        return Some(("a list of task definitions", DEFINITIONS));
    }
    let is_container = has("image") && has("name") && !has("family");
    is_container.then_some((
        "a list of containers",
        "give them a task definition and that a service: {\"version\": 1, \"taskDefinitions\": [{\"family\": ..., \
         \"containerDefinitions\": [...]}], \"services\": [{\"serviceName\": ..., \"desiredCount\": ..., \"taskDefinition\": ...}]}",
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

//! The importer as a whole: what files become, and everything that is said about wrong ones.

mod instances;
mod pasted;
mod policy;
mod services;
mod standalone_tasks;
mod task_definitions;
mod whole_answers;
mod whole_files;
mod zones;

use serde_json::json;

use super::{Findings, ImportOptions, Imported, read_cluster};
use crate::domain::cluster::Cluster;
use crate::domain::service::Service;

fn import(text: &str) -> Result<Imported, Findings> {
    read_cluster(text, "cluster.json", &ImportOptions::default())
}

/// A cluster file with these sections.
fn file(sections: &serde_json::Value) -> String {
    let mut file = json!({"version": 1, "cluster": "prod", "region": "us-east-1", "services": []});
    for (key, value) in sections.as_object().expect("an object") {
        file[key] = value.clone();
    }
    file.to_string()
}

fn cluster(sections: &serde_json::Value) -> Cluster {
    match import(&file(sections)) {
        Ok(imported) => imported.cluster,
        Err(findings) => panic!("{findings}"),
    }
}

/// Codes and places of what is wrong.
fn problems(sections: &serde_json::Value) -> Vec<String> {
    let findings = import(&file(sections)).expect_err("a wrong file").findings;
    findings
        .iter()
        .filter(|finding| finding.code.starts_with('E'))
        .map(|finding| format!("{} {}", finding.code, finding.place))
        .collect()
}

/// A cluster with one service that runs this task definition.
fn service_of(definition: &serde_json::Value) -> Service {
    let service = json!({"serviceName": "s", "desiredCount": 1, "taskDefinition": "t"});
    let sections = json!({"taskDefinitions": [definition], "services": [service]});
    cluster(&sections).services.remove(0)
}

fn definition_problems(definition: &serde_json::Value) -> Vec<String> {
    problems(&json!({"taskDefinitions": [definition]}))
}

fn service_problems(extra: &serde_json::Value) -> Vec<String> {
    let mut service = json!({"serviceName": "s", "desiredCount": 4, "cpu": 256, "memory": 512});
    for (key, value) in extra.as_object().expect("an object") {
        service[key] = value.clone();
    }
    problems(&json!({"services": [service]}))
}

fn policy_problems(policy: &serde_json::Value) -> Vec<String> {
    problems(&json!({"policy": policy}))
}

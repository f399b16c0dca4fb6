//! Documents of Kubernetes, read: requests by hand, rules, counts, nodes, what is left out.

mod admission;
mod counts;
mod documents;
mod held_back;
mod labels;
mod nodes;
mod owners;
mod requests;
mod rules;
mod scalers;
mod set_up;
mod storage;
mod table;
mod volumes;
mod zones;

use serde_json::{Value, json};

use crate::domain::cluster::Cluster;
use crate::domain::placement::PlacementConstraint;
use crate::domain::service::Service;
use crate::io::{ImportOptions, Imported, read_cluster};

fn options() -> ImportOptions {
    ImportOptions {
        region: Some("us-east-1".to_owned()),
        ..ImportOptions::default()
    }
}

fn imported(objects: &Value) -> Imported {
    let text = json!({"kind": "List", "apiVersion": "v1", "items": objects}).to_string();
    read_cluster(&text, "c.json", &options()).unwrap_or_else(|findings| panic!("{findings}"))
}

fn cluster(objects: &Value) -> Cluster {
    imported(objects).cluster
}

fn codes(imported: &Imported) -> Vec<&'static str> {
    imported.warnings.iter().map(|it| it.code).collect()
}

fn deployment(name: &str, replicas: u64, spec: &Value) -> Value {
    json!({"kind": "Deployment", "apiVersion": "apps/v1", "metadata": {"name": name, "namespace": "shop"},
        "spec": {"replicas": replicas, "template": {"metadata": {"labels": {"app": name}}, "spec": spec}}})
}

fn container(requests: &Value) -> Value {
    json!({"name": "c", "resources": {"requests": requests}})
}

fn small() -> Value {
    json!({"containers": [container(&json!({"cpu": "100m", "memory": "128Mi"}))]})
}

fn service<'c>(cluster: &'c Cluster, name: &str) -> &'c Service {
    let found = cluster.services.iter().find(|it| it.name == name);
    found.unwrap_or_else(|| panic!("no {name}"))
}

fn sources(service: &Service) -> Vec<String> {
    (service.constraints())
        .filter_map(|it| match it {
            PlacementConstraint::MemberOf(expression) => Some(expression.source().to_owned()),
            _ => None,
        })
        .collect()
}

/// The first warning of a code.
fn warning(imported: &Imported, code: &str) -> String {
    let found = imported.warnings.iter().find(|it| it.code == code);
    found.map_or_else(String::new, |it| it.cause.clone())
}

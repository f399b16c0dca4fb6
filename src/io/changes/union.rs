//! Two cluster files as one: what both run, as one cluster would run it, on instances of its own.
//!
//! Services, standalone tasks, task definitions, commitments and zones of both are in it, with the policy of the first, which is that of the
//! second for whoever asks. What is there today is not: instances, groups and their providers belong to one of the two. Where both have
//! something of one name, the second's gets its cluster's name in front; a daemon that both run the same stays one.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::super::cursor::{Cursor, Log};
use super::super::document::{Entry, Node, Value};
use super::super::pasted::section;
use super::super::services::without_deleted;
use super::super::task_definitions::parse_reference;
use super::apply::{child, names, set};
use super::containers::{node, number};
use super::{ClusterDocument, DEFINITION, DEFINITIONS};
use crate::domain::cluster::{Cluster, Zone};
use crate::domain::service::Service;

/// Sections of what runs, and the key of its name.
const RUN: [(&str, &str); 2] = [("services", "serviceName"), ("standaloneTasks", "group")];
/// What a service says of where it is today.
const OF_TODAY: [&str; 4] = [
    "clusterArn",
    "serviceArn",
    "cluster",
    "capacityProviderStrategy",
];

/// A document and the cluster that it describes.
#[derive(Clone, Copy)]
pub struct Described<'a> {
    /// The document.
    pub document: &'a ClusterDocument,
    /// Its cluster, imported.
    pub cluster: &'a Cluster,
}

/// Two clusters as one document.
///
/// # Errors
/// Why they cannot be one.
pub fn union(first: Described<'_>, second: Described<'_>) -> Result<ClusterDocument, String> {
    for of in [first, second] {
        if of.document.has("demand") {
            let name = &of.cluster.name;
            return Err(format!("{name}: demand stands outside its services"));
        }
    }
    let renamed = Renamed::of(first, second);
    if !renamed.names.is_empty() && names_groups(&second.document.root) {
        return Err(
            "services of both have one name, and placement rules name task groups".to_owned(),
        );
    }
    let mut entries = vec![
        entry("version", number(1)),
        entry("cluster", text(&name_of(first.cluster, second.cluster))),
        entry("region", text(&first.cluster.region)),
    ];
    if !first.cluster.zones.is_empty() {
        let zones: Vec<serde_json::Value> = first.cluster.zones.iter().map(zone).collect();
        entries.push(entry("availabilityZones", Node::from_flag(&json!(zones))));
    }
    for (key, name) in RUN {
        let mut items = run(first, (key, name), &Renamed::default());
        items.extend(run(second, (key, name), &renamed));
        if key == "services" || !items.is_empty() {
            entries.push(entry(key, node(Value::List(items))));
        }
    }
    let mut definitions = definitions(first.document, &BTreeMap::new());
    definitions.extend(self::definitions(second.document, &renamed.families));
    if !definitions.is_empty() {
        entries.push(entry(DEFINITIONS, node(Value::List(definitions))));
    }
    let commitments: Vec<Node> = [first, second]
        .iter()
        .flat_map(|of| list(of.document, "commitments"))
        .collect();
    if !commitments.is_empty() {
        entries.push(entry("commitments", node(Value::List(commitments))));
    }
    if let Some(policy) = child(&first.document.root, "policy") {
        entries.push(entry("policy", policy.without_positions()));
    }
    Ok(ClusterDocument {
        file: String::new(),
        stem: String::new(),
        root: node(Value::Object(entries)),
        sizes: Vec::new(),
    })
}

/// The name of the union.
fn name_of(first: &Cluster, second: &Cluster) -> String {
    format!("{}-and-{}", first.name, second.name)
}

fn entry(key: &str, node: Node) -> Entry {
    Entry {
        key: key.to_owned(),
        shown: None,
        position: None,
        node,
    }
}

fn text(text: &str) -> Node {
    node(Value::Text(text.to_owned()))
}

fn zone(zone: &Zone) -> serde_json::Value {
    let mut object = serde_json::Map::new();
    for (key, part) in [("zoneName", &zone.name), ("zoneId", &zone.id)] {
        if let Some(part) = part {
            object.insert(key.to_owned(), json!(part));
        }
    }
    object.into()
}

/// What of the second cluster gets another name, and what of it is there already.
#[derive(Debug, Default)]
struct Renamed {
    /// Services and groups of standalone tasks.
    names: BTreeMap<String, String>,
    /// Families of task definitions.
    families: BTreeMap<String, String>,
    /// Daemons that the first runs the same.
    there: BTreeSet<String>,
}

impl Renamed {
    fn of(first: Described<'_>, second: Described<'_>) -> Self {
        let mut renamed = Self::default();
        let mut taken: BTreeSet<String> = (first.cluster.services.iter())
            .chain(&second.cluster.services)
            .map(|service| service.name.clone())
            .collect();
        for service in &second.cluster.services {
            let own = (first.cluster.services.iter()).find(|own| own.name == service.name);
            match own {
                None => {}
                Some(own) if is_same_daemon(own, service) => {
                    renamed.there.insert(service.name.clone());
                }
                Some(_) => {
                    let name = free(&second.cluster.name, &service.name, &mut taken);
                    renamed.names.insert(service.name.clone(), name);
                }
            }
        }
        let families = |of: Described<'_>| -> BTreeSet<String> {
            (nodes(of.document, DEFINITIONS).iter())
                .filter_map(|node| Some(family_of(node)?.0))
                .collect()
        };
        let (own, others) = (families(first), families(second));
        let mut taken = own.union(&others).cloned().collect();
        for family in own.intersection(&others) {
            let name = free(&second.cluster.name, family, &mut taken);
            renamed.families.insert(family.clone(), name);
        }
        renamed
    }
}

/// A name that nothing has yet, and now has.
fn free(cluster: &str, name: &str, taken: &mut BTreeSet<String>) -> String {
    let first = format!("{cluster}-{name}");
    let mut free = first.clone();
    let mut number = 2;
    while !taken.insert(free.clone()) {
        free = format!("{first}-{number}");
        number += 1;
    }
    free
}

/// Whether two daemons are one where their clusters are: nothing of them differs but what belongs to today.
fn is_same_daemon(first: &Service, second: &Service) -> bool {
    let bare = |service: &Service| {
        let mut bare = service.clone();
        bare.exists = false;
        bare.tags.clear();
        bare.task.name.clear();
        bare.capacity_provider_strategy.clear();
        bare
    };
    first.is_daemon() && bare(first) == bare(second)
}

/// Whether a text in it names a task group, as `memberOf(task:group == service:web)` does.
fn names_groups(node: &Node) -> bool {
    match &node.value {
        Value::Text(text) => text.contains("task:group"),
        Value::List(items) => items.iter().any(names_groups),
        Value::Object(entries) => entries.iter().any(|entry| names_groups(&entry.node)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// The things of a section, whatever they are wrapped in.
fn nodes(document: &ClusterDocument, key: &str) -> Vec<Node> {
    let quiet = &mut Log::default();
    let root = Cursor::new(&document.root, "");
    let mut items = section(&root, key, quiet);
    if key == "services" {
        items = without_deleted(items, quiet);
    }
    (items.iter())
        .map(|item| item.node.without_positions())
        .collect()
}

fn list(document: &ClusterDocument, key: &str) -> Vec<Node> {
    match child(&document.root, key).map(|node| &node.value) {
        Some(Value::List(items)) => items.iter().map(Node::without_positions).collect(),
        _ => Vec::new(),
    }
}

/// What a document runs, under its names in the union.
fn run(of: Described<'_>, (key, name_key): (&str, &str), renamed: &Renamed) -> Vec<Node> {
    let mut items = nodes(of.document, key);
    items.retain_mut(|item| {
        let own = names(key, item);
        let service = (of.cluster.services.iter()).find(|service| own.contains(&service.name));
        let Some(service) = service else {
            return true;
        };
        if renamed.there.contains(&service.name) {
            return false;
        }
        rename_references(item, &renamed.families);
        let Value::Object(entries) = &mut item.value else {
            return true;
        };
        entries.retain(|entry| !OF_TODAY.contains(&entry.key.as_str()));
        let name = renamed.names.get(&service.name).unwrap_or(&service.name);
        set(entries, name_key, text(name));
        // Limits of Application Auto Scaling stand outside the service and name its cluster.
        for (key, count) in [
            ("minCount", service.min_count),
            ("maxCount", service.max_count),
        ] {
            if let Some(count) = count.filter(|_| !service.is_daemon()) {
                set(entries, key, number(count));
            }
        }
        true
    });
    items
}

/// Gives every reference to a task definition in it the family's new name.
fn rename_references(node: &mut Node, families: &BTreeMap<String, String>) {
    match &mut node.value {
        Value::List(items) => (items.iter_mut()).for_each(|item| rename_references(item, families)),
        Value::Object(entries) => {
            for entry in entries {
                match &mut entry.node.value {
                    Value::Text(reference) if entry.key == DEFINITION => {
                        let (family, revision) = parse_reference(reference);
                        if let Some(name) = families.get(family) {
                            *reference = revision
                                .map_or_else(|| name.clone(), |number| format!("{name}:{number}"));
                        }
                    }
                    _ => rename_references(&mut entry.node, families),
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => {}
    }
}

/// Family and revision of a task definition.
fn family_of(definition: &Node) -> Option<(String, Option<String>)> {
    let field = |key: &str| child(definition, key)?.value.as_text().map(str::to_owned);
    let arn = field("taskDefinitionArn");
    let of_arn = arn.as_deref().map(parse_reference);
    let family = field("family").or_else(|| of_arn.map(|(family, _)| family.to_owned()))?;
    let revision = field("revision");
    Some((
        family,
        revision.or_else(|| of_arn.and_then(|(_, revision)| revision).map(str::to_owned)),
    ))
}

/// A document's task definitions, each once, under their names in the union.
fn definitions(document: &ClusterDocument, families: &BTreeMap<String, String>) -> Vec<Node> {
    let mut seen = BTreeSet::new();
    let mut items = nodes(document, DEFINITIONS);
    items.retain_mut(|item| {
        let Some((family, revision)) = family_of(item) else {
            return true;
        };
        if !seen.insert((family.clone(), revision.clone())) {
            return false;
        }
        if let (Some(name), Value::Object(entries)) = (families.get(&family), &mut item.value) {
            entries.retain(|entry| entry.key != "taskDefinitionArn");
            set(entries, "family", text(name));
            if let Some(revision) = revision {
                set(entries, "revision", node(Value::Number(revision)));
            }
        }
        true
    });
    items
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::ImportOptions;

    fn read(text: &str) -> (ClusterDocument, Cluster) {
        let document = ClusterDocument::parse(text, "c.yaml").expect("a document");
        let imported = document.import(&ImportOptions::default());
        (document, imported.expect("a cluster").cluster)
    }

    fn joined(first: &str, second: &str) -> Result<Cluster, String> {
        let ((a, of_a), (b, of_b)) = (read(first), read(second));
        let first = Described {
            document: &a,
            cluster: &of_a,
        };
        let second = Described {
            document: &b,
            cluster: &of_b,
        };
        let union = union(first, second)?;
        let (again, cluster) = read(&union.to_json());
        assert_eq!(again.to_json(), union.to_json());
        Ok(cluster)
    }

    const SHOP: &str = r#"
version: 1
cluster: shop
region: eu-west-1
availabilityZones: [eu-west-1a, eu-west-1b]
taskDefinitions:
  - {family: web, revision: 4, cpu: "256", memory: "512", containerDefinitions: [{name: web}]}
services:
  - {serviceName: web, desiredCount: 3, taskDefinition: "web:4"}
  - {serviceName: logs, schedulingStrategy: DAEMON, cpu: 64, memory: 128}
  - {serviceName: agent, schedulingStrategy: DAEMON, cpu: 64, memory: 128}
commitments: [{kind: compute, usdPerHour: 1.5}]
"#;
    const BACK: &str = r#"
version: 1
cluster: back
region: eu-west-1
availabilityZones: [eu-west-1a, eu-west-1b]
taskDefinitions:
  - {taskDefinitionArn: "arn:aws:ecs:eu-west-1:111111111111:task-definition/web:5", cpu: "1024", memory: "2048", containerDefinitions: [{name: web}]}
services:
  - {serviceArn: "arn:aws:ecs:eu-west-1:111111111111:service/back/web", desiredCount: 2, taskDefinition: "arn:aws:ecs:eu-west-1:111111111111:task-definition/web:5"}
  - {serviceName: logs, schedulingStrategy: DAEMON, cpu: 64, memory: 128}
  - {serviceName: agent, schedulingStrategy: DAEMON, cpu: 64, memory: 256}
scalableTargets:
  - {ResourceId: service/back/web, ScalableDimension: "ecs:service:DesiredCount", MinCapacity: 1, MaxCapacity: 9}
"#;

    #[test]
    fn what_both_run_is_there_once_under_names_that_do_not_clash() {
        let cluster = joined(SHOP, BACK).expect("a union");
        let seen: Vec<(&str, u64, u64, u64)> = (cluster.services.iter())
            .map(|service| {
                let task = &service.task;
                let count = service.desired_count;
                (
                    service.name.as_str(),
                    count,
                    task.cpu.get(),
                    task.memory.get(),
                )
            })
            .collect();
        assert_eq!(
            seen,
            [
                ("agent", 0, 64, 128),
                ("back-agent", 0, 64, 256),
                ("back-web", 2, 1024, 2048),
                ("logs", 0, 64, 128),
                ("web", 3, 256, 512),
            ]
        );
        assert_eq!(cluster.name, "shop-and-back");
        assert_eq!(cluster.zones.len(), 2);
        assert_eq!(cluster.services[2].max_count, Some(9));
        assert_eq!(cluster.services[2].task.name, "back-web:5");
        assert_eq!(cluster.commitments.bought.len(), 1);
    }

    #[test]
    fn rules_that_name_task_groups_keep_clusters_apart_whose_services_have_one_name() {
        let ruled = BACK.replace(
            "desiredCount: 2,",
            "desiredCount: 2, placementConstraints: [{type: memberOf, expression: \"task:group == service:web\"}],",
        );
        let why = joined(SHOP, &ruled).expect_err("apart");
        assert!(why.contains("task groups"), "{why}");
    }
}

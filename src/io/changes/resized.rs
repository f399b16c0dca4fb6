//! A cluster file with other task sizes and counts of services, as somebody would write it.
//!
//! A service with an inline size gets another one. A service that refers to a task definition gets a new revision of it, beside the old one,
//! which running tasks and other services still refer to; who refers to the bare family, and so to its newest revision, is pinned to the old.
//! A size that stands at the task stays there, and containers are made smaller where they would not fit; a size that its containers add up
//! to is divided among them as before.

use std::collections::BTreeMap;

use super::super::document::{Entry, Node, Value};
use super::super::task_definitions::parse_reference;
use super::apply::{child, names, set};
use super::containers::{self, node, number};
use super::{ClusterDocument, DEFINITION, DEFINITIONS};
use crate::domain::quantity::{CpuUnits, MemoryMib};

/// What a service gets; `None` for what stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resize {
    /// Its name.
    pub service: String,
    /// CPU of a task, as it is and as it becomes.
    pub cpu: Option<(CpuUnits, CpuUnits)>,
    /// Memory of a task, as it is and as it becomes.
    pub memory: Option<(MemoryMib, MemoryMib)>,
    /// Fewest tasks.
    pub min_count: Option<u64>,
    /// Most tasks.
    pub max_count: Option<u64>,
    /// Tasks by hour of the week.
    pub profile: Option<Vec<u64>>,
}

impl Resize {
    const fn is_of_size(&self) -> bool {
        self.cpu.is_some() || self.memory.is_some()
    }
}

impl ClusterDocument {
    /// The document with other sizes and counts. It is no snapshot any more: nothing runs as it says.
    #[must_use]
    pub fn resized(&self, changes: &[Resize]) -> Self {
        let mut changed = self.clone();
        let Value::Object(entries) = &mut changed.root.value else {
            return changed;
        };
        if changes.is_empty() {
            return changed;
        }
        entries.retain(|entry| entry.key != "snapshot");
        let mut definitions = Definitions::of(entries);
        for entry in entries.iter_mut().filter(|entry| entry.key == "services") {
            each(&mut entry.node, &is_service, &mut |service| {
                let own = names("services", service);
                if let Some(change) = changes.iter().find(|change| own.contains(&change.service)) {
                    resize(service, change, &mut definitions);
                }
            });
        }
        definitions.pin(entries);
        definitions.add_to(entries);
        changed
    }

    /// The document with what one task of services uses of CPU in the mean, as measured. Nothing that runs is another for it.
    #[must_use]
    pub fn with_measured_cpu(&self, measured: &BTreeMap<String, CpuUnits>) -> Self {
        let mut changed = self.clone();
        if let Value::Object(entries) = &mut changed.root.value {
            for entry in entries.iter_mut().filter(|entry| entry.key == "services") {
                each(&mut entry.node, &is_service, &mut |service| {
                    let own = names("services", service);
                    let known = own.iter().find_map(|name| measured.get(name));
                    if let (Some(cpu), Value::Object(entries)) = (known, &mut service.value) {
                        set(entries, "measuredCpu", number(cpu.get()));
                    }
                });
            }
        }
        changed
    }

    /// The document with its cluster's name and Region, where it names none: a CSV has no place for them.
    #[must_use]
    pub fn located(&self, cluster: &str, region: &str) -> Self {
        let mut located = self.clone();
        if let Value::Object(entries) = &mut located.root.value {
            for (key, text) in [("cluster", cluster), ("region", region)] {
                if entries.iter().all(|entry| entry.key != key) {
                    let at = entries.len().min(1);
                    entries.insert(at, entry(key, Value::Text(text.to_owned())));
                }
            }
        }
        located
    }

    /// Whether it has a key at its top.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        child(&self.root, key).is_some()
    }

    /// The document as JSON, with a line feed at its end.
    #[must_use]
    pub fn to_json(&self) -> String {
        format!("{:#}\n", json(&self.root))
    }
}

fn entry(key: &str, value: Value) -> Entry {
    Entry {
        key: key.to_owned(),
        shown: None,
        position: None,
        node: Node {
            position: None,
            value,
        },
    }
}

fn json(node: &Node) -> serde_json::Value {
    match &node.value {
        Value::Null => serde_json::Value::Null,
        Value::Bool(flag) => (*flag).into(),
        Value::Number(text) => serde_json::from_str::<serde_json::Number>(text)
            .map_or_else(|_| text.clone().into(), serde_json::Value::Number),
        Value::Text(text) => text.clone().into(),
        Value::List(items) => items.iter().map(json).collect(),
        Value::Object(entries) => (entries.iter())
            .map(|entry| (entry.key.clone(), json(&entry.node)))
            .collect(),
    }
}

/// Does something with every object of a kind, whatever answers and lists are around it.
fn each(node: &mut Node, is_meant: &dyn Fn(&Node) -> bool, act: &mut dyn FnMut(&mut Node)) {
    if is_meant(node) {
        return act(node);
    }
    match &mut node.value {
        Value::List(items) => items.iter_mut().for_each(|item| each(item, is_meant, act)),
        Value::Object(entries) => {
            for entry in entries {
                each(&mut entry.node, is_meant, act);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => {}
    }
}

fn is_service(node: &Node) -> bool {
    child(node, "serviceName").is_some() || child(node, "serviceArn").is_some()
}

fn is_definition(node: &Node) -> bool {
    child(node, "containerDefinitions").is_some()
}

fn resize(service: &mut Node, change: &Resize, definitions: &mut Definitions) {
    let reference = reference(service);
    let Value::Object(entries) = &mut service.value else {
        return;
    };
    for (key, count) in [
        ("minCount", change.min_count),
        ("maxCount", change.max_count),
    ] {
        if let Some(count) = count {
            set(entries, key, number(count));
        }
    }
    if let Some(counts) = &change.profile {
        let counts = counts.iter().map(|count| number(*count)).collect();
        set(entries, "profile", node(Value::List(counts)));
    }
    if let Some(reference) = reference.filter(|_| change.is_of_size()) {
        if let Some(revision) = definitions.revise(&reference, change) {
            set(entries, DEFINITION, node(Value::Text(revision)));
        }
        return;
    }
    if let Some((_, cpu)) = change.cpu {
        set(entries, "cpu", number(cpu.get()));
    }
    if let Some((_, memory)) = change.memory {
        set(entries, "memory", number(memory.get()));
    }
}

/// The task definition that a service refers to: its own, else that of its first task set or deployment where it has no inline size.
fn reference(service: &Node) -> Option<String> {
    let text = |node: &Node| match &node.value {
        Value::Text(text) => Some(text.clone()),
        _ => None,
    };
    if let Some(own) = child(service, DEFINITION).and_then(text) {
        return Some(own);
    }
    if child(service, "memory").is_some() {
        return None;
    }
    ["taskSets", "deployments"].iter().find_map(|key| {
        let Value::List(sets) = &child(service, key)?.value else {
            return None;
        };
        let is_primary =
            |set: &&Node| child(set, "status").and_then(text).as_deref() == Some("PRIMARY");
        let set = sets.iter().find(is_primary).or(sets.first())?;
        child(set, DEFINITION).and_then(text)
    })
}

/// A task definition of the file.
#[derive(Debug, Clone)]
struct Known {
    family: String,
    revision: Option<u64>,
    is_active: bool,
    node: Node,
}

impl Known {
    fn of(node: &Node) -> Option<Self> {
        let text = |key: &str| match &child(node, key)?.value {
            Value::Text(text) | Value::Number(text) => Some(text.clone()),
            _ => None,
        };
        let arn = text("taskDefinitionArn");
        let of_arn = arn.as_deref().map(parse_reference);
        let family = text("family").or_else(|| of_arn.map(|(family, _)| family.to_owned()))?;
        let revision = text("revision")
            .or_else(|| of_arn.and_then(|(_, revision)| revision).map(str::to_owned))
            .and_then(|revision| revision.parse().ok());
        Some(Self {
            family,
            revision,
            is_active: text("status").is_none_or(|status| status == "ACTIVE"),
            node: node.clone(),
        })
    }
}

/// The file's task definitions and new revisions of them.
struct Definitions {
    known: Vec<Known>,
    added: Vec<Known>,
}

impl Definitions {
    fn of(entries: &mut [Entry]) -> Self {
        let mut known = Vec::new();
        for entry in entries.iter_mut().filter(|entry| entry.key == DEFINITIONS) {
            each(&mut entry.node, &is_definition, &mut |node| {
                known.extend(Known::of(node));
            });
        }
        Self {
            known,
            added: Vec::new(),
        }
    }

    /// The definition that a reference means, as the importer finds it.
    fn referenced(&self, reference: &str) -> Option<&Known> {
        let (family, revision) = parse_reference(reference);
        let of_family = || self.known.iter().filter(|known| known.family == family);
        match revision {
            Some(revision) => of_family()
                .find(|known| known.revision.is_some_and(|n| n.to_string() == revision))
                .or_else(|| of_family().find(|known| known.revision.is_none())),
            None => of_family()
                .filter(|known| known.is_active)
                .max_by_key(|known| known.revision),
        }
    }

    /// Adds a revision of another size; the reference to it.
    fn revise(&mut self, reference: &str, change: &Resize) -> Option<String> {
        let old = self.referenced(reference)?.clone();
        let all = self.known.iter().chain(&self.added);
        let highest = all
            .filter(|known| known.family == old.family)
            .filter_map(|known| known.revision)
            .max();
        // The first is what a definition without a revision stands for.
        let revision = highest.unwrap_or(1) + 1;
        let mut node = old.node.clone();
        containers::resize(&mut node, change.cpu, change.memory);
        if let Value::Object(entries) = &mut node.value {
            set(entries, "revision", number(revision));
            if let Some(arn) = entries
                .iter_mut()
                .find(|entry| entry.key == "taskDefinitionArn")
                && let Value::Text(text) = &mut arn.node.value
            {
                *text = with_revision(text, &old.family, revision);
            }
        }
        self.added.push(Known {
            revision: Some(revision),
            node,
            ..old.clone()
        });
        Some(with_revision(reference, &old.family, revision))
    }

    /// Who refers to the newest revision of a family that has a newer one now, refers to the one that it meant.
    fn pin(&self, entries: &mut [Entry]) {
        let is_user = |node: &Node| {
            child(node, DEFINITION).is_some_and(|node| matches!(node.value, Value::Text(_)))
        };
        for entry in (entries.iter_mut())
            .filter(|entry| matches!(entry.key.as_str(), "services" | "standaloneTasks"))
        {
            each(&mut entry.node, &is_user, &mut |user| {
                let Some(reference) = reference(user) else {
                    return;
                };
                let (family, revision) = parse_reference(&reference);
                if revision.is_some() || self.added.iter().all(|added| added.family != family) {
                    return;
                }
                let Some(meant) = self.referenced(&reference) else {
                    return;
                };
                let pinned = with_revision(&reference, family, meant.revision.unwrap_or(1));
                if let Value::Object(entries) = &mut user.value {
                    set(entries, DEFINITION, node(Value::Text(pinned)));
                }
            });
        }
    }

    fn add_to(self, entries: &mut [Entry]) {
        if self.added.is_empty() {
            return;
        }
        let added = self
            .added
            .into_iter()
            .map(|known| known.node.without_positions());
        let Some(section) = entries.iter_mut().find(|entry| entry.key == DEFINITIONS) else {
            return;
        };
        if let Value::List(items) = &mut section.node.value {
            items.extend(added);
        } else {
            // An answer as it was printed becomes one of a list.
            let answer = section.node.clone();
            section.node.value = Value::List(std::iter::once(answer).chain(added).collect());
        }
    }
}

/// A reference, bare or an ARN, to another revision.
fn with_revision(reference: &str, family: &str, revision: u64) -> String {
    let prefix = reference.rfind('/').map_or("", |at| &reference[..=at]);
    format!("{prefix}{family}:{revision}")
}

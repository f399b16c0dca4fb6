//! Task definitions and services of a document, in whatever the API prints around them, and what they say.

use super::super::document::{Entry, Node, Value};
use super::DEFINITIONS;
use super::apply::child;
use crate::domain::quantity::{CpuUnits, MemoryMib};

/// Where a task definition has its containers.
pub(super) const CONTAINERS: &str = "containerDefinitions";

/// `api` of `arn:…:task-definition/api:7`.
pub(super) fn family_of(reference: &str) -> &str {
    let name = reference.rsplit('/').next().unwrap_or(reference);
    name.split(':').next().unwrap_or(name)
}

/// A definition's family.
pub(super) fn named(definition: &[Entry]) -> Option<String> {
    let family = entry(definition, "family").and_then(text);
    let arn = || entry(definition, "taskDefinitionArn").and_then(text);
    family.or_else(|| arn().map(family_of)).map(str::to_owned)
}

pub(super) fn containers(definition: &[Entry]) -> impl Iterator<Item = &Node> {
    let list = entry(definition, CONTAINERS).map(|it| &it.value);
    let items = if let Some(Value::List(items)) = list {
        items.as_slice()
    } else {
        &[]
    };
    items.iter()
}

pub(super) fn section<'a>(entries: &'a mut [Entry], key: &str) -> Option<&'a mut Node> {
    (entries.iter_mut())
        .find(|entry| entry.key == key)
        .map(|entry| &mut entry.node)
}

/// Definitions, in whatever the API prints around them.
pub(super) fn each_definition(entries: &[Entry], act: &mut dyn FnMut(&[Entry])) {
    if let Some(section) = entry(entries, DEFINITIONS) {
        visit(section, CONTAINERS, &mut |node| {
            if let Value::Object(entries) = &node.value {
                act(entries);
            }
        });
    }
}

pub(super) fn each_service(entries: &[Entry], act: &mut dyn FnMut(&Node)) {
    if let Some(section) = entry(entries, "services") {
        for key in ["serviceName", "serviceArn"] {
            visit(section, key, &mut |node| {
                if key == "serviceName" || child(node, "serviceName").is_none() {
                    act(node);
                }
            });
        }
    }
}

/// Objects with a key, from the top down to the first that has it.
fn visit(node: &Node, key: &str, act: &mut dyn FnMut(&Node)) {
    match &node.value {
        Value::Object(entries) if entry(entries, key).is_some() => act(node),
        Value::Object(entries) => entries.iter().for_each(|it| visit(&it.node, key, act)),
        Value::List(items) => items.iter().for_each(|it| visit(it, key, act)),
        _ => {}
    }
}

pub(super) fn change_definitions(node: &mut Node, act: &mut dyn FnMut(&mut Vec<Entry>)) {
    match &mut node.value {
        Value::Object(entries) if entry(entries, CONTAINERS).is_some() => act(entries),
        Value::Object(entries) => {
            for it in entries {
                change_definitions(&mut it.node, act);
            }
        }
        Value::List(items) => items.iter_mut().for_each(|it| change_definitions(it, act)),
        _ => {}
    }
}

/// Lists of services, in whatever the API prints around them.
pub(super) fn change_services(entries: &mut [Entry], act: &mut dyn FnMut(&mut Vec<Node>)) {
    fn lists(node: &mut Node, act: &mut dyn FnMut(&mut Vec<Node>)) {
        match &mut node.value {
            Value::List(items) if items.iter().any(is_service) => act(items),
            Value::List(items) => items.iter_mut().for_each(|it| lists(it, act)),
            Value::Object(entries) => entries.iter_mut().for_each(|it| lists(&mut it.node, act)),
            _ => {}
        }
    }
    if let Some(section) = section(entries, "services") {
        lists(section, act);
    }
}

fn is_service(node: &Node) -> bool {
    child(node, "serviceName").is_some() || child(node, "serviceArn").is_some()
}

pub(super) fn entry<'a>(entries: &'a [Entry], key: &str) -> Option<&'a Node> {
    (entries.iter())
        .find(|entry| entry.key == key)
        .map(|entry| &entry.node)
        .filter(|node| node.value != Value::Null)
}

pub(super) fn value<'a>(entries: &'a mut [Entry], key: &str) -> Option<&'a mut Value> {
    (entries.iter_mut())
        .find(|entry| entry.key == key)
        .map(|entry| &mut entry.node.value)
}

pub(super) fn text(node: &Node) -> Option<&str> {
    node.value.as_text()
}

pub(super) fn of(node: &Node, key: &str) -> Option<String> {
    child(node, key).and_then(text).map(str::to_owned)
}

pub(super) fn whole(node: Option<&Node>) -> Option<u64> {
    text(node?)?.parse().ok()
}

/// CPU units, as the importer reads them.
pub(super) fn cpu(node: Option<&Node>) -> Option<u64> {
    CpuUnits::parse(text(node?)?).ok().map(CpuUnits::get)
}

/// MiB, as the importer reads them.
pub(super) fn memory(node: Option<&Node>) -> Option<u64> {
    MemoryMib::parse(text(node?)?).ok().map(MemoryMib::get)
}

//! Settings beside the objects: keys of a list, or a document of their own.
//!
//! Changes are laid over the top of a document, as over a cluster file. What stands in a document of its own is lifted there
//! first: a change of one key of the policy would else stand beside the file's policy, and hide all its other keys.

use std::collections::BTreeMap;

use crate::io::document::{Entry, Node, Value};
use crate::io::yaml;

/// Settings that may stand beside objects.
pub(super) const SETTINGS: [&str; 5] = [
    "version",
    "cluster",
    "region",
    "availabilityZones",
    "policy",
];

/// Documents of Kubernetes as one object or one list, with its settings at the top. Items keep their places.
pub(super) fn on_top(root: Node) -> Node {
    let root = match root.value {
        Value::List(items) => yaml::list_of(items, root.position),
        _ => root,
    };
    let Node { position, value } = root;
    let Value::Object(mut entries) = value else {
        return Node { position, value };
    };
    let mut known: BTreeMap<String, Node> = (entries.iter())
        .filter(|entry| SETTINGS.contains(&entry.key.as_str()))
        .map(|entry| (entry.key.clone(), entry.node.without_positions()))
        .collect();
    let mut lifted = Vec::new();
    let items = (entries.iter_mut()).find(|entry| entry.key == "items");
    if let Some(Value::List(items)) = items.map(|entry| &mut entry.node.value) {
        for item in items {
            lift(&mut item.value, &mut known, &mut lifted);
        }
    }
    entries.extend(lifted);
    Node {
        position,
        value: Value::Object(entries),
    }
}

/// Takes the settings out of a document that holds nothing else, and those beside the items of a list. One that says something else than
/// another stays where it is: the reader tells of it.
fn lift(document: &mut Value, known: &mut BTreeMap<String, Node>, lifted: &mut Vec<Entry>) {
    let Value::Object(own) = document else {
        return;
    };
    let is_setting = |entry: &Entry| SETTINGS.contains(&entry.key.as_str());
    let is_list = own.iter().any(|entry| entry.key == "items");
    if own.is_empty() || !is_list && !own.iter().all(is_setting) {
        return;
    }
    for entry in std::mem::take(own) {
        let value = entry.node.without_positions();
        match known.get(&entry.key) {
            Some(other) if is_setting(&entry) && *other == value => {}
            None if is_setting(&entry) => {
                known.insert(entry.key.clone(), value);
                lifted.push(entry);
            }
            _ => own.push(entry),
        }
    }
    if own.is_empty() {
        // As an empty document between two separators.
        *document = Value::Null;
    }
}

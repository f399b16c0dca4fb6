//! Settings beside the objects: keys of a list, or a document of their own.
//!
//! Changes are laid over the top of a document, as over a cluster file. What stands in a document of its own is lifted there
//! first: a change of one key of the policy would else stand beside the file's policy, and hide all its other keys.

use std::collections::BTreeSet;

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
    let mut known: BTreeSet<String> = entries.iter().map(|entry| entry.key.clone()).collect();
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

/// Takes the settings out of a document that holds nothing else; of two of one name the first is the one.
fn lift(document: &mut Value, known: &mut BTreeSet<String>, lifted: &mut Vec<Entry>) {
    let Value::Object(own) = document else {
        return;
    };
    let is_setting = |entry: &Entry| SETTINGS.contains(&entry.key.as_str());
    if own.is_empty() || !own.iter().all(is_setting) {
        return;
    }
    let own = std::mem::take(own);
    lifted.extend((own.into_iter()).filter(|entry| known.insert(entry.key.clone())));
    // As an empty document between two separators.
    *document = Value::Null;
}

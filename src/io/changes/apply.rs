//! Finding a path's places in a document, and setting them.

use super::path::{Step, matches};
use super::sizes::SizeChange;
use super::{Change, DEFINITION, DEFINITIONS, finding};
use crate::domain::policy_keys::{policy_key, policy_key_names};
use crate::io::codes;
use crate::io::cursor::Cursor;
use crate::io::document::{Entry, Node, Value, joined};
use crate::io::findings::Finding;
use crate::io::known_fields::{
    INLINE_SIZE, RUN_TASK_API, SERVICE_API, TASK_DEFINITION, TOP_LEVEL, service_ours,
    standalone_ours,
};
use crate::io::kubernetes;
use crate::io::suggest::did_you_mean;

/// A finding, boxed: it is large and rare.
type Failed = Box<Finding>;

/// Keys that name the items of the lists of the top level.
const NAMES: [(&str, &[&str]); 5] = [
    ("services", &["serviceName", "serviceArn"]),
    ("standaloneTasks", &["group", "taskDefinition"]),
    (DEFINITIONS, &["family", "taskDefinitionArn"]),
    ("capacityProviders", &["name"]),
    ("autoScalingGroups", &["AutoScalingGroupName"]),
];

/// Sets all places of a change; sizes of services with a task definition come back to be set later.
pub(super) fn apply(root: &mut Node, change: &Change) -> Result<Vec<SizeChange>, Failed> {
    if kubernetes::is_document(&Cursor::new(root, "")) {
        is_of_kubernetes(change)?;
    }
    let Value::Object(entries) = &mut root.value else {
        // The importer says what is wrong with such a file.
        return Ok(Vec::new());
    };
    let place = change.label();
    let mut steps = change.path.steps.clone();
    complete(entries, &mut steps, &place)?;
    let mut setting = Setting {
        change,
        place,
        sizes: Vec::new(),
    };
    let section = match &steps[0] {
        Step::Name(name) => name.clone(),
        Step::Index(_) => return Err(Box::new(setting.unknown("", "", &TOP_LEVEL))),
    };
    if steps.len() == 1 {
        set(entries, &section, change.value.clone());
        return Ok(Vec::new());
    }
    let node = entry(entries, &section, &steps[1]);
    setting.descend(node, (&section, 0), &steps[1..])?;
    Ok(setting.sizes)
}

/// Of documents of Kubernetes settings are changed, and no objects.
fn is_of_kubernetes(change: &Change) -> Result<(), Failed> {
    let first = match &change.path.steps[0] {
        Step::Name(name) => name.as_str(),
        Step::Index(_) => "",
    };
    if kubernetes::is_setting(first) || policy_key(first).is_some() {
        return Ok(());
    }
    Err(Box::new(finding(
        codes::UNKNOWN_PATH,
        change.label(),
        format!("`{first}` is no setting of documents of Kubernetes"),
        "change the policy, the Region or the zones (`policy.maxPods=50`, `region=eu-west-1`); counts and requests \
            change in the documents themselves"
            .to_owned(),
    )))
}

/// Writes a short path out: `api.desiredCount` is a service's, `spotMaxShare` the policy's.
fn complete(entries: &[Entry], steps: &mut Vec<Step>, place: &str) -> Result<(), Failed> {
    let first = match &steps[0] {
        Step::Name(name) => name.clone(),
        Step::Index(_) => String::new(),
    };
    if TOP_LEVEL.contains(&first.as_str()) {
        return Ok(());
    }
    let names: Vec<String> = (items(entries, "services").iter())
        .flat_map(|item| names("services", item))
        .collect();
    let section = if steps.len() > 1 && names.iter().any(|name| matches(&first, name)) {
        "services"
    } else if policy_key(&first).is_some() {
        "policy"
    } else {
        let keys: Vec<&str> = policy_key_names().collect();
        let known = (names.iter().map(String::as_str))
            .chain(TOP_LEVEL)
            .chain(keys);
        return Err(Box::new(finding(
            codes::UNKNOWN_PATH,
            place.to_owned(),
            format!(
                "`{first}` is no section of a cluster file, no service of this one and no key of the policy"
            ),
            format!(
                "{}begin with a section (`services`, `policy` …) or the name of a service",
                did_you_mean(&first, known)
            ),
        )));
    };
    steps.insert(0, Step::Name(section.to_owned()));
    Ok(())
}

/// The items of a section, inside what `aws … describe-*` prints around a list or not.
fn items<'a>(entries: &'a [Entry], section: &str) -> &'a [Node] {
    let of = |entries: &'a [Entry]| {
        let found = (entries.iter()).find(|entry| entry.key.eq_ignore_ascii_case(section));
        found.map(|entry| &entry.node.value)
    };
    match of(entries) {
        Some(Value::List(items)) => items,
        Some(Value::Object(wrapper)) => match of(wrapper) {
            Some(Value::List(items)) => items,
            _ => &[],
        },
        _ => &[],
    }
}

/// Names that an item of a list of the top level goes by.
pub(super) fn names(section: &str, item: &Node) -> Vec<String> {
    let Some((_, keys)) = NAMES.iter().find(|(name, _)| *name == section) else {
        return Vec::new();
    };
    let item = if section == DEFINITIONS && is_wrapped(item) {
        child(item, DEFINITION).unwrap_or(item)
    } else {
        item
    };
    let mut names: Vec<String> = (keys.iter())
        .filter_map(|key| {
            let text = text(child(item, key)?)?;
            Some(text.rsplit('/').next().unwrap_or(text).to_owned())
        })
        .collect();
    if section == DEFINITIONS
        && let (Some(family), Some(revision)) = (
            child(item, "family").and_then(text),
            child(item, "revision").and_then(text),
        )
    {
        names.push(format!("{family}:{revision}"));
    }
    names
}

/// Whether a task definition stands as `aws ecs describe-task-definition` prints it, in an object of its own.
fn is_wrapped(item: &Node) -> bool {
    child(item, DEFINITION).is_some_and(|inner| matches!(inner.value, Value::Object(_)))
}

fn text(node: &Node) -> Option<&str> {
    match &node.value {
        Value::Text(text) | Value::Number(text) => Some(text),
        _ => None,
    }
}

pub(super) fn child<'a>(node: &'a Node, key: &str) -> Option<&'a Node> {
    let Value::Object(entries) = &node.value else {
        return None;
    };
    entries
        .iter()
        .find(|entry| entry.key == key)
        .map(|entry| &entry.node)
}

/// The value of a key, made where it is missing: a list where a position follows, else an object.
fn entry<'a>(entries: &'a mut Vec<Entry>, key: &str, next: &Step) -> &'a mut Node {
    let found = entries.iter().position(|entry| entry.key == key);
    let index = found.unwrap_or_else(|| {
        let list = matches!(next, Step::Index(_)) || NAMES.iter().any(|(name, _)| *name == key);
        let value = if list {
            Value::List(Vec::new())
        } else {
            Value::Object(Vec::new())
        };
        set(
            entries,
            key,
            Node {
                position: None,
                value,
            },
        );
        entries.len() - 1
    });
    let node = &mut entries[index].node;
    if node.value == Value::Null {
        node.value = Value::Object(Vec::new());
    }
    node
}

pub(super) fn set(entries: &mut Vec<Entry>, key: &str, node: Node) {
    match entries.iter_mut().find(|entry| entry.key == key) {
        Some(entry) => entry.node = node,
        None => entries.push(Entry {
            key: key.to_owned(),
            shown: None,
            position: None,
            node,
        }),
    }
}

/// One change on its way down.
struct Setting<'a> {
    change: &'a Change,
    place: String,
    sizes: Vec<SizeChange>,
}

impl Setting<'_> {
    /// Sets what the steps below a node at `path` lead to; `depth` steps below a section, since names hold dots.
    fn descend(
        &mut self,
        node: &mut Node,
        (path, depth): (&str, usize),
        steps: &[Step],
    ) -> Result<(), Failed> {
        let Some((step, rest)) = steps.split_first() else {
            *node = self.change.value.clone();
            return Ok(());
        };
        match (&mut node.value, step) {
            (Value::List(items), Step::Index(index)) => {
                let count = items.len();
                let Some(item) = items.get_mut(*index) else {
                    return Err(Box::new(
                        self.nowhere(format!("`{path}` has {count} entries, counted from 0")),
                    ));
                };
                self.descend_item(item, (&format!("{path}[{index}]"), depth + 1), path, rest)
            }
            (Value::List(items), Step::Name(pattern)) => {
                self.descend_named(items, pattern, (path, depth), rest)
            }
            (Value::Object(entries), Step::Name(key)) => {
                // What `aws … describe-*` prints around a list is no step of a path.
                if let Some(wrapped) = entries
                    .iter_mut()
                    .find(|e| e.key.eq_ignore_ascii_case(path))
                    && TOP_LEVEL.contains(&path)
                {
                    return self.descend(&mut wrapped.node, (path, depth), steps);
                }
                self.check_key(entries, (path, depth), key)?;
                match rest.first() {
                    None => {
                        set(entries, key, self.change.value.clone());
                        Ok(())
                    }
                    Some(next) => {
                        let below = joined(path, key);
                        self.descend(entry(entries, key, next), (&below, depth + 1), rest)
                    }
                }
            }
            (Value::Object(_), Step::Index(_)) => {
                Err(Box::new(self.nowhere(format!("`{path}` is no list"))))
            }
            _ => Err(Box::new(
                self.nowhere(format!("`{path}` is a value and has no parts")),
            )),
        }
    }

    fn descend_named(
        &mut self,
        items: &mut [Node],
        pattern: &str,
        (section, depth): (&str, usize),
        rest: &[Step],
    ) -> Result<(), Failed> {
        let mut found = 0;
        for (index, item) in items.iter_mut().enumerate() {
            let own = names(section, item);
            let is_meant = (pattern == "*" && own.is_empty())
                || own.iter().any(|name| matches(pattern, name))
                || own
                    .iter()
                    .any(|name| name.split(':').next() == Some(pattern));
            if is_meant {
                found += 1;
                let name = own.first().cloned().unwrap_or_else(|| index.to_string());
                self.descend_item(item, (&joined(section, &name), depth + 1), section, rest)?;
            }
        }
        if found > 0 {
            return Ok(());
        }
        let known: Vec<String> = items.iter().flat_map(|item| names(section, item)).collect();
        Err(Box::new(finding(
            codes::UNKNOWN_PATH,
            self.place.clone(),
            format!("`{section}` has no `{pattern}`"),
            format!(
                "{}name one of the file's, or `*` for all",
                did_you_mean(pattern, known.iter().map(String::as_str))
            ),
        )))
    }

    /// An item of a list; the size of a service that refers to a task definition is kept for later.
    fn descend_item(
        &mut self,
        item: &mut Node,
        (path, depth): (&str, usize),
        section: &str,
        rest: &[Step],
    ) -> Result<(), Failed> {
        if rest.is_empty() {
            return Err(Box::new(
                self.nowhere(format!("`{path}` as a whole cannot be set")),
            ));
        }
        if section == DEFINITIONS && is_wrapped(item) {
            let inner = match &mut item.value {
                Value::Object(entries) => entries.iter_mut().find(|entry| entry.key == DEFINITION),
                _ => None,
            };
            if let Some(inner) = inner {
                return self.descend(&mut inner.node, (path, depth), rest);
            }
        }
        let refers = child(item, DEFINITION).is_some_and(|node| node.value != Value::Null);
        if let (true, [Step::Name(key)]) = (refers && section != DEFINITIONS, rest)
            && INLINE_SIZE.contains(&key.as_str())
        {
            let own = names(section, item).into_iter().next().unwrap_or_default();
            let size = SizeChange::try_new(own, key, self.change.value.clone());
            let Some(size) = size.filter(|_| section == "services") else {
                let cause = format!(
                    "`{key}` stands in the task definition of `{path}`, not at the service"
                );
                return Err(Box::new(self.nowhere(cause)));
            };
            self.sizes.push(size);
            return Ok(());
        }
        self.descend(item, (path, depth), rest)
    }

    /// Keys that nobody knows are typing errors.
    fn check_key(
        &self,
        entries: &[Entry],
        (path, depth): (&str, usize),
        key: &str,
    ) -> Result<(), Failed> {
        if entries.iter().any(|entry| entry.key == key) {
            return Ok(());
        }
        let section = path.split(['.', '[']).next().unwrap_or_default();
        let last = path.rsplit('.').next().unwrap_or_default();
        let known: Vec<&str> = match (section, depth, last) {
            ("policy", 0, _) => policy_key_names().collect(),
            ("services", 1, _) => [&service_ours()[..], &INLINE_SIZE, &SERVICE_API].concat(),
            ("standaloneTasks", 1, _) => {
                [&standalone_ours()[..], &INLINE_SIZE, &RUN_TASK_API].concat()
            }
            ("taskDefinitions", 1, _) => TASK_DEFINITION.to_vec(),
            (_, _, "deploymentConfiguration") => {
                vec!["maximumPercent", "minimumHealthyPercent", "strategy"]
            }
            (_, _, "runtimePlatform") => vec!["cpuArchitecture", "operatingSystemFamily"],
            (_, _, "memoryOverhead") => vec!["percent", "fixedMib", "perVcpuMib"],
            (_, _, "ephemeralStorage") => vec!["sizeInGiB"],
            _ => entries.iter().map(|entry| entry.key.as_str()).collect(),
        };
        if known.contains(&key) {
            Ok(())
        } else {
            Err(Box::new(self.unknown(path, key, &known)))
        }
    }

    fn unknown(&self, path: &str, key: &str, known: &[&str]) -> Finding {
        finding(
            codes::UNKNOWN_PATH,
            self.place.clone(),
            format!("`{key}` is not a key of `{path}`"),
            format!(
                "{}correct the path",
                did_you_mean(key, known.iter().copied())
            ),
        )
    }

    fn nowhere(&self, cause: String) -> Finding {
        finding(
            codes::UNKNOWN_PATH,
            self.place.clone(),
            cause,
            "correct the path; docs/what-if.md has examples".to_owned(),
        )
    }
}

//! The objects of the documents, whatever they stand in.

use std::collections::BTreeMap;

use crate::io::codes;
use crate::io::cursor::{Cursor, Log};
use crate::io::document::Value;

use super::documents::{full_kind, is_of_ecs, tell_of_ecs, tell_of_template};
use super::notes::{Notes, Today};
use super::settings::SETTINGS;

/// One object.
#[derive(Debug, Clone)]
pub(super) struct Object<'a> {
    pub kind: String,
    pub namespace: String,
    pub name: String,
    pub at: Cursor<'a>,
}

/// The object that made another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Owner {
    pub kind: String,
    pub name: String,
}

impl Owner {
    /// A replica set's name without the hash of its template, where it has one.
    pub(super) fn of_pods(&self) -> &str {
        match self.name.rsplit_once('-') {
            Some((name, _)) if self.kind == "ReplicaSet" => name,
            _ => &self.name,
        }
    }
}

/// All of them, in the order of the file, and settings that are no objects: a document without `kind`, or keys beside the
/// `items` of a list.
#[derive(Debug, Default)]
pub(super) struct Objects<'a> {
    all: Vec<Object<'a>>,
    /// Places among them.
    known: BTreeMap<(String, String, String), usize>,
    /// Names of workloads and nodes that the file has twice, and what tells the two apart.
    repeated: Vec<(String, &'static str)>,
    settings: Vec<Cursor<'a>>,
    /// Kinds of objects without a name.
    nameless: Vec<String>,
    /// Whether some object has no kind.
    has_kindless: bool,
}

/// Kinds that are planned.
const WORKLOADS: [&str; 7] = [
    "Deployment",
    "StatefulSet",
    "DaemonSet",
    "ReplicaSet",
    "ReplicationController",
    "Job",
    "Pod",
];

/// Whether objects of a kind are planned.
pub(super) fn is_workload(kind: &str) -> bool {
    WORKLOADS.contains(&kind)
}

impl<'a> Objects<'a> {
    pub(super) fn read(root: &Cursor<'a>, log: &mut Log) -> Self {
        let mut objects = Self::default();
        objects.add(root, None, log);
        objects.report_settings_apart(log);
        objects
    }

    fn add(&mut self, at: &Cursor<'a>, kind_of_list: Option<&str>, log: &mut Log) {
        if let Value::List(_) = at.node.value {
            for item in at.items(log) {
                self.add(&item, kind_of_list, log);
            }
            return;
        }
        if at.node.value == Value::Null {
            // An empty document between two separators.
            return;
        }
        if at.entries(log).is_none() {
            return;
        }
        let kind = match at.get("kind") {
            Some(field) => field.text(log).map(str::to_owned),
            None => kind_of_list.map(str::to_owned),
        };
        let Some(kind) = kind else {
            self.add_without_kind(at, log);
            return;
        };
        if let Some(items) = at.get("items").filter(|_| kind.ends_with("List")) {
            self.add_items(at, &kind, &items, log);
            return;
        }
        if at.path.is_empty() && has_setting(at) {
            // What `what-if` lays over one object stands beside its keys.
            self.settings.push(at.clone());
        }
        self.add_object(at, full_kind(kind, at), log);
    }

    fn add_without_kind(&mut self, at: &Cursor<'a>, log: &mut Log) {
        if is_of_ecs(at) {
            tell_of_ecs(at, log);
        } else if has_setting(at) {
            self.add_settings(at, log);
        } else {
            self.has_kindless = true;
            at.require(
                log,
                "kind",
                "write the kind of the object, such as `kind: Deployment`",
            );
        }
    }

    fn add_items(&mut self, at: &Cursor<'a>, kind: &str, items: &Cursor<'a>, log: &mut Log) {
        if is_of_ecs(at) {
            tell_of_ecs(at, log);
        }
        if has_setting(at) {
            self.settings.push(at.clone());
        }
        let of_items = kind.trim_end_matches("List");
        let of_items = (!of_items.is_empty()).then_some(of_items);
        for item in items.items(log) {
            self.add(&item, of_items, log);
        }
    }

    fn add_object(&mut self, at: &Cursor<'a>, kind: String, log: &mut Log) {
        let metadata = at.get("metadata");
        let text = |key: &str| {
            let field = metadata.as_ref()?.get(key)?;
            match &field.node.value {
                Value::Text(text) | Value::Number(text) => Some(text.clone()),
                _ => None,
            }
        };
        let is_ours = is_workload(&kind) || kind == "Node";
        let own_name = text("name");
        let is_named = own_name.is_some();
        let Some(name) = own_name.or_else(|| text("generateName")) else {
            if is_ours {
                at.require(log, "metadata.name", "give the object its name");
            }
            self.nameless.push(kind);
            return;
        };
        if is_ours && let Some(metadata) = &metadata {
            // Names reach terminals: what cannot be printed on one line is told.
            for key in ["name", "namespace"] {
                if let Some(field) = metadata.get(key) {
                    field.name(log);
                    tell_of_template(&field, log);
                }
            }
        }
        let namespace = text("namespace").unwrap_or_else(|| "default".to_owned());
        let object = Object {
            kind,
            namespace,
            name,
            at: at.clone(),
        };
        if is_named && self.is_known(&object) && is_ours {
            // The same object twice, as in two pages of one answer, is one object.
            return;
        }
        self.all.push(object);
    }

    /// Whether an object of the kind and the name is there already; keeps it in mind where not.
    fn is_known(&mut self, object: &Object<'a>) -> bool {
        let place = self.all.len();
        let first = *self.known.entry(object.key()).or_insert(place);
        let Some(first) = self.all.get(first) else {
            return false;
        };
        let spec = |at: &Cursor<'_>| Some(at.get("spec")?.node.without_positions());
        if object.kind == "Node" {
            if is_another_node(&first.at, &object.at) {
                self.repeated.push((object.name.clone(), ANOTHER_NODE));
            }
        } else if spec(&first.at) != spec(&object.at) {
            self.repeated.push((object.full_name(), ANOTHER_SPEC));
        }
        true
    }

    /// Says which objects the file has twice, the second another one than the first.
    pub(super) fn report_repeated(&self, notes: &mut Notes) {
        for (name, what) in &self.repeated {
            notes.left_out(name, what, Today::Differs);
        }
    }

    fn add_settings(&mut self, at: &Cursor<'a>, log: &mut Log) {
        at.report_unknown_keys(log, &[&SETTINGS], "the settings of documents of Kubernetes");
        self.settings.push(at.clone());
    }

    /// A setting. Where several documents have it, they say the same ([`Self::report_settings_apart`]).
    pub(super) fn setting(&self, key: &str) -> Option<Cursor<'a>> {
        self.settings.iter().find_map(|at| at.get(key))
    }

    /// Says where two documents of settings say something else of one key: which of them counts would be a guess.
    fn report_settings_apart(&self, log: &mut Log) {
        for key in SETTINGS {
            let mut said = self.settings.iter().filter_map(|at| at.get(key));
            let Some(first) = said.next() else {
                continue;
            };
            let value = |at: &Cursor<'_>| at.node.without_positions();
            for other in said.filter(|it| value(it) != value(&first)) {
                other.error(
                    log,
                    codes::DUPLICATE_KEY,
                    format!("`{key}` stands among the settings twice, each time with another value: here and at {}", place(&first)),
                    "keep one of them",
                );
            }
        }
    }

    /// Those without a name or a kind among them: what is wrong with these is told already.
    pub(super) fn has_workloads_or_nodes(&self) -> bool {
        let is_ours = |kind: &str| is_workload(kind) || kind == "Node";
        let nameless = self.nameless.iter().map(String::as_str);
        let mut kinds = (self.all.iter().map(|it| it.kind.as_str())).chain(nameless);
        self.has_kindless || kinds.any(is_ours)
    }

    /// What today's nodes carry of objects of which the file shows no pods: where it shows pods of others, nothing.
    pub(super) fn today_without_pods(&self) -> Today {
        if self.of_kind("Pod").next().is_some() {
            Today::IsTheSame
        } else {
            Today::Differs
        }
    }

    /// Whether there is an object of a kind that has no name.
    pub(super) fn is_alone(&self, kind: &str) -> bool {
        self.nameless.iter().any(|it| it == kind)
    }

    /// Objects of a kind, in the order of the file.
    pub(super) fn of_kind<'o>(&'o self, kind: &'o str) -> impl Iterator<Item = &'o Object<'a>> {
        self.all.iter().filter(move |object| object.kind == kind)
    }

    /// Those that are planned, in the order of the file.
    pub(super) fn workloads(&self) -> impl Iterator<Item = &Object<'a>> {
        (self.all.iter()).filter(|object| is_workload(&object.kind))
    }

    /// Those that are neither planned nor nodes.
    pub(super) fn passed_over(&self) -> impl Iterator<Item = &Object<'a>> {
        (self.all.iter()).filter(|object| !is_workload(&object.kind) && object.kind != "Node")
    }

    pub(super) fn has(&self, kind: &str, namespace: &str, name: &str) -> bool {
        let key = (kind.to_owned(), namespace.to_owned(), name.to_owned());
        self.known.contains_key(&key)
    }

    /// Whether there is such an object, of a kind that is planned.
    pub(super) fn has_workload(&self, kind: &str, namespace: &str, name: &str) -> bool {
        is_workload(kind) && self.has(kind, namespace, name)
    }

    /// The object of a kind and a name.
    pub(super) fn find(
        &self,
        kind: &str,
        namespace: Option<&str>,
        name: &str,
    ) -> Option<&Object<'a>> {
        if let Some(namespace) = namespace {
            let key = (kind.to_owned(), namespace.to_owned(), name.to_owned());
            return self.all.get(*self.known.get(&key)?);
        }
        (self.all.iter()).find(|object| object.kind == kind && object.name == name)
    }
}

const ANOTHER_SPEC: &str = "a second object of the same kind and name, with another spec";
const ANOTHER_NODE: &str =
    "a second node of the same name, with other labels or of another instance";

/// Whether two nodes of one name are two, as where the answers of two clusters stand in one file: a node keeps its labels from one page of
/// an answer to the next, while its status changes all the time.
fn is_another_node(one: &Cursor<'_>, other: &Cursor<'_>) -> bool {
    let at = |at: &Cursor<'_>, section: &str, key: &str| {
        Some(at.get(section)?.get(key)?.node.without_positions())
    };
    let says_another =
        |section: &str, key: &str| match (at(one, section, key), at(other, section, key)) {
            (Some(one), Some(other)) => one != other,
            _ => false,
        };
    at(one, "metadata", "labels") != at(other, "metadata", "labels")
        || says_another("metadata", "uid")
        || says_another("spec", "providerID")
}

/// Where a setting stands.
fn place(at: &Cursor<'_>) -> String {
    match at.node.position {
        Some(position) => format!("line {}", position.line),
        None => format!("`{}`", at.path),
    }
}

fn has_setting(at: &Cursor<'_>) -> bool {
    SETTINGS.iter().any(|key| at.get(key).is_some())
}

impl<'a> Object<'a> {
    /// Kind, namespace and name.
    pub(super) fn key(&self) -> (String, String, String) {
        let Self {
            kind,
            namespace,
            name,
            ..
        } = self;
        (kind.clone(), namespace.clone(), name.clone())
    }

    /// As plans name it.
    pub(super) fn full_name(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }

    /// What controls it, or else the first that owns it.
    pub(super) fn owner(&self, log: &mut Log) -> Option<Owner> {
        let metadata = self.at.get("metadata")?;
        let owners = metadata.list(log, "ownerReferences");
        let is_controller = |owner: &&Cursor<'_>| {
            (owner.get("controller")).is_some_and(|it| it.node.value == Value::Bool(true))
        };
        let owner = owners
            .iter()
            .find(is_controller)
            .or_else(|| owners.first())?;
        Some(Owner {
            kind: full_kind(owner.get("kind")?.text(log)?.to_owned(), owner),
            name: owner.get("name")?.text(log)?.to_owned(),
        })
    }

    /// Whether a pod takes no room any more, or soon none.
    pub(super) fn has_ended_or_goes(&self) -> bool {
        let phase = self.at.get("status").and_then(|it| it.get("phase"));
        let phase = phase.and_then(|it| it.node.value.as_text().map(str::to_owned));
        let metadata = self.at.get("metadata");
        let goes = metadata.is_some_and(|it| it.get("deletionTimestamp").is_some());
        goes || matches!(phase.as_deref(), Some("Succeeded" | "Failed"))
    }

    /// Whether somebody has deleted it: what it made goes with it, unless that is to be left alone (`kubectl delete --cascade=orphan`).
    pub(super) fn is_being_deleted(&self) -> bool {
        let Some(metadata) = self.at.get("metadata") else {
            return false;
        };
        let finalizers = metadata.list(&mut Log::default(), "finalizers");
        let keeps = |it: &Cursor<'_>| it.node.value.as_text() == Some("orphan");
        metadata.get("deletionTimestamp").is_some() && !finalizers.iter().any(keeps)
    }

    /// Its spec.
    pub(super) fn spec(&self, log: &mut Log) -> Option<Cursor<'a>> {
        self.at.require(log, "spec", "keep the spec of the object")
    }
}

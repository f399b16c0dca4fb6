//! What running pods ask for, where that is more than their template says.
//!
//! Between a template and its pods stand admission (sidecars that a mesh puts in, defaults of a namespace's `LimitRange`,
//! overhead of a runtime class) and vertical autoscalers. What a scheduler places are the pods: where all running pods of a
//! workload ask for the same and it is not what the template says, that is planned, and said. Where they differ from the
//! template and from each other, the packing counts the most of each amount and the bound the least. A pod that the file shows
//! without containers is no observation; one whose containers ask for nothing is one.

use std::collections::{BTreeMap, BTreeSet};

use crate::io::cursor::{Cursor, Log};

use super::notes::Notes;
use super::objects::{Object, Objects};
use super::request::{self, PodRequest};
use super::selector::{Labels, labels};
use super::workload::Workload;

/// What the pods of a workload ask for: the same, unless they run with different amounts.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub most: PodRequest,
    pub least: PodRequest,
}

impl Asked {
    fn the_same(request: PodRequest) -> Self {
        Self {
            least: request.clone(),
            most: request,
        }
    }

    /// The least of each amount, another pod's among them.
    fn lower(&mut self, other: &PodRequest) {
        self.least.millis = self.least.millis.min(other.millis);
        self.least.bytes = self.least.bytes.min(other.bytes);
    }
}

/// An object by kind, namespace and name.
pub(super) type Key = (String, String, String);

/// Requests of running pods, by the object that stands for them.
pub(super) fn requests(objects: &Objects<'_>) -> BTreeMap<Key, BTreeSet<PodRequest>> {
    let mut found: BTreeMap<Key, BTreeSet<PodRequest>> = BTreeMap::new();
    // What is wrong in a pod that stands for itself is told where it is planned; these are not.
    let mut unheard = Log::default();
    for pod in objects.of_kind("Pod") {
        if pod.has_ended_or_goes() {
            continue;
        }
        let (Some(key), Some(spec)) = (stands_for(pod, objects), pod.at.get("spec")) else {
            continue;
        };
        if spec.list(&mut unheard, "containers").is_empty() {
            continue;
        }
        let asked = request::of_pod(&pod.at, &mut unheard);
        found.entry(key).or_default().extend(asked);
    }
    found
}

/// Running pods, by the object that stands for them.
pub(super) fn pods<'a>(objects: &Objects<'a>) -> BTreeMap<Key, Vec<Cursor<'a>>> {
    let mut found: BTreeMap<Key, Vec<Cursor<'a>>> = BTreeMap::new();
    for pod in objects.of_kind("Pod").filter(|it| !it.has_ended_or_goes()) {
        if let Some(key) = stands_for(pod, objects) {
            found.entry(key).or_default().push(pod.at.clone());
        }
    }
    found
}

/// Labels, with their namespace, of running pods that are not planned: the scheduler counts them where it spreads others.
pub(super) fn left_out(
    objects: &Objects<'_>,
    outside: &BTreeSet<&str>,
) -> BTreeSet<(String, Labels)> {
    let mut unheard = Log::default();
    let mut found = BTreeSet::new();
    for pod in objects.of_kind("Pod").filter(|it| !it.has_ended_or_goes()) {
        let owner = pod.owner(&mut unheard);
        let is_left_out = owner.is_some_and(|owner| match owner.kind.as_str() {
            "Node" => true,
            "DaemonSet" => !objects.has("DaemonSet", &pod.namespace, &owner.name),
            _ => false,
        });
        if is_left_out || is_elsewhere(&pod.at, outside) {
            let own = labels(pod.at.get("metadata"), "labels");
            found.insert((pod.namespace.clone(), own));
        }
    }
    found
}

/// What marks a pod of Fargate, beside the node that it is on. Source: Amazon EKS user guide, "Simplify compute management with AWS Fargate".
const FARGATE_PROFILE: &str = "eks.amazonaws.com/fargate-profile";
const FARGATE_SCHEDULER: &str = "fargate-scheduler";
/// What asks Fargate to take a pod, or to leave it to nodes (`ec2`): EKS's own deployment of `CoreDNS` has it.
const COMPUTE_ASKED: &str = "eks.amazonaws.com/compute-type";

/// Whether pods with this metadata ask Fargate to take them.
pub(super) fn asks_for_fargate(metadata: Option<Cursor<'_>>) -> bool {
    let notes = labels(metadata, "annotations");
    (notes.get(COMPUTE_ASKED)).is_some_and(|it| it.eq_ignore_ascii_case("fargate"))
}

/// Whether a pod takes no room of any node that is planned: one of Fargate, or on a node that is left out.
pub(super) fn is_elsewhere(pod: &Cursor<'_>, outside: &BTreeSet<&str>) -> bool {
    let text = |key: &str| {
        let field = pod.get("spec")?.get(key)?;
        field.node.value.as_text().map(str::to_owned)
    };
    text("schedulerName").as_deref() == Some(FARGATE_SCHEDULER)
        || text("nodeName").is_some_and(|name| outside.contains(name.as_str()))
        || (text("nodeName").is_none() && asks_for_fargate(pod.get("metadata")))
        || labels(pod.get("metadata"), "labels").contains_key(FARGATE_PROFILE)
}

/// How many running pods are elsewhere, by the object that stands for them.
pub(super) fn elsewhere(objects: &Objects<'_>, outside: &BTreeSet<&str>) -> BTreeMap<Key, u64> {
    let mut found = BTreeMap::new();
    for pod in objects.of_kind("Pod") {
        if !pod.has_ended_or_goes()
            && is_elsewhere(&pod.at, outside)
            && let Some(key) = stands_for(pod, objects)
        {
            *found.entry(key).or_default() += 1;
        }
    }
    found
}

/// The object of the file that has a template for a pod.
fn stands_for(pod: &Object<'_>, objects: &Objects<'_>) -> Option<Key> {
    let mut unheard = Log::default();
    let owner = pod.owner(&mut unheard)?;
    let namespace = pod.namespace.clone();
    if owner.kind != "ReplicaSet" {
        return Some((owner.kind, namespace, owner.name));
    }
    let set = objects.find("ReplicaSet", Some(&namespace), &owner.name);
    let deployment = match &set {
        Some(set) => set.owner(&mut unheard).map(|it| it.name),
        None => Some(owner.of_pods().to_owned()),
    };
    let deployment = deployment.filter(|name| objects.has("Deployment", &namespace, name));
    Some(match deployment {
        Some(name) => ("Deployment".to_owned(), namespace, name),
        None => (owner.kind, namespace, owner.name),
    })
}

/// What a pod of the workload asks for: as its running pods say, unless one of them is as the template says. The bound counts the
/// least of all of them in any case.
pub(super) fn instead_of(
    of_template: PodRequest,
    workload: &Workload<'_>,
    notes: &mut Notes,
) -> Asked {
    let running = &workload.running;
    let mut observed = running.iter();
    if running.contains(&of_template) {
        return template_beside(of_template.clone(), observed);
    }
    let Some(first) = observed.next() else {
        return Asked::the_same(of_template);
    };
    let mut asked = Asked::the_same(first.clone());
    let mut differ = false;
    for other in observed {
        if (other.gpus, &other.others) != (first.gpus, &first.others) {
            notes.not_modelled(
                &workload.name,
                "running pods that ask for other devices than their template, and than each other",
            );
            return Asked::the_same(of_template);
        }
        differ = true;
        asked.most.millis = asked.most.millis.max(other.millis);
        asked.most.bytes = asked.most.bytes.max(other.bytes);
        asked.lower(other);
    }
    notes.as_running(&workload.name, differ);
    asked
}

/// A template that some pods still run as, while others have changed: it is planned, and the bound counts the least of each amount.
fn template_beside<'a>(
    of_template: PodRequest,
    observed: impl Iterator<Item = &'a PodRequest>,
) -> Asked {
    let mut asked = Asked::the_same(of_template);
    for other in observed {
        if (other.gpus, &other.others) == (asked.most.gpus, &asked.most.others) {
            asked.lower(other);
        }
    }
    asked
}

//! What running pods ask for, where that is more than their template says.
//!
//! Between a template and its pods stand admission (sidecars that a mesh puts in, defaults of a namespace's `LimitRange`,
//! overhead of a runtime class) and vertical autoscalers. What a scheduler places are the pods: where all running pods of a
//! workload ask for the same and it is not what the template says, that is planned, and said. Pods that ask for nothing
//! where the template asks for something are no observation.

use std::collections::{BTreeMap, BTreeSet};

use crate::io::cursor::Log;

use super::notes::Notes;
use super::objects::{Object, Objects};
use super::request::{self, PodRequest};
use super::workload::Workload;

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
        let asked = request::read(&spec, &mut unheard);
        found.entry(key).or_default().insert(asked);
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

/// What a pod of the workload asks for: as its running pods say, if they agree; else as its template says.
pub(super) fn instead_of(
    of_template: PodRequest,
    workload: &Workload<'_>,
    notes: &mut Notes,
) -> PodRequest {
    let running = &workload.running;
    if running.is_empty() || running.contains(&of_template) {
        return of_template;
    }
    match running.as_slice() {
        [one] if is_observed(one, &of_template) => {
            notes.as_running(&workload.name);
            one.clone()
        }
        several if several.iter().any(|it| is_observed(it, &of_template)) => {
            notes.not_modelled(
                &workload.name,
                "running pods that ask for other amounts than their template, and than each other",
            );
            of_template
        }
        _ => of_template,
    }
}

/// Whether a pod asks for something of all that its template asks for.
const fn is_observed(pod: &PodRequest, template: &PodRequest) -> bool {
    (pod.millis > 0 || template.millis == 0)
        && (pod.bytes > 0 || template.bytes == 0)
        && (pod.gpus > 0 || template.gpus == 0)
}

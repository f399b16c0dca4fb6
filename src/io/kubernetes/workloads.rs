//! Workloads: which objects stand for pods, and for how many.
//!
//! What another object of the file made is not counted again: replica sets of deployments, pods of anything. A pod whose
//! replica set is not in the file is its deployment's where that one is, by the hash at the end of the replica set's name.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::policy_keys::MAX_TASKS;
use crate::io::cursor::{Cursor, Log};
use crate::io::document::Node;

use super::notes::{Notes, Today};
use super::objects::{Object, Objects, Owner};
use super::owners::Line;
use super::request::has_infeasible_resize;
use super::runtime_class::RuntimeClass;
use super::scalers::Limits;
use super::selector::{Labels, is_of_one_pod, labels};
use super::volumes::claims;
use super::workload::Workload;
use super::{held_back, jobs, nodes, running, scalers};

/// Reads all of them, in the order of the file.
pub(super) fn read_all<'a>(
    objects: &Objects<'a>,
    only_region: Option<&str>,
    notes: &mut Notes,
    log: &mut Log,
) -> Vec<Workload<'a>> {
    let mut scalers = scalers::limits(objects, log);
    let running = running::requests(objects);
    let pods = running::pods(objects);
    let outside = nodes::outside(objects, only_region);
    let elsewhere = running::elsewhere(objects, &outside);
    let mut found: Vec<Workload<'a>> = Vec::new();
    let mut lines: Vec<Line> = Vec::new();
    let mut lines_elsewhere: Vec<(String, Line)> = Vec::new();
    let mut alike: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    let mut taken: BTreeSet<String> = BTreeSet::new();
    for object in objects.workloads() {
        let may_be_idle = (scalers.get(&object.key())).is_some_and(Limits::may_be_idle);
        let Some(mut workload) = read(object, objects, may_be_idle, notes, log) else {
            continue;
        };
        if object.kind == "Pod" && running::is_elsewhere(&object.at, &outside) {
            notes.left_out(&object.full_name(), ELSEWHERE, Today::IsTheSame);
            lines_elsewhere.push((object.namespace.clone(), Line::of(object, objects)));
            continue;
        }
        let limits = scalers.remove(&object.key());
        if object.kind != "Pod" && object.is_being_deleted() {
            let today = held_back::today_of(pods.contains_key(&object.key()), objects);
            notes.left_out(&workload.name, held_back::DELETED, today);
            continue;
        }
        if let Some(limits) = limits {
            limits.hold(&mut workload, 0);
        }
        if object.kind != "Pod" {
            let own = running.get(&object.key());
            workload.running = own.into_iter().flatten().cloned().collect();
            workload.set_pods(pods.get(&object.key()).cloned().unwrap_or_default());
            let elsewhere = elsewhere.get(&object.key()).copied().unwrap_or_default();
            if !leaves_some(&mut workload, elsewhere, notes)
                || !held_back::leaves_some(&mut workload, object, objects, notes)
            {
                continue;
            }
        }
        let of_name = alike.entry(workload.name.clone()).or_default();
        if object.kind == "Pod" {
            // Pods of one owner that is not in the file are one workload, as far as they are the same.
            let same = |&&place: &&usize| {
                let other: &Workload<'_> = &found[place];
                let mut pods = workload.pods.iter().chain(&other.pods);
                other.labels == workload.labels
                    && is_same_spec(&other.spec, &workload.spec)
                    && !pods.any(has_infeasible_resize)
            };
            if let Some(&place) = of_name.iter().find(same) {
                found[place].count += 1;
                found[place].pods.push(object.at.clone());
                continue;
            }
        }
        if !of_name.is_empty() {
            workload.name = another_name(object, &workload.name, of_name.len() + 1, &taken);
            workload.origin.clone_from(&workload.name);
        }
        of_name.push(found.len());
        taken.insert(workload.name.clone());
        lines.push(Line::of(object, objects));
        found.push(workload);
    }
    // What is left scales kinds that are not read, or nothing of the file.
    let lines = (lines.as_slice(), lines_elsewhere.as_slice());
    scalers::hold_what_others_made(&mut found, lines, &scalers, objects, notes);
    found
}

/// Takes off the pods that run elsewhere; whether others are left.
fn leaves_some(workload: &mut Workload<'_>, elsewhere: u64, notes: &mut Notes) -> bool {
    if elsewhere == 0 || workload.is_daemon {
        return true;
    }
    let all = workload.count;
    workload.elsewhere = elsewhere;
    workload.take_off(elsewhere, None);
    let some = format!("{elsewhere} of {all} pods, on Fargate or on nodes that are left out");
    let is_whole = workload.count == 0;
    let why: &str = if is_whole { ELSEWHERE } else { &some };
    notes.left_out(&workload.name, why, Today::IsTheSame);
    workload.count > 0
}

/// Why pods that run are not planned.
const ELSEWHERE: &str = "pods of Fargate, or on nodes that are left out";

/// A name for a workload whose own is taken.
fn another_name(object: &Object<'_>, own: &str, number: usize, taken: &BTreeSet<String>) -> String {
    let by_kind = format!("{own}/{}", object.kind);
    if object.kind == "Pod" || taken.contains(&by_kind) {
        return format!("{own}/{number}");
    }
    by_kind
}

/// Keys of a pod's spec, and of its containers, that planning reads.
const OF_POD: [&str; 8] = [
    "nodeSelector",
    "affinity",
    "tolerations",
    "topologySpreadConstraints",
    "overhead",
    "resources",
    "hostNetwork",
    "os",
];
const OF_CONTAINER: [&str; 3] = ["resources", "ports", "restartPolicy"];

/// Whether two pods ask for the same.
fn is_same_spec(a: &Cursor<'_>, b: &Cursor<'_>) -> bool {
    let values = |at: &Cursor<'_>, keys: &[&str]| -> Vec<Option<Node>> {
        let value = |key: &&str| at.get(key).map(|it| it.node.without_positions());
        keys.iter().map(value).collect()
    };
    let of = |spec: &Cursor<'_>| {
        let lists = ["containers", "initContainers"].map(|key| {
            let containers = spec.list(&mut Log::default(), key);
            let of_each = containers.iter().map(|it| values(it, &OF_CONTAINER));
            of_each.collect::<Vec<_>>()
        });
        (values(spec, &OF_POD), lists)
    };
    let has_volumes = [a, b].iter().any(|spec| claims(spec).next().is_some());
    !has_volumes && of(a) == of(b)
}

/// Labels of a pod, its own name in them apart.
fn shared_labels(pod: &Cursor<'_>) -> Labels {
    let mut own = labels(pod.get("metadata"), "labels");
    own.retain(|name, _| !is_of_one_pod(name));
    own
}

fn read<'a>(
    object: &Object<'a>,
    objects: &Objects<'a>,
    may_be_idle: bool,
    notes: &mut Notes,
    log: &mut Log,
) -> Option<Workload<'a>> {
    let owner = object.owner(log);
    if owner
        .as_ref()
        .is_some_and(|owner| is_counted_with(object, owner, objects))
    {
        return None;
    }
    let spec = object.spec(log)?;
    let whole = |key: &str, absent: u64, log: &mut Log| match spec.get(key) {
        Some(field) => field.whole(log, 0..=MAX_TASKS),
        None => Some(absent),
    };
    let (count, pod) = match object.kind.as_str() {
        "Pod" => (
            u64::from(runs(object, owner.as_ref(), notes)),
            object.at.clone(),
        ),
        "Job" => (jobs::of_job(object, &spec, log)?, template(&spec, log)?),
        "DaemonSet" => (0, template(&spec, log)?),
        _ => (whole("replicas", 1, log)?, template(&spec, log)?),
    };
    let is_daemon = object.kind == "DaemonSet";
    if count == 0 && !is_daemon && !may_be_idle {
        return None;
    }
    let name = match &owner {
        Some(owner) if object.kind == "Pod" => format!("{}/{}", object.namespace, owner.of_pods()),
        _ => object.full_name(),
    };
    let spec = pod.require(log, "spec", "keep the spec of the pod")?;
    let is_template = object.kind != "Pod";
    let runtime_class = (RuntimeClass::of(&spec, objects)).filter(|_| is_template);
    Some(Workload {
        origin: name.clone(),
        name,
        namespace: object.namespace.clone(),
        object: object.name.clone(),
        kind: object.kind.clone(),
        labels: shared_labels(&pod),
        spec,
        count,
        min_count: None,
        max_count: None,
        is_daemon,
        is_template,
        running: Vec::new(),
        pods: if is_template {
            Vec::new()
        } else {
            vec![object.at.clone()]
        },
        added: BTreeSet::new(),
        elsewhere: 0,
        runtime_class,
        asks_for_fargate: is_template && running::asks_for_fargate(pod.get("metadata")),
        one_alone: false,
        volumes: Vec::new(),
        whole: None,
    })
}

fn template<'a>(spec: &Cursor<'a>, log: &mut Log) -> Option<Cursor<'a>> {
    spec.require(log, "template", "keep the template of the pods")
}

/// Whether another object of the file stands for this one.
fn is_counted_with(object: &Object<'_>, owner: &Owner, objects: &Objects<'_>) -> bool {
    let namespace = &object.namespace;
    // An owner of a kind that is not planned, such as a CronJob, stands for nothing.
    if objects.has(&owner.kind, namespace, &owner.name) {
        return objects.has_workload(&owner.kind, namespace, &owner.name)
            && !owns_itself(object, objects);
    }
    object.kind == "Pod"
        && owner.kind == "ReplicaSet"
        && objects.has("Deployment", namespace, owner.of_pods())
}

/// Whether the owners of an object lead nowhere, as in a circle.
fn owns_itself(object: &Object<'_>, objects: &Objects<'_>) -> bool {
    const MOST_OWNERS: u8 = 16;
    let mut at = object;
    for _ in 0..MOST_OWNERS {
        let owner = at.owner(&mut Log::default());
        let next =
            owner.and_then(|owner| objects.find(&owner.kind, Some(&object.namespace), &owner.name));
        match next {
            Some(next) => at = next,
            None => return false,
        }
    }
    true
}

/// Whether a pod takes room that is planned.
fn runs(object: &Object<'_>, owner: Option<&Owner>, notes: &mut Notes) -> bool {
    if object.has_ended_or_goes() {
        return false;
    }
    if object
        .at
        .get("spec")
        .is_some_and(|spec| held_back::has_gates(&spec))
    {
        notes.left_out(&object.full_name(), held_back::GATED, Today::IsTheSame);
        return false;
    }
    match owner.map(|owner| owner.kind.as_str()) {
        Some("Node") => {
            notes.left_out(&object.full_name(), "static pods of a node", Today::Differs);
            false
        }
        Some("DaemonSet") => {
            notes.left_out(
                &object.full_name(),
                "pods of a DaemonSet that is not in the file",
                Today::Differs,
            );
            false
        }
        _ => true,
    }
}

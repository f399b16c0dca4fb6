//! Autoscalers of workloads: the fewest and the most pods of what they scale.
//!
//! A `HorizontalPodAutoscaler`, and the `ScaledObject` of KEDA, which makes one. What they scale may be of a kind that is not
//! read (a `Rollout`, an operator's own): its limits are then those of the workload that it made, where there is one in the
//! file. Sources: Kubernetes API reference, `HorizontalPodAutoscaler`; KEDA documentation, "`ScaledObject` specification" and "Pause
//! autoscaling".

use std::collections::BTreeMap;

use crate::domain::policy_keys::MAX_TASKS;
use crate::io::cursor::{Cursor, Log};
use crate::io::document::Value;

use super::documents::full_kind;
use super::notes::Notes;
use super::objects::{Object, Objects, is_workload};
use super::owners::Line;
use super::passed_over::stands_for_pods;
use super::running::Key;
use super::workload::Workload;

/// Kinds of autoscalers. The second makes one of the first, whose least is 1 where its own is 0: it is read last, and holds.
const KINDS: [&str; 2] = ["HorizontalPodAutoscaler", "ScaledObject"];
/// Most replicas of a `ScaledObject` that names none.
const MOST_OF_KEDA: u64 = 100;
/// How a `ScaledObject` is paused: at a count, which holds where both stand, or at the one that there is.
const PAUSED_REPLICAS: &str = "autoscaling.keda.sh/paused-replicas";
const PAUSED: &str = "autoscaling.keda.sh/paused";

/// The fewest and the most replicas, and whose word that is.
#[derive(Debug, Clone)]
pub(super) struct Limits {
    least: Option<u64>,
    most: Option<u64>,
    scaler: String,
    /// Whether it is paused at a count, to which it brings what is off too.
    is_paused_at: bool,
}

impl Limits {
    /// Whether a count of 0 is one of its own, and does not mean that it is off.
    pub(super) fn may_be_idle(&self) -> bool {
        self.least == Some(0) || self.is_paused_at
    }

    /// Whether it changes no count for now.
    fn is_at_rest(&self) -> bool {
        self.least.is_none() && self.most.is_none()
    }

    /// The autoscaler itself sees to its limits, whatever a manifest says.
    fn within(&self, count: u64) -> u64 {
        (count.max(self.least.unwrap_or(0))).min(self.most.unwrap_or(MAX_TASKS))
    }

    /// Holds a workload within them, of whose pods so many more are not planned.
    pub(super) fn hold(&self, workload: &mut Workload<'_>, elsewhere: u64) {
        let held = self.within(workload.count + elsewhere);
        workload.count = held.saturating_sub(elsewhere);
        workload.min_count = self.least.map(|it| it.saturating_sub(elsewhere));
        workload.max_count = self.most.map(|it| it.saturating_sub(elsewhere));
    }
}

/// Limits of autoscalers, by what they scale.
pub(super) fn limits(objects: &Objects<'_>, log: &mut Log) -> BTreeMap<Key, Limits> {
    let mut limits = BTreeMap::new();
    for kind in KINDS {
        for object in objects.of_kind(kind) {
            limits.extend(of_scaler(object, kind == KINDS[0], log));
        }
    }
    limits
}

fn of_scaler(object: &Object<'_>, is_plain: bool, log: &mut Log) -> Option<(Key, Limits)> {
    let spec = object.at.get("spec")?;
    let target = spec.get("scaleTargetRef")?;
    let text = |key: &str| Some(target.get(key)?.node.value.as_text()?.to_owned());
    let kind = text("kind").or_else(|| (!is_plain).then(|| "Deployment".to_owned()))?;
    let key = (
        full_kind(kind, &target),
        object.namespace.clone(),
        text("name")?,
    );
    let paused = (!is_plain).then(|| paused(object, log)).flatten();
    let mut whole = |key: &str| spec.get(key).and_then(|it| it.whole(log, 0..=MAX_TASKS));
    let (least, most) = if let Some(pause) = paused {
        (pause.count(), pause.count())
    } else if is_plain {
        (whole("minReplicas").or(Some(1)), whole("maxReplicas"))
    } else {
        let least = whole("minReplicaCount").unwrap_or(0);
        // Without work it goes down to the idle count, which is below the least.
        let idle = whole("idleReplicaCount").unwrap_or(least);
        let most = whole("maxReplicaCount").or(Some(MOST_OF_KEDA));
        (Some(least.min(idle)), most)
    };
    let scaler = object.full_name();
    Some((
        key,
        Limits {
            least,
            most,
            scaler,
            is_paused_at: paused.and_then(Pause::count).is_some(),
        },
    ))
}

/// At which count a `ScaledObject` is paused.
#[derive(Debug, Clone, Copy)]
enum Pause {
    At(u64),
    AtPresent,
}

impl Pause {
    const fn count(self) -> Option<u64> {
        match self {
            Self::At(count) => Some(count),
            Self::AtPresent => None,
        }
    }
}

/// Whether a `ScaledObject` is paused, as KEDA reads it: what is no word for false pauses.
fn paused(object: &Object<'_>, log: &mut Log) -> Option<Pause> {
    let notes = object.at.get("metadata")?.get("annotations")?;
    if let Some(count) = notes.get(PAUSED_REPLICAS) {
        return count.whole(log, 0..=MAX_TASKS).map(Pause::At);
    }
    let is_false = match &notes.get(PAUSED)?.node.value {
        Value::Text(text) => ["0", "f", "F", "false", "False", "FALSE"].contains(&text.as_str()),
        Value::Bool(flag) => !flag,
        _ => false,
    };
    (!is_false).then_some(Pause::AtPresent)
}

/// Holds workloads within the limits of what made them, where that is of a kind that is not read, and says which autoscalers scale
/// nothing that is planned. `lines` are the owners of the workloads, `elsewhere` those of pods that are not planned.
pub(super) fn hold_what_others_made(
    found: &mut [Workload<'_>],
    (lines, elsewhere): (&[Line], &[(String, Line)]),
    limits: &BTreeMap<Key, Limits>,
    objects: &Objects<'_>,
    notes: &mut Notes,
) {
    for (target, limits) in limits {
        let leads = |namespace: &str, line: &Line| namespace == target.1 && line.leads_to(target);
        let made: Vec<usize> = (0..found.len())
            .filter(|&at| !found[at].is_daemon && leads(&found[at].namespace, &lines[at]))
            .collect();
        let outside = elsewhere.iter();
        let outside = outside
            .filter(|(namespace, line)| leads(namespace, line))
            .count() as u64;
        match made.as_slice() {
            [] if outside == 0 => tell_of_nothing(target, limits, objects, notes),
            [] => {}
            [only] => {
                let own = found[*only].elsewhere;
                limits.hold(&mut found[*only], own + outside);
            }
            _ if limits.is_at_rest() => {}
            several => tell_of_several(several, found, outside, limits, notes),
        }
    }
}

/// Pods of one target that are not the same: which of them come and go nobody can tell. They are planned as they run; at the least each
/// counts what the others, as they run, leave to it.
fn tell_of_several(
    several: &[usize],
    found: &mut [Workload<'_>],
    outside: u64,
    limits: &Limits,
    notes: &mut Notes,
) {
    let own = |at: &usize| found[*at].count + found[*at].elsewhere;
    let all = several.iter().map(own).sum::<u64>() + outside;
    for &at in several {
        let workload = &mut found[at];
        let others = all - workload.count;
        workload.min_count = limits.least.map(|least| least.saturating_sub(others));
        notes.not_modelled(
            &workload.name,
            "limits of an autoscaler over several workloads of what it scales, which are planned as they run",
        );
    }
}

/// An autoscaler of which no pod is planned.
fn tell_of_nothing(target: &Key, limits: &Limits, objects: &Objects<'_>, notes: &mut Notes) {
    let (kind, namespace, name) = target;
    if limits.most == Some(0) {
        // It is held at no pods.
        return;
    }
    if let Some(object) = objects.find(kind, Some(namespace), name) {
        let replicas = replicas(&object.at);
        let is_off = replicas.is_some_and(|it| it.node.value.as_text() == Some("0"));
        if is_workload(kind) && !is_off {
            notes.not_modelled(
                &limits.scaler,
                "limits of an autoscaler of what another object made",
            );
            return;
        }
        if is_off || stands_for_pods(object) {
            // It has no pods, or they are said to be left out.
            return;
        }
    }
    let why = format!(
        "pods of the {kind} that an autoscaler scales and that is not in the file, or none of whose workloads is"
    );
    notes.left_out(&limits.scaler, &why, objects.today_without_pods());
}

fn replicas<'a>(at: &Cursor<'a>) -> Option<Cursor<'a>> {
    at.get("spec")?.get("replicas")
}

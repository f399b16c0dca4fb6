//! Pods that a workload's number counts and that the scheduler of this cluster does not place: they wait at scheduling gates, another
//! controller makes them elsewhere, or their workload is being deleted.
//!
//! No bound counts them. Source: Kubernetes documentation, "Pod Scheduling Readiness", "Jobs", "Use Cascading Deletion in a Cluster".

use crate::io::cursor::Cursor;
use crate::io::document::Value;

use super::jobs;
use super::notes::{Notes, Today};
use super::objects::{Object, Objects};
use super::workload::Workload;

/// Why pods are not planned.
pub(super) const GATED: &str = "pods that scheduling gates hold back";
pub(super) const DELETED: &str = "pods of workloads that are being deleted";
const MANAGED: &str =
    "pods of a Job that another controller makes (managedBy) and that are not in the file";

/// Whether a spec has scheduling gates: until they are gone the pod is on no node.
pub(super) fn has_gates(spec: &Cursor<'_>) -> bool {
    let gates = spec.get("schedulingGates");
    gates.is_some_and(|it| matches!(&it.node.value, Value::List(gates) if !gates.is_empty()))
}

/// What today's nodes may carry of pods that are not planned: those that the file shows, or all where it shows no pods at all.
pub(super) fn today_of(shows_some: bool, objects: &Objects<'_>) -> Today {
    if shows_some {
        Today::Differs
    } else {
        objects.today_without_pods()
    }
}

/// Takes off the pods that nobody places here; whether others are left.
pub(super) fn leaves_some(
    workload: &mut Workload<'_>,
    object: &Object<'_>,
    objects: &Objects<'_>,
    notes: &mut Notes,
) -> bool {
    let is_held = |pod: &&Cursor<'_>| pod.get("spec").is_some_and(|spec| has_gates(&spec));
    let held = workload.pods.iter().filter(is_held).count() as u64;
    // Those that run on Fargate are taken off already.
    let there = (workload.pods.len() as u64)
        .saturating_sub(held)
        .saturating_sub(workload.elsewhere);
    let is_managed = jobs::is_managed_by_others(object);
    let is_gated = has_gates(&workload.spec);
    if workload.is_daemon {
        if is_gated && there == 0 {
            notes.left_out(&workload.name, GATED, Today::IsTheSame);
        }
        return !is_gated || there > 0;
    }
    let (why, held, most) = match (is_managed, is_gated) {
        // Only pods that the file shows are known to be placed.
        (true, _) => (MANAGED, 0, Some(there)),
        (false, true) => (GATED, 0, Some(there)),
        (false, false) => (GATED, held, None),
    };
    let all = workload.count;
    workload.take_off(held, most);
    if workload.count < all {
        let missing = all - workload.count;
        let some = format!("{missing} of {all} {why}");
        let why = if workload.count == 0 { why } else { &some };
        let today = if is_managed {
            objects.today_without_pods()
        } else {
            Today::IsTheSame
        };
        notes.left_out(&workload.name, why, today);
    }
    // One that an autoscaler holds at none may have some at another of its limits.
    workload.count > 0 || workload.count == all
}

//! Jobs: how many of their pods run at a time, and what is over.

use crate::domain::policy_keys::MAX_TASKS;
use crate::io::cursor::{Cursor, Log};
use crate::io::document::Value;

use super::objects::Object;

/// What manages a Job that names nothing else.
const OWN_CONTROLLER: &str = "kubernetes.io/job-controller";

/// Whether another controller than Kubernetes' own makes the pods of a Job, in another cluster as with `MultiKueue`: no number of its spec says
/// how many run here. Source: Kubernetes documentation, Jobs, "Delegation of managing a Job object to external controller".
pub(super) fn is_managed_by_others(object: &Object<'_>) -> bool {
    let by = object.at.get("spec").and_then(|spec| spec.get("managedBy"));
    let by = by.as_ref().and_then(|it| it.node.value.as_text());
    object.kind == "Job" && by.is_some_and(|it| it != OWN_CONTROLLER)
}

/// Whether a Job or a Pod takes no room any more.
pub(super) fn is_over(object: &Object<'_>) -> bool {
    let mut unheard = Log::default();
    match object.kind.as_str() {
        "Pod" => object.has_ended_or_goes(),
        "Job" => {
            let spec = object.at.get("spec");
            spec.is_some_and(|spec| of_job(object, &spec, &mut unheard) == Some(0))
        }
        _ => false,
    }
}

/// Pods of a job at a time: `parallelism`, and no more than are still to complete; none once it has ended. Source: Kubernetes
/// documentation, Jobs, "Parallel execution for Jobs" and "Backoff limit per index".
pub(super) fn of_job(object: &Object<'_>, spec: &Cursor<'_>, log: &mut Log) -> Option<u64> {
    if spec
        .get("suspend")
        .is_some_and(|it| it.node.value == Value::Bool(true))
    {
        return Some(0);
    }
    let whole =
        |at: Option<&Cursor<'_>>, key: &str, log: &mut Log| match at.and_then(|at| at.get(key)) {
            Some(field) => field.whole(log, 0..=MAX_TASKS).map(Some),
            None => Some(None),
        };
    let status = object.at.get("status");
    let conditions = status
        .as_ref()
        .map(|it| it.list(log, "conditions"))
        .unwrap_or_default();
    let has_ended = conditions.iter().any(|condition| {
        let text = |key: &str| {
            condition
                .get(key)
                .and_then(|it| it.node.value.as_text().map(str::to_owned))
        };
        // Before it has ended it is decided that it does, and its pods are stopped.
        let ends = ["Complete", "Failed", "SuccessCriteriaMet", "FailureTarget"];
        (text("type").as_deref()).is_some_and(|it| ends.contains(&it))
            && text("status").as_deref() == Some("True")
    });
    if has_ended {
        return Some(0);
    }
    let parallel = whole(Some(spec), "parallelism", log)?.unwrap_or(1);
    let done = whole(status.as_ref(), "succeeded", log)?.unwrap_or(0);
    let Some(all) = whole(Some(spec), "completions", log)? else {
        // Without `completions` the first pod that succeeds ends the job: no further one is started.
        let active = whole(status.as_ref(), "active", log)?.unwrap_or(0);
        return Some(if done == 0 { parallel } else { active });
    };
    let failed = status.as_ref().map_or(0, |it| indexes(it, "failedIndexes"));
    Some(
        all.saturating_sub(done)
            .saturating_sub(failed)
            .min(parallel),
    )
}

/// How many indexes a list such as `1,3-5,7` has; 0 of what is none.
fn indexes(status: &Cursor<'_>, key: &str) -> u64 {
    let field = status.get(key);
    let text = field.and_then(|it| it.node.value.as_text().map(str::to_owned));
    let count = |part: &str| -> Option<u64> {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (
            first.trim().parse::<u64>().ok()?,
            last.trim().parse::<u64>().ok()?,
        );
        last.checked_sub(first)?.checked_add(1)
    };
    let parts = text.as_deref().unwrap_or_default().split(',');
    parts.filter_map(count).fold(0, u64::saturating_add)
}

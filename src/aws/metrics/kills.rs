//! Tasks that were killed for their memory, of the hour or so that ECS remembers stopped tasks.
//!
//! A container whose reason begins with `OutOfMemoryError` was killed for its memory. Exit code 137 is any kill: it counts where the
//! fullest task of that hour used 90 % of its memory, or of the last hour before that has a value, two hours at most. Source: Amazon ECS developer guide, "Stopped tasks error codes".

use std::collections::BTreeMap;

use serde_json::Value;

use super::{HOUR, MetricOptions, moment, optional, text};
use crate::aws::actions::Action;
use crate::aws::call::{Api, Call, batch_size};
use crate::aws::errors::CallError;
use crate::aws::pace::Clock;
use crate::aws::reader::{Reader, texts};

/// Exit code of a process that was killed.
const KILLED: i64 = 137;

/// Kills by service and second at which their hour begins: certain ones, and those that may be.
pub(super) type Kills = BTreeMap<(String, i64), (u64, u64)>;

/// The kills that ECS remembers.
pub(super) async fn read<A: Api, C: Clock>(
    reader: &Reader<A, C>,
    options: &MetricOptions,
    notes: &mut Vec<String>,
) -> Result<Kills, CallError> {
    let without = "tasks that were killed for their memory are not known";
    let stopped = optional(stopped(reader, options).await, without, notes)?;
    let mut kills = Kills::new();
    for (service, at, is_certain) in stopped.unwrap_or_default() {
        let hour = at.div_euclid(HOUR) * HOUR;
        let found: &mut (u64, u64) = kills.entry((service, hour)).or_default();
        found.0 += u64::from(is_certain);
        found.1 += u64::from(!is_certain);
    }
    Ok(kills)
}

/// Service, moment, and whether it is certain, of every stopped task that may have been killed for its memory.
async fn stopped<A: Api, C: Clock>(
    reader: &Reader<A, C>,
    options: &MetricOptions,
) -> Result<Vec<(String, i64, bool)>, CallError> {
    let call = Call::new(Action::ListTasks)
        .in_cluster(&options.cluster)
        .of_status("STOPPED");
    let arns = texts(&reader.pages(call).await?.items);
    let batches: Vec<&[String]> = arns.chunks(batch_size(Action::DescribeTasks)).collect();
    let one = async |batch: &&[String]| {
        let call = Call::new(Action::DescribeTasks)
            .in_cluster(&options.cluster)
            .about(batch);
        // Nothing of a task is kept but these three.
        let look = |answer: &Value| {
            let tasks = answer["tasks"].as_array().cloned().unwrap_or_default();
            Ok(tasks.iter().filter_map(kill).collect::<Vec<_>>())
        };
        reader.answer(&call, look).await
    };
    Ok(reader.each(&batches, one).await?.concat())
}

fn kill(task: &Value) -> Option<(String, i64, bool)> {
    let service = text(task, "group").strip_prefix("service:")?;
    let at = moment(task, "stoppedAt")?;
    let containers = task["containers"].as_array()?;
    let is_certain =
        (containers.iter()).any(|one| text(one, "reason").starts_with("OutOfMemoryError"));
    let is_possible = containers.iter().any(|one| one["exitCode"] == KILLED);
    (is_certain || is_possible).then(|| (service.to_owned(), at, is_certain))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_reason_is_certain_and_an_exit_code_is_not() {
        let task = |container: Value| json!({"group": "service:api", "stoppedAt": 7_200.5, "containers": [{"exitCode": 0}, container]});
        let reason = "OutOfMemoryError: Container killed due to memory usage";
        assert_eq!(
            kill(&task(json!({"reason": reason, "exitCode": 0}))),
            Some(("api".to_owned(), 7_200, true))
        );
        assert_eq!(
            kill(&task(json!({"exitCode": 137}))),
            Some(("api".to_owned(), 7_200, false))
        );
        assert_eq!(kill(&task(json!({"exitCode": 1}))), None);
        assert_eq!(
            kill(&json!({"group": "family:x", "stoppedAt": 1, "containers": [{"exitCode": 137}]})),
            None
        );
    }
}

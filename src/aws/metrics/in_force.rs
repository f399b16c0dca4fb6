//! Which size a task of a service had in which hour.
//!
//! A service's deployments say when which revision of it began (`ListServiceDeployments`, kept 90 days), and the revision which task
//! definition it had (`DescribeServiceRevisions`); without them, the deployments of `DescribeServices` reach back to the last one. A
//! deployment that was rolled back ends where the one before goes on. Hours before the first that is known have no size, and neither have
//! those in which tasks of two sizes ran.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{HOUR, MetricOptions, moment, optional, text};
use crate::aws::actions::Action;
use crate::aws::allowed;
use crate::aws::call::{Api, Call, list_key};
use crate::aws::errors::CallError;
use crate::aws::pace::Clock;
use crate::aws::reader::Reader;
use crate::io::{ImportOptions, read_cluster};

/// CPU units and MiB of a task.
pub(super) type Size = (u64, u64);

/// A deployment: a task definition from when on, until when tasks of the one before ran too, and whether it held.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Deployment {
    definition: String,
    started: i64,
    settled: Option<i64>,
    held: bool,
}

/// Sizes of a service's tasks over time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct InForce {
    /// From when, until when tasks of another size may run too, the size; in the order of time.
    steps: Vec<(i64, i64, Size)>,
}

impl InForce {
    /// The size in an hour that begins at a second; `None` where it is not known, or not one alone.
    pub(super) fn at(&self, start: i64) -> Option<Size> {
        let end = start + HOUR;
        let index = self.steps.iter().rposition(|(since, _, _)| *since < end)?;
        let (since, settled, size) = self.steps[index];
        if since <= start && settled <= start {
            return Some(size);
        }
        let before = self.steps[..index].last().map(|step| step.2);
        (before == Some(size)).then_some(size)
    }
}

/// Sizes of all services asked about.
pub(super) async fn read<A: Api, C: Clock>(
    reader: &Reader<A, C>,
    options: &MetricOptions,
    notes: &mut Vec<String>,
) -> Result<BTreeMap<String, InForce>, CallError> {
    let call = Call::new(Action::DescribeServices).in_cluster(&options.cluster);
    let described = reader.batches(call, &options.services).await?;
    let mut deployments: BTreeMap<String, Vec<Deployment>> = BTreeMap::new();
    for service in &described.items {
        deployments.insert(text(service, "serviceName").to_owned(), of_service(service));
    }
    for name in &options.services {
        let without = "sizes are known since the last deployment of each service only";
        let listed = optional(of_lists(reader, options, name).await, without, notes)?;
        let Some(listed) = listed else { continue };
        let known = deployments.entry(name.clone()).or_default();
        if !listed.is_empty() {
            *known = listed;
        }
    }
    let references: BTreeSet<String> = (deployments.values().flatten())
        .map(|deployment| deployment.definition.clone())
        .filter(|reference| !reference.is_empty())
        .collect();
    let mut sizes = BTreeMap::new();
    for reference in references {
        let without = format!("the size of {} is not known", bare(&reference));
        if let Some(Some(size)) = optional(size(reader, &reference).await, &without, notes)? {
            sizes.insert(reference, size);
        }
    }
    Ok((deployments.into_iter())
        .map(|(name, all)| (name, in_order(all, &sizes)))
        .collect())
}

/// Family and revision of an ARN.
fn bare(reference: &str) -> &str {
    reference.rsplit('/').next().unwrap_or(reference)
}

/// What `DescribeServices` says of a service.
fn of_service(service: &Value) -> Vec<Deployment> {
    let deployments = service["deployments"].as_array();
    (deployments.into_iter().flatten())
        .filter_map(|deployment| {
            Some(Deployment {
                definition: text(deployment, "taskDefinition").to_owned(),
                started: moment(deployment, "createdAt")?,
                settled: None,
                held: true,
            })
        })
        .collect()
}

/// What the lists of a service's deployments and revisions say.
async fn of_lists<A: Api, C: Clock>(
    reader: &Reader<A, C>,
    options: &MetricOptions,
    service: &str,
) -> Result<Vec<Deployment>, CallError> {
    let about = [service.to_owned()];
    let call = Call::new(Action::ListServiceDeployments)
        .in_cluster(&options.cluster)
        .about(&about);
    let listed = reader.pages(call).await?.items;
    let revisions: BTreeSet<String> = (listed.iter())
        .map(|deployment| text(deployment, "targetServiceRevisionArn").to_owned())
        .filter(|arn| !arn.is_empty())
        .collect();
    let revisions: Vec<String> = revisions.into_iter().collect();
    let call = Call::new(Action::DescribeServiceRevisions);
    let described = reader.batches(call, &revisions).await?.items;
    let definitions: BTreeMap<&str, &str> = (described.iter())
        .map(|revision| {
            (
                text(revision, "serviceRevisionArn"),
                text(revision, "taskDefinition"),
            )
        })
        .collect();
    Ok((listed.iter())
        .filter_map(|deployment| {
            let started = moment(deployment, "startedAt").or(moment(deployment, "createdAt"))?;
            let revision = text(deployment, "targetServiceRevisionArn");
            let status = text(deployment, "status");
            Some(Deployment {
                definition: definitions
                    .get(revision)
                    .copied()
                    .unwrap_or_default()
                    .to_owned(),
                started,
                settled: moment(deployment, "finishedAt"),
                held: ["SUCCESSFUL", "IN_PROGRESS", "PENDING"].contains(&status),
            })
        })
        .collect())
}

/// The size of a task definition, by the rule of cluster files.
async fn size<A: Api, C: Clock>(
    reader: &Reader<A, C>,
    reference: &str,
) -> Result<Option<Size>, CallError> {
    let action = Action::DescribeTaskDefinition;
    let call = Call::new(action).about(&[reference.to_owned()]);
    let look = |answer: &Value| match answer.get(list_key(action)) {
        Some(definition) if definition.is_object() => Ok(allowed::keep(action, definition)),
        _ => Err(CallError::incomplete(action, "`taskDefinition`")),
    };
    Ok(size_of(&reader.answer(&call, look).await?))
}

fn size_of(definition: &Value) -> Option<Size> {
    let mut definition = definition.clone();
    definition["family"] = json!("sized");
    definition["revision"] = json!(1);
    if let Some(object) = definition.as_object_mut() {
        object.remove("taskDefinitionArn");
        object.remove("status");
        // Where it may be placed says nothing of its size.
        object.remove("placementConstraints");
    }
    let cluster = json!({"version": 1, "cluster": "sized", "region": "us-east-1", "taskDefinitions": [definition],
        "services": [{"serviceName": "sized", "desiredCount": 1, "taskDefinition": "sized:1"}]});
    let read = read_cluster(
        &cluster.to_string(),
        "a task definition",
        &ImportOptions::default(),
    );
    let read = read.ok()?.cluster;
    let task = &read.services.first()?.task;
    Some((task.cpu.get(), task.memory.get()))
}

fn in_order(mut deployments: Vec<Deployment>, sizes: &BTreeMap<String, Size>) -> InForce {
    deployments.sort_by_key(|deployment| deployment.started);
    let mut steps: Vec<(i64, i64, Size)> = Vec::new();
    let mut last = None;
    for (at, deployment) in deployments.iter().enumerate() {
        let size = sizes.get(&deployment.definition).copied();
        let next = deployments
            .get(at + 1)
            .map_or(i64::MAX, |next| next.started);
        let settled = deployment.settled.unwrap_or(deployment.started).min(next);
        match (deployment.held, size, last) {
            (true, Some(size), _) => {
                steps.push((deployment.started, settled, size));
                last = Some(size);
            }
            // A size that is not known ends what is.
            (true, None, _) => {
                steps.push((deployment.started, i64::MAX, (0, 0)));
                last = None;
            }
            // Tasks of another size ran until it was taken back.
            (false, size, Some(before)) if size != Some(before) => {
                steps.push((deployment.started, settled, size.unwrap_or((0, 0))));
                steps.push((settled, settled, before));
            }
            (false, _, _) => {}
        }
    }
    InForce { steps }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: Size = (512, 1_024);
    const NEW: Size = (1_024, 2_048);

    fn deployment(definition: &str, hours: (i64, i64), held: bool) -> Deployment {
        Deployment {
            definition: definition.to_owned(),
            started: hours.0 * HOUR + 60,
            settled: Some(hours.1 * HOUR + 60),
            held,
        }
    }

    fn sizes(deployments: &[Deployment]) -> InForce {
        let known = [
            ("a:1".to_owned(), OLD),
            ("a:2".to_owned(), NEW),
            ("a:3".to_owned(), NEW),
        ];
        in_order(deployments.to_vec(), &known.into())
    }

    #[test]
    fn the_size_is_that_of_the_revision_and_hours_of_two_sizes_have_none() {
        let force = sizes(&[
            deployment("a:2", (10, 11), true),
            deployment("a:1", (1, 1), true),
        ]);
        let at = |hour: i64| force.at(hour * HOUR);
        assert_eq!(
            (at(0), at(1), at(2), at(9)),
            (None, None, Some(OLD), Some(OLD))
        );
        assert_eq!((at(10), at(11), at(12)), (None, None, Some(NEW)));
        // Another revision of the same size is no other size.
        let force = sizes(&[
            deployment("a:2", (1, 1), true),
            deployment("a:3", (5, 6), true),
        ]);
        assert_eq!(
            (force.at(5 * HOUR), force.at(6 * HOUR)),
            (Some(NEW), Some(NEW))
        );
    }

    #[test]
    fn what_was_rolled_back_leaves_the_size_before() {
        let force = sizes(&[
            deployment("a:1", (1, 1), true),
            deployment("a:2", (5, 6), false),
        ]);
        let at = |hour: i64| force.at(hour * HOUR);
        assert_eq!(
            (at(4), at(5), at(6), at(7)),
            (Some(OLD), None, None, Some(OLD))
        );
    }

    #[test]
    fn a_revision_of_an_unknown_size_ends_what_is_known() {
        let force = sizes(&[
            deployment("a:1", (1, 1), true),
            deployment("b:9", (5, 6), true),
        ]);
        assert_eq!((force.at(4 * HOUR), force.at(9 * HOUR)), (Some(OLD), None));
    }

    #[test]
    fn sizes_follow_the_rule_of_cluster_files() {
        let of = |definition: Value| size_of(&definition);
        let containers = json!([{"name": "a", "cpu": 256, "memory": 1_024, "memoryReservation": 512}, {"name": "b", "memory": 256}]);
        assert_eq!(
            of(json!({"containerDefinitions": containers})),
            Some((256, 768))
        );
        assert_eq!(
            of(json!({"cpu": "512", "memory": "1024", "containerDefinitions": [{"name": "a"}]})),
            Some((512, 1_024))
        );
        assert_eq!(of(json!({"containerDefinitions": []})), None);
    }
}

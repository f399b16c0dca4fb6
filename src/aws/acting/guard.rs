//! Whether a live cluster still is what a plan was made for.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use thiserror::Error;

use super::Acting;
use crate::aws::connection::now;
use crate::aws::snapshot::{SnapshotError, SnapshotOptions, snapshot};

/// Why nothing is done.
#[derive(Debug, Error)]
pub enum GuardError {
    /// The cluster cannot be read.
    #[error("{0}")]
    Snapshot(#[from] SnapshotError),
    /// The user asked to stop.
    #[error("interrupted before the first step: nothing was done")]
    Interrupted,
    /// It is another one by now: what differs.
    #[error(
        "the cluster is not as it was when the snapshot was taken:\n  {}\ntake a snapshot and plan again",
        .0.join("\n  ")
    )]
    Differs(Vec<String>),
    /// The file is not the snapshot that its fingerprint is of: what it has otherwise.
    #[error(
        "the snapshot's file was changed after it was taken: the cluster is as its fingerprint says, and the file has otherwise:\n  {}\nchange the cluster, not the file, then take a snapshot and plan again",
        .0.join("\n  ")
    )]
    Edited(Vec<String>),
}

/// The cluster as a snapshot's file shows it now.
///
/// # Errors
/// Where it cannot be read, or the user asks to stop.
pub fn reading(live: &Acting<'_>, region: &str, redacts_arns: bool) -> Result<Value, GuardError> {
    let options = SnapshotOptions {
        cluster: live.cluster.clone(),
        region: region.to_owned(),
        taken_at: now(),
        redact_arns: redacts_arns,
    };
    let mut reading = Box::pin(snapshot(&live.reader, &options));
    let read = live.answer(async {
        // What is only read may be left off in the middle.
        tokio::select! {
            read = &mut reading => read.map(Some),
            () = live.interrupted() => Ok(None),
        }
    })?;
    let fresh = read.ok_or(GuardError::Interrupted)?;
    Ok(serde_json::from_str(&fresh.text).unwrap_or_default())
}

/// Reads the cluster anew and holds it against the snapshot's file: what moves by itself is in no fingerprint. Answers what it read.
///
/// # Errors
/// Where it cannot be read, or is not as it was.
pub fn guard(live: &Acting<'_>, region: &str, text: &str) -> Result<Value, GuardError> {
    let before: Value = serde_json::from_str(text).unwrap_or_default();
    let arn = before["clusters"][0]["clusterArn"]
        .as_str()
        .unwrap_or_default();
    let after = reading(live, region, !arn.starts_with("arn:"))?;
    let print = |document: &Value| document["snapshot"]["fingerprint"].clone();
    if print(&before) != print(&after) {
        return Err(GuardError::Differs(differences(&before, &after)));
    }
    let edited = edited(&before, &after);
    if edited.is_empty() {
        return Ok(after);
    }
    Err(GuardError::Edited(edited))
}

/// Sections and the key that names an item.
const SECTIONS: [(&str, &str, &str); 7] = [
    ("services", "service", "serviceName"),
    ("taskDefinitions", "task definition", "taskDefinitionArn"),
    ("capacityProviders", "capacity provider", "name"),
    ("autoScalingGroups", "group", "AutoScalingGroupName"),
    ("launchTemplates", "launch template", "LaunchTemplateName"),
    ("scalableTargets", "scaling limits", "ResourceId"),
    ("clusters", "cluster", "clusterName"),
];
/// Members that move by themselves.
const MOVE: [&str; 10] = [
    "status",
    "Status",
    "WarmPoolSize",
    "updateStatus",
    "attachmentsStatus",
    "deployments",
    "Instances",
    "DesiredCapacity",
    "runningCount",
    "pendingCount",
];

/// The items of a section by name.
fn by_name(document: &Value, section: &str, key: &str) -> BTreeMap<String, Value> {
    let items = document[section].as_array().cloned().unwrap_or_default();
    let named = items.into_iter();
    named
        .map(|item| (item[key].as_str().unwrap_or_default().to_owned(), item))
        .collect()
}

fn differences(before: &Value, after: &Value) -> Vec<String> {
    let mut said = Vec::new();
    for (section, what, key) in SECTIONS {
        let (then, now) = (by_name(before, section, key), by_name(after, section, key));
        let names: BTreeSet<&String> = then.keys().chain(now.keys()).collect();
        for name in names {
            let shown = name.rsplit('/').next().unwrap_or(name);
            match (then.get(name), now.get(name)) {
                (Some(_), None) => said.push(format!("{what} {shown} is gone")),
                (None, Some(_)) => said.push(format!("{what} {shown} is new")),
                (Some(a), Some(b)) => {
                    let members = members(a, b);
                    if !members.is_empty() {
                        said.push(format!("{what} {shown}: {}", members.join(", ")));
                    }
                }
                (None, None) => {}
            }
        }
    }
    if said.is_empty() {
        said.push("its container instances are of other types, zones or providers, or its account settings differ".to_owned());
    }
    for line in &mut said {
        *line = crate::domain::text::visible(line);
    }
    said
}

/// What a file has otherwise than the answers of which it has the fingerprint: services and their constraints, limits and sizes, groups,
/// providers. What somebody adds to a snapshot, and counts that somebody plans for, are theirs to say.
fn edited(file: &Value, answers: &Value) -> Vec<String> {
    let mut said = Vec::new();
    for (section, what, key) in SECTIONS {
        let in_file = by_name(file, section, key);
        for (name, answer) in by_name(answers, section, key) {
            let shown = name.rsplit('/').next().unwrap_or(&name);
            let Some(own) = in_file.get(&name) else {
                said.push(format!("{what} {shown} is left out"));
                continue;
            };
            let members = answer.as_object().into_iter().flatten();
            let members = members.filter(|(key, value)| {
                let moves = MOVE.contains(&key.as_str()) || *key == "desiredCount";
                !moves && own.get(key.as_str()) != Some(value)
            });
            let members: Vec<&str> = members.map(|(key, _)| key.as_str()).collect();
            if !members.is_empty() {
                said.push(format!("{what} {shown}: {}", members.join(", ")));
            }
        }
    }
    (said.iter())
        .map(|line| crate::domain::text::visible(line))
        .collect()
}

fn members(a: &Value, b: &Value) -> Vec<String> {
    let keys = |value: &Value| -> BTreeSet<String> {
        value
            .as_object()
            .into_iter()
            .flatten()
            .map(|(key, _)| key.clone())
            .collect()
    };
    let all: BTreeSet<String> = keys(a).union(&keys(b)).cloned().collect();
    all.into_iter()
        .filter(|key| !MOVE.contains(&key.as_str()) && a.get(key) != b.get(key))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_differs_is_named_and_what_moves_by_itself_is_not() {
        let before = json!({"services": [{"serviceName": "api", "desiredCount": 2, "runningCount": 1}, {"serviceName": "old"}],
            "autoScalingGroups": [{"AutoScalingGroupName": "g", "MaxSize": 3, "DesiredCapacity": 1}]});
        let after = json!({"services": [{"serviceName": "api", "desiredCount": 4, "runningCount": 2}, {"serviceName": "new"}],
            "autoScalingGroups": [{"AutoScalingGroupName": "g", "MaxSize": 3, "DesiredCapacity": 2}]});
        assert_eq!(
            differences(&before, &after),
            [
                "service api: desiredCount",
                "service new is new",
                "service old is gone"
            ]
        );
        assert_eq!(differences(&before, &before).len(), 1);
    }

    #[test]
    fn a_file_that_was_changed_is_told_from_one_to_which_something_was_added() {
        let answers = json!({"services": [{"serviceName": "api", "desiredCount": 2, "runningCount": 1,
            "placementConstraints": [{"type": "distinctInstance"}]}, {"serviceName": "web"}]});
        let file = json!({"services": [{"serviceName": "api", "desiredCount": 9, "runningCount": 2, "minCount": 1,
            "placementConstraints": []}], "policy": {}, "taskDefinitions": [{"taskDefinitionArn": "cron:1"}]});
        assert_eq!(
            edited(&file, &answers),
            [
                "service api: placementConstraints",
                "service web is left out"
            ]
        );
        let mut added = answers.clone();
        added["services"][0]["desiredCount"] = json!(9);
        added["standaloneTasks"] = json!([]);
        assert!(edited(&added, &answers).is_empty());
    }
}

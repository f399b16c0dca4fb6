//! Nothing secret leaves AWS: a canary in every text of every answer, and in keys that are not known.

use std::collections::BTreeSet;

use serde_json::Value;

use super::answers::cluster;
use super::recorded::Recorded;
use super::take;
use crate::aws::actions::Action;

/// A secret in every place where AWS's API has one, beside what the answers hold already.
fn planted() -> (Recorded, usize) {
    let mut recorded = cluster(2, 2, 2);
    let mut count = 0;
    for action in Action::ALL {
        for answer in recorded.answers_mut(action) {
            plant(answer, &mut count);
        }
    }
    (recorded, count)
}

/// Adds to every object texts under names that hold secrets and under one that nobody knows.
fn plant(value: &mut Value, count: &mut usize) {
    match value {
        Value::Object(object) => {
            object.values_mut().for_each(|value| plant(value, count));
            for key in SECRET_KEYS {
                if !object.contains_key(*key) {
                    *count += 1;
                    let canary = Value::from(format!("CANARY-{count}"));
                    let nested =
                        serde_json::json!({"name": canary, "value": canary, "values": [canary]});
                    object.insert((*key).to_owned(), serde_json::json!([canary, nested]));
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| plant(item, count)),
        _ => {}
    }
}

/// Names under which the APIs have secrets, commands, labels, tags, texts of events.
const SECRET_KEYS: &[&str] = &[
    "environment",
    "environmentFiles",
    "secrets",
    "command",
    "entryPoint",
    "image",
    "dockerLabels",
    "repositoryCredentials",
    "healthCheck",
    "systemControls",
    "workingDirectory",
    "user",
    "overrides",
    "startedBy",
    "stoppedReason",
    "events",
    "tags",
    "createdBy",
    "roleArn",
    "taskRoleArn",
    "executionRoleArn",
    "registeredBy",
    "proxyConfiguration",
    "configuration",
    "statistics",
    "versionInfo",
    "attachments",
    "statusReason",
    "updateStatusReason",
    "principalArn",
    "UserData",
    "TagSpecifications",
    "KeyName",
    "IamInstanceProfile",
    "VersionDescription",
    "Context",
    "ServiceLinkedRoleARN",
    "SuspensionReason",
    "RoleARN",
    "Value",
    "PrivateDnsName",
    "keyThatAwsAddsTomorrow",
];

#[test]
fn no_planted_text_is_in_file_or_notes() {
    let (recorded, count) = planted();
    assert!(count > 1000, "{count}");
    let taken = take(recorded).expect("a snapshot");
    assert!(!taken.text.contains("CANARY"), "{}", first(&taken.text));
    assert!(!taken.notes.join("").contains("CANARY"));
    for secret in [
        "hunter2",
        "c2VjcmV0",
        "--token=abc",
        "steady state",
        "someone",
        "team",
    ] {
        assert!(!taken.text.contains(secret), "{secret}");
    }
    assert_eq!(taken.text, take(cluster(2, 2, 2)).expect("a snapshot").text);
}

fn first(text: &str) -> &str {
    text.lines()
        .find(|line| line.contains("CANARY"))
        .unwrap_or_default()
}

/// Every text of every answer in turn becomes a canary: it may stand in the file only under a key of the allow-list.
#[test]
fn every_text_of_the_answers_is_kept_under_an_allowed_key_or_not_at_all() {
    let mut kept = BTreeSet::new();
    let mut number = 0;
    loop {
        let mut recorded = cluster(1, 1, 1);
        let mut left = number;
        let changed = Action::ALL.into_iter().find_map(|action| {
            let answers = recorded.answers_mut(action).iter_mut();
            answers
                .into_iter()
                .find_map(|answer| replace(answer, "", &mut left))
                .map(|path| (action, path))
        });
        let Some((action, path)) = changed else {
            break;
        };
        number += 1;
        // An answer that no longer fits may end the snapshot, which then says nothing of the text but its own words.
        if let Ok(taken) = take(recorded)
            && (taken.text.contains("CANARY") || taken.notes.join("").contains("CANARY"))
        {
            kept.insert(format!("{} {path}", action.name()));
        }
    }
    assert!(number > 80, "{number}");
    let kept: Vec<String> = kept.into_iter().collect();
    insta::assert_snapshot!(kept.join("\n"));
}

/// Puts a canary in place of the text of the given number; its path.
fn replace(value: &mut Value, path: &str, left: &mut usize) -> Option<String> {
    match value {
        Value::String(text) => {
            if *left == 0 {
                "CANARY".clone_into(text);
                return Some(path.to_owned());
            }
            *left -= 1;
            None
        }
        Value::Array(items) => items.iter_mut().find_map(|item| replace(item, path, left)),
        Value::Object(object) => (object.iter_mut())
            .find_map(|(key, value)| replace(value, &format!("{path}.{key}"), left)),
        _ => None,
    }
}

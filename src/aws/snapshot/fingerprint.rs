//! A hash of all that matters to a plan. What moves by itself is not in it: tasks, counts of what runs, deployments that
//! go on, counts that a scaler or managed scaling sets, which instances there are.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::{list, text};

/// The hash of a document's sections, in hexadecimal digits.
pub(super) fn of(sections: &Map<String, Value>) -> String {
    let scaled = scaled_services(sections);
    let managed = managed_groups(sections);
    let mut matters = Map::new();
    for (key, value) in sections {
        let items = value.as_array().map_or(&[][..], Vec::as_slice);
        let kept = match key.as_str() {
            "tasks" => continue,
            "clusters" => items
                .iter()
                .map(|item| without(item, &["status", "attachmentsStatus"]))
                .collect(),
            "services" => items.iter().map(|item| service(item, &scaled)).collect(),
            "capacityProviders" => items
                .iter()
                .map(|item| without(item, &["status", "updateStatus"]))
                .collect(),
            "autoScalingGroups" => items.iter().map(|item| group(item, &managed)).collect(),
            "containerInstances" => instances(items, sections),
            _ => value.clone(),
        };
        matters.insert(key.clone(), kept);
    }
    let hash = Sha256::digest(Value::Object(matters).to_string().as_bytes());
    hash.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn without(item: &Value, keys: &[&str]) -> Value {
    let mut item = item.clone();
    if let Some(object) = item.as_object_mut() {
        object.retain(|key, _| !keys.contains(&key.as_str()));
    }
    item
}

/// Services whose counts Application Auto Scaling sets, with the limits.
fn scaled_services(sections: &Map<String, Value>) -> BTreeMap<String, (u64, u64)> {
    let targets = section(sections, "scalableTargets");
    let limit = |target: &Value, key: &str| target[key].as_u64().unwrap_or_default();
    let pair = |target: &Value| {
        let name = text(target, "ResourceId").rsplit('/').next()?.to_owned();
        Some((
            name,
            (limit(target, "MinCapacity"), limit(target, "MaxCapacity")),
        ))
    };
    targets.iter().filter_map(pair).collect()
}

fn section<'a>(sections: &'a Map<String, Value>, key: &str) -> &'a [Value] {
    sections
        .get(key)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// Providers under managed scaling, and the ARNs of their groups.
fn managed_providers<'a>(sections: &'a Map<String, Value>) -> BTreeMap<&'a str, &'a str> {
    let providers = section(sections, "capacityProviders").iter();
    let managed = providers.filter(|provider| {
        text(
            &provider["autoScalingGroupProvider"]["managedScaling"],
            "status",
        ) == "ENABLED"
    });
    let pair = |provider: &'a Value| {
        let group: &Value = &provider["autoScalingGroupProvider"];
        (text(provider, "name"), text(group, "autoScalingGroupArn"))
    };
    managed.map(pair).collect()
}

fn managed_groups(sections: &Map<String, Value>) -> BTreeSet<String> {
    let arns = managed_providers(sections).into_values();
    arns.map(|arn| arn.rsplit('/').next().unwrap_or(arn).to_owned())
        .collect()
}

fn service(item: &Value, scaled: &BTreeMap<String, (u64, u64)>) -> Value {
    let count = item["desiredCount"].as_u64().unwrap_or_default();
    let limits = scaled.get(text(item, "serviceName"));
    let moves = limits.is_some_and(|(least, most)| (*least..=*most).contains(&count));
    let moving: &[&str] = if moves {
        &["deployments", "desiredCount"]
    } else {
        &["deployments"]
    };
    let mut kept = without(item, moving);
    // Service Connect and volumes of tasks stand nowhere but at the deployment that goes on.
    let primary = list(item, "deployments")
        .iter()
        .find(|one| text(one, "status") == "PRIMARY");
    if let Some(primary) = primary {
        kept["primary"] = without(primary, &["rolloutState", "status"]);
    }
    kept
}

fn group(item: &Value, managed: &BTreeSet<String>) -> Value {
    let moving = ["Instances", "Status", "WarmPoolSize", "DesiredCapacity"];
    let keys = if managed.contains(text(item, "AutoScalingGroupName")) {
        4
    } else {
        3
    };
    without(item, &moving[..keys])
}

/// How many instances there are of each kind, where nobody scales them.
fn instances(items: &[Value], sections: &Map<String, Value>) -> Value {
    let managed = managed_providers(sections);
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for item in items {
        let provider = text(item, "capacityProviderName");
        if managed.contains_key(provider) {
            continue;
        }
        let attribute = |name: &str| {
            let found = list(item, "attributes")
                .iter()
                .find(|one| text(one, "name") == name);
            found.map_or("", |one| text(one, "value")).to_owned()
        };
        let instance_type = match attribute("ecs.instance-type") {
            named if named.is_empty() => text(item, "instanceType").to_owned(),
            named => named,
        };
        let kind = [
            instance_type,
            attribute("ecs.availability-zone"),
            provider.to_owned(),
            text(item, "purchaseOption").to_owned(),
        ];
        *counts.entry(kind.join(" ")).or_default() += 1;
    }
    json!(counts)
}

//! One order for what AWS lists in any: the same cluster makes the same file.

use serde_json::Value;

use super::text;

/// The items of a section by their names.
pub(super) fn section(key: &str, mut items: Vec<Value>) -> Vec<Value> {
    for item in &mut items {
        inside(item);
    }
    items.sort_by_cached_key(|item| names(key, item));
    items.dedup();
    items
}

/// What an item is called; numbers padded, so that they sort by size.
fn names(key: &str, item: &Value) -> Vec<String> {
    let keys: &[&str] = match key {
        "taskDefinitions" => &["family"],
        "services" | "leftOut" => &["serviceName"],
        "capacityProviders" => &["name"],
        "autoScalingGroups" => &["AutoScalingGroupName"],
        "launchTemplates" => &["LaunchTemplateName", "LaunchTemplateId"],
        "containerInstances" => &["containerInstanceArn"],
        "tasks" => &["taskArn"],
        "scalableTargets" => &["ResourceId"],
        "subnets" => &["SubnetId"],
        _ => &[],
    };
    let numbers = ["revision", "VersionNumber"]
        .iter()
        .filter_map(|key| item[*key].as_u64());
    let texts = keys.iter().map(|key| text(item, key).to_owned());
    texts
        .chain(numbers.map(|number| format!("{number:020}")))
        .collect()
}

/// Lists inside an item whose order means nothing.
fn inside(item: &mut Value) {
    for key in [
        "AvailabilityZones",
        "capacityProviders",
        "compatibilities",
        "stringSetValue",
        "subnets",
    ] {
        if let Some(Value::Array(texts)) = item.get_mut(key) {
            texts.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
        }
    }
    for (key, name) in [
        ("attributes", "name"),
        ("registeredResources", "name"),
        ("remainingResources", "name"),
        ("Instances", "InstanceId"),
        ("SuspendedProcesses", "ProcessName"),
        ("Tags", "Key"),
    ] {
        if let Some(Value::Array(items)) = item.get_mut(key) {
            items.iter_mut().for_each(inside);
            items.sort_by_cached_key(|one| text(one, name).to_owned());
        }
    }
    if let Some(tags) = item.get_mut("Tags").and_then(Value::as_array_mut) {
        tags.retain(|tag| tag.get("Key").is_some());
    }
}

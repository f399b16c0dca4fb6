//! What of AWS's answers may be kept: an allow-list of keys. A key that is not named here goes no further, and neither
//! does one that AWS adds tomorrow.
//!
//! The keys are those that `io` reads, and those of settings that decide whether a live cluster still is what a plan was
//! made for. Never named: environments, secrets, commands, entry points, options of logs, labels, values of tags, user
//! data, overrides of tasks, texts of events.

mod compute;
mod ecs;

use serde_json::{Map, Value};

use super::actions::Action;

/// What is kept of a value.
#[derive(Debug, Clone, Copy)]
pub enum Keep {
    /// A text, number or switch, or a list of them.
    Plain,
    /// These keys of an object, or of each object of a list.
    Keys(&'static [(&'static str, Keep)]),
    /// That something is there, and how much, but not what.
    Presence,
    /// A text that is one of these, or that begins with one of these and ends in a name.
    Words(&'static [&'static str]),
    /// A text: the one of these that it is or begins with, else only that there is one.
    OrWithheld(&'static [&'static str]),
}

use Keep::{Keys, OrWithheld, Plain, Presence, Words};

/// What stands in place of a text that is not kept.
const WITHHELD: &str = "withheld";

/// Keeps what is allowed of an answer's items.
pub fn keep(action: Action, item: &Value) -> Value {
    kept(item, of(action)).unwrap_or(Value::Null)
}

fn kept(value: &Value, keep: Keep) -> Option<Value> {
    match (keep, value) {
        (_, Value::Null) => None,
        (Presence, _) => Some(presence(value)),
        (_, Value::Array(items)) => {
            Some(items.iter().filter_map(|item| kept(item, keep)).collect())
        }
        (Keys(keys), Value::Object(object)) => Some(object_of(object, keys)),
        (Plain, Value::Bool(_) | Value::Number(_) | Value::String(_)) => Some(value.clone()),
        (Words(words), Value::String(text)) => is_among(text, words).then(|| value.clone()),
        (OrWithheld(words), Value::String(text)) => {
            let known = words.iter().find(|word| text.starts_with(**word));
            Some(Value::from(*known.unwrap_or(&WITHHELD)))
        }
        _ => None,
    }
}

/// The allowed keys in the order of the table, so that the order of an answer does not show.
fn object_of(object: &Map<String, Value>, keys: &[(&str, Keep)]) -> Value {
    let pairs = keys.iter().filter_map(|(key, keep)| {
        let value = kept(object.get(*key)?, *keep)?;
        Some(((*key).to_owned(), value))
    });
    Value::Object(pairs.collect())
}

fn presence(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(presence).collect(),
        Value::Object(_) => Value::Object(Map::new()),
        Value::String(text) if !text.is_empty() => Value::from(WITHHELD),
        other => other.clone(),
    }
}

/// Words that end in `:` are beginnings.
fn is_among(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| {
        text == *word || (word.ends_with(':') && text.starts_with(word) && text.len() > word.len())
    })
}

const fn of(action: Action) -> Keep {
    match action {
        Action::DescribeClusters => Keys(ecs::CLUSTER),
        Action::DescribeServices => Keys(ecs::SERVICE),
        Action::DescribeTaskDefinition => Keys(ecs::TASK_DEFINITION),
        Action::DescribeCapacityProviders => Keys(ecs::CAPACITY_PROVIDER),
        Action::DescribeContainerInstances => Keys(ecs::CONTAINER_INSTANCE),
        Action::DescribeTasks => Keys(ecs::TASK),
        Action::ListAccountSettings => Keys(ecs::SETTING),
        Action::ListServiceDeployments => Keys(ecs::SERVICE_DEPLOYMENT),
        Action::DescribeAutoScalingGroups => Keys(compute::GROUP),
        Action::DescribeLaunchTemplateVersions => Keys(compute::TEMPLATE_VERSION),
        Action::DescribeInstances => Keys(compute::RESERVATION),
        Action::DescribeSubnets => Keys(compute::SUBNET),
        Action::DescribeAvailabilityZones => Keys(compute::ZONE),
        Action::DescribeScalableTargets => Keys(compute::SCALABLE_TARGET),
        Action::DescribeServiceRevisions => Keys(ecs::SERVICE_REVISION),
        Action::GetMetricData => Keys(compute::METRIC_RESULT),
        Action::ListServices | Action::ListContainerInstances | Action::ListTasks => Plain,
        // Catalogues, quotas and buckets hold no cluster's data and are read elsewhere; of what changes something no answer is kept.
        Action::DescribeInstanceTypes
        | Action::DescribeInstanceTypeOfferings
        | Action::DescribeSpotPriceHistory
        | Action::GetProducts
        | Action::DescribeSavingsPlansOfferingRates
        | Action::DescribeAccountLimits
        | Action::GetServiceQuota
        | Action::DescribeLifecycleHooks
        | Action::DescribePolicies
        | Action::DescribeScheduledActions
        | Action::DescribeNotificationConfigurations
        | Action::DescribeScalingActivities
        | Action::CreateAutoScalingGroup
        | Action::UpdateAutoScalingGroup
        | Action::CreateOrUpdateTags
        | Action::DeleteAutoScalingGroup
        | Action::SetInstanceProtection
        | Action::TerminateInstanceInAutoScalingGroup
        | Action::CreateCapacityProvider
        | Action::UpdateCapacityProvider
        | Action::DeleteCapacityProvider
        | Action::PutClusterCapacityProviders
        | Action::UpdateService
        | Action::RegisterTaskDefinition
        | Action::UpdateContainerInstancesState
        | Action::CreateLaunchTemplate
        | Action::CreateLaunchTemplateVersion
        | Action::DeleteLaunchTemplate
        | Action::ListBucket
        | Action::GetObject
        | Action::PutObject
        | Action::DeleteObject => Keys(&[]),
    }
}

/// Keys and what is kept of them.
type Table = &'static [(&'static str, Keep)];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_not_named_is_gone_and_the_order_is_the_tables() {
        let item = json!({"family": "api", "tomorrow": "x", "taskDefinitionArn": "a",
            "containerDefinitions": [{"environment": [{"name": "K", "value": "v"}], "name": "c", "command": ["x"],
              "logConfiguration": {"options": {"token": "t"}, "logDriver": "awslogs"},
              "extraHosts": [{"hostname": "h", "ipAddress": "i"}], "hostname": "box", "dnsServers": ["d", "e"]}]});
        let expected = r#"{"taskDefinitionArn":"a","family":"api","containerDefinitions":[{"name":"c","hostname":"withheld","extraHosts":[{}],"dnsServers":["withheld","withheld"],"logConfiguration":{"logDriver":"awslogs"}}]}"#;
        let kept = keep(Action::DescribeTaskDefinition, &item);
        assert_eq!(kept.to_string(), expected);
    }

    #[test]
    fn an_object_where_a_plain_value_belongs_is_not_kept() {
        let item = json!({"family": {"secret": 1}, "status": [["x"], {"y": "z"}]});
        let kept = keep(Action::DescribeTaskDefinition, &item);
        assert_eq!(kept, json!({"status": [["x"]]}));
    }

    #[test]
    fn words_are_whole_or_beginnings_of_names() {
        let group = |text: &str| keep(Action::DescribeTasks, &json!({ "group": text }));
        assert_eq!(group("service:api"), json!({"group": "service:api"}));
        assert_eq!(group("password"), json!({}));
        assert_eq!(group("service:"), json!({"group": "service:"}));
        let tags = json!({"Tags": [{"Key": "AmazonECSManaged", "Value": "v"}, {"Key": "owner"}]});
        let kept = keep(Action::DescribeAutoScalingGroups, &tags);
        assert_eq!(kept, json!({"Tags": [{"Key": "AmazonECSManaged"}, {}]}));
    }
}

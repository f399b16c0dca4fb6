//! Sections of a cluster file as people paste them: plain lists, whole answers of AWS's APIs, pages of answers
//! in a list, answers about a single thing.

use super::api_keys::folded;
use super::codes;
use super::cursor::{Cursor, Log};
use super::document::Value;

/// The names that a section goes by.
struct Names {
    /// Ours.
    key: &'static str,
    /// The API's, for several things.
    lists: &'static [&'static str],
    /// The API's, for one.
    single: &'static [&'static str],
}

const fn names(
    key: &'static str,
    lists: &'static [&'static str],
    single: &'static [&'static str],
) -> Names {
    Names { key, lists, single }
}

/// Sections that AWS's APIs have answers for.
const SECTIONS: [Names; 13] = [
    names("taskDefinitions", &["taskDefinitions"], &["taskDefinition"]),
    names("services", &["services"], &["service"]),
    names(
        "capacityProviders",
        &["capacityProviders"],
        &["capacityProvider"],
    ),
    names(
        "autoScalingGroups",
        &["autoScalingGroups", "AutoScalingGroups"],
        &[],
    ),
    names(
        "launchTemplates",
        &[
            "launchTemplates",
            "LaunchTemplates",
            "launchTemplateVersions",
            "LaunchTemplateVersions",
        ],
        &["LaunchTemplateVersion", "LaunchTemplate"],
    ),
    names(
        "launchConfigurations",
        &["launchConfigurations", "LaunchConfigurations"],
        &[],
    ),
    names(
        "containerInstances",
        &["containerInstances"],
        &["containerInstance"],
    ),
    names("tasks", &["tasks"], &["task"]),
    names(
        "scalableTargets",
        &["scalableTargets", "ScalableTargets"],
        &[],
    ),
    names("subnets", &["subnets", "Subnets"], &["Subnet"]),
    names("AvailabilityZones", &["AvailabilityZones"], &[]),
    names("clusters", &["clusters"], &["cluster"]),
    names("settings", &["settings"], &["setting"]),
];

/// Names at the top of answers of the ECS, EC2, Auto Scaling and Application Auto Scaling APIs, with a small
/// first letter. They are accepted at the top of a file whether or not they are read.
const TOP_OF_ANSWERS: [&str; 91] = [
    "activities",
    "adjustmentTypes",
    "attributes",
    "autoScalingGroups",
    "autoScalingInstances",
    "autoScalingNotificationTypes",
    "availabilityZones",
    "capacityForecast",
    "capacityProvider",
    "capacityProviders",
    "capacityReservations",
    "clusterArns",
    "clusters",
    "containerInstance",
    "containerInstanceArns",
    "containerInstances",
    "daemon",
    "daemonDeployments",
    "daemonRevisions",
    "daemonSummariesList",
    "daemonTaskDefinition",
    "daemonTaskDefinitions",
    "failures",
    "families",
    "gateway",
    "gatewayClusterAssociations",
    "gatewayResources",
    "gatewayRoute",
    "gatewayRoutes",
    "gateways",
    "images",
    "instanceRefreshes",
    "instanceStatuses",
    "instanceTypeOfferings",
    "instanceTypes",
    "instances",
    "launchConfigurations",
    "launchTemplate",
    "launchTemplateVersion",
    "launchTemplateVersions",
    "launchTemplates",
    "lifecycleHookTypes",
    "lifecycleHooks",
    "loadBalancerTargetGroups",
    "loadBalancers",
    "loadForecast",
    "maxNumberOfAutoScalingGroups",
    "maxNumberOfLaunchConfigurations",
    "metrics",
    "networkInterfaces",
    "nextToken",
    "notificationConfigurations",
    "numberOfAutoScalingGroups",
    "numberOfLaunchConfigurations",
    "processes",
    "protectedTasks",
    "regions",
    "reservations",
    "reservedInstances",
    "responseMetadata",
    "scalableTargets",
    "scalingActivities",
    "scalingPolicies",
    "scheduledActions",
    "scheduledUpdateGroupActions",
    "securityGroups",
    "service",
    "serviceArns",
    "serviceDeployments",
    "serviceRevisions",
    "services",
    "setting",
    "settings",
    "spotPriceHistory",
    "subnet",
    "subnets",
    "tags",
    "task",
    "taskArns",
    "taskDefinition",
    "taskDefinitionArns",
    "taskDefinitions",
    "taskSet",
    "taskSets",
    "tasks",
    "terminationPolicyTypes",
    "trafficSources",
    "updateTime",
    "volumes",
    "vpcs",
    "warmPoolConfiguration",
];

/// Whether an entry at the top of a file is one that AWS's APIs put at the top of their answers. A name that would
/// be read in another casing is none: what stands under it would be lost.
pub(super) fn is_top_of_answer(key: &str, value: &Value) -> bool {
    let one = SECTIONS.iter().any(|names| names.single.contains(&key));
    if one && !matches!(value, Value::Object(_) | Value::Null) {
        return false;
    }
    let read = || {
        SECTIONS
            .iter()
            .flat_map(|names| names.lists.iter().chain(names.single))
    };
    let same = |name: &&str| folded(name) == folded(key);
    if read().any(same) && !read().any(|name| *name == key) {
        return false;
    }
    let mut letters = key.chars();
    let small = letters
        .next()
        .map(|first| first.to_lowercase().collect::<String>());
    let small = small.unwrap_or_default() + letters.as_str();
    TOP_OF_ANSWERS.binary_search(&small.as_str()).is_ok()
}

/// The things of a section, whatever they are wrapped in.
pub(super) fn section<'a>(root: &Cursor<'a>, key: &str, log: &mut Log) -> Vec<Cursor<'a>> {
    let Some(names) = SECTIONS.iter().find(|names| names.key == key) else {
        return root.list(log, key);
    };
    let mut things = Vec::new();
    for field in names.lists.iter().filter_map(|name| root.get(name)) {
        collect(&field, names, &mut things, log);
    }
    let single = names.single.iter().filter_map(|name| root.get(name));
    things.extend(single.filter(Cursor::is_object));
    things
}

/// The things of a section in a field of another name, whatever they are wrapped in.
pub(super) fn things<'a>(field: &Cursor<'a>, key: &str, log: &mut Log) -> Vec<Cursor<'a>> {
    let mut things = Vec::new();
    if let Some(names) = SECTIONS.iter().find(|names| names.key == key) {
        collect(field, names, &mut things, log);
    }
    things
}

/// Whether the file has the section in any form.
pub(super) fn has_section(root: &Cursor<'_>, key: &str) -> bool {
    (SECTIONS.iter().filter(|names| names.key == key))
        .flat_map(|names| names.lists.iter().chain(names.single))
        .any(|name| root.get(name).is_some())
}

fn collect<'a>(field: &Cursor<'a>, names: &Names, things: &mut Vec<Cursor<'a>>, log: &mut Log) {
    if let Some(inner) = list_in(field, names) {
        report_gaps(field, log);
        collect(&inner, names, things, log);
        return;
    }
    if let Some(one) = single_in(field, names) {
        things.push(one);
        return;
    }
    let items = field.items(log);
    let last = items.len().saturating_sub(1);
    for (index, item) in items.into_iter().enumerate() {
        if let Some(inner) = list_in(&item, names) {
            // A token before the last page led to the next one.
            if index == last {
                report_gaps(&item, log);
            } else {
                report_failures(&item, log);
            }
            collect(&inner, names, things, log);
        } else if matches!(item.node.value, Value::List(_)) {
            // A page as `--query` prints it.
            collect(&item, names, things, log);
        } else {
            things.push(single_in(&item, names).unwrap_or(item));
        }
    }
}

/// The list inside an answer or a page.
fn list_in<'a>(item: &Cursor<'a>, names: &Names) -> Option<Cursor<'a>> {
    let mut found = names.lists.iter().filter_map(|name| item.get(name));
    found.find(|inner| matches!(inner.node.value, Value::List(_) | Value::Object(_)))
}

/// The thing inside an answer about one.
fn single_in<'a>(item: &Cursor<'a>, names: &Names) -> Option<Cursor<'a>> {
    let mut found = names.single.iter().filter_map(|name| item.get(name));
    found.find(Cursor::is_object)
}

/// Says what an answer lacks: a page that follows, things that AWS could not describe.
pub(super) fn report_gaps(answer: &Cursor<'_>, log: &mut Log) {
    let tokens = ["nextToken", "NextToken"];
    if let Some(token) = tokens.iter().find_map(|key| answer.get(key)) {
        token.warning(
            log,
            codes::INCOMPLETE_ANSWER,
            "this answer of AWS has another page, which is not here",
            "ask for all pages (the AWS CLI does without `--max-items` and `--no-paginate`)",
        );
    }
    report_failures(answer, log);
}

fn report_failures(answer: &Cursor<'_>, log: &mut Log) {
    for failure in answer.list(log, "failures") {
        let part = |key: &str| {
            let text = failure.get(key)?.text(&mut Log::default())?.to_owned();
            Some(text)
        };
        let what = part("arn").unwrap_or_else(|| "something".to_owned());
        let why = part("reason").map_or_else(String::new, |reason| format!(" ({reason})"));
        failure.warning(
            log,
            codes::INCOMPLETE_ANSWER,
            format!("AWS could not describe {what}{why}: it is not in the file"),
            "look whether it is still there, and ask for it again",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_answers_are_sorted_and_known_in_both_spellings() {
        assert!(TOP_OF_ANSWERS.is_sorted());
        for key in [
            "failures",
            "ScalableTargets",
            "scalableTargets",
            "NextToken",
        ] {
            assert!(is_top_of_answer(key, &Value::Null), "{key}");
        }
        assert!(!is_top_of_answer("colour", &Value::Null) && !is_top_of_answer("", &Value::Null));
        assert!(!is_top_of_answer("service", &Value::List(Vec::new())));
        for key in [
            "TaskDefinitions",
            "Services",
            "launchtemplateversions",
            "Clusters",
        ] {
            assert!(!is_top_of_answer(key, &Value::Null), "{key}");
        }
    }
}

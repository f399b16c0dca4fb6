//! What a cluster file says of today's settings beside groups and services: capacity providers and the default
//! strategy.

use std::collections::{BTreeMap, BTreeSet};

use super::codes;
use super::cursor::{Cursor, Log};
use super::described::described_cluster;
use super::pasted::{has_section, section};
use super::services::provider_strategy;
use crate::domain::deployed::{
    Deployed, DeployedGroup, DeployedManaged, DeployedProvider, DeployedTasks, GroupReference,
    LeftOutService,
};
use crate::domain::plan::SnapshotStamp;
use crate::domain::text::visible;

/// Largest number of these settings that is read.
const LARGEST: u64 = 10_000_000;

/// Reads today's settings. Fields that other readers read too are read quietly: they say what is wrong there.
pub(super) fn read(root: &Cursor<'_>, groups: Vec<DeployedGroup>, log: &mut Log) -> Deployed {
    let mut names = BTreeSet::new();
    let providers = (section(root, "capacityProviders", &mut Log::default()).iter())
        .filter_map(|item| provider(item, &mut names, log))
        .collect();
    Deployed {
        providers,
        groups,
        default_strategy: described_cluster(root)
            .map(|cluster| provider_strategy(&cluster, "defaultCapacityProviderStrategy", log))
            .unwrap_or_default(),
        listed: described_cluster(root)
            .map(|cluster| listed(&cluster))
            .unwrap_or_default(),
        snapshot: snapshot(root, log),
        left_out: left_out(root, log),
        tasks: has_section(root, "tasks").then(|| running_tasks(root)),
        bill: None,
    }
}

/// The names on the cluster's list of capacity providers, each once.
fn listed(cluster: &Cursor<'_>) -> Vec<String> {
    let quiet = &mut Log::default();
    let mut names = BTreeSet::new();
    (cluster.list(quiet, "capacityProviders").iter())
        .filter_map(|item| item.name(quiet).map(str::to_owned))
        .filter(|name| names.insert(name.clone()))
        .collect()
}

/// Tasks on container instances that run or are to run. The section is what the API prints and is read quietly: a task that does
/// not say where it runs is none of an instance.
/// Source: Amazon ECS API reference, `Task`.
fn running_tasks(root: &Cursor<'_>) -> Vec<DeployedTasks> {
    let quiet = &mut Log::default();
    let mut counts: BTreeMap<(String, String), u64> = BTreeMap::new();
    for task in section(root, "tasks", quiet) {
        let mut part = |key: &str| Some(task.get(key)?.text(quiet)?.to_owned());
        let stops =
            ["desiredStatus", "lastStatus"].map(|key| part(key).as_deref() == Some("STOPPED"));
        let place = part("containerInstanceArn").zip(part("group"));
        if let Some(place) = place.filter(|_| stops == [false, false]) {
            *counts.entry(place).or_default() += 1;
        }
    }
    (counts.into_iter())
        .map(|((instance, group), count)| DeployedTasks {
            instance,
            group,
            count,
        })
        .collect()
}

/// What a file that was read from a live cluster says of itself.
fn snapshot(root: &Cursor<'_>, log: &mut Log) -> Option<SnapshotStamp> {
    let stamp = root.get("snapshot")?;
    stamp.entries(log)?;
    let mut part = |key| {
        let remedy = "keep what `bayplan snapshot` wrote, or leave `snapshot` out";
        Some(stamp.require(log, key, remedy)?.name(log)?.to_owned())
    };
    let (taken_at, fingerprint) = (part("takenAt"), part("fingerprint"));
    say_notes(root, log);
    Some(SnapshotStamp {
        taken_at: taken_at?,
        fingerprint: fingerprint?,
    })
}

/// Services that a snapshot names and could not keep.
fn left_out(root: &Cursor<'_>, log: &mut Log) -> Vec<LeftOutService> {
    (root.list(log, "leftOut").iter())
        .filter_map(|item| {
            let remedy = "keep what `bayplan snapshot` wrote, or leave `leftOut` out";
            let name = item
                .require(log, "serviceName", remedy)?
                .name(log)?
                .to_owned();
            let quiet = &mut Log::default();
            let launch_type = item
                .get("launchType")
                .and_then(|it| it.text(quiet).map(str::to_owned));
            Some(LeftOutService {
                name,
                providers: (provider_strategy(item, "capacityProviderStrategy", log).into_iter())
                    .map(|item| item.capacity_provider)
                    .collect(),
                is_anywhere: launch_type.as_deref() == Some("EC2"),
            })
        })
        .collect()
}

/// What a snapshot had to leave out shapes every plan of it, and is said again with each.
fn say_notes(root: &Cursor<'_>, log: &mut Log) {
    for note in root.list(&mut Log::default(), "notes") {
        if let Some(text) = note.text(&mut Log::default()) {
            note.warning(
                log,
                codes::NOTE_OF_SNAPSHOT,
                format!("when the snapshot was taken: {}", visible(text)),
                "what is not in the file is not planned, and its bill not counted",
            );
        }
    }
}

/// The field at the end of a path of keys.
pub(super) fn at<'a>(holder: &Cursor<'a>, path: &[&str]) -> Option<Cursor<'a>> {
    path.iter()
        .try_fold(holder.clone(), |cursor, key| cursor.get(key))
}

pub(super) fn whole(holder: &Cursor<'_>, path: &[&str], log: &mut Log) -> Option<u64> {
    at(holder, path)?.whole(log, 0..=LARGEST)
}

pub(super) fn name(holder: &Cursor<'_>, path: &[&str], log: &mut Log) -> Option<String> {
    at(holder, path)?.name(log).map(str::to_owned)
}

pub(super) fn is(holder: &Cursor<'_>, path: &[&str], word: &str, log: &mut Log) -> Option<bool> {
    Some(at(holder, path)?.text(log)? == word)
}

fn provider(
    item: &Cursor<'_>,
    names: &mut BTreeSet<String>,
    log: &mut Log,
) -> Option<DeployedProvider> {
    let name_field = item.require(log, "name", "give the capacity provider its name")?;
    let own = name_field.name(log)?.to_owned();
    if !names.insert(own.clone()) {
        name_field.error(
            log,
            codes::DUPLICATE_NAME,
            format!("the capacity provider `{own}` is given twice"),
            "remove one of them",
        );
    }
    let group = "autoScalingGroupProvider";
    let scaling = |key| [group, "managedScaling", key];
    Some(DeployedProvider {
        name: own,
        arn: name(item, &["capacityProviderArn"], log),
        group: name(item, &[group, "autoScalingGroupArn"], log)
            .map(|text| GroupReference::new(&text)),
        managed: managed(item),
        scaling: is(item, &scaling("status"), "ENABLED", log).unwrap_or(false),
        target_capacity: whole(item, &scaling("targetCapacity"), log).unwrap_or(100),
        minimum_step: whole(item, &scaling("minimumScalingStepSize"), log).unwrap_or(1),
        maximum_step: whole(item, &scaling("maximumScalingStepSize"), log).unwrap_or(10_000),
        warmup_seconds: whole(item, &scaling("instanceWarmupPeriod"), log).unwrap_or(300),
        termination_protection: is(
            item,
            &[group, "managedTerminationProtection"],
            "ENABLED",
            log,
        )
        .unwrap_or(false),
        draining: is(item, &[group, "managedDraining"], "ENABLED", log).unwrap_or(true),
    })
}

/// What ECS may launch for a provider of Managed Instances. The answer of the API is read quietly: nothing of it is planned with
/// but how its instances are bought.
/// Source: Amazon ECS API reference, `InstanceLaunchTemplate`.
fn managed(item: &Cursor<'_>) -> Option<DeployedManaged> {
    let quiet = &mut Log::default();
    let own = item.get("managedInstancesProvider");
    let is_of_them = own.is_some()
        || (item.get("type")).is_some_and(|it| it.text(quiet) == Some("MANAGED_INSTANCES"));
    let template = own.and_then(|own| own.get("instanceLaunchTemplate"));
    let types = (template.as_ref())
        .and_then(|it| at(it, &["instanceRequirements"]))
        .map(|it| it.list(quiet, "allowedInstanceTypes"))
        .unwrap_or_default();
    is_of_them.then(|| DeployedManaged {
        instance_types: (types.iter())
            .filter_map(|it| it.text(quiet).map(str::to_owned))
            .collect(),
        is_spot: (template.as_ref())
            .and_then(|it| is(it, &["capacityOptionType"], "SPOT", quiet))
            .unwrap_or(false),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::io::findings::{Finding, Findings, Severity};
    use crate::io::{ImportOptions, read_cluster};

    const FILE: &str = r#"{"version": 1, "region": "us-east-1",
      "cluster": {"clusterName": "prod", "defaultCapacityProviderStrategy": [{"capacityProvider": "web", "weight": 1, "base": 2}]},
      "services": [
        {"serviceArn": "arn:aws:ecs:us-east-1:1:service/prod/api", "desiredCount": 1, "cpu": 1, "memory": 1,
         "capacityProviderStrategy": [{"capacityProvider": "web", "weight": 2}],
         "placementStrategy": [{"type": "random"}]}],
      "capacityProviders": {"capacityProviders": [{"name": "web",
        "autoScalingGroupProvider": {"autoScalingGroupArn": "arn:x:autoScalingGroupName/asg",
          "managedScaling": {"status": "ENABLED", "targetCapacity": 90}}}]},
      "autoScalingGroups": [{"AutoScalingGroupName": "asg", "MinSize": 1, "MaxSize": 9, "DesiredCapacity": 3,
        "AvailabilityZones": ["us-east-1a"], "Tags": [{"Key": "AmazonECSManaged"}],
        "LaunchTemplate": {"LaunchTemplateId": "lt-1", "Version": "3"}}]}"#;

    fn read_deployed(text: &str, file_name: &str) -> Result<Deployed, Findings> {
        let options = ImportOptions {
            region: Some("us-east-1".to_owned()),
            ..ImportOptions::default()
        };
        read_cluster(text, file_name, &options).map(|imported| imported.cluster.deployed)
    }

    #[test]
    fn what_the_apis_print_is_read() {
        let deployed = read_deployed(FILE, "c.json").expect("readable");
        let default = &deployed.default_strategy[0];
        assert_eq!(
            (
                default.capacity_provider.as_str(),
                default.base,
                default.weight
            ),
            ("web", 2, 1)
        );
        let provider = deployed.provider("web").expect("there");
        assert_eq!(provider.group.as_ref().expect("a group").name, "asg");
        assert_eq!((provider.scaling, provider.target_capacity), (true, 90));
        assert_eq!((provider.maximum_step, provider.draining), (10_000, true));
        let group = deployed.group("asg").expect("there");
        assert_eq!((group.min_size, group.on_demand_percent), (Some(1), 100));
        assert_eq!((group.max_size, group.desired_capacity), (Some(9), Some(3)));
        assert!(group.managed_tag && !group.has_weights);
        let template = group.launch_template.as_ref().expect("one");
        assert_eq!(
            (template.id.as_deref(), template.version.as_str()),
            (Some("lt-1"), "3")
        );
    }

    #[test]
    fn what_is_wrong_is_located() {
        let text = FILE.replace("\"MinSize\": 1", "\"MinSize\": \"few\"");
        let error = read_deployed(&text, "c.json").expect_err("not a number");
        let wrong = |finding: &&Finding| finding.severity == Severity::Error;
        let places = error
            .findings
            .iter()
            .filter(wrong)
            .map(|f| f.place.as_str());
        assert_eq!(places.collect::<Vec<_>>(), ["autoScalingGroups[0].MinSize"]);
    }

    #[test]
    fn tasks_that_run_on_instances_are_counted_by_instance_and_group() {
        let task = |instance: &str, group: &str, status: &str| {
            format!(
                r#"{{"taskArn": "arn:t", "containerInstanceArn": "{instance}", "group": "{group}", "lastStatus": "RUNNING",
                    "desiredStatus": "{status}"}}"#
            )
        };
        let tasks = [
            task("arn:b", "service:api", "RUNNING"),
            task("arn:a", "service:api", "RUNNING"),
            task("arn:b", "service:api", "RUNNING"),
            task("arn:b", "service:api", "STOPPED"),
            r#"{"taskArn": "arn:f", "group": "service:api", "lastStatus": "RUNNING"}"#.to_owned(),
        ];
        let tasks = format!(
            "\"tasks\": {{\"tasks\": [{}]}}, \"services\"",
            tasks.join(",")
        );
        let text = FILE.replacen("\"services\"", &tasks, 1);
        let deployed = read_deployed(&text, "c.json").expect("readable");
        let counted: Vec<(&str, &str, u64)> = (deployed.tasks.iter().flatten())
            .map(|tasks| (tasks.instance.as_str(), tasks.group.as_str(), tasks.count))
            .collect();
        assert_eq!(
            counted,
            [("arn:a", "service:api", 1), ("arn:b", "service:api", 2)]
        );
        assert_eq!(read_deployed(FILE, "c.json").expect("readable").tasks, None);
    }

    #[test]
    fn a_flat_file_has_no_settings() {
        let text = "service,cpu,memory_mib,desired_count\nweb,1,128,1\n";
        assert_eq!(read_deployed(text, "c.csv"), Ok(Deployed::default()));
    }
}

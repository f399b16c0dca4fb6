//! Answers to the sections of a cluster file.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::live::Live;
use super::{SnapshotOptions, left_out, list, order, text};
use crate::domain::capacity::Capacity;
use crate::domain::task::LaunchType;

/// A cluster file before it is written.
#[derive(Debug)]
pub(super) struct Document {
    /// Everything but `snapshot` and `notes`.
    pub sections: Map<String, Value>,
    pub notes: Vec<String>,
    /// The cluster's default strategy.
    pub default_strategy: Vec<Value>,
}

impl Document {
    /// Names services that run and are not in the file, with what they stand on.
    pub(super) fn leave_out(&mut self, services: Vec<Value>) {
        if services.is_empty() {
            return;
        }
        let known = self.sections.remove("leftOut");
        let mut all = known
            .and_then(|it| it.as_array().cloned())
            .unwrap_or_default();
        all.extend(services);
        let all = order::section("leftOut", all);
        self.sections
            .insert("leftOut".to_owned(), Value::Array(all));
    }

    /// The file.
    pub(super) fn text(&self, taken_at: &str, fingerprint: &str) -> String {
        let mut file = Map::new();
        for (key, value) in &self.sections {
            file.insert(key.clone(), value.clone());
            if key == "region" {
                let stamp = json!({"takenAt": taken_at, "fingerprint": fingerprint});
                file.insert("snapshot".to_owned(), stamp);
                file.insert("notes".to_owned(), json!(self.notes));
            }
        }
        let mut text = serde_json::to_string_pretty(&file).unwrap_or_default();
        text.push('\n');
        text
    }
}

/// The document of what was read.
pub(super) fn of(mut live: Live, options: &SnapshotOptions) -> Document {
    left_out::known(&mut live);
    let zones = zones(&live);
    let instances = container_instances(&live);
    let default_strategy = list(&live.cluster, "defaultCapacityProviderStrategy").to_vec();
    let left_out = std::mem::take(&mut live.left_out);
    let mut sections = Map::new();
    sections.insert("version".to_owned(), json!(1));
    sections.insert("cluster".to_owned(), live.cluster["clusterName"].clone());
    sections.insert("region".to_owned(), json!(options.region));
    if !zones.is_empty() {
        sections.insert("availabilityZones".to_owned(), Value::Array(zones));
    }
    let mut policy = Map::new();
    if live.trunking == Some(true) {
        policy.insert("eniTrunking".to_owned(), json!(true));
    }
    if live
        .services
        .iter()
        .any(|service| is_on_fargate(service, &default_strategy))
    {
        policy.insert("fargate".to_owned(), json!("allowed"));
        let note =
            "services run on Fargate: the file allows it (`policy.fargate`), a flag forbids it";
        live.notes.push(note.to_owned());
    }
    if !policy.is_empty() {
        sections.insert("policy".to_owned(), Value::Object(policy));
    }
    for (key, items) in [
        ("clusters", vec![live.cluster]),
        ("taskDefinitions", live.definitions),
        ("services", live.services),
        ("capacityProviders", live.providers),
        ("autoScalingGroups", live.groups),
        ("launchTemplates", live.templates),
        ("containerInstances", instances),
        ("tasks", live.tasks),
        ("scalableTargets", live.targets),
        ("subnets", live.subnets),
    ] {
        sections.insert(key.to_owned(), Value::Array(order::section(key, items)));
    }
    let mut document = Document {
        sections,
        notes: live.notes,
        default_strategy,
    };
    document.leave_out(left_out);
    document
}

/// Whether a service's tasks run on Fargate, by its launch type or its strategy.
fn is_on_fargate(service: &Value, default: &[Value]) -> bool {
    let launch_type = text(service, "launchType");
    let own = list(service, "capacityProviderStrategy");
    let strategy = if own.is_empty() && launch_type.is_empty() {
        default
    } else {
        own
    };
    let of_fargate =
        |item: &Value| Capacity::of_fargate_provider(text(item, "capacityProvider")).is_some();
    launch_type == LaunchType::Fargate.to_string() || strategy.iter().any(of_fargate)
}

/// The zones that the cluster uses, with their ids where they are known: those of its groups and instances, else those
/// of its services' subnets.
fn zones(live: &Live) -> Vec<Value> {
    let mut ids: BTreeMap<&str, &str> = BTreeMap::new();
    for zone in &live.zones {
        ids.insert(text(zone, "ZoneName"), text(zone, "ZoneId"));
    }
    for subnet in &live.subnets {
        ids.insert(
            text(subnet, "AvailabilityZone"),
            text(subnet, "AvailabilityZoneId"),
        );
    }
    let of_groups = live
        .groups
        .iter()
        .flat_map(|group| list(group, "AvailabilityZones"));
    let of_groups = of_groups.filter_map(Value::as_str);
    let of_instances = live
        .instances
        .iter()
        .map(|instance| attribute(instance, "ecs.availability-zone"));
    let of_subnets = live
        .subnets
        .iter()
        .map(|subnet| text(subnet, "AvailabilityZone"));
    let names: BTreeSet<&str> = of_groups
        .chain(of_instances)
        .chain(of_subnets)
        .filter(|name| !name.is_empty())
        .collect();
    let zone = |name: &str| match ids.get(name) {
        Some(id) if !id.is_empty() => json!({"zoneName": name, "zoneId": id}),
        _ => json!({"zoneName": name}),
    };
    names.into_iter().map(zone).collect()
}

fn attribute<'a>(instance: &'a Value, name: &str) -> &'a str {
    let found = list(instance, "attributes")
        .iter()
        .find(|attribute| text(attribute, "name") == name);
    found.map_or("", |attribute| text(attribute, "value"))
}

/// Container instances with what only EC2 and Auto Scaling know of them: the type where the agent does not tell, and how
/// they were bought.
fn container_instances(live: &Live) -> Vec<Value> {
    let by_id = |items: &mut dyn Iterator<Item = &Value>| -> BTreeMap<String, Value> {
        items
            .map(|one| (text(one, "InstanceId").to_owned(), one.clone()))
            .collect()
    };
    let of_ec2 = by_id(&mut live.ec2_instances.iter());
    let of_groups = by_id(
        &mut live
            .groups
            .iter()
            .flat_map(|group| list(group, "Instances")),
    );
    let mut all = live.instances.clone();
    for instance in &mut all {
        let id = text(instance, "ec2InstanceId").to_owned();
        let (ec2, group) = (of_ec2.get(&id), of_groups.get(&id));
        if attribute(instance, "ecs.instance-type").is_empty() {
            let types = [ec2, group]
                .into_iter()
                .flatten()
                .map(|one| text(one, "InstanceType"));
            if let Some(known) = types.into_iter().find(|name| !name.is_empty()) {
                instance["instanceType"] = json!(known);
            }
        }
        if let Some(ec2) = ec2 {
            let is_spot = text(ec2, "InstanceLifecycle") == "spot";
            instance["purchaseOption"] = json!(if is_spot { "spot" } else { "on-demand" });
        }
    }
    all
}

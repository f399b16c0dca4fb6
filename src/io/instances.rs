//! Auto Scaling groups and container instances as the AWS APIs print them.

use std::collections::BTreeSet;

use super::codes;
use super::cursor::{Cursor, Log};
use super::document::{Value, joined};
use super::purchases::Purchases;
use super::quantities::MAX_QUANTITY;
use crate::domain::cluster::{AutoScalingGroup, ContainerInstance, RegisteredResources};
use crate::domain::placement::Attributes;
use crate::domain::quantity::{CpuUnits, GpuCount, MemoryMib};

/// The section `autoScalingGroups`.
pub(super) fn read_groups(items: &[Cursor<'_>], log: &mut Log) -> Vec<AutoScalingGroup> {
    let mut names = BTreeSet::new();
    items
        .iter()
        .filter_map(|item| {
            let group = group(item, log)?;
            report_repeated(item, &mut names, &group.name, "group", log);
            Some(group)
        })
        .collect()
}

fn report_repeated(
    item: &Cursor<'_>,
    names: &mut BTreeSet<String>,
    name: &str,
    what: &str,
    log: &mut Log,
) {
    if !names.insert(name.to_owned()) {
        item.error(
            log,
            codes::DUPLICATE_NAME,
            format!("the {what} `{name}` is given twice"),
            "remove one of them",
        );
    }
}

fn group(item: &Cursor<'_>, log: &mut Log) -> Option<AutoScalingGroup> {
    // The API's keys begin with a capital letter, ours do not.
    for entry in item.entries(log)? {
        if entry.key.starts_with(char::is_lowercase) && entry.key != "attributes" {
            item.report_unknown_key(
                log,
                entry,
                &["attributes", "AutoScalingGroupName"],
                "a group",
            );
        }
    }
    let name = item
        .require(log, "AutoScalingGroupName", "give the group its name")
        .and_then(|field| field.name(log));
    let mut types = BTreeSet::new();
    let template = item
        .get("MixedInstancesPolicy")
        .and_then(|policy| policy.get("LaunchTemplate"));
    let overrides = template
        .map(|template| template.list(log, "Overrides"))
        .unwrap_or_default();
    for holder in overrides.iter().chain(&item.list(log, "Instances")) {
        if let Some(text) = holder.get("InstanceType").and_then(|f| f.name(log)) {
            types.insert(text.to_owned());
        }
    }
    let attributes = item
        .get("attributes")
        .map(|field| attributes(&field, log))
        .unwrap_or_default();
    Some(AutoScalingGroup {
        name: name?.to_owned(),
        instance_types: types.into_iter().collect(),
        attributes,
    })
}

/// Attributes as `{name: value}` or as the API's list of `{name, value}`.
fn attributes(field: &Cursor<'_>, log: &mut Log) -> Attributes {
    let mut attributes = Attributes::default();
    if let Value::Object(entries) = &field.node.value {
        for entry in entries {
            let value = Cursor::new(&entry.node, joined(&field.path, &entry.key));
            set_attribute(&mut attributes, &entry.key, Some(&value), log);
        }
        return attributes;
    }
    for item in field.items(log) {
        if item.entries(log).is_none() {
            continue;
        }
        let name = item
            .require(log, "name", "give the attribute its name")
            .and_then(|name| name.name(log));
        if let Some(name) = name {
            set_attribute(&mut attributes, name, item.get("value").as_ref(), log);
        }
    }
    attributes
}

/// Absence and `null` make an attribute without a value.
fn set_attribute(
    attributes: &mut Attributes,
    name: &str,
    value: Option<&Cursor<'_>>,
    log: &mut Log,
) {
    match value.map(|value| (value, &value.node.value)) {
        None | Some((_, Value::Null)) => attributes.set(name, None),
        Some((_, Value::Bool(flag))) => {
            attributes.set(name, Some(if *flag { "true" } else { "false" }));
        }
        Some((field, _)) => {
            if let Some(text) = field.text(log) {
                attributes.set(name, Some(text));
            }
        }
    }
}

/// The section `containerInstances`.
pub(super) fn read_container_instances(
    items: &[Cursor<'_>],
    purchases: &Purchases,
    log: &mut Log,
) -> Vec<ContainerInstance> {
    let mut ids = BTreeSet::new();
    items
        .iter()
        .filter_map(|item| {
            let instance = container_instance(item, purchases, log)?;
            report_repeated(item, &mut ids, &instance.id, "container instance", log);
            Some(instance)
        })
        .collect()
}

fn container_instance(
    item: &Cursor<'_>,
    purchases: &Purchases,
    log: &mut Log,
) -> Option<ContainerInstance> {
    item.entries(log)?;
    let id = match ["containerInstanceArn", "ec2InstanceId"]
        .iter()
        .find_map(|key| item.get(key))
    {
        Some(field) => field.name(log)?.to_owned(),
        None => item.path.clone(),
    };
    let attributes = item
        .get("attributes")
        .map(|field| attributes(&field, log))
        .unwrap_or_default();
    let attribute = |name: &str| attributes.get(name).flatten().map(str::to_owned);
    let instance_type = attribute("ecs.instance-type").or_else(|| {
        item.get("instanceType")
            .and_then(|field| field.name(log))
            .map(str::to_owned)
    });
    let availability_zone = attribute("ecs.availability-zone");
    let status = item.get("status").and_then(|field| field.text(log));
    let active = status.is_none_or(|status| status == "ACTIVE");
    let is_registered = status != Some("INACTIVE");
    let capacity_provider = item
        .get("capacityProviderName")
        .and_then(|field| field.name(log));
    let mut instance = ContainerInstance {
        id,
        instance_type: String::new(),
        availability_zone,
        capacity_provider: capacity_provider.map(str::to_owned),
        registered: registered(item, log),
        attributes,
        active,
        is_registered,
        purchase_option: purchases.of(item, log),
    };
    if instance.is_external() {
        report_missing_resources(item, &instance.registered, log);
    } else if instance_type.is_none() {
        item.error(
            log,
            codes::NO_INSTANCE_TYPE,
            "the instance type is not known",
            "keep the attribute `ecs.instance-type` that the API prints, or add `instanceType`",
        );
        return None;
    }
    instance.instance_type = instance_type.unwrap_or_else(|| "EXTERNAL".to_owned());
    Some(instance)
}

/// What an instance from outside AWS offers stands nowhere but in the file.
fn report_missing_resources(item: &Cursor<'_>, registered: &RegisteredResources, log: &mut Log) {
    let missing: Vec<_> = [
        ("CPU", registered.cpu.is_none()),
        ("MEMORY", registered.memory.is_none()),
    ]
    .into_iter()
    .filter_map(|(name, missing)| missing.then_some(name))
    .collect();
    if !missing.is_empty() {
        item.error(
            log,
            codes::EXTERNAL_RESOURCES,
            format!(
                "the instance is from outside AWS, and its `registeredResources` have no {}",
                missing.join(" and no ")
            ),
            "keep the `registeredResources` that the API prints",
        );
    }
}

fn registered(item: &Cursor<'_>, log: &mut Log) -> RegisteredResources {
    let mut registered = RegisteredResources::default();
    for resource in item.list(log, "registeredResources") {
        let Some(name) = resource.get("name").and_then(|field| field.text(log)) else {
            continue;
        };
        let amount = |log: &mut Log| {
            resource
                .require(log, "integerValue", "keep the amount that the API prints")?
                .whole(log, 0..=MAX_QUANTITY)
        };
        match name {
            "CPU" => registered.cpu = amount(log).map(CpuUnits::new),
            "MEMORY" => registered.memory = amount(log).map(MemoryMib::new),
            "GPU" => {
                // The API lists the ids of the devices.
                let ids = resource.list(log, "stringSetValue");
                registered.gpus = if ids.is_empty() {
                    amount(log).map(GpuCount::new)
                } else {
                    u64::try_from(ids.len()).ok().map(GpuCount::new)
                };
            }
            _ => {}
        }
    }
    registered
}

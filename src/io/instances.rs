//! Container instances as the AWS APIs print them.

use std::collections::BTreeSet;

use super::codes;
use super::cursor::{Cursor, Log};
use super::document::{Value, joined};
use super::ports;
use super::purchases::Purchases;
use super::quantities::MAX_QUANTITY;
use crate::domain::attributes::Attributes;
use crate::domain::cluster::{ContainerInstance, RegisteredResources, TRUNK_ATTRIBUTE};
use crate::domain::quantity::{CpuUnits, GpuCount, MemoryMib};

pub(super) fn report_repeated(
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

/// Attributes as `{name: value}` or as the API's list of `{name, value}`.
pub(super) fn attributes(field: &Cursor<'_>, log: &mut Log) -> Attributes {
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
    let mut attributes = item
        .get("attributes")
        .map(|field| attributes(&field, log))
        .unwrap_or_default();
    if attributes.get(TRUNK_ATTRIBUTE).is_some() {
        // The id is each instance's own, and nothing that is planned can depend on it.
        attributes.set(TRUNK_ATTRIBUTE, None);
    }
    let attribute = |name: &str| attributes.get(name).flatten().map(str::to_owned);
    let instance_type = attribute("ecs.instance-type").or_else(|| {
        item.get("instanceType")
            .and_then(|field| field.name(log))
            .map(str::to_owned)
    });
    let availability_zone = attribute("ecs.availability-zone");
    let active = takes_tasks(item, &attributes, log);
    let status = item.get("status").and_then(|field| field.text(log));
    // What Windows costs is not in the catalogue: such an instance is left out of today's bill too.
    let is_registered = status != Some("INACTIVE") && !is_windows(&attributes);
    let capacity_provider = item
        .get("capacityProviderName")
        .and_then(|field| field.name(log));
    let mut instance = ContainerInstance {
        id,
        instance_type: String::new(),
        availability_zone,
        capacity_provider: capacity_provider.map(str::to_owned),
        registered: registered(item, log),
        reserved_ports: ports::of_instance(item, log),
        attributes,
        active,
        is_registered,
        purchase_option: purchases.of(item, log)?,
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
    if instance.purchase_option.is_managed() {
        // Managed Instances have a trunk wherever their type has one, whatever the account's setting is.
        instance.attributes.set(TRUNK_ATTRIBUTE, None);
    }
    Some(instance)
}

/// Whether ECS starts tasks of Linux there; where it does not and that is easily overlooked, it is said.
/// Source: Amazon ECS API reference, `ContainerInstance`.
fn takes_tasks(item: &Cursor<'_>, attributes: &Attributes, log: &mut Log) -> bool {
    let status = item
        .get("status")
        .and_then(|field| field.choice(log, &INSTANCE_STATUS));
    let connected = item.get("agentConnected");
    if status.unwrap_or(true)
        && let Some(field) = &connected
        && field.boolean(log) == Some(false)
    {
        field.warning(
            log,
            codes::NO_ROOM_ON_INSTANCE,
            "the agent of this instance is not connected: it takes no tasks, and is no room here",
            "restart the agent or replace the instance; its bill goes on until then",
        );
        return false;
    }
    if is_windows(attributes) {
        item.warning(
            log,
            codes::NO_ROOM_ON_INSTANCE,
            "the instance runs Windows: it takes no task of Linux, and is no room here",
            "Windows cannot be planned; its bill is neither in the plan nor in today's cost",
        );
        return false;
    }
    status.unwrap_or(true)
}

/// States of a container instance in the words of the ECS API, and whether new tasks start in them.
const INSTANCE_STATUS: [(&str, bool); 6] = [
    ("ACTIVE", true),
    ("DRAINING", false),
    ("REGISTERING", false),
    ("DEREGISTERING", false),
    ("REGISTRATION_FAILED", false),
    ("INACTIVE", false),
];

fn is_windows(attributes: &Attributes) -> bool {
    ["ecs.os-type", "ecs.os-family"].iter().any(|name| {
        (attributes.get(name).flatten())
            .is_some_and(|value| value.to_ascii_lowercase().starts_with("windows"))
    })
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
    let resources = item.list(log, "registeredResources");
    for resource in &resources {
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
    if !resources.is_empty() && registered.gpus.is_none() {
        // The agent registers GPUs where its image has the driver, and says nothing where it has none.
        registered.gpus = Some(GpuCount::ZERO);
    }
    registered
}

//! What cannot be planned is left out of the file, and the file says so: one service that is odd stops no plan.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::document::Document;
use super::live::Live;
use super::{SnapshotError, SnapshotOptions, fingerprint, list, text};
use crate::io::{Findings, ImportOptions, Severity, read_cluster};

/// Sections that things are taken out of, and what one of them is called.
const SECTIONS: [(&str, &str, &str); 7] = [
    ("availabilityZones", "Availability Zone", "zoneName"),
    ("taskDefinitions", "task definition", "taskDefinitionArn"),
    ("services", "service", "serviceName"),
    ("capacityProviders", "capacity provider", "name"),
    (
        "autoScalingGroups",
        "Auto Scaling group",
        "AutoScalingGroupName",
    ),
    (
        "containerInstances",
        "container instance",
        "containerInstanceArn",
    ),
    ("scalableTargets", "scalable target", "ResourceId"),
];

/// Leaves out what the answers themselves show to be beyond planning.
pub(super) fn known(live: &mut Live) {
    let default = list(&live.cluster, "defaultCapacityProviderStrategy").to_vec();
    let (mut notes, mut left_out) = (Vec::new(), Vec::new());
    live.services.retain(|service| {
        let name = text(service, "serviceName");
        if let Some(why) = why_not(service, &live.sharing_gpus) {
            notes.push(format!("service `{name}` is left out: {why}"));
            left_out.extend(runs_on(service, &default));
            false
        } else {
            notes.extend(remark(service).map(|what| format!("service `{name}` {what}")));
            true
        }
    });
    live.definitions.retain(|definition| {
        let arn = text(definition, "taskDefinitionArn");
        !live.sharing_gpus.contains(arn)
    });
    let groups_by_requirements = live.groups.iter().filter(|group| {
        let overrides = list(
            &group["MixedInstancesPolicy"]["LaunchTemplate"],
            "Overrides",
        );
        overrides
            .iter()
            .any(|one| one.get("InstanceRequirements").is_some())
    });
    for group in groups_by_requirements {
        notes.push(format!(
            "Auto Scaling group `{}` chooses its instance types by requirements: only those that run today are known",
            text(group, "AutoScalingGroupName")
        ));
    }
    notes.extend(other_tasks(&live.tasks));
    live.notes.extend(notes);
    live.left_out = left_out;
}

/// What a service that is left out stands on, so that no plan takes it away; none of one that is gone.
fn runs_on(service: &Value, default: &[Value]) -> Option<Value> {
    if text(service, "status") == "INACTIVE" {
        return None;
    }
    let launch_type = text(service, "launchType");
    let own = list(service, "capacityProviderStrategy");
    let mut kept = json!({ "serviceName": text(service, "serviceName") });
    if launch_type.is_empty() {
        kept["capacityProviderStrategy"] = json!(if own.is_empty() { default } else { own });
    } else {
        kept["launchType"] = json!(launch_type);
    }
    Some(kept)
}

/// Why a service cannot be planned.
fn why_not(service: &Value, sharing_gpus: &BTreeSet<String>) -> Option<String> {
    match text(service, "status") {
        "INACTIVE" => return Some("it is INACTIVE, deleted".to_owned()),
        "DRAINING" => {
            return Some("it is DRAINING: it is being deleted and starts no tasks".to_owned());
        }
        _ => {}
    }
    let is_external = text(&service["deploymentController"], "type") == "EXTERNAL";
    if is_external
        && text(service, "taskDefinition").is_empty()
        && list(service, "taskSets").is_empty()
    {
        return Some(
            "an EXTERNAL deployment controller runs it, and it has no task set".to_owned(),
        );
    }
    let definition = text(service, "taskDefinition");
    if sharing_gpus.contains(definition) {
        return Some(format!(
            "its task definition {} uses GPUs through NVIDIA_VISIBLE_DEVICES without reserving any, and GPU sharing cannot be planned",
            name_of(definition)
        ));
    }
    None
}

/// What is said of a service that is planned.
fn remark(service: &Value) -> Option<&'static str> {
    if text(service, "resourceManagementType") == "ECS" {
        Some("is an Express service: ECS itself manages its settings")
    } else if text(&service["deploymentController"], "type") == "EXTERNAL" {
        Some("is deployed by an EXTERNAL controller: it is planned by its PRIMARY task set")
    } else {
        None
    }
}

/// Tasks that no service runs are in the file and are not planned.
fn other_tasks(tasks: &[Value]) -> Option<String> {
    let alone = tasks
        .iter()
        .filter(|task| !text(task, "group").starts_with("service:"));
    let definitions: Vec<&str> = alone.map(|task| text(task, "taskDefinitionArn")).collect();
    let families: BTreeSet<&str> = definitions.iter().map(|arn| name_of(arn)).collect();
    let families: Vec<&str> = families.into_iter().collect();
    (!definitions.is_empty()).then(|| {
        format!(
            "{} tasks that no service runs ({}) are under `tasks` and not planned: add those that stay to `standaloneTasks`",
            definitions.len(),
            families.join(", ")
        )
    })
}

fn name_of(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

/// Reads the file back, and leaves out what it cannot be read with, until it can.
pub(super) fn unreadable(
    document: &mut Document,
    options: &SnapshotOptions,
) -> Result<(), SnapshotError> {
    loop {
        let text = document.text(&options.taken_at, &fingerprint::of(&document.sections));
        let Err(findings) = read_cluster(&text, "snapshot.json", &ImportOptions::default()) else {
            return Ok(());
        };
        if !take_out(document, &findings) {
            return Err(SnapshotError::Unreadable(findings));
        }
    }
}

/// Takes out the things that errors are about, with the services of their task definitions; whether there were any.
fn take_out(document: &mut Document, findings: &Findings) -> bool {
    let errors = findings
        .findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error);
    let mut places: BTreeSet<(&str, usize)> = BTreeSet::new();
    for finding in errors {
        let Some((section, index)) = place(&finding.place) else {
            continue;
        };
        if places.insert((section, index)) {
            let (_, what, key) = SECTIONS
                .into_iter()
                .find(|(own, ..)| *own == section)
                .unwrap_or_default();
            let name = name_of(text(&document.sections[section][index], key)).to_owned();
            document
                .notes
                .push(format!("{what} `{name}` is left out: {}", finding.cause));
            if section == "taskDefinitions" {
                leave_out_users(document, index, &mut places);
            }
        }
    }
    // From the last to the first: what comes before keeps its place.
    let mut left_out = Vec::new();
    for (section, index) in places.iter().rev() {
        if let Some(Value::Array(items)) = document.sections.get_mut(*section) {
            let item = items.remove(*index);
            if *section == "services" {
                left_out.extend(runs_on(&item, &document.default_strategy));
            }
        }
    }
    document.leave_out(left_out);
    !places.is_empty()
}

/// Leaves out the services that run a task definition.
fn leave_out_users(
    document: &mut Document,
    definition: usize,
    places: &mut BTreeSet<(&str, usize)>,
) {
    let definition = &document.sections["taskDefinitions"][definition];
    let reference = text(definition, "taskDefinitionArn").to_owned();
    let Some(services) = document.sections.get("services").and_then(Value::as_array) else {
        return;
    };
    for (index, service) in services.iter().enumerate() {
        if text(service, "taskDefinition") == reference && places.insert(("services", index)) {
            document.notes.push(format!(
                "service `{}` is left out with its task definition {}",
                text(service, "serviceName"),
                name_of(&reference)
            ));
        }
    }
}

/// The section and the item that a finding's place begins with: `services[3].desiredCount`.
fn place(place: &str) -> Option<(&'static str, usize)> {
    let (section, rest) = place.split_once('[')?;
    let (known, ..) = SECTIONS.into_iter().find(|(known, ..)| *known == section)?;
    Some((known, rest.split_once(']')?.0.parse().ok()?))
}

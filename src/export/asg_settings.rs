//! The groups' and services' settings alone, for tooling of one's own.

use super::cli_files as files;
use super::managed;
use super::reset_limits;
use super::tree::{Tree, entry, json, list, pretty};
use crate::domain::settings::{GroupSettings, Settings};
use crate::io::csv_cell::text_cell;

/// One document: cluster, groups with their settings, services with their strategies.
#[must_use]
pub fn as_json(settings: &Settings) -> String {
    let written =
        (settings.groups.iter()).filter(|group| group.writes_group || group.writes_provider);
    let groups = written.map(|group| {
        let mut described = vec![entry("availabilityZones", list(zones(settings, group)))];
        if let Some(template) = settings.template(group) {
            described.push(entry("imageParameter", template.image.parameter()));
        }
        described.push(entry("plannedCapacity", group.planned));
        if group.writes_group {
            let mut entries = files::group(settings, group);
            entries.push(entry("Tags", list([files::managed_tag(None)])));
            described.push(entry("autoScalingGroup", entries));
        }
        if group.writes_reset() {
            described.push(entry("scheduledAction", files::reset(group)));
        }
        let schedule =
            (group.written_schedule().iter()).map(|action| files::scheduled_size(group, action));
        let schedule: Vec<Tree> = schedule.collect();
        if !schedule.is_empty() {
            described.push(entry("scheduledActions", Tree::List(schedule)));
        }
        if group.writes_provider {
            described.push(entry(
                "capacityProvider",
                files::capacity_provider(group, true),
            ));
        }
        Tree::from(described)
    });
    let services = (settings.services.iter()).map(|service| files::service(settings, service));
    let mut document = vec![
        entry("version", 1_u64),
        entry("cluster", settings.cluster.as_str()),
        entry("region", settings.region.as_str()),
        entry("groups", list(groups)),
    ];
    if settings.writes_managed() {
        let managed = managed::written(settings).map(|one| managed::described(settings, one));
        document.push(entry("managedInstances", list(managed)));
    }
    if settings.writes_association {
        let association = files::association(settings);
        document.push(entry("clusterCapacityProviders", association));
    }
    document.push(entry("services", list(services)));
    let limits = settings.limits_at_resets();
    if !limits.is_empty() {
        let limits = list(limits.iter().map(reset_limits::described));
        document.push(entry("limitsAtResets", limits));
    }
    let notes = list(settings.notes.iter().map(String::as_str));
    document.push(entry("notes", notes));
    pretty(&json(&Tree::Map(document)))
}

/// Zones of a group that the export has; of a group that stays the export knows none.
fn zones<'a>(settings: &'a Settings, group: &GroupSettings) -> Vec<&'a str> {
    if !group.writes_group {
        return Vec::new();
    }
    let zones = &settings.subnets[group.subnets].zones;
    zones.iter().map(String::as_str).collect()
}

const HEADER: [&str; 16] = [
    "group",
    "capacity_provider",
    "instance_types",
    "purchase_option",
    "on_demand_base",
    "on_demand_percent_above_base",
    "availability_zones",
    "min_size",
    "planned_capacity",
    "max_size",
    "managed_scaling",
    "target_capacity",
    "minimum_scaling_step",
    "maximum_scaling_step",
    "instance_warmup_seconds",
    "image_parameter",
];

/// One group a row, then one provider of Managed Instances a row, whose sizes are nobody's to set.
///
/// # Panics
/// Never: writing to memory does not fail.
#[must_use]
pub fn as_csv(settings: &Settings) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(HEADER).expect("memory takes it");
    for group in
        (settings.groups.iter()).filter(|group| group.writes_group || group.writes_provider)
    {
        let row = [
            group.group.clone(),
            group.name.clone(),
            group.instance_types.join(" "),
            group.purchase_option.to_string(),
            group.on_demand_base.to_string(),
            group.on_demand_percent.to_string(),
            zones(settings, group).join(" "),
            group.min_size.to_string(),
            group.planned.to_string(),
            group.max_size.to_string(),
            files::on_off(group.scaling.enabled).to_owned(),
            group.scaling.target_capacity.to_string(),
            group.scaling.minimum_step.to_string(),
            group.scaling.maximum_step.to_string(),
            group.scaling.warmup_seconds.to_string(),
            (settings.template(group))
                .map(|template| template.image.parameter().to_owned())
                .unwrap_or_default(),
        ];
        let row = row.map(|cell| text_cell(&cell));
        writer.write_record(row).expect("memory takes it");
    }
    for managed in managed::written(settings) {
        let mut row = [const { String::new() }; HEADER.len()];
        row[1].clone_from(&managed.name);
        row[2] = managed.instance_types.join(" ");
        row[3] = managed.purchase_option.to_string();
        row[6] = settings.managed_zones.join(" ");
        row[8] = managed.planned.to_string();
        let row = row.map(|cell| text_cell(&cell));
        writer.write_record(row).expect("memory takes it");
    }
    let bytes = writer.into_inner().expect("memory takes it");
    String::from_utf8(bytes).expect("UTF-8 in, UTF-8 out")
}

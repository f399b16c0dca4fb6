//! An export of nothing but what differs from today, and the differences in words.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::notes;
use crate::diff::{self, Differences, Setting, SettingChange, SettingValue, Subject};
use crate::domain::cluster::Cluster;
use crate::domain::settings::{Launch, Placement, Settings, WeightedItem};
use crate::domain::text::visible;

/// Leaves only what differs from today in the settings, and says what that is.
#[must_use]
pub fn differing(mut settings: Settings, cluster: &Cluster) -> (Settings, Differences) {
    let found = diff::of_settings(&settings, cluster);
    for group in &mut settings.groups {
        group.writes_group = found.concern(&Subject::Group(group.group.clone()));
        group.writes_provider = found.concern(&Subject::Provider(group.name.clone()));
    }
    for managed in &mut settings.managed {
        managed.writes_provider = found.concern(&Subject::Provider(managed.name.clone()));
    }
    settings.writes_association = found.concern(&Subject::Association);
    let of_all = notes::standstills(&settings);
    (settings.services).retain(|service| found.concern(&Subject::Service(service.name.clone())));
    // What is said of deployments is said of those that are left.
    if let Some(at) = of_all.and_then(|said| settings.notes.iter().position(|note| *note == said)) {
        let left = notes::standstills(&settings);
        settings.notes.splice(at..=at, left);
    }
    keep_used(&mut settings);
    settings.notes.insert(1, PARTIAL.to_owned());
    (settings, found)
}

const PARTIAL: &str = "Only what differs from today. Apply it beside what manages the rest, or merge it into that: a stack or a \
                       state that is replaced by this part alone loses the rest.";

/// Drops launch templates and subnets that no group of the export uses any more.
fn keep_used(settings: &mut Settings) {
    let written = settings.groups.iter().filter(|group| group.writes_group);
    let (mut templates, mut subnets) = (BTreeSet::new(), BTreeSet::new());
    for group in written {
        subnets.insert(group.subnets);
        if let Launch::Planned(index) = group.launch {
            templates.insert(index);
        }
    }
    let template_at = retained(&mut settings.templates, &templates);
    let subnets_at = retained(&mut settings.subnets, &subnets);
    for group in settings
        .groups
        .iter_mut()
        .filter(|group| group.writes_group)
    {
        group.subnets = subnets_at[&group.subnets];
        if let Launch::Planned(index) = &mut group.launch {
            *index = template_at[index];
        }
    }
}

/// Keeps the items at these places; where each of them is now.
fn retained<T>(items: &mut Vec<T>, kept: &BTreeSet<usize>) -> BTreeMap<usize, usize> {
    let mut place = 0;
    items.retain(|_| {
        place += 1;
        kept.contains(&(place - 1))
    });
    kept.iter().copied().zip(0..).collect()
}

/// The differences in words, names made safe for a terminal.
#[must_use]
pub fn summary(found: &Differences) -> String {
    let mut text = String::new();
    if found.is_empty() {
        text.push_str("Nothing differs from today.\n");
    } else {
        text.push_str("What differs from today:\n");
    }
    for difference in &found.differences {
        let _ = writeln!(text, "\n{}", visible(&heading(&difference.subject)));
        for change in &difference.changes {
            let _ = writeln!(text, "  {}", visible(&change_text(change)));
        }
    }
    if !found.unused.is_empty() {
        let unused: Vec<String> = found.unused.iter().map(unused_text).collect();
        let _ = writeln!(
            text,
            "\nDeployed and not in the plan, left alone: {}.",
            visible(&unused.join(", "))
        );
    }
    text.push_str(
        "\nNot compared: desired capacity and task counts, launch templates, the cluster's default strategy.\n",
    );
    text
}

fn heading(subject: &Subject) -> String {
    match subject {
        Subject::Group(name) => format!("Auto Scaling group {name}"),
        Subject::Provider(name) => format!("Capacity provider {name}"),
        Subject::Association => "The cluster's capacity providers".to_owned(),
        Subject::Service(name) => format!("Service {name}"),
    }
}

fn unused_text(subject: &Subject) -> String {
    match subject {
        Subject::Provider(name) => format!("capacity provider {name}"),
        other => heading(other),
    }
}

fn change_text(change: &SettingChange) -> String {
    match change {
        SettingChange::NewGroup {
            instances,
            instance_types,
        } => format!("new: {instances} of {}", instance_types.join(", ")),
        SettingChange::NewManagedProvider {
            instances,
            instance_types,
        } => format!(
            "new: Managed Instances, {instances} planned, of {}",
            instance_types.join(", ")
        ),
        SettingChange::NewProvider { group } => format!("new: for the group {group}"),
        SettingChange::UnknownService { strategy } => {
            format!(
                "not in the cluster file: strategy {}",
                strategy_text(strategy)
            )
        }
        SettingChange::Changed {
            setting,
            today,
            planned,
        } => format!(
            "{} {} → {}",
            setting_text(*setting),
            value_text(today),
            value_text(planned)
        ),
        SettingChange::WeightsRemoved => "instance types lose their weights".to_owned(),
        SettingChange::ProvidersAdded(names) => format!("added: {}", names.join(", ")),
        SettingChange::ProvidersRemoved(names) => {
            format!("taken off the list: {}", names.join(", "))
        }
    }
}

const fn setting_text(setting: Setting) -> &'static str {
    match setting {
        Setting::InstanceTypes => "instance types",
        Setting::OnDemandBase => "On-Demand base",
        Setting::OnDemandPercentageAboveBase => "On-Demand percentage above it",
        Setting::SpotAllocationStrategy => "Spot allocation",
        Setting::MinSize => "smallest size",
        Setting::MaxSize => "largest size",
        Setting::Zones => "zones",
        Setting::ProtectedFromScaleIn => "protection from scale-in",
        Setting::ManagedTag => "tag AmazonECSManaged",
        Setting::Group => "group",
        Setting::ManagedScaling => "managed scaling",
        Setting::TargetCapacity => "target capacity in %",
        Setting::MinimumStep => "smallest step",
        Setting::MaximumStep => "largest step",
        Setting::WarmupSeconds => "warm-up in seconds",
        Setting::ManagedTerminationProtection => "managed termination protection",
        Setting::ManagedDraining => "managed draining",
        Setting::Strategy => "strategy",
        Setting::PlacementStrategy => "placement",
    }
}

fn value_text(value: &SettingValue) -> String {
    let listed = |items: Vec<String>| match items.as_slice() {
        [] => "none".to_owned(),
        items => items.join(", "),
    };
    match value {
        SettingValue::Count(count) => {
            count.map_or_else(|| "not known".to_owned(), |count| count.to_string())
        }
        SettingValue::Switch(on) => if *on { "on" } else { "off" }.to_owned(),
        SettingValue::Name(name) => name.clone().unwrap_or_else(|| "none".to_owned()),
        SettingValue::Names(names) => listed(names.clone()),
        SettingValue::Strategy(items) => strategy_text(items),
        SettingValue::Placement(items) => listed(items.iter().map(placement_text).collect()),
    }
}

fn placement_text(item: &Placement) -> String {
    match &item.field {
        Some(field) => format!("{} {field}", item.kind),
        None => item.kind.to_owned(),
    }
}

fn strategy_text(items: &[WeightedItem]) -> String {
    if items.is_empty() {
        return "none".to_owned();
    }
    let items = items.iter().map(|item| match item.base {
        0 => format!("{} {}", item.provider, item.weight),
        base => format!("{} {} (base {base})", item.provider, item.weight),
    });
    items.collect::<Vec<_>>().join(", ")
}

//! What of a plan's settings differs from those deployed today.
//!
//! Desired capacity belongs to managed scaling, task counts to service auto scaling; launch templates and the cluster's
//! default strategy are not in a cluster file. None of them is compared.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::domain::deployed::Deployed;
use crate::domain::text::visible;

use super::naming;
use super::settings::{Launch, Settings};

mod compare;

/// One thing that differs, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Such as `Capacity provider web`.
    pub what: String,
    /// Such as `target capacity 90 → 100 %`.
    pub changes: Vec<String>,
}

/// Everything that differs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Differences {
    /// In the order in which an export applies it.
    pub differences: Vec<Difference>,
    /// What is deployed and the plan has no use for.
    pub unused: Vec<String>,
}

impl Differences {
    /// Whether an export has nothing to change.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.differences.is_empty()
    }

    /// The differences in words.
    #[must_use]
    pub fn summary(&self) -> String {
        let mut text = String::new();
        if self.is_empty() {
            text.push_str("Nothing differs from today.\n");
        } else {
            text.push_str("What differs from today:\n");
        }
        for difference in &self.differences {
            let _ = writeln!(text, "\n{}", visible(&difference.what));
            for change in &difference.changes {
                let _ = writeln!(text, "  {}", visible(change));
            }
        }
        if !self.unused.is_empty() {
            let unused = visible(&self.unused.join(", "));
            let _ = writeln!(
                text,
                "\nDeployed and not in the plan, left alone: {unused}."
            );
        }
        text.push_str(
            "\nNot compared: desired capacity and task counts, launch templates, the cluster's default strategy.\n",
        );
        text
    }
}

/// Leaves only what differs from today in the settings, and says what that is.
#[must_use]
pub fn differing(mut settings: Settings, deployed: &Deployed) -> (Settings, Differences) {
    let mut found = Differences::default();
    let mut note = |what: String, changes: Vec<String>| {
        let differs = !changes.is_empty();
        if differs {
            found.differences.push(Difference { what, changes });
        }
        differs
    };
    for group in &mut settings.groups {
        let zones = &settings.subnets[group.subnets].zones;
        let known = deployed.group(&group.group);
        let what = format!("Auto Scaling group {}", group.group);
        group.writes_group = note(what, compare::group(group, zones, known));
        let known =
            (deployed.providers.iter()).find(|known| naming::provider(&known.name) == group.name);
        let what = format!("Capacity provider {}", group.name);
        group.writes_provider = note(what, compare::provider(group, known));
    }
    let changes = compare::association(&settings, deployed);
    settings.writes_association = note("The cluster's capacity providers".to_owned(), changes);
    settings.services.retain(|service| {
        let known =
            (deployed.services.iter()).find(|known| naming::valid(&known.name) == service.name);
        let what = format!("Service {}", service.name);
        note(what, compare::service(service, known))
    });
    found.unused = unused(&settings, deployed);
    keep_used(&mut settings);
    settings.notes.insert(1, PARTIAL.to_owned());
    (settings, found)
}

const PARTIAL: &str = "Only what differs from today. Apply it beside what manages the rest, or merge it into that: a stack or a \
                       state that is replaced by this part alone loses the rest.";

fn unused(settings: &Settings, deployed: &Deployed) -> Vec<String> {
    let groups: BTreeSet<&str> = settings.groups.iter().map(|g| g.group.as_str()).collect();
    let providers = settings.providers();
    let unused_groups = (deployed.groups.iter())
        .filter(|group| !groups.contains(group.name.as_str()))
        .map(|group| format!("Auto Scaling group {}", group.name));
    let unused_providers = (deployed.providers.iter())
        .filter(|provider| provider.group.is_some())
        .filter(|provider| !providers.contains(&naming::provider(&provider.name).as_str()))
        .map(|provider| format!("capacity provider {}", provider.name));
    unused_groups.chain(unused_providers).collect()
}

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

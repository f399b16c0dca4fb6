//! Field by field: planned against deployed. What the file does not say counts as different.

use std::collections::BTreeSet;
use std::fmt::Display;

use crate::domain::capacity::Capacity;
use crate::domain::deployed::{Deployed, DeployedGroup, DeployedProvider, DeployedService};

use super::super::settings::{GroupSettings, ServiceSettings, Settings, WeightedItem};
use super::super::{naming, weights};

/// `name now → planned`, unless they are the same.
fn change<T: PartialEq + Display + ?Sized>(name: &str, now: &T, planned: &T) -> Option<String> {
    (now != planned).then(|| format!("{name} {now} → {planned}"))
}

fn switch(name: &str, now: bool, planned: bool) -> Option<String> {
    let word = |on: bool| if on { "on" } else { "off" };
    change(name, word(now), word(planned))
}

fn size(name: &str, now: Option<u64>, planned: u64) -> Option<String> {
    let now = now.map_or_else(|| "not known".to_owned(), |now| now.to_string());
    change(name, &now, &planned.to_string())
}

/// Types, purchase options, sizes, zones and protection of a group.
pub(super) fn group(
    group: &GroupSettings,
    zones: &[String],
    now: Option<&DeployedGroup>,
) -> Vec<String> {
    let Some(now) = now else {
        return vec![format!(
            "new: {} of {}",
            group.planned,
            group.instance_types.join(", ")
        )];
    };
    let listed = |items: &[String]| match items {
        [] => "none".to_owned(),
        items => items.join(", "),
    };
    let sorted = |items: &[String]| {
        let mut items = items.to_vec();
        items.sort();
        items
    };
    let zones_differ = !zones.is_empty() && sorted(zones) != sorted(&now.zones);
    let spot = now
        .spot_allocation_strategy
        .as_deref()
        .unwrap_or("lowest-price");
    let buys_spot = group.on_demand_percent < 100;
    [
        change(
            "instance types",
            &listed(&now.instance_types),
            &listed(&group.instance_types),
        ),
        (now.has_weights).then(|| "instance types lose their weights".to_owned()),
        change("On-Demand base", &now.on_demand_base, &group.on_demand_base),
        change(
            "On-Demand percentage above it",
            &now.on_demand_percent,
            &group.on_demand_percent,
        ),
        change("Spot allocation", spot, "price-capacity-optimized").filter(|_| buys_spot),
        size("smallest size", now.min_size, group.min_size),
        size("largest size", now.max_size, group.max_size),
        change("zones", &listed(&now.zones), &listed(zones)).filter(|_| zones_differ),
        switch(
            "protection from scale-in",
            now.protected_from_scale_in,
            group.scaling.enabled,
        ),
        switch("tag AmazonECSManaged", now.managed_tag, true),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Managed scaling, termination protection and draining of a provider.
pub(super) fn provider(group: &GroupSettings, now: Option<&DeployedProvider>) -> Vec<String> {
    let Some(now) = now else {
        return vec![format!("new: for the group {}", group.group)];
    };
    let scaling = group.scaling;
    let now_group = now
        .group
        .as_ref()
        .map_or("none", |group| group.name.as_str());
    [
        change("group", now_group, group.group.as_str()),
        switch("managed scaling", now.scaling, scaling.enabled),
        change(
            "target capacity in %",
            &now.target_capacity,
            &scaling.target_capacity,
        ),
        change("smallest step", &now.minimum_step, &scaling.minimum_step),
        change("largest step", &now.maximum_step, &scaling.maximum_step),
        change(
            "warm-up in seconds",
            &now.warmup_seconds,
            &scaling.warmup_seconds,
        ),
        switch(
            "managed termination protection",
            now.termination_protection,
            scaling.enabled,
        ),
        switch("managed draining", now.draining, true),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Names that the cluster's list gains and loses. Fargate's own providers are in every reply of the API, so that their
/// presence in the file says nothing.
pub(super) fn association(settings: &Settings, deployed: &Deployed) -> Vec<String> {
    let planned: BTreeSet<String> = settings
        .providers()
        .into_iter()
        .map(str::to_owned)
        .collect();
    let now: BTreeSet<String> = (deployed.providers.iter())
        .map(|provider| match provider.group {
            Some(_) => naming::provider(&provider.name),
            None => provider.name.clone(),
        })
        .filter(|name| planned.contains(name) || Capacity::of_fargate_provider(name).is_none())
        .collect();
    let listed = |names: Vec<&String>| {
        names
            .into_iter()
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(", ")
    };
    let gains: Vec<&String> = planned.difference(&now).collect();
    let losses: Vec<&String> = now.difference(&planned).collect();
    let mut changes = Vec::new();
    if !gains.is_empty() {
        changes.push(format!("added: {}", listed(gains)));
    }
    if !losses.is_empty() {
        changes.push(format!("taken off the list: {}", listed(losses)));
    }
    changes
}

/// Strategy, as a ratio, and placement of a service.
pub(super) fn service(service: &ServiceSettings, now: Option<&DeployedService>) -> Vec<String> {
    let planned = written(&service.strategy);
    let Some(now) = now else {
        return vec![format!("not in the cluster file: strategy {planned}")];
    };
    let items: Vec<u64> = now.strategy.iter().map(|(_, _, weight)| *weight).collect();
    let strategy: Vec<WeightedItem> = (now.strategy.iter().zip(weights::small(&items)))
        .map(|((provider, base, _), weight)| WeightedItem {
            provider: Capacity::of_fargate_provider(provider)
                .map_or_else(|| naming::provider(provider), |_| provider.clone()),
            base: *base,
            weight,
        })
        .collect();
    let placement = |items: Vec<(&str, Option<&str>)>| match items.as_slice() {
        [] => "none".to_owned(),
        items => {
            let items = items.iter().map(|(kind, field)| match field {
                Some(field) => format!("{kind} {field}"),
                None => (*kind).to_owned(),
            });
            items.collect::<Vec<_>>().join(", ")
        }
    };
    let planned_placement = (service.placement.iter())
        .map(|item| (item.kind, item.field.as_deref()))
        .collect();
    let now_placement = (now.placement.iter())
        .map(|(kind, field)| (kind.as_str(), field.as_deref()))
        .collect();
    [
        change("strategy", &written(&strategy), &planned),
        change(
            "placement",
            &placement(now_placement),
            &placement(planned_placement),
        )
        .filter(|_| !service.is_fargate),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Items in the order of their names: the order of a strategy means nothing to ECS.
fn written(strategy: &[WeightedItem]) -> String {
    let mut items: Vec<String> = (strategy.iter())
        .filter(|item| item.base > 0 || item.weight > 0)
        .map(|item| match item.base {
            0 => format!("{} {}", item.provider, item.weight),
            base => format!("{} {} (base {base})", item.provider, item.weight),
        })
        .collect();
    items.sort();
    if items.is_empty() {
        "none".to_owned()
    } else {
        items.join(", ")
    }
}

//! What a format deploys, in one form for all formats, and what a plan wants deployed.

use std::collections::BTreeMap;

use bayplan::domain::capacity::{Capacity, ProviderKind};
use bayplan::domain::placement::PlacementStrategy;
use bayplan::domain::plan::{Assumption, FleetPlan, GroupMode, PlannedService};
use bayplan::domain::settings::Settings;
use serde_json::Value;

/// A group with its provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    pub instance_types: Vec<String>,
    pub on_demand_base: u64,
    pub on_demand_percent: u64,
    pub sizes: (u64, u64),
    pub image: String,
    /// Status, target, steps, warm-up.
    pub scaling: (String, u64, u64, u64, u64),
    pub termination_protection: String,
    pub protected_from_scale_in: bool,
    pub managed_tag: bool,
}

/// A service: provider, base and weight reduced to a ratio; placement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    pub strategy: Vec<(String, u64, u64)>,
    pub placement: Vec<(String, Option<String>)>,
}

/// Everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Deployed {
    pub groups: BTreeMap<String, Group>,
    pub providers: Vec<String>,
    /// For tasks that name no capacity: provider, base, weight.
    pub default_strategy: Vec<(String, u64, u64)>,
    pub services: BTreeMap<String, Service>,
}

/// What a plan asks for, derived from the plan alone but for the names AWS would not take.
pub fn wanted(plan: &FleetPlan, settings: &Settings) -> Deployed {
    let mut names = BTreeMap::new();
    let mut exported = settings.groups.iter().map(|group| group.name.clone());
    for provider in &plan.capacity_providers {
        let name = match provider.kind {
            ProviderKind::AutoScalingGroup => exported.next().expect("a group each"),
            _ => provider.name.clone(),
        };
        names.insert(provider.name.clone(), name);
    }
    let groups = (plan.capacity_providers.iter())
        .filter(|provider| provider.kind == ProviderKind::AutoScalingGroup)
        .map(|provider| {
            let count = |option: Capacity| -> u64 {
                (plan.instances.iter())
                    .filter(|row| row.capacity_provider == provider.name)
                    .filter(|row| row.purchase_option == option)
                    .map(|row| row.count)
                    .sum()
            };
            let bought = (count(Capacity::OnDemand), count(Capacity::Spot));
            let (on_demand_base, on_demand_percent) = match bought {
                (0, 0) if provider.purchase_option == Some(Capacity::Spot) => (0, 0),
                (_, 0) => (0, 100),
                (on_demand, _) => (on_demand, 0),
            };
            let scaling = &provider.managed_scaling;
            let figure = |given: Option<u64>| given.expect("a number");
            let image = super::plans::type_facts(&provider.instance_types[0]).expect("known");
            let variant = match (image.has_gpu, image.architecture.to_string().as_str()) {
                (true, _) => "gpu/",
                (false, "ARM64") => "arm64/",
                _ => "",
            };
            let comes_back = (plan.assumptions.iter()).any(|said| {
                matches!(
                    said,
                    Assumption::GrowthPlayed {
                        comes_back: true,
                        ..
                    }
                )
            });
            let resets = comes_back
                && provider.mode == Some(GroupMode::Steady)
                && provider.max_size > provider.desired_capacity;
            let group = Group {
                instance_types: provider.instance_types.clone(),
                on_demand_base,
                on_demand_percent,
                sizes: (provider.min_size, provider.max_size),
                image: format!(
                    "/aws/service/ecs/optimized-ami/amazon-linux-2023/{variant}recommended/image_id"
                ),
                scaling: (
                    "ENABLED".to_owned(),
                    figure(scaling.target_capacity),
                    figure(scaling.minimum_scaling_step_size),
                    figure(scaling.maximum_scaling_step_size),
                    figure(scaling.instance_warmup_period_s),
                ),
                termination_protection: if resets { "DISABLED" } else { "ENABLED" }.to_owned(),
                protected_from_scale_in: !resets,
                managed_tag: true,
            };
            (names[&provider.name].clone(), group)
        })
        .collect();
    let mut exported = settings.services.iter().map(|service| service.name.clone());
    let services = (plan.services.iter())
        .filter(|service| !service.capacity_provider_strategy.is_empty())
        .map(|service| {
            let name = exported.next().expect("a service each");
            (name, wanted_service(service, &names))
        })
        .collect();
    Deployed {
        groups,
        providers: names_in_order(plan, &names),
        default_strategy: (settings.default_strategy.iter())
            .map(|item| (item.provider.clone(), item.base, item.weight))
            .collect(),
        services,
    }
}

fn names_in_order(plan: &FleetPlan, names: &BTreeMap<String, String>) -> Vec<String> {
    (plan.capacity_providers.iter())
        .map(|provider| names[&provider.name].clone())
        .collect()
}

fn wanted_service(service: &PlannedService, names: &BTreeMap<String, String>) -> Service {
    let items = &service.capacity_provider_strategy;
    let strategy = (items.iter())
        .map(|item| {
            (
                names[&item.capacity_provider].clone(),
                item.base,
                item.weight,
            )
        })
        .collect();
    let fargate = items[0].capacity_provider.starts_with("FARGATE");
    let placement = (service.placement_strategy.iter())
        .filter(|_| !fargate)
        .map(|strategy| match strategy {
            PlacementStrategy::Random => ("random".to_owned(), None),
            PlacementStrategy::Spread(field) => ("spread".to_owned(), Some(field.clone())),
            PlacementStrategy::Binpack(field) => ("binpack".to_owned(), Some(field.clone())),
        })
        .collect();
    Service {
        strategy: in_lowest_terms(strategy),
        placement,
    }
}

/// Weights as a ratio: what counts of them.
pub fn in_lowest_terms(mut strategy: Vec<(String, u64, u64)>) -> Vec<(String, u64, u64)> {
    let divisor = (1..=strategy.iter().map(|item| item.2).max().unwrap_or(1))
        .rev()
        .find(|d| strategy.iter().all(|item| item.2 % d == 0))
        .unwrap_or(1);
    for item in &mut strategy {
        item.2 /= divisor;
    }
    strategy
}

/// A number, or a text that is one.
pub fn number(value: &Value) -> u64 {
    match value {
        Value::String(text) => text.parse().expect("a number"),
        other => other
            .as_u64()
            .unwrap_or_else(|| panic!("a number: {other}")),
    }
}

/// A text.
pub fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("a text: {value}"))
        .to_owned()
}

/// The items of a list.
pub fn items(value: &Value) -> &Vec<Value> {
    value
        .as_array()
        .unwrap_or_else(|| panic!("a list: {value}"))
}

//! Field by field: the settings that a plan asks for against those that are deployed. What the file does not say
//! counts as different.
//!
//! Desired capacity belongs to managed scaling, task counts to service auto scaling; launch templates and the
//! cluster's default strategy are not in a cluster file. None of them is compared.

use std::collections::BTreeSet;

use crate::domain::aws_names;
use crate::domain::capacity::Capacity;
use crate::domain::cluster::Cluster;
use crate::domain::deployed::{Deployed, DeployedGroup, DeployedProvider};
use crate::domain::placement::PlacementStrategy;
use crate::domain::plan::StrategyItem;
use crate::domain::service::Service;
use crate::domain::settings::{
    GroupSettings, ManagedSettings, Placement, ServiceSettings, Settings, WeightedItem,
};
use crate::domain::weights;

/// What a difference is about, by its name in AWS.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// An Auto Scaling group.
    Group(String),
    /// A capacity provider.
    Provider(String),
    /// The list of capacity providers that the cluster is associated with.
    Association,
    /// A service.
    Service(String),
}

/// A setting with a value today and another in the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(
    missing_docs,
    reason = "each is a member of the API's shape of that name"
)]
pub enum Setting {
    InstanceTypes,
    OnDemandBase,
    OnDemandPercentageAboveBase,
    SpotAllocationStrategy,
    MinSize,
    MaxSize,
    Zones,
    ProtectedFromScaleIn,
    ManagedTag,
    Group,
    ManagedScaling,
    TargetCapacity,
    MinimumStep,
    MaximumStep,
    WarmupSeconds,
    ManagedTerminationProtection,
    ManagedDraining,
    Strategy,
    PlacementStrategy,
}

/// One value: of a count in its unit, of a list in its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A count, percent or number of seconds; `None` where the file is silent.
    Count(Option<u64>),
    /// On or off.
    Switch(bool),
    /// A name.
    Name(Option<String>),
    /// Names.
    Names(Vec<String>),
    /// A capacity provider strategy, weights in lowest terms, by provider.
    Strategy(Vec<WeightedItem>),
    /// Placement strategies.
    Placement(Vec<Placement>),
}

/// How a setting differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SettingChange {
    /// The group is not there.
    NewGroup {
        /// Planned instances.
        instances: u64,
        /// Their types.
        instance_types: Vec<String>,
    },
    /// The provider is not there.
    NewProvider {
        /// Its group.
        group: String,
    },
    /// The provider of Managed Instances is not there.
    NewManagedProvider {
        /// Instances of the plan's packing.
        instances: u64,
        /// Types that ECS may choose.
        instance_types: Vec<String>,
    },
    /// The file does not have the service.
    UnknownService {
        /// What the plan asks for.
        strategy: Vec<WeightedItem>,
    },
    /// It has one value and gets another.
    Changed {
        /// Which.
        setting: Setting,
        /// Value of today.
        today: Value,
        /// Planned value.
        planned: Value,
    },
    /// Overrides lose their weights.
    WeightsRemoved,
    /// Names that the cluster's list of providers gains.
    ProvidersAdded(Vec<String>),
    /// Names that it loses.
    ProvidersRemoved(Vec<String>),
}

/// One thing that differs, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What it is about.
    pub subject: Subject,
    /// At least one.
    pub changes: Vec<SettingChange>,
}

/// Everything that differs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Differences {
    /// In the order in which an export applies it.
    pub differences: Vec<Difference>,
    /// Groups and providers that are deployed and the plan has no use for.
    pub unused: Vec<Subject>,
}

impl Differences {
    /// Whether nothing has to change.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.differences.is_empty()
    }

    /// Whether something about this differs.
    #[must_use]
    pub fn concern(&self, subject: &Subject) -> bool {
        (self.differences.iter()).any(|difference| difference.subject == *subject)
    }
}

/// What of a plan's settings differs from those that a cluster file shows.
#[must_use]
pub fn of_settings(settings: &Settings, cluster: &Cluster) -> Differences {
    let deployed = &cluster.deployed;
    let mut differences = Vec::new();
    for group in &settings.groups {
        let zones = &settings.subnets[group.subnets].zones;
        let now = deployed.group(&group.group);
        differences.push((
            Subject::Group(group.group.clone()),
            of_group(group, zones, now),
        ));
        let now = (deployed.providers.iter())
            .find(|known| aws_names::provider(&known.name) == group.name);
        differences.push((
            Subject::Provider(group.name.clone()),
            of_provider(group, now),
        ));
    }
    for managed in &settings.managed {
        let now = (deployed.providers.iter())
            .find(|known| aws_names::provider(&known.name) == managed.name);
        let subject = Subject::Provider(managed.name.clone());
        differences.push((subject, of_managed(managed, now)));
    }
    if settings.writes_association {
        differences.push((Subject::Association, of_association(settings, deployed)));
    }
    for service in &settings.services {
        let now = (cluster.services.iter())
            .filter(|known| !known.is_standalone())
            .find(|known| aws_names::valid(&known.name) == service.name);
        let now = now.map(|known| (known, cluster.strategy_in_force(known)));
        let now = (now.as_ref()).map(|(known, strategy)| (*known, strategy.as_ref()));
        differences.push((
            Subject::Service(service.name.clone()),
            of_service(service, now),
        ));
    }
    Differences {
        differences: (differences.into_iter())
            .filter(|(_, changes)| !changes.is_empty())
            .map(|(subject, changes)| Difference { subject, changes })
            .collect(),
        unused: unused(settings, deployed),
    }
}

fn unused(settings: &Settings, deployed: &Deployed) -> Vec<Subject> {
    let groups: BTreeSet<&str> = settings.groups.iter().map(|g| g.group.as_str()).collect();
    let providers = settings.providers();
    let unused_groups = (deployed.groups.iter())
        .filter(|group| !groups.contains(group.name.as_str()))
        .map(|group| Subject::Group(group.name.clone()));
    let unused_providers = (deployed.providers.iter())
        .filter(|provider| provider.group.is_some())
        .filter(|provider| !providers.contains(&aws_names::provider(&provider.name).as_str()))
        .map(|provider| Subject::Provider(provider.name.clone()));
    unused_groups.chain(unused_providers).collect()
}

/// The setting's change, unless both values are the same.
fn change(setting: Setting, today: Value, planned: Value) -> Option<SettingChange> {
    (today != planned).then_some(SettingChange::Changed {
        setting,
        today,
        planned,
    })
}

fn switch(setting: Setting, today: bool, planned: bool) -> Option<SettingChange> {
    change(setting, Value::Switch(today), Value::Switch(planned))
}

fn count(setting: Setting, today: impl Into<Option<u64>>, planned: u64) -> Option<SettingChange> {
    let (today, planned) = (Value::Count(today.into()), Value::Count(Some(planned)));
    change(setting, today, planned)
}

/// Types, purchase options, sizes, zones and protection of a group.
fn of_group(
    group: &GroupSettings,
    zones: &[String],
    now: Option<&DeployedGroup>,
) -> Vec<SettingChange> {
    let Some(now) = now else {
        return vec![SettingChange::NewGroup {
            instances: group.planned,
            instance_types: group.instance_types.clone(),
        }];
    };
    let sorted = |items: &[String]| {
        let mut items = items.to_vec();
        items.sort();
        items
    };
    let zones_differ = !zones.is_empty() && sorted(zones) != sorted(&now.zones);
    let buys_spot = group.on_demand_percent < 100;
    // Auto Scaling's own default, and the strategy that a plan's Spot groups ask for.
    let spot = (now.spot_allocation_strategy.as_deref()).unwrap_or("lowest-price");
    let spot = Value::Name(Some(spot.to_owned()));
    let planned_spot = Value::Name(Some("price-capacity-optimized".to_owned()));
    let names = |items: &[String]| Value::Names(items.to_vec());
    // Without overrides the launch template names the type.
    let types_now = if now.override_types.is_empty() {
        &now.instance_types
    } else {
        &now.override_types
    };
    [
        change(
            Setting::InstanceTypes,
            names(types_now),
            names(&group.instance_types),
        ),
        now.has_weights.then_some(SettingChange::WeightsRemoved),
        count(
            Setting::OnDemandBase,
            now.on_demand_base,
            group.on_demand_base,
        ),
        count(
            Setting::OnDemandPercentageAboveBase,
            now.on_demand_percent,
            group.on_demand_percent,
        ),
        change(Setting::SpotAllocationStrategy, spot, planned_spot).filter(|_| buys_spot),
        count(Setting::MinSize, now.min_size, group.min_size),
        count(Setting::MaxSize, now.max_size, group.max_size),
        change(Setting::Zones, names(&now.zones), names(zones)).filter(|_| zones_differ),
        switch(
            Setting::ProtectedFromScaleIn,
            now.protected_from_scale_in,
            group.is_protected(),
        ),
        switch(Setting::ManagedTag, now.managed_tag, true),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Managed scaling, termination protection and draining of a provider.
fn of_provider(group: &GroupSettings, now: Option<&DeployedProvider>) -> Vec<SettingChange> {
    let Some(now) = now else {
        return vec![SettingChange::NewProvider {
            group: group.group.clone(),
        }];
    };
    let scaling = group.scaling;
    let now_group = now.group.as_ref().map(|group| group.name.clone());
    [
        change(
            Setting::Group,
            Value::Name(now_group),
            Value::Name(Some(group.group.clone())),
        ),
        switch(Setting::ManagedScaling, now.scaling, scaling.enabled),
        count(
            Setting::TargetCapacity,
            now.target_capacity,
            scaling.target_capacity,
        ),
        count(Setting::MinimumStep, now.minimum_step, scaling.minimum_step),
        count(Setting::MaximumStep, now.maximum_step, scaling.maximum_step),
        count(
            Setting::WarmupSeconds,
            now.warmup_seconds,
            scaling.warmup_seconds,
        ),
        switch(
            Setting::ManagedTerminationProtection,
            now.termination_protection,
            group.is_protected(),
        ),
        switch(Setting::ManagedDraining, now.draining, true),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Types of a provider of Managed Instances; the API gives no other setting that a plan has.
fn of_managed(managed: &ManagedSettings, now: Option<&DeployedProvider>) -> Vec<SettingChange> {
    let Some(now) = now else {
        return vec![SettingChange::NewManagedProvider {
            instances: managed.planned,
            instance_types: managed.instance_types.clone(),
        }];
    };
    let today = now.managed.clone().unwrap_or_default();
    let sorted = |types: &[String]| {
        let mut types = types.to_vec();
        types.sort();
        Value::Names(types)
    };
    change(
        Setting::InstanceTypes,
        sorted(&today.instance_types),
        sorted(&managed.instance_types),
    )
    .into_iter()
    .collect()
}

/// Names that the cluster's list gains and loses. Fargate's own providers are in every reply of the API, so that their
/// presence in the file says nothing.
fn of_association(settings: &Settings, deployed: &Deployed) -> Vec<SettingChange> {
    let planned: BTreeSet<String> = (settings.association().into_iter())
        .map(str::to_owned)
        .collect();
    // Providers of Managed Instances are on the list by themselves.
    let known = (deployed.providers.iter())
        .filter(|provider| provider.managed.is_none())
        .map(|provider| &provider.name);
    let now: BTreeSet<String> = (known.chain(&deployed.listed))
        .map(|name| match Capacity::of_fargate_provider(name) {
            Some(_) => name.clone(),
            None => aws_names::provider(name),
        })
        .filter(|name| planned.contains(name) || Capacity::of_fargate_provider(name).is_none())
        .filter(|name| !settings.is_managed(name) && !is_managed_today(deployed, name))
        .collect();
    let gains: Vec<String> = planned.difference(&now).cloned().collect();
    let losses: Vec<String> = now.difference(&planned).cloned().collect();
    let mut changes = Vec::new();
    if !gains.is_empty() {
        changes.push(SettingChange::ProvidersAdded(gains));
    }
    if !losses.is_empty() {
        changes.push(SettingChange::ProvidersRemoved(losses));
    }
    changes
}

/// Whether a name on the cluster's list is that of a provider of Managed Instances.
fn is_managed_today(deployed: &Deployed, name: &str) -> bool {
    (deployed.providers.iter())
        .any(|known| known.managed.is_some() && aws_names::provider(&known.name) == name)
}

/// Strategy, as a ratio, and placement of a service.
fn of_service(
    service: &ServiceSettings,
    now: Option<(&Service, &[StrategyItem])>,
) -> Vec<SettingChange> {
    let planned = by_provider(&service.strategy);
    let Some((now, items)) = now else {
        return vec![SettingChange::UnknownService { strategy: planned }];
    };
    let given: Vec<u64> = items.iter().map(|item| item.weight).collect();
    let strategy: Vec<WeightedItem> = (items.iter().zip(weights::small(&given)))
        .map(|(item, weight)| WeightedItem {
            provider: match Capacity::of_fargate_provider(&item.capacity_provider) {
                Some(_) => item.capacity_provider.clone(),
                None => aws_names::provider(&item.capacity_provider),
            },
            base: item.base,
            weight,
        })
        .collect();
    let placement: Vec<Placement> = now.placement_strategy.iter().map(as_placement).collect();
    [
        change(
            Setting::Strategy,
            Value::Strategy(by_provider(&strategy)),
            Value::Strategy(planned),
        ),
        change(
            Setting::PlacementStrategy,
            Value::Placement(placement),
            Value::Placement(service.placement.clone()),
        )
        .filter(|_| service.takes_placement()),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// A placement strategy as the API has it.
fn as_placement(strategy: &PlacementStrategy) -> Placement {
    let (kind, field) = match strategy {
        PlacementStrategy::Random => ("random", None),
        PlacementStrategy::Spread(field) => ("spread", Some(field.clone())),
        PlacementStrategy::Binpack(field) => ("binpack", Some(field.clone())),
    };
    Placement { kind, field }
}

/// Items that send a task somewhere, by the names of their providers: the order of a strategy means nothing to ECS.
fn by_provider(strategy: &[WeightedItem]) -> Vec<WeightedItem> {
    let mut items: Vec<WeightedItem> = (strategy.iter())
        .filter(|item| item.base > 0 || item.weight > 0)
        .cloned()
        .collect();
    items.sort_by(|a, b| a.provider.cmp(&b.provider));
    items
}

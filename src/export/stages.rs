//! From the settings of a plan and what is deployed to the stages in which AWS accepts them, with the bill after each.
//!
//! For a provider p and a kind of instance k (type and purchase option), t(p, k) run today and n(p, k) are planned. The bill
//! - today: Σ t · price;
//! - with the new groups: for each planned group as many more instances as its smallest size asks for, the dearest of its
//!   rows first;
//! - after a service has moved: for each provider that a service has moved to, max(t, n) instead of t;
//! - after a provider that leaves is gone: without its t; after a group has its planned sizes: n in place of max(t, n);
//! - at the end: Σ n · price, the plan's rows.
//!
//! Instances of today in no provider, which the plan does not keep, are in every one of these: no stage takes them away.
//!
//! Tasks on Fargate count from the moment their service has moved, or all along where it does not move. Those that run there
//! today and move to instances are in no cluster file's bill of today, and so in none of these.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::Facts;
use crate::diff::is_same_ratio;
use crate::domain::aws_names;
use crate::domain::capacity::Capacity;
use crate::domain::money::UsdPerHour;
use crate::domain::plan::{FleetPlan, StrategyItem};
use crate::domain::settings::{GroupSettings, ServiceSettings, Settings, WeightedItem};
use crate::domain::stages::{
    BilledInstances, LeavingProvider, Move, NarrowedGroup, OtherProviders, StageBills, Stages,
};

/// The stages; `None` where everything can be set at once, since no provider leaves and no group gets smaller.
pub(super) fn stages(plan: &FleetPlan, settings: &Settings, facts: &Facts<'_>) -> Option<Stages> {
    let stays = |name: &str| settings.others.names().any(|other| other == name);
    let mut leaving = not_planned(settings, facts);
    leaving.retain(|it| {
        let is_used = it.is_managed && is_used_elsewhere(&it.name, settings, facts);
        !stays(&it.name) && !is_used
    });
    let mut narrowed: Vec<NarrowedGroup> = (settings.groups.iter())
        .filter_map(|group| narrowed(group, facts))
        .collect();
    if leaving.is_empty() && narrowed.is_empty() {
        return None;
    }
    let moving: Vec<&ServiceSettings> = (settings.services.iter()).filter(|it| moves(it)).collect();
    let bill = facts
        .billed
        .as_deref()
        .map(|billed| Bill::new(plan, settings, billed));
    let moved = |count: usize| bill.as_ref().map(|bill| bill.after(&moving, count));
    let moves = (moving.iter().enumerate())
        .map(|(index, service)| Move {
            service: service.name.clone(),
            today: service.strategy_today.clone(),
            bill: moved(index + 1),
        })
        .collect();
    if let Some(bill) = &bill {
        bill.after_each_end(&moving, settings, (&mut leaving, &mut narrowed));
    }
    Some(Stages {
        leaving,
        default_strategy: default_strategy(settings, facts),
        narrowed,
        moves,
        bills: bill.map(|bill| StageBills {
            today: bill.today(&moving),
            added: bill.after(&moving, 0),
            moved: bill.after(&moving, moving.len()),
            retired: bill.retired(),
            outside: bill.outside(),
        }),
    })
}

/// Whether a service gets another strategy than it has.
fn moves(service: &ServiceSettings) -> bool {
    let items = |items: &[WeightedItem]| -> Vec<StrategyItem> {
        (items.iter())
            .map(|item| StrategyItem {
                capacity_provider: item.provider.clone(),
                base: item.base,
                weight: item.weight,
            })
            .collect()
    };
    !is_same_ratio(&items(&service.strategy_today), &items(&service.strategy))
}

/// Providers of today that stay on the cluster's list though they have no place in the plan.
///
/// `PutClusterCapacityProviders` takes the whole list, so that what is not named is taken off.
pub(super) fn others(settings: &Settings, facts: &Facts<'_>) -> OtherProviders {
    let mut others = OtherProviders::default();
    // One of Managed Instances is on the list by itself.
    let of_the_list = not_planned(settings, facts).into_iter();
    for provider in of_the_list.filter(|provider| !provider.is_managed) {
        let name = provider.name;
        let list = if is_used_elsewhere(&name, settings, facts) {
            &mut others.used
        } else if Capacity::of_fargate_provider(&name).is_some() {
            &mut others.of_fargate
        } else if provider.group.is_none() && !is_named(&name, facts) {
            &mut others.unknown
        } else {
            continue;
        };
        list.push(name);
    }
    others
}

/// Providers of today without a place in the plan: those with a group, those that a strategy names, and those of the
/// cluster's own list.
fn not_planned(settings: &Settings, facts: &Facts<'_>) -> Vec<LeavingProvider> {
    let planned: BTreeSet<&str> = settings.providers().into_iter().collect();
    let deployed = (facts.deployed.providers.iter())
        .filter(|provider| provider.group.is_some() || provider.managed.is_some())
        .map(|provider| LeavingProvider {
            name: aws_names::provider(&provider.name),
            group: (provider.group.as_ref()).map(|group| aws_names::group(&group.name)),
            is_managed: provider.managed.is_some(),
            bill: None,
        });
    let of_left_out = (facts.deployed.left_out.iter()).flat_map(|service| &service.providers);
    let without_group = (in_strategies(facts))
        .chain(of_left_out)
        .chain(&facts.deployed.listed)
        .map(|name| LeavingProvider {
            name: exported(name),
            group: None,
            is_managed: false,
            bill: None,
        });
    let mut seen = BTreeSet::new();
    (deployed.chain(without_group))
        .filter(|it| !planned.contains(it.name.as_str()) && seen.insert(it.name.clone()))
        .collect()
}

/// Names of providers in the strategies of services and in the cluster's default strategy.
fn in_strategies<'a>(facts: &'a Facts<'_>) -> impl Iterator<Item = &'a String> {
    (facts.services.values())
        .flat_map(|service| &service.strategy)
        .chain(&facts.deployed.default_strategy)
        .map(|item| &item.capacity_provider)
}

/// Whether a strategy names the provider.
fn is_named(provider: &str, facts: &Facts<'_>) -> bool {
    in_strategies(facts).any(|name| exported(name) == provider)
}

/// A provider's name in the export.
fn exported(name: &str) -> String {
    match Capacity::of_fargate_provider(name) {
        Some(_) => name.to_owned(),
        None => aws_names::provider(name),
    }
}

/// Whether services or tasks that the export does not move name the provider.
fn is_used_elsewhere(provider: &str, settings: &Settings, facts: &Facts<'_>) -> bool {
    let is_moved = |name: &str| {
        let name = aws_names::valid(name);
        settings.services.iter().any(|service| service.name == name)
    };
    (facts.services.iter())
        .filter(|(name, _)| !is_moved(name))
        .flat_map(|(_, service)| &service.strategy)
        .any(|item| exported(&item.capacity_provider) == provider)
        || is_held(provider, facts)
}

/// Whether services that no plan knows stand on it.
fn is_held(provider: &str, facts: &Facts<'_>) -> bool {
    let of_groups = facts.deployed.providers.iter().map(|known| &known.name);
    let of_left_out = (facts.deployed.left_out.iter()).flat_map(|service| &service.providers);
    (of_groups.filter(|name| Capacity::of_fargate_provider(name).is_none()))
        .chain(of_left_out)
        .filter(|name| exported(name) == provider)
        .any(|name| facts.deployed.is_held(Some(name)))
}

/// A group that stays and has more instances than it may have, or instances of another type.
fn narrowed(group: &GroupSettings, facts: &Facts<'_>) -> Option<NarrowedGroup> {
    if is_held(&group.name, facts) {
        return None;
    }
    let deployed = (facts.deployed.groups.iter())
        .find(|known| aws_names::group(&known.name) == group.group)?;
    let observed = (facts.observed.iter())
        .find(|(provider, _)| exported(provider) == group.name)
        .map(|(_, observed)| observed);
    let count = observed.map_or(0, |observed| observed.count);
    let today = count.max(deployed.desired_capacity.unwrap_or(0));
    let is_retyped = observed.is_some_and(|observed| {
        (observed.types.iter()).any(|kind| !group.instance_types.contains(kind))
    });
    let room = if is_retyped {
        today.saturating_add(group.max_size)
    } else {
        today
    };
    (is_retyped || today > group.max_size).then(|| NarrowedGroup {
        group: group.group.clone(),
        max_size: room.max(deployed.max_size.unwrap_or(0)),
        is_retyped,
        bill: None,
    })
}

fn default_strategy(settings: &Settings, facts: &Facts<'_>) -> Vec<WeightedItem> {
    let today = &facts.deployed.default_strategy;
    if today.is_empty() {
        return settings.default_strategy.clone();
    }
    (today.iter())
        .map(|item| WeightedItem {
            provider: exported(&item.capacity_provider),
            base: item.base,
            weight: item.weight,
        })
        .collect()
}

/// The provider of instances in none.
const OUTSIDE: &str = "";

fn provider_of(name: &str) -> String {
    if name.is_empty() {
        OUTSIDE.to_owned()
    } else {
        exported(name)
    }
}

/// Type and purchase option.
type Kind = (String, Capacity);

/// Cost of each instance by kind, the dearest first.
type Fleet = BTreeMap<Kind, Vec<UsdPerHour>>;

/// What runs today and what is planned, by provider.
struct Bill<'a> {
    settings: &'a Settings,
    today: BTreeMap<String, Fleet>,
    planned: BTreeMap<String, Fleet>,
    /// Tasks on Fargate by service.
    fargate: BTreeMap<String, UsdPerHour>,
}

impl<'a> Bill<'a> {
    fn new(plan: &FleetPlan, settings: &'a Settings, billed: &[BilledInstances]) -> Self {
        let mut today = BTreeMap::new();
        for row in billed {
            let provider = provider_of(row.provider.as_deref().unwrap_or_default());
            let kind = (row.instance_type.clone(), row.purchase_option);
            add(&mut today, provider, kind, (row.count, row.usd_per_hour));
        }
        let mut planned = BTreeMap::new();
        for row in &plan.instances {
            let kind = (row.instance_type.clone(), row.purchase_option);
            let provider = provider_of(&row.capacity_provider);
            add(&mut planned, provider, kind, (row.count, row.usd_per_hour));
        }
        let mut fargate: BTreeMap<String, UsdPerHour> = BTreeMap::new();
        for row in &plan.fargate_tasks {
            let bill = fargate.entry(aws_names::valid(&row.service_name));
            *bill.or_default() += row.usd_per_hour * row.count;
        }
        Self {
            settings,
            today,
            planned,
            fargate,
        }
    }

    fn today(&self, moving: &[&ServiceSettings]) -> UsdPerHour {
        let instances: UsdPerHour = self.today.values().map(total).sum();
        instances + self.fargate_of(|name| !moving.iter().any(|it| it.name == name))
    }

    /// With the new groups there and so many of the services moved.
    fn after(&self, moving: &[&ServiceSettings], count: usize) -> UsdPerHour {
        let (moved, waiting) = moving.split_at(count);
        let reached = |provider: &str| {
            waiting.is_empty()
                || (moved.iter())
                    .flat_map(|service| &service.strategy)
                    .any(|item| item.provider == provider)
        };
        let providers: BTreeSet<&String> = self.today.keys().chain(self.planned.keys()).collect();
        let instances: UsdPerHour = (providers.into_iter())
            .map(|provider| self.beside(provider, reached(provider)))
            .sum();
        instances + self.fargate_of(|name| !waiting.iter().any(|it| it.name == name))
    }

    /// Today's instances of a provider with the planned ones beside them: all, or as many as its smallest size asks for.
    fn beside(&self, provider: &str, is_reached: bool) -> UsdPerHour {
        let nothing = Fleet::new();
        let today = self.today.get(provider).unwrap_or(&nothing);
        let planned = self.planned.get(provider).unwrap_or(&nothing);
        let mut more: Vec<UsdPerHour> = (planned.iter())
            .flat_map(|(kind, prices)| {
                let running = today.get(kind).map_or(0, Vec::len);
                &prices[..prices.len().saturating_sub(running)]
            })
            .copied()
            .collect();
        if !is_reached {
            more.sort_by(|a, b| b.cmp(a));
            let running: usize = today.values().map(Vec::len).sum();
            let group = self.settings.groups.iter().find(|it| it.name == provider);
            let least = group.map_or(0, |it| usize::try_from(it.min_size).unwrap_or(usize::MAX));
            more.truncate(least.saturating_sub(running));
        }
        total(today) + more.into_iter().sum()
    }

    /// The bill after each provider that leaves and each group that gets its planned sizes, one after another.
    fn after_each_end(
        &self,
        moving: &[&ServiceSettings],
        settings: &Settings,
        (leaving, narrowed): (&mut [LeavingProvider], &mut [NarrowedGroup]),
    ) {
        let of = |fleets: &BTreeMap<String, Fleet>, name: &str| {
            fleets.get(name).map_or(UsdPerHour::ZERO, total)
        };
        let mut bill = self.after(moving, moving.len());
        for provider in leaving {
            bill = bill - of(&self.today, &provider.name);
            provider.bill = Some(bill);
        }
        for group in narrowed {
            let provider = settings.groups.iter().find(|it| it.group == group.group);
            if let Some(provider) = provider {
                let name = provider.name.as_str();
                bill = bill - self.beside(name, true) + of(&self.planned, name);
            }
            group.bill = Some(bill);
        }
    }

    fn retired(&self) -> UsdPerHour {
        let instances: UsdPerHour = self.planned.values().map(total).sum();
        instances + self.outside() + self.fargate_of(|_| true)
    }

    /// Today's instances in no provider that the plan does not keep.
    fn outside(&self) -> UsdPerHour {
        let kept = |kind: &Kind| {
            let fleet = self.planned.get(OUTSIDE);
            fleet.and_then(|fleet| fleet.get(kind)).map_or(0, Vec::len)
        };
        (self.today.get(OUTSIDE).into_iter().flatten())
            .flat_map(|(kind, prices)| &prices[kept(kind).min(prices.len())..])
            .copied()
            .sum()
    }

    fn fargate_of(&self, counts: impl Fn(&str) -> bool) -> UsdPerHour {
        (self.fargate.iter())
            .filter(|(name, _)| counts(name))
            .map(|(_, bill)| *bill)
            .sum()
    }
}

fn add(
    fleets: &mut BTreeMap<String, Fleet>,
    provider: String,
    kind: Kind,
    (count, price): (u64, UsdPerHour),
) {
    let prices = fleets.entry(provider).or_default().entry(kind).or_default();
    prices.extend((0..count).map(|_| price));
    prices.sort_by(|a, b| b.cmp(a));
}

fn total(fleet: &Fleet) -> UsdPerHour {
    fleet.values().flatten().copied().sum()
}

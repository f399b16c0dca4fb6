//! The cluster as it is today: its own instances or groups, and the strategies that its services have.
//!
//! A service's tasks go by its own capacity provider strategy, else by the cluster's default where it names no
//! launch type. Tasks of Fargate need no instance and are left out. What the file does not say is said in the
//! notes, and only that.

use std::collections::BTreeSet;

use crate::catalogue::Catalogue;
use crate::domain::capacity::ProviderKind;
use crate::domain::cluster::Cluster;
use crate::domain::money::UsdPerHour;
use crate::domain::plan::StrategyItem as Item;
use crate::domain::service::Service;
use crate::domain::task::LaunchType;
use crate::simulate::fleet::{
    Fleet, LeftOut, TodayError, of_groups_only, of_today, with_launchable,
};
use crate::simulate::note::Note;
use crate::simulate::providers::StrategyItem;
use crate::simulate::workload::{ClassId, Workload};
use crate::simulate::world::World;

use super::{Setup, SetupOptions, revise};

/// The cluster's own container instances and tasks.
///
/// # Errors
/// Every instance whose type has no price.
pub fn of_today_only(
    cluster: &Cluster,
    catalogue: &Catalogue,
    options: &SetupOptions,
) -> Result<Setup, Vec<TodayError>> {
    let mut fleet = of_today(cluster, catalogue)?;
    let mut left_out = Vec::new();
    if options.launchable {
        let launchable = with_launchable(fleet, cluster, catalogue);
        (fleet, left_out) = (launchable.fleet, launchable.left_out);
    }
    let mut setup = settled(cluster, &fleet, options);
    setup.note_left_out(&left_out);
    setup.usd_per_hour = fleet.usd_per_hour();
    if !options.any_provider {
        let without = setup.take_strategies_of_today(cluster, options);
        setup.note_free_tasks(&without);
        setup.note_unreachable_instances();
    }
    Ok(setup)
}

/// The Auto Scaling groups of the cluster file, with no instance yet: for each type with a price, each way in
/// which the group buys and each of its zones that has it a host. Tasks of a service without a strategy go to the
/// providers that can run them in equal shares.
#[must_use]
pub fn of_groups(cluster: &Cluster, catalogue: &Catalogue, options: &SetupOptions) -> Setup {
    let launchable = of_groups_only(cluster, catalogue);
    let mut setup = settled(cluster, &launchable.fleet, options);
    setup.note_left_out(&launchable.left_out);
    let without = setup.take_strategies_of_today(cluster, options);
    if !without.is_empty() {
        let service_names = setup.names(&without);
        setup.notes.push(Note::EqualShares { service_names });
    }
    for class in without {
        let providers: BTreeSet<usize> = (setup.world.eligible[class].iter())
            .filter_map(|&cell| setup.world.cells[cell].provider)
            .collect();
        let items = (providers.iter())
            .map(|&provider| StrategyItem {
                provider,
                kind: ProviderKind::AutoScalingGroup,
                base: 0,
                weight: 1,
            })
            .collect();
        // Without a group that can run them, tasks wait in any case.
        if !providers.is_empty() {
            let name = &cluster.services[setup.world.workload.classes[class].service].name;
            setup.take_strategy(class, name, items, &options.choices);
        }
    }
    setup
}

/// The world of a fleet of today, without the tasks of Fargate.
fn settled(cluster: &Cluster, fleet: &Fleet, options: &SetupOptions) -> Setup {
    let mut workload = Workload::new(cluster, options.strategy.as_deref());
    let mut fargate_tasks = 0;
    for class in &mut workload.classes {
        if is_on_fargate(cluster, &cluster.services[class.service]) {
            fargate_tasks += std::mem::take(&mut class.count);
        }
    }
    let revisions = revise(&mut workload, options);
    let mut setup = Setup {
        usd_per_hour: UsdPerHour::ZERO,
        world: World::new(cluster, fleet, workload),
        fargate_tasks,
        unplaced: 0,
        fargate_usd_per_hour: UsdPerHour::ZERO,
        revisions,
        notes: Vec::new(),
    };
    if fargate_tasks > 0 {
        setup.notes.push(Note::FargateToday {
            tasks: fargate_tasks,
        });
    }
    setup
}

/// Names of the services whose tasks run on Fargate today.
#[must_use]
pub fn on_fargate_today(cluster: &Cluster) -> BTreeSet<&str> {
    (cluster.services.iter())
        .filter(|service| is_on_fargate(cluster, service))
        .map(|service| service.name.as_str())
        .collect()
}

/// Whether the service's tasks run on Fargate today.
fn is_on_fargate(cluster: &Cluster, service: &Service) -> bool {
    let strategy = cluster.strategy_today(service);
    let of_fargate = |item: &Item| kind(&item.capacity_provider).is_fargate();
    service.launch_type == Some(LaunchType::Fargate)
        || (!strategy.is_empty() && strategy.iter().all(of_fargate))
}

/// Fargate's two providers have names of their own in ECS, which no other provider can have.
fn kind(provider: &str) -> ProviderKind {
    [ProviderKind::Fargate, ProviderKind::FargateSpot]
        .into_iter()
        .find(|kind| kind.word() == provider)
        .unwrap_or(ProviderKind::AutoScalingGroup)
}

impl Setup {
    /// Types of groups that the run does not launch, one note a group.
    fn note_left_out(&mut self, left_out: &[LeftOut]) {
        let by_group = left_out.chunk_by(|a, b| a.group == b.group);
        self.notes
            .extend(by_group.map(|of_group| Note::TypesLeftOut {
                left_out: of_group.to_vec(),
            }));
    }

    /// Strategies of today; answers the services with tasks on instances that have none.
    fn take_strategies_of_today(
        &mut self,
        cluster: &Cluster,
        options: &SetupOptions,
    ) -> Vec<ClassId> {
        let mut without = Vec::new();
        let mut unknown: BTreeSet<&str> = BTreeSet::new();
        for class in 0..self.world.workload.classes.len() {
            let service = &cluster.services[self.world.workload.classes[class].service];
            if service.is_daemon() || service.is_external() || is_on_fargate(cluster, service) {
                continue;
            }
            let strategy = cluster.strategy_today(service);
            if strategy.is_empty() {
                without.push(class);
                continue;
            }
            let known = self.world.providers.len();
            let items = (strategy.iter())
                .map(|item| {
                    let provider = self.world.provider(&item.capacity_provider);
                    if provider >= known {
                        unknown.insert(&item.capacity_provider);
                    }
                    StrategyItem {
                        provider,
                        kind: kind(&item.capacity_provider),
                        base: u32::try_from(item.base).unwrap_or(u32::MAX),
                        weight: u32::try_from(item.weight).unwrap_or(u32::MAX),
                    }
                })
                .collect();
            self.take_strategy(class, &service.name, items, &options.choices);
        }
        if !unknown.is_empty() {
            self.notes.push(Note::ProvidersWithoutInstances {
                capacity_providers: unknown.into_iter().map(str::to_owned).collect(),
            });
        }
        without
    }

    fn note_free_tasks(&mut self, without: &[ClassId]) {
        if without.is_empty() {
            return;
        }
        let is_any = self.world.strategies.iter().any(Option::is_some);
        self.notes.push(if is_any {
            Note::AnyInstance {
                service_names: self.names(without),
            }
        } else {
            Note::NoStrategies
        });
    }

    fn names(&self, classes: &[ClassId]) -> Vec<String> {
        let name = |&class: &ClassId| self.world.workload.classes[class].name.clone();
        classes.iter().map(name).collect()
    }
}

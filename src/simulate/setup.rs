//! From a cluster, with or without a plan for it, to the world of a replay.

use std::collections::BTreeMap;

use crate::catalogue::Catalogue;
use crate::domain::capacity::ProviderKind;
use crate::domain::cluster::Cluster;
use crate::domain::money::UsdPerHour;
use crate::domain::placement::PlacementStrategy;
use crate::domain::plan::{FleetPlan, PlannedService};

use super::choices::Choices;
use super::fleet::{Fleet, TodayError, fargate_tasks, of_groups_only, of_plan, of_today};
use super::providers::{ProviderStrategy, StrategyItem};
use super::workload::{ClassId, Workload};
use super::world::World;

/// What a replay may change of what the files say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SetupOptions {
    /// Placement strategies of every service, in place of its own.
    pub strategy: Option<Vec<PlacementStrategy>>,
    /// Leave capacity provider strategies out: every task may use any instance.
    pub any_provider: bool,
    /// A service that gets a second revision, by position in the cluster.
    pub revision_of: Option<usize>,
    /// Undocumented choices.
    pub choices: Choices,
}

/// A world, and what runs outside it.
#[derive(Debug, Clone)]
pub struct Setup {
    /// What tasks are placed on.
    pub world: World,
    /// Tasks on Fargate, which always find a place.
    pub fargate_tasks: u64,
    /// Tasks that the plan itself leaves without a place; they are not replayed.
    pub unplaced: u64,
    /// Cost of instances and Fargate tasks.
    pub usd_per_hour: UsdPerHour,
    /// Of that, Fargate tasks.
    pub fargate_usd_per_hour: UsdPerHour,
    /// The two revisions, where a service has two.
    pub revisions: Option<(ClassId, ClassId)>,
    /// What the reader should know.
    pub notes: Vec<String>,
}

/// The fleet of a plan and the cluster's tasks. The plan has been found to be for the cluster
/// ([`crate::io::plan_findings`]).
#[must_use]
pub fn with_plan(
    cluster: &Cluster,
    catalogue: &Catalogue,
    plan: &FleetPlan,
    options: &SetupOptions,
) -> Setup {
    let fleet = of_plan(cluster, catalogue, plan);
    let (on_fargate, fargate_cost) = fargate_tasks(plan);
    let planned: BTreeMap<&str, &PlannedService> = (plan.services.iter())
        .map(|service| (service.service_name.as_str(), service))
        .collect();
    let with_strategies = with_planned_strategies(cluster, &planned);
    let mut workload = Workload::new(&with_strategies, options.strategy.as_deref());
    let mut all_unplaced = 0;
    for class in &mut workload.classes {
        let unplaced: u64 = (plan.unplaced.iter())
            .filter(|unplaced| unplaced.service_name == class.name)
            .map(|unplaced| unplaced.count)
            .sum();
        let elsewhere = on_fargate.get(class.name.as_str()).copied().unwrap_or(0);
        all_unplaced += unplaced.min(class.count.saturating_sub(elsewhere));
        class.count = class.count.saturating_sub(elsewhere + unplaced);
    }
    let revisions = revise(&mut workload, options);
    let mut setup = Setup {
        world: World::new(cluster, &fleet, workload),
        fargate_tasks: on_fargate.values().sum(),
        unplaced: all_unplaced,
        usd_per_hour: fleet.usd_per_hour() + fargate_cost,
        fargate_usd_per_hour: fargate_cost,
        revisions,
        notes: Vec::new(),
    };
    if !options.any_provider {
        setup.take_strategies(cluster, plan, &planned, &options.choices);
        setup.note_unreachable_instances();
    }
    setup
}

/// The cluster's own container instances and tasks.
///
/// # Errors
/// Every instance whose type has no price.
pub fn of_today_only(
    cluster: &Cluster,
    catalogue: &Catalogue,
    options: &SetupOptions,
) -> Result<Setup, Vec<TodayError>> {
    let fleet: Fleet = of_today(cluster, catalogue)?;
    let mut workload = Workload::new(cluster, options.strategy.as_deref());
    let revisions = revise(&mut workload, options);
    Ok(Setup {
        usd_per_hour: fleet.usd_per_hour(),
        world: World::new(cluster, &fleet, workload),
        fargate_tasks: 0,
        unplaced: 0,
        fargate_usd_per_hour: UsdPerHour::ZERO,
        revisions,
        notes: vec![
            "the file says nothing of capacity provider strategies: tasks may use any instance"
                .to_owned(),
        ],
    })
}

/// The Auto Scaling groups of the cluster file, with no instance yet: for each type with a price and each zone
/// that has it a host, bought On-Demand. A service's tasks go to the groups that can run them in equal shares.
#[must_use]
pub fn of_groups(cluster: &Cluster, catalogue: &Catalogue, options: &SetupOptions) -> Setup {
    let fleet = of_groups_only(cluster, catalogue);
    let mut workload = Workload::new(cluster, options.strategy.as_deref());
    let revisions = revise(&mut workload, options);
    let mut setup = Setup {
        usd_per_hour: UsdPerHour::ZERO,
        world: World::new(cluster, &fleet, workload),
        fargate_tasks: 0,
        unplaced: 0,
        fargate_usd_per_hour: UsdPerHour::ZERO,
        revisions,
        notes: vec![
            "the groups of the cluster file: On-Demand, managed scaling by default, up to maxInstances each; a \
             service's tasks go in equal shares to the groups that can run them"
                .to_owned(),
        ],
    };
    for class in 0..setup.world.workload.classes.len() {
        let world = &setup.world;
        let mut providers: Vec<usize> = (world.eligible[class].iter())
            .filter_map(|&cell| world.cells[cell].provider)
            .collect();
        providers.sort_unstable();
        providers.dedup();
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
            let name = &cluster.services[world.workload.classes[class].service].name;
            setup.take_strategy(class, name, items, &options.choices);
        }
    }
    setup
}

fn revise(workload: &mut Workload, options: &SetupOptions) -> Option<(ClassId, ClassId)> {
    let old = options.revision_of?;
    Some((old, workload.add_revision(old)))
}

impl Setup {
    fn note_unreachable_instances(&mut self) {
        let outside: u64 = (self.world.hosts.iter())
            .filter(|host| {
                host.host.capacity_provider.is_none() && !host.host.purchase_option.is_external()
            })
            .map(|host| host.count)
            .sum();
        if outside > 0 && self.world.strategies.iter().any(Option::is_some) {
            self.notes.push(format!(
                "{outside} instances are in no capacity provider: ECS places no task of a service with a capacity \
                 provider strategy on them"
            ));
        }
    }

    fn take_strategies(
        &mut self,
        cluster: &Cluster,
        plan: &FleetPlan,
        planned: &BTreeMap<&str, &PlannedService>,
        choices: &Choices,
    ) {
        for class in 0..self.world.workload.classes.len() {
            let name = &cluster.services[self.world.workload.classes[class].service].name;
            let items: Vec<StrategyItem> = (planned.get(name.as_str()).into_iter())
                .flat_map(|service| &service.capacity_provider_strategy)
                .map(|item| StrategyItem {
                    provider: self.world.provider(&item.capacity_provider),
                    kind: kind(plan, &item.capacity_provider),
                    base: u32::try_from(item.base).unwrap_or(u32::MAX),
                    weight: u32::try_from(item.weight).unwrap_or(u32::MAX),
                })
                .collect();
            if items.is_empty() {
                continue;
            }
            self.take_strategy(class, name, items, choices);
        }
    }

    /// Tasks of the class go by the strategy; one that ECS would refuse is left out, and said.
    fn take_strategy(
        &mut self,
        class: ClassId,
        name: &str,
        items: Vec<StrategyItem>,
        choices: &Choices,
    ) {
        match ProviderStrategy::try_new(items, choices) {
            Ok(strategy) => self.world.strategies[class] = Some(strategy),
            Err(errors) => {
                let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
                self.notes.push(format!(
                    "ECS would refuse the capacity provider strategy of {name} ({}); its tasks may use any \
                     instance here",
                    errors.join("; ")
                ));
            }
        }
    }
}

/// The cluster with the placement strategies that the plan gives its services.
fn with_planned_strategies(
    cluster: &Cluster,
    planned: &BTreeMap<&str, &PlannedService>,
) -> Cluster {
    let mut cluster = cluster.clone();
    for service in &mut cluster.services {
        if let Some(planned) = planned.get(service.name.as_str())
            && !planned.placement_strategy.is_empty()
        {
            service
                .placement_strategy
                .clone_from(&planned.placement_strategy);
        }
    }
    cluster
}

fn kind(plan: &FleetPlan, provider: &str) -> ProviderKind {
    let known = plan.capacity_providers.iter().find(|p| p.name == provider);
    known.map_or(ProviderKind::AutoScalingGroup, |provider| provider.kind)
}

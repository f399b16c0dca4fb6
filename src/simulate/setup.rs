//! From a cluster, with or without a plan for it, to the world of a replay.

mod today;

use std::collections::BTreeMap;

use crate::catalogue::Catalogue;
use crate::domain::capacity::ProviderKind;
use crate::domain::cluster::Cluster;
use crate::domain::money::UsdPerHour;
use crate::domain::placement::PlacementStrategy;
use crate::domain::plan::{FleetPlan, PlannedService};

use super::choices::Choices;
use super::fleet::{fargate_tasks, of_plan};
use super::note::Note;
use super::providers::{ProviderStrategy, StrategyItem};
use super::workload::{ClassId, Workload};
use super::world::World;

pub use today::{of_groups, of_today_only, on_fargate_today};

/// What a replay may change of what the files say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SetupOptions {
    /// Placement strategies of every service, in place of its own.
    pub strategy: Option<Vec<PlacementStrategy>>,
    /// Leave capacity provider strategies out: every task may use any instance.
    pub any_provider: bool,
    /// A service that gets a second revision, by position in the cluster.
    pub revision_of: Option<usize>,
    /// Of today's fleet also what its groups may launch, with no instance of it.
    pub launchable: bool,
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
    /// Of that, what needs no group: Fargate tasks and Managed Instances.
    pub fargate_usd_per_hour: UsdPerHour,
    /// The two revisions, where a service has two.
    pub revisions: Option<(ClassId, ClassId)>,
    /// What the reader should know.
    pub notes: Vec<Note>,
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
    let on_managed = plan.tasks_on_managed_instances();
    let planned: BTreeMap<&str, &PlannedService> = (plan.services.iter())
        .map(|service| (service.service_name.as_str(), service))
        .collect();
    let with_strategies = with_planned_strategies(cluster, &planned);
    let mut workload = Workload::new(&with_strategies, options.strategy.as_deref());
    let (mut all_unplaced, mut managed_tasks) = (0, 0);
    for class in &mut workload.classes {
        let unplaced: u64 = (plan.unplaced.iter())
            .filter(|unplaced| unplaced.service_name == class.name)
            .map(|unplaced| unplaced.count)
            .sum();
        if class.daemon {
            continue;
        }
        let there =
            |tasks: &BTreeMap<&str, u64>| tasks.get(class.name.as_str()).copied().unwrap_or(0);
        let elsewhere = there(&on_fargate) + there(&on_managed);
        managed_tasks += there(&on_managed);
        all_unplaced += unplaced.min(class.count.saturating_sub(elsewhere));
        class.count = class.count.saturating_sub(elsewhere + unplaced);
    }
    let revisions = revise(&mut workload, options);
    let mut setup = Setup {
        world: World::new(cluster, &fleet, workload),
        fargate_tasks: on_fargate.values().sum(),
        unplaced: all_unplaced,
        usd_per_hour: fleet.usd_per_hour() + fargate_cost + managed_cost(plan),
        fargate_usd_per_hour: fargate_cost + managed_cost(plan),
        revisions,
        notes: Vec::new(),
    };
    if managed_tasks > 0 {
        setup.notes.push(Note::OnManagedInstances {
            tasks: managed_tasks,
        });
    }
    if !options.any_provider {
        setup.take_strategies(cluster, plan, &planned, &options.choices);
        setup.note_unreachable_instances();
    }
    setup
}

/// What a plan's Managed Instances cost.
fn managed_cost(plan: &FleetPlan) -> UsdPerHour {
    (plan.instances.iter())
        .filter(|row| row.purchase_option.is_managed())
        .map(|row| row.usd_per_hour * row.count)
        .sum()
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
            self.notes
                .push(Note::OutsideProviders { instances: outside });
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
            Err(errors) => self.notes.push(Note::StrategyRefused {
                service_name: name.to_owned(),
                errors,
            }),
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

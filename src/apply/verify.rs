//! A live cluster beside the plan that was put into it: settings, instances, tasks, bill. Read-only.
//!
//! Settings differ where a step would still have something to do: the same steps are made from the live cluster as from the
//! snapshot. Instances are compared by provider, type, way of buying and zone; tasks by service, by what its strategy sends to
//! a provider, and on each instance by the certificate's most. A count that a scaler may set moves by itself, and with it the instances and the bill
//! behind it: that is told apart from what somebody changed.

use std::collections::{BTreeMap, BTreeSet};

use super::change::Change;
use super::state::{ServiceState, State};
use super::step::{Step, Work};
use super::steps::Refusal;
use super::today::Today;
use crate::domain::aws_names;
use crate::domain::capacity::Capacity;
use crate::domain::cluster::{Cluster, ContainerInstance};
use crate::domain::deployed::DeployedTasks;
use crate::domain::money::UsdPerHour;
use crate::domain::plan::FleetPlan;
use crate::domain::service::Service;
use crate::domain::stages::BilledInstances;

/// What is compared.
#[derive(Debug, Clone, Copy)]
pub struct Beside<'a> {
    /// The plan.
    pub plan: &'a FleetPlan,
    /// The cluster as it is.
    pub live: &'a Cluster,
    /// Its instances at the catalogue's prices; `None` where one has none.
    pub billed: Option<&'a [BilledInstances]>,
    /// The steps that are left from it to the plan, and what stands against them.
    pub left: (&'a [Step], &'a [Refusal]),
    /// The snapshot that was planned, and the cluster as it is, as states.
    pub states: (&'a Today, &'a Today),
}

/// Something that is not as the plan says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Difference {
    /// Instances of a kind.
    Instances {
        /// Capacity provider; none of instances outside any.
        provider: Option<String>,
        /// Type, way of buying, and zone where the plan names any.
        kind: (String, Capacity, Option<String>),
        /// By the plan.
        planned: u64,
        /// There are.
        live: u64,
    },
    /// Tasks of a task group on all instances.
    Tasks {
        /// `service:NAME` or that of standalone tasks.
        group: String,
        /// By the plan.
        planned: u64,
        /// Running.
        live: u64,
    },
    /// Tasks of a service that its strategy sends to a provider.
    TasksOfProvider {
        /// Service.
        service: String,
        /// Provider.
        provider: String,
        /// By the plan's certificate.
        planned: u64,
        /// Running there.
        live: u64,
    },
    /// More tasks of a service on an instance than the certificate counts on.
    TasksOfInstance {
        /// Container instance.
        instance: String,
        /// Service.
        service: String,
        /// Provider.
        provider: String,
        /// Most by the certificate.
        most: u64,
        /// Running on it.
        live: u64,
    },
    /// What the instances cost at the catalogue's prices.
    Bill {
        /// The plan's instances.
        planned: UsdPerHour,
        /// Those that are there.
        live: UsdPerHour,
    },
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Settings that are not as planned: as they are, and as the plan leaves them.
    pub settings: Vec<Change>,
    /// Resources of the plan that are not there, or not what the plan takes them for.
    pub refusals: Vec<Refusal>,
    /// What else differs.
    pub differences: Vec<Difference>,
    /// What differs because a scaler moved a service's count.
    pub moved: Vec<Difference>,
    /// Instances by the plan, and their bill.
    pub planned: (u64, UsdPerHour),
    /// Instances that are there, and their bill; `None` where one has no price.
    pub live: (u64, Option<UsdPerHour>),
    /// Whether tasks were compared: the cluster shows which run where.
    pub tasks_known: bool,
}

impl Verified {
    /// Whether the cluster is as the plan says, but for what a scaler moves.
    #[must_use]
    pub const fn agrees(&self) -> bool {
        self.settings.is_empty() && self.refusals.is_empty() && self.differences.is_empty()
    }
}

/// Compares a live cluster with a plan.
#[must_use]
pub fn verify(beside: &Beside<'_>) -> Verified {
    let placed = Placed::of(beside);
    let mut all = instances(beside);
    if placed.is_known {
        all.extend(placed.differences(beside));
    }
    let planned = beside.plan.instances.iter();
    let planned_bill = planned.map(|row| row.usd_per_hour * row.count).sum();
    let live_bill = beside.billed.map(|rows| {
        let costs = rows.iter().map(|row| row.usd_per_hour * row.count);
        costs.sum::<UsdPerHour>()
    });
    if let Some(live) = live_bill.filter(|live| *live != planned_bill) {
        all.push(Difference::Bill {
            planned: planned_bill,
            live,
        });
    }
    let moving = Moving::of(beside, &all);
    let (moved, differences) = all.into_iter().partition(|one| moving.explains(one));
    let refusals = beside.left.1.iter();
    Verified {
        settings: settings(beside.left.0, beside.states),
        refusals: refusals.filter(|it| is_difference(it)).cloned().collect(),
        differences,
        moved,
        planned: (
            beside.plan.instances.iter().map(|row| row.count).sum(),
            planned_bill,
        ),
        live: (there(beside.live).count() as u64, live_bill),
        tasks_known: placed.is_known,
    }
}

/// Where a group's template would come from says nothing of a cluster that has the group or lacks it.
const fn is_difference(refusal: &Refusal) -> bool {
    matches!(
        refusal,
        Refusal::NotInSnapshot(_) | Refusal::OtherGroup { .. }
    )
}

/// One change a resource, from what it is to what the last step leaves; of services also constraints that are not those of then, which no
/// step sets.
fn settings(left: &[Step], (then, now): (&Today, &Today)) -> Vec<Change> {
    let mut changes: Vec<Change> = then.constrained_otherwise(now);
    for step in left {
        let Work::Change(change) = &step.work else {
            continue;
        };
        match changes.iter_mut().find(|it| it.target == change.target) {
            Some(known) => {
                known.leaves = as_constrained(change.leaves.clone(), known.leaves.as_ref());
            }
            None => changes.push((**change).clone()),
        }
    }
    changes.retain(|change| change.expects != change.leaves);
    changes
}

/// A service as the last step leaves it, with the constraints that it is to have.
fn as_constrained(leaves: Option<State>, planned: Option<&State>) -> Option<State> {
    match (leaves, planned) {
        (Some(State::Service(state)), Some(State::Service(planned))) => {
            let constraints = planned.constraints.clone();
            Some(State::Service(ServiceState {
                constraints,
                ..state
            }))
        }
        (leaves, _) => leaves,
    }
}

/// Container instances that are there, whatever ECS does with them; those from outside AWS are in no plan's rows.
fn there(cluster: &Cluster) -> impl Iterator<Item = &ContainerInstance> {
    (cluster.container_instances.iter()).filter(|it| it.is_registered && !it.is_external())
}

type Kind = (Option<String>, (String, Capacity, Option<String>));

fn instances(beside: &Beside<'_>) -> Vec<Difference> {
    let mut counts: BTreeMap<Kind, (u64, u64)> = BTreeMap::new();
    let mut zonal = false;
    let rows = beside.plan.instances.iter();
    for row in rows.filter(|row| !row.purchase_option.is_external()) {
        zonal |= row.availability_zone.is_some();
        let kind = (
            row.instance_type.clone(),
            row.purchase_option,
            row.availability_zone.clone(),
        );
        let provider = Some(row.capacity_provider.as_str()).filter(|name| !name.is_empty());
        let provider = provider.map(aws_names::provider);
        counts.entry((provider, kind)).or_default().0 += row.count;
    }
    for instance in there(beside.live) {
        let zone = instance.availability_zone.clone();
        let kind = (
            instance.instance_type.clone(),
            instance.capacity().in_documents(),
            zone.filter(|_| zonal),
        );
        let provider = instance.capacity_provider.clone();
        counts.entry((provider, kind)).or_default().1 += 1;
    }
    (counts.into_iter())
        .filter(|(_, (planned, live))| planned != live)
        .map(
            |((provider, kind), (planned, live))| Difference::Instances {
                provider,
                kind,
                planned,
                live,
            },
        )
        .collect()
}

/// Which tasks run where.
struct Placed<'a> {
    is_known: bool,
    tasks: &'a [DeployedTasks],
    /// Provider of each instance.
    providers: BTreeMap<&'a str, &'a str>,
}

impl<'a> Placed<'a> {
    fn of(beside: &Beside<'a>) -> Self {
        let providers = there(beside.live)
            .filter_map(|it| Some((it.id.as_str(), it.capacity_provider.as_deref()?)));
        Self {
            is_known: beside.live.deployed.tasks.is_some(),
            tasks: beside.live.deployed.tasks.as_deref().unwrap_or_default(),
            providers: providers.collect(),
        }
    }

    fn differences(&self, beside: &Beside<'_>) -> Vec<Difference> {
        let mut all = self.of_groups(beside);
        for provider in beside.plan.groups() {
            if let Some(certificate) = &provider.certificate {
                let name = aws_names::provider(&provider.name);
                for (service, &planned) in &certificate.tasks {
                    let live = self.on(&name, &group(beside, service));
                    if live != planned {
                        all.push(Difference::TasksOfProvider {
                            service: service.clone(),
                            provider: name.clone(),
                            planned,
                            live,
                        });
                    }
                }
                for (service, &most) in &certificate.tasks_per_instance {
                    all.extend(self.too_many(&name, (service, &group(beside, service)), most));
                }
            }
        }
        all
    }

    /// By task group, on all instances; what the plan knows nothing of is not the plan's.
    fn of_groups(&self, beside: &Beside<'_>) -> Vec<Difference> {
        let mut counts: BTreeMap<String, (u64, u64)> = BTreeMap::new();
        for row in &beside.plan.instances {
            for (service, tasks) in &row.tasks {
                counts.entry(group(beside, service)).or_default().0 += tasks * row.count;
            }
        }
        for tasks in self.tasks {
            if let Some((_, live)) = counts.get_mut(&tasks.group) {
                *live += tasks.count;
            }
        }
        (counts.into_iter())
            .filter(|(_, (planned, live))| planned != live)
            .map(|(group, (planned, live))| Difference::Tasks {
                group,
                planned,
                live,
            })
            .collect()
    }

    fn on(&self, provider: &str, group: &str) -> u64 {
        let there = |it: &&DeployedTasks| {
            it.group == group && self.providers.get(it.instance.as_str()) == Some(&provider)
        };
        self.tasks.iter().filter(there).map(|it| it.count).sum()
    }

    fn too_many(
        &self,
        provider: &str,
        (service, group): (&str, &str),
        most: u64,
    ) -> Vec<Difference> {
        (self.tasks.iter())
            .filter(|it| it.group == group && it.count > most)
            .filter(|it| self.providers.get(it.instance.as_str()) == Some(&provider))
            .map(|it| Difference::TasksOfInstance {
                instance: it.instance.clone(),
                service: service.to_owned(),
                provider: provider.to_owned(),
                most,
                live: it.count,
            })
            .collect()
    }
}

/// The task group of a planned service's tasks.
fn group(beside: &Beside<'_>, service: &str) -> String {
    let known = beside.live.services.iter().find(|it| it.name == service);
    known.map_or_else(|| format!("service:{service}"), Service::task_group)
}

/// Services whose counts a scaler moved away from the plan's, and providers that their tasks use.
struct Moving {
    services: BTreeSet<String>,
    groups: BTreeSet<String>,
    providers: BTreeSet<String>,
}

impl Moving {
    fn of(beside: &Beside<'_>, all: &[Difference]) -> Self {
        let is_scaled = |it: &&Service| match (it.min_count, it.max_count) {
            (Some(least), Some(most)) => least < most,
            _ => false,
        };
        let has_moved = |it: &&Service| {
            let own = it.task_group();
            (all.iter()).any(|one| matches!(one, Difference::Tasks { group, .. } if *group == own))
        };
        let moved: Vec<&Service> = (beside.live.services.iter())
            .filter(is_scaled)
            .filter(has_moved)
            .collect();
        let names: BTreeSet<String> = moved.iter().map(|it| it.name.clone()).collect();
        let strategies = (beside.plan.services.iter())
            .filter(|it| names.contains(&it.service_name))
            .flat_map(|it| &it.capacity_provider_strategy);
        Self {
            providers: strategies
                .map(|item| aws_names::provider(&item.capacity_provider))
                .collect(),
            groups: moved.iter().map(|it| it.task_group()).collect(),
            services: names,
        }
    }

    fn explains(&self, difference: &Difference) -> bool {
        match difference {
            Difference::Instances { provider, .. } => provider
                .as_ref()
                .is_some_and(|it| self.providers.contains(it)),
            Difference::Tasks { group, .. } => self.groups.contains(group),
            Difference::TasksOfProvider { service, .. }
            | Difference::TasksOfInstance { service, .. } => self.services.contains(service),
            Difference::Bill { .. } => !self.services.is_empty(),
        }
    }
}

//! V26: Fargate as the policy allows it. `forbidden`: no task is there. `allowed`: a service is all of it
//! there or all of it on instances. `only`: every service that is not of launch type EXTERNAL is there, and
//! no instance is bought. Tasks there are of services that may be, in a market that `purchaseOptions`
//! allows, and in the cheapest size that holds them. What a definition must have there besides is among the changes.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::facts::Facts;
use crate::check::fargate::{self, Size};
use crate::check::violation::{Problem, Rule, Violation};
use crate::domain::capacity::Capacity;
use crate::domain::plan::{Assumption, Change, FleetPlan, PlannedFargateTasks};
use crate::domain::policy::FargateUse;
use crate::domain::quantity::{CpuUnits, MemoryMib};
use crate::domain::service::Service;
use crate::domain::task::ContainerLimit;

pub(super) fn violations(facts: &Facts<'_>) -> Vec<Violation> {
    let tasks = (facts.plan.fargate_tasks.iter().enumerate()).flat_map(|(index, row)| {
        (row_problems(facts, row).into_iter())
            .map(move |problem| problem.at(Rule::Fargate, format!("fargateTasks[{index}]")))
    });
    tasks
        .chain(unsaid(facts))
        .chain(containers_above(facts))
        .chain(on_both(facts))
        .chain(instances_beside(facts))
        .collect()
}

/// What is wrong with tasks on Fargate. The name of the provider is V22's matter, that of the service V02's.
fn row_problems(facts: &Facts<'_>, row: &PlannedFargateTasks) -> Vec<Problem> {
    let found = || format!("{} tasks of {} on Fargate", row.count, row.service_name);
    if facts.cluster.policy.fargate == FargateUse::Forbidden {
        return vec![Problem::new(found(), "none: the policy forbids Fargate")];
    }
    let Some(service) = facts.services.get(row.service_name.as_str()) else {
        return Vec::new();
    };
    if let Some(reason) = fargate::ineligible(service) {
        return vec![Problem::new(found(), format!("none: {reason}"))];
    }
    if fargate::storage(facts, service).is_none() {
        let expected = "none: the catalogue has no price of ephemeral storage";
        return vec![Problem::new(found(), expected)];
    }
    let Some(market) = fargate::market(&row.capacity_provider) else {
        return Vec::new();
    };
    let mut problems = Vec::new();
    let capacity = market.capacity;
    if !facts.cluster.policy.purchase_options.allows(capacity) {
        problems.push(Problem::new(
            format!("tasks on {}", market.provider),
            format!(
                "none: purchaseOptions does not hold {}",
                capacity.in_documents()
            ),
        ));
    }
    problems.extend(other_size(facts, row, service, capacity));
    problems
}

/// A size other than the cheapest that holds a task.
fn other_size(
    facts: &Facts<'_>,
    row: &PlannedFargateTasks,
    service: &Service,
    market: Capacity,
) -> Option<Problem> {
    let found = Size {
        cpu: CpuUnits::new(row.cpu),
        memory: MemoryMib::new(row.memory_mib),
    };
    let words = |size: Size| format!("a size of {} and {}", size.cpu, size.memory);
    match fargate::cheapest_size(facts, service, market) {
        Some(size) if size == found => None,
        Some(size) => Some(Problem::new(
            words(found),
            format!("{}, the cheapest that holds a task", words(size)),
        )),
        None => Some(Problem::new(
            words(found),
            "no tasks here: no size that holds one has a rate",
        )),
    }
}

/// Whether changes are to be found in the plan. One that leaves today alone has none, and texts alone, of earlier
/// versions, are not read.
fn has_changes(plan: &FleetPlan) -> bool {
    let has_texts_alone = (plan.changes.iter()).all(|it| matches!(it, Change::AsGiven { .. }))
        && (plan.assumptions.iter()).all(|it| matches!(it, Assumption::AsGiven { .. }));
    !has_texts_alone && plan.recommendation.is_none()
}

/// Containers with their limits, CPU units of all together where they are above the task's, and CPU units and MiB of the task.
type Above<'a> = (Vec<&'a ContainerLimit>, Option<u64>, u64, u64);

/// Services whose containers ask for more than the planned size of their task has, and what the plan says of it.
fn containers_above(facts: &Facts<'_>) -> Vec<Violation> {
    let plan = facts.plan;
    if !has_changes(plan) {
        return Vec::new();
    }
    let mut above: BTreeMap<&str, Above<'_>> = BTreeMap::new();
    for row in &plan.fargate_tasks {
        let Some(service) = facts.services.get(row.service_name.as_str()) else {
            continue;
        };
        let definition = &service.task.fargate;
        let limits: Vec<&ContainerLimit> = (definition.limits_above.iter())
            .filter(|limit| limit.memory > MemoryMib::new(row.memory_mib))
            .collect();
        let together = (definition.cpu_above).filter(|cpu| *cpu > CpuUnits::new(row.cpu));
        if !limits.is_empty() || together.is_some() {
            let size = (limits, together.map(CpuUnits::get), row.cpu, row.memory_mib);
            above.entry(&row.service_name).or_insert(size);
        }
    }
    let said: BTreeMap<&str, Above<'_>> = (plan.changes.iter())
        .filter_map(|change| match change {
            Change::LowerContainers {
                service_name,
                limits,
                containers_cpu,
                cpu,
                memory_mib,
            } => {
                let limits: Vec<&ContainerLimit> = limits.iter().collect();
                Some((
                    service_name.as_str(),
                    (limits, *containers_cpu, *cpu, *memory_mib),
                ))
            }
            _ => None,
        })
        .collect();
    let names: BTreeSet<&str> = above.keys().chain(said.keys()).copied().collect();
    (names.into_iter())
        .filter(|name| above.get(name) != said.get(name))
        .map(|name| {
            let found = match (said.contains_key(name), above.contains_key(name)) {
                (false, _) => "containers above the size of their task on Fargate, and no change that says so",
                (true, true) => "another change of containers above the size of their task on Fargate",
                (true, false) => "a change of containers that are not above the size of their task",
            };
            Violation::new(
                Rule::Fargate,
                format!("services[{name}]"),
                found,
                "a change with these containers, their limits, their CPU and the task's size, where they are above it",
            )
        })
        .collect()
}

/// Services whose definitions lack what Fargate alone asks for, of which the plan says nothing.
fn unsaid(facts: &Facts<'_>) -> Vec<Violation> {
    let plan = facts.plan;
    if !has_changes(plan) {
        return Vec::new();
    }
    let said: BTreeSet<Lack<'_>> = plan.changes.iter().filter_map(lack_said).collect();
    let rows = plan.fargate_tasks.iter();
    let names: BTreeSet<&str> = rows.map(|row| row.service_name.as_str()).collect();
    (names.into_iter())
        .filter_map(|name| facts.services.get(name))
        .flat_map(|service| lacks(service))
        .filter(|lack| !said.contains(lack))
        .map(|(name, what)| {
            Violation::new(
                Rule::Fargate,
                format!("services[{name}]"),
                format!(
                    "tasks on Fargate of a definition without {what}, and no change that says so"
                ),
                "a change of the definition",
            )
        })
        .collect()
}

/// A service, and what its definition lacks.
type Lack<'a> = (&'a str, &'static str);

const ROLE: &str = "an executionRoleArn";
const PREFIX: &str = "an awslogs-stream-prefix";

fn lacks(service: &Service) -> impl Iterator<Item = Lack<'_>> {
    let facts = &service.task.fargate;
    let lacks = [
        (!facts.role_needs.is_empty(), ROLE),
        (!facts.without_stream_prefix.is_empty(), PREFIX),
    ];
    (lacks.into_iter())
        .filter(|(holds, _)| *holds)
        .map(|(_, what)| (service.name.as_str(), what))
}

fn lack_said(change: &Change) -> Option<Lack<'_>> {
    match change {
        Change::AddExecutionRole { service_name, .. } => Some((service_name, ROLE)),
        Change::AddLogStreamPrefix { service_name, .. } => Some((service_name, PREFIX)),
        _ => None,
    }
}

/// Services with tasks on Fargate and on instances.
fn on_both(facts: &Facts<'_>) -> Vec<Violation> {
    (facts.replicas())
        .filter_map(|service| {
            let (instances, fargate) = (
                facts.on_instances(&service.name),
                facts.on_fargate(&service.name),
            );
            (instances > 0 && fargate > 0).then(|| {
                Violation::new(
                    Rule::Fargate,
                    format!("services[{}]", service.name),
                    format!("{fargate} tasks on Fargate and {instances} on instances"),
                    "all on Fargate or all on instances",
                )
            })
        })
        .collect()
}

/// With `only`, instances that are bought and tasks that are not on Fargate.
fn instances_beside(facts: &Facts<'_>) -> Vec<Violation> {
    if facts.cluster.policy.fargate != FargateUse::Only {
        return Vec::new();
    }
    let bought = (facts.rows.iter())
        .filter(|row| !row.planned.existing)
        .map(|row| {
            Violation::new(
                Rule::Fargate,
                row.place(),
                format!("{} new instances", row.planned.count),
                "none: the policy plans for Fargate alone",
            )
        });
    let elsewhere = (facts.replicas())
        .filter(|service| !service.is_external())
        .filter_map(|service| {
            let tasks = facts.on_instances(&service.name);
            (tasks > 0).then(|| {
                Violation::new(
                    Rule::Fargate,
                    format!("services[{}]", service.name),
                    format!("{tasks} tasks on instances"),
                    "all on Fargate: the policy plans for Fargate alone",
                )
            })
        });
    bought.chain(elsewhere).collect()
}

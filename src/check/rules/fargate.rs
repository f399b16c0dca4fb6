//! V26: Fargate as the policy allows it. `forbidden`: no task is there. `allowed`: a service is all of it
//! there or all of it on instances. `only`: every service that is not of launch type EXTERNAL is there, and
//! no instance is bought. Tasks there are of services that may be, in a market that `purchaseOptions`
//! allows, and in the cheapest size that holds them. What their definitions must have there besides stands in
//! `fargate_definitions`.

use crate::check::facts::Facts;
use crate::check::fargate::{self, Size};
use crate::check::violation::{Problem, Rule, Violation};
use crate::domain::capacity::Capacity;
use crate::domain::plan::PlannedFargateTasks;
use crate::domain::policy::FargateUse;
use crate::domain::quantity::{CpuUnits, MemoryMib};
use crate::domain::service::Service;

pub(in crate::check) fn violations(facts: &Facts<'_>) -> Vec<Violation> {
    let tasks = (facts.plan.fargate_tasks.iter().enumerate()).flat_map(|(index, row)| {
        (row_problems(facts, row).into_iter())
            .map(move |problem| problem.at(Rule::Fargate, format!("fargateTasks[{index}]")))
    });
    tasks
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

//! V53: Managed Instances as the policy allows them. `forbidden`: none is there. `allowed`: a service is all of it on them, by
//! one provider, or not at all. `only`: no other instance is bought. They are of types with at least two vCPUs, and neither
//! `nano` nor `micro`; ECS sizes them, so that their providers have no mode, no certificate and no schedule, and name the types and
//! zones of their instances, no others.
//!
//! Source: Amazon ECS developer guide, "Amazon ECS Managed Instances" and "Task definition differences for Amazon ECS
//! Managed Instances".

use std::collections::BTreeSet;

use crate::check::facts::{Facts, InstanceRow};
use crate::check::violation::{Problem, Rule, Violation};
use crate::domain::instance_type::InstanceType;
use crate::domain::plan::{FleetPlan, PlannedInstances, PlannedProvider};
use crate::domain::policy::ManagedInstancesUse;
use crate::domain::service::Service;
use crate::domain::task::{LaunchType, NetworkMode, TaskFeature};

pub(super) fn violations(facts: &Facts<'_>) -> Vec<Violation> {
    let rows = (facts.rows.iter()).filter_map(|row| {
        let problem = row_problem(facts, row)?;
        Some(problem.at(Rule::ManagedInstances, row.place()))
    });
    let services = (facts.replicas()).filter_map(|service| {
        let problem = divided(facts, service)?;
        let place = format!("services[{}]", service.name);
        Some(problem.at(Rule::ManagedInstances, place))
    });
    let providers = (facts.plan.capacity_providers.iter()).filter_map(|provider| {
        let problem = sized(provider)?;
        let place = format!("capacityProviders[{}]", provider.name);
        Some(problem.at(Rule::ManagedInstances, place))
    });
    let named = (facts.plan.capacity_providers.iter())
        .filter(|provider| provider.kind.is_managed())
        .flat_map(|provider| misnamed(facts.plan, provider));
    (rows.chain(services).chain(providers).chain(named)).collect()
}

/// Whether Managed Instances of the type can be had.
pub(in crate::check) fn is_offered(known: &InstanceType) -> bool {
    let size = known.name.rsplit('.').next();
    known.vcpus > 1 && !matches!(size, Some("nano" | "micro"))
}

/// What is wrong with a row of instances, if something is.
fn row_problem(facts: &Facts<'_>, row: &InstanceRow<'_>) -> Option<Problem> {
    let policy = facts.cluster.policy.managed_instances;
    let found = |what: &str| format!("{} {what}", row.planned.count);
    if !row.machine.managed {
        let beside = policy == ManagedInstancesUse::Only && !row.planned.existing;
        return beside.then(|| {
            Problem::new(
                found("new instances of an Auto Scaling group"),
                "none: the policy buys Managed Instances alone",
            )
        });
    }
    if policy == ManagedInstancesUse::Forbidden {
        return Some(Problem::new(
            found("Managed Instances"),
            "none: the policy forbids Managed Instances",
        ));
    }
    if row.planned.existing {
        return Some(Problem::new(
            found("Managed Instances of today"),
            "new ones: none of today is planned with",
        ));
    }
    if !row.planned.attributes.is_empty() {
        return Some(Problem::new(
            found("Managed Instances with custom attributes"),
            "none: ECS gives them built-in ones alone",
        ));
    }
    let known = row.machine.instance_type?;
    (!is_offered(known)).then(|| {
        Problem::new(
            format!("Managed Instances of type {}", known.name),
            "a type with more than one vCPU that is neither nano nor micro",
        )
    })
}

/// A service that is on them with a part of its tasks, or by several of their providers.
fn divided(facts: &Facts<'_>, service: &Service) -> Option<Problem> {
    let rows = || (facts.rows_of(&service.name)).filter(|row| row.tasks_of(&service.name) > 0);
    let providers: BTreeSet<&str> = rows()
        .filter(|row| row.machine.managed)
        .map(|row| row.planned.capacity_provider.as_str())
        .collect();
    if providers.is_empty() {
        return None;
    }
    let elsewhere = rows().any(|row| !row.machine.managed) || facts.on_fargate(&service.name) > 0;
    if elsewhere {
        return Some(Problem::new(
            "tasks on Managed Instances and elsewhere",
            "all of them on Managed Instances, or none",
        ));
    }
    (providers.len() > 1).then(|| {
        Problem::new(
            format!(
                "tasks by {} providers of Managed Instances",
                providers.len()
            ),
            "one such provider: a strategy takes no more",
        )
    })
}

/// A provider of Managed Instances with what only groups have.
fn sized(provider: &PlannedProvider) -> Option<Problem> {
    if !provider.kind.is_managed() {
        return None;
    }
    let plain = provider.mode.is_none()
        && provider.certificate.is_none()
        && provider.schedule.is_empty()
        && provider.min_size == 0
        && provider.max_size == provider.desired_capacity;
    (!plain).then(|| {
        Problem::new(
            "sizes, a mode, a certificate or a schedule as of a group",
            "a provider without them: ECS sizes Managed Instances (minSize 0, maxSize as packed)",
        )
    })
}

/// Types and zones of a provider that are not those of its rows, which exports would write: over a week the rows of all hours.
fn misnamed(plan: &FleetPlan, provider: &PlannedProvider) -> Vec<Violation> {
    let of_hours = plan.managed_hours.iter().flat_map(|hour| &hour.instances);
    let rows: Vec<&PlannedInstances> = (plan.instances.iter().chain(of_hours))
        .filter(|row| row.capacity_provider == provider.name)
        .collect();
    let types = rows.iter().map(|row| row.instance_type.as_str());
    let zones = (rows.iter()).filter_map(|row| row.availability_zone.as_deref());
    let pairs: [(_, &[String], BTreeSet<&str>); 2] = [
        ("instanceTypes", &provider.instance_types, types.collect()),
        (
            "availabilityZones",
            &provider.availability_zones,
            zones.collect(),
        ),
    ];
    (pairs.into_iter())
        .filter_map(|(field, named, of_rows)| {
            let named: BTreeSet<&str> = named.iter().map(String::as_str).collect();
            (named != of_rows).then(|| {
                Violation::new(
                    Rule::ManagedInstances,
                    format!("capacityProviders[{}].{field}", provider.name),
                    listed(&named),
                    format!("{}, as its instances have", listed(&of_rows)),
                )
            })
        })
        .collect()
}

fn listed(names: &BTreeSet<&str>) -> String {
    if names.is_empty() {
        return "none".to_owned();
    }
    names.iter().copied().collect::<Vec<_>>().join(", ")
}

/// Whether its launch type leaves Managed Instances out.
pub(super) fn is_bound_elsewhere(service: &Service) -> bool {
    match service.launch_type {
        Some(launch_type) => matches!(launch_type, LaunchType::Fargate | LaunchType::External),
        None => service.task.requires_compatibilities == [LaunchType::External],
    }
}

/// Why Managed Instances do not take tasks of the service; `None` when they do.
pub(super) fn ineligible(service: &Service) -> Option<&'static str> {
    if is_bound_elsewhere(service) {
        return Some("a service whose launch type leaves Managed Instances in");
    }
    if !matches!(
        service.task.network_mode,
        NetworkMode::Awsvpc | NetworkMode::Host
    ) {
        return Some("tasks in network mode awsvpc or host");
    }
    let refuses = service.task.ephemeral_storage_gib.is_some()
        || (service.task.fargate.features.iter()).any(|feature| is_refused(*feature));
    refuses.then_some("a task definition without parameters that Managed Instances refuse")
}

/// Whether Managed Instances refuse a definition with this in it.
pub(super) const fn is_refused(feature: TaskFeature) -> bool {
    !matches!(
        feature,
        TaskFeature::AddedCapability
            | TaskFeature::Devices
            | TaskFeature::FirelensConfigS3
            | TaskFeature::LogDriver
            | TaskFeature::PidMode
            | TaskFeature::Privileged
            | TaskFeature::StartTimeout
            | TaskFeature::StopTimeout
    )
}

//! Every rule of one instance: may these tasks run on it together?

use bayplan::domain::cluster::Cluster;
use bayplan::domain::placement::PlacementConstraint;
use bayplan::domain::policy::AcceleratorUse;
use bayplan::domain::service::Service;
use bayplan::domain::task::{HostPort, LaunchType, ReservedPorts};

use rust_decimal::Decimal;

use super::kinds::Kind;
use super::planned;

/// Whether one instance of the kind can run these tasks, so many of each service, beside its daemons.
pub fn holds(cluster: &Cluster, kind: &Kind, tasks: &[(usize, u64)]) -> bool {
    if tasks.is_empty() && kind.existing {
        // It stays as it is.
        return true;
    }
    let daemons = kind.daemons.iter().map(|&index| (index, 1));
    let all: Vec<(&Service, u64)> = (tasks.iter().copied().chain(daemons))
        .filter(|&(_, copies)| copies > 0)
        .map(|(index, copies)| (&cluster.services[index], copies))
        .collect();
    let tasks = tasks.iter().filter(|&&(_, copies)| copies > 0);
    tasks
        .clone()
        .all(|&(i, _)| may_run(&cluster.services[i], kind))
        && amounts_fit(cluster, kind, &all)
        && ports_are_free(kind, &all)
        && distinct_ones_are_alone(&all)
        && volumes_fit(kind, &all)
        && all.iter().all(|&one| groups_agree(one, &all))
        && (kind.existing || tasks.clone().all(|&one| share_is_kept(cluster, one)))
        && (kind.existing || accelerators_are_needed(cluster, kind, &all))
}

/// The stated share of a service's tasks; the default, which gives way, is not modelled here.
fn share_is_kept(cluster: &Cluster, (index, copies): (usize, u64)) -> bool {
    let service = &cluster.services[index];
    if service.is_standalone() || service.is_external() {
        return true;
    }
    let of_policy = (cluster.policy.max_share_on_instance).unwrap_or(Decimal::ONE);
    let share = service
        .policy
        .max_share_on_instance
        .map_or(of_policy, |own| own.min(of_policy));
    if share == Decimal::ONE {
        // Off: places beyond the tasks, as for a rollout, are not limited either.
        return true;
    }
    let most = (share * Decimal::from(planned(cluster, index))).ceil();
    Decimal::from(copies) <= most.max(Decimal::ONE)
}

/// An instance with GPUs holds a task that asks for one, or nothing.
fn accelerators_are_needed(cluster: &Cluster, kind: &Kind, all: &[(&Service, u64)]) -> bool {
    let mut tasks = all
        .iter()
        .filter(|(service, _)| !service.is_daemon())
        .peekable();
    cluster.policy.accelerators == AcceleratorUse::Included
        || kind.registered[3] == 0
        || tasks.peek().is_none()
        || tasks.any(|(service, _)| service.task.gpus.get() > 0)
        || cluster.policy.allowed_instance_types.is_some()
}

/// Launch type, architecture and every `memberOf`.
pub fn may_run(service: &Service, kind: &Kind) -> bool {
    let launch_type = if kind.external {
        service.is_external()
    } else {
        !service.is_external() && service.may_run_on(LaunchType::Ec2)
    };
    let architecture = kind.attributes.get("ecs.cpu-architecture").flatten();
    launch_type
        && (service.task.architectures.iter())
            .any(|supported| Some(supported.attribute_value()) == architecture)
        && service.constraints().all(|constraint| match constraint {
            PlacementConstraint::MemberOf(expression) => expression.evaluate(&kind.attributes),
            PlacementConstraint::DistinctInstance | PlacementConstraint::TaskGroup(_) => true,
        })
}

/// CPU, memory, interfaces and GPUs.
fn amounts_fit(cluster: &Cluster, kind: &Kind, all: &[(&Service, u64)]) -> bool {
    let sum = |amount: fn(&Service) -> u64| -> u64 {
        (all.iter())
            .map(|(service, copies)| amount(service) * copies)
            .sum()
    };
    let policy = &cluster.policy;
    sum(|s| s.task.cpu.get()) + policy.reserved_cpu.get() <= kind.registered[0]
        && sum(|s| s.task.memory.get()) + policy.reserved_memory.get() <= kind.registered[1]
        && sum(interfaces) <= kind.registered[2]
        && sum(|s| s.task.gpus.get()) <= kind.registered[3]
}

fn interfaces(service: &Service) -> u64 {
    service.task.resources().enis.get()
}

/// No port twice, none that the instance keeps, and at most 100 together with those.
fn ports_are_free(kind: &Kind, all: &[(&Service, u64)]) -> bool {
    let mut ports: Vec<HostPort> = Vec::new();
    for (service, copies) in all {
        for _ in 0..*copies {
            ports.extend(&service.task.host_ports);
        }
    }
    let taken = ports.len();
    ports.sort_unstable();
    ports.dedup();
    let own = match &kind.reserved {
        // SSH, Docker's two, the agent's three.
        ReservedPorts::Usual => 6,
        ReservedPorts::Registered(own) => own.len(),
        ReservedPorts::NoneOfNodes => unreachable!("these are clusters of ECS"),
    };
    ports.len() == taken
        && (taken == 0 || taken + own <= 100)
        && !ports.iter().any(|&port| kind.reserved.contains(port))
}

fn distinct_ones_are_alone(all: &[(&Service, u64)]) -> bool {
    (all.iter()).all(|(service, copies)| *copies == 1 || !service.is_distinct_instance())
}

/// The root volume takes one attachment; where interfaces count, each of the tasks' takes one, or their
/// trunk does.
fn volumes_fit(kind: &Kind, all: &[(&Service, u64)]) -> bool {
    let sum = |amount: fn(&Service) -> u64| -> u64 {
        (all.iter())
            .map(|(service, copies)| amount(service) * copies)
            .sum()
    };
    let volumes = sum(|s| s.task.ebs_volumes);
    if volumes == 0 {
        return true;
    }
    let Some(limit) = kind.attachments else {
        return false;
    };
    let interfaces = match (limit.shared, limit.trunk) {
        (false, _) => 0,
        (true, true) => 1,
        (true, false) => sum(interfaces),
    };
    1 + volumes + interfaces <= limit.most
}

/// `task:group`: beside a task of one of the groups, or beside none of them.
fn groups_agree((service, copies): (&Service, u64), all: &[(&Service, u64)]) -> bool {
    service.constraints().all(|constraint| {
        let PlacementConstraint::TaskGroup(rule) = constraint else {
            return true;
        };
        let listed = |other: &Service| rule.groups.contains(&other.task_group());
        if rule.together {
            return all.iter().any(|(other, _)| listed(other));
        }
        let others = all.iter().filter(|(other, _)| other.name != service.name);
        !others.clone().any(|(other, _)| listed(other)) && (copies == 1 || !listed(service))
    })
}

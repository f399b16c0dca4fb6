//! The tests of one task on one empty instance, each told by the name that plans have for it.

use std::collections::BTreeSet;

use crate::check::rules::{
    architecture, ebs_attachments, launch_type, managed_instances, member_of,
};
use crate::domain::placement::PlacementConstraint;
use crate::domain::plan::{FailedTest, ManagedObstacle};
use crate::domain::resources::Resource;
use crate::domain::service::Service;
use crate::domain::task::{HostPort, LaunchType, NetworkMode};

use super::candidates::Candidate;

/// The name of the test of architectures.
pub(super) const ARCHITECTURE: &str = "architecture";

/// Names of the tests that every pair of service and instance goes through.
pub(super) const RULES: [&str; 12] = [
    "launch type",
    ARCHITECTURE,
    "memberOf",
    "CPU",
    "memory",
    "network interfaces",
    "GPUs",
    "host port",
    "number of host ports",
    "volume attachments",
    "Managed Instances",
    "room beside daemons",
];

/// Names of those that are made where a pair passes all others.
pub(super) const OTHER_RULES: [&str; 2] = ["task:group", "accelerators"];

/// Whether a task of the service passes every test there.
pub(super) fn takes(candidate: &Candidate<'_>, service: &Service) -> bool {
    !RULES.iter().any(|rule| fails(candidate, service, rule))
}

/// Whether a task of the service fails a test, or may: an instance of a burstable type is planned with less CPU too, where fewer
/// credits are paid for.
pub(super) fn may_fail(candidate: &Candidate<'_>, service: &Service, rule: &str) -> bool {
    (rule == "CPU" && candidate.is_burstable() && service.task.cpu.get() > 0)
        || fails(candidate, service, rule)
}

/// Whether a task of the service fails a test.
pub(super) fn fails(candidate: &Candidate<'_>, service: &Service, rule: &str) -> bool {
    let machine = &candidate.machine;
    let resource = |resource| {
        let needed = service.task.resources().get(resource);
        candidate.left(resource).is_some_and(|left| needed > left)
    };
    match rule {
        "launch type" => !machine.managed && !launch_type::allows(machine, service),
        ARCHITECTURE => architecture::of(machine, &candidate.host)
            .is_none_or(|own| !service.task.architectures.contains(&own)),
        "memberOf" => member_of::broken(&candidate.host, service).next().is_some(),
        "Managed Instances" => machine.managed && managed_instances::ineligible(service).is_some(),
        "room beside daemons" => !candidate.has_room,
        // What is left beside daemons is only known where they have room.
        _ if !candidate.has_room => false,
        "CPU" => resource(Resource::Cpu),
        "memory" => resource(Resource::Memory),
        "network interfaces" => resource(Resource::Enis),
        "GPUs" => resource(Resource::Gpus),
        "host port" => (service.task.host_ports.iter()).any(|&port| {
            machine.reserved_ports.contains(port) || of_daemons(candidate).contains(&port)
        }),
        "number of host ports" => service.task.host_ports.len() as u64 > ports_left(candidate),
        "volume attachments" => {
            let needed = service.task.ebs_volumes;
            needed > 0
                && ebs_attachments::offered(machine, &candidate.daemons, service)
                    .is_none_or(|offered| needed > offered)
        }
        _ => false,
    }
}

/// Whether a task of the service fails a test there in just this way.
pub(super) fn is_so(candidate: &Candidate<'_>, service: &Service, test: &FailedTest) -> bool {
    let task = &service.task;
    let machine = &candidate.machine;
    let fails = || fails(candidate, service, test.rule());
    match test {
        FailedTest::LaunchType { allowed } => {
            let bound = service.launch_type.map(|bound| vec![bound]);
            let named = (task.requires_compatibilities.clone(), vec![LaunchType::Ec2]);
            let own = bound.unwrap_or(if named.0.is_empty() { named.1 } else { named.0 });
            fails() && *allowed == own
        }
        FailedTest::Architecture { task: own, instance } => {
            fails()
                && *own == task.architectures
                && *instance == architecture::of(machine, &candidate.host)
        }
        FailedTest::MemberOf {
            expression,
            unknown,
        } => member_of::broken(&candidate.host, service).any(|broken| {
            let lacking: Vec<String> = (broken.attribute_names().into_iter())
                .filter(|name| candidate.host.get(name).is_none())
                .map(|name| format!("attribute:{name}"))
                .collect();
            broken.source() == expression && lacking == *unknown
        }),
        FailedTest::Resource {
            resource,
            needed,
            offered,
        } => {
            // What a burstable type offers of CPU depends on how many credits are paid for.
            let by_credits = *resource == Resource::Cpu && candidate.is_burstable();
            let is_offered =
                |left: u64| *offered == left || (by_credits && *offered < left);
            candidate.has_room
                && *needed == task.resources().get(*resource)
                && needed > offered
                && candidate.left(*resource).is_some_and(is_offered)
        }
        FailedTest::ReservedPort { port } => {
            candidate.has_room
                && task.host_ports.contains(port)
                && machine.reserved_ports.contains(*port)
        }
        FailedTest::HostPort { port } => {
            candidate.has_room
                && task.host_ports.contains(port)
                && of_daemons(candidate).contains(port)
        }
        FailedTest::PortQuota { needed, offered } => {
            fails()
                && *needed == task.host_ports.len() as u64
                && *offered == ports_left(candidate)
        }
        FailedTest::Attachments { needed, offered } => {
            fails()
                && *needed == task.ebs_volumes
                && *offered == ebs_attachments::offered(machine, &candidate.daemons, service)
        }
        FailedTest::TaskGroup { expression } => service.constraints().any(|constraint| {
            matches!(constraint, PlacementConstraint::TaskGroup(rule) if rule.source == *expression)
        }),
        FailedTest::Accelerators => candidate.is_accelerated && task.gpus.get() == 0,
        FailedTest::ManagedInstances { obstacles } => {
            fails()
                && !obstacles.is_empty()
                && (obstacles.iter()).all(|obstacle| refuses(service, *obstacle))
        }
        FailedTest::Daemons => fails(),
    }
}

/// Whether Managed Instances refuse a service for this.
fn refuses(service: &Service, obstacle: ManagedObstacle) -> bool {
    let task = &service.task;
    match obstacle {
        ManagedObstacle::LaunchType => managed_instances::is_bound_elsewhere(service),
        ManagedObstacle::NetworkMode => {
            !matches!(task.network_mode, NetworkMode::Awsvpc | NetworkMode::Host)
        }
        ManagedObstacle::EphemeralStorage => task.ephemeral_storage_gib.is_some(),
        ManagedObstacle::Feature { feature } => {
            task.fargate.features.contains(&feature) && managed_instances::is_refused(feature)
        }
    }
}

/// Host ports of the daemons there.
fn of_daemons(candidate: &Candidate<'_>) -> BTreeSet<HostPort> {
    (candidate.daemons.iter())
        .flat_map(|(daemon, _)| daemon.task.host_ports.iter().copied())
        .collect()
}

/// How many host ports ECS's quota leaves.
fn ports_left(candidate: &Candidate<'_>) -> u64 {
    let taken = of_daemons(candidate).len() as u64;
    (candidate.machine.reserved_ports.left_for_tasks()).saturating_sub(taken)
}

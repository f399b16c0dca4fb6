//! What may stand in the way of a service's tasks: keys of the policy and rules of the service that can be dropped.

use crate::domain::cluster::{Cluster, Zone};
use crate::domain::instance_type::CpuArchitecture;
use crate::domain::policy::{Policy, ServicePolicy};
use crate::domain::policy_keys::{OF_ECS_ALONE, POLICY_KEYS, keys_of_services};
use crate::domain::quantity::{CpuUnits, GpuCount, MemoryMib};
use crate::domain::service::Service;
use crate::domain::task::NetworkMode;

/// What can be dropped.
#[derive(Clone)]
pub(super) struct Requirement {
    /// As the conflict names it.
    pub label: String,
    drop: Drop,
}

/// How it is dropped.
#[derive(Clone)]
enum Drop {
    /// A key of the policy.
    Policy(fn(&mut Policy)),
    /// The service's own key of the policy.
    OwnPolicy(fn(&mut ServicePolicy)),
    /// Anything else, of the service at a position.
    Other(fn(&mut Cluster, usize)),
}

impl Requirement {
    /// Drops it for the service at a position.
    pub(super) fn drop_from(&self, cluster: &mut Cluster, position: usize) {
        match self.drop {
            Drop::Policy(relax) => relax(&mut cluster.policy),
            Drop::OwnPolicy(relax) => relax(&mut cluster.services[position].policy),
            Drop::Other(drop) => drop(cluster, position),
        }
    }
}

/// Everything of a service and the policy that is in force and can be dropped.
pub(super) fn requirements(cluster: &Cluster, position: usize) -> Vec<Requirement> {
    let service = &cluster.services[position];
    let mut all = of_service(service);
    all.extend(of_own_policy(service));
    all.extend(of_policy(cluster));
    if !cluster.zones.is_empty() {
        let zones: Vec<&str> = cluster.zones.iter().map(Zone::label).collect();
        push(
            &mut all,
            true,
            format!("availabilityZones = [{}]", zones.join(", ")),
            |cluster, _| {
                cluster.zones.clear();
                cluster.policy.survive_zone_loss = false;
            },
        );
    }
    all
}

fn push(all: &mut Vec<Requirement>, in_force: bool, label: String, drop: fn(&mut Cluster, usize)) {
    if in_force {
        let drop = Drop::Other(drop);
        all.push(Requirement { label, drop });
    }
}

fn of_service(service: &Service) -> Vec<Requirement> {
    let mut all = Vec::new();
    let is_pod = service.pod.is_some();
    let label = |key: &str, value: &str| {
        if is_pod {
            of_pod(&service.name, key, value)
        } else {
            format!("services.{}.{key} = {value}", service.name)
        }
    };
    let task = &service.task;
    push(
        &mut all,
        true,
        label("cpu", &task.cpu.get().to_string()),
        |cluster, position| {
            cluster.services[position].task.cpu = CpuUnits::new(1);
        },
    );
    push(
        &mut all,
        true,
        label("memory", &task.memory.get().to_string()),
        |cluster, position| {
            cluster.services[position].task.memory = MemoryMib::new(4);
        },
    );
    push(
        &mut all,
        task.gpus > GpuCount::ZERO,
        label("gpu", &task.gpus.get().to_string()),
        |cluster, position| {
            cluster.services[position].task.gpus = GpuCount::ZERO;
        },
    );
    push(
        &mut all,
        task.network_mode == NetworkMode::Awsvpc && !is_pod,
        label("networkMode", "awsvpc"),
        |cluster, position| {
            cluster.services[position].task.network_mode = NetworkMode::Bridge;
        },
    );
    push(
        &mut all,
        !task.host_ports.is_empty(),
        label("hostPorts", "(static ports)"),
        |cluster, position| {
            cluster.services[position].task.host_ports.clear();
        },
    );
    push(
        &mut all,
        task.ebs_volumes > 0,
        label("volumes", &task.ebs_volumes.to_string()),
        |cluster, position| {
            cluster.services[position].task.ebs_volumes = 0;
        },
    );
    let architectures: Vec<String> = task.architectures.iter().map(ToString::to_string).collect();
    let either = architectures.len() < 2;
    push(
        &mut all,
        either,
        label("architectures", &format!("[{}]", architectures.join(", "))),
        |cluster, position| {
            cluster.services[position].task.architectures =
                vec![CpuArchitecture::X86_64, CpuArchitecture::Arm64];
        },
    );
    let constrained = service.constraints().next().is_some();
    push(
        &mut all,
        constrained,
        label("placementConstraints", "(as in the file)"),
        |cluster, position| {
            let service = &mut cluster.services[position];
            service.placement_constraints.clear();
            service.task.placement_constraints.clear();
        },
    );
    let bound = service.launch_type.is_some() || !task.requires_compatibilities.is_empty();
    push(
        &mut all,
        bound,
        label("launchType", "(launchType or requiresCompatibilities)"),
        |cluster, position| {
            let service = &mut cluster.services[position];
            service.launch_type = None;
            service.task.requires_compatibilities.clear();
        },
    );
    let count = service.desired_count;
    push(
        &mut all,
        count > 1,
        label("desiredCount", &count.to_string()),
        |cluster, position| {
            let service = &mut cluster.services[position];
            service.desired_count = 1;
            service.min_count = None;
            service.max_count = None;
        },
    );
    all
}

/// What a pod asks for, as its document says it.
fn of_pod(name: &str, key: &str, value: &str) -> String {
    match key {
        "cpu" => format!("{name}: cpu = {value}m"),
        "memory" => format!("{name}: memory = {value}Mi"),
        "gpu" => format!("{name}: nvidia.com/gpu = {value}"),
        "desiredCount" => format!("{name}: replicas = {value}"),
        "placementConstraints" => {
            format!("{name}: what its pods ask of nodes, taints, zones and each other")
        }
        _ => format!("{name}: {key} = {value}"),
    }
}

/// The keys of the policy that ask for something, all the table has.
fn of_policy(cluster: &Cluster) -> Vec<Requirement> {
    let policy = &cluster.policy;
    let bindings = (POLICY_KEYS.iter()).filter_map(|key| Some((key.name, key.binding.as_ref()?)));
    bindings
        .filter(|(name, _)| !(cluster.is_kubernetes() && OF_ECS_ALONE.contains(name)))
        .filter_map(|(name, binding)| {
            Some(Requirement {
                label: format!("policy.{name} = {}", (binding.shown)(policy)?),
                drop: Drop::Policy(binding.relax),
            })
        })
        .collect()
}

/// The keys of the policy that the service carries itself.
fn of_own_policy(service: &Service) -> impl Iterator<Item = Requirement> {
    keys_of_services().filter_map(|(name, key)| {
        let shown = (key.binding.shown)(&service.policy)?;
        Some(Requirement {
            label: if service.pod.is_some() {
                of_pod(&service.name, name, &shown)
            } else {
                format!("services.{}.{name} = {shown}", service.name)
            },
            drop: Drop::OwnPolicy(key.binding.relax),
        })
    })
}

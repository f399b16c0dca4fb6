//! What may stand in the way of a service's tasks: keys of the policy and rules of the service that can be dropped.

use crate::domain::cluster::{Cluster, Zone};
use crate::domain::instance_type::CpuArchitecture;
use crate::domain::policy::{FargateUse, Inclusion, Policy, PurchaseOptions, ZoneSpread};
use crate::domain::quantity::{CpuUnits, GpuCount, MemoryMib};
use crate::domain::service::Service;
use crate::domain::task::NetworkMode;

/// What can be dropped.
#[derive(Clone)]
pub(super) struct Requirement {
    /// As the conflict names it.
    pub label: String,
    /// Drops it for a service, by position.
    pub drop: fn(&mut Cluster, usize),
}

/// Everything of a service and the policy that is in force and can be dropped.
pub(super) fn requirements(cluster: &Cluster, position: usize) -> Vec<Requirement> {
    let service = &cluster.services[position];
    let mut all = of_service(service);
    all.extend(of_policy(&cluster.policy));
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
        all.push(Requirement { label, drop });
    }
}

fn of_service(service: &Service) -> Vec<Requirement> {
    let mut all = Vec::new();
    let label = |key: &str, value: &str| format!("services.{}.{key} = {value}", service.name);
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
        task.network_mode == NetworkMode::Awsvpc,
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

fn of_policy(policy: &Policy) -> Vec<Requirement> {
    let standard = Policy::default();
    let mut all = Vec::new();
    let label = |key: &str, value: &str| format!("policy.{key} = {value}");
    let allowed = policy
        .allowed_instance_types
        .clone()
        .unwrap_or_default()
        .join(", ");
    push(
        &mut all,
        policy.allowed_instance_types.is_some(),
        label("allowedInstanceTypes", &format!("[{allowed}]")),
        |cluster, _| {
            cluster.policy.allowed_instance_types = None;
        },
    );
    let excluded = policy.excluded_instance_types.join(", ");
    push(
        &mut all,
        !policy.excluded_instance_types.is_empty(),
        label("excludedInstanceTypes", &format!("[{excluded}]")),
        |cluster, _| {
            cluster.policy.excluded_instance_types.clear();
        },
    );
    push(
        &mut all,
        policy.current_generation_only,
        label("currentGenerationOnly", "true"),
        |cluster, _| {
            cluster.policy.current_generation_only = false;
        },
    );
    for (key, value, drop) in [
        (
            "bareMetal",
            policy.bare_metal,
            (|cluster, _| cluster.policy.bare_metal = Inclusion::Included)
                as fn(&mut Cluster, usize),
        ),
        ("burstable", policy.burstable, |cluster, _| {
            cluster.policy.burstable = Inclusion::Included;
        }),
    ] {
        let word = if value == Inclusion::Required {
            "required"
        } else {
            "excluded"
        };
        push(
            &mut all,
            value != Inclusion::Included,
            label(key, word),
            drop,
        );
    }
    push(
        &mut all,
        policy.fargate == FargateUse::Only,
        label("fargate", "only"),
        |cluster, _| {
            cluster.policy.fargate = FargateUse::Allowed;
        },
    );
    push(
        &mut all,
        policy.fargate == FargateUse::Forbidden,
        label("fargate", "forbidden"),
        |cluster, _| {
            cluster.policy.fargate = FargateUse::Allowed;
        },
    );
    push(
        &mut all,
        !policy.purchase_options.on_demand,
        label("purchaseOptions", "[spot]"),
        |cluster, _| {
            cluster.policy.purchase_options = PurchaseOptions {
                on_demand: true,
                spot: true,
            };
        },
    );
    let number = |value: Option<u64>| value.map_or_else(String::new, |value| value.to_string());
    push(
        &mut all,
        policy.min_vcpus.is_some(),
        label("minVcpus", &number(policy.min_vcpus)),
        |cluster, _| cluster.policy.min_vcpus = None,
    );
    push(
        &mut all,
        policy.max_vcpus.is_some(),
        label("maxVcpus", &number(policy.max_vcpus)),
        |cluster, _| cluster.policy.max_vcpus = None,
    );
    push(
        &mut all,
        policy.max_instance_types.is_some(),
        label("maxInstanceTypes", &number(policy.max_instance_types)),
        |cluster, _| {
            cluster.policy.max_instance_types = None;
        },
    );
    push(
        &mut all,
        policy.max_instances != standard.max_instances,
        label("maxInstances", &policy.max_instances.to_string()),
        |cluster, _| {
            cluster.policy.max_instances = 1_000_000;
        },
    );
    push(
        &mut all,
        policy.survive_zone_loss,
        label("surviveZoneLoss", "true"),
        |cluster, _| cluster.policy.survive_zone_loss = false,
    );
    push(
        &mut all,
        policy.deployment_surge,
        label("deploymentSurge", "true"),
        |cluster, _| cluster.policy.deployment_surge = false,
    );
    push(
        &mut all,
        policy.zone_spread == Some(ZoneSpread::Even),
        label("zoneSpread", "even"),
        |cluster, _| {
            cluster.policy.zone_spread = Some(ZoneSpread::Any);
        },
    );
    push(
        &mut all,
        policy.reserved_cpu > CpuUnits::ZERO,
        label("reservedCpu", &policy.reserved_cpu.get().to_string()),
        |cluster, _| {
            cluster.policy.reserved_cpu = CpuUnits::ZERO;
        },
    );
    push(
        &mut all,
        policy.reserved_memory > MemoryMib::ZERO,
        label("reservedMemory", &policy.reserved_memory.get().to_string()),
        |cluster, _| {
            cluster.policy.reserved_memory = MemoryMib::ZERO;
        },
    );
    push(
        &mut all,
        policy.spot_max_share_per_pool < standard.spot_max_share_per_pool,
        label(
            "spotMaxSharePerPool",
            &policy.spot_max_share_per_pool.to_string(),
        ),
        |cluster, _| {
            cluster.policy.spot_max_share_per_pool = rust_decimal::Decimal::ONE;
        },
    );
    all
}

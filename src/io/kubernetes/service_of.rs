//! A workload as a service, and its pods as tasks.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::instance_type::CpuArchitecture;
use crate::domain::kubernetes::PodRules;
use crate::domain::placement::PlacementConstraint;
use crate::domain::policy::ServicePolicy;
use crate::domain::quantity::{CpuUnits, GpuCount, MemoryMib};
use crate::domain::service::{DeploymentStrategy, SchedulingStrategy, Service, TaskOwner};
use crate::domain::task::{FargateFacts, HostPort, NetworkMode, TaskDefinition};
use crate::io::cursor::Log;

use super::apart::{self, Apart};
use super::host_ports::host_ports;
use super::notes::{Notes, Today};
use super::request::{self, PodRequest};
use super::running::Asked;
use super::runtime_class::RuntimeClass;
use super::selector::Unsure;
use super::workload::{InZones, Surroundings, Workload};
use super::{
    affinity, chosen_nodes, daemon_ports, decided, most_in_zones, on_nodes, parts, running, spread,
    taints,
};

/// Resources without which a pod runs nowhere, and of which the catalogue knows nothing.
const NEEDS_OTHER_DEVICES: [&str; 5] = [
    "aws.amazon.com/neuron",
    "amd.com/gpu",
    "gpu.intel.com/",
    "nvidia.com/mig-",
    "nvidia.com/gpu.shared",
];

/// All workloads that can be planned.
pub(super) fn services(
    around: Surroundings<'_, '_>,
    notes: &mut Notes,
    log: &mut Log,
) -> Vec<Service> {
    let workloads = around.all;
    let requests: Vec<Asked> = (workloads.iter())
        .map(|workload| {
            let class = workload.runtime_class.as_ref();
            let overhead = class.and_then(RuntimeClass::overhead);
            let of_template = match workload.pods.first() {
                Some(pod) if !workload.is_template => request::of_pod(pod, log).unwrap_or_default(),
                _ => request::of_spec(&workload.spec, overhead, log),
            };
            running::instead_of(of_template, workload, notes)
        })
        .collect();
    let planned: Vec<bool> = (workloads.iter().zip(&requests))
        .map(|(workload, asked)| is_planned(workload, &asked.most, notes))
        .collect();
    let kept: Vec<Workload<'_>> = (workloads.iter().zip(&planned))
        .filter(|(_, planned)| **planned)
        .map(|(workload, _)| workload.clone())
        .collect();
    let mut left_out = around.left_out.clone();
    let dropped = (workloads.iter().zip(&planned)).filter(|(_, planned)| !**planned);
    left_out.extend(dropped.map(|(it, _)| (it.namespace.clone(), it.labels.clone())));
    let requests = requests
        .iter()
        .zip(&planned)
        .filter(|(_, planned)| **planned);
    let around = Surroundings {
        all: &kept,
        left_out: &left_out,
        ..around
    };
    let taken = daemon_ports::taken(&kept, notes);
    (kept.iter().zip(requests).zip(&taken))
        .map(|((workload, (asked, _)), taken)| {
            service(workload, (asked, taken), around, notes, log)
        })
        .collect()
}

/// Whether the pods run on Linux, and on nothing that is not known.
fn is_planned(workload: &Workload<'_>, request: &PodRequest, notes: &mut Notes) -> bool {
    if let Some(why) = elsewhere(workload) {
        // The nodes that these pods ask for are not in today's cost.
        notes.left_out(&workload.name, why, Today::IsTheSame);
        return false;
    }
    let needed = (request.others.iter()).find(|name| {
        NEEDS_OTHER_DEVICES
            .iter()
            .any(|start| name.starts_with(start))
    });
    if let Some(device) = needed {
        notes.left_out(
            &workload.name,
            &format!("pods that ask for {device}"),
            Today::Differs,
        );
        return false;
    }
    for name in &request.others {
        notes.not_modelled(&workload.name, &format!("room for {name}"));
    }
    if workload.spec.get("resourceClaims").is_some() {
        notes.not_modelled(&workload.name, "claims of devices (resourceClaims)");
    }
    if let Some(class) = (workload.runtime_class.as_ref()).filter(|it| !it.is_known()) {
        let what = format!(
            "what RuntimeClass {} adds (overhead, labels of nodes, tolerations), which is not in the file",
            class.name
        );
        notes.not_modelled(&workload.name, &what);
    }
    if workload.spec.get("nodeName").is_some() && workload.is_template {
        notes.not_modelled(&workload.name, "a node by name (nodeName)");
    }
    true
}

/// Why the pods are on no Linux node of EC2: by their operating system, or by what they ask of nodes.
fn elsewhere(workload: &Workload<'_>) -> Option<&'static str> {
    let system = workload.spec.get("os").and_then(|it| it.get("name"));
    if system.is_some_and(|it| it.node.value.as_text() == Some("windows")) {
        return Some("pods of Windows");
    }
    if workload.asks_for_fargate && workload.pods.is_empty() {
        // Where the file shows pods, the nodes that they are on say it.
        return Some("pods of Fargate, or on nodes that are left out");
    }
    let selector = workload.node_selector();
    let chooser = affinity::Chooser {
        spec: &workload.spec,
        selector: &selector,
        name: &workload.name,
        is_daemon: false,
        unsure: &Unsure::new(),
        packing: None,
    };
    // Findings and notes come where the rules are read for the plan.
    let rules = affinity::expressions(chooser, &mut Notes::default(), &mut Log::default());
    decided::on_other_nodes(&rules.iter().collect::<Vec<_>>())
}

fn service(
    workload: &Workload<'_>,
    (asked, taken): (&Asked, &BTreeSet<HostPort>),
    around: Surroundings<'_, '_>,
    notes: &mut Notes,
    log: &mut Log,
) -> Service {
    let name = &workload.name;
    let mut ports = host_ports(&workload.spec, name, notes, log);
    ports.retain(|port| !taken.contains(port));
    let (constraints, pod) = rules(workload, asked, around, notes, log);
    let within = |count: u64| pod.most.map_or(count, |most| count.min(most));
    Service {
        name: name.clone(),
        owner: TaskOwner::Service,
        exists: false,
        desired_count: within(workload.count),
        min_count: workload.min_count.map(within),
        max_count: workload.max_count.map(within),
        scheduling_strategy: if workload.is_daemon {
            SchedulingStrategy::Daemon
        } else {
            SchedulingStrategy::Replica
        },
        launch_type: None,
        task: task(name, &asked.most, ports),
        placement_constraints: constraints,
        measured_cpu: None,
        placement_strategy: Vec::new(),
        capacity_provider_strategy: Vec::new(),
        deployment: None,
        deployment_strategy: DeploymentStrategy::Rolling,
        service_discovery: false,
        tags: BTreeMap::new(),
        policy: ServicePolicy::default(),
        pod: Some(pod),
    }
}

/// What its pods ask of nodes, zones and each other, and how packing and bound read it.
fn rules(
    workload: &Workload<'_>,
    asked: &Asked,
    around: Surroundings<'_, '_>,
    notes: &mut Notes,
    log: &mut Log,
) -> (Vec<PlacementConstraint>, PodRules) {
    let name = &workload.name;
    let taints = taints::untolerated(workload, around.taints, log);
    let (nodes, nodes_in_packing) = chosen_nodes::read(workload, &taints, around, notes, log);
    let mut apart = Apart::default();
    apart::add(&mut apart, workload, around.all, notes, log);
    spread::add(&mut apart, workload, around, notes, log);
    let held_back = workload.is_daemon && is_held_back(name, &apart, notes);
    if held_back && !apart.conflicts.is_empty() {
        // The packing has it on every node: a rule that keeps it from some would be broken there.
        apart.conflicts.clear();
        notes.not_modelled(name, "required anti-affinity of a DaemonSet to other pods");
    }
    let mut constraints: Vec<PlacementConstraint> = (nodes.into_iter())
        .chain(workload.volumes.iter().map(InZones::expression))
        .chain(taints.everywhere)
        .map(PlacementConstraint::MemberOf)
        .collect();
    let most = most_in_zones::read(&mut apart, workload, around, &mut constraints, notes);
    let parts_for_packing_alone =
        parts::one_a_node(&mut apart, workload, around.all, around.policy);
    let nodes_for_packing_alone: Vec<PlacementConstraint> = (taints.in_packing.into_iter())
        .chain(nodes_in_packing)
        .map(PlacementConstraint::MemberOf)
        .collect();
    constraints.extend(nodes_for_packing_alone.iter().cloned());
    let is_apart = apart.one_a_node || apart.one_a_node_in_packing;
    if is_apart && !workload.is_daemon {
        constraints.push(PlacementConstraint::DistinctInstance);
    }
    constraints.extend(
        apart
            .conflicts
            .drain(..)
            .map(PlacementConstraint::TaskGroup),
    );
    let is_replica = !workload.is_daemon;
    let pod = PodRules {
        even_over_zones: apart.even && is_replica,
        most,
        daemon_for_packing_alone: held_back,
        even_for_packing_alone: apart.even
            && !around.zones.is_empty()
            && !apart.one_a_zone
            && is_replica,
        least_cpu: CpuUnits::new(asked.least.millis),
        least_memory: MemoryMib::new(asked.least.bytes >> 20),
        parts_for_packing_alone,
        nodes_for_packing_alone,
        whole: workload.whole.clone(),
        apart_for_packing_alone: apart.one_a_node_in_packing && !apart.one_a_node && is_replica,
        one_alone: workload.one_alone,
        on_nodes: on_nodes::read(workload, asked, around.standing),
    };
    (constraints, pod)
}

/// Whether a daemon has a rule that keeps it from nodes and is not modelled: the packing has it on every node, the bound on none.
fn is_held_back(name: &str, apart: &Apart, notes: &Notes) -> bool {
    apart.even || apart.one_a_zone || !apart.conflicts.is_empty() || notes.may_keep_from_nodes(name)
}

fn task(name: &str, request: &PodRequest, host_ports: Vec<HostPort>) -> TaskDefinition {
    TaskDefinition {
        name: name.to_owned(),
        cpu: CpuUnits::new(request.millis),
        memory: MemoryMib::new(request.bytes.div_ceil(1 << 20)),
        gpus: GpuCount::new(request.gpus),
        // Every pod takes one of the node's, those in the host's network too.
        network_mode: NetworkMode::Awsvpc,
        host_ports,
        requires_compatibilities: Vec::new(),
        architectures: vec![CpuArchitecture::X86_64, CpuArchitecture::Arm64],
        placement_constraints: Vec::new(),
        ebs_volumes: 0,
        ephemeral_storage_gib: None,
        fargate: FargateFacts::default(),
    }
}

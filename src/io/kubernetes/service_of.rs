//! A workload as a service, and its pods as tasks.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::cluster::Zone;
use crate::domain::instance_type::CpuArchitecture;
use crate::domain::kubernetes::{PodRules, Taint};
use crate::domain::placement::PlacementConstraint;
use crate::domain::policy::ServicePolicy;
use crate::domain::quantity::{CpuUnits, GpuCount, MemoryMib};
use crate::domain::service::{DeploymentStrategy, SchedulingStrategy, Service, TaskOwner};
use crate::domain::task::{FargateFacts, HostPort, NetworkMode, Protocol, TaskDefinition};
use crate::io::cursor::{Cursor, Log};
use crate::io::document::Value;

use super::apart::{self, Apart};
use super::notes::Notes;
use super::request::{self, PodRequest};
use super::running::Asked;
use super::workload::{InZones, Workload};
use super::{affinity, running, selector, spread, taints};

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
    workloads: &[Workload<'_>],
    zones: &[Zone],
    known_taints: &BTreeSet<Taint>,
    notes: &mut Notes,
    log: &mut Log,
) -> Vec<Service> {
    let requests: Vec<Asked> = (workloads.iter())
        .map(|workload| {
            let of_template = request::read(&workload.spec, log);
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
    let requests = requests
        .iter()
        .zip(&planned)
        .filter(|(_, planned)| **planned);
    (kept.iter().zip(requests))
        .map(|(workload, (asked, _))| {
            service(workload, asked, (&kept, zones, known_taints), notes, log)
        })
        .collect()
}

/// Whether the pods run on Linux, and on nothing that is not known.
fn is_planned(workload: &Workload<'_>, request: &PodRequest, notes: &mut Notes) -> bool {
    let own = selector::labels(Some(workload.spec.clone()), "nodeSelector");
    let by_label = own
        .get("kubernetes.io/os")
        .or_else(|| own.get("beta.kubernetes.io/os"));
    let by_spec = workload.spec.get("os").and_then(|it| it.get("name"));
    let by_spec = by_spec.and_then(|it| it.node.value.as_text().map(str::to_owned));
    if by_spec.or_else(|| by_label.cloned()).as_deref() == Some("windows") {
        notes.left_out(&workload.name, "pods of Windows");
        return false;
    }
    let needed = (request.others.iter()).find(|name| {
        NEEDS_OTHER_DEVICES
            .iter()
            .any(|start| name.starts_with(start))
    });
    if let Some(device) = needed {
        notes.left_out(&workload.name, &format!("pods that ask for {device}"));
        return false;
    }
    for name in &request.others {
        notes.not_modelled(&workload.name, &format!("room for {name}"));
    }
    if workload.spec.get("resourceClaims").is_some() {
        notes.not_modelled(&workload.name, "claims of devices (resourceClaims)");
    }
    if workload.spec.get("nodeName").is_some() && workload.is_template {
        notes.not_modelled(&workload.name, "a node by name (nodeName)");
    }
    true
}

type Surroundings<'s, 'a> = (&'s [Workload<'a>], &'s [Zone], &'s BTreeSet<Taint>);

fn service(
    workload: &Workload<'_>,
    asked: &Asked,
    (all, zones, known_taints): Surroundings<'_, '_>,
    notes: &mut Notes,
    log: &mut Log,
) -> Service {
    let spec = &workload.spec;
    let name = &workload.name;
    let mut apart = Apart::default();
    apart::add(&mut apart, workload, all, notes, log);
    spread::add(&mut apart, workload, all, notes, log);
    let chooser = affinity::Chooser {
        spec,
        name,
        is_daemon: workload.is_daemon,
    };
    let mut constraints: Vec<PlacementConstraint> = affinity::expressions(chooser, notes, log)
        .into_iter()
        .chain(workload.volumes.iter().map(InZones::expression))
        .chain(taints::expressions(spec, known_taints, log))
        .map(PlacementConstraint::MemberOf)
        .collect();
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
    let count = within_zones(workload, &apart, zones, notes);
    Service {
        name: name.clone(),
        owner: TaskOwner::Service,
        exists: false,
        desired_count: count,
        min_count: workload.min_count.filter(|_| !apart.one_a_zone),
        max_count: workload.max_count.filter(|_| !apart.one_a_zone),
        scheduling_strategy: if workload.is_daemon {
            SchedulingStrategy::Daemon
        } else {
            SchedulingStrategy::Replica
        },
        launch_type: None,
        task: task(name, &asked.most, host_ports(spec, name, notes, log)),
        placement_constraints: constraints,
        placement_strategy: Vec::new(),
        capacity_provider_strategy: Vec::new(),
        deployment: None,
        deployment_strategy: DeploymentStrategy::Rolling,
        service_discovery: false,
        tags: BTreeMap::new(),
        policy: ServicePolicy::default(),
        pod: Some(PodRules {
            even_over_zones: apart.even && !workload.is_daemon,
            even_for_packing_alone: apart.even_in_packing
                && apart.even
                && !apart.one_a_zone
                && !workload.is_daemon,
            least_cpu: CpuUnits::new(asked.least.millis),
            least_memory: MemoryMib::new(asked.least.bytes >> 20),
            apart_for_packing_alone: apart.one_a_node_in_packing
                && !apart.one_a_node
                && !workload.is_daemon,
        }),
    }
}

/// Pods that Kubernetes itself finds a zone for: beyond one a zone they stay pending for ever.
fn within_zones(workload: &Workload<'_>, apart: &Apart, zones: &[Zone], notes: &mut Notes) -> u64 {
    let most = zones.len() as u64;
    if !apart.one_a_zone || zones.is_empty() || workload.count <= most {
        return workload.count;
    }
    notes.left_out(
        &workload.name,
        "pods beyond one a zone, which stay pending under their own anti-affinity",
    );
    most
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

/// Ports of the host, those of containers in the host's network included.
fn host_ports(spec: &Cursor<'_>, name: &str, notes: &mut Notes, log: &mut Log) -> Vec<HostPort> {
    let is_true = |at: Option<Cursor<'_>>| at.is_some_and(|it| it.node.value == Value::Bool(true));
    let in_host_network = is_true(spec.get("hostNetwork"));
    let sidecars = spec.list(log, "initContainers");
    let containers = (spec.list(log, "containers").into_iter())
        .chain(sidecars.into_iter().filter(request::is_sidecar));
    let mut ports = BTreeSet::new();
    for port in containers
        .flat_map(|it| it.list(log, "ports"))
        .collect::<Vec<_>>()
    {
        let text = |key: &str| {
            port.get(key)
                .and_then(|it| it.node.value.as_text().map(str::to_owned))
        };
        let number = port
            .get("hostPort")
            .or_else(|| port.get("containerPort").filter(|_| in_host_network));
        let Some(number) = number
            .and_then(|it| it.whole(log, 0..=65_535))
            .filter(|it| *it > 0)
        else {
            continue;
        };
        let is_everywhere =
            text("hostIP").is_none_or(|ip| ["", "0.0.0.0", "::"].contains(&ip.as_str()));
        let protocol = match text("protocol").as_deref() {
            None | Some("TCP") => Some(Protocol::Tcp),
            Some("UDP") => Some(Protocol::Udp),
            Some(_) => None,
        };
        match (protocol, u16::try_from(number)) {
            (Some(protocol), Ok(port)) if is_everywhere => {
                ports.insert(HostPort { port, protocol });
            }
            _ => notes.not_modelled(name, "host ports of one address, or of SCTP"),
        }
    }
    ports.into_iter().collect()
}

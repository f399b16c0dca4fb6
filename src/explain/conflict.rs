//! Why a cluster cannot be planned: a smallest set of requirements that conflict.
//!
//! A requirement is a key of the policy or a rule of the service that can be dropped. With all of a set in force some
//! task has no place; with any one of it dropped, the others in force, all have. Such a set is found by a deletion
//! filter (Chinneck and Dravnieks 1991, doi:10.1287/ijoc.3.2.157): each requirement in turn is dropped for good
//! where the rest still conflict, and kept where they do not. What is left is irreducible, and small sets are
//! tried first, so that it is a smallest one where one or two requirements suffice.

use serde::Serialize;

use crate::catalogue::Catalogue;
use crate::domain::cluster::{Cluster, Zone};
use crate::domain::instance_type::CpuArchitecture;
use crate::domain::plan::Plan;
use crate::domain::policy::{FargateUse, Inclusion, Policy, PurchaseOptions, ZoneSpread};
use crate::domain::quantity::{CpuUnits, GpuCount, MemoryMib};
use crate::domain::service::Service;
use crate::domain::task::NetworkMode;
use crate::optimize::listener::Silent;
use crate::optimize::stop::Stop;
use crate::planner::{self, PlanError, PlanOptions, default_work};

/// Requirements of a service without a place that conflict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Conflict {
    /// Service name.
    pub service_name: String,
    /// Tasks without a place.
    pub count: u64,
    /// The set, as `policy.maxVcpus = 4` or `services.api.gpu = 64`; empty where none was found.
    pub requirements: Vec<String>,
    /// Whether a search could not place the tasks, rather than no instance holding one: then the set is what the
    /// search found in its way, without proof.
    pub by_search: bool,
}

/// What can be dropped.
#[derive(Clone)]
struct Requirement {
    label: String,
    drop: fn(&mut Cluster, usize),
}

/// The conflicts of every service of a plan that has tasks without a place; those that a limit left time for.
///
/// # Errors
/// When prices are missing or the solver fails.
pub fn conflicts(
    cluster: &Cluster,
    catalogue: &Catalogue,
    plan: &Plan,
    stop: &dyn Stop,
) -> Result<Vec<Conflict>, PlanError> {
    let mut found = Vec::new();
    for unplaced in &plan.unplaced {
        let Some(position) =
            (cluster.services.iter()).position(|service| service.name == unplaced.service_name)
        else {
            continue;
        };
        let conflict = conflict(cluster, catalogue, (position, unplaced.count), stop);
        // A search that was stopped has not shown that there is no place.
        if stop.should_stop() {
            break;
        }
        found.push(conflict?);
    }
    Ok(found)
}

fn conflict(
    cluster: &Cluster,
    catalogue: &Catalogue,
    (position, count): (usize, u64),
    stop: &dyn Stop,
) -> Result<Conflict, PlanError> {
    let name = cluster.services[position].name.clone();
    let mut conflict = Conflict {
        service_name: name,
        count,
        requirements: Vec::new(),
        by_search: false,
    };
    // First one task of the service alone: instances either hold it or do not.
    let (alone, own) = alone(cluster, position);
    let mut test = Test {
        cluster: alone,
        position: own,
        catalogue,
        stop,
        by_search: false,
    };
    if test.is_feasible(&[])? {
        test.cluster = cluster.clone();
        test.position = position;
        test.by_search = true;
        conflict.by_search = true;
    }
    let all = requirements(&test.cluster, test.position);
    if let Some(set) = test.smallest(&all)? {
        conflict.requirements = set
            .into_iter()
            .map(|index| all[index].label.clone())
            .collect();
    }
    Ok(conflict)
}

/// The cluster with one task of one service, daemons as they are, and the service's position in it.
fn alone(cluster: &Cluster, position: usize) -> (Cluster, usize) {
    let mut alone = cluster.clone();
    let name = cluster.services[position].name.clone();
    alone
        .services
        .retain(|service| service.is_daemon() || service.name == name);
    let own = (alone.services.iter())
        .position(|service| service.name == name)
        .unwrap_or(0);
    let service = &mut alone.services[own];
    if !service.is_daemon() {
        service.desired_count = 1;
        service.min_count = None;
        service.max_count = None;
    }
    (alone, own)
}

struct Test<'a> {
    cluster: Cluster,
    position: usize,
    catalogue: &'a Catalogue,
    stop: &'a dyn Stop,
    /// Each test packs the whole cluster: small sets are not tried first.
    by_search: bool,
}

impl Test<'_> {
    /// Whether every task of the service has a place once some requirements are dropped.
    fn is_feasible(&self, dropped: &[&Requirement]) -> Result<bool, PlanError> {
        let mut cluster = self.cluster.clone();
        for requirement in dropped {
            (requirement.drop)(&mut cluster, self.position);
        }
        let options = PlanOptions {
            ideal: true,
            work_limit: Some(default_work(&cluster) / 4),
            ..PlanOptions::default()
        };
        let planned = planner::plan(&cluster, self.catalogue, &options, self.stop, &Silent)?;
        let name = &cluster.services[self.position].name;
        Ok(planned
            .plan
            .unplaced
            .iter()
            .all(|unplaced| unplaced.service_name != *name))
    }

    /// Whether the requirements of a set alone conflict, all others dropped.
    fn conflicts(&self, all: &[Requirement], set: &[usize]) -> Result<bool, PlanError> {
        let dropped: Vec<&Requirement> = (all.iter().enumerate())
            .filter(|(index, _)| !set.contains(index))
            .map(|(_, requirement)| requirement)
            .collect();
        Ok(!self.is_feasible(&dropped)?)
    }

    /// A smallest set that conflicts; `None` where even without all of them there is no place.
    fn smallest(&self, all: &[Requirement]) -> Result<Option<Vec<usize>>, PlanError> {
        if self.conflicts(all, &[])? {
            return Ok(None);
        }
        if !self.by_search {
            for index in 0..all.len() {
                if self.conflicts(all, &[index])? {
                    return Ok(Some(vec![index]));
                }
            }
        }
        let mut set: Vec<usize> = (0..all.len()).collect();
        for index in 0..all.len() {
            let without: Vec<usize> = set
                .iter()
                .copied()
                .filter(|other| *other != index)
                .collect();
            if self.conflicts(all, &without)? {
                set = without;
            }
        }
        if set.len() > 2 && !self.by_search {
            for first in 0..all.len() {
                for second in first + 1..all.len() {
                    if self.conflicts(all, &[first, second])? {
                        return Ok(Some(vec![first, second]));
                    }
                }
            }
        }
        Ok(Some(set))
    }
}

/// Everything of a service and the policy that is in force and can be dropped.
fn requirements(cluster: &Cluster, position: usize) -> Vec<Requirement> {
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

/// The cluster with every requirement on a service dropped but these: what the set is tried with.
#[must_use]
pub fn only(cluster: &Cluster, conflict: &Conflict, labels: &[String]) -> Option<Cluster> {
    let position =
        (cluster.services.iter()).position(|service| service.name == conflict.service_name)?;
    let (mut changed, position) = if conflict.by_search {
        (cluster.clone(), position)
    } else {
        alone(cluster, position)
    };
    for requirement in requirements(&changed.clone(), position) {
        if !labels.contains(&requirement.label) {
            (requirement.drop)(&mut changed, position);
        }
    }
    Some(changed)
}

//! A small cluster, its catalogue and a valid plan, written by hand.
//!
//! One burstable instance stays from today. The daemon `agent` runs on x86 only; `web` has a static port
//! and `distinctInstance`; `arm` needs Graviton; `gold` needs a group's custom attribute.

use std::collections::BTreeMap;

use indexmap::IndexMap;

use crate::catalogue::{Catalogue, CatalogueParts, OtherPrice, Price};
use crate::domain::attributes::Attributes;
use crate::domain::capacity::{Capacity, ProviderKind};
use crate::domain::cluster::{Cluster, ContainerInstance, RegisteredResources};
use crate::domain::deployed::{Deployed, DeployedGroup};
use crate::domain::instance_type::{CpuArchitecture, Hypervisor, InstanceType};
use crate::domain::kubernetes::Orchestrator;
use crate::domain::money::UsdPerHour;
use crate::domain::placement::PlacementConstraint;
use crate::domain::plan::{
    FleetPlan, ManagedScaling, PlanAsOf, PlanCatalogue, PlanCost, PlanStatus, PlannedInstances,
    PlannedProvider, PlannedService, Registered, StrategyItem,
};
use crate::domain::policy::{KeepInstances, MemoryOverhead, Policy, ServicePolicy};
use crate::domain::quantity::{CpuUnits, GpuCount, MemoryMib};
use crate::domain::query::Expression;
use crate::domain::service::{DeploymentStrategy, SchedulingStrategy, Service, TaskOwner};
use crate::domain::task::{HostPort, NetworkMode, Protocol, TaskDefinition};

pub(in crate::check::tests) fn usd(text: &str) -> UsdPerHour {
    text.parse().expect("an amount of the fixture")
}

pub(in crate::check::tests) fn catalogue() -> Catalogue {
    let types = [
        instance_type("m9.large", 2, 8192),
        InstanceType {
            architecture: CpuArchitecture::Arm64,
            ..instance_type("m9g.large", 2, 8192)
        },
        InstanceType {
            burstable: true,
            ..instance_type("t9.micro", 1, 1024)
        },
        InstanceType {
            bare_metal: true,
            ..instance_type("m9.metal", 64, 262_144)
        },
    ];
    let prices = [
        ("m9.large", "0.1"),
        ("m9g.large", "0.08"),
        ("t9.micro", "0.01"),
        ("m9.metal", "3.2"),
    ];
    let price = |(name, text): (&str, &str)| {
        let price = Price {
            usd_per_hour: usd(text),
            basis: "observed".to_owned(),
        };
        (name.to_owned(), price)
    };
    let gp3 = OtherPrice {
        usd: usd("0.08").amount(),
        unit: "gb_month".to_owned(),
        basis: "observed".to_owned(),
    };
    Catalogue::from_parts(CatalogueParts {
        region: "us-east-1".to_owned(),
        instance_types: types.to_vec(),
        on_demand_prices: prices.into_iter().map(price).collect(),
        other_prices: BTreeMap::from([("ebs_gp3_storage".to_owned(), gp3)]),
        zone_ids: BTreeMap::from([
            ("m9.large".to_owned(), vec!["use1-az1".to_owned()]),
            ("m9g.large".to_owned(), vec!["use1-az2".to_owned()]),
        ]),
        ..CatalogueParts::default()
    })
}

pub(in crate::check::tests) fn instance_type(
    name: &str,
    vcpus: u64,
    memory_mib: u64,
) -> InstanceType {
    InstanceType {
        name: name.to_owned(),
        vcpus,
        memory: MemoryMib::new(memory_mib),
        architecture: CpuArchitecture::X86_64,
        max_enis: 4,
        branch_enis: 0,
        gpus: GpuCount::ZERO,
        gpu_name: String::new(),
        current_generation: true,
        burstable: false,
        bare_metal: false,
        hypervisor: Hypervisor::Nitro,
        spot_supported: true,
        ecs_image: true,
        ebs_attachments: None,
        ebs_limit: None,
    }
}

pub(in crate::check::tests) fn cluster() -> Cluster {
    let mut gold = Attributes::default();
    gold.set("tier", Some("gold"));
    let group = DeployedGroup {
        name: "gold".to_owned(),
        instance_types: vec!["m9.large".to_owned()],
        override_types: Vec::new(),
        attributes: gold,
        has_weights: false,
        on_demand_base: 0,
        on_demand_percent: 100,
        spot_allocation_strategy: None,
        min_size: None,
        max_size: None,
        desired_capacity: None,
        zones: Vec::new(),
        protected_from_scale_in: false,
        managed_tag: false,
        launch_template: None,
        takes_other_types: false,
    };
    let nominal = MemoryOverhead {
        percent: 0.into(),
        fixed_mib: 0.into(),
        per_vcpu_mib: 0.into(),
    };
    Cluster {
        name: "prod".to_owned(),
        orchestrator: Orchestrator::Ecs,
        region: "us-east-1".to_owned(),
        zones: Vec::new(),
        services: services(),
        container_instances: vec![container_instance()],
        deployed: Deployed {
            groups: vec![group],
            ..Deployed::default()
        },
        week: None,
        commitments: crate::domain::commitment::Commitments::default(),
        passed_over: Vec::new(),
        policy: Policy {
            keep_instances: KeepInstances::All,
            memory_overhead: Some(nominal),
            reserved_memory: MemoryMib::new(128),
            ..Policy::default()
        },
    }
}

fn container_instance() -> ContainerInstance {
    ContainerInstance {
        reserved_ports: crate::domain::task::ReservedPorts::default(),
        id: "i-1".to_owned(),
        instance_type: "t9.micro".to_owned(),
        availability_zone: Some("us-east-1a".to_owned()),
        capacity_provider: None,
        registered: RegisteredResources {
            cpu: Some(CpuUnits::new(1024)),
            memory: Some(MemoryMib::new(983)),
            gpus: None,
            pods: None,
        },
        attributes: Attributes::default(),
        active: true,
        is_registered: true,
        purchase_option: Capacity::OnDemand,
    }
}

fn services() -> Vec<Service> {
    let agent = Service {
        scheduling_strategy: SchedulingStrategy::Daemon,
        ..service("agent", 0, 128, 256)
    };
    let api = awsvpc(service("api", 4, 512, 1024));
    let mut arm = service("arm", 1, 256, 512);
    arm.task.architectures = vec![CpuArchitecture::Arm64];
    let mut gold = service("gold", 1, 256, 512);
    let expression = Expression::parse("attribute:tier == gold").expect("an expression");
    gold.placement_constraints = vec![PlacementConstraint::MemberOf(expression)];
    let mut web = service("web", 2, 256, 512);
    web.placement_constraints = vec![PlacementConstraint::DistinctInstance];
    web.task.host_ports = vec![HostPort {
        port: 80,
        protocol: Protocol::Tcp,
    }];
    vec![agent, api, arm, gold, web]
}

pub(in crate::check::tests) fn service(
    name: &str,
    desired_count: u64,
    cpu: u64,
    memory_mib: u64,
) -> Service {
    Service {
        name: name.to_owned(),
        owner: TaskOwner::Service,
        exists: false,
        desired_count,
        min_count: None,
        max_count: None,
        scheduling_strategy: SchedulingStrategy::Replica,
        launch_type: None,
        task: TaskDefinition {
            name: name.to_owned(),
            cpu: CpuUnits::new(cpu),
            memory: MemoryMib::new(memory_mib),
            gpus: GpuCount::ZERO,
            network_mode: NetworkMode::Bridge,
            host_ports: Vec::new(),
            requires_compatibilities: Vec::new(),
            architectures: vec![CpuArchitecture::X86_64],
            placement_constraints: Vec::new(),
            ebs_volumes: 0,
            ephemeral_storage_gib: None,
            fargate: crate::domain::task::FargateFacts::default(),
        },
        placement_constraints: Vec::new(),
        measured_cpu: None,
        placement_strategy: Vec::new(),
        deployment: None,
        capacity_provider_strategy: Vec::new(),
        deployment_strategy: DeploymentStrategy::Rolling,
        service_discovery: false,
        tags: BTreeMap::new(),
        policy: ServicePolicy::default(),
        pod: None,
    }
}

/// The service in `awsvpc` mode.
pub(in crate::check::tests) fn awsvpc(mut service: Service) -> Service {
    service.task.network_mode = NetworkMode::Awsvpc;
    service
}

/// Rows: today's t9.micro, two m9.large, one m9g.large, one m9.large of the gold group. The root volume
/// is 30 GiB × 0.08 / 730 = 0.00328767 USD per hour on each.
pub(in crate::check::tests) fn plan() -> FleetPlan {
    let bill = "0.40643835";
    FleetPlan {
        cluster: "prod".to_owned(),
        region: "us-east-1".to_owned(),
        status: PlanStatus::Feasible,
        snapshot: None,
        catalogue: PlanCatalogue {
            source: "embedded".to_owned(),
            as_of: PlanAsOf {
                on_demand: None,
                spot: None,
                fargate: None,
            },
        },
        cost: PlanCost {
            usd_per_hour: usd(bill),
            usd_per_month: 296.7,
            bound_usd_per_hour: Some(usd("0.325150680")),
            proven_usd_per_hour: None,
            gap: Some(0.2),
            ideal_usd_per_hour: usd(bill),
            ideal_gap: Some(0.2),
            current_usd_per_hour: Some(usd("0.01328767")),
            periods: Vec::new(),
        },
        capacity_providers: vec![
            provider("x86", "m9.large", 2, "0.20657534"),
            provider("arm", "m9g.large", 1, "0.08328767"),
            provider("gold", "m9.large", 1, "0.10328767"),
        ],
        services: vec![
            planned_service("agent", 4, None, "0.00643835"),
            planned_service("api", 4, Some("x86"), "0.1"),
            planned_service("arm", 1, Some("arm"), "0.1"),
            planned_service("gold", 1, Some("gold"), "0.1"),
            planned_service("web", 2, Some("x86"), "0.1"),
        ],
        instances: rows(),
        fargate_tasks: Vec::new(),
        other_group_counts: Vec::new(),
        moves: None,
        commitment: None,
        managed_hours: Vec::new(),
        unplaced: Vec::new(),
        changes: Vec::new(),
        assumptions: Vec::new(),
        warnings: Vec::new(),
        recommendation: None,
    }
}

fn rows() -> Vec<PlannedInstances> {
    let large = [2048, 8192, 3, 0];
    let tasks = [("agent", 1), ("api", 2), ("web", 1)];
    let today = PlannedInstances {
        spare: IndexMap::new(),
        interruption_band: None,
        existing: true,
        ..row(
            "",
            "t9.micro",
            1,
            "0.01328767",
            [1024, 983, 3, 0],
            &[("agent", 1)],
        )
    };
    let gold = PlannedInstances {
        attributes: IndexMap::from([("tier".to_owned(), Some("gold".to_owned()))]),
        ..row(
            "gold",
            "m9.large",
            1,
            "0.10328767",
            large,
            &[("agent", 1), ("gold", 1)],
        )
    };
    vec![
        today,
        row("x86", "m9.large", 2, "0.10328767", large, &tasks),
        row("arm", "m9g.large", 1, "0.08328767", large, &[("arm", 1)]),
        gold,
    ]
}

pub(in crate::check::tests) fn row(
    capacity_provider: &str,
    instance_type: &str,
    count: u64,
    price: &str,
    [cpu, memory_mib, enis, gpus]: [u64; 4],
    tasks: &[(&str, u64)],
) -> PlannedInstances {
    PlannedInstances {
        instance_type: instance_type.to_owned(),
        purchase_option: Capacity::OnDemand,
        availability_zone: None,
        capacity_provider: capacity_provider.to_owned(),
        count,
        usd_per_hour: usd(price),
        registered: Registered {
            cpu,
            memory_mib,
            enis,
            gpus,
            pods: None,
        },
        tasks: tasks
            .iter()
            .map(|&(name, each)| (name.to_owned(), each))
            .collect(),
        spare: IndexMap::new(),
        interruption_band: None,
        existing: false,
        attributes: IndexMap::new(),
    }
}

pub(in crate::check::tests) fn provider(
    name: &str,
    instance_type: &str,
    size: u64,
    cost: &str,
) -> PlannedProvider {
    PlannedProvider {
        name: name.to_owned(),
        kind: ProviderKind::AutoScalingGroup,
        instance_types: vec![instance_type.to_owned()],
        purchase_option: Some(Capacity::OnDemand),
        availability_zones: Vec::new(),
        min_size: 0,
        desired_capacity: size,
        max_size: size,
        managed_scaling: ManagedScaling::DEFAULT,
        certificate: None,
        mode: None,
        usd_per_hour: usd(cost),
        schedule: Vec::new(),
    }
}

pub(in crate::check::tests) fn planned_service(
    name: &str,
    desired_count: u64,
    provider: Option<&str>,
    share: &str,
) -> PlannedService {
    let item = |name: &str| StrategyItem {
        capacity_provider: name.to_owned(),
        base: 0,
        weight: 1,
    };
    PlannedService {
        service_name: name.to_owned(),
        desired_count,
        capacity_provider_strategy: provider.map(item).into_iter().collect(),
        placement_strategy: Vec::new(),
        usd_per_hour: usd(share),
        marginal_usd_per_task_hour: None,
    }
}

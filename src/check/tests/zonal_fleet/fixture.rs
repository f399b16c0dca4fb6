//! A second cluster with a valid plan: three zones of which one has no instance type, Spot and On-Demand,
//! Fargate, an external instance, standalone tasks, volumes, task groups, room for zone loss and rollouts.
//!
//! ```text
//! row  type      zone  bought     tasks                                   spare
//! 0    EXTERNAL  -     (today)    edge
//! 1    r9.large  a     on-demand  agent api cache db job job#2            api
//! 2    r9.large  b     on-demand  agent api db                            2 api
//! 3    m9.large  a     spot       agent api                               api cache db
//! 4    m9.large  b     spot       agent api cache                         cache db job job#2
//! ```
//!
//! `cache` goes beside `api`, no two `db` share an instance by `task:group`, `burst` is on Fargate.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::catalogue::{CatalogueParts, FargateRate, FargateSize, OtherPrice, Price, SpotSaving};
use crate::check::money;
use crate::check::tests::plain_fleet::fixture::{
    awsvpc, instance_type, planned_service, provider, row, service, usd,
};
use crate::domain::attributes::Attributes;
use crate::domain::capacity::{Capacity, ProviderKind};
use crate::domain::cluster::{Cluster, ContainerInstance, RegisteredResources, Zone};
use crate::domain::instance_type::{CpuArchitecture, EbsLimit, InstanceType};
use crate::domain::kubernetes::Orchestrator;
use crate::domain::money::UsdPerHour;
use crate::domain::placement::{PlacementConstraint, TaskGroupRule};
use crate::domain::plan::{
    FleetPlan, ManagedScaling, PlanCost, PlannedFargateTasks, PlannedInstances, PlannedProvider,
    PlannedService, StrategyItem,
};
use crate::domain::policy::{DeploymentSurge, FargateUse, MemoryOverhead, Policy, PurchaseOptions};
use crate::domain::quantity::{CpuUnits, GpuCount, MemoryMib};
use crate::domain::service::{SchedulingStrategy, Service, TaskOwner};
use crate::domain::task::LaunchType;

pub(in crate::check::tests) fn catalogue() -> CatalogueParts {
    let m9 = InstanceType {
        ebs_attachments: Some(3),
        ebs_limit: Some(EbsLimit::Shared),
        ..instance_type("m9.large", 2, 8192)
    };
    let r9 = InstanceType {
        ebs_attachments: Some(2),
        ebs_limit: Some(EbsLimit::Dedicated),
        spot_supported: false,
        ..instance_type("r9.large", 2, 16384)
    };
    let named = |pairs: [(&str, &str); 2]| pairs.map(|(name, text)| (name.to_owned(), usd(text)));
    let price = |(name, usd_per_hour): (String, UsdPerHour)| {
        let basis = "observed".to_owned();
        (
            name,
            Price {
                usd_per_hour,
                basis,
            },
        )
    };
    let zone_ids = || vec!["use1-az1".to_owned(), "use1-az2".to_owned()];
    let saving = SpotSaving {
        percent: Decimal::from(60),
        interruption_band: "<5%".to_owned(),
    };
    let storage = OtherPrice {
        usd: usd("0.0001").amount(),
        unit: "gb_hour".to_owned(),
        basis: "observed".to_owned(),
    };
    CatalogueParts {
        region: "us-east-1".to_owned(),
        instance_types: vec![m9, r9],
        on_demand_prices: named([("m9.large", "0.1"), ("r9.large", "0.13")])
            .map(price)
            .into(),
        spot_prices: BTreeMap::from([(
            "m9.large".to_owned(),
            named([("use1-az1", "0.04"), ("use1-az2", "0.03")]).into(),
        )]),
        spot_savings: BTreeMap::from([("m9.large".to_owned(), saving)]),
        zone_ids: ["m9.large", "r9.large"]
            .map(|name| (name.to_owned(), zone_ids()))
            .into(),
        fargate_rates: fargate_rates(),
        fargate_sizes: [(256, 512), (256, 1024), (512, 1024)]
            .map(|(cpu, memory)| FargateSize {
                cpu: CpuUnits::new(cpu),
                memory: MemoryMib::new(memory),
            })
            .into(),
        other_prices: BTreeMap::from([("fargate_ephemeral_storage".to_owned(), storage)]),
        ..CatalogueParts::default()
    }
}

/// ARM is cheaper and has no Spot rate.
fn fargate_rates() -> Vec<FargateRate> {
    let rate = |architecture, capacity, vcpu, gb| FargateRate {
        architecture,
        capacity,
        usd_per_vcpu_hour: usd(vcpu),
        usd_per_gb_hour: usd(gb),
        basis: "observed".to_owned(),
    };
    vec![
        rate(CpuArchitecture::X86_64, Capacity::Fargate, "0.04", "0.004"),
        rate(CpuArchitecture::Arm64, Capacity::Fargate, "0.03", "0.003"),
        rate(
            CpuArchitecture::X86_64,
            Capacity::FargateSpot,
            "0.012",
            "0.0012",
        ),
    ]
}

pub(in crate::check::tests) fn cluster() -> Cluster {
    let nominal = MemoryOverhead {
        percent: 0.into(),
        fixed_mib: 0.into(),
        per_vcpu_mib: 0.into(),
    };
    let zones = [
        ("us-east-1a", "use1-az1"),
        ("us-east-1b", "use1-az2"),
        ("us-east-1c", "use1-az3"),
    ];
    Cluster {
        name: "prod".to_owned(),
        orchestrator: Orchestrator::Ecs,
        region: "us-east-1".to_owned(),
        zones: zones
            .map(|(name, id)| Zone {
                name: Some(name.to_owned()),
                id: Some(id.to_owned()),
            })
            .into(),
        services: services(),
        container_instances: vec![external_instance("mi-1")],
        deployed: crate::domain::deployed::Deployed::default(),
        week: None,
        commitments: crate::domain::commitment::Commitments::default(),
        passed_over: Vec::new(),
        policy: Policy {
            purchase_options: PurchaseOptions {
                on_demand: true,
                spot: true,
            },
            fargate: FargateUse::Allowed,
            spot_max_share: Decimal::new(5, 1),
            spot_max_share_per_pool: Decimal::new(2, 1),
            survive_zone_loss: true,
            deployment_surge: DeploymentSurge::WholeRollout,
            min_instances: 4,
            max_instances: 4,
            max_instance_types: Some(2),
            memory_overhead: Some(nominal),
            root_volume_gib: 0,
            ..Policy::default()
        },
    }
}

pub(in crate::check::tests) fn external_instance(id: &str) -> ContainerInstance {
    let mut attributes = Attributes::default();
    attributes.set("ecs.capability.external", None);
    attributes.set("ecs.cpu-architecture", Some("x86_64"));
    ContainerInstance {
        reserved_ports: crate::domain::task::ReservedPorts::default(),
        id: id.to_owned(),
        instance_type: "EXTERNAL".to_owned(),
        availability_zone: None,
        capacity_provider: None,
        registered: RegisteredResources {
            cpu: Some(CpuUnits::new(2048)),
            memory: Some(MemoryMib::new(4096)),
            gpus: Some(GpuCount::ZERO),
            pods: None,
        },
        attributes,
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
    let mut burst = awsvpc(service("burst", 3, 200, 700));
    burst.task.requires_compatibilities = vec![LaunchType::Fargate];
    burst.task.architectures = vec![CpuArchitecture::X86_64, CpuArchitecture::Arm64];
    burst.task.ephemeral_storage_gib = Some(30);
    let mut db = service("db", 2, 256, 1024);
    db.task.ebs_volumes = 1;
    let job = |name: &str| Service {
        owner: TaskOwner::Standalone {
            group: "family:job".to_owned(),
        },
        ..service(name, 1, 64, 128)
    };
    vec![
        agent,
        service("api", 4, 512, 1024),
        burst,
        beside(service("cache", 2, 256, 512), &["service:api"]),
        away_from(db, &["service:db"]),
        Service {
            launch_type: Some(LaunchType::External),
            ..service("edge", 1, 512, 512)
        },
        job("job"),
        job("job#2"),
    ]
}

/// The service with an affinity to task groups.
pub(in crate::check::tests) fn beside(service: Service, groups: &[&str]) -> Service {
    with_rule(service, groups, true)
}

/// The service with a conflict with task groups.
pub(in crate::check::tests) fn away_from(service: Service, groups: &[&str]) -> Service {
    with_rule(service, groups, false)
}

fn with_rule(mut service: Service, groups: &[&str], together: bool) -> Service {
    let rule = TaskGroupRule {
        groups: groups.iter().map(|&group| group.to_owned()).collect(),
        together,
        source: "task:group …".to_owned(),
    };
    service
        .placement_constraints
        .push(PlacementConstraint::TaskGroup(rule));
    service
}

pub(in crate::check::tests) fn plan() -> FleetPlan {
    let mut plan = FleetPlan {
        capacity_providers: vec![
            PlannedProvider {
                availability_zones: vec!["us-east-1a".to_owned(), "us-east-1b".to_owned()],
                ..provider("od", "r9.large", 0, "0")
            },
            PlannedProvider {
                availability_zones: vec!["us-east-1a".to_owned(), "us-east-1b".to_owned()],
                purchase_option: Some(Capacity::Spot),
                ..provider("spot", "m9.large", 0, "0")
            },
            fargate_provider("FARGATE", ProviderKind::Fargate, Capacity::OnDemand),
            fargate_provider("FARGATE_SPOT", ProviderKind::FargateSpot, Capacity::Spot),
        ],
        services: vec![
            planned_service("agent", 4, None, "0"),
            planned("api", 4, &[("od", 1), ("spot", 1)]),
            planned("burst", 3, &[("FARGATE", 2), ("FARGATE_SPOT", 1)]),
            planned("cache", 2, &[("od", 1), ("spot", 1)]),
            planned("db", 2, &[("od", 1)]),
            planned("edge", 1, &[]),
            planned("job", 1, &[("od", 1)]),
            planned("job#2", 1, &[("od", 1)]),
        ],
        instances: rows(),
        fargate_tasks: vec![
            fargate_tasks("FARGATE", 2, "0.0115"),
            fargate_tasks("FARGATE_SPOT", 1, "0.0052"),
        ],
        ..crate::check::tests::plain_fleet::fixture::plan()
    };
    settle(&mut plan);
    assert_eq!(plan.cost.usd_per_hour, usd("0.3582"), "as added up by hand");
    plan
}

fn rows() -> Vec<PlannedInstances> {
    let today = PlannedInstances {
        existing: true,
        ..row("", "EXTERNAL", 1, "0", [2048, 4096, 0, 0], &[("edge", 1)])
    };
    let od = |zone: &str, tasks: &[(&str, u64)], spare: &[(&str, u64)]| PlannedInstances {
        availability_zone: Some(zone.to_owned()),
        spare: counts(spare),
        ..row("od", "r9.large", 1, "0.13", [2048, 16384, 3, 0], tasks)
    };
    let spot =
        |zone: &str, price: &str, tasks: &[(&str, u64)], spare: &[(&str, u64)]| PlannedInstances {
            availability_zone: Some(zone.to_owned()),
            purchase_option: Capacity::Spot,
            interruption_band: Some("<5%".to_owned()),
            spare: counts(spare),
            ..row("spot", "m9.large", 1, price, [2048, 8192, 3, 0], tasks)
        };
    vec![
        today,
        od(
            "us-east-1a",
            &[
                ("agent", 1),
                ("api", 1),
                ("cache", 1),
                ("db", 1),
                ("job", 1),
                ("job#2", 1),
            ],
            &[("api", 1)],
        ),
        od(
            "us-east-1b",
            &[("agent", 1), ("api", 1), ("db", 1)],
            &[("api", 2)],
        ),
        spot(
            "us-east-1a",
            "0.04",
            &[("agent", 1), ("api", 1)],
            &[("api", 1), ("cache", 1), ("db", 1)],
        ),
        spot(
            "us-east-1b",
            "0.03",
            &[("agent", 1), ("api", 1), ("cache", 1)],
            &[("cache", 1), ("db", 1), ("job", 1), ("job#2", 1)],
        ),
    ]
}

fn counts(pairs: &[(&str, u64)]) -> IndexMap<String, u64> {
    (pairs.iter())
        .map(|&(name, count)| (name.to_owned(), count))
        .collect()
}

fn fargate_provider(name: &str, kind: ProviderKind, purchase_option: Capacity) -> PlannedProvider {
    PlannedProvider {
        kind,
        instance_types: Vec::new(),
        purchase_option: Some(purchase_option),
        managed_scaling: ManagedScaling::default(),
        ..provider(name, "", 0, "0")
    }
}

/// 256 CPU units and 1 GB of memory with 10 GiB of storage charged.
fn fargate_tasks(capacity_provider: &str, count: u64, price: &str) -> PlannedFargateTasks {
    PlannedFargateTasks {
        service_name: "burst".to_owned(),
        capacity_provider: capacity_provider.to_owned(),
        count,
        cpu: 256,
        memory_mib: 1024,
        usd_per_hour: usd(price),
        schedule: Vec::new(),
    }
}

pub(in crate::check::tests) fn planned(
    name: &str,
    count: u64,
    strategy: &[(&str, u64)],
) -> PlannedService {
    PlannedService {
        capacity_provider_strategy: (strategy.iter())
            .map(|&(provider, weight)| StrategyItem {
                capacity_provider: provider.to_owned(),
                base: 0,
                weight,
            })
            .collect(),
        ..planned_service(name, count, None, "0")
    }
}

/// Makes the figures that follow from the rows agree with them: sizes and costs of providers, the bill,
/// the shares and the daemon's count. No bound is claimed.
pub(in crate::check::tests) fn settle(plan: &mut FleetPlan) {
    for provider in &mut plan.capacity_providers {
        let rows = (plan.instances.iter()).filter(|row| row.capacity_provider == provider.name);
        let tasks =
            (plan.fargate_tasks.iter()).filter(|row| row.capacity_provider == provider.name);
        provider.desired_capacity = rows.clone().map(|row| row.count).sum();
        provider.max_size = provider.desired_capacity;
        let costs = rows.map(|row| row.usd_per_hour * row.count);
        let costs = costs.chain(tasks.map(|row| row.usd_per_hour * row.count));
        provider.usd_per_hour = costs.sum();
    }
    let instances = (plan.instances.iter()).map(|row| money::times(row.usd_per_hour, row.count));
    let tasks = (plan.fargate_tasks.iter()).map(|row| money::times(row.usd_per_hour, row.count));
    let bill = money::total(instances.chain(tasks)).expect("a small bill");
    plan.cost = PlanCost {
        usd_per_hour: bill,
        usd_per_month: bill.usd_per_month().to_f64().expect("a small bill"),
        bound_usd_per_hour: None,
        proven_usd_per_hour: None,
        gap: None,
        ideal_usd_per_hour: bill,
        ideal_gap: None,
        current_usd_per_hour: None,
        periods: Vec::new(),
    };
    for service in &mut plan.services {
        service.usd_per_hour = UsdPerHour::ZERO;
    }
    plan.services[0].usd_per_hour = bill;
    let agents =
        (plan.instances.iter()).map(|row| row.count * row.tasks.get("agent").copied().unwrap_or(0));
    plan.services[0].desired_count = agents.sum();
}

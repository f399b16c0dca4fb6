//! A small plan made by hand, for the tests of the reports.

use indexmap::IndexMap;

use crate::domain::capacity::{Capacity, ProviderKind};
use crate::domain::money::UsdPerHour;
use crate::domain::plan::{
    Assumption, Change, FleetPlan, ManagedScaling, PlanAsOf, PlanCatalogue, PlanCost, PlanStatus,
    PlannedFargateTasks, PlannedInstances, PlannedProvider, PlannedService, Reason, Registered,
    StrategyItem, Unplaced, Warning,
};

pub fn usd(text: &str) -> UsdPerHour {
    text.parse().expect("a test amount")
}

/// Three instances of one type in two packings, one of another; one service with an awkward name.
pub fn plan() -> FleetPlan {
    FleetPlan {
        cluster: "prod".to_owned(),
        region: "us-east-1".to_owned(),
        status: PlanStatus::Feasible,
        snapshot: None,
        catalogue: PlanCatalogue {
            source: "embedded".to_owned(),
            as_of: PlanAsOf {
                on_demand: Some("2026-07-20".to_owned()),
                spot: None,
                fargate: Some("2026-03-31".to_owned()),
            },
        },
        cost: PlanCost {
            usd_per_hour: usd("0.403"),
            usd_per_month: 294.19,
            bound_usd_per_hour: Some(usd("0.4027")),
            proven_usd_per_hour: None,
            gap: Some(0.000_744_42),
            ideal_usd_per_hour: usd("0.403"),
            ideal_gap: Some(0.000_744_42),
            current_usd_per_hour: Some(usd("0.52")),
            periods: Vec::new(),
        },
        capacity_providers: vec![provider()],
        services: vec![
            service("api", 7, "0.2"),
            service("batch", 5, "0.1"),
            service("log-router", 4, "0.003"),
            service("web|edge", 4, "0.1"),
        ],
        instances: vec![
            instances(
                "m7g.large",
                2,
                "0.0849",
                &[("api", 2), ("web|edge", 2), ("log-router", 1)],
            ),
            instances("m7g.large", 1, "0.0849", &[("api", 3), ("log-router", 1)]),
            instances(
                "c7g.xlarge",
                1,
                "0.1483",
                &[("batch", 5), ("log-router", 1)],
            ),
        ],
        fargate_tasks: Vec::new(),
        other_group_counts: Vec::new(),
        moves: None,
        commitment: None,
        managed_hours: Vec::new(),
        unplaced: Vec::new(),
        changes: vec![Change::AddInstances {
            instance_type: "c7g.xlarge".to_owned(),
            purchase_option: Capacity::OnDemand,
            today: None,
            planned: 1,
        }],
        assumptions: vec![Assumption::AsGiven {
            text: "On-Demand prices as of 2026-07-20".to_owned(),
        }],
        warnings: Vec::new(),
        recommendation: None,
    }
}

/// The same cluster with two tasks that have no place and nothing proven.
pub fn infeasible_plan() -> FleetPlan {
    let mut plan = plan();
    plan.status = PlanStatus::Infeasible;
    plan.cost.bound_usd_per_hour = None;
    plan.cost.gap = None;
    plan.cost.ideal_gap = None;
    plan.cost.current_usd_per_hour = None;
    plan.unplaced.push(Unplaced {
        service_name: "trainer".to_owned(),
        count: 2,
        reasons: vec![
            given("asks for 16 GPUs; no allowed type has more than 8"),
            given("nearest: p5.48xlarge (8 GPUs)"),
        ],
    });
    plan
}

/// A plan in which everything that only some plans have is there: two zones, Spot, Fargate, room for a lost
/// zone, standalone tasks, an instance from outside AWS, a quota that is passed.
pub fn whole_plan() -> FleetPlan {
    let mut plan = plan();
    let mut first = instances(
        "m7g.large",
        1,
        "0.0849",
        &[("api", 3), ("family:nightly-report", 1)],
    );
    first.availability_zone = Some("us-east-1a".to_owned());
    first.spare = places(&[("api", 2), ("web", 2)]);
    let mut second = instances("m7g.large", 1, "0.0849", &[("api", 2), ("web", 4)]);
    second.availability_zone = Some("us-east-1b".to_owned());
    second.spare = places(&[("api", 3)]);
    let mut spot = instances("c7g.xlarge", 1, "0.0517", &[("batch", 5)]);
    spot.purchase_option = Capacity::Spot;
    spot.availability_zone = Some("us-east-1a".to_owned());
    spot.interruption_band = Some("<5%".to_owned());
    spot.capacity_provider = "bayplan-arm64-spot".to_owned();
    let mut external = instances("EXTERNAL", 1, "0", &[("till", 1)]);
    external.existing = true;
    external.capacity_provider = String::new();
    plan.instances = vec![first, second, spot, external];
    plan.fargate_tasks = vec![
        fargate_tasks("FARGATE", 2, "0.01234"),
        fargate_tasks("FARGATE_SPOT", 4, "0.00370"),
    ];
    let mut on_demand = provider();
    on_demand.availability_zones = vec!["us-east-1a".to_owned(), "us-east-1b".to_owned()];
    on_demand.desired_capacity = 2;
    let mut on_spot = provider();
    on_spot.name = "bayplan-arm64-spot".to_owned();
    on_spot.instance_types = vec!["c7g.xlarge".to_owned()];
    on_spot.purchase_option = Some(Capacity::Spot);
    on_spot.availability_zones = vec!["us-east-1a".to_owned()];
    on_spot.desired_capacity = 1;
    let mut fargate_spot = provider();
    fargate_spot.name = "FARGATE_SPOT".to_owned();
    fargate_spot.kind = ProviderKind::FargateSpot;
    fargate_spot.instance_types.clear();
    plan.capacity_providers = vec![on_demand, on_spot, fargate_spot];
    plan.services = vec![
        service("api", 5, "0.08"),
        service("batch", 5, "0.05"),
        service("web", 4, "0.05"),
        service("edge", 6, "0.04"),
        service("till", 1, "0"),
        service("family:nightly-report", 1, "0.02"),
    ];
    plan.warnings = vec![Warning::TaskQuota {
        service_name: "api".to_owned(),
        tasks: 6000,
        quota: 5000,
    }];
    plan
}

fn fargate_tasks(provider: &str, count: u64, cost: &str) -> PlannedFargateTasks {
    PlannedFargateTasks {
        service_name: "edge".to_owned(),
        capacity_provider: provider.to_owned(),
        count,
        cpu: 256,
        memory_mib: 512,
        usd_per_hour: usd(cost),
        schedule: Vec::new(),
    }
}

fn places(counts: &[(&str, u64)]) -> IndexMap<String, u64> {
    counts
        .iter()
        .map(|&(name, n)| (name.to_owned(), n))
        .collect()
}

fn provider() -> PlannedProvider {
    PlannedProvider {
        certificate: None,
        mode: None,
        name: "bayplan-arm64".to_owned(),
        kind: ProviderKind::AutoScalingGroup,
        instance_types: vec!["m7g.large".to_owned(), "c7g.xlarge".to_owned()],
        purchase_option: Some(Capacity::OnDemand),
        availability_zones: Vec::new(),
        min_size: 0,
        desired_capacity: 4,
        max_size: 4,
        managed_scaling: ManagedScaling::DEFAULT,
        usd_per_hour: usd("0.403"),
        schedule: Vec::new(),
    }
}

fn service(name: &str, count: u64, cost: &str) -> PlannedService {
    PlannedService {
        service_name: name.to_owned(),
        desired_count: count,
        capacity_provider_strategy: vec![StrategyItem {
            capacity_provider: "bayplan-arm64".to_owned(),
            base: 0,
            weight: 1,
        }],
        placement_strategy: Vec::new(),
        usd_per_hour: usd(cost),
        marginal_usd_per_task_hour: (name != "log-router").then(|| usd("0.0212345")),
    }
}

fn instances(kind: &str, count: u64, cost: &str, tasks: &[(&str, u64)]) -> PlannedInstances {
    PlannedInstances {
        instance_type: kind.to_owned(),
        purchase_option: Capacity::OnDemand,
        availability_zone: None,
        capacity_provider: "bayplan-arm64".to_owned(),
        count,
        usd_per_hour: usd(cost),
        registered: Registered {
            cpu: 2048,
            memory_mib: 7600,
            enis: 2,
            gpus: 0,
            pods: None,
        },
        tasks: places(tasks),
        spare: IndexMap::new(),
        interruption_band: None,
        existing: false,
        attributes: IndexMap::new(),
    }
}

fn given(text: &str) -> Reason {
    Reason::AsGiven {
        text: text.to_owned(),
    }
}

//! Two zones and three steady groups with their certificates, written by hand.
//!
//! ```text
//! group  type      zone  bought     instances  on each          certified tasks
//! od-a   r9.large  a     on-demand  2          agent api web    2 api, 2 web
//! od-b   r9.large  b     on-demand  2          agent api web    2 api, 2 web
//! spot   m9.large  a, b  spot       1 each     agent api        2 api
//! ```
//!
//! `spot` is filled exactly, so each zone has 3 tasks of `api` and 2 of `web`.

use indexmap::IndexMap;
use rust_decimal::Decimal;

use crate::check::tests::plain_fleet::fixture::{provider, row, service};
use crate::check::tests::{plain_fleet, zonal_fleet};
use crate::domain::capacity::Capacity;
use crate::domain::cluster::Cluster;
use crate::domain::placement::PlacementStrategy;
use crate::domain::plan::{
    Certificate, FleetPlan, GroupMode, PlannedInstances, PlannedProvider, PlannedService,
};
use crate::domain::policy::{DeploymentSurge, FargateUse};
use crate::domain::service::{SchedulingStrategy, Service};

const ZONE: &str = "attribute:ecs.availability-zone";
const ZONES: [&str; 2] = ["us-east-1a", "us-east-1b"];

pub(super) fn cluster() -> Cluster {
    let mut cluster = zonal_fleet::fixture::cluster();
    cluster.zones.truncate(ZONES.len());
    cluster.container_instances.clear();
    let policy = &mut cluster.policy;
    policy.survive_zone_loss = false;
    policy.deployment_surge = DeploymentSurge::Off;
    policy.fargate = FargateUse::Forbidden;
    policy.spot_max_share = Decimal::ONE;
    policy.spot_max_share_per_pool = Decimal::ONE;
    policy.min_instances = 0;
    policy.max_instances = 6;
    cluster.services = vec![
        Service {
            scheduling_strategy: SchedulingStrategy::Daemon,
            ..service("agent", 0, 128, 256)
        },
        service("api", 6, 512, 1024),
        service("web", 4, 256, 512),
    ];
    cluster
}

pub(super) fn plan() -> FleetPlan {
    let mut plan = FleetPlan {
        capacity_providers: vec![
            group("od-a", "r9.large", &ZONES[..1], &[("api", 1), ("web", 1)]),
            group("od-b", "r9.large", &ZONES[1..], &[("api", 1), ("web", 1)]),
            PlannedProvider {
                purchase_option: Some(Capacity::Spot),
                ..group("spot", "m9.large", &ZONES, &[("api", 1)])
            },
        ],
        services: vec![
            plain_fleet::fixture::planned_service("agent", 6, None, "0"),
            PlannedService {
                placement_strategy: vec![over("instanceId"), over(ZONE)],
                ..equally("api", 6, &["od-a", "od-b", "spot"])
            },
            PlannedService {
                placement_strategy: vec![over(ZONE), over("instanceId")],
                ..equally("web", 4, &["od-a", "od-b"])
            },
        ],
        instances: vec![
            on_demand("od-a", ZONES[0]),
            on_demand("od-b", ZONES[1]),
            spot(ZONES[0], "0.04"),
            spot(ZONES[1], "0.03"),
        ],
        ..plain_fleet::fixture::plan()
    };
    zonal_fleet::fixture::settle(&mut plan);
    for group in &mut plan.capacity_providers {
        group.min_size = group.desired_capacity;
    }
    plan
}

/// A steady group of two instances, each full by its pattern.
fn group(
    name: &str,
    instance_type: &str,
    zones: &[&str],
    on_each: &[(&str, u64)],
) -> PlannedProvider {
    let counts = |instances: u64| -> IndexMap<String, u64> {
        (on_each.iter())
            .map(|&(service, each)| (service.to_owned(), instances * each))
            .collect()
    };
    PlannedProvider {
        availability_zones: zones.iter().map(|&zone| zone.to_owned()).collect(),
        certificate: Some(Certificate {
            tasks_per_instance: counts(1),
            tasks: counts(2),
        }),
        mode: Some(GroupMode::Steady),
        ..provider(name, instance_type, 0, "0")
    }
}

/// A service whose tasks are sent to groups in equal numbers.
fn equally(name: &str, count: u64, groups: &[&str]) -> PlannedService {
    let weights: Vec<(&str, u64)> = groups.iter().map(|&group| (group, 1)).collect();
    zonal_fleet::fixture::planned(name, count, &weights)
}

/// The placement strategy that spreads over a field.
pub(super) fn over(field: &str) -> PlacementStrategy {
    PlacementStrategy::Spread(field.to_owned())
}

fn on_demand(group: &str, zone: &str) -> PlannedInstances {
    let tasks = [("agent", 1), ("api", 1), ("web", 1)];
    PlannedInstances {
        availability_zone: Some(zone.to_owned()),
        ..row(group, "r9.large", 2, "0.13", [2048, 16384, 3, 0], &tasks)
    }
}

fn spot(zone: &str, price: &str) -> PlannedInstances {
    let tasks = [("agent", 1), ("api", 1)];
    PlannedInstances {
        availability_zone: Some(zone.to_owned()),
        purchase_option: Capacity::Spot,
        interruption_band: Some("<5%".to_owned()),
        ..row("spot", "m9.large", 1, price, [2048, 8192, 3, 0], &tasks)
    }
}

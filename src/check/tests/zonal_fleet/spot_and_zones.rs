//! Tasks on Spot and over zones.

use rust_decimal::Decimal;

use super::Change;
use super::fixture::{beside, planned, settle};
use crate::check::tests::plain_fleet::fixture::service;
use crate::domain::placement::PlacementConstraint;
use crate::domain::plan::{PlanStatus, Unplaced};
use crate::domain::policy::{DeploymentSurge, ZoneSpread};
use crate::domain::query::Expression;
use crate::domain::service::{SchedulingStrategy, TaskOwner};
use crate::domain::task::{HostPort, Protocol};

// V27
mutation!(
    fewer_on_demand_tasks_than_the_service_asks_for,
    |it| it.service("api").policy.on_demand_base = Some(3),
    OnDemandMinimum
);
mutation!(
    fewer_on_demand_tasks_than_the_policy_asks_for,
    |it| it.cluster.policy.on_demand_base = 2,
    OnDemandMinimum
);
mutation!(
    a_larger_share_on_spot_than_the_policy_allows,
    |it| it.cluster.policy.spot_max_share = Decimal::new(49, 2),
    OnDemandMinimum
);
mutation!(
    a_larger_share_on_fargate_spot_than_the_service_allows,
    |it| it.service("burst").policy.spot_max_share = Some(Decimal::new(3, 1)),
    OnDemandMinimum
);
mutation!(no_more_on_demand_than_there_are_tasks, |it| it
    .service("db")
    .policy
    .on_demand_base =
    Some(100),);
mutation!(unplaced_tasks_need_not_be_on_demand, |it| {
    it.service("burst").desired_count = 5;
    it.plan.services[2].desired_count = 5;
    it.plan.status = PlanStatus::Infeasible;
    it.plan.unplaced.push(Unplaced {
        service_name: "burst".to_owned(),
        count: 2,
        reasons: Vec::new(),
    });
},);

// V28
mutation!(
    more_tasks_in_a_pool_than_the_policy_allows,
    |it| it.cluster.policy.spot_max_share_per_pool = Decimal::new(14, 2),
    PoolCap
);
mutation!(exactly_the_share_of_a_pool, |it| it
    .cluster
    .policy
    .spot_max_share_per_pool =
    Decimal::new(143, 3),);

// V29
mutation!(
    no_task_in_a_zone_that_could_hold_some,
    Change::offered_in_the_third_zone,
    ZoneSpread
);
mutation!(no_task_in_a_zone_where_the_policy_does_not_care, |it| {
    it.offered_in_the_third_zone();
    it.cluster.policy.zone_spread = Some(ZoneSpread::Any);
},);
mutation!(
    both_tasks_in_one_zone,
    |it| {
        it.add(service("zeta", 2, 64, 128), 2);
        it.without_zone_loss();
        it.cluster.policy.on_demand_zones = 1;
    },
    ZoneSpread
);
mutation!(both_standalone_tasks_in_one_zone, |it| {
    it.add(service("zeta", 2, 64, 128), 2);
    it.service("zeta").owner = TaskOwner::Standalone {
        group: "family:zeta".to_owned(),
    };
    it.without_zone_loss();
},);
mutation!(both_tasks_in_the_only_zone_they_may_use, |it| {
    let mut zeta = service("zeta", 2, 64, 128);
    let expression = Expression::parse("attribute:ecs.availability-zone == us-east-1b");
    let expression = expression.expect("an expression");
    zeta.placement_constraints = vec![PlacementConstraint::MemberOf(expression)];
    it.add(zeta, 2);
    it.without_zone_loss();
},);
mutation!(
    both_tasks_in_the_only_zone_that_their_partner_may_use,
    |it| {
        let mut first = service("first", 1, 64, 128);
        let expression = Expression::parse("attribute:ecs.availability-zone == us-east-1b");
        let expression = expression.expect("an expression");
        first.placement_constraints = vec![PlacementConstraint::MemberOf(expression)];
        it.add(first, 2);
        it.add(beside(service("second", 2, 64, 128), &["service:first"]), 2);
        it.without_zone_loss();
        it.cluster.policy.deployment_surge = DeploymentSurge::Off;
    },
);
mutation!(
    both_tasks_in_the_only_zone_where_a_daemon_leaves_the_port,
    |it| {
        let port = HostPort {
            port: 9100,
            protocol: Protocol::Tcp,
        };
        let mut exporter = service("exporter", 1, 1, 1);
        exporter.task.host_ports = vec![port];
        exporter.scheduling_strategy = SchedulingStrategy::Daemon;
        let expression = Expression::parse("attribute:ecs.availability-zone == us-east-1a");
        let expression = expression.expect("an expression");
        exporter.placement_constraints = vec![PlacementConstraint::MemberOf(expression)];
        it.add(exporter, 1);
        it.set_tasks(3, "exporter", 1);
        it.plan.services[8] = planned("exporter", 2, &[]);
        let mut zeta = service("zeta", 2, 64, 128);
        zeta.task.host_ports = vec![port];
        it.add(zeta, 2);
        it.set_tasks(2, "zeta", 1);
        it.set_tasks(4, "zeta", 1);
        it.plan.services[9] = planned("zeta", 2, &[("od", 1), ("spot", 1)]);
        it.cluster.policy.spot_max_share_per_pool = Decimal::ONE;
        it.without_zone_loss();
        it.cluster.policy.deployment_surge = DeploymentSurge::Off;
    },
);
mutation!(
    a_kept_instance_makes_its_zone_usable,
    |it| {
        it.keep_an_empty_instance("use1-az3", "us-east-1c");
        settle(&mut it.plan);
    },
    ZoneSpread
);
mutation!(
    a_kept_instance_outside_the_zones_of_the_file_does_not_count,
    |it| {
        it.keep_an_empty_instance("us-east-1f", "us-east-1f");
        it.add(service("zeta", 3, 64, 128), 5);
        it.plan.services[8] = planned("zeta", 3, &[]);
        settle(&mut it.plan);
    },
);
mutation!(
    a_group_with_more_instances_in_one_zone,
    |it| {
        let mut empty = it.row(1).clone();
        empty.count = 2;
        empty.tasks.retain(|name, _| name == "agent");
        empty.spare.clear();
        it.plan.instances.push(empty);
        it.cluster.policy.max_instances = 6;
        settle(&mut it.plan);
    },
    ZoneSpread
);

// V38
fn api_on_demand_in_one_zone(it: &mut Change) {
    // Two On-Demand tasks in zone a and two on Spot in zone b.
    it.without_zone_loss();
    it.cluster.policy.deployment_surge = DeploymentSurge::Off;
    it.cluster.policy.spot_max_share_per_pool = Decimal::ONE;
    it.set_tasks(1, "api", 2);
    it.row(2).tasks.shift_remove("api");
    it.row(3).tasks.shift_remove("api");
    it.set_tasks(4, "api", 2);
}
mutation!(
    on_demand_tasks_in_one_zone,
    api_on_demand_in_one_zone,
    OnDemandZones
);
mutation!(on_demand_tasks_in_one_zone_as_the_policy_allows, |it| {
    api_on_demand_in_one_zone(it);
    it.cluster.policy.on_demand_zones = 1;
},);
mutation!(
    on_demand_tasks_in_one_zone_of_a_spread_that_is_not_even,
    |it| {
        api_on_demand_in_one_zone(it);
        it.cluster.policy.zone_spread = Some(ZoneSpread::Any);
    },
);
mutation!(one_task_needs_no_second_zone, |it| {
    it.cluster.policy.on_demand_zones = 3;
},);

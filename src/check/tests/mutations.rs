//! The mutations, in the order of the codes. Where a mutation breaks several rules, all are named.

use indexmap::IndexMap;
use rust_decimal::Decimal;

use super::fixture::{awsvpc, provider, service, usd};
use super::{Rule, rules_broken_by};
use crate::domain::capacity::{Capacity, ProviderKind};
use crate::domain::cluster::Zone;
use crate::domain::placement::PlacementConstraint;
use crate::domain::plan::{Plan, PlanStatus, PlannedFargateTasks, PlannedProvider, Unplaced};
use crate::domain::policy::{CountBasis, Inclusion, KeepInstances};
use crate::domain::quantity::{CpuUnits, GpuCount, MemoryMib};
use crate::domain::query::Expression;
use crate::domain::task::{HostPort, LaunchType, NetworkMode, Protocol};

/// One test: the change and the rules it breaks.
macro_rules! mutation {
    ($name:ident, $change:expr, $($rule:ident),* $(,)?) => {
        #[test]
        fn $name() {
            let expected: &[Rule] = &[$(Rule::$rule),*];
            assert_eq!(rules_broken_by($change), expected);
        }
    };
}

fn set_tasks(plan: &mut Plan, row: usize, service: &str, each: u64) {
    plan.instances[row].tasks.insert(service.to_owned(), each);
}

// V01
mutation!(another_version, |_, plan| plan.version = 2, Document);
mutation!(another_cluster, |_, plan| plan.cluster.push('x'), Document);

// V02
mutation!(
    a_service_listed_twice,
    |_, plan| {
        let mut again = plan.services[1].clone();
        again.usd_per_hour = usd("0");
        plan.services.push(again);
    },
    ServiceNames
);
mutation!(
    a_service_not_listed,
    |_, plan| {
        let gone = plan.services.remove(0);
        plan.services[0].usd_per_hour += gone.usd_per_hour;
    },
    ServiceNames
);
mutation!(
    tasks_of_an_unknown_service,
    |_, plan| set_tasks(plan, 1, "nobody", 1),
    ServiceNames
);

// V03
mutation!(
    a_task_too_few,
    |cluster, plan| {
        cluster.services[1].desired_count = 5;
        plan.services[1].desired_count = 5;
    },
    TaskCounts
);
mutation!(
    another_desired_count,
    |_, plan| plan.services[1].desired_count = 5,
    TaskCounts
);
mutation!(
    a_daemon_count_that_is_not_its_instances,
    |_, plan| plan.services[0].desired_count = 1,
    TaskCounts
);
mutation!(
    headroom_not_planned_for,
    |cluster, _| cluster.policy.headroom_percent = Decimal::from(10),
    TaskCounts
);
mutation!(
    the_largest_count_not_planned_for,
    |cluster, _| {
        cluster.policy.count_basis = CountBasis::Max;
        cluster.services[1].max_count = Some(9);
    },
    TaskCounts
);

// V04
mutation!(
    a_type_the_policy_excludes,
    |cluster, _| cluster.policy.excluded_instance_types = vec!["m9g.*".to_owned()],
    InstanceType
);
mutation!(
    too_few_vcpus_for_the_policy,
    |cluster, _| cluster.policy.min_vcpus = Some(4),
    InstanceType
);
mutation!(
    burstable_required,
    |cluster, _| cluster.policy.burstable = Inclusion::Required,
    InstanceType
);
mutation!(
    an_unknown_type,
    |_, plan| {
        plan.instances[2].instance_type = "z1.huge".to_owned();
        plan.capacity_providers[1].instance_types = vec!["z1.huge".to_owned()];
    },
    InstanceType,
    RowPrice
);

// V05
mutation!(
    a_spot_row,
    |_, plan| {
        plan.instances[2].purchase_option = Capacity::Spot;
        plan.capacity_providers[1].purchase_option = Some(Capacity::Spot);
    },
    PurchaseOption,
    // Nor is there a Spot price.
    RowPrice
);

mutation!(
    an_existing_instance_bought_otherwise_than_today,
    |cluster, _| cluster.container_instances[0].purchase_option = Capacity::Spot,
    PurchaseOption,
    ExistingInstances
);
mutation!(
    an_existing_spot_instance_of_a_type_without_a_spot_price,
    |cluster, plan| {
        cluster.container_instances[0].purchase_option = Capacity::Spot;
        plan.instances[0].purchase_option = Capacity::Spot;
    },
);

// V06
mutation!(
    a_zone_the_cluster_does_not_name,
    |_, plan| {
        plan.instances[2].availability_zone = Some("us-east-1f".to_owned());
        plan.capacity_providers[1].availability_zones = vec!["us-east-1f".to_owned()];
    },
    Zone
);
mutation!(
    no_zone_although_the_cluster_names_some,
    |cluster, plan| {
        cluster.zones = vec![Zone {
            name: Some("us-east-1a".to_owned()),
            id: None,
        }];
        plan.instances[0].availability_zone = Some("us-east-1a".to_owned());
    },
    Zone
);

mutation!(
    a_type_that_the_zone_does_not_have,
    |cluster, plan| {
        cluster.zones = vec![Zone {
            name: None,
            id: Some("use1-az1".to_owned()),
        }];
        for row in &mut plan.instances {
            let zone = if row.existing {
                "us-east-1a"
            } else {
                "use1-az1"
            };
            row.availability_zone = Some(zone.to_owned());
        }
        for provider in &mut plan.capacity_providers {
            provider.availability_zones = vec!["us-east-1a".to_owned(), "use1-az1".to_owned()];
        }
    },
    Zone
);

// V07
mutation!(
    attributes_of_no_group,
    |_, plan| {
        plan.instances[2].attributes = IndexMap::from([("tier".to_owned(), None)]);
    },
    Attributes
);
mutation!(
    part_of_a_groups_attributes,
    |cluster, _| cluster.groups[0].attributes.set("disk", Some("ssd")),
    Attributes
);

// V08
mutation!(
    memory_above_the_model,
    |_, plan| plan.instances[1].registered.memory_mib = 8193,
    Registered
);
mutation!(
    memory_above_what_the_cluster_shows_for_the_type,
    |cluster, _| {
        let mut seen = cluster.container_instances[0].clone();
        seen.instance_type = "m9.large".to_owned();
        seen.registered.cpu = None;
        seen.registered.memory = Some(MemoryMib::new(7000));
        seen.active = false;
        cluster.container_instances.push(seen);
    },
    Registered
);

// V09
mutation!(
    more_cpu_than_there_is,
    |cluster, _| cluster.services[1].task.cpu = CpuUnits::new(833),
    Capacity
);
mutation!(exactly_all_the_cpu_is_no_violation, |cluster, _| cluster
    .services[1]
    .task
    .cpu =
    CpuUnits::new(832),);
mutation!(
    more_memory_than_there_is,
    |cluster, _| cluster.services[1].task.memory = MemoryMib::new(3650),
    Capacity
);
mutation!(
    memory_that_the_policy_reserves,
    |cluster, _| cluster.services[1].task.memory = MemoryMib::new(3649),
    Capacity
);
mutation!(exactly_all_the_memory_is_no_violation, |cluster, _| {
    cluster.services[1].task.memory = MemoryMib::new(3648);
},);
mutation!(
    more_interfaces_than_there_are,
    |cluster, _| {
        for index in [0, 4] {
            cluster.services[index].task.network_mode = NetworkMode::Awsvpc;
        }
    },
    Capacity
);
mutation!(
    a_gpu_where_there_is_none,
    |cluster, _| cluster.services[2].task.gpus = GpuCount::new(1),
    Capacity
);
mutation!(
    a_daemon_that_displaces_the_reserve,
    |cluster, _| cluster.policy.reserved_cpu = CpuUnits::new(641),
    Capacity
);

// V10
mutation!(
    two_services_on_one_port,
    |cluster, _| cluster.services[1].task.host_ports = cluster.services[4].task.host_ports.clone(),
    HostPorts
);
mutation!(
    two_tasks_of_a_service_on_one_port,
    |cluster, _| {
        cluster.services[1].task.host_ports = vec![HostPort {
            port: 8080,
            protocol: Protocol::Tcp,
        }];
    },
    HostPorts
);
mutation!(
    a_daemon_on_the_same_port,
    |cluster, _| cluster.services[0].task.host_ports = cluster.services[4].task.host_ports.clone(),
    HostPorts
);
mutation!(
    the_same_port_by_another_protocol_is_no_violation,
    |cluster, _| {
        cluster.services[0].task.host_ports = vec![HostPort {
            port: 80,
            protocol: Protocol::Udp,
        }];
    },
);
mutation!(
    the_agents_port,
    |cluster, _| {
        cluster.services[2].task.host_ports = vec![HostPort {
            port: 51678,
            protocol: Protocol::Tcp,
        }];
    },
    HostPorts
);

mutation!(
    more_ports_than_the_quota_leaves,
    |cluster, _| {
        cluster.services[2].task.host_ports = (1000..1100)
            .map(|port| HostPort {
                port,
                protocol: Protocol::Udp,
            })
            .collect();
    },
    HostPorts
);

// V11
mutation!(
    two_tasks_of_a_distinct_service,
    |cluster, _| {
        let distinct = cluster.services[4].placement_constraints.clone();
        cluster.services[1].task.placement_constraints = distinct;
    },
    DistinctInstance
);

// V12
mutation!(
    a_fargate_service_on_instances,
    |cluster, _| cluster.services[1].launch_type = Some(LaunchType::Fargate),
    LaunchType
);
mutation!(
    a_task_definition_compatible_with_fargate_only,
    |cluster, _| cluster.services[1].task.requires_compatibilities = vec![LaunchType::Fargate],
    LaunchType
);

// V13
mutation!(
    an_x86_task_on_arm,
    |cluster, plan| {
        cluster.services.push(service("zeta", 1, 128, 128));
        set_tasks(plan, 2, "zeta", 1);
        let mut listed = plan.services[2].clone();
        listed.service_name = "zeta".to_owned();
        listed.usd_per_hour = usd("0");
        plan.services.push(listed);
    },
    Architecture
);

// V14
mutation!(
    an_instance_without_the_attribute,
    |_, plan| plan.instances[3].attributes.clear(),
    MemberOf
);
mutation!(
    an_instance_with_another_value,
    |cluster, plan| {
        cluster.groups[0].attributes.set("tier", Some("silver"));
        plan.instances[3].attributes["tier"] = Some("silver".to_owned());
    },
    MemberOf
);

// V15
mutation!(
    a_daemon_missing,
    |_, plan| {
        plan.instances[3].tasks.shift_remove("agent");
        plan.services[0].desired_count = 3;
    },
    Daemons
);
mutation!(
    a_daemon_twice,
    |_, plan| {
        set_tasks(plan, 3, "agent", 2);
        plan.services[0].desired_count = 5;
    },
    Daemons
);
mutation!(
    a_daemon_where_it_does_not_match,
    |_, plan| {
        set_tasks(plan, 2, "agent", 1);
        plan.services[0].desired_count = 5;
    },
    Daemons
);
mutation!(
    a_daemon_missing_on_an_existing_instance_that_holds_it,
    |_, plan| {
        plan.instances[0].tasks.clear();
        plan.services[0].desired_count = 3;
    },
    Daemons
);
mutation!(
    a_daemon_too_large_for_an_existing_instance_is_no_violation,
    |cluster, plan| {
        cluster.services[0].task.memory = MemoryMib::new(1000);
        plan.instances[0].tasks.clear();
        plan.services[0].desired_count = 3;
    },
);

mutation!(
    two_daemons_of_one_port_on_an_existing_instance_may_leave_one_out,
    |cluster, plan| {
        let mut second = cluster.services[0].clone();
        second.name = "agent-2".to_owned();
        // Both match today's instance alone.
        for daemon in [&mut cluster.services[0], &mut second] {
            let expression = Expression::parse("attribute:ecs.instance-type == t9.micro");
            let expression = expression.expect("an expression");
            daemon.placement_constraints = vec![PlacementConstraint::MemberOf(expression)];
            daemon.task.host_ports = vec![HostPort {
                port: 8126,
                protocol: Protocol::Udp,
            }];
        }
        cluster.services.push(second);
        for row in [1, 3] {
            plan.instances[row].tasks.shift_remove("agent");
        }
        plan.services[0].desired_count = 1;
        let mut listed = plan.services[0].clone();
        listed.service_name = "agent-2".to_owned();
        listed.desired_count = 0;
        listed.usd_per_hour = usd("0");
        plan.services.push(listed);
    },
);

// V16
mutation!(
    an_existing_row_in_a_redesign,
    |cluster, _| cluster.policy.keep_instances = KeepInstances::None,
    ExistingInstances
);
mutation!(
    an_instance_of_today_left_out,
    |cluster, _| {
        let mut second = cluster.container_instances[0].clone();
        second.id = "i-2".to_owned();
        cluster.container_instances.push(second);
    },
    ExistingInstances
);
mutation!(
    an_invented_existing_instance,
    |cluster, _| cluster.container_instances[0].active = false,
    ExistingInstances
);
mutation!(
    an_existing_instance_with_more_memory_than_it_registers,
    |_, plan| plan.instances[0].registered.memory_mib = 1024,
    ExistingInstances
);
mutation!(
    an_existing_instance_in_another_zone,
    |_, plan| plan.instances[0].availability_zone = Some("us-east-1b".to_owned()),
    ExistingInstances
);
mutation!(
    an_existing_instance_with_an_attribute_it_does_not_have,
    |_, plan| {
        plan.instances[0].attributes = IndexMap::from([("tier".to_owned(), None)]);
    },
    ExistingInstances
);

// V17
mutation!(
    a_price_with_the_discount_forgotten,
    |cluster, _| cluster.policy.savings_plan_discount = Decimal::new(25, 2),
    RowPrice
);
mutation!(
    a_price_without_the_fee,
    |cluster, _| cluster.policy.instance_usd_per_hour = usd("0.00000001"),
    RowPrice
);
mutation!(
    a_price_without_the_root_volume,
    |cluster, _| cluster.policy.root_volume_gib = 31,
    RowPrice
);

// V18
mutation!(
    a_bill_one_unit_off,
    |_, plan| {
        let unit = usd("0.00000001");
        plan.cost.usd_per_hour += unit;
        plan.services[0].usd_per_hour += unit;
    },
    Bill,
    BoundAndGaps
);
mutation!(
    a_month_one_cent_off,
    |_, plan| plan.cost.usd_per_month = 296.71,
    Bill
);

// V19
mutation!(
    shares_one_unit_short,
    |_, plan| plan.services[1].usd_per_hour = usd("0.09999999"),
    ServiceShares
);
mutation!(
    a_negative_share,
    |_, plan| {
        plan.services[0].usd_per_hour = usd("-0.09356165");
        plan.services[1].usd_per_hour = usd("0.2");
    },
    ServiceShares
);

// V20
mutation!(
    a_bound_above_the_ideal,
    |_, plan| {
        plan.cost.bound_usd_per_hour = Some(usd("0.5"));
    },
    BoundAndGaps
);
mutation!(
    an_ideal_above_the_bill,
    |_, plan| plan.cost.ideal_usd_per_hour = usd("0.5"),
    BoundAndGaps
);
mutation!(
    a_flattering_gap,
    |_, plan| plan.cost.gap = Some(0.1),
    BoundAndGaps
);
mutation!(
    a_gap_without_a_bound,
    |_, plan| plan.cost.bound_usd_per_hour = None,
    BoundAndGaps
);

// V21
mutation!(
    optimal_without_proof,
    |_, plan| plan.status = PlanStatus::Optimal,
    Status
);
mutation!(optimal_with_proof_is_no_violation, |_, plan| {
    plan.status = PlanStatus::Optimal;
    plan.cost.bound_usd_per_hour = Some(plan.cost.ideal_usd_per_hour);
    plan.cost.gap = Some(0.0);
    plan.cost.ideal_gap = Some(0.0);
},);
mutation!(
    infeasible_with_every_task_placed,
    |_, plan| plan.status = PlanStatus::Infeasible,
    Status
);
mutation!(
    feasible_with_unplaced_tasks,
    |cluster, plan| {
        cluster.services[1].desired_count = 5;
        plan.services[1].desired_count = 5;
        plan.unplaced.push(Unplaced {
            service_name: "api".to_owned(),
            count: 1,
            reasons: Vec::new(),
        });
    },
    Status
);

// V22
mutation!(
    a_row_of_an_unknown_provider,
    |_, plan| plan.instances[2].capacity_provider = "ARM".to_owned(),
    CapacityProviders,
    Strategies
);
mutation!(
    a_new_row_outside_every_provider,
    |_, plan| {
        plan.instances[2].capacity_provider = String::new();
        plan.capacity_providers.remove(1);
        plan.services[2].capacity_provider_strategy.clear();
    },
    CapacityProviders
);
mutation!(
    a_provider_of_another_type,
    |_, plan| plan.capacity_providers[1].instance_types = vec!["m9.large".to_owned()],
    CapacityProviders
);
mutation!(
    a_provider_of_another_kind,
    |_, plan| plan.capacity_providers[1].kind = ProviderKind::Fargate,
    CapacityProviders
);
mutation!(
    a_capacity_that_is_not_the_rows,
    |_, plan| plan.capacity_providers[0].min_size = 3,
    CapacityProviders
);
mutation!(
    a_group_larger_than_its_limit,
    |_, plan| plan.capacity_providers[0].max_size = 1,
    CapacityProviders
);
mutation!(
    a_desired_capacity_without_rows,
    |_, plan| {
        plan.capacity_providers[0].desired_capacity = 3;
        plan.capacity_providers[0].max_size = 3;
    },
    CapacityProviders
);
mutation!(
    a_provider_cost_that_is_not_the_rows,
    |_, plan| plan.capacity_providers[0].usd_per_hour = usd("0.2"),
    CapacityProviders
);

// V23
mutation!(
    a_strategy_of_an_unknown_provider,
    |_, plan| {
        plan.services[1].capacity_provider_strategy[0].capacity_provider = "nobody".to_owned();
    },
    Strategies
);
mutation!(
    a_strategy_of_a_provider_without_its_tasks,
    |_, plan| {
        plan.services[1].capacity_provider_strategy[0].capacity_provider = "arm".to_owned();
    },
    Strategies
);
mutation!(
    a_weight_of_nothing_where_the_tasks_are,
    |_, plan| plan.services[1].capacity_provider_strategy[0].weight = 0,
    Strategies
);
mutation!(
    a_weight_beyond_the_limit,
    |_, plan| plan.services[1].capacity_provider_strategy[0].weight = 1001,
    Strategies
);
mutation!(
    the_smaller_weight_where_more_tasks_are,
    |cluster, plan| {
        cluster.services[1].desired_count = 5;
        plan.services[1].desired_count = 5;
        set_tasks(plan, 3, "api", 1);
        let mut second = plan.services[1].capacity_provider_strategy[0].clone();
        second.capacity_provider = "gold".to_owned();
        second.weight = 2;
        plan.services[1].capacity_provider_strategy.push(second);
    },
    Strategies
);

// V24
mutation!(
    more_instances_than_allowed,
    |cluster, _| cluster.policy.max_instances = 4,
    FleetSize
);

#[test]
fn todays_instances_may_be_more_than_allowed_as_long_as_nothing_is_added() {
    let broken = rules_broken_by(|cluster, plan| {
        cluster.policy.max_instances = 1;
        for row in &mut plan.instances {
            row.existing = true;
        }
    });
    assert!(!broken.contains(&Rule::FleetSize), "{broken:?}");
}

// V25
mutation!(
    zero_tasks_of_a_service_on_a_row,
    |_, plan| set_tasks(plan, 1, "arm", 0),
    PositiveCounts
);
mutation!(
    a_row_of_no_instances,
    |_, plan| {
        let mut none = plan.instances[1].clone();
        none.count = 0;
        plan.instances.push(none);
    },
    PositiveCounts
);

// V26
mutation!(
    tasks_on_fargate,
    |cluster, plan| {
        cluster.services.push(awsvpc(service("zeta", 1, 512, 1024)));
        let mut listed = plan.services[1].clone();
        listed.service_name = "zeta".to_owned();
        listed.desired_count = 1;
        listed.usd_per_hour = usd("0");
        listed.capacity_provider_strategy[0].capacity_provider = "FARGATE".to_owned();
        plan.services.push(listed);
        plan.capacity_providers.push(PlannedProvider {
            kind: ProviderKind::Fargate,
            instance_types: Vec::new(),
            ..provider("FARGATE", "", 0, "0")
        });
        plan.fargate_tasks.push(PlannedFargateTasks {
            service_name: "zeta".to_owned(),
            capacity_provider: "FARGATE".to_owned(),
            count: 1,
            cpu: 512,
            memory_mib: 1024,
            usd_per_hour: usd("0"),
        });
    },
    Fargate
);

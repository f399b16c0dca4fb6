//! Which tasks may run on which instance, daemons among them.

use super::fixture::{service, usd};
use super::set_tasks;
use crate::domain::placement::PlacementConstraint;
use crate::domain::quantity::MemoryMib;
use crate::domain::query::Expression;
use crate::domain::task::{HostPort, LaunchType, Protocol};

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
        cluster.deployed.groups[0]
            .attributes
            .set("tier", Some("silver"));
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

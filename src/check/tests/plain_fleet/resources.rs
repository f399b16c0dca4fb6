//! What an instance holds: registered resources, capacity, host ports.

use crate::domain::quantity::{CpuUnits, GpuCount, MemoryMib};
use crate::domain::task::{HostPort, NetworkMode, Protocol};

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

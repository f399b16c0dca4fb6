//! The tiny random clusters are worth planning: every rule takes part, and the exhaustive solver finds
//! optima that can be worked out by hand.

// How often each rule takes part is worth reading.
#![allow(clippy::print_stdout)]

use crate::support::tiny::exhaustive::{Optimum, solve};
use crate::support::{imported, tiny};
use bayplan::domain::placement::PlacementConstraint;
use bayplan::domain::policy::KeepInstances;
use bayplan::domain::task::{LaunchType, NetworkMode};
use serde_json::{Value, json};

/// As many as the comparison with the planner uses.
const CLUSTERS: u64 = 420;

#[test]
fn every_rule_takes_part_in_many_feasible_clusters() {
    let mut seen = [
        ("awsvpc", 0),
        ("GPUs", 0),
        ("host ports", 0),
        ("distinctInstance", 0),
        ("memberOf", 0),
        ("ARM64 only", 0),
        ("daemons", 0),
        ("custom attributes in the optimum", 0),
        ("reserved amounts", 0),
        ("today's instances", 0),
        ("trunking", 0),
    ];
    let mut feasible = 0;
    for seed in 0..CLUSTERS {
        let cluster = imported(&tiny::cluster(seed));
        let Optimum {
            hopeless,
            fleet: Some((_, fleet)),
        } = solve(&cluster, &tiny::catalogue(seed))
        else {
            continue;
        };
        if !hopeless.is_empty() {
            continue;
        }
        feasible += 1;
        let services = &cluster.services;
        let member_of = |c: &PlacementConstraint| matches!(c, PlacementConstraint::MemberOf(_));
        let policy = &cluster.policy;
        let takes_part = [
            services
                .iter()
                .any(|s| s.task.network_mode == NetworkMode::Awsvpc),
            services.iter().any(|s| s.task.gpus.get() > 0),
            services.iter().any(|s| !s.task.host_ports.is_empty()),
            services
                .iter()
                .any(|s| s.is_distinct_instance() && s.desired_count > 1),
            services.iter().any(|s| s.constraints().any(member_of)),
            services.iter().any(|s| {
                let names: Vec<&str> = (s.task.architectures.iter())
                    .map(|a| a.attribute_value())
                    .collect();
                names == ["arm64"]
            }),
            fleet.iter().any(|filled| !filled.kind.daemons.is_empty()),
            fleet
                .iter()
                .any(|f| !f.kind.existing && !f.kind.custom.is_empty()),
            policy.reserved_cpu.get() + policy.reserved_memory.get() > 0,
            policy.keep_instances == KeepInstances::All && fleet.iter().any(|f| f.kind.existing),
            policy.eni_trunking,
        ];
        for ((_, count), present) in seen.iter_mut().zip(takes_part) {
            *count += u64::from(present);
        }
    }
    println!("{feasible} feasible, {seen:?}");
    assert!(
        feasible >= 300,
        "only {feasible} of {CLUSTERS} are feasible"
    );
    for (what, count) in seen {
        assert!(
            count >= 20,
            "{what} in only {count} of {CLUSTERS}: {seen:?}"
        );
    }
}

/// A file with these services on `ta.medium` (2 vCPUs, 4,096 MiB, two interfaces for tasks) alone.
fn on_medium(services: &Value) -> Value {
    json!({
        "version": 1,
        "cluster": "by-hand",
        "region": "us-east-1",
        "services": services,
        "policy": {
            "allowedInstanceTypes": ["ta.medium"],
            "memoryOverhead": { "percent": 0, "fixedMib": 0, "perVcpuMib": 0 },
        },
    })
}

/// Number of instances of the optimum.
fn instances(services: &Value) -> Option<usize> {
    let optimum = solve(&imported(&on_medium(services)), &tiny::catalogue(1));
    assert!(optimum.hopeless.is_empty());
    optimum.fleet.map(|(_, fleet)| fleet.len())
}

#[test]
fn optima_that_can_be_worked_out_by_hand() {
    let service = |name: &str, count: u64, more: Value| {
        let mut service = json!({
            "serviceName": name, "desiredCount": count, "cpu": "512", "memory": "512",
        });
        for (key, value) in more.as_object().expect("an object") {
            service[key] = value.clone();
        }
        service
    };
    // Four tasks of half a vCPU fill two vCPUs.
    assert_eq!(instances(&json!([service("a", 8, json!({}))])), Some(2));
    // A daemon takes the room of one of them.
    let daemon = service("d", 0, json!({ "schedulingStrategy": "DAEMON" }));
    let with_daemon = json!([service("a", 8, json!({})), daemon]);
    assert_eq!(instances(&with_daemon), Some(3));
    // Three interfaces, one of them the instance's own.
    let awsvpc = service("a", 6, json!({ "networkMode": "awsvpc" }));
    assert_eq!(instances(&json!([awsvpc])), Some(3));
    // One task of a port, and of a distinct service, an instance; two different ones share it.
    let port = service("a", 3, json!({ "hostPorts": [80] }));
    let distinct = json!({ "placementConstraints": [{ "type": "distinctInstance" }] });
    let both = json!([port, service("b", 3, distinct)]);
    assert_eq!(instances(&both), Some(3));
}

#[test]
fn services_that_fit_nothing_are_told_apart_from_the_rest() {
    let services = json!([
        { "serviceName": "arm", "desiredCount": 1, "cpu": "256", "memory": "256",
          "architectures": ["ARM64"] },
        { "serviceName": "fargate", "desiredCount": 1, "cpu": "256", "memory": "256",
          "networkMode": "awsvpc", "launchType": "FARGATE" },
        { "serviceName": "fits", "desiredCount": 1, "cpu": "256", "memory": "256" },
    ]);
    let cluster = imported(&on_medium(&services));
    assert_eq!(cluster.services[1].launch_type, Some(LaunchType::Fargate));
    let optimum = solve(&cluster, &tiny::catalogue(1));
    assert_eq!(optimum.hopeless, [0, 1]);
    assert_eq!(optimum.fleet.map(|(_, fleet)| fleet.len()), Some(1));
}

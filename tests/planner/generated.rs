//! The benchmark generator keeps its promises: the figures in the documentation rest on it.

use crate::generator::{LARGEST_COUNT, Request, Rules, USUAL_SIZES, cluster};
use bayplan::io::{ImportOptions, read_cluster};
use serde_json::{Value, json};

const LADDER: [(u64, u64); 6] = [
    (10, 100),
    (10, 1_000),
    (10, 10_000),
    (50, 10_000),
    (200, 10_000),
    (3, 15_000),
];

fn generated(services: u64, tasks: u64, seed: u64) -> Value {
    generated_with(Rules::Plain, services, tasks, seed)
}

fn generated_with(rules: Rules, services: u64, tasks: u64, seed: u64) -> Value {
    cluster(Request {
        services,
        tasks,
        seed,
        rules,
    })
    .expect("the counts can be reached")
}

fn services(cluster: &Value) -> &Vec<Value> {
    cluster["services"].as_array().expect("a list of services")
}

#[test]
fn counts_add_up_exactly_and_stay_within_one_and_the_largest() {
    for (service_count, tasks) in LADDER {
        let cluster = generated(service_count, tasks, 7);
        let counts: Vec<u64> = services(&cluster)
            .iter()
            .map(|service| service["desiredCount"].as_u64().expect("a count"))
            .collect();
        assert_eq!(counts.len() as u64, service_count);
        assert_eq!(counts.iter().sum::<u64>(), tasks);
        assert!(counts.iter().all(|&n| (1..=LARGEST_COUNT).contains(&n)));
    }
}

#[test]
fn the_same_request_gives_the_same_bytes_and_another_seed_does_not() {
    let first = generated(50, 1_000, 1).to_string();
    assert_eq!(first, generated(50, 1_000, 1).to_string());
    assert_ne!(first, generated(50, 1_000, 2).to_string());
}

#[test]
fn a_third_is_awsvpc_and_about_45_percent_leave_the_list() {
    let cluster = generated(900, 10_000, 3);
    let awsvpc = services(&cluster)
        .iter()
        .filter(|service| service["networkMode"] == "awsvpc")
        .count();
    assert_eq!(awsvpc, 300);
    let amount = |value: &Value| value.as_str().and_then(|text| text.parse::<u64>().ok());
    let off_the_list = services(&cluster)
        .iter()
        .filter(|service| {
            let cpu = amount(&service["cpu"]).expect("CPU units");
            let memory = amount(&service["memory"]).expect("MiB");
            assert!((153..=13_108).contains(&cpu), "{cpu} CPU units");
            assert!((307..=26_215).contains(&memory), "{memory} MiB");
            !USUAL_SIZES.contains(&(cpu, memory))
        })
        .count();
    assert!((360..=450).contains(&off_the_list), "{off_the_list} of 900");
}

#[test]
fn unreachable_totals_are_errors() {
    let impossible = [(10, 9), (2, 10_001), (0, 1)];
    for (services, tasks) in impossible {
        let request = Request {
            services,
            tasks,
            seed: 1,
            rules: Rules::Plain,
        };
        assert!(cluster(request).is_err(), "{services} and {tasks}");
    }
}

/// The services of a whole cluster without its daemon, which comes last.
fn without_daemon(cluster: &Value) -> &[Value] {
    let (daemon, others) = services(cluster).split_last().expect("services");
    assert_eq!(daemon["schedulingStrategy"], "DAEMON");
    assert_eq!(daemon["serviceName"], "agent");
    assert!(
        others
            .iter()
            .all(|service| service.get("schedulingStrategy").is_none())
    );
    others
}

fn share_of(cluster: &Value, has: impl Fn(&Value) -> bool) -> usize {
    let services = without_daemon(cluster);
    services.iter().filter(|service| has(service)).count()
}

#[test]
fn the_whole_set_keeps_the_shapes_and_counts_and_adds_a_daemon() {
    for (service_count, tasks) in [(10, 100), (50, 1_000), (200, 10_000)] {
        let whole = generated_with(Rules::Whole, service_count, tasks, 4);
        let plain = generated(service_count, tasks, 4);
        let others = without_daemon(&whole);
        assert_eq!(others.len() as u64, service_count);
        for (service, bare) in others.iter().zip(services(&plain)) {
            for key in [
                "serviceName",
                "desiredCount",
                "cpu",
                "memory",
                "networkMode",
            ] {
                assert_eq!(service[key], bare[key], "{key}");
            }
        }
    }
}

#[test]
fn the_whole_set_has_its_shares() {
    for (service_count, seed) in [(100, 1), (200, 2), (50, 3)] {
        let whole = generated_with(Rules::Whole, service_count, 10_000, seed);
        let percent = |share: usize| {
            let count = usize::try_from(service_count).expect("a small number");
            (count * share).div_ceil(100)
        };
        let port = |service: &Value| service.get("hostPorts").is_some();
        let distinct =
            |service: &Value| service["placementConstraints"][0]["type"] == "distinctInstance";
        let gpu = |service: &Value| service["gpu"] == 1;
        let both = |service: &Value| service["architectures"] == json!(["X86_64", "ARM64"]);
        let awsvpc = |service: &Value| service["networkMode"] == "awsvpc";
        let eligible = |service: &Value| awsvpc(service) && service.get("launchType").is_none();
        assert_eq!(share_of(&whole, port), percent(10));
        assert_eq!(share_of(&whole, distinct), percent(8));
        assert_eq!(share_of(&whole, gpu), percent(3));
        assert_eq!(share_of(&whole, eligible), percent(20));
        // A GPU's image is for x86 alone, so a few of the 30 % may have lost the other architecture.
        let on_both = share_of(&whole, both);
        assert!(on_both <= percent(30) && on_both + percent(3) >= percent(30));
        // What may run on Fargate has nothing that Fargate lacks; ports are for bridge alone.
        assert_eq!(
            share_of(&whole, |s| eligible(s) && (distinct(s) || gpu(s))),
            0
        );
        assert_eq!(share_of(&whole, |s| port(s) && awsvpc(s)), 0);
    }
}

#[test]
fn the_whole_set_has_three_zones_and_every_part_of_the_policy() {
    let whole = generated_with(Rules::Whole, 50, 1_000, 1);
    let zones = whole["availabilityZones"].as_array().expect("zones");
    assert_eq!(zones.len(), 3);
    assert!(
        zones
            .iter()
            .all(|zone| zone["zoneName"].is_string() && zone["zoneId"].is_string())
    );
    let policy = json!({
        "eniTrunking": true,
        "purchaseOptions": ["on-demand", "spot"],
        "spotMaxShare": 0.7,
        "spotMaxSharePerPool": 0.4,
        "zoneSpread": "even",
        "fargate": "allowed",
    });
    assert_eq!(whole["policy"], policy);
    let read = read_cluster(&whole.to_string(), "whole.json", &ImportOptions::default());
    let imported = read.expect("the importer takes it");
    assert!(imported.warnings.is_empty(), "{:?}", imported.warnings);
}

#[test]
fn the_same_request_for_the_whole_set_gives_the_same_bytes() {
    let first = generated_with(Rules::Whole, 50, 1_000, 1).to_string();
    assert_eq!(
        first,
        generated_with(Rules::Whole, 50, 1_000, 1).to_string()
    );
    assert_ne!(
        first,
        generated_with(Rules::Whole, 50, 1_000, 2).to_string()
    );
}

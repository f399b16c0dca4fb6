//! The benchmark generator keeps its promises: the figures in the documentation rest on it.

#[path = "../benches/generator/mod.rs"]
mod generator;

use generator::{LARGEST_COUNT, Request, Rules, USUAL_SIZES, cluster};
use serde_json::Value;

const LADDER: [(u64, u64); 6] = [
    (10, 100),
    (10, 1_000),
    (10, 10_000),
    (50, 10_000),
    (200, 10_000),
    (3, 15_000),
];

fn generated(services: u64, tasks: u64, seed: u64) -> Value {
    cluster(Request {
        services,
        tasks,
        seed,
        rules: Rules::Plain,
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

//! Cluster files with other sizes: what is written is what somebody would write, and reads back.

use super::*;
use crate::domain::quantity::{CpuUnits, MemoryMib};
use crate::domain::service::Service;

fn resize(service: &str, cpu: (u64, u64), memory: (u64, u64)) -> Resize {
    let differs = |(before, after): (u64, u64)| before != after;
    Resize {
        service: service.to_owned(),
        cpu: differs(cpu).then(|| (CpuUnits::new(cpu.0), CpuUnits::new(cpu.1))),
        memory: differs(memory).then(|| (MemoryMib::new(memory.0), MemoryMib::new(memory.1))),
        min_count: None,
        max_count: None,
        profile: None,
    }
}

fn written(text: &str, name: &str, changes: &[Resize]) -> String {
    let document = ClusterDocument::parse(text, name).expect("a document");
    document
        .located("shop", "us-east-1")
        .resized(changes)
        .to_json()
}

fn services(json: &str) -> Vec<Service> {
    cluster_file::read_cluster(json, "w.json", &ImportOptions::default())
        .unwrap_or_else(|findings| panic!("{findings}\n{json}"))
        .cluster
        .services
}

fn size(services: &[Service], name: &str) -> (u64, u64) {
    let service = services
        .iter()
        .find(|service| service.name == name)
        .expect(name);
    (service.task.cpu.get(), service.task.memory.get())
}

/// Two services of one definition, one of them by the bare family, and a running task of it.
const SHARED: &str = r#"{"version": 1, "cluster": "shop", "region": "us-east-1",
  "snapshot": {"takenAt": "2026-03-01T00:00:00Z"},
  "taskDefinitions": [{"family": "web", "revision": 7, "cpu": "1024", "memory": "2048",
    "taskDefinitionArn": "arn:aws:ecs:us-east-1:111122223333:task-definition/web:7",
    "containerDefinitions": [{"name": "a", "cpu": 768, "memory": 1024, "memoryReservation": 512}, {"name": "b", "cpu": 256, "memory": 512}]}],
  "services": [
    {"serviceName": "front", "desiredCount": 2, "taskDefinition": "arn:aws:ecs:us-east-1:111122223333:task-definition/web:7"},
    {"serviceName": "back", "desiredCount": 2, "taskDefinition": "web"}]}"#;

#[test]
fn a_definition_gets_a_new_revision_and_others_keep_the_old_one() {
    let json = written(
        SHARED,
        "c.json",
        &[resize("front", (1_024, 512), (2_048, 1_024))],
    );
    let found = services(&json);
    assert_eq!(size(&found, "front"), (512, 1_024));
    assert_eq!(
        size(&found, "back"),
        (1_024, 2_048),
        "the bare family meant revision 7"
    );
    assert!(
        json.contains("task-definition/web:8\"") && json.contains("\"web:7\""),
        "{json}"
    );
    assert!(!json.contains("takenAt"), "nothing runs as it says");
    insta::assert_snapshot!(json);
}

#[test]
fn sizes_that_containers_add_up_to_are_divided_among_them() {
    let text = SHARED.replace(r#""cpu": "1024", "memory": "2048","#, "");
    // 768 + 256 CPU units; 512 reserved and 512 limited.
    let smaller = services(&written(
        &text,
        "c.json",
        &[resize("front", (1_024, 320), (1_024, 736))],
    ));
    assert_eq!(size(&smaller, "front"), (320, 736));
    let larger = services(&written(
        &text,
        "c.json",
        &[resize("front", (1_024, 1_504), (1_024, 1_632))],
    ));
    assert_eq!(size(&larger, "front"), (1_504, 1_632));
}

#[test]
fn inline_sizes_counts_and_tables_are_written_as_json() {
    let text = "service,cpu,memory_mib,desired_count\napi,0.5 vCPU,1 GB,4\nworker,1024,4096,3\n";
    let counts = Resize {
        min_count: Some(2),
        max_count: Some(9),
        ..resize("worker", (1_024, 1_024), (4_096, 4_096))
    };
    let json = written(
        text,
        "shop.csv",
        &[resize("api", (512, 256), (1_024, 512)), counts],
    );
    let found = services(&json);
    assert_eq!(
        (size(&found, "api"), size(&found, "worker")),
        ((256, 512), (1_024, 4_096))
    );
    assert_eq!((found[1].min_count, found[1].max_count), (Some(2), Some(9)));
}

#[test]
fn answers_as_aws_prints_them_are_looked_into() {
    let text = r#"{"version": 1, "cluster": "shop", "region": "us-east-1",
      "taskDefinitions": {"taskDefinition": {"family": "web", "containerDefinitions": [{"name": "a", "cpu": 512, "memory": 1024}]}},
      "services": {"services": [{"serviceName": "front", "desiredCount": 2, "taskDefinition": "web"},
                                {"serviceName": "back", "desiredCount": 2, "taskDefinition": "web"}], "failures": []}}"#;
    let found = services(&written(
        text,
        "c.json",
        &[resize("front", (512, 128), (1_024, 256))],
    ));
    assert_eq!(
        (size(&found, "front"), size(&found, "back")),
        ((128, 256), (512, 1_024))
    );
}

#[test]
fn nothing_changed_is_the_file_as_it_was() {
    let json = written(SHARED, "c.json", &[]);
    let value: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(
        value,
        serde_json::from_str::<serde_json::Value>(SHARED).expect("JSON")
    );
}

#[test]
fn a_limit_of_memory_grows_with_the_size_and_stays_when_it_shrinks() {
    let text = SHARED.replace(r#""cpu": "1024", "memory": "2048","#, "");
    let limit = |json: &str| {
        let value: serde_json::Value = serde_json::from_str(json).expect("JSON");
        let container = &value["taskDefinitions"][1]["containerDefinitions"][0];
        (
            container["memory"].as_u64(),
            container["memoryReservation"].as_u64(),
        )
    };
    let larger = written(
        &text,
        "c.json",
        &[resize("front", (1_024, 1_024), (1_024, 2_048))],
    );
    assert_eq!(limit(&larger), (Some(2_048), Some(1_024)));
    let smaller = written(
        &text,
        "c.json",
        &[resize("front", (1_024, 1_024), (1_024, 512))],
    );
    assert_eq!(limit(&smaller), (Some(1_024), Some(256)));
}

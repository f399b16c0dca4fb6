//! What the importer accepts is valid by the published schemas, and what they are there to find is not.

use std::fs;
use std::path::{Path, PathBuf};

use bayplan::domain::policy_keys::{Kind, POLICY_KEYS};
use bayplan::io::{SchemaOf, json_schema};
use serde_json::{Value, json};

use crate::support::json_schema::faults;
use crate::support::tiny;

fn schema(of: SchemaOf) -> Value {
    serde_json::from_str(&json_schema(of)).expect("JSON")
}

fn document(path: &Path) -> Value {
    let text = fs::read_to_string(path).expect("an example");
    if path.extension().is_some_and(|ending| ending == "json") {
        serde_json::from_str(&text).expect("JSON")
    } else {
        serde_saphyr::from_str(&text).expect("YAML")
    }
}

/// Files of a folder of the repository.
fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut files: Vec<PathBuf> = (fs::read_dir(folder).expect("a folder"))
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.is_file())
        .collect();
    files.sort();
    files
}

#[test]
fn every_example_is_valid() {
    let schema = schema(SchemaOf::Cluster);
    let examples = files("data/examples");
    assert!(examples.len() > 3, "{examples:?}");
    for example in examples {
        assert_eq!(faults(&schema, &document(&example)), [""; 0], "{example:?}");
    }
}

#[test]
fn generated_clusters_are_valid() {
    let schema = schema(SchemaOf::Cluster);
    for seed in 0..300 {
        assert_eq!(
            faults(&schema, &tiny::cluster(seed)),
            [""; 0],
            "seed {seed}"
        );
    }
}

#[test]
fn slips_are_found_at_their_place() {
    let schema = schema(SchemaOf::Cluster);
    let file = |key: &str, value: &Value| json!({"version": 1, key: value});
    for (document, place) in [
        (json!({"services": []}), "version"),
        (file("service", &json!([])), "service"),
        (
            file("policy", &json!({"headroomPercentage": 5})),
            "policy.headroomPercentage",
        ),
        (
            file("policy", &json!({"headroomPercent": -1})),
            "policy.headroomPercent",
        ),
        (
            file("policy", &json!({"spotMaxShare": 1.5})),
            "policy.spotMaxShare",
        ),
        (
            file("policy", &json!({"fargate": "always"})),
            "policy.fargate",
        ),
        (
            file("policy", &json!({"eniTrunking": "true"})),
            "policy.eniTrunking",
        ),
        (
            file("policy", &json!({"allowedInstanceTypes": []})),
            "policy.allowedInstanceTypes",
        ),
        (
            file("policy", &json!({"purchaseOptions": ["spt"]})),
            "policy.purchaseOptions[0]",
        ),
        (
            file("services", &json!([{"minCount": -1}])),
            "services[0].minCount",
        ),
        (
            file("services", &json!([{"spotMaxShare": 2}])),
            "services[0].spotMaxShare",
        ),
        (
            file("services", &json!([{"launchType": "EC3"}])),
            "services[0].launchType",
        ),
    ] {
        let found = faults(&schema, &document);
        assert_eq!(found.len(), 1, "{document}: {found:?}");
        assert!(found[0].starts_with(&format!("{place}:")), "{found:?}");
    }
}

#[test]
fn every_key_of_the_policy_takes_null_and_refuses_what_it_does_not_take() {
    let schema = schema(SchemaOf::Cluster);
    for key in POLICY_KEYS {
        let with =
            |value: Value| faults(&schema, &json!({"version": 1, "policy": {key.name: value}}));
        assert_eq!(with(Value::Null), [""; 0], "{}", key.name);
        let wrong = match key.value {
            Kind::MemoryOverhead { .. } => json!({"percents": 1}),
            _ => json!({}),
        };
        assert_eq!(with(wrong).len(), 1, "{}", key.name);
    }
}

#[test]
fn scenario_files_are_described() {
    let schema = schema(SchemaOf::Scenarios);
    let good = json!({"version": 1, "scenarios": [
        {"name": "growth", "set": {"api.desiredCount": "10..200 step 10"}},
        {"name": "list", "set": ["api.desiredCount=3"]},
        {"name": "purchase", "each": {"policy.spotMaxShare": [0.3, 0.5]},
         "cross": [[{"name": "x86", "set": {"services.*.architectures": ["X86_64"]}}]]},
    ]});
    assert_eq!(faults(&schema, &good), [""; 0]);
    bayplan::io::read_scenarios(&good.to_string(), "s.json").expect("the importer's word too");
    for bad in [
        json!({"version": 2, "scenarios": []}),
        json!({"version": 1}),
        json!({"scenarios": [{"name": "nothing"}]}),
        json!({"scenarios": [{"set": {}, "sets": {}}]}),
        json!({"scenarios": [{"each": {"policy.spotMaxShare": []}}]}),
        json!({"scenarios": [{"cross": [[]]}]}),
    ] {
        assert_eq!(faults(&schema, &bad).len(), 1, "{bad}");
    }
}

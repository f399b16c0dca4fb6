//! The schemas that the binary prints, and the plans it prints.

use serde_json::Value;

use crate::json_schema::faults;
use crate::support::bayplan;

#[test]
fn a_plan_of_today_is_valid_by_the_schema_that_is_printed_and_every_key_of_it_described() {
    let printed = bayplan().args(["schema", "plan"]).assert().success();
    let schema: Value = serde_json::from_slice(&printed.get_output().stdout).expect("JSON");
    let closed = closed(&schema);
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("data/examples");
    let mut examples: Vec<_> = (std::fs::read_dir(folder).expect("a folder"))
        .map(|entry| entry.expect("an entry").path())
        .collect();
    examples.sort();
    assert!(examples.len() > 3, "{examples:?}");
    for example in examples {
        let of_the_market = ["--purchase-options=on-demand,spot", "--fargate=allowed"];
        for flags in [&[][..], &["--ideal", of_the_market[0], of_the_market[1]]] {
            let plan = planned(&example, flags);
            assert_eq!(faults(&closed, &plan), [""; 0], "{example:?} {flags:?}");
            assert!(
                plan["details"]["notes"]
                    .as_array()
                    .is_some_and(|it| !it.is_empty())
            );
        }
    }
}

#[test]
fn reasons_and_codes_that_there_are_not_are_seen_by_the_schema_of_a_plan() {
    let printed = bayplan().args(["schema", "plan"]).assert().success();
    let schema: Value = serde_json::from_slice(&printed.get_output().stdout).expect("JSON");
    let example = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("data/examples");
    let example = example.join("two-t2-micro.json");
    let mut plan = planned(&example, &["--excluded-instance-types=*"]);
    assert_eq!(faults(&closed(&schema), &plan), [""; 0]);
    for list in ["reasons", "notes"] {
        let code = &mut plan["details"][list][0]["code"];
        assert!(code.is_string(), "{list}");
        *code = "of-no-text".into();
    }
    assert_eq!(faults(&schema, &plan).len(), 2);
}

/// The plan of a file, whole or not.
fn planned(example: &std::path::Path, flags: &[&str]) -> Value {
    let mut command = bayplan();
    command
        .args(["plan", "--format", "json", "--work-limit=300000"])
        .args(flags)
        .arg(example);
    let output = command.output().expect("it runs");
    serde_json::from_slice(&output.stdout).expect("a plan")
}

/// The schema with every object closed that lists its keys.
fn closed(schema: &Value) -> Value {
    match schema {
        Value::Object(entries) => {
            let mut all: serde_json::Map<String, Value> = (entries.iter())
                .map(|(key, value)| (key.clone(), closed(value)))
                .collect();
            if all.contains_key("properties") && all.contains_key("type") {
                (all.entry("additionalProperties")).or_insert(Value::Bool(false));
            }
            Value::Object(all)
        }
        Value::Array(items) => items.iter().map(closed).collect(),
        other => other.clone(),
    }
}

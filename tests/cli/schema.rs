//! The schemas that the binary prints, and the plans it prints.

use serde_json::Value;

use crate::json_schema::faults;
use crate::support::bayplan;

#[test]
fn a_plan_of_today_is_valid_by_the_schema_that_is_printed_and_every_key_of_it_described() {
    let printed = bayplan().args(["schema", "plan"]).assert().success();
    let schema: Value = serde_json::from_slice(&printed.get_output().stdout).expect("JSON");
    let closed = closed(&schema);
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("data/examples");
    for (example, flags) in [
        ("two-t2-micro.json", &[][..]),
        (
            "webshop-us-east-1.json",
            &[
                "--ideal",
                "--purchase-options=on-demand,spot",
                "--fargate=allowed",
            ],
        ),
    ] {
        let mut command = bayplan();
        command
            .args(["plan", "--format", "json", "--work-limit=300000"])
            .args(flags);
        let planned = command.arg(root.join(example)).assert().success();
        let plan: Value = serde_json::from_slice(&planned.get_output().stdout).expect("a plan");
        assert_eq!(faults(&closed, &plan), [""; 0], "{example}");
    }
}

/// The schema with every object closed that lists its keys.
fn closed(schema: &Value) -> Value {
    match schema {
        Value::Object(entries) => {
            let mut all: serde_json::Map<String, Value> = (entries.iter())
                .map(|(key, value)| (key.clone(), closed(value)))
                .collect();
            if all.contains_key("properties") && all.contains_key("type") {
                all.insert("additionalProperties".to_owned(), Value::Bool(false));
            }
            Value::Object(all)
        }
        Value::Array(items) => items.iter().map(closed).collect(),
        other => other.clone(),
    }
}

//! Clusters in the files of the tests of zones, Spot, Fargate and room: built from services and a policy.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::support::{Folder, bayplan, plan_json};

/// Three zones of us-east-1, named as an account may name them.
pub fn zones() -> Value {
    json!([
        {"zoneName": "us-east-1a", "zoneId": "use1-az1"},
        {"zoneName": "us-east-1b", "zoneId": "use1-az2"},
        {"zoneName": "us-east-1c", "zoneId": "use1-az4"},
    ])
}

/// A service with an inline size and further keys.
pub fn service(name: &str, count: u64, cpu: u64, memory: u64, more: &Value) -> Value {
    with(
        json!({"serviceName": name, "desiredCount": count, "cpu": cpu, "memory": memory}),
        more,
    )
}

/// The object with further keys.
pub fn with(mut object: Value, more: &Value) -> Value {
    let keys = more.as_object().expect("further keys").clone();
    object.as_object_mut().expect("an object").extend(keys);
    object
}

/// A cluster file in a folder of its own, and what the binary makes of it.
pub struct Cluster {
    pub folder: Folder,
    pub file: PathBuf,
}

impl Cluster {
    /// A file of these services with further sections.
    pub fn new(services: &Value, more: &Value) -> Self {
        let document = json!({
            "version": 1, "cluster": "shop", "region": "us-east-1", "services": services,
        });
        let folder = Folder::new();
        let file = folder.write("c.json", &with(document, more).to_string());
        Self { folder, file }
    }

    /// The plan and the exit code.
    pub fn plan(&self, arguments: &[&str]) -> (Value, i32) {
        plan_json(&self.file, arguments)
    }

    /// The plan of a cluster in which every task has a place, after `bayplan check` has accepted it.
    pub fn planned(&self, arguments: &[&str]) -> Value {
        let (plan, code) = self.plan(arguments);
        assert_eq!(code, 0, "{}", plan["unplaced"]);
        let file = self.folder.write("plan.json", &plan.to_string());
        assert!(self.check_accepts(&file, arguments));
        plan
    }

    /// Whether `bayplan check` finds nothing wrong with a plan.
    pub fn check_accepts(&self, plan: &Path, arguments: &[&str]) -> bool {
        let output = bayplan()
            .arg("check")
            .args([&self.file, plan])
            .args(arguments)
            .output()
            .expect("the binary runs");
        output.status.success()
    }

    /// The text that is printed, and the exit code.
    pub fn text(&self, arguments: &[&str]) -> (String, i32) {
        let output = bayplan()
            .arg("plan")
            .arg(&self.file)
            .args(arguments)
            .output()
            .expect("the binary runs");
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        (text, output.status.code().expect("an exit code"))
    }
}

/// Instance rows of a plan.
pub fn rows(plan: &Value) -> &Vec<Value> {
    plan["instances"].as_array().expect("rows")
}

/// Tasks of a service on the rows that `which` picks.
pub fn tasks(plan: &Value, service: &str, which: impl Fn(&Value) -> bool) -> u64 {
    rows(plan)
        .iter()
        .filter(|row| which(row))
        .map(|row| row["tasks"][service].as_u64().unwrap_or(0) * number(&row["count"]))
        .sum()
}

/// Tasks of a service on Fargate, in any market.
pub fn fargate_tasks(plan: &Value, service: &str) -> u64 {
    let rows = plan["fargateTasks"].as_array().expect("rows");
    rows.iter()
        .filter(|row| row["serviceName"] == service)
        .map(|row| number(&row["count"]))
        .sum()
}

pub fn number(value: &Value) -> u64 {
    value.as_u64().expect("a whole number")
}

/// Sections of a text report, by the first word of their headings; without the line of the proof, which gets
/// better with the optimizer.
pub fn sections(text: &str, headings: &[&str]) -> String {
    let text = text
        .lines()
        .filter(|line| !line.starts_with("  Proof"))
        .collect::<Vec<_>>()
        .join("\n");
    text.split("\n\n")
        .filter(|part| headings.iter().any(|heading| part.starts_with(heading)))
        .collect::<Vec<_>>()
        .join("\n\n")
}

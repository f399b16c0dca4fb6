//! How much work a unit is beside others, for shards of equal work: about the number of services, which a plan's time follows, as often as
//! the cluster is planned.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use crate::io::{ImportOptions, decode_text, expand, read_cluster, read_scenarios};

use super::args::{UnitArgs, UnitCommand};
use super::documents::may_be_document;

/// Scenarios of a built-in set, about: what a cluster makes of it is not known before it is read with its prices.
const OF_PRESET: usize = 5;

/// Weights of units. What many units do is looked at once: a scenario file may be long.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Efforts {
    plans: HashMap<UnitArgs, u64>,
}

impl Efforts {
    /// The weight of a unit with this cluster file.
    pub fn weight(&mut self, bytes: &[u8], name: &str, args: &UnitArgs) -> u64 {
        services(bytes, name, args).saturating_mul(self.plans(args))
    }

    /// How often the cluster is planned.
    fn plans(&mut self, args: &UnitArgs) -> u64 {
        match args.command {
            UnitCommand::Plan => 1,
            // As it is sized today, and as is proposed.
            UnitCommand::Rightsize => 2,
            UnitCommand::WhatIf => {
                let known = self.plans.get(args).copied();
                known.unwrap_or_else(|| {
                    let plans = 1 + scenarios(args);
                    self.plans.insert(args.clone(), plans);
                    plans
                })
            }
        }
    }
}

/// Services, standalone tasks and workloads as the unit reads them; counted by eye where it cannot read them by these flags alone.
fn services(bytes: &[u8], name: &str, args: &UnitArgs) -> u64 {
    let options = ImportOptions {
        region: args.values("--region").first().map(|&it| it.to_owned()),
        columns: (args.values("--column").iter())
            .filter_map(|column| column.split_once('='))
            .map(|(ours, theirs)| (ours.trim().to_owned(), theirs.trim().to_owned()))
            .collect(),
        stands_alone: true,
        ..ImportOptions::default()
    };
    let read = decode_text(bytes.to_vec()).ok();
    let read = read.and_then(|text| read_cluster(&text, name, &options).ok());
    let count = read.map_or_else(
        || by_eye(bytes, name),
        |imported| imported.cluster.services.len(),
    );
    (count as u64).max(1)
}

fn by_eye(bytes: &[u8], name: &str) -> usize {
    let text = String::from_utf8_lossy(bytes);
    let is_table = Path::new(name)
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("csv"));
    if is_table {
        text.lines().count().saturating_sub(1)
    } else {
        text.matches("serviceName").count()
    }
}

/// Scenarios of flags, files and built-in sets, one at least.
fn scenarios(args: &UnitArgs) -> u64 {
    let policy = args.values("--policy");
    let changes: Vec<String> = (policy.iter().map(|text| format!("policy.{text}")))
        .chain(args.values("--set").iter().map(|&text| text.to_owned()))
        .collect();
    let of_flags = if changes.is_empty() {
        0
    } else {
        expand(&changes, &[]).map_or(0, |all| all.len())
    };
    let of_files: usize = args.values("--scenarios").into_iter().map(of_file).sum();
    let sets = args.values("--preset");
    let of_sets = OF_PRESET * sets.iter().flat_map(|sets| sets.split(',')).count();
    (of_flags + of_files + of_sets).max(1) as u64
}

/// Scenarios of a file, or of the document that stands in its place.
fn of_file(file: &str) -> usize {
    let text = if file.starts_with('{') && may_be_document("--scenarios") {
        Some(file.to_owned())
    } else {
        // A pipe has no end.
        let is_file = fs::metadata(file).is_ok_and(|found| found.is_file());
        is_file.then(|| fs::read_to_string(file).ok()).flatten()
    };
    let scenarios = text.and_then(|text| read_scenarios(&text, file_name(file)).ok());
    scenarios.map_or(0, |all| all.len())
}

fn file_name(file: &str) -> &str {
    if file.starts_with('{') {
        "scenarios.json"
    } else {
        file
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(text: &str) -> UnitArgs {
        UnitArgs::of_words(text.split(' ').map(str::to_owned).collect())
    }

    fn weight_of(bytes: &[u8], name: &str, args: &UnitArgs) -> u64 {
        Efforts::default().weight(bytes, name, args)
    }

    const SHOP: &str = r#"{"version": 1, "cluster": "c", "region": "us-east-1", "services": [
        {"serviceName": "a", "desiredCount": 1, "cpu": 256, "memory": 512},
        {"serviceName": "b", "desiredCount": 1, "cpu": 256, "memory": 512}]}"#;

    #[test]
    fn workloads_of_kubernetes_weigh_as_services_do() {
        let deployment = |name: &str| {
            format!(
                "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}, namespace: n}}\nspec:\n  replicas: 2\n  selector: {{matchLabels: {{app: {name}}}}}\n  template:\n    metadata: {{labels: {{app: {name}}}}}\n    spec: {{containers: [{{name: c, image: i, resources: {{requests: {{cpu: 100m, memory: 64Mi}}}}}}]}}\n"
            )
        };
        let several = ["a", "b", "c"].map(deployment).join("---\n");
        let with_region = args("plan --region eu-west-1");
        assert_eq!(weight_of(several.as_bytes(), "x.yaml", &with_region), 3);
        // Nobody says of which Region it is: the unit ends with that.
        assert_eq!(weight_of(several.as_bytes(), "x.yaml", &args("plan")), 1);
        assert_eq!(weight_of(SHOP.as_bytes(), "x.json", &args("plan")), 2);
    }

    #[test]
    fn a_cluster_weighs_as_often_as_it_is_planned() {
        let weight = |text: &str| weight_of(SHOP.as_bytes(), "x.json", &args(text));
        assert_eq!(weight("rightsize --metrics m.csv"), 2 * 2);
        assert_eq!(weight("what-if --set a.desiredCount=9"), 2 * 2);
        let range = ["what-if", "--set", "a.desiredCount=1..10 step 1"];
        let range = UnitArgs::of_words(range.map(str::to_owned).to_vec());
        assert_eq!(weight_of(SHOP.as_bytes(), "x.json", &range), 2 * 11);
        assert_eq!(weight("what-if --preset graviton,spot"), 2 * 11);
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("s.yaml");
        let text = "version: 1\nscenarios:\n  - {name: x, set: {a.desiredCount: 3}}\n  - {name: y, set: {a.desiredCount: 4}}\n";
        fs::write(&file, text).expect("written");
        let with = format!("what-if --scenarios={}", file.display());
        assert_eq!(weight(&with), 2 * 3);
        assert_eq!(weight("what-if --scenarios=/dev/zero"), 2 * 2);
        let document = r#"{"version":1,"scenarios":[{"name":"x","set":{"a.desiredCount":3}}]}"#;
        assert_eq!(weight(&format!("what-if --scenarios={document}")), 2 * 2);
    }
}

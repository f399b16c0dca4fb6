//! A cluster that runs with the script of its plan, and the `aws` that the script is carried out against: `tests/export/aws_stand_in.py`.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use bayplan::catalogue::Catalogue;
use bayplan::catalogue::offered::billed_today;
use bayplan::io::{ImportOptions, read_cluster};
use serde_json::{Map, Value, json};

use super::old_bash::newer_than_3_2;

/// A folder with plan, exported script and the stand-in as `aws`.
pub struct Cluster {
    folder: tempfile::TempDir,
    today: Value,
    pub plan: Value,
}

impl Cluster {
    /// The cluster of `today` with what [`exported`] made of it.
    pub fn new(today: Value, files: &[(String, String)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["bin", "deploy"] {
            std::fs::create_dir(folder.path().join(name)).expect("a folder");
        }
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).expect("written");
        }
        let stand_in = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/export/aws_stand_in.py");
        let aws = folder.path().join("bin/aws");
        std::fs::copy(stand_in, &aws).expect("copied");
        let executable = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(aws, executable).expect("executable");
        let plan = serde_json::from_str(&files[0].1).expect("JSON");
        let cluster = Self {
            folder,
            today,
            plan,
        };
        cluster.set_state(&cluster.state_of_today());
        cluster
    }

    pub fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The stand-in's state for the cluster as it is, with what managed scaling will buy.
    pub fn state_of_today(&self) -> Value {
        let mut planned: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        let mut prices = self.prices_of_today();
        for row in list(&self.plan["instances"]) {
            let kind = text(&row["instanceType"]);
            prices.insert(kind.to_owned(), row["usdPerHour"].clone());
            let count = usize::try_from(row["count"].as_u64().expect("a count")).expect("small");
            let provider = text(&row["capacityProvider"]);
            (planned.entry(provider).or_default()).extend(vec![kind; count]);
        }
        let services: Map<String, Value> = (list(&self.today["services"]).iter())
            .map(|service| {
                let strategy = service.get("capacityProviderStrategy");
                let strategy = strategy.cloned().unwrap_or(json!([]));
                let state = json!({"strategy": strategy, "deployments": []});
                (text(&service["serviceName"]).to_owned(), state)
            })
            .collect();
        let (mut providers, mut groups) = (Map::new(), Map::new());
        for provider in list(&self.today["capacityProviders"]) {
            let Some(arn) = provider["autoScalingGroupProvider"]["autoScalingGroupArn"].as_str()
            else {
                continue;
            };
            let (name, group) = (
                text(&provider["name"]),
                arn.rsplit('/').next().expect("a name"),
            );
            providers.insert(name.to_owned(), json!({"group": group, "polls": 0}));
            let state = json!({"min": 0, "max": 30, "instances": self.instances_of(name)});
            groups.insert(group.to_owned(), state);
        }
        let listed: Vec<&String> = providers.keys().collect();
        json!({"cluster": {"name": "prod", "capacityProviders": listed, "defaultCapacityProviderStrategy": [], "polls": 0},
            "providers": providers, "groups": groups, "services": services, "templates": {}, "targets": {},
            "planned": planned, "prices": prices, "log": []})
    }

    /// What one instance of each type of today costs.
    fn prices_of_today(&self) -> Map<String, Value> {
        let text = self.today.to_string();
        let cluster = read_cluster(&text, "c.json", &ImportOptions::default()).expect("a cluster");
        let catalogue = Catalogue::embedded("us-east-1").expect("an embedded Region");
        let billed = billed_today(&cluster.cluster, &catalogue).expect("prices");
        (billed.into_iter())
            .map(|row| {
                let price: f64 = row.usd_per_hour.to_string().parse().expect("a number");
                (row.instance_type, json!(price))
            })
            .collect()
    }

    /// The stand-in's instances of a provider of today.
    fn instances_of(&self, provider: &str) -> Vec<Value> {
        (list(&self.today["containerInstances"]).iter())
            .filter(|instance| instance["capacityProviderName"] == provider)
            .map(|instance| {
                let kind = (list(&instance["attributes"]).iter())
                    .find(|attribute| attribute["name"] == "ecs.instance-type")
                    .expect("a type");
                json!({"id": instance["ec2InstanceId"], "type": kind["value"], "protected": true, "drained": false})
            })
            .collect()
    }

    pub fn set_state(&self, state: &Value) {
        std::fs::write(self.at("state.json"), state.to_string()).expect("written");
    }

    pub fn state(&self) -> Value {
        serde_json::from_str(&std::fs::read_to_string(self.at("state.json")).expect("a state"))
            .expect("JSON")
    }

    pub fn apply(&self, retire: &str) -> Output {
        let script = std::fs::read_to_string(self.at("deploy/apply.sh")).expect("a script");
        let mut command = Command::new("bash");
        for word in script.split(|c: char| !c.is_ascii_alphanumeric() && c != '_') {
            if word.starts_with("SUBNET_IDS") {
                command.env(word, "subnet-1,subnet-2");
            }
        }
        let path = std::env::var("PATH").expect("a path");
        command
            .arg(self.at("deploy/apply.sh"))
            .env("PATH", format!("{}:{path}", self.at("bin").display()))
            .env("AWS_STAND_IN", self.at("state.json"))
            .env("SECURITY_GROUP_IDS", "sg-1")
            .env("INSTANCE_PROFILE", "ecsInstanceRole")
            .env("POLL_SECONDS", "0")
            .env("STEP_TIMEOUT", "60")
            .env("RETIRE", retire);
        command.output().expect("bash runs")
    }

    /// Names of the plan's providers.
    pub fn planned_providers(&self) -> Vec<&str> {
        (list(&self.plan["capacityProviders"]).iter())
            .map(|provider| provider["name"].as_str().expect("a name"))
            .collect()
    }

    /// The one file of the plan in another format: its name, and flags after it.
    pub fn exported_as(&self, format: &[&str]) -> String {
        let at = |name: &str| path_text(&self.at(name));
        std::fs::write(self.at("cluster.json"), self.today.to_string()).expect("written");
        let folder = at(&format.join(""));
        export(&at("plan.json"), &at("cluster.json"), format, &folder);
        let mut files = files_of(Path::new(&folder));
        assert_eq!(files.len(), 1, "{format:?}");
        files.remove(0).1
    }

    /// What one instance of a type of today costs.
    pub fn price_of(&self, instance_type: &str) -> f64 {
        self.prices_of_today()[instance_type]
            .as_f64()
            .expect("a price")
    }

    pub fn planned_usd(&self) -> f64 {
        self.plan["cost"]["usdPerHour"].as_f64().expect("a cost")
    }
}

/// The plan and the script's files, made by the real program.
pub fn exported(today: &Value) -> Vec<(String, String)> {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| path_text(&folder.path().join(name));
    let (cluster_file, plan_file, deploy) = (at("cluster.json"), at("plan.json"), at("deploy"));
    std::fs::write(&cluster_file, today.to_string()).expect("written");
    let limit = ["--work-limit", "300000", "--quiet"];
    let mut arguments = vec![
        "plan",
        &cluster_file,
        "--format",
        "json",
        "--output",
        &plan_file,
    ];
    arguments.extend(limit);
    bayplan(&arguments);
    export(&plan_file, &cluster_file, &["cli"], &deploy);
    let plan = std::fs::read_to_string(&plan_file).expect("a text");
    let mut files = vec![("plan.json".to_owned(), plan)];
    for (name, text) in files_of(Path::new(&deploy)) {
        if name == "apply.sh" {
            assert_eq!(newer_than_3_2(&text), Vec::<String>::new());
        }
        files.push((format!("deploy/{name}"), text));
    }
    files
}

/// Exports a plan into a folder: the format, and flags after it.
fn export(plan: &str, cluster: &str, format: &[&str], folder: &str) {
    let mut arguments = vec!["export", plan, "--cluster", cluster, "--output-dir", folder];
    arguments.push("--format");
    arguments.extend(format);
    bayplan(&arguments);
}

/// Names and texts of the files in a folder.
fn files_of(folder: &Path) -> Vec<(String, String)> {
    (std::fs::read_dir(folder).expect("a folder"))
        .map(|entry| {
            let path = entry.expect("a file").path();
            let name = path.file_name().expect("a name").to_string_lossy();
            let text = std::fs::read_to_string(&path).expect("a text");
            (name.into_owned(), text)
        })
        .collect()
}

fn bayplan(arguments: &[&str]) {
    let output = Command::new(env!("CARGO_BIN_EXE_bayplan"))
        .args(arguments)
        .output()
        .expect("it runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

fn path_text(path: &Path) -> String {
    path.to_str().expect("a name").to_owned()
}

pub fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

pub fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

pub fn succeeded(output: &Output) -> String {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{}{errors}",
        String::from_utf8_lossy(&output.stdout)
    );
    String::from_utf8(output.stdout.clone()).expect("text")
}

/// What was said after each step, with the bill in it.
pub fn bills(said: &str) -> Vec<(String, f64)> {
    said.lines()
        .filter_map(|line| line.split_once(" Bill: "))
        .map(|(what, bill)| {
            let number = bill
                .trim_start_matches("at most ")
                .split(' ')
                .next()
                .expect("a number");
            (what.to_owned(), number.parse().expect("a number"))
        })
        .collect()
}

/// Bills of the stand-in after calls of this kind.
pub fn billed(state: &Value, call: &str) -> Vec<f64> {
    (list(&state["log"]).iter())
        .filter(|entry| entry[0] == call)
        .map(|entry| entry[2].as_f64().expect("a bill"))
        .collect()
}

//! The script of a cluster that runs, carried out against an `aws` that refuses what AWS refuses.
#![cfg(unix)]

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use serde_json::{Value, json};

/// Six services on twelve instances in two groups, as `describe` calls print them.
fn cluster() -> Value {
    let service = |name: &str, count: u64, cpu: u64, memory: u64, provider: Option<&str>| {
        let strategy = provider.map_or(
            json!([]),
            |provider| json!([{"capacityProvider": provider, "weight": 1, "base": 0}]),
        );
        json!({"serviceArn": format!("arn:aws:ecs:us-east-1:123456789012:service/prod/{name}"),
            "serviceName": name, "status": "ACTIVE", "desiredCount": count, "cpu": cpu, "memory": memory,
            "networkMode": "bridge", "schedulingStrategy": "REPLICA", "capacityProviderStrategy": strategy,
            "deploymentConfiguration": {"minimumHealthyPercent": 50, "maximumPercent": 200}})
    };
    let mut services = vec![
        service("web", 6, 512, 1024, Some("cp-main")),
        service("api", 4, 1024, 2048, Some("cp-main")),
        service("worker", 4, 512, 2048, Some("cp-main")),
        service("search", 2, 1024, 4096, Some("cp-mem")),
        service("mailer", 2, 256, 512, None),
    ];
    services[0]["minCount"] = json!(4);
    services[0]["maxCount"] = json!(8);
    let mut daemon = service("agent", 12, 64, 128, None);
    daemon["schedulingStrategy"] = json!("DAEMON");
    daemon["deploymentConfiguration"] = json!({"minimumHealthyPercent": 0, "maximumPercent": 100});
    services.push(daemon);
    let instances = (0..12).map(|index| {
        let provider = if index < 9 { "cp-main" } else { "cp-mem" };
        let id = format!("{index:017x}");
        json!({"containerInstanceArn": format!("arn:aws:ecs:us-east-1:123456789012:container-instance/prod/{id}"),
            "ec2InstanceId": format!("i-{id}"), "capacityProviderName": provider, "status": "ACTIVE", "agentConnected": true,
            "attributes": [{"name": "ecs.instance-type", "value": "m5.xlarge"}],
            "registeredResources": [{"name": "CPU", "integerValue": 4096}, {"name": "MEMORY", "integerValue": 15562}]})
    });
    let provider = |name: &str, group: &str| {
        json!({"capacityProviderArn": format!("arn:aws:ecs:us-east-1:123456789012:capacity-provider/{name}"), "name": name,
            "status": "ACTIVE", "autoScalingGroupProvider": {
                "autoScalingGroupArn": format!("arn:aws:autoscaling:us-east-1:123456789012:autoScalingGroup:1-2:autoScalingGroupName/{group}"),
                "managedScaling": {"status": "ENABLED", "targetCapacity": 100}, "managedTerminationProtection": "DISABLED"}})
    };
    let group = |name: &str, count: u64| {
        json!({"AutoScalingGroupName": name, "MinSize": 0, "MaxSize": 30, "DesiredCapacity": count,
            "LaunchTemplate": {"LaunchTemplateId": "lt-0abc", "LaunchTemplateName": name, "Version": "3"}})
    };
    json!({"version": 1, "cluster": "prod", "region": "us-east-1", "services": services,
        "containerInstances": instances.collect::<Vec<_>>(),
        "capacityProviders": [provider("cp-main", "asg-main"), provider("cp-mem", "asg-mem")],
        "autoScalingGroups": [group("asg-main", 9), group("asg-mem", 3)]})
}

/// A folder with cluster file, plan, exported script and the stand-in as `aws`.
struct Cluster {
    folder: tempfile::TempDir,
    plan: Value,
}

impl Cluster {
    fn planned() -> Self {
        static FILES: OnceLock<Vec<(String, String)>> = OnceLock::new();
        let files = FILES.get_or_init(exported);
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
        let cluster = Self { folder, plan };
        cluster.set_state(&cluster.state_of_today());
        cluster
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The stand-in's state for the cluster as it is, with what managed scaling will buy.
    fn state_of_today(&self) -> Value {
        let today = cluster();
        let mut planned: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        let each = self.plan["cost"]["currentUsdPerHour"]
            .as_f64()
            .expect("a bill")
            / 12.0;
        let mut prices = BTreeMap::from([("m5.xlarge", each)]);
        for row in list(&self.plan["instances"]) {
            let kind = row["instanceType"].as_str().expect("a type");
            prices.insert(kind, row["usdPerHour"].as_f64().expect("a price"));
            let count = usize::try_from(row["count"].as_u64().expect("a count")).expect("small");
            let provider = row["capacityProvider"].as_str().expect("a name");
            planned
                .entry(provider)
                .or_default()
                .extend(vec![kind; count]);
        }
        let instances = |from: u64, to: u64| -> Vec<Value> {
            (from..to)
                .map(|index| json!({"id": format!("i-today{index}"), "type": "m5.xlarge", "protected": true, "drained": false}))
                .collect()
        };
        let services: serde_json::Map<String, Value> = (list(&today["services"]).iter())
            .map(|service| {
                let name = service["serviceName"].as_str().expect("a name").to_owned();
                (
                    name,
                    json!({"strategy": service["capacityProviderStrategy"], "deployments": []}),
                )
            })
            .collect();
        json!({"cluster": {"name": "prod", "capacityProviders": ["cp-main", "cp-mem"],
                "defaultCapacityProviderStrategy": [], "polls": 0},
            "providers": {"cp-main": {"group": "asg-main", "polls": 0}, "cp-mem": {"group": "asg-mem", "polls": 0}},
            "groups": {"asg-main": {"min": 0, "max": 30, "instances": instances(0, 9)},
                "asg-mem": {"min": 0, "max": 30, "instances": instances(9, 12)}},
            "services": services, "templates": {}, "targets": {}, "planned": planned, "prices": prices, "log": []})
    }

    fn set_state(&self, state: &Value) {
        std::fs::write(self.at("state.json"), state.to_string()).expect("written");
    }

    fn state(&self) -> Value {
        serde_json::from_str(&std::fs::read_to_string(self.at("state.json")).expect("a state"))
            .expect("JSON")
    }

    fn apply(&self, retire: &str) -> Output {
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
    fn planned_providers(&self) -> Vec<&str> {
        (list(&self.plan["capacityProviders"]).iter())
            .map(|provider| provider["name"].as_str().expect("a name"))
            .collect()
    }

    fn planned_usd(&self) -> f64 {
        self.plan["cost"]["usdPerHour"].as_f64().expect("a cost")
    }
}

/// The plan and the script's files, made once by the real program.
fn exported() -> Vec<(String, String)> {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| text(&folder.path().join(name));
    let (cluster_file, plan_file, deploy) = (at("cluster.json"), at("plan.json"), at("deploy"));
    std::fs::write(&cluster_file, cluster().to_string()).expect("written");
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
    bayplan(&[
        "export",
        &plan_file,
        "--cluster",
        &cluster_file,
        "--format",
        "cli",
        "--output-dir",
        &deploy,
    ]);
    let read = |path: &Path| std::fs::read_to_string(path).expect("a text");
    let mut files = vec![("plan.json".to_owned(), read(Path::new(&plan_file)))];
    for entry in std::fs::read_dir(&deploy).expect("a folder") {
        let path = entry.expect("a file").path();
        let name = path
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        files.push((format!("deploy/{name}"), read(&path)));
    }
    files
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

fn text(path: &Path) -> String {
    path.to_str().expect("a name").to_owned()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

fn succeeded(output: &Output) -> String {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{}{errors}",
        String::from_utf8_lossy(&output.stdout)
    );
    String::from_utf8(output.stdout.clone()).expect("text")
}

/// What was said after each step, with the bill in it.
fn bills(said: &str) -> Vec<(String, f64)> {
    said.lines()
        .map(|line| {
            let (what, bill) = line.split_once(" Bill: ").expect("a bill");
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
fn billed(state: &Value, call: &str) -> Vec<f64> {
    (list(&state["log"]).iter())
        .filter(|entry| entry[0] == call)
        .map(|entry| entry[2].as_f64().expect("a bill"))
        .collect()
}

#[test]
fn a_cluster_that_runs_is_taken_to_the_plan_in_an_order_that_aws_accepts() {
    let cluster = Cluster::planned();
    let said = succeeded(&cluster.apply("yes"));
    let state = cluster.state();

    // It ends with the plan's state.
    assert_eq!(
        state["cluster"]["capacityProviders"],
        json!(cluster.planned_providers())
    );
    let groups: Vec<&String> = state["groups"]
        .as_object()
        .expect("groups")
        .keys()
        .collect();
    let mut planned = cluster.planned_providers();
    planned.sort_unstable();
    assert_eq!(groups, planned);
    for service in list(&cluster.plan["services"]) {
        let strategy = &service["capacityProviderStrategy"];
        let name = service["serviceName"].as_str().expect("a name");
        if !list(strategy).is_empty() {
            let items = |value: &Value| {
                list(value)
                    .iter()
                    .map(|item| item["capacityProvider"].clone())
                    .collect::<Vec<_>>()
            };
            assert_eq!(
                items(&state["services"][name]["strategy"]),
                items(strategy),
                "{name}"
            );
        }
    }
    for (provider, types) in state["planned"].as_object().expect("providers") {
        let mut now: Vec<&str> = (list(&state["groups"][provider]["instances"]).iter())
            .map(|instance| instance["type"].as_str().expect("a type"))
            .collect();
        now.sort_unstable();
        let mut types: Vec<&str> = list(types)
            .iter()
            .map(|kind| kind.as_str().expect("a type"))
            .collect();
        types.sort_unstable();
        assert_eq!(now, types, "{provider}");
    }
    assert_eq!(state["targets"], json!({"service/prod/web": [4, 8]}));

    // The bill after each step: what the stand-in bills is at most that, and in the end it is the plan's.
    let said = bills(&said);
    let moving = said
        .iter()
        .filter(|(what, _)| what.ends_with("has moved."))
        .count();
    assert_eq!(moving, 5, "{said:?}");
    let close = |a: f64, b: f64| (a - b).abs() < 1e-6;
    let (first, last) = (said[0].1, said.last().expect("a line").1);
    let lists = billed(&state, "put-cluster-capacity-providers");
    assert!(lists[0] <= first + 1e-6, "{lists:?} {first}");
    let moved: Vec<f64> = billed(&state, "list-service-deployments");
    for (billed, (what, most)) in moved.iter().zip(&said[1..]) {
        assert!(*billed <= most + 1e-6, "{what}: {billed} above {most}");
    }
    assert!(
        close(moved[moving - 1], said[moving].1),
        "{moved:?} {said:?}"
    );
    let ends = billed(&state, "delete-auto-scaling-group");
    assert!(close(*ends.last().expect("a group"), last) && close(last, cluster.planned_usd()));

    let gone: Vec<&(String, f64)> = (said.iter())
        .filter(|(what, _)| what.ends_with("is gone."))
        .collect();
    assert_eq!(gone.len(), ends.len(), "{said:?}");
    for (billed, (what, most)) in ends.iter().zip(gone) {
        assert!(*billed <= most + 1e-6, "{what}: {billed} above {most}");
    }

    // Once more: nothing restarts.
    succeeded(&cluster.apply("yes"));
    let moves = billed(&cluster.state(), "update-service");
    assert_eq!(moves.len(), moving);
}

#[test]
fn deleting_is_the_users_decision() {
    let cluster = Cluster::planned();
    let said = succeeded(&cluster.apply(""));
    let state = cluster.state();
    assert_eq!(
        state["cluster"]["capacityProviders"],
        json!(cluster.planned_providers())
    );
    assert_eq!(list(&state["groups"]["asg-main"]["instances"]).len(), 9);
    assert!(said.contains("run the script again with RETIRE=yes"));
    succeeded(&cluster.apply("yes"));
    assert!(cluster.state()["groups"]["asg-main"].is_null());
}

#[test]
fn a_deployment_that_is_rolled_back_ends_the_script_before_anything_is_taken_away() {
    let cluster = Cluster::planned();
    let mut state = cluster.state_of_today();
    state["rollsBack"] = json!("search");
    cluster.set_state(&state);
    let output = cluster.apply("yes");
    assert_eq!(output.status.code(), Some(1));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        errors.contains("service search: its deployment ended as ROLLBACK_SUCCESSFUL"),
        "{errors}"
    );
    let listed = cluster.state()["cluster"]["capacityProviders"].to_string();
    assert!(listed.contains("cp-main") && listed.contains("cp-mem"));
    // What has gone wrong is mended, and the script goes on where it was.
    let mut state = cluster.state();
    state["rollsBack"] = Value::Null;
    cluster.set_state(&state);
    succeeded(&cluster.apply("yes"));
    assert_eq!(
        cluster.state()["cluster"]["capacityProviders"],
        json!(cluster.planned_providers())
    );
}

/// The list without the old providers before the services have moved, as the export once had it: the stand-in refuses it.
#[test]
fn the_stand_in_refuses_what_aws_refuses() {
    let cluster = Cluster::planned();
    let run = |arguments: &[&str]| {
        let output = Command::new("python3")
            .arg(cluster.at("bin/aws"))
            .args(arguments)
            .current_dir(cluster.at("deploy"))
            .env("AWS_STAND_IN", cluster.at("state.json"))
            .output()
            .expect("python3 runs");
        (
            output.status.success(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    };
    let mut state = cluster.state_of_today();
    for provider in cluster.planned_providers() {
        state["providers"][provider] = json!({"group": "asg-main", "polls": 0});
    }
    cluster.set_state(&state);
    let file = "file://60-cluster-capacity-providers.json";
    let (fine, why) = run(&[
        "ecs",
        "put-cluster-capacity-providers",
        "--cli-input-json",
        file,
    ]);
    assert!(!fine && why.contains("ResourceInUseException"), "{why}");
    let (fine, why) = run(&[
        "ecs",
        "update-service",
        "--cli-input-json",
        "file://50-service-web.json",
    ]);
    assert!(!fine && why.contains("not on the cluster's list"), "{why}");
    let (fine, why) = run(&[
        "ecs",
        "delete-capacity-provider",
        "--capacity-provider",
        "cp-main",
    ]);
    assert!(!fine && why.contains("ResourceInUseException"), "{why}");
}

//! Inputs as people have them, of which something was once read, planned or said otherwise than it is.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::support::{Folder, bayplan, plan_json};

fn ran(words: &[&str], files: &[&Path]) -> (Option<i32>, String, String) {
    let output = bayplan().args(words).args(files).output();
    told(&output.expect("the binary runs"))
}

fn told(output: &Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (
        output.status.code(),
        text(&output.stdout),
        text(&output.stderr),
    )
}

/// A service on Fargate in a file that shows neither instances nor groups.
fn on_fargate(service: &Value, buys: &str) -> String {
    let mut api = json!({"serviceName": "api", "desiredCount": 4, "cpu": 256, "memory": 512, "networkMode": "awsvpc"});
    for (key, value) in service.as_object().expect("an object") {
        api[key] = value.clone();
    }
    json!({"version": 1, "cluster": "shop", "region": "us-east-1", "services": [api],
        "policy": {"fargate": "only", "purchaseOptions": [buys]}})
    .to_string()
}

#[test]
fn a_move_between_the_providers_of_fargate_is_a_change_without_instances_too() {
    let strategy = |provider: &str| json!({"capacityProviderStrategy": [{"capacityProvider": provider, "weight": 1}]});
    let by_launch_type = json!({"launchType": "FARGATE"});
    let folder = Folder::new();
    for (name, service, buys, expected) in [
        (
            "to-spot",
            strategy("FARGATE"),
            "spot",
            Some("api: capacity provider strategy FARGATE_SPOT"),
        ),
        (
            "from-spot",
            strategy("FARGATE_SPOT"),
            "on-demand",
            Some("(today FARGATE_SPOT"),
        ),
        (
            "from-a-group",
            strategy("old"),
            "on-demand",
            Some("(today old"),
        ),
        (
            "type-to-spot",
            by_launch_type.clone(),
            "spot",
            Some("(today FARGATE"),
        ),
        ("stays", strategy("FARGATE"), "on-demand", None),
        ("type-stays", by_launch_type, "on-demand", None),
        ("unknown", json!({}), "on-demand", None),
    ] {
        let file = folder.write(&format!("{name}.json"), &on_fargate(&service, buys));
        let (code, out, err) = ran(&["plan", "--detailed-exitcode"], &[&file]);
        assert_eq!(
            code,
            Some(if expected.is_some() { 3 } else { 0 }),
            "{name}: {out}{err}"
        );
        match expected {
            Some(text) => assert!(out.contains(text), "{name}: {out}"),
            None => assert!(!out.contains("capacity provider strategy"), "{name}: {out}"),
        }
    }
}

#[test]
fn a_launch_type_is_no_difference_from_the_strategy_that_does_the_same() {
    let folder = Folder::new();
    let file = folder.write(
        "c.json",
        &on_fargate(&json!({"launchType": "FARGATE"}), "on-demand"),
    );
    let (plan, _) = plan_json(&file, &[]);
    let plan = folder.write("plan.json", &plan.to_string());
    let diff = format!("--diff={}", file.display());
    let (_, out, err) = ran(&["export", &diff], &[&plan]);
    assert!(
        out.contains("What differs") && !out.contains("api"),
        "{out}{err}"
    );
}

/// Two services of today's groups, one of which ECS can neither stop nor start a task of.
fn with_standstill(maximum: u64) -> String {
    let service = |name: &str, limits: Value| {
        json!({"serviceName": name, "serviceArn": format!("arn:aws:ecs:us-east-1:1:service/shop/{name}"), "desiredCount": 2,
            "cpu": 512, "memory": 1024, "networkMode": "bridge", "deploymentConfiguration": limits})
    };
    json!({"version": 1, "cluster": "shop", "region": "us-east-1",
        "services": [service("web", json!({"minimumHealthyPercent": 100, "maximumPercent": maximum})), service("api", json!({}))],
        "policy": {"allowedInstanceTypes": ["m6i.large"]}})
    .to_string()
}

#[test]
fn exports_name_services_whose_deployment_never_ends_before_anything_else() {
    let folder = Folder::new();
    let file = folder.write("c.json", &with_standstill(100));
    let (plan, _) = plan_json(&file, &[]);
    let plan = folder.write("plan.json", &plan.to_string());
    let cluster = format!("--cluster={}", file.display());
    let said = "web, of whose 2 tasks 2 must stay healthy (minimumHealthyPercent 100) and 2 may exist (maximumPercent 100)";
    for format in [
        "terraform",
        "terraform-json",
        "cdk",
        "cloudformation-json",
        "cloudformation-yaml",
        "asg-json",
        "asg-csv",
    ] {
        for more in [&[cluster.as_str()][..], &[]] {
            let words = [&["export", "--format", format], more].concat();
            let (code, out, err) = ran(&words, &[&plan]);
            assert_eq!(code, Some(0), "{format}: {err}");
            assert!(err.contains(said), "{format}: {err}");
            let words: Vec<&str> = (out.split_whitespace())
                .filter(|word| !["#", "//"].contains(word))
                .collect();
            let is_table = format == "asg-csv";
            assert!(
                is_table || words.join(" ").contains(said),
                "{format}: {out}"
            );
            assert!(!out.contains("api, of whose"), "{format}: {out}");
        }
    }
    let fine = folder.write("fine.json", &with_standstill(150));
    let fine = format!("--cluster={}", fine.display());
    let (_, out, err) = ran(&["export", "--format=asg-json", &fine], &[&plan]);
    assert!(
        !out.contains("never ends") && !err.contains("never ends"),
        "{out}{err}"
    );
}

/// An `aws` that knows the limits of a service and writes down what it is asked.
#[cfg(unix)]
fn stand_in(folder: &Folder, limits: &str) -> std::path::PathBuf {
    use std::os::unix::fs::PermissionsExt as _;
    let bin = folder.path("bin");
    std::fs::create_dir_all(&bin).expect("a folder");
    let script = format!(
        "#!/usr/bin/env bash\necho \"$*\" >> \"$CALLS\"\n[[ $2 == describe-services ]] && printf '{limits}\\n' && exit 0\nexit 1\n"
    );
    let aws = bin.join("aws");
    std::fs::write(&aws, script).expect("written");
    std::fs::set_permissions(&aws, std::fs::Permissions::from_mode(0o755)).expect("executable");
    bin
}

#[cfg(unix)]
#[test]
fn the_script_refuses_to_wait_for_a_deployment_that_never_ends() {
    let folder = Folder::new();
    let file = folder.write("c.json", &with_standstill(100));
    let (plan, _) = plan_json(&file, &[]);
    let plan = folder.write("plan.json", &plan.to_string());
    let into = folder.path("deploy");
    let (cluster, out) = (
        format!("--cluster={}", file.display()),
        format!("--output-dir={}", into.display()),
    );
    let (code, _, err) = ran(&["export", "--format=cli", &cluster, &out], &[&plan]);
    assert_eq!(code, Some(0), "{err}");
    let run = |limits: &str| {
        let bin = stand_in(&folder, limits);
        let calls = folder.path("calls");
        let _ = std::fs::remove_file(&calls);
        let path = format!(
            "{}:{}",
            bin.display(),
            std::env::var("PATH").unwrap_or_default()
        );
        let output = Command::new("bash")
            .arg(into.join("apply.sh"))
            .env("PATH", path)
            .env("CALLS", &calls)
            .env("SUBNET_IDS", "subnet-1")
            .env("SECURITY_GROUP_IDS", "sg-1")
            .env("INSTANCE_PROFILE", "ecs")
            .output();
        let (code, _, err) = told(&output.expect("bash runs"));
        (
            code,
            err,
            std::fs::read_to_string(&calls).unwrap_or_default(),
        )
    };
    let (code, err, calls) = run("2\\t100\\t100");
    assert_eq!(code, Some(2), "{err}");
    assert!(err.contains("service web, of whose 2 tasks"), "{err}");
    assert!(
        calls
            .lines()
            .all(|call| call.starts_with("ecs describe-services")),
        "{calls}"
    );
    // Limits that were changed since let it through, to what this stand-in does not know.
    for limits in [
        "2\\t100\\t150",
        "2\\t50\\t100",
        "0\\t100\\t100",
        "None\\tNone\\tNone",
    ] {
        let (_, err, calls) = run(limits);
        assert!(!err.contains("never ends"), "{limits}: {err}");
        assert!(calls.lines().count() > 1, "{limits}: {calls}");
    }
}

#[test]
fn running_tasks_that_nothing_plans_are_said_beside_the_saving() {
    let folder = Folder::new();
    let task = |group: &str| {
        json!({"taskArn": "arn:aws:ecs:us-east-1:1:task/shop/1", "group": group, "lastStatus": "RUNNING", "desiredStatus": "RUNNING",
            "containerInstanceArn": "arn:aws:ecs:us-east-1:1:container-instance/shop/1"})
    };
    let file = json!({"version": 1, "cluster": "shop", "region": "us-east-1",
        "services": [{"serviceName": "api", "desiredCount": 1, "cpu": 512, "memory": 1024}],
        "containerInstances": [{"containerInstanceArn": "arn:aws:ecs:us-east-1:1:container-instance/shop/1", "status": "ACTIVE",
            "attributes": [{"name": "ecs.instance-type", "value": "m5.4xlarge"}]}],
        "tasks": [task("service:api"), task("family:report")]});
    let file = folder.write("c.json", &file.to_string());
    let (code, _, err) = ran(&["plan", "--work-limit=100000"], &[&file]);
    assert_eq!(code, Some(0), "{err}");
    assert!(
        err.contains("warning[W2033] tasks[1]") && err.contains("1 of `family:report`"),
        "{err}"
    );
}

#[test]
fn names_of_a_csv_are_taken_whole_or_refused_with_their_line() {
    let folder = Folder::new();
    let csv = "service,cpu,memory_mib,desired_count\nteam-a/api,256,512,2\nN/A,256,512,1\nweb,256,512,1\n";
    let file = folder.write("c.csv", csv);
    let (code, _, err) = ran(&["plan", "--region=us-east-1"], &[&file]);
    assert_eq!(code, Some(20), "{err}");
    assert!(
        err.contains("error[E1307] rows[0].service") && err.contains("`team-a/api`"),
        "{err}"
    );
    assert!(
        err.contains("error[E1307] rows[1].service") && err.contains("`N/A` stands for nothing"),
        "{err}"
    );
    let csv = "service,cpu,memory_mib,desired_count\narn:aws:ecs:us-east-1:1:service/shop/api,256,512,2\n";
    let file = folder.write("arn.csv", csv);
    let (plan, _) = plan_json(&file, &["--region=us-east-1", "--work-limit=100000"]);
    assert_eq!(plan["services"][0]["serviceName"], "api");
}

#[test]
fn an_instance_that_stays_and_has_no_price_is_named() {
    let folder = Folder::new();
    let file = json!({"version": 1, "cluster": "shop", "region": "us-east-1",
        "services": [{"serviceName": "api", "desiredCount": 1, "cpu": 512, "memory": 1024}],
        "containerInstances": [{"containerInstanceArn": "arn:aws:ecs:us-east-1:1:container-instance/shop/i7", "status": "ACTIVE",
            "attributes": [{"name": "ecs.instance-type", "value": "m5.lagre"}]}]});
    let file = folder.write("c.json", &file.to_string());
    let (code, _, err) = ran(&["plan", "--keep-instances=all"], &[&file]);
    assert_eq!(code, Some(20), "{err}");
    for part in [
        "container-instance/shop/i7, which stays: m5.lagre has no On-Demand price",
        "knows no such type",
        "correct the type",
    ] {
        assert!(err.contains(part), "{part}: {err}");
    }
    assert!(!err.contains("rootVolumeGib"), "{err}");
}

#[test]
fn a_local_zone_is_none_of_the_region_s_zones() {
    let folder = Folder::new();
    let csv = "service,cpu,memory_mib,desired_count\nweb,256,512,1\n";
    let file = folder.write("c.csv", csv);
    let (code, _, err) = ran(
        &[
            "plan",
            "--region=us-east-1",
            "--availability-zones=us-east-1-bos-1a",
        ],
        &[&file],
    );
    assert_eq!(code, Some(20), "{err}");
    assert!(err.contains("E1605") && err.contains("Local Zone"), "{err}");
}

#[test]
fn what_is_planned_beside_tasks_without_a_place_has_a_heading_of_its_own() {
    let folder = Folder::new();
    let file = folder.write("c.json", crate::support::INFEASIBLE);
    let (code, out, err) = ran(
        &["report", "--format=markdown", "--work-limit=100000"],
        &[&file],
    );
    assert_eq!(code, Some(10), "{err}");
    let at = |text: &str| out.find(text).unwrap_or_else(|| panic!("no {text}: {out}"));
    assert!(at("#### Unplaced") < at("- trainer: 1 task"), "{out}");
    assert!(
        at("- trainer: 1 task") < at("#### What is planned"),
        "{out}"
    );
    assert!(
        at("#### What is planned") < at("- proven cheapest possible"),
        "{out}"
    );
}

#[test]
fn room_for_a_lost_instance_brings_no_further_type_than_the_policy_allows() {
    let folder = Folder::new();
    let cluster = json!({"version": 1, "cluster": "c", "region": "us-east-1",
        "services": [{"serviceName": "api", "desiredCount": 1, "cpu": 1500, "memory": 2048, "networkMode": "awsvpc"}],
        "policy": {"allowedInstanceTypes": ["c7i.large"], "surviveInstanceLoss": true, "maxInstanceTypes": 1, "keepInstances": "all"},
        "containerInstances": [{"containerInstanceArn": "i0", "status": "ACTIVE", "attributes": [
            {"name": "ecs.instance-type", "value": "t3.medium"}, {"name": "ecs.availability-zone", "value": "us-east-1a"}]}]});
    let file = folder.write("c.json", &cluster.to_string());
    let (code, out, err) = ran(&["plan", "--format", "json"], &[&file]);
    // The other type that would hold the task is one more than the policy allows.
    assert_eq!(code, Some(10), "{err}");
    let plan: Value = serde_json::from_str(&out).expect("a plan");
    let types: Vec<&Value> = (plan["instances"].as_array().expect("rows").iter())
        .map(|row| &row["instanceType"])
        .collect();
    assert_eq!(types, ["t3.medium"]);
    assert_eq!(plan["unplaced"][0]["serviceName"], "api");
}

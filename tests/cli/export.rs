//! `bayplan export` end to end.

use predicates::prelude::*;
use serde_json::{Value, json};

use crate::support::{CLUSTER, Folder, bayplan, nothing_said, plan_json};

fn planned(folder: &Folder) -> (std::path::PathBuf, std::path::PathBuf) {
    let cluster = folder.write("c.json", CLUSTER);
    let (plan, code) = plan_json(&cluster, &[]);
    assert_eq!(code, 0);
    (folder.write("plan.json", &plan.to_string()), cluster)
}

#[test]
fn formats_of_one_file_go_to_stdout_or_a_file() {
    let folder = Folder::new();
    let (plan, _) = planned(&folder);
    for (format, part) in [
        ("cloudformation-json", "AWS::ECS::CapacityProvider"),
        ("cloudformation-yaml", "# "),
        ("terraform", "resource \"aws_ecs_capacity_provider\""),
        ("terraform-json", "aws_ecs_capacity_provider"),
        ("cdk", "new ecs.CfnCapacityProvider(this"),
        ("asg-json", "autoScalingGroup"),
        ("asg-csv", "group,capacity_provider,instance_types"),
    ] {
        let run = bayplan()
            .arg("export")
            .arg(&plan)
            .args(["--format", format])
            .assert()
            .success()
            .stderr(nothing_said())
            .stdout(predicate::str::contains(part));
        let file = folder.path(format);
        bayplan()
            .arg("export")
            .arg(&plan)
            .args(["--format", format, "--output"])
            .arg(&file)
            .assert()
            .success()
            .stdout("");
        let written = std::fs::read(&file).expect("the file");
        assert_eq!(written, run.get_output().stdout, "{format}");
    }
}

#[test]
fn cli_inputs_need_a_folder() {
    let folder = Folder::new();
    let (plan, _) = planned(&folder);
    let mut command = bayplan();
    command.arg("export").arg(&plan).args(["--format", "cli"]);
    command
        .assert()
        .code(2)
        .stderr(predicate::str::contains("--output-dir"));
    let out = folder.path("deploy");
    command.arg("--output-dir").arg(&out).assert().success();
    let script = out.join("apply.sh");
    let text = std::fs::read_to_string(&script).expect("the script");
    assert!(text.contains("set -euo pipefail"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(&script)
            .expect("there")
            .permissions()
            .mode();
        assert_eq!(mode & 0o100, 0o100);
    }
}

#[test]
fn the_cluster_file_tells_network_modes_and_must_be_the_plan_s() {
    let folder = Folder::new();
    let (plan, cluster) = planned(&folder);
    let run = |file: &std::path::Path| {
        let mut command = bayplan();
        command.arg("export").arg(&plan).arg("--cluster").arg(file);
        command.args(["--format", "cloudformation-json"]).assert()
    };
    let output = run(&cluster).success();
    let template: Value = serde_json::from_slice(&output.get_output().stdout).expect("JSON");
    let services = &template["Resources"];
    let network = |id: &str| {
        services[id]["Properties"]
            .get("NetworkConfiguration")
            .is_some()
    };
    assert!(network("ServiceApi") && !network("ServiceWorker"));
    let other = folder.write("other.json", &CLUSTER.replace("\"shop\"", "\"other\""));
    run(&other)
        .code(20)
        .stderr(predicate::str::contains("`other`"));
}

#[test]
fn a_plan_that_cannot_be_exported_says_all_that_is_wrong() {
    let folder = Folder::new();
    let cluster = folder.write("c.json", CLUSTER);
    let (mut plan, _) = plan_json(&cluster, &[]);
    plan["capacityProviders"][0]["instanceTypes"] = serde_json::json!(["m99.huge"]);
    plan["services"][0]["placementStrategy"] =
        serde_json::json!([{"type": "spread", "field": "attribute:"}]);
    let export = |plan: &Value| {
        let file = folder.write("plan.json", &plan.to_string());
        let mut command = bayplan();
        command
            .arg("export")
            .arg(&file)
            .args(["--format", "asg-json"]);
        command.assert().code(20).stdout("")
    };
    export(&plan)
        .stderr(predicate::str::contains("error[X01]").and(predicate::str::contains("error[X08]")));
    // What is no placement strategy at all is no plan.
    plan["services"][0]["placementStrategy"] = serde_json::json!([{"type": "pile"}]);
    export(&plan).stderr(predicate::str::contains("error[E1808]"));
}

#[test]
fn modules_are_a_style_of_terraform_alone() {
    let folder = Folder::new();
    let (plan, _) = planned(&folder);
    let run = |format: &str| {
        let mut command = bayplan();
        command.arg("export").arg(&plan);
        command
            .args(["--style", "modules", "--format", format])
            .assert()
    };
    run("terraform").success().stdout(predicate::str::contains(
        "terraform-aws-modules/ecs/aws//modules/cluster",
    ));
    run("terraform-json")
        .success()
        .stdout(predicate::str::contains(
            "terraform-aws-modules/autoscaling/aws",
        ));
    run("cdk")
        .code(2)
        .stderr(predicate::str::contains("--style modules"));
}

/// The cluster file as it is once the plan is deployed.
fn deployed(folder: &Folder, plan: &std::path::Path, cluster: &std::path::Path) -> Value {
    let settings = folder.path("settings.json");
    let mut command = bayplan();
    command
        .arg("export")
        .arg(plan)
        .arg("--cluster")
        .arg(cluster);
    command
        .args(["--format", "asg-json", "--output"])
        .arg(&settings);
    command.assert().success();
    let settings: Value =
        serde_json::from_slice(&std::fs::read(settings).expect("the file")).expect("JSON");
    let mut file: Value = serde_json::from_str(CLUSTER).expect("JSON");
    let groups = settings["groups"].as_array().expect("groups");
    let part = |key: &str| {
        groups
            .iter()
            .map(|group| group[key].clone())
            .collect::<Value>()
    };
    file["autoScalingGroups"] = part("autoScalingGroup");
    file["capacityProviders"] = part("capacityProvider");
    for service in file["services"].as_array_mut().expect("services") {
        let planned = settings["services"].as_array().expect("services").iter();
        let found = planned
            .clone()
            .find(|planned| planned["service"] == service["serviceName"]);
        for key in ["capacityProviderStrategy", "placementStrategy"] {
            service[key] = found.map_or(Value::Null, |found| found[key].clone());
        }
    }
    file
}

#[test]
fn a_difference_is_said_and_has_its_exit_code() {
    let folder = Folder::new();
    let (plan, cluster) = planned(&folder);
    let mut same = deployed(&folder, &plan, &cluster);
    let run = |file: &Value, flags: &[&str]| {
        let file = folder.write("today.json", &file.to_string());
        let mut command = bayplan();
        command.arg("export").arg(&plan).arg("--diff").arg(file);
        command.args(flags).assert()
    };
    run(&same, &["--detailed-exitcode"])
        .success()
        .stdout(predicate::str::starts_with("Nothing differs from today."));
    run(&same, &["--format", "terraform", "--detailed-exitcode"])
        .success()
        .stdout("")
        .stderr(predicate::str::contains("Nothing differs"));

    same["autoScalingGroups"][0]["MaxSize"] = Value::from(1234);
    run(&same, &[])
        .success()
        .stdout(predicate::str::contains("largest size 1234 → "));
    run(&same, &["--detailed-exitcode"]).code(3);
    let output = run(
        &same,
        &["--format", "terraform-json", "--detailed-exitcode"],
    )
    .code(3);
    let document: Value = serde_json::from_slice(&output.get_output().stdout).expect("JSON");
    let kinds: Vec<&String> = document["resource"]
        .as_object()
        .expect("resources")
        .keys()
        .collect();
    // The reset belongs to the group, and the limits of rollouts meanwhile to the reset; a cluster file does not show whether they are there.
    assert_eq!(
        kinds,
        [
            "aws_launch_template",
            "aws_autoscaling_group",
            "aws_autoscaling_schedule",
            "aws_iam_role",
            "aws_iam_role_policy",
            "aws_scheduler_schedule",
        ]
    );
    run(&same, &["--output-dir", "x"]).code(2);

    same["autoScalingGroups"][0]["MaxSize"] = Value::from("many");
    run(&same, &[])
        .code(20)
        .stderr(predicate::str::contains("autoScalingGroups[0].MaxSize"));
}

#[test]
fn a_format_is_asked_for_where_nothing_is_compared() {
    let folder = Folder::new();
    let (plan, cluster) = planned(&folder);
    let run = |flags: &[&str]| bayplan().arg("export").arg(&plan).args(flags).assert();
    run(&[])
        .code(2)
        .stderr(predicate::str::contains("--format"));
    run(&["--format", "text"])
        .code(2)
        .stderr(predicate::str::contains("--diff"));
    let cluster = cluster.to_str().expect("UTF-8");
    run(&["--diff", cluster, "--cluster", cluster]).code(2);
    run(&["--format", "cdk", "--detailed-exitcode"]).code(2);
}

/// A cluster with this list of capacity providers, one old group, and a service on `FARGATE_SPOT` that no plan knows.
fn listing(providers: &Value, strategy: &Value) -> String {
    let group = "arn:aws:autoscaling:us-east-1:1:autoScalingGroup:1-2:autoScalingGroupName/asg-old";
    json!({"version": 1, "region": "us-east-1",
        "clusters": [{"clusterName": "prod", "capacityProviders": providers}],
        "services": [{"serviceArn": "arn:aws:ecs:us-east-1:1:service/prod/api", "serviceName": "api", "desiredCount": 2,
            "cpu": 512, "memory": 1024, "capacityProviderStrategy": strategy}],
        "capacityProviders": [{"name": "FARGATE"}, {"name": "FARGATE_SPOT"},
            {"name": "old", "autoScalingGroupProvider": {"autoScalingGroupArn": group}}],
        "autoScalingGroups": [{"AutoScalingGroupName": "asg-old", "MinSize": 0, "MaxSize": 9, "DesiredCapacity": 0}],
        "leftOut": [{"serviceName": "windows",
            "capacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]}]})
    .to_string()
}

/// Names on the list of a template: in the last stage where there are several.
fn listed(folder: &Folder, file: &str) -> (Vec<String>, String) {
    let cluster = folder.write("c.json", file);
    let (plan, code) = plan_json(&cluster, &[]);
    assert_eq!(code, 0);
    let plan = folder.write("plan.json", &plan.to_string());
    let export = |format: &str| {
        let mut command = bayplan();
        command.arg("export").arg(&plan).args(["--format", format]);
        let run = command.arg("--cluster").arg(&cluster).assert().success();
        String::from_utf8(run.get_output().stdout.clone()).expect("text")
    };
    let template: Value = serde_json::from_str(&export("cloudformation-json")).expect("JSON");
    let list = &template["Resources"]["ProviderAssociations"]["Properties"]["CapacityProviders"];
    let end = if list.is_array() {
        list
    } else {
        &list["Fn::If"][2]
    };
    let names = (end.as_array().expect("a list").iter())
        .filter_map(|name| name.as_str().map(str::to_owned))
        .collect();
    (names, export("terraform"))
}

/// `PutClusterCapacityProviders` takes the whole list: what is not named is taken off.
#[test]
fn providers_that_others_may_use_stay_on_the_clusters_list() {
    let folder = Folder::new();
    let all = json!(["old", "FARGATE", "FARGATE_SPOT", "of-another-team"]);
    let old = json!([{"capacityProvider": "old", "weight": 1}]);
    // The old provider leaves, in stages.
    let (names, terraform) = listed(&folder, &listing(&all, &old));
    let terraform = terraform.replace("\n# ", " ");
    assert_eq!(names, ["FARGATE_SPOT", "FARGATE", "of-another-team"]);
    for note in [
        "tasks that the plan does not move use them: FARGATE_SPOT.",
        "tasks outside the plan may name them: FARGATE.",
        "the cluster file shows nothing else of them: of-another-team.",
    ] {
        assert!(terraform.contains(note), "{note}: {terraform}");
    }
    // Nothing leaves, and so there are no stages.
    let mut file: Value =
        serde_json::from_str(&listing(&json!(["FARGATE"]), &json!([]))).expect("JSON");
    file["capacityProviders"] = json!([]);
    file["autoScalingGroups"] = json!([]);
    let (names, _) = listed(&folder, &file.to_string());
    assert_eq!(names, ["FARGATE_SPOT", "FARGATE"]);
    // Names that nobody lists are not put on it.
    file["leftOut"] = json!([]);
    file["clusters"][0]["capacityProviders"] = json!([]);
    let (names, _) = listed(&folder, &file.to_string());
    assert_eq!(names, [] as [&str; 0]);
}

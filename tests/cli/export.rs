//! `bayplan export` end to end.

use predicates::prelude::*;
use serde_json::Value;

use crate::support::{CLUSTER, Folder, bayplan, plan_json};

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
        ("asg-json", "autoScalingGroup"),
        ("asg-csv", "group,instance_types"),
    ] {
        let run = bayplan()
            .arg("export")
            .arg(&plan)
            .args(["--format", format])
            .assert()
            .success()
            .stderr("")
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
    plan["services"][0]["placementStrategy"] = serde_json::json!([{"type": "pile"}]);
    let plan = folder.write("plan.json", &plan.to_string());
    bayplan()
        .arg("export")
        .arg(&plan)
        .args(["--format", "asg-json"])
        .assert()
        .code(20)
        .stdout("")
        .stderr(predicate::str::contains("error[X01]").and(predicate::str::contains("error[X08]")));
}

//! Demand over a week through every command that knows it, and the words of those that do not.

use std::path::PathBuf;

use predicates::prelude::*;
use serde_json::{Value, json};

use crate::support::{Folder, bayplan, said};

fn cluster() -> String {
    let by_day = |from: usize, to: usize, within: u64, without: u64| -> Vec<u64> {
        (0..24)
            .map(|hour| {
                if (from..to).contains(&hour) {
                    within
                } else {
                    without
                }
            })
            .collect()
    };
    let service = |name: &str, hours: Vec<u64>| json!({"serviceName": name, "desiredCount": 4, "cpu": 500, "memory": 900, "networkMode": "bridge", "profile": hours});
    json!({"version": 1, "cluster": "prod", "region": "us-east-1",
        "services": [service("shop", by_day(8, 20, 12, 3)), service("batch", by_day(1, 5, 6, 0))],
        "policy": {"allowedInstanceTypes": ["m6i.large", "c6i.large"]}})
    .to_string()
}

/// A folder with the cluster and its plan.
fn planned() -> (Folder, PathBuf, PathBuf) {
    let folder = Folder::new();
    let file = folder.write("cluster.json", &cluster());
    let plan = folder.path("plan.json");
    bayplan()
        .arg("plan")
        .arg(&file)
        .args([
            "--format",
            "json",
            "--quiet",
            "--work-limit",
            "300000",
            "--output",
        ])
        .arg(&plan)
        .assert()
        .success();
    (folder, file, plan)
}

#[test]
fn a_week_is_planned_checked_played_exported_reported_and_explained() {
    let (folder, file, plan) = planned();
    bayplan()
        .arg("check")
        .args([&file, &plan])
        .assert()
        .success();

    let simulated = bayplan()
        .arg("simulate")
        .args([&file, &plan])
        .args(["--format", "json", "--orders", "2"])
        .output()
        .expect("the binary runs");
    let report: Value = serde_json::from_slice(&simulated.stdout).expect("JSON");
    assert_eq!(report["scenario"]["name"], "week");
    assert_eq!(report["scenario"]["minutes"], 10_080);
    assert_eq!(report["scenario"]["week"]["mostWaitingTasks"], 0);
    assert_eq!(said(&simulated.stderr), "");

    let template = folder.path("template.json");
    bayplan()
        .arg("export")
        .arg(&plan)
        .arg("--cluster")
        .arg(&file)
        .args(["--format", "cloudformation-json", "--output"])
        .arg(&template)
        .assert()
        .success();
    let template = std::fs::read_to_string(template).expect("written");
    for part in [
        "AWS::AutoScaling::ScheduledAction",
        "AWS::ApplicationAutoScaling::ScalableTarget",
    ] {
        assert!(template.contains(part), "{part}");
    }

    let page = folder.path("report.html");
    bayplan()
        .arg("report")
        .args([&file, &plan])
        .args(["--format", "html", "--output"])
        .arg(&page)
        .assert()
        .success();
    let page = std::fs::read_to_string(page).expect("written");
    for part in [
        "id=\"week\"",
        "of the week&#x27;s bill",
        "polyline class=\"hours\"",
    ] {
        assert!(page.contains(part), "{part}");
    }

    bayplan()
        .arg("explain")
        .args([&file, &plan])
        .assert()
        .success()
        .stdout(predicate::str::contains("the plan is over a week"));
    bayplan()
        .arg("what-if")
        .arg(&file)
        .args([
            "--policy",
            "headroomPercent=50",
            "--work-limit",
            "200000",
            "--quiet",
        ])
        .assert()
        .success()
        .stdout(predicate::str::contains("headroomPercent=50"));
}

#[test]
fn what_does_not_know_weeks_says_so() {
    let (_folder, file, plan) = planned();
    let refused = |arguments: &[&str], files: &[&PathBuf], says: &str| {
        bayplan()
            .args(arguments)
            .args(files)
            .assert()
            .code(20)
            .stderr(predicate::str::contains(says));
    };
    refused(
        &["explain", "--curves"],
        &[&file, &plan],
        "--curves is not built for a plan over a week",
    );
    refused(&["apply"], &[&file, &plan], "`bayplan export` writes them");
    refused(
        &["plan", "--warm-start"],
        &[&plan, &file],
        "nothing begins with one yet",
    );
    bayplan()
        .arg("export")
        .arg(&plan)
        .args([
            "--format",
            "asg-json",
            "--warm-up-minutes",
            "40",
            "--drain-minutes",
            "30",
        ])
        .assert()
        .code(2)
        .stderr(predicate::str::contains("70 together"));
}

#[test]
fn services_on_fargate_follow_the_hours_in_every_command() {
    let mut night = [0_u64; 24];
    night[2] = 2;
    let mut day = [10_u64; 24];
    day[8..20].fill(40);
    let service = |name: &str, cpu: u64, memory: u64, hours: [u64; 24]| json!({"serviceName": name, "desiredCount": 4, "cpu": cpu, "memory": memory, "networkMode": "awsvpc", "profile": hours});
    let cluster = json!({"version": 1, "cluster": "prod", "region": "us-east-1",
        "services": [service("batch", 2000, 4000, night), service("shop", 300, 900, day)],
        "policy": {"allowedInstanceTypes": ["m6i.xlarge"], "eniTrunking": true, "fargate": "allowed"}});
    let folder = Folder::new();
    let file = folder.write("cluster.json", &cluster.to_string());
    let plan = folder.path("plan.json");
    bayplan()
        .arg("plan")
        .arg(&file)
        .args([
            "--format",
            "json",
            "--quiet",
            "--work-limit",
            "300000",
            "--output",
        ])
        .arg(&plan)
        .assert()
        .success();
    let document: Value =
        serde_json::from_str(&std::fs::read_to_string(&plan).expect("written")).expect("JSON");
    assert_eq!(document["fargateTasks"][0]["serviceName"], "batch");
    let schedule = &document["fargateTasks"][0]["schedule"];
    assert_eq!(schedule[1]["count"], 2, "{schedule}");
    bayplan()
        .arg("check")
        .args([&file, &plan])
        .assert()
        .success();
    let simulated = bayplan()
        .arg("simulate")
        .args([&file, &plan])
        .args(["--format", "json", "--orders", "2"])
        .output()
        .expect("the binary runs");
    let report: Value = serde_json::from_slice(&simulated.stdout).expect("JSON");
    assert_eq!(report["scenario"]["week"]["mostWaitingTasks"], 0);
    bayplan()
        .arg("plan")
        .arg(&file)
        .args(["--quiet", "--work-limit", "300000"])
        .assert()
        .success()
        .stdout(predicate::str::contains("Tasks on Fargate over the week"));
    let template = folder.path("template.json");
    bayplan()
        .arg("export")
        .arg(&plan)
        .arg("--cluster")
        .arg(&file)
        .args(["--format", "cloudformation-json", "--output"])
        .arg(&template)
        .assert()
        .success();
    let template = std::fs::read_to_string(template).expect("written");
    for part in [
        "AWS::ApplicationAutoScaling::ScalableTarget",
        "cron(0 2 * * ? *)",
    ] {
        assert!(template.contains(part), "{part}");
    }
}

/// The same cluster with a group of today that managed scaling alone follows the hours with.
fn with_group_of_today() -> String {
    let mut cluster: Value = serde_json::from_str(&cluster()).expect("JSON");
    cluster["autoScalingGroups"] = json!([{"AutoScalingGroupName": "workers", "MinSize": 0, "MaxSize": 40, "DesiredCapacity": 4,
        "AvailabilityZones": ["us-east-1a"], "MixedInstancesPolicy": {"LaunchTemplate": {"Overrides": [{"InstanceType": "m6i.large"}]}}}]);
    cluster["capacityProviders"] = json!([{"name": "workers", "autoScalingGroupProvider": {
        "autoScalingGroupArn": "arn:aws:autoscaling:us-east-1:123456789012:autoScalingGroup:x:autoScalingGroupName/workers",
        "managedScaling": {"status": "ENABLED", "targetCapacity": 100}}}]);
    for service in cluster["services"].as_array_mut().expect("services") {
        service["capacityProviderStrategy"] = json!([{"capacityProvider": "workers", "weight": 1}]);
        service["placementStrategy"] = json!([{"type": "binpack", "field": "memory"}]);
    }
    cluster.to_string()
}

#[test]
fn managed_scaling_alone_follows_the_week_later_than_schedules() {
    let folder = Folder::new();
    let file = folder.write("cluster.json", &with_group_of_today());
    let played = bayplan()
        .arg("simulate")
        .arg(&file)
        .args(["--format", "json"])
        .assert()
        .success();
    let report: Value = serde_json::from_slice(&played.get_output().stdout).expect("JSON");
    let week = &report["scenario"]["week"];
    assert_eq!(week["beginsAtHour"], 0);
    assert_eq!(week["sizeChanges"], 0);
    assert!(week["countChanges"].as_u64() > Some(0));
    // What is launched only when tasks wait is late.
    assert!(week["longestWaitMinutes"].as_u64() >= Some(2), "{week}");
    let mean = week["usdPerHour"].as_f64().expect("a bill");
    // Three tasks and a batch of six at night need one to five instances of 0.096 USD; the day's twelve three.
    assert!((0.096..0.096 * 5.0).contains(&mean), "{mean}");
    bayplan()
        .arg("simulate")
        .arg(&file)
        .assert()
        .success()
        .stdout(predicate::str::contains("no group has a schedule"));
    // Any other scenario needs one number of tasks.
    bayplan()
        .arg("simulate")
        .arg(&file)
        .args(["--scenario", "scale-out"])
        .assert()
        .code(20)
        .stderr(predicate::str::contains("one number of tasks"));
}

#[test]
fn a_service_that_scales_by_itself_is_packed_where_demand_moves() {
    let mut cluster: Value = serde_json::from_str(&cluster()).expect("JSON");
    let api = json!({"serviceName": "api", "desiredCount": 4, "minCount": 2, "maxCount": 12, "cpu": 500, "memory": 900, "networkMode": "bridge"});
    cluster["services"]
        .as_array_mut()
        .expect("services")
        .push(api);
    let folder = Folder::new();
    let file = folder.write("cluster.json", &cluster.to_string());
    let plan = folder.path("plan.json");
    bayplan()
        .arg("plan")
        .arg(&file)
        .args([
            "--demand",
            "moving",
            "--work-limit",
            "300000",
            "--format",
            "json",
            "--quiet",
            "--output",
        ])
        .arg(&plan)
        .assert()
        .success();
    let document: Value =
        serde_json::from_slice(&std::fs::read(&plan).expect("a plan")).expect("JSON");
    let modes: Vec<&str> = (document["capacityProviders"]
        .as_array()
        .expect("groups")
        .iter())
    .filter_map(|group| group["mode"].as_str())
    .collect();
    assert!(
        modes.contains(&"elastic") && modes.contains(&"scheduled"),
        "{modes:?}"
    );
    bayplan()
        .arg("check")
        .args([&file, &plan])
        .assert()
        .success();
    for format in ["cloudformation-json", "terraform"] {
        let exported = bayplan()
            .arg("export")
            .arg(&plan)
            .args(["--format", format, "--cluster"])
            .arg(&file)
            .assert()
            .success();
        assert!(!exported.get_output().stdout.is_empty());
    }
    bayplan()
        .arg("simulate")
        .args([&file, &plan])
        .assert()
        .success();
}

//! Today's fleet beside the plan: its cost, what changes, and when it is left alone.

use predicates::prelude::*;
use serde_json::{Value, json};

use crate::support::{Folder, bayplan, plan_json};

/// A service on two groups of today: `count` instances of a type in the first.
fn cluster(folder: &Folder, instance_type: &str, count: usize) -> std::path::PathBuf {
    let instances: Vec<Value> = (0..count)
        .map(|index| {
            json!({
                "containerInstanceArn": format!("arn:aws:ecs:us-east-1:1:container-instance/prod/{index}"),
                "status": "ACTIVE",
                "capacityProviderName": "old",
                "attributes": [{"name": "ecs.instance-type", "value": instance_type}],
            })
        })
        .collect();
    let file = json!({
        "version": 1, "cluster": "shop", "region": "us-east-1",
        "services": [{
            "serviceName": "api", "desiredCount": 4, "cpu": 512, "memory": 1024,
            "capacityProviderStrategy": [{"capacityProvider": "old", "weight": 1}],
        }],
        "capacityProviders": [{"name": "old", "autoScalingGroupProvider": {"autoScalingGroupArn": "old-group"}}],
        "autoScalingGroups": [{"AutoScalingGroupName": "old-group"}],
        "containerInstances": instances,
    });
    folder.write("c.json", &file.to_string())
}

#[test]
fn todays_cost_the_saving_and_every_change_are_told() {
    let folder = Folder::new();
    let file = cluster(&folder, "m5.2xlarge", 3);
    let (plan, code) = plan_json(&file, &["--detailed-exitcode"]);
    assert_eq!(code, 3);
    let today = plan["cost"]["currentUsdPerHour"].as_f64().expect("a cost");
    assert!(today > plan["cost"]["usdPerHour"].as_f64().expect("a cost"));
    let changes = plan["changes"].to_string();
    for part in [
        "remove 3 m5.2xlarge",
        "add capacity provider",
        "remove capacity provider old: 3 of m5.2xlarge",
        "(today old:1)",
    ] {
        assert!(changes.contains(part), "{part} is missing in {changes}");
    }
    let assumptions = plan["assumptions"].to_string();
    assert!(assumptions.contains("today's 3 container instances: as the replica has it, ECS finds every task a place in all"), "{assumptions}");
    assert!(plan.get("recommendation").is_none());
}

#[test]
fn a_small_saving_leaves_it_alone_and_changes_nothing() {
    let folder = Folder::new();
    let file = cluster(&folder, "m5.2xlarge", 3);
    let (plan, code) = plan_json(&file, &["--detailed-exitcode", "--min-saving", "99.9%"]);
    assert_eq!(code, 0);
    assert_eq!(plan["changes"], json!([]));
    let words = plan["recommendation"].as_str().expect("a recommendation");
    assert!(
        words.starts_with("leave it alone: the plan saves"),
        "{words}"
    );
    let (plan, code) = plan_json(&file, &["--detailed-exitcode", "--min-saving", "0.1"]);
    assert_eq!(code, 3, "{plan}");
    (bayplan()
        .arg("plan")
        .arg(&file)
        .args(["--min-saving", "0.999"]))
    .assert()
    .success()
    .stdout(predicate::str::contains("Answer  leave it alone"));
}

#[test]
fn a_fleet_that_does_not_hold_its_tasks_is_not_left_alone() {
    let folder = Folder::new();
    let file = cluster(&folder, "c5.large", 1);
    let (plan, code) = plan_json(&file, &["--detailed-exitcode", "--min-saving", "1"]);
    assert_eq!(code, 3, "{plan}");
    let assumptions = plan["assumptions"].to_string();
    assert!(
        assumptions.contains("leaves at most 1 without one"),
        "{assumptions}"
    );
}

#[test]
fn a_threshold_that_is_no_fraction_is_a_usage_error_and_one_without_a_fleet_is_said() {
    let folder = Folder::new();
    let file = cluster(&folder, "m5.large", 0);
    for wrong in ["-0.1", "1.5", "many", "101%"] {
        (bayplan()
            .arg("plan")
            .arg(&file)
            .arg(format!("--min-saving={wrong}")))
        .assert()
        .code(2);
    }
    (bayplan()
        .arg("plan")
        .arg(&file)
        .args(["--min-saving", "0.05"]))
    .assert()
    .success()
    .stderr(predicate::str::contains("nothing to compare with"));
}

#[test]
fn instances_of_no_capacity_provider_are_no_provider_to_remove() {
    let folder = Folder::new();
    let file = cluster(&folder, "m5.2xlarge", 3);
    let text = std::fs::read_to_string(&file).expect("the file");
    let mut document: Value = serde_json::from_str(&text).expect("JSON");
    for instance in document["containerInstances"]
        .as_array_mut()
        .expect("a list")
    {
        instance
            .as_object_mut()
            .expect("an object")
            .remove("capacityProviderName");
    }
    std::fs::write(&file, document.to_string()).expect("written");
    let changes = plan_json(&file, &[]).0["changes"].to_string();
    assert!(changes.contains("remove 3 m5.2xlarge"), "{changes}");
    assert!(!changes.contains("remove capacity provider"), "{changes}");
}

#[test]
fn a_fleet_without_a_price_is_said_and_not_passed_over() {
    let folder = Folder::new();
    let file = cluster(&folder, "z9.huge", 2);
    let plan = |flags: &[&str]| {
        let output = bayplan().arg("plan").arg(&file).args(flags).output();
        String::from_utf8(output.expect("runs").stderr).expect("UTF-8")
    };
    let said = plan(&[]);
    assert!(said.contains("what today costs is not shown"), "{said}");
    assert!(said.contains("z9.huge"), "{said}");
    let said = plan(&["--min-saving", "0.05"]);
    assert!(said.contains("nothing to compare with"), "{said}");
    assert!(!said.contains("what today costs is not shown"), "{said}");
}

/// Two instances stay in a group of 2 to 10 with managed scaling of its own.
fn kept_group(folder: &Folder) -> std::path::PathBuf {
    let file = cluster(folder, "m5.large", 2);
    let text = std::fs::read_to_string(&file).expect("the file");
    let mut document: Value = serde_json::from_str(&text).expect("JSON");
    document["policy"] = json!({"keepInstances": "all"});
    document["autoScalingGroups"][0]["MinSize"] = json!(2);
    document["autoScalingGroups"][0]["MaxSize"] = json!(10);
    document["capacityProviders"][0]["autoScalingGroupProvider"]["managedScaling"] =
        json!({"status": "ENABLED", "targetCapacity": 80, "maximumScalingStepSize": 5});
    std::fs::write(&file, document.to_string()).expect("written");
    file
}

#[test]
fn a_group_that_stays_keeps_its_sizes_and_its_managed_scaling() {
    let folder = Folder::new();
    let file = kept_group(&folder);
    let (plan, code) = plan_json(&file, &["--detailed-exitcode"]);
    assert_eq!(code, 0, "nothing changes: {plan}");
    let group = &plan["capacityProviders"][0];
    assert_eq!(group["name"], "old");
    let sizes = ["minSize", "desiredCapacity", "maxSize"].map(|key| group[key].as_u64());
    assert_eq!(sizes, [Some(2), Some(2), Some(10)]);
    assert_eq!(group["managedScaling"]["targetCapacity"], 80);
    assert_eq!(group["managedScaling"]["maximumScalingStepSize"], 5);
    for (field, other) in [("minSize", 0), ("maxSize", 2)] {
        let mut forged = plan.clone();
        forged["capacityProviders"][0][field] = json!(other);
        let forged = folder.write("forged.json", &forged.to_string());
        (bayplan().arg("check").args([&file, &forged]))
            .assert()
            .code(12)
            .stdout(predicate::str::contains("V44"));
    }
}

/// The plan of `kept_group` with so many tasks.
fn kept_with(tasks: u64) -> Value {
    let folder = Folder::new();
    let file = kept_group(&folder);
    let text = std::fs::read_to_string(&file).expect("the file");
    let mut document: Value = serde_json::from_str(&text).expect("JSON");
    document["services"][0]["desiredCount"] = json!(tasks);
    std::fs::write(&file, document.to_string()).expect("written");
    let (plan, code) = plan_json(&file, &[]);
    assert_eq!(code, 0, "{plan}");
    plan
}

#[test]
fn ecs_fills_what_is_added_beside_instances_that_stay() {
    let plan = kept_with(14);
    let groups = plan["capacityProviders"].as_array().expect("groups");
    let (old, new): (Vec<&Value>, Vec<&Value>) =
        (groups.iter()).partition(|group| group["name"] == "old");
    assert_eq!(
        (old[0]["minSize"].as_u64(), old[0]["maxSize"].as_u64()),
        (Some(2), Some(10))
    );
    assert!(!new.is_empty(), "{plan}");
    let certified: u64 = (new.iter())
        .map(|group| {
            group["certificate"]["tasks"]["api"]
                .as_u64()
                .expect("a certificate")
        })
        .sum();
    let on_old: u64 = (plan["instances"].as_array().expect("rows").iter())
        .filter(|row| row["capacityProvider"] == "old")
        .map(|row| row["count"].as_u64().unwrap_or(0) * row["tasks"]["api"].as_u64().unwrap_or(0))
        .sum();
    assert_eq!(certified + on_old, 14);
    assert!(on_old > 0, "{plan}");
    let assumptions = plan["assumptions"].to_string();
    assert!(
        assumptions.contains("every task that the plan places found its place in 100 orders"),
        "{assumptions}"
    );
}

#[test]
fn services_that_fit_today_keep_their_strategies_beside_instances_that_stay() {
    let plan = kept_with(6);
    assert_eq!(plan["changes"], json!([]));
    let strategy = &plan["services"][0]["capacityProviderStrategy"];
    assert_eq!(
        *strategy,
        json!([{"capacityProvider": "old", "base": 0, "weight": 1}])
    );
    assert_eq!(plan["capacityProviders"][0]["mode"], "elastic");
}

/// Three instances of a group stay; four services on it have grown beyond what they hold.
fn full_group(folder: &Folder) -> std::path::PathBuf {
    let file = cluster(folder, "m5.xlarge", 3);
    let text = std::fs::read_to_string(&file).expect("the file");
    let mut document: Value = serde_json::from_str(&text).expect("JSON");
    document["policy"] = json!({"keepInstances": "all", "allowedInstanceTypes": ["m5.*", "c5.*"]});
    let service = |(name, count, cpu, memory): (&str, u64, u64, u64)| {
        json!({
            "serviceName": name, "desiredCount": count, "cpu": cpu, "memory": memory,
            "capacityProviderStrategy": [{"capacityProvider": "old", "weight": 1}],
        })
    };
    document["services"] = [
        ("web", 16, 512, 1_024),
        ("api", 6, 1_024, 3_000),
        ("worker", 5, 256, 2_000),
        ("cache", 3, 512, 6_000),
    ]
    .map(service)
    .into();
    folder.write("full.json", &document.to_string())
}

#[test]
fn beside_a_full_fleet_of_today_as_many_tasks_move_as_every_order_of_arrival_asks_for() {
    let folder = Folder::new();
    let file = full_group(&folder);
    let (plan, code) = plan_json(&file, &[]);
    assert_eq!(code, 0, "{plan}");
    let groups = plan["capacityProviders"].as_array().expect("groups");
    let (old, new): (Vec<&Value>, Vec<&Value>) =
        (groups.iter()).partition(|group| group["name"] == "old");
    assert_eq!(old[0]["mode"], "elastic", "{plan}");
    assert!(!new.is_empty());
    assert!(new.iter().all(|group| group["mode"] == "steady"), "{plan}");
    let assumptions = plan["assumptions"].to_string();
    let filled = "every task that the plan places found its place in 100 orders of arrival";
    assert!(assumptions.contains(filled), "{assumptions}");
    // Not everything is moved.
    let on_old = |service: &Value| {
        (service["capacityProviderStrategy"]
            .as_array()
            .expect("items")
            .iter())
        .any(|item| item["capacityProvider"] == "old")
    };
    assert!(
        plan["services"]
            .as_array()
            .expect("services")
            .iter()
            .any(on_old)
    );
    let plan_file = folder.write("p.json", &plan.to_string());
    (bayplan().arg("check").args([&file, &plan_file]))
        .assert()
        .success();
    let replay = bayplan()
        .arg("simulate")
        .args([&file, &plan_file])
        .args(["--orders", "200", "--seed", "77", "--format", "json"])
        .output()
        .expect("runs");
    let replay: Value = serde_json::from_slice(&replay.stdout).expect("JSON");
    let all = &replay["replays"][0]["all"];
    assert_eq!(all["completeOrders"], all["orders"], "{all}");
}

#[test]
fn the_first_screen_says_where_the_fleet_is_the_ideal_packing() {
    let folder = Folder::new();
    let file = full_group(&folder);
    (bayplan().arg("plan").arg(&file).args(["--work-limit", "1"]))
        .assert()
        .success()
        .stdout(predicate::str::contains("\n  Groups  "))
        .stdout(predicate::str::contains("the fleet is the ideal packing"));
}

/// A file that shows groups and no container instances still names the providers that the export takes off.
#[test]
fn groups_without_container_instances_are_told_by_their_own_sizes() {
    let folder = Folder::new();
    let file = cluster(&folder, "m5.2xlarge", 0);
    let text = std::fs::read_to_string(&file).expect("the file");
    let mut document: Value = serde_json::from_str(&text).expect("JSON");
    let group = &mut document["autoScalingGroups"][0];
    group["DesiredCapacity"] = json!(3);
    group["Instances"] = json!([{"InstanceId": "i-1", "InstanceType": "m5.2xlarge"}]);
    let shown = folder.write("shown.json", &document.to_string());
    let changes = |file: &std::path::PathBuf| plan_json(file, &[]).0["changes"].to_string();
    let told = changes(&shown);
    for part in [
        "add capacity provider",
        "remove capacity provider old: 3 of m5.2xlarge",
        "(today old:1)",
    ] {
        assert!(told.contains(part), "{part} is missing in {told}");
    }
    // Of a group without sizes and types nothing is known that could be told.
    let told = changes(&file);
    assert!(!told.contains("capacity provider"), "{told}");
}

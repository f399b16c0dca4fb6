//! ECS Managed Instances through the commands that know them, and the words of those that do not.

use predicates::prelude::*;
use serde_json::{Value, json};

use crate::support::{Folder, bayplan};

/// Tasks with interfaces of their own, tasks on the instance's network, and tasks that Managed Instances do not take.
fn cluster(policy: &Value) -> String {
    let definition = |family: &str, mode: &str, cpu: &str, memory: &str| {
        json!({"family": family, "networkMode": mode, "cpu": cpu, "memory": memory, "requiresCompatibilities": ["EC2"],
            "containerDefinitions": [{"name": "x", "image": "i"}]})
    };
    let service = |name: &str, count: u64| json!({"serviceName": name, "desiredCount": count, "taskDefinition": name});
    json!({"version": 1, "cluster": "prod", "region": "us-east-1",
        "availabilityZones": ["us-east-1a", "us-east-1b", "us-east-1c"],
        "services": [service("web", 30), service("worker", 6), service("old", 3)],
        "taskDefinitions": [definition("web", "awsvpc", "128", "256"), definition("worker", "host", "1024", "3072"),
            definition("old", "bridge", "256", "512")],
        "policy": policy})
    .to_string()
}

fn planned(file: &std::path::Path, more: &[&str], exit: i32) -> Value {
    let output = bayplan()
        .arg("plan")
        .arg(file)
        .args(["--format", "json", "--quiet", "--work-limit", "400000"])
        .args(more)
        .assert()
        .code(exit);
    serde_json::from_slice(&output.get_output().stdout).expect("a plan")
}

fn kinds(plan: &Value) -> Vec<&str> {
    (plan["capacityProviders"].as_array().expect("a list").iter())
        .map(|provider| provider["kind"].as_str().expect("a word"))
        .collect()
}

#[test]
fn services_are_where_they_are_cheaper_and_whole_there() {
    let folder = Folder::new();
    // Without a trunk an instance of our own has few interfaces, which Managed Instances have.
    let policy =
        json!({"managedInstances": "allowed", "allowedInstanceTypes": ["m7i.large", "m7i.xlarge"]});
    let file = folder.write("cluster.json", &cluster(&policy));
    let plan = planned(&file, &[], 0);
    let forbidden = planned(&file, &["--managed-instances", "forbidden"], 0);
    let cost = |plan: &Value, key: &str| plan["cost"][key].as_f64().expect("a number");
    assert!(cost(&plan, "usdPerHour") < cost(&forbidden, "usdPerHour"));
    assert!(cost(&plan, "boundUsdPerHour") <= cost(&plan, "idealUsdPerHour"));
    assert!(
        kinds(&plan).contains(&"MANAGED_INSTANCES"),
        "{:?}",
        kinds(&plan)
    );
    assert!(
        kinds(&plan).contains(&"AUTO_SCALING_GROUP"),
        "{:?}",
        kinds(&plan)
    );
    let providers = |name: &str| {
        let services = plan["services"].as_array().expect("a list");
        let service = services
            .iter()
            .find(|service| service["serviceName"] == name);
        let strategy = service.expect("the service")["capacityProviderStrategy"].clone();
        strategy.as_array().expect("a list").clone()
    };
    assert_eq!(providers("web").len(), 1);
    assert_eq!(
        providers("web")[0]["capacityProvider"],
        "bayplan-managed-on-demand"
    );
    assert!(!providers("old").contains(&providers("web")[0]));
    let assumptions = plan["assumptions"].to_string();
    assert!(
        assumptions.contains("ENI trunking is off for instances of groups"),
        "{assumptions}"
    );
    let changes = plan["changes"].to_string();
    assert!(
        changes.contains("web: its task definition must have MANAGED_INSTANCES"),
        "{changes}"
    );

    let saved = folder.write("plan.json", &plan.to_string());
    bayplan()
        .arg("check")
        .args([&file, &saved])
        .assert()
        .success();
    let finds = |broken: &Value, place: &str| {
        let broken = folder.write("broken.json", &broken.to_string());
        bayplan()
            .arg("check")
            .args([&file, &broken])
            .assert()
            .code(12)
            .stdout(predicate::str::contains(place));
    };
    // Types and zones of the provider are those of its instances, and hours are of a week.
    let managed = kinds(&plan)
        .iter()
        .position(|kind| *kind == "MANAGED_INSTANCES");
    let managed = managed.expect("a provider");
    let changed = |key: &str, name: Option<&str>| {
        let mut plan = plan.clone();
        let names = plan["capacityProviders"][managed][key]
            .as_array_mut()
            .expect("a list");
        match name {
            Some(name) => names.push(json!(name)),
            None => drop(names.pop()),
        }
        plan
    };
    let place = |key: &str| format!("capacityProviders[bayplan-managed-on-demand].{key}");
    finds(
        &changed("instanceTypes", Some("t3.nano")),
        &place("instanceTypes"),
    );
    finds(
        &changed("availabilityZones", Some("us-east-1f")),
        &place("availabilityZones"),
    );
    finds(
        &changed("availabilityZones", None),
        &place("availabilityZones"),
    );
    let mut of_week = plan.clone();
    of_week["managedHours"] = json!([{"hours": "0-167", "instances": []}]);
    finds(&of_week, "a plan over a week");
    // What is forbidden is found, and so is a service in two places.
    bayplan()
        .arg("check")
        .args([&file, &saved])
        .args(["--managed-instances", "forbidden"])
        .assert()
        .code(12)
        .stdout(predicate::str::contains("V53"));
    bayplan()
        .arg("simulate")
        .args([&file, &saved])
        .assert()
        .success()
        .stdout(predicate::str::contains("tasks run on Managed Instances"));
    bayplan()
        .args(["export", "--format", "terraform", "--cluster"])
        .args([&file, &saved])
        .assert()
        .success()
        .stdout(predicate::str::contains("managed_instances_provider {"))
        .stdout(predicate::str::contains("storage_size_gib = 30"))
        .stdout(predicate::str::contains("task definition of web must have"));
    bayplan()
        .arg("explain")
        .args([&file, &saved])
        .args(["--work-limit", "100000"])
        .assert()
        .success();
}

#[test]
fn with_only_nothing_else_is_bought_and_what_they_do_not_take_has_no_place() {
    let folder = Folder::new();
    let policy =
        json!({"managedInstances": "only", "allowedInstanceTypes": ["m7i.large", "m7g.medium"]});
    let file = folder.write("cluster.json", &cluster(&policy));
    let plan = planned(&file, &[], 10);
    assert_eq!(kinds(&plan), ["MANAGED_INSTANCES"]);
    assert_eq!(plan["unplaced"][0]["serviceName"], "old");
    // They have trunks whatever `eniTrunking` is.
    let assumptions = plan["assumptions"].to_string();
    assert!(assumptions.contains("ENI trunking is on"), "{assumptions}");
    let why = plan["unplaced"][0]["reasons"].to_string();
    assert!(
        why.contains("network mode is neither awsvpc nor host"),
        "{why}"
    );
    // 0.1008 USD of EC2, 12 % of it for ECS, and the root volume of 30 GiB at 0.08 USD a month.
    let each = plan["instances"][0]["usdPerHour"]
        .as_f64()
        .expect("a price");
    assert!(
        (each - (0.1008 * 1.12 + 30.0 * 0.08 / 730.0)).abs() < 1e-8,
        "{each}"
    );
    let fees = folder.write(
        "fees.csv",
        "region,instance_type,usd_per_hour,basis\nus-east-1,m7i.large,0.02,file\n",
    );
    let fees = fees.to_str().expect("a path");
    let plan = planned(&file, &["--managed-instances-fees", fees], 10);
    let each = plan["instances"][0]["usdPerHour"]
        .as_f64()
        .expect("a price");
    assert!(
        (each - (0.1208 + 30.0 * 0.08 / 730.0)).abs() < 1e-8,
        "{each}"
    );
}

#[test]
fn what_is_not_planned_with_them_is_refused_and_compared_scenarios_say_so() {
    let folder = Folder::new();
    let policy = json!({"surviveInstanceLoss": true, "allowedInstanceTypes": ["m7i.large"]});
    let file = folder.write("cluster.json", &cluster(&policy));
    bayplan()
        .arg("plan")
        .arg(&file)
        .args(["--managed-instances", "only"])
        .assert()
        .code(20)
        .stderr(predicate::str::contains(
            "not built yet with managedInstances: surviveInstanceLoss",
        ));
    bayplan()
        .arg("what-if")
        .arg(&file)
        .args([
            "--preset",
            "managed",
            "--ideal",
            "--work-limit",
            "100000",
            "--survive-instance-loss",
            "false",
        ])
        .assert()
        .stdout(predicate::str::contains("Managed Instances where cheaper"));
    // 0.1008 USD of EC2 and 12 % of it: of one instance 8.83 USD a month, 0.1 hours at 100 USD.
    let file = json!({"version": 1, "cluster": "prod", "region": "us-east-1",
        "services": [{"serviceName": "a", "desiredCount": 1, "cpu": 1024, "memory": 1024, "networkMode": "host"}],
        "policy": {"allowedInstanceTypes": ["m7i.large"], "rootVolumeGib": 0}});
    let file = folder.write("one.json", &file.to_string());
    bayplan()
        .arg("what-if")
        .arg(&file)
        .args([
            "--preset",
            "managed",
            "--ideal",
            "--staff-usd-per-hour",
            "100",
        ])
        .assert()
        .success()
        .stdout(predicate::str::contains(
            "Managed Instances only: at least 8.83 USD a month more",
        ))
        .stdout(predicate::str::contains("more than 0.1 hours a month"));
    // Beside a base of Managed Instances, groups are a scenario, which the others are held against.
    let text = std::fs::read_to_string(&file).expect("written");
    let mut of_managed: Value = serde_json::from_str(&text).expect("JSON");
    of_managed["policy"]["managedInstances"] = json!("only");
    let of_managed = folder.write("managed.json", &of_managed.to_string());
    bayplan()
        .arg("what-if")
        .arg(&of_managed)
        .args(["--preset", "managed", "--ideal"])
        .assert()
        .success()
        .stdout(predicate::str::contains("Groups of your own"))
        .stdout(predicate::str::contains(
            "Managed Instances only: at least 8.83 USD a month more than `Groups of your own`",
        ));
}

#[test]
fn burstable_instances_cost_what_their_tasks_reserve_above_the_baseline() {
    let folder = Folder::new();
    let policy =
        json!({"allowedInstanceTypes": ["t3.medium"], "burstable": "included", "rootVolumeGib": 0});
    let service = json!({"serviceName": "a", "desiredCount": 4, "cpu": 512, "memory": 700, "networkMode": "bridge"});
    let file = json!({"version": 1, "cluster": "prod", "region": "us-east-1", "services": [service], "policy": policy});
    let file = folder.write("cluster.json", &file.to_string());
    let price = |more: &[&str]| {
        let plan = planned(&file, more, 0);
        let saved = folder.write("plan.json", &plan.to_string());
        let mut check = bayplan();
        check
            .arg("check")
            .args([&file, &saved])
            .args(more)
            .assert()
            .success();
        let cost = plan["cost"]["idealUsdPerHour"].as_f64().expect("a number");
        let bound = plan["cost"]["boundUsdPerHour"].as_f64().expect("a bound");
        assert!(bound <= cost + 1e-9);
        cost
    };
    // Two instances with two tasks each: 1 vCPU on 0.4, so 0.6 above at 0.05 USD; 0.0416 USD each beside it.
    assert!((price(&[]) - 2.0 * (0.0416 + 0.6 * 0.05)).abs() < 1e-8);
    assert!((price(&["--credit-usd-per-vcpu-hour", "0"]) - 2.0 * 0.0416).abs() < 1e-8);
    assert!(
        (price(&["--credit-usd-per-vcpu-hour", "0.1"]) - 2.0 * (0.0416 + 0.6 * 0.1)).abs() < 1e-8
    );
}

#[test]
fn managed_instances_of_today_are_billed_with_their_fee_and_their_provider_is_kept() {
    let folder = Folder::new();
    let mut file: Value = serde_json::from_str(&cluster(
        &json!({"allowedInstanceTypes": ["m7i.large", "m7i.xlarge"],
        "rootVolumeGib": 0}),
    ))
    .expect("JSON");
    let services = file["services"].as_array_mut().expect("a list");
    services.truncate(1);
    services[0]["capacityProviderStrategy"] = json!([{"capacityProvider": "mi", "weight": 1}]);
    services[0]["serviceArn"] = json!("arn:aws:ecs:us-east-1:1:service/prod/web");
    services[0]["placementStrategy"] = json!([{"type": "random"}]);
    file["snapshot"] = json!({"takenAt": "2026-11-29T00:00:00Z", "fingerprint": "0".repeat(64)});
    file["capacityProviders"] = json!([{"name": "mi", "cluster": "prod", "type": "MANAGED_INSTANCES",
        "managedInstancesProvider": {"infrastructureRoleArn": "r", "instanceLaunchTemplate": {
            "ec2InstanceProfileArn": "p", "capacityOptionType": "ON_DEMAND",
            "instanceRequirements": {"vCpuCount": {"min": 2}, "allowedInstanceTypes": ["m7i.*"]}}}}]);
    file["containerInstances"] = (0..4)
        .map(|index| {
            json!({"containerInstanceArn": format!("i{index}"), "capacityProviderName": "mi", "status": "ACTIVE",
                "attributes": [{"name": "ecs.instance-type", "value": "m7i.xlarge"},
                    {"name": "ecs.availability-zone", "value": "us-east-1a"}]})
        })
        .collect();
    let file = folder.write("cluster.json", &file.to_string());
    let own = planned(&file, &[], 0);
    let today = own["cost"]["currentUsdPerHour"].as_f64().expect("a bill");
    // 0.2016 USD of EC2 and 12 % of it.
    assert!((today - 4.0 * 0.2016 * 1.12).abs() < 1e-8, "{today}");
    assert_eq!(kinds(&own)[0], "AUTO_SCALING_GROUP");
    let saved = folder.write("own.json", &own.to_string());
    let check = |saved: &std::path::Path, more: &[&str]| {
        let mut check = bayplan();
        let check = check.arg("check").args([&file, saved]).args(more);
        check.assert().success();
    };
    check(&saved, &[]);
    bayplan()
        .arg("apply")
        .args([&file, &saved])
        .assert()
        .code(20)
        .stderr(predicate::str::contains("error[X16] capacityProviders"))
        .stderr(predicate::str::contains(
            "providers of Managed Instances (mi)",
        ));
    // The way from them to groups: the services move, and the provider is deleted with the cluster named.
    let out = folder.path("deploy");
    bayplan()
        .args(["export", "--format", "cli", "--output-dir"])
        .args([&out, &saved])
        .arg("--cluster")
        .arg(&file)
        .assert()
        .success();
    let script = std::fs::read_to_string(out.join("apply.sh")).expect("a script");
    assert!(script.contains("retire_managed 'mi'"), "{script}");
    let list = out.join("60-cluster-capacity-providers.json");
    assert!(
        !std::fs::read_to_string(list)
            .expect("a list")
            .contains("\"mi\"")
    );

    let only = ["--managed-instances", "only"];
    let plan = planned(&file, &only, 0);
    assert_eq!(plan["capacityProviders"][0]["name"], "mi");
    let saved = folder.write("only.json", &plan.to_string());
    check(&saved, &only);
    bayplan()
        .args(["export", "--diff"])
        .args([&file, &saved])
        .args(only)
        .assert()
        .success()
        .stdout(predicate::str::contains("Capacity provider mi"))
        .stdout(predicate::str::contains("instance types m7i.* →"));
    bayplan()
        .arg("plan")
        .arg(&file)
        .args(["--keep-instances", "all"])
        .assert()
        .code(20)
        .stderr(predicate::str::contains("go with their tasks"));
}

/// Days with many tasks and nights with few, and a batch that runs by night alone.
fn week(policy: &Value) -> String {
    let by_day = |hours: std::ops::Range<usize>, within: u64, without: u64| -> Vec<u64> {
        (0..24)
            .map(|hour| {
                if hours.contains(&hour) {
                    within
                } else {
                    without
                }
            })
            .collect()
    };
    let mut file: Value = serde_json::from_str(&cluster(policy)).expect("JSON");
    let services = file["services"].as_array_mut().expect("a list");
    services.truncate(2);
    services[0]["profile"] = json!(by_day(8..20, 30, 6));
    services[1]["profile"] = json!(by_day(1..5, 6, 0));
    file.to_string()
}

#[test]
fn over_a_week_each_hour_has_managed_instances_of_its_own() {
    let folder = Folder::new();
    let policy =
        json!({"managedInstances": "only", "allowedInstanceTypes": ["m7i.large", "m7i.xlarge"]});
    let file = folder.write("cluster.json", &week(&policy));
    let plan = planned(&file, &[], 0);
    assert_eq!(kinds(&plan), ["MANAGED_INSTANCES"]);
    let cost = |key: &str| plan["cost"][key].as_f64().expect("a number");
    assert!(cost("boundUsdPerHour") <= cost("idealUsdPerHour"));
    assert!(cost("idealUsdPerHour") <= cost("usdPerHour"));
    let hours = plan["managedHours"].as_array().expect("a list");
    let worker = |entry: &Value| -> u64 {
        let rows = entry["instances"].as_array().expect("a list");
        (rows.iter())
            .map(|row| {
                row["count"].as_u64().unwrap_or(0) * row["tasks"]["worker"].as_u64().unwrap_or(0)
            })
            .sum()
    };
    let by_night = hours
        .iter()
        .find(|entry| worker(entry) > 0)
        .expect("a night");
    assert_eq!(
        by_night["hours"],
        "1-4,25-28,49-52,73-76,97-100,121-124,145-148"
    );
    assert_eq!(worker(by_night), 6);
    // Its tasks run at other hours than the one that is shown, by the provider all the same.
    let strategy = &plan["services"][1]["capacityProviderStrategy"];
    assert_eq!(strategy[0]["capacityProvider"], "bayplan-managed-on-demand");

    let saved = folder.write("plan.json", &plan.to_string());
    bayplan()
        .arg("check")
        .args([&file, &saved])
        .assert()
        .success();
    let mut fewer = plan.clone();
    let rows = &mut fewer["managedHours"][0]["instances"];
    rows.as_array_mut().expect("a list").pop();
    let broken = folder.write("broken.json", &fewer.to_string());
    bayplan()
        .arg("check")
        .args([&file, &broken])
        .assert()
        .code(12)
        .stdout(predicate::str::contains("managedHours[0]"));
    let finds = |broken: &Value, place: &str| {
        let broken = folder.write("broken.json", &broken.to_string());
        bayplan()
            .arg("check")
            .args([&file, &broken])
            .assert()
            .code(12)
            .stdout(predicate::str::contains(place));
    };
    // What the provider names is that of all hours, and it follows no schedule.
    let provider = "capacityProviders[bayplan-managed-on-demand]";
    let mut more = plan.clone();
    let types = &mut more["capacityProviders"][0]["instanceTypes"];
    types.as_array_mut().expect("a list").push(json!("t3.nano"));
    finds(&more, &format!("{provider}.instanceTypes"));
    let mut scheduled = plan.clone();
    scheduled["capacityProviders"][0]["schedule"] =
        json!([{"hours": "0-167", "desiredCapacity": 1}]);
    finds(&scheduled, &format!("{provider}.schedule"));
    let succeeds = |command: &[&str], more: &[&str]| {
        let mut run = bayplan();
        run.args(command).args([&file, &saved]).args(more);
        let output = run.assert().success();
        String::from_utf8_lossy(&output.get_output().stdout).into_owned()
    };
    succeeds(&["explain"], &["--work-limit", "100000"]);
    assert!(
        succeeds(&["report"], &["--format", "html"])
            .contains("Managed Instances follow the hours by themselves")
    );
    let terraform = succeeds(&["export", "--format", "terraform", "--cluster"], &[]);
    assert!(
        terraform.contains("managed_instances_provider {"),
        "{terraform}"
    );
    // The services' counts follow the hours; no group has a size to follow.
    assert!(
        terraform.contains("aws_appautoscaling_scheduled_action"),
        "{terraform}"
    );
    assert!(
        !terraform.contains("aws_autoscaling_schedule\""),
        "{terraform}"
    );
}

#[test]
fn over_a_week_what_if_compares_groups_that_follow_a_schedule_with_instances_that_follow_by_themselves()
 {
    let folder = Folder::new();
    let policy = json!({"allowedInstanceTypes": ["m7i.large", "m7i.xlarge"], "eniTrunking": true});
    let file = folder.write("cluster.json", &week(&policy));
    let output = bayplan()
        .arg("what-if")
        .arg(&file)
        .args([
            "--preset",
            "managed",
            "--staff-usd-per-hour",
            "100",
            "--work-limit",
            "200000",
            "--format",
            "json",
        ])
        .assert()
        .success();
    let compared: Value = serde_json::from_slice(&output.get_output().stdout).expect("JSON");
    for row in compared["scenarios"].as_array().expect("a list") {
        assert!(row["error"].is_null(), "{row}");
        assert!(row["cost"]["boundUsdPerHour"].as_f64() > Some(0.0), "{row}");
    }
}

#[test]
fn burstable_instances_charge_for_measured_use_where_there_is_some() {
    let folder = Folder::new();
    let policy =
        json!({"allowedInstanceTypes": ["t3.medium"], "burstable": "included", "rootVolumeGib": 0});
    let file = |measured: &[(usize, u64)]| {
        let mut services: Vec<Value> = ["a", "b"]
            .iter()
            .map(|name| json!({"serviceName": name, "desiredCount": 2, "cpu": 512, "memory": 700, "networkMode": "bridge"}))
            .collect();
        for &(service, units) in measured {
            services[service]["measuredCpu"] = json!(units);
        }
        let file = json!({"version": 1, "cluster": "prod", "region": "us-east-1", "services": services, "policy": policy});
        folder.write("cluster.json", &file.to_string())
    };
    let price = |measured: &[(usize, u64)], said: &str| {
        let file = file(measured);
        let plan = planned(&file, &["--ideal"], 0);
        let saved = folder.write("plan.json", &plan.to_string());
        bayplan()
            .arg("check")
            .args([&file, &saved])
            .assert()
            .success();
        let assumptions = plan["assumptions"].to_string();
        assert!(assumptions.contains(said), "{assumptions}");
        let cost = plan["cost"]["idealUsdPerHour"].as_f64().expect("a number");
        let bound = plan["cost"]["boundUsdPerHour"].as_f64().expect("a bound");
        assert!(bound <= cost + 1e-9, "{bound} above {cost}");
        cost
    };
    // Four tasks of 512 units and 700 MiB on two of 2 vCPUs and 3.7 GiB. By reservation each is 1 − 0.4 = 0.6 vCPU above.
    assert!((price(&[], "that tasks reserve") - 2.0 * (0.0416 + 0.6 * 0.05)).abs() < 1e-8);
    // 102 units each, below the baseline of 409.6 on either.
    let below = price(&[(0, 102), (1, 102)], "use in the mean, as measured");
    assert!((below - 2.0 * 0.0416).abs() < 1e-8, "{below}");
    // At it, as near as whole units come: 204 and 205 are 409.
    let at = price(&[(0, 204), (1, 205)], "use in the mean, as measured");
    assert!((at - 2.0 * 0.0416).abs() < 1e-8, "{at}");
    // 307 and 512, which is known of one alone: each instance has 0.8 vCPU, 0.4 above 0.4.
    let above = price(&[(0, 307)], "those of 1 other reserve");
    assert!(
        (above - 2.0 * 0.0416 - 0.05 * (2.0 * (307.0 + 512.0) / 1024.0 - 0.8)).abs() < 1e-7,
        "{above}"
    );
}

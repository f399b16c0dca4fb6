//! Small inputs of the shape of real files that once went wrong: pages of answers, groups with strategies, a fall under
//! `spread(instanceId)`, a branch that breaks a plan, a million tasks.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::{Folder, bayplan};

fn simulated(file: &Path, arguments: &[&str]) -> Value {
    let output = bayplan()
        .arg("simulate")
        .arg(file)
        .args(["--format", "json"])
        .args(arguments)
        .output()
        .expect("the binary runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {errors}"))
}

/// A group of one type, and its provider with managed scaling.
fn group(name: &str, most: u64, on_demand_percent: u64) -> (Value, Value) {
    let arn =
        format!("arn:aws:autoscaling:us-east-1:1:autoScalingGroup:u:autoScalingGroupName/{name}");
    (
        json!({"AutoScalingGroupName": name, "MinSize": 0, "MaxSize": most, "AvailabilityZones": ["us-east-1a"],
            "MixedInstancesPolicy": {"LaunchTemplate": {"Overrides": [{"InstanceType": "m6i.large"}]},
                "InstancesDistribution": {"OnDemandPercentageAboveBaseCapacity": on_demand_percent}}}),
        json!({"name": name, "autoScalingGroupProvider": {"autoScalingGroupArn": arn,
            "managedScaling": {"status": "ENABLED", "targetCapacity": 100}}}),
    )
}

/// One service of eleven tasks, three on `steady` and then one in four, without instances: two groups in pages of answers.
fn paged(folder: &Folder) -> std::path::PathBuf {
    let (steady, steady_provider) = group("steady", 6, 100);
    let (cheap, cheap_provider) = group("cheap", 9, 0);
    let file = json!({
        "version": 1, "cluster": "shop", "region": "us-east-1",
        "services": [{"serviceName": "api", "desiredCount": 11, "cpu": 512, "memory": 1024, "networkMode": "bridge",
            "capacityProviderStrategy": [{"capacityProvider": "steady", "base": 3, "weight": 1},
                {"capacityProvider": "cheap", "weight": 3}]}],
        "autoScalingGroups": [{"AutoScalingGroups": [steady], "NextToken": "more"}, {"AutoScalingGroups": [cheap]}],
        "capacityProviders": [{"capacityProviders": [steady_provider], "failures": []}, {"capacityProviders": [cheap_provider]}],
    });
    folder.write("pages.json", &file.to_string())
}

#[test]
fn strategies_over_groups_of_two_pages_take_part_in_a_replay_without_a_plan() {
    let folder = Folder::new();
    let report = simulated(&paged(&folder), &[]);
    assert_eq!(report["scenario"]["missingTasks"], 0, "{report}");
    let tasks: Vec<(&str, u64)> = (report["scenario"]["capacityProviders"]
        .as_array()
        .expect("providers")
        .iter())
    .map(|provider| {
        let name = provider["capacityProvider"].as_str().expect("a name");
        (name, provider["tasks"].as_u64().expect("a count"))
    })
    .collect();
    // Three by the base, and of the other eight one in four.
    let steady = tasks.iter().find(|(name, _)| *name == "steady");
    let cheap = tasks.iter().find(|(name, _)| *name == "cheap");
    assert_eq!((steady, cheap), (Some(&("steady", 5)), Some(&("cheap", 6))));
    assert!(
        !report["notes"]
            .to_string()
            .contains("says nothing of capacity provider strategies"),
        "{report}"
    );
}

#[test]
fn how_a_service_shrinks_under_spread_over_instances_is_a_named_choice() {
    let folder = Folder::new();
    let (group, provider) = group("pool", 20, 100);
    let instances: Vec<Value> = (0..8)
        .map(|index| {
            json!({"containerInstanceArn": format!("arn:aws:ecs:us-east-1:1:container-instance/shop/{index}"),
                "status": "ACTIVE", "agentConnected": true, "capacityProviderName": "pool",
                "attributes": [{"name": "ecs.instance-type", "value": "m6i.large"},
                    {"name": "ecs.availability-zone", "value": "us-east-1a"}]})
        })
        .collect();
    let file = json!({
        "version": 1, "cluster": "shop", "region": "us-east-1", "availabilityZones": ["us-east-1a"],
        "services": [{"serviceName": "web", "desiredCount": 16, "cpu": 1024, "memory": 1024, "networkMode": "bridge",
            "capacityProviderStrategy": [{"capacityProvider": "pool", "weight": 1}],
            "placementStrategy": [{"type": "spread", "field": "instanceId"}]}],
        "containerInstances": instances, "autoScalingGroups": [group], "capacityProviders": [provider],
    });
    let file = folder.write("c.json", &file.to_string());
    let at_end = |choice: &str| {
        let choice = format!("spread-stops={choice}");
        let report = simulated(&file, &["--scenario", "scale-in", "--choice", &choice]);
        assert!(
            report["assumptions"].to_string().contains(&choice),
            "{report}"
        );
        report["scenario"]["instancesAtEnd"]
            .as_u64()
            .expect("a count")
    };
    // Eight tasks of sixteen stop: one on each instance keeps the spread and every instance; drawn ones leave some empty.
    assert_eq!(at_end("fullest-instance"), 8);
    let drawn = at_end("in-zone");
    assert!((4..8).contains(&drawn), "{drawn}");
    let report = simulated(&file, &["--scenario", "scale-in"]);
    assert_eq!(
        report["scenario"]["instancesAtEnd"], drawn,
        "the default is said"
    );
}

/// A branch in which one service asks for what no instance has.
#[test]
fn a_broken_branch_is_no_saving_in_any_command() {
    let folder = Folder::new();
    let rows = "service,cpu,memory_mib,desired_count\napi,512,1024,4\n";
    let broken = folder.write("broken.csv", &format!("{rows}web,999999,1024,9\n"));
    let region = ["--region", "us-east-1", "--work-limit", "100000"];
    let told = |arguments: &[&str]| {
        let output = (bayplan().args(arguments).args(region).arg(&broken)).output();
        let output = output.expect("the binary runs");
        assert_eq!(output.status.code(), Some(10), "{output:?}");
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    let plan = told(&["plan", "--today-usd-per-month", "9000"]);
    let compared = told(&["what-if", "--preset", "headroom"]);
    let report = told(&[
        "report",
        "--format",
        "markdown",
        "--today-usd-per-month",
        "9000",
    ]);
    for text in [&plan, &compared, &report] {
        assert!(
            !text.contains(" less than ") && !text.contains("saves"),
            "{text}"
        );
    }
    let first = |text: &str| text.lines().next().unwrap_or_default().to_owned();
    assert!(
        first(&plan).contains("infeasible, 9 tasks have no place"),
        "{plan}"
    );
    assert!(
        first(&compared).contains("none of which can be planned whole"),
        "{compared}"
    );
    let head: String = report.lines().take(4).collect();
    assert!(
        head.contains("infeasible, 9 tasks have no place"),
        "{report}"
    );
}

/// Counted and not timed: replays of two hundred times as many tasks of a service cost no more than twice the work.
#[test]
fn work_does_not_grow_with_the_tasks_of_one_service() {
    let folder = Folder::new();
    let work = |tasks: u64| {
        let rows = format!("service,cpu,memory_mib,desired_count\na,512,1024,{tasks}\n");
        let file = folder.write("c.csv", &rows);
        let output = bayplan()
            .arg("plan")
            .arg(file)
            .args(["--region", "us-east-1", "--max-instances", "1000000", "-v"])
            .args(["--work-limit", "100000"])
            .output()
            .expect("the binary runs");
        let said = String::from_utf8(output.stderr).expect("UTF-8");
        assert!(output.status.success(), "{said}");
        (said.lines())
            .find_map(|line| line.strip_suffix(" work units in the whole run"))
            .and_then(|line| line.rsplit(' ').next())
            .and_then(|units| units.parse::<u64>().ok())
            .expect("the work")
    };
    let (few, many) = (work(500), work(100_000));
    assert!(many <= 2 * few, "{few} and {many}");
}

//! Rules seen from outside: zones, today's instances, and why a service has no place.

use std::path::Path;

use bayplan::catalogue::Catalogue;
use serde_json::{Value, json};

use crate::support::{Folder, bayplan, plan_json};

/// A cluster of these services with further keys.
fn cluster(services: &Value, more: &Value) -> String {
    let mut document = json!({
        "version": 1, "cluster": "shop", "region": "us-east-1", "services": services,
    });
    let keys = more.as_object().expect("further keys").clone();
    document.as_object_mut().expect("an object").extend(keys);
    document.to_string()
}

fn planned(services: &Value, more: &Value) -> (Value, i32) {
    let folder = Folder::new();
    plan_json(&folder.write("c.json", &cluster(services, more)), &[])
}

/// The reasons of the first service without a place, as one text.
fn reasons(plan: &Value) -> String {
    plan["unplaced"][0]["reasons"]
        .as_array()
        .expect("reasons")
        .iter()
        .filter_map(Value::as_str)
        .collect::<Vec<_>>()
        .join("\n")
}

fn passes(cluster: &Path, plan: &Path) -> bool {
    bayplan()
        .arg("check")
        .args([cluster, plan])
        .output()
        .expect("the binary runs")
        .status
        .success()
}

#[test]
fn a_zone_has_only_the_types_that_are_offered_there() {
    let services = json!([
        {"serviceName": "api", "desiredCount": 7, "cpu": 512, "memory": 1024},
        {"serviceName": "trainer", "desiredCount": 1, "cpu": 100, "memory": 100, "gpu": 1},
    ]);
    let catalogue = Catalogue::embedded("us-east-1").expect("an embedded Region");
    let zone = "use1-az3".to_owned();
    for zones in [
        json!(["use1-az3"]),
        json!([{"zoneName": "us-east-1e", "zoneId": "use1-az3"}]),
    ] {
        let (plan, _) = planned(&services, &json!({"availabilityZones": zones}));
        let rows = plan["instances"].as_array().expect("rows");
        assert!(!rows.is_empty());
        for row in rows {
            let name = row["instanceType"].as_str().expect("a type");
            let offered = catalogue.zone_ids(name).expect("zone data");
            assert!(offered.contains(&zone), "{name} is offered in {offered:?}");
        }
    }
}

#[test]
fn a_plan_for_another_zone_does_not_pass() {
    let services = json!([
        {"serviceName": "api", "desiredCount": 1, "cpu": 512, "memory": 1024,
         "placementConstraints": [
            {"type": "memberOf", "expression": "attribute:ecs.instance-type == c7a.medium"}]},
    ]);
    let zones = |id: &str| json!({"availabilityZones": [{"zoneName": "us-east-1f", "zoneId": id}]});
    let folder = Folder::new();
    let there = folder.write("there.json", &cluster(&services, &zones("use1-az6")));
    let (plan, code) = plan_json(&there, &[]);
    assert_eq!(code, 0);
    let plan = folder.write("plan.json", &plan.to_string());
    assert!(passes(&there, &plan));
    let elsewhere = folder.write("elsewhere.json", &cluster(&services, &zones("use1-az3")));
    assert!(!passes(&elsewhere, &plan));
}

#[test]
fn more_instances_of_today_than_allowed_stay_and_none_is_added() {
    let instances: Vec<Value> = (0..5)
        .map(|n| json!({"containerInstanceArn": format!("i{n}"), "status": "ACTIVE", "instanceType": "t2.micro"}))
        .collect();
    let (plan, code) = planned(
        &json!([{"serviceName": "web", "desiredCount": 20, "cpu": 512, "memory": 400}]),
        &json!({
            "containerInstances": instances,
            "policy": {"keepInstances": "all", "maxInstances": 3},
        }),
    );
    assert_eq!(code, 10);
    assert_eq!(plan["unplaced"][0]["count"], 10);
    let all_kept = plan["instances"]
        .as_array()
        .is_some_and(|rows| rows.iter().all(|row| row["existing"] == true));
    assert!(all_kept, "{plan}");
}

#[test]
fn a_daemon_that_leaves_no_room_is_the_reason() {
    let (plan, code) = planned(
        &json!([
            {"serviceName": "api", "desiredCount": 4, "cpu": 512, "memory": 900},
            {"serviceName": "agent", "schedulingStrategy": "DAEMON", "cpu": 9_990_000, "memory": 256},
        ]),
        &json!({}),
    );
    assert_eq!(code, 10);
    let reasons = reasons(&plan);
    assert!(
        reasons.contains("would unlock it: smaller daemons"),
        "{reasons}"
    );
    assert!(
        reasons.contains("the daemon agent does not fit"),
        "{reasons}"
    );
    assert!(!reasons.contains("another architecture"), "{reasons}");
}

#[test]
fn a_daemons_port_is_the_reason_on_the_architecture_that_counts() {
    let (plan, _) = planned(
        &json!([
            {"serviceName": "api", "desiredCount": 4, "cpu": 512, "memory": 900, "hostPorts": [80]},
            {"serviceName": "agent", "schedulingStrategy": "DAEMON", "cpu": 10, "memory": 20, "hostPorts": [80]},
        ]),
        &json!({}),
    );
    let reasons = reasons(&plan);
    assert!(
        reasons.contains("would unlock it: another port than 80/tcp"),
        "{reasons}"
    );
}

#[test]
fn a_zone_that_the_file_does_not_name_is_what_is_missing() {
    let (plan, _) = planned(
        &json!([{
            "serviceName": "api", "desiredCount": 1, "cpu": 512, "memory": 900,
            "placementConstraints": [{"type": "memberOf",
                "expression": "attribute:ecs.availability-zone == us-east-1a"}],
        }]),
        &json!({}),
    );
    let reasons = reasons(&plan);
    assert!(
        reasons.contains("would unlock it: the zone in `availabilityZones`"),
        "{reasons}"
    );
}

#[test]
fn the_type_that_breaks_fewest_rules_of_the_policy_would_unlock() {
    let service = json!([{"serviceName": "api", "desiredCount": 1, "cpu": 512, "memory": 900}]);
    let reasons_under = |policy: Value| reasons(&planned(&service, &json!({"policy": policy})).0);
    let burstable = reasons_under(json!({"allowedInstanceTypes": ["t3.*"]}));
    assert!(
        burstable.contains("t3.micro fits, but burstable, and burstable is excluded")
            || burstable.contains("t3.small fits, but burstable, and burstable is excluded"),
        "{burstable}"
    );
    let nothing = reasons_under(json!({"allowedInstanceTypes": ["zz.*"]}));
    assert!(
        nothing.contains("fits, but not among allowedInstanceTypes ("),
        "{nothing}"
    );
}

#[test]
fn one_of_a_kind_is_counted_in_the_singular() {
    let (plan, _) = planned(
        &json!([{"serviceName": "trainer", "desiredCount": 1, "cpu": 100, "memory": 100, "gpu": 1}]),
        &json!({"policy": {"excludedInstanceTypes": ["g*", "p*"]}}),
    );
    let reasons = reasons(&plan);
    assert!(
        reasons.contains("one task needs 1 GPU, an empty instance offers 0"),
        "{reasons}"
    );
}

#[test]
fn a_service_that_can_never_roll_out_is_named_with_room_for_whole_rollouts_too() {
    // floor(1.34) = 1: ECS may neither start a second task nor stop the first.
    let services = json!([{
        "serviceName": "auth", "desiredCount": 1, "cpu": 256, "memory": 512,
        "deploymentConfiguration": {"minimumHealthyPercent": 100, "maximumPercent": 134},
    }]);
    for (surge, said) in [
        (json!(true), true),
        (json!("one"), true),
        (json!(false), false),
    ] {
        let (plan, _) = planned(&services, &json!({"policy": {"deploymentSurge": surge}}));
        let warnings = plan["warnings"].to_string();
        let found = warnings.contains("auth can never roll out");
        assert_eq!(found, said, "{surge}: {warnings}");
    }
}

#[test]
fn that_udp_ports_count_alike_is_said_where_there_are_some() {
    for (ports, said) in [(json!(["5060/udp"]), true), (json!([8080]), false)] {
        let services = json!([{
            "serviceName": "sip", "desiredCount": 2, "cpu": 256, "memory": 512,
            "networkMode": "bridge", "hostPorts": ports,
        }]);
        let (plan, _) = planned(&services, &json!({}));
        let assumptions = plan["assumptions"].to_string();
        assert_eq!(assumptions.contains("UDP"), said, "{assumptions}");
    }
}

#[test]
fn a_type_of_arm_with_gpus_has_no_image_of_ecs_and_is_bought_only_by_name() {
    let services = json!([{
        "serviceName": "tagger", "desiredCount": 1, "cpu": 1024, "memory": 2048, "gpu": 1,
        "architectures": ["ARM64"],
    }]);
    let (plan, code) = planned(&services, &json!({}));
    assert_eq!(code, 10, "{plan}");
    assert!(
        reasons(&plan).contains("no current ECS-optimised image"),
        "{plan}"
    );
    let named = json!({"policy": {"allowedInstanceTypes": ["g5g.*"]}});
    assert_eq!(planned(&services, &named).1, 0);
}

#[test]
fn a_region_of_which_no_zone_is_known_is_planned_over_the_zones_named() {
    let folder = Folder::new();
    let services = json!([{"serviceName": "web", "desiredCount": 6, "cpu": 512, "memory": 1024}]);
    let zones = ["sa-east-1a", "sa-east-1b", "sa-east-1c"];
    let more = json!({
        "region": "sa-east-1", "availabilityZones": zones, "policy": {"rootVolumeGib": 0},
    });
    let file = folder.write("c.json", &cluster(&services, &more));
    let prices = folder.write(
        "prices.csv",
        "region,instance_type,usd_per_hour,basis\nsa-east-1,m7g.large,0.13,file\nsa-east-1,c7i.large,0.12,file\n",
    );
    let prices = ["--on-demand-prices", prices.to_str().expect("a path")];
    let (plan, code) = plan_json(&file, &prices);
    assert_eq!(code, 0, "{plan}");
    let used: std::collections::BTreeSet<&str> = (plan["instances"].as_array().expect("rows"))
        .iter()
        .filter_map(|row| row["availabilityZone"].as_str())
        .collect();
    assert_eq!(used.into_iter().collect::<Vec<_>>(), zones);
    let said = plan["assumptions"].to_string();
    assert!(said.contains("for no zone of sa-east-1"), "{said}");
    let plan_file = folder.write("plan.json", &plan.to_string());
    let checked = (bayplan()
        .arg("check")
        .args([&file, &plan_file])
        .args(prices))
    .output()
    .expect("the binary runs");
    assert!(checked.status.success(), "{checked:?}");
}

/// Regions with On-Demand prices in the embedded catalogue and nothing of their zones, those with a price of gp3 storage first.
const WITHOUT_ZONES: ([&str; 12], [&str; 7]) = (
    [
        "af-south-1",
        "ap-east-1",
        "ap-northeast-3",
        "ap-south-1",
        "ca-central-1",
        "eu-north-1",
        "eu-south-1",
        "eu-west-2",
        "eu-west-3",
        "me-south-1",
        "sa-east-1",
        "us-west-1",
    ],
    [
        "ap-south-2",
        "ap-southeast-3",
        "ap-southeast-4",
        "eu-central-2",
        "eu-south-2",
        "il-central-1",
        "me-central-1",
    ],
);

#[test]
fn every_region_of_the_catalogue_without_zones_is_planned_and_without_a_price_of_volumes_asks_for_it()
 {
    let folder = Folder::new();
    let services = json!([{"serviceName": "web", "desiredCount": 6, "cpu": 512, "memory": 1024}]);
    let (with, without) = WITHOUT_ZONES;
    for region in with.iter().chain(&without) {
        let zones = ["a", "b"].map(|letter| format!("{region}{letter}"));
        let volume = u64::from(with.contains(region)) * 30;
        let mut more = json!({
            "region": region, "availabilityZones": zones, "policy": {"rootVolumeGib": volume},
        });
        let file = folder.write("c.json", &cluster(&services, &more));
        let (plan, code) = plan_json(&file, &["--ideal", "--work-limit", "20000"]);
        assert_eq!(code, 0, "{region}: {plan}");
        assert!(plan["cost"]["boundUsdPerHour"].is_number(), "{region}");
        if without.contains(region) {
            more["policy"] = json!({});
            let file = folder.write("c.json", &cluster(&services, &more));
            let refused = (bayplan().arg("plan").arg(&file).output()).expect("the binary runs");
            let said = String::from_utf8_lossy(&refused.stderr);
            let cause = format!("the catalogue has no gp3 price for {region}");
            assert_eq!(said.matches(&cause).count(), 1, "{said}");
            assert!(said.contains("set rootVolumeGib to 0"), "{said}");
        }
    }
}

//! Zones, Spot, Fargate, room to spare, standalone tasks and external instances, from the file to the plan.

use serde_json::{Value, json};

use crate::support::example;
use crate::whole::{Cluster, fargate_tasks, number, rows, sections, service, tasks, with, zones};

/// How tasks of a service lie over the three zones, fewest first.
fn over_zones(plan: &Value, name: &str) -> Vec<u64> {
    let mut counts: Vec<u64> = ["us-east-1a", "us-east-1b", "us-east-1c"]
        .iter()
        .map(|zone| tasks(plan, name, |row| row["availabilityZone"] == **zone))
        .collect();
    counts.sort_unstable();
    counts
}

fn instances(plan: &Value) -> u64 {
    rows(plan).iter().map(|row| number(&row["count"])).sum()
}

fn is_spot(row: &Value) -> bool {
    row["purchaseOption"] == "spot"
}

/// Ten tasks that may be Spot for the most part.
fn spot_cluster(more: &Value) -> Cluster {
    let policy = with(
        json!({
            "allowedInstanceTypes": ["m6g.large", "m6g.xlarge", "c6g.xlarge", "r6g.large"],
            "purchaseOptions": ["on-demand", "spot"],
        }),
        more,
    );
    let services = json!([service(
        "api",
        10,
        512,
        1024,
        &json!({"architectures": ["ARM64"]})
    )]);
    Cluster::new(
        &services,
        &json!({"availabilityZones": zones(), "policy": policy}),
    )
}

#[test]
fn a_services_tasks_are_even_over_three_zones() {
    let plan = spot_cluster(&json!({})).planned(&[]);
    assert_eq!(over_zones(&plan, "api"), [3, 3, 4]);
    assert!(rows(&plan).iter().all(is_spot), "{plan}");
    for row in rows(&plan) {
        let band = row["interruptionBand"].as_str();
        assert!(band.is_some_and(|band| band.ends_with('%')), "{row}");
    }
    for provider in plan["capacityProviders"].as_array().expect("providers") {
        assert_eq!(provider["purchaseOption"], "spot");
        assert_ne!(provider["availabilityZones"], json!([]));
    }
}

#[test]
fn the_share_of_spot_and_the_share_in_one_pool_are_kept() {
    let cluster = spot_cluster(&json!({"spotMaxShare": 0.7, "spotMaxSharePerPool": 0.2}));
    let (plan, code) = cluster.plan(&["--ideal"]);
    assert_eq!(code, 0, "{}", plan["unplaced"]);
    assert_eq!(over_zones(&plan, "api"), [3, 3, 4]);
    assert!(tasks(&plan, "api", is_spot) <= 7);
    assert!(tasks(&plan, "api", is_spot) > 0);
    for pool in rows(&plan).iter().filter(|row| is_spot(row)) {
        let same = |row: &Value| {
            is_spot(row)
                && row["instanceType"] == pool["instanceType"]
                && row["availabilityZone"] == pool["availabilityZone"]
        };
        assert!(tasks(&plan, "api", same) <= 2, "{pool}");
    }
    let all_on_demand = cluster.planned(&["--spot-max-share", "0"]);
    assert_eq!(tasks(&all_on_demand, "api", is_spot), 0);
}

#[test]
fn an_on_demand_base_of_a_service_is_kept() {
    let services = json!([service("api", 10, 512, 1024, &json!({"onDemandBase": 4}))]);
    let policy =
        json!({"purchaseOptions": ["on-demand", "spot"], "allowedInstanceTypes": ["m6i.*"]});
    let plan = Cluster::new(&services, &json!({"policy": policy})).planned(&[]);
    assert!(tasks(&plan, "api", |row| !is_spot(row)) >= 4);
}

/// One service that may run on Fargate and one that may not.
fn fargate_cluster(fargate: &str) -> Cluster {
    let services = json!([
        service("api", 2, 256, 512, &json!({"networkMode": "awsvpc"})),
        service("web", 2, 256, 512, &json!({"hostPorts": [80]})),
    ]);
    Cluster::new(
        &services,
        &json!({"policy": {
            "fargate": fargate, "allowedInstanceTypes": ["m6i.large"],
        }}),
    )
}

#[test]
fn fargate_is_used_where_it_is_allowed_and_cheaper() {
    let forbidden = fargate_cluster("forbidden").planned(&[]);
    assert_eq!(fargate_tasks(&forbidden, "api"), 0);
    // Beside two web tasks, which need an instance each, the api's tasks have room for nothing more.
    let allowed = fargate_cluster("allowed").planned(&[]);
    assert_eq!(fargate_tasks(&allowed, "api"), 0);
    assert_eq!(instances(&allowed), 2);
    // Alone they would need an instance; two of the smallest Fargate tasks cost less.
    let alone = Cluster::new(
        &json!([service(
            "api",
            2,
            256,
            512,
            &json!({"networkMode": "awsvpc"})
        )]),
        &json!({"policy": {"allowedInstanceTypes": ["m6i.large"]}}),
    );
    let plan = alone.planned(&["--fargate", "allowed"]);
    assert_eq!(fargate_tasks(&plan, "api"), 2);
    assert!(rows(&plan).is_empty());
    assert_eq!(plan["capacityProviders"][0]["kind"], "FARGATE");
}

#[test]
fn fargate_only_buys_no_instance_and_says_what_cannot_run_there() {
    let cluster = fargate_cluster("only");
    let (plan, code) = cluster.plan(&[]);
    assert_eq!(code, 10);
    assert_eq!(fargate_tasks(&plan, "api"), 2);
    assert!(rows(&plan).is_empty());
    assert_eq!(plan["unplaced"][0]["serviceName"], "web");
    let file = cluster.folder.write("plan.json", &plan.to_string());
    assert!(cluster.check_accepts(&file, &[]));
}

#[test]
fn the_text_shows_zones_spot_fargate_and_the_room_for_a_lost_zone() {
    // An instance takes two of the api's tasks or one worker. A lost zone's api task goes beside another,
    // its worker onto an instance that is kept free: one in each of two zones.
    let services = json!([
        service("api", 3, 1024, 2048, &json!({"spotMaxShare": 0})),
        service("worker", 3, 2000, 2048, &json!({})),
        service(
            "relay",
            3,
            256,
            512,
            &json!({"networkMode": "awsvpc", "launchType": "FARGATE", "onDemandBase": 1})
        ),
    ]);
    let cluster = Cluster::new(
        &services,
        &json!({
            "availabilityZones": zones(),
            "policy": {
                "allowedInstanceTypes": ["m6i.large"], "purchaseOptions": ["on-demand", "spot"],
                "fargate": "allowed", "surviveZoneLoss": true,
            },
        }),
    );
    cluster.planned(&[]);
    let (text, code) = cluster.text(&[]);
    assert_eq!(code, 0);
    insta::assert_snapshot!(sections(
        &text,
        &["shop", "Instances", "Fargate", "Capacity"]
    ));
}

#[test]
fn with_one_zone_gone_every_task_has_a_place_on_the_others() {
    let services = json!([service("api", 6, 1024, 2048, &json!({}))]);
    let cluster = Cluster::new(
        &services,
        &json!({
            "availabilityZones": zones(), "policy": {"allowedInstanceTypes": ["m6i.large"]},
        }),
    );
    let without = cluster.planned(&[]);
    let flags = ["--survive-zone-loss"];
    let plan = cluster.planned(&flags);
    for zone in ["us-east-1a", "us-east-1b", "us-east-1c"] {
        let lost = tasks(&plan, "api", |row| row["availabilityZone"] == zone);
        let room: u64 = (rows(&plan).iter())
            .filter(|row| row["availabilityZone"] != zone)
            .map(|row| row["spare"]["api"].as_u64().unwrap_or(0) * number(&row["count"]))
            .sum();
        assert!(room >= lost, "{zone}: {lost} tasks, room for {room}");
    }
    // The plan without room is one that the check tells from it.
    let file = cluster.folder.write("without.json", &without.to_string());
    assert!(!cluster.check_accepts(&file, &flags));
}

#[test]
fn a_rollout_has_room_for_the_further_tasks_of_one_service() {
    let rolling =
        json!({"deploymentConfiguration": {"minimumHealthyPercent": 100, "maximumPercent": 200}});
    let services = json!([service("api", 4, 1024, 2048, &rolling)]);
    let policy = json!({"allowedInstanceTypes": ["m6i.large"], "deploymentSurge": true});
    let cluster = Cluster::new(&services, &json!({"policy": policy}));
    // An instance takes two; four further tasks need two more instances.
    assert_eq!(instances(&cluster.planned(&[])), 4);
    assert_eq!(
        instances(&cluster.planned(&["--deployment-surge=false"])),
        2
    );
}

#[test]
fn standalone_tasks_are_planned_beside_the_services() {
    let services = json!([service("api", 1, 512, 1024, &json!({}))]);
    let cluster = Cluster::new(
        &services,
        &json!({
            "taskDefinitions": [{"family": "report", "revision": 3, "cpu": "512", "memory": "1024",
                "containerDefinitions": [{"name": "report"}]}],
            "standaloneTasks": [
                {"taskDefinition": "report:3", "count": 2},
                {"group": "nightly", "count": 1, "cpu": 256, "memory": 512},
                {"group": "nightly", "count": 1, "cpu": 256, "memory": 256},
            ],
            "policy": {"allowedInstanceTypes": ["m6i.*"]},
        }),
    );
    let plan = cluster.planned(&[]);
    for (name, count) in [("family:report", 2), ("nightly", 1), ("nightly#2", 1)] {
        assert_eq!(tasks(&plan, name, |_| true), count, "{name}");
    }
    let names: Vec<&str> = (plan["services"].as_array().expect("services").iter())
        .filter_map(|service| service["serviceName"].as_str())
        .collect();
    assert_eq!(names, ["api", "family:report", "nightly", "nightly#2"]);
}

/// An instance registered from outside AWS, and a service that runs only there.
fn external_cluster() -> Cluster {
    let services = json!([
        service("till", 2, 512, 512, &json!({"launchType": "EXTERNAL"})),
        service("api", 1, 512, 1024, &json!({})),
    ]);
    Cluster::new(
        &services,
        &json!({
            "containerInstances": [{
                "containerInstanceArn": "mi-1", "status": "ACTIVE",
                "attributes": [{"name": "ecs.capability.external"},
                    {"name": "ecs.cpu-architecture", "value": "x86_64"},
                    {"name": "ecs.os-type", "value": "linux"}],
                "registeredResources": [
                    {"name": "CPU", "type": "INTEGER", "integerValue": 4096},
                    {"name": "MEMORY", "type": "INTEGER", "integerValue": 7900}],
            }],
            "policy": {"allowedInstanceTypes": ["m6i.large"]},
        }),
    )
}

#[test]
fn external_tasks_stay_on_external_instances_at_no_price() {
    let cluster = external_cluster();
    let plan = cluster.planned(&[]);
    let external = |row: &Value| row["existing"] == true;
    assert_eq!(tasks(&plan, "till", external), 2);
    assert_eq!(tasks(&plan, "api", external), 0);
    let row = rows(&plan).iter().find(|row| external(row)).expect("a row");
    assert_eq!(row["usdPerHour"].as_f64(), Some(0.0));
    let (text, _) = cluster.text(&[]);
    insta::assert_snapshot!(sections(&text, &["shop", "Instances", "Services"]));
}

#[test]
fn at_max_plans_room_for_the_largest_counts() {
    let services = json!([service("api", 2, 512, 1024, &json!({"maxCount": 12}))]);
    let cluster = Cluster::new(
        &services,
        &json!({
            "availabilityZones": zones(), "policy": {"allowedInstanceTypes": ["m6i.*"]},
        }),
    );
    let plan = cluster.planned(&["--at", "max"]);
    assert_eq!(over_zones(&plan, "api"), [4, 4, 4]);
}

#[test]
fn the_bundled_example_uses_every_way_of_buying() {
    let (plan, code) = crate::support::plan_json(&example("media-eu-west-1.yaml"), &[]);
    assert_eq!(code, 0);
    let mut seen: Vec<&str> = (rows(&plan).iter())
        .filter_map(|row| row["purchaseOption"].as_str())
        .collect();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen, ["on-demand", "spot"]);
    assert!(fargate_tasks(&plan, "webhook-relay") == 3);
    assert_eq!(plan["warnings"], Value::Null);
}

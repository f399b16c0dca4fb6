//! Task groups: affinity, conflict, and tasks that belong to no service.

use serde_json::{Value, json};

use crate::case::{Case, With, file, service};
use crate::shop::{Shop, small};

fn member_of(expression: &str) -> Value {
    json!({ "placementConstraints": [{ "type": "memberOf", "expression": expression }] })
}

/// `m.small` at 0.10 and `m.large` at 0.25.
fn shop() -> Shop {
    Shop::selling(&[("m.small", 1, 2048, "0.10"), ("m.large", 2, 4096, "0.25")])
}

pub fn beside_a_task_of_another_service() -> Vec<Case> {
    // A task of b fills an m.small. a anywhere: three m.small. a beside a b: those two need an m.large.
    let b = service("b", 2, 1024, 2048);
    let a = service("a", 1, 512, 1024);
    let beside = member_of("task:group == service:b");
    let among =
        member_of("task:group in [service:b, service:c] and attribute:ecs.os-type == linux");
    let rows = ["1 x m.large: a=1 b=1", "1 x m.small: b=1"];
    vec![
        Case::new(&shop(), file(&json!([a, b]), &json!({})), "0.30"),
        Case::new(
            &shop(),
            file(&json!([a.clone().with(beside), b]), &json!({})),
            "0.35",
        )
        .rows(&rows),
        Case::new(
            &shop(),
            file(&json!([a.with(among), b]), &json!({})),
            "0.35",
        )
        .rows(&rows),
    ]
}

pub fn beside_a_daemon() -> Vec<Case> {
    // The daemon runs on m.large alone.
    let daemon = service("agent", 0, 64, 64)
        .with(json!({ "schedulingStrategy": "DAEMON" }))
        .with(member_of("attribute:ecs.instance-type == m.large"));
    let a = service("a", 1, 512, 1024);
    let beside = a.clone().with(member_of("task:group == service:agent"));
    vec![
        Case::new(&shop(), file(&json!([a, daemon]), &json!({})), "0.10")
            .rows(&["1 x m.small: a=1"]),
        Case::new(&shop(), file(&json!([beside, daemon]), &json!({})), "0.25")
            .rows(&["1 x m.large: a=1 agent=1"]),
    ]
}

pub fn beside_nobody() -> Vec<Case> {
    // The group exists, and nothing of it has a place: neither has a.
    let big = service("b", 1, 9000, 1024);
    let a = service("a", 1, 512, 1024);
    let beside = a.clone().with(member_of("task:group == service:b"));
    vec![
        Case::new(&small(), file(&json!([a, big]), &json!({})), "0.10").unplaced("b", 1),
        Case::new(&small(), file(&json!([beside, big]), &json!({})), "0")
            .unplaced("a", 1)
            .unplaced("b", 1),
    ]
}

pub fn away_from_another_service() -> Vec<Case> {
    let a = service("a", 1, 512, 1024);
    let b = service("b", 1, 512, 1024);
    let apart = ["1 x m.small: a=1", "1 x m.small: b=1"];
    let mut cases = vec![
        Case::new(&small(), file(&json!([a, b]), &json!({})), "0.10")
            .rows(&["1 x m.small: a=1 b=1"]),
    ];
    for expression in [
        "task:group != service:b",
        "not(task:group == service:b)",
        "task:group not_in [service:b, service:c]",
    ] {
        let a = a.clone().with(member_of(expression));
        cases.push(Case::new(&small(), file(&json!([a, b]), &json!({})), "0.20").rows(&apart));
    }
    cases
}

pub fn away_from_its_own_kind() -> Vec<Case> {
    let a = service("a", 2, 256, 512);
    let alone = a.clone().with(member_of("task:group != service:a"));
    vec![
        Case::new(&small(), file(&json!([a]), &json!({})), "0.10").rows(&["1 x m.small: a=2"]),
        Case::new(&small(), file(&json!([alone]), &json!({})), "0.20").rows(&["2 x m.small: a=1"]),
    ]
}

fn standalone(group: &str, count: u64) -> Value {
    json!({ "group": group, "count": count, "cpu": 512, "memory": 1024 })
}

pub fn standalone_tasks_are_planned_and_not_spread() -> Vec<Case> {
    // Two tasks that share an m.small. A service's are spread over the zones, these are not.
    let zones = json!({ "availabilityZones": ["us-east-1a", "us-east-1b"] });
    let none = json!({ "standaloneTasks": [] });
    let batch = json!({ "standaloneTasks": [standalone("batch", 2)] });
    let as_service = json!([service("batch", 2, 512, 1024)]);
    let of = |services: &Value, tasks: &Value| {
        file(services, &json!({}))
            .with(zones.clone())
            .with(tasks.clone())
    };
    vec![
        Case::new(&small(), of(&as_service, &none), "0.20"),
        Case::new(&small(), of(&json!([]), &batch), "0.10")
            .rows(&["1 x m.small us-east-1a: batch=2"])
            .rows(&["1 x m.small us-east-1b: batch=2"]),
    ]
}

pub fn standalone_tasks_of_one_group() -> Vec<Case> {
    // Two entries of the same group; web keeps away from that group, or must be beside it.
    let tasks = json!({ "standaloneTasks": [standalone("batch", 1), standalone("batch", 1)] });
    let web = service("web", 2, 256, 512);
    let of = |expression: Option<&str>| {
        let web = match expression {
            Some(expression) => web.clone().with(member_of(expression)),
            None => web.clone(),
        };
        file(&json!([web]), &json!({})).with(tasks.clone())
    };
    vec![
        // 2 x 512 + 2 x 256 CPU units: two instances, however they are filled.
        Case::new(&small(), of(None), "0.20"),
        Case::new(&small(), of(Some("task:group != batch")), "0.20")
            .rows(&["1 x m.small: batch=1 batch#2=1", "1 x m.small: web=2"]),
        // Beside one of them: 1,024 CPU units hold a batch and both web.
        Case::new(&small(), of(Some("task:group == batch")), "0.20")
            .rows(&["1 x m.small: batch#2=1", "1 x m.small: batch=1 web=2"])
            .rows(&["1 x m.small: batch#2=1 web=2", "1 x m.small: batch=1"])
            .rows(&["1 x m.small: batch#2=1 web=1", "1 x m.small: batch=1 web=1"]),
    ]
}

pub fn standalone_tasks_keep_an_on_demand_minimum() -> Vec<Case> {
    let shop = small().spot_saving("m.small", 60);
    let policy = json!({ "purchaseOptions": ["on-demand", "spot"] });
    let task = |base: u64| {
        let task = json!({ "group": "batch", "count": 2, "cpu": 1024, "memory": 2048 });
        json!({ "standaloneTasks": [task.with(json!({ "onDemandBase": base }))] })
    };
    vec![
        Case::new(&shop, file(&json!([]), &policy).with(task(0)), "0.08"),
        Case::new(&shop, file(&json!([]), &policy).with(task(1)), "0.14")
            .rows(&["1 x m.small spot: batch=1", "1 x m.small: batch=1"]),
    ]
}

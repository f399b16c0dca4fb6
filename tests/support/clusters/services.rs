//! Services, standalone tasks and groups of a random cluster.

use serde_json::{Map, Value, json};

use super::Draft;

/// What a file says of its tasks.
#[derive(Debug, Default)]
pub(super) struct Services {
    pub(super) definitions: Vec<Value>,
    pub(super) replicas_and_daemons: Vec<Value>,
    pub(super) standalone: Vec<Value>,
    pub(super) groups: Vec<Value>,
}

/// Everything that runs, with the picked rules spread over it.
pub(super) fn services(draft: &mut Draft<'_>) -> Services {
    let mut all = Services::default();
    let heavy = ["surge", "zone loss", "headroom"];
    let mut left = if heavy.iter().any(|rule| draft.picked.has(rule)) {
        4
    } else {
        6
    };
    if draft.picked.has("standalone") {
        left -= standalone(draft, &mut all);
    }
    if draft.picked.has("external") {
        let count = draft.any(&[1, 1, 2]);
        let mut service = task(draft, false);
        service.insert("serviceName".to_owned(), json!("outside"));
        service.insert("desiredCount".to_owned(), json!(count));
        service.insert("launchType".to_owned(), json!("EXTERNAL"));
        all.replicas_and_daemons.push(Value::Object(service));
    }
    let wanted: usize = draft.any(&[1, 2, 2, 3]);
    let related = ["affinity", "conflict"]
        .iter()
        .any(|rule| draft.picked.has(rule));
    let wanted = if related { wanted.max(2) } else { wanted };
    for index in 0..wanted {
        let remaining = (wanted - index) as u64;
        let most = (left + 1).saturating_sub(remaining).clamp(1, 4);
        let count = draft.any(&[1, 2, 2, 3, 4]).min(most);
        left = left.saturating_sub(count);
        replica(draft, &mut all, index, count);
    }
    daemons(draft, &mut all);
    all
}

/// A size, a network and an architecture.
fn task(draft: &mut Draft<'_>, may_be_awsvpc: bool) -> Map<String, Value> {
    let cpu = draft.any(&[128, 256, 256, 400, 512, 512, 700, 1024, 1500]);
    let memory = draft.any(&[256, 512, 512, 900, 1024, 1024, 1700, 2048, 3000]);
    let mut task = Map::new();
    task.insert("cpu".to_owned(), json!(cpu.to_string()));
    task.insert("memory".to_owned(), json!(memory.to_string()));
    let share = if draft.picked.has("fargate only") {
        0.9
    } else if draft.picked.has("awsvpc") || draft.picked.has("fargate allowed") {
        0.75
    } else {
        0.15
    };
    let awsvpc = may_be_awsvpc && draft.chance(share);
    let mode = if awsvpc { "awsvpc" } else { "bridge" };
    task.insert("networkMode".to_owned(), json!(mode));
    if !awsvpc && draft.picked.has("ports") && draft.chance(0.7) {
        let port = draft.any(&["80", "80", "443", "443/udp"]);
        task.insert("hostPorts".to_owned(), json!([port]));
    }
    let architectures = if draft.picked.has("arm") && may_be_awsvpc {
        draft.any(&[2, 2, 1, 1])
    } else {
        0
    };
    let architectures = match architectures {
        0 => json!(["X86_64"]),
        1 => json!(["ARM64"]),
        _ => json!(["X86_64", "ARM64"]),
    };
    task.insert("architectures".to_owned(), architectures);
    task
}

fn replica(draft: &mut Draft<'_>, all: &mut Services, index: usize, count: u64) {
    let mut service = task(draft, true);
    let ephemeral = draft.picked.has("ephemeral storage") && (index == 0 || draft.chance(0.3));
    if ephemeral {
        service = defined_task(draft, all, index);
    }
    let awsvpc = ephemeral || service["networkMode"] == json!("awsvpc");
    let mut set = |key: &str, value: Value| {
        service.insert(key.to_owned(), value);
    };
    set("serviceName", json!(format!("service-{index}")));
    set("desiredCount", json!(count));
    let on_fargate = draft.picked.has("fargate only") || draft.picked.has("fargate allowed");
    if awsvpc && on_fargate && draft.chance(0.2) {
        set(
            "launchType",
            json!(draft.any(&["FARGATE", "FARGATE", "EC2"])),
        );
    }
    if draft.picked.has("gpu") && index == 0 && !ephemeral {
        set("gpu", json!(draft.any(&[1, 1, 2])));
        set("architectures", json!(["X86_64"]));
    }
    if draft.picked.has("ebs") && (index == 0 || draft.chance(0.3)) {
        let volume = json!({ "name": "data", "managedEBSVolume": { "sizeInGiB": 10 } });
        set("volumeConfigurations", json!([volume]));
    }
    if draft.picked.has("on-demand base") && draft.chance(0.4) {
        set("onDemandBase", json!(draft.any(&[1, 2])));
    }
    if draft.picked.has("spot share") && draft.chance(0.4) {
        set("spotMaxShare", json!(draft.any(&[0.3, 0.5])));
    }
    if draft.picked.has("surge") {
        let deployment = match draft.any(&[0, 1, 2, 3]) {
            0 => json!({ "maximumPercent": 150, "minimumHealthyPercent": 50 }),
            1 => json!({ "maximumPercent": 100, "minimumHealthyPercent": 50 }),
            2 => json!({ "strategy": "BLUE_GREEN", "maximumPercent": 100 }),
            _ => json!({ "maximumPercent": 200 }),
        };
        set("deploymentConfiguration", deployment);
    }
    let constraints = constraints(draft, index);
    if !constraints.is_empty() {
        set("placementConstraints", json!(constraints));
    }
    all.replicas_and_daemons.push(Value::Object(service));
}

/// A task definition with more ephemeral storage than the 20 GiB that are free.
fn defined_task(draft: &mut Draft<'_>, all: &mut Services, index: usize) -> Map<String, Value> {
    let family = format!("family-{index}");
    all.definitions.push(json!({
        "family": family,
        "cpu": draft.any(&["256", "512", "1024"]),
        "memory": draft.any(&["512", "1024", "2048"]),
        "networkMode": "awsvpc",
        "requiresCompatibilities": ["EC2", "FARGATE"],
        "ephemeralStorage": { "sizeInGiB": draft.any(&[21, 30, 100]) },
        "containerDefinitions": [],
    }));
    let mut service = Map::new();
    service.insert("taskDefinition".to_owned(), json!(family));
    service
}

fn constraints(draft: &mut Draft<'_>, index: usize) -> Vec<Value> {
    let mut constraints = Vec::new();
    let mut member_of = |expression: &str| {
        constraints.push(json!({ "type": "memberOf", "expression": expression }));
    };
    if draft.picked.has("member of") && (index == 0 || draft.chance(0.3)) {
        member_of(draft.any(&[
            "attribute:ecs.instance-type =~ wa.*",
            "attribute:ecs.instance-type in [wa.medium, wa.large]",
            "attribute:tier == gold",
            "attribute:tier == gold",
            "attribute:tier exists and attribute:ecs.instance-type != wa.medium",
        ]));
    }
    if draft.picked.has("zone pin") && (index == 0 || draft.chance(0.3)) {
        let zone = draft.random_index(draft.zones.len());
        let zone = draft.zones[zone].clone();
        let operator = draft.any(&["==", "!="]);
        member_of(&format!(
            "attribute:ecs.availability-zone {operator} {zone}"
        ));
    }
    if draft.picked.has("affinity") && index == 0 {
        member_of(draft.any(&[
            "task:group == service:service-1",
            "task:group == service:service-1",
            "task:group in [service:service-1, service:daemon-0]",
            "attribute:ecs.os-type == linux and task:group == service:daemon-0",
        ]));
    }
    if draft.picked.has("conflict") && index == 1 {
        member_of(draft.any(&[
            "task:group != service:service-0",
            "not(task:group == service:service-0)",
            "task:group not_in [service:service-0, service:service-1]",
            "task:group != service:service-1",
        ]));
    }
    if draft.picked.has("distinct") && (index == 0 || draft.chance(0.3)) {
        constraints.push(json!({ "type": "distinctInstance" }));
    }
    constraints
}

/// One or two entries, now and then of the same group; how many tasks.
fn standalone(draft: &mut Draft<'_>, all: &mut Services) -> u64 {
    let entries = draft.any(&[1, 1, 2]);
    for index in 0..entries {
        let mut entry = task(draft, true);
        let group = if index == 0 || draft.chance(0.5) {
            "batch"
        } else {
            "nightly"
        };
        entry.insert("group".to_owned(), json!(group));
        entry.insert("count".to_owned(), json!(1));
        all.standalone.push(Value::Object(entry));
    }
    entries
}

/// Daemons, small enough never to fill an instance, and the group whose attribute some constraints read.
fn daemons(draft: &mut Draft<'_>, all: &mut Services) {
    if draft.picked.has("daemon") || draft.picked.has("affinity") {
        let mut daemon = json!({
            "serviceName": "daemon-0",
            "schedulingStrategy": "DAEMON",
            "cpu": draft.any(&["32", "64", "200"]),
            "memory": draft.any(&["64", "128", "300"]),
            "architectures": ["X86_64", "ARM64"],
        });
        if draft.chance(0.5) {
            let expression = draft.any(&[
                "attribute:ecs.instance-type =~ .*large",
                "attribute:ecs.instance-type != wa.small",
            ]);
            daemon["placementConstraints"] =
                json!([{ "type": "memberOf", "expression": expression }]);
        }
        if draft.picked.has("ports") && draft.chance(0.5) {
            daemon["hostPorts"] = json!(["80"]);
        }
        all.replicas_and_daemons.push(daemon);
    }
    if draft.picked.has("member of") {
        let attributes = json!({ "tier": "gold" });
        all.groups
            .push(json!({ "AutoScalingGroupName": "gold", "attributes": attributes }));
    }
}

//! Services on Fargate whose task definitions must change: said in the plan and in exports.

use predicates::prelude::*;
use serde_json::{Value, json};

use crate::support::{Folder, bayplan, plan_json};

/// A service on Fargate alone, whose definition has these sizes.
fn cluster(sizes: &Value) -> String {
    let mut definition = json!({"family": "web", "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"],
        "containerDefinitions": [{"name": "c", "cpu": 512, "memory": 1024}]});
    for (key, value) in sizes.as_object().expect("an object") {
        definition[key] = value.clone();
    }
    json!({"version": 1, "cluster": "c", "region": "us-east-1", "taskDefinitions": [definition],
        "services": [{"serviceName": "web", "desiredCount": 2, "taskDefinition": "web"}],
        "policy": {"fargate": "allowed"}})
    .to_string()
}

fn changes(sizes: &Value) -> Vec<String> {
    let folder = Folder::new();
    let (plan, code) = plan_json(&folder.write("c.json", &cluster(sizes)), &[]);
    assert_eq!(code, 0);
    let changes = plan["changes"].as_array().expect("a list").iter();
    (changes.filter_map(Value::as_str))
        .filter(|text| text.contains("definition"))
        .map(str::to_owned)
        .collect()
}

#[test]
fn a_definition_that_must_change_is_a_change() {
    assert_eq!(
        changes(&json!({"cpu": "512", "memory": "1024"})),
        [] as [&str; 0]
    );
    let none = changes(&json!({}));
    assert!(
        none[0].contains("to cpu 512 and memory 1024: it has no size"),
        "{none:?}"
    );
    let refused = changes(&json!({"cpu": "4096", "memory": "31744"}));
    assert!(
        refused[0].contains(
            "AWS refuses the size 4096/31744; the valid ones beside it are 4096/30720 and 8192/32768"
        ),
        "{refused:?}"
    );
}

#[test]
fn a_role_that_only_fargate_asks_for_is_a_change() {
    let with = |image: &str, driver: &str, more: Value| {
        let mut definition = json!({"cpu": "512", "memory": "1024", "containerDefinitions": [
            {"name": "c", "image": image, "logConfiguration": {
                "logDriver": driver, "options": {"awslogs-stream-prefix": "web"}}}]});
        for (key, value) in more.as_object().expect("an object") {
            definition[key] = value.clone();
        }
        definition
    };
    let private = "123456789012.dkr.ecr.us-east-1.amazonaws.com/web:1";
    let needed = changes(&with(private, "awslogs", json!({})));
    assert_eq!(
        needed,
        [
            "web: its task definition must have an executionRoleArn to run on Fargate, for its log driver awslogs and \
             its images in ECR"
        ]
    );
    for enough in [
        with("public.ecr.aws/web:1", "splunk", json!({})),
        with(
            private,
            "awslogs",
            json!({"executionRoleArn": "arn:aws:iam::1:role/r"}),
        ),
        // What AWS itself has found counts more than what a file leaves out.
        with(
            private,
            "awslogs",
            json!({"compatibilities": ["EC2", "FARGATE"]}),
        ),
    ] {
        assert_eq!(changes(&enough), [] as [&str; 0], "{enough}");
    }
}

/// A definition whose two containers log by `awslogs`, the second with these options.
fn logging(options: &Value) -> Value {
    let container = |name: &str, options: &Value| json!({"name": name, "logConfiguration": {"logDriver": "awslogs", "options": options}});
    json!({"cpu": "512", "memory": "1024", "executionRoleArn": "arn:aws:iam::1:role/r", "containerDefinitions": [
        container("app", &json!({"awslogs-group": "/web", "awslogs-stream-prefix": "app"})),
        container("proxy", options)]})
}

#[test]
fn logs_without_a_stream_prefix_are_a_change_on_fargate() {
    for options in [
        json!({"awslogs-group": "/web"}),
        json!({"awslogs-stream-prefix": ""}),
        json!({}),
    ] {
        assert_eq!(
            changes(&logging(&options)),
            [
                "web: its task definition must have an awslogs-stream-prefix to run on Fargate, in proxy"
            ]
        );
    }
    assert_eq!(
        changes(&logging(&json!({"awslogs-stream-prefix": "proxy"}))),
        [] as [&str; 0]
    );
    // What AWS itself has found counts more than what a file leaves out.
    let mut described = logging(&json!({}));
    described["compatibilities"] = json!(["EC2", "FARGATE"]);
    assert_eq!(changes(&described), [] as [&str; 0]);
}

#[test]
fn a_plan_that_leaves_out_what_a_definition_lacks_does_not_pass() {
    let folder = Folder::new();
    let mut sizes = logging(&json!({}));
    let keys = sizes.as_object_mut().expect("an object");
    keys.remove("executionRoleArn");
    let file = folder.write("c.json", &cluster(&sizes));
    let (whole, _) = plan_json(&file, &[]);
    let texts = whole["changes"].as_array().expect("a list");
    let lacks: Vec<usize> = (texts.iter().enumerate())
        .filter(|(_, text)| text.as_str().is_some_and(|text| text.contains("must have")))
        .map(|(index, _)| index)
        .collect();
    assert_eq!(lacks.len(), 2, "a role and a prefix: {texts:?}");
    let check = |plan: &Value| {
        let plan = folder.write("plan.json", &plan.to_string());
        bayplan().arg("check").arg(&file).arg(plan).assert()
    };
    check(&whole).success();
    for index in lacks {
        let mut plan = whole.clone();
        for list in ["/changes", "/details/changes"] {
            let list = plan.pointer_mut(list).and_then(Value::as_array_mut);
            list.expect("a list").remove(index);
        }
        check(&plan)
            .code(12)
            .stdout(predicate::str::contains("V26"))
            .stdout(predicate::str::contains("no change that says so"));
    }
}

/// A definition of two containers whose limits and CPU are these.
fn two_containers(limits: [u64; 2], cpus: [u64; 2]) -> Value {
    let container = |name: &str, memory: u64, cpu: u64| json!({"name": name, "memory": memory, "memoryReservation": 128, "cpu": cpu});
    json!({"cpu": "512", "memory": "1024", "containerDefinitions": [
        container("app", limits[0], cpus[0]), container("proxy", limits[1], cpus[1])]})
}

#[test]
fn containers_above_the_size_of_their_task_are_a_change() {
    let memory = "web: its task definition must change to run on Fargate, since ECS refuses it as it is: the memory limit of app \
                  (2048 MiB) is above the task's 1024 MiB";
    assert_eq!(changes(&two_containers([2048, 1024], [256, 256])), [memory]);
    let both = format!(
        "{memory}, and the containers ask for 768 CPU units together, above the task's 512"
    );
    assert_eq!(changes(&two_containers([2048, 1024], [512, 256])), [both]);
    let two = changes(&two_containers([2048, 4096], [0, 0]));
    assert!(
        two[0].contains("limits of app (2048 MiB) and proxy (4096 MiB) are above"),
        "{two:?}"
    );
    assert_eq!(
        changes(&two_containers([1024, 1024], [256, 256])),
        [] as [&str; 0]
    );
    // Fargate has no such size, and the one that it has in its place holds the container.
    let mut larger = two_containers([1536, 512], [256, 256]);
    larger["memory"] = json!("1200");
    let larger = changes(&larger);
    assert!(
        larger.len() == 1 && larger[0].contains("to cpu 512 and memory 2048"),
        "{larger:?}"
    );
}

/// A definition of two containers that reserve this, the first with a limit of its own.
fn reserving(reserved: [u64; 2], limit: u64) -> Value {
    json!({"cpu": "512", "memory": "1024", "containerDefinitions": [
        {"name": "app", "memoryReservation": reserved[0], "memory": limit},
        {"name": "proxy", "memoryReservation": reserved[1]}]})
}

#[test]
fn reservations_above_their_task_or_their_own_limit_are_a_change() {
    let refused =
        "web: its task definition must change to run on Fargate, since ECS refuses it as it is:";
    assert_eq!(changes(&reserving([512, 512], 512)), [] as [&str; 0]);
    assert_eq!(
        changes(&reserving([512, 600], 1024)),
        [format!(
            "{refused} the containers reserve 1112 MiB together, above the task's 1024 MiB"
        )]
    );
    assert_eq!(
        changes(&reserving([512, 128], 511)),
        [format!(
            "{refused} app reserves 512 MiB, above its own limit of 511 MiB"
        )]
    );
    // A size that Fargate does not have is planned larger, and holds them.
    let mut larger = reserving([1000, 600], 1000);
    larger["memory"] = json!("1200");
    let larger = changes(&larger);
    assert!(
        larger.len() == 1 && larger[0].contains("to cpu 512 and memory 2048"),
        "{larger:?}"
    );
    // No size makes a container's own limit larger.
    let mut own = reserving([512, 128], 511);
    own["memory"] = json!("1200");
    assert_eq!(changes(&own).len(), 2);
}

#[test]
fn check_and_exports_derive_reservations_themselves() {
    let folder = Folder::new();
    let file = folder.write("c.json", &cluster(&reserving([512, 600], 511)));
    let (whole, _) = plan_json(&file, &[]);
    let details = whole["details"]["changes"].as_array().expect("a list");
    let index = (details.iter()).position(|it| it["code"] == "lower-containers");
    let index = index.expect("a change");
    let check = |plan: &Value| {
        let plan = folder.write("plan.json", &plan.to_string());
        bayplan().arg("check").arg(&file).arg(plan).assert()
    };
    check(&whole).success();
    for (key, value) in [
        ("reservedMib", json!(1100)),
        ("reservedMib", Value::Null),
        ("reservations", json!([])),
        (
            "reservations",
            json!([{"container": "app", "reservedMib": 600, "limitMib": 511}]),
        ),
    ] {
        let mut forged = whole.clone();
        forged["details"]["changes"][index][key] = value;
        check(&forged).code(12).stdout(predicate::str::contains(
            "another change of containers above",
        ));
    }
    let mut without = whole.clone();
    (without["changes"], without["details"]["changes"]) = (json!([]), json!([]));
    let unsaid = || predicate::str::contains("no change that says so");
    check(&without).code(12).stdout(unsaid());
    // Nothing is looked away from where the details are gone too.
    without
        .as_object_mut()
        .expect("an object")
        .remove("details");
    check(&without)
        .code(12)
        .stdout(unsaid().and(predicate::str::contains("V48 details")));
    let plan = folder.write("plan.json", &whole.to_string());
    for format in ["cloudformation-yaml", "terraform"] {
        bayplan()
            .arg("export")
            .arg(&plan)
            .args(["--format", format, "--cluster"])
            .arg(&file)
            .assert()
            .success()
            .stdout(predicate::str::contains("1112"))
            .stdout(predicate::str::contains("511"));
    }
}

#[test]
fn on_instances_reservations_that_ecs_refuses_are_a_warning() {
    let folder = Folder::new();
    let text = cluster(&reserving([512, 600], 511)).replace("\"FARGATE\"", "\"EC2\"");
    let file = folder.write("c.json", &text);
    (bayplan().arg("plan").arg(&file).assert().success())
        .stderr(predicate::str::contains("W2013"))
        .stderr(predicate::str::contains(
            "the containers reserve 1112 MiB together",
        ))
        .stderr(predicate::str::contains("above its own limit of 511 MiB"));
}

#[test]
fn a_size_of_a_definition_that_the_plan_forges_does_not_pass() {
    let folder = Folder::new();
    let file = folder.write(
        "c.json",
        &cluster(&json!({"cpu": "4096", "memory": "31744"})),
    );
    let (whole, _) = plan_json(&file, &[]);
    let check = |plan: &Value| {
        let plan = folder.write("plan.json", &plan.to_string());
        bayplan().arg("check").arg(&file).arg(plan).assert()
    };
    check(&whole).success();
    let details = whole["details"]["changes"].as_array().expect("a list");
    let index = (details.iter()).position(|it| it["code"] == "change-task-definition");
    let index = index.expect("a change");
    let mut forged = whole.clone();
    for list in ["/changes", "/details/changes"] {
        let list = forged.pointer_mut(list).and_then(Value::as_array_mut);
        list.expect("a list").remove(index);
    }
    check(&forged)
        .code(12)
        .stdout(predicate::str::contains("V26"));
    let mut forged = whole.clone();
    forged["details"]["changes"][index]["memoryMib"] = json!(30720);
    let told = predicate::str::contains("another change of tasks on Fargate in another size");
    check(&forged).code(12).stdout(told);
}

#[test]
fn check_and_exports_derive_containers_above_their_task_themselves() {
    let folder = Folder::new();
    let file = folder.write(
        "c.json",
        &cluster(&two_containers([2048, 1024], [512, 256])),
    );
    let (whole, _) = plan_json(&file, &[]);
    let place = |plan: &Value| {
        let details = plan["details"]["changes"].as_array().expect("a list");
        (details.iter()).position(|it| it["code"] == "lower-containers")
    };
    let index = place(&whole).expect("a change");
    let check = |plan: &Value| {
        let plan = folder.write("plan.json", &plan.to_string());
        bayplan().arg("check").arg(&file).arg(plan).assert()
    };
    check(&whole).success();
    let mut without = whole.clone();
    for list in ["/changes", "/details/changes"] {
        let list = without.pointer_mut(list).and_then(Value::as_array_mut);
        list.expect("a list").remove(index);
    }
    let unsaid =
        predicate::str::contains("V26").and(predicate::str::contains("no change that says so"));
    check(&without).code(12).stdout(unsaid);
    for (key, value) in [
        ("containersCpu", json!(600)),
        ("memoryMib", json!(512)),
        ("limits", json!([])),
    ] {
        let mut forged = whole.clone();
        forged["details"]["changes"][index][key] = value;
        let told = predicate::str::contains("another change of containers above");
        check(&forged).code(12).stdout(told);
    }
    let plan = folder.write("plan.json", &whole.to_string());
    for format in ["cloudformation-yaml", "terraform"] {
        bayplan()
            .arg("export")
            .arg(&plan)
            .args(["--format", format, "--cluster"])
            .arg(&file)
            .assert()
            .success()
            .stdout(predicate::str::contains(
                "the memory limit of container app is 2048 MiB, above the 1024 of its task",
            ))
            .stdout(predicate::str::contains(
                "768 CPU units together, above the 512 of the task",
            ));
    }
}

#[test]
fn exports_say_it_too() {
    let folder = Folder::new();
    let containers = json!([{"name": "c", "cpu": 512, "memory": 1024, "logConfiguration": {"logDriver": "awslogs"}}]);
    let file = folder.write(
        "c.json",
        &cluster(&json!({ "containerDefinitions": containers })),
    );
    let (plan, _) = plan_json(&file, &[]);
    let plan = folder.write("plan.json", &plan.to_string());
    bayplan()
        .arg("export")
        .arg(&plan)
        .args(["--format", "cloudformation-yaml", "--cluster"])
        .arg(&file)
        .assert()
        .success()
        .stdout(predicate::str::contains(
            "the task definition of web must change",
        ))
        .stdout(predicate::str::contains(
            "the task definition of web must have an executionRoleArn",
        ))
        .stdout(predicate::str::contains(
            "the task definition of web must have an awslogs-stream-prefix",
        ));
}

#[test]
fn beside_a_definition_that_must_change_groups_are_designed_and_filled() {
    let folder = Folder::new();
    let text = cluster(&json!({"cpu": "512", "memory": "1024",
        "containerDefinitions": [{"name": "c", "cpu": 512, "memory": 2048}]}));
    let mut file: Value = serde_json::from_str(&text).expect("JSON");
    let beside = json!({"serviceName": "api", "desiredCount": 10, "cpu": 512, "memory": 1024});
    (file["services"].as_array_mut().expect("a list")).push(beside);
    let (plan, code) = plan_json(&folder.write("c.json", &file.to_string()), &[]);
    assert_eq!(code, 0);
    assert!(plan["changes"].to_string().contains("definition"), "{plan}");
    let groups = plan["capacityProviders"].as_array().expect("a list").iter();
    let modes: Vec<&Value> = (groups.filter(|it| it["kind"] == "AUTO_SCALING_GROUP"))
        .map(|it| &it["mode"])
        .collect();
    assert!(
        !modes.is_empty() && modes.iter().all(|mode| *mode == "steady"),
        "{modes:?}"
    );
}

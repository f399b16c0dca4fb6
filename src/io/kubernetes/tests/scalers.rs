//! Autoscalers of what is read, of what is not, and of nothing.

use serde_json::{Value, json};

use crate::io::Imported;

use super::{codes, deployment, imported, service, small, warning};

fn scaler(target: (&str, &str, &str), least: u64, most: u64) -> Value {
    let (kind, version, name) = target;
    json!({"kind": "HorizontalPodAutoscaler", "apiVersion": "autoscaling/v2", "metadata": {"name": "own", "namespace": "shop"},
        "spec": {"minReplicas": least, "maxReplicas": most, "scaleTargetRef": {"kind": kind, "apiVersion": version, "name": name}}})
}

fn made(kind: &str, name: &str, owner: (&str, &str, &str), spec: &Value) -> Value {
    json!({"kind": kind, "apiVersion": if kind == "Pod" { "v1" } else { "apps/v1" }, "metadata": {"name": name, "namespace": "shop",
            "ownerReferences": [{"kind": owner.0, "apiVersion": owner.1, "name": owner.2, "controller": true}]},
        "spec": spec, "status": {"phase": "Running"}})
}

fn of_template(replicas: u64) -> Value {
    json!({"replicas": replicas, "template": {"metadata": {"labels": {"app": "web"}}, "spec": small()}})
}

const ROLLOUT: (&str, &str, &str) = ("Rollout", "argoproj.io/v1alpha1", "web");
const SET: (&str, &str, &str) = ("ReplicaSet", "apps/v1", "web-5d4c");

fn rollout(replicas: u64) -> Value {
    json!({"kind": "Rollout", "apiVersion": ROLLOUT.1, "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"replicas": replicas, "template": {"spec": small()}}})
}

fn counts(read: &Imported, name: &str) -> (u64, Option<u64>, Option<u64>) {
    let found = service(&read.cluster, name);
    (found.desired_count, found.min_count, found.max_count)
}

#[test]
fn limits_of_a_kind_that_is_not_read_are_those_of_what_it_made() {
    let hold = (4, Some(4), Some(9));
    let scaler = scaler(ROLLOUT, 4, 9);
    let of_rollout = made("ReplicaSet", SET.2, ROLLOUT, &of_template(2));
    let pods = ["a", "b"].map(|it| made("Pod", &format!("web-5d4c-{it}"), SET, &small()));
    let own = made("Pod", "web-0", ("StrimziPodSet", "x/v1", "web"), &small());
    let set = made(
        "StrimziPodSet",
        "web",
        ("Kafka", "kafka.strimzi.io/v1", "web"),
        &json!({}),
    );
    let mut of_kafka = scaler.clone();
    of_kafka["spec"]["scaleTargetRef"] =
        json!({"kind": "Kafka", "apiVersion": "kafka.strimzi.io/v1", "name": "web"});
    for (objects, name) in [
        (json!([rollout(2), of_rollout, scaler]), "shop/web-5d4c"),
        (json!([of_rollout, scaler]), "shop/web-5d4c"),
        // Its replica set is not in the file, and nor is it: pods alone.
        (json!([scaler, pods[0], pods[1]]), "shop/web"),
        (json!([rollout(2), pods[0], pods[1], scaler]), "shop/web"),
        (json!([own, set, of_kafka]), "shop/web"),
    ] {
        let read = imported(&objects);
        assert_eq!(codes(&read), Vec::<&str>::new(), "{objects}");
        assert_eq!(counts(&read, name), hold, "{objects}");
    }
    // One of its pods is on Fargate: the others are one fewer.
    let mut away = pods[0].clone();
    away["spec"]["schedulerName"] = json!("fargate-scheduler");
    let read = imported(&json!([rollout(2), away, pods[1], scaler]));
    assert_eq!(counts(&read, "shop/web"), (3, Some(3), Some(8)));
    let read = imported(&json!([rollout(2), of_rollout, away, pods[1], scaler]));
    assert_eq!(counts(&read, "shop/web-5d4c"), (3, Some(3), Some(8)));
}

#[test]
fn several_workloads_of_one_target_are_planned_as_they_run() {
    let stable = made("ReplicaSet", "web-5d4c", ROLLOUT, &of_template(5));
    let canary = made("ReplicaSet", "web-99", ROLLOUT, &of_template(1));
    let read = imported(&json!([rollout(6), stable, canary, scaler(ROLLOUT, 3, 9)]));
    // At the least of 3 one may have 2, and the other none.
    assert_eq!(counts(&read, "shop/web-5d4c"), (5, Some(2), None));
    assert_eq!(counts(&read, "shop/web-99"), (1, Some(0), None));
    assert_eq!(codes(&read), ["W2026"]);
    let said = warning(&read, "W2026");
    assert!(
        said.contains("over several workloads") && said.contains("`shop/web-99`"),
        "{said}"
    );
}

#[test]
fn an_autoscaler_of_what_is_not_planned_is_said() {
    let web = deployment("web", 2, &small());
    let of = |kind: &str, version: &str, name: &str| scaler((kind, version, name), 2, 5);
    for (target, more, said) in [
        (of("Deployment", "apps/v1", "api"), json!({}), 1),
        (of("Rollout", ROLLOUT.1, "api"), json!({}), 1),
        (
            of("Broker", "x/v1", "api"),
            json!({"kind": "Broker", "apiVersion": "x/v1", "metadata": {"name": "api", "namespace": "shop"}, "spec": {"size": 3}}),
            1,
        ),
        // Off, or said as a kind that is not read.
        (
            of("Deployment", "apps/v1", "off"),
            deployment("off", 0, &small()),
            0,
        ),
        (of("Rollout", ROLLOUT.1, "web"), rollout(0), 0),
    ] {
        let read = imported(&json!([web, target, more_or_nothing(&more)]));
        assert_eq!(codes(&read), vec!["W2025"; said], "{target}");
        assert_eq!(
            warning(&read, "W2025").contains("that an autoscaler scales"),
            said == 1
        );
    }
    let read = imported(&json!([web, of("Rollout", ROLLOUT.1, "web"), rollout(2)]));
    assert!(warning(&read, "W2025").starts_with("pods of the kind Rollout"));
    assert_eq!(codes(&read), ["W2025"]);
    // A replica set of a deployment has no limits of its own.
    let set = made(
        "ReplicaSet",
        SET.2,
        ("Deployment", "apps/v1", "web"),
        &of_template(2),
    );
    let read = imported(&json!([web, set, scaler(SET, 2, 5)]));
    assert_eq!(codes(&read), ["W2026"]);
    assert_eq!(counts(&read, "shop/web"), (2, None, None));
}

fn more_or_nothing(object: &Value) -> Value {
    if object.get("kind").is_some() {
        object.clone()
    } else {
        json!({"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": "x"}})
    }
}

#[test]
fn a_scaled_object_of_keda_says_its_own_limits() {
    let keda = |spec: &Value| json!({"kind": "ScaledObject", "apiVersion": "keda.sh/v1alpha1", "metadata": {"name": "web", "namespace": "shop"}, "spec": spec});
    let target = json!({"name": "web"});
    // KEDA makes a scaler whose least is 1.
    let made = scaler(("Deployment", "apps/v1", "web"), 1, 20);
    for (spec, replicas, expected) in [
        (
            json!({"scaleTargetRef": target, "maxReplicaCount": 20}),
            3,
            (3, Some(0), Some(20)),
        ),
        (
            json!({"scaleTargetRef": target}),
            3,
            (3, Some(0), Some(100)),
        ),
        (
            json!({"scaleTargetRef": target, "minReplicaCount": 4, "maxReplicaCount": 20}),
            3,
            (4, Some(4), Some(20)),
        ),
        (
            json!({"scaleTargetRef": target, "minReplicaCount": 4, "idleReplicaCount": 0}),
            0,
            (0, Some(0), Some(100)),
        ),
    ] {
        let read = imported(&json!([
            keda(&spec),
            deployment("web", replicas, &small()),
            made
        ]));
        assert_eq!(counts(&read, "shop/web"), expected, "{spec}");
        assert_eq!(codes(&read), Vec::<&str>::new());
    }
}

#[test]
fn a_paused_scaled_object_holds_its_count_and_has_no_limits() {
    let keda = |annotations: &Value| {
        json!({"kind": "ScaledObject", "apiVersion": "keda.sh/v1alpha1",
        "metadata": {"name": "web", "namespace": "shop", "annotations": annotations},
        "spec": {"scaleTargetRef": {"name": "web"}, "minReplicaCount": 20, "maxReplicaCount": 30}})
    };
    let at = "autoscaling.keda.sh/paused-replicas";
    let paused = "autoscaling.keda.sh/paused";
    for (annotations, replicas, expected) in [
        (json!({at: "1"}), 3, (1, Some(1), Some(1))),
        (json!({at: "4", paused: "true"}), 0, (4, Some(4), Some(4))),
        (json!({paused: "true"}), 3, (3, None, None)),
        (json!({paused: "yes"}), 3, (3, None, None)),
        (json!({paused: "false"}), 3, (20, Some(20), Some(30))),
        (json!({}), 3, (20, Some(20), Some(30))),
    ] {
        let read = imported(&json!([
            keda(&annotations),
            deployment("web", replicas, &small())
        ]));
        assert_eq!(counts(&read, "shop/web"), expected, "{annotations}");
        assert_eq!(codes(&read), Vec::<&str>::new());
    }
    // Nothing is said of limits that do not hold, and of what is held at no pods.
    let api = json!({"kind": "Rollout", "name": "web", "apiVersion": ROLLOUT.1});
    let sets = ["web-1", "web-2"].map(|name| made("ReplicaSet", name, ROLLOUT, &of_template(2)));
    for (annotations, made, said) in [
        (json!({paused: "true"}), json!(sets), 0),
        (json!({}), json!(sets), 1),
        (json!({at: "0"}), json!([deployment("api", 1, &small())]), 0),
        (json!({}), json!([deployment("api", 1, &small())]), 1),
    ] {
        let mut scaler = keda(&annotations);
        scaler["spec"]["scaleTargetRef"] = api.clone();
        let mut objects = made;
        objects.as_array_mut().expect("a list").push(scaler);
        assert_eq!(codes(&imported(&objects)).len(), said, "{annotations}");
    }
}

#[test]
fn what_starts_jobs_is_said_where_none_runs() {
    let queue = |name: &str, annotations: &Value| {
        json!({"kind": "ScaledJob", "apiVersion": "keda.sh/v1alpha1",
            "metadata": {"name": name, "namespace": "shop", "annotations": annotations},
            "spec": {"maxReplicaCount": 10, "jobTargetRef": {"template": {"spec": small()}}}})
    };
    let job = |of: &str, status: &Value| {
        json!({"kind": "Job", "apiVersion": "batch/v1", "metadata": {"name": format!("{of}-x"), "namespace": "shop",
            "ownerReferences": [{"kind": "ScaledJob", "apiVersion": "keda.sh/v1alpha1", "name": of, "controller": true}]},
            "spec": {"template": {"spec": small()}}, "status": status})
    };
    let ended = json!({"succeeded": 1, "conditions": [{"type": "Complete", "status": "True"}]});
    let read = imported(&json!([
        queue("runs", &json!({})),
        job("runs", &json!({"active": 1})),
        queue("waits", &json!({})),
        job("waits", &ended),
        queue("new", &json!({})),
        queue("stopped", &json!({"autoscaling.keda.sh/paused": "true"})),
    ]));
    let said: Vec<&str> = read.warnings.iter().map(|it| it.cause.as_str()).collect();
    assert_eq!(
        said,
        [
            "pods that a ScaledJob starts as its queue asks, of which none is in the file: left out are `shop/new`",
            "pods that a ScaledJob starts as its queue asks, of which none runs now: left out are `shop/waits`",
        ]
    );
    assert_eq!(read.cluster.services.len(), 1);
}

#[test]
fn workloads_that_run_partly_elsewhere_say_how_many_of_their_pods() {
    let pod = |name: &str, on_fargate: bool| {
        let mut pod = made("Pod", name, ("ReplicaSet", "apps/v1", "web-5d4c"), &small());
        if on_fargate {
            pod["spec"]["schedulerName"] = json!("fargate-scheduler");
        }
        pod
    };
    let web = deployment("web", 3, &small());
    let pods = ["a", "b", "c"].map(|it| format!("web-5d4c-{it}"));
    let read = imported(&json!([
        web,
        pod(&pods[0], true),
        pod(&pods[1], true),
        pod(&pods[2], false)
    ]));
    assert_eq!(
        warning(&read, "W2025"),
        "2 of 3 pods, on Fargate or on nodes that are left out: left out are `shop/web`"
    );
    assert_eq!(counts(&read, "shop/web").0, 1);
    let read = imported(&json!([
        web,
        pod(&pods[0], true),
        pod(&pods[1], true),
        pod(&pods[2], true)
    ]));
    assert_eq!(
        warning(&read, "W2025"),
        "pods of Fargate, or on nodes that are left out: left out are `shop/web`"
    );
}

//! Pods that a number counts and that nobody places in this cluster: no bound counts them.

use serde_json::{Value, json};

use super::{codes, container, deployment, imported, service, small, warning};
use crate::io::Imported;

fn pod(name: &str, owner: (&str, &str), spec: &Value) -> Value {
    json!({"kind": "Pod", "apiVersion": "v1", "spec": spec, "status": {"phase": "Running"}, "metadata": {"name": name, "namespace": "shop",
        "ownerReferences": [{"kind": owner.0, "name": owner.1, "controller": true}]}})
}

fn job(spec: &Value, status: &Value) -> Value {
    let mut own = json!({"parallelism": 4, "completions": 4, "template": {"spec": small()}});
    own.as_object_mut()
        .expect("a spec")
        .extend(spec.as_object().cloned().unwrap_or_default());
    json!({"kind": "Job", "apiVersion": "batch/v1", "metadata": {"name": "j", "namespace": "shop"}, "spec": own, "status": status})
}

fn counts(read: &Imported) -> Vec<(&str, u64)> {
    let all = read.cluster.services.iter();
    all.map(|it| (it.name.as_str(), it.desired_count)).collect()
}

#[test]
fn pods_of_a_template_with_scheduling_gates_are_those_that_the_file_shows_without() {
    let mut gated = small();
    gated["schedulingGates"] = json!([{"name": "kueue.x-k8s.io/admission"}]);
    let web = deployment("web", 4, &gated);
    let read = imported(&json!([web]));
    assert_eq!(counts(&read), []);
    assert_eq!(
        warning(&read, "W2025"),
        "pods that scheduling gates hold back: left out are `shop/web`"
    );
    let of_web = |name: &str, spec: &Value| pod(name, ("ReplicaSet", "web-5d4c"), spec);
    let runs = of_web("web-1", &small());
    let waits = of_web("web-2", &gated);
    let read = imported(&json!([web, runs, waits]));
    assert_eq!(counts(&read), [("shop/web", 1)]);
    assert_eq!(
        warning(&read, "W2025"),
        "3 of 4 pods that scheduling gates hold back: left out are `shop/web`"
    );
    // Gates that admission gives are on the pods alone.
    let read = imported(&json!([deployment("web", 4, &small()), runs, waits]));
    assert_eq!(counts(&read), [("shop/web", 3)]);
    let scaler = json!({"kind": "HorizontalPodAutoscaler", "apiVersion": "autoscaling/v2", "metadata": {"name": "s", "namespace": "shop"},
        "spec": {"minReplicas": 2, "maxReplicas": 9, "scaleTargetRef": {"kind": "Deployment", "name": "web"}}});
    let read = imported(&json!([web, runs, waits, scaler]));
    let web = service(&read.cluster, "shop/web");
    let found = (web.min_count, web.desired_count, web.max_count);
    assert_eq!(found, (Some(1), 1, Some(1)));
}

#[test]
fn jobs_that_end_and_jobs_of_other_controllers_have_the_pods_that_the_file_shows() {
    let condition = |kind: &str| json!({"conditions": [{"type": kind, "status": "True"}]});
    for ended in ["Complete", "Failed", "SuccessCriteriaMet", "FailureTarget"] {
        let read = imported(&json!([
            job(&json!({}), &condition(ended)),
            deployment("web", 1, &small())
        ]));
        assert_eq!(counts(&read), [("shop/web", 1)], "{ended}");
    }
    let read = imported(&json!([job(&json!({}), &condition("Suspended"))]));
    assert_eq!(counts(&read), [("shop/j", 4)]);
    let elsewhere = json!({"managedBy": "kueue.x-k8s.io/multikueue"});
    let managed = job(&elsewhere, &json!({}));
    let read = imported(&json!([managed, deployment("web", 1, &small())]));
    assert_eq!(counts(&read), [("shop/web", 1)]);
    assert_eq!(
        warning(&read, "W2025"),
        "pods of a Job that another controller makes (managedBy) and that are not in the file: left out are `shop/j`"
    );
    let read = imported(&json!([managed, pod("j-1", ("Job", "j"), &small())]));
    assert_eq!(counts(&read), [("shop/j", 1)]);
    let own = json!({"managedBy": "kubernetes.io/job-controller"});
    let read = imported(&json!([job(&own, &json!({}))]));
    assert_eq!((counts(&read), codes(&read)), (vec![("shop/j", 4)], vec![]));
}

#[test]
fn what_is_being_deleted_is_not_planned_unless_its_pods_stay() {
    let mut web = deployment("web", 4, &small());
    web["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
    let runs = pod("web-1", ("ReplicaSet", "web-5d4c"), &small());
    let other = deployment("other", 1, &small());
    let read = imported(&json!([web, runs, other]));
    assert_eq!(counts(&read), [("shop/other", 1)]);
    assert_eq!(
        warning(&read, "W2025"),
        "pods of workloads that are being deleted: left out are `shop/web`"
    );
    web["metadata"]["finalizers"] = json!(["foregroundDeletion"]);
    assert_eq!(counts(&imported(&json!([web, other]))), [("shop/other", 1)]);
    web["metadata"]["finalizers"] = json!(["orphan"]);
    let read = imported(&json!([web, runs, other]));
    assert_eq!(counts(&read), [("shop/other", 1), ("shop/web", 4)]);
}

#[test]
fn a_pod_whose_resize_has_no_room_asks_for_what_it_has() {
    let mut pod = json!({"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "p", "namespace": "shop"},
        "spec": {"containers": [container(&json!({"cpu": "30", "memory": "1Gi"}))]},
        "status": {"phase": "Running", "containerStatuses": [
            {"name": "c", "allocatedResources": {"cpu": "1", "memory": "1Gi"}, "resources": {"requests": {"cpu": "2", "memory": "512Mi"}}}]}});
    let asked = |pod: &Value| {
        let read = imported(&json!([pod]));
        let task = &service(&read.cluster, "shop/p").task;
        (task.cpu.get(), task.memory.get())
    };
    for (conditions, cpu) in [
        (json!([]), 30_000),
        (
            json!([{"type": "PodResizePending", "status": "True", "reason": "Deferred"}]),
            30_000,
        ),
        (
            json!([{"type": "PodResizePending", "status": "False", "reason": "Infeasible"}]),
            30_000,
        ),
        (
            json!([{"type": "PodResizePending", "status": "True", "reason": "Infeasible"}]),
            2000,
        ),
    ] {
        pod["status"]["conditions"] = conditions.clone();
        assert_eq!(asked(&pod), (cpu, 1024), "{conditions}");
    }
    pod["status"]["conditions"] = json!([]);
    pod["status"]["resize"] = json!("Infeasible");
    assert_eq!(asked(&pod), (2000, 1024));
    // One of an owner that the file lacks stands beside another that is as it asks.
    let mut twin = pod.clone();
    for (it, name) in [(&mut pod, "p"), (&mut twin, "q")] {
        it["metadata"]["name"] = json!(name);
        it["metadata"]["ownerReferences"] =
            json!([{"kind": "Run", "name": "r", "controller": true}]);
    }
    twin["status"] = json!({"phase": "Running"});
    let read = imported(&json!([pod, twin]));
    let all = read.cluster.services.iter();
    let sizes: Vec<u64> = all.map(|it| it.task.cpu.get()).collect();
    assert_eq!(sizes, [2000, 30_000]);
}

#[test]
fn pods_that_ask_fargate_to_take_them_are_left_out_where_no_node_of_today_has_them() {
    let dns = |how: &str| {
        let mut dns = deployment("coredns", 2, &small());
        dns["spec"]["template"]["metadata"]["annotations"] =
            json!({"eks.amazonaws.com/compute-type": how});
        dns
    };
    let read = imported(&json!([dns("ec2")]));
    assert_eq!(
        (counts(&read), codes(&read)),
        (vec![("shop/coredns", 2)], vec![])
    );
    let read = imported(&json!([dns("fargate"), deployment("web", 1, &small())]));
    assert_eq!(counts(&read), [("shop/web", 1)]);
    assert_eq!(
        warning(&read, "W2025"),
        "pods of Fargate, or on nodes that are left out: left out are `shop/coredns`"
    );
    // One runs on a node, whatever it asks; the other waits for Fargate.
    let mut there = pod("coredns-1", ("ReplicaSet", "coredns-5d4c"), &small());
    there["metadata"]["annotations"] = json!({"eks.amazonaws.com/compute-type": "fargate"});
    let mut waits = there.clone();
    waits["metadata"]["name"] = json!("coredns-2");
    there["spec"]["nodeName"] = json!("n1");
    let read = imported(&json!([dns("fargate"), there, waits]));
    assert_eq!(counts(&read), [("shop/coredns", 1)]);
}

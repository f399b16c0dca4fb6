//! How many pods there are, and whose.

use serde_json::json;

use super::{cluster, codes, container, deployment, imported, service, small, warning};

#[test]
fn what_another_object_stands_for_is_counted_once() {
    let owned = |kind: &str, name: &str, by: (&str, &str)| {
        json!({"kind": kind, "apiVersion": "v1",
            "metadata": {"name": name, "namespace": "shop", "labels": {"app": "x"},
                "ownerReferences": [{"kind": by.0, "name": by.1, "controller": true}]},
            "spec": if kind == "Pod" { small() } else { json!({"replicas": 3, "template": {"spec": small()}}) }})
    };
    let read = cluster(&json!([
        deployment("web", 3, &small()),
        owned("ReplicaSet", "web-5d4c", ("Deployment", "web")),
        owned("Pod", "web-5d4c-x1", ("ReplicaSet", "web-5d4c")),
        // Its replica set is not in the file, its deployment is.
        owned("Pod", "web-77aa-x2", ("ReplicaSet", "web-77aa")),
        // A rollout of Argo is not in the file: its replica set counts.
        owned("ReplicaSet", "canary-99", ("Rollout", "canary")),
        // Nobody stands for these.
        owned("Pod", "spark-1", ("SparkApplication", "etl")),
        owned("Pod", "spark-2", ("SparkApplication", "etl")),
        {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "alone"}, "spec": small()},
        {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "done"}, "spec": small(), "status": {"phase": "Succeeded"}},
        {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "static", "ownerReferences": [{"kind": "Node", "name": "n"}]}, "spec": small()},
        {"kind": "Job", "apiVersion": "batch/v1", "metadata": {"name": "import", "namespace": "shop"},
            "spec": {"parallelism": 4, "completions": 6, "template": {"spec": small()}}, "status": {"succeeded": 3}},
        {"kind": "Job", "apiVersion": "batch/v1", "metadata": {"name": "ended"},
            "spec": {"template": {"spec": small()}}, "status": {"conditions": [{"type": "Complete", "status": "True"}]}},
        {"kind": "StatefulSet", "apiVersion": "apps/v1", "metadata": {"name": "db", "namespace": "shop"},
            "spec": {"template": {"spec": small()}}},
        {"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": "x"}, "data": {"password": "secret"}},
    ]));
    let counts: Vec<(&str, u64)> = (read.services.iter())
        .map(|it| (it.name.as_str(), it.desired_count))
        .collect();
    assert_eq!(
        counts,
        [
            ("default/alone", 1),
            ("shop/canary-99", 3),
            ("shop/db", 1),
            ("shop/etl", 2),
            ("shop/import", 3),
            ("shop/web", 3),
        ]
    );
}

#[test]
fn jobs_have_the_pods_that_are_still_to_run() {
    let job = |name: &str, spec: &serde_json::Value, status: &serde_json::Value| {
        let mut object = json!({"kind": "Job", "apiVersion": "batch/v1", "metadata": {"name": name, "namespace": "shop"},
            "spec": {"parallelism": 10, "template": {"spec": small()}}, "status": status});
        let own = object["spec"].as_object_mut().expect("a spec");
        own.extend(spec.as_object().expect("an object").clone());
        object
    };
    let indexed =
        json!({"completions": 12, "completionMode": "Indexed", "backoffLimitPerIndex": 1});
    let read = cluster(&json!([
        // A queue that nobody has emptied yet, one of which a worker has said that it is, and one that has ended by that.
        job("full", &json!({}), &json!({"active": 10})),
        job("emptied", &json!({}), &json!({"active": 1, "succeeded": 2})),
        job("empty", &json!({}), &json!({"succeeded": 10})),
        job(
            "indexed",
            &indexed,
            &json!({"succeeded": 4, "failedIndexes": "1,3-5"})
        ),
    ]));
    let counts: Vec<(&str, u64)> = (read.services.iter())
        .map(|it| (it.name.as_str(), it.desired_count))
        .collect();
    assert_eq!(
        counts,
        [("shop/emptied", 1), ("shop/full", 10), ("shop/indexed", 4)]
    );
}

#[test]
fn a_pod_that_scheduling_gates_hold_back_takes_no_room() {
    let mut spec = small();
    spec["schedulingGates"] = json!([{"name": "kueue.x-k8s.io/admission"}]);
    let read = imported(&json!([
        {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "queued", "namespace": "shop"}, "spec": spec},
        {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "runs", "namespace": "shop"}, "spec": small()},
    ]));
    let names: Vec<&str> = (read.cluster.services.iter())
        .map(|it| it.name.as_str())
        .collect();
    assert_eq!(names, ["shop/runs"]);
    assert_eq!(
        warning(&read, "W2025"),
        "pods that scheduling gates hold back: left out are `shop/queued`"
    );
}

/// A pod of the deployment `web`, with one container more.
fn with_sidecar(name: &str, cpu: &str) -> serde_json::Value {
    let mut spec = small();
    let sidecar = container(&json!({"cpu": cpu, "memory": "64Mi"}));
    let own = spec["containers"].as_array_mut().expect("containers");
    own.push(sidecar);
    json!({"kind": "Pod", "apiVersion": "v1", "spec": spec,
        "metadata": {"name": name, "namespace": "shop", "ownerReferences": [{"kind": "ReplicaSet", "name": "web-5d4c", "controller": true}]}})
}

#[test]
fn pods_that_run_say_what_a_template_does_not() {
    let web = deployment("web", 2, &small());
    let read = imported(&json!([
        web,
        with_sidecar("web-5d4c-a", "50m"),
        with_sidecar("web-5d4c-b", "50m")
    ]));
    let found = service(&read.cluster, "shop/web");
    assert_eq!(
        (
            found.desired_count,
            found.task.cpu.get(),
            found.task.memory.get()
        ),
        (2, 150, 192)
    );
    assert_eq!(codes(&read), ["W2028"]);
    assert!(warning(&read, "W2028").ends_with("planned as they run are `shop/web`"));
    // They do not agree: the packing counts the most, the bound the least.
    let read = imported(&json!([
        web,
        with_sidecar("web-5d4c-a", "50m"),
        with_sidecar("web-5d4c-b", "60m")
    ]));
    assert_eq!(service(&read.cluster, "shop/web").task.cpu.get(), 160);
    let looser = read.cluster.for_bound().expect("two amounts");
    assert_eq!(service(&looser, "shop/web").task.cpu.get(), 150);
    assert_eq!(codes(&read), ["W2028"]);
    assert!(warning(&read, "W2028").contains("the bound the least"));
    // A pod that is as the template says may be of its newest revision.
    let mut plain = with_sidecar("web-5d4c-b", "50m");
    plain["spec"] = small();
    let read = imported(&json!([web, with_sidecar("web-5d4c-a", "50m"), plain]));
    assert_eq!(service(&read.cluster, "shop/web").task.cpu.get(), 100);
    assert!(codes(&read).is_empty());
    // Where others ask for less by now, the bound counts that.
    let mut less = with_sidecar("web-5d4c-e", "50m");
    less["spec"] = small();
    less["spec"]["containers"][0]["resources"]["requests"]["cpu"] = json!("40m");
    let read = imported(&json!([web, less, plain]));
    assert_eq!(service(&read.cluster, "shop/web").task.cpu.get(), 100);
    let looser = read.cluster.for_bound().expect("two amounts");
    assert_eq!(service(&looser, "shop/web").task.cpu.get(), 40);
    // One that the file shows without containers is no observation, and one that has ended neither.
    let mut ended = with_sidecar("web-5d4c-c", "50m");
    ended["status"] = json!({"phase": "Failed"});
    let mut bare = with_sidecar("web-5d4c-d", "50m");
    bare["spec"] = json!({"containers": []});
    let read = imported(&json!([web, ended, bare]));
    assert_eq!(service(&read.cluster, "shop/web").task.cpu.get(), 100);
    assert!(codes(&read).is_empty());
}

#[test]
fn running_pods_without_a_request_of_their_template_are_planned_without_it() {
    let web = deployment("web", 2, &small());
    let pod = |name: &str, requests: &serde_json::Value| {
        json!({"kind": "Pod", "apiVersion": "v1", "metadata": {"name": name, "namespace": "shop",
            "ownerReferences": [{"kind": "ReplicaSet", "apiVersion": "apps/v1", "name": "web-5d4c", "controller": true}]},
            "spec": {"containers": [container(requests)]}, "status": {"phase": "Running"}})
    };
    let amounts = |read: &crate::io::Imported| {
        let of = |cluster: &crate::domain::cluster::Cluster| {
            let task = &service(cluster, "shop/web").task;
            (task.cpu.get(), task.memory.get())
        };
        let looser = read.cluster.for_bound().expect("two amounts");
        (of(&read.cluster), of(&looser))
    };
    let nothing = json!({});
    let memory = json!({"memory": "64Mi"});
    let whole = json!({"cpu": "100m", "memory": "128Mi"});
    for (requests, packing, bound, said) in [
        ([&nothing, &nothing], (0, 0), (0, 0), vec!["W2028"]),
        ([&memory, &memory], (0, 64), (0, 64), vec!["W2028"]),
        ([&memory, &nothing], (0, 64), (0, 0), vec!["W2028"]),
        // One is as the template says: the bound counts the least.
        ([&memory, &whole], (100, 128), (0, 64), vec![]),
    ] {
        let read = imported(&json!([
            web,
            pod("web-5d4c-a", requests[0]),
            pod("web-5d4c-b", requests[1])
        ]));
        assert_eq!(amounts(&read), (packing, bound), "{requests:?}");
        assert_eq!(codes(&read), said, "{requests:?}");
    }
}

#[test]
fn an_autoscaler_holds_a_count_within_its_limits() {
    let of = |replicas: u64, least: u64, most: u64| {
        let scaler = json!({"kind": "HorizontalPodAutoscaler", "apiVersion": "autoscaling/v2", "metadata": {"name": "web", "namespace": "shop"},
            "spec": {"minReplicas": least, "maxReplicas": most, "scaleTargetRef": {"kind": "Deployment", "name": "web"}}});
        let read = cluster(&json!([deployment("web", replicas, &small()), scaler]));
        (read.services.first()).map(|it| (it.desired_count, it.min_count, it.max_count))
    };
    assert_eq!(of(1, 3, 9), Some((3, Some(3), Some(9))));
    assert_eq!(of(5, 3, 9), Some((5, Some(3), Some(9))));
    assert_eq!(of(12, 3, 9), Some((9, Some(3), Some(9))));
    // A workload of no replicas is off, and its autoscaler with it.
    let scaler = json!({"kind": "HorizontalPodAutoscaler", "apiVersion": "autoscaling/v2", "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"maxReplicas": 3, "scaleTargetRef": {"kind": "Deployment", "name": "web"}}});
    let read = cluster(&json!([
        deployment("web", 0, &small()),
        deployment("b", 1, &small()),
        scaler
    ]));
    assert_eq!(read.services.len(), 1);
}

#[test]
fn kinds_that_pods_come_from_are_said_where_none_of_theirs_is_there() {
    let custom = |kind: &str, name: &str, spec: &serde_json::Value| json!({"kind": kind, "apiVersion": if kind == "CronJob" { "batch/v1" } else { "example.com/v1" }, "metadata": {"name": name, "namespace": "shop"}, "spec": spec});
    let template = json!({"template": {"spec": small()}});
    let read = imported(&json!([
        deployment("web", 1, &small()),
        custom("Rollout", "canary", &template),
        custom("Kafka", "events", &json!({"kafka": {"replicas": 3}})),
        custom("Elasticsearch", "logs", &json!({"nodeSets": [{"name": "default", "count": 3, "podTemplate": {"spec": {}}}]})),
        custom("CronJob", "nightly", &json!({"jobTemplate": {"spec": template}})),
        custom("CronJob", "stopped", &json!({"suspend": true, "jobTemplate": {"spec": template}})),
        custom("Prometheus", "k8s", &json!({"replicas": 2})),
        {"kind": "StatefulSet", "apiVersion": "apps/v1", "metadata": {"name": "prometheus-k8s", "namespace": "shop",
            "ownerReferences": [{"kind": "Prometheus", "name": "k8s", "controller": true}]}, "spec": {"replicas": 2, "template": {"spec": small()}}},
        custom("ScaledObject", "web", &json!({"fallback": {"replicas": 6}})),
        custom("Gateway", "edge", &json!({"listeners": []})),
    ]));
    assert_eq!(read.cluster.services.len(), 2);
    let said: Vec<&str> = (read.warnings.iter()).map(|it| it.cause.as_str()).collect();
    assert_eq!(
        said,
        [
            "pods of the kind Elasticsearch, which is not read and whose workloads are not in the file: left out are `shop/logs`",
            "pods of the kind Kafka, which is not read and whose workloads are not in the file: left out are `shop/events`",
            "pods of the kind Rollout, which is not read and whose workloads are not in the file: left out are `shop/canary`",
            "pods that a CronJob starts at its hours, of which none is in the file: left out are `shop/nightly`",
        ]
    );
}

#[test]
fn an_object_that_is_there_twice_counts_once_and_another_of_its_name_is_said() {
    let web = deployment("web", 2, &small());
    let read = imported(&json!([web, web]));
    assert_eq!(read.cluster.services.len(), 1);
    assert!(codes(&read).is_empty());
    let read = imported(&json!([web, deployment("web", 5, &small())]));
    assert_eq!(service(&read.cluster, "shop/web").desired_count, 2);
    assert!(warning(&read, "W2025").starts_with("a second object of the same kind and name"));
    // Objects whose names the server makes up are no two of one name.
    let job = json!({"kind": "Job", "apiVersion": "batch/v1", "metadata": {"generateName": "import-"},
        "spec": {"template": {"spec": small()}}});
    let read = cluster(&json!([job, job, job]));
    let names: Vec<&str> = (read.services.iter()).map(|it| it.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "default/import-",
            "default/import-/3",
            "default/import-/Job"
        ]
    );
}

#[test]
fn a_cron_job_whose_jobs_have_ended_is_said_and_one_that_runs_is_counted() {
    let cron = |name: &str| {
        json!({"kind": "CronJob", "apiVersion": "batch/v1", "metadata": {"name": name, "namespace": "shop"},
        "spec": {"jobTemplate": {"spec": {"template": {"spec": small()}}}}})
    };
    let job = |name: &str, of: &str, status: &serde_json::Value| {
        json!({"kind": "Job", "apiVersion": "batch/v1", "metadata": {"name": name,
        "namespace": "shop", "ownerReferences": [{"kind": "CronJob", "name": of, "controller": true}]},
        "spec": {"template": {"spec": small()}}, "status": status})
    };
    let ended = json!({"succeeded": 1, "conditions": [{"type": "Complete", "status": "True"}]});
    let mut pod = json!({"kind": "Pod", "apiVersion": "v1", "spec": small(), "status": {"phase": "Succeeded"}, "metadata": {"name": "night-1-x",
        "namespace": "shop", "ownerReferences": [{"kind": "Job", "name": "night-1", "controller": true}]}});
    let objects = |pod: &serde_json::Value| {
        json!([
            {"kind": "Node", "metadata": {"name": "n", "labels": {"node.kubernetes.io/instance-type": "m5.large", "karpenter.sh/capacity-type": "spot"}}},
            cron("night"),
            cron("hourly"),
            pod,
            job("night-1", "night", &ended),
            job("hourly-1", "hourly", &ended),
            job("hourly-2", "hourly", &json!({"active": 1}))
        ])
    };
    let read = imported(&objects(&pod));
    let names: Vec<&str> = (read.cluster.services.iter())
        .map(|it| it.name.as_str())
        .collect();
    assert_eq!(names, ["shop/hourly-2"]);
    let said = |read: &crate::io::Imported| warning(read, "W2025");
    let sentence = "pods that a CronJob starts at its hours, of which none runs now: left out are `shop/night`";
    assert_eq!(said(&read), sentence);
    // The file shows pods, so that none of its own is on a node of today.
    let differs = |read: &crate::io::Imported| {
        (read.cluster.passed_over.iter()).any(|it| {
            matches!(
                it,
                crate::domain::plan::Warning::LeftOut {
                    today_differs: true,
                    ..
                }
            )
        })
    };
    assert!(!differs(&read));
    pod["kind"] = json!("ConfigMap");
    let read = imported(&objects(&pod));
    assert_eq!(said(&read), sentence);
    assert!(differs(&read));
}

//! Documents of Kubernetes, read: requests by hand, rules, counts, what is left out.

use serde_json::{Value, json};

use crate::domain::cluster::{Cluster, Zone};
use crate::domain::placement::PlacementConstraint;
use crate::domain::quantity::{CpuUnits, EniCount, MemoryMib};
use crate::domain::service::Service;
use crate::io::{ImportOptions, Imported, read_cluster};

fn options() -> ImportOptions {
    ImportOptions {
        region: Some("us-east-1".to_owned()),
        ..ImportOptions::default()
    }
}

fn imported(objects: &Value) -> Imported {
    let text = json!({"kind": "List", "apiVersion": "v1", "items": objects}).to_string();
    read_cluster(&text, "c.json", &options()).unwrap_or_else(|findings| panic!("{findings}"))
}

fn cluster(objects: &Value) -> Cluster {
    imported(objects).cluster
}

fn codes(imported: &Imported) -> Vec<&'static str> {
    imported.warnings.iter().map(|it| it.code).collect()
}

fn deployment(name: &str, replicas: u64, spec: &Value) -> Value {
    json!({"kind": "Deployment", "apiVersion": "apps/v1", "metadata": {"name": name, "namespace": "shop"},
        "spec": {"replicas": replicas, "template": {"metadata": {"labels": {"app": name}}, "spec": spec}}})
}

fn container(requests: &Value) -> Value {
    json!({"name": "c", "resources": {"requests": requests}})
}

fn small() -> Value {
    json!({"containers": [container(&json!({"cpu": "100m", "memory": "128Mi"}))]})
}

fn service<'c>(cluster: &'c Cluster, name: &str) -> &'c Service {
    let found = cluster.services.iter().find(|it| it.name == name);
    found.unwrap_or_else(|| panic!("no {name}"))
}

fn sources(service: &Service) -> Vec<String> {
    (service.constraints())
        .filter_map(|it| match it {
            PlacementConstraint::MemberOf(expression) => Some(expression.source().to_owned()),
            _ => None,
        })
        .collect()
}

/// CPU in thousandths, MiB rounded up, MiB rounded down, GPUs.
fn request(spec: &Value) -> (u64, u64, u64, u64) {
    let cluster = cluster(&json!([deployment("a", 1, spec)]));
    let service = service(&cluster, "shop/a");
    let least = service.pod.as_ref().expect("a pod").least_memory;
    (
        service.task.cpu.get(),
        service.task.memory.get(),
        least.get(),
        service.task.gpus.get(),
    )
}

#[test]
fn requests_of_pods_are_those_worked_out_by_hand() {
    let of = |cpu: &str, memory: &str| container(&json!({"cpu": cpu, "memory": memory}));
    let init = |cpu: &str, memory: &str| of(cpu, memory);
    let sidecar = |cpu: &str, memory: &str| {
        let mut own = of(cpu, memory);
        own["restartPolicy"] = json!("Always");
        own
    };
    let limits = |cpu: &str, memory: &str| json!({"name": "c", "resources": {"limits": {"cpu": cpu, "memory": memory}}});
    let cases = vec![
        (
            "one container",
            json!({"containers": [of("250m", "64Mi")]}),
            (250, 64, 64, 0),
        ),
        (
            "two add up",
            json!({"containers": [of("250m", "64Mi"), of("0.5", "128Mi")]}),
            (750, 192, 192, 0),
        ),
        (
            "no requests",
            json!({"containers": [{"name": "c"}]}),
            (0, 0, 0, 0),
        ),
        (
            "a limit alone is the request",
            json!({"containers": [limits("1", "1Gi")]}),
            (1000, 1024, 1024, 0),
        ),
        (
            "a request wins over a limit, each resource by itself",
            json!({"containers": [{"name": "c", "resources": {"limits": {"cpu": "2", "memory": "2Gi"}, "requests": {"cpu": "500m"}}}]}),
            (500, 2048, 2048, 0),
        ),
        // max(200 + 100, 800) of CPU, max(100 + 50, 60) of memory.
        (
            "the largest init container",
            json!({"initContainers": [init("800m", "60Mi")], "containers": [of("200m", "100Mi"), of("100m", "50Mi")]}),
            (800, 150, 150, 0),
        ),
        // Init containers run one by one: the larger of each.
        (
            "init containers do not add up",
            json!({"initContainers": [init("800m", "60Mi"), init("100m", "900Mi")], "containers": [of("200m", "100Mi")]}),
            (800, 900, 900, 0),
        ),
        // 200 + 50 of the sidecar.
        (
            "a sidecar runs beside the containers",
            json!({"initContainers": [sidecar("50m", "32Mi")], "containers": [of("200m", "100Mi")]}),
            (250, 132, 132, 0),
        ),
        // The init container after the sidecar runs beside it: 50 + 300 > 50 + 200.
        (
            "an init container after a sidecar runs beside it",
            json!({"initContainers": [sidecar("50m", "32Mi"), init("300m", "10Mi")], "containers": [of("200m", "100Mi")]}),
            (350, 132, 132, 0),
        ),
        // Before the sidecar: 300 alone < 250 is false, so 300.
        (
            "an init container before a sidecar runs alone",
            json!({"initContainers": [init("300m", "10Mi"), sidecar("50m", "32Mi")], "containers": [of("200m", "100Mi")]}),
            (300, 132, 132, 0),
        ),
        // 50 + 70 beside the second init container of 400.
        (
            "sidecars before an init container add up",
            json!({"initContainers": [sidecar("50m", "32Mi"), sidecar("70m", "8Mi"), init("400m", "4Mi")],
                "containers": [of("100m", "100Mi")]}),
            (520, 140, 140, 0),
        ),
        (
            "overhead comes on top",
            json!({"overhead": {"cpu": "250m", "memory": "120Mi"}, "containers": [of("100m", "100Mi")]}),
            (350, 220, 220, 0),
        ),
        (
            "overhead comes on top of an init container too",
            json!({"overhead": {"cpu": "100m"}, "initContainers": [init("900m", "1Mi")], "containers": [of("100m", "100Mi")]}),
            (1000, 100, 100, 0),
        ),
        (
            "what the pod states stands for its containers",
            json!({"resources": {"requests": {"cpu": "1", "memory": "500Mi"}}, "containers": [of("100m", "100Mi"), {"name": "d"}]}),
            (1000, 500, 500, 0),
        ),
        (
            "what the pod states of one resource leaves the others",
            json!({"resources": {"requests": {"cpu": "1"}}, "containers": [of("100m", "100Mi")]}),
            (1000, 100, 100, 0),
        ),
        // 0.0005 of a CPU is a thousandth; 100M is 95.37 MiB, 1G is 953.67.
        (
            "a part of a thousandth is one",
            json!({"containers": [of("0.0005", "1Mi")]}),
            (1, 1, 1, 0),
        ),
        (
            "decimal memory",
            json!({"containers": [of("1", "100M")]}),
            (1000, 96, 95, 0),
        ),
        (
            "decimal gigabytes",
            json!({"containers": [of("1500m", "1G")]}),
            (1500, 954, 953, 0),
        ),
        (
            "bytes",
            json!({"containers": [of("1", "1048577")]}),
            (1000, 2, 1, 0),
        ),
        (
            "GPUs are limits",
            json!({"containers": [{"name": "c", "resources": {"limits": {"nvidia.com/gpu": 2, "cpu": "4", "memory": "16Gi"}}}]}),
            (4000, 16384, 16384, 2),
        ),
        (
            "numbers of YAML",
            json!({"containers": [{"name": "c", "resources": {"requests": {"cpu": 2, "memory": 1_073_741_824}}}]}),
            (2000, 1024, 1024, 0),
        ),
    ];
    assert!(cases.len() > 20);
    for (name, spec, expected) in cases {
        assert_eq!(request(&spec), expected, "{name}");
    }
}

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
fn rules_become_those_of_the_problem() {
    let spec = json!({
        "containers": [{"name": "c", "resources": {"requests": {"cpu": "1"}}, "ports": [{"containerPort": 80, "hostPort": 8080}]}],
        "nodeSelector": {"kubernetes.io/arch": "arm64"},
        "tolerations": [{"key": "dedicated", "operator": "Equal", "value": "batch"}],
        "affinity": {
            "nodeAffinity": {
                "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
                    {"matchExpressions": [
                        {"key": "karpenter.k8s.aws/instance-cpu", "operator": "Gt", "values": ["3"]},
                        {"key": "karpenter.sh/capacity-type", "operator": "NotIn", "values": ["spot"]}]}]},
                "preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 1, "preference": {}}]},
            "podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [
                {"labelSelector": {"matchLabels": {"app": "a"}}, "topologyKey": "kubernetes.io/hostname"},
                {"labelSelector": {"matchLabels": {"app": "b"}}, "topologyKey": "kubernetes.io/hostname"}]}},
        "topologySpreadConstraints": [
            {"maxSkew": 1, "topologyKey": "topology.kubernetes.io/zone", "whenUnsatisfiable": "DoNotSchedule",
                "labelSelector": {"matchLabels": {"app": "a"}}},
            {"maxSkew": 1, "topologyKey": "kubernetes.io/hostname", "whenUnsatisfiable": "ScheduleAnyway"},
            {"maxSkew": 3, "topologyKey": "topology.kubernetes.io/zone", "whenUnsatisfiable": "DoNotSchedule",
                "labelSelector": {"matchLabels": {"app": "a"}}}]});
    let text = json!({"kind": "List", "apiVersion": "v1",
        "policy": {"toleratedTaints": ["dedicated=batch:NoSchedule", "team=red:NoExecute"]},
        "availabilityZones": ["us-east-1a", "us-east-1b"],
        "items": [deployment("a", 4, &spec), deployment("b", 1, &small())]})
    .to_string();
    let read = read_cluster(&text, "c.json", &options()).unwrap_or_else(|it| panic!("{it}"));
    let a = service(&read.cluster, "shop/a");
    assert_eq!(
        sources(a),
        [
            "nodeSelector kubernetes.io/arch=arm64",
            "required node affinity karpenter.k8s.aws/instance-cpu Gt (3) and karpenter.sh/capacity-type NotIn (spot)",
            "no taint team=red:NoExecute, which the pod does not tolerate",
        ]
    );
    assert!(a.is_distinct_instance());
    let groups = a.constraints().find_map(|it| match it {
        PlacementConstraint::TaskGroup(rule) => Some((rule.groups.clone(), rule.together)),
        _ => None,
    });
    assert_eq!(groups, Some((vec!["service:shop/b".to_owned()], false)));
    assert_eq!(a.task.host_ports.len(), 1);
    let pod = a.pod.as_ref().expect("a pod");
    assert!(pod.even_over_zones && !pod.apart_for_packing_alone);
    assert_eq!(sources(service(&read.cluster, "shop/b")).len(), 2);
    assert_eq!(codes(&read), ["W2026", "W2027"]);
    let preferred = read
        .warnings
        .iter()
        .find(|it| it.code == "W2027")
        .map(|it| it.cause.clone());
    assert_eq!(
        preferred.as_deref(),
        Some("2 preferred rules are not looked at, of `shop/a`")
    );
}

#[test]
fn one_pod_a_node_of_a_spread_is_for_the_packing_alone() {
    let spec = json!({"containers": [container(&json!({"cpu": "1", "memory": "100M"}))],
        "topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "kubernetes.io/hostname",
            "whenUnsatisfiable": "DoNotSchedule", "labelSelector": {"matchLabels": {"app": "a"}}}]});
    let read = cluster(&json!([deployment("a", 4, &spec)]));
    assert!(service(&read, "shop/a").is_distinct_instance());
    let looser = read.for_bound().expect("read in two ways");
    assert!(!service(&looser, "shop/a").is_distinct_instance());
    assert_eq!(service(&looser, "shop/a").task.memory.get(), 95);
    assert!(looser.for_bound().is_none());
    assert!(
        cluster(&json!([deployment("a", 4, &small())]))
            .for_bound()
            .is_none()
    );
}

#[test]
fn nodes_give_room_zones_region_pools_and_what_they_cost() {
    let node = |name: &str, zone: &str, more: &Value| {
        let mut labels = json!({"node.kubernetes.io/instance-type": "m5.large", "topology.kubernetes.io/zone": zone,
            "topology.kubernetes.io/region": "us-east-1", "karpenter.sh/capacity-type": "spot",
            "karpenter.sh/nodepool": "general", "team": "red", "kubernetes.io/hostname": name});
        labels
            .as_object_mut()
            .expect("labels")
            .extend(more.as_object().cloned().unwrap_or_default());
        json!({"kind": "Node", "apiVersion": "v1", "metadata": {"name": name, "labels": labels},
            "spec": {"taints": [{"key": "dedicated", "value": "x", "effect": "NoSchedule"},
                {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}]},
            "status": {"allocatable": {"cpu": "1930m", "memory": "7220184Ki", "pods": "29"},
                "conditions": [{"type": "Ready", "status": "True"}]}})
    };
    let mut wants = small();
    wants["nodeSelector"] = json!({"team": "red"});
    let text = json!({"kind": "NodeList", "apiVersion": "v1", "items": [
        node("n1", "us-east-1a", &json!({})), node("n2", "us-east-1b", &json!({"stage": "old"})),
        node("f", "us-east-1a", &json!({"eks.amazonaws.com/compute-type": "fargate"})),
        deployment("a", 1, &wants)]})
    .to_string();
    let read = read_cluster(&text, "prod.json", &ImportOptions::default())
        .unwrap_or_else(|it| panic!("{it}"));
    let cluster = &read.cluster;
    assert_eq!(
        (cluster.name.as_str(), cluster.region.as_str()),
        ("prod", "us-east-1")
    );
    let zones: Vec<&str> = cluster.zones.iter().map(Zone::label).collect();
    assert_eq!(zones, ["us-east-1a", "us-east-1b"]);
    assert_eq!(cluster.container_instances.len(), 2);
    let room = cluster.container_instances[0].registered;
    assert_eq!(room.cpu.map(CpuUnits::get), Some(1930));
    assert_eq!(room.memory.map(MemoryMib::get), Some(7050));
    assert_eq!(room.pods.map(EniCount::get), Some(29));
    assert!(
        cluster.container_instances[0]
            .purchase_option
            .may_be_reclaimed()
    );
    let pool = &cluster.deployed.groups[0];
    assert_eq!(pool.name, "general");
    let own: Vec<&str> = pool.attributes.iter().map(|(name, _)| name).collect();
    assert_eq!(own, ["taint//dedicated=x:NoSchedule", "team"]);
    assert_eq!(codes(&read), ["W2025"]);
}

#[test]
fn volumes_hold_replicas_in_their_zones() {
    let volume = |name: &str, zone: &str| {
        json!([
            {"kind": "PersistentVolumeClaim", "apiVersion": "v1", "metadata": {"name": name, "namespace": "shop"},
                "spec": {"volumeName": format!("pv-{name}")}},
            {"kind": "PersistentVolume", "apiVersion": "v1", "metadata": {"name": format!("pv-{name}")},
                "spec": {"nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [
                    {"key": "topology.kubernetes.io/zone", "operator": "In", "values": [zone]}]}]}}}},
        ])
    };
    let mut wants = small();
    wants["volumes"] = json!([{"name": "v", "persistentVolumeClaim": {"claimName": "files"}}]);
    let set = json!({"kind": "StatefulSet", "apiVersion": "apps/v1", "metadata": {"name": "db", "namespace": "shop"},
        "spec": {"replicas": 3, "template": {"metadata": {"labels": {"app": "db"}}, "spec": small()},
            "volumeClaimTemplates": [{"metadata": {"name": "data"}}]}});
    let mut items = vec![set, deployment("web", 2, &wants)];
    for (name, zone) in [
        ("files", "us-east-1b"),
        ("data-db-0", "us-east-1a"),
        ("data-db-1", "us-east-1b"),
        ("data-db-2", "us-east-1a"),
    ] {
        items.extend(volume(name, zone).as_array().cloned().unwrap_or_default());
    }
    let read = cluster(&json!(items));
    let found: Vec<(&str, u64, Vec<String>)> = (read.services.iter())
        .map(|it| (it.name.as_str(), it.desired_count, sources(it)))
        .collect();
    let of = |text: &str| vec![text.to_owned()];
    assert_eq!(
        found,
        [
            (
                "shop/db@us-east-1a",
                2,
                of("the volume of claim data-db-0 is in us-east-1a")
            ),
            (
                "shop/db@us-east-1b",
                1,
                of("the volume of claim data-db-1 is in us-east-1b")
            ),
            (
                "shop/web",
                2,
                of("the volume of claim files is in us-east-1b")
            ),
        ]
    );
}

#[test]
fn several_documents_of_yaml_and_settings_beside_them_are_one_cluster() {
    let text = "---\nversion: 1\ncluster: shop\nregion: eu-west-1\npolicy: {maxPods: 20}\n---\n\
        apiVersion: v1\nkind: Service\nmetadata: {name: web}\n---\n\
        apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  template:\n    spec:\n      containers:\n      - name: c\n---\n";
    let read =
        read_cluster(text, "c.yaml", &ImportOptions::default()).unwrap_or_else(|it| panic!("{it}"));
    assert_eq!(
        (read.cluster.name.as_str(), read.cluster.region.as_str()),
        ("shop", "eu-west-1")
    );
    assert_eq!(read.cluster.policy.max_pods, Some(20));
    assert_eq!(read.cluster.policy.root_volume_gib, 20);
    assert_eq!(service(&read.cluster, "default/web").desired_count, 1);
}

#[test]
fn wrong_documents_are_told_with_their_place_all_at_once() {
    let wrong = json!({"containers": [container(&json!({"cpu": "a lot", "memory": "1Gib"}))]});
    let text = json!({"kind": "List", "apiVersion": "v1", "policy": {"fargate": "allowed", "toleratedTaints": ["nonsense"]},
        "items": [deployment("a", 1, &wrong), {"kind": "Deployment", "apiVersion": "apps/v1", "metadata": {"name": "b"}}]})
    .to_string();
    let findings = read_cluster(&text, "c.json", &ImportOptions::default())
        .expect_err("wrong")
        .findings;
    let found: Vec<(&str, &str)> = findings
        .iter()
        .map(|it| (it.code, it.place.as_str()))
        .collect();
    for expected in [
        ("E1107", "policy.toleratedTaints[0]"),
        ("E1506", "policy.fargate"),
        ("E1102", "(the whole file)"),
        (
            "E1108",
            "items[0].spec.template.spec.containers[0].resources.requests.cpu",
        ),
        (
            "E1108",
            "items[0].spec.template.spec.containers[0].resources.requests.memory",
        ),
        ("E1105", "items[1]"),
    ] {
        assert!(found.contains(&expected), "{expected:?} in {found:?}");
    }
    let none = r#"{"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": "x"}}"#;
    let findings = read_cluster(none, "c.json", &options())
        .expect_err("no workload")
        .findings;
    assert_eq!(findings[0].code, "E1005");
}

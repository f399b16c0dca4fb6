//! The documents that say a tiny cluster.

use serde_json::{Value, json};

use super::tiny::{Kind, TAINT, TYPES, Tiny, ZONES};

/// All documents of a cluster, and its policy.
pub fn of_cluster(tiny: &Tiny) -> Value {
    let mut items: Vec<Value> = (tiny.kinds.iter().enumerate())
        .map(|(place, kind)| workload(place, kind))
        .collect();
    for (place, kind) in tiny.kinds.iter().enumerate() {
        items.extend(volumes(place, kind));
        items.extend(kind.on_fargate.map(|_| pod_of_fargate(place, kind)));
    }
    if let Some((millis, mib)) = tiny.daemon {
        items.push(json!({"kind": "DaemonSet", "apiVersion": "apps/v1", "metadata": {"name": "agent"},
            "spec": {"template": {"spec": {"tolerations": [{"operator": "Exists"}],
                "containers": [{"name": "c", "resources": {"requests": {"cpu": format!("{millis}m"), "memory": format!("{mib}Mi")}}}]}}}}));
    }
    items.extend(tiny.poor_node.map(node));
    items.extend(tiny.tainted_pool.then(node_of_tainted_pool));
    items.push(json!({"kind": "RuntimeClass", "apiVersion": "node.k8s.io/v1", "metadata": {"name": "batch"},
        "handler": "runc", "scheduling": {"tolerations": [{"key": "dedicated", "operator": "Exists"}]}}));
    let taints: Vec<&str> = if tiny.tainted {
        vec![TAINT]
    } else {
        Vec::new()
    };
    let mut policy = json!({"allowedInstanceTypes": TYPES.map(|it| it.0), "maxPods": tiny.max_pods, "rootVolumeGib": 0,
        "memoryOverhead": {"percent": 0}, "toleratedTaints": taints, "headroomPercent": tiny.headroom});
    if let Some((base, percent)) = tiny.on_demand {
        policy["purchaseOptions"] = json!(["on-demand", "spot"]);
        policy["onDemandBase"] = json!(base);
        policy["spotMaxShare"] = json!((100 - percent) as f64 / 100.0);
    }
    json!({"kind": "List", "apiVersion": "v1", "items": items, "region": "us-east-1", "availabilityZones": ZONES, "policy": policy})
}

/// A node of today that shows this memory, of the first type.
fn node(mib: u64) -> Value {
    json!({"kind": "Node", "apiVersion": "v1", "metadata": {"name": "today", "labels": {
            "node.kubernetes.io/instance-type": TYPES[0].0, "topology.kubernetes.io/zone": ZONES[0],
            "karpenter.sh/capacity-type": "on-demand"}},
        "status": {"allocatable": {"memory": format!("{mib}Mi"), "nvidia.com/gpu": "0"}}})
}

/// A node of today that says nothing of its room, and whose pool has the taint.
fn node_of_tainted_pool() -> Value {
    let (key, rest) = TAINT.split_once('=').expect("a key");
    let (value, effect) = rest.split_once(':').expect("an effect");
    json!({"kind": "Node", "apiVersion": "v1", "metadata": {"name": "tainted", "labels": {
            "node.kubernetes.io/instance-type": TYPES[3].0, "topology.kubernetes.io/zone": ZONES[1],
            "karpenter.sh/capacity-type": "on-demand", "karpenter.sh/nodepool": "batch"}},
        "spec": {"taints": [{"key": key, "value": value, "effect": effect}]}})
}

/// The pod of a deployment that runs on Fargate.
fn pod_of_fargate(place: usize, kind: &Kind) -> Value {
    let name = format!("k{place}");
    json!({"kind": "Pod", "apiVersion": "v1", "metadata": {"name": format!("{name}-7f-x"),
            "labels": {"app": name, "eks.amazonaws.com/fargate-profile": "p"},
            "ownerReferences": [{"kind": "ReplicaSet", "name": format!("{name}-7f"), "controller": true}]},
        "spec": {"schedulerName": "fargate-scheduler", "containers": [{"name": "c",
            "resources": {"requests": {"cpu": format!("{}m", kind.millis), "memory": format!("{}Mi", kind.mib)}}}]}, "status": {"phase": "Running"}})
}

/// The workload of a kind.
pub fn workload(place: usize, kind: &Kind) -> Value {
    let name = format!("k{place}");
    let mut selector = serde_json::Map::new();
    if let Some(architecture) = kind.architecture {
        selector.insert("kubernetes.io/arch".to_owned(), json!(architecture));
    }
    if let Some(zone) = kind.zone {
        selector.insert("topology.kubernetes.io/zone".to_owned(), json!(zone));
    }
    if let Some(spot) = kind.spot {
        let word = if spot { "spot" } else { "on-demand" };
        selector.insert("karpenter.sh/capacity-type".to_owned(), json!(word));
    }
    let ports: Vec<Value> = kind
        .port
        .iter()
        .map(|port| json!({"containerPort": 80, "hostPort": port}))
        .collect();
    let tolerations = if kind.tolerates && !kind.by_runtime {
        json!([{"key": "dedicated", "operator": "Exists"}])
    } else {
        json!([])
    };
    let (of_kind, claims) = if kind.volumes.is_empty() {
        ("Deployment", json!(null))
    } else {
        ("StatefulSet", json!([{"metadata": {"name": "data"}}]))
    };
    let replicas = kind.count + u64::from(kind.on_fargate.is_some());
    let class = kind.by_runtime.then_some("batch");
    json!({"kind": of_kind, "apiVersion": "apps/v1", "metadata": {"name": name},
        "spec": {"replicas": replicas, "volumeClaimTemplates": claims, "template": {"metadata": {"labels": {"app": name}}, "spec": {
            "nodeSelector": selector, "tolerations": tolerations, "topologySpreadConstraints": spread(&name, kind),
            "runtimeClassName": class,
            "affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": apart(&name, kind)}},
            "containers": [{"name": "c", "ports": ports,
                "resources": {"requests": {"cpu": format!("{}m", kind.millis), "memory": format!("{}Mi", kind.mib)}}}]}}}})
}

/// Terms of required anti-affinity.
fn apart(name: &str, kind: &Kind) -> Vec<Value> {
    let own = json!({"matchLabels": {"app": name}});
    let mut apart = Vec::new();
    if kind.alone {
        let mut selector = own.clone();
        if kind.alone_without_label {
            selector["matchExpressions"] =
                json!([{"key": "statefulset.kubernetes.io/pod-name", "operator": "DoesNotExist"}]);
        }
        apart.push(json!({"labelSelector": selector, "topologyKey": "kubernetes.io/hostname"}));
    }
    if let Some(other) = kind.keeps_from {
        let other = json!({"matchExpressions": [{"key": "app", "operator": "In", "values": [format!("k{other}")]}]});
        apart.push(json!({"labelSelector": other, "topologyKey": "kubernetes.io/hostname"}));
    }
    if kind.one_a_zone {
        apart.push(json!({"labelSelector": own, "topologyKey": "topology.kubernetes.io/zone"}));
    }
    apart
}

/// Required spreads.
fn spread(name: &str, kind: &Kind) -> Vec<Value> {
    let of = |key: &str| {
        json!({"maxSkew": 1, "topologyKey": key, "whenUnsatisfiable": "DoNotSchedule",
            "nodeTaintsPolicy": kind.honours.then_some("Honor"),
            "labelSelector": {"matchLabels": {"app": name}}})
    };
    let by_zone = kind.even.then(|| of("topology.kubernetes.io/zone"));
    let by_node = kind.spread.then(|| of("kubernetes.io/hostname"));
    by_zone.into_iter().chain(by_node).collect()
}

/// Claims and volumes of a kind.
fn volumes(place: usize, kind: &Kind) -> Vec<Value> {
    let of_replica = |(replica, zone): (usize, Option<&str>)| {
        let zone = zone?;
        let volume = format!("pv-k{place}-{replica}");
        Some([
            json!({"kind": "PersistentVolumeClaim", "apiVersion": "v1", "metadata": {"name": format!("data-k{place}-{replica}")},
                "spec": {"volumeName": volume}}),
            json!({"kind": "PersistentVolume", "apiVersion": "v1", "metadata": {"name": volume,
                "labels": {"topology.kubernetes.io/zone": zone}}}),
        ])
    };
    let all = (kind.volumes.iter().copied().enumerate()).filter_map(of_replica);
    all.flatten().collect()
}

//! Nodes, and volumes that hold pods in zones.

use serde_json::{Value, json};

use crate::domain::cluster::Zone;
use crate::domain::quantity::{CpuUnits, EniCount, MemoryMib};
use crate::io::{ImportOptions, read_cluster};

use super::{cluster, codes, deployment, imported, service, small, sources, warning};

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
        "spec": {"replicas": 3, "ordinals": {"start": 1}, "template": {"metadata": {"labels": {"app": "db"}}, "spec": small()},
            "volumeClaimTemplates": [{"metadata": {"name": "data"}}]}});
    let mut items = vec![set, deployment("web", 2, &wants)];
    for (name, zone) in [
        ("files", "us-east-1b"),
        // A claim of before the set began with 1.
        ("data-db-0", "us-east-1b"),
        ("data-db-1", "us-east-1a"),
        ("data-db-2", "us-east-1b"),
        ("data-db-3", "us-east-1a"),
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
                of("the volume of claim data-db-1 is in us-east-1a")
            ),
            (
                "shop/db@us-east-1b",
                1,
                of("the volume of claim data-db-2 is in us-east-1b")
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
fn nodes_of_one_type_with_different_room_are_read_in_two_ways() {
    let node = |name: &str, memory: &str, pods: &str| {
        json!({"kind": "Node", "apiVersion": "v1", "metadata": {"name": name, "labels": {"node.kubernetes.io/instance-type": "m5.large"}},
            "status": {"allocatable": {"cpu": "1930m", "memory": memory, "pods": pods}}})
    };
    let web = deployment("web", 2, &small());
    let same = cluster(&json!([
        web,
        node("a", "7000Mi", "29"),
        node("b", "7000Mi", "29")
    ]));
    assert!(same.for_bound().is_none());
    let read = imported(&json!([
        web,
        node("a", "7000Mi", "29"),
        node("b", "6900Mi", "110")
    ]));
    let looser = read.cluster.for_bound().expect("two rooms");
    assert!(looser.is_read_loosely() && looser.for_bound().is_none());
    assert_eq!(
        service(&looser, "shop/web"),
        service(&read.cluster, "shop/web")
    );
    assert_eq!(codes(&read), ["W2029"]);
    assert!(warning(&read, "W2029").ends_with("at On-Demand prices: `a`, `b`"));
}

#[test]
fn the_capacity_of_a_node_is_what_it_offers_where_it_says_no_more() {
    let node = json!({"kind": "Node", "apiVersion": "v1", "metadata": {"name": "n", "labels": {
            "node.kubernetes.io/instance-type": "m5.large", "eks.amazonaws.com/capacityType": "ON_DEMAND"}},
        "status": {"capacity": {"cpu": "2", "memory": "8Gi", "pods": "29"}}});
    let read = cluster(&json!([deployment("web", 2, &small()), node]));
    let room = read.container_instances[0].registered;
    assert_eq!(room.cpu.map(CpuUnits::get), Some(2000));
    assert_eq!(room.memory.map(MemoryMib::get), Some(8192));
}

//! Nodes, and volumes that hold pods in zones.

use serde_json::{Value, json};

use crate::domain::cluster::{Cluster, Zone};
use crate::domain::placement::PlacementConstraint;
use crate::domain::plan::Warning;
use crate::domain::quantity::{CpuUnits, EniCount, MemoryMib};
use crate::domain::service::Service;
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
    // Rooms are read in two ways where the catalogue is: a new node may have what the kubelet usually leaves.
    assert!(!same.has_pods_in_two_ways());
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
    // A type that no node is of may be set up like the second, and is planned otherwise.
    assert_eq!(codes(&read), ["W2026", "W2029"]);
    assert!(warning(&read, "W2026").ends_with("said by `b`"));
    assert!(warning(&read, "W2029").ends_with("at On-Demand prices: `a`, `b`"));
}

#[test]
fn what_a_policy_says_of_numbers_holds_for_a_set_that_its_volumes_divide_as_a_whole() {
    let set = json!({"kind": "StatefulSet", "apiVersion": "apps/v1", "metadata": {"name": "db", "namespace": "shop"},
        "spec": {"replicas": 3, "template": {"metadata": {"labels": {"app": "db"}}, "spec": small()},
            "volumeClaimTemplates": [{"metadata": {"name": "data"}}]}});
    let mut items = vec![set];
    for (replica, zone) in ["us-east-1a", "us-east-1b", "us-east-1c"]
        .iter()
        .enumerate()
    {
        items.push(json!({"kind": "PersistentVolumeClaim", "metadata": {"name": format!("data-db-{replica}"), "namespace": "shop"},
            "spec": {"volumeName": format!("pv-{replica}")}}));
        items.push(
            json!({"kind": "PersistentVolume", "metadata": {"name": format!("pv-{replica}"),
            "labels": {"topology.kubernetes.io/zone": zone}}}),
        );
    }
    let of = |policy: &Value| {
        let text = json!({"kind": "List", "apiVersion": "v1", "items": items, "policy": policy,
            "availabilityZones": ["us-east-1a", "us-east-1b", "us-east-1c"]});
        let read = read_cluster(&text.to_string(), "c.json", &super::options());
        read.unwrap_or_else(|it| panic!("{it}")).cluster
    };
    let planned = |cluster: &Cluster| {
        let of_each = |it: &Service| {
            (
                it.name.trim_start_matches("shop/db@").to_owned(),
                cluster.planned_count(it),
            )
        };
        cluster.services.iter().map(of_each).collect::<Vec<_>>()
    };
    let named = |counts: &[(&str, u64)]| -> Vec<(String, u64)> {
        counts
            .iter()
            .map(|(name, count)| ((*name).to_owned(), *count))
            .collect()
    };
    // ceil(3 · 1.1) = 4 of the whole, not 2 of each: the fourth has no volume yet.
    let roomy = of(&json!({"headroomPercent": 10}));
    let expected = [
        ("any", 1),
        ("us-east-1a", 1),
        ("us-east-1b", 1),
        ("us-east-1c", 1),
    ];
    assert_eq!(planned(&roomy), named(&expected));
    assert_eq!(
        planned(&roomy.for_bound().expect("two readings")),
        named(&expected)
    );
    // Headroom that a sweep asks for later is held with one part, and the bound has none of it.
    let mut later = of(&json!({}));
    assert!(!later.has_pods_in_two_ways());
    later.policy.headroom_percent = rust_decimal::Decimal::from(10);
    assert_eq!(
        planned(&later),
        named(&[("us-east-1a", 2), ("us-east-1b", 1), ("us-east-1c", 1)])
    );
    assert_eq!(
        planned(&later.for_bound().expect("two readings")),
        named(&[("us-east-1a", 1), ("us-east-1b", 1), ("us-east-1c", 1)])
    );
    // Parts share no node where a share of the whole limits what one holds; the bound does not count that.
    let shared = of(&json!({"headroomPercent": 10, "maxShareOnInstance": 0.5}));
    let kept = |cluster: &Cluster| {
        let rules = cluster
            .services
            .iter()
            .flat_map(|it| it.placement_constraints.iter());
        rules
            .filter(|it| matches!(it, PlacementConstraint::TaskGroup(_)))
            .count()
    };
    assert_eq!((kept(&shared), kept(&roomy)), (4, 0));
    assert_eq!(kept(&shared.for_bound().expect("two readings")), 0);
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

#[test]
fn a_second_node_of_one_name_is_said_unless_it_is_the_same() {
    let node = |instance_type: &str, id: &str, ready: &str| {
        json!({"kind": "Node", "apiVersion": "v1", "metadata": {"name": "n", "labels": {
                "node.kubernetes.io/instance-type": instance_type, "eks.amazonaws.com/capacityType": "ON_DEMAND"}},
            "spec": {"providerID": id}, "status": {"conditions": [{"type": "Ready", "status": ready}]}})
    };
    let first = node("m5.large", "aws:///us-east-1a/i-1", "True");
    for (second, said) in [
        (node("m5.large", "aws:///us-east-1a/i-1", "Unknown"), 0),
        (node("c5.large", "aws:///us-east-1a/i-1", "True"), 1),
        (node("m5.large", "aws:///us-east-1a/i-2", "True"), 1),
    ] {
        let read = imported(&json!([deployment("web", 1, &small()), first, second]));
        assert_eq!(codes(&read), vec!["W2025"; said], "{second}");
        assert_eq!(read.cluster.container_instances.len(), 1);
        let cause = warning(&read, "W2025");
        assert_eq!(
            cause.starts_with("a second node of the same name"),
            said == 1
        );
        assert_eq!(cause.ends_with("left out are `n`"), said == 1, "{cause}");
    }
}

#[test]
fn nodes_of_local_zones_are_left_out_with_their_pods() {
    let node = |name: &str, zone: &str| {
        json!({"kind": "Node", "apiVersion": "v1", "metadata": {"name": name, "labels": {"node.kubernetes.io/instance-type": "c5.large",
            "topology.kubernetes.io/zone": zone, "topology.kubernetes.io/region": "us-east-1", "karpenter.sh/capacity-type": "on-demand"}}})
    };
    let pod = |name: &str, on: &str| {
        let mut spec = small();
        spec["nodeName"] = json!(on);
        json!({"kind": "Pod", "apiVersion": "v1", "spec": spec, "metadata": {"name": name, "namespace": "shop",
            "ownerReferences": [{"kind": "ReplicaSet", "name": "web-5d4c", "controller": true}]}})
    };
    for zone in ["us-east-1-bos-1a", "us-east-1-wl1-bos-wlz-1"] {
        let read = imported(&json!([
            node("n1", "us-east-1a"),
            node("n2", zone),
            deployment("web", 2, &small()),
            pod("web-1", "n1"),
            pod("web-2", "n2")
        ]));
        let nodes: Vec<&str> = (read.cluster.container_instances.iter())
            .map(|it| it.id.as_str())
            .collect();
        assert_eq!(nodes, ["n1"], "{zone}");
        let zones: Vec<&str> = read.cluster.zones.iter().map(Zone::label).collect();
        assert_eq!(zones, ["us-east-1a"], "{zone}");
        assert_eq!(service(&read.cluster, "shop/web").desired_count, 1);
        let said: Vec<&str> = (read.warnings.iter())
            .filter(|it| it.code == "W2025")
            .map(|it| it.cause.as_str())
            .collect();
        assert!(
            said.iter().any(
                |it| it.starts_with("nodes of Local Zones and Wavelength Zones")
                    && it.ends_with("`n2`")
            ),
            "{said:?}"
        );
        assert!(
            said.iter().any(|it| it.starts_with("1 of 2 pods")),
            "{said:?}"
        );
    }
    // Without pods in the file, those on such nodes are planned, and today's cost is not theirs.
    for (label, value, differs) in [
        ("topology.kubernetes.io/zone", "us-east-1-bos-1a", true),
        ("eks.amazonaws.com/compute-type", "fargate", true),
        ("kubernetes.io/os", "windows", false),
    ] {
        let mut other = node("n2", "us-east-1a");
        other["metadata"]["labels"][label] = json!(value);
        let read = imported(&json!([
            node("n1", "us-east-1a"),
            other,
            deployment("web", 2, &small())
        ]));
        let said = (read.cluster.passed_over.iter()).find_map(|it| match it {
            Warning::LeftOut { today_differs, .. } => Some(*today_differs),
            _ => None,
        });
        assert_eq!(said, Some(differs), "{value}");
    }
    // The Region is theirs all the same.
    let text = json!({"kind": "List", "apiVersion": "v1", "items": [node("n2", "us-east-1-bos-1a"), deployment("web", 1, &small())]});
    let read = read_cluster(&text.to_string(), "c.json", &ImportOptions::default());
    let read = read.unwrap_or_else(|it| panic!("{it}"));
    assert_eq!(
        (read.cluster.region.as_str(), read.cluster.zones.len()),
        ("us-east-1", 0)
    );
}

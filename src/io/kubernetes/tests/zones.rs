//! Zones: anti-affinity by zone, replicas whose volumes hold them in zones, nodes of several Regions, zones by id.

use crate::domain::placement::PlacementConstraint;
use serde_json::{Value, json};

use crate::io::{ImportOptions, Imported, read_cluster};

use super::{codes, deployment, options, service, small, warning};

fn read(zones: &Value, items: &Value) -> Imported {
    let text =
        json!({"kind": "List", "apiVersion": "v1", "availabilityZones": zones, "items": items});
    read_cluster(&text.to_string(), "c.json", &options()).unwrap_or_else(|it| panic!("{it}"))
}

fn three() -> Value {
    json!(["us-east-1a", "us-east-1b", "us-east-1c"])
}

/// A pod that keeps away from those of its own workload by zone.
fn apart(name: &str) -> Value {
    let mut spec = small();
    spec["affinity"] = json!({"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [
        {"labelSelector": {"matchLabels": {"app": name}}, "topologyKey": "topology.kubernetes.io/zone"}]}});
    spec
}

fn scaler(kind: &str, name: &str, least: u64, most: u64) -> Value {
    json!({"kind": "HorizontalPodAutoscaler", "apiVersion": "autoscaling/v2", "metadata": {"name": name, "namespace": "shop"},
        "spec": {"scaleTargetRef": {"kind": kind, "name": name}, "minReplicas": least, "maxReplicas": most}})
}

#[test]
fn no_more_pods_than_zones_that_they_may_use_are_planned_one_in_each() {
    let mut in_two = apart("a");
    in_two["affinity"]["nodeAffinity"] = json!({"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
        {"matchExpressions": [{"key": "topology.kubernetes.io/zone", "operator": "In", "values": ["us-east-1a", "us-east-1b"]}]}]}});
    let all = read(&three(), &json!([deployment("a", 3, &apart("a"))]));
    let pod = service(&all.cluster, "shop/a").pod.clone().expect("a pod");
    assert_eq!((pod.most, pod.even_over_zones), (Some(3), true));
    assert_eq!(codes(&all), Vec::<&str>::new());
    let few = read(
        &three(),
        &json!([deployment("a", 3, &in_two), scaler("Deployment", "a", 1, 9)]),
    );
    let a = service(&few.cluster, "shop/a");
    assert_eq!(
        (a.desired_count, a.min_count, a.max_count),
        (2, Some(1), Some(2))
    );
    assert_eq!(codes(&few), ["W2025"]);
    assert!(warning(&few, "W2025").starts_with("1 pod beyond one a zone that they may use"));
}

#[test]
fn headroom_and_the_most_of_a_scaler_stay_within_the_zones() {
    let text = json!({"kind": "List", "apiVersion": "v1", "availabilityZones": three(), "policy": {"headroomPercent": 50},
        "items": [deployment("a", 3, &apart("a")), deployment("b", 3, &small())]});
    let read =
        read_cluster(&text.to_string(), "c.json", &options()).unwrap_or_else(|it| panic!("{it}"));
    let planned =
        ["shop/a", "shop/b"].map(|name| read.cluster.planned_count(service(&read.cluster, name)));
    assert_eq!(planned, [3, 5]);
    assert_eq!(codes(&read), ["W2025"]);
    assert_eq!(
        warning(&read, "W2025"),
        "2 pods of headroom, beyond one a zone that their own anti-affinity allows: left out are `shop/a`"
    );
}

#[test]
fn without_zones_pods_in_different_zones_are_on_different_nodes_and_it_is_said() {
    let mut spread = small();
    spread["topologySpreadConstraints"] = json!([{"maxSkew": 1, "topologyKey": "topology.kubernetes.io/zone",
        "whenUnsatisfiable": "DoNotSchedule", "labelSelector": {"matchLabels": {"app": "b"}}}]);
    let read = read(
        &json!([]),
        &json!([deployment("a", 3, &apart("a")), deployment("b", 3, &spread)]),
    );
    let a = service(&read.cluster, "shop/a");
    assert!(a.is_distinct_instance());
    assert_eq!(a.pod.as_ref().and_then(|pod| pod.most), None);
    assert!(
        !read.cluster.has_pods_in_two_ways(),
        "exact for the bound as well"
    );
    let said: Vec<&str> = read.warnings.iter().map(|it| it.cause.as_str()).collect();
    assert_eq!(
        said,
        [
            "anti-affinity on the zone beyond one pod a node, since no zone is known: not looked at for `shop/a`",
            "topology spread over zones, since no zone is known: not looked at for `shop/b`",
        ]
    );
}

#[test]
fn a_daemon_with_a_rule_that_is_not_modelled_is_for_the_packing_alone() {
    let agent = |spec: &Value| {
        let mut agent = deployment("agent", 1, spec);
        agent["kind"] = json!("DaemonSet");
        agent
    };
    let mut beside = small();
    beside["affinity"] = json!({"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [
        {"labelSelector": {"matchLabels": {"app": "a"}}, "topologyKey": "kubernetes.io/hostname"}]}});
    let mut away = small();
    away["affinity"] = json!({"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [
        {"labelSelector": {"matchLabels": {"app": "a"}}, "topologyKey": "kubernetes.io/hostname"}]}});
    let specs = [
        (&small(), true),
        (&beside, false),
        (&apart("agent"), false),
        (&away, false),
    ];
    for (spec, in_bound) in specs {
        let read = read(
            &three(),
            &json!([deployment("a", 1, &small()), agent(spec)]),
        );
        let looser = read.cluster.for_bound().unwrap_or(read.cluster.clone());
        let has = |cluster: &crate::domain::cluster::Cluster| {
            cluster.services.iter().any(|it| it.name == "shop/agent")
        };
        assert!(has(&read.cluster));
        assert_eq!(has(&looser), in_bound, "{spec}");
        // What keeps it from nodes would be broken where the packing has it.
        let is_away = |it: &PlacementConstraint| matches!(it, PlacementConstraint::TaskGroup(_));
        let agent = (read.cluster.services.iter()).find(|it| it.name == "shop/agent");
        let agent = agent.expect("the daemon");
        assert!(!agent.constraints().any(is_away), "{spec}");
    }
}

#[test]
fn replicas_held_by_their_volumes_keep_the_limits_of_their_scaler() {
    let mut set = deployment("db", 2, &apart("db"));
    set["kind"] = json!("StatefulSet");
    set["spec"]["volumeClaimTemplates"] = json!([{"metadata": {"name": "data"}}]);
    let mut items = vec![set, scaler("StatefulSet", "db", 1, 5)];
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
    let read = read(&three(), &json!(items));
    let counts: Vec<(&str, u64, Option<u64>, Option<u64>)> = (read.cluster.services.iter())
        .map(|it| {
            (
                it.name.as_str(),
                it.desired_count,
                it.min_count,
                it.max_count,
            )
        })
        .collect();
    assert_eq!(
        counts,
        [
            // Two zones are held by the volumes of replicas that run.
            ("shop/db@any", 0, Some(0), Some(1)),
            ("shop/db@us-east-1a", 1, Some(1), Some(1)),
            ("shop/db@us-east-1b", 1, Some(0), Some(1)),
            ("shop/db@us-east-1c", 0, Some(0), Some(1)),
        ]
    );
}

/// A set of three replicas by host name apart, of which two have volumes in the first two zones, at its scaler's limit of five.
fn divided(spec: &Value, at: &str) -> Imported {
    let mut set = deployment("db", 3, spec);
    set["kind"] = json!("StatefulSet");
    set["spec"]["volumeClaimTemplates"] =
        json!([{"metadata": {"name": "data"}}, {"metadata": {"name": "log"}}]);
    let mut items = vec![set, scaler("StatefulSet", "db", 1, 5)];
    for (replica, zone) in ["us-east-1a", "us-east-1b"].iter().enumerate() {
        for claim in ["data", "log"] {
            items.push(json!({"kind": "PersistentVolumeClaim", "metadata": {"name": format!("{claim}-db-{replica}"), "namespace": "shop"},
                "spec": {"volumeName": format!("pv-{replica}")}}));
        }
        items.push(
            json!({"kind": "PersistentVolume", "metadata": {"name": format!("pv-{replica}"),
            "labels": {"topology.kubernetes.io/zone": zone}}}),
        );
    }
    // Another workload of the same name does not hide the claims.
    items.insert(0, deployment("db", 1, &small()));
    let text =
        json!({"kind": "List", "apiVersion": "v1", "availabilityZones": three(), "items": items});
    let mut options = options();
    (options.policy_overrides).insert("at".to_owned(), json!(at));
    read_cluster(&text.to_string(), "c.json", &options).unwrap_or_else(|it| panic!("{it}"))
}

/// Rules on other task groups, by service.
fn kept_from(cluster: &crate::domain::cluster::Cluster) -> Vec<(&str, Vec<String>)> {
    (cluster.services.iter())
        .flat_map(|service| {
            service.constraints().filter_map(|it| match it {
                PlacementConstraint::TaskGroup(rule) => {
                    Some((service.name.as_str(), rule.groups.clone()))
                }
                _ => None,
            })
        })
        .collect()
}

#[test]
fn parts_of_one_set_that_can_meet_keep_from_each_others_nodes() {
    let (any, in_a, in_b) = (
        "shop/db/StatefulSet@any",
        "shop/db/StatefulSet@us-east-1a",
        "shop/db/StatefulSet@us-east-1b",
    );
    let groups = |names: &[&str]| -> Vec<String> {
        names.iter().map(|name| format!("service:{name}")).collect()
    };
    let expected = vec![
        (any, groups(&[in_a, in_b])),
        (in_a, groups(&[any])),
        (in_b, groups(&[any])),
    ];
    let mut alone = small();
    alone["affinity"] = json!({"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [
        {"labelSelector": {"matchLabels": {"app": "db"}}, "topologyKey": "kubernetes.io/hostname"}]}});
    let hard = divided(&alone, "desired");
    let mut of_set = kept_from(&hard.cluster);
    // The deployment of the same labels is one of those that the set keeps from.
    of_set.retain(|(_, of)| !of.contains(&"service:shop/db".to_owned()));
    assert_eq!(of_set, expected);
    assert!(!hard.cluster.has_pods_in_two_ways(), "exact for the bound");
    let soft = spread_of_its_own();
    assert_eq!(
        kept_from(&soft.cluster).len(),
        2,
        "the free part and the held one"
    );
    let looser = soft.cluster.for_bound().expect("two readings");
    assert_eq!(kept_from(&looser), Vec::new());
}

/// A set of two replicas, one of them with a volume, spread over nodes.
fn spread_of_its_own() -> Imported {
    let mut spec = small();
    spec["topologySpreadConstraints"] = json!([{"maxSkew": 1, "topologyKey": "kubernetes.io/hostname",
        "whenUnsatisfiable": "DoNotSchedule", "labelSelector": {"matchLabels": {"app": "q"}}}]);
    let mut set = deployment("q", 2, &spec);
    set["kind"] = json!("StatefulSet");
    set["spec"]["volumeClaimTemplates"] = json!([{"metadata": {"name": "data"}}]);
    read(
        &three(),
        &json!([set,
            {"kind": "PersistentVolumeClaim", "metadata": {"name": "data-q-0", "namespace": "shop"}, "spec": {"volumeName": "v"}},
            {"kind": "PersistentVolume", "metadata": {"name": "v", "labels": {"topology.kubernetes.io/zone": "us-east-1a"}}}]),
    )
}

#[test]
fn zones_that_volumes_hold_are_closed_to_the_other_replicas() {
    let count = |at: &str| {
        let read = divided(&apart("db"), at);
        let any = service(&read.cluster, "shop/db/StatefulSet@any");
        let closed = super::sources(any);
        assert_eq!(
            closed,
            [
                "required anti-affinity on the zone to replicas of its own, shop/db/StatefulSet@us-east-1a, \
              shop/db/StatefulSet@us-east-1b, whose volumes are in us-east-1a, us-east-1b"
            ]
        );
        let said: Vec<String> = (read.warnings.iter())
            .filter(|it| it.code == "W2025")
            .map(|it| it.cause.clone())
            .collect();
        (read.cluster.planned_count(any), said)
    };
    assert_eq!(count("desired"), (1, Vec::new()));
    let (planned, said) = count("max");
    assert_eq!(planned, 1);
    assert_eq!(
        said,
        [
            "2 pods beyond one a zone that they may use, pending under their own anti-affinity: left out are `shop/db/StatefulSet@any`"
        ]
    );
}

fn node(name: &str, region: &str) -> Value {
    json!({"kind": "Node", "metadata": {"name": name, "labels": {"node.kubernetes.io/instance-type": "m5.large",
        "karpenter.sh/capacity-type": "spot", "topology.kubernetes.io/region": region,
        "topology.kubernetes.io/zone": format!("{region}a")}}})
}

#[test]
fn nodes_of_several_regions_are_told_apart() {
    let text = json!({"kind": "List", "apiVersion": "v1", "items": [
        deployment("a", 1, &small()), node("n1", "eu-west-1"), node("n2", "us-east-1")]})
    .to_string();
    let findings = read_cluster(&text, "c.json", &ImportOptions::default()).expect_err("no Region");
    let said = findings.to_string();
    assert!(
        said.contains("E1102") && said.contains("nodes stand in several: eu-west-1, us-east-1"),
        "{said}"
    );
    let read = read_cluster(&text, "c.json", &options()).unwrap_or_else(|it| panic!("{it}"));
    assert_eq!(read.cluster.region, "us-east-1");
    assert_eq!(read.cluster.container_instances.len(), 1);
    assert_eq!(read.cluster.zones.len(), 1);
    assert!(warning(&read, "W2025").contains("nodes of another Region: left out are `n1`"));
}

#[test]
fn zones_by_id_take_their_names_from_nodes_and_are_refused_where_rules_need_these() {
    let mut spec = small();
    spec["nodeSelector"] = json!({"topology.kubernetes.io/zone": "us-east-1a"});
    let text = |items: &Value| {
        json!({"kind": "List", "apiVersion": "v1", "availabilityZones": ["use1-az4"], "items": items}).to_string()
    };
    let alone = text(&json!([deployment("a", 1, &spec)]));
    let findings = read_cluster(&alone, "c.json", &options()).expect_err("a zone without a name");
    let said = findings.to_string();
    assert!(
        said.contains("E1605")
            && said.contains("`shop/a` chooses its zones by the label topology.kubernetes.io/zone"),
        "{said}"
    );
    let mut known = node("n1", "us-east-1");
    known["metadata"]["labels"]["topology.k8s.aws/zone-id"] = json!("use1-az4");
    let read = read_cluster(
        &text(&json!([deployment("a", 1, &spec), known])),
        "c.json",
        &options(),
    );
    let cluster = read.unwrap_or_else(|it| panic!("{it}")).cluster;
    assert_eq!(cluster.zones[0].name.as_deref(), Some("us-east-1a"));
}

#[test]
fn pods_of_windows_and_of_hybrid_nodes_are_left_out_whichever_rule_says_it() {
    let mut windows = small();
    windows["affinity"] = json!({"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
        {"matchExpressions": [{"key": "kubernetes.io/os", "operator": "In", "values": ["windows"]}]}]}}});
    let mut hybrid = small();
    hybrid["nodeSelector"] = json!({"eks.amazonaws.com/compute-type": "hybrid"});
    let read = read(
        &three(),
        &json!([
            deployment("a", 1, &small()),
            deployment("w", 1, &windows),
            deployment("h", 1, &hybrid)
        ]),
    );
    assert_eq!(read.cluster.services.len(), 1);
    assert_eq!(codes(&read), ["W2025"; 2]);
}

#[test]
fn nodes_that_take_no_pods_are_said_where_nodes_are_kept() {
    let mut cordoned = node("n1", "us-east-1");
    cordoned["spec"] = json!({"unschedulable": true});
    let of = |keep: &str| {
        let text = json!({"kind": "List", "apiVersion": "v1", "policy": {"keepInstances": keep},
            "items": [deployment("a", 1, &small()), cordoned.clone(), node("n2", "us-east-1")]});
        read_cluster(&text.to_string(), "c.json", &options()).unwrap_or_else(|it| panic!("{it}"))
    };
    assert_eq!(codes(&of("none")), Vec::<&str>::new());
    let kept = of("all");
    assert_eq!(codes(&kept), ["W2008"]);
    assert!(warning(&kept, "W2008").ends_with("`n1`"));
}

//! A bound above the cost of today's nodes is taken back where these run all that is planned, and stands wherever anything of that is not so.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::*;
use crate::io::{ImportOptions, read_cluster};
use crate::optimize::listener::Silent;
use crate::optimize::stop::Never;
use crate::planner::{PlanOptions, plan};

fn node(name: &str) -> Value {
    json!({"kind": "Node", "apiVersion": "v1", "metadata": {"name": name, "labels": {"node.kubernetes.io/instance-type": "m5.large",
            "topology.kubernetes.io/zone": "us-east-1a", "karpenter.sh/capacity-type": "on-demand", "agents": "on"}},
        "status": {"allocatable": {"cpu": "1930m", "memory": "7000Mi", "pods": "29"}}})
}

fn pod(name: &str, owner: (&str, &str), node: &str, spec: &Value) -> Value {
    let mut spec = spec.clone();
    spec["nodeName"] = json!(node);
    json!({"kind": "Pod", "apiVersion": "v1", "metadata": {"name": name, "ownerReferences": [{"kind": owner.0, "name": owner.1, "controller": true}]},
        "spec": spec, "status": {"phase": "Running"}})
}

fn spec(cpu: &str) -> Value {
    json!({"containers": [{"name": "c", "resources": {"requests": {"cpu": cpu, "memory": "1Gi"}}}]})
}

/// Two nodes, each with a pod of a set and one of a daemon.
fn document() -> Value {
    let (own, of_daemon) = (spec("1"), spec("100m"));
    let mut daemon = of_daemon.clone();
    daemon["nodeSelector"] = json!({"agents": "on"});
    let of_daemon = daemon.clone();
    json!({"kind": "List", "apiVersion": "v1", "region": "us-east-1", "policy": {"allowedInstanceTypes": ["m5.large"]}, "items": [
        node("n1"), node("n2"),
        {"kind": "StatefulSet", "apiVersion": "apps/v1", "metadata": {"name": "a"}, "spec": {"replicas": 2, "template": {"spec": own}}},
        pod("a-0", ("StatefulSet", "a"), "n1", &own), pod("a-1", ("StatefulSet", "a"), "n2", &own),
        {"kind": "DaemonSet", "apiVersion": "apps/v1", "metadata": {"name": "agent"}, "spec": {"template": {"spec": daemon}}},
        pod("agent-1", ("DaemonSet", "agent"), "n1", &of_daemon), pod("agent-2", ("DaemonSet", "agent"), "n2", &of_daemon)]})
}

/// Whether a bound of a cent more than today's nodes cost is taken back.
fn is_withdrawn(document: &Value, today: Option<UsdPerHour>) -> bool {
    let catalogue = Catalogue::embedded("us-east-1").expect("known");
    let options = ImportOptions {
        today,
        ..ImportOptions::default()
    };
    let read = read_cluster(&document.to_string(), "c.json", &options);
    let cluster = read.unwrap_or_else(|it| panic!("{it}")).cluster;
    let found = plan(
        &cluster,
        &catalogue,
        &PlanOptions::default(),
        &Never,
        &Silent,
    );
    let mut found = found.unwrap_or_else(|it| panic!("{it}")).plan.into_plan();
    let cent = UsdPerHour::new(Decimal::new(1, 2));
    let today = found.cost.current_usd_per_hour.expect("today's cost");
    found.cost.bound_usd_per_hour = Some(today + cent);
    found
        .warnings
        .retain(|it| !matches!(it, Warning::BoundAboveToday { .. }));
    let counted = cluster.for_bound().unwrap_or(cluster);
    withdraw(&mut found, &counted, &catalogue);
    let said = (found.warnings.iter()).find_map(|it| match it {
        Warning::BoundAboveToday {
            bound_usd_per_hour,
            today_usd_per_hour,
        } => Some((*bound_usd_per_hour, *today_usd_per_hour)),
        _ => None,
    });
    assert_eq!(found.cost.bound_usd_per_hour.is_none(), said.is_some());
    assert_eq!(found.cost.gap.is_none(), said.is_some());
    if let Some(said) = said {
        assert_eq!(said, (today + cent, today));
        assert_ne!(found.status, PlanStatus::Optimal);
    }
    said.is_some()
}

fn with(pointer: &str, value: Value) -> Value {
    let mut document = document();
    let (section, key) = pointer.rsplit_once('/').expect("a pointer");
    let at = document
        .pointer_mut(section)
        .unwrap_or_else(|| panic!("{pointer}"));
    match at {
        Value::Array(items) => items[key.parse::<usize>().expect("a place")] = value,
        at => at[key] = value,
    }
    document
}

#[test]
fn nodes_of_today_that_run_all_pods_refute_a_bound_above_their_cost() {
    assert!(is_withdrawn(&document(), None));
    for (pointer, value) in [
        // More run than are planned.
        ("/items/2/spec/replicas", json!(1)),
        // What admission adds to pods takes nothing away.
        ("/items/3/spec/nodeSelector", json!({"team": "red"})),
        // A node that the daemon does not match.
        ("/items/1/metadata/labels/agents", json!("off")),
        // As many pods as today's nodes take.
        ("/policy/maxPods", json!(29)),
        ("/policy/minInstances", json!(2)),
        ("/availabilityZones", json!(["us-east-1a", "us-east-1b"])),
        // It waits for nothing and takes no room.
        ("/items/7/status/phase", json!("Succeeded")),
    ] {
        let mut document = with(pointer, value);
        if pointer.ends_with("agents") || pointer.ends_with("phase") {
            document["items"][1]["metadata"]["labels"]["agents"] = json!("off");
        }
        assert!(is_withdrawn(&document, None), "{pointer}");
    }
}

#[test]
fn a_bound_above_todays_cost_stands_wherever_todays_nodes_may_lack_something() {
    for (pointer, value) in [
        // Pods.
        ("/items/2/spec/replicas", json!(3)),
        ("/items/3/spec/nodeName", Value::Null),
        ("/items/3/spec/nodeName", json!("n9")),
        ("/items/3", json!(null)),
        ("/items/7", json!(null)),
        ("/items/7/spec/nodeName", json!("n1")),
        (
            "/items/2/spec/template/spec/nodeSelector",
            json!({"team": "red"}),
        ),
        ("/items/2/spec/template/spec/hostNetwork", json!(true)),
        (
            "/items/2/spec/template/spec/affinity",
            json!({"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [
                {"labelSelector": {}, "topologyKey": "kubernetes.io/hostname"}]}}),
        ),
        // Nodes.
        ("/policy/allowedInstanceTypes", json!(["m5.xlarge"])),
        ("/policy/purchaseOptions", json!(["spot"])),
        ("/availabilityZones", json!(["us-east-1b"])),
        // The policy.
        ("/policy/headroomPercent", json!(10)),
        ("/policy/maxInstances", json!(1)),
        ("/policy/minInstances", json!(3)),
        ("/policy/reservedCpu", json!(100)),
        ("/policy/reservedMemory", json!(100)),
        ("/policy/maxPods", json!(20)),
        ("/policy/toleratedTaints", json!(["a=b:NoSchedule"])),
        ("/policy/keepInstances", json!("all")),
        ("/policy/maxShareOnInstance", json!(0.5)),
        ("/policy/surviveInstanceLoss", json!(true)),
    ] {
        let mut document = with(pointer, value);
        let items = document["items"].as_array_mut().expect("items");
        items.retain(|it| !it.is_null());
        assert!(!is_withdrawn(&document, None), "{pointer}");
    }
    // What today costs by another word than its nodes' prices.
    let given = UsdPerHour::new(Decimal::new(15, 2));
    assert!(!is_withdrawn(&document(), Some(given)));
}

#[test]
fn pods_that_must_not_all_be_on_spot_nodes_leave_the_bound_where_nodes_of_today_are() {
    let on_spot = |policy: Value| {
        let mut document = document();
        for at in 0..2 {
            document["items"][at]["metadata"]["labels"]["karpenter.sh/capacity-type"] =
                json!("spot");
        }
        document["policy"] = policy;
        document
    };
    let ways = json!(["on-demand", "spot"]);
    let any = json!({"allowedInstanceTypes": ["m5.large"], "purchaseOptions": ways});
    assert!(is_withdrawn(&on_spot(any.clone()), None));
    for (key, value) in [("onDemandBase", json!(1)), ("spotMaxShare", json!(0.5))] {
        let mut policy = any.clone();
        policy[key] = value;
        assert!(!is_withdrawn(&on_spot(policy), None), "{key}");
    }
}

#[test]
fn what_is_left_out_and_may_run_on_todays_nodes_leaves_the_bound() {
    let mut document = document();
    let items = document["items"].as_array_mut().expect("items");
    items.push(json!({"kind": "Node", "apiVersion": "v1", "metadata": {"name": "n3"}}));
    assert!(!is_withdrawn(&document, None));
}

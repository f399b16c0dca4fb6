//! Volumes whose zones the file does not say in full: weaker, and told.

use serde_json::{Value, json};

use crate::io::Imported;

use super::{codes, deployment, imported, service, small, sources, warning};

fn with_volume(volume: Option<&Value>, bound: bool) -> Imported {
    let mut wants = small();
    wants["volumes"] = json!([{"name": "v", "persistentVolumeClaim": {"claimName": "files"}}]);
    let mut claim = json!({"kind": "PersistentVolumeClaim", "apiVersion": "v1", "metadata": {"name": "files", "namespace": "shop"}, "spec": {}});
    if bound {
        claim["spec"]["volumeName"] = json!("pv");
    }
    let mut items = vec![deployment("web", 2, &wants), claim];
    items.extend(volume.map(|spec| {
        json!({"kind": "PersistentVolume", "apiVersion": "v1", "metadata": {"name": "pv"}, "spec": spec})
    }));
    imported(&json!(items))
}

fn reached_from(terms: &Value) -> Value {
    json!({"nodeAffinity": {"required": {"nodeSelectorTerms": terms}}})
}

fn term(requirements: &[(&str, &str)]) -> Value {
    let all = requirements.iter();
    let all = all.map(|(key, value)| json!({"key": key, "operator": "In", "values": [value]}));
    json!({"matchExpressions": all.collect::<Vec<_>>()})
}

#[test]
fn zones_of_volumes_that_are_not_told_in_full_are_said() {
    const ZONE: &str = "topology.kubernetes.io/zone";
    let one = term(&[(ZONE, "us-east-1a")]);
    let other = term(&[("topology.ebs.csi.aws.com/zone", "us-east-1b")]);
    let local = term(&[("kubernetes.io/hostname", "ip-1")]);
    let both = term(&[(ZONE, "us-east-1a"), ("kubernetes.io/hostname", "ip-1")]);
    let of_region = term(&[
        (ZONE, "us-east-1a"),
        ("topology.kubernetes.io/region", "us-east-1"),
    ]);
    let in_a = "the volume of claim files is in us-east-1a";
    let in_both = "the volume of claim files is in us-east-1a, us-east-1b";
    let of_nodes = "volumes that are reached from some nodes alone";
    for (terms, rules, said) in [
        (json!([one]), vec![in_a], ""),
        (json!([one, other]), vec![in_both], ""),
        (json!([of_region]), vec![in_a], ""),
        (json!([local]), vec![], of_nodes),
        (json!([both]), vec![in_a], of_nodes),
        (json!([one, local]), vec![], of_nodes),
    ] {
        let read = with_volume(Some(&reached_from(&terms)), true);
        assert_eq!(
            sources(service(&read.cluster, "shop/web")),
            rules,
            "{terms}"
        );
        assert!(warning(&read, "W2026").starts_with(said), "{terms}");
        assert_eq!(codes(&read).is_empty(), said.is_empty(), "{terms}");
    }
}

#[test]
fn claims_and_volumes_that_are_not_in_the_file_are_said_and_unbound_ones_ask_nothing() {
    let said = |read: &Imported| warning(read, "W2026");
    assert!(
        said(&with_volume(None, true)).starts_with("zones of volumes that are not in the file")
    );
    assert_eq!(said(&with_volume(None, false)), "");
    assert_eq!(
        said(&with_volume(Some(&json!({})), true)),
        "",
        "reached from everywhere"
    );
    let mut wants = small();
    wants["volumes"] = json!([{"name": "v", "persistentVolumeClaim": {"claimName": "files"}}]);
    let read = imported(&json!([deployment("web", 2, &wants)]));
    assert!(said(&read).starts_with("zones of volumes whose claim is not in the file"));
}

#[test]
fn sets_that_run_have_claims_and_new_ones_have_none_yet() {
    let mut set = deployment("db", 1, &small());
    set["kind"] = json!("StatefulSet");
    set["spec"]["volumeClaimTemplates"] = json!([{"metadata": {"name": "data"}}]);
    assert_eq!(codes(&imported(&json!([set]))), Vec::<&str>::new());
    let pod = json!({"kind": "Pod", "metadata": {"name": "db-0", "namespace": "shop", "labels": {"app": "db"},
        "ownerReferences": [{"kind": "StatefulSet", "name": "db", "controller": true}]}, "spec": small(), "status": {"phase": "Running"}});
    let read = imported(&json!([set, pod]));
    assert_eq!(
        warning(&read, "W2026"),
        "zones of volumes whose claim is not in the file: not looked at for `shop/db`"
    );
}

#[test]
fn replicas_with_volumes_of_several_zones_take_no_more_zones_than_there_are() {
    let mut spec = small();
    spec["affinity"] = json!({"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [
        {"labelSelector": {"matchLabels": {"app": "db"}}, "topologyKey": "topology.kubernetes.io/zone"}]}});
    let mut set = deployment("db", 4, &spec);
    set["kind"] = json!("StatefulSet");
    set["spec"]["volumeClaimTemplates"] = json!([{"metadata": {"name": "data"}}]);
    let mut items = vec![set];
    // Three replicas in the same two zones: these take two, and one of three is left to the fourth.
    for replica in 0..3 {
        items.push(json!({"kind": "PersistentVolumeClaim", "metadata": {"name": format!("data-db-{replica}"), "namespace": "shop"},
            "spec": {"volumeName": format!("pv-{replica}")}}));
        let zones = json!([{"matchExpressions": [
            {"key": "topology.kubernetes.io/zone", "operator": "In", "values": ["us-east-1a", "us-east-1b"]}]}]);
        items.push(json!({"kind": "PersistentVolume", "metadata": {"name": format!("pv-{replica}")}, "spec": reached_from(&zones)}));
    }
    let text = json!({"kind": "List", "apiVersion": "v1", "items": items,
        "availabilityZones": ["us-east-1a", "us-east-1b", "us-east-1c"]});
    let read = crate::io::read_cluster(&text.to_string(), "c.json", &super::options());
    let cluster = read.unwrap_or_else(|it| panic!("{it}")).cluster;
    let planned: Vec<(&str, u64)> = (cluster.services.iter())
        .map(|it| (it.name.as_str(), cluster.planned_count(it)))
        .collect();
    assert_eq!(
        planned,
        [("shop/db@any", 1), ("shop/db@us-east-1a+us-east-1b", 2)]
    );
}

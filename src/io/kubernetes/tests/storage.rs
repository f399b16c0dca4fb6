//! What storage asks of nodes and is not looked at.

use serde_json::{Value, json};

use super::{deployment, imported, small, warning};

const ATTACHED: &str = "how many volumes a node attaches: not looked at for ";
const ALLOWED: &str = "zones that the StorageClass allows";

fn class(name: &str, provisioner: &str, more: &Value) -> Value {
    let mut class = json!({"kind": "StorageClass", "apiVersion": "storage.k8s.io/v1", "metadata": {"name": name}, "provisioner": provisioner});
    let own = class.as_object_mut().expect("an object");
    own.extend(more.as_object().cloned().unwrap_or_default());
    class
}

fn set(replicas: u64, class: Option<&str>) -> Value {
    json!({"kind": "StatefulSet", "apiVersion": "apps/v1", "metadata": {"name": "db", "namespace": "shop"},
        "spec": {"replicas": replicas, "template": {"spec": small()},
            "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": {"storageClassName": class}}]}})
}

/// What is said in W2026, all of it.
fn said(objects: &Value) -> Vec<String> {
    let read = imported(objects);
    let weaker = read.warnings.iter().filter(|it| it.code == "W2026");
    weaker.map(|it| it.cause.clone()).collect()
}

#[test]
fn volumes_that_may_be_of_ebs_are_attached_to_nodes() {
    let efs = class("shared", "efs.csi.aws.com", &json!({}));
    let ebs = class("gp3", "ebs.csi.aws.com", &json!({}));
    let db = format!("{ATTACHED}`shop/db`");
    for (objects, expected) in [
        (json!([set(3, Some("gp3")), ebs]), vec![db.clone()]),
        (json!([set(3, None)]), vec![db.clone()]),
        (json!([set(3, Some("shared")), efs]), Vec::new()),
        // Every node attaches one.
        (json!([set(1, Some("gp3")), ebs]), Vec::new()),
    ] {
        assert_eq!(said(&objects), expected, "{objects}");
    }
    // One claim that all pods share is one volume; one for each pod are as many.
    let mut shared = small();
    shared["volumes"] = json!([{"name": "d", "persistentVolumeClaim": {"claimName": "d"}}]);
    let claim = json!({"kind": "PersistentVolumeClaim", "apiVersion": "v1", "metadata": {"name": "d", "namespace": "shop"}, "spec": {}});
    assert_eq!(
        said(&json!([deployment("a", 3, &shared), claim])),
        Vec::<String>::new()
    );
    let mut own = small();
    own["volumes"] = json!([{"name": "d", "ephemeral": {"volumeClaimTemplate": {"spec": {"storageClassName": "gp3"}}}}]);
    assert_eq!(
        said(&json!([deployment("a", 3, &own), ebs])),
        [format!("{ATTACHED}`shop/a`")]
    );
    let two = json!([deployment("a", 1, &own), set(1, Some("gp3")), ebs]);
    assert_eq!(said(&two), [format!("{ATTACHED}`shop/a`, `shop/db`")]);
}

#[test]
fn zones_that_a_class_allows_are_said_for_volumes_that_are_still_to_be_made() {
    let zones = json!({"allowedTopologies": [{"matchLabelExpressions": [
        {"key": "topology.kubernetes.io/zone", "values": ["us-east-1a"]}]}]});
    let mut default = class("gp3", "ebs.csi.aws.com", &zones);
    default["metadata"]["annotations"] =
        json!({"storageclass.kubernetes.io/is-default-class": "true"});
    let other = class("io2", "ebs.csi.aws.com", &json!({}));
    for (objects, is_said) in [
        (json!([set(1, Some("gp3")), default, other]), true),
        (json!([set(1, None), default, other]), true),
        (json!([set(1, Some("io2")), default, other]), false),
    ] {
        let read = imported(&objects);
        assert_eq!(
            warning(&read, "W2026").starts_with(ALLOWED),
            is_said,
            "{objects}"
        );
    }
    // A volume that is there is where it is.
    let mut pod = small();
    pod["volumes"] = json!([{"name": "d", "persistentVolumeClaim": {"claimName": "d"}}]);
    let claim = |volume: Option<&str>| {
        json!({"kind": "PersistentVolumeClaim", "apiVersion": "v1", "metadata": {"name": "d", "namespace": "shop"},
            "spec": {"storageClassName": "gp3", "volumeName": volume}})
    };
    let volume = json!({"kind": "PersistentVolume", "apiVersion": "v1", "metadata": {"name": "v", "labels": {"topology.kubernetes.io/zone": "us-east-1b"}},
        "spec": {"csi": {"driver": "ebs.csi.aws.com"}}});
    let a = deployment("a", 1, &pod);
    assert_eq!(
        said(&json!([a, default, claim(Some("v")), volume])),
        Vec::<String>::new()
    );
    assert!(said(&json!([a, default, claim(None)]))[0].starts_with(ALLOWED));
}

//! What storage asks of nodes and is not looked at.

use serde_json::{Value, json};

use super::{codes, deployment, imported, small, warning};

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

/// Deployments of so many replicas that name one claim, which has these modes; its volume is EBS's or of another driver.
fn with_shared_claim(modes: &[&str], driver: &str, replicas: &[u64]) -> crate::io::Imported {
    let mut wants = small();
    wants["volumes"] = json!([{"name": "v", "persistentVolumeClaim": {"claimName": "files"}}]);
    let mut items = vec![
        json!({"kind": "PersistentVolumeClaim", "apiVersion": "v1", "metadata": {"name": "files", "namespace": "shop"},
            "spec": {"accessModes": modes, "volumeName": "pv"}}),
        json!({"kind": "PersistentVolume", "apiVersion": "v1", "metadata": {"name": "pv"}, "spec": {"csi": {"driver": driver}}}),
    ];
    let names = ["web", "api"].iter().zip(replicas);
    items.extend(names.map(|(name, replicas)| deployment(name, *replicas, &wants)));
    imported(&json!(items))
}

#[test]
fn of_a_claim_of_one_pod_one_pod_is_planned() {
    const ONE_POD: [&str; 1] = ["ReadWriteOncePod"];
    const EBS: &str = "ebs.csi.aws.com";
    let counts = |read: &crate::io::Imported| -> Vec<u64> {
        let of = |name: &str| read.cluster.services.iter().find(|it| it.name == name);
        let names = ["shop/web", "shop/api"];
        (names.iter().filter_map(|name| of(name)))
            .map(|it| it.desired_count)
            .collect()
    };
    let read = with_shared_claim(&ONE_POD, EBS, &[3]);
    assert_eq!(counts(&read), [1]);
    assert_eq!(
        warning(&read, "W2025"),
        "2 pods, pending since another pod has a claim that one alone may use (ReadWriteOncePod): left out are `shop/web`"
    );
    assert_eq!(codes(&read), ["W2025"]);
    // Two workloads have one pod together.
    let read = with_shared_claim(&ONE_POD, EBS, &[1, 1]);
    assert_eq!(counts(&read), [1, 0]);
    assert!(warning(&read, "W2025").starts_with("1 pod, pending"));
    let read = with_shared_claim(&ONE_POD, EBS, &[1]);
    assert_eq!((counts(&read), codes(&read)), (vec![1], Vec::new()));
}

#[test]
fn pods_that_share_a_volume_of_one_node_are_said() {
    const SAID: &str = "one node for all pods that share a volume of EBS (ReadWriteOnce)";
    let one_node: &[&str] = &["ReadWriteOnce"];
    for (modes, driver, replicas, is_said) in [
        (one_node, "ebs.csi.aws.com", &[2][..], true),
        (one_node, "ebs.csi.aws.com", &[1, 1], true),
        (one_node, "ebs.csi.aws.com", &[1], false),
        (one_node, "efs.csi.aws.com", &[2], false),
        (&["ReadWriteMany"], "ebs.csi.aws.com", &[2], false),
        (
            &["ReadWriteOnce", "ReadWriteMany"],
            "ebs.csi.aws.com",
            &[2],
            false,
        ),
    ] {
        let read = with_shared_claim(modes, driver, replicas);
        let said = warning(&read, "W2026").starts_with(SAID);
        assert_eq!(said, is_said, "{modes:?} {driver} {replicas:?}");
        assert!(read.cluster.services.iter().all(|it| it.desired_count > 0));
    }
}

#[test]
fn headroom_adds_no_pod_to_a_claim_that_one_alone_may_use() {
    let mut shared = small();
    shared["volumes"] = json!([{"name": "d", "persistentVolumeClaim": {"claimName": "d"}}]);
    let claim = |mode: &str| {
        json!({"kind": "PersistentVolumeClaim", "apiVersion": "v1", "metadata": {"name": "d", "namespace": "shop"},
            "spec": {"accessModes": [mode]}})
    };
    for (mode, planned) in [("ReadWriteOncePod", 1), ("ReadWriteMany", 2)] {
        let document = json!({"kind": "List", "apiVersion": "v1", "policy": {"headroomPercent": 50},
            "items": [deployment("web", 1, &shared), claim(mode)]});
        let read = crate::io::read_cluster(&document.to_string(), "c.json", &super::options());
        let read = read.unwrap_or_else(|it| panic!("{it}"));
        assert_eq!(
            read.cluster.planned_count(&read.cluster.services[0]),
            planned,
            "{mode}"
        );
        let said = warning(&read, "W2025");
        let is_said = said.starts_with("1 pod of headroom, since one alone may use their claim");
        assert_eq!(is_said, planned == 1, "{said}");
    }
}

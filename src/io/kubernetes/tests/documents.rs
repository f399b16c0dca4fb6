//! Documents around the objects, and wrong ones.

use serde_json::json;

use crate::io::{ImportOptions, read_cluster};

use super::{container, deployment, options, service};

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
fn files_around_kubernetes_are_told_for_what_they_are() {
    for (file, text, cause) in [
        (
            "pods.json",
            "NAME       READY   STATUS\nweb-5d4c   1/1     Running\n",
            "a table that `kubectl` prints",
        ),
        (
            "pods.txt",
            "NAMESPACE   NAME   READY\nshop        web    1/1\n",
            "a table that `kubectl` prints",
        ),
        (
            "none.yaml",
            "No resources found in default namespace.\n",
            "found nothing",
        ),
        (
            "failed.json",
            "error: You must be logged in to the server (Unauthorized)\n",
            "said when it failed",
        ),
        (
            "chart.yaml",
            "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {{ include \"x\" . }}\n",
            "a template of Helm",
        ),
        (
            "kustomization.yaml",
            "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [a.yaml]\n",
            "a kustomization",
        ),
        (
            "status.json",
            r#"{"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 403}"#,
            "an answer of Kubernetes that failed",
        ),
        (
            "empty.json",
            r#"{"kind": "List", "apiVersion": "v1", "items": []}"#,
            "hold no workload and no node",
        ),
        (
            "cron.yaml",
            "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: hello}\nspec: {jobTemplate: {}}\n",
            "kinds that pods come from and that are not read",
        ),
    ] {
        let findings = read_cluster(text, file, &options()).expect_err("no cluster");
        let first = &findings.findings[0];
        assert_eq!(
            (findings.findings.len(), first.code),
            (1, "E1005"),
            "{file}"
        );
        assert!(first.cause.contains(cause), "{file}: {}", first.cause);
        assert!(!first.remedy.is_empty());
    }
    // Braces that YAML can hold are no template.
    let text = "kind: Deployment\nmetadata: {name: '{{x}}'}\nspec: 3\n";
    let findings = read_cluster(text, "c.yaml", &options()).expect_err("no spec");
    assert_ne!(findings.findings[0].code, "E1005");
}

#[test]
fn owners_in_a_circle_do_not_make_workloads_vanish() {
    let set = |name: &str, by: &str| {
        json!({"kind": "ReplicaSet", "apiVersion": "apps/v1",
            "metadata": {"name": name, "ownerReferences": [{"kind": "ReplicaSet", "name": by, "controller": true}]},
            "spec": {"replicas": 1, "template": {"spec": {"containers": [{"name": "c"}]}}}})
    };
    let read = super::cluster(&json!([set("a", "b"), set("b", "a"), set("c", "c")]));
    assert_eq!(read.services.len(), 3);
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

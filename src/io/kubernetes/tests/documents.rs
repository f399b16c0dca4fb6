//! Documents around the objects, and wrong ones.

use serde_json::json;

use crate::io::{ImportOptions, read_cluster};

use super::{container, deployment, options, service, small};

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
    let text = "kind: Deployment\nmetadata: {name: x, annotations: {a: '{{x}}'}}\nspec: 3\n";
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

#[test]
fn answers_of_kubectl_one_after_another_are_one_cluster() {
    let answers = [deployment("a", 1, &small()), deployment("b", 2, &small())]
        .map(|it| json!({"kind": "List", "apiVersion": "v1", "items": [it]}).to_string());
    let read = read_cluster(&answers.join("\n"), "c.json", &options());
    let cluster = read.unwrap_or_else(|it| panic!("{it}")).cluster;
    assert_eq!(cluster.services.len(), 2);
    let broken = format!("{}\n{{\"kind\": ", answers[0]);
    let findings = read_cluster(&broken, "c.json", &options()).expect_err("half an answer");
    assert_eq!(findings.findings[0].code, "E1001");
    assert_eq!(findings.findings[0].line, Some(2));
}

#[test]
fn clusters_of_ecs_and_of_kubernetes_are_two_files() {
    let of_ecs = json!({"version": 1, "region": "us-east-1", "services": [{"serviceName": "s", "desiredCount": 1, "cpu": 256, "memory": 512}]});
    let of_kubernetes = deployment("a", 1, &small());
    let mut beside_items = of_ecs.clone();
    beside_items["kind"] = json!("List");
    beside_items["items"] = json!([of_kubernetes]);
    for (text, name) in [
        (format!("{of_ecs}\n---\n{of_kubernetes}\n"), "c.yaml"),
        (json!([of_ecs, of_kubernetes]).to_string(), "c.json"),
        (beside_items.to_string(), "c.json"),
    ] {
        let said = read_cluster(&text, name, &options())
            .expect_err("two clusters")
            .to_string();
        assert!(
            said.contains("E1005") && said.contains("sections of a cluster file of ECS"),
            "{said}"
        );
    }
}

#[test]
fn templates_of_helm_are_told_where_their_braces_are_quoted() {
    let mut named = deployment("a", 1, &small());
    named["metadata"]["name"] = json!("{{ .Release.Name }}-a");
    let mut counted = deployment("a", 1, &small());
    counted["spec"]["replicas"] = json!("{{ .Values.replicas }}");
    let sized = deployment(
        "a",
        1,
        &json!({"containers": [container(&json!({"cpu": "{{ .Values.cpu }}"}))]}),
    );
    for object in [named, counted, sized] {
        let text = format!("kind: List\napiVersion: v1\nitems: [{object}]\n");
        let said = read_cluster(&text, "c.yaml", &options())
            .expect_err("a template")
            .to_string();
        assert!(
            said.contains("E1005") && said.contains("helm template"),
            "{said}"
        );
    }
}

#[test]
fn a_fault_is_told_once_and_what_is_too_much_is_no_typing_error() {
    let spec = json!({"containers": [container(&json!({"cpu": "1", "memory": "9Ei"}))],
        "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": "x"}}},
        "topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "topology.kubernetes.io/zone",
            "whenUnsatisfiable": "DoNotSchedule", "labelSelector": {"matchLabels": {"app": "a"}}}]});
    let text = json!({"kind": "List", "apiVersion": "v1", "items": [deployment("a", 1, &spec)]})
        .to_string();
    let findings = read_cluster(&text, "c.json", &options())
        .expect_err("two faults")
        .findings
        .into_iter()
        .filter(|it| it.code.starts_with('E'))
        .collect::<Vec<_>>();
    let found: Vec<&str> = findings.iter().map(|it| it.code).collect();
    assert_eq!(found, ["E1106", "E1104"], "{findings:?}");
    assert_eq!(findings[0].cause, "`9Ei` is more than any node has");
}

#[test]
fn documents_of_kubernetes_that_lack_something_are_told_what() {
    for (text, place, key) in [
        (r#"{"kind": "Deployment"}"#, "", "metadata.name"),
        (r#"{"kind": "Deployment", "spec": {}}"#, "", "metadata.name"),
        (
            r#"{"kind": "Node", "apiVersion": "v1"}"#,
            "",
            "metadata.name",
        ),
        (r#"{"kind": "Pod", "metadata": {"name": "a"}}"#, "", "spec"),
        (
            r#"{"apiVersion": "apps/v1", "metadata": {"name": "a"}, "spec": {}}"#,
            "",
            "kind",
        ),
        (r#"[{"kind": "StatefulSet"}]"#, "[0]", "metadata.name"),
    ] {
        let findings = read_cluster(text, "c.json", &options())
            .expect_err("something is missing")
            .findings;
        let wrong: Vec<_> = findings
            .iter()
            .filter(|it| it.code.starts_with('E'))
            .collect();
        assert_eq!(wrong.len(), 1, "{text}: {wrong:?}");
        assert_eq!(wrong[0].code, "E1105", "{text}: {wrong:?}");
        assert!(
            wrong[0].cause.contains(&format!("`{key}` is missing")),
            "{wrong:?}"
        );
        assert!(wrong[0].place.starts_with(place), "{wrong:?}");
    }
    // Another tool's word for its files is none of Kubernetes.
    let other = r#"{"kind": "Deployment", "version": 1, "region": "us-east-1", "services": []}"#;
    let said = read_cluster(other, "c.json", &options()).expect_err("a cluster of ECS");
    assert!(said.to_string().contains("`kind`"), "{said}");
}

#[test]
fn settings_that_stand_twice_and_differ_are_an_error_at_the_second() {
    let object = "---\nkind: Deployment\napiVersion: apps/v1\nmetadata: {name: web}\nspec: {template: {spec: {containers: [{name: c}]}}}\n";
    for (one, other, keys) in [
        ("region: eu-west-1", "region: us-east-1", &["region"][..]),
        ("region: eu-west-1", "region: eu-west-1", &[]),
        (
            "cluster: a\nregion: eu-west-1",
            "cluster: b\nregion: us-east-1",
            &["cluster", "region"],
        ),
        (
            "policy: {maxPods: 20}\nregion: eu-west-1",
            "policy: {headroomPercent: 5}",
            &["policy"],
        ),
        (
            "availabilityZones: [eu-west-1a]\nregion: eu-west-1",
            "availabilityZones: [eu-west-1b]",
            &["availabilityZones"],
        ),
        ("region: eu-west-1", "policy: {maxPods: 20}", &[]),
    ] {
        let text = format!("{one}\n{object}---\n{other}\n");
        let read = read_cluster(&text, "c.yaml", &ImportOptions::default());
        let found = read.err().map(|it| it.findings).unwrap_or_default();
        let found: Vec<(&str, &str)> = (found.iter())
            .map(|it| (it.code, it.place.as_str()))
            .collect();
        let places: Vec<String> = keys.iter().map(|key| format!("items[2].{key}")).collect();
        let expected: Vec<(&str, &str)> = places.iter().map(|it| ("E1002", it.as_str())).collect();
        assert_eq!(found, expected, "{text}");
    }
    // Beside the items of a list too.
    let text =
        format!("region: eu-west-1\n{object}---\nkind: List\nregion: us-east-1\nitems: []\n");
    let said = read_cluster(&text, "c.yaml", &ImportOptions::default()).expect_err("two Regions");
    assert_eq!(said.findings[0].code, "E1002", "{said}");
    assert!(said.findings[0].cause.contains("at line 1"), "{said}");
}

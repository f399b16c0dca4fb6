//! Custom resources whose pods are in the file, and those whose pods are not.

use serde_json::{Value, json};

use super::{codes, deployment, imported, small, warning};

fn owned(kind: &str, version: &str, name: &str, owner: Option<(&str, &str, &str)>) -> Value {
    let mut object = json!({"kind": kind, "apiVersion": version, "metadata": {"name": name, "namespace": "shop"}});
    if let Some((kind, version, name)) = owner {
        object["metadata"]["ownerReferences"] =
            json!([{"kind": kind, "apiVersion": version, "name": name, "controller": true}]);
    }
    object
}

fn pod(name: &str, owner: (&str, &str, &str)) -> Value {
    let mut pod = owned("Pod", "v1", name, Some(owner));
    pod["spec"] = small();
    pod["status"] = json!({"phase": "Running"});
    pod
}

fn with(mut object: Value, key: &str, value: Value) -> Value {
    object[key] = value;
    object
}

const KAFKA: (&str, &str, &str) = ("Kafka", "kafka.strimzi.io/v1beta2", "events");
const SET: (&str, &str, &str) = ("StrimziPodSet", "core.strimzi.io/v1beta2", "events-kafka");
const ROLLOUT: (&str, &str, &str) = ("Rollout", "argoproj.io/v1alpha1", "web");
const KNATIVE: &str = "serving.knative.dev/v1";

#[test]
fn owners_of_owners_have_their_pods_in_the_file() {
    let kafka = || {
        with(
            owned(KAFKA.0, KAFKA.1, KAFKA.2, None),
            "spec",
            json!({"kafka": {"replicas": 3}}),
        )
    };
    let set = owned(SET.0, SET.1, SET.2, Some(KAFKA));
    let labelled = with(pod("events-kafka-0", SET), "spec", small());
    let mut by_label = labelled.clone();
    by_label["metadata"]["labels"] = json!({"strimzi.io/cluster": "events"});
    let rollout = || {
        with(
            owned(ROLLOUT.0, ROLLOUT.1, ROLLOUT.2, None),
            "spec",
            json!({"replicas": 2, "template": {"spec": small()}}),
        )
    };
    let template = json!({"replicas": 2, "template": {"metadata": {"labels": {"app": "web"}}, "spec": small()}});
    let of_rollout = with(
        owned("ReplicaSet", "apps/v1", "web-5d9c", Some(ROLLOUT)),
        "spec",
        template.clone(),
    );
    let knative = || {
        with(
            owned("Service", KNATIVE, "hello", None),
            "spec",
            json!({"template": {"spec": small()}}),
        )
    };
    let of_revision = Some(("Revision", KNATIVE, "hello-00001"));
    let mut of_knative = with(
        owned(
            "Deployment",
            "apps/v1",
            "hello-00001-deployment",
            of_revision,
        ),
        "spec",
        template,
    );
    let chain = [
        owned(
            "Revision",
            KNATIVE,
            "hello-00001",
            Some(("Configuration", KNATIVE, "hello")),
        ),
        owned(
            "Configuration",
            KNATIVE,
            "hello",
            Some(("Service", KNATIVE, "hello")),
        ),
    ];
    let alone = of_knative.clone();
    of_knative["metadata"]["labels"] = json!({"serving.knative.dev/service": "hello"});
    let sets = ("ReplicaSet", "apps/v1", "web-5d9c");
    for (objects, said) in [
        (json!([kafka(), set, labelled]), 0),
        (json!([kafka(), by_label]), 0),
        (json!([kafka(), labelled]), 1),
        (json!([rollout(), of_rollout]), 0),
        (json!([rollout(), pod("web-5d9c-x", sets)]), 0),
        (
            json!([
                rollout(),
                pod("api-5d9c-x", ("ReplicaSet", "apps/v1", "api-5d9c"))
            ]),
            1,
        ),
        (json!([knative(), chain[0], chain[1], alone]), 0),
        (json!([knative(), of_knative]), 0),
        (json!([knative(), alone]), 1),
    ] {
        let read = imported(&objects);
        assert_eq!(codes(&read), vec!["W2025"; said], "{objects}");
        assert_eq!(read.cluster.services.len(), 1, "{objects}");
    }
}

#[test]
fn kinds_of_other_groups_are_not_those_of_kubernetes() {
    let volcano = with(
        owned("Job", "batch.volcano.sh/v1alpha1", "train", None),
        "spec",
        json!({"tasks": [{"replicas": 4}]}),
    );
    let longhorn = owned("Node", "longhorn.io/v1beta2", "ip-10-0-0-1", None);
    let of_volcano = pod("train-0", ("Job", "batch.volcano.sh/v1alpha1", "train"));
    let read = imported(&json!([volcano, longhorn, of_volcano]));
    assert_eq!(codes(&read), Vec::<&str>::new());
    assert_eq!(read.cluster.services.len(), 1);
    assert!(read.cluster.container_instances.is_empty());
    let read = imported(&json!([volcano, pod("other-0", ROLLOUT)]));
    let said = warning(&read, "W2025");
    assert!(said.contains("Job.batch.volcano.sh"), "{said}");
}

#[test]
fn replicas_of_a_node_pool_are_nodes() {
    let pool = |replicas: u64| {
        with(
            owned("NodePool", "karpenter.sh/v1", "fixed", None),
            "spec",
            json!({"replicas": replicas,
            "template": {"spec": {}}}),
        )
    };
    let machines = with(
        owned("MachineDeployment", "cluster.x-k8s.io/v1beta1", "m", None),
        "spec",
        json!({"replicas": 9}),
    );
    let one = pod("a-0", ROLLOUT);
    let read = imported(&json!([pool(3), machines, one]));
    assert_eq!(codes(&read), ["W2026"]);
    let said = warning(&read, "W2026");
    assert!(
        said.contains("static NodePool") && said.contains("`fixed`"),
        "{said}"
    );
    assert_eq!(codes(&imported(&json!([pool(0), one]))), Vec::<&str>::new());
}

#[test]
fn kinds_of_operators_that_name_no_replicas_are_said() {
    const ARGO: &str = "argoproj.io/v1alpha1";
    const TEKTON: &str = "tekton.dev/v1";
    const ELASTIC: &str = "elasticsearch.k8s.elastic.co/v1";
    const PROMETHEUS: &str = "monitoring.coreos.com/v1";
    const CASSANDRA: &str = "cassandra.datastax.com/v1beta1";
    let nothing = json!({});
    let nodes = |count: u64| json!({"nodeSets": [{"name": "d", "count": count}]});
    for (kind, version, spec, status, is_said) in [
        ("Elasticsearch", ELASTIC, nodes(3), &nothing, true),
        ("Elasticsearch", ELASTIC, nodes(0), &nothing, false),
        ("Elasticsearch", "example.com/v1", nodes(3), &nothing, false),
        (
            "CassandraDatacenter",
            CASSANDRA,
            json!({"size": 3}),
            &nothing,
            true,
        ),
        (
            "CassandraDatacenter",
            CASSANDRA,
            json!({"size": 3, "stopped": true}),
            &nothing,
            false,
        ),
        (
            "Workflow",
            ARGO,
            json!({"templates": []}),
            &json!({"phase": "Running"}),
            true,
        ),
        (
            "Workflow",
            ARGO,
            json!({"templates": []}),
            &json!({"phase": "Succeeded"}),
            false,
        ),
        (
            "CronWorkflow",
            ARGO,
            json!({"schedule": "* * * * *"}),
            &nothing,
            true,
        ),
        (
            "CronWorkflow",
            ARGO,
            json!({"suspend": true}),
            &nothing,
            false,
        ),
        ("TaskRun", TEKTON, json!({"taskSpec": {}}), &nothing, true),
        (
            "TaskRun",
            TEKTON,
            json!({"taskSpec": {}}),
            &json!({"completionTime": "2026-01-01T00:00:00Z"}),
            false,
        ),
        (
            "Prometheus",
            PROMETHEUS,
            json!({"resources": {}}),
            &nothing,
            true,
        ),
        (
            "Prometheus",
            PROMETHEUS,
            json!({"replicas": 0}),
            &nothing,
            false,
        ),
    ] {
        let mut object = with(owned(kind, version, "own", None), "spec", spec);
        object["status"] = status.clone();
        let read = imported(&json!([deployment("web", 1, &small()), object]));
        assert_eq!(
            codes(&read),
            vec!["W2025"; usize::from(is_said)],
            "{object}"
        );
        // Where a pod of it runs nothing is left out.
        let of = with(pod("own-x", (kind, version, "own")), "spec", small());
        let read = imported(&json!([deployment("web", 1, &small()), object, of]));
        assert_eq!(codes(&read), Vec::<&str>::new(), "{object}");
    }
}

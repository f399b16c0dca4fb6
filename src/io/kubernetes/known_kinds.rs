//! Kinds of operators whose number of pods stands under a key of its own, or that make pods without naming a number.
//!
//! By group and kind: a `size` or a `count` means pods in these alone. Source: the operators' own API references (Elastic Cloud on
//! Kubernetes, cass-operator, Argo Workflows, Tekton Pipelines, Prometheus Operator).

use crate::io::document::Value;

use super::objects::Object;

/// How a kind says whether it has pods.
#[derive(Debug, Clone, Copy)]
enum Says {
    /// A number above 0 under this key, however deep.
    Number(&'static str),
    /// The same, and one pod where the key is absent from its spec.
    NumberOrOne(&'static str),
    /// It has pods until its status says that it is over.
    UntilOver,
}

const ELASTIC: &str = "k8s.elastic.co";
const PROMETHEUS: &str = "monitoring.coreos.com";

/// Groups, or what these stand below, and kinds.
const KNOWN: [(&str, &str, Says); 13] = [
    (ELASTIC, "Elasticsearch", Says::Number("count")),
    (ELASTIC, "Kibana", Says::Number("count")),
    (ELASTIC, "ApmServer", Says::Number("count")),
    (ELASTIC, "EnterpriseSearch", Says::Number("count")),
    (ELASTIC, "Logstash", Says::NumberOrOne("count")),
    (
        "cassandra.datastax.com",
        "CassandraDatacenter",
        Says::Number("size"),
    ),
    ("argoproj.io", "Workflow", Says::UntilOver),
    ("tekton.dev", "TaskRun", Says::UntilOver),
    ("tekton.dev", "PipelineRun", Says::UntilOver),
    (PROMETHEUS, "Prometheus", Says::NumberOrOne("replicas")),
    (PROMETHEUS, "Alertmanager", Says::NumberOrOne("replicas")),
    (PROMETHEUS, "ThanosRuler", Says::NumberOrOne("replicas")),
    (PROMETHEUS, "PrometheusAgent", Says::NumberOrOne("replicas")),
];

/// Whether a group is a domain or stands below it.
pub(super) fn is_under(group: &str, domain: &str) -> bool {
    let before = group.strip_suffix(domain);
    before.is_some_and(|before| before.is_empty() || before.ends_with('.'))
}

/// Whether an object has pods, where its kind is known here.
pub(super) fn has_pods(object: &Object<'_>, group: Option<&str>) -> Option<bool> {
    let group = group?;
    let (_, _, says) =
        (KNOWN.iter()).find(|(known, kind, _)| *kind == object.kind && is_under(group, known))?;
    let spec = object.at.get("spec")?;
    let is_true = |key: &str| {
        spec.get(key)
            .is_some_and(|it| it.node.value == Value::Bool(true))
    };
    if is_true("stopped") || is_true("suspend") {
        return Some(false);
    }
    Some(match says {
        Says::Number(key) => has_number(&spec.node.value, key),
        Says::NumberOrOne(key) => spec.get(key).is_none() || has_number(&spec.node.value, key),
        Says::UntilOver => !is_over(object),
    })
}

fn has_number(at: &Value, key: &str) -> bool {
    match at {
        Value::Object(entries) => entries.iter().any(|entry| match &entry.node.value {
            Value::Number(number) => entry.key == key && number != "0",
            other => has_number(other, key),
        }),
        Value::List(items) => items.iter().any(|item| has_number(&item.value, key)),
        _ => false,
    }
}

/// Whether its status says that it ended: by a phase, as Argo does, or by a time, as Tekton does.
fn is_over(object: &Object<'_>) -> bool {
    let Some(status) = object.at.get("status") else {
        return false;
    };
    let phase = status.get("phase");
    let phase = phase.as_ref().and_then(|it| it.node.value.as_text());
    let has = |key: &str| {
        status
            .get(key)
            .is_some_and(|it| it.node.value != Value::Null)
    };
    matches!(phase, Some("Succeeded" | "Failed" | "Error")) || has("completionTime")
}

//! Label selectors: which pods a rule is about.

use std::collections::{BTreeMap, BTreeSet};

use crate::io::cursor::{Cursor, Log};
use crate::io::document::Value;

/// Labels of an object.
pub(super) type Labels = BTreeMap<String, String>;

/// Labels, with their values, that some nodes of a pool have and others have not, or with another value: what a new node has is open.
pub(super) type Unsure = BTreeMap<String, BTreeSet<String>>;

/// The labels under a key; values that are no text are passed over.
pub(super) fn labels(at: Option<Cursor<'_>>, key: &str) -> Labels {
    let Some(Value::Object(entries)) = at
        .and_then(|at| at.get(key))
        .map(|it| it.node.value.clone())
    else {
        return Labels::new();
    };
    (entries.into_iter())
        .filter_map(|entry| match entry.node.value {
            Value::Text(text) | Value::Number(text) => Some((entry.key, text)),
            Value::Bool(flag) => Some((entry.key, flag.to_string())),
            _ => None,
        })
        .collect()
}

/// Labels that tell the pods of one owner apart.
const OF_ONE_POD: [&str; 5] = [
    "statefulset.kubernetes.io/pod-name",
    "apps.kubernetes.io/pod-index",
    "batch.kubernetes.io/job-completion-index",
    "batch.kubernetes.io/job-index",
    "spark-exec-id",
];
/// Labels that controllers give to all pods of one template.
const OF_ONE_OWNER: [&str; 7] = [
    "pod-template-hash",
    "controller-revision-hash",
    "pod-template-generation",
    "batch.kubernetes.io/controller-uid",
    "controller-uid",
    "batch.kubernetes.io/job-name",
    "job-name",
];

/// Whether each pod of an owner has a value of its own.
pub(super) fn is_of_one_pod(key: &str) -> bool {
    OF_ONE_POD.contains(&key)
}

/// Whether a controller gives the label to pods, whose template has none.
fn is_given_later(key: &str) -> bool {
    is_of_one_pod(key) || OF_ONE_OWNER.contains(&key)
}

/// One requirement of a selector or of a node affinity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Requirement {
    pub key: String,
    pub operator: String,
    pub values: Vec<String>,
}

impl Requirement {
    /// Reads `{key, operator, values}`.
    pub(super) fn read(at: &Cursor<'_>, log: &mut Log) -> Option<Self> {
        let key = at
            .require(log, "key", "name the label")?
            .text(log)?
            .to_owned();
        let operator = at.require(
            log,
            "operator",
            "write In, NotIn, Exists, DoesNotExist, Gt or Lt",
        )?;
        let operators = ["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"];
        let operator = operator.choice(log, &operators.map(|word| (word, word)))?;
        let values = (at.list(log, "values").iter())
            .filter_map(|value| value.text(log).map(str::to_owned))
            .collect();
        Some(Self {
            key,
            operator: operator.to_owned(),
            values,
        })
    }

    /// `None` where each pod has a value of its own, or gets one that its template does not say.
    fn holds(&self, labels: &Labels, added: &BTreeSet<String>) -> Option<bool> {
        let own = labels.get(&self.key);
        if own.is_none() && (is_given_later(&self.key) || added.contains(&self.key)) {
            return None;
        }
        Some(match self.operator.as_str() {
            "In" => own.is_some_and(|own| self.values.contains(own)),
            "NotIn" => own.is_none_or(|own| !self.values.contains(own)),
            "Exists" => own.is_some(),
            "DoesNotExist" => own.is_none(),
            _ => false,
        })
    }
}

/// `matchLabels` and `matchExpressions` together; without either it selects everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Selector {
    requirements: Vec<Requirement>,
}

impl Selector {
    /// Reads one.
    pub(super) fn read(at: &Cursor<'_>, log: &mut Log) -> Self {
        let mut requirements: Vec<Requirement> = (labels(Some(at.clone()), "matchLabels")
            .into_iter())
        .map(|(key, value)| Requirement {
            key,
            operator: "In".to_owned(),
            values: vec![value],
        })
        .collect();
        for item in at.list(log, "matchExpressions") {
            requirements.extend(Requirement::read(&item, log));
        }
        Self { requirements }
    }

    /// Whether it selects what has these labels; `None` where labels decide it that controllers give to pods, or that are
    /// `added` to them by admission.
    pub(super) fn selects(&self, labels: &Labels, added: &BTreeSet<String>) -> Option<bool> {
        let mut so_far = Some(true);
        for requirement in &self.requirements {
            match requirement.holds(labels, added) {
                Some(false) => return Some(false),
                Some(true) => {}
                None => so_far = None,
            }
        }
        so_far
    }

    /// Whether it asks for other labels than this one.
    pub(super) fn asks_beside(&self, key: &str) -> bool {
        self.requirements.iter().any(|it| it.key != key)
    }
}

//! Node pools of Karpenter, where the file has them: what a new node of a pool has that no node of today is of.
//!
//! Labels and taints of the template, and requirements that leave one value of a label. Where a requirement leaves several, what a new
//! node has is open: where it leaves all (`Exists`), or all but some, Karpenter gives a node the one that a pod asks for. What else a pool asks of its nodes (types, architectures, limits) is not looked at: the policy says that.
//! Source: Karpenter documentation, "`NodePools`".

use std::collections::BTreeSet;

use crate::domain::kubernetes::Taint;
use crate::domain::node_labels::is_derived;
use crate::io::cursor::{Cursor, Log};
use crate::io::document::Value;

use super::objects::{Object, Objects};
use super::selector::{Labels, Requirement, Unsure, labels};
use super::taints::taint;

const GROUP: &str = "karpenter.sh/";
const NAME: &str = "karpenter.sh/nodepool";

/// What the template of a pool says.
#[derive(Debug)]
pub(super) struct Template {
    pub name: String,
    pub labels: Labels,
    pub taints: BTreeSet<Taint>,
    /// Labels of which it leaves several values.
    pub open: Unsure,
}

/// Node pools of Karpenter that the file has.
pub(super) fn of_karpenter<'o, 'a>(
    objects: &'o Objects<'a>,
) -> impl Iterator<Item = &'o Object<'a>> {
    objects.of_kind("NodePool").filter(|pool| {
        let version = pool.at.get("apiVersion");
        version.is_some_and(|it| (it.node.value.as_text()).is_some_and(|it| it.starts_with(GROUP)))
    })
}

/// Those of the file, in its order.
pub(super) fn read(objects: &Objects<'_>, log: &mut Log) -> Vec<Template> {
    of_karpenter(objects)
        .filter_map(|pool| of_pool(pool, objects, log))
        .collect()
}

fn of_pool(pool: &Object<'_>, objects: &Objects<'_>, log: &mut Log) -> Option<Template> {
    let template = pool.at.get("spec")?.get("template")?;
    let mut found = Template {
        name: pool.name.clone(),
        labels: labels(template.get("metadata"), "labels"),
        taints: BTreeSet::new(),
        open: Unsure::new(),
    };
    found.labels.insert(NAME.to_owned(), pool.name.clone());
    let spec = template.get("spec")?;
    let taints = spec.list(log, "taints");
    found.taints = taints.iter().filter_map(|it| taint(it, log)).collect();
    for requirement in requirements(&spec, log) {
        let Requirement {
            key,
            operator,
            mut values,
        } = requirement;
        if operator != "In" {
            let mut asked = asked_for(&key, objects);
            asked.retain(|value| leaves(&operator, &values, value));
            found.open.insert(key, asked);
        } else if values.len() == 1 {
            found.labels.extend(values.pop().map(|value| (key, value)));
        } else {
            found.open.insert(key, values.into_iter().collect());
        }
    }
    Some(found)
}

/// Requirements on labels of the pool's own.
fn requirements(spec: &Cursor<'_>, log: &mut Log) -> Vec<Requirement> {
    let items = spec.list(log, "requirements");
    (items.iter())
        .filter_map(|item| Requirement::read(item, log))
        .filter(|it| it.operator != "DoesNotExist" && !is_derived(&it.key))
        .collect()
}

/// Whether a requirement that names no list of values leaves this one.
fn leaves(operator: &str, values: &[String], value: &str) -> bool {
    let number = |text: &str| text.parse::<i64>().ok();
    let limit = values.first().and_then(|it| number(it));
    let both = || Some((number(value)?, limit?));
    match operator {
        "NotIn" => !values.iter().any(|it| it == value),
        "Gt" => both().is_some_and(|(own, limit)| own > limit),
        "Lt" => both().is_some_and(|(own, limit)| own < limit),
        _ => true,
    }
}

/// Values of a label that pods of the file ask of nodes, by their selectors, their affinity or their runtime class.
fn asked_for(key: &str, objects: &Objects<'_>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let classes = objects.of_kind("RuntimeClass");
    for object in objects.workloads().chain(classes) {
        gather(&object.at.node.value, key, &mut found);
    }
    found
}

fn gather(at: &Value, key: &str, found: &mut BTreeSet<String>) {
    match at {
        Value::List(items) => items.iter().for_each(|it| gather(&it.value, key, found)),
        Value::Object(entries) => {
            let of = |name: &str| entries.iter().find(|it| it.key == name);
            let is_about_it = of("key").is_some_and(|it| it.node.value.as_text() == Some(key));
            if let Some(Value::List(values)) = of("values")
                .filter(|_| is_about_it)
                .map(|it| &it.node.value)
            {
                let texts = values.iter().filter_map(|it| it.value.as_text());
                found.extend(texts.map(str::to_owned));
            }
            for entry in entries {
                if entry.key == "nodeSelector" {
                    let value = Cursor::new(&entry.node, "").get(key);
                    let value = value.and_then(|it| it.node.value.as_text().map(str::to_owned));
                    found.extend(value);
                }
                gather(&entry.node.value, key, found);
            }
        }
        _ => {}
    }
}

//! Node pools of Karpenter, where the file has them: what a new node of a pool has that no node of today is of.
//!
//! Labels and taints of the template, and requirements that leave one value of a label. Where a requirement leaves several, what a new
//! node has is open. What else a pool asks of its nodes (types, architectures, limits) is not looked at: the policy says that.
//! Source: Karpenter documentation, "`NodePools`".

use std::collections::BTreeSet;

use crate::domain::kubernetes::Taint;
use crate::domain::node_labels::is_derived;
use crate::io::cursor::{Cursor, Log};

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

/// Those of the file, in its order.
pub(super) fn read(objects: &Objects<'_>, log: &mut Log) -> Vec<Template> {
    let of_karpenter = objects.of_kind("NodePool").filter(|pool| {
        let version = pool.at.get("apiVersion");
        version.is_some_and(|it| (it.node.value.as_text()).is_some_and(|it| it.starts_with(GROUP)))
    });
    of_karpenter.filter_map(|pool| of_pool(pool, log)).collect()
}

fn of_pool(pool: &Object<'_>, log: &mut Log) -> Option<Template> {
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
            key, mut values, ..
        } = requirement;
        if values.len() == 1 {
            found.labels.extend(values.pop().map(|value| (key, value)));
        } else {
            found.open.insert(key, values.into_iter().collect());
        }
    }
    Some(found)
}

/// Requirements on labels of the pool's own, by their values.
fn requirements(spec: &Cursor<'_>, log: &mut Log) -> Vec<Requirement> {
    let items = spec.list(log, "requirements");
    (items.iter())
        .filter_map(|item| Requirement::read(item, log))
        .filter(|it| it.operator == "In" && !is_derived(&it.key))
        .collect()
}

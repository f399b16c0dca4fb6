//! What made an object, and what made that: a Kafka owns a set of pods, which owns the pods; a Rollout a replica set.

use crate::io::cursor::Log;

use super::objects::{Object, Objects};
use super::running::Key;

/// Owners of an object, and theirs.
#[derive(Debug, Clone, Default)]
pub(super) struct Line {
    /// By kind, namespace and name, the nearest first.
    pub owners: Vec<Key>,
    /// A replica set that is not in the file is named after what owns it: the name, of whatever kind.
    pub by_name: Option<String>,
}

impl Line {
    /// That of an object. Owners in a circle are followed once.
    pub(super) fn of(object: &Object<'_>, objects: &Objects<'_>) -> Self {
        // What is wrong in an owner is told where the workload is read.
        let mut unheard = Log::default();
        let mut line = Self::default();
        let mut at = Some(object);
        while let Some(owner) = at.and_then(|at| at.owner(&mut unheard)) {
            let known = objects.find(&owner.kind, Some(&object.namespace), &owner.name);
            let of_pods = owner.of_pods();
            if known.is_none() && of_pods != owner.name {
                line.by_name = Some(of_pods.to_owned());
            }
            let key = (owner.kind, object.namespace.clone(), owner.name);
            if line.owners.contains(&key) {
                break;
            }
            line.owners.push(key);
            at = known;
        }
        line
    }

    /// Whether it leads to this object.
    pub(super) fn leads_to(&self, target: &Key) -> bool {
        self.owners.contains(target) || self.by_name.as_ref() == Some(&target.2)
    }
}

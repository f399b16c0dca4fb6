//! What a `RuntimeClass` adds to the pods of a template: overhead, labels that it asks of nodes, tolerations.
//!
//! Admission writes these into each pod that names the class, so that a pod of the file has them already. A class that is
//! not in the file may add anything: its pods may then tolerate every taint, and what it keeps them from is not known.
//! Source: Kubernetes documentation, "Runtime Class" and "Pod Overhead"; `plugin/pkg/admission/runtimeclass`.

use crate::io::cursor::Cursor;

use super::objects::Objects;
use super::selector::{Labels, labels};

/// The class that a template names.
#[derive(Debug, Clone)]
pub(super) struct RuntimeClass<'a> {
    pub name: String,
    /// `None` where the file has no such class.
    at: Option<Cursor<'a>>,
}

impl<'a> RuntimeClass<'a> {
    /// That of a template's pods, where they name one.
    pub(super) fn of(spec: &Cursor<'_>, objects: &Objects<'a>) -> Option<Self> {
        let name = spec.get("runtimeClassName")?;
        let name = name.node.value.as_text().filter(|it| !it.is_empty())?;
        let found = objects.find("RuntimeClass", None, name);
        Some(Self {
            name: name.to_owned(),
            at: found.map(|it| it.at.clone()),
        })
    }

    pub(super) const fn is_known(&self) -> bool {
        self.at.is_some()
    }

    /// What each pod takes beside its containers.
    pub(super) fn overhead(&self) -> Option<Cursor<'a>> {
        self.at.as_ref()?.get("overhead")?.get("podFixed")
    }

    /// Where its pods may be.
    pub(super) fn scheduling(&self) -> Option<Cursor<'a>> {
        self.at.as_ref()?.get("scheduling")
    }

    /// Labels that it asks of nodes.
    pub(super) fn node_selector(&self) -> Labels {
        labels(self.scheduling(), "nodeSelector")
    }
}

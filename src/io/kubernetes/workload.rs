//! A workload as its objects describe it, before it is a service.

use crate::domain::query::Expression;
use crate::io::cursor::Cursor;

use super::affinity::in_zones;
use super::request::PodRequest;
use super::selector::Labels;

/// Pods of one kind.
#[derive(Debug, Clone)]
pub(super) struct Workload<'a> {
    /// Unique in the cluster.
    pub name: String,
    /// The same before it was divided by the zones of its volumes.
    pub origin: String,
    pub namespace: String,
    /// Labels of its pods.
    pub labels: Labels,
    /// Spec of its pods.
    pub spec: Cursor<'a>,
    pub count: u64,
    pub min_count: Option<u64>,
    pub max_count: Option<u64>,
    pub is_daemon: bool,
    /// Whether the spec is a template, and not that of a pod which the scheduler has placed.
    pub is_template: bool,
    /// What its running pods ask for, each amount once; of a template alone.
    pub running: Vec<PodRequest>,
    /// Zones that its volumes leave it.
    pub volumes: Vec<InZones>,
}

/// A claim with the zones in which its volume can be reached.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct InZones {
    pub zones: Vec<String>,
    pub claim: String,
}

impl InZones {
    /// As an expression on nodes.
    pub(super) fn expression(&self) -> Expression {
        in_zones(&self.zones, &self.claim)
    }
}

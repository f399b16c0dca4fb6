//! A workload as its objects describe it, before it is a service.

use std::collections::BTreeSet;

use crate::domain::cluster::Zone;
use crate::domain::kubernetes::Taint;
use crate::domain::policy::{CountBasis, Policy};
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
    /// Name of the object itself, and its kind.
    pub object: String,
    pub kind: String,
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

impl Workload<'_> {
    /// Pods now, or at a limit of its autoscaler.
    pub(super) fn count_at(&self, basis: CountBasis) -> u64 {
        let count = match basis {
            CountBasis::Min => self.min_count,
            CountBasis::Desired => None,
            CountBasis::Max => self.max_count,
        };
        count.unwrap_or(self.count)
    }

    /// Whether it is a part of a workload that the zones of its volumes divide.
    pub(super) fn is_part(&self) -> bool {
        self.name != self.origin
    }
}

/// What a workload is read among.
#[derive(Debug, Clone, Copy)]
pub(super) struct Surroundings<'s, 'a> {
    pub all: &'s [Workload<'a>],
    pub zones: &'s [Zone],
    /// Taints that a node of a plan may have.
    pub taints: &'s BTreeSet<Taint>,
    pub policy: &'s Policy,
    /// Whether nodes of today stand in more zones than are planned.
    pub has_zones_elsewhere: bool,
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

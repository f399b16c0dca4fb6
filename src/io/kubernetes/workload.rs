//! A workload as its objects describe it, before it is a service.

use std::collections::BTreeSet;

use crate::domain::cluster::Zone;
use crate::domain::deployed::DeployedGroup;
use crate::domain::kubernetes::{Taint, Whole};
use crate::domain::policy::{CountBasis, Policy};
use crate::domain::query::Expression;
use crate::io::cursor::Cursor;

use super::affinity::in_zones;
use super::request::PodRequest;
use super::runtime_class::RuntimeClass;
use super::selector::{Labels, Unsure, labels};

/// Pods of one kind.
#[derive(Debug, Clone)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts of a document, not one state"
)]
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
    /// Its running pods; those that stand for themselves where there is no template.
    pub pods: Vec<Cursor<'a>>,
    /// Keys of labels that its running pods have and its template has not: admission gives them.
    pub added: BTreeSet<String>,
    /// Pods of it that are not planned, on Fargate or on nodes that are left out.
    pub elsewhere: u64,
    /// The class that its template names.
    pub runtime_class: Option<RuntimeClass<'a>>,
    /// Whether its template asks Fargate to take its pods.
    pub asks_for_fargate: bool,
    /// Whether a claim that one pod alone may use holds its number.
    pub one_alone: bool,
    /// Zones that its volumes leave it.
    pub volumes: Vec<InZones>,
    /// The workload that it is a part of, where volumes of its replicas hold some in zones.
    pub whole: Option<Whole>,
}

impl<'a> Workload<'a> {
    /// Pods now, or at a limit of its autoscaler.
    pub(super) fn count_at(&self, basis: CountBasis) -> u64 {
        basis.of(self.count, self.min_count, self.max_count)
    }

    /// Pods that are planned, those of headroom included.
    pub(super) fn planned(&self, policy: &Policy) -> u64 {
        let count = self.count_at(policy.count_basis);
        match &self.whole {
            _ if self.one_alone => count,
            Some(whole) => count.saturating_add(policy.headroom_with_part(whole)),
            None => policy.planned_count(count),
        }
    }

    /// Labels of `nodeSelector`, those of its runtime class among them.
    pub(super) fn node_selector(&self) -> BTreeSet<(String, String)> {
        let own = labels(Some(self.spec.clone()), "nodeSelector");
        let of_class = self.runtime_class.as_ref().map(RuntimeClass::node_selector);
        own.into_iter()
            .chain(of_class.into_iter().flatten())
            .collect()
    }

    /// Whether its template names a runtime class that is not in the file.
    pub(super) fn has_unknown_class(&self) -> bool {
        (self.runtime_class.as_ref()).is_some_and(|class| !class.is_known())
    }

    /// Takes its running pods, of a template.
    pub(super) fn set_pods(&mut self, pods: Vec<Cursor<'a>>) {
        let of_pods = (pods.iter()).flat_map(|pod| labels(pod.get("metadata"), "labels"));
        let keys = of_pods.map(|(key, _)| key);
        self.added = keys.filter(|key| !self.labels.contains_key(key)).collect();
        self.pods = pods;
    }

    /// Takes off pods that run and are not planned here; `most` are left of any number that an autoscaler may reach.
    pub(super) fn take_off(&mut self, pods: u64, most: Option<u64>) {
        let left = |count: u64| count.saturating_sub(pods).min(most.unwrap_or(u64::MAX));
        self.min_count = self.min_count.map(left);
        self.max_count = self.max_count.map(left);
        self.count = left(self.count);
    }

    /// Whether it is a part of a workload that the zones of its volumes divide.
    pub(super) fn is_part(&self) -> bool {
        self.name != self.origin
    }
}

/// The nodes of the file: those that are counted, and those that are left out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Standing<'s> {
    pub counted: &'s BTreeSet<&'s str>,
    pub outside: &'s BTreeSet<&'s str>,
}

/// What a workload is read among.
#[derive(Debug, Clone, Copy)]
pub(super) struct Surroundings<'s, 'a> {
    pub all: &'s [Workload<'a>],
    pub zones: &'s [Zone],
    /// Labels, with their namespace, of pods that run and are not planned.
    pub left_out: &'s BTreeSet<(String, Labels)>,
    /// Taints that a node of a plan may have.
    pub taints: &'s BTreeSet<Taint>,
    pub policy: &'s Policy,
    /// Labels that nodes of one pool have differently.
    pub unsure: &'s Unsure,
    /// Node pools of today.
    pub pools: &'s [DeployedGroup],
    /// Whether nodes of today stand in more zones than are planned.
    pub has_zones_elsewhere: bool,
    /// The nodes of the file.
    pub standing: Standing<'s>,
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

//! Nodes of today: instances with their room, labels, taints and price; and the node pools that they are of.
//!
//! Source: Kubernetes API reference, `Node`; labels of Karpenter, of managed node groups and of eksctl.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::attributes::Attributes;
use crate::domain::capacity::Capacity;
use crate::domain::cluster::{ContainerInstance, RegisteredResources};
use crate::domain::deployed::DeployedGroup;
use crate::domain::kubernetes::Taint;
use crate::domain::node_labels::{
    CAPACITY, CAPACITY_OF_GROUPS, INSTANCE_TYPE, REGION, RESERVED, SYSTEM, ZONE, ZONE_ID,
    is_derived,
};
use crate::domain::policy::KeepInstances;
use crate::domain::quantity::{CpuUnits, EniCount, GpuCount, MemoryMib};
use crate::domain::query::Expression;
use crate::domain::task::ReservedPorts;
use crate::io::cursor::{Cursor, Log};
use crate::io::document::Value;

use super::node_pools::{self, Template};
use super::notes::{Notes, Today};
use super::objects::{Object, Objects};
use super::selector::{Labels, Unsure, labels};
use super::{quantity, request, taints};

/// Labels by which a node names its pool, the first that it has.
const POOL: [&str; 4] = [
    "karpenter.sh/nodepool",
    "eks.amazonaws.com/nodegroup",
    "alpha.eksctl.io/nodegroup-name",
    "karpenter.sh/provisioner-name",
];
/// How EKS runs a node: `ec2`, `auto`, `fargate`, `hybrid`.
pub(super) const COMPUTE: &str = "eks.amazonaws.com/compute-type";
const CLUSTER: [&str; 2] = [
    "alpha.eksctl.io/cluster-name",
    "eks.amazonaws.com/cluster-name",
];

/// What the nodes of the file say.
#[derive(Debug, Default)]
pub(super) struct Nodes {
    pub instances: Vec<ContainerInstance>,
    pub pools: Vec<DeployedGroup>,
    pub taints: BTreeSet<Taint>,
    /// Names of zones, with their ids where nodes show them.
    pub zones: BTreeMap<String, Option<String>>,
    pub unsure: Unsure,
    cluster: BTreeSet<String>,
}

/// A node as far as its pool is concerned.
struct OfPool {
    labels: Labels,
    taints: BTreeSet<Taint>,
    instance_type: String,
    zone: Option<String>,
}

impl Nodes {
    pub(super) fn read(
        objects: &Objects<'_>,
        (keep, only): (KeepInstances, Option<&str>),
        notes: &mut Notes,
        log: &mut Log,
    ) -> Self {
        let mut nodes = Self::default();
        let mut pools: BTreeMap<String, Vec<OfPool>> = BTreeMap::new();
        for object in objects.of_kind("Node") {
            let own = labels(object.at.get("metadata"), "labels");
            if let Some(why) = left_out(&own, only) {
                // Where the file shows no pods, those on such nodes are planned; pods of Windows never are.
                let today = if why == OF_WINDOWS {
                    Today::IsTheSame
                } else {
                    objects.today_without_pods()
                };
                notes.left_out(&object.name, why, today);
                continue;
            }
            let Some(node) = nodes.add(object, &own, log) else {
                notes.left_out(
                    &object.name,
                    "nodes without the label `node.kubernetes.io/instance-type`",
                    Today::Differs,
                );
                continue;
            };
            if own.get(CAPACITY).is_some_and(|it| it == RESERVED) {
                notes.as_on_demand(&object.name, true);
            } else if !own.contains_key(CAPACITY) && !own.contains_key(CAPACITY_OF_GROUPS) {
                notes.as_on_demand(&object.name, false);
            }
            if keep == KeepInstances::All && nodes.instances.last().is_some_and(|it| !it.active) {
                notes.takes_no_pods(&object.name);
            }
            let pool = first(&own, &POOL).unwrap_or_default().to_owned();
            pools.entry(pool).or_default().push(node);
            nodes
                .cluster
                .extend(first(&own, &CLUSTER).map(str::to_owned));
        }
        for of_pool in pools.values() {
            nodes.add_unsure(of_pool);
        }
        nodes.pools = (pools.into_iter())
            .map(|(name, nodes)| pool(name, &nodes))
            .collect();
        for template in node_pools::read(objects, log) {
            nodes.add_template(template);
        }
        nodes
    }

    /// The cluster's name, where all nodes that name one name the same.
    pub(super) fn cluster_name(&self) -> Option<String> {
        let only = self.cluster.len() == 1;
        self.cluster.first().filter(|_| only).cloned()
    }

    fn add(&mut self, object: &Object<'_>, own: &Labels, log: &mut Log) -> Option<OfPool> {
        let instance_type = first(own, &INSTANCE_TYPE)?.to_owned();
        let spec = object.at.get("spec");
        let taints: BTreeSet<Taint> = (spec.as_ref())
            .map(|spec| spec.list(log, "taints"))
            .unwrap_or_default()
            .iter()
            .filter_map(|item| taints::taint(item, log))
            .collect();
        let zone = first(own, &ZONE).map(str::to_owned);
        if let Some(zone) = &zone {
            let id = self.zones.entry(zone.clone()).or_default();
            *id = id.take().or_else(|| own.get(ZONE_ID).cloned());
        }
        let is_true = |key: &str| {
            let field = spec.as_ref().and_then(|spec| spec.get(key));
            field.is_some_and(|it| it.node.value == Value::Bool(true))
        };
        self.taints.extend(taints.iter().cloned());
        self.instances.push(ContainerInstance {
            id: object.name.clone(),
            instance_type: instance_type.clone(),
            availability_zone: zone.clone(),
            capacity_provider: first(own, &POOL).map(str::to_owned),
            registered: room(object, log),
            attributes: attributes(own.iter(), taints.iter()),
            reserved_ports: ReservedPorts::NoneOfNodes,
            active: !is_true("unschedulable") && is_ready(object, log),
            is_registered: true,
            purchase_option: bought(own),
        });
        Some(OfPool {
            labels: own.clone(),
            taints,
            instance_type,
            zone,
        })
    }

    /// A pool by its template. Where nodes are of it these say what they have; what the template leaves open a new one may have all the same.
    fn add_template(&mut self, template: Template) {
        let Template {
            name,
            labels,
            taints,
            open,
        } = template;
        let known = self.pools.iter().find(|pool| pool.name == name);
        for (key, values) in open {
            let shared = known.and_then(|pool| pool.attributes.get(&key)).flatten();
            let others = values.iter().filter(|value| shared != Some(value.as_str()));
            self.unsure
                .entry(key.clone())
                .or_default()
                .extend(others.cloned());
        }
        if known.is_none() {
            self.taints.extend(taints.iter().cloned());
            self.pools.push(DeployedGroup {
                attributes: attributes(labels.iter(), taints.iter()),
                ..pool(name, &[])
            });
        }
    }

    /// Keeps in mind which labels nodes of one pool have differently.
    fn add_unsure(&mut self, pool: &[OfPool]) {
        let all = pool.iter().flat_map(|node| &node.labels);
        for (key, value) in all.filter(|(key, _)| !is_derived(key)) {
            if (pool.iter()).any(|node| node.labels.get(key) != Some(value)) {
                let values = self.unsure.entry(key.clone()).or_default();
                values.insert(value.clone());
            }
        }
    }

    /// Forgets labels that no rule reads: nodes that differ in nothing else are one kind of node.
    pub(super) fn keep_what_is_read<'e>(&mut self, rules: impl Iterator<Item = &'e Expression>) {
        let read: BTreeSet<&str> = rules.flat_map(Expression::attribute_names).collect();
        let kept = |all: &Attributes| {
            let mut kept = Attributes::default();
            for (name, value) in all.iter().filter(|(name, _)| read.contains(name)) {
                kept.set(name, value);
            }
            kept
        };
        for instance in &mut self.instances {
            instance.attributes = kept(&instance.attributes);
        }
        for pool in &mut self.pools {
            pool.attributes = kept(&pool.attributes);
        }
    }
}

fn first<'l>(labels: &'l Labels, names: &[&str]) -> Option<&'l str> {
    names
        .iter()
        .find_map(|name| labels.get(*name))
        .map(String::as_str)
}

/// Regions of the nodes that are instances of EC2.
pub(super) fn regions(objects: &Objects<'_>) -> BTreeSet<String> {
    let all = objects.of_kind("Node");
    all.map(|node| labels(node.at.get("metadata"), "labels"))
        .filter(|own| of_another_kind(own).is_none())
        .filter_map(|own| first(&own, &REGION).map(str::to_owned))
        .collect()
}

/// Names of the nodes that are left out.
pub(super) fn outside<'o>(objects: &'o Objects<'_>, only: Option<&str>) -> BTreeSet<&'o str> {
    let nodes = objects.of_kind("Node");
    let outside =
        nodes.filter(|node| left_out(&labels(node.at.get("metadata"), "labels"), only).is_some());
    outside.map(|node| node.name.as_str()).collect()
}

/// Why a node is none that is planned: no instance of EC2 that runs Linux, or one outside the zones of the one Region.
fn left_out(own: &Labels, only: Option<&str>) -> Option<&'static str> {
    if let Some(why) = of_another_kind(own) {
        return Some(why);
    }
    if first(own, &ZONE).is_some_and(is_beside_the_region) {
        return Some(
            "nodes of Local Zones and Wavelength Zones, which have prices and types of their own",
        );
    }
    let is_there = |only| first(own, &REGION).is_none_or(|region| region == only);
    (!only.is_none_or(is_there)).then_some("nodes of another Region")
}

const OF_WINDOWS: &str = "nodes of Windows";

/// Why a node is no instance of EC2 that runs Linux.
fn of_another_kind(own: &Labels) -> Option<&'static str> {
    match own.get(COMPUTE).map(String::as_str) {
        Some("fargate") => return Some("nodes of Fargate, whose pods AWS bills one by one"),
        Some("hybrid") => return Some("hybrid nodes, which stand outside AWS"),
        _ => {}
    }
    (first(own, &SYSTEM) == Some("windows")).then_some(OF_WINDOWS)
}

/// Whether a zone is none of its Region's Availability Zones: behind the Region's number stands a place, as in `us-east-1-bos-1a` and
/// `us-east-1-wl1-bos-wlz-1`. Source: AWS documentation, "AWS Local Zones" and "AWS Wavelength", names of zones.
fn is_beside_the_region(zone: &str) -> bool {
    let parts: Vec<&str> = zone.split('-').collect();
    let is_number = |part: &&str| !part.is_empty() && part.bytes().all(|it| it.is_ascii_digit());
    parts
        .split_last()
        .is_some_and(|(_, before)| before.iter().any(is_number))
}

fn bought(own: &Labels) -> Capacity {
    let spot = own.get(CAPACITY).is_some_and(|it| it == "spot")
        || own.get(CAPACITY_OF_GROUPS).is_some_and(|it| it == "SPOT");
    if spot {
        Capacity::Spot
    } else {
        Capacity::OnDemand
    }
}

/// Whether the node says that it is ready, or says nothing.
fn is_ready(object: &Object<'_>, log: &mut Log) -> bool {
    let Some(status) = object.at.get("status") else {
        return true;
    };
    let text = |at: &Cursor<'_>, key: &str| {
        at.get(key)
            .and_then(|it| it.node.value.as_text().map(str::to_owned))
    };
    (status.list(log, "conditions").iter())
        .filter(|condition| text(condition, "type").as_deref() == Some("Ready"))
        .all(|condition| text(condition, "status").as_deref() == Some("True"))
}

/// What the kubelet leaves to pods.
fn room(object: &Object<'_>, log: &mut Log) -> RegisteredResources {
    let status = object.at.get("status");
    // Where a node says its capacity alone, Kubernetes takes that for what it offers.
    let allocatable = status.and_then(|it| it.get("allocatable").or_else(|| it.get("capacity")));
    let Some(allocatable) = allocatable else {
        return RegisteredResources::default();
    };
    let mut amount = |key: &str| {
        let field = allocatable.get(key)?;
        match key {
            "cpu" => quantity::millis(&field, log),
            _ => quantity::whole(&field, log),
        }
    };
    let gpus = amount(request::GPU).unwrap_or(0);
    RegisteredResources {
        cpu: amount("cpu").map(CpuUnits::new),
        memory: amount("memory").map(|bytes| MemoryMib::new(bytes >> 20)),
        gpus: Some(GpuCount::new(gpus)),
        pods: amount("pods").map(EniCount::new),
    }
}

fn attributes<'t>(
    labels: impl Iterator<Item = (&'t String, &'t String)>,
    taints: impl Iterator<Item = &'t Taint>,
) -> Attributes {
    let mut attributes = Attributes::default();
    for (name, value) in labels {
        attributes.set(name, Some(value));
    }
    for taint in taints {
        attributes.set(&taint.attribute(), None);
    }
    attributes
}

/// A pool: the labels and taints that all its nodes have, and that its nodes have not of their type and place.
fn pool(name: String, nodes: &[OfPool]) -> DeployedGroup {
    let shared = |label: &(&String, &String)| {
        !is_derived(label.0)
            && nodes
                .iter()
                .all(|node| node.labels.get(label.0) == Some(label.1))
    };
    let taint_is_shared = |taint: &&Taint| nodes.iter().all(|node| node.taints.contains(*taint));
    let first = nodes.first();
    let own_labels = first
        .into_iter()
        .flat_map(|node| &node.labels)
        .filter(shared);
    let own_taints = first
        .into_iter()
        .flat_map(|node| &node.taints)
        .filter(taint_is_shared);
    let distinct = |of: fn(&OfPool) -> Option<String>| {
        let all: BTreeSet<String> = nodes.iter().filter_map(of).collect();
        all.into_iter().collect::<Vec<_>>()
    };
    let size = nodes.len() as u64;
    DeployedGroup {
        name: if name.is_empty() {
            "nodes".to_owned()
        } else {
            name
        },
        instance_types: distinct(|node| Some(node.instance_type.clone())),
        override_types: Vec::new(),
        attributes: attributes(own_labels, own_taints),
        has_weights: false,
        on_demand_base: 0,
        on_demand_percent: 100,
        spot_allocation_strategy: None,
        min_size: None,
        max_size: None,
        desired_capacity: Some(size),
        zones: distinct(|node| node.zone.clone()),
        protected_from_scale_in: false,
        managed_tag: false,
        launch_template: None,
        takes_other_types: false,
    }
}

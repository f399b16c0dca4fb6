//! What clusters of Kubernetes have that clusters of ECS have not: taints, and rules of pods that are read in two ways.
//!
//! A workload is a [`Service`](super::service::Service) whose tasks are pods, a node a container instance. In such a
//! cluster CPU counts in thousandths of a vCPU, as the scheduler of Kubernetes counts it, and the dimension of network
//! interfaces counts pods: each takes one of the kubelet's `maxPods`. Labels of nodes are attributes, and a taint is an
//! attribute with a name of its own, which a pod that does not tolerate it asks to be absent.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use super::node_labels::is_of_provider;
use super::placement::PlacementConstraint;
use super::quantity::{CpuUnits, MemoryMib};

/// What runs the tasks of a cluster.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Orchestrator {
    /// Amazon ECS.
    #[default]
    Ecs,
    /// Kubernetes, on EKS.
    Kubernetes(Reading),
}

/// How amounts and rules that are not the same for every fleet of Kubernetes are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// What holds everywhere: for the packing.
    Strict,
    /// What the most favourable fleet has: for the bound.
    Loose,
}

/// CPU of one vCPU in a cluster of Kubernetes.
pub const MILLICORES_PER_VCPU: u64 = 1000;

/// What a pod asks for beyond a task of ECS. Where a rule or a size of Kubernetes is not exactly one of the problem, the
/// packing obeys a stricter one and the bound a looser one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent rules of Kubernetes, not one state"
)]
pub struct PodRules {
    /// The pods of the workload are spread evenly over the zones that they may use.
    pub even_over_zones: bool,
    /// The least CPU that a pod of the workload asks for: the packing counts the most.
    pub least_cpu: CpuUnits,
    /// The least memory in whole MiB, rounded down: the packing counts the most, rounded up.
    pub least_memory: MemoryMib,
    /// One pod a node is more than Kubernetes asks for: the bound does not count it.
    pub apart_for_packing_alone: bool,
    /// Task groups of the workload's other parts, where its volumes divide it by zone and one pod a node of all of them is more than
    /// Kubernetes asks for: the bound does not count it.
    pub parts_for_packing_alone: Vec<String>,
    /// Placement constraints that admission may lift, by tolerations that the template does not show: the bound does not count them.
    pub nodes_for_packing_alone: Vec<PlacementConstraint>,
    /// Most pods that find a zone: one in each zone that the workload may use. `None` where no rule keeps its pods in zones apart.
    pub most: Option<u64>,
    /// A daemon with a rule that may keep it from some nodes: the bound counts it on none.
    pub daemon_for_packing_alone: bool,
    /// Even over zones is more than Kubernetes asks for, which counts only zones with a node that the pods may use: the bound does not count
    /// it.
    pub even_for_packing_alone: bool,
    /// The workload of which these pods are a part, where zones of volumes divide it. What a policy says of numbers of tasks holds for the
    /// whole.
    pub whole: Option<Whole>,
    /// Its number is held by a claim that one pod alone may use: headroom has no pod of it.
    pub one_alone: bool,
    /// Pods of the workload, or of the whole that it is a part of, on each node of today; `None` where not all of them run there, or some
    /// otherwise than is planned.
    pub on_nodes: Option<BTreeMap<String, u64>>,
}

/// A workload that the zones of its volumes divide into parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whole {
    /// Its name, `namespace/name`.
    pub name: String,
    /// Its pods now, all parts together.
    pub desired_count: u64,
    /// The least that its autoscaler leaves.
    pub min_count: Option<u64>,
    /// The most that its autoscaler starts.
    pub max_count: Option<u64>,
    /// Whether the whole's headroom is planned with this part.
    pub headroom: HeadroomOfWhole,
}

/// Where the headroom of a divided workload is planned: further replicas have no volume yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeadroomOfWhole {
    /// With another part.
    Elsewhere,
    /// With this one, whose replicas have no volume yet.
    Here,
    /// With this one, though volumes hold it in a zone: there is no other. The bound does not count it.
    HereInPacking,
}

impl PodRules {
    /// Rules for the packing alone on labels that only nodes of one provider have: a node of another satisfies them.
    pub fn rules_of_providers(&self) -> impl Iterator<Item = &PlacementConstraint> {
        self.nodes_for_packing_alone.iter().filter(|constraint| {
            let PlacementConstraint::MemberOf(rule) = constraint else {
                return false;
            };
            rule.attribute_names().into_iter().any(is_of_provider)
        })
    }

    /// Whether packing and bound count a pod of so much CPU and memory differently.
    #[must_use]
    pub fn is_read_in_two_ways(&self, cpu: CpuUnits, memory: MemoryMib) -> bool {
        self.apart_for_packing_alone
            || !self.parts_for_packing_alone.is_empty()
            || !self.nodes_for_packing_alone.is_empty()
            || self.daemon_for_packing_alone
            || self.even_for_packing_alone
            || self.least_cpu < cpu
            || self.least_memory < memory
    }
}

/// What a taint does to pods that do not tolerate it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TaintEffect {
    /// None starts there.
    NoSchedule,
    /// None starts there, and those that run are stopped.
    NoExecute,
}

/// A taint of a node. `PreferNoSchedule` is no rule and none of these.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Taint {
    /// Key.
    pub key: String,
    /// Value; empty where it has none.
    pub value: String,
    /// Effect.
    pub effect: TaintEffect,
}

/// Begins the name of the attribute that stands for a taint; no label of Kubernetes has two slashes.
const TAINT: &str = "taint//";

impl Taint {
    /// Name of the attribute that a node with the taint has.
    #[must_use]
    pub fn attribute(&self) -> String {
        format!("{TAINT}{self}")
    }

    /// The taint that an attribute stands for, as `kubectl` writes it.
    #[must_use]
    pub fn of_attribute(name: &str) -> Option<&str> {
        name.strip_prefix(TAINT)
    }
}

/// As `kubectl taint` writes it: `key=value:NoSchedule`, or `key:NoSchedule`.
impl fmt::Display for Taint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let effect = match self.effect {
            TaintEffect::NoSchedule => "NoSchedule",
            TaintEffect::NoExecute => "NoExecute",
        };
        let Self { key, value, .. } = self;
        if value.is_empty() {
            write!(f, "{key}:{effect}")
        } else {
            write!(f, "{key}={value}:{effect}")
        }
    }
}

impl FromStr for Taint {
    type Err = String;

    /// Reads what `kubectl taint` takes.
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a taint such as `dedicated=batch:NoSchedule`");
        let (of_node, effect) = text.trim().rsplit_once(':').ok_or_else(wrong)?;
        let effect = match effect {
            "NoSchedule" => TaintEffect::NoSchedule,
            "NoExecute" => TaintEffect::NoExecute,
            _ => return Err(wrong()),
        };
        let (key, value) = of_node.split_once('=').unwrap_or((of_node, ""));
        let is_plain = |text: &str| {
            (text.chars()).all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '/'))
        };
        if key.is_empty() || !is_plain(key) || !is_plain(value) {
            return Err(wrong());
        }
        Ok(Self {
            key: key.to_owned(),
            value: value.to_owned(),
            effect,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn taints_are_read_as_kubectl_writes_them() {
        for text in [
            "dedicated=batch:NoSchedule",
            "nvidia.com/gpu:NoSchedule",
            "example.com/drain=a_b:NoExecute",
        ] {
            let taint: Taint = text.parse().expect("a taint");
            assert_eq!(taint.to_string(), text);
            assert_eq!(Taint::of_attribute(&taint.attribute()), Some(text));
        }
        for text in [
            "",
            "a",
            "a=b",
            "a=b:PreferNoSchedule",
            ":NoSchedule",
            "a b:NoSchedule",
        ] {
            assert!(text.parse::<Taint>().is_err(), "{text}");
        }
    }
}

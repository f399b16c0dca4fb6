//! Labels of a node that follow from its instance type, its place and the way it is bought.
//!
//! Source: Kubernetes documentation, "Well-Known Labels, Annotations and Taints"; Karpenter documentation, "Well-Known
//! Labels"; Amazon EKS user guide, capacity types of managed node groups. Labels of Karpenter on bandwidth, local disks
//! and makers of CPUs are not told: the catalogue does not know these, and rules on them are not looked at.

/// The instance type.
pub const INSTANCE_TYPE: [&str; 2] = [
    "node.kubernetes.io/instance-type",
    "beta.kubernetes.io/instance-type",
];
/// The architecture, `amd64` or `arm64`.
pub const ARCHITECTURE: [&str; 2] = ["kubernetes.io/arch", "beta.kubernetes.io/arch"];
/// The operating system.
pub const SYSTEM: [&str; 2] = ["kubernetes.io/os", "beta.kubernetes.io/os"];
/// The zone by name.
pub const ZONE: [&str; 3] = [
    "topology.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/zone",
    "topology.ebs.csi.aws.com/zone",
];
/// The zone by id.
pub const ZONE_ID: &str = "topology.k8s.aws/zone-id";
/// The Region.
pub const REGION: [&str; 2] = [
    "topology.kubernetes.io/region",
    "failure-domain.beta.kubernetes.io/region",
];
/// `on-demand` or `spot`, by Karpenter.
pub const CAPACITY: &str = "karpenter.sh/capacity-type";
/// The value of it of a node that fills a capacity reservation, or a Capacity Block. Source: Karpenter documentation, "On-Demand Capacity
/// Reservations".
pub const RESERVED: &str = "reserved";
/// `ON_DEMAND` or `SPOT`, by EKS.
pub const CAPACITY_OF_GROUPS: &str = "eks.amazonaws.com/capacityType";
/// Karpenter's prefix and that of EKS Auto Mode.
pub const OF_TYPE: [&str; 2] = ["karpenter.k8s.aws/instance-", "eks.amazonaws.com/instance-"];

/// The node's own name.
pub const HOSTNAME: &str = "kubernetes.io/hostname";
/// What is told of a type: the last part of these labels.
pub const TOLD_OF_TYPE: [&str; 10] = [
    "category",
    "family",
    "generation",
    "size",
    "cpu",
    "memory",
    "hypervisor",
    "gpu-count",
    "gpu-name",
    "gpu-manufacturer",
];

/// Whether nodes have a label of which nobody can tell what a new node's says.
#[must_use]
pub fn is_untold(label: &str) -> bool {
    let of_type = OF_TYPE.iter().find_map(|prefix| label.strip_prefix(prefix));
    label == HOSTNAME || of_type.is_some_and(|name| !TOLD_OF_TYPE.contains(&name))
}

/// Whether nodes have a label from what launched them, Karpenter, EKS Auto Mode or a managed node group, and nodes of the others have not.
#[must_use]
pub fn is_of_provider(label: &str) -> bool {
    [CAPACITY, CAPACITY_OF_GROUPS].contains(&label)
        || OF_TYPE.iter().any(|prefix| label.starts_with(prefix))
}

/// Whether a label says the same of every node of a type, a place and a way of buying, or is a name of the node's own.
#[must_use]
pub fn is_derived(label: &str) -> bool {
    let plain = INSTANCE_TYPE
        .iter()
        .chain(&ARCHITECTURE)
        .chain(&SYSTEM)
        .chain(&ZONE)
        .chain(&REGION);
    plain.copied().any(|known| known == label)
        || [ZONE_ID, CAPACITY, CAPACITY_OF_GROUPS, HOSTNAME].contains(&label)
        || OF_TYPE.iter().any(|prefix| label.starts_with(prefix))
}

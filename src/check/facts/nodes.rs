//! Nodes of Kubernetes: what the kubelet of EKS leaves to pods, and the labels and taints of a new node.
//!
//! Source: awslabs/amazon-eks-ami (`bootstrap.sh`, `nodeadm`); Amazon EKS user guide on prefixes; well-known labels of
//! Kubernetes and Karpenter.

use crate::catalogue::published_max_pods;
use crate::domain::attributes::Attributes;
use crate::domain::capacity::Capacity;
use crate::domain::cluster::Cluster;
use crate::domain::instance_type::{CpuArchitecture, Hypervisor, InstanceType};
use crate::domain::policy::Policy;
use crate::domain::quantity::{CpuUnits, EniCount, MemoryMib};
use crate::domain::resources::ResourceVector;

/// Cores up to which a share of each is kept, with the share in hundredths of a percent.
const KEPT_OF_CORES: [(u64, u64); 4] = [(1, 600), (2, 100), (4, 50), (u64::MAX, 25)];

/// Allocatable room of a node whose system sees this memory. Where the policy states the number of pods, images of EKS
/// keep memory for it or for the published one: for the larger, or for the smaller where room is read `loosely`.
pub(super) fn room(
    policy: &Policy,
    known: &InstanceType,
    seen: MemoryMib,
    loosely: bool,
) -> ResourceVector {
    let pods = pods(policy, known);
    let published = published_max_pods(&known.name).unwrap_or(pods);
    let kept_for = if loosely {
        pods.min(published)
    } else {
        pods.max(published)
    };
    let mut hundredths = 0;
    for core in 1..=known.vcpus {
        let share = KEPT_OF_CORES.iter().find(|(up_to, _)| core <= *up_to);
        hundredths += share.map_or(0, |(_, share)| *share);
    }
    // A core is 1000; a hundredth of a percent of it a tenth.
    let cpu = (1000 * known.vcpus).saturating_sub(hundredths / 10);
    let system = 255 + 11 * kept_for;
    let memory = seen.get().saturating_sub(system).saturating_sub(100);
    ResourceVector {
        cpu: CpuUnits::new(cpu),
        memory: MemoryMib::new(memory),
        enis: EniCount::new(pods),
        gpus: known.gpus,
    }
}

/// Most pods of a node; none where nobody says.
fn pods(policy: &Policy, known: &InstanceType) -> u64 {
    if let Some(stated) = policy.max_pods {
        return stated;
    }
    let by_addresses = published_max_pods(&known.name).unwrap_or(0);
    if !policy.prefix_delegation || by_addresses < 2 {
        return by_addresses;
    }
    let cap = if known.vcpus >= 30 { 250 } else { 110 };
    cap.min(16 * (by_addresses - 2) + 2)
}

/// Labels and taints of a new node, those of a node pool apart.
pub(super) fn when_new(
    cluster: &Cluster,
    known: &InstanceType,
    zone: Option<&str>,
    bought: Capacity,
) -> Attributes {
    let mut node = Attributes::default();
    let arch = match known.architecture {
        CpuArchitecture::X86_64 => "amd64",
        CpuArchitecture::Arm64 => "arm64",
    };
    let (karpenter, eks) = if bought.may_be_reclaimed() {
        ("spot", "SPOT")
    } else {
        ("on-demand", "ON_DEMAND")
    };
    for (name, value) in [
        ("kubernetes.io/arch", arch),
        ("beta.kubernetes.io/arch", arch),
        ("kubernetes.io/os", "linux"),
        ("beta.kubernetes.io/os", "linux"),
        ("node.kubernetes.io/instance-type", known.name.as_str()),
        ("beta.kubernetes.io/instance-type", known.name.as_str()),
        ("topology.kubernetes.io/region", cluster.region.as_str()),
        (
            "failure-domain.beta.kubernetes.io/region",
            cluster.region.as_str(),
        ),
        ("karpenter.sh/capacity-type", karpenter),
        ("eks.amazonaws.com/capacityType", eks),
    ] {
        node.set(name, Some(value));
    }
    if let Some(label) = zone {
        for name in [
            "topology.kubernetes.io/zone",
            "failure-domain.beta.kubernetes.io/zone",
            "topology.ebs.csi.aws.com/zone",
        ] {
            node.set(name, Some(label));
        }
        if let Some(id) = cluster.zone(label).and_then(|zone| zone.id.as_deref()) {
            node.set("topology.k8s.aws/zone-id", Some(id));
        }
    }
    for (name, value) in of_karpenter(known) {
        node.set(&format!("karpenter.k8s.aws/instance-{name}"), Some(&value));
        node.set(&format!("eks.amazonaws.com/instance-{name}"), Some(&value));
    }
    for taint in &cluster.policy.tolerated_taints {
        node.set(&taint.attribute(), None);
    }
    node
}

/// What Karpenter's labels say of a type.
fn of_karpenter(known: &InstanceType) -> Vec<(&'static str, String)> {
    let (family, size) = known.name.split_once('.').unwrap_or((&known.name, ""));
    let is_digit = |c: char| c.is_ascii_digit();
    let category: String = family.chars().take_while(|c| !is_digit(*c)).collect();
    let generation = (family.chars().skip_while(|c| !is_digit(*c)))
        .take_while(|c| is_digit(*c))
        .collect();
    let hypervisor = match known.hypervisor {
        Hypervisor::Nitro => "nitro",
        Hypervisor::Xen => "xen",
        Hypervisor::None => "",
    };
    let mut labels = vec![
        ("category", category),
        ("family", family.to_owned()),
        ("generation", generation),
        ("size", size.to_owned()),
        ("cpu", known.vcpus.to_string()),
        ("memory", known.memory.get().to_string()),
        ("hypervisor", hypervisor.to_owned()),
    ];
    if known.gpus.get() > 0 {
        // EC2 gives the name without its maker: Karpenter's labels are `t4`, `a10g`, `l40s`.
        let name = known
            .gpu_name
            .strip_prefix("NVIDIA ")
            .unwrap_or(&known.gpu_name);
        let name = name.to_lowercase().replace(' ', "-");
        labels.push(("gpu-name", name));
        labels.push(("gpu-manufacturer", "nvidia".to_owned()));
        labels.push(("gpu-count", known.gpus.get().to_string()));
    }
    labels
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Catalogue;

    #[test]
    fn room_of_nodes_is_that_worked_out_by_hand() {
        let catalogue = Catalogue::embedded("us-east-1").expect("known");
        let usual = Policy::default();
        let prefixes = Policy {
            prefix_delegation: true,
            ..Policy::default()
        };
        for (name, policy, seen, expected) in [
            ("m5.large", &usual, 7800, (29, 1930, 7126)),
            ("m5.24xlarge", &usual, 390_000, (737, 95_690, 381_538)),
            ("m6g.medium", &usual, 3800, (8, 940, 3357)),
            ("c5.9xlarge", &usual, 70_000, (234, 35_840, 67_071)),
            ("m5.8xlarge", &prefixes, 127_000, (250, 31_850, 123_895)),
            ("m6g.medium", &prefixes, 3800, (98, 940, 2367)),
            ("m5.24xlarge", &prefixes, 390_000, (250, 95_690, 381_538)),
        ] {
            let known = catalogue.instance_type(name).expect("known");
            let room = room(policy, known, MemoryMib::new(seen), false);
            let found = (room.enis.get(), room.cpu.get(), room.memory.get());
            assert_eq!(found, expected, "{name}");
        }
    }
}

//! Labels of a new node of Kubernetes, out of its instance type, its zone and the way it is bought.
//!
//! Source: Kubernetes documentation, "Well-Known Labels, Annotations and Taints"; Karpenter documentation, "Well-Known
//! Labels"; Amazon EKS user guide, capacity types of managed node groups.

use crate::domain::attributes::Attributes;
use crate::domain::capacity::Capacity;
use crate::domain::cluster::Zone;
use crate::domain::instance_type::{CpuArchitecture, Hypervisor, InstanceType};
use crate::domain::node_labels::{
    ARCHITECTURE, CAPACITY, CAPACITY_OF_GROUPS, INSTANCE_TYPE, OF_TYPE, REGION, SYSTEM, ZONE,
    ZONE_ID,
};
use crate::domain::quantity::GpuCount;

/// The labels of a new node.
pub fn of_new_node(
    instance_type: &InstanceType,
    region: &str,
    zone: Option<&Zone>,
    capacity: Capacity,
) -> Attributes {
    let mut labels = Attributes::default();
    let mut set = |names: &[&str], value: &str| {
        for name in names {
            labels.set(name, Some(value));
        }
    };
    set(&INSTANCE_TYPE, &instance_type.name);
    set(&ARCHITECTURE, architecture(instance_type.architecture));
    set(&SYSTEM, "linux");
    set(&REGION, region);
    if let Some(zone) = zone {
        set(&ZONE, zone.label());
        if let Some(id) = &zone.id {
            set(&[ZONE_ID], id);
        }
    }
    for (name, value) in of_type(instance_type) {
        for prefix in OF_TYPE {
            labels.set(&format!("{prefix}{name}"), Some(&value));
        }
    }
    set_capacity(&mut labels, capacity);
    labels
}

/// Says in which way a node is bought.
pub fn set_capacity(labels: &mut Attributes, capacity: Capacity) {
    let [of_karpenter, of_groups] = if capacity.may_be_reclaimed() {
        ["spot", "SPOT"]
    } else {
        ["on-demand", "ON_DEMAND"]
    };
    labels.set(CAPACITY, Some(of_karpenter));
    labels.set(CAPACITY_OF_GROUPS, Some(of_groups));
}

/// The word of Kubernetes.
const fn architecture(architecture: CpuArchitecture) -> &'static str {
    match architecture {
        CpuArchitecture::X86_64 => "amd64",
        CpuArchitecture::Arm64 => "arm64",
    }
}

/// What Karpenter says of a type, by the label's last part.
fn of_type(instance_type: &InstanceType) -> Vec<(&'static str, String)> {
    let family = instance_type.family();
    let size = instance_type
        .name
        .split_once('.')
        .map_or("", |(_, size)| size);
    let letters = family
        .find(|c: char| c.is_ascii_digit())
        .map_or(family, |end| &family[..end]);
    let generation: String = (family[letters.len()..].chars())
        .take_while(char::is_ascii_digit)
        .collect();
    let hypervisor = match instance_type.hypervisor {
        Hypervisor::Nitro => "nitro",
        Hypervisor::Xen => "xen",
        Hypervisor::None => "",
    };
    let mut labels = vec![
        ("category", letters.to_owned()),
        ("family", family.to_owned()),
        ("generation", generation),
        ("size", size.to_owned()),
        ("cpu", instance_type.vcpus.to_string()),
        ("memory", instance_type.memory.get().to_string()),
        ("hypervisor", hypervisor.to_owned()),
    ];
    if instance_type.gpus > GpuCount::ZERO {
        labels.push(("gpu-count", instance_type.gpus.get().to_string()));
        labels.push(("gpu-manufacturer", "nvidia".to_owned()));
        labels.push((
            "gpu-name",
            // As EC2 names it, without the maker: `t4`, `a10g`, `l40s`.
            gpu_name(&instance_type.gpu_name),
        ));
    }
    labels
}

/// The name of a GPU as Karpenter's label has it.
/// Source: Karpenter, well-known labels: `karpenter.k8s.aws/instance-gpu-name` of a g4dn is `t4`.
fn gpu_name(known: &str) -> String {
    let without_maker = known.strip_prefix("NVIDIA ").unwrap_or(known);
    without_maker.to_lowercase().replace(' ', "-")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Catalogue;

    #[test]
    fn a_node_has_the_labels_of_its_type_its_zone_and_its_price() {
        let catalogue = Catalogue::embedded("us-east-1").expect("known");
        let zone = Zone {
            name: Some("us-east-1a".to_owned()),
            id: Some("use1-az1".to_owned()),
        };
        let labels = |name: &str, capacity| {
            let known = catalogue.instance_type(name).expect("known");
            of_new_node(known, "us-east-1", Some(&zone), capacity)
        };
        let of = labels("m7g.2xlarge", Capacity::Spot);
        for (name, value) in [
            ("kubernetes.io/arch", "arm64"),
            ("kubernetes.io/os", "linux"),
            ("node.kubernetes.io/instance-type", "m7g.2xlarge"),
            ("topology.kubernetes.io/zone", "us-east-1a"),
            ("topology.k8s.aws/zone-id", "use1-az1"),
            ("topology.kubernetes.io/region", "us-east-1"),
            ("karpenter.sh/capacity-type", "spot"),
            ("eks.amazonaws.com/capacityType", "SPOT"),
            ("karpenter.k8s.aws/instance-category", "m"),
            ("karpenter.k8s.aws/instance-family", "m7g"),
            ("karpenter.k8s.aws/instance-generation", "7"),
            ("karpenter.k8s.aws/instance-size", "2xlarge"),
            ("karpenter.k8s.aws/instance-cpu", "8"),
            ("karpenter.k8s.aws/instance-memory", "32768"),
            ("eks.amazonaws.com/instance-hypervisor", "nitro"),
        ] {
            assert_eq!(of.get(name), Some(Some(value)), "{name}");
        }
        assert_eq!(of.get("karpenter.k8s.aws/instance-gpu-count"), None);
        let of = labels("g4dn.12xlarge", Capacity::OnDemand);
        assert_eq!(
            of.get("karpenter.k8s.aws/instance-gpu-name"),
            Some(Some("t4"))
        );
        assert_eq!(
            of.get("karpenter.k8s.aws/instance-gpu-count"),
            Some(Some("4"))
        );
        assert_eq!(
            of.get("karpenter.sh/capacity-type"),
            Some(Some("on-demand"))
        );
    }
}

//! What a node of EKS offers to pods: its instance less what the kubelet keeps.
//!
//! ```text
//! CPU      1000 · vCPUs − (60 for the first, 10 for the second, 5 for each of the next two, 2.5 for each further one)
//! memory   what the system sees − (255 + 11 · pods) − 100 of the eviction threshold, in MiB
//! pods     maxPods; where the policy states it, Amazon Linux keeps memory for the pods that AWS publishes and Bottlerocket
//!          for those that are stated: the packing counts the larger number, the bound the smaller one
//! maxPods  interfaces · (addresses − 1) + 2; with prefix delegation interfaces · (addresses − 1) · 16 + 2, at most 110
//!          on types below 30 vCPUs and 250 on others; or what the policy says
//! ```
//! Source: awslabs/amazon-eks-ami, `nodeadm` and `bootstrap.sh` (reserved CPU and memory, evictionHard); Karpenter,
//! `UsesENILimitedMemoryOverhead` of its image families; Amazon EKS user guide, "Choosing an Amazon EC2 instance type" and
//! "Assign more IP addresses to nodes with prefixes".

use crate::domain::instance_type::InstanceType;
use crate::domain::kubernetes::MILLICORES_PER_VCPU;
use crate::domain::policy::Policy;
use crate::domain::quantity::{CpuUnits, EniCount, MemoryMib};
use crate::domain::resources::ResourceVector;

/// MiB that the kubelet keeps on every node, and for each pod.
const RESERVED_MIB: u64 = 255;
const RESERVED_MIB_PER_POD: u64 = 11;
/// MiB below which pods are evicted.
const EVICTION_MIB: u64 = 100;
/// Addresses of a prefix, and those that are the hosts' own.
const ADDRESSES_OF_PREFIX: u64 = 16;
const HOST_PODS: u64 = 2;
/// vCPUs from which prefix delegation allows the larger number of pods, and both numbers.
const LARGE_VCPUS: u64 = 30;
const MOST_WITH_PREFIXES: (u64, u64) = (110, 250);

/// Thousandths of a vCPU that the kubelet keeps.
pub const fn reserved_cpu(vcpus: u64) -> u64 {
    // In ten-thousandths, so that a quarter of a percent is whole.
    let first = if vcpus >= 1 { 600 } else { 0 };
    let second = if vcpus >= 2 { 100 } else { 0 };
    let next = if vcpus > 4 {
        2
    } else {
        vcpus.saturating_sub(2)
    };
    (first + second + next * 50 + vcpus.saturating_sub(4) * 25) / 10
}

/// Pods that the kubelet takes on a type of which EKS publishes `published`; `None` where neither says it.
pub fn max_pods(
    instance_type: &InstanceType,
    published: Option<u64>,
    policy: &Policy,
) -> Option<u64> {
    if policy.max_pods.is_some() {
        return policy.max_pods;
    }
    let published = published?;
    if !policy.prefix_delegation {
        return Some(published);
    }
    let (small, large) = MOST_WITH_PREFIXES;
    let most = if instance_type.vcpus < LARGE_VCPUS {
        small
    } else {
        large
    };
    let addresses = published.saturating_sub(HOST_PODS) * ADDRESSES_OF_PREFIX + HOST_PODS;
    Some(addresses.min(most))
}

/// Pods for which the kubelet keeps memory, of a type of which EKS publishes `published` and which takes `most`: by the
/// image that keeps most, or least.
pub fn pods_kept_for(published: Option<u64>, most: Option<u64>, is_loose: bool) -> u64 {
    let known = published.into_iter().chain(most);
    let pods = if is_loose { known.min() } else { known.max() };
    pods.unwrap_or(0)
}

/// What a node of the type offers to pods, daemons included, out of the memory that its system sees; no pod where the
/// number of pods is not known.
pub fn allocatable(
    instance_type: &InstanceType,
    memory: MemoryMib,
    max_pods: Option<u64>,
    kept_for: u64,
) -> ResourceVector {
    let pods = max_pods.unwrap_or(0);
    let kept = RESERVED_MIB_PER_POD
        .saturating_mul(kept_for)
        .saturating_add(RESERVED_MIB + EVICTION_MIB);
    let cpu = instance_type.vcpus.saturating_mul(MILLICORES_PER_VCPU);
    ResourceVector {
        cpu: CpuUnits::new(cpu.saturating_sub(reserved_cpu(instance_type.vcpus))),
        memory: memory.saturating_sub(MemoryMib::new(kept)),
        enis: EniCount::new(pods),
        gpus: instance_type.gpus,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::{Catalogue, published_max_pods};

    #[test]
    fn reserved_cpu_is_that_of_the_kubelet_of_eks() {
        // By hand: 60 + 10 + 5·2 + 2.5·(n − 4).
        for (vcpus, kept) in [
            (1, 60),
            (2, 70),
            (3, 75),
            (4, 80),
            (8, 90),
            (16, 110),
            (32, 150),
            (36, 160),
            (48, 190),
            (64, 230),
            (72, 250),
            (96, 310),
            (128, 390),
            (192, 550),
        ] {
            assert_eq!(reserved_cpu(vcpus), kept, "{vcpus}");
        }
    }

    #[test]
    fn room_of_nodes_is_that_worked_out_by_hand() {
        let catalogue = Catalogue::embedded("us-east-1").expect("known");
        let usual = Policy::default();
        let prefixes = Policy {
            prefix_delegation: true,
            ..Policy::default()
        };
        let thirty = Policy {
            max_pods: Some(30),
            ..Policy::default()
        };
        // Memory that the system sees, pods, thousandths of a vCPU, MiB: 11 a pod and 355 are kept.
        for (name, policy, seen, pods, cpu, memory) in [
            ("m5.large", &usual, 7800, 29, 1930, 7126),
            ("m5.xlarge", &usual, 15_600, 58, 3920, 14_607),
            ("m5.2xlarge", &usual, 31_500, 58, 7910, 30_507),
            ("m5.4xlarge", &usual, 63_000, 234, 15_890, 60_071),
            ("m5.24xlarge", &usual, 390_000, 737, 95_690, 381_538),
            ("t3.medium", &usual, 3840, 17, 1930, 3298),
            ("t3.small", &usual, 1900, 11, 1930, 1424),
            ("m6g.medium", &usual, 3800, 8, 940, 3357),
            ("c5.9xlarge", &usual, 70_000, 234, 35_840, 67_071),
            ("c5.18xlarge", &usual, 140_000, 737, 71_750, 131_538),
            // 27 · 16 + 2 = 434, and no more than 110; 6 · 16 + 2 = 98.
            ("m5.large", &prefixes, 7800, 110, 1930, 6235),
            ("m6g.medium", &prefixes, 3800, 98, 940, 2367),
            ("m5.8xlarge", &prefixes, 127_000, 250, 31_850, 123_895),
            // Memory is kept for the 737 that are published, not for the 250 that prefixes allow: 390 000 − 355 − 8107.
            ("m5.24xlarge", &prefixes, 390_000, 250, 95_690, 381_538),
            // 30 pods, and memory kept for the 58 that are published.
            ("m5.xlarge", &thirty, 15_600, 30, 3920, 14_607),
            // 30 are more than 17: 3840 − 355 − 330.
            ("t3.medium", &thirty, 3840, 30, 1930, 3155),
            ("m6i.8xlarge", &usual, 127_000, 234, 31_850, 124_071),
            ("m6i.16xlarge", &usual, 255_000, 737, 63_770, 246_538),
            ("c7g.large", &usual, 3700, 29, 1930, 3026),
            ("r5.2xlarge", &usual, 63_600, 58, 7910, 62_607),
            ("g4dn.xlarge", &usual, 15_500, 29, 3920, 14_826),
        ] {
            let known = catalogue.instance_type(name).expect("known");
            let published = published_max_pods(name);
            let most = max_pods(known, published, policy);
            let kept_for = pods_kept_for(published, most, false);
            let room = allocatable(known, MemoryMib::new(seen), most, kept_for);
            let found = (room.enis.get(), room.cpu.get(), room.memory.get());
            assert_eq!(found, (pods, cpu, memory), "{name}");
        }
        let known = catalogue.instance_type("m5.large").expect("known");
        assert_eq!(max_pods(known, None, &usual), None);
        let memory = MemoryMib::new(8000);
        assert_eq!(allocatable(known, memory, None, 0).enis.get(), 0);
    }

    #[test]
    fn the_bound_keeps_memory_for_the_fewer_pods() {
        for (published, most, strict, loose) in [
            (Some(29), Some(110), 110, 29),
            (Some(737), Some(250), 737, 250),
            (Some(58), Some(30), 58, 30),
            (Some(58), Some(58), 58, 58),
            (None, Some(20), 20, 20),
            (None, None, 0, 0),
        ] {
            assert_eq!(pods_kept_for(published, most, false), strict);
            assert_eq!(pods_kept_for(published, most, true), loose);
        }
    }
}

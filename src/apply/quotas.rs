//! What the steps of a plan need of an account's quotas, and which of them they would pass: a group that cannot be made, or instances that
//! EC2 does not launch, are better known before the first step than in the middle.
//!
//! Only what is surely needed counts, and of vCPUs only this cluster's: what else the account runs is not seen, so that a quota that
//! is passed here is passed in any case. Sources: Amazon EC2 Auto Scaling API reference, `DescribeAccountLimits`; Amazon
//! EC2 user guide, "Amazon EC2 instance quotas" (vCPUs by family); names and codes of the quotas as Service Quotas lists them.

use std::collections::{BTreeMap, BTreeSet};

use super::state::State;
use super::step::{Step, Work};
use crate::domain::capacity::Capacity;

/// vCPUs that EC2 counts together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pool {
    /// On-Demand of the families A, C, D, H, I, M, R, T, Z.
    Standard,
    /// Spot of the same.
    StandardSpot,
    /// On-Demand of G and VT.
    Graphics,
    /// Spot of the same.
    GraphicsSpot,
    /// On-Demand of P.
    Accelerated,
}

impl Pool {
    /// The pool of an instance type, where it is one of those that are looked at.
    #[must_use]
    pub fn of(instance_type: &str, capacity: Capacity) -> Option<Self> {
        let is_letter = |letter: &char| letter.is_ascii_alphabetic();
        let family: String = instance_type.chars().take_while(is_letter).collect();
        let is_spot = match capacity {
            Capacity::OnDemand => false,
            Capacity::Spot => true,
            Capacity::Fargate
            | Capacity::FargateSpot
            | Capacity::Managed
            | Capacity::ManagedSpot
            | Capacity::External => return None,
        };
        // `im4gn` and `is4gen` are storage optimised; `inf`, `hpc`, `trn`, `dl` and `mac` have quotas of their own.
        match (family.as_str(), is_spot) {
            ("a" | "c" | "d" | "h" | "i" | "im" | "is" | "m" | "r" | "t" | "z", false) => {
                Some(Self::Standard)
            }
            ("a" | "c" | "d" | "h" | "i" | "im" | "is" | "m" | "r" | "t" | "z", true) => {
                Some(Self::StandardSpot)
            }
            ("g" | "gr" | "vt", false) => Some(Self::Graphics),
            ("g" | "gr" | "vt", true) => Some(Self::GraphicsSpot),
            ("p", false) => Some(Self::Accelerated),
            _ => None,
        }
    }
}

/// A quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Quota {
    /// Auto Scaling groups of the Region.
    Groups,
    /// Capacity providers of a cluster.
    Providers,
    /// vCPUs of running instances.
    Vcpus(Pool),
}

impl Quota {
    /// The service and the code under which Service Quotas has it; none of Auto Scaling's, which tells them itself.
    #[must_use]
    pub const fn code(self) -> Option<(&'static str, &'static str)> {
        Some(match self {
            Self::Groups => return None,
            Self::Providers => ("ecs", "L-A24B7D58"),
            Self::Vcpus(Pool::Standard) => ("ec2", "L-1216C47A"),
            Self::Vcpus(Pool::StandardSpot) => ("ec2", "L-34B43A08"),
            Self::Vcpus(Pool::Graphics) => ("ec2", "L-DB2E81BA"),
            Self::Vcpus(Pool::GraphicsSpot) => ("ec2", "L-3819A6DF"),
            Self::Vcpus(Pool::Accelerated) => ("ec2", "L-417A185B"),
        })
    }
}

/// vCPUs of a kind of instance: its provider and pool, with those of today and of the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Running {
    /// Capacity provider; none of instances outside any.
    pub provider: Option<String>,
    /// Instance type.
    pub instance_type: String,
    /// How they are bought.
    pub capacity: Capacity,
    /// vCPUs of those that run today.
    pub today: u64,
    /// vCPUs of those of the plan.
    pub planned: u64,
}

/// What steps need of each quota.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs {
    /// Groups that are made.
    pub new_groups: u64,
    /// Most providers of groups in the cluster's list, where some are added to it.
    pub providers: Option<u64>,
    /// vCPUs of the cluster with the new instances beside the old, of pools in which any are added.
    pub vcpus: BTreeMap<Pool, u64>,
}

/// A quota that is passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Passed {
    /// Which.
    pub quota: Quota,
    /// So much is needed.
    pub needed: u64,
    /// So much is allowed.
    pub allowed: u64,
}

impl Needs {
    /// Of these steps, with the instances of today and of the plan.
    #[must_use]
    pub fn of(steps: &[Step], running: &[Running]) -> Self {
        let mut needs = Self::default();
        for step in steps {
            let Work::Change(change) = &step.work else {
                continue;
            };
            match (&change.expects, &change.leaves) {
                (None, Some(State::Group(_))) => needs.new_groups += 1,
                (Some(State::Cluster(from)), Some(State::Cluster(to)))
                    if !to.providers.is_subset(&from.providers) =>
                {
                    let of_groups = |names: &BTreeSet<String>| {
                        let own = |name: &&String| Capacity::of_fargate_provider(name).is_none();
                        names.iter().filter(own).count() as u64
                    };
                    needs.providers = needs.providers.max(Some(of_groups(&to.providers)));
                }
                _ => {}
            }
        }
        if !steps.is_empty() {
            needs.vcpus = vcpus(running);
        }
        needs
    }
}

fn vcpus(running: &[Running]) -> BTreeMap<Pool, u64> {
    let pooled =
        || (running.iter()).filter_map(|it| Some((Pool::of(&it.instance_type, it.capacity)?, it)));
    let grows: BTreeSet<Pool> = pooled()
        .filter(|(_, it)| it.planned > it.today)
        .map(|(pool, _)| pool)
        .collect();
    let mut needed = BTreeMap::new();
    for (pool, it) in pooled().filter(|(pool, _)| grows.contains(pool)) {
        *needed.entry(pool).or_default() += it.planned.max(it.today);
    }
    needed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apply::fixture;
    use crate::apply::state::Target;

    fn running(provider: &str, kind: &str, [today, planned]: [u64; 2]) -> Running {
        Running {
            provider: Some(provider.to_owned()),
            instance_type: kind.to_owned(),
            capacity: Capacity::OnDemand,
            today,
            planned,
        }
    }

    #[test]
    fn families_count_to_their_pools() {
        let pool = |kind: &str| Pool::of(kind, Capacity::OnDemand);
        assert_eq!(pool("m7g.large"), Some(Pool::Standard));
        assert_eq!(pool("im4gn.large"), Some(Pool::Standard));
        assert_eq!(pool("g5.xlarge"), Some(Pool::Graphics));
        assert_eq!(
            Pool::of("g5.xlarge", Capacity::Spot),
            Some(Pool::GraphicsSpot)
        );
        for kind in [
            "inf2.xlarge",
            "x2gd.large",
            "hpc7g.4xlarge",
            "u-3tb1.56xlarge",
            "trn1.2xlarge",
        ] {
            assert_eq!(pool(kind), None, "{kind}");
        }
    }

    #[test]
    fn new_instances_are_beside_the_old_and_pools_that_do_not_grow_are_not_asked_about() {
        let all = [
            running("old", "m5.large", [8, 0]),
            running("new", "c7g.large", [0, 6]),
            running("kept", "r5.large", [4, 2]),
            running("gpu", "g5.xlarge", [4, 4]),
        ];
        let change = |from: &[&str], to: &[&str]| {
            let state = |names: &[&str]| Some(fixture::cluster(names, "old"));
            fixture::step(fixture::change(
                Target::Cluster("c".to_owned()),
                state(from),
                state(to),
            ))
        };
        let steps = [
            change(&["old", "FARGATE"], &["old", "new", "FARGATE"]),
            change(&["old", "new"], &["new"]),
        ];
        let needs = Needs::of(&steps, &all);
        assert_eq!(needs.providers, Some(2));
        assert_eq!(needs.vcpus, [(Pool::Standard, 18)].into());
        assert_eq!(Needs::of(&[], &all), Needs::default());
    }
}

//! Which instance types a policy lets through, and every reason why one is not.
//!
//! Four classes of types are left out unless they are asked for, and naming is asking:
//! * burstable and bare-metal types come back when `allowedInstanceTypes` holds their exact name (no
//!   wildcard), or through the policy keys `burstable` and `bareMetal`;
//! * `hpc*` types and types that today's ECS-optimised image does not run on come back when a pattern of
//!   `allowedInstanceTypes` spells out the family before its first wildcard (`hpc7g.*`, `a1*`, `m1.small`;
//!   for HPC also `hpc*`). `*`, `m*` and `*.large` match such types without naming them;
//! * types with accelerators are for tasks that need one; a pattern of `allowedInstanceTypes` that does not begin with a
//!   wildcard (`g*`, `inf2.*`) names them for all tasks, and so does the policy key `accelerators`.

use super::{Catalogue, glob};
use crate::domain::cluster::Zone;
use crate::domain::instance_type::InstanceType;
use crate::domain::interruption::InterruptionBand;
pub use crate::domain::plan::Exclusion;
use crate::domain::policy::{AcceleratorUse, Inclusion, Policy};
use crate::domain::quantity::GpuCount;

/// Every reason why `policy` leaves the type out; empty when it may be used.
#[must_use]
pub fn exclusions(
    instance_type: &InstanceType,
    policy: &Policy,
    catalogue: &Catalogue,
) -> Vec<Exclusion> {
    let mut found = policy_exclusions(instance_type, policy);
    if catalogue.on_demand_price(&instance_type.name).is_none() {
        found.push(Exclusion::NoPrice {
            region: catalogue.region().to_owned(),
        });
    }
    found
}

/// One reason for each of the cluster's zones in which the type is not offered.
pub fn zone_exclusions<'a>(
    instance_type: &'a InstanceType,
    zones: &'a [Zone],
    catalogue: &'a Catalogue,
) -> impl Iterator<Item = Exclusion> + 'a {
    zones
        .iter()
        .filter(|zone| !catalogue.is_offered_in(&instance_type.name, zone, zones.len()))
        .map(|zone| Exclusion::NotInZone {
            zone: zone.label().to_owned(),
        })
}

/// The reasons that do not depend on prices.
#[must_use]
pub fn policy_exclusions(instance_type: &InstanceType, policy: &Policy) -> Vec<Exclusion> {
    let name = instance_type.name.as_str();
    let named = Named::by(policy.allowed_instance_types.as_deref(), instance_type);
    let mut found = Vec::new();
    if !named.matched {
        found.push(Exclusion::NotAllowed);
    }
    let excluding = policy
        .excluded_instance_types
        .iter()
        .find(|pattern| glob::matches(pattern, name));
    if let Some(pattern) = excluding {
        found.push(Exclusion::Excluded {
            pattern: pattern.clone(),
        });
    }
    if policy.current_generation_only && !instance_type.current_generation {
        found.push(Exclusion::PreviousGeneration);
    }
    match (policy.bare_metal, instance_type.bare_metal) {
        (Inclusion::Excluded, true) if !named.exactly => found.push(Exclusion::BareMetal),
        (Inclusion::Required, false) => found.push(Exclusion::NotBareMetal),
        _ => {}
    }
    match (policy.burstable, instance_type.burstable) {
        (Inclusion::Excluded, true) if !named.exactly => found.push(Exclusion::Burstable),
        (Inclusion::Required, false) => found.push(Exclusion::NotBurstable),
        _ => {}
    }
    if is_hpc(instance_type) && !named.on_purpose {
        found.push(Exclusion::HpcNotNamed);
    }
    if !instance_type.ecs_image && !named.on_purpose {
        found.push(Exclusion::NoEcsImage);
    }
    // Tasks can ask for whole NVIDIA GPUs and for no other accelerator.
    if instance_type.gpus == GpuCount::ZERO && accelerator_must_be_needed(instance_type, policy) {
        found.push(Exclusion::AcceleratorNotNeeded);
    }
    let vcpus = instance_type.vcpus;
    if let Some(least) = policy.min_vcpus.filter(|least| vcpus < *least) {
        found.push(Exclusion::TooFewVcpus { vcpus, least });
    }
    if let Some(most) = policy.max_vcpus.filter(|most| vcpus > *most) {
        found.push(Exclusion::TooManyVcpus { vcpus, most });
    }
    found
}

/// Whether only tasks that need an accelerator open the type: it has one, and neither `accelerators` nor a pattern of
/// `allowedInstanceTypes` that begins with a letter lets other tasks use it.
#[must_use]
pub fn accelerator_must_be_needed(instance_type: &InstanceType, policy: &Policy) -> bool {
    let names = |pattern: &String| {
        !glob::literal_prefix(pattern).is_empty() && glob::matches(pattern, &instance_type.name)
    };
    let allowed = policy.allowed_instance_types.as_deref().unwrap_or_default();
    policy.accelerators == AcceleratorUse::Needed
        && instance_type.is_accelerated()
        && !allowed.iter().any(names)
}

/// Why a type must not be bought on Spot by `maxInterruption`, if so.
#[must_use]
pub fn interruption_exclusion(
    instance_type: &InstanceType,
    policy: &Policy,
    catalogue: &Catalogue,
) -> Option<Exclusion> {
    let most = policy.max_interruption?;
    let saving = catalogue.spot_saving(&instance_type.name);
    let band: Option<InterruptionBand> =
        saving.and_then(|saving| saving.interruption_band.parse().ok());
    (band.is_none_or(|band| band > most)).then_some(Exclusion::Interruption { band, most })
}

fn is_hpc(instance_type: &InstanceType) -> bool {
    instance_type.family().starts_with("hpc")
}

/// How `allowedInstanceTypes` speaks of a type.
struct Named {
    /// Some pattern matches, or there are none.
    matched: bool,
    /// Some pattern is its exact name.
    exactly: bool,
    /// Some matching pattern spells out its family.
    on_purpose: bool,
}

impl Named {
    fn by(patterns: Option<&[String]>, instance_type: &InstanceType) -> Self {
        let Some(patterns) = patterns else {
            return Self {
                matched: true,
                exactly: false,
                on_purpose: false,
            };
        };
        let matching: Vec<&str> = patterns
            .iter()
            .map(String::as_str)
            .filter(|pattern| glob::matches(pattern, &instance_type.name))
            .collect();
        let spells_out = |pattern: &&str| {
            let prefix = glob::literal_prefix(pattern).to_lowercase();
            prefix.starts_with(instance_type.family())
                || (is_hpc(instance_type) && prefix.starts_with("hpc"))
        };
        Self {
            matched: !matching.is_empty(),
            exactly: matching.iter().any(|pattern| glob::is_exact(pattern)),
            on_purpose: matching.iter().any(spells_out),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn catalogue() -> Catalogue {
        Catalogue::embedded("us-east-1").expect("an embedded Region")
    }

    fn allowing(patterns: &[&str]) -> Policy {
        Policy {
            allowed_instance_types: Some(patterns.iter().map(|&p| p.to_owned()).collect()),
            ..Policy::default()
        }
    }

    fn reasons(name: &str, policy: &Policy) -> Vec<Exclusion> {
        let catalogue = catalogue();
        let instance_type = catalogue.instance_type(name).expect("a known type");
        exclusions(instance_type, policy, &catalogue)
    }

    #[test]
    fn ordinary_types_pass_the_default_policy() {
        for name in ["m7g.large", "m5.large", "c7i-flex.large", "g5.xlarge"] {
            assert_eq!(reasons(name, &Policy::default()), [], "{name}");
        }
    }

    #[test]
    fn default_policy_leaves_out_burstable_metal_hpc_and_types_without_image() {
        let policy = Policy::default();
        assert_eq!(reasons("t3.micro", &policy), [Exclusion::Burstable]);
        assert_eq!(reasons("m7i.metal-24xl", &policy), [Exclusion::BareMetal]);
        assert_eq!(reasons("hpc7g.4xlarge", &policy), [Exclusion::HpcNotNamed]);
        assert_eq!(reasons("a1.large", &policy), [Exclusion::NoEcsImage]);
    }

    #[test]
    fn every_reason_is_given_not_only_the_first() {
        let policy = Policy {
            excluded_instance_types: vec!["x*".to_owned(), "hpc6a.*".to_owned()],
            current_generation_only: true,
            burstable: Inclusion::Required,
            max_vcpus: Some(8),
            ..allowing(&["m*"])
        };
        insta::assert_debug_snapshot!("every_reason", reasons("hpc6a.48xlarge", &policy));
    }

    #[test]
    fn an_exact_name_brings_back_a_burstable_or_bare_metal_type_and_a_glob_does_not() {
        assert_eq!(reasons("t2.micro", &allowing(&["t2.micro"])), []);
        assert_eq!(
            reasons("t2.micro", &allowing(&["t2.*"])),
            [Exclusion::Burstable]
        );
        assert_eq!(
            reasons("m7i.metal-24xl", &allowing(&["m7i.metal-24xl"])),
            []
        );
        let included = Policy {
            burstable: Inclusion::Included,
            ..allowing(&["t2.*"])
        };
        assert_eq!(reasons("t2.micro", &included), []);
    }

    #[test]
    fn hpc_and_imageless_types_need_their_family_spelled_out() {
        for pattern in ["hpc*", "hpc7g.*", "hpc7g.4xlarge"] {
            assert_eq!(
                reasons("hpc7g.4xlarge", &allowing(&[pattern])),
                [],
                "{pattern}"
            );
        }
        for pattern in ["*", "h*", "*.4xlarge"] {
            let found = reasons("hpc7g.4xlarge", &allowing(&[pattern]));
            assert_eq!(found, [Exclusion::HpcNotNamed], "{pattern}");
        }
        assert_eq!(reasons("m1.large", &allowing(&["m1.*"])), []);
        assert_eq!(
            reasons("m1.large", &allowing(&["m*"])),
            [Exclusion::NoEcsImage]
        );
    }

    #[test]
    fn required_classes_leave_out_all_others() {
        let policy = Policy {
            burstable: Inclusion::Required,
            ..Policy::default()
        };
        assert_eq!(reasons("t3.micro", &policy), []);
        assert_eq!(reasons("m7g.large", &policy), [Exclusion::NotBurstable]);
    }

    #[test]
    fn accelerators_that_no_task_can_ask_for_need_a_name_that_begins_with_a_letter() {
        let accelerated = [
            "inf2.xlarge",
            "trn1.2xlarge",
            "dl1.24xlarge",
            "vt1.3xlarge",
            "f2.6xlarge",
            "g4ad.xlarge",
            "g6f.large",
        ];
        for name in accelerated {
            let default = Policy::default();
            assert!(
                reasons(name, &default).contains(&Exclusion::AcceleratorNotNeeded),
                "{name}"
            );
            let family = format!("{}.*", name.split('.').next().expect("a family"));
            for pattern in ["*", "*.*", "?*"] {
                let found = reasons(name, &allowing(&[pattern]));
                assert!(
                    found.contains(&Exclusion::AcceleratorNotNeeded),
                    "{name} {pattern}"
                );
            }
            let found = reasons(name, &allowing(&[&family]));
            assert!(!found.contains(&Exclusion::AcceleratorNotNeeded), "{name}");
            let included = Policy {
                accelerators: AcceleratorUse::Included,
                ..Policy::default()
            };
            let found = reasons(name, &included);
            assert!(!found.contains(&Exclusion::AcceleratorNotNeeded), "{name}");
        }
        for name in [
            "p5.48xlarge",
            "g5.xlarge",
            "m7g.large",
            "u7i-12tb.224xlarge",
        ] {
            let catalogue = catalogue();
            let instance_type = catalogue.instance_type(name).expect("a known type");
            let needs_a_task = accelerator_must_be_needed(instance_type, &Policy::default());
            assert_eq!(needs_a_task, name.starts_with(['p', 'g']), "{name}");
        }
    }

    #[test]
    fn an_interruption_band_above_the_policys_or_unknown_rules_spot_out() {
        let catalogue = catalogue();
        let with = |band: &str| {
            let most = band.parse().expect("a band");
            Policy {
                max_interruption: Some(most),
                ..Policy::default()
            }
        };
        let mut bands = std::collections::BTreeSet::new();
        for known in catalogue.instance_types() {
            let own = catalogue.spot_saving(&known.name);
            let own: Option<InterruptionBand> =
                own.map(|saving| saving.interruption_band.parse().expect("a band"));
            bands.insert(own);
            for most in InterruptionBand::ALL {
                let found = interruption_exclusion(known, &with(most.text()), &catalogue);
                assert_eq!(
                    found.is_none(),
                    own.is_some_and(|own| own <= most),
                    "{}",
                    known.name
                );
            }
        }
        assert_eq!(bands.len(), 6, "all bands and none stand in the catalogue");
    }

    #[test]
    fn sizes_and_prices_are_tested() {
        let policy = Policy {
            min_vcpus: Some(4),
            max_vcpus: Some(8),
            ..Policy::default()
        };
        assert_eq!(reasons("m7g.xlarge", &policy), []);
        assert_eq!(
            reasons("m7g.large", &policy),
            [Exclusion::TooFewVcpus { vcpus: 2, least: 4 }]
        );
        assert_eq!(
            reasons("m7g.4xlarge", &policy),
            [Exclusion::TooManyVcpus { vcpus: 16, most: 8 }]
        );
        let unpriced = reasons("p5e.48xlarge", &Policy::default());
        assert_eq!(
            unpriced,
            [Exclusion::NoPrice {
                region: "us-east-1".to_owned()
            }]
        );
    }
}

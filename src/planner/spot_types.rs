//! Further instance types that certified Spot groups may launch.
//!
//! A Spot group of a single type waits for as long as that type's pool has no capacity. A type may stand beside the planned one
//! where nothing that the plan says of the group rests on the difference:
//!
//! ```text
//! same zones, architecture, GPUs or none, custom attributes; allowed by the policy like any other offering
//! vCPU(t) ≥ vCPU(planned), memory(t) ≥ memory(planned)        nominal: what registers of it differs by some MiB
//! Σ_s size(s, d) · a_s ≤ capacity(t, d)    the certificate's pattern a, with constraints, ports and volumes of t's own
//! price(t, z) ≤ 2 · price(planned, z)    in every zone z of the group
//! ```
//!
//! The smallest decides: the certificate holds whichever of them AWS launches. Rollouts and losses are played on the planned type. Under `spotMaxSharePerPool` a pool is in one group alone, and then holds at most the tasks that the group has
//! in its zone. `maxInstanceTypes` allows none beyond those that the plan buys. With `deploymentSurge: true` the
//! room beside the pattern is not part of it, and groups keep their one type.
//! Source: Amazon EC2 Auto Scaling user guide, "Auto Scaling groups with multiple instance types": be flexible across types.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use crate::domain::capacity::Capacity;
use crate::domain::money::UsdPerHour;
use crate::domain::plan::{Assumption, PlannedProvider};
use crate::formulate::offering::Offering;
use crate::optimize::pattern::Content;
use crate::realise::groups::DesignedGroup;

use super::assemble::Assembly;

/// A further type costs at most so many times the planned one. The planned one is often an outlier, since the cheapest pool was
/// looked for: at a quarter above it most groups would stay alone. The cheapest come first, and the plan says what the dearest cost.
const DEAREST: u64 = 2;
/// Types of a group in all. Source: the same page, "flexible across at least 10 instance types for each workload".
const MOST_TYPES: usize = 10;

/// The offerings of a type, one per zone of the group.
type Unit = Vec<usize>;

/// A Spot pool: a type in a zone, and how it is bought.
type Pool<'a> = (&'a str, Option<usize>, Capacity);

fn pool(offering: &Offering) -> Pool<'_> {
    (
        &offering.instance_type,
        offering.zone,
        offering.purchase_option,
    )
}

/// Writes further types into the providers of certified Spot groups; says what they may cost, where there are some.
pub(super) fn add(
    assembly: &Assembly<'_>,
    groups: &[(String, DesignedGroup)],
    providers: &mut [PlannedProvider],
) -> Option<Assumption> {
    let policy = &assembly.input.cluster.policy;
    if policy.keeps_room_for_rollouts() || policy.max_instance_types.is_some() {
        return None;
    }
    let usable = &assembly.input.offerings.usable;
    let alone = policy.spot_max_share_per_pool < Decimal::ONE;
    let mut taken: BTreeSet<Pool<'_>> = (groups.iter())
        .flat_map(|(_, group)| group.offerings.iter().map(|&own| pool(&usable[own])))
        .collect();
    let (mut widened, mut types, mut dearest) = (0, 0, UsdPerHour::ZERO);
    for provider in providers {
        let Some((_, group)) = groups.iter().find(|(name, _)| *name == provider.name) else {
            continue;
        };
        let mut further = of_group(assembly, group);
        further.retain(|(_, unit)| {
            !alone
                || unit
                    .iter()
                    .all(|&other| !taken.contains(&pool(&usable[other])))
        });
        further.truncate(MOST_TYPES - 1);
        let Some(most) = further.iter().map(|(more, _)| *more).max() else {
            continue;
        };
        widened += 1;
        types += further.len() as u64;
        dearest += most;
        for (_, unit) in further {
            provider
                .instance_types
                .push(usable[unit[0]].instance_type.clone());
            taken.extend(unit.iter().map(|&other| pool(&usable[other])));
        }
    }
    (widened > 0).then_some(Assumption::SpotTypes {
        groups: widened,
        types,
        usd_per_hour_more: dearest,
    })
}

/// The types that may stand beside a group's own, the cheapest first, each with what all instances of the group would cost more.
fn of_group(assembly: &Assembly<'_>, group: &DesignedGroup) -> Vec<(UsdPerHour, Unit)> {
    let usable = &assembly.input.offerings.usable;
    let planned: Vec<&Offering> = group.offerings.iter().map(|&own| &usable[own]).collect();
    let on_spot = (planned.iter()).all(|own| own.purchase_option.may_be_reclaimed());
    if !group.is_certified() || !on_spot {
        return Vec::new();
    }
    let mut units: BTreeMap<&str, Vec<Option<usize>>> = BTreeMap::new();
    for (index, offering) in usable.iter().enumerate() {
        for (place, own) in planned.iter().enumerate() {
            if is_alike(assembly, own, offering) {
                let unit = units.entry(&offering.instance_type);
                unit.or_insert_with(|| vec![None; planned.len()])[place] = Some(index);
            }
        }
    }
    let mut further: Vec<(UsdPerHour, Unit)> = (units.into_iter())
        .filter_map(|(name, unit)| Some((name, unit.into_iter().collect::<Option<Unit>>()?)))
        .filter(|(_, unit)| unit.iter().all(|&other| holds(assembly, group, other)))
        .map(|(_, unit)| {
            let more = (planned.iter().zip(&unit).zip(&group.counts))
                .map(|((own, &other), &count)| {
                    let price = usable[other].usd_per_hour.max(own.usd_per_hour);
                    (price - own.usd_per_hour) * count
                })
                .sum();
            (more, unit)
        })
        .collect();
    let price =
        |unit: &Unit| -> UsdPerHour { unit.iter().map(|&own| usable[own].usd_per_hour).sum() };
    // In the order of names so far, which stays between equal prices.
    further.sort_by_key(|(_, unit)| price(unit));
    further
}

/// Whether an offering is another type that is bought in the same way and place, with the same image, and not much dearer.
fn is_alike(assembly: &Assembly<'_>, own: &Offering, other: &Offering) -> bool {
    let known = |offering: &Offering| {
        assembly
            .input
            .catalogue
            .instance_type(&offering.instance_type)
    };
    let (Some(own_type), Some(other_type)) = (known(own), known(other)) else {
        return false;
    };
    // What a burstable type costs beside its price depends on what is on it.
    other.existing.is_none()
        && !(own_type.burstable || other_type.burstable)
        && other.instance_type != own.instance_type
        && other.purchase_option == own.purchase_option
        && other.zone == own.zone
        && other.architecture == own.architecture
        && other.group == own.group
        && other.accelerated == own.accelerated
        && (other_type.gpus.get() > 0) == (own_type.gpus.get() > 0)
        && other_type.vcpus >= own_type.vcpus
        && other_type.memory >= own_type.memory
        && other.usd_per_hour <= own.usd_per_hour * DEAREST
}

/// Whether the other offering holds the group's pattern.
fn holds(assembly: &Assembly<'_>, group: &DesignedGroup, other: usize) -> bool {
    let model = &assembly.packed.model;
    let zone = assembly.input.offerings.usable[other].zone;
    let pattern: Option<Content> = (group.tasks_per_instance.iter())
        .map(|(&service, &each)| Some((model.item(service, zone)?, each)))
        .collect();
    pattern.is_some_and(|mut pattern| {
        pattern.sort_unstable();
        model.bin_for(other, &pattern).is_some()
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use crate::catalogue::Catalogue;
    use crate::domain::capacity::Capacity;
    use crate::domain::plan::{Assumption, FleetPlan};
    use crate::io::{ImportOptions, read_cluster};
    use crate::optimize::listener::Silent;
    use crate::optimize::stop::Never;
    use crate::planner::{self, PlanOptions};

    /// A plan of two services, mostly on Spot, under further policy keys.
    fn plan(keys: &str) -> FleetPlan {
        let text = format!(
            r#"{{"version": 1, "region": "us-east-1", "availabilityZones": ["us-east-1a", "us-east-1b"],
            "services": [
              {{"serviceName": "a", "desiredCount": 12, "cpu": 512, "memory": 1024}},
              {{"serviceName": "b", "desiredCount": 6, "cpu": 256, "memory": 2048}}],
            "policy": {{"purchaseOptions": ["on-demand", "spot"], "spotMaxShare": 0.8 {keys}}}}}"#
        );
        let imported = read_cluster(&text, "c.json", &ImportOptions::default()).expect("a cluster");
        let catalogue = Catalogue::embedded("us-east-1").expect("known");
        let options = PlanOptions {
            work_limit: Some(100_000),
            ..PlanOptions::default()
        };
        let planned = planner::plan(&imported.cluster, &catalogue, &options, &Never, &Silent);
        planned.expect("a plan").plan.into_plan()
    }

    fn further(plan: &FleetPlan) -> u64 {
        (plan.capacity_providers.iter())
            .filter(|group| group.kind.is_group())
            .map(|group| group.instance_types.len() as u64 - 1)
            .sum()
    }

    fn said(plan: &FleetPlan) -> Option<u64> {
        plan.assumptions.iter().find_map(|said| match said {
            Assumption::SpotTypes { types, .. } => Some(*types),
            _ => None,
        })
    }

    #[test]
    fn certified_spot_groups_may_launch_further_types_and_no_others_may() {
        let plan = plan("");
        assert!(further(&plan) > 0);
        assert_eq!(said(&plan), Some(further(&plan)));
        for group in &plan.capacity_providers {
            let planned = (plan.instances.iter()).find(|row| row.capacity_provider == group.name);
            assert_eq!(
                planned.map(|row| &row.instance_type),
                group.instance_types.first()
            );
            if group.purchase_option == Some(Capacity::OnDemand) {
                assert_eq!(group.instance_types.len(), 1, "{}", group.name);
            }
            assert!(group.instance_types.len() <= super::MOST_TYPES);
        }
    }

    #[test]
    fn a_limit_on_types_allows_none_and_rollouts_with_room_of_their_own_neither() {
        for keys in [r#", "maxInstanceTypes": 3"#, r#", "deploymentSurge": true"#] {
            let plan = plan(keys);
            assert_eq!((further(&plan), said(&plan)), (0, None), "{keys}");
        }
    }

    #[test]
    fn under_a_cap_on_pools_a_pool_is_in_one_group() {
        let plan = plan(r#", "spotMaxSharePerPool": 0.2"#);
        let mut pools = BTreeSet::new();
        for group in plan
            .capacity_providers
            .iter()
            .filter(|group| group.purchase_option == Some(Capacity::Spot))
        {
            for zone in &group.availability_zones {
                for name in &group.instance_types {
                    assert!(pools.insert((zone, name)), "{name} in {zone} twice");
                }
            }
        }
        assert!(!pools.is_empty());
    }
}

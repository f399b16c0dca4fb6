//! Types that a certified Spot group may launch in place of the planned one.

use super::{Change, fixture};
use crate::catalogue::{Catalogue, CatalogueParts};
use crate::check::{Rule, check, tests::zonal_fleet};
use crate::domain::instance_type::CpuArchitecture;
use crate::domain::quantity::MemoryMib;

/// The codes broken where the Spot group of `m9.large` also names `r9.large`, which is sold on Spot in both zones.
fn broken_after(change: impl FnOnce(&mut Change, &mut CatalogueParts)) -> Vec<Rule> {
    let mut changed = Change {
        cluster: fixture::cluster(),
        plan: fixture::plan(),
    };
    let mut parts = zonal_fleet::fixture::catalogue();
    let prices = parts.spot_prices["m9.large"].clone();
    parts.spot_prices.insert("r9.large".to_owned(), prices);
    for known in &mut parts.instance_types {
        known.architecture = CpuArchitecture::X86_64;
        known.spot_supported = true;
    }
    changed.cluster.policy.max_instance_types = None;
    let groups = &mut changed.plan.capacity_providers;
    groups[2].instance_types.push("r9.large".to_owned());
    change(&mut changed, &mut parts);
    let violations = check(
        &changed.cluster,
        &Catalogue::from_parts(parts),
        &changed.plan,
    );
    let mut rules: Vec<Rule> = violations.iter().map(|violation| violation.rule).collect();
    rules.retain(|rule| {
        matches!(
            rule,
            Rule::FurtherTypes | Rule::Certificate | Rule::CapacityProviders
        )
    });
    rules.dedup();
    rules
}

#[test]
fn a_larger_type_of_the_same_image_is_one() {
    assert_eq!(broken_after(|_, _| ()), []);
}

#[test]
fn a_group_that_is_not_on_spot_or_not_certified_has_none() {
    let on_demand = broken_after(|it, _| {
        it.plan.capacity_providers[0]
            .instance_types
            .push("m9.large".to_owned());
    });
    assert_eq!(on_demand, [Rule::FurtherTypes]);
    let uncertified = broken_after(|it, _| it.plan.capacity_providers[2].certificate = None);
    assert_eq!(uncertified, [Rule::Certificate, Rule::FurtherTypes]);
}

#[test]
fn a_type_that_is_smaller_or_needs_another_image_is_none() {
    let own = |parts: &CatalogueParts| {
        parts
            .instance_types
            .iter()
            .position(|known| known.name == "r9.large")
            .expect("known")
    };
    let smaller = broken_after(|_, parts| {
        let index = own(parts);
        parts.instance_types[index].memory = MemoryMib::new(8000);
    });
    assert!(smaller.contains(&Rule::FurtherTypes), "{smaller:?}");
    let other_image = broken_after(|_, parts| {
        let index = own(parts);
        parts.instance_types[index].architecture = CpuArchitecture::Arm64;
    });
    assert!(other_image.contains(&Rule::FurtherTypes), "{other_image:?}");
}

#[test]
fn a_type_that_may_not_be_bought_there_is_none() {
    let not_sold = broken_after(|_, parts| {
        let prices = parts
            .spot_prices
            .get_mut("r9.large")
            .expect("just inserted");
        prices.remove("use1-az2");
        parts.spot_savings.clear();
    });
    assert_eq!(not_sold, [Rule::FurtherTypes]);
    let unknown = broken_after(|it, _| {
        it.plan.capacity_providers[2]
            .instance_types
            .push("x9.large".to_owned());
    });
    assert_eq!(unknown, [Rule::FurtherTypes]);
    let left_out =
        broken_after(|it, _| it.cluster.policy.excluded_instance_types = vec!["r9.*".to_owned()]);
    assert!(left_out.contains(&Rule::FurtherTypes), "{left_out:?}");
    let limited = broken_after(|it, _| it.cluster.policy.max_instance_types = Some(2));
    assert_eq!(limited, [Rule::FurtherTypes]);
}

#[test]
fn a_type_is_named_once() {
    let twice = broken_after(|it, _| {
        it.plan.capacity_providers[2]
            .instance_types
            .push("r9.large".to_owned());
    });
    assert_eq!(twice, [Rule::FurtherTypes]);
}

#[test]
fn every_type_of_a_group_counts_for_the_pools() {
    use rust_decimal::Decimal;
    // One task of ten in each zone of the group, whichever type it is of.
    let cap =
        |share: Decimal| broken_after(|it, _| it.cluster.policy.spot_max_share_per_pool = share);
    assert_eq!(cap(Decimal::new(1, 1)), []);
    assert_eq!(cap(Decimal::new(5, 2)), [Rule::Certificate]);
}

#[test]
fn what_the_further_types_are_and_may_cost_is_so() {
    use crate::check::tests::plain_fleet::fixture::usd;
    use crate::domain::plan::Assumption;
    let said = |groups: u64, types: u64, more: &str| {
        broken_after(|it, parts| {
            // 0.02 more in one zone; cheaper in the other, which takes nothing off.
            let prices = parts
                .spot_prices
                .get_mut("r9.large")
                .expect("just inserted");
            for (zone, price) in prices {
                *price = usd(if zone == "use1-az1" { "0.06" } else { "0.01" });
            }
            it.plan.assumptions.push(Assumption::SpotTypes {
                groups,
                types,
                usd_per_hour_more: usd(more),
            });
        })
    };
    assert_eq!(said(1, 1, "0.02"), []);
    for (groups, types, more) in [(2, 1, "0.02"), (1, 2, "0.02"), (1, 1, "0"), (1, 1, "0.03")] {
        let found = said(groups, types, more);
        assert_eq!(found, [Rule::FurtherTypes], "{groups} {types} {more}");
    }
}

use proptest::prelude::*;

use super::draw::{Candidate, Market, TypeDraw};
use super::*;
use crate::domain::quantity::{CpuUnits, MemoryMib};
use crate::simulate::choices::OnDemandRounding;
use crate::simulate::random::stream;

const MARKET: Market = Market { seed: 1, epoch: 0 };

/// Types 0, 1, 2 with 1, 4 and 2 vCPUs at these prices, in so many zones, both ways of buying.
fn candidates(zones: usize) -> Vec<Candidate> {
    let mut all = Vec::new();
    for zone in 0..zones {
        for (instance_type, (vcpus, price)) in
            [(1, "0.3"), (4, "0.2"), (2, "0.1")].iter().enumerate()
        {
            for purchase_option in Capacity::OF_INSTANCES {
                all.push(Candidate {
                    instance_type,
                    zone,
                    purchase_option,
                    usd_per_hour: price.parse().expect("a price"),
                    cpu: CpuUnits::from_vcpus(*vcpus),
                    memory: MemoryMib::new(4096),
                });
            }
        }
    }
    all
}

fn empty(zones: usize) -> Census {
    Census::of(&[], zones)
}

fn type_drawn(rule: TypeDraw) -> usize {
    let mix = Mix {
        on_demand_draw: rule,
        ..Mix::default()
    };
    let all = candidates(1);
    let launched = launch(&mix, &all, &mut empty(1), 1, &MARKET, &mut stream(1, &[]));
    all[launched[0]].instance_type
}

#[test]
fn each_rule_draws_its_type() {
    assert_eq!(type_drawn(TypeDraw::Prioritized), 0);
    assert_eq!(type_drawn(TypeDraw::LowestPrice), 2);
    assert_eq!(type_drawn(TypeDraw::Smallest), 0);
    assert_eq!(type_drawn(TypeDraw::Dearest), 0);
    assert_eq!(type_drawn(TypeDraw::Largest), 1);
}

#[test]
fn the_market_favours_cheap_pools_and_changes_with_the_epoch() {
    let mix = Mix {
        on_demand_percentage_above_base: 0,
        ..Mix::default()
    };
    let all = candidates(1);
    let mut drawn = [0; 3];
    for epoch in 0..300 {
        let market = Market { seed: 5, epoch };
        let launched = launch(&mix, &all, &mut empty(1), 1, &market, &mut stream(1, &[]));
        drawn[all[launched[0]].instance_type] += 1;
    }
    // Two of three pools stay: the cheapest is among them two times in three, the dearest is
    // never the cheaper of two.
    assert_eq!(drawn[0], 0);
    assert!((170..=230).contains(&drawn[2]), "{drawn:?}");
}

#[test]
fn base_comes_first_and_the_percentage_above_it_is_rounded_up() {
    let mix = Mix {
        on_demand_base: 3,
        on_demand_percentage_above_base: 25,
        ..Mix::default()
    };
    let on_demand: Vec<u64> = (0..=8).map(|n| mix.on_demand(n)).collect();
    assert_eq!(on_demand, [0, 1, 2, 3, 4, 4, 4, 4, 5]);
    let down = Mix {
        rounding: OnDemandRounding::Down,
        ..mix
    };
    assert_eq!((down.on_demand(6), down.on_demand(7)), (3, 4));
    let mut census = empty(2);
    let all = candidates(2);
    let launched = launch(&mix, &all, &mut census, 8, &MARKET, &mut stream(1, &[]));
    let bought = launched
        .iter()
        .filter(|&&l| all[l].purchase_option.counts_as_on_demand());
    assert_eq!(
        (bought.count(), census.on_demand, census.instances()),
        (5, 5, 8)
    );
}

#[test]
fn a_zone_without_candidates_is_passed_over() {
    let mut all = candidates(3);
    all.retain(|candidate| candidate.zone != 1);
    let mut census = empty(3);
    launch(
        &Mix::default(),
        &all,
        &mut census,
        5,
        &MARKET,
        &mut stream(1, &[]),
    );
    assert_eq!(census.by_zone[1], 0);
    assert_eq!(census.instances(), 5);
    let spot_only: Vec<Candidate> = all
        .into_iter()
        .filter(|c| c.purchase_option.may_be_reclaimed())
        .collect();
    let none = launch(
        &Mix::default(),
        &spot_only,
        &mut census,
        5,
        &MARKET,
        &mut stream(1, &[]),
    );
    assert!(none.is_empty());
}

fn member(zone: usize, launched_s: u64) -> Member {
    Member {
        zone,
        purchase_option: Capacity::OnDemand,
        launched_s,
        may_leave: true,
    }
}

#[test]
fn protected_instances_stay_though_their_zone_is_the_fullest() {
    let mut members = vec![member(0, 1), member(0, 2), member(0, 3), member(1, 4)];
    for protected in &mut members[..3] {
        protected.may_leave = false;
    }
    let chosen = terminate(
        &Mix::default(),
        &members,
        2,
        3,
        TerminationPolicy::Default,
        &mut stream(1, &[]),
    );
    assert_eq!(chosen, [3]);
}

#[test]
fn oldest_and_newest_go_first_where_the_policy_says_so() {
    let members = [member(0, 30), member(0, 10), member(0, 20)];
    let by = |policy| terminate(&Mix::default(), &members, 1, 2, policy, &mut stream(1, &[]));
    assert_eq!(by(TerminationPolicy::OldestInstance), [1, 2]);
    assert_eq!(by(TerminationPolicy::NewestInstance), [0, 2]);
}

#[test]
fn scale_in_gives_up_the_way_of_buying_that_has_a_surplus() {
    let spot = |zone| Member {
        purchase_option: Capacity::Spot,
        ..member(zone, 0)
    };
    let members = [member(0, 0), member(0, 0), spot(0), spot(0)];
    let mix = Mix {
        on_demand_base: 2,
        on_demand_percentage_above_base: 0,
        ..Mix::default()
    };
    let mut chosen = terminate(
        &mix,
        &members,
        1,
        2,
        TerminationPolicy::Default,
        &mut stream(1, &[]),
    );
    chosen.sort_unstable();
    assert_eq!(chosen, [2, 3]);
}

#[test]
fn sizes_hold_the_desired_capacity() {
    let limits = Limits {
        min_size: 2,
        max_size: 5,
    };
    let clamped: Vec<u64> = [0, 3, 9]
        .iter()
        .map(|&desired| limits.clamp(desired))
        .collect();
    assert_eq!(clamped, [2, 3, 5]);
}

fn spread(census: &Census) -> u64 {
    let most = census.by_zone.iter().max().copied().unwrap_or(0);
    most - census.by_zone.iter().min().copied().unwrap_or(0)
}

proptest! {
    #[test]
    fn zones_stay_within_one_of_each_other(
        zones in 1_usize..5, launches in 0_u64..60, leaving in 0_u64..60,
        base in 0_u64..10, percentage in 0_u64..=100, seed: u64,
    ) {
        let mix = Mix {
            on_demand_base: base,
            on_demand_percentage_above_base: percentage,
            ..Mix::default()
        };
        let all = candidates(zones);
        let mut random = stream(seed, &[]);
        let mut census = empty(zones);
        let launched = launch(&mix, &all, &mut census, launches, &MARKET, &mut random);
        prop_assert_eq!(launched.len() as u64, launches);
        prop_assert!(spread(&census) <= 1);
        prop_assert_eq!(census.on_demand, mix.on_demand(launches));
        let members: Vec<Member> = launched.iter().enumerate().map(|(at, &l)| Member {
            zone: all[l].zone,
            purchase_option: all[l].purchase_option,
            launched_s: at as u64,
            may_leave: true,
        }).collect();
        let gone = terminate(
            &mix, &members, zones, leaving, TerminationPolicy::Default, &mut random,
        );
        prop_assert_eq!(gone.len() as u64, leaving.min(launches));
        let left: Vec<Member> = (0..members.len())
            .filter(|m| !gone.contains(m)).map(|m| members[m]).collect();
        prop_assert!(spread(&Census::of(&left, zones)) <= 1);
    }
}

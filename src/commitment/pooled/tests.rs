//! Amounts against every breakpoint, and bounds against amounts at random.

use proptest::prelude::*;

use super::*;
use crate::commitment::best;
use crate::domain::money::UsdPerHour;

fn candidate(kind: CommitmentKind, family: &str, rates: &[(&str, Decimal)]) -> Pool {
    Pool {
        kind,
        family: Some(family.to_owned()),
        instance_type: None,
        terms: None,
        estimated: false,
        proposed: true,
        usd_per_hour: UsdPerHour::ZERO,
        capacity: Decimal::ZERO,
        takes: (rates.iter())
            .map(|(name, rate)| ((*name).to_owned(), *rate))
            .collect(),
    }
}

fn used(name: &str, count: u64, cents: i64) -> Use {
    Use {
        name: name.to_owned(),
        count: Decimal::from(count),
        usd_per_hour: Decimal::new(cents, 2),
    }
}

/// Use of one type over a week: so many by day, so many by night.
fn day_and_night(day: u64, night: u64) -> Vec<Vec<Use>> {
    (0..HOURS_PER_WEEK)
        .map(|hour| {
            vec![used(
                "m.large",
                if hour % 24 < 12 { day } else { night },
                10,
            )]
        })
        .collect()
}

fn hours_of(fleets: &[Vec<Vec<Use>>]) -> Vec<Hours> {
    let mut together = Together::default();
    for fleet in fleets {
        together.add(fleet);
    }
    together.hours()
}

#[test]
fn fleets_that_peak_in_different_hours_need_one_commitment_where_neither_would_buy_one() {
    // A third off: worth it where more than two thirds of the hours use it.
    let plan = candidate(
        CommitmentKind::Ec2Instance,
        "m",
        &[("m.large", Decimal::new(67, 3))],
    );
    let fleets = [day_and_night(10, 0), day_and_night(0, 10)];
    for fleet in &fleets {
        let hours = hours_of(std::slice::from_ref(fleet));
        let own = chosen(&hours, std::slice::from_ref(&plan));
        assert_eq!(own[0].capacity, Decimal::ZERO);
        assert_eq!(least(&hours, &own), Decimal::ZERO);
    }
    let hours = hours_of(&fleets);
    assert_eq!((hours.len(), hours[0].weight), (1, 168));
    let pooled = chosen(&hours, &[plan]);
    assert_eq!(pooled[0].capacity, Decimal::new(67, 2));
    let adjustment = applied(&hours, &pooled).adjustment();
    assert_eq!(adjustment, Decimal::new(-33, 2));
    assert_eq!(least(&hours, &pooled), adjustment);
}

#[test]
fn beside_a_better_plan_another_does_not_spoil_the_bound() {
    let hours = hours_of(&[vec![vec![used("m.large", 5, 10)]]]);
    let plans = [
        candidate(
            CommitmentKind::Ec2Instance,
            "m",
            &[("m.large", Decimal::new(66, 3))],
        ),
        candidate(
            CommitmentKind::Compute,
            "",
            &[("m.large", Decimal::new(70, 3))],
        ),
    ];
    let found = chosen(&hours, &plans);
    assert_eq!(applied(&hours, &found).adjustment(), Decimal::new(-17, 2));
    assert_eq!(least(&hours, &found), Decimal::new(-17, 2));
}

#[test]
fn a_fleet_of_one_number_of_tasks_runs_in_every_hour_of_the_others() {
    let flat = vec![vec![used("m.large", 3, 10)]];
    let hours = hours_of(&[flat, day_and_night(2, 0)]);
    let counts: Vec<(u64, Decimal)> = (hours.iter())
        .map(|hour| (hour.weight, hour.uses[0].count))
        .collect();
    assert_eq!(counts, [(84, Decimal::from(3)), (84, Decimal::from(5))]);
}

#[test]
fn what_is_bought_takes_its_own_fleet_first() {
    let bought = Pool {
        proposed: false,
        ..candidate(
            CommitmentKind::Compute,
            "",
            &[("m.large", Decimal::new(5, 2))],
        )
    };
    let left = left(&day_and_night(3, 1), &[bought.of(Decimal::new(10, 2))]);
    assert_eq!(left[0], [used("m.large", 1, 10)]);
    assert_eq!(left[12], []);
}

proptest! {
    #[test]
    fn amounts_are_the_best_of_one_kind_and_no_amounts_beat_the_bound(
        counts in prop::collection::vec(prop::collection::vec(0_u64..6, 3), 1..5),
        rates in prop::collection::vec(3_i64..11, 4),
        tried in prop::collection::vec(0_i64..60, 3),
    ) {
        // a and b are of one family, c of another; a Compute plan takes them all.
        let hours: Vec<Hours> = (counts.iter().enumerate())
            .map(|(place, counts)| Hours {
                weight: place as u64 + 1,
                uses: ["a", "b", "c"].iter().zip(counts)
                    .map(|(name, count)| used(name, *count, if *name == "b" { 20 } else { 10 }))
                    .collect(),
            })
            .collect();
        let rate = |at: usize| Decimal::new(rates[at], 2);
        let families = [
            candidate(CommitmentKind::Ec2Instance, "m", &[("a", rate(0)), ("b", rate(1) * Decimal::TWO)]),
            candidate(CommitmentKind::Ec2Instance, "r", &[("c", rate(2))]),
        ];
        let twice = rate(3) * Decimal::TWO;
        let compute = candidate(CommitmentKind::Compute, "", &[("a", rate(3)), ("b", twice), ("c", rate(3))]);
        let close = Decimal::new(1, 6);
        for pools in [&families[..], std::slice::from_ref(&compute)] {
            let found = chosen(&hours, pools);
            let adjustment = applied(&hours, &found).adjustment();
            let other = applied(&hours, &best(&hours, pools)).adjustment();
            prop_assert!((adjustment - other).abs() < close, "{adjustment} {other}");
            let bound = least(&hours, &found);
            prop_assert!(bound <= adjustment && adjustment - bound < close, "{bound} {adjustment}");
        }
        let all: Vec<Pool> = families.iter().cloned().chain([compute]).collect();
        let found = chosen(&hours, &all);
        let bound = least(&hours, &found);
        prop_assert!(bound <= applied(&hours, &found).adjustment());
        let random: Vec<Pool> = all.iter().zip(&tried)
            .map(|(pool, amount)| pool.of(Decimal::new(*amount, 2)))
            .collect();
        prop_assert!(bound <= applied(&hours, &random).adjustment());
    }
}

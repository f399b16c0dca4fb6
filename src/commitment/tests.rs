//! Bills against exhaustive search, breakpoints against a grid, and rates from every source.

use std::collections::BTreeMap;

use proptest::prelude::*;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::best;
use super::bill::{Hours, Use, applied};
use super::pool::{CommitAsked, CommitmentError, Pool, bought, candidates};
use super::prices::{most, priced};
use crate::catalogue::{Catalogue, CatalogueFiles};
use crate::domain::cluster::Cluster;
use crate::domain::commitment::{CommitmentKind, UpfrontPayment};
use crate::domain::money::UsdPerHour;
use crate::io::{ImportOptions, read_cluster};

fn decimal(text: &str) -> Decimal {
    text.parse().expect("a decimal")
}

fn plan(kind: CommitmentKind, usd: &str, rates: &[(&str, &str)], proposed: bool) -> Pool {
    Pool {
        kind,
        family: None,
        instance_type: None,
        terms: None,
        estimated: false,
        proposed,
        usd_per_hour: UsdPerHour::new(decimal(usd)),
        capacity: decimal(usd),
        takes: (rates.iter())
            .map(|(name, rate)| ((*name).to_owned(), decimal(rate)))
            .collect(),
    }
}

fn hour(weight: u64, uses: &[(&str, &str, &str)]) -> Hours {
    Hours {
        weight,
        uses: (uses.iter())
            .map(|(name, count, usd)| Use {
                name: (*name).to_owned(),
                count: decimal(count),
                usd_per_hour: decimal(usd),
            })
            .collect(),
    }
}

#[test]
fn the_highest_saving_is_covered_first_and_parts_of_instances_count() {
    let hours = [hour(1, &[("a", "2", "0.10"), ("b", "1", "0.20")])];
    // a saves 40 %, b half: b first, then half an a and a bit.
    let pools = [plan(
        CommitmentKind::Compute,
        "0.13",
        &[("a", "0.06"), ("b", "0.10")],
        false,
    )];
    let applied = applied(&hours, &pools);
    assert_eq!(applied.used, [decimal("0.13")]);
    assert_eq!(
        applied.covered[0],
        decimal("0.2") + decimal("0.1") * decimal("0.5")
    );
    assert_eq!(applied.adjustment(), decimal("0.13") - decimal("0.25"));
}

#[test]
fn instance_plans_come_before_compute_plans_and_what_is_not_used_is_lost() {
    let hours = [
        hour(1, &[("a", "1", "0.10")]),
        hour(3, &[("a", "3", "0.10")]),
    ];
    let pools = [
        plan(CommitmentKind::Ec2Instance, "0.12", &[("a", "0.06")], false),
        plan(CommitmentKind::Compute, "0.07", &[("a", "0.07")], false),
    ];
    let applied = applied(&hours, &pools);
    // One hour in four uses half of the first and nothing of the second.
    assert_eq!(applied.used, [decimal("0.105"), decimal("0.0525")]);
    assert_eq!(applied.cost, decimal("0.19"));
}

#[test]
fn one_discount_covers_what_the_quantile_of_the_hours_uses() {
    // 28 % off: committed is what 72 % of the hours use.
    let hours: Vec<Hours> = (1..=100)
        .map(|count| hour(1, &[("a", &count.to_string(), "1")]))
        .collect();
    let pools = [plan(CommitmentKind::Compute, "0", &[("a", "0.72")], true)];
    let chosen = best(&hours, &pools);
    let instances = chosen[0].capacity / decimal("0.72");
    assert!(
        instances == decimal("28") || instances == decimal("29"),
        "{instances}"
    );
}

fn cluster(commitments: &str, as_of: &str) -> Cluster {
    let text = format!(
        r#"{{"version": 1, "region": "us-east-1", "services": [], "commitments": {commitments}}}"#
    );
    let options = ImportOptions {
        as_of: Some(as_of.to_owned()),
        ..ImportOptions::default()
    };
    read_cluster(&text, "c.json", &options)
        .expect("a cluster")
        .cluster
}

fn with_rates(rates: &str) -> Catalogue {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("rates.csv");
    std::fs::write(
        &file,
        format!("region,instance_type,kind,term_years,payment,usd_per_hour,basis\n{rates}"),
    )
    .expect("written");
    let files = CatalogueFiles {
        savings_plan_rates: Some(file),
        ..CatalogueFiles::default()
    };
    Catalogue::load("us-east-1", &files).expect("a catalogue")
}

#[test]
fn ended_and_foreign_commitments_do_not_count_and_rates_are_found() {
    let cluster = cluster(
        r#"[{"kind": "compute", "usdPerHour": 1, "endsOn": "2026-11-30"}, {"kind": "ec2-instance", "usdPerHour": 1, "family": "m5", "region": "eu-west-1"},
            {"kind": "ec2-instance", "usdPerHour": 1, "family": "m7i", "endsOn": "2026-12-01"},
            {"kind": "reserved", "usdPerHour": 0.2, "instanceType": "m5.large", "count": 4}]"#,
        "2026-12-01",
    );
    let pools = bought(&cluster, &Catalogue::embedded("us-east-1").expect("known")).expect("rates");
    let kinds: Vec<CommitmentKind> = pools.iter().map(|pool| pool.kind).collect();
    assert_eq!(
        kinds,
        [CommitmentKind::Reserved, CommitmentKind::Ec2Instance]
    );
    // Four m5.large are two m5.xlarge, or one m5.2xlarge.
    assert_eq!(pools[0].capacity, decimal("16"));
    assert_eq!(pools[0].takes["m5.2xlarge"], decimal("16"));
    assert!(pools[0].takes.contains_key("m5.metal") && !pools[0].takes.contains_key("m5d.large"));
    assert!(pools[1].estimated && pools[1].takes.contains_key("m7i.large"));
}

#[test]
fn compute_plans_need_rates_and_rows_of_types_go_before_those_of_families() {
    let asked = CommitAsked {
        compute: true,
        ..CommitAsked::default()
    };
    let none = candidates(asked, &Catalogue::embedded("us-east-1").expect("known"));
    assert!(matches!(
        none,
        Err(CommitmentError::NoRates {
            kind: "compute",
            ..
        })
    ));
    let catalogue = with_rates(
        "us-east-1,m5,compute,1,no-upfront,0.0768,\nus-east-1,m5.xlarge,compute,1,no-upfront,0.1,\n\
         us-east-1,FARGATE,compute,1,no-upfront,0.032384,\nus-east-1,m5,compute,3,all-upfront,0.0480,\n",
    );
    let pools = candidates(asked, &catalogue).expect("rates");
    let [pool] = &pools[..] else { panic!("one") };
    assert_eq!(
        pool.terms.map(|terms| (terms.years, terms.payment)),
        Some((3, UpfrontPayment::All))
    );
    let one_year = CommitAsked {
        term_years: Some(1),
        ..asked
    };
    let pools = candidates(one_year, &catalogue).expect("rates");
    assert_eq!(pools[0].takes["m5.xlarge"], decimal("0.1"));
    assert_eq!(pools[0].takes["m5.large"], decimal("0.0768"));
    assert_eq!(pools[0].takes["m5.2xlarge"], decimal("0.3072"));
    assert_eq!(pools[0].takes["FARGATE"].round_dp(6), decimal("0.8"));
}

#[test]
fn prices_are_the_least_of_list_and_rates_and_spot_stays() {
    let catalogue = with_rates("us-east-1,m5.large,compute,1,no-upfront,0.07,\n");
    let pools = [plan(
        CommitmentKind::Compute,
        "1",
        &[("m5.large", "0.07")],
        false,
    )];
    let at = |gamma: &str| {
        let priced = priced(&catalogue, &pools, &[decimal(gamma)]);
        let price = priced
            .on_demand_price("m5.large")
            .expect("a price")
            .usd_per_hour;
        assert_eq!(
            priced.spot_price("m5.large", None),
            catalogue.spot_price("m5.large", None)
        );
        price.amount()
    };
    assert_eq!(at("1"), decimal("0.07"));
    assert_eq!(at("0.5"), decimal("0.035"));
    assert_eq!(at("9"), decimal("0.096"));
    assert_eq!(
        at(&most(&pools[0], &catalogue).to_string()),
        decimal("0.096")
    );
}

/// The least bill of one hour with one plan by trying every split of it in steps.
fn by_search(uses: &[(u64, u64, u64)], capacity: u64) -> f64 {
    // Counts, list prices and rates of whole cents; one instance is covered in whole cents of its rate.
    let mut best: BTreeMap<u64, f64> = BTreeMap::from([(0, 0.0)]);
    for (count, list, rate) in uses {
        let mut next: BTreeMap<u64, f64> = BTreeMap::new();
        for (used, covered) in &best {
            for cents in 0..=(count * rate).min(capacity - used) {
                let saved = covered + cents as f64 / *rate as f64 * *list as f64;
                let own = next.entry(used + cents).or_insert(saved);
                *own = own.max(saved);
            }
        }
        best = next;
    }
    best.values().copied().fold(0.0, f64::max)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn within_one_plan_the_order_of_aws_is_the_least_bill(
        uses in prop::collection::vec((1_u64..4, 10_u64..30, 4_u64..10), 1..4),
        capacity in 0_u64..60,
    ) {
        let names = ["a", "b", "c"];
        let hours = [Hours {
            weight: 1,
            uses: (uses.iter().zip(names))
                .map(|((count, list, _), name)| Use {
                    name: name.to_owned(),
                    count: Decimal::from(*count),
                    usd_per_hour: Decimal::from(*list),
                })
                .collect(),
        }];
        let mut pool = plan(CommitmentKind::Compute, &capacity.to_string(), &[], false);
        pool.takes = (uses.iter().zip(names))
            .map(|((_, _, rate), name)| (name.to_owned(), Decimal::from(*rate)))
            .collect();
        let covered = applied(&hours, &[pool]).covered[0].to_f64().expect("a number");
        let searched = by_search(&uses, capacity);
        prop_assert!((covered - searched).abs() <= 1e-6, "{covered} {searched}");
    }

    #[test]
    fn the_best_commitment_is_no_dearer_than_any_of_a_grid(
        hours in prop::collection::vec((1_u64..40, 0_u64..6, 0_u64..6), 1..5),
        rates in (50_i64..95, 50_i64..95),
    ) {
        let hours: Vec<Hours> = (hours.iter())
            .map(|(weight, a, b)| hour(*weight, &[("a", &a.to_string(), "1"), ("b", &b.to_string(), "1.5")]))
            .collect();
        let takes = [("a", Decimal::new(rates.0, 2)), ("b", Decimal::new(rates.1 * 3, 2) / Decimal::TWO)];
        let mut pool = plan(CommitmentKind::Compute, "0", &[], true);
        pool.takes = takes.map(|(name, rate)| (name.to_owned(), rate)).into();
        let chosen = best(&hours, std::slice::from_ref(&pool));
        let least = applied(&hours, &chosen).adjustment();
        for step in 0..=200 {
            let tried = [pool.of(Decimal::new(step * 8, 2))];
            prop_assert!(least <= applied(&hours, &tried).adjustment() + Decimal::new(1, 7));
        }
    }
}

use proptest::prelude::*;

use super::band::InterruptionBand;
use super::*;
use crate::catalogue::Catalogue;
use crate::simulate::choices::BandReading;

fn rate(share: f64) -> ReclaimRate {
    ReclaimRate::of_monthly_share(share)
}

#[test]
fn a_band_is_the_share_that_a_month_takes() {
    let rate = InterruptionBand::From15To20.rate(BandReading::Upper);
    assert!(((-rate.per_hour() * 730.0).exp() - 0.8).abs() < 1e-12);
    let middle = InterruptionBand::Below5.rate(BandReading::Middle);
    assert!(((-middle.per_hour() * 730.0).exp() - 0.975).abs() < 1e-12);
    assert!(
        InterruptionBand::Below5
            .rate(BandReading::Lower)
            .per_hour()
            .abs()
            < f64::EPSILON
    );
}

#[test]
fn every_band_of_the_catalogue_is_known() {
    let catalogue = Catalogue::embedded("us-east-1").expect("embedded");
    let mut seen = std::collections::BTreeSet::new();
    for name in [
        "m7i.large",
        "m5.large",
        "c5.xlarge",
        "r5.large",
        "m6g.large",
        "g4dn.xlarge",
    ] {
        let saving = catalogue.spot_saving(name).expect("a saving");
        let band: Result<InterruptionBand, String> = saving.interruption_band.parse();
        seen.insert(band.expect("a known band"));
    }
    assert!(seen.len() > 1, "{seen:?}");
    assert_eq!(InterruptionBand::of(None), InterruptionBand::Above20);
    assert!("<7%".parse::<InterruptionBand>().is_err());
}

/// Reclaims over `months` of a pool of 100 that is filled up again each hour.
fn reclaims(model: SpotModel, months: u64) -> (usize, usize) {
    let mut spot = SpotReclaims::new(&[rate(0.2)], model, 3);
    let (mut total, mut largest) = (0, 0);
    for _ in 0..months * 730 {
        let hit = spot.step(&[100], 3600).len();
        total += hit;
        largest = largest.max(hit);
    }
    (total, largest)
}

#[test]
fn correlation_changes_how_many_go_at_once_and_not_how_many_go() {
    // A pool that is filled up again loses -ln(0.8) of itself a month: 22.3 of 100.
    let alone = SpotModel::try_new(0.0, 0.5).expect("valid");
    let together = SpotModel::try_new(1.0, 0.5).expect("valid");
    let months = 400;
    let expected = 100.0 * -(0.8_f64).ln() * 400.0;
    let (total, largest) = reclaims(alone, months);
    assert!(
        (total as f64 / expected - 1.0).abs() < 0.06,
        "{total} of {expected}"
    );
    assert!(largest < 10);
    let (total, largest) = reclaims(together, months);
    // 178 shortages are expected, so the sum swings by 8 %.
    assert!(
        (total as f64 / expected - 1.0).abs() < 0.3,
        "{total} of {expected}"
    );
    assert!(largest > 30);
}

#[test]
fn a_pool_is_not_disturbed_by_the_others() {
    let rates = [rate(0.3), rate(0.3)];
    let run = |rates: &[ReclaimRate], live: &[u64]| {
        let mut spot = SpotReclaims::new(rates, SpotModel::default(), 11);
        let all = (0..2000).flat_map(|_| spot.step(live, 3600));
        all.filter(|reclaim| reclaim.pool == 0).collect::<Vec<_>>()
    };
    let alone = run(&rates[..1], &[40]);
    assert!(!alone.is_empty());
    assert_eq!(alone, run(&rates, &[40, 1000]));
}

#[test]
fn models_out_of_range_are_refused() {
    let errors = SpotModel::try_new(1.5, 0.0).expect_err("not valid");
    assert_eq!(errors.len(), 2);
    assert!(SpotModel::try_new(f64::NAN, 1.0).is_err());
}

proptest! {
    #[test]
    fn reclaims_are_of_instances_that_exist_and_of_each_once(
        live in prop::collection::vec(0_u64..50, 1..4), hours in 1_u64..2000, seed: u64,
    ) {
        let rates = vec![rate(0.4); live.len()];
        let mut spot = SpotReclaims::new(&rates, SpotModel::default(), seed);
        let hit = spot.step(&live, hours * 3600);
        prop_assert!(hit.windows(2).all(|pair| pair[0] < pair[1]));
        prop_assert!(hit.iter().all(|reclaim| reclaim.instance < live[reclaim.pool]));
    }
}

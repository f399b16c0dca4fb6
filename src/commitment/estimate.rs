//! What a family costs for one year by an EC2 Instance Savings Plan, where no rates are given: an estimate.
//!
//! AWS gives EC2 Instance Savings Plans the discounts of standard Reserved Instances. The figures of families are those of
//! us-east-1, one year, all upfront (`data/family_discounts.csv`, of 2023-08-30); between payments and Regions the ratios are the same
//! where they were seen: nothing upfront costs 1.0714 of all upfront, a part 1.0204 (x2iedn.32xlarge in 25 Regions, 2026-07-20; m6a).

use std::collections::BTreeMap;
use std::sync::OnceLock;

use rust_decimal::Decimal;

use crate::domain::commitment::UpfrontPayment;

const FIGURES: &str = include_str!("../../data/family_discounts.csv");

/// Part of the On-Demand price that is paid for one year; none for a family without a figure.
pub(super) fn paid(family: &str, payment: UpfrontPayment) -> Option<Decimal> {
    static FAMILIES: OnceLock<BTreeMap<&str, Decimal>> = OnceLock::new();
    let families = FAMILIES.get_or_init(|| {
        (FIGURES.lines().skip(1))
            .filter_map(|line| {
                let (family, paid) = line.split_once(',')?;
                Some((family, paid.parse().ok()?))
            })
            .collect()
    });
    let times = match payment {
        UpfrontPayment::None => Decimal::new(10_714, 4),
        UpfrontPayment::Partial => Decimal::new(10_204, 4),
        UpfrontPayment::All => Decimal::ONE,
    };
    families.get(family).map(|all| all * times)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payments_differ_and_unknown_families_have_no_figure() {
        let of = |family: &str, payment| paid(family, payment).map(|paid| paid.normalize());
        let all = of("m6a", UpfrontPayment::All).expect("a figure");
        assert_eq!(
            of("m6a", UpfrontPayment::None),
            Some((all * Decimal::new(10_714, 4)).normalize())
        );
        assert!(all > Decimal::new(55, 2) && all < Decimal::new(65, 2));
        assert_eq!(of("z99", UpfrontPayment::All), None);
        assert!(FIGURES.lines().count() > 80);
    }
}

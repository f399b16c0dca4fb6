//! What ECS Managed Instances cost and which types they can be.
//!
//! The *fee* is for an hour of an instance, whatever way it is bought, on top of what EC2 charges for it. AWS prints it by
//! Region and type in the price list of Amazon ECS (usage types `…-ECS-Managed-Instances:<type>-management-hours`); where
//! a catalogue has those figures for the Region, they are the fees, and a type without one is not offered. Without
//! them a rule stands in for the figures: 12 % of the type's public On-Demand price, and 7.8 % for the families of G
//! instances (since 2026-07-01). Ten fees that were seen in 2026 follow it: c8g.4xlarge and c6a.2xlarge 12.0 %, g5 and g6
//! 7.8 %; fees of P, Trn and Inf types were not seen.
//!
//! Types: more than one vCPU, and neither `nano` nor `micro`; Linux on x86-64 or ARM64.
//! Source: Amazon ECS pricing; Amazon ECS developer guide, "Amazon ECS Managed Instances".

use rust_decimal::Decimal;

use super::Catalogue;
use crate::domain::instance_type::InstanceType;
use crate::domain::money::UsdPerHour;

/// Fee as a share of the On-Demand price, by the rule.
const SHARE: Decimal = Decimal::from_parts(12, 0, 0, false, 2);
/// The same of G instances.
const SHARE_OF_G: Decimal = Decimal::from_parts(78, 0, 0, false, 3);

/// Fewest vCPUs of a type that Managed Instances can be.
const LEAST_VCPUS: u64 = 2;

/// Whether Managed Instances can be of the type.
#[must_use]
pub fn can_be_managed(instance_type: &InstanceType) -> bool {
    let size = instance_type.name.split('.').nth(1).unwrap_or_default();
    instance_type.vcpus >= LEAST_VCPUS && !matches!(size, "nano" | "micro")
}

/// The fee for an hour of one Managed Instance of the type, not yet rounded; `None` where it is not offered or has no
/// price.
#[must_use]
pub fn fee(catalogue: &Catalogue, instance_type: &str) -> Option<Decimal> {
    if catalogue.has_managed_instances_fees() {
        let price = catalogue.managed_instances_fee(instance_type)?;
        return Some(price.usd_per_hour.amount());
    }
    let list = catalogue.public_on_demand_price(instance_type)?;
    Some(list.amount() * share(instance_type))
}

/// The rule's share of a type.
fn share(instance_type: &str) -> Decimal {
    let mut letters = instance_type.chars();
    let is_g = match (letters.next(), letters.next()) {
        (Some('g'), Some('r')) => letters.next().is_some_and(|c| c.is_ascii_digit()),
        (Some('g'), Some(next)) => next.is_ascii_digit(),
        _ => false,
    };
    if is_g { SHARE_OF_G } else { SHARE }
}

/// How the fees of the catalogue are known: by figures, or by the rule.
#[must_use]
pub fn fees_are_by_rule(catalogue: &Catalogue) -> bool {
    !catalogue.has_managed_instances_fees()
}

/// What an hour of one Managed Instance of the type costs beside what EC2 charges, for documents.
#[must_use]
pub fn rounded_fee(catalogue: &Catalogue, instance_type: &str) -> Option<UsdPerHour> {
    Some(UsdPerHour::new(fee(catalogue, instance_type)?).rounded())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fees_that_were_seen_follow_the_rule() {
        // Seen in 2026: On-Demand price, fee (source: price list of Amazon ECS; AWS's pricing page).
        let seen = [
            ("c8g.4xlarge", "0.80048", "0.0961"),
            ("g6.xlarge", "0.8048", "0.0628"),
            ("g6f.large", "0.29296", "0.0229"),
        ];
        for (name, list, fee) in seen {
            let [list, fee]: [Decimal; 2] = [list, fee].map(|text| text.parse().expect("a number"));
            let by_rule = list * share(name);
            assert!(
                (by_rule - fee).abs() < Decimal::new(1, 4),
                "{name} {by_rule}"
            );
        }
        assert_eq!(share("gr6.4xlarge"), SHARE_OF_G);
        for other in ["m7g.large", "p5.48xlarge", "inf2.xlarge", "c7gn.large"] {
            assert_eq!(share(other), SHARE, "{other}");
        }
    }

    #[test]
    fn embedded_fees_are_the_rules_share_of_the_public_price() {
        let catalogue = Catalogue::embedded("us-east-1").expect("known");
        assert!(fees_are_by_rule(&catalogue));
        let list = catalogue.on_demand_price("m7g.large").expect("a price");
        let expected = list.usd_per_hour.amount() * Decimal::new(12, 2);
        assert_eq!(fee(&catalogue, "m7g.large"), Some(expected));
        assert_eq!(fee(&catalogue, "no.type"), None);
    }

    #[test]
    fn small_types_are_not_offered() {
        let catalogue = Catalogue::embedded("us-east-1").expect("known");
        let is_offered = |name: &str| can_be_managed(catalogue.instance_type(name).expect("known"));
        assert!(is_offered("m7g.large") && is_offered("t3.small") && is_offered("c7g.large"));
        for name in ["m7g.medium", "t3.nano", "t3.micro", "c7g.medium"] {
            assert!(!is_offered(name), "{name}");
        }
    }
}

//! V17: one instance costs its On-Demand price less the Savings Plan's discount, plus the root volume and
//! the fee per instance, rounded half-even to 10⁻⁸ USD per hour.
//!
//! The discount is on the EC2 price alone; a gp3 volume is billed by the GiB-month of 730 hours.

use rust_decimal::Decimal;

use crate::check::facts::Facts;
use crate::check::money;
use crate::check::violation::{Rule, Violation};
use crate::domain::money::{HOURS_PER_MONTH, UsdPerHour};

pub(super) fn violations(facts: &Facts<'_>) -> Vec<Violation> {
    (facts.rows.iter())
        .filter_map(|row| {
            let found = row.planned.usd_per_hour;
            let expected = price(facts, &row.planned.instance_type);
            (expected != Ok(found)).then(|| {
                Violation::new(
                    Rule::RowPrice,
                    format!("{}.usdPerHour", row.place()),
                    money::words(Some(found)),
                    match expected {
                        Ok(price) => money::words(Some(price)),
                        Err(reason) => reason.to_owned(),
                    },
                )
            })
        })
        .collect()
}

/// The price of one instance of the type, or why there is none.
fn price(facts: &Facts<'_>, instance_type: &str) -> Result<UsdPerHour, &'static str> {
    let policy = &facts.cluster.policy;
    let on_demand = (facts.catalogue.on_demand_price(instance_type))
        .ok_or("an instance type with an On-Demand price in this Region")?
        .usd_per_hour;
    let volume_month = if policy.root_volume_gib == 0 {
        Decimal::ZERO
    } else {
        (facts.catalogue.gp3_usd_per_gib_month())
            .ok_or("a catalogue with the price of gp3 storage")?
            .usd
            .checked_mul(Decimal::from(policy.root_volume_gib))
            .ok_or("a payable root volume")?
    };
    let volume = volume_month / Decimal::from(HOURS_PER_MONTH);
    (Decimal::ONE.checked_sub(policy.savings_plan_discount))
        .and_then(|share| share.checked_mul(on_demand.amount()))
        .and_then(|discounted| discounted.checked_add(volume))
        .and_then(|sum| sum.checked_add(policy.instance_usd_per_hour.amount()))
        .map(|sum| UsdPerHour::new(sum).rounded())
        .ok_or("a price within the range of decimals")
}

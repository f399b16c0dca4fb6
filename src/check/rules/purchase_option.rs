//! V05: instances are bought On-Demand; the policy has no way yet to allow Spot.

use crate::check::facts::Facts;
use crate::check::violation::{Rule, Violation};
use crate::domain::instance_type::PurchaseOption;

pub(super) fn violations(facts: &Facts<'_>) -> Vec<Violation> {
    (facts.rows.iter())
        .filter(|row| row.planned.purchase_option != PurchaseOption::OnDemand)
        .map(|row| {
            Violation::new(
                Rule::PurchaseOption,
                row.place(),
                row.planned.purchase_option.to_string(),
                PurchaseOption::OnDemand.to_string(),
            )
        })
        .collect()
}

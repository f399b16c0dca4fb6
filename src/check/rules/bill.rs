//! V18: the bill is the sum of its rows, and a month is 730 hours of it, rounded to the cent.

use rust_decimal::prelude::ToPrimitive;

use crate::check::facts::Facts;
use crate::check::money;
use crate::check::violation::{Rule, Violation};
use crate::domain::money::{HOURS_PER_MONTH, UsdPerHour};

/// Part of the amount, far above the error of a double that holds it.
const TOLERANCE: f64 = 1e-13;

pub(super) fn violations(facts: &Facts<'_>) -> Vec<Violation> {
    let cost = &facts.plan.cost;
    let instances =
        (facts.plan.instances.iter()).map(|row| money::times(row.usd_per_hour, row.count));
    let fargate =
        (facts.plan.fargate_tasks.iter()).map(|row| money::times(row.usd_per_hour, row.count));
    let commitment = facts.plan.commitment.as_ref();
    let adjustment = commitment.map(|said| Some(said.adjustment_usd_per_hour));
    let sum = money::total(instances.chain(fargate).chain(adjustment));
    let mut violations = Vec::new();
    if sum != Some(cost.usd_per_hour) {
        violations.push(Violation::new(
            Rule::Bill,
            "cost.usdPerHour",
            money::words(Some(cost.usd_per_hour)),
            format!(
                "{}, the sum of the rows and of what commitments change",
                money::words(sum)
            ),
        ));
    }
    let month = month(cost.usd_per_hour);
    // Not `>`: a NaN must not pass.
    let agrees = month.is_some_and(|usd| (usd - cost.usd_per_month).abs() <= usd.abs() * TOLERANCE);
    if !agrees {
        violations.push(Violation::new(
            Rule::Bill,
            "cost.usdPerMonth",
            format!("{} USD", cost.usd_per_month),
            month.map_or_else(
                || "an amount within range".to_owned(),
                |usd| format!("{usd} USD, 730 hours of usdPerHour"),
            ),
        ));
    }
    violations
}

/// 730 hours of the amount, to the cent.
fn month(usd_per_hour: UsdPerHour) -> Option<f64> {
    // The domain's own conversion is unchecked; a product in range makes it safe.
    money::times(usd_per_hour, HOURS_PER_MONTH)?;
    usd_per_hour.usd_per_month().to_f64()
}

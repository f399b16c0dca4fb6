//! V20: 0 ≤ bound ≤ ideal ≤ bill, and both gaps follow from them; without a bound there is no gap. A plan whose groups
//! are not known to be filled shows the ideal packing itself: there the ideal is the bill, but over a week.

use rust_decimal::prelude::ToPrimitive;

use crate::check::facts::Facts;
use crate::check::money;
use crate::check::violation::{Rule, Violation};
use crate::domain::money::UsdPerHour;

/// Largest difference of a gap from its value, as a fraction.
const GAP_TOLERANCE: f64 = 1e-9;

pub(in crate::check) fn violations(facts: &Facts<'_>) -> Vec<Violation> {
    let cost = &facts.plan.cost;
    let bound = cost.bound_usd_per_hour;
    let order = [
        (
            "cost.idealUsdPerHour",
            cost.ideal_usd_per_hour,
            Some(cost.usd_per_hour),
        ),
        (
            "cost.boundUsdPerHour",
            bound.unwrap_or_default(),
            Some(cost.ideal_usd_per_hour),
        ),
    ];
    let out_of_order = (order.into_iter())
        .filter(|&(_, amount, most)| amount < UsdPerHour::ZERO || Some(amount) > most)
        .map(|(place, amount, most)| {
            Violation::new(
                Rule::BoundAndGaps,
                place,
                money::words(Some(amount)),
                format!("0 to {}", money::words(most)),
            )
        });
    let gaps = [
        ("cost.gap", cost.gap, cost.usd_per_hour),
        ("cost.idealGap", cost.ideal_gap, cost.ideal_usd_per_hour),
    ];
    let wrong_gaps = (gaps.into_iter())
        .filter(|&(_, found, of)| !gap_agrees(found, of, bound))
        .map(|(place, found, of)| {
            Violation::new(
                Rule::BoundAndGaps,
                place,
                found.map_or_else(|| "none".to_owned(), |gap| gap.to_string()),
                gap(of, bound).map_or_else(|| "none".to_owned(), |gap| gap.to_string()),
            )
        });
    out_of_order
        .chain(wrong_gaps)
        .chain(other_than_ideal(facts))
        .collect()
}

/// An ideal packing that does not cost what the plan says of the ideal packing.
fn other_than_ideal(facts: &Facts<'_>) -> Option<Violation> {
    let cost = &facts.plan.cost;
    // Over a week the best packings are the hours', each with ways of its own for its services; with Managed Instances or Fargate
    // alone there is no group that says so.
    let is_ideal = cost.periods.is_empty() && facts.plan.groups().all(|group| group.mode.is_none());
    (is_ideal && cost.ideal_usd_per_hour < cost.usd_per_hour).then(|| {
        Violation::new(
            Rule::BoundAndGaps,
            "cost.idealUsdPerHour",
            money::words(Some(cost.ideal_usd_per_hour)),
            format!(
                "{}, the bill of the ideal packing",
                money::words(Some(cost.usd_per_hour))
            ),
        )
    })
}

/// (of − bound) / of; 0 for a bill of nothing, none without a bound.
fn gap(of: UsdPerHour, bound: Option<UsdPerHour>) -> Option<f64> {
    let bound = bound?;
    if of == UsdPerHour::ZERO {
        return Some(0.0);
    }
    money::relative_difference(of, bound)?.to_f64()
}

/// Whether the stated gap is the one that follows. Not-a-number agrees with nothing.
fn gap_agrees(found: Option<f64>, of: UsdPerHour, bound: Option<UsdPerHour>) -> bool {
    match (found, gap(of, bound)) {
        (None, None) => true,
        (Some(found), Some(expected)) => (found - expected).abs() <= GAP_TOLERANCE,
        _ => false,
    }
}

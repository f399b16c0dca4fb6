//! V50: what a plan says of the further types of its Spot groups is so: in how many groups they are, how many, and by how much the bill
//! rises at most where every instance is of its group's dearest type, at prices derived again.
//!
//! ```text
//! Σ_g max_t Σ_rows of g  count · max(0, price(t, zone of the row) − price of the row)
//! ```
//!
//! Which types may stand there is in [`further_types`](super::further_types). Plans of a week whose patterns leave some out say nothing.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use crate::check::facts::{Facts, InstanceRow};
use crate::check::instance_price::PricedInstance;
use crate::check::money;
use crate::check::violation::{Rule, Violation};
use crate::domain::money::UsdPerHour;
use crate::domain::plan::{Assumption, PlannedProvider};

pub(super) fn violations(facts: &Facts<'_>) -> Vec<Violation> {
    let said = (facts.plan.assumptions.iter().enumerate()).filter_map(|(index, it)| match it {
        Assumption::SpotTypes {
            groups,
            types,
            usd_per_hour_more,
        } => Some((index, *groups, *types, *usd_per_hour_more)),
        _ => None,
    });
    said.flat_map(|(index, groups, types, usd)| {
        let so = Further::of(facts);
        let faults = [
            ("groups", groups.to_string(), so.groups.to_string()),
            ("types", types.to_string(), so.types.to_string()),
            (
                "usdPerHourMore",
                money::words(Some(usd)),
                money::words(so.usd_per_hour_more),
            ),
        ];
        let differ = [
            groups != so.groups,
            types != so.types,
            // A type without a price is told where it stands.
            so.has_prices && Some(usd) != so.usd_per_hour_more,
        ];
        (faults.into_iter().zip(differ))
            .filter(|(_, differs)| *differs)
            .map(move |((key, found, expected), _)| {
                let place = format!("assumptions[{index}].{key}");
                Violation::new(Rule::FurtherTypes, place, found, expected)
            })
            .collect::<Vec<_>>()
    })
    .collect()
}

/// The further types of all groups.
struct Further {
    groups: u64,
    types: u64,
    has_prices: bool,
    /// `None` beyond the range of decimals.
    usd_per_hour_more: Option<UsdPerHour>,
}

impl Further {
    fn of(facts: &Facts<'_>) -> Self {
        let mut all = Self {
            groups: 0,
            types: 0,
            has_prices: true,
            usd_per_hour_more: Some(UsdPerHour::ZERO),
        };
        for group in facts.plan.groups().filter(|group| !facts.stays(group)) {
            let rows: Vec<&InstanceRow<'_>> = (facts.rows.iter())
                .filter(|row| row.planned.capacity_provider == group.name)
                .collect();
            let further = further(group, &rows);
            if further.is_empty() {
                continue;
            }
            all.groups += 1;
            all.types += further.len() as u64;
            let mut dearest = Some(UsdPerHour::ZERO);
            for name in further {
                let more: Option<Vec<Decimal>> =
                    rows.iter().map(|row| more(facts, row, name)).collect();
                all.has_prices &= more.is_some();
                let sum = more.and_then(|each| sum(each.into_iter()));
                dearest = dearest.zip(sum).map(|(known, own)| known.max(own));
            }
            let total = all.usd_per_hour_more.zip(dearest);
            all.usd_per_hour_more =
                total.and_then(|(sum, own)| money::total([Some(sum), Some(own)].into_iter()));
        }
        all
    }
}

fn sum(mut parts: impl Iterator<Item = Decimal>) -> Option<UsdPerHour> {
    parts
        .try_fold(Decimal::ZERO, Decimal::checked_add)
        .map(UsdPerHour::new)
}

/// Types of a group of which it has no instance.
fn further<'a>(group: &'a PlannedProvider, rows: &[&InstanceRow<'_>]) -> BTreeSet<&'a str> {
    let is_bought = |name: &&str| (rows.iter()).any(|row| row.planned.instance_type == *name);
    (group.instance_types.iter().map(String::as_str))
        .filter(|name| !is_bought(name))
        .collect()
}

/// What all instances of the row cost more as this type, where it is dearer; `None` where it has no price there.
fn more(facts: &Facts<'_>, row: &InstanceRow<'_>, name: &str) -> Option<Decimal> {
    let zone = row.zone.map(|zone| &facts.cluster.zones[zone]);
    let instance = PricedInstance {
        type_name: name,
        capacity: row.planned.purchase_option,
        zone_id: zone.and_then(|zone| zone.id.as_deref()),
        existing: false,
        load: row.load(),
    };
    let price = instance.price(facts.cluster, facts.catalogue).ok()?;
    let own = row.planned.usd_per_hour;
    let each = price.max(own).amount().checked_sub(own.amount())?;
    each.checked_mul(Decimal::from(row.planned.count))
}

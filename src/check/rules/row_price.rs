//! V17: what one instance or one Fargate task costs, rounded half-even to 10⁻⁸ USD per hour.
//!
//! An external instance costs nothing, any other as [`instance_price`](crate::check::instance_price) says. A Spot row
//! carries the interruption band that the Spot Instance Advisor gives.

use crate::check::facts::{Facts, InstanceRow};
use crate::check::fargate::{self, Size};
use crate::check::instance_price::PricedInstance;
use crate::check::money;
use crate::check::violation::{Problem, Rule, Violation};
use crate::domain::money::UsdPerHour;
use crate::domain::quantity::{CpuUnits, MemoryMib};

pub(super) fn violations(facts: &Facts<'_>) -> Vec<Violation> {
    let instances = facts.rows.iter().filter_map(|row| {
        let problem = differs(row.planned.usd_per_hour, price(facts, row))?;
        Some(problem.at(Rule::RowPrice, format!("{}.usdPerHour", row.place())))
    });
    let bands = facts.rows.iter().filter_map(|row| {
        let problem = other_band(facts, row)?;
        Some(problem.at(Rule::RowPrice, format!("{}.interruptionBand", row.place())))
    });
    (instances.chain(bands)).chain(of_fargate(facts)).collect()
}

/// Fargate tasks at another price than their size has. Without a rate they are V26's finding.
fn of_fargate(facts: &Facts<'_>) -> Vec<Violation> {
    (facts.plan.fargate_tasks.iter().enumerate())
        .filter_map(|(index, row)| {
            let service = facts.services.get(row.service_name.as_str())?;
            let market = fargate::market(&row.capacity_provider)?;
            let size = Size {
                cpu: CpuUnits::new(row.cpu),
                memory: MemoryMib::new(row.memory_mib),
            };
            let expected = fargate::price(facts, service, size, market.capacity)?;
            let problem = differs(row.usd_per_hour, Ok(expected))?;
            Some(problem.at(Rule::RowPrice, format!("fargateTasks[{index}].usdPerHour")))
        })
        .collect()
}

/// The difference of a price from what it should be, if there is one.
fn differs(found: UsdPerHour, expected: Result<UsdPerHour, &'static str>) -> Option<Problem> {
    (expected != Ok(found)).then(|| {
        let expected = match expected {
            Ok(price) => money::words(Some(price)),
            Err(reason) => reason.to_owned(),
        };
        Problem::new(money::words(Some(found)), expected)
    })
}

/// An interruption band that is not the advisor's.
fn other_band(facts: &Facts<'_>, row: &InstanceRow<'_>) -> Option<Problem> {
    let is_spot = row.planned.purchase_option.may_be_reclaimed() && !row.machine.external;
    let expected = (facts.catalogue.spot_saving(&row.planned.instance_type))
        .map(|saving| saving.interruption_band.as_str())
        .filter(|band| is_spot && !band.is_empty());
    let found = row.planned.interruption_band.as_deref();
    let words = |band: Option<&str>| band.map_or_else(|| "none".to_owned(), |b| format!("`{b}`"));
    (found != expected).then(|| Problem::new(words(found), words(expected)))
}

/// The price of one instance of the row, or why there is none.
fn price(facts: &Facts<'_>, row: &InstanceRow<'_>) -> Result<UsdPerHour, &'static str> {
    if row.machine.external {
        return Ok(UsdPerHour::ZERO);
    }
    let zone = row.zone.map(|zone| &facts.cluster.zones[zone]);
    let instance = PricedInstance {
        type_name: &row.planned.instance_type,
        capacity: row.planned.purchase_option,
        zone_id: zone.and_then(|zone| zone.id.as_deref()),
        existing: row.planned.existing,
        load: row.load(),
    };
    instance.price(facts.cluster, facts.catalogue)
}

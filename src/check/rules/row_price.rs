//! V17: what one instance or one Fargate task costs, rounded half-even to 10⁻⁸ USD per hour.
//!
//! An instance costs its On-Demand price less the Savings Plan's discount, or its Spot price in its zone,
//! plus the root volume and the fee per instance; one of today's that is Spot and has no Spot price costs
//! the On-Demand price without discount; an external one costs nothing. A gp3 volume is billed by the
//! GiB-month of 730 hours. A Spot row carries the interruption band that the Spot Instance Advisor gives.

use rust_decimal::Decimal;

use crate::check::facts::{Facts, InstanceRow};
use crate::check::fargate::{self, Size};
use crate::check::money;
use crate::check::violation::{Problem, Rule, Violation};
use crate::domain::capacity::Capacity;
use crate::domain::money::{HOURS_PER_MONTH, UsdPerHour};
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
    let policy = &facts.cluster.policy;
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
    compute(facts, row)?
        .and_then(|compute| compute.checked_add(volume))
        .and_then(|sum| sum.checked_add(policy.instance_usd_per_hour.amount()))
        .map(|sum| UsdPerHour::new(sum).rounded())
        .ok_or("a price within the range of decimals")
}

/// The price of the instance itself; `None` beyond the range of decimals.
fn compute(facts: &Facts<'_>, row: &InstanceRow<'_>) -> Result<Option<Decimal>, &'static str> {
    let name = &row.planned.instance_type;
    let on_demand = || {
        (facts.catalogue.on_demand_price(name))
            .map(|price| price.usd_per_hour.amount())
            .ok_or("an instance type with an On-Demand price in this Region")
    };
    match row.planned.purchase_option {
        Capacity::External => Ok(Some(Decimal::ZERO)),
        Capacity::Fargate | Capacity::FargateSpot => Err("an instance, and no Fargate"),
        Capacity::OnDemand => {
            let price = on_demand()?;
            let share = Decimal::ONE.checked_sub(facts.cluster.policy.savings_plan_discount);
            Ok(share.and_then(|share| share.checked_mul(price)))
        }
        Capacity::Spot => {
            let zone = row.zone.map(|zone| &facts.cluster.zones[zone]);
            let zone_id = zone.and_then(|zone| zone.id.as_deref());
            match facts.catalogue.spot_price(name, zone_id) {
                Some(price) => Ok(Some(price.usd_per_hour.amount())),
                None if row.planned.existing => on_demand().map(Some),
                None => Err("an instance type with a Spot price in this zone"),
            }
        }
    }
}

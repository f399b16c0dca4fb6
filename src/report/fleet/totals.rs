//! What the fleet costs together, and which clusters to look at first.

use std::fmt::Write as _;

use rust_decimal::prelude::ToPrimitive as _;

use crate::domain::money::UsdPerHour;
use crate::domain::plan::FleetPlan;
use crate::fleet::gather::{Gathered, Outcome};
use crate::report::words::{cents, count, counted};

/// Sums over the clusters of a fleet.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Totals {
    /// Units of the manifest.
    pub units: u64,
    /// Those with a plan.
    pub planned: u64,
    /// Those with scenarios or sizes.
    pub compared: u64,
    /// Those without a result that can be used.
    pub failed: u64,
    /// Those set aside.
    pub poisoned: u64,
    /// Those not done yet.
    pub pending: u64,
    /// Those whose plan leaves tasks without a place.
    pub infeasible: u64,
    /// The planned fleets.
    pub usd_per_hour: UsdPerHour,
    /// Sum of the bounds that are proven: a bound of the whole, since no cost is below zero.
    pub bound_usd_per_hour: UsdPerHour,
    /// Plans without a bound.
    pub unproven: u64,
    /// Clusters whose cost of today is known and that have a place for every task.
    pub compared_with_today: u64,
    /// Their cost of today.
    pub today_usd_per_hour: UsdPerHour,
    /// Their planned cost.
    pub planned_of_those: UsdPerHour,
    /// The sum of their bounds.
    pub bound_of_those: UsdPerHour,
}

/// A cluster to look at.
pub(super) struct Worth<'a> {
    /// The unit.
    pub unit: &'a Gathered,
    /// Its plan.
    pub plan: &'a FleetPlan,
    /// What it costs today.
    pub today: UsdPerHour,
    /// What the plan saves.
    pub saving: UsdPerHour,
}

/// Adds up.
pub(super) fn totals(units: &[Gathered]) -> Totals {
    let mut totals = Totals::default();
    for unit in units {
        totals.units += 1;
        match &unit.outcome {
            Outcome::Plan(plan) => add(&mut totals, plan),
            Outcome::Scenarios { .. } | Outcome::Sizes { .. } => totals.compared += 1,
            Outcome::Failed { .. } | Outcome::Broken(_) => totals.failed += 1,
            Outcome::Poisoned(_) => totals.poisoned += 1,
            Outcome::Pending => totals.pending += 1,
        }
    }
    totals
}

fn add(totals: &mut Totals, plan: &FleetPlan) {
    let cost = &plan.cost;
    let bound = cost.bound_usd_per_hour;
    totals.planned += 1;
    totals.usd_per_hour += cost.usd_per_hour;
    totals.bound_usd_per_hour += bound.unwrap_or(UsdPerHour::ZERO);
    totals.unproven += u64::from(bound.is_none());
    totals.infeasible += u64::from(!plan.unplaced.is_empty());
    // A fleet that lacks tasks is no cheaper way to run them.
    if let (Some(today), true) = (cost.current_usd_per_hour, plan.is_of_all()) {
        totals.compared_with_today += 1;
        totals.today_usd_per_hour += today;
        totals.planned_of_those += cost.usd_per_hour;
        totals.bound_of_those += bound.unwrap_or(UsdPerHour::ZERO);
    }
}

/// Clusters whose plan saves something, the largest saving first.
pub(super) fn worth(units: &[Gathered]) -> Vec<Worth<'_>> {
    let mut worth: Vec<Worth<'_>> = (units.iter())
        .filter_map(|unit| {
            let Outcome::Plan(plan) = &unit.outcome else {
                return None;
            };
            let today = plan.cost.current_usd_per_hour?;
            let saving = plan.saving_usd_per_hour()?;
            (saving > UsdPerHour::ZERO).then_some(Worth {
                unit,
                plan,
                today,
                saving,
            })
        })
        .collect();
    worth.sort_by(|a, b| {
        b.saving
            .cmp(&a.saving)
            .then_with(|| a.unit.id.cmp(&b.unit.id))
    });
    worth
}

/// An amount a month, to the cent.
pub(super) fn month(rate: UsdPerHour) -> String {
    cents(rate.usd_per_month().to_f64().unwrap_or(f64::NAN))
}

impl Totals {
    /// How many units came to what, in a sentence.
    pub(super) fn counts(&self) -> String {
        let mut parts = Vec::new();
        let mut part = |number: u64, words: &str| {
            if number > 0 {
                parts.push(format!("{} {words}", count(number)));
            }
        };
        part(self.planned, "with a plan");
        part(self.infeasible, "of them with tasks that have no place");
        part(self.compared, "with scenarios or sizes");
        part(self.failed, "without a plan");
        part(self.poisoned, "set aside");
        part(self.pending, "not done yet");
        format!("{}: {}", counted(self.units, "unit"), parts.join(", "))
    }

    /// What the whole costs: name, amount, remark.
    pub(super) fn facts(&self) -> Vec<(&'static str, String, String)> {
        let mut facts = Vec::new();
        if self.planned > 0 {
            let remark = format!("USD per month, {}", counted(self.planned, "cluster"));
            facts.push(("Planned", month(self.usd_per_hour), remark));
            let mut remark = "USD per month: no fleets under these policies cost less".to_owned();
            if self.unproven > 0 {
                let of = counted(self.unproven, "cluster");
                let _ = write!(remark, "; {of} without a bound counted as 0");
            }
            facts.push(("Bound", month(self.bound_usd_per_hour), remark));
        }
        if self.compared_with_today > 0 {
            let of = counted(self.compared_with_today, "cluster");
            let remark = format!("USD per month, {of} whose fleet of today is known");
            facts.push(("Today", month(self.today_usd_per_hour), remark));
            let saving = self.today_usd_per_hour - self.planned_of_those;
            let most = month(self.today_usd_per_hour - self.bound_of_those);
            let remark = format!("USD per month in those; proven at most {most}");
            facts.push(("Saving", month(saving), remark));
        }
        facts
    }
}

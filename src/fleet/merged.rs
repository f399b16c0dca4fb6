//! Two clusters planned as one, and what that would save.
//!
//! ```text
//! saves           cost(A) + cost(B) − cost(A ∪ B)            all three are plans that were found and checked
//! proven at most  cost(A) + cost(B) − bound(A ∪ B)           no plan of the union costs less than its bound
//! proven at least bound(A) + bound(B) − cost(A ∪ B)          no plans of the two cost less than their bounds together
//! ```

use std::collections::HashMap;

use crate::domain::money::UsdPerHour;
use crate::domain::plan::FleetPlan;

use super::gather::{Gathered, Outcome};

/// Two clusters as one.
#[derive(Debug, Clone, PartialEq)]
pub struct Merged {
    /// The unit of the union.
    pub unit: String,
    /// The units of the two.
    pub of: [String; 2],
    /// The key of the union's result.
    pub key: String,
    /// What both cost apart; `None` where one has no whole plan.
    pub apart: Option<UsdPerHour>,
    /// The bounds of both together.
    pub bound_apart: Option<UsdPerHour>,
    /// What the union costs; `None` where it has no whole plan.
    pub together: Option<UsdPerHour>,
    /// No plan of the union costs less.
    pub bound_together: Option<UsdPerHour>,
    /// Why there is nothing to compare; empty where there is.
    pub why_not: String,
}

impl Merged {
    /// What the plan of the union saves against the plans of both; below 0 where it costs more.
    #[must_use]
    pub fn saving(&self) -> Option<UsdPerHour> {
        Some(self.apart? - self.together?)
    }

    /// What no plan of the union saves more than, against the plans of both.
    #[must_use]
    pub fn most_saving(&self) -> Option<UsdPerHour> {
        Some(self.apart? - self.bound_together?)
    }

    /// What it saves against any plans of both; `None` where that is not above 0.
    #[must_use]
    pub fn least_saving(&self) -> Option<UsdPerHour> {
        let least = self.bound_apart? - self.together?;
        (least > UsdPerHour::ZERO).then_some(least)
    }
}

/// Every union among the units, those that save most first.
#[must_use]
pub fn merged(units: &[Gathered]) -> Vec<Merged> {
    let known: HashMap<&str, &Gathered> = (units.iter())
        .filter(|unit| unit.of.is_none())
        .map(|unit| (unit.id.as_str(), unit))
        .collect();
    let mut found: Vec<Merged> = (units.iter())
        .filter_map(|unit| Some(of_union(unit, unit.of.clone()?, &known)))
        .collect();
    found.sort_by(|a, b| (b.saving(), &a.unit).cmp(&(a.saving(), &b.unit)));
    found
}

fn of_union(unit: &Gathered, of: [String; 2], known: &HashMap<&str, &Gathered>) -> Merged {
    let parts = [0, 1].map(|at| whole(known.get(of[at].as_str()).copied(), &of[at]));
    let union = whole(Some(unit), &unit.id);
    let why_not: Vec<String> = (parts.iter().chain([&union]))
        .filter_map(|found| found.as_ref().err().cloned())
        .collect();
    let [first, second] = parts.map(Result::ok);
    let both =
        |amount: fn(&FleetPlan) -> Option<UsdPerHour>| Some(amount(first?)? + amount(second?)?);
    let union = union.ok();
    Merged {
        unit: unit.id.clone(),
        key: unit.key.clone(),
        apart: both(|plan| Some(plan.cost.usd_per_hour)),
        bound_apart: both(|plan| plan.cost.bound_usd_per_hour),
        together: union.map(|plan| plan.cost.usd_per_hour),
        bound_together: union.and_then(|plan| plan.cost.bound_usd_per_hour),
        why_not: why_not.join("; "),
        of,
    }
}

/// The plan of a unit that has a place for every task, or why there is none.
fn whole<'a>(unit: Option<&'a Gathered>, id: &str) -> Result<&'a FleetPlan, String> {
    let why = match unit.map(|unit| &unit.outcome) {
        Some(Outcome::Plan(plan)) if plan.unplaced.is_empty() => return Ok(plan),
        Some(Outcome::Plan(_)) => "its plan leaves tasks without a place".to_owned(),
        Some(Outcome::Failed { why, .. }) => why.clone(),
        Some(Outcome::Poisoned(why)) => format!("set aside: {why}"),
        Some(Outcome::Broken(name)) => format!("its result {name} cannot be read"),
        Some(Outcome::Pending) => "not done yet".to_owned(),
        Some(Outcome::Scenarios { .. } | Outcome::Sizes { .. }) => "it is no plan".to_owned(),
        None => "the manifest has no such unit".to_owned(),
    };
    Err(format!("{id}: {why}"))
}

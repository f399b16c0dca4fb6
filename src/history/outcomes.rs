//! What became of the proposals of each run: how many were applied, what they promised, and what the bill became.
//!
//! Promised = bill with the sizes of that day − bill with the proposals, both of planned fleets. Measured = bill of what ran then − bill of
//! what runs at the last run that follows, where both cluster files said what runs; else the bills planned with the sizes of either day.
//! Prices of the two days are in the difference.

use std::str::FromStr as _;

use rust_decimal::Decimal;
use serde::Serialize;

use super::changes::Change;
use super::runs::Run;

/// What became of a run's proposals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    /// The run.
    pub run: i64,
    /// Services whose size it wanted to change.
    pub proposed: usize,
    /// Of them those that were found changed by a later run.
    pub applied: usize,
    /// Of the applied ones those that were withdrawn.
    pub withdrawn: usize,
    /// Saving that it promised, USD per hour.
    pub promised_usd_per_hour: Option<Decimal>,
    /// Saving up to the last run, USD per hour; `None` where nothing of it was applied.
    pub measured_usd_per_hour: Option<Decimal>,
    /// Whether the measured saving is of what runs, or else of fleets planned anew.
    pub is_of_what_runs: bool,
}

/// The outcomes of a cluster's runs, both in the order of time.
#[must_use]
pub fn outcomes(runs: &[Run], changes: &[Change]) -> Vec<Outcome> {
    let last = runs.last();
    (runs.iter())
        .map(|run| {
            let applied: Vec<&Change> = (changes.iter())
                .filter(|change| change.proposed_by == Some(run.id))
                .collect();
            let since = last.filter(|last| last.id > run.id && !applied.is_empty());
            let of_running = since.and_then(|last| {
                let then = run.running_usd_per_hour.as_deref()?;
                difference(then, last.running_usd_per_hour.as_deref()?)
            });
            let of_plans = since
                .and_then(|last| difference(&run.today_usd_per_hour, &last.today_usd_per_hour));
            let sizes = run.services.iter().filter(|service| {
                (service.cpu_proposed, service.memory_mib_proposed)
                    != (service.cpu_today, service.memory_mib_today)
            });
            Outcome {
                run: run.id,
                proposed: sizes.count(),
                applied: applied.len(),
                withdrawn: applied
                    .iter()
                    .filter(|change| change.withdrawn_at.is_some())
                    .count(),
                promised_usd_per_hour: difference(
                    &run.today_usd_per_hour,
                    &run.planned_usd_per_hour,
                ),
                measured_usd_per_hour: of_running.or(of_plans),
                is_of_what_runs: of_running.is_some(),
            }
        })
        .collect()
}

fn difference(from: &str, to: &str) -> Option<Decimal> {
    Some(Decimal::from_str(from).ok()? - Decimal::from_str(to).ok()?)
}

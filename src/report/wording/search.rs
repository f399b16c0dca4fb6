//! What a plan's searches came upon, in words.

use crate::planner::{Ending, SearchNote};

/// One of them.
#[must_use]
pub fn search_note(note: &SearchNote) -> String {
    match note {
        SearchNote::Unpriced {
            region,
            instance_types,
        } => format!(
            "{} instance types have no price in {region} and are left out: {}",
            instance_types.len(),
            instance_types.join(", ")
        ),
        SearchNote::Offerings { usable, excluded } => format!(
            "{usable} offerings usable, {excluded} instance types left out by policy or price"
        ),
        SearchNote::Problem {
            items,
            bins,
            columns,
            rounds,
        } => format!(
            "reduced to {items} kinds of tasks and {bins} offerings; {columns} columns in {rounds} rounds of the last search"
        ),
        SearchNote::Work {
            searches,
            replays,
            rehearsals,
        } => format!(
            "{searches} work units of searches, {replays} of replays, {rehearsals} of rehearsals"
        ),
        SearchNote::Ended(ending) => ended(ending),
        SearchNote::NoSecondPacking(error) => {
            format!("no second packing without the default of maxShareOnInstance: {error}")
        }
        SearchNote::NoSecondPlan(error) => {
            format!("no second plan with what the first left of the work limit: {error}")
        }
    }
}

fn ended(ending: &Ending) -> String {
    match ending {
        Ending::Optimal => "ended: proven optimal".to_owned(),
        Ending::Gap => "ended: the requested gap is reached".to_owned(),
        Ending::WorkLimit => "ended: the work limit is used up (--work-limit)".to_owned(),
        Ending::GaveUp => "ended: everything that the search tries was tried".to_owned(),
        Ending::SolverFailed(error) => {
            format!("ended: {error}; the plan is the best one found by then")
        }
        Ending::Stopped => "ended: stopped by the time limit or an interrupt".to_owned(),
    }
}

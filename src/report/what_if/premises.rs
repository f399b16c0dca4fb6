//! What a comparison's figures rest on, in words.

use std::collections::BTreeSet;

use crate::domain::plan::PlanAsOf;
use crate::report::wording::solver_failed;
use crate::what_if::Premise;

/// One thing that the figures rest on.
#[must_use]
pub fn premise(premise: &Premise) -> String {
    match premise {
        Premise::BestPackings => {
            "costs are those of the best packings found; ECS's own scheduler may need more instances".to_owned()
        }
        Premise::Fleets => {
            "costs are those of fleets that ECS's own scheduler can fill, as `bayplan plan` designs them".to_owned()
        }
        Premise::PartOfWork { few, one_in } => format!(
            "more than {few} scenarios: each, the base too, is planned with {} of the work of `bayplan plan`, beginning \
             with what a thorough search of the base found; --work-limit gives them more",
            part(*one_in)
        ),
        Premise::AsPlan => "each is planned as `bayplan plan` plans the changed file".to_owned(),
        Premise::EndedEarly => {
            "the time limit or an interrupt ended searches early: rows were not planned with the same effort, nor with that of \
             `bayplan plan`"
                .to_owned()
        }
        Premise::NoStart { error } => format!(
            "nothing is known of the base to begin with, the thorough search of it has no plan: {error}"
        ),
        Premise::SolverFailed { name, error } => {
            format!("{name}: {}", solver_failed(error))
        }
        Premise::WithinGaps => {
            "a change smaller than the gaps may be the search's doing and not the scenario's".to_owned()
        }
        Premise::PriceDays { days } => price_days(days),
    }
}

fn part(one_in: u64) -> String {
    match one_in {
        7 => "a seventh".to_owned(),
        other => format!("1/{other}"),
    }
}

fn price_days(days: &[(PlanAsOf, Vec<String>)]) -> String {
    let all: BTreeSet<&String> = days.iter().flat_map(|(_, regions)| regions).collect();
    let mut parts: Vec<String> = (days.iter())
        .map(|(of, regions)| {
            let text = on_days(of);
            if regions.len() == all.len() {
                return text;
            }
            format!("{text} ({})", regions.join(", "))
        })
        .collect();
    parts.sort();
    format!("prices of {}", parts.join("; "))
}

fn on_days(of: &PlanAsOf) -> String {
    let day = |day: &Option<String>| day.clone().unwrap_or_else(|| "no date given".to_owned());
    format!(
        "On-Demand {}, Spot {}, Fargate {}",
        day(&of.on_demand),
        day(&of.spot),
        day(&of.fargate)
    )
}

//! What a plan says, in words: one file for each kind of statement.

mod assumptions;
mod changes;
mod curves;
mod filling;
mod kubernetes;
mod managed_scaling;
mod obstacles;
mod ordinary_day;
mod reasons;
mod recommendations;
mod search;
mod told;
mod trunking;
mod warnings;
mod week;

pub use assumptions::assumption;
pub use changes::change;
pub use curves::{curve_name, curve_setting, curve_title, no_point, solver_failed};
pub use filling::not_realised;
pub use managed_scaling::{managed_scaling_fault, refused_setting, refused_settings};
pub use obstacles::exclusion;
pub use ordinary_day::lines as ordinary_day;
pub use reasons::reason;
pub use recommendations::recommendation;
pub use search::search_note;
pub use told::{UntrueText, untrue_texts};
pub use trunking::trunking;
pub use warnings::warning;

use crate::domain::plan::{Assumption, FleetPlan, Unplaced, Warning};
use crate::explain::TypeWording;
use crate::io::plan_document::{PlanDocument, Wording};
use crate::report::kubernetes::Words;

/// How explanations say what keeps a type out.
pub const TYPE_WORDING: TypeWording = TypeWording {
    excluded: obstacles::type_exclusion,
    refused: obstacles::failed_test,
};

const WORDING: Wording = Wording {
    change,
    reason,
    assumption,
    warning,
    recommendation,
};

/// The plan as the document that other programs read; its texts are in the words of Kubernetes where it is of that.
#[must_use]
pub fn document(plan: &FleetPlan) -> PlanDocument {
    let mut document = PlanDocument::new(plan, &WORDING);
    if plan.is_of_nodes() {
        let words = Words::of_plan(plan);
        let reasons = (document.unplaced.iter_mut()).flat_map(|entry| &mut entry.reasons);
        let texts = (document.changes.iter_mut())
            .chain(reasons)
            .chain(&mut document.assumptions)
            .chain(&mut document.warnings)
            .chain(&mut document.recommendation);
        for text in texts {
            *text = words.text(text);
        }
    }
    document
}

/// The plan's changes in words.
#[must_use]
pub fn changes(plan: &FleetPlan) -> Vec<String> {
    plan.changes.iter().map(change).collect()
}

/// The plan's assumptions in words.
#[must_use]
pub fn assumptions(plan: &FleetPlan) -> Vec<String> {
    plan.assumptions.iter().map(assumption).collect()
}

/// What ENI trunking would give, where the plan says so; a fact of the first screen.
#[must_use]
pub fn trunking_of(plan: &FleetPlan) -> Option<String> {
    (plan.assumptions.iter()).find_map(|said| match said {
        Assumption::TrunkingTried { tried } => Some(trunking(tried)),
        _ => None,
    })
}

/// The plan's assumptions in words, without those that the first screen has said.
#[must_use]
pub fn further_assumptions(plan: &FleetPlan) -> Vec<String> {
    (plan.assumptions.iter())
        .filter(|said| !ordinary_day::is_on_first_screen(said))
        .filter(|said| !matches!(said, Assumption::TrunkingTried { .. }))
        .map(assumption)
        .collect()
}

/// What documents of Kubernetes hold that the plan leaves out, or of which it does not look at a rule.
#[must_use]
pub fn not_in_plan(plan: &FleetPlan) -> Vec<String> {
    (plan.warnings.iter())
        .filter(|it| {
            matches!(
                it,
                Warning::LeftOut { .. }
                    | Warning::RuleNotModelled { .. }
                    | Warning::BoundAboveToday { .. }
            )
        })
        .map(warning)
        .collect()
}

/// The plan's warnings in words.
#[must_use]
pub fn warnings(plan: &FleetPlan) -> Vec<String> {
    plan.warnings.iter().map(warning).collect()
}

/// Why tasks have no place, in words.
#[must_use]
pub fn reasons(unplaced: &Unplaced) -> Vec<String> {
    unplaced.reasons.iter().map(reason).collect()
}

//! The texts of a plan as data: codes that stay, with what each text says in keys of its own.
//!
//! The types here mirror those of the domain, variant by variant; the compiler holds them together.

mod changes;
mod codes;
mod lists;
mod notes;
mod obstacles;
mod parts;
mod reasons;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::domain::plan::{
    Assumption, Change, FleetPlan, Reason, Recommendation, Unplaced, Warning,
};

use super::{BAYPLAN_VERSION, DetailsDocument, PlanDocument};
use changes::ChangeValue;
pub(in crate::io) use codes::detail_codes;
use notes::{AssumptionValue, WarningValue};
use reasons::ReasonValue;

/// What a plan says, as data; `None` where it says nothing, or nothing beside its texts.
pub(super) fn of_plan(plan: &FleetPlan) -> Option<DetailsDocument> {
    let reasons = || plan.unplaced.iter().flat_map(|entry| &entry.reasons);
    let is_text_alone = (plan.changes.iter()).all(|it| matches!(it, Change::AsGiven { .. }))
        && reasons().all(|it| matches!(it, Reason::AsGiven { .. }))
        && (plan.assumptions.iter()).all(|it| matches!(it, Assumption::AsGiven { .. }))
        && (plan.warnings.iter()).all(|it| matches!(it, Warning::AsGiven { .. }));
    if is_text_alone {
        return None;
    }
    let assumptions = plan
        .assumptions
        .iter()
        .map(|it| value(&AssumptionValue(it.clone())));
    let warnings = plan
        .warnings
        .iter()
        .map(|it| value(&WarningValue(it.clone())));
    Some(DetailsDocument {
        bayplan_version: Some(BAYPLAN_VERSION.to_owned()),
        changes: (plan.changes.iter())
            .map(|it| value(&ChangeValue(it.clone())))
            .collect(),
        reasons: reasons()
            .map(|it| value(&ReasonValue(it.clone())))
            .collect(),
        notes: assumptions.chain(warnings).collect(),
    })
}

fn value(of: &impl Serialize) -> Value {
    serde_json::to_value(of).expect("details have texts for keys and finite numbers")
}

/// What the texts of a document say.
pub(super) struct Read {
    pub changes: Vec<Change>,
    pub unplaced: Vec<Unplaced>,
    pub assumptions: Vec<Assumption>,
    pub warnings: Vec<Warning>,
    pub recommendation: Option<Recommendation>,
}

impl Read {
    pub fn new(document: &PlanDocument) -> Self {
        let details = document.details.as_ref();
        let mut changes = details.map_or(&[][..], |of| &of.changes).iter();
        let mut reasons = details.map_or(&[][..], |of| &of.reasons).iter();
        let mut notes = details.map_or(&[][..], |of| &of.notes).iter();
        Self {
            changes: (document.changes.iter())
                .map(|text| {
                    let text = || Change::AsGiven { text: text.clone() };
                    known(changes.next()).map_or_else(text, |ChangeValue(it)| it)
                })
                .collect(),
            unplaced: (document.unplaced.iter())
                .map(|entry| Unplaced {
                    service_name: entry.service_name.clone(),
                    count: entry.count,
                    reasons: (entry.reasons.iter())
                        .map(|text| {
                            let text = || Reason::AsGiven { text: text.clone() };
                            known(reasons.next()).map_or_else(text, |ReasonValue(it)| it)
                        })
                        .collect(),
                })
                .collect(),
            assumptions: (document.assumptions.iter())
                .map(|text| {
                    let text = || Assumption::AsGiven { text: text.clone() };
                    known(notes.next()).map_or_else(text, |AssumptionValue(it)| it)
                })
                .collect(),
            warnings: (document.warnings.iter())
                .map(|text| {
                    let text = || Warning::AsGiven { text: text.clone() };
                    known(notes.next()).map_or_else(text, |WarningValue(it)| it)
                })
                .collect(),
            recommendation: (document.recommendation.as_ref())
                .map(|text| Recommendation::AsGiven { text: text.clone() }),
        }
    }
}

/// A detail of a code that is known.
fn known<T: DeserializeOwned>(detail: Option<&Value>) -> Option<T> {
    T::deserialize(detail?).ok()
}

//! The texts of a plan's document held against what its `details` say: a text is what this program would write for the
//! detail beside it, and nothing is said that no detail says.
//!
//! A recommendation has no detail. It follows from today's cost and the plan's but for the least saving asked for, which
//! is read from its end.

use rust_decimal::Decimal;

use crate::domain::money::UsdPerHour;
use crate::domain::plan::{
    Assumption, Change, FleetPlan, Reason, Recommendation, Unplaced, Warning,
};
use crate::io::plan_document::{BAYPLAN_VERSION, DetailsDocument, PlanDocument};

use crate::report::kubernetes::Words;

use super::{assumption, change, reason, recommendation, warning};

/// A text that is not what its detail says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UntrueText {
    /// Where in the plan document: `changes[2]`.
    pub place: String,
    /// The text, or what there is in place of it.
    pub found: String,
    /// What the detail says.
    pub expected: String,
}

/// Every text of a document that differs from what its details say, with the plan that was read from it.
#[must_use]
pub fn untrue_texts(document: &PlanDocument, plan: &FleetPlan) -> Vec<UntrueText> {
    let recommendation = untrue_recommendation(document, plan);
    // Words of another version cannot be held against these.
    if let Some(untrue) = untold(document) {
        return [untrue].into_iter().chain(recommendation).collect();
    }
    // Plans of Kubernetes say it with other words; those of earlier versions did not.
    let words = plan.is_of_nodes().then(|| Words::of_plan(plan));
    let words = words.as_ref();
    let changes = plan.changes.iter().map(|it| match it {
        Change::AsGiven { .. } => None,
        it => Some(change(it)),
    });
    let assumptions = plan.assumptions.iter().map(|it| match it {
        Assumption::AsGiven { .. } => None,
        it => Some(assumption(it)),
    });
    let warnings = plan.warnings.iter().map(|it| match it {
        Warning::AsGiven { .. } => None,
        it => Some(warning(it)),
    });
    let mut found = differences(("changes", words), &document.changes, changes);
    for (index, (given, entry)) in document.unplaced.iter().zip(&plan.unplaced).enumerate() {
        let place = format!("unplaced[{index}].reasons");
        let place = (place.as_str(), words);
        found.extend(differences(place, &given.reasons, of_reasons(entry)));
    }
    found.extend(differences(
        ("assumptions", words),
        &document.assumptions,
        assumptions,
    ));
    found.extend(differences(
        ("warnings", words),
        &document.warnings,
        warnings,
    ));
    found.extend(counts(document));
    found.extend(recommendation);
    found
}

/// That nothing says what the texts say: no details, or details of another version of the program, whose words are not these.
fn untold(document: &PlanDocument) -> Option<UntrueText> {
    let untrue = |place: &str, found: String, expected: &str| UntrueText {
        place: place.to_owned(),
        found,
        expected: expected.to_owned(),
    };
    let Some(details) = &document.details else {
        let reasons = document.unplaced.iter().map(|entry| entry.reasons.len());
        let texts = document.changes.len() + document.assumptions.len() + document.warnings.len();
        let texts = texts + reasons.sum::<usize>();
        return (texts > 0).then(|| {
            let found = format!("none beside {texts} texts");
            untrue("details", found, "what the texts say, as data")
        });
    };
    let version = details.bayplan_version.as_deref();
    (version != Some(BAYPLAN_VERSION)).then(|| {
        let found = version.map_or_else(|| "no version".to_owned(), quoted);
        let expected = format!(
            "`{BAYPLAN_VERSION}`, this program's version: texts in the words of another one are not compared; check the plan with \
             that version, or plan again"
        );
        untrue("details.bayplanVersion", found, &expected)
    })
}

fn of_reasons(entry: &Unplaced) -> impl Iterator<Item = Option<String>> {
    entry.reasons.iter().map(|it| match it {
        Reason::AsGiven { .. } => None,
        it => Some(reason(it)),
    })
}

/// Texts beside what details say in their places.
fn differences(
    (place, words): (&str, Option<&Words>),
    texts: &[String],
    said: impl Iterator<Item = Option<String>>,
) -> Vec<UntrueText> {
    let is_reworded = |said: &str, text: &str| words.is_some_and(|words| words.text(said) == text);
    let differ = |(index, (text, said)): (usize, (&String, Option<String>))| {
        let expected = match said {
            Some(said) if said == *text || is_reworded(&said, text) => return None,
            Some(said) => quoted(&said),
            None => "a text that `details` say".to_owned(),
        };
        Some(UntrueText {
            place: format!("{place}[{index}]"),
            found: quoted(text),
            expected,
        })
    };
    texts
        .iter()
        .zip(said)
        .enumerate()
        .filter_map(differ)
        .collect()
}

/// Details that no text says.
fn counts(document: &PlanDocument) -> Vec<UntrueText> {
    let Some(DetailsDocument {
        changes,
        reasons,
        notes,
        ..
    }) = &document.details
    else {
        return Vec::new();
    };
    let texts_of_reasons = document.unplaced.iter().map(|entry| entry.reasons.len());
    let texts_of_notes = document.assumptions.len() + document.warnings.len();
    [
        ("changes", changes.len(), document.changes.len()),
        ("reasons", reasons.len(), texts_of_reasons.sum()),
        ("notes", notes.len(), texts_of_notes),
    ]
    .into_iter()
    .filter(|(_, details, texts)| details > texts)
    .map(|(key, details, texts)| UntrueText {
        place: format!("details.{key}"),
        found: format!("{details} entries"),
        expected: format!("{texts}, one for each text"),
    })
    .collect()
}

/// A recommendation that the costs do not bear out.
fn untrue_recommendation(document: &PlanDocument, plan: &FleetPlan) -> Option<UntrueText> {
    let text = document.recommendation.as_ref()?;
    let untrue = |expected: String| {
        Some(UntrueText {
            place: "recommendation".to_owned(),
            found: quoted(text),
            expected,
        })
    };
    let Some(today) = plan.cost.current_usd_per_hour else {
        return untrue("none, where today's cost is not known".to_owned());
    };
    let saving = today.amount() - plan.cost.usd_per_hour.amount();
    let Some(least) = least_saving(text) else {
        return untrue("to leave it alone, with the least saving asked for".to_owned());
    };
    if !plan.is_of_all() || saving >= least * today.amount() {
        return untrue(
            "none, where the plan saves as much or today's fleet is too small".to_owned(),
        );
    }
    if !plan.changes.is_empty() {
        return untrue("none beside changes".to_owned());
    }
    let said = recommendation(&Recommendation::LeaveAlone {
        saving: UsdPerHour::new(saving),
        today,
        least,
    });
    if said == *text {
        None
    } else {
        untrue(quoted(&said))
    }
}

/// The fraction that a recommendation names at its end, in percent.
fn least_saving(text: &str) -> Option<Decimal> {
    let (before, _) = text.rsplit_once(" %")?;
    let (_, percent) = before.rsplit_once(' ')?;
    let percent: Decimal = percent.parse().ok()?;
    percent.checked_div(Decimal::ONE_HUNDRED)
}

fn quoted(text: &str) -> String {
    format!("`{text}`")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;
    use crate::report::wording::document;

    fn places(document: &PlanDocument) -> Vec<String> {
        let plan = document.plan().expect("a plan");
        (untrue_texts(document, &plan).into_iter())
            .map(|untrue| untrue.place)
            .collect()
    }

    /// The sample with what its program would say in place of texts as they were given.
    fn told() -> PlanDocument {
        let mut plan = sample::plan();
        plan.changes = vec![Change::RemoveProvider {
            capacity_provider: "old".to_owned(),
            types_today: vec!["m7i.large".to_owned()],
            instances_today: 2,
        }];
        plan.assumptions = vec![Assumption::NoZones, Assumption::EniTrunkingOff];
        plan.warnings = vec![Warning::MaxShareGivesWay { tasks: 3 }];
        plan.unplaced.clear();
        document(&plan)
    }

    #[test]
    fn a_plan_as_it_was_written_says_what_its_details_say() {
        assert_eq!(places(&told()), Vec::<String>::new());
    }

    #[test]
    fn every_text_is_held_against_its_detail() {
        let mut forged = told();
        forged.changes[0].push_str(" today");
        forged.assumptions.swap(0, 1);
        forged.warnings[0].clear();
        assert_eq!(
            places(&forged),
            [
                "changes[0]",
                "assumptions[0]",
                "assumptions[1]",
                "warnings[0]"
            ]
        );
    }

    #[test]
    fn a_text_without_a_detail_and_a_detail_without_a_text_are_found() {
        let mut forged = told();
        forged.details = None;
        assert_eq!(places(&forged), ["details"]);
        (forged.changes, forged.assumptions, forged.warnings) = Default::default();
        assert_eq!(places(&forged), Vec::<String>::new(), "nothing is said");
        let mut forged = told();
        forged.changes.clear();
        forged.warnings.clear();
        assert_eq!(places(&forged), ["details.changes", "details.notes"]);
        let mut forged = told();
        let details = forged.details.as_mut().expect("details");
        details.notes[0] = serde_json::json!({"code": "as-given", "text": forged.assumptions[0]});
        assert_eq!(places(&forged), ["assumptions[0]"]);
    }

    #[test]
    fn texts_in_the_words_of_another_version_are_not_vouched_for() {
        for version in [None, Some("0.0.9".to_owned()), Some(String::new())] {
            let mut other = told();
            let details = other.details.as_mut().expect("details");
            details.bayplan_version = version;
            assert_eq!(places(&other), ["details.bayplanVersion"]);
            other.changes[0] = "take old away".to_owned();
            assert_eq!(places(&other), ["details.bayplanVersion"]);
        }
    }

    #[test]
    fn a_recommendation_follows_from_the_costs() {
        let mut plan = sample::plan();
        (plan.changes, plan.unplaced) = (Vec::new(), Vec::new());
        plan.assumptions.clear();
        plan.warnings.clear();
        let cost = plan.cost.usd_per_hour;
        let today = cost + cost * 1;
        plan.cost.current_usd_per_hour = Some(today);
        plan.recommendation = Some(Recommendation::LeaveAlone {
            saving: cost,
            today,
            least: Decimal::new(60, 2),
        });
        let told = document(&plan);
        assert_eq!(places(&told), Vec::<String>::new());
        for (from, to) in [
            ("saves ", "saves 1"),
            ("60 %", "40 %"),
            ("60 %", "61 per cent"),
            ("alone", ""),
        ] {
            let mut forged = told.clone();
            let text = forged.recommendation.take().expect("one");
            forged.recommendation = Some(text.replacen(from, to, 1));
            assert_eq!(places(&forged), ["recommendation"], "{from}");
        }
        let mut forged = told;
        forged.cost.current_usd_per_hour = None;
        assert_eq!(places(&forged), ["recommendation"]);
    }
}

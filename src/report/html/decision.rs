//! The decision: today, planned, proven bound, saving.

use serde::Serialize;

use crate::domain::money::UsdPerHour;
use crate::domain::plan::PlanStatus;
use crate::report::cost::document::CostReport;
use crate::report::{commitment, wording, words};

/// The head of the page.
#[derive(Serialize)]
pub(super) struct Decision {
    headline: String,
    /// `good`, `bad` or nothing.
    tone: &'static str,
    cards: Vec<Card>,
    scale: Vec<Amount>,
    facts: Vec<String>,
}

/// One of the four amounts.
#[derive(Serialize)]
struct Card {
    label: &'static str,
    value: String,
    unit: &'static str,
    note: String,
}

/// An amount as a bar.
#[derive(Serialize)]
struct Amount {
    label: &'static str,
    kind: &'static str,
    value: String,
    percent: String,
}

pub(super) fn decision(report: &CostReport<'_>) -> Decision {
    let plan = report.plan;
    let infeasible = plan.status == PlanStatus::Infeasible;
    let over = report.over_budget().is_some();
    let mut facts = vec![words::fleet(plan)];
    facts.extend(report.budget());
    facts.extend(words::groups(plan));
    facts.extend(words::spot(plan));
    facts.extend(words::ideal(plan));
    facts.extend(words::other_group_counts(plan));
    facts.extend(wording::trunking_of(plan));
    facts.extend(words::moves(plan));
    let commitments = commitment::lines(plan);
    facts.extend(
        commitments
            .into_iter()
            .map(|line| format!("Commitments: {line}")),
    );
    facts.extend(plan.recommendation.as_ref().map(wording::recommendation));
    facts.extend(report.subject.notes.iter().cloned());
    Decision {
        headline: words::decision(plan),
        tone: if infeasible || over { "bad" } else { "good" },
        cards: cards(report),
        scale: scale(report),
        facts,
    }
}

fn month(rate: UsdPerHour) -> String {
    words::grouped(&format!("{:.2}", rate.usd_per_month()))
}

fn cards(report: &CostReport<'_>) -> Vec<Card> {
    let cost = &report.plan.cost;
    let today = cost.current_usd_per_hour;
    let unit = "USD per month";
    let known = |amount: Option<UsdPerHour>| match amount {
        Some(amount) => (month(amount), unit),
        None => ("not known".to_owned(), ""),
    };
    let saving = if report.plan.is_of_all() {
        known(report.plan.saving_usd_per_hour())
    } else {
        ("none".to_owned(), "")
    };
    let (today_value, today_unit) = known(today);
    let (bound_value, bound_unit) = match cost.bound_usd_per_hour {
        Some(bound) => (month(bound), unit),
        None => ("none".to_owned(), ""),
    };
    let (saving_value, saving_unit) = saving;
    vec![
        Card {
            label: "Today",
            value: today_value,
            unit: today_unit,
            note: match today {
                Some(today) => format!("{today:.4} USD per hour"),
                None => "the plan holds no cost of a running fleet".to_owned(),
            },
        },
        Card {
            label: "Planned",
            value: month(cost.usd_per_hour),
            unit,
            note: format!("{:.4} USD per hour", cost.usd_per_hour),
        },
        Card {
            label: "Proven bound",
            value: bound_value,
            unit: bound_unit,
            note: words::proof(report.plan),
        },
        Card {
            label: "Saving",
            value: saving_value,
            unit: saving_unit,
            note: words::saving(report.plan)
                .unwrap_or_else(|| "needs the cost of today's fleet".to_owned()),
        },
    ]
}

/// The amounts side by side, the largest as the full width.
fn scale(report: &CostReport<'_>) -> Vec<Amount> {
    let cost = &report.plan.cost;
    let mut amounts = Vec::new();
    if let Some(today) = cost.current_usd_per_hour {
        amounts.push(("Today", "today", today));
    }
    amounts.push(("Planned", "planned", cost.usd_per_hour));
    if cost.ideal_usd_per_hour != cost.usd_per_hour {
        amounts.push(("Best packing", "ideal", cost.ideal_usd_per_hour));
    }
    if let Some(bound) = cost.bound_usd_per_hour {
        amounts.push(("Proven bound", "bound", bound));
    }
    let most = amounts.iter().map(|&(_, _, amount)| amount).max();
    let most = most.unwrap_or_default();
    (amounts.into_iter())
        .map(|(label, kind, amount)| Amount {
            label,
            kind,
            value: month(amount),
            percent: percent_of(amount, most),
        })
        .collect()
}

/// A width in percent, for a style.
pub(super) fn percent_of(part: UsdPerHour, whole: UsdPerHour) -> String {
    // The gap from the whole to the part, so that nothing of nothing is no width.
    if whole == UsdPerHour::ZERO {
        return "0".to_owned();
    }
    format!("{:.2}", (1.0 - whole.gap_to(part)).clamp(0.0, 1.0) * 100.0)
}

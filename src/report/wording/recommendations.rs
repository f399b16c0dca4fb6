//! What to do with a plan, in words.

use rust_decimal::Decimal;

use crate::domain::plan::Recommendation;

/// A recommendation in words.
#[must_use]
pub fn recommendation(recommendation: &Recommendation) -> String {
    let (saving, today, least) = match recommendation {
        Recommendation::LeaveAlone {
            saving,
            today,
            least,
        } => (saving, today.amount(), least),
        Recommendation::AsGiven { text } => return text.clone(),
    };
    let hundred = Decimal::ONE_HUNDRED;
    let part = if today.is_zero() {
        Decimal::ZERO
    } else {
        saving.amount() * hundred / today
    };
    let month = saving.usd_per_month();
    let what = if saving.amount().is_sign_negative() {
        format!("the plan costs {} USD a month more", -month)
    } else {
        format!(
            "the plan saves {month} USD a month ({} %)",
            part.round_dp(1)
        )
    };
    format!(
        "leave it alone: {what}, and less than {} % is not worth a change",
        (*least * hundred).normalize()
    )
}

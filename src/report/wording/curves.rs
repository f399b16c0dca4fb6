//! Points of trade-offs without figures, in words.

use crate::sweep::trade_offs::NoPoint;

use super::assumptions::not_realised;

/// Why a point has no figures.
#[must_use]
pub fn no_point(why: &NoPoint) -> String {
    match why {
        NoPoint::OutOfTime => "the time was over before it was planned".to_owned(),
        NoPoint::NoPlan { error } | NoPoint::Withheld { error } => {
            error.lines().next().unwrap_or_default().to_owned()
        }
        NoPoint::Unplaced { tasks } => format!("{tasks} tasks have no place"),
        NoPoint::NotRealised(why) => not_realised(why),
    }
}

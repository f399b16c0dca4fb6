//! Trade-offs in words: what is varied, and why a point has no figures.

use crate::planner::{LpError, PlanError};
use crate::sweep::trade_offs::{NoPoint, Varied};

use super::filling::not_realised;

/// Why a point has no figures.
#[must_use]
pub fn no_point(why: &NoPoint) -> String {
    match why {
        NoPoint::OutOfTime => "the time was over before it was planned".to_owned(),
        NoPoint::NoPlan(error) => first_line(&error.to_string()),
        NoPoint::Withheld(rejected) => {
            first_line(&PlanError::Withheld(rejected.clone()).to_string())
        }
        NoPoint::Unplaced { tasks } => format!("{tasks} tasks have no place"),
        NoPoint::NotRealised(why) => not_realised(why),
    }
}

/// A curve's name in data files.
#[must_use]
pub const fn curve_name(varied: Varied) -> &'static str {
    match varied {
        Varied::SpotShare => "spot_share",
        Varied::Headroom => "headroom",
        Varied::InstanceTypes => "instance_types",
        Varied::Groups => "groups",
    }
}

/// A curve's heading.
#[must_use]
pub const fn curve_title(varied: Varied) -> &'static str {
    match varied {
        Varied::SpotShare => "Spot against robustness",
        Varied::Headroom => "Headroom against cost",
        Varied::InstanceTypes => "Number of instance types against cost",
        Varied::Groups => "Number of Auto Scaling groups against cost",
    }
}

/// What a curve varies, with its unit.
#[must_use]
pub const fn curve_setting(varied: Varied) -> &'static str {
    match varied {
        Varied::SpotShare => "spotMaxShare, % of each service's tasks",
        Varied::Headroom => "headroomPercent, %",
        Varied::InstanceTypes => "maxInstanceTypes",
        Varied::Groups => "maxCapacityProviders",
    }
}

/// That a plan is the best found when the LP solver failed.
#[must_use]
pub fn solver_failed(error: &LpError) -> String {
    format!("{error}; the plan is the best one found by then, and it is checked")
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

//! V47: what a plan says of other numbers of Auto Scaling groups is possible: numbers that rise, none below the bound, and
//! with more groups than the plan has no fleet dearer than the plan's, whose groups would be allowed as well. The fleets
//! themselves are not in the plan and cannot be derived again.

use crate::check::facts::Facts;
use crate::check::money;
use crate::check::violation::{Rule, Violation};
use crate::domain::money::UsdPerHour;

/// ECS's quota of capacity providers of a cluster.
const MOST_GROUPS: u64 = 20;

pub(super) fn violations(facts: &Facts<'_>) -> Vec<Violation> {
    let plan = facts.plan;
    let used = plan.groups().count() as u64;
    let bound = plan.cost.bound_usd_per_hour.unwrap_or(UsdPerHour::ZERO);
    let mut violations = Vec::new();
    let mut before = 0;
    for (index, other) in plan.other_group_counts.iter().enumerate() {
        let place = format!("otherGroupCounts[{index}]");
        if other.groups <= before || other.groups > MOST_GROUPS {
            violations.push(Violation::new(
                Rule::OtherGroupCounts,
                format!("{place}.groups"),
                other.groups.to_string(),
                format!("{} to {MOST_GROUPS}", before.saturating_add(1)),
            ));
        }
        before = other.groups;
        let dearer = other.groups > used && other.usd_per_hour > plan.cost.usd_per_hour;
        if other.usd_per_hour < bound || dearer {
            violations.push(Violation::new(
                Rule::OtherGroupCounts,
                format!("{place}.usdPerHour"),
                money::words(Some(other.usd_per_hour)),
                if dearer {
                    format!("at most {}", money::words(Some(plan.cost.usd_per_hour)))
                } else {
                    format!("at least the bound, {}", money::words(Some(bound)))
                },
            ));
        }
    }
    violations
}

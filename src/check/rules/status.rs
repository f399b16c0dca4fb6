//! V21: infeasible exactly when tasks are unplaced; optimal only where the bound proves the ideal
//! packing cheapest: a difference below the cost grid, or 10⁻⁹ of it.

use rust_decimal::Decimal;

use crate::check::facts::Facts;
use crate::check::money;
use crate::check::violation::{Rule, Violation};
use crate::domain::plan::{PlanCost, PlanStatus};

pub(in crate::check) fn violations(facts: &Facts<'_>) -> Vec<Violation> {
    let plan = facts.plan;
    let violation =
        |found: &str, expected: &str| vec![Violation::new(Rule::Status, "status", found, expected)];
    match (plan.status, plan.unplaced.is_empty()) {
        (PlanStatus::Infeasible, true) => {
            violation("infeasible", "optimal or feasible: no task is unplaced")
        }
        (PlanStatus::Optimal | PlanStatus::Feasible, false) => {
            violation("optimal or feasible", "infeasible: some tasks are unplaced")
        }
        (PlanStatus::Optimal, true) if !proven(&plan.cost) => violation(
            "optimal",
            "feasible: the bound does not prove the ideal packing cheapest",
        ),
        _ => Vec::new(),
    }
}

/// Whether no packing on the cost grid can be cheaper than the ideal one.
fn proven(cost: &PlanCost) -> bool {
    let Some(bound) = cost.bound_usd_per_hour else {
        return false;
    };
    let ideal = cost.ideal_usd_per_hour;
    let grid = Decimal::new(1, 8);
    let below_grid = (ideal.amount().checked_sub(bound.amount())).is_some_and(|d| d < grid);
    let relative = money::relative_difference(ideal, bound);
    below_grid || relative.is_some_and(|gap| gap <= Decimal::new(1, 9))
}

//! The bill, its shares, its bound and the status.

use super::fixture::usd;
use super::{Rule, violations_after};
use crate::domain::plan::{PlanStatus, Unplaced};

// V18
mutation!(
    a_bill_one_unit_off,
    |_, plan| {
        let unit = usd("0.00000001");
        plan.cost.usd_per_hour += unit;
        plan.services[0].usd_per_hour += unit;
    },
    Bill,
    BoundAndGaps
);
mutation!(
    a_month_one_cent_off,
    |_, plan| plan.cost.usd_per_month = 296.71,
    Bill
);

// V19
mutation!(
    shares_one_unit_short,
    |_, plan| plan.services[1].usd_per_hour = usd("0.09999999"),
    ServiceShares
);
mutation!(
    a_negative_share,
    |_, plan| {
        plan.services[0].usd_per_hour = usd("-0.09356165");
        plan.services[1].usd_per_hour = usd("0.2");
    },
    ServiceShares
);

// V20
mutation!(
    a_bound_above_the_ideal,
    |_, plan| {
        plan.cost.bound_usd_per_hour = Some(usd("0.5"));
    },
    BoundAndGaps
);
mutation!(
    an_ideal_above_the_bill,
    |_, plan| plan.cost.ideal_usd_per_hour = usd("0.5"),
    BoundAndGaps
);
mutation!(
    a_flattering_gap,
    |_, plan| plan.cost.gap = Some(0.1),
    BoundAndGaps
);
mutation!(
    a_gap_without_a_bound,
    |_, plan| plan.cost.bound_usd_per_hour = None,
    BoundAndGaps
);

// V21
mutation!(
    optimal_without_proof,
    |_, plan| plan.status = PlanStatus::Optimal,
    Status
);
mutation!(optimal_with_proof_is_no_violation, |_, plan| {
    plan.status = PlanStatus::Optimal;
    plan.cost.bound_usd_per_hour = Some(plan.cost.ideal_usd_per_hour);
    plan.cost.gap = Some(0.0);
    plan.cost.ideal_gap = Some(0.0);
},);
mutation!(
    infeasible_with_every_task_placed,
    |_, plan| plan.status = PlanStatus::Infeasible,
    Status
);
mutation!(
    feasible_with_unplaced_tasks,
    |cluster, plan| {
        cluster.services[1].desired_count = 5;
        plan.services[1].desired_count = 5;
        plan.unplaced.push(Unplaced {
            service_name: "api".to_owned(),
            count: 1,
            reasons: Vec::new(),
        });
    },
    Status
);

// V46
#[test]
fn a_marginal_cost_may_be_any_amount_that_is_not_negative() {
    let marginal = |cost: &str| {
        let violations = violations_after(|_, plan| {
            plan.services[1].marginal_usd_per_task_hour = Some(usd(cost));
        });
        (violations.into_iter())
            .filter(|violation| violation.rule == Rule::MarginalCost)
            .map(|violation| violation.place)
            .collect::<Vec<_>>()
    };
    assert_eq!(marginal("-0.001"), ["services[api].marginalUsdPerTaskHour"]);
    assert_eq!(marginal("500"), Vec::<String>::new());
}

//! V46: what one more task of a service costs at the margin is within what can be told without the linear program.
//!
//! A service on Fargate pays for one more task what its cheapest one costs; any other pays at least nothing. No upper end
//! is looked at: rows for room, limits and kept instances add to a task's worth, so that an instance for the task alone is
//! no limit. A plan without solver values states none: an absent one is not a finding.

use crate::check::facts::Facts;
use crate::check::money;
use crate::check::violation::{Rule, Violation};
use crate::domain::money::UsdPerHour;
use crate::domain::service::Service;

pub(super) fn violations(facts: &Facts<'_>) -> Vec<Violation> {
    (facts.plan.services.iter())
        .filter_map(|planned| {
            let service = *facts.services.get(planned.service_name.as_str())?;
            let found = planned.marginal_usd_per_task_hour?;
            let expected = expected_instead(facts, service, found)?;
            Some(Violation::new(
                Rule::MarginalCost,
                format!("services[{}].marginalUsdPerTaskHour", service.name),
                money::words(Some(found)),
                expected,
            ))
        })
        .collect()
}

/// What the marginal cost should be, where it cannot be what is stated.
fn expected_instead(facts: &Facts<'_>, service: &Service, found: UsdPerHour) -> Option<String> {
    if found < UsdPerHour::ZERO {
        return Some("an amount of 0 or more".to_owned());
    }
    let price = (facts.plan.fargate_tasks.iter())
        .filter(|tasks| tasks.service_name == service.name && tasks.count > 0)
        .map(|tasks| tasks.usd_per_hour)
        .min()?;
    (found != price).then(|| format!("{}, of a task on Fargate", money::words(Some(price))))
}

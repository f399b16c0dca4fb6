//! V19: the services' shares add up to the bill exactly, and no share is negative. Without services nobody shares it.

use crate::check::facts::Facts;
use crate::check::money;
use crate::check::violation::{Rule, Violation};
use crate::domain::money::UsdPerHour;

pub(in crate::check) fn violations(facts: &Facts<'_>) -> Vec<Violation> {
    let plan = facts.plan;
    let negative = (plan.services.iter())
        .filter(|service| service.usd_per_hour < UsdPerHour::ZERO)
        .map(|service| {
            Violation::new(
                Rule::ServiceShares,
                format!("services[{}].usdPerHour", service.service_name),
                money::words(Some(service.usd_per_hour)),
                "an amount of 0 or more",
            )
        });
    let sum = money::total(
        plan.services
            .iter()
            .map(|service| Some(service.usd_per_hour)),
    );
    let somebody = !facts.cluster.services.is_empty();
    let differs = (somebody && sum != Some(plan.cost.usd_per_hour)).then(|| {
        Violation::new(
            Rule::ServiceShares,
            "services",
            format!("shares of {} in all", money::words(sum)),
            format!("{}, the bill", money::words(Some(plan.cost.usd_per_hour))),
        )
    });
    negative.chain(differs).collect()
}

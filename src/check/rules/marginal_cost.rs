//! V46: what one more task of a service costs at the margin is within what can be told without the linear program.
//!
//! A service on Fargate pays for one more task what its cheapest one costs. Any other pays at least nothing, and no more
//! than the cheapest new On-Demand instance that could hold one of its tasks alone, in the zone where that is dearest: that
//! instance with the task is a column of the linear program. This end is looked at only where no row of the program but the
//! demand can add to it: On-Demand is bought, no limit on instances or types binds, no room is kept for losses and
//! rollouts, and nothing is without a place. A plan without solver values states none: an absent one is not a finding.

use crate::catalogue::filter::policy_exclusions;
use crate::check::facts::Facts;
use crate::check::instance_price::PricedInstance;
use crate::check::money;
use crate::check::offers::{self, Offer};
use crate::check::violation::{Rule, Violation};
use crate::domain::capacity::Capacity;
use crate::domain::money::UsdPerHour;
use crate::domain::policy::FargateUse;
use crate::domain::service::Service;

use super::one_instance;

pub(super) fn violations(facts: &Facts<'_>) -> Vec<Violation> {
    let stated: Vec<(&Service, UsdPerHour)> = (facts.plan.services.iter())
        .filter_map(|planned| {
            let service = *facts.services.get(planned.service_name.as_str())?;
            Some((service, planned.marginal_usd_per_task_hour?))
        })
        .collect();
    let dearest = stated.iter().map(|&(_, marginal)| marginal).max();
    let cheaper = match dearest {
        Some(dearest) if only_demand_binds(facts) => below(facts, dearest),
        _ => Vec::new(),
    };
    (stated.into_iter())
        .filter_map(|(service, found)| {
            let expected = expected_instead(facts, &cheaper, service, found)?;
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
fn expected_instead(
    facts: &Facts<'_>,
    cheaper: &[(UsdPerHour, Offer<'_>)],
    service: &Service,
    found: UsdPerHour,
) -> Option<String> {
    if found < UsdPerHour::ZERO {
        return Some("an amount of 0 or more".to_owned());
    }
    let on_fargate = (facts.plan.fargate_tasks.iter())
        .filter(|tasks| tasks.service_name == service.name && tasks.count > 0)
        .map(|tasks| tasks.usd_per_hour)
        .min();
    if let Some(price) = on_fargate {
        return (found != price)
            .then(|| format!("{}, of a task on Fargate", money::words(Some(price))));
    }
    if service.is_daemon() || service.is_external() {
        return None;
    }
    let most = most(facts, cheaper, service, found)?;
    Some(format!(
        "at most {}, of an instance for one task alone",
        money::words(Some(most))
    ))
}

/// The price of the cheapest offer that could hold one task; `None` where none is below what is stated.
fn most(
    facts: &Facts<'_>,
    cheaper: &[(UsdPerHour, Offer<'_>)],
    service: &Service,
    found: UsdPerHour,
) -> Option<UsdPerHour> {
    // The solver's value is rounded to the grid.
    (cheaper.iter())
        .take_while(|(price, _)| found.grid_units() - price.grid_units() > 1)
        .find(|(_, offer)| could_hold_one(facts, offer, service))
        .map(|(price, _)| *price)
}

fn could_hold_one(facts: &Facts<'_>, offer: &Offer<'_>, service: &Service) -> bool {
    one_instance::further(facts, &offer.machine, &offer.daemons, service) > 0
        && one_instance::admits(&offer.machine, &offer.host, service)
}

/// Whether nothing but the demand for tasks can add to a task's worth.
fn only_demand_binds(facts: &Facts<'_>) -> bool {
    let policy = &facts.cluster.policy;
    let instances = (facts.rows.iter())
        .map(|row| row.planned.count)
        .fold(0, u64::saturating_add);
    facts.cluster.zones.is_empty()
        && policy.purchase_options.allows(Capacity::OnDemand)
        && !policy.purchase_options.allows(Capacity::Spot)
        && policy.fargate != FargateUse::Only
        && policy.max_instance_types.is_none()
        && instances < policy.max_instances
        && facts.plan.unplaced.is_empty()
        && !policy.survive_zone_loss
        && !policy.survive_instance_loss
        && !policy.keeps_room_for_rollouts()
}

/// New On-Demand instances below a price, the cheapest first.
fn below<'a>(facts: &Facts<'a>, dearest: UsdPerHour) -> Vec<(UsdPerHour, Offer<'a>)> {
    let mut offers: Vec<(UsdPerHour, Offer<'a>)> = (facts.catalogue.instance_types().iter())
        .filter(|known| policy_exclusions(known, &facts.cluster.policy).is_empty())
        .filter_map(|known| {
            let instance = PricedInstance {
                type_name: &known.name,
                capacity: Capacity::OnDemand,
                zone_id: None,
                existing: false,
            };
            let price = instance.price(facts.cluster, facts.catalogue).ok()?;
            (price < dearest).then_some((price, known))
        })
        .flat_map(|(price, known)| {
            let offers = offers::of_type(facts, known).into_iter();
            offers
                .filter(|offer| !offer.accelerated)
                .map(move |offer| (price, offer))
        })
        .collect();
    offers.sort_by_key(|&(price, _)| price);
    offers
}

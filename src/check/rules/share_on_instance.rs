//! V39: of a service's n planned tasks at most max(1, ceil(share · n)) are on one new instance, by the smaller of the
//! policy's and the service's own `maxShareOnInstance`; nor does a group's certificate allow more. A share that nobody
//! stated is a default that gives way, so that no plan breaks it. Daemons, standalone tasks, services of launch type
//! EXTERNAL and instances that stay are free of it.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::check::facts::Facts;
use crate::check::violation::{Rule, Violation};
use crate::domain::service::Service;

pub(super) fn violations(facts: &Facts<'_>) -> Vec<Violation> {
    let mut violations = Vec::new();
    for row in facts.rows.iter().filter(|row| !row.planned.existing) {
        for &(service, each) in &row.tasks {
            violations.extend(too_many(facts, service, each, &row.place()));
        }
    }
    for provider in &facts.plan.capacity_providers {
        let certified = provider
            .certificate
            .iter()
            .flat_map(|it| &it.tasks_per_instance);
        for (name, &each) in certified {
            let place = format!("capacityProviders[{}].certificate", provider.name);
            let service = facts.services.get(name.as_str());
            violations.extend(service.and_then(|service| too_many(facts, service, each, &place)));
        }
    }
    violations
}

fn too_many(facts: &Facts<'_>, service: &Service, each: u64, place: &str) -> Option<Violation> {
    let most = most(facts, service)?;
    (each > most).then(|| {
        Violation::new(
            Rule::ShareOnInstance,
            place,
            format!("{each} tasks of {} on one instance", service.name),
            format!("at most {most} (maxShareOnInstance)"),
        )
    })
}

/// Most tasks on one instance, where a share is stated for the service.
fn most(facts: &Facts<'_>, service: &Service) -> Option<u64> {
    if service.is_daemon() || service.is_standalone() || service.is_external() {
        return None;
    }
    let share = match (
        facts.cluster.policy.max_share_on_instance,
        service.policy.max_share_on_instance,
    ) {
        (Some(of_policy), Some(own)) => of_policy.min(own),
        (one, other) => one.or(other)?,
    };
    let whole = service.whole();
    let all = whole.map_or_else(
        || facts.planned(service),
        |whole| facts.cluster.policy.planned_of_whole(whole),
    );
    let tasks = share.checked_mul(Decimal::from(all))?;
    Some(tasks.ceil().to_u64()?.max(1))
}

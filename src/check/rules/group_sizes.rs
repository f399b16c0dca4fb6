//! V44: the smallest and largest size of a group follow from the services' `minCount` and `maxCount`.
//!
//! A group of an ideal packing may shrink to nothing and grow to its planned size; one of today that stays keeps the sizes
//! that the file shows. A certified group needs, for counts
//! that move in proportion, as many instances as its pattern takes: for each service its tasks there, times the other
//! count over the planned one, rounded up, over `tasksPerInstance`, rounded up; the largest over the services, levelled
//! over its zones; never more than planned for the smallest size, and never less for the largest. What a group without a
//! certificate needs rests on the tasks of its design, which the plan does not state: there the sizes are only bounded, by
//! the smallest and the largest of those proportions.
//!
//! Where a replay finds these sizes too small, a group may have others: its planned size as its smallest, where some count
//! may fall; for a rollout (`deploymentSurge: "one"`) as many instances more as it has, and for growth of some count to its
//! `maxCount` as many more as its largest size, by one instance a zone where that is more. How much a replay needs is not
//! derived here: between these ends the checker believes.

use crate::check::facts::Facts;
use crate::check::violation::{Problem, Rule, Violation};
use crate::domain::placement::PlacementStrategy;
use crate::domain::plan::{Certificate, PlannedProvider};
use crate::domain::policy::DeploymentSurge;
use crate::domain::service::Service;

pub(super) fn violations(facts: &Facts<'_>) -> Vec<Violation> {
    let groups = (facts.plan.capacity_providers.iter()).filter(|provider| provider.kind.is_group());
    let mut violations = Vec::new();
    for group in groups {
        let range = Range::of(facts, group);
        let stays = range.may_stay && group.min_size == group.desired_capacity;
        let sizes = [
            ("minSize", group.min_size, range.least, stays),
            ("maxSize", group.max_size, range.most, false),
        ];
        for (field, found, (low, high), otherwise) in sizes {
            if otherwise || (low..=high).contains(&found) {
                continue;
            }
            let expected = if low == high {
                low.to_string()
            } else {
                format!("{low} to {high}")
            };
            let place = format!("capacityProviders[{}].{field}", group.name);
            let expected = format!(
                "{expected}, by the services' smallest and largest counts or today's group"
            );
            violations.push(Problem::new(found.to_string(), expected).at(Rule::GroupSizes, place));
        }
    }
    violations
}

/// What the smallest and the largest size may be, ends included.
struct Range {
    least: (u64, u64),
    most: (u64, u64),
    /// Whether the planned size may be the smallest too.
    may_stay: bool,
}

impl Range {
    fn of(facts: &Facts<'_>, group: &PlannedProvider) -> Self {
        let planned = group.desired_capacity;
        let mut range = if group.mode.is_none() || facts.stays(group) {
            as_today(facts, group)
        } else {
            match &group.certificate {
                Some(certificate) => certified(facts, group, certificate),
                None => proportional(facts, group),
            }
        };
        if group.mode.is_none() {
            return range;
        }
        let zones = (group.availability_zones.len() as u64).max(1);
        if facts.cluster.policy.deployment_surge == DeploymentSurge::OneByOne {
            let grown = planned.saturating_add(planned.max(zones));
            range.most.1 = range.most.1.max(grown);
        }
        let counts = |other: fn(&Service) -> Option<u64>| {
            (facts.services.values())
                .filter_map(move |service| Some((other(service)?, facts.planned(service))))
        };
        if counts(|service| service.max_count).any(|(most, now)| most > now) {
            let most = range.most.1;
            range.most.1 = most.saturating_add(most.max(zones));
        }
        range.may_stay = counts(|service| service.min_count).any(|(fewest, now)| fewest < now);
        range
    }
}

/// The sizes that the file shows of a group of today that stays; else nothing to the planned size.
fn as_today(facts: &Facts<'_>, group: &PlannedProvider) -> Range {
    let planned = group.desired_capacity;
    let (least, most) = (facts.stays(group))
        .then(|| facts.cluster.deployed.group_of_provider(&group.name))
        .flatten()
        .map_or((None, None), |today| (today.min_size, today.max_size));
    let least = least.unwrap_or(0).min(planned);
    let most = most.unwrap_or(planned).max(planned);
    Range {
        least: (least, least),
        most: (most, most),
        may_stay: false,
    }
}

/// Instances by the pattern of a certified group.
fn certified(facts: &Facts<'_>, group: &PlannedProvider, certificate: &Certificate) -> Range {
    let planned = group.desired_capacity;
    let zones = (group.availability_zones.len() as u64).max(1);
    let needed = |count: fn(&Service) -> Option<u64>| {
        let of_services = certificate.tasks.iter().filter_map(|(name, &tasks)| {
            let service = facts.services.get(name.as_str())?;
            let each = (certificate.tasks_per_instance.get(name).copied()).unwrap_or(1);
            let now = facts.planned(service).max(1);
            let then = count(service).unwrap_or(now);
            let scaled = (u128::from(tasks) * u128::from(then)).div_ceil(u128::from(now));
            let scaled = u64::try_from(scaled).unwrap_or(u64::MAX);
            Some(scaled.div_ceil(each.max(1)))
        });
        let instances = of_services.max().unwrap_or(0);
        instances.div_ceil(zones).saturating_mul(zones)
    };
    let least = needed(|service| service.min_count).min(planned);
    let most = needed(|service| service.max_count).max(planned);
    Range {
        least: (least, least),
        most: (most, most),
        may_stay: false,
    }
}

/// Instances in the proportion of the tasks, between the least and the most of the services that use the group.
fn proportional(facts: &Facts<'_>, group: &PlannedProvider) -> Range {
    let planned = group.desired_capacity;
    let users = || {
        (facts.plan.services.iter())
            .filter(|service| {
                (service.capacity_provider_strategy.iter())
                    .any(|item| item.capacity_provider == group.name)
            })
            .filter_map(|service| facts.services.get(service.service_name.as_str()).copied())
    };
    // Where tasks are packed, demand may fall to nothing.
    let packs = (facts.plan.services.iter())
        .filter(|service| {
            (service.capacity_provider_strategy.iter())
                .any(|item| item.capacity_provider == group.name)
        })
        .flat_map(|service| &service.placement_strategy)
        .any(|strategy| matches!(strategy, PlacementStrategy::Binpack(_)));
    let times = |then: u64, now: u64, up: bool| {
        let product = u128::from(planned) * u128::from(then);
        let now = u128::from(now);
        let ratio = if up {
            u128::from(planned) * u128::from(then).div_ceil(now)
        } else {
            product / now
        };
        u64::try_from(ratio).unwrap_or(u64::MAX)
    };
    let mut range = Range {
        least: (planned, 0),
        most: (planned, planned),
        may_stay: false,
    };
    for service in users() {
        let now = facts.planned(service).max(1);
        let fewest = (service.min_count).unwrap_or(if packs { 0 } else { now });
        let most = service.max_count.unwrap_or(now);
        range.least.0 = range.least.0.min(times(fewest, now, false));
        range.least.1 = range.least.1.max(times(fewest, now, true)).min(planned);
        range.most.1 = range.most.1.max(times(most, now, true));
    }
    range
}

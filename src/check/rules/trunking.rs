//! V54: what a plan says that ENI trunking would give is possible.
//!
//! The packing with trunks is not in the plan and cannot be derived again; what it is compared with is the plan's own: the best packing,
//! its bound, instances and tasks without a place. Of the packing itself: it costs no less than its bound, leaves no more tasks without a
//! place than the plan, costs no less than any packing can, and has as many instances as its cost pays for and its tasks need. For that
//! every task costs at least the cheapest part of an instance that it takes, of CPU, of memory and of the interfaces that a trunk has, or
//! its own price on Fargate; so many of the dearest tasks as have no place cost nothing.

use rust_decimal::Decimal;

use crate::catalogue::filter::policy_exclusions;
use crate::check::facts::Facts;
use crate::check::fargate;
use crate::check::instance_price::PricedInstance;
use crate::check::money;
use crate::check::violation::{Rule, Violation};
use crate::domain::capacity::Capacity;
use crate::domain::instance_type::InstanceType;
use crate::domain::money::UsdPerHour;
use crate::domain::plan::{Assumption, Reason, TrunkingTried};
use crate::domain::policy::FargateUse;
use crate::domain::service::Service;

/// CPU units, MiB of memory and network interfaces.
type Amounts = [u64; 3];

pub(super) fn violations(facts: &Facts<'_>) -> Vec<Violation> {
    let mut tried =
        (facts.plan.assumptions.iter().enumerate()).filter_map(|(index, it)| match it {
            Assumption::TrunkingTried { tried } => Some((format!("assumptions[{index}]"), tried)),
            _ => None,
        });
    let first = tried.next();
    let mut found: Vec<Violation> = tried
        .map(|(place, _)| violation(&place, "another packing with ENI trunking", "one at most"))
        .collect();
    if let Some((place, tried)) = &first {
        let said = |(key, found, expected): (&str, String, String)| {
            Violation::new(Rule::Trunking, format!("{place}.{key}"), found, expected)
        };
        found.extend(out_of_place(facts).map(|why| violation(place, "ENI trunking tried", why)));
        found.extend(other_than_plan(facts, tried).into_iter().map(said));
        found.extend(impossible(facts, tried).into_iter().map(said));
    }
    found.extend(places_given(facts, first.map(|(_, tried)| tried)));
    found
}

fn violation(place: &str, found: &str, expected: &str) -> Violation {
    Violation::new(Rule::Trunking, place.to_owned(), found, expected)
}

/// Why nothing is to be said of trunks.
fn out_of_place(facts: &Facts<'_>) -> Option<&'static str> {
    if facts.cluster.is_kubernetes() {
        Some("none: nodes of Kubernetes have no trunks of ECS")
    } else {
        let on = facts.cluster.policy.eni_trunking;
        on.then_some("none: the policy has eniTrunking")
    }
}

type Fault = (&'static str, String, String);

/// What is said of the plan and is not so.
fn other_than_plan(facts: &Facts<'_>, tried: &TrunkingTried) -> Vec<Fault> {
    let plan = facts.plan;
    let instances = (plan.instances.iter()).fold(0_u64, |sum, row| sum.saturating_add(row.count));
    let unplaced = plan.without_place().map_or(0, |without| without.tasks());
    let bound = tried.without_bound_usd_per_hour;
    let (ideal, own) = (plan.cost.ideal_usd_per_hour, plan.cost.bound_usd_per_hour);
    let usd = |amount| money::words(Some(amount));
    let faults = [
        (
            "withoutUsdPerHour",
            usd(tried.without_usd_per_hour),
            format!("{}, the best packing's", usd(ideal)),
        ),
        (
            "withoutBoundUsdPerHour",
            money::words(bound),
            format!("{}, the plan's", money::words(own)),
        ),
        (
            "withoutInstances",
            tried.without_instances.to_string(),
            format!("{instances}, the plan's"),
        ),
        (
            "withoutUnplaced",
            tried.without_unplaced.to_string(),
            format!("{unplaced}, the plan's"),
        ),
    ];
    let differ = [
        tried.without_usd_per_hour != ideal,
        bound != own,
        tried.without_instances != instances,
        tried.without_unplaced != unplaced,
    ];
    (faults.into_iter().zip(differ))
        .filter_map(|(fault, differs)| differs.then_some(fault))
        .collect()
}

/// What no packing with trunks can be.
fn impossible(facts: &Facts<'_>, tried: &TrunkingTried) -> Vec<Fault> {
    let mut faults = Vec::new();
    let usd = |amount| money::words(Some(amount));
    let bound = tried.bound_usd_per_hour.unwrap_or(UsdPerHour::ZERO);
    if bound < UsdPerHour::ZERO || bound > tried.usd_per_hour {
        let expected = format!("0 to {}", usd(tried.usd_per_hour));
        faults.push((
            "boundUsdPerHour",
            money::words(tried.bound_usd_per_hour),
            expected,
        ));
    }
    if tried.unplaced > tried.without_unplaced {
        let expected = format!("at most {}, the plan's", tried.without_unplaced);
        faults.push(("unplaced", tried.unplaced.to_string(), expected));
    }
    let instances = (facts.plan.instances.iter()).any(|row| row.existing);
    if instances || !facts.cluster.commitments.bought.is_empty() {
        // What stays is paid for whatever runs on it.
        return faults;
    }
    let offers = offers(facts);
    let least = least_cost(facts, &offers, tried.unplaced);
    if tried.usd_per_hour.amount() < least {
        let least = usd(UsdPerHour::new(least));
        let expected =
            format!("at least {least}, the cheapest parts of instances that hold its tasks");
        faults.push(("usdPerHour", usd(tried.usd_per_hour), expected));
    }
    let cheapest = offers
        .iter()
        .map(|(price, _)| *price)
        .min()
        .unwrap_or_default();
    let cost = Decimal::from(tried.instances).checked_mul(cheapest);
    if cost.is_none_or(|cost| cost > tried.usd_per_hour.amount()) {
        let expected = format!("as many as {} pays for", usd(tried.usd_per_hour));
        faults.push(("instances", tried.instances.to_string(), expected));
    } else if tried.instances < least_instances(facts, &offers, tried.unplaced) {
        let expected = format!(
            "at least {}, which its tasks need",
            least_instances(facts, &offers, tried.unplaced)
        );
        faults.push(("instances", tried.instances.to_string(), expected));
    }
    faults
}

/// Price and capacity of one instance of every type that may be bought, as cheaply as it can be.
fn offers(facts: &Facts<'_>) -> Vec<(Decimal, Amounts)> {
    let policy = &facts.cluster.policy;
    if policy.fargate == FargateUse::Only {
        return Vec::new();
    }
    (facts.catalogue.instance_types().iter())
        .filter(|known| policy_exclusions(known, policy).is_empty())
        .filter_map(|known| {
            let registered = facts.registered_when_new(known, false);
            let amounts = [
                registered.cpu.get(),
                registered.memory.get(),
                known
                    .task_enis(true)
                    .get()
                    .max(known.task_enis(false).get()),
            ];
            Some((cheapest(facts, known)?, amounts))
        })
        .collect()
}

/// The least that an instance of the type costs, empty, in any zone and way of buying.
fn cheapest(facts: &Facts<'_>, known: &InstanceType) -> Option<Decimal> {
    let zones = (facts.cluster.zones.iter())
        .map(|zone| zone.id.as_deref())
        .chain([None]);
    let options = facts.cluster.policy.purchase_options;
    zones
        .flat_map(|zone_id| {
            [Capacity::OnDemand, Capacity::Spot].map(|capacity| (zone_id, capacity))
        })
        .filter(|(_, capacity)| options.allows(*capacity))
        .filter_map(|(zone_id, capacity)| {
            let instance = PricedInstance {
                type_name: &known.name,
                capacity,
                zone_id,
                existing: false,
                load: 0,
            };
            instance.price(facts.cluster, facts.catalogue).ok()
        })
        .map(UsdPerHour::amount)
        .min()
}

/// Services whose tasks have to be paid for, with their numbers.
fn counted<'f>(facts: &'f Facts<'_>) -> impl Iterator<Item = (&'f Service, u64)> + 'f {
    (facts.replicas())
        .filter(|service| !service.is_external())
        .map(|service| (service, facts.planned(service)))
}

fn size(service: &Service) -> Amounts {
    let one = service.task.resources();
    [one.cpu.get(), one.memory.get(), one.enis.get()]
}

/// The least that the tasks cost but for so many of the dearest: the largest of what they cost by one resource.
fn least_cost(facts: &Facts<'_>, offers: &[(Decimal, Amounts)], unplaced: u64) -> Decimal {
    let by_resource = |resource: usize| {
        let unit = (offers.iter())
            .filter(|(_, amounts)| amounts[resource] > 0)
            .map(|(price, amounts)| *price / Decimal::from(amounts[resource]))
            .min();
        let each = counted(facts).map(|(service, tasks)| {
            let part =
                unit.and_then(|unit| unit.checked_mul(Decimal::from(size(service)[resource])));
            let price = [part, on_fargate(facts, service)]
                .into_iter()
                .flatten()
                .min();
            (price.unwrap_or_default(), tasks)
        });
        // Divisions are rounded in their last digit.
        let sum = but_for_largest(each.collect(), unplaced, |price| price);
        sum - Decimal::new(1, 8)
    };
    (0..3).map(by_resource).max().unwrap_or_default()
}

/// The price of a task on Fargate, where it may be there.
fn on_fargate(facts: &Facts<'_>, service: &Service) -> Option<Decimal> {
    let policy = &facts.cluster.policy;
    if policy.fargate == FargateUse::Forbidden || fargate::ineligible(service).is_some() {
        return None;
    }
    (fargate::MARKETS.iter())
        .filter(|market| policy.purchase_options.allows(market.capacity))
        .filter_map(|market| {
            let size = fargate::cheapest_size(facts, service, market.capacity)?;
            fargate::price(facts, service, size, market.capacity)
        })
        .map(UsdPerHour::amount)
        .min()
}

/// Instances that the tasks need but for so many of the largest; 0 where they may be on Fargate.
fn least_instances(facts: &Facts<'_>, offers: &[(Decimal, Amounts)], unplaced: u64) -> u64 {
    if facts.cluster.policy.fargate != FargateUse::Forbidden {
        return 0;
    }
    let by_resource = |resource: usize| {
        let largest = offers.iter().map(|(_, amounts)| amounts[resource]).max()?;
        let each =
            counted(facts).map(|(service, tasks)| (Decimal::from(size(service)[resource]), tasks));
        let taken = but_for_largest(each.collect(), unplaced, |amount| amount);
        let needed = taken.checked_div(Decimal::from(largest))?.ceil();
        u64::try_from(needed).ok()
    };
    (0..3).filter_map(by_resource).max().unwrap_or(0)
}

/// The sum over all tasks but so many of the largest.
fn but_for_largest(
    mut each: Vec<(Decimal, u64)>,
    mut left_out: u64,
    of: impl Fn(Decimal) -> Decimal,
) -> Decimal {
    each.sort_by_key(|it| std::cmp::Reverse(it.0));
    let mut sum = Decimal::ZERO;
    for (amount, tasks) in each {
        let without = left_out.min(tasks);
        left_out -= without;
        let part = of(amount).checked_mul(Decimal::from(tasks - without));
        sum = part.and_then(|part| sum.checked_add(part)).unwrap_or(sum);
    }
    sum
}

/// Tasks without a place that are said to have one with trunks: as many together as the packing with trunks places more, and of
/// each service no more than it has.
fn places_given(facts: &Facts<'_>, tried: Option<&TrunkingTried>) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut given = 0_u64;
    for (index, left) in facts.plan.unplaced.iter().enumerate() {
        let tasks = left.reasons.iter().filter_map(|reason| match reason {
            Reason::TrunkingGivesPlaces { tasks } => Some(*tasks),
            _ => None,
        });
        let tasks: Vec<u64> = tasks.collect();
        let sum = tasks
            .iter()
            .fold(0_u64, |sum, tasks| sum.saturating_add(*tasks));
        given = given.saturating_add(sum);
        if !tasks.is_empty() && (tried.is_none() || sum == 0 || sum > left.count) {
            found.push(Violation::new(
                Rule::Trunking,
                format!("unplaced[{index}].reasons"),
                format!("{sum} tasks with a place by ENI trunking"),
                match tried {
                    Some(_) => format!("1 to {}", left.count),
                    None => "none, where no packing with it is in the plan".to_owned(),
                },
            ));
        }
    }
    let more = tried.map_or(0, |tried| {
        tried.without_unplaced.saturating_sub(tried.unplaced)
    });
    if given < more {
        found.push(violation(
            "unplaced",
            &format!("{given} tasks with a place by ENI trunking"),
            &format!("at least {more}, as many as the packing with it places more"),
        ));
    }
    found
}

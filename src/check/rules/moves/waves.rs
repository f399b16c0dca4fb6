//! V49, of the waves: they drain what the plan drains, each once, and launch what it adds; bills follow from launches and drains; tasks
//! on drained instances restart; none waits longer than from the begin.
//!
//! How tasks find their places is the replica's and is not derived again.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::facts::Facts;
use crate::check::money;
use crate::check::violation::Violation;
use crate::domain::capacity::Capacity;
use crate::domain::cluster::ContainerInstance;
use crate::domain::money::UsdPerHour;
use crate::domain::plan::{Launch, Moves, Wave, WhyNotDrained};
use crate::domain::service::Service;

use super::super::current_cost::price;
use super::{running, violation};

/// What tells instances of a plan apart where they are launched: provider, type, way of buying, zone.
type Kind<'a> = (&'a str, &'a str, Capacity, Option<&'a str>);

pub(super) fn violations(facts: &Facts<'_>, moves: &Moves) -> Vec<Violation> {
    let mut found = not_drained(facts, moves);
    if moves.waves.is_empty() {
        return found;
    }
    found.extend(drains(moves));
    found.extend(launches(facts, moves));
    found.extend(restarts(facts, moves));
    found.extend(waiting(facts, moves));
    found.extend(bills(facts, moves));
    found
}

/// Drains that are not the plan's, that come twice, or that are told to be left out as well; or drains that nothing is said of.
fn drains(moves: &Moves) -> Vec<Violation> {
    let asked: BTreeSet<&str> = moves.drained.iter().map(String::as_str).collect();
    let mut open = asked.clone();
    for left in &moves.not_drained {
        open.remove(left.instance.as_str());
    }
    let mut found = Vec::new();
    for (index, wave) in moves.waves.iter().enumerate() {
        for id in wave.drains.iter().filter(|id| !open.remove(id.as_str())) {
            let expected =
                "instances of moves.drained, each once, without those of moves.notDrained";
            let place = format!("moves.waves[{index}].drains");
            found.push(violation(&place, id.clone(), expected.to_owned()));
        }
    }
    if let Some(id) = open.first() {
        let expected = "every instance of moves.drained in a wave or in moves.notDrained";
        found.push(violation(
            "moves.waves",
            format!("no wave that drains {id}"),
            expected.to_owned(),
        ));
    }
    found
}

/// Reasons why an instance is not drained that are not so.
fn not_drained(facts: &Facts<'_>, moves: &Moves) -> Vec<Violation> {
    let drained: BTreeSet<&str> = moves.drained.iter().map(String::as_str).collect();
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for (index, left) in moves.not_drained.iter().enumerate() {
        let place = |key: &str| format!("moves.notDrained[{index}].{key}");
        let id = left.instance.as_str();
        if !drained.contains(id) || !seen.insert(id) {
            let expected = "an instance of moves.drained, once".to_owned();
            found.push(violation(&place("instance"), id.to_owned(), expected));
        }
        let service = facts.services.get(left.service_name.as_str()).copied();
        let Some(service) = service.filter(|service| !service.is_daemon()) else {
            let expected = "a service of the cluster that is no daemon".to_owned();
            found.push(violation(
                &place("serviceName"),
                left.service_name.clone(),
                expected,
            ));
            continue;
        };
        if left.why == WhyNotDrained::NoSurge && !stands_still(facts, service) {
            let expected = format!(
                "no-place: the percentages of {} let ECS replace a task",
                service.name
            );
            found.push(violation(
                &place("why"),
                left.why.word().to_owned(),
                expected,
            ));
        }
    }
    found
}

/// Whether a service may have neither more nor fewer tasks than it wants.
fn stands_still(facts: &Facts<'_>, service: &Service) -> bool {
    let wanted = u128::from(facts.planned(service));
    let (minimum, maximum) = service.deployment.map_or((100, 200), |limits| {
        (limits.minimum_healthy_percent, limits.maximum_percent)
    });
    let most = if service.deployment_strategy.is_side_by_side() {
        wanted * 2
    } else {
        wanted * u128::from(maximum) / 100
    };
    !service.is_standalone()
        && most <= wanted
        && (wanted * u128::from(minimum)).div_ceil(100) >= wanted
}

/// Launches that are not of the plan's new instances, more of them than it has, or fewer.
fn launches(facts: &Facts<'_>, moves: &Moves) -> Vec<Violation> {
    let mut left: BTreeMap<Kind<'_>, u64> = BTreeMap::new();
    for row in facts.plan.instances.iter().filter(|row| !row.existing) {
        let kind = (
            row.capacity_provider.as_str(),
            row.instance_type.as_str(),
            row.purchase_option.in_documents(),
            row.availability_zone.as_deref(),
        );
        let known = left.entry(kind).or_default();
        *known = known.saturating_add(row.count);
    }
    let mut found = Vec::new();
    for (index, wave) in moves.waves.iter().enumerate() {
        for (at, launch) in wave.launches.iter().enumerate() {
            let there = left.entry(kind_of(launch)).or_default();
            if launch.count == 0 || launch.count > *there {
                found.push(violation(
                    &format!("moves.waves[{index}].launches[{at}].count"),
                    launch.count.to_string(),
                    format!("1 to {there}, of the plan's new instances of that kind"),
                ));
            }
            *there = there.saturating_sub(launch.count);
        }
    }
    let unlaunched: u64 = left
        .values()
        .fold(0, |sum, &count| sum.saturating_add(count));
    if unlaunched > 0 && found.is_empty() {
        let expected = "every new instance of the plan launched by some wave".to_owned();
        found.push(violation(
            "moves.waves",
            format!("{unlaunched} new instances that no wave launches"),
            expected,
        ));
    }
    found
}

fn kind_of(launch: &Launch) -> Kind<'_> {
    (
        &launch.capacity_provider,
        &launch.instance_type,
        launch.purchase_option.in_documents(),
        launch.availability_zone.as_deref(),
    )
}

/// Fewer restarts than tasks run on what is drained, restarts where nothing is drained, or more than there are tasks.
fn restarts(facts: &Facts<'_>, moves: &Moves) -> Vec<Violation> {
    let all: u128 = (facts.replicas())
        .map(|service| u128::from(facts.planned(service)))
        .sum();
    let mut found: Vec<Violation> = (moves.waves.iter().enumerate())
        .filter_map(|(index, wave)| {
            let most = if wave.drains.is_empty() { 0 } else { all };
            (u128::from(wave.restarts) > most).then(|| {
                violation(
                    &format!("moves.waves[{index}].restarts"),
                    wave.restarts.to_string(),
                    format!("at most {most}, the tasks that may run on what it drains"),
                )
            })
        })
        .collect();
    let drained: BTreeSet<&str> = (moves.waves.iter())
        .flat_map(|wave| wave.drains.iter().map(String::as_str))
        .collect();
    let today = running(facts.cluster, &|_| true);
    let going = running(facts.cluster, &|id| drained.contains(id));
    let least: u128 = (facts.replicas())
        .map(|service| {
            let of = |tasks: &BTreeMap<String, u128>| {
                tasks.get(&service.task_group()).copied().unwrap_or(0)
            };
            let beyond = of(&today).saturating_sub(u128::from(facts.planned(service)));
            of(&going).saturating_sub(beyond)
        })
        .sum();
    let told: u128 = moves
        .waves
        .iter()
        .map(|wave| u128::from(wave.restarts))
        .sum();
    if told < least {
        found.push(violation(
            "moves.waves",
            format!("{told} restarts together"),
            format!("at least {least}: so many tasks run today on what the waves drain"),
        ));
    }
    found
}

/// More tasks that wait than start anew, or more after a wave than before it.
fn waiting(facts: &Facts<'_>, moves: &Moves) -> Vec<Violation> {
    let today = running(facts.cluster, &|_| true);
    let starting: u128 = (facts.replicas())
        .map(|service| {
            let runs = today.get(&service.task_group()).copied().unwrap_or(0);
            u128::from(facts.planned(service)).saturating_sub(runs)
        })
        .sum();
    let mut most = starting;
    let mut found = Vec::new();
    for (index, wave) in moves.waves.iter().enumerate() {
        let waiting = u128::from(wave.waiting);
        if waiting > most {
            found.push(violation(
                &format!("moves.waves[{index}].waiting"),
                waiting.to_string(),
                format!("at most {most}: a task that has a place keeps one"),
            ));
        }
        most = most.min(waiting);
    }
    found
}

/// Bills that do not follow from today's instances, what is launched and what is drained. Where some type earns CPU credits, or
/// services are left out of the file, what an instance costs depends on more than that, and nothing is said.
fn bills(facts: &Facts<'_>, moves: &Moves) -> Vec<Violation> {
    let active: Vec<&ContainerInstance> = (facts.cluster.container_instances.iter())
        .filter(|instance| instance.active && !instance.is_external())
        .collect();
    let mut types = (active
        .iter()
        .map(|instance| instance.instance_type.as_str()))
    .chain(
        facts
            .plan
            .instances
            .iter()
            .map(|row| row.instance_type.as_str()),
    );
    let earns_credits = |name: &str| {
        let known = facts.catalogue.instance_type(name);
        known.is_none_or(|known| known.burstable)
    };
    if !facts.cluster.deployed.left_out.is_empty() || types.any(earns_credits) {
        return Vec::new();
    }
    let prices: BTreeMap<&str, Option<UsdPerHour>> = (active.iter())
        .map(|instance| (instance.id.as_str(), price(facts, instance)))
        .collect();
    let Some(mut bill) = money::total(prices.values().copied()) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for (index, wave) in moves.waves.iter().enumerate() {
        let peak = money::total([Some(bill), launched(facts, wave)].into_iter());
        let gone =
            money::total((wave.drains.iter()).map(|id| prices.get(id.as_str()).copied().flatten()));
        let (Some(peak), Some(gone)) = (peak, gone) else {
            // What is launched or drained that nothing has a price of is said of launches and drains.
            return found;
        };
        let after = UsdPerHour::new(peak.amount() - gone.amount());
        for (key, told, derived) in [
            ("peakUsdPerHour", wave.peak_usd_per_hour, peak),
            ("usdPerHour", wave.usd_per_hour, after),
        ] {
            if told != derived {
                found.push(violation(
                    &format!("moves.waves[{index}].{key}"),
                    money::words(Some(told)),
                    format!(
                        "{}, by what runs, is launched and is drained",
                        money::words(Some(derived))
                    ),
                ));
            }
        }
        bill = after;
    }
    found
}

/// What a wave launches costs, at the prices of the plan's rows.
fn launched(facts: &Facts<'_>, wave: &Wave) -> Option<UsdPerHour> {
    money::total(wave.launches.iter().map(|launch| {
        let kind = kind_of(launch);
        let row = (facts.plan.instances.iter()).find(|row| {
            !row.existing
                && kind
                    == (
                        row.capacity_provider.as_str(),
                        row.instance_type.as_str(),
                        row.purchase_option.in_documents(),
                        row.availability_zone.as_deref(),
                    )
        });
        money::times(row?.usd_per_hour, launch.count)
    }))
}

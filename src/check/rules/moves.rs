//! V49: what a plan says it moves is so: the instances it drains run today, at least as many tasks restart as run on them or no
//! longer have a place on today's instances that stay, and cost against restarts falls, above its bound; its waves do what it says.

mod waves;

use std::collections::{BTreeMap, BTreeSet};

use crate::check::facts::Facts;
use crate::check::money;
use crate::check::violation::{Rule, Violation};
use crate::domain::cluster::Cluster;
use crate::domain::plan::{FrontierPoint, Moves};

pub(super) fn violations(facts: &Facts<'_>) -> Vec<Violation> {
    let Some(moves) = &facts.plan.moves else {
        return Vec::new();
    };
    let mut violations = drained(facts, moves);
    violations.extend(restarts(facts, moves));
    violations.extend(waves::violations(facts, moves));
    for (index, point) in moves.frontier.iter().enumerate() {
        let before = index.checked_sub(1).map(|before| &moves.frontier[before]);
        violations.extend(point_problem(point, before).map(|(found, expected)| {
            violation(&format!("moves.frontier[{index}]"), found, expected)
        }));
    }
    violations
}

/// Instances that do not run today, or are named twice.
fn drained(facts: &Facts<'_>, moves: &Moves) -> Vec<Violation> {
    let of_today = |id: &String| {
        (facts.cluster.container_instances.iter())
            .any(|instance| instance.active && !instance.is_external() && instance.id == *id)
    };
    let mut seen = BTreeSet::new();
    (moves.drained.iter())
        .filter(|id| !of_today(id) || !seen.insert(id.as_str()))
        .map(|id| {
            let expected = "active container instances of today, each once";
            violation("moves.drained", id.clone(), expected.to_owned())
        })
        .collect()
}

/// Fewer restarts than tasks that have lost their place on today's instances.
fn restarts(facts: &Facts<'_>, moves: &Moves) -> Option<Violation> {
    let all = running(facts.cluster, &|_| true);
    let drained: BTreeSet<&str> = moves.drained.iter().map(String::as_str).collect();
    let going = running(facts.cluster, &|id| drained.contains(id));
    let lost: u128 = (facts.replicas())
        .map(|service| {
            let of = |tasks: &BTreeMap<String, u128>| {
                tasks.get(&service.task_group()).copied().unwrap_or(0)
            };
            let planned = u128::from(facts.cluster.planned_count(service));
            let today = of(&all);
            let stay: u128 = (facts.rows.iter())
                .filter(|row| row.planned.existing)
                .map(|row| row.tasks_of(&service.name))
                .sum();
            // Tasks beyond the planned count stop, and start nowhere.
            let of_drained = of(&going).saturating_sub(today.saturating_sub(planned));
            today.min(planned).saturating_sub(stay).max(of_drained)
        })
        .sum();
    let bound = moves.bound_restarts.unwrap_or(0);
    if u128::from(moves.restarts) < lost {
        let expected = format!(
            "at least {lost}: so many tasks of today run on instances that go, or have no place on those that stay"
        );
        return Some(violation(
            "moves.restarts",
            moves.restarts.to_string(),
            expected,
        ));
    }
    (bound > moves.restarts).then(|| {
        let expected = format!("at most moves.restarts, {}", moves.restarts);
        violation("moves.boundRestarts", bound.to_string(), expected)
    })
}

/// Tasks that run today on instances that take part, by task group; those of a group that several entries share are not told apart
/// and not counted.
fn running(cluster: &Cluster, takes_part: &dyn Fn(&str) -> bool) -> BTreeMap<String, u128> {
    let takes_part: BTreeSet<&str> = (cluster.container_instances.iter())
        .filter(|instance| instance.active && !instance.is_external())
        .map(|instance| instance.id.as_str())
        .filter(|id| takes_part(id))
        .collect();
    let mut owners: BTreeMap<String, u64> = BTreeMap::new();
    for service in &cluster.services {
        *owners.entry(service.task_group()).or_default() += 1;
    }
    let mut running: BTreeMap<String, u128> = BTreeMap::new();
    for tasks in cluster.deployed.tasks.iter().flatten() {
        let counts =
            takes_part.contains(tasks.instance.as_str()) && owners.get(&tasks.group) == Some(&1);
        if counts {
            *running.entry(tasks.group.clone()).or_default() += u128::from(tasks.count);
        }
    }
    running
}

fn point_problem(
    point: &FrontierPoint,
    before: Option<&FrontierPoint>,
) -> Option<(String, String)> {
    if let Some(bound) = point
        .bound_usd_per_hour
        .filter(|bound| *bound > point.usd_per_hour)
    {
        return Some((
            money::words(Some(bound)),
            format!(
                "a bound of at most the cost, {}",
                money::words(Some(point.usd_per_hour))
            ),
        ));
    }
    let before = before?;
    let falls = point.restarts > before.restarts && point.usd_per_hour < before.usd_per_hour;
    (!falls).then(|| {
        (
            format!(
                "{} restarts at {}",
                point.restarts,
                money::words(Some(point.usd_per_hour))
            ),
            "more restarts and less cost than the point before".to_owned(),
        )
    })
}

fn violation(place: &str, found: String, expected: String) -> Violation {
    Violation::new(Rule::Moves, place, found, expected)
}

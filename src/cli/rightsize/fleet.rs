//! The fleet as well as the sizes: a near-equal fleet never replaces the last one.
//!
//! The last fleet stays where it still holds the cluster under every rule of the checker, at today's prices, and the new one saves less than
//! `--min-saving` of it (1 % where that is not given). Else the new one takes its place, and what that moves is counted: instances of a kind
//! (type, way of buying, zone) that only one of both fleets has. Either way it is said how far what runs is from the last one.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::catalogue::Catalogue;
use crate::catalogue::offered::instance_price;
use crate::check::{Rule, check};
use crate::domain::cluster::Cluster;
use crate::domain::money::UsdPerHour;
use crate::domain::plan::FleetPlan;
use crate::io::{read_plan, write_plan};
use crate::report::wording;
use crate::rightsize::{Drift, Fleet, Fleets, LastFleet};

/// What the checker says of prices, which may be others than when the plan was made.
const OF_PRICES: [Rule; 10] = [
    Rule::RowPrice,
    Rule::Bill,
    Rule::ServiceShares,
    Rule::BoundAndGaps,
    Rule::Status,
    Rule::Catalogue,
    Rule::CurrentCost,
    Rule::MarginalCost,
    Rule::OtherGroupCounts,
    Rule::Texts,
];
/// Part of its cost that a fleet has to save at least to take another's place, where nobody says.
const LEAST: Decimal = Decimal::from_parts(1, 0, 0, false, 2);

/// The document of the fleet that the run ends with; `fleets` says how it stands to the last one.
pub(super) fn settle(
    fleets: &mut Fleets,
    last: Option<&(i64, String)>,
    (cluster, catalogue): (&Cluster, &Catalogue),
    least: Option<Decimal>,
) -> String {
    let new = write_plan(&wording::document(&fleets.plan));
    // A plan that an earlier version wrote otherwise is none to hold on to.
    let read = last.and_then(|(run, text)| Some((*run, text, read_plan(text, "history").ok()?.1)));
    let Some((run, text, old)) = read else {
        return new;
    };
    let now = fleets.planned.usd_per_hour;
    let cost = still_holds(&old, cluster, catalogue);
    let leaves_no_more = Fleet::of(&old).unplaced <= fleets.planned.unplaced;
    let stays = cost.filter(|_| leaves_no_more).is_some_and(|cost| {
        let saving = cost.amount() - now.amount();
        saving < least.unwrap_or(LEAST) * cost.amount() || saving.is_zero()
    });
    let (started, stopped) = moves(&old, &fleets.plan);
    let drift = drift(&old, cluster);
    if let Some(cost) = cost.filter(|_| stays) {
        fleets.planned = Fleet {
            usd_per_hour: cost,
            ..Fleet::of(&old)
        };
        fleets.last = Some(LastFleet {
            run,
            stays: true,
            started: 0,
            stopped: 0,
            drift,
        });
        fleets.plan = old;
        return text.clone();
    }
    fleets.last = Some(LastFleet {
        run,
        stays: false,
        started,
        stopped,
        drift,
    });
    new
}

/// What a plan costs at today's prices, where it breaks no rule but those of prices.
fn still_holds(plan: &FleetPlan, cluster: &Cluster, catalogue: &Catalogue) -> Option<UsdPerHour> {
    let violations = check(cluster, catalogue, plan);
    if violations.is_empty() {
        return Some(plan.cost.usd_per_hour);
    }
    let is_of_week = cluster.week.is_some() || !plan.cost.periods.is_empty();
    if is_of_week
        || violations
            .iter()
            .any(|violation| !OF_PRICES.contains(&violation.rule))
        || !plan.fargate_tasks.is_empty()
    {
        return None;
    }
    let mut total = UsdPerHour::ZERO;
    for row in &plan.instances {
        let zone = row.availability_zone.as_deref();
        let zone = cluster
            .zones
            .iter()
            .find(|known| Some(known.label()) == zone);
        let zone_id = zone.and_then(|zone| zone.id.as_deref());
        let (name, option) = (&row.instance_type, row.purchase_option);
        let price = instance_price(name, option, zone_id, &cluster.policy, catalogue).ok()?;
        total = UsdPerHour::new(total.amount() + price.amount() * Decimal::from(row.count));
    }
    Some(total)
}

/// Instances that only the new fleet has, and those that only the old one has.
fn moves(old: &FleetPlan, new: &FleetPlan) -> (u64, u64) {
    let of = |plan: &FleetPlan| {
        let rows = plan.instances.iter().map(|row| {
            let option = row.purchase_option.to_string();
            let zone = row.availability_zone.clone();
            ((row.instance_type.clone(), option, zone), row.count)
        });
        rows.collect::<Vec<_>>()
    };
    only_in_one(of(new), of(old))
}

/// What runs beside a fleet. How an instance was bought is not always in the file, so types and zones are compared, the latter where both have
/// them; an instance that drains still runs.
fn drift(planned: &FleetPlan, cluster: &Cluster) -> Option<Drift> {
    let running = (cluster.container_instances.iter())
        .filter(|instance| instance.is_registered && !instance.is_external());
    let running: Vec<_> = running.collect();
    let has_zones = (planned.instances.iter()).all(|row| row.availability_zone.is_some())
        && (running.iter()).all(|instance| instance.availability_zone.is_some());
    let kind =
        |name: &str, zone: &Option<String>| (name.to_owned(), zone.clone().filter(|_| has_zones));
    let rows = planned.instances.iter().map(|row| {
        let kind = kind(&row.instance_type, &row.availability_zone);
        (kind, row.count)
    });
    let now = running.iter().map(|instance| {
        let kind = kind(&instance.instance_type, &instance.availability_zone);
        (kind, 1)
    });
    let (missing, unplanned) = only_in_one(rows, now);
    (!running.is_empty()).then_some(Drift { missing, unplanned })
}

/// How many more of each kind are among the first than among the second, and the other way round.
fn only_in_one<K: Ord>(
    first: impl IntoIterator<Item = (K, u64)>,
    second: impl IntoIterator<Item = (K, u64)>,
) -> (u64, u64) {
    let mut kinds: BTreeMap<K, (u64, u64)> = BTreeMap::new();
    for (kind, count) in first {
        kinds.entry(kind).or_default().0 += count;
    }
    for (kind, count) in second {
        kinds.entry(kind).or_default().1 += count;
    }
    kinds
        .values()
        .fold((0, 0), |(more, less), (first, second)| {
            (
                more + first.saturating_sub(*second),
                less + second.saturating_sub(*first),
            )
        })
}

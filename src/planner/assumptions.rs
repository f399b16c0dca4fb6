//! What a plan's figures rest on, in words; and details for the curious.

use std::collections::BTreeSet;

use crate::catalogue::Catalogue;
use crate::catalogue::registered::describe_memory_model;
use crate::domain::capacity::Capacity;
use rust_decimal::Decimal;

use crate::domain::cluster::{Cluster, Zone};
use crate::domain::instance_type::CpuArchitecture;
use crate::domain::plan::{PlannedFargateTasks, PlannedInstances};
use crate::domain::policy::KeepInstances;
use crate::formulate::model::PlanningInput;
use crate::optimize::outcome::Ending;

use super::pack::Packed;

/// The plan's assumptions.
pub(super) fn assumptions(
    cluster: &Cluster,
    catalogue: &Catalogue,
    instances: &[PlannedInstances],
    fargate: &[PlannedFargateTasks],
) -> Vec<String> {
    let policy = &cluster.policy;
    let mut lines = vec![describe_memory_model(policy.memory_overhead.as_ref())];
    if !cluster.container_instances.is_empty() {
        lines.push(
            "resources that containerInstances show replace the model for their types".to_owned(),
        );
    }
    lines.push(root_volume(cluster, catalogue));
    lines.extend(weak_prices(catalogue, instances));
    if policy.keep_instances == KeepInstances::All {
        lines.push(
            "keepInstances: all: today's active instances stay and are paid for; their present \
             tasks are placed anew"
                .to_owned(),
        );
    }
    lines.extend(above_most_instances(cluster, instances));
    lines.extend(of_zones(cluster));
    lines.extend(of_spot(cluster, catalogue, instances));
    lines.extend(of_fargate(catalogue, fargate));
    lines.extend(of_room(cluster));
    lines.push(if policy.eni_trunking {
        "ENI trunking is on: branch interfaces count where the type has them".to_owned()
    } else {
        "ENI trunking is off: awsvpc tasks per instance = network interfaces - 1".to_owned()
    });
    lines
}

/// How zones were taken.
fn of_zones(cluster: &Cluster) -> Vec<String> {
    if cluster.zones.is_empty() {
        return vec!["no availabilityZones: zones are not planned".to_owned()];
    }
    let bare: Vec<&str> = (cluster.zones.iter().filter(|zone| zone.id.is_none()))
        .map(Zone::label)
        .collect();
    if bare.is_empty() {
        return Vec::new();
    }
    let ids = if let [one] = bare[..] {
        format!(
            "the id of {one} is not given: every type that some zone of the Region has is taken to be there"
        )
    } else {
        format!(
            "the ids of {} are not given: a type is taken to be there when {} zones of the Region have it",
            bare.join(", "),
            cluster.zones.len()
        )
    };
    vec![ids]
}

/// Where Spot prices come from and what Spot rules cannot promise.
fn of_spot(
    cluster: &Cluster,
    catalogue: &Catalogue,
    instances: &[PlannedInstances],
) -> Vec<String> {
    let spot: Vec<&PlannedInstances> = (instances.iter())
        .filter(|row| row.purchase_option.may_be_reclaimed())
        .collect();
    if spot.is_empty() {
        return Vec::new();
    }
    let bases: BTreeSet<String> = (spot.iter())
        .filter_map(|row| {
            let zone = row
                .availability_zone
                .as_deref()
                .and_then(|name| cluster.zone(name));
            let zone_id = zone.and_then(|zone| zone.id.as_deref());
            Some(catalogue.spot_price(&row.instance_type, zone_id)?.basis)
        })
        .collect();
    let mut lines: Vec<String> = (bases.iter())
        .map(|basis| match basis.as_str() {
            "file" => "Spot prices are those of the file given, by zone id, or the mean over its \
                       zones where the zone's id is not known"
                .to_owned(),
            _ => "Spot prices are On-Demand prices less the Spot Instance Advisor's saving, a mean over \
                  zones and a month"
                .to_owned(),
        })
        .collect();
    if cluster.policy.spot_max_share_per_pool < Decimal::ONE {
        lines.push(
            "spotMaxSharePerPool holds for the plan; an Auto Scaling group cannot enforce it at launch"
                .to_owned(),
        );
    }
    lines
}

fn of_fargate(catalogue: &Catalogue, fargate: &[PlannedFargateTasks]) -> Vec<String> {
    if fargate.is_empty() {
        return Vec::new();
    }
    let bases: BTreeSet<&str> = [CpuArchitecture::X86_64, CpuArchitecture::Arm64]
        .into_iter()
        .flat_map(|architecture| {
            Capacity::OF_FARGATE
                .into_iter()
                .filter_map(move |capacity| catalogue.fargate_rate(architecture, capacity))
        })
        .filter(|rate| rate.is_weak())
        .map(|rate| rate.basis.as_str())
        .collect();
    let mut lines =
        vec!["Fargate: each task is billed at the cheapest valid size that holds it".to_owned()];
    if !bases.is_empty() {
        let listed: Vec<&str> = bases.into_iter().collect();
        lines.push(format!(
            "some Fargate rates have a weak basis: {}",
            listed.join(", ")
        ));
    }
    lines
}

/// What room is kept for, and what not.
fn of_room(cluster: &Cluster) -> Vec<String> {
    let mut lines = Vec::new();
    if cluster.policy.survive_zone_loss {
        lines.push(
            "surviveZoneLoss: tasks in the other zones stay where they are; `spare` is where those of the \
             lost zone go"
                .to_owned(),
        );
    }
    if cluster.policy.keeps_room_for_rollouts() {
        lines.push(
            "deploymentSurge: one service is deployed at a time, and not while a zone is lost"
                .to_owned(),
        );
    }
    lines
}

/// Today's instances stay even where they are more than `maxInstances`.
fn above_most_instances(cluster: &Cluster, instances: &[PlannedInstances]) -> Option<String> {
    let kept: u64 = instances
        .iter()
        .filter(|row| row.existing)
        .map(|row| row.count)
        .sum();
    let most = cluster.policy.max_instances;
    (kept > most).then(|| {
        format!("{kept} instances stay, more than maxInstances {most} allows; none is added")
    })
}

fn root_volume(cluster: &Cluster, catalogue: &Catalogue) -> String {
    let gib = cluster.policy.root_volume_gib;
    if gib == 0 {
        return "no root volume is priced (rootVolumeGib 0)".to_owned();
    }
    let price = catalogue.gp3_usd_per_gib_month().map_or_else(
        || "no gp3 price".to_owned(),
        |price| {
            let basis = if price.is_weak() {
                format!(", basis {}", price.basis)
            } else {
                String::new()
            };
            format!("{} USD per GiB-month{basis}", price.usd)
        },
    );
    format!("each instance pays for a gp3 root volume of {gib} GiB ({price})")
}

/// Types in the plan whose price has a weak basis, by basis.
fn weak_prices(catalogue: &Catalogue, instances: &[PlannedInstances]) -> Option<String> {
    let weak: BTreeSet<String> = instances
        .iter()
        .filter_map(|row| {
            let price = catalogue.on_demand_price(&row.instance_type)?;
            price
                .is_weak()
                .then(|| format!("{} ({})", row.instance_type, price.basis))
        })
        .collect();
    (!weak.is_empty()).then(|| {
        let listed: Vec<String> = weak.into_iter().collect();
        format!("prices with a weak basis: {}", listed.join(", "))
    })
}

/// Details for `-v`.
pub(super) fn notes(input: PlanningInput<'_>, packed: &Packed, work: u64) -> Vec<String> {
    let PlanningInput {
        cluster,
        catalogue,
        offerings,
        ..
    } = input;
    let unpriced: Vec<&str> = catalogue.unpriced().map(|t| t.name.as_str()).collect();
    let mut notes = Vec::new();
    if !unpriced.is_empty() {
        notes.push(format!(
            "{} instance types have no price in {} and are left out: {}",
            unpriced.len(),
            cluster.region,
            unpriced.join(", ")
        ));
    }
    notes.push(format!(
        "{} offerings usable, {} instance types left out by policy or price",
        offerings.usable.len(),
        offerings.excluded.len()
    ));
    let statistics = &packed.statistics;
    notes.push(format!(
        "reduced to {} kinds of tasks and {} offerings; {} columns in {} rounds; {} work units",
        statistics.items, statistics.bins, statistics.columns, statistics.rounds, work
    ));
    notes.push(match packed.ending {
        Ending::Optimal => "ended: proven optimal".to_owned(),
        Ending::Gap => "ended: the requested gap is reached".to_owned(),
        Ending::WorkLimit => "ended: the work limit is used up (--work-limit)".to_owned(),
        Ending::SolverFailed => {
            "ended: the solver of linear programs failed; the plan is the best one found by then"
                .to_owned()
        }
        Ending::Stopped => "ended: stopped by the time limit or an interrupt".to_owned(),
    });
    notes
}

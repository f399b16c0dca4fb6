//! What a plan's figures rest on, in words; and details for the curious.

use std::collections::BTreeSet;

use crate::catalogue::Catalogue;
use crate::catalogue::registered::describe_memory_model;
use crate::domain::cluster::Cluster;
use crate::domain::plan::PlannedInstances;
use crate::domain::policy::KeepInstances;
use crate::formulate::offering::Offerings;
use crate::optimize::outcome::{Ending, Outcome};

/// The plan's assumptions.
pub(super) fn assumptions(
    cluster: &Cluster,
    catalogue: &Catalogue,
    instances: &[PlannedInstances],
) -> Vec<String> {
    let policy = &cluster.policy;
    let mut lines = vec![
        "usdPerHour is the ideal packing: ECS's own scheduler may need more instances".to_owned(),
        describe_memory_model(policy.memory_overhead.as_ref()),
    ];
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
    if cluster.zones.is_empty() {
        lines.push("no availabilityZones: zones are not planned".to_owned());
    }
    for name in
        (cluster.zones.iter()).filter_map(|zone| zone.name.as_ref().filter(|_| zone.id.is_none()))
    {
        lines.push(format!(
            "the id of {name} is not given: every type that some zone of the Region has is taken to be there"
        ));
    }
    lines.push(if policy.eni_trunking {
        "ENI trunking is on: branch interfaces count where the type has them".to_owned()
    } else {
        "ENI trunking is off: awsvpc tasks per instance = network interfaces - 1".to_owned()
    });
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
pub(super) fn notes(
    cluster: &Cluster,
    catalogue: &Catalogue,
    offerings: &Offerings<'_>,
    outcome: &Outcome,
) -> Vec<String> {
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
    let statistics = &outcome.statistics;
    notes.push(format!(
        "reduced to {} kinds of tasks and {} offerings; {} columns in {} rounds; {} work units",
        statistics.items, statistics.bins, statistics.columns, statistics.rounds, statistics.work
    ));
    notes.push(match outcome.ending {
        Ending::Optimal => "ended: proven optimal".to_owned(),
        Ending::Gap => "ended: the requested gap is reached".to_owned(),
        Ending::WorkLimit => "ended: the work limit is used up (--work-limit)".to_owned(),
        Ending::Stopped => "ended: stopped by the time limit or an interrupt".to_owned(),
    });
    notes
}

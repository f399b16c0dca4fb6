//! Burstable types: an instance costs more the more CPU its tasks reserve above the baseline.
//!
//! ```text
//! cost of load L (CPU units of all tasks) = price + max(0, L − baseline) · rate
//! ```
//! Bins have one cost, so a burstable type is several *levels*: bins of less CPU each, at the cost of the smallest load that no level
//! below it holds. All tasks' CPU are multiples of their greatest common divisor, and with a step of that the
//! cost is exact for every load; where it makes more than eight levels, steps are wider and a level costs at least so
//! much, so that a bound stays a bound. What the plan's rows cost is taken from their loads ([`charge`]).

use crate::catalogue::Catalogue;
use crate::catalogue::credits::Credits;
use crate::catalogue::offered::instance_price;
use crate::domain::cluster::Cluster;
use crate::domain::instance_type::InstanceType;
use crate::domain::money::UsdPerHour;
use crate::domain::plan::PlannedInstances;
use crate::domain::quantity::CpuUnits;
use crate::domain::resources::ResourceVector;
use crate::domain::weights;
use crate::formulate::offering::Offering;

/// Most levels above the baseline.
const MOST_LEVELS: u64 = 8;

/// The levels of an offering; itself where its type is not burstable or nothing can be above its baseline.
pub fn levels(
    cluster: &Cluster,
    instance_type: &InstanceType,
    offering: Offering,
) -> Vec<Offering> {
    let credits = Credits::of(instance_type, &cluster.policy).filter(|_| !cluster.is_kubernetes());
    let (Some(credits), Some(allocatable)) = (credits, offering.allocatable) else {
        return vec![offering];
    };
    let own: u64 = (offering.daemons.iter())
        .map(|&daemon| cluster.services[daemon].task.cpu.get())
        .sum();
    let step = (cluster.services.iter())
        .filter(|service| cluster.planned_count(service) > 0)
        .fold(0, |all, service| weights::gcd(all, service.task.cpu.get()));
    let most = allocatable.cpu.get();
    let free = credits.free_load().saturating_sub(own);
    if step == 0 || free >= most {
        return vec![offering];
    }
    let level = |number: usize, most: u64, least: u64| {
        let mut level = offering.clone();
        level.level = number;
        level.usd_per_hour += credits.usd_per_hour(own + least);
        level.allocatable = Some(ResourceVector {
            cpu: CpuUnits::new(most),
            ..allocatable
        });
        level
    };
    let free = free / step * step;
    let wide = (most - free).div_ceil(step).div_ceil(MOST_LEVELS).max(1) * step;
    let mut levels = vec![level(0, free, 0)];
    let mut below = free;
    while below + step <= most {
        let above = (below + wide).min(most);
        levels.push(level(levels.len(), above, below + step));
        below = above;
    }
    levels
}

/// Rows of new instances of burstable types at what their loads cost.
pub fn charge(cluster: &Cluster, catalogue: &Catalogue, rows: &mut [PlannedInstances]) {
    for row in rows.iter_mut() {
        if credits_of(cluster, catalogue, row).is_none() {
            continue;
        }
        let zone = (row.availability_zone.as_deref()).and_then(|label| cluster.zone(label));
        let zone_id = zone.and_then(|zone| zone.id.as_deref());
        let (name, option) = (&row.instance_type, row.purchase_option);
        // A row without a price is none that was offered.
        if let Ok(price) = instance_price(name, option, zone_id, &cluster.policy, catalogue) {
            row.usd_per_hour = price + of_row(cluster, catalogue, row);
        }
    }
}

/// What one instance of a row pays for CPU above its baseline.
pub fn of_row(cluster: &Cluster, catalogue: &Catalogue, row: &PlannedInstances) -> UsdPerHour {
    let Some(credits) = credits_of(cluster, catalogue, row) else {
        return UsdPerHour::ZERO;
    };
    let load: u64 = (cluster.services.iter())
        .filter_map(|service| Some(row.tasks.get(&service.name)? * service.task.cpu.get()))
        .sum();
    credits.usd_per_hour(load)
}

/// The credits of a row of new instances. Those of today need not be in unlimited mode, and a file does not say it.
fn credits_of(cluster: &Cluster, catalogue: &Catalogue, row: &PlannedInstances) -> Option<Credits> {
    if row.existing || cluster.is_kubernetes() {
        return None;
    }
    Credits::of(
        catalogue.instance_type(&row.instance_type)?,
        &cluster.policy,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::policy::Policy;
    use crate::formulate::offering::Offerings;
    use crate::io::{ImportOptions, read_cluster};

    /// Levels of a type: CPU that they hold, and what they cost more than the first.
    fn levels_of(name: &str, cpu: u64) -> Vec<(u64, String)> {
        let text = format!(
            r#"{{"version": 1, "region": "us-east-1", "policy": {{"allowedInstanceTypes": ["{name}"]}},
                "services": [{{"serviceName": "a", "desiredCount": 4, "cpu": {cpu}, "memory": 512}}]}}"#
        );
        let imported = read_cluster(&text, "c.json", &ImportOptions::default());
        let cluster = imported.expect("a cluster").cluster;
        let catalogue = Catalogue::embedded("us-east-1").expect("known");
        let offerings = Offerings::new(&cluster, &catalogue).expect("prices");
        let first = offerings.usable[0].usd_per_hour;
        (offerings.usable.iter())
            .map(|level| {
                let more = (level.usd_per_hour - first).amount().normalize();
                (level.allocatable.expect("room").cpu.get(), more.to_string())
            })
            .collect()
    }

    #[test]
    fn a_burstable_type_is_a_level_for_each_load_above_its_baseline() {
        // 0.4 vCPU are free, one task of half a vCPU is 0.1 above; four are two vCPUs.
        let expected = [
            (0, "0"),
            (512, "0.005"),
            (1024, "0.03"),
            (1536, "0.055"),
            (2048, "0.08"),
        ];
        let expected: Vec<(u64, String)> = (expected.iter())
            .map(|&(cpu, usd)| (cpu, usd.to_owned()))
            .collect();
        assert_eq!(levels_of("t3.medium", 512), expected);
        assert_eq!(levels_of("m7g.large", 512), [(2048, "0".to_owned())]);
    }

    #[test]
    fn where_loads_are_many_levels_are_wide_and_cost_what_their_smallest_load_does() {
        let levels = levels_of("t3.2xlarge", 64);
        assert_eq!(levels.len() as u64, MOST_LEVELS + 1);
        let catalogue = Catalogue::embedded("us-east-1").expect("known");
        let known = catalogue.instance_type("t3.2xlarge").expect("known");
        let credits = Credits::of(known, &Policy::default()).expect("burstable");
        for pair in levels.windows(2) {
            let least = credits.usd_per_hour(pair[0].0 + 64).amount().normalize();
            assert_eq!(pair[1].1, least.to_string());
        }
        assert_eq!(levels.last().map(|level| level.0), Some(8192));
    }
}

//! Burstable types: an instance costs more the more CPU its tasks use above the baseline.
//!
//! ```text
//! cost of load L = price + max(0, min(L, vCPUs) − baseline) · rate,   L = Σ of the tasks' measured use, else of what they reserve
//! ```
//! Bins have one cost, so a burstable type is several *levels*: bins of less load each, at the cost of the smallest load that no level
//! below it holds. All tasks' loads are multiples of their greatest common divisor, and with a step of that the
//! cost is exact for every load; where it makes more than eight levels, steps are wider and a level costs at least so
//! much, so that a bound stays a bound. Where no use is known, load is reserved CPU, and a level's limit is one of its CPU; else it is a
//! dimension of its own, in which only levels of burstable types have a limit ([`measures`]). What a task uses may be more than what it
//! reserves: the last level holds any load, since no more is used than the instance has. What the plan's rows cost is taken from
//! their loads ([`charge`]).

use crate::catalogue::Catalogue;
use crate::catalogue::credits::Credits;
use crate::catalogue::offered::instance_price;
use crate::domain::cluster::Cluster;
use crate::domain::instance_type::InstanceType;
use crate::domain::money::UsdPerHour;
use crate::domain::plan::PlannedInstances;
use crate::domain::quantity::CpuUnits;
use crate::domain::resources::ResourceVector;
use crate::domain::service::Service;
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
    let is_measured = measures(cluster);
    let own: u64 = (offering.daemons.iter())
        .map(|&daemon| cluster.services[daemon].sustained_cpu())
        .sum();
    let step = (cluster.services.iter())
        .filter(|service| cluster.planned_count(service) > 0)
        .fold(0, |all, service| weights::gcd(all, service.sustained_cpu()));
    let most = if is_measured {
        credits.most_load().saturating_sub(own)
    } else {
        allocatable.cpu.get()
    };
    let free = credits.free_load().saturating_sub(own);
    if step == 0 || free >= most {
        // Its daemons alone may be above the baseline.
        let mut plain = offering;
        plain.usd_per_hour += credits.usd_per_hour(own);
        return vec![plain];
    }
    let level = |number: usize, most: u64, least: u64| {
        let mut level = offering.clone();
        level.level = number;
        level.usd_per_hour += credits.usd_per_hour(own + least);
        if is_measured {
            level.most_load = Some(most);
        } else {
            level.allocatable = Some(ResourceVector {
                cpu: CpuUnits::new(most),
                ..allocatable
            });
        }
        level
    };
    let free = free / step * step;
    let wide = (most - free).div_ceil(step).div_ceil(MOST_LEVELS).max(1) * step;
    let mut levels = vec![level(0, free, 0)];
    let mut below = free;
    // Room for less than one more task's use is a level all the same: what is used may pass what there is.
    while below < most && (is_measured || below + step <= most) {
        let above = (below + wide).min(most);
        levels.push(level(levels.len(), above, below + step));
        below = above;
    }
    if let Some(last) = levels.last_mut().filter(|_| is_measured) {
        last.most_load = None;
    }
    levels
}

/// Whether a use was measured that is another than what the service's tasks reserve, so that loads are not their CPU.
pub fn measures(cluster: &Cluster) -> bool {
    (cluster.services.iter()).any(|service| service.sustained_cpu() != service.task.cpu.get())
}

/// Whether a level of an offering holds a task of the service.
pub fn may_hold(service: &Service, offering: &Offering) -> bool {
    (offering.most_load).is_none_or(|most| service.sustained_cpu() <= most)
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
        .filter_map(|service| Some(row.tasks.get(&service.name)? * service.sustained_cpu()))
        .sum();
    credits.usd_per_hour(load)
}

/// Of how many services on these rows' burstable instances the measured use counts, and of how many what they reserve.
pub fn sources(cluster: &Cluster, catalogue: &Catalogue, rows: &[PlannedInstances]) -> (u64, u64) {
    let burstable: Vec<&PlannedInstances> = (rows.iter())
        .filter(|row| credits_of(cluster, catalogue, row).is_some())
        .collect();
    let there = |service: &&Service| {
        (burstable.iter()).any(|row| row.tasks.get(&service.name).is_some_and(|each| *each > 0))
    };
    let (measured, reserved): (Vec<&Service>, Vec<&Service>) = (cluster.services.iter())
        .filter(there)
        .partition(|service| service.measured_cpu.is_some());
    (measured.len() as u64, reserved.len() as u64)
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

    /// Offerings of a type where one service's tasks reserve so much CPU.
    fn offered(name: &str, cpu: u64, measured: &str) -> Vec<Offering> {
        let text = format!(
            r#"{{"version": 1, "region": "us-east-1", "policy": {{"allowedInstanceTypes": ["{name}"]}},
                "services": [{{"serviceName": "a", "desiredCount": 4, "cpu": {cpu}, "memory": 512{measured}}}]}}"#
        );
        let imported = read_cluster(&text, "c.json", &ImportOptions::default());
        let cluster = imported.expect("a cluster").cluster;
        let catalogue = Catalogue::embedded("us-east-1").expect("known");
        let offerings = Offerings::new(&cluster, &catalogue).expect("prices");
        offerings.usable
    }

    /// What each costs more than the first.
    fn more(levels: &[Offering]) -> Vec<String> {
        (levels.iter())
            .map(|level| level.usd_per_hour - levels[0].usd_per_hour)
            .map(|more| more.amount().normalize().to_string())
            .collect()
    }

    /// Levels of a type: CPU that they hold, and what they cost more than the first.
    fn levels_of(name: &str, cpu: u64) -> Vec<(u64, String)> {
        let levels = offered(name, cpu, "");
        let room = |level: &Offering| level.allocatable.expect("room").cpu.get();
        levels.iter().map(room).zip(more(&levels)).collect()
    }

    #[test]
    fn use_above_a_whole_instance_is_charged_for_all_its_processors() {
        // One task uses more than both vCPUs: none of it is free, and 2 − 0.4 vCPU are paid for.
        let levels = offered("t3.medium", 512, r#", "measuredCpu": 4000"#);
        let most: Vec<Option<u64>> = levels.iter().map(|level| level.most_load).collect();
        assert_eq!(most, [Some(0), None]);
        assert_eq!(more(&levels), ["0", "0.08"]);
    }

    #[test]
    fn measured_use_makes_levels_of_load_and_leaves_cpu_as_it_is() {
        // 512 units are reserved and 128 used: 0.4 vCPU hold three such tasks, and each further one is an eighth of a vCPU above.
        let levels = offered("t3.medium", 512, r#", "measuredCpu": 128"#);
        assert!(
            levels
                .iter()
                .all(|level| level.allocatable.expect("room").cpu.get() == 2048)
        );
        let most: Vec<Option<u64>> = levels.iter().map(|level| level.most_load).collect();
        // 13 tasks of use above the free ones, by two a level.
        assert_eq!(most.first(), Some(&Some(384)));
        assert_eq!((most[1], most.last()), (Some(640), Some(&None)));
        // 512 − 409.6 units are 0.1 vCPU, at 0.05 USD.
        assert_eq!(more(&levels)[..2], ["0", "0.005"]);
        // Use that is what is reserved makes no dimension.
        let same = offered("t3.medium", 512, r#", "measuredCpu": 512"#);
        assert!(same.iter().all(|level| level.most_load.is_none()));
        assert_eq!(same.len(), 5);
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

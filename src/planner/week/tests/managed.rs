//! Small weeks with Managed Instances, and Fargate beside them, against every choice of ways, every design of groups and every packing of every hour:
//! bound ≤ optimum ≤ plan. `MANAGED_WEEKS` says how many clusters (300 for docs/managed-instances.md).

use std::collections::BTreeMap;

use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use serde_json::json;

use super::exhaustive::grouped;
use super::rules;
use crate::catalogue::Catalogue;
use crate::check::Rule;
use crate::domain::cluster::Cluster;
use crate::domain::plan::FleetPlan;
use crate::domain::resources::ResourceVector;
use crate::domain::week::HOURS_PER_WEEK;
use crate::formulate::offering::Offerings;
use crate::formulate::rules::managed_instances::Way;
use crate::io::{ImportOptions, read_cluster};
use crate::optimize::listener::Silent;
use crate::optimize::stop::Never;
use crate::planner::week::classes::classes;
use crate::planner::{PlanError, PlanOptions, plan};

/// Clusters where nobody says how many.
const CLUSTERS: u64 = 30;
/// Blocks of the day with numbers of their own.
const BLOCKS: usize = 3;
/// Largest number of tasks.
const MOST: u64 = 4;

/// Two or three services, most of which Managed Instances take, with three numbers a day; of some seeds those that may be on Fargate as well.
fn random_cluster(seed: u64) -> Cluster {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
    let services: Vec<serde_json::Value> = (0..random.random_range(2..=3))
        .map(|number| {
            let block: Vec<u64> = (0..BLOCKS)
                .map(|block| random.random_range(u64::from(block == number)..=MOST))
                .collect();
            let day: Vec<u64> = (0..24).map(|hour| block[hour * BLOCKS / 24]).collect();
            let mode = ["awsvpc", "awsvpc", "host", "bridge"][random.random_range(0..4)];
            json!({"serviceName": format!("s{number}"), "desiredCount": 1, "networkMode": mode, "profile": day,
                "cpu": random.random_range(2..=14) * 64, "memory": random.random_range(2..=28) * 128})
        })
        .collect();
    let options = if random.random_bool(0.3) {
        json!(["on-demand", "spot"])
    } else {
        json!(["on-demand"])
    };
    let which = if random.random_bool(0.25) {
        "only"
    } else {
        "allowed"
    };
    let fargate = if seed % 3 == 2 {
        "allowed"
    } else {
        "forbidden"
    };
    let file = json!({"version": 1, "region": "us-east-1", "services": services, "policy": {"maxShareOnInstance": 1,
        "deploymentSurge": false, "managedInstances": which, "fargate": fargate, "purchaseOptions": options, "eniTrunking": true,
        "allowedInstanceTypes": ["m6i.large", "c6i.xlarge", "r6i.large"]}});
    let imported = read_cluster(&file.to_string(), "c.json", &ImportOptions::default());
    imported.expect("a cluster").cluster
}

/// What an instance holds, and what it costs on the grid.
type Offered = (ResourceVector, i128);

/// The least cost of instances that hold so many tasks of each of these services.
fn packed(
    needs: &[ResourceVector],
    offered: &[Offered],
    left: &[u64],
    known: &mut BTreeMap<Vec<u64>, Option<i128>>,
) -> Option<i128> {
    let Some(first) = left.iter().position(|&tasks| tasks > 0) else {
        return Some(0);
    };
    if let Some(known) = known.get(left) {
        return *known;
    }
    let mut best: Option<i128> = None;
    for (room, price) in offered {
        let mut loads: Vec<Vec<u64>> = vec![Vec::new()];
        for (service, &most) in left.iter().enumerate() {
            let least = u64::from(service == first);
            loads = (loads.into_iter())
                .flat_map(|load| {
                    (least..=most).map(move |each| [load.clone(), vec![each]].concat())
                })
                .collect();
        }
        for load in loads {
            let all = (load.iter().zip(needs))
                .filter_map(|(&each, need)| need.checked_mul(each))
                .try_fold(ResourceVector::ZERO, ResourceVector::checked_add);
            if !all.is_some_and(|all| all.fits_in(room)) {
                continue;
            }
            let rest: Vec<u64> = left
                .iter()
                .zip(&load)
                .map(|(all, here)| all - here)
                .collect();
            if let Some(cost) = packed(needs, offered, &rest, known) {
                best = Some(best.map_or(cost + price, |best| best.min(cost + price)));
            }
        }
    }
    known.insert(left.to_vec(), best);
    best
}

/// The cheapest week of all choices, designs and packings, on the cost grid.
fn optimum(cluster: &Cluster, catalogue: &Catalogue) -> Option<i128> {
    let peaks = cluster.at_peaks();
    let offerings = Offerings::new(&peaks, catalogue).expect("priced");
    let offered = |way: Way| -> Vec<Offered> {
        (offerings.usable.iter())
            .filter(|offering| Way::of(offering.purchase_option) == way)
            .filter_map(|offering| {
                let price = i128::from(offering.usd_per_hour.grid_units());
                Some((offering.allocatable?, price))
            })
            .collect()
    };
    let classes = classes(cluster);
    let takes = |service: usize| {
        let mode = cluster.services[service].task.network_mode;
        mode != crate::domain::task::NetworkMode::Bridge
    };
    let all = cluster.services.len();
    (0..3_usize.pow(u32::try_from(all).expect("few")))
        .filter_map(|choice| {
            let way = |service: usize| {
                Way::ALL[choice / 3_usize.pow(u32::try_from(service).expect("few")) % 3]
            };
            if !(0..all).all(|service| way(service) == Way::Own || takes(service)) {
                return None;
            }
            let of = |wanted: Way| -> Vec<usize> {
                (0..all).filter(|&service| way(service) == wanted).collect()
            };
            let own = (&peaks, catalogue);
            let mut cost = grouped(own, &offered(Way::Own), &classes, &of(Way::Own))?;
            for wanted in [Way::Managed, Way::ManagedSpot] {
                let (own, offered) = (of(wanted), offered(wanted));
                let needs: Vec<ResourceVector> = (own.iter())
                    .map(|&service| cluster.services[service].task.resources())
                    .collect();
                let mut known = BTreeMap::new();
                for class in &classes {
                    let left: Vec<u64> = own.iter().map(|&service| class.counts[service]).collect();
                    let hour = packed(&needs, &offered, &left, &mut known)?;
                    cost += i128::from(class.weight()) * hour;
                }
            }
            Some(cost)
        })
        .min()
}

fn planned(cluster: &Cluster) -> Result<FleetPlan, PlanError> {
    let catalogue = Catalogue::embedded("us-east-1").expect("known");
    let options = PlanOptions {
        rehearses: false,
        work_limit: Some(100_000),
        ..PlanOptions::default()
    };
    plan(cluster, &catalogue, &options, &Never, &Silent).map(|planned| planned.plan.into_plan())
}

#[test]
fn bound_optimum_and_plan_are_in_order() {
    let clusters = std::env::var("MANAGED_WEEKS");
    let clusters: u64 = (clusters.ok()).map_or(CLUSTERS, |text| text.parse().expect("a number"));
    let catalogue = Catalogue::embedded("us-east-1").expect("known");
    let (mut compared, mut same, mut managed, mut mixed) = (0, 0, 0, 0);
    for seed in 0..clusters {
        let cluster = random_cluster(seed);
        let best = optimum(&cluster, &catalogue);
        let plan = match (planned(&cluster), best) {
            (Ok(plan), Some(_)) => plan,
            (Err(PlanError::Week(_)), None) => continue,
            (found, _) => panic!(
                "seed {seed}: {best:?} and {:?}",
                found.map(|plan| plan.cost)
            ),
        };
        let best = best.expect("looked at");
        let hours = HOURS_PER_WEEK as i128;
        let week = |usd: crate::domain::money::UsdPerHour| i128::from(usd.grid_units()) * hours;
        let bound = plan.cost.bound_usd_per_hour.map(week).expect("a bound");
        let found = week(plan.cost.usd_per_hour);
        // The mean is rounded to the grid, half a unit an hour at most.
        assert!(bound <= best + hours, "seed {seed}: {bound} above {best}");
        assert!(best <= found + hours, "seed {seed}: {found} below {best}");
        assert!(plan.cost.ideal_usd_per_hour <= plan.cost.usd_per_hour);
        compared += 1;
        same += u64::from(found <= best + hours);
        let there = plan.services_of_managed_providers().len();
        managed += u64::from(there > 0);
        mixed += u64::from(there > 0 && there < cluster.services.len());
    }
    println!(
        "{compared} compared, {same} optima, {managed} with Managed Instances, {mixed} of them with groups too"
    );
    assert!(same * 10 >= compared * 8, "{same} of {compared}");
    assert!(
        managed * 5 > compared && mixed > 0,
        "{managed}, {mixed} of {compared}"
    );
}

/// Days with many tasks and nights with few, of which one service has none by day.
fn day_and_night() -> Cluster {
    let mut day = [2_u64; 24];
    day[8..20].fill(9);
    let mut night = [0_u64; 24];
    night[1..5].fill(5);
    let service = |name: &str, mode: &str, hours: [u64; 24]| {
        json!({"serviceName": name, "desiredCount": 1, "cpu": 500, "memory": 900,
        "networkMode": mode, "profile": hours})
    };
    let file = json!({"version": 1, "region": "us-east-1", "services": [service("shop", "awsvpc", day), service("batch", "host", night)],
        "policy": {"managedInstances": "only", "allowedInstanceTypes": ["m6i.large", "m6i.xlarge", "c6i.large"]}});
    let imported = read_cluster(&file.to_string(), "c.json", &ImportOptions::default());
    imported.expect("a cluster").cluster
}

#[test]
fn a_service_that_stands_with_one_of_managed_instances_is_not_left_out() {
    let mut half = [0_u64; 24];
    half[12..].fill(1);
    let file = json!({"version": 1, "region": "us-east-1", "services": [
        {"serviceName": "a", "desiredCount": 1, "cpu": 2048, "memory": 7000, "networkMode": "awsvpc", "profile": half,
         "placementConstraints": [{"type": "memberOf", "expression": "task:group == service:b"}]},
        {"serviceName": "b", "desiredCount": 4, "cpu": 256, "memory": 256, "networkMode": "awsvpc"}],
        "policy": {"managedInstances": "allowed", "allowedInstanceTypes": ["m6a.*"]}});
    let imported = read_cluster(&file.to_string(), "c.json", &ImportOptions::default());
    let cluster = imported.expect("a cluster").cluster;
    let plan = planned(&cluster).expect("a plan");
    assert_eq!(rules(&cluster, &plan), []);
    assert!(plan.unplaced.is_empty());
}

/// What a case does to a plan.
type Change<'a> = &'a dyn Fn(&mut FleetPlan);

#[test]
fn what_does_not_hold_in_some_hour_is_found() {
    let cluster = day_and_night();
    let good = planned(&cluster).expect("a plan");
    assert_eq!(rules(&cluster, &good), []);
    // The batch has no tasks in the hour that is shown, and its provider all the same.
    assert_eq!(good.services_of_managed_providers().len(), 2);
    assert!(good.tasks_on_managed_instances().len() < 2);
    let broken = |change: &dyn Fn(&mut FleetPlan)| {
        let mut plan = good.clone();
        change(&mut plan);
        rules(&cluster, &plan)
    };
    let other = (good.managed_hours.iter())
        .position(|entry| !entry.instances.is_empty() && entry.instances != good.instances)
        .expect("hours beside those shown");
    let cases: [(Rule, Change<'_>); 8] = [
        (Rule::Week, &|plan| drop(plan.managed_hours.pop())),
        (Rule::Week, &|plan| plan.managed_hours.clear()),
        (Rule::Week, &|plan| {
            let hour = plan.managed_hours[other].hours[0];
            plan.managed_hours[1 - other.min(1)].hours.push(hour);
        }),
        (Rule::TaskCounts, &|plan| {
            plan.managed_hours[other].instances.pop();
        }),
        (Rule::RowPrice, &|plan| {
            let row = &mut plan.managed_hours[other].instances[0];
            row.usd_per_hour = row.usd_per_hour * 2;
        }),
        (Rule::Capacity, &|plan| {
            let row = &mut plan.managed_hours[other].instances[0];
            if let Some(tasks) = row.tasks.values_mut().next() {
                *tasks += 9;
            }
        }),
        (Rule::Week, &|plan| {
            plan.instances[0].count += 1;
        }),
        (Rule::Week, &|plan| {
            plan.cost.usd_per_hour = plan.cost.usd_per_hour * 2;
        }),
    ];
    for (index, (rule, change)) in cases.into_iter().enumerate() {
        let found = broken(change);
        assert!(found.contains(&rule), "case {index}: {found:?}");
    }
    let forbidden = Cluster {
        policy: crate::domain::policy::Policy {
            managed_instances: crate::domain::policy::ManagedInstancesUse::Forbidden,
            ..cluster.policy.clone()
        },
        ..cluster.clone()
    };
    assert!(rules(&forbidden, &good).contains(&Rule::ManagedInstances));
}

//! ECS Managed Instances and surplus credits of burstable types on tiny clusters: bound ≤ optimum ≤ plan, against every choice of
//! ways and every packing, each instance at what its own load costs.
//!
//! `MANAGED_CLUSTERS=300 cargo test --test planner managed_instances -- --nocapture` prints the tally of so many.

// The tally is a figure of the documentation.
#![allow(clippy::print_stdout)]

use std::collections::HashMap;

use bayplan::catalogue::Catalogue;
use bayplan::check::check;
use bayplan::domain::cluster::Cluster;
use bayplan::domain::money::UsdPerHour;
use bayplan::domain::plan::Assumption;
use bayplan::io::{ImportOptions, read_cluster};
use bayplan::optimize::listener::Silent;
use bayplan::optimize::stop::Never;
use bayplan::planner::{PlanOptions, plan};
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Value, json};

/// Clusters where nobody says how many.
const CLUSTERS: u64 = 60;
/// Types that the policies allow: of two families, and one below the two vCPUs that Managed Instances have.
const TYPES: [&str; 4] = ["m7g.medium", "m7g.large", "c7g.xlarge", "r7g.large"];
/// The same with burstable ones among them, their vCPUs that earned credits sustain, in tenths.
const BURSTABLE: [(&str, i64); 2] = [("t4g.medium", 4), ("t4g.large", 6)];
/// USD for a vCPU-hour above that.
const CREDIT: i64 = 4;

fn cluster(seed: u64) -> Value {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
    let definitions: Vec<Value> = (0..random.random_range(1..=3))
        .map(|index| {
            let mode = ["awsvpc", "awsvpc", "host", "bridge"][random.random_range(0..4)];
            json!({
                "family": format!("f{index}"),
                "networkMode": mode,
                "cpu": (128 * random.random_range(1..=8_u64)).to_string(),
                "memory": (256 * random.random_range(1..=12_u64)).to_string(),
                "runtimePlatform": {"cpuArchitecture": "ARM64"},
                "containerDefinitions": [{"name": "x", "image": "i"}],
            })
        })
        .collect();
    // Drawn apart, so that all other clusters stay as they are.
    let mut of_use = Xoshiro256PlusPlus::seed_from_u64(!seed);
    let is_measured = seed % 6 == 5;
    let services: Vec<Value> = (0..definitions.len())
        .map(|index| {
            let mut service = json!({
                "serviceName": format!("s{index}"),
                "desiredCount": random.random_range(1..=4),
                "taskDefinition": format!("f{index}"),
            });
            // Less than what is reserved, more, or nothing at all.
            if is_measured && of_use.random_bool(0.7) {
                service["measuredCpu"] = json!(64 * of_use.random_range(0..=12_u64));
            }
            service
        })
        .collect();
    let options = match random.random_range(0..3) {
        0 => json!(["on-demand", "spot"]),
        1 => json!(["spot"]),
        _ => json!(["on-demand"]),
    };
    let may_lack_spot = options != json!(["spot"]);
    let share = if may_lack_spot && random.random_bool(0.3) {
        0.5
    } else {
        1.0
    };
    let mut types = if is_measured {
        Vec::new()
    } else {
        TYPES.to_vec()
    };
    if random.random_bool(0.5) || is_measured {
        types.extend(BURSTABLE.map(|(name, _)| name));
    }
    let which = if random.random_bool(0.3) {
        "only"
    } else {
        "allowed"
    };
    json!({"version": 1, "region": "us-east-1", "services": services, "taskDefinitions": definitions, "policy": {
        "managedInstances": which, "purchaseOptions": options, "allowedInstanceTypes": types,
        "maxShareOnInstance": 1, "eniTrunking": random.random_bool(0.3),
        "spotMaxShare": share, "rootVolumeGib": 0}})
}

/// What can be bought: what one holds and costs, on the grid of 10⁻⁸ USD.
struct Kind {
    managed: bool,
    spot: bool,
    /// CPU units, MiB, interfaces.
    room: [u64; 3],
    cost: i64,
    /// Tenths of vCPUs that cost nothing more, of a burstable type.
    baseline: Option<i64>,
}

impl Kind {
    /// What one costs with tasks on it that use so many CPU units, of which it has no more than its own.
    fn cost_of(&self, load: u64) -> i64 {
        let Some(tenths) = self.baseline else {
            return self.cost;
        };
        let load = load.min(self.room[0]);
        let above = Decimal::from(load) / Decimal::from(1024) - Decimal::new(tenths, 1);
        let usd = above.max(Decimal::ZERO) * Decimal::new(CREDIT, 2) * Decimal::from(100_000_000);
        let units = usd.round_dp_with_strategy(0, RoundingStrategy::MidpointNearestEven);
        self.cost + i64::try_from(units).expect("a cost")
    }
}

fn kinds(file: &Value, catalogue: &Catalogue) -> Vec<Kind> {
    let policy = &file["policy"];
    let allows = |word: &str| {
        policy["purchaseOptions"]
            .as_array()
            .expect("a list")
            .contains(&json!(word))
    };
    let mut kinds = Vec::new();
    let types = policy["allowedInstanceTypes"].as_array().expect("a list");
    for name in types.iter().map(|name| name.as_str().expect("a name")) {
        let known = catalogue.instance_type(name).expect("a known type");
        let list = catalogue
            .on_demand_price(name)
            .expect("a price")
            .usd_per_hour
            .amount();
        let spot = catalogue
            .spot_price(name, None)
            .map(|price| price.usd_per_hour.amount());
        let memory = bayplan::catalogue::registered_memory(known, None).get();
        for (is_spot, price) in [(false, Some(list)), (true, spot)] {
            let Some(price) = price.filter(|_| allows(if is_spot { "spot" } else { "on-demand" }))
            else {
                continue;
            };
            for managed in [false, true] {
                let is_there = if managed {
                    known.vcpus > 1
                } else {
                    policy["managedInstances"] == "allowed"
                };
                if !is_there {
                    continue;
                }
                let trunk = managed || policy["eniTrunking"] == json!(true);
                let interfaces = if trunk && known.branch_enis > 0 {
                    known.branch_enis
                } else {
                    known.max_enis.saturating_sub(1)
                };
                // 12 % of the On-Demand price, whatever way it is bought.
                let fee = if managed {
                    list * Decimal::new(12, 2)
                } else {
                    Decimal::ZERO
                };
                let usd = (price + fee) * Decimal::from(100_000_000);
                let cost = usd.round_dp_with_strategy(0, RoundingStrategy::MidpointNearestEven);
                kinds.push(Kind {
                    managed,
                    spot: is_spot,
                    room: [known.vcpus * 1024, memory, interfaces],
                    cost: i64::try_from(cost).expect("a price"),
                    baseline: (BURSTABLE.iter())
                        .find(|(burstable, _)| *burstable == name)
                        .map(|(_, tenths)| *tenths),
                });
            }
        }
    }
    kinds
}

/// One service: what a task needs, how many, whether Managed Instances take it, fewest tasks that are On-Demand.
struct Service {
    need: [u64; 3],
    /// CPU units that one uses all the time.
    load: u64,
    count: usize,
    may_be_managed: bool,
    on_demand: usize,
}

fn services(file: &Value) -> Vec<Service> {
    let share = file["policy"]["spotMaxShare"].as_f64().expect("a number");
    let definitions = file["taskDefinitions"].as_array().expect("a list");
    (file["services"]
        .as_array()
        .expect("a list")
        .iter()
        .zip(definitions))
    .map(|(service, definition)| {
        let number = |key: &str| {
            definition[key]
                .as_str()
                .expect("text")
                .parse()
                .expect("a number")
        };
        let count =
            usize::try_from(service["desiredCount"].as_u64().expect("a count")).expect("small");
        Service {
            need: [
                number("cpu"),
                number("memory"),
                u64::from(definition["networkMode"] == "awsvpc"),
            ],
            load: (service["measuredCpu"].as_u64()).unwrap_or_else(|| number("cpu")),
            count,
            may_be_managed: definition["networkMode"] != "bridge",
            on_demand: if share < 1.0 { count.div_ceil(2) } else { 0 },
        }
    })
    .collect()
}

/// The least cost of holding so many tasks of each service on instances of some kinds; at most so many of them on Spot.
fn cheapest(
    services: &[Service],
    kinds: &[&Kind],
    left: &[usize],
    on_spot: &[usize],
    known: &mut HashMap<(Vec<usize>, Vec<usize>), Option<i64>>,
) -> Option<i64> {
    if left.iter().all(|&tasks| tasks == 0) {
        return Some(0);
    }
    let key = (left.to_vec(), on_spot.to_vec());
    if let Some(&known) = known.get(&key) {
        return known;
    }
    let mut best: Option<i64> = None;
    for kind in kinds {
        for load in loads(services, kind, left) {
            let spot: Option<Vec<usize>> = (on_spot.iter().zip(&load))
                .map(|(most, tasks)| {
                    if kind.spot {
                        most.checked_sub(*tasks)
                    } else {
                        Some(*most)
                    }
                })
                .collect();
            let Some(spot) = spot else { continue };
            let rest: Vec<usize> = left
                .iter()
                .zip(&load)
                .map(|(all, here)| all - here)
                .collect();
            let cpu = |(&tasks, service): (&usize, &Service)| tasks as u64 * service.load;
            let own = kind.cost_of(load.iter().zip(services).map(cpu).sum());
            if let Some(cost) = cheapest(services, kinds, &rest, &spot, known) {
                best = Some(best.map_or(cost + own, |best| best.min(cost + own)));
            }
        }
    }
    known.insert(key, best);
    best
}

/// Every load of an instance that holds the first task that is left.
fn loads(services: &[Service], kind: &Kind, left: &[usize]) -> Vec<Vec<usize>> {
    let first = left
        .iter()
        .position(|&tasks| tasks > 0)
        .expect("some task is left");
    let mut all = vec![vec![]];
    for (index, &most) in left.iter().enumerate() {
        let least = usize::from(index == first);
        all = (all.iter())
            .flat_map(|load: &Vec<usize>| {
                (least..=most).map(move |tasks| {
                    let mut longer = load.clone();
                    longer.push(tasks);
                    longer
                })
            })
            .filter(|load| {
                (0..3).all(|of| {
                    let used: u64 = (load.iter().zip(services))
                        .map(|(&tasks, service)| tasks as u64 * service.need[of])
                        .sum();
                    used <= kind.room[of]
                })
            })
            .collect();
    }
    all
}

/// The optimum over all choices: each service on own instances, on Managed ones On-Demand, or on Spot ones.
fn optimum(file: &Value, catalogue: &Catalogue) -> Option<i64> {
    let (services, kinds) = (services(file), kinds(file, catalogue));
    let ways = 3_usize.pow(u32::try_from(services.len()).expect("few"));
    (0..ways)
        .filter_map(|choice| {
            let way =
                |service: usize| choice / 3_usize.pow(u32::try_from(service).expect("few")) % 3;
            let fits = (services.iter().enumerate()).all(|(index, service)| match way(index) {
                0 => true,
                1 => service.may_be_managed,
                _ => service.may_be_managed && service.on_demand == 0,
            });
            if !fits {
                return None;
            }
            let mut total = 0;
            for wanted in 0..3 {
                let left: Vec<usize> = (services.iter().enumerate())
                    .map(|(index, service)| {
                        if way(index) == wanted {
                            service.count
                        } else {
                            0
                        }
                    })
                    .collect();
                let on_spot: Vec<usize> = (left.iter().zip(&services))
                    .map(|(&count, service)| count - service.on_demand.min(count))
                    .collect();
                let own: Vec<&Kind> = (kinds.iter())
                    .filter(|kind| match wanted {
                        0 => !kind.managed,
                        1 => kind.managed && !kind.spot,
                        _ => kind.managed && kind.spot,
                    })
                    .collect();
                total += cheapest(&services, &own, &left, &on_spot, &mut HashMap::new())?;
            }
            Some(total)
        })
        .min()
}

fn imported(file: &Value) -> Cluster {
    let imported = read_cluster(&file.to_string(), "c.json", &ImportOptions::default());
    imported.expect("a cluster").cluster
}

#[test]
fn bound_optimum_and_plan_are_in_order() {
    let clusters = (std::env::var("MANAGED_CLUSTERS").ok())
        .map_or(CLUSTERS, |text| text.parse().expect("a number"));
    let catalogue = Catalogue::embedded("us-east-1").expect("known");
    let (mut compared, mut optima, mut managed, mut mixed, mut paying, mut measured) =
        (0, 0, 0, 0, 0, 0);
    for seed in 0..clusters {
        let file = cluster(seed);
        let cluster = imported(&file);
        let options = PlanOptions {
            ideal: true,
            ..PlanOptions::default()
        };
        let planned = plan(&cluster, &catalogue, &options, &Never, &Silent).expect("a plan");
        let plan = planned.plan.into_plan();
        assert_eq!(check(&cluster, &catalogue, &plan), [], "seed {seed}");
        let best = optimum(&file, &catalogue).map(UsdPerHour::from_grid_units);
        assert_eq!(
            best.is_none(),
            !plan.unplaced.is_empty(),
            "seed {seed}: {file}"
        );
        let Some(best) = best else { continue };
        let cost = plan.cost.ideal_usd_per_hour;
        assert!(
            best <= cost,
            "seed {seed}: {best} found, {cost} planned: {file}"
        );
        let bound = plan.cost.bound_usd_per_hour.expect("a bound");
        assert!(
            bound <= best,
            "seed {seed}: bound {bound} above {best}: {file}"
        );
        compared += 1;
        optima += u64::from(cost == best);
        let there = plan.tasks_on_managed_instances().len();
        managed += u64::from(there > 0);
        paying += u64::from(plan.assumptions.iter().any(
            |said| matches!(said, Assumption::SurplusCredits { instances, .. } if *instances > 0),
        ));
        measured += u64::from(plan.assumptions.iter().any(
            |said| matches!(said, Assumption::SurplusCredits { measured, .. } if *measured > 0),
        ));
        mixed += u64::from(there > 0 && there < cluster.services.len());
    }
    println!(
        "{compared} compared, {optima} optima, {managed} with Managed Instances, {mixed} of them with others too, {paying} that pay for credits, {measured} by measured use"
    );
    // Levels of a burstable type are wide where loads are many: a packing may then be the cheapest by them and not by its loads.
    assert!(optima * 100 >= compared * 90, "{optima} of {compared}");
    assert!(
        managed * 6 > compared && mixed > 0 && paying > 0 && measured > 0,
        "{managed}, {mixed}, {paying}, {measured} of {compared}"
    );
}
